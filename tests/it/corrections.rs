//! A receipt outranks what we concluded from a refused request: then the message was sent, and shows so. What the network
//! itself reported stays.

use std::time::Duration;

use http::StatusCode;
use threadline_sandbox::fault::{Answer, Fault, FaultKind};
use threadline_sandbox::vonage::{Progress, Sms, Verdict};

use crate::messages_api::by_application;
use crate::support::{Bench, PATIENCE};

/// Vonage takes it, and the answer says that it does not.
fn taken_but_refused(path: &str, status: u16, body: &str) -> Fault {
    let headers = vec![("content-type", "application/json".to_owned())];
    let answer = Answer { status: StatusCode::from_u16(status).unwrap(), headers, body: body.to_owned().into() };
    Fault::on("POST", path).kind(FaultKind::StatusAfterEffect(answer))
}

fn by_status(status: u16) -> Fault {
    let body = format!(r#"{{"message-count":"1","messages":[{{"status":"{status}","error-text":"no"}}]}}"#);
    taken_but_refused("/sms/json", 200, &body)
}

fn by_code(code: u16) -> Fault {
    let body = format!(r#"{{"type":"https://developer.vonage.com/api-errors/messages#{code}","title":"no"}}"#);
    taken_but_refused("/v1/messages", 422, &body)
}

/// A text that fails by what the answer says. No receipt comes by itself.
async fn failed(bench: &Bench, fault: Fault) -> Sms {
    bench.phone().receipts(|receipts| receipts.enabled = false);
    bench.vonage.faults().add(fault);
    bench.notify().await;
    bench.shows(&["❌ **failed**", "[Send again] [Leave it]", "·1 failed"]).await;
    bench.quiet().await;
    bench.vonage.sent().remove(0)
}

async fn receipt(bench: &Bench, sms: &Sms, verdict: Verdict) {
    let fields = bench.vonage.receipt_fields(sms, 0, verdict);
    let taken = bench.vonage.push_receipt(&bench.webhook("delivery-receipt"), &fields).await;
    assert_eq!(taken[0].statuses(), [Some(200)]);
    bench.quiet().await;
}

async fn status(bench: &Bench, sms: &Sms, progress: Progress) {
    let status = bench.vonage.message_status(sms, progress);
    bench.vonage.push_message_status(&bench.webhook("message-status"), &status).await;
    bench.quiet().await;
}

fn state(bench: &Bench) -> String {
    let post = bench.post_of(1);
    let buttons = if post.buttons().is_empty() { "" } else { " [buttons]" };
    let line = post.content.lines().next().unwrap().to_owned();
    format!("{}{buttons}", line.rsplit(" · ").next().unwrap())
}

#[tokio::test]
async fn a_receipt_corrects_what_the_answer_said() {
    for (fault, first, expected) in [
        (by_status(15), Verdict::Delivered, "✅ delivered"),
        (by_status(99), Verdict::Accepted, "✓ sent"),
        (by_status(3), Verdict::Buffered, "✓ sent"),
    ] {
        let bench = Bench::start().await;
        let sms = failed(&bench, fault).await;
        receipt(&bench, &sms, first).await;
        assert_eq!(state(&bench), expected);
        assert!(!bench.discord.transcript(bench.channel()).contains("·1 failed"));
        receipt(&bench, &sms, Verdict::Delivered).await;
        assert_eq!(state(&bench), "✅ delivered");
        assert_eq!(bench.vonage.requests().count("POST", "/sms/json"), 1);
        bench.finish().await;
    }
}

#[tokio::test]
async fn the_network_s_reason_replaces_ours_and_is_final() {
    let bench = Bench::start().await;
    let sms = failed(&bench, by_status(15)).await;
    receipt(&bench, &sms, Verdict::Failed(8)).await;
    assert_eq!(state(&bench), "❌ **failed**: the network had an error (code 8) [buttons]");
    assert_eq!(bench.discord.transcript(bench.channel()).matches("did not arrive").count(), 1, "called once");
    receipt(&bench, &sms, Verdict::Delivered).await;
    receipt(&bench, &sms, Verdict::Accepted).await;
    assert_eq!(state(&bench), "❌ **failed**: the network had an error (code 8) [buttons]");
    bench.finish().await;
}

#[tokio::test]
async fn a_status_of_the_messages_api_corrects_it_too() {
    let bench = by_application().await;
    let sms = failed(&bench, by_code(1120)).await;
    status(&bench, &sms, Progress::Submitted).await;
    assert_eq!(state(&bench), "✓ sent");
    status(&bench, &sms, Progress::Undeliverable(1260)).await;
    assert_eq!(state(&bench), "❌ **failed**: the number could not be reached (code 1260) [buttons]");
    status(&bench, &sms, Progress::Delivered).await;
    assert_eq!(state(&bench), "❌ **failed**: the number could not be reached (code 1260) [buttons]");
    bench.finish().await;
}

#[tokio::test]
async fn what_waits_for_another_try_does_not_leave_again_once_a_receipt_came() {
    for status in [400, 401, 404, 429, 503] {
        let bench = Bench::start().await;
        bench.phone().receipts(|receipts| receipts.held = true);
        let fault = taken_but_refused("/sms/json", status, "");
        bench.vonage.faults().add(fault);
        // Whatever is tried again before the receipt came would not reach Vonage.
        bench.vonage.faults().add(Fault::on("POST", "/sms/json").until_cleared().status(503));
        bench.notify().await;
        bench.shows(&["⏳ queued"]).await;
        while bench.phone().held_receipts() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        bench.phone().release_receipts().await;
        bench.shows(&["✅ delivered"]).await;
        bench.quiet().await;
        bench.vonage.faults().clear();
        bench.advance(Duration::from_secs(20 * 60)).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(bench.vonage.sent().len(), 1, "HTTP {status}");
        assert_eq!(bench.phone().wait_for_sms(1, PATIENCE).await.len(), 1);
        bench.finish().await;
    }
}

#[tokio::test]
async fn a_receipt_after_it_was_sent_again_shows_both() {
    let bench = Bench::start().await;
    let sms = failed(&bench, by_status(15)).await;
    let again = bench.ana().click(bench.thread().id, bench.post_of(1).id, "Send again").await.unwrap();
    again.wait_answer_containing("queued as ·2").await.unwrap();
    bench.shows(&["sent again as ·2"]).await;
    receipt(&bench, &sms, Verdict::Delivered).await;
    bench.shows(&["✅ delivered · sent again as ·2"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn what_a_refusal_said_about_the_number_is_taken_back_too() {
    for (status, held) in [(7, "opted out"), (33, "out of reach")] {
        let bench = Bench::start().await;
        bench.phone().receipts(|receipts| receipts.enabled = false);
        bench.vonage.faults().add(by_status(status));
        bench.notify().await;
        bench.shows(&["❌ **failed**", held]).await;
        bench.quiet().await;
        let sms = bench.vonage.sent().remove(0);
        receipt(&bench, &sms, Verdict::Delivered).await;
        assert_eq!(state(&bench), "✅ delivered", "status {status}");
        bench.phone().receipts(|receipts| receipts.enabled = true);
        bench.reply("Till tomorrow").await.wait_answer_containing("queued").await.unwrap();
        bench.vonage.wait_for_sent(2, PATIENCE).await;
        bench.finish().await;
    }
}
