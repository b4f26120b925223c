use std::sync::Mutex;

use axum::body::Body;
use axum::http::{Request, header};
use proptest::prelude::*;
use tower::ServiceExt as _;

use super::*;
use crate::domain::webhook::Webhook;
use crate::ports::{SystemClock, WebhookReader as _};
use crate::vonage::Reader;

const TOKEN: &str = "0123456789abcdef";
const SMS: &str = "msisdn=447700900001&to=441632960960&messageId=0A1&text=2&type=text";
const SMS_JSON: &str = r#"{"msisdn":"447700900001","to":"441632960960","messageId":"0A1","text":"2","type":"text"}"#;

/// Keeps webhooks in memory, or refuses them.
#[derive(Default)]
struct Shelf {
    kept: Mutex<Vec<Verified>>,
    full: bool,
}

#[async_trait]
impl Keep for Shelf {
    async fn keep(&self, webhook: Verified) -> Result<Kept, NotKept> {
        if self.full {
            return Err(NotKept("the shelf is full".into()));
        }
        self.kept.lock().unwrap().push(webhook);
        Ok(Kept::New)
    }

    async fn hear(&self, _: Api, _: Option<Unsigned>, _: bool) {}
}

struct Room {
    routes: Router,
    shelf: Arc<Shelf>,
}

impl Room {
    fn new(token: Option<&str>) -> Self {
        Self::with(token, Shelf::default())
    }

    fn with(token: Option<&str>, shelf: Shelf) -> Self {
        Self::behind(config::Door::unsigned(token.map(Into::into)), shelf)
    }

    fn behind(door: config::Door, shelf: Shelf) -> Self {
        let shelf = Arc::new(shelf);
        Self { routes: routes(WebhookState::new(door, shelf.clone(), Arc::new(SystemClock))), shelf }
    }

