//! Threads that cannot be opened, and threads that Discord archives: every text shows, and every state becomes true.

use std::time::Duration;

use futures_util::future::join_all;
use threadline_sandbox::discord::{self, Limit, Permissions, RateLimits, World};
use threadline_sandbox::fault::{Answer, Fault, FaultKind};
use threadline_sandbox::vonage::Verdict;

use crate::support::{Bench, OTHER_CUSTOMER, Options};

async fn with_room_for(max_active_threads: usize) -> Bench {
    let setup = discord::Setup { max_active_threads, ..Options::default().discord };
    Bench::with(Options { discord: setup, ..Options::default() }).await
}

/// Discord's refusal, with its own code.
pub fn refusal(fault: Fault, status: u16, code: u32, message: &str) -> Fault {
    let body = serde_json::json!({ "message": message, "code": code }).to_string();
    let headers = vec![("content-type", "application/json".to_owned())];
    fault.kind(FaultKind::Status(Answer { status: status.try_into().unwrap(), headers, body: body.into() }))
}

async fn customer(bench: &Bench, number: usize, text: &str) {
    bench.vonage.phone(&format!("614915{number:05}")).send(text).await;
    bench.shows(&[&format!("> {text}")]).await;
    bench.quiet().await;
}

fn archived(bench: &Bench) -> Vec<bool> {
    bench.discord.threads(bench.channel()).iter().map(|thread| thread.archived).collect()
}

#[tokio::test]
async fn the_longest_silent_thread_makes_room_for_another() {
    let bench = with_room_for(3).await;
    for number in 1..=3 {
        customer(&bench, number, &format!("text {number}")).await;
    }
    customer(&bench, 1, "again").await;
    customer(&bench, 4, "text 4").await;
    assert_eq!(archived(&bench), [false, true, false, false]);

    // It wakes with the next text, and another makes room.
    customer(&bench, 2, "back again").await;
    assert_eq!(archived(&bench), [false, false, true, false]);

    // A closed conversation whose thread is awake goes first.
    let threads = bench.discord.threads(bench.channel());
    bench.ana().command(threads[3].id, "close", []).await.unwrap().wait_answer().await.unwrap();
    bench.shows(&["Closed by"]).await;
    bench.quiet().await;
    assert_eq!(archived(&bench), [false, false, true, true]);
    bench.ana().post(threads[3].id, "For the record: done.").unwrap();
    assert_eq!(archived(&bench), [false, false, true, false]);
    customer(&bench, 5, "text 5").await;
    assert_eq!(archived(&bench), [false, false, true, true, false]);
    assert!(!bench.discord.transcript(bench.operators()).contains("active threads"));
    let mut bench = bench;
    bench.finish_but(&[]).await;
}

