//! Inbound SMS: the three formats, long texts, retries.

use std::collections::BTreeSet;
use std::time::Duration;

use http::{HeaderMap, Method};
use serde_json::json;
use threadline_sandbox::fault::Fault;
use threadline_sandbox::vonage::{Fields, Outcome, Parts, Passage, Side, Vonage, WebhookFormat};

use crate::bridge::Bridge;
use crate::{CUSTOMER, nothing_left_over, vonage};

async fn both() -> (Vonage, Bridge) {
    let (vonage, bridge) = (vonage(|_| {}).await, Bridge::start().await);
    vonage.set_inbound_url(&bridge.url("/inbound")).await.unwrap();
    (vonage, bridge)
}

#[tokio::test]
async fn each_format_carries_the_same_fields() {
    let (vonage, bridge) = both().await;
    let phone = vonage.phone(CUSTOMER);
    let formats = [WebhookFormat::Get, WebhookFormat::Post, WebhookFormat::PostJson];
    for format in formats {
        vonage.set_webhook_format(format);
        let webhooks = phone.send("Thursday, & thanks = 100% ☺").await;
        assert_eq!(webhooks[0].statuses(), [Some(200)]);
    }
    let requests = bridge.webhooks("/inbound", 4).await.split_off(1);
    let query = requests[0].query.clone().unwrap();
    let read = [
        serde_urlencoded::from_str::<Vec<(String, String)>>(&query).unwrap().into_iter().collect::<Fields>(),
        requests[1].request_form().into_iter().collect(),
        serde_json::from_slice::<std::collections::BTreeMap<String, String>>(&requests[2].request_body)
            .unwrap()
            .into_iter()
            .collect(),
    ];
    for (fields, webhook) in read.iter().zip(vonage.webhooks()) {
        for (name, value) in webhook.fields.iter() {
            assert_eq!(fields.get(name), Some(value), "{name}");
        }
        assert_eq!((fields.get("msisdn"), fields.get("to")), (Some(CUSTOMER), Some("447700900000")));
        assert_eq!((fields.get("type"), fields.get("keyword")), (Some("unicode"), Some("THURSDAY,")));
    }
    let kind = |index: usize| requests[index].request_headers.get("content-type").map(|kind| kind.to_str().unwrap());
    assert_eq!(requests[0].method, Method::GET);
    assert_eq!(kind(1), Some("application/x-www-form-urlencoded; charset=UTF-8"));
    assert_eq!(kind(2), Some("application/json"));
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn a_long_text_comes_in_parts_each_with_its_own_id() {
    let (vonage, bridge) = both().await;
    let text = "a".repeat(153) + &"b".repeat(153) + "c";
    vonage.phone(CUSTOMER).send(&text).await;
    let webhooks = vonage.phone(CUSTOMER).send_out_of_order(&"я".repeat(71)).await;
    assert_eq!(webhooks[0].fields.get("concat-part"), Some("2"));
    bridge.webhooks("/inbound", 6).await;
    let parts: Vec<Fields> = vonage.webhooks().into_iter().map(|webhook| webhook.fields).collect();
    let of = |name: &str| parts.iter().map(|part| part.get(name).unwrap()).collect::<Vec<_>>();
    assert_eq!(of("messageId").iter().collect::<BTreeSet<_>>().len(), 5);
    assert_eq!(of("concat"), ["true"; 5]);
    assert_eq!(of("concat-ref"), ["1", "1", "1", "2", "2"]);
    assert_eq!(of("concat-total"), ["3", "3", "3", "2", "2"]);
    assert_eq!(of("concat-part"), ["1", "2", "3", "2", "1"]);
    assert_eq!(of("text")[..3].concat(), text);
    assert_eq!(of("text")[4].chars().count(), 67);
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn a_part_that_is_missing_comes_when_it_is_sent_after_all() {
    let (vonage, bridge) = both().await;
    let phone = vonage.phone(CUSTOMER);
    phone.send_in_parts(&"я".repeat(67 * 2 + 1), Parts::OneMissing).await;
    phone.send_in_parts("Short", Parts::OneMissing).await;
    assert_eq!(phone.missing_parts(), 1);
    let states = || phone.screen().into_iter().map(|bubble| (bubble.parts, bubble.unicode, bubble.side));
    let shown = |passage| vec![(3, true, Side::Sent(passage)), (1, false, Side::Sent(Passage::Taken))];
    assert!(vonage.wait_for_webhooks(Duration::from_secs(10)).await);
    assert_eq!(states().collect::<Vec<_>>(), shown(Passage::Waiting));

    let late = phone.send_missing_parts().await;
    assert_eq!(late.iter().map(|webhook| webhook.fields.get("concat-part")).collect::<Vec<_>>(), [Some("2")]);
    bridge.webhooks("/inbound", 4).await;
    assert_eq!((phone.missing_parts(), states().collect::<Vec<_>>()), (0, shown(Passage::Taken)));
    assert!(phone.send_missing_parts().await.is_empty());
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn a_webhook_is_pushed_again_after_429_5xx_and_no_answer_until_it_is_taken() {
    let (vonage, bridge) = both().await;
    for status in [500, 429, 503] {
        bridge.faults.add(Fault::on("POST", "/inbound").status(status));
    }
    bridge.faults.add(Fault::on("POST", "/inbound").reset());
    bridge.faults.add(Fault::on("POST", "/inbound").status(204));
    vonage.phone(CUSTOMER).send("2").await;
    assert_eq!(vonage.undelivered().len(), 1);
    assert!(vonage.wait_for_webhooks(Duration::from_secs(10)).await);
    let webhook = vonage.webhooks().remove(0);
    assert_eq!(webhook.statuses(), [Some(500), Some(429), Some(503), None, Some(204)]);
    // 5, 10, 20 and 40 seconds, a hundredth of each.
    let pauses: Vec<u128> =
        webhook.attempts.windows(2).map(|pair| pair[1].at.duration_since(pair[0].at).unwrap().as_millis()).collect();
    for (pause, least) in pauses.iter().zip([50, 100, 200, 400]) {
        assert!((least..least + 1000).contains(pause), "{pauses:?}");
    }
    let ids = bridge.log.matching("POST", "/inbound").into_iter().map(|push| push.request_json()["messageId"].clone());
    assert_eq!(ids.collect::<Vec<_>>(), vec![json!("0A0000000123ABCE"); 5]);
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn other_statuses_are_not_retried_and_the_text_is_lost() {
    let (vonage, bridge) = both().await;
    for status in [400, 401, 302, 206] {
        bridge.faults.add(Fault::on("POST", "/inbound").status(status));
        let webhook = vonage.phone(CUSTOMER).send("2").await.remove(0);
        assert_eq!((webhook.outcome, webhook.statuses()), (Outcome::GivenUp, vec![Some(status)]));
    }
    assert_eq!(vonage.undelivered().len(), 4);
    assert_eq!(vonage.left_over().len(), 4);
}

#[tokio::test]
async fn after_a_day_a_webhook_is_given_up() {
    let bridge = Bridge::start().await;
    let vonage = vonage(|setup| setup.retry_scale = 0.0).await;
    vonage.set_inbound_url(&bridge.url("/inbound")).await.unwrap();
    bridge.faults.add(Fault::on("POST", "/inbound").until_cleared().status(503));
    vonage.phone(CUSTOMER).send("2").await;
    assert!(vonage.wait_for_webhooks(Duration::from_secs(10)).await);
    let webhook = vonage.webhooks().remove(0);
    // Eight pauses double from 5 s to 640 s (1275 s in all), then one of 15 minutes follows another.
    assert_eq!((webhook.outcome, webhook.attempts.len()), (Outcome::GivenUp, 1 + 8 + 94));
}

#[tokio::test]
async fn a_bridge_that_was_down_gets_everything_when_it_is_back() {
    let (vonage, bridge) = both().await;
    bridge.down().await;
    let phone = vonage.phone(CUSTOMER);
    for text in ["one", "two"] {
        assert_eq!(phone.send(text).await[0].statuses(), [None]);
    }
    bridge.up().await;
    assert!(vonage.wait_for_webhooks(Duration::from_secs(10)).await);
    assert_eq!(bridge.log.count("POST", "/inbound"), 2);
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn the_same_webhook_many_times_at_once_and_once_more_later() {
    let (vonage, bridge) = both().await;
    vonage.set_webhook_copies(5);
    let webhooks = vonage.phone(CUSTOMER).send("2").await;
    assert_eq!(webhooks.len(), 5);
    assert!(webhooks.iter().all(|webhook| webhook.fields == webhooks[0].fields));
    vonage.set_webhook_copies(1);
    vonage.push_again(&webhooks[0]).await;
    assert_eq!(bridge.log.count("POST", "/inbound"), 6);
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn a_thousand_at_once() {
    let (vonage, bridge) = both().await;
    let senders: Vec<_> = (0..1000).map(|n| vonage.phone(&format!("44770090{n:04}")).send_in_background("2")).collect();
    for sender in senders {
        assert_eq!(sender.await.unwrap()[0].statuses(), [Some(200)]);
    }
    assert_eq!(bridge.log.count("POST", "/inbound"), 1000);
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn a_test_can_push_what_it_likes() {
    let (vonage, bridge) = both().await;
    let fields = vonage.inbound_fields(CUSTOMER, "a\u{0}b").with("messageId", "x\u{0}y");
    assert_eq!(vonage.push_inbound(&fields).await[0].statuses(), [Some(200)]);
    let pushed = bridge.webhooks("/inbound", 2).await.remove(1).request_json();
    assert_eq!((&pushed["text"], &pushed["messageId"]), (&json!("a\u{0}b"), &json!("x\u{0}y")));
    let answer = vonage.push_raw(Method::PUT, &bridge.url("/any"), HeaderMap::new(), "\u{ff}").await;
    assert_eq!((answer.status, answer.body.as_str()), (Some(200), "ok"));
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn an_sms_with_nowhere_to_go_is_left_over() {
    let vonage = vonage(|_| {}).await;
    vonage.phone(CUSTOMER).send("2").await;
    vonage.phone(CUSTOMER).send_to("447700900999", "2").await;
    assert_eq!(
        vonage.finished().await,
        [
            "an inbound SMS was lost: the account has no URL for it",
            "447700900001 sent an SMS to 447700900999, which is no number of this account",
        ]
    );
}
