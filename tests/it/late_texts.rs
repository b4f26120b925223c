//! When a text was said counts, not when it arrived: Vonage tries for 24 hours.

use std::time::{Duration, SystemTime};

use threadline_sandbox::vonage::{Fields, WebhookApi};

use crate::shared::database::{Database, Engine};
use crate::support::{Bench, CUSTOMER, Options, PATIENCE};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

async fn notified_with(options: Options) -> Bench {
    let bench = Bench::with(options).await;
    bench.notify().await.wait_answer_containing("Its state").await.unwrap();
    bench.phone().next_sms().await;
    bench.shows(&["✅ delivered"]).await;
    bench
}

async fn notified() -> Bench {
    notified_with(Options::default()).await
}

/// What the bridge's clock showed so many seconds ago: `2026-11-22T13:05:09Z`.
fn ago(bench: &Bench, seconds: u64) -> String {
    let then = SystemTime::now() + bench.clock.ahead() - Duration::from_secs(seconds);
    humantime::format_rfc3339_seconds(then).to_string()
}

fn said(bench: &Bench, text: &str, seconds_ago: u64) -> Fields {
    let stamp = ago(bench, seconds_ago).replace('T', " ").replace('Z', "");
    bench.vonage.inbound_fields(CUSTOMER, text).with("message-timestamp", stamp)
}

/// Vonage brings a text that was said so many seconds ago.
async fn comes(bench: &Bench, text: &str, seconds_ago: u64) {
    push(bench, &said(bench, text, seconds_ago)).await;
}

async fn push(bench: &Bench, fields: &Fields) {
    assert_eq!(bench.vonage.push_inbound(fields).await[0].statuses(), [Some(200)]);
}

fn thread(bench: &Bench) -> String {
    bench.discord.transcript(bench.thread().id)
}

#[tokio::test]
async fn what_is_older_than_the_question_is_no_answer() {
    let bench = notified().await;
    comes(&bench, "2", 3 * HOUR).await;
    bench
        .shows(&["said before the notification went out, so it is no answer to it · came late, sent (a moment) @Ana"])
        .await;
    bench.shows(&["Waits for an agent"]).await;
    bench.quiet().await;
    assert_eq!(bench.phone().inbox().len(), 1, "nothing is confirmed");
    bench.phone().send("3").await;
    assert!(bench.phone().wait_for_sms(2, PATIENCE).await[1].text.contains("option 3"));
    bench.finish().await;
}

#[tokio::test]
async fn a_webhook_of_the_messages_api_says_when_too() {
    let bench = notified().await;
    bench.vonage.set_webhook_api(WebhookApi::Messages);
    let mut message = bench.vonage.inbound_message(CUSTOMER, "2");
    message["timestamp"] = ago(&bench, 3 * HOUR).into();
    assert_eq!(bench.vonage.push_inbound_message(&message).await[0].statuses(), [Some(200)]);
    bench.shows(&["said before the notification went out"]).await;
    let mut message = bench.vonage.inbound_message(CUSTOMER, "2");
    message["timestamp"] = "soon".into();
    assert_eq!(bench.vonage.push_inbound_message(&message).await[0].statuses(), [Some(200)]);
    assert!(bench.phone().wait_for_sms(2, PATIENCE).await[1].text.contains("option 2"));
    bench.finish().await;
}

#[tokio::test]
async fn an_answer_within_the_second_of_its_question_counts_and_so_does_one_that_came_late() {
    let bench = notified().await;
    // A stamp has whole seconds, rounded down.
    comes(&bench, "1", 1).await;
    assert!(bench.phone().wait_for_sms(2, PATIENCE).await[1].text.contains("option 1"));
    bench.advance(Duration::from_secs(2 * HOUR)).await;
    comes(&bench, "2", HOUR).await;
    assert!(bench.phone().wait_for_sms(3, PATIENCE).await[2].text.contains("option 2"));
    bench.shows(&["changed from 1 (tomorrow) to 2 (Thursday) · came late, sent (a moment)"]).await;
    // Said before the choice that stands.
    comes(&bench, "3", HOUR + MINUTE).await;
    bench.shows(&["said before the choice that stands, so it changes nothing"]).await;
    bench.quiet().await;
    assert_eq!(bench.phone().inbox().len(), 3);
    bench.finish().await;
}

