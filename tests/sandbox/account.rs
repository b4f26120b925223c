//! The account at Vonage: what can be set of it, and what people see of that.

use serde_json::{Value, json};

use crate::running::{Control, Sandbox, list};

const CUSTOMER: &str = "/phones/61491570006";

async fn set(control: &Control, settings: Value) {
    assert_eq!(control.post("/account", settings).await, json!({ "done": true }));
}

async fn reply(control: &Control, text: &str) {
    let reply = json!({ "thread": "#1", "name": "reply", "options": { "text": text } });
    let answer = control.post("/agents/Ana/command", reply).await;
    assert!(answer["answer"]["text"].is_string(), "{answer}");
}

/// Waits until a message with these words stands in `#operators`.
async fn operators_hear(control: &Control, words: &str) {
    let heard = |stage: &Value| {
        let operators = list(&stage["channels"]).find(|channel| channel["name"] == "operators")?;
        list(&operators["messages"]).find(|message| message.to_string().contains(words)).map(|_| ())
    };
    control.until(&format!("#operators says {words:?}"), heard).await;
}

async fn until_bridge_runs(control: &Control, signatures: &str) {
    let runs = |stage: &Value| {
        let is_so = stage["bridge"]["state"] == "running" && stage["bridge"]["signatures"] == signatures;
        (is_so && stage["discord"]["gateway"] == true).then_some(())
    };
    control.until(&format!("the bridge runs, signatures: {signatures}"), runs).await;
}

/// How many of the phone's own texts were taken.
async fn until_taken(control: &Control, text: &str) {
    let taken = |stage: &Value| {
        let mut sms = list(&stage["phones"][0]["sms"]);
        sms.any(|sms| sms["text"] == text && sms["state"] == "taken").then_some(())
    };
    control.until(&format!("{text:?} was taken"), taken).await;
}

