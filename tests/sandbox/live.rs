//! The stream of events that the page draws itself from.

use std::collections::BTreeSet;

use futures_util::StreamExt as _;
use serde_json::{Value, json};

use crate::running::{PATIENCE, Sandbox, list};

/// Reads the stream until a data line of the event satisfies.
async fn until(url: &str, event: &str, mut fits: impl FnMut(&Value) -> bool) -> Value {
    let answer = reqwest::get(format!("{url}/events")).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let (mut stream, mut read) = (answer.bytes_stream(), Vec::new());
    let wanted = async {
        loop {
            read.extend_from_slice(&stream.next().await.unwrap().unwrap());
            while let Some(end) = read.windows(2).position(|two| two == b"\n\n") {
                let block: Vec<u8> = read.drain(..end + 2).collect();
                let mut lines = std::str::from_utf8(&block).unwrap().lines();
                let named = lines.next().unwrap().strip_prefix("event: ") == Some(event);
                let data = lines.next().and_then(|line| line.strip_prefix("data: "));
                let data = data.filter(|_| named).map(|data| serde_json::from_str::<Value>(data).unwrap());
                if let Some(data) = data.filter(|data| fits(data)) {
                    return data;
                }
            }
        }
    };
    tokio::time::timeout(PATIENCE, wanted).await.expect("the event came")
}

#[tokio::test]
async fn a_page_is_told_of_the_run_the_stage_and_the_wire() {
    let (_sandbox, control) = Sandbox::played();
    let hello = until(&control.url, "hello", |_| true).await;
    assert_eq!(hello["run"].as_str().unwrap().len(), 36);

    let later = tokio::spawn({
        let url = control.url.clone();
        async move { until(&url, "stage", |stage| stage["phones"][0]["sms"].as_array().unwrap().len() > 3).await }
    });
    control.post("/phones/61491570006/send", json!({ "text": "Good morning" })).await;
    assert_eq!(later.await.unwrap()["phones"][0]["sms"][3]["text"], "Good morning");

    let mut entries = Vec::new();
    until(&control.url, "wire", |fresh| {
        entries.extend(list(fresh).cloned());
        entries.iter().any(|entry| entry["request"]["body"].as_str().unwrap().contains("Good morning"))
    })
    .await;
    assert!(entries.windows(2).all(|pair| pair[0]["id"].as_u64() < pair[1]["id"].as_u64()));
    let sent = entries.iter().find(|entry| entry["path"] == "/sms/json").unwrap();
    insta::assert_snapshot!(sent["request"]["body"].as_str().unwrap().lines().filter(|line| !line.starts_with("c")).collect::<Vec<_>>().join("\n"), @"
    api_key: abcd1234
    api_secret: (the account's secret)
    from: 61491570159
    text: Your delivery is scheduled for tomorrow between 8am and 2pm. If you wish to change the delivery date please reply by typing 1 (tomorrow), 2 (Thursday) or 3 (deliver to post office).
    to: 61491570006
    type: text
    ");
    let headers = entries.iter().flat_map(|entry| list(&entry["request"]["headers"]));
    let shown: BTreeSet<_> =
        headers.filter(|header| header[0] == "authorization").map(|header| header[1].as_str().unwrap()).collect();
    assert_eq!(shown.into_iter().collect::<Vec<_>>(), ["(the bot's token)", "Basic (the account's key and secret)"]);
}

/// The bridge asks the gateway for no messages, and the wire proves it: it shows what was sent, and nothing else.
#[tokio::test]
async fn what_agents_write_among_themselves_is_not_on_the_wire() {
    let (_sandbox, control) = Sandbox::played();
    control.post("/agents/Ana/say", json!({ "thread": "#1", "text": "Between us: be kind to this one" })).await;
    control.post("/agents/Ana/command", json!({ "thread": "#1", "name": "close" })).await;
    let mut entries = Vec::new();
    until(&control.url, "wire", |fresh| {
        entries.extend(list(fresh).cloned());
        let clicked = |entry: &Value| entry["request"]["body"].as_str().unwrap().contains("\"name\": \"close\"");
        entries.iter().any(clicked)
    })
    .await;
    let events: BTreeSet<_> = entries
        .iter()
        .filter(|entry| entry["method"] == "GATEWAY")
        .map(|entry| entry["path"].as_str().unwrap())
        .collect();
    assert!(events.contains("READY") && events.contains("INTERACTION_CREATE"), "{events:?}");
    assert!(!events.iter().any(|name| name.starts_with("MESSAGE_")), "{events:?}");
    assert!(!entries.iter().any(|entry| entry.to_string().contains("Between us")));
}

#[tokio::test]
async fn the_wire_tells_no_secrets() {
    let (_sandbox, control) = Sandbox::played();
    control.post("/account", json!({ "signing": "sha256" })).await;
    let checks = |stage: &Value| {
        let runs = stage["bridge"]["state"] == "running" && stage["bridge"]["signatures"] == "demand";
        runs.then_some(())
    };
    control.until("the bridge asks for signatures", checks).await;
    control.post("/phones/61491570006/send", json!({ "text": "Signed" })).await;
    let (mut entries, mut signed) = (Vec::new(), Value::Null);
    until(&control.url, "wire", |fresh| {
        entries.extend(list(fresh).map(Value::to_string));
        let body = |entry: &Value| serde_json::from_str::<Value>(entry["request"]["body"].as_str().unwrap()).ok();
        let found = list(fresh).filter_map(body).find(|body| body["text"] == "Signed");
        signed = found.unwrap_or_default();
        !signed.is_null()
    })
    .await;
    assert!(signed["sig"].as_str().unwrap().ends_with("… (shortened)"), "{signed}");
    let told = entries.concat();
    assert!(told.contains("(the interaction's token)") && told.contains("(the session's id)"));
    for secret in ["sandbox-secret-1", "sandbox-signature-secret"] {
        assert!(!told.contains(secret), "{secret} is told");
    }
}
