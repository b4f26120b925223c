//! Through the Messages API.

use serde_json::{Value, json};
use threadline_sandbox::vonage::{Api, SignatureMethod, Signing, Sms, Vonage, WebhookApi};
use threadline_sandbox::wire::Exchange;

use crate::bridge::Bridge;
use crate::{CUSTOMER, OURS, nothing_left_over, sdk, vonage};

const SECRET: &str = "a-signature-secret-of-32-letters";

#[tokio::test]
async fn texts_arrive_by_token_and_by_key() {
    for sdk in sdk::all() {
        let vonage = vonage().await;
        let long = "a".repeat(161);
        let steps = json!([
            {"do": "message", "as": "application", "from": OURS, "to": CUSTOMER, "text": "Привет 🚚", "client_ref": "ours-1"},
            {"do": "message", "as": "account", "from": "Acme Ltd", "to": CUSTOMER, "text": long},
        ]);
        let outcomes = sdk.play(&vonage, &steps).await;

        let sent = vonage.sent();
        assert!(sent.iter().all(|sms| sms.api == Api::Messages));
        assert_eq!(sent.iter().map(|sms| sms.text.as_str()).collect::<Vec<_>>(), ["Привет 🚚", &long], "{}", sdk.name);
        assert_eq!(sent.iter().map(|sms| sms.unicode).collect::<Vec<_>>(), [true, false]);
        assert_eq!(sent.iter().map(Sms::parts).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(sent[0].client_ref.as_deref(), Some("ours-1"));
        let ids: Vec<Value> = sent.iter().map(|sms| json!({"id": sms.message_ids[0]})).collect();
        assert_eq!(outcomes, ids, "{}", sdk.name);
        let exchanges = vonage.requests().matching("POST", "/v1/messages");
        let scheme = |exchange: &Exchange| {
            exchange.request_headers["authorization"].to_str().unwrap().split(' ').next().unwrap().to_owned()
        };
        assert_eq!(exchanges.iter().map(scheme).collect::<Vec<_>>(), ["Bearer", "Basic"]);
        nothing_left_over(&vonage).await;
    }
}

#[tokio::test]
async fn a_problem_is_the_sdks_error() {
    for sdk in sdk::all() {
        let vonage = vonage().await;
        let message = json!({"do": "message", "as": "account", "from": OURS, "to": CUSTOMER, "text": "Hi"});
        let plan = json!([message]);
        told(&sdk.play_as(&vonage, "another-secret", &plan).await[0], 401);
        vonage.set_balance(0);
        told(&sdk.play(&vonage, &plan).await[0], 402);
        assert!(vonage.sent().is_empty());
        nothing_left_over(&vonage).await;
    }
}

/// After JSON, the Python SDK labels its forms as JSON as well. The real service takes them, and so does this one.
#[tokio::test]
async fn both_apis_by_one_client() {
    let Some(sdk) = sdk::python() else { return };
    let vonage = vonage().await;
    let outcomes = sdk.play(&vonage, &json!([{"do": "both", "from": OURS, "to": CUSTOMER, "text": "Hi"}])).await;
    let sent = vonage.sent();
    assert_eq!(outcomes, [json!({"id": sent[0].message_ids[0], "ids": sent[1].message_ids})]);
    assert_eq!(sent.iter().map(|sms| sms.api).collect::<Vec<_>>(), [Api::Messages, Api::Sms]);
    let form = vonage.requests().matching("POST", "/sms/json").remove(0);
    assert_eq!(form.request_headers["content-type"], "application/json");
    assert!(form.request_body.starts_with(b"to="));
}

#[tokio::test]
async fn the_webhooks_tokens_are_right() {
    for sdk in sdk::all() {
        let (vonage, bridge) = (vonage().await, Bridge::start().await);
        vonage.set_message_urls(&bridge.url("/inbound"), &bridge.url("/status"));
        vonage.set_webhook_api(WebhookApi::Messages);
        vonage.set_bearer_signing(Some(SECRET.to_owned()));
        // The SMS API's own signing has nothing to do with it.
        vonage.set_signing(Some(Signing { method: SignatureMethod::Md5Hash, secret: "another-secret".to_owned() }));
        vonage.phone(CUSTOMER).send("größer als 1").await;
        let message = json!([{"do": "message", "as": "application", "from": OURS, "to": CUSTOMER, "text": "Hi"}]);
        sdk.play(&vonage, &message).await;
        let webhooks = [bridge.webhooks("/inbound", 1).await, bridge.webhooks("/status", 1).await].concat();
        check_tokens(&sdk, &vonage, &webhooks).await;
    }
}

/// The SDK finds each token right, and wrong by another secret.
async fn check_tokens(sdk: &sdk::Sdk, vonage: &Vonage, webhooks: &[Exchange]) {
    let token = |exchange: &Exchange| {
        let header = exchange.request_headers["authorization"].to_str().unwrap();
        header.strip_prefix("Bearer ").unwrap().to_owned()
    };
    let steps = |secret: &str| -> Value {
        webhooks.iter().map(|exchange| json!({"do": "token", "token": token(exchange), "secret": secret})).collect()
    };
    assert_eq!(sdk.play(vonage, &steps(SECRET)).await, vec![json!({"valid": true}); webhooks.len()], "{}", sdk.name);
    let wrong = steps("a-signature-secret-of-32-lettres");
    assert_eq!(sdk.play(vonage, &wrong).await, vec![json!({"valid": false}); webhooks.len()], "{}", sdk.name);
    nothing_left_over(vonage).await;
}

/// The SDK's error about an HTTP status.
fn told(outcome: &Value, status: u16) {
    let (error, says) = (outcome["error"].as_str().unwrap_or_default(), outcome["says"].as_str().unwrap_or_default());
    assert!(["VetchError", "AuthenticationError", "HttpRequestError"].contains(&error), "{outcome}");
    assert!(says.contains(&format!("HTTP {status}")), "{outcome}");
}
