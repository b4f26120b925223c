//! What is asked of Vonage about numbers, and how each of its answers is read.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::IntoResponse as _;
use tokio::net::TcpListener;

use super::*;

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::from_e164(text).unwrap()
}

fn offered() -> Offered {
    read_offered(r#"{"country":"GB","msisdn":"447700900001","type":"mobile-lvn","features":["SMS"],"cost":"1.25"}"#)
}

fn read_offered(text: &str) -> Offered {
    serde_json::from_str::<WireOffered>(text).unwrap().read().unwrap()
}

fn read_owned(text: &str) -> Owned {
    serde_json::from_str::<WireOwned>(text).unwrap().into()
}

/// A client, and what its requests said, to a server that answers each with the next of these.
async fn vonage(answers: &[(u16, &str)]) -> (AccountClient, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let answers: Arc<Mutex<Vec<_>>> =
        Arc::new(Mutex::new(answers.iter().rev().map(|&(status, body)| (status, body.to_owned())).collect()));
    let log = seen.clone();
    let router = Router::new().fallback(move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| async move {
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert_eq!(headers["authorization"], "Basic YWJjZDEyMzQ6czNjcjN0");
        log.lock().unwrap().push(format!("{method} {uri} {body}").trim().to_owned());
        let (status, body) = answers.lock().unwrap().pop().expect("no more requests than answers");
        (StatusCode::from_u16(status).unwrap(), body).into_response()
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    #[expect(clippy::disallowed_methods, reason = "a test's server")]
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (AccountClient::new(&url, "abcd1234".into(), "s3cr3t".into()).unwrap(), seen)
}

#[tokio::test]
async fn what_is_asked() {
    let done = (200, r#"{"error-code":"200","error-code-label":"success"}"#);
    let (client, seen) = vonage(&[(200, "{}"), (200, "{}"), (200, "{}"), done, done]).await;
    client.owned(None).await.unwrap();
    let search = Search {
        country: "GB".parse().unwrap(),
        begins_with: Some("4477".to_owned()),
        kind: Some("mobile-lvn"),
        features: Some("SMS,VOICE"),
        limit: 3,
    };
    client.search(&search).await.unwrap();
    client.offered(&number("+447700900001"), "GB".parse().unwrap()).await.unwrap();
    client.rent(&offered()).await.unwrap();
    let owned = read_owned(r#"{"country":"GB","msisdn":"447700900001"}"#);
    client.link(&owned, &LinkTo::Url("https://a.example/in".into())).await.unwrap();
    insta::assert_snapshot!(seen.lock().unwrap().join("\n"), @"
    GET /account/numbers?size=100&index=1
    GET /number/search?country=GB&size=3&pattern=4477&search_pattern=0&type=mobile-lvn&features=SMS%2CVOICE
    GET /number/search?country=GB&size=10&pattern=447700900001&search_pattern=0
    POST /number/buy country=GB&msisdn=447700900001
    POST /number/update country=GB&msisdn=447700900001&moHttpUrl=https%3A%2F%2Fa.example%2Fin
    ");
}

#[tokio::test]
async fn all_pages_are_read() {
    let page = |from: usize, to: usize| {
        let numbers: Vec<_> =
            (from..to).map(|n| serde_json::json!({"country": "GB", "msisdn": format!("4477009{n:05}")})).collect();
        serde_json::json!({"count": 101, "numbers": numbers}).to_string()
    };
    let (first, second) = (page(0, 100), page(100, 101));
    let (client, seen) = vonage(&[(200, &first), (200, &second)]).await;
    assert_eq!(client.owned(None).await.unwrap().len(), 101);
    assert_eq!(seen.lock().unwrap()[1], "GET /account/numbers?size=100&index=2");
}

#[tokio::test]
async fn every_answer_is_read_once() {
    let label =
        r#"{"error-code":"420","error-code-label":"Numbers from this country can be requested from the Dashboard."}"#;
    let declined =
        NumbersError::Declined("Numbers from this country can be requested from the Dashboard. (code 420)".to_owned());
    let unauthorized = r#"{"error-code":"401","error-code-label":"authentication failed"}"#;
    for (status, body, expected) in [
        (200, r#"{"error-code":"200","error-code-label":"success"}"#, Ok(())),
        (200, r#"{"error-code":200}"#, Ok(())),
        (420, label, Err(declined.clone())),
        (200, label, Err(declined)),
        (420, "", Err(NumbersError::Declined("HTTP 420".to_owned()))),
        (400, r#"{"error-code":"420"}"#, Err(NumbersError::Declined("code 420".to_owned()))),
        (404, "<html>", Err(NumbersError::Declined("HTTP 404".to_owned()))),
        (401, unauthorized, Err(NumbersError::Refused(401))),
        (403, "", Err(NumbersError::Refused(403))),
        (429, "", Err(NumbersError::Declined("too many requests at once; try again in a moment".to_owned()))),
        (500, label, Err(NumbersError::Unclear("HTTP 500".to_owned()))),
        (503, "", Err(NumbersError::Unclear("HTTP 503".to_owned()))),
        (302, "", Err(NumbersError::Unclear("HTTP 302".to_owned()))),
        (200, "done", Err(NumbersError::Unclear("the answer cannot be read".to_owned()))),
        (200, "{}", Err(NumbersError::Unclear("the answer cannot be read".to_owned()))),
    ] {
        let (client, seen) = vonage(&[(status, body)]).await;
        assert_eq!(client.rent(&offered()).await, expected, "{status} {body}");
        assert_eq!(seen.lock().unwrap().len(), 1, "{status} {body}");
    }
}

#[tokio::test]
async fn what_did_not_leave_is_told_from_what_may_have() {
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let client = |url: &str| AccountClient::new(url, "abcd1234".into(), "s3cr3t".into()).unwrap();
    let error = client(&closed).rent(&offered()).await.unwrap_err();
    assert!(matches!(&error, NumbersError::Unreachable(why) if why.contains("refused")), "{error}");

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let broken = async {
        use tokio::io::AsyncReadExt as _;
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 10_000]).await.unwrap();
    };
    let rents = client(&url);
    let offered = offered();
    let (error, ()) = tokio::join!(rents.rent(&offered), broken);
    assert!(matches!(error, Err(NumbersError::Unclear(_))), "{error:?}");
}

#[test]
fn an_update_keeps_what_the_number_had() {
    let owned = read_owned(
        r#"{"country":"GB","msisdn":"447700900001","moHttpUrl":"https://old.example/in","app_id":"an-app",
            "voiceCallbackType":"tel","voiceCallbackValue":"447700900009","type":"mobile-lvn","features":["SMS","VOICE"]}"#,
    );
    let form =
        |to| owned.update(&to).iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ");
    assert_eq!(
        form(LinkTo::Url("https://new.example/in".into())),
        "country=GB msisdn=447700900001 moHttpUrl=https://new.example/in app_id=an-app voiceCallbackType=tel \
         voiceCallbackValue=447700900009"
    );
    assert_eq!(
        form(LinkTo::Application("ours".into())),
        "country=GB msisdn=447700900001 moHttpUrl=https://old.example/in app_id=ours voiceCallbackType=tel \
         voiceCallbackValue=447700900009"
    );
}

#[test]
fn numbers_are_read_whatever_is_missing() {
    let bare = read_owned(r#"{"msisdn":"447700900001","moHttpUrl":"","features":"SMS,VOICE"}"#);
    assert_eq!(bare.number.phone(), Some(&number("+447700900001")));
    assert_eq!((bare.inbound_url, bare.application, bare.voice), (None, None, None));
    assert_eq!(bare.features, ["SMS", "VOICE"]);
    let short = read_owned(r#"{"country":"US","msisdn":"60800"}"#);
    assert_eq!(short.number, Address::Other("60800".to_owned()));
    for older in [
        r#"{"msisdn":"447700900001","voiceCallbackType":"app","voiceCallbackValue":"an-app"}"#,
        r#"{"msisdn":"447700900001","messagesCallbackType":"app","messagesCallbackValue":"an-app"}"#,
    ] {
        let owned = read_owned(older);
        assert_eq!((owned.application.as_deref(), owned.voice), (Some("an-app"), None));
    }

    let micros = |cost: &str| {
        let text = format!(r#"{{"country":"GB","msisdn":"447700900001","cost":{cost}}}"#);
        read_offered(&text).cost.map(|price| price.micros)
    };
    assert_eq!(micros(r#""1.25""#), Some(1_250_000));
    assert_eq!(micros("0.9"), Some(900_000));
    assert_eq!((micros("null"), micros(r#""free""#)), (None, None));
    assert!(serde_json::from_str::<WireOffered>(r#"{"msisdn":"60800"}"#).unwrap().read().is_none());
    assert_eq!(read_owned("{\"msisdn\":\"1\",\"country\":\"G\\u001b[2JB\"}").country, "G[2JB");
}
