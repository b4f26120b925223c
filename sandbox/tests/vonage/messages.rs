//! `POST /v1/messages`: what is accepted, what is refused and how.

use std::time::Duration;

use serde_json::{Value, json};
use threadline_sandbox::fault::Fault;
use threadline_sandbox::vonage::{Api, Application};

use crate::messenger::{claims, message, now, problem, refused, request, send, send_by_key, token, with};
use crate::{CUSTOMER, form, nothing_left_over, vonage};

#[tokio::test]
async fn a_message_arrives_by_token_and_by_key_and_secret() {
    let vonage = vonage(|_| {}).await;
    let phone = vonage.phone(CUSTOMER);
    let id = send(&vonage, &with(message(&vonage, "Hello ☺"), "client_ref", "ours-1")).await;
    let sms = phone.next_sms().await;
    assert_eq!((sms.api, sms.text.as_str(), sms.from.as_str()), (Api::Messages, "Hello ☺", "447700900000"));
    assert_eq!((sms.client_ref.as_deref(), sms.unicode, sms.parts()), (Some("ours-1"), true, 1));
    assert_eq!(sms.message_ids, [id]);
    let all = json!({"message_type": "text", "channel": "sms", "from": "Acme Ltd", "to": CUSTOMER,
        "text": "a".repeat(161), "client_ref": "r".repeat(100), "ttl": 20, "webhook_url": "http://127.0.0.1:1/status",
        "webhook_version": "v1", "trusted_recipient": true, "sms": {"encoding_type": "text", "content_id": "1107",
        "entity_id": "1101", "pool_id": "abc"}});
    phone.receipts(|receipts| receipts.enabled = false);
    send_by_key(&vonage, &all).await;
    let sms = phone.next_sms().await;
    assert_eq!((sms.text.len(), sms.parts(), sms.message_ids.len()), (161, 2, 1));
    assert_eq!(vonage.balance(), 1_000_000_000 - 3 * 33_300);
    assert_eq!(vonage.sent().len(), 2);
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn the_encoding_is_found_or_forced() {
    let vonage = vonage(|_| {}).await;
    let phone = vonage.phone(CUSTOMER);
    let forced = |text: &str, kind: &str| with(message(&vonage, text), "sms", json!({"encoding_type": kind}));
    for (message, shown, unicode, garbled) in [
        (forced("Hi", "auto"), "Hi", false, false),
        (forced("Hi", "unicode"), "Hi", true, false),
        (forced("Привет", "auto"), "Привет", true, false),
        (forced("Привет €", "text"), "?????? €", false, true),
    ] {
        send(&vonage, &message).await;
        let sms = phone.next_sms().await;
        assert_eq!((sms.text.as_str(), sms.unicode, sms.garbled), (shown, unicode, garbled));
    }
    assert_eq!(vonage.left_over(), ["garbled: \"?????? €\""]);
}

#[tokio::test]
async fn only_a_right_token_or_key_and_secret_are_let_in() {
    let vonage = vonage(|_| {}).await;
    let (application, right) = (&vonage.setup().application, message(&vonage, "Hi"));
    let stranger = Application::fresh();
    let refused = async |authorization: &str| {
        let request = request(&vonage).header("authorization", authorization);
        let (status, kind, _) = problem(request.json(&right)).await;
        (status, kind)
    };
    let unauthorized = (401, "/#unathorized".to_owned());
    assert_eq!(problem(request(&vonage).json(&right)).await.0, 401);
    let setup = vonage.setup();
    let wrong = request(&vonage).basic_auth(&setup.api_key, Some("wrong")).json(&right);
    assert_eq!(problem(wrong).await, (401, "/#unathorized".to_owned(), String::new()));
    assert_eq!(refused("Bearer a.b.c").await, unauthorized);
    assert_eq!(refused(&token(&stranger, &claims(application))).await, unauthorized);
    let other = (401, "/#unprovisioned".to_owned());
    assert_eq!(refused(&token(application, &claims(&stranger))).await, other);
    let symmetric = vonage.bearer_token("secret", b"", |all| *all = claims(application));
    assert_eq!(refused(&symmetric).await, unauthorized);
    for (name, value) in [
        ("jti", Value::Null),
        ("jti", json!("")),
        ("iat", Value::Null),
        ("iat", json!(now() + 120)),
        ("iat", json!(now().to_string())),
        ("exp", json!(now())),
        ("exp", json!(now() + 24 * 60 * 60 + 1)),
        ("exp", json!("tomorrow")),
        ("nbf", json!(now() + 120)),
    ] {
        let bent = with(claims(application), name, value.clone());
        assert_eq!(refused(&token(application, &bent)).await, unauthorized, "{name}={value}");
    }
    // A token without `exp` lives for a quarter of an hour.
    let issued = |before: i64| with(with(claims(application), "iat", now() - before), "exp", Value::Null);
    assert_eq!(refused(&token(application, &issued(901))).await, unauthorized);
    let bearer = token(application, &issued(890));
    let answer = request(&vonage).header("authorization", bearer).json(&right).send().await.unwrap();
    assert_eq!(answer.status(), 202);
    assert_eq!(vonage.sent().len(), 1);
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn the_clock_can_be_turned_with_the_bridges() {
    let vonage = vonage(|_| {}).await;
    let application = &vonage.setup().application;
    let later = with(with(claims(application), "iat", now() + 7200), "exp", now() + 7260);
    let attempt = || request(&vonage).header("authorization", token(application, &later)).json(&message(&vonage, "Hi"));
    assert_eq!(problem(attempt()).await.0, 401);
    vonage.turn_clock(Duration::from_secs(7200));
    assert_eq!(attempt().send().await.unwrap().status(), 202);
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn each_mistake_has_its_code() {
    let vonage = vonage(|_| {}).await;
    let long = "a".repeat(3201);
    for (name, value, kind, parameter) in [
        ("channel", Value::Null, "/messages#1020", "channel"),
        ("message_type", Value::Null, "/messages#1020", "message_type"),
        ("from", Value::Null, "/messages#1020", "from"),
        ("to", Value::Null, "/messages#1020", "to"),
        ("text", Value::Null, "/messages#1020", "text"),
        ("text", json!(""), "/messages#1020", "text"),
        ("text", json!(long), "/messages#1020", "text"),
        ("channel", json!("whatsapp"), "/messages#1400", ""),
        ("message_type", json!("image"), "/messages#1440", ""),
        ("from", json!("TwelveLetter"), "/messages#1420", ""),
        ("from", json!("+447700900000"), "/messages#1420", ""),
        ("from", json!(447_700_900_000_u64), "/messages#1420", "from"),
        ("to", json!("+447700900001"), "/messages#1430", ""),
        ("to", json!("00447700900001"), "/messages#1430", ""),
        ("to", json!("123456"), "/messages#1430", ""),
        ("to", json!("1234567890123456"), "/messages#1430", ""),
        ("to", json!(447_700_900_001_u64), "/messages#1430", "to"),
        ("client_ref", json!("r".repeat(101)), "/messages#1450", "client_ref"),
        ("ttl", json!(19), "/messages#1020", "ttl"),
        ("ttl", json!("3600"), "/messages#1020", "ttl"),
        ("webhook_url", json!("status"), "/messages#1020", "webhook_url"),
        ("webhook_version", json!("v2"), "/messages#1020", "webhook_version"),
        ("trusted_recipient", json!("yes"), "/messages#1020", "trusted_recipient"),
        ("sms", json!("text"), "/messages#1410", "sms"),
        ("sms", json!({"encoding_type": "gsm"}), "/messages#1410", "sms.encoding_type"),
        ("sms", json!({"entity_id": 1101}), "/messages#1410", "sms.entity_id"),
    ] {
        let expected = (422, kind.to_owned(), parameter.to_owned());
        let got = refused(&vonage, &with(message(&vonage, "Hi"), name, value.clone())).await;
        assert_eq!(got, expected, "{name}={value}");
    }
    assert!(vonage.sent().is_empty());
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn json_and_nothing_else() {
    let vonage = vonage(|_| {}).await;
    let setup = vonage.setup();
    let basic = || request(&vonage).basic_auth(&setup.api_key, Some(&setup.api_secret));
    assert_eq!(problem(basic().form(&form(&vonage, "Hi"))).await.0, 415);
    let broken = basic().header("content-type", "application/json").body("{\"text\": \"Hi");
    assert_eq!(problem(broken).await, (422, "#invalid-json".to_owned(), String::new()));
    assert_eq!(problem(basic().json(&json!(["Hi"]))).await.1, "#invalid-json");
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn both_apis_share_one_rate_and_one_balance() {
    let vonage = vonage(|setup| {
        setup.messages_per_second = 3;
        setup.balance = 5 * 33_300;
    })
    .await;
    let throttled = (429, "/messages#1000".to_owned(), String::new());
    send(&vonage, &message(&vonage, "Hi")).await;
    crate::send(&vonage, &form(&vonage, "Hi")).await;
    send_by_key(&vonage, &message(&vonage, "Hi")).await;
    assert_eq!(refused(&vonage, &message(&vonage, "Hi")).await, throttled);
    assert_eq!(crate::refused(&vonage, &form(&vonage, "Hi")).await.0, "1");
    tokio::time::sleep(Duration::from_secs(1)).await;
    let poor = (402, "/#low-balance".to_owned(), String::new());
    assert_eq!(refused(&vonage, &message(&vonage, &"a".repeat(400))).await, poor);
    send(&vonage, &message(&vonage, &"a".repeat(200))).await;
    assert_eq!(vonage.balance(), 0);
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn a_test_can_ask_for_any_problem() {
    let vonage = vonage(|_| {}).await;
    let right = message(&vonage, "Hi");
    for (status, expected) in [(1, 429), (3, 422), (4, 401), (5, 500), (9, 402), (10, 429), (14, 401)] {
        vonage.refuse(status, Some(1));
        assert_eq!(refused(&vonage, &right).await.0, expected);
    }
    vonage.faults().add(Fault::on("POST", "/v1/messages").status(503));
    assert_eq!(request(&vonage).json(&right).send().await.unwrap().status(), 503);
    vonage.faults().add(Fault::on("POST", "/v1/messages").reset_after_effect());
    let application = &vonage.setup().application;
    let bearer = token(application, &claims(application));
    assert!(request(&vonage).header("authorization", bearer).json(&right).send().await.is_err());
    assert_eq!(vonage.sent().len(), 1);
    // The request without credentials was refused before its fault was looked at, and that is no violation.
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn what_the_real_service_lets_pass_is_a_violation_here() {
    let vonage = vonage(|_| {}).await;
    send(&vonage, &with(message(&vonage, "Hi"), "client-ref", "typo")).await;
    send(&vonage, &with(message(&vonage, "Hi"), "sms", json!({"encoding": "auto"}))).await;
    send(&vonage, &with(message(&vonage, &"a".repeat(1001)), "webhook_version", "v0.1")).await;
    send(&vonage, &with(message(&vonage, "Hi"), "failover", json!([]))).await;
    assert_eq!(
        vonage.violations(),
        [
            "POST /v1/messages: no document knows the field \"client-ref\"",
            "POST /v1/messages: no document knows the field \"encoding\"",
            "POST /v1/messages: the text is longer than 1000 characters",
            "POST /v1/messages: webhooks of version v0.1 are not simulated",
            "POST /v1/messages: failover is not simulated",
        ]
    );
}

#[tokio::test]
async fn an_unmarked_mistake_is_a_violation_twice_over() {
    let vonage = vonage(|_| {}).await;
    let application = &vonage.setup().application;
    let bearer = token(application, &claims(application));
    let wrong = with(message(&vonage, "Hi"), "ttl", "3600");
    let answer = request(&vonage).header("authorization", bearer).json(&wrong).send().await.unwrap();
    assert_eq!(answer.status(), 422);
    let found = vonage.finished().await;
    assert_eq!(
        found[0],
        "POST /v1/messages: 422, Invalid params: The value of one or more parameters is invalid. \
         (ttl: must be from 20 to 604800 seconds.)"
    );
    if threadline_sandbox::spec::folder().is_some() {
        assert!(found[1].starts_with("request POST /v1/messages: request application/json: "), "{found:?}");
        // The answer itself is as described.
        assert_eq!(found.len(), 2, "{found:?}");
    }
}
