//! Our signatures against those that Vonage's own SDKs made, at the function and over HTTP, where they are at hand.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Map, Value};
use threadline::config::{Algorithm, Bearer, Door, Guard, Signatures};
use threadline::domain::time::Timestamp;
use threadline::domain::webhook::{Api, Unsigned};
use threadline::ports::Clock;
use threadline::store::inbox::Kept;
use threadline::vonage::{Keep, NotKept, Verified, WebhookState, bearer, signature, webhooks};
use tower::ServiceExt as _;

#[path = "support/mod.rs"]
mod support;

/// The account that the tokens speak of.
const API_KEY: &str = "a1b2c3d4";

/// Tokens are good for a day, say the cases; the default is an hour more.
const MAX_AGE: Duration = Duration::from_secs(25 * 60 * 60);

/// The cases of one kind; none where they are not at hand.
fn cases(kind: &str) -> Vec<Value> {
    #[expect(clippy::disallowed_methods, reason = "where the vectors lie is a matter of the machine that tests")]
    let Ok(folder) = std::env::var("THREADLINE_VECTORS") else {
        support::skipped("vectors", "THREADLINE_VECTORS names no folder with vonage.json");
        return Vec::new();
    };
    let text = std::fs::read_to_string(std::path::Path::new(&folder).join("vonage.json")).unwrap();
    let vectors: Value = serde_json::from_str(&text).unwrap();
    let cases = vectors[kind].as_array().or(vectors[kind]["cases"].as_array()).unwrap().clone();
    assert!(!cases.is_empty(), "{kind}");
    cases
}

fn algorithm(case: &Value) -> Algorithm {
    let word = case["algorithm"].as_str().unwrap();
    Algorithm::ALL.into_iter().find(|algorithm| algorithm.as_str() == word).unwrap()
}

/// Numbers are written in decimal.
fn fields(case: &Value) -> BTreeMap<String, String> {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    case["params"].as_object().unwrap().iter().map(|(name, value)| (name.clone(), plain(value))).collect()
}

fn presented(case: &Value) -> Vec<&str> {
    ["sig", "alt_sig_blank_values_dropped"].into_iter().filter_map(|name| case[name].as_str()).collect()
}

#[test]
fn we_sign_and_check_as_the_sdks_do() {
    for case in cases("sms_signature") {
        let (secret, fields) = (case["secret"].as_str().unwrap().into(), fields(&case));
        let ours = signature::sign(algorithm(&case), &secret, &fields);
        assert!(ours.eq_ignore_ascii_case(case["sig"].as_str().unwrap()), "{}", case["id"]);
        for sig in presented(&case) {
            assert!(signature::fits(algorithm(&case), &secret, &fields, sig), "{}", case["id"]);
        }
    }
    for case in cases("sms_signature_verify") {
        let secret = case["secret"].as_str().unwrap().into();
        let fits = signature::fits(algorithm(&case), &secret, &fields(&case), case["sig"].as_str().unwrap());
        assert_eq!(fits, case["expect_valid_signature"], "{}", case["id"]);
    }
}

#[tokio::test]
async fn over_http_what_is_signed_comes_in_and_nothing_else() {
    let made = cases("sms_signature").into_iter().filter(|case| case["params"].get("messageId").is_some());
    for case in made.chain(cases("sms_signature_verify")) {
        let valid = case.get("expect_valid_signature").is_none_or(|valid| valid == &Value::Bool(true));
        for sig in presented(&case) {
            let room = Room::new(&case);
            let mut signed = case["params"].as_object().unwrap().clone();
            signed.insert("sig".to_owned(), sig.into());
            let expected = if valid { 200 } else { 503 };
            for request in requests(&signed) {
                let what = format!("{} {}", case["id"], request.method());
                assert_eq!(room.ask(request).await, expected, "{what}");
            }
            assert_eq!(room.shelf.0.lock().unwrap().len(), if valid { 3 } else { 0 }, "{}", case["id"]);
        }
    }
}

