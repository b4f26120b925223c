//! The account: its balance and its settings.

use serde_json::json;
use threadline_sandbox::vonage::{Setup, Vonage};

use crate::bridge::Bridge;
use crate::{nothing_left_over, sdk, vonage};

#[tokio::test]
async fn the_balance_is_read() {
    for sdk in sdk::all() {
        let vonage = Vonage::start(Setup { balance: 12_345_600, ..Setup::default() }).await.unwrap();
        assert_eq!(sdk.play(&vonage, &json!([{"do": "balance"}])).await, [json!({"value": 12.3456})], "{}", sdk.name);
        nothing_left_over(&vonage).await;
    }
}

#[tokio::test]
async fn a_wrong_secret_is_told() {
    for sdk in sdk::all() {
        let vonage = vonage().await;
        let outcomes = sdk.play_as(&vonage, "another-secret", &json!([{"do": "balance"}])).await;
        let (error, says) = (outcomes[0]["error"].as_str().unwrap(), outcomes[0]["says"].as_str().unwrap());
        assert!(["VetchError", "AuthenticationError"].contains(&error) && says.contains("HTTP 401"), "{outcomes:?}");
        nothing_left_over(&vonage).await;
    }
}

#[tokio::test]
async fn the_webhooks_addresses_are_set() {
    for sdk in sdk::all() {
        let (vonage, bridge) = (vonage().await, Bridge::start().await);
        let (inbound, receipts) = (bridge.url("/inbound"), bridge.url("/receipts"));
        let steps = json!([{"do": "settings", "inbound": inbound, "receipts": receipts}]);
        let expected = json!({"inbound": inbound, "receipts": receipts, "rate": 30});
        assert_eq!(sdk.play(&vonage, &steps).await, [expected], "{}", sdk.name);
        bridge.webhooks("/inbound", 1).await;
        vonage.phone(crate::CUSTOMER).send("Hello").await;
        assert_eq!(bridge.webhooks("/inbound", 2).await[1].request_json()["text"], "Hello");
        nothing_left_over(&vonage).await;
    }
}
