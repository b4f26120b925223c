use std::collections::HashMap;

use axum::http::{HeaderMap, StatusCode};
use proptest::prelude::*;

use super::*;
use crate::config::Algorithm;
use crate::domain::pause::Pause;
use crate::domain::time::Timestamp;
use crate::ports::{Retry, SystemClock};
use crate::vonage::stand_in::{self, Seen, broken_server, nobody, sms};

const CALLBACK: &str = "https://sms.example.com/webhooks/0123456789abcdef/delivery-receipt";

fn client(url: &str, callback: Option<&str>) -> SmsApi {
    with(url, Proof::Secret("s3cr3t-s3cr3t".into()), callback)
}

fn with(url: &str, proof: Proof, callback: Option<&str>) -> SmsApi {
    SmsApi::new(url, "abcd1234".into(), proof, callback.map(Into::into), Arc::new(SystemClock)).unwrap()
}

async fn server(answer: (StatusCode, &'static str)) -> (String, Seen) {
    stand_in::server("/sms/json", answer).await
}

/// The headers and the form of each request.
fn forms(seen: &Seen) -> Vec<(HeaderMap, HashMap<String, String>)> {
    let form = |body: &[u8]| url::form_urlencoded::parse(body).into_owned().collect();
    seen.lock().unwrap().iter().map(|(headers, body)| (headers.clone(), form(body))).collect()
}

const TAKEN: &str = r#"{"message-count":"1","messages":[{"to":"447700900001","message-id":"0A1","status":"0","message-price":"0.0333"}]}"#;

#[tokio::test]
async fn what_a_request_says() {
    let (url, seen) = server((StatusCode::OK, TAKEN)).await;
    let client = client(&url, Some(CALLBACK));
    let accepted = client.send(&sms("Crème brûlée & 1+1=2")).await.unwrap();
    assert!(matches!(accepted, Accepted::Parts(parts) if parts[0].provider_id.as_ref().unwrap().0 == "0A1"));
    client.send(&sms("好")).await.unwrap();

    let seen = forms(&seen);
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
    let form = &forms(&seen)[0].1;
    assert_eq!(form["type"], "text");
    assert!(!form.contains_key("callback") && !form.contains_key("status-report-req"));
}

#[tokio::test]
async fn refusals_keep_their_meaning() {
    let status = r#"{"message-count":"1","messages":[{"status":"4","error-text":"Bad Credentials"}]}"#;
    let (url, _) = server((StatusCode::OK, status)).await;
    let account = SendError::Retry(Retry::Refused { why: Pause::Refused { status: 4, http: false } });
    assert_eq!(client(&url, None).send(&sms("x")).await.unwrap_err(), account);
    let (url, _) = server((StatusCode::BAD_REQUEST, "no")).await;
    assert_eq!(
        client(&url, None).send(&sms("x")).await.unwrap_err(),
        SendError::Retry(Retry::Refused { why: Pause::Refused { status: 400, http: true } })
    );
}

#[tokio::test]
async fn nobody_there_is_certain() {
    let url = nobody().await;
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
    assert_eq!(error, SendError::Retry(Retry::Refused { why: Pause::Refused { status: 307, http: true } }));
}

#[test]
fn a_wrong_url_is_said_at_the_start() {
    for wrong in ["", "rest.nexmo.com", "ftp://rest.nexmo.com", "http://"] {
        let client = SmsApi::new(wrong, "k".into(), Proof::Secret("s".into()), None, Arc::new(SystemClock));
        assert!(client.is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn a_signed_request_shows_no_secret() {
    let signature = RequestSignature { algorithm: Algorithm::Sha256, secret: "hush-hush".into() };
    let (url, seen) = server((StatusCode::OK, TAKEN)).await;
    let before = SystemClock.now();
    with(&url, Proof::Signature(signature), Some(CALLBACK)).send(&sms("Café & 1+1=2")).await.unwrap();
    let (headers, form) = &forms(&seen)[0];
    assert!(!headers.contains_key("authorization") && !form.contains_key("api_secret"));
    let fields: BTreeMap<String, String> = form.clone().into_iter().collect();
    let names: Vec<_> = fields.keys().map(String::as_str).collect();
    let expected =
        ["api_key", "callback", "client-ref", "from", "sig", "status-report-req", "text", "timestamp", "to", "type"];
    assert_eq!(names, expected);
    assert!(signature::fits(Algorithm::Sha256, &"hush-hush".into(), &fields, &fields["sig"]));
    let sent = Timestamp(fields["timestamp"].parse::<i64>().unwrap() * 1000);
    assert!(sent.plus(std::time::Duration::from_secs(1)) >= before && sent <= SystemClock.now());
}

proptest! {
    /// As Vonage will check it: of the fields as the form carries them.
    #[test]
    fn what_is_signed_fits(text in any::<String>(), secret in "[!-~]{1,40}", callback: bool) {
        for algorithm in Algorithm::ALL {
            let signature = RequestSignature { algorithm, secret: secret.clone().into() };
            let client = with("https://rest.nexmo.com", Proof::Signature(signature), callback.then_some(CALLBACK));
            let carried = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(client.form(&sms(&text))).finish();
            let fields: BTreeMap<_, _> = url::form_urlencoded::parse(carried.as_bytes()).into_owned().collect();
            prop_assert_eq!(&fields["text"], &text);
            prop_assert!(signature::fits(algorithm, &secret.clone().into(), &fields, &fields["sig"]));
        }
    }
}
