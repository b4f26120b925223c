//! The account's numbers: listed, looked for, rented, and linked to a webhook.

use serde_json::json;

use crate::bridge::Bridge;
use crate::{CUSTOMER, OURS, nothing_left_over, sdk, vonage};

/// The first of the simulator's stock.
const FREE: &str = "447700900900";

#[tokio::test]
async fn a_number_is_found_rented_and_linked() {
    for sdk in sdk::all() {
        let (vonage, bridge) = (vonage().await, Bridge::start().await);
        let url = bridge.url("/inbound");
        let steps = json!([
            {"do": "numbers"},
            {"do": "search", "country": "GB"},
            {"do": "buy", "country": "GB", "msisdn": FREE},
            {"do": "link", "country": "GB", "msisdn": FREE, "url": url},
            {"do": "numbers"},
            {"do": "sms", "from": FREE, "to": CUSTOMER, "text": "From the new number"},
        ]);
        let outcomes = sdk.play(&vonage, &steps).await;
        assert_eq!(outcomes[0], json!({"count": 1, "numbers": [[OURS, "GB", null]]}), "{}", sdk.name);
        assert_eq!(outcomes[1]["numbers"][0], json!([FREE, "1.25"]), "{}", sdk.name);
        assert_eq!(outcomes[2..4], [json!({"code": "200"}), json!({"code": "200"})], "{}", sdk.name);
        let both = json!([[OURS, "GB", null], [FREE, "GB", url]]);
        assert_eq!(outcomes[4], json!({"count": 2, "numbers": both}), "{}", sdk.name);
        assert_eq!(vonage.sent()[0].from, FREE);
        // Vonage asks the address before it takes it.
        bridge.webhooks("/inbound", 1).await;
        nothing_left_over(&vonage).await;
    }
}

#[tokio::test]
async fn what_somebody_else_has_is_not_rented() {
    for sdk in sdk::all() {
        let vonage = vonage().await;
        let outcomes = sdk.play(&vonage, &json!([{"do": "buy", "country": "GB", "msisdn": OURS}])).await;
        let (error, says) = (outcomes[0]["error"].as_str().unwrap(), outcomes[0]["says"].as_str().unwrap());
        assert!(["VetchError", "HttpRequestError"].contains(&error) && says.contains("HTTP 420"), "{outcomes:?}");
        assert_eq!(vonage.balance(), 1_000_000_000);
        nothing_left_over(&vonage).await;
    }
}
