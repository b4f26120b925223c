//! STOP, START and HELP: the ledger, one answer, and a refusal wherever a text could leave.

use std::time::Duration;

use threadline_sandbox::vonage::{Setup, Verdict};

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
    insta::assert_snapshot!(refused.transcript(), @"Threadline: +61 ••• 0006 opted out (a moment) by the customer: “STOP”, so nothing was sent. They hear from us again once they text START to +447700900000.");
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

#[tokio::test]
async fn the_words_of_the_desks_languages_are_understood() {
    let config_desk = "languages = [\"fr\", \"de\"]".to_owned();
    let bench = Bench::with(Options { config_desk, ..Options::default() }).await;
    bench.phone().send("ARRÊT").await;
    bench.phone().next_sms().await;
    bench.phone().send("Hilfe!").await;
    bench.phone().wait_for_sms(2, PATIENCE).await;
    bench.phone().send("Baja").await;
    bench.shows(&["opted out: gets no more messages", "asked for help", "> Baja"]).await;
    bench.quiet().await;
    assert_eq!(bench.phone().inbox().len(), 2, "Spanish was not listed");
    bench.finish().await;
}

#[tokio::test]
async fn an_agent_records_an_opt_out_and_the_ledger_shows_who_when_and_why() {
    let bench = notified().await;
    let said = bench.ana().command(bench.thread().id, "optout", [("reason", "asked on the phone")]).await.unwrap();
    said.wait_answer_containing("opted out").await.unwrap();
    insta::assert_snapshot!(said.transcript(), @"Threadline: +61 ••• 0006 has opted out and gets no more messages. They hear from us again once they text START to +447700900000.");
    bench.shows(&["· opted out"]).await;
    let refused = bench.reply("Hello").await;
    refused.wait_answer().await.unwrap();
    insta::assert_snapshot!(refused.transcript(), @"Threadline: +61 ••• 0006 opted out (a moment) by @Ana: “asked on the phone”, so nothing was sent. They hear from us again once they text START to +447700900000.");
    let again = bench.ana().command(bench.thread().id, "optout", []).await.unwrap();
    again.wait_answer_containing("already").await.unwrap();
    bench.phone().send("START").await;
    bench.phone().wait_for_sms(2, PATIENCE).await;
    let number = format!("+{CUSTOMER}");
    let ledger = bench.ana().command(bench.channel(), "consent", [("number", number.as_str())]).await.unwrap();
    ledger.wait_answer_containing("may be texted").await.unwrap();
    insta::assert_snapshot!(ledger.transcript(), @"
    Threadline: +61 ••• 0006 may be texted.
      • may be texted (a moment) by the customer: “START”
      • opted out (a moment) by @Ana
      • opted out (a moment) by @Ana: “asked on the phone”
    ");
    bench.finish().await;
}

#[tokio::test]
async fn start_never_lifts_what_an_agent_blocked() {
    let bench = notified().await;
    let number = format!("+{CUSTOMER}");
    let ana = bench.ana();
    let block = ana.command(bench.channel(), "block", [("number", number.as_str()), ("reason", "abusive")]).await;
    block.unwrap().wait_answer_containing("is blocked").await.unwrap();
    for text in ["START", "2", "HELP", "STOP"] {
        bench.phone().send(text).await;
    }
    bench.shows(&["**·5**", "· blocked"]).await;
    bench.quiet().await;
    assert_eq!(bench.phone().inbox().len(), 1, "nothing leaves");
    let transcript = bench.discord.transcript(bench.thread().id);
    assert_eq!(transcript.matches("blocked: gets no answer").count(), 4, "{transcript}");
    let refused = bench.notify_with(&[("text", "Hello")]).await;
    refused.wait_answer().await.unwrap();
    insta::assert_snapshot!(refused.transcript(), @"Threadline: +61 ••• 0006 is blocked (a moment) by @Ana: “abusive”. Nothing was sent. /unblock lifts it.");
    // The customer said STOP meanwhile, and that holds.
    let lifted = bench.ana().command(bench.channel(), "unblock", [("number", number.as_str())]).await.unwrap();
    lifted.wait_answer().await.unwrap();
    insta::assert_snapshot!(lifted.transcript(), @"Threadline: +61 ••• 0006 is no longer blocked, and has opted out: they hear from us again once they text START to +447700900000.");
    bench.phone().send("START").await;
    bench.phone().wait_for_sms(2, PATIENCE).await;
    bench.notify_with(&[("text", "Hello")]).await.wait_answer_containing("queued").await.unwrap();
    bench.phone().wait_for_sms(3, PATIENCE).await;
    bench.finish().await;
}

/// Who is blocked while an SMS waits does not get it either.
#[tokio::test]
async fn what_was_queued_before_a_block_is_not_sent() {
    let bench = Bench::start().await;
    bench.vonage.down().await;
    bench.notify().await;
    bench.shows(&["⏳ queued"]).await;
    bench.ana().command(bench.thread().id, "block", []).await.unwrap().wait_answer_containing("blocked").await.unwrap();
    bench.vonage.up().await.unwrap();
    bench.shows(&["❌ **failed**: the customer is blocked, so it was not sent"]).await;
    bench.quiet().await;
    assert!(bench.vonage.sent().is_empty());
    bench.finish().await;
}

#[tokio::test]
async fn a_receipt_that_says_opted_out_counts_and_start_lifts_it() {
    let bench = Bench::start().await;
    bench.phone().receipts(|receipts| receipts.verdict = Verdict::Rejected(9));
    bench.notify().await;
    bench.shows(&["❌ **failed**", "· opted out"]).await;
    bench.quiet().await;
    let refused = bench.notify_with(&[("text", "Hello")]).await;
    refused.wait_answer().await.unwrap();
    insta::assert_snapshot!(refused.transcript(), @"Threadline: +61 ••• 0006 opted out (a moment) by the carrier: “the number is invalid or has opted out (code 9)”, so nothing was sent. They hear from us again once they text START to +447700900000.");
    bench.phone().receipts(|receipts| receipts.verdict = Verdict::Delivered);
    bench.phone().send("START").await;
    bench.phone().next_sms().await;
    bench.notify_with(&[("text", "Hello")]).await.wait_answer_containing("queued").await.unwrap();
    bench.shows(&["✅ delivered"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn a_number_out_of_reach_is_asked_about_and_a_text_from_it_ends_that() {
    for code in [3, 4] {
        let bench = Bench::start().await;
        bench.phone().receipts(|receipts| receipts.verdict = Verdict::Failed(code));
        bench.notify().await;
        bench.shows(&["❌ **failed**", "number out of reach"]).await;
        bench.quiet().await;
        let refused = bench.reply("Hello").await;
        refused.wait_answer_containing("is out of reach").await.unwrap();
        let asked = bench.notify_with(&[("text", "Hello")]).await;
        asked.wait_answer_containing("Check it").await.unwrap();
        bench.phone().receipts(|receipts| receipts.verdict = Verdict::Delivered);
        asked.click("Send anyway").await.unwrap().wait_answer_containing("queued").await.unwrap();
        bench.shows(&["✅ delivered"]).await;
        bench.finish().await;
    }
    let bench = Bench::start().await;
    bench.phone().receipts(|receipts| receipts.verdict = Verdict::Failed(3));
    bench.notify().await;
    bench.shows(&["number out of reach"]).await;
    bench.phone().receipts(|receipts| receipts.verdict = Verdict::Delivered);
    bench.phone().send("I am here").await;
    bench.shows(&["> I am here"]).await;
    bench.reply("Good").await.wait_answer_containing("queued").await.unwrap();
    bench.shows(&["✅ delivered"]).await;
    bench.finish().await;
}

/// A receipt may come after the customer has changed their mind.
#[tokio::test]
async fn an_old_receipt_undoes_no_newer_start() {
    let bench = Bench::start().await;
    bench.phone().receipts(|receipts| {
        receipts.held = true;
        receipts.verdict = Verdict::Rejected(9);
    });
    bench.notify().await;
    bench.phone().next_sms().await;
    while bench.phone().held_receipts() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    bench.phone().receipts(|receipts| receipts.verdict = Verdict::Delivered);
    bench.phone().send("STOP").await;
    bench.shows(&["🛑"]).await;
    bench.phone().send("START").await;
    bench.shows(&["wants messages again"]).await;
    bench.quiet().await;
    bench.phone().release_receipts().await;
    bench.shows(&["·1 did not arrive"]).await;
    bench.phone().receipts(|receipts| *receipts = threadline_sandbox::vonage::Receipts::default());
    bench.notify_with(&[("text", "Hello")]).await.wait_answer_containing("queued").await.unwrap();
    bench.finish().await;
}
