//! The Numbers API: looking for numbers, renting them, giving them back, and saying where their texts go.

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use threadline_sandbox::fault::Fault;
use threadline_sandbox::vonage::{Vonage, WebhookApi};
use threadline_sandbox::wire::WRONG_ON_PURPOSE;

use crate::bridge::Bridge;
use crate::{CUSTOMER, form, nothing_left_over, refused, send, vonage, with};

const OURS: &str = "447700900000";
const FREE: &str = "447700900900";

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

fn get(vonage: &Vonage, path: &str, query: &[(&str, &str)]) -> RequestBuilder {
    let setup = vonage.setup();
    let request = client().get(format!("{}{path}", vonage.url())).query(query);
    request.basic_auth(&setup.api_key, Some(&setup.api_secret))
}

fn post(vonage: &Vonage, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
    let setup = vonage.setup();
    let request = client().post(format!("{}{path}", vonage.url())).form(form);
    request.basic_auth(&setup.api_key, Some(&setup.api_secret))
}

async fn found(request: RequestBuilder) -> Value {
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

/// The status of a call that changes something, and its label.
async fn changed(request: RequestBuilder) -> (u16, String) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["error-code"], status.to_string());
    (status, answer["error-code-label"].as_str().unwrap().to_owned())
}

fn listed(found: &Value) -> Vec<&str> {
    found["numbers"].as_array().unwrap().iter().map(|number| number["msisdn"].as_str().unwrap()).collect()
}

fn success() -> (u16, String) {
    (200, "success".to_owned())
}

fn failed() -> (u16, String) {
    (420, "method failed".to_owned())
}

