//! Interactions: the deadline, the token, what each kind may be answered with.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use threadline_sandbox::discord::Setup;

use crate::bot::{Bot, GUILDS, callback, id, lenient, notified, notify};

#[tokio::test]
async fn deferred_then_edited_then_followed_up() {
    let bot = Bot::start(lenient()).await;
    let mut gateway = bot.gateway(GUILDS).await;
    let (asked, event) = notified(&bot, &mut gateway).await;
    assert_eq!(event["data"]["options"][0]["value"], "07700 900001");
    let original = bot.answer_path(&event, "@original");
    assert_eq!(bot.wrong(Method::GET, &original, Value::Null).await.1, 10015, "nothing was said yet");
    bot.respond(&event, json!({ "type": 5, "data": { "flags": 64 } })).await;
    asked.wait_deferred().await.unwrap();
    assert!(asked.acknowledged_after().unwrap() < Duration::from_secs(3));
    assert_eq!(bot.discord.left_over(), ["/notify by Ana: still thinking"]);
    let twice = bot.wrong(Method::POST, &callback(&event), json!({ "type": 5 })).await;
    assert_eq!((twice.0, twice.1), (400, 40060));
    bot.ask(Method::PATCH, &original, json!({ "content": "queued" })).await;
    let answer = asked.wait_answer().await.unwrap();
    assert!(answer.ephemeral && answer.edits == 0 && answer.content == "queued");
    // Some clients escape the sign, which Discord takes and its description does not foresee.
    let (escaped, _, _) = bot.wrong(Method::PATCH, &original.replace('@', "%40"), json!({ "content": "sent" })).await;
    assert_eq!(escaped, 200);
    assert_eq!(asked.wait_answer_containing("sent").await.unwrap().edits, 1);
    let more = original.replace("/messages/@original", "?wait=true");
    let followup = bot.ask(Method::POST, &more, json!({ "content": "and more", "flags": 64 })).await;
    bot.ask(Method::PATCH, &bot.answer_path(&event, &id(&followup).to_string()), json!({ "content": "most" })).await;
    assert_eq!(asked.answer_now().unwrap().content, "most");
    bot.ask(Method::DELETE, &original, Value::Null).await;
    assert_eq!(bot.wrong(Method::PATCH, &original, json!({ "content": "x" })).await.1, 10008);
    assert!(bot.discord.messages(bot.support()).is_empty(), "ephemeral answers are nobody else's");
    assert!(bot.discord.left_over().is_empty(), "{:?}", bot.discord.left_over());
}

#[tokio::test]
async fn the_first_followup_takes_the_place_of_thinking() {
    let bot = Bot::start(lenient()).await;
    let mut gateway = bot.gateway(GUILDS).await;
    let (asked, event) = notified(&bot, &mut gateway).await;
    let deferred =
        bot.ask(Method::POST, &format!("{}?with_response=true", callback(&event)), json!({ "type": 5 })).await;
    assert_eq!(deferred["interaction"]["response_message_loading"], true);
    let more = bot.answer_path(&event, "").replace("/messages/", "");
    let followup = bot.ask(Method::POST, &more, json!({ "content": "done" })).await;
    assert_eq!(followup["id"], deferred["interaction"]["response_message_id"]);
    assert_eq!(asked.wait_answer().await.unwrap().content, "done");
    assert_eq!(bot.discord.transcript(bot.support()), "Threadline: done\n");
    assert!(bot.discord.left_over().is_empty(), "{:?}", bot.discord.left_over());
}

#[tokio::test]
async fn the_deadline_and_the_token_end() {
    let (answer_within, token_lifetime) = (Duration::from_millis(200), Duration::from_millis(600));
    let bot = Bot::start(Setup { answer_within, token_lifetime, ..lenient() }).await;
    let mut gateway = bot.gateway(GUILDS).await;
    let (asked, late) = notified(&bot, &mut gateway).await;
    assert_eq!(asked.wait_answer().await.unwrap_err().0, "The application did not respond.");
    let refused = bot.wrong(Method::POST, &callback(&late), json!({ "type": 5 })).await;
    assert_eq!((refused.0, refused.1), (404, 10062));
    assert_eq!(bot.discord.violations(), ["/notify by Ana: The application did not respond."]);
    let (_, event) = notified(&bot, &mut gateway).await;
    bot.respond(&event, json!({ "type": 4, "data": { "content": "hello" } })).await;
    let original = bot.answer_path(&event, "@original");
    bot.ask(Method::GET, &original, Value::Null).await;
    tokio::time::sleep(token_lifetime).await;
    assert_eq!(bot.wrong(Method::PATCH, &original, json!({ "content": "x" })).await.1, 10015);
}

