//! Whom alerts ring: an owner who is there, else the role; and the role again where nobody answers.

use std::time::Duration;

use threadline_sandbox::discord::Message;
use threadline_sandbox::vonage::Verdict;

use crate::shared::database::{Database, Engine};
use crate::support::{Bench, OTHER_CUSTOMER, Options, PATIENCE};

const MINUTE: Duration = Duration::from_secs(60);

/// Ben owns the conversation: he notified the customer.
async fn notified_by_ben(options: Options) -> Bench {
    let bench = Bench::with(options).await;
    let number = format!("+{}", crate::support::CUSTOMER);
    let ben = bench.discord.member("Ben");
    let asked = ben.command(bench.channel(), "notify", [("number", number.as_str())]).await.unwrap();
    asked.wait_answer_containing("Its state").await.unwrap();
    bench.shows(&["✅ delivered", "Agent: @Ben"]).await;
    bench.quiet().await;
    bench
}

fn last(bench: &Bench) -> Message {
    bench.discord.messages(bench.thread().id).pop().unwrap()
}

/// How many lines say that nobody has answered.
fn reminders(bench: &Bench) -> usize {
    bench.discord.transcript(bench.channel()).matches("Nobody has answered").count()
}

#[tokio::test]
async fn an_owner_who_left_is_nobodys_owner_and_the_role_rings() {
    let bench = notified_by_ben(Options::default()).await;
    bench.discord.remove_member(bench.discord.member("Ben").id);
    bench.phone().send("Is anybody there?").await;
    bench.shows(&["Is anybody there?"]).await;
    bench.quiet().await;
    assert_eq!(bench.discord.rung(&last(&bench)), ["Ana"]);
    assert!(!bench.discord.transcript(bench.channel()).contains("Agent:"), "{}", bench.shows(&[]).await);
    bench.finish().await;
}

#[tokio::test]
async fn an_owner_who_is_no_agent_any_more_is_nobodys_owner() {
    let bench = notified_by_ben(Options::default()).await;
    bench.discord.set_role(bench.discord.member("Ben").id, bench.discord.role_id("Agents"), false);
    bench.phone().send("Is anybody there?").await;
    bench.shows(&["Is anybody there?"]).await;
    bench.quiet().await;
    assert_eq!(bench.discord.rung(&last(&bench)), ["Ana"]);
    bench.finish().await;
}

#[tokio::test]
async fn a_failure_rings_the_role_where_its_agent_left() {
    let bench = Bench::start().await;
    bench.phone().receipts(|receipts| receipts.enabled = false);
    let number = format!("+{}", crate::support::CUSTOMER);
    let ben = bench.discord.member("Ben");
    ben.command(bench.channel(), "notify", [("number", number.as_str())]).await.unwrap();
    bench.shows(&["✓ sent"]).await;
    bench.quiet().await;
    bench.discord.remove_member(ben.id);
    let sms = bench.vonage.sent().pop().unwrap();
    let fields = bench.vonage.receipt_fields(&sms, 0, Verdict::Failed(8));
    bench.vonage.push_receipt(&bench.webhook("delivery-receipt"), &fields).await;
    bench.shows(&["·1 did not arrive"]).await;
    bench.quiet().await;
    assert_eq!(bench.discord.rung(&last(&bench)), ["Ana"]);
    bench.finish().await;
}

#[tokio::test]
async fn a_thread_made_anew_for_an_owner_who_left_rings_the_role() {
    let bench = notified_by_ben(Options::default()).await;
    bench.phone().send("Is anybody there?").await;
    bench.shows(&["Is anybody there?"]).await;
    bench.quiet().await;
    bench.discord.remove_member(bench.discord.member("Ben").id);
    bench.discord.delete_thread(bench.thread().id).unwrap();
    // No alert comes with a choice; the customer still waits for the answer to their question.
    bench.phone().send("2").await;
    bench.shows(&["chose 2", "left this server"]).await;
    bench.quiet().await;
    let line =
        bench.discord.messages(bench.thread().id).into_iter().find(|post| post.says("left this server")).unwrap();
    assert_eq!(bench.discord.rung(&line), ["Ana"]);
    bench.finish().await;
}

