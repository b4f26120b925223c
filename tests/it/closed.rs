//! An SMS that comes to grief after its conversation was closed: somebody hears of it all the same.

use std::time::Duration;

use threadline_sandbox::discord::{Message, Thread};
use threadline_sandbox::fault::Fault;
use threadline_sandbox::vonage::{Sms, Verdict};

use crate::many_threads::refusal;
use crate::shared::database::{Database, Engine};
use crate::support::{Bench, Options, PATIENCE};

const UNCONFIRMED_AFTER: Duration = Duration::from_secs(15 * 60);

/// Ana closes the one conversation from its thread.
async fn close(bench: &Bench) {
    let closed = bench.ana().command(bench.thread().id, "close", []).await.unwrap();
    closed.wait_answer_containing("is closed").await.unwrap();
    bench.shows(&["Closed by @Ana", "(archived)"]).await;
}

/// Ana replies to a text, and closes. No receipt has come yet.
async fn replied_and_closed() -> (Bench, Sms) {
    let bench = Bench::start().await;
    bench.phone().receipts(|receipts| receipts.enabled = false);
    bench.phone().send("Where is my parcel?").await;
    bench.shows(&["Where is my parcel?"]).await;
    bench.reply("It is on its way.").await.wait_answer_containing("queued").await.unwrap();
    let sms = bench.vonage.wait_for_sent(1, PATIENCE).await.remove(0);
    bench.shows(&["✓ sent"]).await;
    bench.quiet().await;
    close(&bench).await;
    bench.quiet().await;
    (bench, sms)
}

async fn receipt(bench: &Bench, sms: &Sms, verdict: Verdict) {
    let fields = bench.vonage.receipt_fields(sms, 0, verdict);
    bench.vonage.push_receipt(&bench.webhook("delivery-receipt"), &fields).await;
    bench.quiet().await;
}

