//! Requests to the Messages API, right ones and wrong ones.

use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use threadline_sandbox::vonage::{Application, Vonage};
use threadline_sandbox::wire::WRONG_ON_PURPOSE;
use uuid::Uuid;

use crate::CUSTOMER;

/// A right message.
pub(crate) fn message(vonage: &Vonage, text: &str) -> Value {
    json!({"message_type": "text", "channel": "sms", "from": vonage.setup().numbers[0], "to": CUSTOMER, "text": text})
}

/// The same message, one of its fields changed, added, or (null) taken away.
pub(crate) fn with(mut message: Value, name: &str, value: impl Into<Value>) -> Value {
    let fields = message.as_object_mut().unwrap();
    match value.into() {
        Value::Null => drop(fields.shift_remove(name)),
        value => drop(fields.insert(name.to_owned(), value)),
    }
    message
}

pub(crate) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().try_into().unwrap()
}

/// The claims of a right token.
pub(crate) fn claims(application: &Application) -> Value {
    json!({"application_id": application.id, "iat": now(), "jti": Uuid::new_v4().to_string(), "exp": now() + 900})
}

/// `Bearer …` with these claims, signed with the application's key.
pub(crate) fn token(application: &Application, claims: &Value) -> String {
    let key = EncodingKey::from_rsa_pem(application.private_key_pem().as_bytes()).unwrap();
    format!("Bearer {}", jsonwebtoken::encode(&Header::new(Algorithm::RS256), claims, &key).unwrap())
}

pub(crate) fn request(vonage: &Vonage) -> reqwest::RequestBuilder {
    reqwest::Client::builder().no_proxy().build().unwrap().post(format!("{}/v1/messages", vonage.url()))
}

/// Sends a right message by token, and returns its id.
pub(crate) async fn send(vonage: &Vonage, message: &Value) -> String {
    let application = &vonage.setup().application;
    let bearer = token(application, &claims(application));
    accepted(request(vonage).header("authorization", bearer).json(message)).await
}

/// Sends a right message by key and secret, and returns its id.
pub(crate) async fn send_by_key(vonage: &Vonage, message: &Value) -> String {
    let setup = vonage.setup();
    accepted(request(vonage).basic_auth(&setup.api_key, Some(&setup.api_secret)).json(message)).await
}

async fn accepted(request: reqwest::RequestBuilder) -> String {
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 202);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer.as_object().unwrap().len(), 1, "{answer}");
    answer["message_uuid"].as_str().unwrap().parse::<Uuid>().unwrap().to_string()
}

/// Sends a message by token that is refused, and returns the status, the type after its common beginning, and the first
/// invalid parameter.
pub(crate) async fn refused(vonage: &Vonage, message: &Value) -> (u16, String, String) {
    let application = &vonage.setup().application;
    let bearer = token(application, &claims(application));
    problem(request(vonage).header("authorization", bearer).json(message)).await
}

/// The same of any request.
pub(crate) async fn problem(request: reqwest::RequestBuilder) -> (u16, String, String) {
    let answer = request.header(WRONG_ON_PURPOSE, "1").send().await.unwrap();
    let status = answer.status().as_u16();
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let answer: Value = answer.json().await.unwrap();
    for name in ["type", "title", "detail", "instance"] {
        assert!(answer[name].as_str().is_some_and(|text| !text.is_empty()), "{name} of {answer}");
    }
    let kind = answer["type"].as_str().unwrap().strip_prefix("https://developer.vonage.com/api-errors").unwrap();
    let parameter = answer["invalid_parameters"][0]["name"].as_str().unwrap_or_default();
    (status, kind.to_owned(), parameter.to_owned())
}
