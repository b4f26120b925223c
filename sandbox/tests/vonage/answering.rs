//! Phones that answer everything by themselves.

use std::time::Duration;

use serde_json::json;
use threadline_sandbox::vonage::{Reachability, Vonage};

use crate::bridge::Bridge;
use crate::messenger::{self, message};
use crate::{CUSTOMER, form, nothing_left_over, send, vonage, with};

async fn both() -> (Vonage, Bridge) {
    let (vonage, bridge) = (vonage(|_| {}).await, Bridge::start().await);
    vonage.set_inbound_url(&bridge.url("/inbound")).await.unwrap();
    (vonage, bridge)
}

#[tokio::test]
async fn a_phone_that_answers_by_itself() {
    let (vonage, bridge) = both().await;
    vonage.phone(CUSTOMER).auto_answer(|sms| Some(format!("You said {}", sms.text)));
    send(&vonage, &form(&vonage, "2")).await;
    let answer = bridge.webhooks("/inbound", 2).await.remove(1).request_json();
    assert_eq!((&answer["text"], &answer["to"]), (&json!("You said 2"), &json!("447700900000")));
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn every_sms_of_either_api_is_answered_until_it_has_had_enough() {
    let (vonage, bridge) = both().await;
    let phone = vonage.phone(CUSTOMER);
    let own = phone.clone();
    phone.auto_answer(move |_| (own.auto_answers() < 4).then(|| "I am on holiday".to_owned()));
    phone.set_reachability(Reachability::Off);
    send(&vonage, &form(&vonage, "Waiting")).await;
    assert_eq!(phone.auto_answers(), 0);
    phone.set_reachability(Reachability::On);
    send(&vonage, &form(&vonage, &"a long confirmation ".repeat(20))).await;
    for n in 0..4 {
        messenger::send_by_key(&vonage, &message(&vonage, &format!("Confirmation {n}"))).await;
    }
    assert_eq!((phone.inbox().len(), phone.auto_answers()), (6, 4));
    bridge.log.wait_for_count("POST", "/inbound", 4, Duration::from_secs(5)).await;
    nothing_left_over(&vonage).await;
    assert_eq!(bridge.log.count("POST", "/inbound"), 4);
}

#[tokio::test]
async fn a_name_is_not_answered_and_answering_can_stop() {
    let (vonage, bridge) = both().await;
    let phone = vonage.phone(CUSTOMER);
    phone.auto_answer(|_| Some("I am on holiday".to_owned()));
    send(&vonage, &with(form(&vonage, "Hi"), "from", "Acme Ltd")).await;
    assert_eq!((phone.inbox().len(), phone.auto_answers()), (1, 0));
    send(&vonage, &form(&vonage, "Hi")).await;
    phone.stop_answering();
    send(&vonage, &form(&vonage, "Hi")).await;
    assert_eq!(phone.auto_answers(), 1);
    nothing_left_over(&vonage).await;
    assert_eq!(bridge.log.count("POST", "/inbound"), 1);
}
