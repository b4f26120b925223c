//! A server that stands in for Vonage in unit tests, and an SMS to send to it.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::post;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::domain::ids::MessageId;
use crate::domain::phone::PhoneNumber;
use crate::ports::Sms;

/// What the server saw of each request.
pub(super) type Seen = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

pub(super) fn sms(text: &str) -> Sms {
    Sms {
        from: PhoneNumber::from_e164("+441632960960").unwrap(),
        to: PhoneNumber::from_e164("+447700900001").unwrap(),
        text: text.into(),
        client_ref: MessageId(uuid::uuid!("01890a5d-ac96-774b-bcce-b302099a8057")),
    }
}

/// Answers every POST to `path` alike.
pub(super) async fn server(path: &str, answer: (StatusCode, &'static str)) -> (String, Seen) {
    let seen = Seen::default();
    let saw = seen.clone();
    let answering = move |headers: HeaderMap, body: Bytes| async move {
        saw.lock().unwrap().push((headers, body));
        answer.into_response()
    };
    let router = Router::new().route(path, post(answering));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    #[expect(clippy::disallowed_methods, reason = "a test's server")]
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, seen)
}

/// Reads one request as far as it comes in one piece, answers with these bytes, and closes.
pub(super) async fn broken_server(answer: &'static [u8]) -> String {
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

/// Where nobody listens.
pub(super) async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}
