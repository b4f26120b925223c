//! The Messages API in place of the SMS API: sending by an application or by the account, and statuses of whole messages.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use threadline::wording::reported::reported;
use threadline_sandbox::fault::{Answer, Fault, FaultKind};
use threadline_sandbox::vonage::{self, Progress, Sms, Standing, Verdict, WebhookApi, WebhookKind};

use crate::support::{Bench, Options, PATIENCE};

/// A text of two parts.
const LONG: &str = "This text is longer than one hundred and sixty characters, so that it is cut into two parts, each \
    of which is an SMS of its own, and yet the Messages API has one id and one status for both.";

pub fn options() -> Options {
    Options { config_vonage: "api = \"messages\"".to_owned(), ..Options::default() }
}

/// The application's id and key, as the operator sets them.
fn application(setup: &vonage::Setup) -> Vec<(&'static str, String)> {
    let key = setup.application.private_key_pem().replace('\n', "\\n");
    vec![("VONAGE_APPLICATION_ID", setup.application.id.clone()), ("VONAGE_PRIVATE_KEY", key)]
}

/// An application sends, and its webhooks come here.
pub async fn by_application() -> Bench {
    with_application(options(), &[]).await
}

pub async fn with_application(mut options: Options, more: &[(&'static str, &str)]) -> Bench {
    options.secrets = application(&options.vonage);
    options.secrets.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    let bench = Bench::with(options).await;
    bench.vonage.set_webhook_api(WebhookApi::Messages);
    bench.vonage.set_message_urls(&bench.webhook("inbound-message"), &bench.webhook("message-status"));
    bench
}

fn requests(bench: &Bench) -> usize {
    bench.vonage.requests().count("POST", "/v1/messages")
}

fn faulty() -> Fault {
    Fault::on("POST", "/v1/messages")
}

fn answered(status: StatusCode, code: &str) -> Fault {
    let kind = format!("https://developer.vonage.com/api-errors{code}");
    let body = json!({"type": kind, "title": "No", "detail": "no", "instance": "1"}).to_string();
    let headers = vec![("content-type", "application/problem+json".to_owned()), ("retry-after", "300".to_owned())];
    faulty().kind(FaultKind::Status(Answer { status, headers, body: body.into() }))
}

/// The statuses of one text's only webhook.
pub async fn text(bench: &Bench, text: &str) -> Vec<Option<u16>> {
    let webhooks = bench.phone().send(text).await;
    assert_eq!(webhooks.len(), 1);
    webhooks[0].statuses()
}

async fn status(bench: &Bench, sms: &Sms, progress: Progress) {
    let status = bench.vonage.message_status(sms, progress);
    let pushed = bench.vonage.push_message_status(&bench.webhook("message-status"), &status).await;
    assert_eq!(pushed[0].statuses(), [Some(200)]);
    bench.quiet().await;
}

fn state(bench: &Bench, number: u32) -> String {
    let post = bench.post_of(number).content;
    post.lines().next().unwrap().rsplit(" · ").next().unwrap().to_owned()
}

/// Why the messages of the one thread failed.
fn reasons(bench: &Bench) -> String {
    let posts = bench.discord.messages(bench.thread().id);
    let reason = |content: &str| Some(content.lines().next()?.split_once("❌ **failed**: ")?.1.to_owned());
    posts.iter().filter_map(|post| reason(&post.content)).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn an_application_notifies_and_the_answer_is_confirmed() {
    let bench = by_application().await;
    bench.notify().await;
    let sms = bench.phone().next_sms().await;
    assert_eq!(sms.from, bench.vonage.setup().numbers[0]);
    bench.shows(&["✅ delivered"]).await;
    assert_eq!(text(&bench, "2").await, [Some(200)]);
    let confirmation = bench.phone().wait_for_sms(2, PATIENCE).await.pop().unwrap();
    insta::assert_snapshot!(confirmation.text, @"Thank you for picking option 2. Your delivery is now fully scheduled in.");
    bench.shows(&["Confirmation · ✅ delivered", "Message delivered"]).await;
    insta::assert_snapshot!(bench.discord.transcript(bench.thread().id), @"
    Threadline: **·1** 📤 Notification (delivery) by @Ana · ✅ delivered
      > Your delivery is scheduled for tomorrow. Reply 1 (tomorrow), 2 (Thursday) or 3 (deliver to post office). (edited)
    * Threadline added Ana to the thread
    Threadline: **·2** 📩 Customer · chose 2 (Thursday)
      > 2
    Threadline: **·3** 📤 Confirmation · ✅ delivered
      > Thank you for picking option 2. Your delivery is now fully scheduled in. (edited)
    ");
    bench.quiet().await;

    let asked = bench.vonage.requests().matching("POST", "/v1/messages");
    let token = |exchange: &threadline_sandbox::wire::Exchange| {
        exchange.request_headers["authorization"].to_str().unwrap().strip_prefix("Bearer ").unwrap().to_owned()
    };
    assert_eq!((asked.len(), token(&asked[0])), (2, token(&asked[1])), "a token is shown while it holds");
    let body = asked[0].request_json();
    assert_eq!(body["webhook_url"], bench.webhook("message-status"));
    assert_eq!(body["client_ref"].as_str().unwrap().parse::<uuid::Uuid>().unwrap().get_version_num(), 7);
    assert_eq!(bench.vonage.requests().count("POST", "/sms/json"), 0);
    assert!(bench.vonage.sent().iter().all(|sms| !sms.garbled));
    bench.finish().await;
}

#[tokio::test]
async fn the_account_itself_sends_where_there_is_no_application() {
    let bench = Bench::with(options()).await;
    // Its webhooks go to the account's URLs, in the form of the Messages API all the same.
    bench.vonage.set_webhook_api(WebhookApi::Messages);
    bench.notify_with(&[("text", "Größe 😀 {€}")]).await;
    bench.shows(&["✅ delivered"]).await;
    assert_eq!(text(&bench, "Thanks").await, [Some(200)]);
    bench.shows(&["> Thanks"]).await;
    let asked = bench.vonage.requests().matching("POST", "/v1/messages").remove(0);
    assert!(asked.request_headers["authorization"].to_str().unwrap().starts_with("Basic "));
    let sent = bench.vonage.sent();
    assert!(sent.len() == 1 && !sent[0].garbled);
    let inbound = bench.vonage.webhooks().into_iter().find(|webhook| webhook.kind == WebhookKind::InboundMessage);
    assert_eq!(inbound.unwrap().url, bench.webhook("inbound-message"));
    bench.finish().await;
}

#[tokio::test]
async fn a_token_that_is_over_is_replaced() {
    let bench = by_application().await;
    bench.notify().await;
    bench.shows(&["✅ delivered"]).await;
    bench.advance(Duration::from_secs(14 * 60)).await;
    bench.reply("and this").await;
    bench.shows(&["·2** 📤 Reply by @Ana · ✅ delivered"]).await;
    bench.quiet().await;
    let asked = bench.vonage.requests().matching("POST", "/v1/messages");
    assert_ne!(asked[0].request_headers["authorization"], asked[1].request_headers["authorization"]);
    assert_eq!(asked.len(), 2);
    bench.finish().await;
}

#[tokio::test]
async fn a_status_speaks_for_all_parts_and_moves_forward_only() {
    let bench = by_application().await;
    bench.phone().receipts(|receipts| receipts.enabled = false);
    bench.write(LONG).await;
    let sms = bench.vonage.wait_for_sent(1, PATIENCE).await.remove(0);
    bench.shows(&["✓ sent (2 parts)"]).await;
    for (progress, expected) in [
        (Progress::Submitted, "✓ sent (2 parts)"),
        (Progress::Delivered, "✅ delivered (2 parts)"),
        (Progress::Delivered, "✅ delivered (2 parts)"),
        (Progress::Submitted, "✅ delivered (2 parts)"),
        (Progress::Rejected(1240), "✅ delivered (2 parts)"),
    ] {
        status(&bench, &sms, progress).await;
        assert_eq!(state(&bench, 1), expected, "after {progress:?}");
    }
    bench.finish().await;
}

#[tokio::test]
async fn vonages_own_count_of_parts_is_the_better_one() {
    let bench = by_application().await;
    bench.phone().receipts(|receipts| receipts.enabled = false);
    bench.notify_with(&[("text", "short")]).await;
    let sms = bench.vonage.wait_for_sent(1, PATIENCE).await.remove(0);
    bench.shows(&["✓ sent"]).await;
    let mut told = bench.vonage.message_status(&sms, Progress::Delivered);
    told["sms"] = json!({"total_count": "3", "segments": []});
    told.as_object_mut().unwrap().shift_remove("client_ref");
    bench.vonage.push_message_status(&bench.webhook("message-status"), &told).await;
    bench.quiet().await;
    assert_eq!(state(&bench, 1), "✅ delivered (3 parts)");
    bench.finish().await;
}

#[tokio::test]
async fn every_failure_is_said_in_plain_words() {
    let bench = by_application().await;
    let phone = bench.phone();
    bench.vonage.reject_messages(1460, Some(1));
    bench.notify_with(&[("text", "first")]).await;
    bench.shows(&["·1 did not arrive"]).await;
    let number = AtomicU32::new(1);
    let fails = async || {
        let number = number.fetch_add(1, Ordering::SeqCst) + 1;
        bench.reply("again").await;
        bench.shows(&[&format!("·{number} did not arrive")]).await;
    };
    for code in [1000, 1070, 1473, 1999] {
        bench.vonage.reject_messages(code, Some(1));
        fails().await;
    }
    phone.receipts(|receipts| receipts.verdict = Verdict::Expired);
    fails().await;
    phone.receipts(|receipts| receipts.verdict = Verdict::Failed(3));
    fails().await;
    // Who writes is in reach again.
    phone.send("Here I am").await;
    bench.shows(&["> Here I am"]).await;
    number.fetch_add(1, Ordering::SeqCst);
    phone.set_standing(Standing::OptedOut);
    fails().await;
    bench.quiet().await;
    insta::assert_snapshot!(reasons(&bench), @"
    our number has reached its limit of this day; send it tomorrow, and tell the operator (code 1460)
    Vonage had too much to send at that moment; send it again (code 1000)
    the Vonage account has no credit left; tell the operator (code 1070)
    Vonage's fraud protection took it for artificial traffic; tell the operator (code 1473)
    it was not delivered; Vonage names code 1999, which is not known here
    it could not be delivered in time (code 1360)
    the number is not in use (code 1190)
    the number has opted out: it once sent STOP (code 1240)
    ");
    bench.finish().await;
}

/// Each code of the API's description has words of its own.
#[test]
fn every_described_code_has_its_words() {
    let Some(folder) = threadline_sandbox::spec::folder() else {
        crate::shared::skipped("specs", "THREADLINE_SPECS names no folder with vonage-messages.json");
        return;
    };
    let text = std::fs::read_to_string(folder.join("vonage-messages.json")).unwrap();
    let description: Value = serde_json::from_str(&text).unwrap();
    let codes: Vec<u16> =
        description["x-errors"].as_object().unwrap().keys().map(|code| code.parse().unwrap()).collect();
    assert!(codes.len() > 60);
    let lacking: Vec<_> = codes.into_iter().filter(|code| reported(*code).contains("not known here")).collect();
    assert_eq!(lacking, Vec::<u16>::new());
}

#[tokio::test]
async fn a_refusal_at_once_is_said_in_the_thread_and_not_tried_again() {
    let bench = by_application().await;
    let faults = bench.vonage.faults();
    faults.add(answered(StatusCode::UNPROCESSABLE_ENTITY, "/messages#1420"));
    bench.notify_with(&[("text", "first")]).await;
    bench.shows(&["·1 did not arrive"]).await;
    for (number, (status, code)) in
        (2..).zip([(422, "/messages#1430"), (422, "#invalid-json"), (422, "/messages#1240")])
    {
        faults.add(answered(StatusCode::from_u16(status).unwrap(), code));
        bench.reply("again").await;
        bench.shows(&[&format!("·{number} did not arrive")]).await;
    }
    bench.quiet().await;
    assert_eq!((requests(&bench), bench.vonage.sent().len()), (4, 0));
    insta::assert_snapshot!(reasons(&bench), @"
    Vonage does not take our sender number; tell the operator (code 1420)
    Vonage does not take this number; check it (code 1430)
    Vonage refused the request (HTTP 422)
    the number has opted out: it once sent STOP (code 1240)
    ");
    bench.finish().await;
}

#[tokio::test]
async fn an_empty_account_waits_and_is_told() {
    let mut without_warning = options();
    without_warning.config_vonage.push_str("\nlow_balance = 0");
    let bench = with_application(without_warning, &[]).await;
    bench.vonage.set_balance(0);
    bench.notify().await;
    bench.channel_shows(bench.operators(), &["(HTTP 402)"]).await;
    bench.shows(&["⏳ queued"]).await;
    insta::assert_snapshot!(bench.readyz().await.1["vonage"].as_str().unwrap(), @"The Vonage account has no credit left. Top it up. (HTTP 402) Sending is paused. Nothing is lost: messages wait, and leave by themselves once Vonage takes them again.");
    insta::assert_snapshot!(bench.discord.transcript(bench.operators()), @"Threadline: ⚠️ The Vonage account has no credit left. Top it up. (HTTP 402) Sending is paused. Nothing is lost: messages wait, and leave by themselves once Vonage takes them again.");
    bench.vonage.set_balance(20_000_000);
    bench.pass_until("it is sent", || requests(&bench) == 2).await;
    bench.shows(&["✅ delivered"]).await;
    bench.quiet().await;
    assert_eq!((requests(&bench), bench.readyz().await.1["vonage"].as_str()), (2, Some("ok")));
    bench.finish().await;
}

#[tokio::test]
async fn vonage_says_when_to_come_back() {
    let bench = by_application().await;
    bench.vonage.faults().add(answered(StatusCode::TOO_MANY_REQUESTS, "/messages#1000"));
    bench.notify().await;
    bench.vonage.requests().wait_for_count("POST", "/v1/messages", 1, PATIENCE).await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    bench.advance(Duration::from_secs(290)).await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(requests(&bench), 1);
    bench.advance(Duration::from_secs(11)).await;
    bench.shows(&["✅ delivered"]).await;
    assert_eq!((requests(&bench), bench.vonage.sent().len()), (2, 1));
    bench.finish().await;
}

#[tokio::test]
async fn a_status_settles_what_nobody_knew() {
    let bench = by_application().await;
    bench.phone().receipts(|receipts| receipts.held = true);
    bench.vonage.faults().add(faulty().kind(FaultKind::ResetAfterEffect));
    bench.notify().await;
    bench.shows(&["❓ **unconfirmed**"]).await;
    let sms = bench.vonage.wait_for_sent(1, PATIENCE).await.remove(0);
    let told = bench.vonage.message_status(&sms, Progress::Submitted);
    bench.vonage.push_message_status(&bench.webhook("message-status"), &told).await;
    bench.shows(&["✓ sent"]).await;
    while bench.phone().held_receipts() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    bench.phone().release_receipts().await;
    bench.shows(&["✅ delivered"]).await;
    // Nobody is asked to decide.
    bench.advance(Duration::from_secs(15 * 60 + 1)).await;
    bench.quiet().await;
    assert_eq!((requests(&bench), bench.phone().inbox().len()), (1, 1));
    bench.finish().await;
}