#[tokio::test]
async fn an_answer_counts_that_was_said_before_its_notification_expired() {
    on_both(async |options| {
        let bench = notified_with(options).await;
        bench.advance(Duration::from_secs(75 * HOUR)).await;
        comes(&bench, "2", 3 * HOUR + 10 * MINUTE).await;
        assert!(bench.phone().wait_for_sms(2, PATIENCE).await[1].text.contains("option 2"));
        bench.shows(&["chose 2 (Thursday) · came late, sent (a moment)\n"]).await;
        // Said after it had expired.
        comes(&bench, "3", 2 * HOUR).await;
        bench.shows(&["Waits for an agent", "> 3"]).await;
        bench.quiet().await;
        assert_eq!(bench.phone().inbox().len(), 2, "nothing more is confirmed");
        bench.finish().await;
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_a_newer_notification_overtook_is_one_to_the_older() {
    on_both(async |options| {
        let bench = notified_with(options).await;
        bench.advance(Duration::from_secs(2 * HOUR)).await;
        bench.notify().await.wait_answer_containing("Its state").await.unwrap();
        bench.phone().wait_for_sms(2, PATIENCE).await;
        // The template's own sentence would seem to be about the newer one.
        comes(&bench, "perhaps", HOUR + MINUTE).await;
        bench.shows(&["said before the notification went out, so it is no answer to it", "> perhaps"]).await;
        comes(&bench, "2", HOUR).await;
        assert!(bench.phone().wait_for_sms(3, PATIENCE).await[2].text.contains("option 2"));
        let answers_older = "said before the newer notification went out, so it answers ·1 of #1";
        bench.shows(&[&format!("chose 2 (Thursday) · {answers_older} · came late, sent (a moment)\n")]).await;
        // It is answered.
        comes(&bench, "1", HOUR - MINUTE).await;
        bench.shows(&["**·6** 📩 Customer · said before the notification went out, so it is no answer to it"]).await;
        // The newer one is not.
        bench.phone().send("3").await;
        assert!(bench.phone().wait_for_sms(4, PATIENCE).await[3].text.contains("option 3"));
        bench.shows(&["Customer · chose 3 (deliver to post office)\n"]).await;
        bench.quiet().await;
        assert_eq!(bench.phone().inbox().len(), 4);
        bench.finish().await;
    })
    .await;
}

#[tokio::test]
async fn an_older_notification_is_answered_only_while_it_waited() {
    let bench = notified().await;
    bench.advance(Duration::from_secs(75 * HOUR)).await;
    bench.notify().await.wait_answer_containing("Its state").await.unwrap();
    bench.phone().wait_for_sms(2, PATIENCE).await;
    comes(&bench, "2", HOUR).await;
    bench.shows(&["said before the notification went out, so it is no answer to it", "> 2"]).await;
    bench.quiet().await;
    assert_eq!(bench.phone().inbox().len(), 2, "it had expired");
    bench.finish().await;
}

#[tokio::test]
async fn an_older_notification_is_named_with_its_conversation() {
    let bench = notified().await;
    bench.ana().command(bench.thread().id, "close", []).await.unwrap().wait_answer().await.unwrap();
    bench.advance(Duration::from_secs(60 * HOUR)).await;
    bench.notify().await.wait_answer_containing("of #2").await.unwrap();
    bench.phone().wait_for_sms(2, PATIENCE).await;
    comes(&bench, "2", HOUR).await;
    assert!(bench.phone().wait_for_sms(3, PATIENCE).await[2].text.contains("option 2"));
    bench.shows(&["chose 2 (Thursday) · said before the newer notification went out, so it answers ·1 of #1 ·"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn a_stamp_from_the_future_or_unreadable_is_ignored() {
    for stamp in ["2099-01-01 00:00:00", "yesterday", "", "0000-00-00 00:00:00", "1970-01-01 00:00:00"] {
        let bench = notified().await;
        let fields = bench.vonage.inbound_fields(CUSTOMER, "2").with("message-timestamp", stamp);
        push(&bench, &fields).await;
        assert!(bench.phone().wait_for_sms(2, PATIENCE).await[1].text.contains("option 2"), "{stamp}");
        bench.shows(&["chose 2 (Thursday)\n"]).await;
        assert!(!thread(&bench).contains("came late"), "{stamp}");
        bench.finish().await;
    }
}

#[tokio::test]
async fn a_clock_of_ours_that_is_ahead_makes_no_text_late() {
    let bench = Bench::start().await;
    let behind = -i64::try_from(1000 * HOUR).unwrap();
    for other in [bench.vonage.date_ahead(), bench.discord.date_ahead()] {
        other.store(behind, std::sync::atomic::Ordering::Relaxed);
    }
    bench.notify().await.wait_answer_containing("Its state").await.unwrap();
    bench.phone().next_sms().await;
    bench.shows(&["✅ delivered"]).await;
    // A minute later by Vonage's clock, which is an hour behind ours.
    comes(&bench, "2", HOUR).await;
    assert!(bench.phone().wait_for_sms(2, PATIENCE).await[1].text.contains("option 2"));
    bench.shows(&["chose 2 (Thursday)\n"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn only_what_is_over_ten_minutes_late_shows_its_time() {
    let bench = Bench::start().await;
    comes(&bench, "eleven", 11 * MINUTE).await;
    bench.shows(&["**·1** 📩 Customer · came late, sent (a moment) @Agents\n"]).await;
    comes(&bench, "nine", 9 * MINUTE).await;
    bench.shows(&["**·2** 📩 Customer @Agents\n"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn a_start_that_was_said_before_a_stop_opts_nobody_in() {
    on_both(async |options| {
        let bench = notified_with(options).await;
        bench.phone().send("STOP").await;
        bench.phone().wait_for_sms(2, PATIENCE).await;
        comes(&bench, "START", HOUR).await;
        bench.shows(&["said before the opt-out, so it changes nothing · came late, sent (a moment) @Ana"]).await;
        bench.notify().await.wait_answer_containing("opted out").await.unwrap();
        bench.quiet().await;
        assert_eq!(bench.phone().inbox().len(), 2, "no answer to START");
        // One that was said since does.
        bench.advance(Duration::from_secs(2 * HOUR)).await;
        comes(&bench, "START", HOUR).await;
        bench.phone().wait_for_sms(3, PATIENCE).await;
        bench.shows(&["wants messages again"]).await;
        bench.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_stop_that_was_said_before_a_start_opts_nobody_out() {
    let bench = notified().await;
    bench.phone().send("STOP").await;
    bench.phone().wait_for_sms(2, PATIENCE).await;
    bench.phone().send("START").await;
    bench.phone().wait_for_sms(3, PATIENCE).await;
    comes(&bench, "STOP", HOUR).await;
    bench.shows(&["said before the customer asked for messages again, so it changes nothing"]).await;
    bench.notify_with(&[("text", "Welcome back")]).await.wait_answer_containing("Its state").await.unwrap();
    bench.phone().wait_for_sms(4, PATIENCE).await;
    bench.finish().await;
}

#[tokio::test]
async fn a_stop_that_is_said_again_counts_from_then() {
    on_both(async |options| {
        let bench = notified_with(options).await;
        bench.phone().send("STOP").await;
        bench.phone().wait_for_sms(2, PATIENCE).await;
        bench.advance(Duration::from_secs(2 * HOUR)).await;
        bench.phone().send("Stop!").await;
        bench.shows(&["had opted out before"]).await;
        // Said between the two.
        comes(&bench, "START", HOUR).await;
        bench.shows(&["said before the opt-out, so it changes nothing"]).await;
        bench.notify().await.wait_answer_containing("opted out").await.unwrap();
        bench.quiet().await;
        assert_eq!(bench.phone().inbox().len(), 2, "no answer to START");
        bench.finish().await;
    })
    .await;
}

#[tokio::test]
async fn an_agents_optout_of_who_had_opted_out_counts_from_then() {
    let bench = notified().await;
    bench.phone().send("STOP").await;
    bench.phone().wait_for_sms(2, PATIENCE).await;
    bench.advance(Duration::from_secs(2 * HOUR)).await;
    let about = format!("+{CUSTOMER}");
    let stated = bench.ana().command(bench.channel(), "optout", vec![("number", about.as_str())]).await.unwrap();
    stated.wait_answer_containing("had opted out already").await.unwrap();
    comes(&bench, "START", HOUR).await;
    bench.shows(&["said before the opt-out, so it changes nothing"]).await;
    bench.notify().await.wait_answer_containing("opted out").await.unwrap();
    bench.finish().await;
}

#[tokio::test]
async fn a_start_from_who_may_be_texted_counts_against_an_older_stop() {
    on_both(async |options| {
        let bench = notified_with(options).await;
        bench.advance(Duration::from_secs(2 * HOUR)).await;
        bench.phone().send("START").await;
        bench.shows(&["> START"]).await;
        comes(&bench, "STOP", HOUR).await;
        bench.shows(&["said before the customer asked for messages again, so it changes nothing"]).await;
        bench.notify_with(&[("text", "Welcome back")]).await.wait_answer_containing("Its state").await.unwrap();
        bench.phone().wait_for_sms(2, PATIENCE).await;
        // One that is said since does.
        bench.phone().send("STOP").await;
        bench.shows(&["opted out: gets no more messages"]).await;
        bench.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_late_stop_holds_from_when_it_was_said() {
    let bench = notified().await;
    bench.advance(Duration::from_secs(4 * HOUR)).await;
    comes(&bench, "STOP", 3 * HOUR).await;
    bench.phone().wait_for_sms(2, PATIENCE).await;
    bench.shows(&["🛑 Customer · opted out: gets no more messages · came late"]).await;
    // Said after that STOP, and delivered after it: in order, though late both.
    comes(&bench, "START", 2 * HOUR).await;
    bench.phone().wait_for_sms(3, PATIENCE).await;
    // And said between them, delivered last.
    comes(&bench, "STOP", 2 * HOUR + 30 * MINUTE).await;
    bench.shows(&["said before the customer asked for messages again"]).await;
    bench.notify_with(&[("text", "Welcome back")]).await.wait_answer_containing("Its state").await.unwrap();
    bench.phone().wait_for_sms(4, PATIENCE).await;
    bench.finish().await;
}

#[tokio::test]
async fn an_agents_optout_in_between_counts() {
    let bench = notified().await;
    let about = [("number", format!("+{CUSTOMER}"))];
    let about: Vec<_> = about.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let stated = bench.ana().command(bench.channel(), "optout", about.clone()).await.unwrap();
    stated.wait_answer_containing("has opted out").await.unwrap();
    comes(&bench, "START", HOUR).await;
    bench.shows(&["said before the opt-out, so it changes nothing"]).await;
    bench.notify().await.wait_answer_containing("opted out").await.unwrap();
    // A block neither hides a late STOP nor is it lifted by one.
    bench.ana().command(bench.channel(), "block", about.clone()).await.unwrap().wait_answer().await.unwrap();
    comes(&bench, "STOP", 2 * HOUR).await;
    bench.shows(&["🛑 Customer · blocked"]).await;
    bench.ana().command(bench.channel(), "unblock", about).await.unwrap().wait_answer().await.unwrap();
    bench.notify().await.wait_answer_containing("opted out").await.unwrap();
    bench.quiet().await;
    assert_eq!(bench.phone().inbox().len(), 1);
    bench.finish().await;
}

async fn on_both(test: impl AsyncFn(Options)) {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(database) = Database::new(engine).await else { continue };
        test(Options { database: Some(database.url().to_owned()), ..Options::default() }).await;
    }
}
