//! Discord's description, held against exchanges that are right and wrong. Skipped where the description is not at hand.

#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use threadline_sandbox::spec::{self, Spec};

const MESSAGES: &str = "/api/v10/channels/1042/messages";

fn discord() -> Option<Spec> {
    let Some(folder) = spec::folder() else {
        eprintln!("skipped: {} names no folder", spec::FOLDER);
        return None;
    };
    Some(Spec::discord(&folder).unwrap())
}

fn json_headers() -> HeaderMap {
    HeaderMap::from_iter([(http::header::CONTENT_TYPE, "application/json".parse().unwrap())])
}

fn bytes(value: &Value) -> Bytes {
    value.to_string().into()
}

#[test]
fn right_requests_pass() {
    let Some(spec) = discord() else { return };
    let message = json!({"content": "Hi", "nonce": "AZ3xk2vBcd0123456789ab", "enforce_nonce": true,
        "allowed_mentions": {"parse": []}});
    spec.check_request(&Method::POST, MESSAGES, None, &json_headers(), &bytes(&message));
    spec.check_request(&Method::GET, MESSAGES, Some("after=17&limit=50"), &HeaderMap::new(), &Bytes::new());
    spec.check_request(&Method::GET, "/api/v10/gateway/bot", None, &HeaderMap::new(), &Bytes::new());
    let command = json!([{"name": "notify", "description": "Text a customer", "default_member_permissions": "32"}]);
    let commands = "/api/v10/applications/7/guilds/8/commands";
    spec.check_request(&Method::PUT, commands, None, &json_headers(), &bytes(&command));
    let error = json!({"message": "Unknown Channel", "code": 10003});
    spec.check_response(&Method::GET, MESSAGES, 404, &json_headers(), &bytes(&error));
    assert_eq!(spec.violations(), Vec::<String>::new());
}

#[test]
fn wrong_ones_do_not() {
    let Some(spec) = discord() else { return };
    let mut seen = 0;
    let mut found = || {
        let all = spec.violations();
        let new = all[seen..].join("\n");
        seen = all.len();
        new
    };
    let post = |body: Value| spec.check_request(&Method::POST, MESSAGES, None, &json_headers(), &bytes(&body));

    post(json!({"content": 5}));
    assert!(found().contains("/content"));
    post(json!({"content": "Hi", "nonce": "x".repeat(34)}));
    assert!(found().contains("/nonce"));
    post(json!({"content": "Hi", "allowed_mentions": {"parse": ["everybody"]}}));
    assert!(found().contains("allowed_mentions"));
    spec.check_request(&Method::POST, "/api/v10/chanels/1/messages", None, &json_headers(), &Bytes::new());
    assert_eq!(found(), "request POST /api/v10/chanels/1/messages: there is no such route");
    spec.check_request(&Method::POST, "/channels/1/messages", None, &json_headers(), &Bytes::new());
    assert!(found().contains("there is no such route"));
    spec.check_request(&Method::POST, MESSAGES, None, &json_headers(), &Bytes::new());
    assert!(found().contains("the body is missing"));
    spec.check_request(&Method::POST, MESSAGES, None, &HeaderMap::new(), &Bytes::from("{}"));
    assert!(found().contains("content type"));
    spec.check_request(&Method::GET, MESSAGES, Some("limit=101"), &HeaderMap::new(), &Bytes::new());
    assert!(found().contains("parameter limit"));
    spec.check_request(&Method::GET, "/api/v10/channels/general/messages", None, &HeaderMap::new(), &Bytes::new());
    assert!(found().contains("parameter channel_id"));
    spec.check_response(&Method::POST, MESSAGES, 500, &json_headers(), &Bytes::new());
    assert!(found().contains("the status is not described"));
    spec.check_response(&Method::POST, MESSAGES, 200, &json_headers(), &bytes(&json!({"id": "1"})));
    assert!(found().contains("required"));
    spec.check_value("MessageResponse", &json!({"id": 1}), "MESSAGE_CREATE");
    assert!(found().starts_with("MESSAGE_CREATE: "));
    spec.check_value("NoSuchThing", &json!({}), "an event");
    assert_eq!(found(), "an event: there is no schema NoSuchThing");
}