#[tokio::test]
async fn the_account_stands_as_it_was_set() {
    let (_sandbox, control) = Sandbox::played();
    let account = control.stage().await["vonage"]["account"].clone();
    insta::assert_snapshot!(serde_json::to_string_pretty(&account).unwrap(), @r#"
    {
      "balance": "999.90",
      "price": "0.0333",
      "per_second": 30,
      "number_per_second": null,
      "sends_by": "sms",
      "webhooks": "sms",
      "format": "json",
      "signing": "none",
      "opt_out_assist": false,
      "network_answers": false,
      "opted_out": [],
      "numbers": [
        {
          "number": "+61491570159",
          "country": "AU",
          "kind": "mobile-lvn",
          "features": [
            "SMS",
            "VOICE"
          ]
        }
      ]
    }
    "#);
    set(&control, json!({ "balance": 0.1, "per_second": 5, "number_per_second": 1, "format": "get" })).await;
    set(&control, json!({ "webhooks": "messages", "opt_out_assist": true, "network_answers": true })).await;
    let now = control.stage().await["vonage"]["account"].clone();
    let told = |name: &str| now[name].clone();
    let names =
        ["balance", "per_second", "number_per_second", "format", "webhooks", "opt_out_assist", "network_answers"];
    assert_eq!(
        names.map(told),
        [json!("0.10"), json!(5), json!(1), json!("get"), json!("messages"), true.into(), true.into()]
    );
    set(&control, json!({ "number_per_second": 0 })).await;
    assert_eq!(control.stage().await["vonage"]["account"]["number_per_second"], Value::Null);
}

#[tokio::test]
async fn a_message_waits_for_credit() {
    let (_sandbox, control) = Sandbox::played();
    set(&control, json!({ "balance": 0 })).await;
    reply(&control, "As soon as there is credit").await;
    operators_hear(&control, "credit").await;
    control.until_thread_shows(&["As soon as there is credit", "queued"]).await;
    set(&control, json!({ "balance": 1 })).await;
    control.until_phone_shows("As soon as there is credit").await;
    assert_eq!(control.stage().await["vonage"]["account"]["balance"], "0.96");
}

#[tokio::test]
async fn webhooks_come_in_every_format() {
    let (_sandbox, control) = Sandbox::played();
    for format in ["get", "post", "json"] {
        set(&control, json!({ "format": format })).await;
        let text = format!("By {format}");
        let sent = control.post(&format!("{CUSTOMER}/send"), json!({ "text": text })).await;
        assert_eq!(sent["webhooks_answered"], json!([[200]]));
        control.until_thread_shows(&["Customer", &text]).await;
    }
}

#[tokio::test]
async fn signed_webhooks_are_demanded_and_a_wrong_secret_loses_nothing() {
    let (_sandbox, control) = Sandbox::played();
    for signing in ["md5hash", "sha512"] {
        set(&control, json!({ "signing": signing })).await;
        until_bridge_runs(&control, "demand").await;
        let text = format!("Signed by {signing}");
        control.post(&format!("{CUSTOMER}/send"), json!({ "text": text })).await;
        until_taken(&control, &text).await;
        control.until_thread_shows(&["Customer", &text]).await;
    }

    // Under a wrong secret Vonage keeps the text, and brings it when the secret is right.
    control.post("/bridge", json!({ "signatures": "wrong_secret" })).await;
    until_bridge_runs(&control, "wrong_secret").await;
    let sent = control.post(&format!("{CUSTOMER}/send"), json!({ "text": "Do not lose me" })).await;
    assert_eq!(sent["webhooks_answered"], json!([[503]]));
    operators_hear(&control, "signature").await;
    control.post("/bridge", json!({ "signatures": "demand" })).await;
    until_taken(&control, "Do not lose me").await;
    control.until_thread_shows(&["Customer", "Do not lose me"]).await;

    // Only observed, an unsigned one comes in as well.
    set(&control, json!({ "signing": "none" })).await;
    until_bridge_runs(&control, "none").await;
    control.post("/bridge", json!({ "signatures": "observe" })).await;
    until_bridge_runs(&control, "observe").await;
    control.post(&format!("{CUSTOMER}/send"), json!({ "text": "Not signed" })).await;
    until_taken(&control, "Not signed").await;
    operators_hear(&control, "observe").await;
}

#[tokio::test]
async fn a_bridge_that_was_stopped_is_not_started_by_a_setting() {
    let (_sandbox, control) = Sandbox::played();
    control.post("/bridge", json!({ "do": "kill" })).await;
    let ended = |stage: &Value| (stage["bridge"]["state"] == "ended").then_some(());
    control.until("the bridge has ended", ended).await;
    set(&control, json!({ "signing": "sha256" })).await;
    assert_eq!(control.stage().await["bridge"]["state"], "ended");
    control.post("/bridge", json!({ "do": "start" })).await;
    until_bridge_runs(&control, "demand").await;
    control.post(&format!("{CUSTOMER}/send"), json!({ "text": "Signed from the start" })).await;
    until_taken(&control, "Signed from the start").await;
}

#[tokio::test]
async fn who_texts_stop_is_on_the_list_until_start() {
    let (_sandbox, control) = Sandbox::played();
    set(&control, json!({ "opt_out_assist": true, "network_answers": true })).await;
    control.post(&format!("{CUSTOMER}/send"), json!({ "text": "STOP" })).await;
    let stage = control.stage().await;
    let listed = json!([{ "number": "+61491570159", "phone": "+61491570006" }]);
    assert_eq!(stage["vonage"]["account"]["opted_out"], listed);
    let by_network = list(&stage["phones"][0]["sms"]).filter(|sms| sms["by_network"] == true).count();
    assert_eq!(by_network, 1);
    control.post(&format!("{CUSTOMER}/send"), json!({ "text": "START" })).await;
    assert_eq!(control.stage().await["vonage"]["account"]["opted_out"], json!([]));
}
