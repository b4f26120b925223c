use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::post;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::domain::ids::MessageId;
use crate::domain::message::Failure;
use crate::domain::phone::PhoneNumber;

const CALLBACK: &str = "https://sms.example.com/webhooks/0123456789abcdef/delivery-receipt";

fn client(url: &str, callback: Option<&str>) -> VonageClient {
    VonageClient::new(url, "abcd1234".into(), "s3cr3t-s3cr3t".into(), callback.map(Into::into)).unwrap()
}

fn sms(text: &str) -> Sms {
    Sms {
        from: PhoneNumber::from_e164("+441632960960").unwrap(),
        to: PhoneNumber::from_e164("+447700900001").unwrap(),
        text: text.into(),
        client_ref: MessageId(uuid::uuid!("01890a5d-ac96-774b-bcce-b302099a8057")),
    }
}

/// What the server saw of each request: the headers and the form.
type Seen = Arc<Mutex<Vec<(HeaderMap, HashMap<String, String>)>>>;

async fn server(answer: (StatusCode, &'static str)) -> (String, Seen) {
    let seen = Seen::default();
    let answering = move |State(seen): State<Seen>, headers: HeaderMap, body: Bytes| async move {
        let form = url::form_urlencoded::parse(&body).into_owned().collect();
        seen.lock().unwrap().push((headers, form));
        answer.into_response()
    };
    let router = Router::new().route("/sms/json", post(answering)).with_state(seen.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    #[expect(clippy::disallowed_methods, reason = "a test's server")]
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, seen)
}

/// Reads one request as far as it comes in one piece, answers with these bytes, and closes.
async fn broken_server(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    #[expect(clippy::disallowed_methods, reason = "a test's server")]
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 10_000]).await.unwrap();
        stream.write_all(answer).await.unwrap();
    });
    url
}

const TAKEN: &str = r#"{"message-count":"1","messages":[{"to":"447700900001","message-id":"0A1","status":"0","message-price":"0.0333"}]}"#;

#[tokio::test]
async fn what_a_request_says() {
    let (url, seen) = server((StatusCode::OK, TAKEN)).await;
    let client = client(&url, Some(CALLBACK));
    let accepted = client.send(&sms("Crème brûlée & 1+1=2")).await.unwrap();
    assert_eq!(accepted.parts[0].provider_id.as_ref().unwrap().0, "0A1");
    client.send(&sms("好")).await.unwrap();

    let seen = seen.lock().unwrap();
    let (headers, form) = &seen[0];
    assert_eq!(headers["content-type"], "application/x-www-form-urlencoded");
    assert!(!headers.contains_key("authorization"));
    let mut fields: Vec<_> = form.iter().map(|(name, value)| format!("{name}={value}")).collect();
    fields.sort();
    let callback = format!("callback={CALLBACK}");
    let expected = [
        "api_key=abcd1234",
        "api_secret=s3cr3t-s3cr3t",
        &callback,
        "client-ref=01890a5d-ac96-774b-bcce-b302099a8057",
        "from=441632960960",
        "status-report-req=true",
        "text=Crème brûlée & 1+1=2",
        "to=447700900001",
    ];
    // ê and û are no GSM-7.
    assert_eq!(fields[..8], expected);
    assert_eq!(form["type"], "unicode");
    assert_eq!(seen[1].1["type"], "unicode");
}

#[tokio::test]
async fn gsm_text_without_a_callback() {
    let (url, seen) = server((StatusCode::OK, TAKEN)).await;
    client(&url, None).send(&sms("Café {1}")).await.unwrap();
    let form = &seen.lock().unwrap()[0].1;
    assert_eq!(form["type"], "text");
    assert!(!form.contains_key("callback") && !form.contains_key("status-report-req"));
}

#[tokio::test]
async fn refusals_keep_their_meaning() {
    let status = r#"{"message-count":"1","messages":[{"status":"4","error-text":"Bad Credentials"}]}"#;
    let (url, _) = server((StatusCode::OK, status)).await;
    let account = SendError::Retry(Retry::Account { status: 4, http: false });
    assert_eq!(client(&url, None).send(&sms("x")).await.unwrap_err(), account);
    let (url, _) = server((StatusCode::BAD_REQUEST, "no")).await;
    assert_eq!(client(&url, None).send(&sms("x")).await.unwrap_err(), SendError::Reject(Failure::Http(400)));
}

#[tokio::test]
async fn nobody_there_is_certain() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = client(&url, None).send(&sms("x")).await.unwrap_err();
    assert!(matches!(&error, SendError::Retry(Retry::Unreachable(_))), "{error}");
    assert!(!error.to_string().contains("127.0.0.1"), "{error}");
}

#[tokio::test]
async fn a_broken_connection_is_not() {
    let answers: [&[u8]; 3] = [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", b"\0\0\0"];
    for answer in answers {
        let error = client(&broken_server(answer).await, None).send(&sms("secret")).await.unwrap_err();
        assert!(matches!(&error, SendError::Unconfirmed(_)), "{error}");
        let said = error.to_string();
        assert!(!said.contains("secret") && !said.contains("s3cr3t") && !said.contains("127.0.0.1"), "{said}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let url =
        broken_server(b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /sms/json\r\nContent-Length: 0\r\n\r\n").await;
    let error = client(&url, None).send(&sms("x")).await.unwrap_err();
    assert_eq!(error, SendError::Unconfirmed("HTTP 307".into()));
}

#[test]
fn a_wrong_url_is_said_at_the_start() {
    for wrong in ["", "rest.nexmo.com", "ftp://rest.nexmo.com", "http://"] {
        assert!(VonageClient::new(wrong, "k".into(), "s".into(), None).is_err(), "{wrong}");
    }
}
