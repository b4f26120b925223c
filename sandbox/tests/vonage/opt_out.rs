//! Opt-Out Assist, and a network that answers STOP by itself.

use std::time::Duration;

use serde_json::json;
use threadline_sandbox::vonage::{Barring, Side, Vonage, WebhookApi};

use crate::bridge::Bridge;
use crate::messenger::{self, message};
use crate::{CUSTOMER, form, nothing_left_over, refused, send, vonage, with};

const OURS: &str = "447700900000";
const OTHER: &str = "447700900010";

async fn both() -> (Vonage, Bridge) {
    let vonage = vonage(|setup| setup.numbers.push(OTHER.to_owned())).await;
    let bridge = Bridge::start().await;
    vonage.set_inbound_url(&bridge.url("/inbound")).await.unwrap();
    vonage.set_dlr_url(&bridge.url("/receipt")).await.unwrap();
    (vonage, bridge)
}

#[tokio::test]
async fn stop_bars_one_number_and_start_lifts_it_and_both_are_told() {
    let (vonage, bridge) = both().await;
    let phone = vonage.phone(CUSTOMER);
    phone.send("STOP").await;
    assert!(vonage.opt_outs().is_empty(), "nobody keeps a list until it is asked for");
    vonage.set_opt_out_assist(true);
    for text in ["please stop", "HELP"] {
        phone.send(text).await;
        assert!(vonage.opt_outs().is_empty());
    }
    phone.send(" Stop\n").await;
    assert_eq!(vonage.opt_outs(), [(OURS.to_owned(), CUSTOMER.to_owned())]);
    assert_eq!(refused(&vonage, &form(&vonage, "Hi")).await, ("7".to_owned(), "Number Barred".to_owned()));
    let other = with(form(&vonage, "Hi"), "from", OTHER);
    assert_eq!(send(&vonage, &other).await["messages"][0]["status"], "0");
    phone.send("start").await;
    assert!(vonage.opt_outs().is_empty());
    assert_eq!(send(&vonage, &form(&vonage, "Hi")).await["messages"][0]["status"], "0");
    let texts: Vec<_> = bridge.webhooks("/inbound", 6).await.iter().skip(1).map(|push| push.request_json()).collect();
    assert_eq!((&texts[3]["text"], &texts[4]["keyword"]), (&json!(" Stop\n"), &json!("START")));
    assert_eq!(phone.inbox().len(), 2);
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn a_phone_can_be_barred_by_receipt() {
    let (vonage, bridge) = both().await;
    vonage.set_opt_out_assist(true);
    let phone = vonage.phone(CUSTOMER);
    phone.set_barring(Barring::ByReceipt);
    phone.send("UNSUBSCRIBE").await;
    assert_eq!(send(&vonage, &form(&vonage, "Hi")).await["messages"][0]["status"], "0");
    let receipt =
        bridge.log.wait_for_count("POST", "/receipt", 1, Duration::from_secs(5)).await.remove(0).request_json();
    assert_eq!((&receipt["status"], &receipt["err-code"]), (&json!("failed"), &json!("9")));
    assert!(phone.inbox().is_empty());
    vonage.set_opt_out_assist(false);
    send(&vonage, &form(&vonage, "Hi")).await;
    assert_eq!(phone.inbox().len(), 1);
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn the_messages_api_rejects_afterwards() {
    let (vonage, bridge) = both().await;
    vonage.set_opt_out_assist(true);
    vonage.set_webhook_api(WebhookApi::Messages);
    let phone = vonage.phone(CUSTOMER);
    phone.send("QUIT").await;
    messenger::send_by_key(&vonage, &message(&vonage, "Hi")).await;
    let status =
        bridge.log.wait_for_count("POST", "/receipt", 1, Duration::from_secs(5)).await.remove(0).request_json();
    assert_eq!((&status["status"], &status["error"]["title"]), (&json!("rejected"), &json!("1240")));
    assert!(phone.inbox().is_empty());
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn the_network_answers_where_it_is_told_to() {
    let (vonage, _bridge) = both().await;
    vonage.set_network_answers(true);
    let phone = vonage.phone(CUSTOMER);
    phone.auto_answer(|_| Some("not to a network".to_owned()));
    phone.send("Stop").await;
    phone.send("2").await;
    phone.send("Start").await;
    let screen = phone.screen();
    let seen: Vec<_> =
        screen.iter().map(|bubble| (bubble.by_network, bubble.text.split(':').next().unwrap())).collect();
    let network = (true, "NETWORK MSG");
    assert_eq!(seen, [(false, "Stop"), network, (false, "2"), (false, "Start"), network]);
    assert_eq!(screen[1].side, Side::Received { from: OURS.to_owned() });
    assert!(phone.inbox().is_empty() && vonage.sent().is_empty());
    nothing_left_over(&vonage).await;
}
