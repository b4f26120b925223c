//! Delivery receipts: they move a message's state per part and forward only, and call somebody where it failed.

use std::time::Duration;

use threadline_sandbox::discord::World;
use threadline_sandbox::vonage::{Sms, Verdict};

use crate::engines::{on_both_engines, run_with_database as run};
use crate::shared::database::Database;
use crate::support::{Bench, Options, PATIENCE};

on_both_engines! {
    a_receipt_that_waited_long_may_fail_as_often_as_others
}

/// A text of two parts.
const LONG: &str = "This text is longer than one hundred and sixty characters, so that it is cut into two parts, each \
    of which is an SMS of its own with an id of its own and receipts of its own, and both must arrive.";

/// Sends `text`, about which no receipt comes by itself.
async fn without_receipts(bench: &Bench, text: &str) -> Sms {
    bench.phone().receipts(|receipts| receipts.enabled = false);
    bench.write(text).await;
    let sms = bench.vonage.wait_for_sent(1, PATIENCE).await.remove(0);
    bench.shows(&["✓ sent"]).await;
    sms
}

async fn receipt(bench: &Bench, sms: &Sms, part: usize, verdict: Verdict) {
    let fields = bench.vonage.receipt_fields(sms, part, verdict);
    let taken = bench.vonage.push_receipt(&bench.webhook("delivery-receipt"), &fields).await;
    assert_eq!(taken[0].statuses(), [Some(200)]);
    bench.quiet().await;
}

fn state(bench: &Bench) -> String {
    let post = bench.post_of(1).content;
    post.lines().next().unwrap().rsplit(" · ").next().unwrap().to_owned()
}

