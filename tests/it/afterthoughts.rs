//! What is easily forgotten: answers to what never left, questions that hide each other, texts that Discord refuses,
//! a desk that is missing for a while, news about closed conversations.

use std::time::Duration;

use threadline_sandbox::fault::{Answer, Fault, FaultKind};
use threadline_sandbox::vonage::Verdict;

use crate::support::{Bench, CUSTOMER, PATIENCE};

async fn notified() -> Bench {
    let bench = Bench::start().await;
    bench.notify().await.wait_answer_containing("Its state").await.unwrap();
    bench.phone().next_sms().await;
    bench.shows(&["✅ delivered"]).await;
    bench
}

#[tokio::test]
async fn an_answer_belongs_to_what_the_customer_has_not_to_what_could_not_leave() {
    let bench = notified().await;
    bench.vonage.down().await;
    let requests = bench.notify_with(&[("template", "plain")]).await;
    requests.wait_answer_containing("queued").await.unwrap();
    // The attempt is over, and certainly reached nobody.
    bench.shows(&["Notification (plain) by @Ana · ⏳ queued"]).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    bench.phone().send("2").await;
    bench.shows(&["chose 2 (Thursday)"]).await;
    bench.vonage.up().await.unwrap();
    let texts: Vec<_> = bench.phone().wait_for_sms(3, PATIENCE).await.into_iter().map(|sms| sms.text).collect();
    assert!(texts.iter().any(|text| text.contains("option 2")), "{texts:?}");
    bench.finish().await;
}

#[tokio::test]
async fn an_unusual_number_does_not_hide_that_it_was_said_before() {
    let bench = Bench::start().await;
    let command = || async {
        let asked = bench.ana().command(bench.channel(), "notify", [("number", "+447700900123")]).await.unwrap();
        asked.wait_answer_containing("does not look like").await.unwrap();
        asked.click("Send anyway").await.unwrap()
    };
    command().await.wait_answer_containing("is queued").await.unwrap();
    bench.vonage.phone("447700900123").next_sms().await;
    let again = command().await;
    let question = again.wait_answer_containing("The same was sent").await.unwrap();
    assert_eq!(question.buttons().len(), 2);
    assert_eq!(bench.vonage.sent().len(), 1);
    again.click("Send anyway").await.unwrap().wait_answer_containing("is queued").await.unwrap();
    bench.vonage.phone("447700900123").wait_for_sms(2, PATIENCE).await;
    bench.finish().await;
}

#[tokio::test]
async fn a_text_that_discord_refuses_still_rings() {
    let bench = notified().await;
    let refusal = Answer {
        status: http::StatusCode::BAD_REQUEST,
        headers: vec![("content-type", "application/json".to_owned())],
        body: r#"{"code": 200000, "message": "Message was blocked by automatic moderation"}"#.into(),
    };
    let fault = Fault::on("POST", "*/messages").body_contains("rude").kind(FaultKind::Status(refusal));
    bench.discord.faults().add(fault);
    bench.phone().send("a rude word").await;
    bench.shows(&["Discord refuses to show this text", "Waits for an agent"]).await;
    bench.quiet().await;
    let post = bench.discord.messages(bench.thread().id).pop().unwrap();
    assert_eq!(bench.discord.rung(&post), ["Ana"]);
    assert!(post.content.starts_with("**·2** 📩 Customer"), "{}", post.content);
    bench.finish().await;
}

