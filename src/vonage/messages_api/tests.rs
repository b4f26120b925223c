use std::sync::atomic::{AtomicI64, Ordering};

use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation, decode};
use serde_json::{Value, json};

use super::*;
use crate::domain::message::Failure;
use crate::domain::pause::Pause;
use crate::domain::time::Timestamp;
use crate::ports::SystemClock;
use crate::vonage::stand_in::{self, Seen, broken_server, nobody, sms};

const STATUS_URL: &str = "https://sms.example.com/webhooks/0123456789abcdef/message-status";
const APPLICATION: &str = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab";
const TAKEN: (StatusCode, &str) = (StatusCode::ACCEPTED, r#"{"message_uuid":"aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"}"#);

fn client(url: &str) -> MessagesApi {
    with(url, None, Some(STATUS_URL), Arc::new(SystemClock))
}

fn with(url: &str, application: Option<Application>, status_url: Option<&str>, clock: Arc<dyn Clock>) -> MessagesApi {
    let account = ("abcd1234".into(), "s3cr3t-s3cr3t".into());
    MessagesApi::new(url, account, application, status_url.map(Into::into), clock).unwrap()
}

fn application() -> Application {
    let pem = include_bytes!("../../../tests/support/application-key.pem");
    Application { id: APPLICATION.into(), private_key: EncodingKey::from_rsa_pem(pem).unwrap() }
}

async fn server(answer: (StatusCode, &'static str)) -> (String, Seen) {
    stand_in::server("/v1/messages", answer).await
}

/// The headers and the JSON of each request.
fn asked(seen: &Seen) -> Vec<(HeaderMap, Value)> {
    let seen = seen.lock().unwrap();
    seen.iter().map(|(headers, body)| (headers.clone(), serde_json::from_slice(body).unwrap())).collect()
}

/// A clock that stands where it is put.
struct Stopped(AtomicI64);

#[async_trait]
impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst) * 1000)
    }

    async fn sleep_until(&self, _: Timestamp) {}
}

#[tokio::test]
async fn what_a_request_says() {
    let (url, seen) = server(TAKEN).await;
    let accepted = client(&url).send(&sms("Crème brûlée & 1+1=2")).await.unwrap();
    assert!(matches!(accepted, Accepted::Whole(id) if id.0 == "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"));
    with(&url, None, None, Arc::new(SystemClock)).send(&sms("Café {1}")).await.unwrap();
    let seen = asked(&seen);
    let (headers, body) = &seen[0];
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["authorization"], format!("Basic {}", STANDARD.encode("abcd1234:s3cr3t-s3cr3t")));
    let expected = json!({
        "message_type": "text",
        "channel": "sms",
        "to": "447700900001",
        "from": "441632960960",
        "text": "Crème brûlée & 1+1=2",
        "client_ref": "01890a5d-ac96-774b-bcce-b302099a8057",
        "webhook_url": STATUS_URL,
        "webhook_version": "v1",
        // ê and û are no GSM-7.
        "sms": {"encoding_type": "unicode"},
    });
    assert_eq!(body, &expected);
    assert_eq!(seen[1].1["sms"]["encoding_type"], "text");
    assert_eq!(seen[1].1.get("webhook_url"), None);
}