#[test]
fn tokens_are_opened_as_the_bridge_must() {
    for case in cases("jwt_webhook") {
        let token = case["authorization"].as_str().unwrap().strip_prefix("Bearer ").unwrap();
        let (secret, body) = (case["secret"].as_str().unwrap().into(), case["body"].as_str().unwrap());
        let opened = bearer::open(token, &secret, API_KEY, body.as_bytes());
        let now = Timestamp(case["now"].as_i64().unwrap() * 1000);
        let accepted = opened.is_some_and(|token| token.holds_at(now, MAX_AGE));
        assert_eq!(accepted, case["expect_bridge_accepts"], "{}", case["id"]);
        assert_eq!(bearer::open(token, &secret, "another1", body.as_bytes()), None, "{}", case["id"]);
    }
}

#[tokio::test]
async fn over_http_what_has_a_good_token_comes_in_and_nothing_else() {
    let cases = cases("jwt_webhook");
    assert!(cases.is_empty() || cases.len() == 12);
    for case in cases {
        let good = case["expect_bridge_accepts"] == Value::Bool(true);
        // Also what is authentic and of a later time: then the clock is wrong.
        let expected = if good { 200 } else { 503 };
        let room = Room::of_messages(&case);
        let request = |authorization: Option<&str>| {
            let request = Request::post("/webhooks/inbound-message").header("content-type", "application/json");
            let request = match authorization {
                Some(authorization) => request.header("authorization", authorization),
                None => request,
            };
            request.body(Body::from(case["body"].as_str().unwrap().to_owned())).unwrap()
        };
        assert_eq!(room.ask(request(case["authorization"].as_str())).await, expected, "{}", case["id"]);
        assert_eq!(room.ask(request(None)).await, 503, "{}", case["id"]);
        assert_eq!(room.shelf.0.lock().unwrap().len(), usize::from(good), "{}", case["id"]);
    }
}

/// The same webhook as a query, a form and JSON.
fn requests(fields: &Map<String, Value>) -> [Request<Body>; 3] {
    const PATH: &str = "/webhooks/inbound-sms";
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let pairs = fields.iter().map(|(name, value)| (name.as_str(), plain(value)));
    let form: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let json = Value::from(fields.clone()).to_string();
    [
        Request::get(format!("{PATH}?{form}")).body(Body::empty()).unwrap(),
        Request::post(PATH).body(Body::from(form)).unwrap(),
        Request::post(PATH).body(Body::from(json)).unwrap(),
    ]
}

/// The routes, at the time that the case speaks of.
struct Room {
    routes: axum::Router,
    shelf: Arc<Shelf>,
}

#[derive(Default)]
struct Shelf(Mutex<Vec<Verified>>);

#[async_trait]
impl Keep for Shelf {
    async fn keep(&self, webhook: Verified) -> Result<Kept, NotKept> {
        self.0.lock().unwrap().push(webhook);
        Ok(Kept::New)
    }

    async fn hear(&self, _: Api, _: Option<Unsigned>, _: bool) {}
}

struct Then(Timestamp);

#[async_trait]
impl Clock for Then {
    fn now(&self) -> Timestamp {
        self.0
    }

    async fn sleep_until(&self, _: Timestamp) {}
}

fn signed<How>(case: &Value, how: How) -> Guard<How> {
    Guard::Signed(Signatures {
        how,
        secret: case["secret"].as_str().unwrap().into(),
        previous: None,
        observe: false,
        max_age: MAX_AGE,
    })
}

impl Room {
    fn new(case: &Value) -> Self {
        let seconds = fields(case)["timestamp"].parse::<i64>().unwrap();
        let now = case["now"].as_i64().unwrap_or(seconds);
        let door = Door { path_token: None, sms: signed(case, algorithm(case)), messages: Guard::Closed };
        Self::behind(door, now)
    }

    /// Where webhooks of the Messages API come in.
    fn of_messages(case: &Value) -> Self {
        let bearer = Bearer { api_key: API_KEY.to_owned() };
        let door = Door { path_token: None, sms: Guard::Closed, messages: signed(case, bearer) };
        Self::behind(door, case["now"].as_i64().unwrap())
    }

    fn behind(door: Door, now: i64) -> Self {
        let shelf = Arc::new(Shelf::default());
        let state = WebhookState::new(door, shelf.clone(), Arc::new(Then(Timestamp(now * 1000))));
        Self { routes: webhooks::routes(state), shelf }
    }

    async fn ask(&self, request: Request<Body>) -> u16 {
        self.routes.clone().oneshot(request).await.unwrap().status().as_u16()
    }
}
