//! Webhooks of the Messages API: their bearer tokens, beside those of the SMS API, and what they bring that is no text.

use http::{HeaderMap, Method};
use serde_json::{Value, json};
use threadline::config::Guard;
use threadline_sandbox::vonage::WebhookApi;

use crate::messages_api::{by_application, options, text, with_application};
use crate::support::{Bench, CUSTOMER, Options, PATIENCE};

const SECRET: &str = "the-account-s-signature-secret";

/// An application, and a bridge behind signatures and these lines.
async fn signed(lines: &str, more: &[(&'static str, &str)]) -> Bench {
    let secrets = [&[("VONAGE_SIGNATURE_SECRET", SECRET)], more].concat();
    with_application(Options { webhooks: lines.to_owned(), ..options() }, &secrets).await
}

#[tokio::test]
async fn a_wrong_secret_loses_nothing() {
    let mut bench = signed("", &[]).await;
    bench.vonage.set_bearer_signing(Some("another-secret".to_owned()));
    assert_eq!(text(&bench, "Hello").await, [Some(503)]);
    bench.channel_shows(bench.operators(), &["come with a wrong token. They are refused"]).await;
    let unsigned = bench.vonage.inbound_message(CUSTOMER, "Unsigned").to_string();
    let url = bench.webhook("inbound-message");
    let answer = bench.vonage.push_raw(Method::POST, &url, HeaderMap::new(), unsigned).await;
    assert_eq!(answer.status, Some(503));
    let (status, body) = bench.readyz().await;
    assert_eq!(status, 200);
    insta::assert_json_snapshot!(body["degraded"], @r#"
    [
      "webhooks:messages: Webhooks of the Messages API come without their token. They are refused; Vonage keeps them and sends them again for 24 hours. Vonage signs them unless that was switched off: look at the application in its dashboard."
    ]
    "#);
    let metrics = bench.private("/metrics").await.1;
    assert!(metrics.contains(r#"threadline_webhooks_refused_total{reason="wrong_signature"}"#), "{metrics}");
    assert!(metrics.contains(r#"threadline_webhooks_refused_total{reason="not_signed"}"#), "{metrics}");

    // The operator mends the secret; Vonage, which kept the text, brings it again.
    bench.stop().await;
    let Guard::Signed(signatures) = &mut bench.config.vonage.door.messages else {
        panic!("signatures are asked for");
    };
    signatures.secret = "another-secret".into();
    bench.run().await;
    bench.connected().await;
    bench.shows(&["> Hello"]).await;
    assert!(!bench.discord.transcript(bench.thread().id).contains("Unsigned"));
    assert_eq!(bench.readyz().await.1["degraded"], json!([]));
    bench.finish().await;
}

#[tokio::test]
async fn two_secrets_hold_while_they_are_changed() {
    let bench = signed("", &[("VONAGE_SIGNATURE_SECRET_PREVIOUS", "the-old-secret")]).await;
    for secret in [SECRET, "the-old-secret"] {
        bench.vonage.set_bearer_signing(Some(secret.to_owned()));
        assert_eq!(text(&bench, secret).await, [Some(200)]);
    }
    bench.notify().await;
    bench.shows(&["**·3** 📤 Notification (delivery) by @Ana · ✅ delivered"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn observing_lets_everything_in_and_tells() {
    let bench = signed("path_token = \"a-path-token-of-tests\"\nobserve = true", &[]).await;
    assert_eq!(text(&bench, "Unsigned").await, [Some(200)]);
    bench.vonage.set_bearer_signing(Some("another-secret".to_owned()));
    assert_eq!(text(&bench, "Wrong").await, [Some(200)]);
    bench.shows(&["> Unsigned", "> Wrong"]).await;
    bench.channel_shows(bench.operators(), &["come without their token. They are let in"]).await;
    bench.vonage.set_bearer_signing(Some(SECRET.to_owned()));
    assert_eq!(text(&bench, "Right").await, [Some(200)]);
    bench.finish().await;
}

#[tokio::test]
async fn each_claim_of_a_token_is_looked_at() {
    let bench = signed("max_age = \"1h\"", &[]).await;
    let url = bench.webhook("inbound-message");
    let message = bench.vonage.inbound_message(CUSTOMER, "This one");
    let push = async |message: &Value, authorization: String| {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", authorization.parse().unwrap());
        headers.insert("content-type", "application/json".parse().unwrap());
        bench.vonage.push_raw(Method::POST, &url, headers, message.to_string()).await.status
    };
    let bent =
        |secret: &str, bend: fn(&mut Value)| bench.vonage.bearer_token(secret, message.to_string().as_bytes(), bend);
    let forged = bench.vonage.inbound_message(CUSTOMER, "Not this one");
    assert_eq!(push(&forged, bent(SECRET, |_| {})).await, Some(503), "a token for another body");
    for (what, token, expected) in [
        ("another secret", bent("another-secret", |_| {}), 503),
        ("another account", bent(SECRET, |claims| claims["api_key"] = "abcd9999".into()), 503),
        ("another issuer", bent(SECRET, |claims| claims["iss"] = "Evil".into()), 503),
        ("too old", bent(SECRET, |claims| claims["iat"] = (claims["iat"].as_i64().unwrap() - 3700).into()), 401),
        ("ahead", bent(SECRET, |claims| claims["iat"] = (claims["iat"].as_i64().unwrap() + 3700).into()), 503),
        ("not yet", bent(SECRET, |claims| claims["nbf"] = (claims["iat"].as_i64().unwrap() + 600).into()), 503),
        ("over", bent(SECRET, |claims| claims["exp"] = (claims["iat"].as_i64().unwrap() - 600).into()), 401),
        ("not bearer", bent(SECRET, |_| {}).replace("Bearer ", "Basic "), 503),
        ("old enough", bent(SECRET, |claims| claims["iat"] = (claims["iat"].as_i64().unwrap() - 3500).into()), 200),
    ] {
        assert_eq!(push(&message, token).await, Some(expected), "{what}");
    }
    bench.shows(&["> This one"]).await;
    bench.quiet().await;
    assert!(!bench.discord.transcript(bench.thread().id).contains("Not this one"));
    bench.finish().await;
}

/// As version 0.1 of the Messages API says what `message` says.
fn of_0_1(message: &Value) -> Value {
    json!({
        "message_uuid": message["message_uuid"],
        "from": {"type": "sms", "number": message["from"]},
        "to": {"type": "sms", "number": message["to"]},
        "timestamp": message["timestamp"],
        "message": {"content": {"type": "text", "text": message["text"]}},
    })
}

#[tokio::test]
async fn version_0_1_is_shown_like_the_other() {
    let bench = Bench::start().await;
    bench.phone().receipts(|receipts| receipts.enabled = false);
    bench.notify().await;
    let sms = bench.vonage.wait_for_sent(1, PATIENCE).await.remove(0);
    bench.shows(&["✓ sent"]).await;
    let push = async |route: &str, body: &Value| {
        let answer =
            bench.vonage.push_raw(Method::POST, &bench.webhook(route), HeaderMap::new(), body.to_string()).await;
        assert_eq!(answer.status, Some(200), "{}", answer.body);
    };
    let status = json!({
        "message_uuid": "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab",
        "to": {"type": "sms", "number": CUSTOMER},
        "from": {"type": "sms", "number": sms.from},
        "timestamp": "2020-01-01T14:00:00.000Z",
        "status": "delivered",
        "client_ref": sms.client_ref,
        "usage": {"price": "0.0333", "currency": "EUR"},
    });
    push("message-status", &status).await;
    bench.shows(&["✅ delivered"]).await;
    // Whatever URL it comes to, and once if it comes twice.
    let hello = of_0_1(&bench.vonage.inbound_message(CUSTOMER, "Hello from 0.1"));
    for route in ["inbound-message", "inbound-sms", "update"] {
        push(route, &hello).await;
    }
    bench.shows(&["**·2** 📩 Customer @Ana", "> Hello from 0.1"]).await;
    push("inbound-message", &of_0_1(&bench.vonage.inbound_message(CUSTOMER, "2"))).await;
    assert!(bench.phone().wait_for_sms(2, PATIENCE).await[1].text.contains("option 2"));
    bench.quiet().await;
    let shown = bench.discord.transcript(bench.thread().id);
    assert_eq!(shown.matches("📩").count(), 2, "{shown}");
    bench.finish().await;
}

#[tokio::test]
async fn version_0_1_is_signed_like_the_other() {
    let bench = signed("", &[]).await;
    let url = bench.webhook("inbound-message");
    let hello = of_0_1(&bench.vonage.inbound_message(CUSTOMER, "Signed"));
    let push = async |body: &Value, secret: &str| {
        let mut headers = HeaderMap::new();
        let token = bench.vonage.bearer_token(secret, hello.to_string().as_bytes(), |_| {});
        headers.insert("authorization", token.parse().unwrap());
        bench.vonage.push_raw(Method::POST, &url, headers, body.to_string()).await.status
    };
    assert_eq!(push(&hello, "another-secret").await, Some(503));
    let mut forged = hello.clone();
    forged["message"]["content"]["text"] = "Forged".into();
    assert_eq!(push(&forged, SECRET).await, Some(503));
    assert_eq!(push(&hello, SECRET).await, Some(200));
    bench.shows(&["> Signed"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn both_apis_webhooks_are_understood_whichever_sends() {
    for config_vonage in ["api = \"messages\"", "api = \"sms\""] {
        let options = Options { config_vonage: config_vonage.to_owned(), ..Options::default() };
        let bench = Bench::with(options).await;
        // To the URL of the API that sends, in the form of either.
        assert_eq!(text(&bench, "by the SMS API").await, [Some(200)]);
        bench.vonage.set_webhook_api(WebhookApi::Messages);
        assert_eq!(text(&bench, "by the Messages API").await, [Some(200)]);
        bench.vonage.set_message_urls(&bench.webhook("inbound-message"), &bench.webhook("message-status"));
        assert_eq!(text(&bench, "by the Messages API, to the application's URL").await, [Some(200)]);
        // A new URL is checked by a bare GET.
        for route in ["inbound-message", "message-status"] {
            let answer = bench.vonage.push_raw(Method::GET, &bench.webhook(route), HeaderMap::new(), "").await;
            assert_eq!(answer.status, Some(200), "{route}");
        }
        // And one that comes twice is one.
        let message = bench.vonage.inbound_message(CUSTOMER, "twice");
        for _ in 0..2 {
            assert_eq!(bench.vonage.push_inbound_message(&message).await[0].statuses(), [Some(200)]);
        }
        bench.shows(&["> twice"]).await;
        bench.quiet().await;
        let transcript = bench.discord.transcript(bench.thread().id);
        assert_eq!(transcript.matches("📩").count(), 4, "{transcript}");
        bench.finish().await;
    }
}

#[tokio::test]
async fn what_nothing_guards_is_not_taken() {
    let bench = signed("", &[]).await;
    bench.vonage.set_bearer_signing(Some(SECRET.to_owned()));
    let fields = bench.vonage.inbound_fields(CUSTOMER, "From anybody").json().to_string();
    for route in ["inbound-sms", "inbound-message", "delivery-receipt"] {
        let url = bench.webhook(route);
        let answer = bench.vonage.push_raw(Method::POST, &url, HeaderMap::new(), fields.clone()).await;
        assert_eq!(answer.status, Some(503), "{route}");
        assert!(answer.body.contains("unguarded"), "{}", answer.body);
    }
    assert_eq!(text(&bench, "From Vonage").await, [Some(200)]);
    bench.shows(&["> From Vonage"]).await;
    bench.quiet().await;
    assert!(!bench.discord.transcript(bench.thread().id).contains("From anybody"));
    bench.finish().await;
}

#[tokio::test]
async fn what_is_no_text_or_no_sms_is_not_lost() {
    let bench = by_application().await;
    let mut image = bench.vonage.inbound_message(CUSTOMER, "");
    image.as_object_mut().unwrap().shift_remove("text");
    image["message_type"] = "image".into();
    image["image"] = json!({"url": "https://example.com/door.jpg", "caption": "My door"});
    let mut other = bench.vonage.inbound_message(CUSTOMER, "Hello from elsewhere");
    other["channel"] = "whatsapp".into();
    let (inbound, headers) = (bench.webhook("inbound-message"), HeaderMap::new());
    for message in [&image, &other, &other] {
        let answer = bench.vonage.push_raw(Method::POST, &inbound, headers.clone(), message.to_string()).await;
        assert_eq!(answer.status, Some(200));
    }
    bench.channel_shows(bench.operators(), &["whatsapp"]).await;
    bench.shows(&["image message"]).await;
    bench.quiet().await;
    insta::assert_snapshot!(bench.discord.transcript(bench.operators()), @"Threadline: ⚠️ A message came by the channel whatsapp, and only SMS are bridged. It is kept as a dead letter. Take the channel out of the application at Vonage, or point its webhook elsewhere.");
    insta::assert_snapshot!(bench.discord.transcript(bench.thread().id), @"
    Threadline: **·1** 📩 Customer @Agents
      > (image message: only texts are shown here) My door
    ");
    let mut tx = bench.app().store().read().await.unwrap();
    assert_eq!(threadline::store::inbox::counts(&mut tx).await.unwrap(), (0, 1));
    drop(tx);
    bench.finish().await;
}
