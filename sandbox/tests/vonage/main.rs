//! The simulated Vonage, held against Vonage's documents.

#![allow(clippy::unwrap_used)]

mod account;
mod alphabet;
mod bridge;
mod inbound;
mod joined;
mod messages;
mod messenger;
mod numbers;
mod opt_out;
mod receipts;
mod sending;
mod signed;
mod statuses;

use serde_json::Value;
use threadline_sandbox::vonage::{Setup, Vonage};
use threadline_sandbox::wire::WRONG_ON_PURPOSE;

const CUSTOMER: &str = "447700900001";

async fn vonage(change: impl FnOnce(&mut Setup)) -> Vonage {
    let mut setup = Setup::default();
    change(&mut setup);
    Vonage::start(setup).await.unwrap()
}

/// A right request to send `text`, credentials and all.
fn form<'a>(vonage: &'a Vonage, text: &'a str) -> Vec<(&'a str, &'a str)> {
    let setup = vonage.setup();
    vec![
        ("api_key", &setup.api_key),
        ("api_secret", &setup.api_secret),
        ("from", &setup.numbers[0]),
        ("to", CUSTOMER),
        ("text", text),
    ]
}

/// The same fields, one of them changed or added.
fn with<'a>(mut form: Vec<(&'a str, &'a str)>, name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    form.retain(|(key, _)| *key != name);
    form.push((name, value));
    form
}

fn without<'a>(mut form: Vec<(&'a str, &'a str)>, name: &str) -> Vec<(&'a str, &'a str)> {
    form.retain(|(key, _)| *key != name);
    form
}

fn request(vonage: &Vonage) -> reqwest::RequestBuilder {
    reqwest::Client::builder().no_proxy().build().unwrap().post(format!("{}/sms/json", vonage.url()))
}

/// Sends a right request.
async fn send(vonage: &Vonage, form: &[(&str, &str)]) -> Value {
    request(vonage).form(form).send().await.unwrap().json().await.unwrap()
}

/// Sends a request that is wrong on purpose, and returns its status and error text.
async fn refused(vonage: &Vonage, form: &[(&str, &str)]) -> (String, String) {
    let answer = request(vonage).header(WRONG_ON_PURPOSE, "1").form(form).send().await.unwrap();
    assert_eq!(answer.status(), 200, "Vonage answers 200 whatever happens");
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["message-count"], "1");
    let message = &answer["messages"][0];
    (message["status"].as_str().unwrap().to_owned(), message["error-text"].as_str().unwrap_or_default().to_owned())
}

async fn nothing_left_over(vonage: &Vonage) {
    assert_eq!(vonage.finished().await, Vec::<String>::new());
}