    async fn call(&self, request: Request<Body>) -> (u16, String) {
        let response = self.routes.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn get(&self, path: &str) -> u16 {
        self.call(Request::get(path).body(Body::empty()).unwrap()).await.0
    }

    async fn post(&self, path: &str, content_type: Option<&str>, body: impl Into<Body>) -> u16 {
        let mut request = Request::post(path);
        if let Some(content_type) = content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        self.call(request.body(body.into()).unwrap()).await.0
    }

    fn kept(&self) -> Vec<(&'static str, String)> {
        let kept = self.shelf.kept.lock().unwrap();
        kept.iter().map(|webhook| (webhook.source(), webhook.clone().into_key_and_raw().0)).collect()
    }

    fn read(&self) -> Vec<Webhook> {
        let kept = self.shelf.kept.lock().unwrap();
        let read = |webhook: &Verified| Reader.read(webhook.source(), &webhook.clone().into_key_and_raw().1);
        kept.iter().filter_map(|webhook| read(webhook).ok()).collect()
    }
}

#[tokio::test]
async fn one_sms_in_every_encoding_is_one_sms() {
    let room = Room::new(Some(TOKEN));
    let path = &format!("/webhooks/{TOKEN}/inbound-sms");
    assert_eq!(room.get(&format!("{path}?{SMS}")).await, 200);
    let encodings = [
        (Some("application/x-www-form-urlencoded"), SMS),
        (Some("application/x-www-form-urlencoded; charset=UTF-8"), SMS),
        (None, SMS),
        (Some("application/json"), SMS_JSON),
        (Some("application/json; charset=utf-8"), SMS_JSON),
        (None, SMS_JSON),
        (Some("text/plain"), SMS_JSON),
    ];
    for (content_type, body) in encodings {
        assert_eq!(room.post(path, content_type, body).await, 200, "{content_type:?}");
    }
    assert_eq!(room.post(&format!("{path}?{SMS}"), None, "").await, 200);
    assert_eq!(room.kept(), vec![("inbound_sms", "sms:0A1".to_owned()); 9]);
    for webhook in room.read() {
        assert!(matches!(webhook, Webhook::InboundSms(sms) if sms.text == "2"));
    }
}

#[tokio::test]
async fn every_route_stands() {
    let receipt = "messageId=0A1&status=delivered&err-code=0&scts=2611221530";
    for (token, prefix) in [(None, "/webhooks".to_owned()), (Some(TOKEN), format!("/webhooks/{TOKEN}"))] {
        let room = Room::new(token);
        assert_eq!(room.get(&format!("{prefix}/inbound-sms?{SMS}")).await, 200);
        assert_eq!(room.get(&format!("{prefix}/update?{SMS}")).await, 200);
        assert_eq!(room.get(&format!("{prefix}/delivery-receipt?{receipt}")).await, 200);
        let expected = ["sms:0A1", "sms:0A1", "dlr:0A1:delivered:0:2611221530"];
        assert_eq!(room.kept().into_iter().map(|(_, key)| key).collect::<Vec<_>>(), expected);
    }
    let room = Room::new(None);
    assert_eq!((room.get(&format!("/update?{SMS}")).await, room.get("/update").await), (200, 200));
    assert_eq!(room.kept().len(), 1);
}

const MESSAGE: &str =
    r#"{"channel":"sms","message_uuid":"aaaaaaaa-bbbb","to":"441632960960","from":"447700900001","text":"2"}"#;
const STATUS: &str = r#"{"channel":"sms","message_uuid":"aaaaaaaa-bbbb","status":"delivered","client_ref":"order-12"}"#;

#[tokio::test]
async fn each_api_is_understood_on_the_routes_of_both() {
    let room = Room::new(Some(TOKEN));
    for route in ["inbound-message", "message-status", "inbound-sms", "delivery-receipt", "update"] {
        let path = &format!("/webhooks/{TOKEN}/{route}");
        for body in [MESSAGE, STATUS, SMS, SMS_JSON] {
            assert_eq!(room.post(path, None, body).await, 200, "{route}: {body}");
        }
        assert_eq!((room.get(path).await, room.get(&format!("{path}?{SMS}")).await), (200, 200), "{route}");
    }
    let expected = [
        ("inbound_message", "message:aaaaaaaa-bbbb"),
        ("message_status", "status:aaaaaaaa-bbbb:delivered"),
        ("inbound_sms", "sms:0A1"),
        ("inbound_sms", "sms:0A1"),
        ("inbound_sms", "sms:0A1"),
    ];
    let kept = room.kept();
    assert_eq!(kept.len(), 25);
    for (index, (source, key)) in kept.iter().enumerate() {
        assert_eq!((*source, key.as_str()), expected[index % 5]);
    }
    assert_eq!(room.read().len(), 25);
}

/// Asks for signatures in the manner of both APIs.
fn signed(observe: bool, path_token: Option<&str>) -> config::Door {
    fn signatures<How>(how: How, observe: bool) -> config::Guard<How> {
        let max_age = std::time::Duration::from_secs(60);
        config::Guard::Signed(config::Signatures { how, secret: "secret".into(), previous: None, observe, max_age })
    }
    let bearer = config::Bearer { api_key: "abcd1234".to_owned() };
    config::Door {
        path_token: path_token.map(Into::into),
        sms: signatures(config::Algorithm::Sha256, observe),
        messages: signatures(bearer, observe),
    }
}

fn by_bearer(body: &str, query: &str) -> Request<Body> {
    let token = crate::vonage::bearer::sign(&"secret".into(), "abcd1234", body.as_bytes(), "1", SystemClock.now());
    let request = Request::post(format!("/webhooks/inbound-message{query}"));
    let request = request.header(header::AUTHORIZATION, format!("bearer  {token} "));
    request.body(Body::from(body.to_owned())).unwrap()
}

#[tokio::test]
async fn the_form_decides_which_signature_is_asked_for() {
    let room = Room::behind(signed(false, None), Shelf::default());
    for path in ["/webhooks/inbound-message", "/webhooks/inbound-sms"] {
        for body in [MESSAGE, STATUS, SMS, SMS_JSON] {
            assert_eq!(room.post(path, None, body).await, 503, "{path}: {body}");
        }
    }
    assert_eq!(room.post("/webhooks/inbound-message", None, "{}").await, 400);
    assert_eq!(room.kept(), []);
    // A token does not vouch for what is in the form of the SMS API, nor for what stands in the URL.
    assert_eq!(room.call(by_bearer(SMS_JSON, "")).await.0, 503);
    assert_eq!(room.call(by_bearer("{}", "?message_uuid=1&from=447700900001&text=forged")).await.0, 200);
    assert_eq!(room.read().len(), 0);
    assert_eq!(room.call(by_bearer(MESSAGE, "?text=forged")).await.0, 200);
    let texts: Vec<_> = room
        .read()
        .into_iter()
        .map(|webhook| match webhook {
            Webhook::InboundSms(sms) => sms.text,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(texts, ["2"]);
}

#[tokio::test]
async fn what_is_authentic_is_kept_even_if_it_says_nothing() {
    let room = Room::behind(signed(false, None), Shelf::default());
    for body in ["{}", "[]", "", "nonsense"] {
        assert_eq!(room.call(by_bearer(body, "")).await.0, 200, "{body}");
    }
    assert!(room.kept().iter().all(|(source, key)| *source == "inbound_message" && key.starts_with("unread:")));
}

#[tokio::test]
async fn a_closed_route_says_so_to_every_webhook() {
    let closed = config::Door { sms: config::Guard::Closed, ..signed(false, None) };
    let room = Room::behind(closed, Shelf::default());
    for path in ["/webhooks/inbound-sms", "/webhooks/delivery-receipt", "/update"] {
        assert_eq!((room.get(path).await, room.post(path, None, SMS).await), (200, 503), "{path}");
    }
    assert_eq!(room.post("/webhooks/inbound-message", None, SMS_JSON).await, 503);
    assert_eq!(room.get("/webhooks/inbound-message").await, 200);
    assert_eq!(room.call(by_bearer(MESSAGE, "")).await.0, 200);
    assert_eq!(room.kept().len(), 1);
}

#[tokio::test]
async fn observing_lets_everything_in() {
    let room = Room::behind(signed(true, Some(TOKEN)), Shelf::default());
    for body in [MESSAGE, SMS] {
        assert_eq!(room.post(&format!("/webhooks/{TOKEN}/inbound-message"), None, body).await, 200);
    }
    assert_eq!(room.kept().len(), 2);
}

#[tokio::test]
async fn a_bare_get_is_answered_and_not_stored() {
    let room = Room::new(Some(TOKEN));
    assert_eq!(room.get(&format!("/webhooks/{TOKEN}/inbound-sms")).await, 200);
    assert_eq!(room.get(&format!("/webhooks/{TOKEN}/delivery-receipt?")).await, 200);
    let head = Request::head(format!("/webhooks/{TOKEN}/inbound-sms?{SMS}")).body(Body::empty()).unwrap();
    assert_eq!(room.call(head).await, (200, String::new()));
    assert_eq!(room.kept(), []);
}

#[tokio::test]
async fn a_wrong_token_loses_no_text() {
    let room = Room::new(Some(TOKEN));
    let wrong = ["/webhooks/wrong", "/webhooks", "", "/webhooks/%FF", "/webhooks/0123456789abcdef0"];
    for prefix in wrong {
        let path = &format!("{prefix}/update");
        assert_eq!(room.post(path, None, SMS).await, 503, "{path}");
        assert_eq!(room.get(&format!("{path}?{SMS}")).await, 503, "{path}");
        assert_eq!(room.get(path).await, 404, "{path}");
    }
    assert_eq!(Room::new(None).get(&format!("/webhooks/{TOKEN}/inbound-sms?{SMS}")).await, 503);
    assert_eq!(room.kept(), []);
}

#[tokio::test]
async fn what_came_through_the_door_is_kept_even_if_it_says_nothing() {
    let room = Room::new(Some(TOKEN));
    let path = &format!("/webhooks/{TOKEN}/inbound-sms");
    for body in ["", "nonsense", "{\"messageId\":", "[1]", "{}", "messageId=1", "\u{0}"] {
        assert_eq!(room.post(path, None, body).await, 200, "{body}");
        // Again: the same key.
        assert_eq!(room.post(path, None, body).await, 200, "{body}");
    }
    assert_eq!(room.post(path, None, &b"\xff\xfe\x00"[..]).await, 200);
    let keys: std::collections::HashSet<_> = room.kept().into_iter().map(|(_, key)| key).collect();
    assert_eq!(keys.len(), 8);
    assert!(keys.iter().all(|key| key.starts_with("unread:")));
    assert!(room.read().is_empty());
}

#[tokio::test]
async fn an_open_door_refuses_junk_only() {
    let room = Room::new(None);
    for body in ["", "a=1", "{}", "{\"messageId\":", "text=hello"] {
        assert_eq!(room.post("/webhooks/inbound-sms", None, body).await, 400, "{body}");
    }
    assert_eq!(room.get("/webhooks/inbound-sms?utm=1").await, 400);
    assert_eq!(room.kept(), []);
    assert_eq!(room.post("/webhooks/inbound-sms", None, "msisdn=447700900001&text=hello").await, 200);
    assert_eq!(room.post("/webhooks/delivery-receipt", None, "messageId=1&status=odd").await, 200);
    assert_eq!(room.kept().len(), 2);
}

#[tokio::test]
async fn what_cannot_be_stored_has_to_come_again() {
    let room = Room::with(None, Shelf { full: true, ..Shelf::default() });
    let request = Request::get(format!("/update?{SMS}")).body(Body::empty()).unwrap();
    let (status, body) = room.call(request).await;
    assert_eq!(status, 503);
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body, serde_json::json!({"error": "not_stored", "detail": "the shelf is full"}));
}

#[tokio::test]
async fn refusals_repeat_nothing_of_the_request() {
    for room in [Room::new(None), Room::new(Some(TOKEN))] {
        let request = Request::post("/webhooks/inbound-sms").body(Body::from("text=secret&to=447700900001")).unwrap();
        let (status, body) = room.call(request).await;
        assert!(status >= 400 && !body.contains("secret") && !body.contains("447700900001") && !body.contains(TOKEN));
    }
}

proptest! {
    #[test]
    fn any_request_gets_an_answer_of_the_contract(
        door in 0..3, token in "[a-f0-9]{0,16}", query in "[ -~&&[^# ]]{0,60}", body: Option<Vec<u8>>,
        authorization in prop::option::of("(Bearer |bearer|Basic )?[ -~]{0,40}"),
        route in "inbound-sms|delivery-receipt|inbound-message|message-status",
    ) {
        let room = match door {
            0 => Room::new(None),
            1 => Room::new(Some(TOKEN)),
            _ => Room::behind(signed(false, None), Shelf::default()),
        };
        let prefix = if token.is_empty() { String::new() } else { format!("/{token}") };
        let uri = format!("/webhooks{prefix}/{route}?{query}");
        let mut request = if body.is_some() { Request::post(uri) } else { Request::get(uri) };
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        if let Ok(request) = request.body(Body::from(body.unwrap_or_default())) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let (status, _) = runtime.block_on(room.call(request));
            prop_assert!([200, 400, 404, 503].contains(&status));
        }
    }
}
