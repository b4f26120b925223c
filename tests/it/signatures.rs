//! Signed webhooks: who is let in, what is said about the others, and that nothing is lost while a secret is mended.

use std::collections::BTreeMap;

use http::{HeaderMap, Method};
use threadline::config::{Algorithm, Guard};
use threadline::vonage::signature;
use threadline_sandbox::vonage::{Fields, SignatureMethod, Signing, Verdict, WebhookFormat};

use crate::support::{Bench, CUSTOMER, Options};

const SECRET: &str = "the-account-s-signature-secret";

fn signing(method: SignatureMethod, secret: &str) -> Option<Signing> {
    Some(Signing { method, secret: secret.to_owned() })
}

/// A bridge that asks for signatures, and a Vonage that does not sign yet.
async fn asking(lines: &str, more: &[(&'static str, &str)]) -> Bench {
    let mut secrets = vec![("VONAGE_SIGNATURE_SECRET", SECRET.to_owned())];
    secrets.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    Bench::with(Options { webhooks: lines.to_owned(), secrets, ..Options::default() }).await
}

/// The statuses of one text's only webhook.
async fn text(bench: &Bench, text: &str) -> Vec<Option<u16>> {
    bench.phone().send(text).await[0].statuses()
}

#[tokio::test]
async fn what_vonage_signs_comes_in_by_every_form() {
    let bench = asking("signature = \"sha256\"", &[]).await;
    bench.vonage.set_signing(signing(SignatureMethod::Sha256Hmac, SECRET));
    for format in [WebhookFormat::Get, WebhookFormat::Post, WebhookFormat::PostJson] {
        bench.vonage.set_webhook_format(format);
        assert_eq!(text(&bench, &format!("Größe & 😀 = {format:?}")).await, [Some(200)]);
        assert_eq!(text(&bench, " ").await, [Some(200)]);
    }
    bench.shows(&["**·6**"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn a_wrong_secret_loses_nothing() {
    let mut bench = asking("signature = \"sha512\"", &[]).await;
    bench.vonage.set_signing(signing(SignatureMethod::Sha512Hmac, "another-secret"));
    assert_eq!(text(&bench, "Hello").await, [Some(503)]);
    let unsigned = bench.vonage.inbound_fields(CUSTOMER, "Unsigned").json().to_string();
    let answer = bench.vonage.push_raw(Method::POST, &bench.webhook("inbound-sms"), HeaderMap::new(), unsigned).await;
    assert_eq!(answer.status, Some(503));
    bench.channel_shows(bench.operators(), &["Webhooks come with a wrong signature. They are refused"]).await;
    let (status, body) = bench.readyz().await;
    assert_eq!(status, 200);
    insta::assert_json_snapshot!(body["degraded"], @r#"
    [
      "webhooks: Webhooks come without a signature. They are refused; Vonage keeps them and sends them again for 24 hours. If customers' texts still arrive, a stranger sent this, and nothing is to be done. If not, switch signing on in the API settings of Vonage's dashboard."
    ]
    "#);
    let metrics = bench.private("/metrics").await.1;
    assert!(metrics.contains(r#"threadline_webhooks_refused_total{reason="wrong_signature"}"#), "{metrics}");
    assert!(metrics.contains(r#"threadline_webhooks_refused_total{reason="not_signed"}"#), "{metrics}");

    // The operator mends the secret; Vonage, which kept the first text, brings it again.
    bench.stop().await;
    let Guard::Signed(signatures) = &mut bench.config.vonage.door.sms else { panic!("signatures are asked for") };
    signatures.secret = "another-secret".into();
    bench.run().await;
    bench.connected().await;
    bench.shows(&["> Hello"]).await;
    assert!(!bench.discord.transcript(bench.thread().id).contains("Unsigned"));
    assert_eq!(bench.readyz().await.1["degraded"], serde_json::json!([]));
}

#[tokio::test]
async fn two_secrets_hold_while_they_are_changed() {
    let previous = [("VONAGE_SIGNATURE_SECRET_PREVIOUS", "the-old-secret")];
    let bench = asking("signature = \"md5hash\"", &previous).await;
    for (secret, status) in [(SECRET, 200), ("the-old-secret", 200)] {
        bench.vonage.set_signing(signing(SignatureMethod::Md5Hash, secret));
        assert_eq!(text(&bench, secret).await, [Some(status)]);
    }
    bench.shows(&["**·2**"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn observing_lets_everything_in_and_tells() {
    let lines = "path_token = \"a-path-token-of-tests\"\nsignature = \"sha1\"\nobserve = true";
    let bench = asking(lines, &[]).await;
    assert_eq!(text(&bench, "Unsigned").await, [Some(200)]);
    bench.vonage.set_signing(signing(SignatureMethod::Sha1Hmac, "another-secret"));
    assert_eq!(text(&bench, "Wrong").await, [Some(200)]);
    bench.shows(&["> Unsigned", "> Wrong"]).await;
    bench.channel_shows(bench.operators(), &["Webhooks come without a signature. They are let in"]).await;
    let metrics = bench.private("/metrics").await.1;
    assert!(metrics.contains(r#"threadline_webhooks_observed_total{reason="not_signed"}"#), "{metrics}");
    bench.vonage.set_signing(signing(SignatureMethod::Sha1Hmac, SECRET));
    assert_eq!(text(&bench, "Right").await, [Some(200)]);
    bench.finish().await;
}

#[tokio::test]
async fn what_was_signed_too_long_ago_is_refused() {
    let bench = asking("signature = \"sha256\"\nmax_age = \"1h\"", &[]).await;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    for (seconds, status) in [(now - 3500, 200), (now - 3700, 401), (now + 3500, 200), (now + 3700, 503)] {
        let fields = bench.vonage.inbound_fields(CUSTOMER, &format!("answered {status}"));
        let mut fields: BTreeMap<_, _> =
            fields.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        fields.insert("timestamp".to_owned(), seconds.to_string());
        let sig = signature::sign(Algorithm::Sha256, &SECRET.into(), &fields);
        fields.insert("sig".to_owned(), sig);
        let body = serde_json::to_vec(&fields).unwrap();
        let url = bench.webhook("inbound-sms");
        let answer = bench.vonage.push_raw(Method::POST, &url, HeaderMap::new(), body).await;
        assert_eq!(answer.status, Some(status));
    }
    bench.shows(&["**·2**"]).await;
    assert!(!bench.discord.transcript(bench.thread().id).contains("answered 401"));
    assert!(!bench.discord.transcript(bench.thread().id).contains("answered 503"));
    bench.finish().await;
}

#[tokio::test]
async fn a_signature_does_not_open_the_wrong_path() {
    let bench = asking("path_token = \"a-path-token-of-tests\"\nsignature = \"md5\"", &[]).await;
    let inbound = bench.webhook("inbound-sms");
    bench.vonage.set_signing(signing(SignatureMethod::Md5Hmac, SECRET));
    assert_eq!(text(&bench, "Both").await, [Some(200)]);
    let wrong = inbound.replace("a-path-token-of-tests", "another-path-token-here");
    let fields = signed(&bench.vonage.inbound_fields(CUSTOMER, "Signed, but on the wrong path"), Algorithm::Md5);
    let body = serde_json::to_vec(&fields).unwrap();
    let answer = bench.vonage.push_raw(Method::POST, &wrong, HeaderMap::new(), body.clone()).await;
    assert_eq!(answer.status, Some(503));
    assert!(answer.body.contains("wrong_token"), "{}", answer.body);
    // The same on the right path is taken.
    assert_eq!(bench.vonage.push_raw(Method::POST, &inbound, HeaderMap::new(), body).await.status, Some(200));
    bench.shows(&["> Signed, but on the wrong path"]).await;
    bench.finish().await;
}

/// As Vonage signs, now.
fn signed(fields: &Fields, algorithm: Algorithm) -> BTreeMap<String, String> {
    let mut fields: BTreeMap<_, _> = fields.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    fields.insert("timestamp".to_owned(), now.to_string());
    let sig = signature::sign(algorithm, &SECRET.into(), &fields);
    fields.insert("sig".to_owned(), sig);
    fields
}

/// Whoever has seen one signed webhook must not be able to make another of it.
#[tokio::test]
async fn a_signed_webhook_is_not_bent_into_another() {
    let bench = asking("signature = \"sha256\"", &[]).await;
    bench.vonage.set_signing(signing(SignatureMethod::Sha256Hmac, SECRET));
    bench.phone().receipts(|receipts| receipts.enabled = false);
    bench.notify().await;
    let sms = bench.phone().next_sms().await;
    let receipt = bench.vonage.receipt_fields(&sms, 0, Verdict::Buffered);
    let fields = signed(&receipt, Algorithm::Sha256);
    let form = |fields: &BTreeMap<String, String>| {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields).finish().into_bytes()
    };
    let push = async |query: &str, body: Vec<u8>| {
        let url = format!("{}{query}", bench.webhook("inbound-sms"));
        bench.vonage.push_raw(Method::POST, &url, HeaderMap::new(), body).await.status
    };
    // What stands in the URL is not signed, and does not count.
    assert_eq!(push("?text=STOP", form(&fields)).await, Some(200));
    assert_eq!(push("?text=1&messageId=another&scts=9", form(&fields)).await, Some(200));
    // An empty text may be added under the same signature, and makes no SMS of a receipt.
    let blank = fields.iter().map(|(name, value)| (name.clone(), value.clone()));
    let blank = blank.chain([("text".to_owned(), String::new())]).collect();
    assert_eq!(push("", form(&blank)).await, Some(200));
    // Fields hidden in a name.
    let mut hidden = fields.clone();
    let (status, timestamp) = (hidden.remove("status").unwrap(), hidden.remove("timestamp").unwrap());
    let scts = hidden.remove("scts").unwrap();
    hidden.insert(format!("scts={scts}&status={status}&timestamp"), timestamp);
    assert_eq!(push("", form(&hidden)).await, Some(503));
    // No time, no age.
    let mut timeless: BTreeMap<_, _> =
        receipt.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let sig = signature::sign(Algorithm::Sha256, &SECRET.into(), &timeless);
    timeless.insert("sig".to_owned(), sig);
    assert_eq!(push("", form(&timeless)).await, Some(503));
    bench.quiet().await;
    let transcript = bench.discord.transcript(bench.channel());
    assert!(!transcript.contains("📩") && !transcript.contains("🛑"), "{transcript}");
    assert_eq!(bench.phone().inbox().len(), 1);
    bench.finish().await;
}