/// How often a receipt of no message of ours was dropped, in this whole process.
async fn foreign(bench: &Bench) -> u64 {
    let figures = bench.private("/metrics").await.1;
    let line = figures.lines().find(|line| line.contains(r#"outcome="foreign_receipt""#));
    line.map_or(0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
}

/// Some routes hand the words of SMPP through.
#[tokio::test]
async fn the_words_of_smpp_are_understood_in_any_case() {
    for (word, expected) in [
        ("DELIVRD", "✅ delivered"),
        ("Delivered", "✅ delivered"),
        ("ACCEPTD", "✓ sent"),
        ("ENROUTE", "✓ sent"),
        ("UNDELIV", "❌ **failed**: "),
        ("REJECTD", "❌ **failed**: "),
        ("EXPIRED", "❌ **failed**: "),
        ("DELETED", "❌ **failed**: "),
        ("unknown", "❌ **failed**: "),
    ] {
        let bench = Bench::start().await;
        let sms = without_receipts(&bench, "Hello").await;
        let fields = bench.vonage.receipt_fields(&sms, 0, Verdict::Accepted).with("status", word).with("err-code", "0");
        let taken = bench.vonage.push_receipt(&bench.webhook("delivery-receipt"), &fields).await;
        assert_eq!(taken[0].statuses(), [Some(200)]);
        bench.quiet().await;
        assert!(state(&bench).starts_with(expected), "{word}: {}", state(&bench));
        bench.finish().await;
    }
}

#[tokio::test]
async fn a_message_is_delivered_when_all_its_parts_are() {
    let bench = Bench::start().await;
    let sms = without_receipts(&bench, LONG).await;
    assert_eq!(sms.parts(), 2);
    for (part, verdict, expected) in [
        (0, Verdict::Accepted, "✓ sent (2 parts)"),
        (1, Verdict::Delivered, "✓ sent (2 parts)"),
        (1, Verdict::Delivered, "✓ sent (2 parts)"),
        (0, Verdict::Delivered, "✅ delivered (2 parts)"),
        (0, Verdict::Buffered, "✅ delivered (2 parts)"),
        (1, Verdict::Failed(9), "✅ delivered (2 parts)"),
    ] {
        receipt(&bench, &sms, part, verdict).await;
        assert_eq!(state(&bench), expected, "after {verdict:?} of part {part}");
    }
    bench.finish().await;
}

#[tokio::test]
async fn one_part_that_fails_fails_the_message() {
    let bench = Bench::start().await;
    let sms = without_receipts(&bench, LONG).await;
    receipt(&bench, &sms, 0, Verdict::Delivered).await;
    receipt(&bench, &sms, 1, Verdict::Rejected(14)).await;
    bench.shows(&["[Send again] [Leave it]", "did not arrive"]).await;
    assert_eq!(bench.quiet().await, 0);
    insta::assert_snapshot!(bench.discord.transcript(bench.channel()), @"
    Threadline:  (edited)
      | #1 · +61 ••• 0006
      | State: ·1 failed
      | Agent: @Ana
      | Last activity: (a moment)
      [Reply] [Close]
      > #1 +61 ••• 0006
        Threadline: **·1** 📤 Text by @Ana · ❌ **failed** (part 2 of 2): the carrier blocked it (code 14)
          > This text is longer than one hundred and sixty characters, so that it is cut into two parts, each of which is an SMS of its own with an id of its own and receipts of its own, and both must arrive. (edited)
          [Send again] [Leave it]
        * Threadline added Ana to the thread
        Threadline: ⚠️ @Ana ·1 did not arrive. Send it again, or leave it. (link to #1 +61 ••• 0006)
    ");
    bench.finish().await;
}

#[tokio::test]
async fn a_part_that_vonage_refuses_fails_the_message() {
    let bench = Bench::start().await;
    bench.vonage.refuse_parts_after(1, 9);
    bench.write(LONG).await;
    bench.shows(&["did not arrive"]).await;
    bench.quiet().await;
    insta::assert_snapshot!(state(&bench), @"❌ **failed** (part 2 of 2): the Vonage account has no credit left, so not all of its parts were sent; tell the operator");
    bench.finish().await;
}

#[tokio::test]
async fn every_failure_is_said_in_plain_words() {
    let bench = Bench::start().await;
    let codes = [1, 2, 11, 14, 52, 77];
    let failed = codes.map(Verdict::Failed);
    // After the last nothing more is sent: it has opted out.
    let others = [Verdict::Rejected(0), Verdict::Expired, Verdict::Unknown, Verdict::Failed(9)];
    bench.phone().receipts(|receipts| receipts.verdict = failed[0]);
    bench.notify_with(&[("text", "first")]).await;
    bench.shows(&["·1 did not arrive"]).await;
    for (number, verdict) in (2..).zip(failed.iter().skip(1).chain(&others)) {
        bench.phone().receipts(|receipts| receipts.verdict = *verdict);
        bench.reply("text").await;
        bench.shows(&[&format!("·{number} did not arrive")]).await;
    }
    bench.quiet().await;
    let reasons: Vec<String> = bench
        .discord
        .messages(bench.thread().id)
        .iter()
        .filter_map(|post| Some(post.content.lines().next()?.split_once("❌ ")?.1.to_owned()))
        .collect();
    assert_eq!(reasons.len(), 10);
    insta::assert_snapshot!(reasons.join("\n"), @"
    **failed**: it was not delivered
    **failed**: the phone was switched off or out of reach (code 2)
    **failed**: there is no route to the number (code 11)
    **failed**: the carrier blocked it (code 14)
    **failed**: the rules of the customer's country refuse it; tell the operator (code 52)
    **failed**: it was not delivered (code 77)
    **failed**: the carrier rejected it
    **failed**: the phone was switched off or out of reach (code 2)
    **failed**: the network does not say whether it arrived
    **failed**: the number is invalid or has opted out (code 9)
    ");
    bench.finish().await;
}

#[tokio::test]
async fn a_receipt_before_its_answer_counts() {
    let bench = Bench::start().await;
    bench.phone().receipts(|receipts| {
        receipts.before_answer = true;
        receipts.interim = true;
        receipts.copies = 3;
    });
    bench.write(LONG).await;
    bench.shows(&["✅ delivered (2 parts)", "Message delivered"]).await;
    bench.quiet().await;
    assert_eq!(bench.vonage.requests().count("POST", "/sms/json"), 1);
    bench.finish().await;
}

#[tokio::test]
async fn a_receipt_is_known_by_our_reference_or_by_vonages_id() {
    let bench = Bench::start().await;
    let first = without_receipts(&bench, "one").await;
    let url = bench.webhook("delivery-receipt");
    let by_reference = bench.vonage.receipt_fields(&first, 0, Verdict::Delivered).with("messageId", "0B00");
    bench.vonage.push_receipt(&url, &by_reference).await;
    bench.shows(&["✅ delivered"]).await;
    bench.reply("two").await;
    let second = bench.vonage.wait_for_sent(2, PATIENCE).await.remove(1);
    // The answer must be settled first: only then is Vonage's id ours to know.
    bench.shows(&["✓ sent"]).await;
    let mut by_id = bench.vonage.receipt_fields(&second, 0, Verdict::Delivered);
    by_id.remove("client-ref");
    bench.vonage.push_receipt(&url, &by_id).await;
    bench.quiet().await;
    assert_eq!(bench.discord.transcript(bench.thread().id).matches("✅ delivered").count(), 2);
    bench.finish().await;
}

#[tokio::test]
async fn a_receipt_of_another_system_waits_ten_minutes_and_is_dropped() {
    let bench = Bench::start().await;
    let sms = without_receipts(&bench, "ours").await;
    let before = foreign(&bench).await;
    let others = "0190a5d0-ac96-774b-bcce-b302099a8057";
    for (id, reference) in [("0C01", None), ("0C02", Some(others)), ("0C03", Some("order-17"))] {
        let mut fields = bench.vonage.receipt_fields(&sms, 0, Verdict::Failed(9)).with("messageId", id);
        match reference {
            Some(reference) => fields.set("client-ref", reference),
            None => fields.remove("client-ref"),
        }
        let taken = bench.vonage.push_receipt(&bench.webhook("delivery-receipt"), &fields).await;
        assert_eq!(taken[0].statuses(), [Some(200)]);
    }
    bench.advance(Duration::from_secs(9 * 60)).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(foreign(&bench).await, before);
    bench.advance(Duration::from_secs(2 * 60)).await;
    bench.quiet().await;
    assert_eq!(foreign(&bench).await, before + 3);
    assert_eq!(state(&bench), "✓ sent");
    assert_eq!(bench.discord.messages(bench.operators()).len(), 0);
    bench.finish().await;
}

/// Waiting is not failing: one failure later on is tried again.
async fn a_receipt_that_waited_long_may_fail_as_often_as_others(options: Options, database: &Database) {
    let bench = Bench::with(options).await;
    let sms = without_receipts(&bench, "ours").await;
    bench.quiet().await;
    let mut fields = bench.vonage.receipt_fields(&sms, 0, Verdict::Delivered).with("messageId", "0C01");
    fields.remove("client-ref");
    let taken = bench.vonage.push_receipt(&bench.webhook("delivery-receipt"), &fields).await;
    assert_eq!(taken[0].statuses(), [Some(200)]);
    for _ in 0..25 {
        bench.clock.advance(Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    // Its message is known now, and cannot be read for a moment.
    database.run("UPDATE messages SET state = 'of_tomorrow'").await;
    database.run("UPDATE parts SET provider_id = '0C01'").await;
    let came_to = async |what: &str| {
        let query = format!("SELECT COUNT(*) FROM inbox WHERE {what}");
        let started = std::time::Instant::now();
        while database.number(&query).await == 0 {
            assert!(started.elapsed() < PATIENCE, "not so: {what}");
            bench.clock.advance(Duration::from_secs(1));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    came_to("error LIKE '%unreadable%'").await;
    assert_eq!(database.number("SELECT COUNT(*) FROM inbox WHERE dead IS NOT NULL").await, 0, "given up on");
    database.run("UPDATE messages SET state = 'sent'").await;
    came_to("done IS NOT NULL").await;
    bench.shows(&["✅ delivered"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn a_delivery_after_the_closing_posts_nothing() {
    let bench = Bench::start().await;
    let sms = without_receipts(&bench, "one").await;
    bench.quiet().await;
    let thread = bench.thread().id;
    bench.ana().command(thread, "close", []).await.unwrap().wait_answer().await.unwrap();
    bench.shows(&["(archived)", "Closed by"]).await;
    bench.quiet().await;
    let posts = bench.discord.messages(thread);
    receipt(&bench, &sms, 0, Verdict::Delivered).await;
    assert!(bench.thread().archived);
    assert_eq!(bench.discord.messages(thread).len(), posts.len());
    insta::assert_snapshot!(bench.discord.transcript(bench.channel()), @"
    Threadline:  (edited)
      | #1 · +61 ••• 0006
      | State: Closed by @Ana (a moment)
      | Agent: @Ana
      | Last activity: (a moment)
      [Reopen]
      > #1 +61 ••• 0006 (archived)
        Threadline: **·1** 📤 Text by @Ana · ✓ sent
          > one (edited)
        * Threadline added Ana to the thread
    ");
    bench.finish().await;
}

#[tokio::test]
async fn the_owner_is_called_and_it_is_sent_again_once() {
    let bench = Bench::start().await;
    bench.phone().receipts(|receipts| receipts.verdict = Verdict::Failed(8));
    bench.notify().await;
    bench.shows(&["[Send again]", "·1 did not arrive"]).await;
    bench.quiet().await;
    let thread = bench.thread().id;
    let alert = bench.discord.messages(thread).into_iter().find(|post| post.says("did not arrive")).unwrap();
    assert_eq!(bench.discord.rung(&alert), ["Ana"]);

    bench.phone().receipts(|receipts| receipts.verdict = Verdict::Delivered);
    let post = bench.post_of(1).id;
    let mallory = bench.discord.member("Mallory").click(thread, post, "Send again").await.unwrap();
    let refused = mallory.wait_answer().await.unwrap().content;
    let (ana, ben) = (bench.ana(), bench.discord.member("Ben"));
    let (one, two) = tokio::join!(ana.click(thread, post, "Send again"), ben.click(thread, post, "Send again"));
    let (one, two) = (one.unwrap().wait_answer().await.unwrap(), two.unwrap().wait_answer().await.unwrap());
    let mut answers = [refused, one.content, two.content].map(|answer| readable(&bench, &answer));
    answers.sort();
    insta::assert_snapshot!(answers.join("\n"), @"
    Only agents of support can do this. Ask for the role @Agents.
    This was settled meanwhile. Nothing was sent.
    “delivery” to +61 ••• 0006 is queued as ·2 of #1 (1 part). Its state shows in #thread.
    ");
    bench.shows(&["✅ delivered"]).await;
    bench.quiet().await;
    assert_eq!(bench.phone().inbox().len(), 2);
    assert_eq!(bench.vonage.sent().len(), 2);
    assert!(bench.post_of(1).says("sent again as ·2") && bench.post_of(1).buttons().is_empty());
    // The one sent again is the notification now.
    bench.phone().send("3").await;
    bench.shows(&["chose 3"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn it_is_left_once() {
    let bench = Bench::start().await;
    bench.phone().receipts(|receipts| receipts.verdict = Verdict::Failed(8));
    bench.notify().await;
    bench.shows(&["[Leave it]", "·1 did not arrive"]).await;
    bench.quiet().await;
    let (thread, post) = (bench.thread().id, bench.post_of(1).id);
    let ben = bench.discord.member("Ben");
    let left = ben.click(thread, post, "Leave it").await.unwrap();
    left.wait_answer_containing("is left as it is").await.unwrap();
    bench.discord.redeliver(&left, 2);
    // Ana's screen still shows the buttons.
    if let Ok(late) = bench.ana().click(thread, post, "Send again").await {
        late.wait_answer_containing("settled meanwhile").await.unwrap();
    }
    let gone = |world: &World| world.message(post).filter(|post| post.buttons().is_empty()).map(drop);
    bench.discord.wait_for(gone, PATIENCE).await.expect("the buttons go");
    bench.quiet().await;
    assert_eq!(bench.vonage.sent().len(), 1);
    insta::assert_snapshot!(bench.discord.transcript(bench.channel()), @"
    Threadline:  (edited)
      | #1 · +61 ••• 0006
      | State: ·1 failed
      | Template: delivery
      | Answer: none yet
      | Agent: @Ana
      | Last activity: (a moment)
      [Reply] [Close]
      > #1 +61 ••• 0006
        Threadline: **·1** 📤 Notification (delivery) by @Ana · ❌ **failed**: the network had an error (code 8) · left by @Ben
          > Your delivery is scheduled for tomorrow. Reply 1 (tomorrow), 2 (Thursday) or 3 (deliver to post office). (edited)
        * Threadline added Ana to the thread
        Threadline: ⚠️ @Ana ·1 did not arrive. Send it again, or leave it. (link to #1 +61 ••• 0006)
    ");
    bench.finish().await;
}

/// With the role's name in place of its id.
fn readable(bench: &Bench, text: &str) -> String {
    let thread = format!("<#{}>", bench.thread().id);
    text.replace(&format!("<@&{}>", bench.discord.role_id("Agents")), "@Agents").replace(&thread, "#thread")
}
