//! What phones do beside writing: they stand well or badly with Vonage, answer by themselves, and send long texts.

use serde_json::{Value, json};

use crate::running::{Control, Sandbox, list};

const PHONE: &str = "/phones/61491570006";

async fn set(control: &Control, habits: Value) {
    assert_eq!(control.post(&format!("{PHONE}/set"), habits).await, json!({ "done": true }));
}

async fn reply(control: &Control, text: &str) {
    let reply = json!({ "thread": "#1", "name": "reply", "options": { "text": text } });
    let answer = control.post("/agents/Ana/command", reply).await;
    assert!(answer["answer"]["text"].is_string(), "{answer}");
}

async fn send(control: &Control, text: &str, parts: &str) -> Value {
    let sent = control.post(&format!("{PHONE}/send"), json!({ "text": text, "parts": parts })).await;
    sent["webhooks_answered"].clone()
}

#[tokio::test]
async fn a_number_that_is_gone_or_blocked_fails_the_message() {
    let (_sandbox, control) = Sandbox::played();
    let phone = async || control.stage().await["phones"][0].clone();
    set(&control, json!({ "standing": "deactivated" })).await;
    assert_eq!(phone().await["standing"], "deactivated");
    reply(&control, "Is this still yours?").await;
    control.until_thread_shows(&["Is this still yours?", "failed"]).await;

    // Vonage takes it, and the carrier does not.
    set(&control, json!({ "standing": "good", "reach": "unreachable", "barring": "by_receipt" })).await;
    let now = phone().await;
    assert_eq!(
        (&now["standing"], &now["reach"], &now["barring"]),
        (&json!("good"), &json!("unreachable"), &json!("by_receipt"))
    );
    set(&control, json!({ "on": true })).await;
    assert_eq!(phone().await["reach"], "on");
}

#[tokio::test]
async fn a_robot_is_counted_and_stopped() {
    let (_sandbox, control) = Sandbox::played();
    set(&control, json!({ "answers": "I am driving." })).await;
    reply(&control, "Where are you?").await;
    let answered = |stage: &Value| (stage["phones"][0]["answered"] == 1).then(|| stage["phones"][0]["got"].clone());
    assert_eq!(control.until("it has answered once", answered).await, 3);
    control.until_thread_shows(&["Customer", "I am driving."]).await;
    set(&control, json!({ "answers": "" })).await;
    reply(&control, "Drive safely").await;
    control.until_phone_shows("Drive safely").await;
    assert_eq!(control.stage().await["phones"][0]["answered"], 1);
}

#[tokio::test]
async fn long_texts_come_in_any_order_and_with_a_part_missing() {
    let (_sandbox, control) = Sandbox::played();
    let long = |begin: &str| format!("{begin} {}", "Ж".repeat(150));
    for order in ["in_order", "last_first"] {
        let text = long(&order.replace('_', " "));
        assert_eq!(send(&control, &text, order).await, json!([[200], [200], [200]]));
        control.until_thread_shows(&["Customer", &text]).await;
    }
    let text = long("without one");
    assert_eq!(send(&control, &text, "one_missing").await, json!([[200], [200]]));
    let stage = control.stage().await;
    let sms = list(&stage["phones"][0]["sms"]).last().unwrap();
    assert_eq!((&stage["phones"][0]["missing"], &sms["state"]), (&json!(1), &json!("sending")));
    assert_eq!((&sms["parts"], &sms["unicode"]), (&json!(3), &json!(true)));

    let sent = control.post(&format!("{PHONE}/send-missing"), json!({})).await;
    assert_eq!(sent["webhooks_answered"], json!([[200]]));
    control.until_thread_shows(&["Customer", &text]).await;
    let refused = control.post(&format!("{PHONE}/send-missing"), json!({})).await;
    assert_eq!(refused["detail"], "no part of its texts is missing");
}
