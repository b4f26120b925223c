//! Through the SMS API.

use serde_json::{Value, json};
use threadline_sandbox::vonage::Sms;

use crate::{CUSTOMER, OURS, nothing_left_over, sdk, vonage};

/// The Node SDK has an error of its own for this, but compares a number with `message-count`, which is text: it speaks
/// of some messages even where all were refused.
const ALL_REFUSED: [&str; 2] = ["MessageSendPartialFailure", "SmsError"];
const SOME_REFUSED: [&str; 2] = ["MessageSendPartialFailure", "PartialFailureError"];

#[tokio::test]
async fn texts_arrive_and_the_sdk_has_their_ids() {
    for sdk in sdk::all() {
        let vonage = vonage().await;
        let long = "a".repeat(161);
        let steps = json!([
            {"do": "sms", "from": OURS, "to": CUSTOMER, "text": "1 & 1 = 2, {€}", "client_ref": "ours-1"},
            {"do": "sms", "from": OURS, "to": CUSTOMER, "text": "Привет 🚚", "type": "unicode"},
            {"do": "sms", "from": "Acme Ltd", "to": CUSTOMER, "text": long},
        ]);
        let outcomes = sdk.play(&vonage, &steps).await;

        let sent = vonage.sent();
        let texts: Vec<&str> = sent.iter().map(|sms| sms.text.as_str()).collect();
        assert_eq!(texts, ["1 & 1 = 2, {€}", "Привет 🚚", &long], "{}", sdk.name);
        assert_eq!(sent.iter().map(|sms| sms.unicode).collect::<Vec<_>>(), [false, true, false]);
        assert_eq!(sent.iter().map(Sms::parts).collect::<Vec<_>>(), [1, 1, 2]);
        let refs: Vec<Option<&str>> = sent.iter().map(|sms| sms.client_ref.as_deref()).collect();
        assert_eq!(refs, [Some("ours-1"), None, None]);
        assert_eq!((sent[0].from.as_str(), sent[2].from.as_str()), (OURS, "Acme Ltd"));
        let ids: Vec<Value> = sent.iter().map(|sms| json!(sms.message_ids)).collect();
        assert_eq!(outcomes.iter().map(|outcome| outcome["ids"].clone()).collect::<Vec<_>>(), ids, "{}", sdk.name);
        assert_eq!(outcomes[0]["refs"], json!(["ours-1"]));

        // As each of them does it, and as the simulator therefore has to take it.
        let content_type = if sdk.name == "node" { "application/json" } else { "application/x-www-form-urlencoded" };
        for exchange in vonage.requests().matching("POST", "/sms/json") {
            assert_eq!(exchange.request_headers["content-type"], content_type);
            assert!(exchange.request_headers["authorization"].to_str().unwrap().starts_with("Basic "));
        }
        nothing_left_over(&vonage).await;
    }
}

#[tokio::test]
async fn a_refusal_is_the_sdks_error() {
    for sdk in sdk::all() {
        let vonage = vonage().await;
        let foreign = json!({"do": "sms", "from": "447700900999", "to": CUSTOMER, "text": "Hi"});
        let outcomes = sdk.play(&vonage, &json!([foreign])).await;
        refused(&outcomes[0], ALL_REFUSED, "15", "Invalid Sender Address");

        let right = json!({"do": "sms", "from": OURS, "to": CUSTOMER, "text": "Hi"});
        let outcomes = sdk.play_as(&vonage, "another-secret", &json!([right])).await;
        refused(&outcomes[0], ALL_REFUSED, "4", "Invalid Credentials");

        vonage.set_balance(0);
        let outcomes = sdk.play(&vonage, &json!([right])).await;
        refused(&outcomes[0], ALL_REFUSED, "9", "Partner Quota Violation");
        assert!(vonage.sent().is_empty());
        nothing_left_over(&vonage).await;
    }
}

#[tokio::test]
async fn a_long_text_taken_in_part_is_the_sdks_other_error() {
    for sdk in sdk::all() {
        let vonage = vonage().await;
        vonage.refuse_parts_after(1, 1);
        let long = json!({"do": "sms", "from": OURS, "to": CUSTOMER, "text": "a".repeat(200)});
        let outcomes = sdk.play(&vonage, &json!([long])).await;
        refused(&outcomes[0], SOME_REFUSED, "1", "Throttled");
        assert_eq!(vonage.sent()[0].parts(), 1);
        nothing_left_over(&vonage).await;
    }
}

/// By the error of the one SDK or of the other, with Vonage's status and its text.
pub(crate) fn refused(outcome: &Value, errors: [&str; 2], status: &str, text: &str) {
    let (error, says) = (outcome["error"].as_str().unwrap_or_default(), outcome["says"].as_str().unwrap_or_default());
    assert!(errors.contains(&error), "{outcome}");
    let words: Vec<&str> = says.split([' ', ':']).collect();
    assert!(words.contains(&status) && says.contains(text), "{outcome}");
}
