//! What goes wrong when it is asked for, and what people see of it.

use serde_json::{Value, json};

use crate::running::{Control, Sandbox, list};

async fn reply(control: &Control, text: &str) {
    let reply = json!({ "thread": "#1", "name": "reply", "options": { "text": text } });
    let answer = control.post("/agents/Ana/command", reply).await;
    assert!(answer["answer"]["text"].is_string(), "{answer}");
}

async fn fault(control: &Control, wish: Value) {
    assert_eq!(control.post("/faults", wish).await, json!({ "done": true }));
}

/// What is said to be wrong with a service now.
async fn told(control: &Control, service: &str) -> Vec<String> {
    let stage = control.stage().await;
    list(&stage[service]["faults"]).map(|fault| fault.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn faults_of_vonage_are_seen_and_end() {
    let (_sandbox, control) = Sandbox::played();
    fault(&control, json!({ "service": "vonage", "fault": "refuse", "status": 9, "times": 1 })).await;
    insta::assert_debug_snapshot!(told(&control, "vonage").await, @r#"
    [
        "says that there is no credit left (status 9)",
    ]
    "#);
    reply(&control, "With no credit").await;
    control.until_thread_shows(&["With no credit", "✅ delivered"]).await;
    assert_eq!(told(&control, "vonage").await, Vec::<String>::new());

    // Taken, but broken off: the receipt settles it, and the customer has it once.
    fault(&control, json!({ "service": "vonage", "fault": "reset", "after_effect": true, "times": 1 })).await;
    reply(&control, "Only once").await;
    control.until_thread_shows(&["Only once", "✅ delivered"]).await;
    let stage = control.stage().await;
    assert_eq!(list(&stage["phones"][0]["sms"]).filter(|sms| sms["text"] == "Only once").count(), 1);

    fault(&control, json!({ "service": "vonage", "fault": "latency", "milliseconds": 900 })).await;
    fault(&control, json!({ "service": "vonage", "fault": "status", "status": 503, "times": 2 })).await;
    insta::assert_debug_snapshot!(told(&control, "vonage").await, @r#"
    [
        "answers 900 ms late",
        "answers 503, 2 times",
    ]
    "#);
    fault(&control, json!({ "service": "vonage", "fault": "clear" })).await;
    assert_eq!(told(&control, "vonage").await, Vec::<String>::new());
}

#[tokio::test]
async fn faults_of_webhooks_change_nothing_in_the_thread() {
    let (_sandbox, control) = Sandbox::played();
    for wish in ["twice", "receipt_first"] {
        fault(&control, json!({ "service": "webhooks", "fault": wish })).await;
    }
    fault(&control, json!({ "service": "webhooks", "fault": "latency", "milliseconds": 300 })).await;
    insta::assert_debug_snapshot!(told(&control, "webhooks").await, @r#"
    [
        "each webhook comes 2 times",
        "each webhook comes 300 ms late",
        "receipts come before Vonage has answered",
    ]
    "#);
    control.post("/phones/61491570006/send", json!({ "text": "Twice on its way" })).await;
    control.until_thread_shows(&["Twice on its way"]).await;
    reply(&control, "Its receipt comes first").await;
    control.until_thread_shows(&["Its receipt comes first", "✅ delivered"]).await;
    let stage = control.stage().await;
    let messages = list(&stage["threads"][0]["messages"]);
    let shown = messages.filter(|message| message["content"].as_str().unwrap().contains("Twice on its way"));
    assert_eq!(shown.count(), 1);
    fault(&control, json!({ "service": "webhooks", "fault": "clear" })).await;
    assert_eq!(told(&control, "webhooks").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_phone_that_is_off_gets_its_texts_later() {
    let (_sandbox, control) = Sandbox::played();
    control.post("/phones/61491570006/set", json!({ "on": false })).await;
    reply(&control, "Later").await;
    control.until("one SMS waits", |stage| (stage["phones"][0]["waiting"] == 1).then_some(())).await;
    control.post("/phones/61491570006/set", json!({ "on": true })).await;
    control.until_phone_shows("Later").await;
}

#[tokio::test]
async fn a_phone_can_answer_by_itself() {
    let (_sandbox, control) = Sandbox::played();
    assert_eq!(control.post("/phones", json!({ "number": "+61 491 570 156" })).await["number"], "+61491570156");
    control.post("/phones/61491570156/set", json!({ "answers": "3" })).await;
    control.post("/agents/Ben/command", json!({ "name": "notify", "options": { "number": "+61491570156" } })).await;
    control.until_thread_shows(&["Customer", "chose 3 (deliver to post office)"]).await;
}

#[tokio::test]
async fn discord_can_be_gone_and_its_gateway_dropped() {
    let (_sandbox, control) = Sandbox::played();
    fault(&control, json!({ "service": "discord", "fault": "down" })).await;
    control.post("/phones/61491570006/send", json!({ "text": "While you were away" })).await;
    fault(&control, json!({ "service": "discord", "fault": "up" })).await;
    control.until_thread_shows(&["While you were away"]).await;
    fault(&control, json!({ "service": "discord", "fault": "drop_gateway" })).await;
    control.until("the gateway is gone", |stage| (stage["discord"]["gateway"] == false).then_some(())).await;
    control.until("the gateway is back", |stage| (stage["discord"]["gateway"] == true).then_some(())).await;
    reply(&control, "We are back").await;
    control.until_phone_shows("We are back").await;
}
