//! The gateway: who may come in, what is heard, and what survives a cut.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use threadline_sandbox::discord::{Cut, MESSAGE_CONTENT, Permissions, Setup};

use crate::bot::{Bot, Ended, GUILD_MESSAGES, GUILDS, Gateway, id, lenient, notified};

#[tokio::test]
async fn a_bot_identifies_with_its_token_and_its_intents() {
    let bot = Bot::start(lenient()).await;
    for (token, intents, code) in [
        ("Bot wrong".to_owned(), GUILDS, 4004),
        (format!("Bot {}", bot.discord.token()), GUILDS | MESSAGE_CONTENT, 4014),
        (format!("Bot {}", bot.discord.token()), 1 << 40, 4013),
    ] {
        let mut gateway = Gateway::connect(&bot.discord).await;
        gateway.identify(&token, intents).await;
        assert_eq!(gateway.frame().await, Err(Ended::Coded(code)));
    }
    let mut gateway = bot.gateway(GUILDS).await;
    gateway.say(json!({ "op": 1, "d": gateway.sequence })).await;
    assert_eq!(gateway.frame().await.unwrap()["op"], 11);
    gateway.identify(&bot.discord.token(), GUILDS).await;
    assert_eq!(gateway.frame().await, Err(Ended::Coded(4005)));
    assert_eq!(bot.discord.identifies(), 1);
    let mut rude = Gateway::connect(&bot.discord).await;
    rude.say(json!({ "op": 99 })).await;
    assert_eq!(rude.frame().await, Err(Ended::Coded(4001)));
    let mut early = Gateway::connect(&bot.discord).await;
    early.say(json!({ "op": 3, "d": {} })).await;
    assert_eq!(early.frame().await, Err(Ended::Coded(4003)));
}

#[tokio::test]
async fn a_silent_bot_is_cut_off() {
    let bot = Bot::start(Setup { heartbeat: Duration::from_millis(50), ..lenient() }).await;
    let mut gateway = bot.gateway(GUILDS).await;
    assert_eq!(gateway.frame().await, Err(Ended::Coded(4009)));
}

#[tokio::test]
async fn events_come_to_those_who_asked() {
    let bot = Bot::start(Setup { privileged_intents: MESSAGE_CONTENT, ..lenient() }).await;
    let ana = bot.discord.member("Ana");
    let mut quiet = bot.gateway(GUILDS).await;
    let mut deaf = bot.gateway(GUILDS | GUILD_MESSAGES).await;
    let mut keen = bot.gateway(GUILDS | GUILD_MESSAGES | MESSAGE_CONTENT).await;
    ana.post(bot.support(), "secret").unwrap();
    ana.post(bot.support(), &format!("<@{}> not secret", bot.discord.bot_id())).unwrap();
    assert_eq!(deaf.event("MESSAGE_CREATE").await["content"], "");
    assert!(deaf.event("MESSAGE_CREATE").await["content"].as_str().unwrap().ends_with("not secret"));
    assert_eq!(keen.event("MESSAGE_CREATE").await["content"], "secret");
    // What is remembered is what was sent: nothing of it to the quiet one, and no text to the deaf one.
    let (sent, _) = bot.discord.events(0);
    let texts: Vec<_> =
        sent.iter().filter(|event| event.name == "MESSAGE_CREATE").map(|event| &event.data["content"]).collect();
    assert_eq!(texts.iter().filter(|text| **text == "secret").count(), 1);
    assert_eq!(texts.len(), 4, "two messages over two connections");
    let card = bot.say(bot.support(), "card").await;
    let path = format!("/channels/{}/messages/{card}/threads", bot.support());
    let thread = id(&bot.ask(Method::POST, &path, json!({ "name": "t" })).await);
    assert_eq!(deaf.event("MESSAGE_CREATE").await["author"]["username"], "threadline");
    assert_eq!(quiet.event("THREAD_CREATE").await["newly_created"], true, "no message event came before it");
    bot.discord.archive_thread(thread).unwrap();
    assert_eq!(quiet.event("THREAD_UPDATE").await["thread_metadata"]["archived"], true);
    bot.discord.revoke(bot.support(), Permissions::EMBED_LINKS);
    assert_eq!(quiet.event("CHANNEL_UPDATE").await["permission_overwrites"][0]["type"], 1);
    bot.discord.set_mentionable(bot.discord.role_id("Agents"), false);
    assert_eq!(quiet.event("GUILD_ROLE_UPDATE").await["role"]["mentionable"], false);
    bot.discord.delete_thread(thread).unwrap();
    assert_eq!(quiet.event("THREAD_DELETE").await["id"], json!(thread));
    bot.discord.delete_message(bot.support(), card).unwrap();
    assert_eq!(keen.event("MESSAGE_DELETE").await["id"], json!(card));
    assert!(bot.discord.left_over().is_empty(), "{:?}", bot.discord.left_over());
}

