//! STOP, START and HELP: the ledger, one answer, and a refusal wherever a text could leave.

use std::time::Duration;

use threadline_sandbox::vonage::Setup;

use crate::support::{Bench, CUSTOMER, Options, PATIENCE};

async fn notified() -> Bench {
    let bench = Bench::start().await;
    bench.notify().await.wait_answer_containing("Its state").await.unwrap();
    bench.phone().next_sms().await;
    bench
}

#[tokio::test]
async fn stop_is_answered_once_and_holds() {
    let bench = notified().await;
    bench.phone().send(" Stop! ").await;
    let answer = bench.phone().wait_for_sms(2, PATIENCE).await.pop().unwrap();
    insta::assert_snapshot!(answer.text, @"You will get no more messages from us. Reply START to hear from us again.");
    bench.phone().send("STOP").await;
    bench.phone().send("2").await;
    bench.shows(&["had opted out before", "not confirmed"]).await;

    let refused = bench.notify().await;
    refused.wait_answer().await.unwrap();
    insta::assert_snapshot!(refused.transcript(), @"Threadline: +61 ••• 0006 opted out (a moment), so nothing was sent. They hear from us again once they text START to +447700900000.");
    bench.quiet().await;
    insta::assert_snapshot!(bench.discord.transcript(bench.channel()), @"
    Threadline:  (edited)
      | #1 · +61 ••• 0006
      | State: Waits for an agent since (a moment) · opted out
      | Template: delivery
      | Answer: 2 (Thursday)
      | Agent: @Ana
      | Last activity: (a moment)
      [Reply] [Close]
      > #1 +61 ••• 0006
        Threadline: **·1** 📤 Notification (delivery) by @Ana · ✅ delivered
          > Your delivery is scheduled for tomorrow. Reply 1 (tomorrow), 2 (Thursday) or 3 (deliver to post office). (edited)
        * Threadline added Ana to the thread
        Threadline: **·2** 🛑 Customer · opted out: gets no more messages
          > Stop!
        Threadline: **·3** 📤 Automatic answer · ✅ delivered
          > You will get no more messages from us. Reply START to hear from us again. (edited)
        Threadline: **·4** 🛑 Customer · had opted out before
          > STOP
        Threadline: **·5** 📩 Customer · chose 2 (Thursday), not confirmed: the customer has opted out @Ana
          > 2
    ");
    assert_eq!(bench.phone().inbox().len(), 2);

    bench.phone().send("start").await;
    let answer = bench.phone().wait_for_sms(3, PATIENCE).await.pop().unwrap();
    insta::assert_snapshot!(answer.text, @"You will hear from us again. Reply STOP to end.");
    bench.notify_with(&[("text", "Welcome back")]).await.wait_answer_containing("Its state").await.unwrap();
    bench.phone().wait_for_sms(4, PATIENCE).await;
    bench.finish().await;
}

#[tokio::test]
async fn help_is_answered_even_after_stop() {
    let bench = notified().await;
    bench.phone().send("UNSUBSCRIBE").await;
    bench.phone().wait_for_sms(2, PATIENCE).await;
    bench.phone().send("help").await;
    let answer = bench.phone().wait_for_sms(3, PATIENCE).await.pop().unwrap();
    insta::assert_snapshot!(answer.text, @"Customer support by text message. Reply STOP to end.");
    bench.finish().await;
}

#[tokio::test]
async fn help_is_answered_once_an_hour() {
    let bench = notified().await;
    for _ in 0..3 {
        bench.phone().send("HELP").await;
    }
    bench.shows(&["asked for help, was answered", "asked for help again within the hour"]).await;
    bench.quiet().await;
    assert_eq!(bench.phone().inbox().len(), 2);
    bench.advance(Duration::from_secs(61 * 60)).await;
    bench.phone().send("HELP").await;
    bench.phone().wait_for_sms(3, PATIENCE).await;
    bench.finish().await;
}

#[tokio::test]
async fn stop_within_a_sentence_is_for_the_agents() {
    let bench = notified().await;
    bench.phone().send("Please stop by at noon").await;
    bench.shows(&["Please stop by at noon", "Waits for an agent"]).await;
    bench.notify_with(&[("text", "We will")]).await.wait_answer_containing("Its state").await.unwrap();
    bench.phone().wait_for_sms(2, PATIENCE).await;
    bench.finish().await;
}

#[tokio::test]
async fn start_from_who_never_stopped_is_for_the_agents() {
    let bench = notified().await;
    bench.phone().send("START").await;
    bench.shows(&["Waits for an agent"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn the_carrier_may_answer_stop_itself() {
    let bench = Bench::with(Options { consent: r#"stop_answer = "silent""#.into(), ..Options::default() }).await;
    bench.phone().send("STOP").await;
    bench.shows(&["opted out: gets no more messages", "· opted out"]).await;
    bench.quiet().await;
    assert_eq!(bench.phone().inbox().len(), 0);
    bench.finish().await;
}

#[tokio::test]
async fn what_was_queued_before_stop_is_not_sent() {
    let vonage = Setup::default();
    let bench = Bench::with(Options { vonage, ..Options::default() }).await;
    bench.vonage.refuse(1, None);
    bench.notify().await.wait_answer_containing("Its state").await.unwrap();
    bench.vonage.requests().wait_for_count("POST", "/sms/json", 1, PATIENCE).await;
    let fields = bench.vonage.inbound_fields(CUSTOMER, "STOP");
    bench.vonage.push_inbound(&fields).await;
    bench.shows(&["opted out: gets no more messages"]).await;
    bench.vonage.lift_refusals();
    bench.clock.advance(std::time::Duration::from_secs(120));
    bench.shows(&["failed**: the customer has opted out, so it was not sent"]).await;
    let sms = bench.phone().next_sms().await;
    assert!(sms.text.starts_with("You will get no more messages"), "{}", sms.text);
    assert_eq!(bench.phone().inbox().len(), 1);
    bench.finish().await;
}
