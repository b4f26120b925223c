//! Inbound SMS as webhooks of the Messages API: joined, always JSON, signed with a token.

use std::path::Path;

use http::Method;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use threadline_sandbox::vonage::{Vonage, WebhookApi, WebhookFormat, WebhookKind};
use threadline_sandbox::wire::Exchange;

use crate::bridge::Bridge;
use crate::messenger::{message, now, send};
use crate::{CUSTOMER, nothing_left_over, vonage};

const SECRET: &str = "a-signature-secret-of-32-letters";

async fn both() -> (Vonage, Bridge) {
    let (vonage, bridge) = (vonage(|_| {}).await, Bridge::start().await);
    vonage.set_webhook_api(WebhookApi::Messages);
    vonage.set_message_urls(&bridge.url("/inbound"), &bridge.url("/status"));
    (vonage, bridge)
}

/// The claims of a pushed webhook, if its signature is right.
fn claims(exchange: &Exchange, secret: &str) -> Option<Value> {
    let header = exchange.request_headers.get("authorization")?.to_str().unwrap();
    let mut validation = Validation::new(Algorithm::HS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    let key = DecodingKey::from_secret(secret.as_bytes());
    Some(jsonwebtoken::decode::<Value>(header.strip_prefix("Bearer ").unwrap(), &key, &validation).ok()?.claims)
}

fn hash(body: &[u8]) -> String {
    Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_long_text_comes_joined_and_always_as_json() {
    let (vonage, bridge) = both().await;
    vonage.set_webhook_format(WebhookFormat::Get);
    let text = "stop me ☺ ".repeat(10);
    let webhooks = vonage.phone(CUSTOMER).send(&text).await;
    assert_eq!((webhooks.len(), webhooks[0].kind), (1, WebhookKind::InboundMessage));
    assert_eq!(webhooks[0].statuses(), [Some(200)]);
    let pushed = bridge.webhooks("/inbound", 1).await.remove(0);
    assert_eq!(
        (&pushed.method, &pushed.request_headers["content-type"]),
        (&Method::POST, &"application/json".parse().unwrap())
    );
    assert!(!pushed.request_headers.contains_key("authorization"));
    let mut told = pushed.request_json();
    assert_eq!(told, webhooks[0].json());
    let fields = told.as_object_mut().unwrap();
    let id = fields.shift_remove("message_uuid").unwrap();
    assert!(id.as_str().unwrap().parse::<uuid::Uuid>().is_ok());
    assert_eq!(fields.shift_remove("timestamp").unwrap().as_str().unwrap().len(), 20);
    assert_eq!(
        told,
        json!({"channel": "sms", "to": "447700900000", "from": CUSTOMER, "message_type": "text", "text": text,
            "sms": {"num_messages": "2", "count_total": "2", "keyword": "STOP"}, "usage": {"currency": "EUR",
            "price": "0.0666"}, "origin": {"network_code": "23410"}, "context_status": "none"})
    );
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn without_an_application_the_accounts_url_serves() {
    let (vonage, bridge) = (vonage(|_| {}).await, Bridge::start().await);
    vonage.set_webhook_api(WebhookApi::Messages);
    vonage.phone(CUSTOMER).send("Hi").await;
    assert_eq!(vonage.finished().await, ["an inbound SMS was lost: there is no URL for it"]);
    vonage.set_inbound_url(&bridge.url("/account")).await.unwrap();
    vonage.set_bearer_signing(Some(SECRET.to_owned()));
    vonage.phone(CUSTOMER).send("Hi").await;
    let pushed = bridge.webhooks("/account", 2).await.remove(1);
    assert_eq!(claims(&pushed, SECRET).unwrap().get("application_id"), None);
}

#[tokio::test]
async fn both_kinds_are_signed_over_the_raw_body() {
    let (vonage, bridge) = both().await;
    vonage.set_bearer_signing(Some(SECRET.to_owned()));
    vonage.phone(CUSTOMER).send("grüße & = ok").await;
    send(&vonage, &message(&vonage, "Hi")).await;
    nothing_left_over(&vonage).await;
    let pushed = bridge.log.matching("POST", "*");
    assert_eq!(pushed.len(), 3);
    for exchange in &pushed {
        assert_eq!(claims(exchange, "another-secret-of-32-characters!"), None);
        let claims = claims(exchange, SECRET).unwrap();
        assert_eq!((&claims["iss"], &claims["api_key"]), (&json!("Vonage"), &json!("abcd1234")));
        assert_eq!(claims["application_id"], vonage.setup().application.id.as_str());
        assert_eq!(claims["payload_hash"], hash(&exchange.request_body));
        assert!((now() - claims["iat"].as_i64().unwrap()).abs() < 60 && claims["jti"].is_string());
        assert_eq!(claims.get("exp"), None);
    }
}

#[tokio::test]
async fn the_sms_apis_webhooks_have_no_token() {
    let (vonage, bridge) = (vonage(|_| {}).await, Bridge::start().await);
    vonage.set_inbound_url(&bridge.url("/inbound")).await.unwrap();
    vonage.set_bearer_signing(Some(SECRET.to_owned()));
    vonage.phone(CUSTOMER).send("Hi").await;
    let pushed = bridge.webhooks("/inbound", 2).await.remove(1);
    assert_eq!(claims(&pushed, SECRET), None);
    assert_eq!(pushed.request_json()["keyword"], "HI");
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn a_test_can_bend_the_message_and_its_token() {
    let (vonage, bridge) = both().await;
    let mut message = vonage.inbound_message(CUSTOMER, "2");
    message["sms"].as_object_mut().unwrap().remove("keyword");
    message["text"] = json!("a\u{0}b");
    assert_eq!(vonage.push_inbound_message(&message).await[0].statuses(), [Some(200)]);
    let bent = vonage.bearer_token(SECRET, message.to_string().as_bytes(), |claims| claims["iss"] = json!("Nobody"));
    let url = bridge.url("/elsewhere");
    vonage.push_message(WebhookKind::InboundMessage, &url, &message, Some(bent.clone())).await;
    let pushed = bridge.webhooks("/elsewhere", 1).await.remove(0);
    assert_eq!(pushed.request_json(), message);
    assert_eq!(claims(&pushed, SECRET).unwrap()["iss"], "Nobody");
    nothing_left_over(&vonage).await;
}

#[test]
fn the_hash_is_the_one_that_the_official_sdks_expect() {
    let Some(folder) = std::env::var_os("THREADLINE_VECTORS") else {
        eprintln!("skipped: THREADLINE_VECTORS names no folder");
        return;
    };
    let text = std::fs::read_to_string(Path::new(&folder).join("vonage.json")).unwrap();
    let vectors: Value = serde_json::from_str(&text).unwrap();
    let case = &vectors["jwt_webhook"]["cases"][0];
    let body = case["body"].as_str().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let vonage = runtime.block_on(vonage(|setup| setup.specs = None));
    let secret = case["secret"].as_str().unwrap();
    let claims_of = |token: &str| {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        let key = DecodingKey::from_secret(secret.as_bytes());
        jsonwebtoken::decode::<Value>(token.strip_prefix("Bearer ").unwrap(), &key, &validation).unwrap().claims
    };
    let theirs = claims_of(case["authorization"].as_str().unwrap());
    let ours = claims_of(&vonage.bearer_token(secret, body.as_bytes(), |_| {}));
    assert_eq!(ours["payload_hash"], theirs["payload_hash"]);
    let names = |claims: &Value| {
        let mut names: Vec<String> = claims.as_object().unwrap().keys().cloned().collect();
        names.sort();
        names
    };
    assert_eq!(names(&ours), names(&theirs));
}
