//! Status webhooks of the Messages API: where they go, when, and what they say.

use std::time::Duration;

use serde_json::{Value, json};
use threadline_sandbox::fault::Fault;
use threadline_sandbox::vonage::{Progress, Reachability, Standing, Verdict, Vonage, WebhookKind};
use threadline_sandbox::wire::Exchange;

use crate::bridge::Bridge;
use crate::messenger::{message, send, send_by_key, with};
use crate::{CUSTOMER, form, nothing_left_over, vonage};

async fn both() -> (Vonage, Bridge) {
    let (vonage, bridge) = (vonage(|_| {}).await, Bridge::start().await);
    vonage.set_message_urls(&bridge.url("/inbound"), &bridge.url("/application"));
    vonage.set_dlr_url(&bridge.url("/account")).await.unwrap();
    (vonage, bridge)
}

/// The statuses that came to `path` (`n` at least), by name: those of one message come in any order.
async fn statuses(bridge: &Bridge, path: &str, n: usize) -> Vec<Value> {
    let pushed = bridge.log.wait_for_count("POST", path, n, Duration::from_secs(5)).await;
    let mut statuses: Vec<Value> = pushed.iter().map(Exchange::request_json).collect();
    statuses.sort_by_key(|status| status["status"].as_str().unwrap().to_owned());
    statuses
}

/// Each status and the code of its error.
fn told(statuses: &[Value]) -> Vec<(&str, &str)> {
    statuses
        .iter()
        .map(|status| (status["status"].as_str().unwrap(), status["error"]["title"].as_str().unwrap_or_default()))
        .collect()
}

#[tokio::test]
async fn one_status_for_all_parts_at_the_url_of_the_message() {
    let (vonage, bridge) = both().await;
    let long = with(message(&vonage, &"a".repeat(161)), "webhook_url", bridge.url("/own"));
    let id = send(&vonage, &with(long, "client_ref", "ours-1")).await;
    let all = statuses(&bridge, "/own", 2).await;
    assert_eq!(told(&all), [("delivered", ""), ("submitted", "")]);
    let mut delivered = all[0].clone();
    let timestamp = delivered.as_object_mut().unwrap().shift_remove("timestamp").unwrap();
    let timestamp = timestamp.as_str().unwrap();
    assert_eq!((timestamp.len(), &timestamp[10..11], &timestamp[19..]), (20, "T", "Z"));
    assert_eq!(
        delivered,
        json!({"message_uuid": id, "to": CUSTOMER, "from": "447700900000", "status": "delivered", "channel": "sms",
            "client_ref": "ours-1", "usage": {"currency": "EUR", "price": "0.0666"},
            "destination": {"network_code": "23410"}, "sms": {"count_total": "2"}})
    );
    nothing_left_over(&vonage).await;
    assert_eq!(bridge.log.count("POST", "*"), 2);
}

#[tokio::test]
async fn by_token_to_the_application_and_by_key_to_the_account() {
    let (vonage, bridge) = both().await;
    send(&vonage, &message(&vonage, "Hi")).await;
    statuses(&bridge, "/application", 2).await;
    send_by_key(&vonage, &message(&vonage, "Hi")).await;
    statuses(&bridge, "/account", 2).await;
    nothing_left_over(&vonage).await;
    assert_eq!(bridge.log.count("POST", "*"), 4);
    assert!(vonage.webhooks().iter().all(|webhook| webhook.kind == WebhookKind::MessageStatus));
}

