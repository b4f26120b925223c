//! The account: its balance, its settings, and the check of a webhook URL.

use serde_json::{Value, json};
use threadline_sandbox::fault::Fault;
use threadline_sandbox::vonage::Vonage;
use threadline_sandbox::wire::WRONG_ON_PURPOSE;

use crate::bridge::Bridge;
use crate::{nothing_left_over, vonage};

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

fn settings(vonage: &Vonage) -> reqwest::RequestBuilder {
    let setup = vonage.setup();
    client().post(format!("{}/account/settings", vonage.url())).basic_auth(&setup.api_key, Some(&setup.api_secret))
}

#[tokio::test]
async fn the_balance_by_either_way_of_credentials() {
    let vonage = vonage(|setup| setup.balance = 12_345_600).await;
    let setup = vonage.setup();
    let url = format!("{}/account/get-balance", vonage.url());
    let basic = client().get(&url).basic_auth(&setup.api_key, Some(&setup.api_secret));
    let query = client().get(&url).query(&[("api_key", &setup.api_key), ("api_secret", &setup.api_secret)]);
    for request in [basic, query] {
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer, json!({"value": 12.3456, "autoReload": false}));
    }
    let wrong = client().get(&url).header(WRONG_ON_PURPOSE, "1").basic_auth(&setup.api_key, Some("wrong"));
    assert_eq!(wrong.send().await.unwrap().status(), 401);
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn an_empty_post_returns_the_settings() {
    let vonage = vonage(|_| {}).await;
    let answer: Value = settings(&vonage).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["mo-callback-url"], "");
    assert_eq!(answer["max-outbound-request"], 30);
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn a_webhook_url_is_asked_with_a_bare_get_and_must_answer_200() {
    let (vonage, bridge) = (vonage(|_| {}).await, Bridge::start().await);
    let url = bridge.url("/inbound");
    let answer = settings(&vonage).form(&[("moCallBackUrl", &url)]).send().await.unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap()["mo-callback-url"], url.as_str());
    let asked = bridge.log.matching("GET", "/inbound").remove(0);
    assert_eq!((asked.query, asked.request_body.len()), (None, 0));

    bridge.faults.add(Fault::on("GET", "/other").status(204));
    assert!(vonage.set_inbound_url(&bridge.url("/other")).await.is_err());
    bridge.down().await;
    let refused = settings(&vonage).form(&[("drCallBackUrl", &bridge.url("/receipt"))]).send().await.unwrap();
    assert_eq!(refused.status(), 420);
    let answer: Value = settings(&vonage).send().await.unwrap().json().await.unwrap();
    assert_eq!((&answer["mo-callback-url"], &answer["dr-callback-url"]), (&json!(url), &json!("")));

    settings(&vonage).form(&[("moCallBackUrl", "")]).send().await.unwrap();
    let answer: Value = settings(&vonage).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["mo-callback-url"], "");
    nothing_left_over(&vonage).await;
}