#[tokio::test]
async fn an_application_shows_a_token_for_as_long_as_it_holds() {
    let (url, seen) = server(TAKEN).await;
    let clock = Arc::new(Stopped(AtomicI64::new(1_700_000_000)));
    let client = with(&url, Some(application()), None, clock.clone());
    // Fresh, the same, the same a minute before its end, a new one, and one more after the clock was set back.
    for seconds in [0, 1, 839, 840, 839] {
        clock.0.store(1_700_000_000 + seconds, Ordering::SeqCst);
        client.send(&sms("x")).await.unwrap();
    }
    let pem = include_bytes!("../../../tests/support/application-key.pub.pem");
    let key = DecodingKey::from_rsa_pem(pem).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    let tokens: Vec<String> = asked(&seen)
        .iter()
        .map(|(headers, _)| headers["authorization"].to_str().unwrap().strip_prefix("Bearer ").unwrap().to_owned())
        .collect();
    assert_eq!((&tokens[0], &tokens[0]), (&tokens[1], &tokens[2]));
    let claims: Vec<Value> = [&tokens[0], &tokens[3], &tokens[4]]
        .iter()
        .map(|token| decode::<Value>(token.as_str(), &key, &validation).unwrap().claims)
        .collect();
    for (claims, issued) in claims.iter().zip([1_700_000_000, 1_700_000_840, 1_700_000_839]) {
        assert_eq!(claims["application_id"], APPLICATION);
        assert_eq!((&claims["iat"], &claims["exp"]), (&json!(issued), &json!(issued + 900)));
        assert_eq!(claims.as_object().unwrap().len(), 4);
    }
    assert_ne!(claims[0]["jti"], claims[1]["jti"]);
    let header = URL_SAFE_NO_PAD.decode(tokens[0].split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(header, json!({"typ": "JWT", "alg": "RS256"}));
}

#[tokio::test]
async fn refusals_keep_their_meaning() {
    let problem = r#"{"type":"https://developer.vonage.com/api-errors/messages#1120","title":"Invalid sender"}"#;
    let low = r#"{"type":"https://developer.vonage.com/api-errors/#low-balance","title":"Low balance"}"#;
    for (answer, meaning) in [
        ((StatusCode::UNPROCESSABLE_ENTITY, problem), SendError::Reject(Failure::Rejected(1120))),
        ((StatusCode::UNPROCESSABLE_ENTITY, low), SendError::Reject(Failure::Http(422))),
        (
            (StatusCode::UNPROCESSABLE_ENTITY, "<html>"),
            SendError::Retry(Retry::Refused { why: Pause::Refused { status: 422, http: true } }),
        ),
        (
            (StatusCode::PAYMENT_REQUIRED, low),
            SendError::Retry(Retry::Refused { why: Pause::Refused { status: 402, http: true } }),
        ),
        (
            (StatusCode::UNAUTHORIZED, ""),
            SendError::Retry(Retry::Refused { why: Pause::Refused { status: 401, http: true } }),
        ),
        ((StatusCode::INTERNAL_SERVER_ERROR, problem), SendError::Unconfirmed("HTTP 500".into())),
        ((StatusCode::ACCEPTED, "{}"), SendError::Unconfirmed("the answer could not be read".into())),
    ] {
        let (url, seen) = server(answer).await;
        assert_eq!(client(&url).send(&sms("x")).await.unwrap_err(), meaning);
        assert_eq!(seen.lock().unwrap().len(), 1, "one call is one request");
    }
}

#[tokio::test]
async fn nobody_there_is_certain() {
    let error = client(&nobody().await).send(&sms("x")).await.unwrap_err();
    assert!(matches!(&error, SendError::Retry(Retry::Unreachable(_))), "{error}");
    assert!(!error.to_string().contains("127.0.0.1"), "{error}");
}

#[tokio::test]
async fn a_broken_connection_is_not_unless_the_refusal_came() {
    let broken: [&[u8]; 3] = [b"", b"HTTP/1.1 202 Accepted\r\nContent-Length: 99\r\n\r\n{", b"\0\0\0"];
    for answer in broken {
        let error = client(&broken_server(answer).await).send(&sms("secret")).await.unwrap_err();
        assert!(matches!(&error, SendError::Unconfirmed(_)), "{error}");
        let said = error.to_string();
        assert!(!said.contains("secret") && !said.contains("s3cr3t") && !said.contains("127.0.0.1"), "{said}");
    }
    let half = broken_server(b"HTTP/1.1 422 Unprocessable Entity\r\nContent-Length: 99\r\n\r\n{").await;
    let refused = SendError::Retry(Retry::Refused { why: Pause::Refused { status: 422, http: true } });
    assert_eq!(client(&half).send(&sms("x")).await.unwrap_err(), refused);
    let url =
        broken_server(b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /v1/messages\r\nContent-Length: 0\r\n\r\n").await;
    let redirected = SendError::Retry(Retry::Refused { why: Pause::Refused { status: 307, http: true } });
    assert_eq!(client(&url).send(&sms("x")).await.unwrap_err(), redirected);
}

#[test]
fn a_wrong_url_is_said_at_the_start() {
    for wrong in ["", "api.nexmo.com", "ftp://api.nexmo.com", "http://"] {
        let account = ("k".into(), "s".into());
        assert!(MessagesApi::new(wrong, account, None, None, Arc::new(SystemClock)).is_err(), "{wrong}");
    }
}