async fn an_alert_without_an_answer_rings_the_role_once(options: Options) {
    let mut bench = notified_by_ben(options).await;
    bench.phone().send("Is anybody there?").await;
    bench.shows(&["Is anybody there?"]).await;
    bench.quiet().await;
    assert_eq!(bench.discord.rung(&last(&bench)), ["Ben"]);
    bench.advance(29 * MINUTE).await;
    bench.quiet().await;
    assert_eq!(reminders(&bench), 0);
    // A restart forgets nothing, and the customer's next text begins no new wait.
    bench.stop().await;
    bench.run().await;
    bench.connected().await;
    bench.phone().send("Hello?").await;
    bench.shows(&["Hello?"]).await;
    bench.quiet().await;
    bench.advance(2 * MINUTE).await;
    bench.shows(&["Nobody has answered"]).await;
    bench.quiet().await;
    assert_eq!(bench.discord.rung(&last(&bench)), ["Ana", "Ben"]);
    bench.phone().send("Hello??").await;
    bench.shows(&["Hello??"]).await;
    bench.quiet().await;
    bench.advance(3 * 60 * MINUTE).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    bench.quiet().await;
    assert_eq!(reminders(&bench), 1);

    // An answer ends the wait; what comes after it begins another.
    bench.reply("We are here.").await.wait_answer_containing("queued").await.unwrap();
    bench.shows(&["Reply by @Ana · ✅ delivered"]).await;
    bench.quiet().await;
    bench.advance(60 * MINUTE).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    bench.quiet().await;
    assert_eq!(reminders(&bench), 1);
    bench.phone().send("And now?").await;
    bench.shows(&["And now?"]).await;
    bench.quiet().await;
    bench.advance(31 * MINUTE).await;
    let started = std::time::Instant::now();
    while reminders(&bench) < 2 {
        assert!(started.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bench.finish().await;
}

#[tokio::test]
async fn an_alert_without_an_answer_rings_the_role_once_on_sqlite() {
    an_alert_without_an_answer_rings_the_role_once(Options::default()).await;
}

#[tokio::test]
async fn an_alert_without_an_answer_rings_the_role_once_on_postgres() {
    let Some(database) = Database::new(Engine::Postgres).await else { return };
    let options = Options { database: Some(database.url().to_owned()), ..Options::default() };
    an_alert_without_an_answer_rings_the_role_once(options).await;
}

#[tokio::test]
async fn a_failure_that_nobody_decides_about_rings_the_role() {
    let bench = Bench::start().await;
    bench.phone().receipts(|receipts| receipts.verdict = Verdict::Failed(8));
    bench.notify().await;
    bench.shows(&["·1 did not arrive"]).await;
    bench.quiet().await;
    bench.advance(31 * MINUTE).await;
    bench.shows(&["Nobody has answered"]).await;
    bench.quiet().await;
    assert_eq!(bench.discord.rung(&last(&bench)), ["Ana", "Ben"]);
    bench.finish().await;
}

#[tokio::test]
async fn what_was_closed_or_decided_rings_nobody_again() {
    let bench = Bench::start().await;
    bench.phone().send("Is anybody there?").await;
    bench.shows(&["Is anybody there?"]).await;
    bench.ana().command(bench.thread().id, "close", []).await.unwrap().wait_answer().await.unwrap();
    bench.shows(&["(archived)"]).await;
    let other = bench.vonage.phone(OTHER_CUSTOMER);
    other.receipts(|receipts| receipts.verdict = Verdict::Failed(8));
    let number = format!("+{OTHER_CUSTOMER}");
    bench.ana().command(bench.channel(), "notify", [("number", number.as_str())]).await.unwrap();
    bench.shows(&["[Send again]"]).await;
    bench.quiet().await;
    let thread = bench.discord.threads(bench.channel()).into_iter().find(|thread| !thread.archived).unwrap();
    let post = bench.discord.messages(thread.id).into_iter().find(|post| !post.buttons().is_empty()).unwrap();
    bench.ana().click(thread.id, post.id, "Leave it").await.unwrap().wait_answer().await.unwrap();
    bench.quiet().await;
    bench.advance(60 * MINUTE).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    bench.quiet().await;
    assert_eq!(reminders(&bench), 0);
    bench.finish().await;
}

#[tokio::test]
async fn zero_and_no_alerts_remind_of_nothing() {
    for config_desk in [r#"alert_again_after = "0s""#, r#"alert = "none""#] {
        let bench = Bench::with(Options { config_desk: config_desk.to_owned(), ..Options::default() }).await;
        bench.phone().send("Is anybody there?").await;
        bench.shows(&["Is anybody there?"]).await;
        bench.quiet().await;
        bench.advance(24 * 60 * MINUTE).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        bench.quiet().await;
        assert_eq!(reminders(&bench), 0, "{config_desk}");
        bench.finish().await;
    }
}

#[tokio::test]
async fn the_desk_says_how_long_an_alert_may_stay_unanswered() {
    let config_desk = "alert = \"role\"\nalert_again_after = \"2h\"".to_owned();
    let bench = Bench::with(Options { config_desk, ..Options::default() }).await;
    bench.phone().send("Is anybody there?").await;
    bench.shows(&["Is anybody there?"]).await;
    bench.quiet().await;
    bench.advance(110 * MINUTE).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(reminders(&bench), 0);
    bench.advance(11 * MINUTE).await;
    bench.shows(&["Nobody has answered"]).await;
    bench.quiet().await;
    assert_eq!(bench.discord.rung(&last(&bench)), ["Ana", "Ben"]);
    bench.finish().await;
}
