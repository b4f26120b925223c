//! Delivery receipts: where they go, when, and what they say.

use std::time::Duration;

use serde_json::{Value, json};
use threadline_sandbox::vonage::{Reachability, Verdict, Vonage};

use crate::bridge::Bridge;
use crate::{CUSTOMER, form, nothing_left_over, send, vonage, with};

async fn both() -> (Vonage, Bridge) {
    let (vonage, bridge) = (vonage(|_| {}).await, Bridge::start().await);
    vonage.set_dlr_url(&bridge.url("/account")).await.unwrap();
    (vonage, bridge)
}

/// The receipts that came to `path`: `n` at least.
async fn receipts(bridge: &Bridge, path: &str, n: usize) -> Vec<Value> {
    let pushed = bridge.log.wait_for_count("POST", path, n, Duration::from_secs(5)).await;
    pushed.iter().map(threadline_sandbox::wire::Exchange::request_json).collect()
}

fn verdicts(receipts: &[Value]) -> Vec<(&str, &str)> {
    let text = |receipt: &'_ Value, name: &str| receipt[name].as_str().unwrap().to_owned();
    let mut verdicts: Vec<_> = receipts
        .iter()
        .map(|receipt| (receipt["status"].as_str().unwrap(), receipt["err-code"].as_str().unwrap()))
        .collect();
    assert!(receipts.iter().all(|receipt| text(receipt, "scts").len() == 10));
    verdicts.sort_unstable();
    verdicts
}

#[tokio::test]
async fn each_part_has_its_receipt_at_the_callback_or_else_at_the_account() {
    let (vonage, bridge) = both().await;
    let (url, text) = (bridge.url("/own"), "a".repeat(161));
    let own = with(with(form(&vonage, &text), "callback", &url), "client-ref", "ours-1");
    let answer = send(&vonage, &own).await;
    let own = receipts(&bridge, "/own", 2).await;
    assert_eq!(verdicts(&own), [("delivered", "0"); 2]);
    for receipt in &own {
        assert_eq!((&receipt["msisdn"], &receipt["to"]), (&json!(CUSTOMER), &json!("447700900000")));
        assert_eq!((&receipt["client-ref"], &receipt["price"]), (&json!("ours-1"), &json!("0.03330000")));
        let ids = answer["messages"].as_array().unwrap().iter().map(|part| &part["message-id"]);
        assert_eq!(ids.filter(|id| **id == receipt["messageId"]).count(), 1);
    }
    send(&vonage, &form(&vonage, "Hi")).await;
    assert_eq!(receipts(&bridge, "/account", 1).await[0].get("client-ref"), None);
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn none_come_where_none_are_wanted() {
    let (vonage, bridge) = both().await;
    send(&vonage, &with(form(&vonage, "Hi"), "status-report-req", "false")).await;
    vonage.phone(CUSTOMER).receipts(|receipts| receipts.enabled = false);
    send(&vonage, &form(&vonage, "Hi")).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(bridge.log.count("POST", "*"), 0);
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn a_phone_that_is_off_has_its_sms_buffered() {
    let (vonage, bridge) = both().await;
    let phone = vonage.phone(CUSTOMER);
    phone.set_reachability(Reachability::Off);
    send(&vonage, &form(&vonage, "Hi")).await;
    assert_eq!(verdicts(&receipts(&bridge, "/account", 1).await), [("buffered", "0")]);
    assert!(phone.inbox().is_empty());
    assert_eq!(vonage.finished().await, ["1 SMS wait for 447700900001 to be turned on"]);
    phone.set_reachability(Reachability::On);
    assert_eq!(phone.next_sms().await.text, "Hi");
    assert_eq!(verdicts(&receipts(&bridge, "/account", 2).await), [("buffered", "0"), ("delivered", "0")]);
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn failures_carry_their_code() {
    let (vonage, bridge) = both().await;
    let phone = vonage.phone(CUSTOMER);
    phone.set_reachability(Reachability::Barred);
    send(&vonage, &form(&vonage, "Hi")).await;
    receipts(&bridge, "/account", 1).await;
    phone.set_reachability(Reachability::Unreachable);
    send(&vonage, &form(&vonage, "Hi")).await;
    receipts(&bridge, "/account", 2).await;
    assert!(phone.inbox().is_empty());
    phone.set_reachability(Reachability::On);
    phone.receipts(|receipts| receipts.verdict = Verdict::Rejected(9));
    send(&vonage, &form(&vonage, "Hi")).await;
    let all = receipts(&bridge, "/account", 3).await;
    assert_eq!(verdicts(&all), [("failed", "12"), ("failed", "4"), ("rejected", "9")]);
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn receipts_can_be_held_doubled_and_preceded_by_interim_ones() {
    let (vonage, bridge) = both().await;
    let phone = vonage.phone(CUSTOMER);
    phone.receipts(|receipts| {
        receipts.held = true;
        receipts.interim = true;
        receipts.copies = 2;
    });
    send(&vonage, &form(&vonage, "Hi")).await;
    tokio::time::timeout(Duration::from_secs(5), async {
        while phone.held_receipts() < 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();
    assert_eq!(vonage.left_over(), ["3 receipts about 447700900001 are held back"]);
    assert_eq!(bridge.log.count("POST", "/account"), 0);
    assert_eq!(phone.release_receipts().await.len(), 6);
    let all = receipts(&bridge, "/account", 6).await;
    assert_eq!(
        verdicts(&all),
        [
            ("accepted", "0"),
            ("accepted", "0"),
            ("buffered", "0"),
            ("buffered", "0"),
            ("delivered", "0"),
            ("delivered", "0")
        ]
    );
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn a_receipt_can_come_before_the_answer() {
    let (vonage, bridge) = both().await;
    vonage.phone(CUSTOMER).receipts(|receipts| receipts.before_answer = true);
    send(&vonage, &form(&vonage, "Hi")).await;
    assert_eq!(bridge.log.count("POST", "/account"), 1);
    let sms = vonage.sent().remove(0);
    let late = vonage.receipt_fields(&sms, 0, Verdict::Failed(1));
    assert_eq!(vonage.push_receipt(&bridge.url("/account"), &late).await[0].statuses(), [Some(200)]);
    nothing_left_over(&vonage).await;
}