#[tokio::test]
async fn without_a_thread_texts_show_beside_the_card() {
    let bench = with_room_for(0).await;
    bench.phone().send("Where is my parcel?").await;
    bench.shows(&["Where is my parcel?"]).await;
    bench.channel_shows(bench.operators(), &["as many active threads as Discord allows"]).await;
    let card = bench.discord.messages(bench.channel())[0].id;
    let post = bench.discord.messages(bench.channel())[1].clone();
    assert_eq!(post.answered(), Some(card));
    assert_eq!(bench.discord.rung(&post), ["Ana", "Ben"]);

    // The next texts show at once, and so does what leaves.
    bench.phone().send("Hello?").await;
    bench.shows(&["> Hello?"]).await;
    bench.vonage.down().await;
    let asked = bench.ana().click(bench.channel(), card, "Reply").await.unwrap();
    asked.submit_modal(&[("text", "It is on its way.")]).await.unwrap();
    bench.shows(&["Reply by @Ana · ⏳ queued"]).await;
    bench.vonage.up().await.unwrap();
    bench.shows(&["Reply by @Ana · ✅ delivered", "Message delivered"]).await;
    insta::assert_snapshot!(bench.discord.transcript(bench.channel()), @"
    Threadline:  (edited)
      | #1 · +61 ••• 0006
      | State: Message delivered
      | Agent: @Ana
      | Last activity: (a moment)
      [Reply] [Close]
    Threadline: **#1 ·1** 📩 Customer @Agents
      > Where is my parcel?
    Threadline: **#1 ·2** 📩 Customer @Agents
      > Hello?
    Threadline: **#1 ·3** 📤 Reply by @Ana · ✅ delivered
      > It is on its way. (edited)
    ");
    bench.pass_until("it is tried again", || bench.clock.ahead() > Duration::from_secs(60)).await;
    let mut bench = bench;
    bench.finish_but(&[]).await;
}

#[tokio::test]
async fn a_thread_that_comes_late_takes_what_comes_after() {
    let bench = Bench::start().await;
    bench.discord.revoke(bench.channel(), Permissions::CREATE_PUBLIC_THREADS);
    bench.phone().send("one").await;
    bench.shows(&["**#1 ·1** 📩 Customer @Agents", "> one"]).await;
    bench.vonage.phone(OTHER_CUSTOMER).send("other").await;
    bench.shows(&["> other"]).await;
    for number in 0..5 {
        bench.vonage.phone(&format!("614915{number:05}")).send(&format!("text {number}")).await;
        bench.shows(&[&format!("> text {number}")]).await;
    }
    // Cards go on, and alerts ring, although the thread is still to be opened.
    bench.vonage.refuse(6, None);
    bench.notify().await;
    bench.shows(&["❌ **failed**", "⚠️ @Ana", "·2 failed"]).await;
    bench.vonage.lift_refusals();
    bench.discord.grant(bench.channel(), Permissions::CREATE_PUBLIC_THREADS);
    let channel = bench.channel();
    bench.pass_until("all have threads", || bench.discord.threads(channel).len() == 7).await;
    bench.phone().send("two").await;
    bench.shows(&["**·3** 📩 Customer"]).await;
    bench.quiet().await;
    let shown = bench.discord.transcript(channel);
    assert_eq!(shown.matches("> one").count(), 1, "{shown}");
    assert_eq!(bench.readyz().await.1["degraded"], serde_json::json!([]));
    bench.finish().await;
}

#[tokio::test]
async fn a_long_limit_on_threads_hides_no_text() {
    let bench = Bench::start().await;
    let limited = Fault::on("POST", "*/threads").rate_limited(Duration::from_secs(280), "shared");
    bench.discord.faults().add(limited);
    bench.phone().send("one").await;
    bench.shows(&["**#1 ·1** 📩 Customer @Agents", "> one"]).await;
    let channel = bench.channel();
    bench.pass_until("there is a thread", || bench.discord.threads(channel).len() == 1).await;
    bench.finish().await;
}

/// The window of the limit is long, and there is room in it.
#[tokio::test]
async fn a_limit_on_threads_that_is_not_used_up_sends_no_text_beside_the_card() {
    let threads = Limit::new(50, Duration::from_secs(300));
    let rate_limits = RateLimits { enforced: true, threads, ..RateLimits::LENIENT };
    let bench = Bench::with(Options {
        discord: discord::Setup { rate_limits, ..Options::default().discord },
        ..Options::default()
    })
    .await;
    bench.phone().send("one").await;
    bench.shows(&["> one"]).await;
    let phones: Vec<_> = (0..20).map(|index| bench.vonage.phone(&format!("614915{:05}", 71_000 + index))).collect();
    join_all(phones.iter().map(|phone| phone.send("two"))).await;
    let channel = bench.channel();
    let shown = |world: &World| (world.transcript(channel).matches("> two").count() == phones.len()).then_some(());
    bench.discord.wait_for(shown, Duration::from_secs(20)).await.expect("all are shown");
    assert!(!bench.discord.messages(channel).iter().any(|post| post.content.contains("> two")));
    bench.finish().await;
}

#[tokio::test]
async fn threads_are_archived_after_the_silence_that_the_desk_allows() {
    for (written, minutes) in [("", 1440), ("archive_after = \"1h\"", 60), ("archive_after = \"7days\"", 10080)] {
        // The second alert would end the silence.
        let config_desk = format!("{written}\nalert_again_after = \"0s\"");
        let bench = Bench::with(Options { config_desk, ..Options::default() }).await;
        bench.phone().send("one").await;
        bench.shows(&["> one"]).await;
        assert_eq!(bench.thread().auto_archive, minutes);
        bench.advance(Duration::from_secs(minutes * 60 - 60)).await;
        assert!(!bench.thread().archived);
        bench.advance(Duration::from_secs(120)).await;
        assert!(bench.thread().archived);
        bench.phone().send("two").await;
        bench.shows(&["> two"]).await;
        assert!(!bench.thread().archived);
        bench.finish().await;
    }
}

/// A message is queued, and its thread is archived before it leaves.
async fn with_an_old_state() -> Bench {
    let bench = Bench::start().await;
    bench.vonage.down().await;
    bench.notify().await;
    bench.shows(&["⏳ queued"]).await;
    bench.discord.archive_thread(bench.thread().id).unwrap();
    bench.vonage.up().await.unwrap();
    bench.shows(&["Message delivered"]).await;
    bench.quiet().await;
    assert!(bench.post_of(1).content.contains("⏳ queued"));
    assert!(bench.thread().archived);
    bench
}

#[tokio::test]
async fn an_old_state_becomes_true_with_the_next_text() {
    let bench = with_an_old_state().await;
    bench.phone().send("Hello?").await;
    bench.shows(&["> Hello?", "· ✅ delivered"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn an_old_state_becomes_true_when_somebody_writes_in_the_thread() {
    let bench = with_an_old_state().await;
    bench.ana().post(bench.thread().id, "What became of it?").unwrap();
    bench.shows(&["· ✅ delivered"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn an_agent_goes_on_from_the_card_of_an_archived_thread() {
    let bench = with_an_old_state().await;
    let asked = bench.ana().click(bench.channel(), bench.card().id, "Reply").await.unwrap();
    asked.submit_modal(&[("text", "It came.")]).await.unwrap();
    bench.shows(&["> It came.", "· ✅ delivered"]).await;
    assert!(!bench.thread().archived);
    bench.finish().await;
}

#[tokio::test]
async fn a_name_that_discord_refuses_is_left_out_and_agents_are_told() {
    for path in ["*/threads", "*/messages"] {
        let bench = Bench::start().await;
        let filter = Fault::on("POST", path).body_contains("Rude").until_cleared();
        let code = if path == "*/threads" { 50035 } else { 200_000 };
        bench.discord.faults().add(refusal(filter, 400, code, "Message was blocked by automatic moderation"));
        bench.notify_with(&[("name", "Ms Rude")]).await;
        bench.shows(&["Notification (delivery)", "blocked by automatic moderation", "Conversation #1"]).await;
        bench.phone().send("Hello?").await;
        bench.shows(&["> Hello?", "Waits for an agent"]).await;
        bench.quiet().await;
        assert!(!bench.discord.transcript(bench.channel()).contains("Rude"));
        // Another name is tried.
        bench.notify_with(&[("name", "Ms Kind"), ("template", "plain")]).await;
        bench.shows(&["#1 · Ms Kind"]).await;
        bench.quiet().await;
        assert!(bench.discord.transcript(bench.operators()).is_empty(), "nobody has to do anything");
        bench.discord.faults().clear();
        bench.finish().await;
    }
}

#[tokio::test]
async fn an_edit_that_discord_refuses_shows_the_state_all_the_same() {
    let bench = Bench::start().await;
    bench.vonage.down().await;
    bench.write("a rude text").await;
    bench.shows(&["⏳ queued"]).await;
    let filter = Fault::on("PATCH", "*/messages/*").body_contains("rude").until_cleared();
    bench.discord.faults().add(refusal(filter, 400, 200_000, "blocked by automatic moderation"));
    bench.vonage.up().await.unwrap();
    bench.shows(&["· ✅ delivered", "Discord refuses to show this text"]).await;
    bench.quiet().await;
    bench.discord.faults().clear();
    bench.finish().await;
}

#[tokio::test]
async fn a_card_that_discord_refuses_to_edit_is_shown_without_the_name() {
    let bench = Bench::start().await;
    bench.notify_with(&[("name", "Ms Rude")]).await;
    bench.shows(&["Message delivered"]).await;
    bench.quiet().await;
    let filter = Fault::on("PATCH", "*/messages/*").body_contains("Rude").until_cleared();
    bench.discord.faults().add(refusal(filter, 400, 240_000, "Message blocked by harmful links filter"));
    bench.phone().send("Hello?").await;
    bench.shows(&["Waits for an agent", "harmful links filter"]).await;
    bench.quiet().await;
    bench.discord.faults().clear();
    bench.finish().await;
}

#[tokio::test]
async fn a_customer_whose_everything_is_refused_is_answered_by_a_line() {
    let bench = Bench::start().await;
    let filter = Fault::on("*", "*").body_contains("rude").until_cleared();
    bench.discord.faults().add(refusal(filter, 400, 200_000, "blocked by automatic moderation"));
    let asked = bench.notify_with(&[("name", "rude"), ("text", "a rude text")]).await;
    asked.wait_answer_containing("is queued as ·1").await.unwrap();
    bench.phone().next_sms().await;
    bench.phone().send("a rude answer").await;
    bench.shows(&["**·2** 📩 Customer @Ana", "Discord refuses to show this text"]).await;
    bench.quiet().await;
    let shown = bench.discord.transcript(bench.channel());
    assert!(!shown.contains("rude"), "{shown}");
    bench.discord.faults().clear();
    bench.finish().await;
}

/// The thread is asleep, and no other can make room for it to wake.
#[tokio::test]
async fn an_alert_for_which_no_thread_wakes_stands_beside_the_card() {
    let bench = Bench::start().await;
    bench.phone().receipts(|receipts| {
        receipts.held = true;
        receipts.verdict = Verdict::Failed(6);
    });
    bench.notify().await.wait_answer_containing("Its state").await.unwrap();
    bench.phone().next_sms().await;
    bench.shows(&["✓ sent"]).await;
    bench.quiet().await;
    let path = format!("*/channels/{}/messages", bench.thread().id);
    let full =
        refusal(Fault::on("POST", &path).until_cleared(), 400, 160_006, "Maximum number of active threads reached");
    bench.discord.faults().add(full);
    bench.phone().release_receipts().await;
    bench.shows(&["⚠️ @Ana **#1** ·1 did not arrive", "[Send again] [Leave it]"]).await;
    let posts = bench.discord.messages(bench.channel());
    assert_eq!(posts[1].answered(), Some(posts[0].id));
    bench.quiet().await;
    bench.finish().await;
}

#[tokio::test]
async fn an_alert_beside_the_card_rings_once_however_long_its_fate_is_unknown() {
    let setup = discord::Setup { nonce_window: Duration::ZERO, max_active_threads: 0, ..Options::default().discord };
    let mut bench = Bench::with(Options { discord: setup, ..Options::default() }).await;
    bench.vonage.refuse(6, None);
    let faults = bench.discord.faults();
    faults.add(Fault::on("POST", "*/messages").body_contains("did not arrive").status_after_effect(500));
    faults.add(Fault::on("GET", "*/messages").status(503));
    bench.notify().await;
    bench.shows(&["⚠️ @Ana **#1** ·1 did not arrive"]).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let requests = bench.discord.requests();
    for looked in 1..=2 {
        bench.clock.advance(Duration::from_secs(3 * 60));
        requests.wait_for_count("GET", "*/messages", looked, Duration::from_secs(20)).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(bench.discord.transcript(bench.channel()).matches("did not arrive").count(), 1);
    bench.finish_but(&[]).await;
}
