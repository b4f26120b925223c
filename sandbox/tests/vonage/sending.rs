//! `POST /sms/json`: what is accepted, what is refused and how.

use std::time::Duration;

use serde_json::{Value, json};
use threadline_sandbox::fault::Fault;
use threadline_sandbox::vonage::{Fields, Standing};
use threadline_sandbox::wire::WRONG_ON_PURPOSE;

use crate::{CUSTOMER, form, nothing_left_over, refused, request, send, vonage, with, without};

#[tokio::test]
async fn an_sms_arrives_and_its_answer_is_all_strings() {
    let vonage = vonage(|_| {}).await;
    let answer = send(&vonage, &with(form(&vonage, "Hello"), "client-ref", "ours-1")).await;
    let expected = json!({"message-count": "1", "messages": [{
        "to": CUSTOMER, "message-id": "0A0000000123ABCE", "status": "0", "remaining-balance": "999.96670000",
        "message-price": "0.03330000", "network": "23410", "client-ref": "ours-1",
    }]});
    assert_eq!(answer, expected);
    let sms = vonage.phone(CUSTOMER).next_sms().await;
    assert_eq!((sms.text.as_str(), sms.from.as_str()), ("Hello", "447700900000"));
    assert_eq!((sms.client_ref.as_deref(), sms.parts(), sms.unicode), (Some("ours-1"), 1, false));
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn a_long_text_is_answered_part_by_part_and_arrives_joined() {
    let vonage = vonage(|_| {}).await;
    let text = "a".repeat(307);
    let answer = send(&vonage, &form(&vonage, &text)).await;
    assert_eq!(answer["message-count"], "3");
    let ids: Vec<&Value> = answer["messages"].as_array().unwrap().iter().map(|part| &part["message-id"]).collect();
    assert_eq!(ids, ["0A0000000123ABCE", "0A0000000123ABCF", "0A0000000123ABD0"]);
    assert_eq!(answer["messages"][2]["remaining-balance"], "999.90010000");
    let sms = vonage.phone(CUSTOMER).next_sms().await;
    assert_eq!((sms.text.len(), sms.message_ids.len()), (307, 3));

    let text = "🚚".repeat(36);
    let answer = send(&vonage, &with(form(&vonage, &text), "type", "unicode")).await;
    assert_eq!(answer["message-count"], "2");
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn json_with_basic_is_served_as_well() {
    let vonage = vonage(|_| {}).await;
    let setup = vonage.setup().clone();
    let body = json!({"from": setup.numbers[0], "to": CUSTOMER, "text": "Hi", "ttl": 900_000});
    let basic = request(&vonage).basic_auth(&setup.api_key, Some(&setup.api_secret));
    let answer: Value = basic.json(&body).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["messages"][0]["status"], "0");

    // The official Python SDK labels a form as JSON once it has sent JSON.
    let mislabelled = request(&vonage).header(WRONG_ON_PURPOSE, "1").header("content-type", "application/json");
    let body = serde_urlencoded::to_string(form(&vonage, "Hi again")).unwrap();
    let answer: Value = mislabelled.body(body).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["messages"][0]["status"], "0");
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn wrong_credentials_get_4_and_half_of_them_2() {
    let vonage = vonage(|_| {}).await;
    let right = || form(&vonage, "Hi");
    let none = without(without(right(), "api_key"), "api_secret");
    assert_eq!(refused(&vonage, &none).await.0, "4");
    assert_eq!(refused(&vonage, &with(right(), "api_secret", "wrong-secret")).await.0, "4");
    assert_eq!(refused(&vonage, &with(right(), "api_key", "zzzz9999")).await.0, "4");
    assert_eq!(refused(&vonage, &without(right(), "api_secret")).await, pair("2", "Missing api_secret param"));
    let signed = with(without(right(), "api_secret"), "sig", "0123456789abcdef");
    assert_eq!(refused(&vonage, &signed).await.0, "14");
    assert_eq!(refused(&vonage, &with(right(), "sig", "0123456789abcdef")).await.0, "32");

    let basic = request(&vonage).header(WRONG_ON_PURPOSE, "1").basic_auth("abcd1234", Some("wrong"));
    let answer: Value = basic.form(&none).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["messages"][0]["status"], "4");
    assert!(vonage.sent().is_empty());
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let vonage = vonage(|_| {}).await;
    for name in ["from", "to", "text"] {
        let expected = pair("2", &format!("Missing {name} param"));
        assert_eq!(refused(&vonage, &without(form(&vonage, "Hi"), name)).await, expected);
        assert_eq!(refused(&vonage, &with(form(&vonage, "Hi"), name, "")).await, expected);
    }
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn each_wrong_parameter_has_its_status() {
    let vonage = vonage(|_| {}).await;
    let (long_ref, long_text) = ("r".repeat(101), "a".repeat(3201));
    let long_url = format!("https://example.com/{}", "a".repeat(81));
    let cases = [
        ("to", "+447700900001", "3"),
        ("to", "00447700900001", "3"),
        ("to", "123456", "3"),
        ("to", "1234567890123456", "3"),
        ("to", "07700900001", "6"),
        ("from", "447700900999", "15"),
        ("from", "1234567890123456", "3"),
        ("from", "TwelveLetter", "3"),
        ("from", "Acmé", "3"),
        ("type", "binary", "3"),
        ("type", "Unicode", "3"),
        ("client-ref", &long_ref, "3"),
        ("ttl", "19999", "3"),
        ("status-report-req", "yes", "3"),
        ("message-class", "4", "3"),
        ("callback", &long_url, "23"),
        ("callback", "ftp://example.com", "23"),
        ("callback", "receipts", "23"),
        ("text", &long_text, "12"),
    ];
    for (name, value, status) in cases {
        assert_eq!(refused(&vonage, &with(form(&vonage, "Hi"), name, value)).await.0, status, "{name}={value}");
    }
    let named = with(form(&vonage, "Hi"), "from", "Acme Ltd");
    assert_eq!(refused(&vonage, &with(named.clone(), "to", "15555550100")).await.0, "15");
    assert_eq!(send(&vonage, &named).await["messages"][0]["status"], "0");
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn the_limits_themselves_are_allowed() {
    let vonage = vonage(|_| {}).await;
    let (reference, text) = ("r".repeat(100), "a".repeat(3200));
    let url = format!("http://127.0.0.1:1/{}", "a".repeat(81));
    assert_eq!(url.len(), 100);
    let most = with(with(form(&vonage, &text), "client-ref", &reference), "callback", &url);
    let answer = send(&vonage, &with(most, "status-report-req", "false")).await;
    assert_eq!(answer["message-count"], "21");
    assert!(answer["messages"].as_array().unwrap().iter().all(|part| part["status"] == "0"));
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn a_text_outside_the_alphabet_is_garbled_unless_it_is_sent_as_unicode() {
    let vonage = vonage(|_| {}).await;
    let phone = vonage.phone(CUSTOMER);
    send(&vonage, &with(form(&vonage, "Привет €"), "type", "unicode")).await;
    let right = phone.next_sms().await;
    assert_eq!((right.text.as_str(), right.garbled, right.unicode), ("Привет €", false, true));
    send(&vonage, &form(&vonage, "Привет €")).await;
    let wrong = phone.next_sms().await;
    assert_eq!((wrong.text.as_str(), wrong.garbled, wrong.unicode), ("?????? €", true, false));
    assert_eq!(vonage.left_over(), ["garbled: \"?????? €\""]);
}

#[tokio::test]
async fn more_than_the_account_may_send_in_a_second_is_throttled() {
    let vonage = vonage(|setup| setup.messages_per_second = 3).await;
    let right = form(&vonage, "Hi");
    for _ in 0..3 {
        assert_eq!(send(&vonage, &right).await["messages"][0]["status"], "0");
    }
    assert_eq!(refused(&vonage, &right).await, pair("1", "Throttled"));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(send(&vonage, &right).await["messages"][0]["status"], "0");
    assert_eq!(vonage.sent().len(), 4);

    // Vonage changes it on request: for the account, and for each number.
    vonage.set_rate(1);
    assert_eq!(refused(&vonage, &right).await, pair("1", "Throttled"));
    vonage.set_rate(30);
    vonage.set_number_rate(Some(1));
    assert_eq!(send(&vonage, &right).await["messages"][0]["status"], "0");
    assert_eq!(refused(&vonage, &right).await, pair("1", "Throttled"));
    let settings = vonage.settings();
    assert_eq!((settings.messages_per_second, settings.number_messages_per_second), (30, Some(1)));
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn without_credit_for_every_part_nothing_is_sent() {
    let vonage = vonage(|setup| setup.balance = 100_000).await;
    let long = "a".repeat(161 + 153 * 2);
    assert_eq!(refused(&vonage, &form(&vonage, &long)).await.0, "9");
    assert_eq!(vonage.balance(), 100_000);
    assert_eq!(send(&vonage, &form(&vonage, "Hi")).await["messages"][0]["remaining-balance"], "0.06670000");
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn a_number_that_vonage_bars_is_refused_at_once() {
    let vonage = vonage(|_| {}).await;
    for (standing, status) in [(Standing::OptedOut, "7"), (Standing::Deactivated, "33")] {
        vonage.phone(CUSTOMER).set_standing(standing);
        assert_eq!(refused(&vonage, &form(&vonage, "Hi")).await.0, status);
    }
    assert!(vonage.phone(CUSTOMER).inbox().is_empty());
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn a_test_can_ask_for_any_status() {
    let vonage = vonage(|_| {}).await;
    for status in [5, 8, 10, 11, 22, 29] {
        vonage.refuse(status, Some(1));
        assert_eq!(refused(&vonage, &form(&vonage, "Hi")).await.0, status.to_string());
    }
    vonage.refuse(8, None);
    assert_eq!(refused(&vonage, &form(&vonage, "Hi")).await.0, "8");
    assert_eq!(refused(&vonage, &form(&vonage, "Hi")).await.0, "8");
    vonage.lift_refusals();
    assert_eq!(send(&vonage, &form(&vonage, "Hi")).await["messages"][0]["status"], "0");
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn a_long_sms_can_be_accepted_in_part() {
    let vonage = vonage(|_| {}).await;
    vonage.refuse_parts_after(2, 1);
    assert_eq!(send(&vonage, &form(&vonage, "Hi")).await["messages"][0]["status"], "0");
    let answer = send(&vonage, &form(&vonage, &"a".repeat(307))).await;
    let statuses: Vec<&Value> = answer["messages"].as_array().unwrap().iter().map(|part| &part["status"]).collect();
    assert_eq!(statuses, ["0", "0", "1"]);
    assert_eq!(answer["message-count"], "3");
    assert_eq!(vonage.phone(CUSTOMER).inbox().len(), 1);
    assert_eq!((vonage.sent()[1].complete, vonage.sent()[1].parts()), (false, 2));
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn what_the_real_service_only_ignores_is_a_violation_here() {
    let vonage = vonage(|_| {}).await;
    send(&vonage, &with(form(&vonage, "Hi"), "client_ref", "typo")).await;
    assert_eq!(vonage.violations(), ["POST /sms/json: no document knows the parameter \"client_ref\""]);
}

#[tokio::test]
async fn an_unmarked_mistake_and_an_unknown_route_are_left_over() {
    let vonage = vonage(|setup| setup.specs = None).await;
    send(&vonage, &without(form(&vonage, "Hi"), "text")).await;
    reqwest::get(format!("{}/sms/xml", vonage.url())).await.unwrap();
    assert_eq!(
        vonage.finished().await,
        ["POST /sms/json: status 2, Missing text param", "an unexpected call: GET /sms/xml"]
    );
}

#[tokio::test]
async fn the_description_catches_what_the_simulator_lets_pass() {
    if threadline_sandbox::spec::folder().is_none() {
        eprintln!("skipped: THREADLINE_SPECS names no folder");
        return;
    }
    let vonage = vonage(|_| {}).await;
    let body = serde_urlencoded::to_string(form(&vonage, "Hi")).unwrap();
    request(&vonage).header("content-type", "text/plain").body(body).send().await.unwrap();
    assert!(
        vonage
            .violations()
            .iter()
            .any(|violation| violation.contains("the content type \"text/plain\" is not described")),
        "{:?}",
        vonage.violations()
    );
}

#[tokio::test]
async fn faults_before_and_after_the_effect() {
    let vonage = vonage(|_| {}).await;
    let right = form(&vonage, "Hi");
    let attempt = async || request(&vonage).timeout(Duration::from_millis(300)).form(&right).send().await;
    let sent = || vonage.sent().len();

    vonage.faults().add(Fault::on("POST", "/sms/json").status(503));
    assert_eq!(attempt().await.unwrap().status(), 503);
    vonage.faults().add(Fault::on("POST", "/sms/json").reset());
    assert!(attempt().await.is_err());
    vonage.faults().add(Fault::on("POST", "/sms/json").hang());
    assert!(attempt().await.unwrap_err().is_timeout());
    assert_eq!(sent(), 0);

    vonage.faults().add(Fault::on("POST", "/sms/json").status_after_effect(500));
    assert_eq!(attempt().await.unwrap().status(), 500);
    vonage.faults().add(Fault::on("POST", "/sms/json").reset_after_effect());
    assert!(attempt().await.is_err());
    vonage.faults().add(Fault::on("POST", "/sms/json").hang_after_effect());
    assert!(attempt().await.unwrap_err().is_timeout());
    vonage.faults().add(Fault::on("POST", "/sms/json").garbage());
    assert!(attempt().await.unwrap().json::<Value>().await.is_err());
    assert_eq!(sent(), 4);

    let log = vonage.requests().matching("POST", "/sms/*");
    assert_eq!(log.len(), 7);
    assert!(log.iter().all(|exchange| exchange.faulted));
    assert_eq!(log[0].request_form()[4], ("text".to_owned(), "Hi".to_owned()));
    nothing_left_over(&vonage).await;
}

#[test]
fn fields_keep_their_order_and_are_unique() {
    let mut fields = Fields::from([("a", "1"), ("b", "2")]);
    fields.set("a", "3");
    fields.remove("b");
    assert_eq!(fields.clone().with("c", "4").json(), json!({"a": "3", "c": "4"}));
    assert_eq!(fields.get("b"), None);
}

fn pair(status: &str, text: &str) -> (String, String) {
    (status.to_owned(), text.to_owned())
}