#[tokio::test]
async fn many_short_lines_fit_into_a_post() {
    let bench = Bench::start().await;
    let fields = bench.vonage.inbound_fields(CUSTOMER, &"1234567\n".repeat(200));
    bench.vonage.push_inbound(&fields).await;
    bench.shows(&["1234567", "Waits for an agent"]).await;
    let fields = bench.vonage.inbound_fields(CUSTOMER, &"a\n".repeat(1500));
    bench.vonage.push_inbound(&fields).await;
    bench.shows(&["**·2**"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn a_desk_that_is_missing_for_a_while_loses_nothing() {
    let mut bench = notified().await;
    bench.vonage.refuse(1, None);
    bench.notify_with(&[("text", "See you tomorrow")]).await.wait_answer_containing("queued").await.unwrap();
    bench.phone().send("What?").await;
    bench.stop().await;
    let desks = std::mem::take(&mut bench.config.desks);
    bench.vonage.lift_refusals();
    bench.run().await;
    bench.clock.advance(Duration::from_secs(120));
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(bench.phone().inbox().len(), 1);
    bench.stop().await;
    bench.config.desks = desks;
    bench.run().await;
    bench.clock.advance(Duration::from_secs(3600));
    assert_eq!(bench.phone().wait_for_sms(2, PATIENCE).await[1].text, "See you tomorrow");
    bench.shows(&["What?", "Text by @Ana · ✅ delivered"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn what_fails_while_a_conversation_is_closed_opens_it_again() {
    let bench = Bench::start().await;
    bench.phone().receipts(|receipts| {
        receipts.held = true;
        receipts.verdict = Verdict::Failed(6);
    });
    bench.notify().await.wait_answer_containing("Its state").await.unwrap();
    bench.phone().next_sms().await;
    bench.shows(&["✓ sent"]).await;
    let thread = bench.thread().id;
    bench.ana().command(thread, "close", []).await.unwrap().wait_answer().await.unwrap();
    bench.shows(&["(archived)"]).await;
    bench.phone().release_receipts().await;
    bench.quiet().await;
    // It is opened again by itself.
    bench.shows(&["**failed**: the carrier took it for spam", "[Send again] [Leave it]", "did not arrive"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn the_answer_to_start_does_not_reach_who_stopped_again() {
    let bench = notified().await;
    bench.phone().send("STOP").await;
    bench.phone().wait_for_sms(2, PATIENCE).await;
    bench.vonage.down().await;
    bench.phone().send("START").await;
    bench.phone().send("STOP").await;
    bench.shows(&["wants messages again"]).await;
    bench.vonage.up().await.unwrap();
    let last = bench.phone().wait_for_sms(3, PATIENCE).await.pop().unwrap();
    assert!(last.text.starts_with("You will get no more messages"), "{}", last.text);
    bench.quiet().await;
    assert_eq!(bench.phone().inbox().len(), 3);
    bench.finish().await;
}

#[tokio::test]
async fn an_agent_who_cannot_be_added_holds_nothing_back() {
    let bench = Bench::start().await;
    bench.discord.faults().add(Fault::on("PUT", "*/thread-members/*").status(403).until_cleared());
    bench.notify().await.wait_answer_containing("Its state").await.unwrap();
    bench.phone().next_sms().await;
    bench.phone().send("Hello?").await;
    bench.shows(&["Hello?"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn a_stop_that_waits_in_the_inbox_is_heard_before_anything_leaves() {
    let mut bench = notified().await;
    bench.vonage.refuse(1, None);
    bench.notify_with(&[("text", "See you tomorrow")]).await.wait_answer_containing("queued").await.unwrap();
    bench.vonage.requests().wait_for_count("POST", "/sms/json", 2, PATIENCE).await;
    bench.shows(&["Text by @Ana · ⏳ queued"]).await;
    bench.stop().await;
    // Stored and answered, but the process ended before its flow ran.
    let store = threadline::store::Store::open(&bench.database()).await.unwrap();
    let key = "sms:0A00000000000099".to_owned();
    let raw = format!("form\nmsisdn={CUSTOMER}&to=447700900000&messageId=0A00000000000099&text=STOP&type=text").into();
    let webhook = threadline::store::inbox::NewWebhook { source: "inbound_sms", key, raw };
    store.keep_webhooks(&[webhook], threadline::domain::time::Timestamp(0)).await.unwrap();
    store.close().await;
    bench.vonage.lift_refusals();
    bench.clock.advance(Duration::from_secs(120));
    bench.run().await;
    bench.shows(&["failed**: the customer has opted out, so it was not sent"]).await;
    let texts: Vec<_> = bench.phone().wait_for_sms(2, PATIENCE).await.into_iter().map(|sms| sms.text).collect();
    assert!(texts[1].starts_with("You will get no more messages"), "{texts:?}");
    bench.finish().await;
}
