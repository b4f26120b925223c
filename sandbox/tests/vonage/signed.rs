//! Signed requests to the SMS API.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha2::Sha256;
use threadline_sandbox::vonage::{SignatureMethod, Signing, Vonage};

use crate::messenger::now;
use crate::{form, nothing_left_over, refused, request, send, vonage, with, without};

const SECRET: &str = "a-signature-secret-of-32-letters";

fn signing(method: SignatureMethod) -> Signing {
    Signing { method, secret: SECRET.to_owned() }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn md5hash(text: &str) -> String {
    hex(&Md5::digest(format!("{text}{SECRET}")))
}

fn sha256(text: &str) -> String {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    hex(&mac.finalize().into_bytes())
}

/// A request without the secret, of that time, and its signature by `sign`.
fn signed(vonage: &Vonage, text: &str, at: i64, sign: fn(&str) -> String) -> Vec<(String, String)> {
    let at = at.to_string();
    let fields = with(without(form(vonage, text), "api_secret"), "timestamp", &at);
    let mut sorted = fields.clone();
    sorted.sort_unstable();
    let over: String =
        sorted.iter().map(|(name, value)| format!("&{name}={}", value.replace(['&', '='], "_"))).collect();
    let mut fields: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    fields.push(("sig".to_owned(), sign(&over)));
    fields
}

fn borrowed(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[tokio::test]
async fn a_right_signature_is_as_good_as_the_secret() {
    let vonage = vonage(|_| {}).await;
    for (method, sign) in
        [(SignatureMethod::Md5Hash, md5hash as fn(&str) -> String), (SignatureMethod::Sha256Hmac, sha256)]
    {
        vonage.set_request_signing(Some(signing(method)));
        for at in [now(), now() - 290, now() + 290] {
            let fields = signed(&vonage, "a & b = c, grüße", at, sign);
            let answer = send(&vonage, &with(borrowed(&fields), "type", "text")).await;
            // A parameter more than was signed.
            assert_eq!(answer["messages"][0]["status"], "14");
            assert_eq!(send(&vonage, &borrowed(&fields)).await["messages"][0]["status"], "0");
        }
    }
    assert_eq!(send(&vonage, &form(&vonage, "Hi")).await["messages"][0]["status"], "0");
    assert_eq!(vonage.sent().len(), 7);
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn wrong_stale_and_doubled_credentials() {
    let vonage = vonage(|_| {}).await;
    vonage.set_request_signing(Some(signing(SignatureMethod::Sha256Hmac)));
    let right = signed(&vonage, "Hi", now(), sha256);
    let right = || borrowed(&right);
    let status = async |fields: Vec<(&str, &str)>| refused(&vonage, &fields).await.0;
    assert_eq!(status(with(right(), "text", "Ho")).await, "14");
    assert_eq!(status(with(right(), "client-ref", "ours-1")).await, "14");
    assert_eq!(status(without(right(), "timestamp")).await, "14");
    assert_eq!(status(with(right(), "sig", "0123")).await, "14");
    assert_eq!(status(borrowed(&signed(&vonage, "Hi", now(), md5hash))).await, "14");
    assert_eq!(status(borrowed(&signed(&vonage, "Hi", now() - 310, sha256))).await, "14");
    assert_eq!(status(borrowed(&signed(&vonage, "Hi", now() + 310, sha256))).await, "14");
    assert_eq!(status(with(right(), "api_key", "zzzz9999")).await, "4");
    assert_eq!(status(without(right(), "api_key")).await, "2");
    assert_eq!(status(with(right(), "api_secret", "sandbox-secret-1")).await, "32");
    let basic = request(&vonage).header("x-sandbox-wrong-on-purpose", "1").basic_auth("abcd1234", Some("any"));
    let answer: serde_json::Value = basic.form(&right()).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["messages"][0]["status"], "32");
    assert!(vonage.sent().is_empty());
    assert_eq!(send(&vonage, &right()).await["messages"][0]["status"], "0");
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn an_account_can_demand_signatures() {
    let vonage = vonage(|_| {}).await;
    vonage.set_request_signing(Some(signing(SignatureMethod::Md5Hash)));
    vonage.demand_signatures(true);
    // No mistake of the request: somebody has changed the account's settings.
    let answer = send(&vonage, &form(&vonage, "Hi")).await;
    assert_eq!(answer["messages"][0]["status"], "14");
    assert_eq!(answer["messages"][0]["error-text"], "Invalid Signature: this account takes signed requests only");
    let fields = signed(&vonage, "Hi", now(), md5hash);
    assert_eq!(send(&vonage, &borrowed(&fields)).await["messages"][0]["status"], "0");
    vonage.demand_signatures(false);
    assert_eq!(send(&vonage, &form(&vonage, "Hi")).await["messages"][0]["status"], "0");
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn the_clock_can_be_turned() {
    let vonage = vonage(|_| {}).await;
    vonage.set_request_signing(Some(signing(SignatureMethod::Md5Hash)));
    vonage.turn_clock(Duration::from_secs(3600));
    let early = signed(&vonage, "Hi", now(), md5hash);
    assert_eq!(refused(&vonage, &borrowed(&early)).await.0, "14");
    let right = signed(&vonage, "Hi", now() + 3600, md5hash);
    assert_eq!(send(&vonage, &borrowed(&right)).await["messages"][0]["status"], "0");
    nothing_left_over(&vonage).await;
}
