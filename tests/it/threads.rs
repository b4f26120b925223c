//! Threads and cards that moderators deleted: the next message makes new ones, and the old ones point there.

use threadline_sandbox::vonage::Verdict;

use crate::support::{Bench, PATIENCE};

async fn written() -> Bench {
    let bench = Bench::start().await;
    bench.phone().send("Where is my parcel?").await;
    bench.shows(&["Where is my parcel?", "Waits for an agent"]).await;
    bench.quiet().await;
    bench
}

#[tokio::test]
async fn a_deleted_thread_is_replaced() {
    let bench = written().await;
    bench.discord.delete_thread(bench.thread().id).unwrap();
    bench.phone().send("Hello?").await;
    bench.shows(&["Hello?", "goes on in"]).await;
    bench.quiet().await;
    insta::assert_snapshot!(bench.discord.transcript(bench.channel()), @"
    Threadline:  (edited)
      | #1 · +61 ••• 0006
      | The thread of this card was deleted. The conversation goes on in #1 +61 ••• 0006.
      > (thread deleted)
    Threadline:  (edited)
      | #1 · +61 ••• 0006
      | State: Waits for an agent since (a moment)
      | Last activity: (a moment)
      [Reply] [Close]
      > #1 +61 ••• 0006
        Threadline: **·2** 📩 Customer @Agents
          > Hello?
    ");

    // It is one conversation still.
    let asked = bench.ana().command(bench.thread().id, "reply", [("text", "We are here.")]).await.unwrap();
    asked.wait_answer_containing("is queued").await.unwrap();
    assert_eq!(bench.phone().next_sms().await.text, "We are here.");
    bench.finish().await;
}

#[tokio::test]
async fn a_deleted_card_is_replaced() {
    let bench = written().await;
    bench.discord.delete_message(bench.channel(), bench.card().id).unwrap();
    bench.phone().send("Hello?").await;
    bench.shows(&["#1 ·", "goes on in"]).await;
    bench.quiet().await;
    insta::assert_snapshot!(bench.discord.transcript(bench.channel()), @"
    Threadline:
      | #1 · +61 ••• 0006
      | State: Waits for an agent since (a moment)
      | Last activity: (a moment)
      [Reply] [Close]
      > #1 +61 ••• 0006
        Threadline: **·2** 📩 Customer
          > Hello?
    > #1 +61 ••• 0006
      Threadline: **·1** 📩 Customer @Agents
        > Where is my parcel?
      Threadline: **·2** 📩 Customer @Agents
        > Hello?
      Threadline: The card of this thread was deleted. #1 goes on in #1 +61 ••• 0006.
    ");
    bench.finish().await;
}

#[tokio::test]
async fn a_deleted_card_and_its_thread_are_replaced() {
    let bench = written().await;
    bench.discord.delete_message(bench.channel(), bench.card().id).unwrap();
    bench.discord.delete_thread(bench.thread().id).unwrap();
    bench.phone().send("Hello?").await;
    bench.shows(&["Hello?"]).await;
    bench.quiet().await;
    insta::assert_snapshot!(bench.discord.transcript(bench.channel()), @"
    Threadline:  (edited)
      | #1 · +61 ••• 0006
      | State: Waits for an agent since (a moment)
      | Last activity: (a moment)
      [Reply] [Close]
      > #1 +61 ••• 0006
        Threadline: **·2** 📩 Customer @Agents
          > Hello?
    ");
    bench.finish().await;
}

#[tokio::test]
async fn a_thread_that_discord_archived_comes_back_with_the_next_message() {
    let bench = written().await;
    bench.discord.archive_thread(bench.thread().id).unwrap();
    bench.phone().send("Hello?").await;
    bench.shows(&["Hello?"]).await;
    assert!(!bench.thread().archived);
    bench.quiet().await;
    bench.finish().await;
}

#[tokio::test]
async fn a_locked_thread_waits_and_the_operator_is_told() {
    let bench = written().await;
    let thread = bench.thread().id;
    bench.discord.revoke(thread, threadline_sandbox::discord::Permissions::MANAGE_THREADS);
    bench.discord.lock_thread(thread).unwrap();
    bench.phone().send("Hello?").await;
    let told = bench.channel_shows(bench.operators(), &["locked"]).await;
    insta::assert_snapshot!(told, @"Threadline: ⚠️ Discord refuses us in #1 +61 ••• 0006: the thread is locked; unlock it. What waits is tried again.");
    bench.discord.unlock_thread(thread).unwrap();
    bench.clock.advance(std::time::Duration::from_secs(60));
    bench.shows(&["Hello?"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn a_failure_in_a_locked_thread_is_told_beside_the_card() {
    let bench = Bench::start().await;
    bench.phone().receipts(|receipts| receipts.enabled = false);
    bench.notify().await;
    bench.shows(&["✓ sent"]).await;
    bench.quiet().await;
    let (thread, sms) = (bench.thread().id, bench.vonage.sent().pop().unwrap());
    bench.discord.revoke(thread, threadline_sandbox::discord::Permissions::MANAGE_THREADS);
    bench.discord.lock_thread(thread).unwrap();
    let fields = bench.vonage.receipt_fields(&sms, 0, Verdict::Failed(8));
    bench.vonage.push_receipt(&bench.webhook("delivery-receipt"), &fields).await;
    bench.shows(&["#1** ·1 did not arrive", "[Send again] [Leave it]"]).await;
    let posts = bench.discord.messages(bench.channel());
    let alert = posts.iter().find(|post| post.says("·1 did not arrive")).unwrap();
    assert_eq!(bench.discord.rung(alert), ["Ana"]);
    bench.finish().await;
}

#[tokio::test]
async fn a_notification_after_a_deleted_thread_shows_too() {
    let bench = written().await;
    bench.discord.delete_thread(bench.thread().id).unwrap();
    let asked = bench.notify().await;
    asked.wait_answer_containing("Its state shows in").await.unwrap();
    bench.phone().wait_for_sms(1, PATIENCE).await;
    bench.shows(&["Notification (delivery) by @Ana · ✅ delivered"]).await;
    bench.finish().await;
}
