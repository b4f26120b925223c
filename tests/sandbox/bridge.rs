//! The bridge is a process of its own: stopped, killed and started again, it loses nothing.

use serde_json::json;

use crate::running::{Control, Sandbox};

const PHONE: &str = "/phones/61491570006/send";

async fn until_bridge_is(control: &Control, state: &str) -> String {
    let is = |stage: &serde_json::Value| {
        let bridge = &stage["bridge"];
        (bridge["state"] == state).then(|| bridge["note"].as_str().unwrap().to_owned())
    };
    control.until(&format!("the bridge is {state}"), is).await
}

#[tokio::test]
async fn a_killed_bridge_takes_up_where_it_was() {
    let (mut sandbox, control) = Sandbox::played();
    until_bridge_is(&control, "running").await;
    control.post("/bridge", json!({ "do": "kill" })).await;
    assert_eq!(until_bridge_is(&control, "ended").await, "It was killed.");

    // Vonage finds nobody, and tries again until somebody is there.
    let sent = control.post(PHONE, json!({ "text": "Is anybody there?" })).await;
    assert_eq!(sent["webhooks_answered"], json!([[null]]));
    let waiting = |stage: &serde_json::Value| (stage["phones"][0]["sms"][3]["state"] == "sending").then_some(());
    control.until("the text waits", waiting).await;

    // The kill is not awaited here, and yet the start holds.
    control.post("/bridge", json!({ "do": "start" })).await;
    control.post("/bridge", json!({ "do": "kill" })).await;
    control.post("/bridge", json!({ "do": "start" })).await;
    until_bridge_is(&control, "running").await;
    control.until_thread_shows(&["·4", "Customer", "Is anybody there?"]).await;
    let taken = |stage: &serde_json::Value| (stage["phones"][0]["sms"][3]["state"] == "taken").then_some(());
    control.until("the text was taken", taken).await;
    assert_eq!(sandbox.terminate(), Some(0));
}

#[tokio::test]
async fn a_bridge_that_is_stopped_ends_in_order() {
    let (_sandbox, control) = Sandbox::played();
    control.post("/bridge", json!({ "do": "stop" })).await;
    assert_eq!(until_bridge_is(&control, "ended").await, "It ended in order.");
    let refused = control
        .post("/agents/Ana/command", json!({ "name": "reply", "thread": "#1", "options": { "text": "Yes" } }))
        .await;
    assert_eq!(refused["detail"], "the bridge did not respond within 3 seconds");
}
