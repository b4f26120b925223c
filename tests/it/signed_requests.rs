//! Requests to the SMS API that are signed, for accounts that demand it.

use std::time::Duration;

use threadline_sandbox::vonage::{SignatureMethod, Signing};

use crate::support::{Bench, Options, PATIENCE};

const SECRET: &str = "the-account-s-signature-secret";

const METHODS: [(&str, SignatureMethod); 5] = [
    ("md5hash", SignatureMethod::Md5Hash),
    ("md5", SignatureMethod::Md5Hmac),
    ("sha1", SignatureMethod::Sha1Hmac),
    ("sha256", SignatureMethod::Sha256Hmac),
    ("sha512", SignatureMethod::Sha512Hmac),
];

/// A bridge that signs, and an account that takes nothing else.
async fn signing(word: &str, method: SignatureMethod, secret: &str) -> Bench {
    let bench = Bench::with(Options {
        config_vonage: format!("request_signature = \"{word}\""),
        secrets: vec![("VONAGE_SIGNATURE_SECRET", secret.to_owned())],
        ..Options::default()
    })
    .await;
    bench.vonage.set_request_signing(Some(Signing { method, secret: SECRET.to_owned() }));
    bench.vonage.demand_signatures(true);
    bench
}

#[tokio::test]
async fn an_account_that_demands_signatures_is_served_by_every_method() {
    for (word, method) in METHODS {
        let bench = signing(word, method, SECRET).await;
        bench.notify_with(&[("text", "Größe & 1+1=2 😀")]).await;
        bench.shows(&["✅ delivered"]).await;
        bench.quiet().await;
        let asked = bench.vonage.requests().matching("POST", "/sms/json");
        assert_eq!(asked.len(), 1);
        assert!(!asked[0].request_headers.contains_key("authorization"));
        let names: Vec<String> = asked[0].request_form().into_iter().map(|(name, _)| name).collect();
        insta::allow_duplicates! {
            insta::assert_snapshot!(names.join(" "), @"api_key callback client-ref from sig status-report-req text timestamp to type");
        }
        assert_eq!(bench.phone().inbox().len(), 1);
        bench.finish().await;
    }
}

#[tokio::test]
async fn a_wrong_secret_waits_and_is_told() {
    let bench = signing("sha256", SignatureMethod::Sha256Hmac, "another-secret").await;
    bench.notify().await;
    bench.channel_shows(bench.operators(), &["(status 14)"]).await;
    bench.shows(&["⏳ queued"]).await;
    insta::assert_snapshot!(bench.discord.transcript(bench.operators()), @"Threadline: ⚠️ Vonage wants requests signed otherwise. Set `vonage.request_signature` and VONAGE_SIGNATURE_SECRET as its API settings say. (status 14) Nothing is lost: messages wait and are tried again.");
    // The account is set right.
    let right = Signing { method: SignatureMethod::Sha256Hmac, secret: "another-secret".to_owned() };
    bench.vonage.set_request_signing(Some(right));
    bench.advance(Duration::from_secs(31)).await;
    bench.vonage.wait_for_sent(1, PATIENCE).await;
    bench.shows(&["✅ delivered"]).await;
    bench.finish().await;
}
