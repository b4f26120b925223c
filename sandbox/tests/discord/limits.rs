//! Rate limits and outages.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use threadline_sandbox::{
    discord::{Cut, Limit, RateLimits, Setup},
    fault::Fault,
};

use crate::bot::{Bot, Ended, GUILDS, Gateway, lenient};

#[tokio::test]
async fn a_channel_takes_five_messages_in_five_seconds() {
    let messages = Limit::new(5, Duration::from_secs(2));
    let rate_limits = RateLimits { messages, ..RateLimits::REAL };
    // The first look at the description takes long, and this test is about time.
    let bot = Bot::start(Setup { rate_limits, specs: None, ..Setup::default() }).await;
    let path = format!("/channels/{}/messages", bot.support());
    let post =
        async |path: &str| bot.request(Method::POST, path).json(&json!({ "content": "x" })).send().await.unwrap();
    for left in (0..5).rev() {
        let response = post(&path).await;
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!((response.status().as_u16(), header("x-ratelimit-remaining")), (200, left.to_string()));
        assert_eq!(header("x-ratelimit-limit"), "5");
        assert!(header("x-ratelimit-reset-after").parse::<f64>().unwrap() <= 2.0);
    }
    let refused = post(&path).await;
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["x-ratelimit-scope"], "user");
    assert_eq!(refused.headers()["retry-after"], "2");
    let body: serde_json::Value = refused.json().await.unwrap();
    assert_eq!(body["global"], false);
    assert_eq!(bot.discord.throttled(), 1);
    let elsewhere = format!("/channels/{}/messages", bot.discord.channel_id("operators"));
    assert_eq!(post(&elsewhere).await.status(), 200, "another channel has a window of its own");
    tokio::time::sleep(Duration::from_secs_f64(body["retry_after"].as_f64().unwrap())).await;
    assert_eq!(post(&path).await.status(), 200);
    assert!(bot.discord.violations().is_empty(), "{:?}", bot.discord.violations());
}

#[tokio::test]
async fn a_thread_changes_twice_in_ten_minutes() {
    let bot = Bot::start(Setup { rate_limits: RateLimits::REAL, ..lenient() }).await;
    let free = format!("/channels/{}/threads", bot.support());
    let thread = crate::bot::id(&bot.ask(Method::POST, &free, json!({ "name": "x", "type": 11 })).await);
    let path = format!("/channels/{thread}");
    bot.ask(Method::PATCH, &path, json!({ "archived": true })).await;
    bot.ask(Method::PATCH, &path, json!({ "archived": false })).await;
    let (status, body) = bot.send(bot.request(Method::PATCH, &path), json!({ "archived": true })).await;
    assert_eq!(status, 429);
    assert!(body["retry_after"].as_f64().unwrap() > 590.0);
}

#[tokio::test]
async fn discord_goes_down_and_comes_back_on_its_port() {
    let bot = Bot::start(lenient()).await;
    let mut gateway = bot.gateway(GUILDS).await;
    bot.discord.down().await;
    assert_eq!(gateway.frame().await, Err(Ended::Torn));
    let refused = bot.request(Method::GET, "/users/@me").send().await;
    assert!(refused.unwrap_err().is_connect());
    bot.discord.up().await.unwrap();
    let mut again = Gateway::connect(&bot.discord).await;
    again.sequence = gateway.sequence;
    again.resume(&bot.discord.token(), &gateway.session, gateway.sequence).await;
    again.event("RESUMED").await;
    bot.discord.drop_gateway(Cut::Tcp);
}

#[tokio::test]
async fn a_fault_after_the_effect_leaves_the_message() {
    let bot = Bot::start(lenient()).await;
    bot.discord.faults().add(Fault::on("POST", "/api/v10/channels/*/messages").status_after_effect(500));
    let path = format!("/channels/{}/messages", bot.support());
    let body = json!({ "content": "once", "nonce": "n1", "enforce_nonce": true });
    assert_eq!(bot.send(bot.request(Method::POST, &path), body.clone()).await.0, 500);
    bot.ask(Method::POST, &path, body).await;
    assert_eq!(bot.discord.messages(bot.support()).len(), 1);
    assert!(bot.discord.left_over().is_empty(), "{:?}", bot.discord.left_over());
}