#[tokio::test]
async fn a_failure_after_the_closing_opens_it_again_and_rings() {
    let (bench, sms) = replied_and_closed().await;
    // Also long after: no text of the customer would open it any more.
    bench.advance(Duration::from_secs(20 * 60 * 60)).await;
    receipt(&bench, &sms, Verdict::Failed(8)).await;
    assert!(!bench.thread().archived);
    insta::assert_snapshot!(bench.discord.transcript(bench.channel()), @"
    Threadline:  (edited)
      | #1 · +61 ••• 0006
      | State: ·2 failed
      | Agent: @Ana
      | Last activity: (a moment)
      [Reply] [Close]
      > #1 +61 ••• 0006
        Threadline: **·1** 📩 Customer @Agents
          > Where is my parcel?
        Threadline: **·2** 📤 Reply by @Ana · ❌ **failed**: the network had an error (code 8)
          > It is on its way. (edited)
          [Send again] [Leave it]
        Threadline: ⚠️ @Ana ·2 did not arrive. Send it again, or leave it. (link to #1 +61 ••• 0006)
    ");
    let alert = bench.discord.messages(bench.thread().id).pop().unwrap();
    assert_eq!(bench.discord.rung(&alert), ["Ana"]);

    // And it can be decided there.
    bench.phone().receipts(|receipts| receipts.enabled = true);
    let again = bench.ana().click(bench.thread().id, bench.post_of(2).id, "Send again").await.unwrap();
    again.wait_answer_containing("queued as ·3").await.unwrap();
    bench.shows(&["sent again as ·3", "✅ delivered"]).await;
    // Closed once more, it stays closed.
    bench.quiet().await;
    close(&bench).await;
    receipt(&bench, &sms, Verdict::Failed(8)).await;
    assert!(bench.thread().archived);
    bench.finish().await;
}

#[tokio::test]
async fn an_unconfirmed_message_of_a_closed_conversation_is_asked_about() {
    let bench = Bench::start().await;
    bench.vonage.faults().add(Fault::on("POST", "/sms/json").status(500));
    bench.notify().await;
    bench.shows(&["❓ **unconfirmed**"]).await;
    close(&bench).await;
    bench.advance(UNCONFIRMED_AFTER).await;
    bench.shows(&["Nobody knows whether ·1 was sent", "[Send again] [Leave it]", "·1 is unconfirmed", "[Close]"]).await;
    bench.quiet().await;
    assert!(!bench.thread().archived);
    let left = bench.ana().click(bench.thread().id, bench.post_of(1).id, "Leave it").await.unwrap();
    left.wait_answer_containing("left as it is").await.unwrap();
    close(&bench).await;
    bench.finish().await;
}

#[tokio::test]
async fn an_automatic_answer_that_fails_after_the_closing_is_told_too() {
    let bench = Bench::start().await;
    bench.notify().await;
    bench.shows(&["✅ delivered"]).await;
    bench.phone().receipts(|receipts| receipts.enabled = false);
    bench.phone().send("2").await;
    bench.shows(&["Confirmation · ✓ sent"]).await;
    bench.quiet().await;
    let sms = bench.vonage.sent().pop().unwrap();
    close(&bench).await;
    receipt(&bench, &sms, Verdict::Failed(8)).await;
    bench.shows(&["Confirmation · ❌ **failed**", "·3 did not arrive", "·3 failed", "[Close]"]).await;
    assert!(!bench.thread().archived);
    bench.finish().await;
}

#[tokio::test]
async fn a_delivery_after_the_closing_opens_nothing() {
    let (bench, sms) = replied_and_closed().await;
    receipt(&bench, &sms, Verdict::Delivered).await;
    assert!(bench.thread().archived);
    bench.shows(&["Closed by @Ana"]).await;
    let posts = bench.discord.messages(bench.thread().id).len();
    // It shows once the thread takes edits again.
    let opened = bench.ana().click(bench.channel(), bench.card().id, "Reopen").await.unwrap();
    opened.wait_answer_containing("is open again").await.unwrap();
    bench.shows(&["Reply by @Ana · ✅ delivered"]).await;
    bench.quiet().await;
    assert_eq!(bench.discord.messages(bench.thread().id).len(), posts);
    bench.finish().await;
}

/// A notification of a closed conversation fails while a newer one is open, to whose text somebody may have `answered`.
async fn told_in_the_newer(answered: bool, options: Options) -> (Bench, Thread, Message) {
    let options = Options { config_desk: r#"reopen_within = "0s""#.into(), ..options };
    let bench = Bench::with(options).await;
    bench.phone().receipts(|receipts| receipts.enabled = false);
    bench.notify().await.wait_answer_containing("Its state").await.unwrap();
    bench.shows(&["✓ sent"]).await;
    bench.quiet().await;
    let sms = bench.vonage.sent().pop().unwrap();
    close(&bench).await;
    bench.phone().send("Hello?").await;
    bench.shows(&["#2 ·", "Hello?"]).await;
    bench.quiet().await;
    let new = bench.discord.threads(bench.channel()).into_iter().find(|thread| !thread.archived).unwrap();
    if answered {
        bench.ana().command(new.id, "reply", [("text", "Yes?")]).await.unwrap();
        bench.shows(&["> Yes?", "✓ sent"]).await;
        bench.quiet().await;
    }
    receipt(&bench, &sms, Verdict::Failed(8)).await;
    bench.shows(&["·1 of #1, which is closed, did not arrive"]).await;
    let alert = bench.discord.messages(new.id).pop().unwrap();
    assert_eq!(bench.discord.rung(&alert), ["Ana"]);
    (bench, new, alert)
}

/// How often the role was rung because nobody answered, once it is late enough for it.
async fn reminders(bench: &Bench) -> usize {
    bench.quiet().await;
    bench.advance(Duration::from_secs(31 * 60)).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    bench.quiet().await;
    bench.discord.transcript(bench.channel()).matches("Nobody has answered").count()
}

#[tokio::test]
async fn while_a_newer_conversation_is_open_it_is_told_there() {
    let (bench, new, alert) = told_in_the_newer(false, Options::default()).await;
    let threads = bench.discord.threads(bench.channel());
    let old = threads.iter().find(|thread| thread.archived).unwrap();
    assert!(bench.discord.messages(old.id).iter().all(|post| !post.says("did not arrive")));

    // What is sent again belongs to the open one.
    bench.phone().receipts(|receipts| receipts.enabled = true);
    let again = bench.ana().click(new.id, alert.id, "Send again").await.unwrap();
    again.wait_answer_containing("queued as ·2 of #2").await.unwrap();
    bench.shows(&["Notification (delivery) by @Ana · ✅ delivered"]).await;
    bench.phone().send("2").await;
    bench.shows(&["chose 2 (Thursday)"]).await;
    let again = bench.ana().click(new.id, alert.id, "Send again").await.unwrap();
    again.wait_answer_containing("settled meanwhile").await.unwrap();
    bench.quiet().await;
    assert_eq!(bench.phone().inbox().len(), 3);
    bench.finish().await;
}

/// The alert quotes what Discord refuses to show. It stands all the same, without it.
#[tokio::test]
async fn a_text_that_discord_refuses_is_told_in_the_newer_too() {
    let config_desk = r#"reopen_within = "0s""#.to_owned();
    let bench = Bench::with(Options { config_desk, ..Options::default() }).await;
    bench.phone().receipts(|receipts| receipts.enabled = false);
    let filter = Fault::on("POST", "*/messages").body_contains("scheduled").until_cleared();
    bench.discord.faults().add(refusal(filter, 400, 200_000, "Message was blocked by automatic moderation"));
    bench.notify().await.wait_answer_containing("Its state").await.unwrap();
    bench.shows(&["✓ sent", "Discord refuses to show this text"]).await;
    bench.quiet().await;
    let sms = bench.vonage.sent().pop().unwrap();
    close(&bench).await;
    bench.phone().send("Hello?").await;
    bench.shows(&["#2 ·", "Hello?"]).await;
    bench.quiet().await;
    receipt(&bench, &sms, Verdict::Failed(8)).await;
    bench.shows(&["·1 of #1, which is closed, did not arrive", "[Send again] [Leave it]"]).await;
    bench.discord.faults().clear();
    bench.finish().await;
}

async fn what_is_told_in_the_newer_rings_the_role_until_somebody_acts(options: Options) {
    let (bench, new, alert) = told_in_the_newer(true, options).await;
    assert_eq!(reminders(&bench).await, 1);
    let rung = bench.discord.messages(new.id).pop().unwrap();
    assert!(rung.says("Nobody has answered"));
    assert_eq!(bench.discord.rung(&rung), ["Ana", "Ben"]);
    assert_eq!(reminders(&bench).await, 1, "it rings once");
    let left = bench.ana().click(new.id, alert.id, "Leave it").await.unwrap();
    left.wait_answer_containing("left as it is").await.unwrap();
    bench.finish().await;
}

#[tokio::test]
async fn what_is_told_in_the_newer_rings_the_role_until_somebody_acts_on_sqlite() {
    what_is_told_in_the_newer_rings_the_role_until_somebody_acts(Options::default()).await;
}

#[tokio::test]
async fn what_is_told_in_the_newer_rings_the_role_until_somebody_acts_on_postgres() {
    let Some(database) = Database::new(Engine::Postgres).await else { return };
    let options = Options { database: Some(database.url().to_owned()), ..Options::default() };
    what_is_told_in_the_newer_rings_the_role_until_somebody_acts(options).await;
}

#[tokio::test]
async fn what_is_told_in_the_newer_and_decided_or_answered_rings_nobody_again() {
    for decision in ["Leave it", "Send again"] {
        let (bench, new, alert) = told_in_the_newer(true, Options::default()).await;
        bench.ana().click(new.id, alert.id, decision).await.unwrap().wait_answer().await.unwrap();
        assert_eq!(reminders(&bench).await, 0, "{decision}");
        bench.finish().await;
    }
    let (bench, new, _) = told_in_the_newer(true, Options::default()).await;
    bench.ana().command(new.id, "reply", [("text", "We are looking.")]).await.unwrap();
    bench.shows(&["> We are looking."]).await;
    assert_eq!(reminders(&bench).await, 0);
    bench.finish().await;
}

/// To close a conversation is to be done with what failed in it.
#[tokio::test]
async fn what_failed_before_the_closing_rings_nobody_in_a_newer_conversation() {
    let config_desk = r#"reopen_within = "0s""#.to_owned();
    let bench = Bench::with(Options { config_desk, ..Options::default() }).await;
    bench.phone().receipts(|receipts| receipts.verdict = Verdict::Failed(8));
    bench.notify().await;
    bench.shows(&["·1 did not arrive"]).await;
    bench.quiet().await;
    close(&bench).await;
    bench.notify_with(&[("template", "plain")]).await;
    bench.shows(&["#2 ·", "Notification (plain)", "·1 did not arrive. Send it again, or leave it. (link to #2"]).await;
    bench.quiet().await;
    let new = bench.discord.threads(bench.channel()).into_iter().find(|thread| !thread.archived).unwrap();
    let post = bench.discord.messages(new.id).into_iter().find(|post| !post.buttons().is_empty()).unwrap();
    bench.ana().click(new.id, post.id, "Leave it").await.unwrap().wait_answer().await.unwrap();
    assert_eq!(reminders(&bench).await, 0);
    bench.finish().await;
}