#[tokio::test]
async fn an_event_that_nobody_asked_for_was_not_sent() {
    let bot = Bot::start(Setup { privileged_intents: MESSAGE_CONTENT, ..lenient() }).await;
    let mut quiet = bot.gateway(GUILDS).await;
    bot.discord.member("Ana").post(bot.support(), "between us").unwrap();
    bot.discord.set_mentionable(bot.discord.role_id("Agents"), false);
    quiet.event("GUILD_ROLE_UPDATE").await;
    let sent = bot.discord.events(0).0;
    let names: Vec<_> = sent.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["READY", "GUILD_CREATE", "GUILD_ROLE_UPDATE"]);
}

#[tokio::test]
async fn what_was_missed_is_replayed() {
    let bot = Bot::start(lenient()).await;
    for (cut, ended) in
        [(Cut::Tcp, Ended::Torn), (Cut::Close(Some(4000)), Ended::Coded(4000)), (Cut::Close(None), Ended::WithoutCode)]
    {
        let mut gateway = bot.gateway(GUILDS).await;
        bot.discord.drop_gateway(cut);
        assert_eq!(gateway.frame().await, Err(ended));
        let free = format!("/channels/{}/threads", bot.support());
        bot.ask(Method::POST, &free, json!({ "name": "missed", "type": 11 })).await;
        let mut again = Gateway::connect(&bot.discord).await;
        again.sequence = gateway.sequence;
        again.resume(&bot.discord.token(), &gateway.session, gateway.sequence).await;
        assert_eq!(again.event("THREAD_CREATE").await["name"], "missed");
        again.event("RESUMED").await;
        bot.discord.drop_gateway(Cut::InvalidSession);
        assert_eq!(again.frame().await.unwrap(), json!({ "op": 9, "d": false }));
        again.sequence = 0;
        again.identify(&bot.discord.token(), GUILDS).await;
        again.event("READY").await;
        bot.discord.drop_gateway(Cut::Reconnect);
        again.event("GUILD_CREATE").await;
        assert_eq!(again.frame().await.unwrap()["op"], 7);
    }
    let mut stranger = Gateway::connect(&bot.discord).await;
    stranger.resume(&bot.discord.token(), "nothing", 1).await;
    assert_eq!(stranger.frame().await.unwrap(), json!({ "op": 9, "d": false }));
}

#[tokio::test]
async fn the_same_interaction_comes_again() {
    let bot = Bot::start(lenient()).await;
    let mut gateway = bot.gateway(GUILDS).await;
    let (asked, event) = notified(&bot, &mut gateway).await;
    bot.discord.redeliver(&asked, 2);
    assert_eq!(gateway.event("INTERACTION_CREATE").await, event);
    assert_eq!(gateway.event("INTERACTION_CREATE").await, event);
}

#[tokio::test]
async fn a_changed_token_ends_the_session() {
    let bot = Bot::start(lenient()).await;
    let mut gateway = bot.gateway(GUILDS).await;
    bot.discord.change_token("another");
    assert_eq!(gateway.frame().await, Err(Ended::Coded(4004)));
    bot.gateway(GUILDS).await;
}
