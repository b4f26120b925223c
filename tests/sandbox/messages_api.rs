//! Both of Vonage's APIs, whichever the bridge sends by.

use serde_json::{Value, json};

use crate::running::{Control, Sandbox, list};

const SEND: &str = "/phones/61491570006/send";

async fn reply_arrives(control: &Control, text: &str) {
    let reply = json!({ "thread": "#1", "name": "reply", "options": { "text": text } });
    control.post("/agents/Ana/command", reply).await;
    control.until_phone_shows(text).await;
    control.until_thread_shows(&[text, "✅ delivered"]).await;
}

async fn text_arrives(control: &Control, text: &str) {
    control.post(SEND, json!({ "text": text })).await;
    control.until_thread_shows(&["Customer", text]).await;
}

#[tokio::test]
async fn replies_come_in_the_form_of_the_other_api() {
    let (_sandbox, control) = Sandbox::played();
    control.post("/account", json!({ "webhooks": "messages" })).await;
    text_arrives(&control, "By the Messages API").await;
    // It comes whole, whatever is asked of its parts.
    let long = "Ж".repeat(150);
    let sent = control.post(SEND, json!({ "text": long, "parts": "one_missing" })).await;
    assert_eq!(sent["webhooks_answered"], json!([[200]]));
    control.until_thread_shows(&["Customer", &long]).await;
    control.post("/account", json!({ "webhooks": "sms" })).await;
    text_arrives(&control, "By the SMS API").await;
    reply_arrives(&control, "Both arrived").await;
}

#[tokio::test]
async fn the_bridge_sends_by_the_messages_api() {
    let (mut sandbox, control) = Sandbox::played_by_messages();
    let account = control.stage().await["vonage"]["account"].clone();
    assert_eq!((&account["sends_by"], &account["webhooks"]), (&json!("messages"), &json!("messages")));
    reply_arrives(&control, "By the Messages API").await;

    // Signed by token alone, and under a wrong secret nothing is lost.
    control.post("/account", json!({ "signing": "token" })).await;
    let runs = |signatures: &'static str| {
        move |stage: &Value| {
            let bridge = &stage["bridge"];
            (bridge["state"] == "running" && bridge["signatures"] == signatures).then_some(())
        }
    };
    control.until("the bridge asks for tokens", runs("demand")).await;
    text_arrives(&control, "With a token").await;
    control.post("/bridge", json!({ "signatures": "wrong_secret" })).await;
    control.until("the bridge has a wrong secret", runs("wrong_secret")).await;
    let sent = control.post(SEND, json!({ "text": "Do not lose me" })).await;
    assert_eq!(sent["webhooks_answered"], json!([[503]]));
    control.post("/bridge", json!({ "signatures": "demand" })).await;
    control.until_thread_shows(&["Customer", "Do not lose me"]).await;

    // What is barred is told by a status.
    control.post("/phones/61491570006/set", json!({ "standing": "opted_out" })).await;
    let reply = json!({ "thread": "#1", "name": "reply", "options": { "text": "One more thing" } });
    control.post("/agents/Ana/command", reply).await;
    control.until_thread_shows(&["One more thing", "failed"]).await;
    let stage = control.stage().await;
    assert_eq!(list(&stage["phones"][0]["sms"]).filter(|sms| sms["text"] == "One more thing").count(), 0);
    assert_eq!(sandbox.terminate(), Some(0));
}