#[tokio::test]
async fn the_verdict_of_the_carrier_becomes_a_code() {
    let (vonage, bridge) = both().await;
    let phone = vonage.phone(CUSTOMER);
    for (n, (verdict, expected)) in [
        (Verdict::Expired, "1360"),
        (Verdict::Unknown, "1330"),
        (Verdict::Failed(2), "1180"),
        (Verdict::Failed(6), "1210"),
        (Verdict::Rejected(9), "1240"),
        (Verdict::Failed(99), "1330"),
    ]
    .into_iter()
    .enumerate()
    {
        phone.receipts(|receipts| receipts.verdict = verdict);
        let path = format!("/own/{n}");
        send(&vonage, &with(message(&vonage, "Hi"), "webhook_url", bridge.url(&path))).await;
        let all = statuses(&bridge, &path, 2).await;
        assert_eq!(told(&all), [("rejected", expected), ("submitted", "")]);
        assert_eq!(all[0]["error"]["type"], format!("https://developer.vonage.com/api-errors/messages#{expected}"));
        assert!(all[0]["error"]["detail"].is_string() && all[0]["error"]["instance"].is_string());
    }
    phone.set_reachability(Reachability::Unreachable);
    send(&vonage, &message(&vonage, "Hi")).await;
    assert_eq!(told(&statuses(&bridge, "/application", 2).await), [("rejected", "1260"), ("submitted", "")]);
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn what_vonage_rejects_itself_was_never_submitted_and_costs_nothing() {
    let (vonage, bridge) = both().await;
    let phone = vonage.phone(CUSTOMER);
    let mut count = 0;
    let mut rejected = async |message: Value| {
        send(&vonage, &message).await;
        count += 1;
        let last = bridge.log.wait_for_count("POST", "/application", count, Duration::from_secs(5)).await;
        let status = last[count - 1].request_json();
        assert_eq!((&status["status"], status.get("usage")), (&json!("rejected"), None));
        status["error"]["title"].as_str().unwrap().to_owned()
    };
    phone.set_standing(Standing::OptedOut);
    assert_eq!(rejected(message(&vonage, "Hi")).await, "1240");
    phone.set_standing(Standing::Deactivated);
    assert_eq!(rejected(message(&vonage, "Hi")).await, "1190");
    phone.set_standing(Standing::Good);
    assert_eq!(rejected(with(message(&vonage, "Hi"), "from", "447700900999")).await, "1120");
    let named = with(message(&vonage, "Hi"), "from", "Acme Ltd");
    assert_eq!(rejected(with(named, "to", "15555550100")).await, "1120");
    assert_eq!(rejected(with(message(&vonage, "Hi"), "to", "07700900001")).await, "1040");
    vonage.refuse(29, Some(1));
    assert_eq!(rejected(message(&vonage, "Hi")).await, "1160");
    vonage.reject_messages(1460, Some(1));
    assert!(vonage.left_over().contains(&"a rejection with code 1460 never happened".to_owned()));
    assert_eq!(rejected(message(&vonage, "Hi")).await, "1460");
    assert!(phone.inbox().is_empty());
    assert_eq!((vonage.balance(), vonage.sent().len()), (1_000_000_000, 7));
    assert_eq!(vonage.sent()[0].rejected, Some(1240));
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn a_phone_that_is_off_gets_it_later_and_it_is_submitted_once() {
    let (vonage, bridge) = both().await;
    let phone = vonage.phone(CUSTOMER);
    phone.set_reachability(Reachability::Off);
    send(&vonage, &message(&vonage, "Hi")).await;
    assert_eq!(told(&statuses(&bridge, "/application", 1).await), [("submitted", "")]);
    assert_eq!(vonage.finished().await, ["1 SMS wait for 447700900001 to be turned on"]);
    phone.set_reachability(Reachability::On);
    assert_eq!(phone.next_sms().await.text, "Hi");
    assert_eq!(told(&statuses(&bridge, "/application", 2).await), [("delivered", ""), ("submitted", "")]);
    nothing_left_over(&vonage).await;
    assert_eq!(bridge.log.count("POST", "/application"), 2);
}

#[tokio::test]
async fn they_can_be_held_doubled_and_come_before_the_answer() {
    let (vonage, bridge) = both().await;
    let phone = vonage.phone(CUSTOMER);
    phone.receipts(|receipts| {
        receipts.held = true;
        receipts.before_answer = true;
        receipts.copies = 2;
    });
    send(&vonage, &message(&vonage, "Hi")).await;
    assert_eq!((phone.held_receipts(), bridge.log.count("POST", "/application")), (2, 0));
    assert_eq!(phone.release_receipts().await.len(), 4);
    phone.receipts(|receipts| receipts.held = false);
    send(&vonage, &message(&vonage, "Hi")).await;
    assert_eq!(bridge.log.count("POST", "/application"), 8);
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn a_status_is_pushed_again_and_can_be_bent() {
    let (vonage, bridge) = both().await;
    vonage.set_receipts(|receipts| receipts.enabled = false);
    send(&vonage, &message(&vonage, "Hi")).await;
    let sms = vonage.sent().remove(0);
    let mut status = vonage.message_status(&sms, Progress::Undeliverable(1260));
    status["sms"]["total_count"] = json!("1");
    bridge.faults.add(Fault::on("POST", "/own").status(503));
    let pushed = vonage.push_message_status(&bridge.url("/own"), &status).await.remove(0);
    assert_eq!((pushed.json(), pushed.authorization), (status.clone(), None));
    let both = statuses(&bridge, "/own", 2).await;
    assert_eq!(told(&both), [("undeliverable", "1260"); 2]);
    assert_eq!(both[0], status);
    vonage.push_again(&vonage.webhooks()[0]).await;
    assert_eq!(bridge.log.count("POST", "/own"), 3);
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn what_the_sms_api_sent_keeps_its_receipts() {
    let (vonage, bridge) = both().await;
    crate::send(&vonage, &form(&vonage, "Hi")).await;
    let receipt =
        bridge.log.wait_for_count("POST", "/account", 1, Duration::from_secs(5)).await.remove(0).request_json();
    assert_eq!((&receipt["status"], &receipt["err-code"]), (&json!("delivered"), &json!("0")));
    nothing_left_over(&vonage).await;
}