#[tokio::test]
async fn the_stock_is_looked_through_page_by_page() {
    let vonage = vonage(|_| {}).await;
    let search = async |query: &[(&str, &str)]| found(get(&vonage, "/number/search", query)).await;
    let first = search(&[("country", "GB"), ("features", "SMS")]).await;
    assert_eq!((&first["count"], listed(&first).len()), (&json!(40), 10));
    assert_eq!(
        first["numbers"][0],
        json!({"country": "GB", "msisdn": FREE, "type": "mobile-lvn", "cost": "1.25", "features": ["SMS", "VOICE"]})
    );
    let last = search(&[("country", "GB"), ("features", "SMS"), ("size", "15"), ("index", "3")]).await;
    assert_eq!((listed(&last).len(), listed(&last)[9]), (10, "447700900939"));
    let by = async |pattern: &'static str, how: &'static str| {
        let page = search(&[("country", "US"), ("pattern", pattern), ("search_pattern", how), ("size", "100")]).await;
        page["count"].as_u64().unwrap_or_default()
    };
    assert_eq!((by("1800", "0").await, by("0155501", "1").await, by("9", "2").await), (5, 20, 2));
    let free_of_toll = search(&[("country", "US"), ("type", "landline-toll-free")]).await;
    assert_eq!(listed(&free_of_toll)[0], "18005550150");
    let all = search(&[("country", "US"), ("features", "SMS,MMS,VOICE")]).await;
    assert_eq!(all["count"], 20);
    assert_eq!(search(&[("country", "FR")]).await, json!({}));
    assert_eq!(search(&[("country", "GB"), ("type", "landline"), ("features", "SMS")]).await, json!({}));
    let query = [("api_key", "abcd1234"), ("api_secret", "sandbox-secret-1"), ("country", "CA")];
    let by_query = client().get(format!("{}/number/search", vonage.url())).query(&query);
    assert_eq!(found(by_query).await["count"], 10);
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn a_number_is_bought_sends_and_is_given_back() {
    let vonage = vonage(|_| {}).await;
    let details = [("country", "GB"), ("msisdn", FREE)];
    let from_it = with(form(&vonage, "Hi"), "from", FREE);
    assert_eq!(refused(&vonage, &from_it).await.0, "15");
    assert_eq!(changed(post(&vonage, "/number/buy", &details)).await, success());
    assert_eq!(vonage.balance(), 1_000_000_000 - 1_250_000);
    assert_eq!(send(&vonage, &from_it).await["messages"][0]["status"], "0");
    assert_eq!(changed(post(&vonage, "/number/buy", &details)).await, failed());
    let free = found(get(&vonage, "/number/search", &[("country", "GB"), ("pattern", FREE)])).await;
    assert_eq!(free, json!({}));
    let owned = found(get(&vonage, "/account/numbers", &[])).await;
    assert_eq!(
        owned,
        json!({"count": 2, "numbers": [
            {"country": "GB", "msisdn": OURS, "type": "mobile-lvn", "features": ["SMS", "VOICE"]},
            {"country": "GB", "msisdn": FREE, "type": "mobile-lvn", "features": ["SMS", "VOICE"]},
        ]})
    );
    assert_eq!(vonage.numbers()[1].msisdn, FREE);
    assert_eq!(changed(post(&vonage, "/number/cancel", &details)).await, success());
    assert_eq!(changed(post(&vonage, "/number/cancel", &details)).await, failed());
    assert_eq!(refused(&vonage, &from_it).await.0, "15");
    let free = found(get(&vonage, "/number/search", &[("country", "GB"), ("pattern", FREE)])).await;
    assert_eq!(free["count"], 1);
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn what_cannot_be_bought() {
    let vonage = vonage(|setup| setup.balance = 1_000_000).await;
    let buy = async |country: &str, msisdn: &str| {
        changed(post(&vonage, "/number/buy", &[("country", country), ("msisdn", msisdn)])).await
    };
    assert_eq!(buy("GB", FREE).await, failed());
    assert_eq!(buy("US", FREE).await, failed());
    assert_eq!(buy("GB", "447700900123").await, failed());
    let (status, why) = buy("DE", "4917604069000").await;
    assert!(status == 420 && why.contains("Dashboard"), "{status} {why}");
    assert_eq!((vonage.balance(), vonage.numbers().len()), (1_000_000, 1));
    assert_eq!(buy("US", "12015550100").await, success());
    let query = client().post(format!("{}/number/cancel", vonage.url()));
    let query = query.query(&[("api_key", "abcd1234"), ("api_secret", "sandbox-secret-1")]);
    assert_eq!(changed(query.form(&[("country", "US"), ("msisdn", "12015550100")])).await, success());
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn strangers_and_mistakes() {
    let vonage = vonage(|_| {}).await;
    let details = [("country", "GB"), ("msisdn", FREE)];
    for path in ["/number/buy", "/number/cancel", "/number/update"] {
        let wrong = || client().post(format!("{}{path}", vonage.url())).header(WRONG_ON_PURPOSE, "1");
        let unauthorized = (401, "authentication failed".to_owned());
        assert_eq!(changed(wrong().form(&details)).await, unauthorized);
        assert_eq!(changed(wrong().basic_auth("abcd1234", Some("wrong")).form(&details)).await, unauthorized);
        let half = post(&vonage, path, &[("msisdn", FREE)]).header(WRONG_ON_PURPOSE, "1").send().await.unwrap();
        assert_eq!(half.status(), 400);
        assert_eq!(half.json::<Value>().await.unwrap(), json!({"country": "Is required."}));
    }
    for path in ["/account/numbers", "/number/search"] {
        let wrong = client().get(format!("{}{path}?country=GB", vonage.url())).header(WRONG_ON_PURPOSE, "1");
        assert_eq!(wrong.send().await.unwrap().status(), 401);
    }
    nothing_left_over(&vonage).await;
    found(get(&vonage, "/account/numbers", &[("starts_with", "44")])).await;
    assert_eq!(vonage.violations(), ["GET /account/numbers: no document knows the parameter \"starts_with\""]);
}

#[tokio::test]
async fn a_number_has_its_own_url_before_the_accounts() {
    let (vonage, bridge) = (vonage(|_| {}).await, Bridge::start().await);
    vonage.set_inbound_url(&bridge.url("/account")).await.unwrap();
    let update = async |msisdn: &str, name: &str, value: &str| {
        changed(post(&vonage, "/number/update", &[("country", "GB"), ("msisdn", msisdn), (name, value)])).await
    };
    let own = bridge.url("/own");
    assert_eq!(update(FREE, "moHttpUrl", &own).await, failed());
    assert_eq!(update(OURS, "moHttpUrl", &own).await, success());
    let asked = bridge.log.matching("GET", "/own").remove(0);
    assert_eq!((asked.query, asked.request_body.len()), (None, 0));
    bridge.faults.add(Fault::on("GET", "/broken").status(204));
    assert_eq!(update(OURS, "moHttpUrl", &bridge.url("/broken")).await.0, 420);
    let owned = found(get(&vonage, "/account/numbers", &[("country", "GB")])).await;
    assert_eq!(owned["numbers"][0]["moHttpUrl"], own.as_str());
    vonage.phone(CUSTOMER).send("1").await;
    bridge.webhooks("/own", 2).await;
    assert_eq!(update(OURS, "moHttpUrl", "").await, success());
    vonage.phone(CUSTOMER).send("2").await;
    assert_eq!((bridge.log.count("POST", "/own"), bridge.log.count("POST", "/account")), (1, 1));
    assert_eq!(vonage.numbers()[0].url, None);
    nothing_left_over(&vonage).await;
}

#[tokio::test]
async fn a_linked_number_brings_its_messages_to_the_application() {
    let (vonage, bridge) = (vonage(|_| {}).await, Bridge::start().await);
    vonage.set_webhook_api(WebhookApi::Messages);
    vonage.set_message_urls(&bridge.url("/application"), "");
    vonage.set_inbound_url(&bridge.url("/account")).await.unwrap();
    let id = vonage.setup().application.id.clone();
    let link = async |id: &str| {
        changed(post(&vonage, "/number/update", &[("country", "GB"), ("msisdn", OURS), ("app_id", id)])).await
    };
    let linked = async |has: &str, application: &str| {
        let query = [("has_application", has), ("application_id", application)];
        let query = if application.is_empty() { &query[..1] } else { &query };
        found(get(&vonage, "/account/numbers", query)).await
    };
    assert_eq!(link("").await, success());
    assert_eq!((linked("true", "").await, linked("false", "").await["count"].clone()), (json!({}), json!(1)));
    vonage.phone(CUSTOMER).send("1").await;
    bridge.webhooks("/account", 2).await;
    assert_eq!(link("another").await, failed());
    assert_eq!(link(&id).await, success());
    let shown = linked("true", &id).await["numbers"][0].clone();
    assert_eq!((&shown["messagesCallbackType"], &shown["messagesCallbackValue"]), (&json!("app"), &json!(id)));
    vonage.phone(CUSTOMER).send("2").await;
    bridge.webhooks("/application", 1).await;
    vonage.link_number(OURS, false);
    vonage.phone(CUSTOMER).send("3").await;
    assert_eq!(bridge.log.count("POST", "/account"), 2);
    nothing_left_over(&vonage).await;
}