#[tokio::test]
async fn each_kind_takes_its_own_responses() {
    let bot = Bot::start(lenient()).await;
    let mut gateway = bot.gateway(GUILDS).await;
    let (_, command) = notified(&bot, &mut gateway).await;
    for response in [
        json!({ "type": 1 }),
        json!({ "type": 6 }),
        json!({ "type": 7, "data": { "content": "x" } }),
        json!({ "type": 8, "data": { "choices": [] } }),
        json!({}),
        json!({ "type": 4, "data": { "content": "x".repeat(2001) } }),
        json!({ "type": 5, "data": { "flags": 4 } }),
        json!({ "type": 9, "data": { "title": "x".repeat(46), "custom_id": "m", "components": [] } }),
    ] {
        let (status, code, answer) = bot.wrong(Method::POST, &callback(&command), response).await;
        assert_eq!((status, code), (400, 50035), "{answer}");
    }
    assert_eq!(bot.wrong(Method::POST, &callback(&command), json!({ "type": 4, "data": {} })).await.1, 50006);
    let stranger = callback(&command).replace("/callback", "x/callback");
    assert_eq!(bot.wrong(Method::POST, &stranger, json!({ "type": 5 })).await.1, 10062);
    bot.respond(&command, json!({ "type": 4, "data": { "content": "at last" } })).await;
    assert!(bot.discord.left_over().is_empty(), "{:?}", bot.discord.left_over());
}

#[tokio::test]
async fn choices_are_offered_while_somebody_types() {
    let bot = Bot::start(lenient()).await;
    let mut gateway = bot.gateway(GUILDS).await;
    bot.register(notify()).await;
    let ana = bot.discord.member("Ana");
    let typing = ana.autocomplete(bot.support(), "notify", "template", "del", [("number", "07700 900001")]);
    let answering = async {
        let event = gateway.event("INTERACTION_CREATE").await;
        assert_eq!(event["type"], 4);
        assert_eq!(event["data"]["options"][1]["focused"], true);
        let many: Vec<Value> = (0..26).map(|n| json!({ "name": "x", "value": n.to_string() })).collect();
        let refused =
            bot.wrong(Method::POST, &callback(&event), json!({ "type": 8, "data": { "choices": many } })).await;
        assert_eq!(refused.1, 50035);
        let choices = json!([{ "name": "Delivery", "value": "delivery" }]);
        bot.respond(&event, json!({ "type": 8, "data": { "choices": choices } })).await;
    };
    let (offered, ()) = tokio::join!(typing, answering);
    assert_eq!(offered.unwrap(), [("Delivery".to_owned(), "delivery".to_owned())]);
    assert!(bot.discord.left_over().is_empty(), "{:?}", bot.discord.left_over());
}

#[tokio::test]
async fn commands_are_checked_when_they_are_registered() {
    let bot = Bot::start(lenient()).await;
    let command = |options: Value| json!([{ "name": "notify", "description": "d", "options": options }]);
    let option = |extra: Value| {
        let mut option = json!({ "type": 3, "name": "number", "description": "d" });
        option.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        option
    };
    for body in [
        json!([{ "name": "Notify", "description": "d" }]),
        json!([{ "name": "no tify", "description": "d" }]),
        json!([{ "name": "notify", "description": "" }]),
        json!([{ "name": "a", "description": "d" }, { "name": "a", "description": "d" }]),
        command(json!([option(json!({})), option(json!({ "name": "later", "required": true }))])),
        command(json!([option(json!({})), option(json!({}))])),
        command(json!([option(json!({ "autocomplete": true, "choices": [{ "name": "a", "value": "a" }] }))])),
        command(json!([option(json!({ "type": 5, "autocomplete": true }))])),
        command((0..26).map(|n| option(json!({ "name": format!("o{n}") }))).collect()),
    ] {
        let (status, code, answer) = bot.wrong(Method::PUT, &bot.commands_path(), body).await;
        assert_eq!((status, code), (400, 50035), "{answer}");
    }
    let first = bot.register(notify()).await;
    let second = bot.register(notify()).await;
    assert_eq!(first[0]["id"], second[0]["id"], "a known name keeps its id");
    let path = bot.commands_path();
    bot.ask(Method::POST, &path, json!({ "name": "close", "description": "Closes" })).await;
    assert_eq!(bot.ask(Method::GET, &path, Value::Null).await.as_array().unwrap().len(), 2);
    let one = format!("{path}/{}", id(&first[0]));
    assert_eq!(bot.ask(Method::PATCH, &one, json!({ "description": "Better" })).await["description"], "Better");
    bot.ask(Method::DELETE, &one, Value::Null).await;
    assert_eq!(bot.wrong(Method::GET, &one, Value::Null).await.1, 10063);
    let foreign = format!("/applications/1/guilds/{}/commands", bot.discord.guild_id());
    assert_eq!(bot.wrong(Method::GET, &foreign, Value::Null).await.1, 10002);
    assert!(bot.discord.left_over().is_empty(), "{:?}", bot.discord.left_over());
}
