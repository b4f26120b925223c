//! Messages: limits, nonces, mentions, permissions, listing.

use reqwest::Method;
use serde_json::{Value, json};
use threadline_sandbox::discord::Permissions;

use crate::bot::{Bot, USER_AGENT, error_at, id, lenient};

#[tokio::test]
async fn only_a_bot_with_its_token_and_its_name_comes_in() {
    let bot = Bot::start(lenient()).await;
    let plain = |path: &str| {
        reqwest::Client::new()
            .get(format!("{}/api/v10{path}", bot.discord.url()))
            .header("x-sandbox-wrong-on-purpose", "1")
    };
    let (status, _) = bot.send(plain("/users/@me").header("user-agent", USER_AGENT), Value::Null).await;
    assert_eq!(status, 401);
    let forged = plain("/users/@me").header("user-agent", USER_AGENT).header("authorization", "Bot wrong");
    assert_eq!(bot.send(forged, Value::Null).await, (401, json!({ "message": "401: Unauthorized", "code": 0 })));
    let nameless = plain("/users/@me").header("authorization", format!("Bot {}", bot.discord.token()));
    assert_eq!(bot.send(nameless.header("user-agent", "reqwest"), Value::Null).await.0, 403);
    assert_eq!(bot.ask(Method::GET, "/users/@me", Value::Null).await["username"], "threadline");
    assert_eq!(bot.wrong(Method::GET, "/nowhere", Value::Null).await.0, 404);
    assert_eq!(bot.wrong(Method::PUT, "/users/@me", Value::Null).await.0, 405);
    bot.discord.change_token("another");
    assert_eq!(bot.ask(Method::GET, "/users/@me", Value::Null).await["username"], "threadline");
    assert!(bot.discord.violations().is_empty(), "{:?}", bot.discord.violations());
}

#[tokio::test]
async fn a_bot_reads_itself_and_its_guild() {
    let bot = Bot::start(lenient()).await;
    let (guild, me) = (bot.discord.guild_id(), bot.discord.bot_id());
    let get = async |path: String| bot.ask(Method::GET, &path, Value::Null).await;
    assert_eq!(get("/gateway".to_owned()).await["url"], bot.discord.url().replace("http", "ws"));
    assert_eq!(get("/gateway/bot".to_owned()).await["session_start_limit"]["remaining"], 1000);
    assert_eq!(get("/applications/@me".to_owned()).await["id"], json!(me));
    assert_eq!(get("/oauth2/applications/@me".to_owned()).await["name"], "Threadline");
    assert_eq!(get(format!("/guilds/{guild}")).await["name"], "Example Ltd");
    assert_eq!(get(format!("/guilds/{guild}/roles")).await.as_array().unwrap().len(), 4);
    assert_eq!(get(format!("/guilds/{guild}/channels")).await[0]["name"], "support");
    assert_eq!(get(format!("/guilds/{guild}/members/{me}")).await["user"]["bot"], true);
    assert_eq!(get(format!("/guilds/{guild}/threads/active")).await["threads"], json!([]));
    assert_eq!(get(format!("/channels/{}", bot.support())).await["type"], 0);
    let gone = bot.wrong(Method::GET, "/channels/1", Value::Null).await;
    assert_eq!((gone.0, gone.1), (404, 10003));
    assert_eq!(bot.wrong(Method::GET, "/channels/abc", Value::Null).await.1, 50035);
    assert!(bot.discord.left_over().is_empty(), "{:?}", bot.discord.left_over());
}

#[tokio::test]
async fn a_wrong_body_is_told_where_it_is_wrong() {
    let bot = Bot::start(lenient()).await;
    let path = format!("/channels/{}/messages", bot.support());
    let button = |custom_id: &str| json!({ "type": 2, "style": 1, "label": "Reply", "custom_id": custom_id });
    let row = |buttons: Vec<Value>| json!({ "type": 1, "components": buttons });
    let long = |length: usize| "x".repeat(length);
    for (body, place, code) in [
        (json!({ "content": long(2001) }), "content", "BASE_TYPE_MAX_LENGTH"),
        (json!({ "content": 7 }), "content", "STRING_TYPE_CONVERT"),
        (json!({ "content": "x", "nonce": long(26) }), "nonce", "BASE_TYPE_MAX_LENGTH"),
        (json!({ "embeds": [{ "title": long(257) }] }), "embeds.0.title", "BASE_TYPE_MAX_LENGTH"),
        (
            json!({ "embeds": [{ "fields": [{ "name": "n", "value": "" }] }] }),
            "embeds.0.fields.0.value",
            "BASE_TYPE_BAD_LENGTH",
        ),
        (
            json!({ "embeds": [{ "description": long(4000) }, { "description": long(4000) }] }),
            "embeds",
            "MAX_EMBED_SIZE_EXCEEDED",
        ),
        (json!({ "embeds": [{}] }), "embeds.0.description", "BASE_TYPE_REQUIRED"),
        (
            json!({ "components": [row(vec![button(&long(101))])] }),
            "components.0.components.0.custom_id",
            "BASE_TYPE_BAD_LENGTH",
        ),
        (
            json!({ "components": [row(vec![button("a"), button("a")])] }),
            "components.0.components.1.custom_id",
            "COMPONENT_CUSTOM_ID_DUPLICATED",
        ),
        (
            json!({ "components": [row((0..6).map(|n| button(&n.to_string())).collect())] }),
            "components.0.components",
            "BASE_TYPE_MAX_LENGTH",
        ),
        (
            json!({ "components": (0..6).map(|n| row(vec![button(&n.to_string())])).collect::<Vec<_>>() }),
            "components",
            "BASE_TYPE_MAX_LENGTH",
        ),
        (json!({ "components": [row(vec![])] }), "components.0.components", "BASE_TYPE_BAD_LENGTH"),
        (
            json!({ "content": "x", "allowed_mentions": { "parse": ["everybody"] } }),
            "allowed_mentions.parse.0",
            "BASE_TYPE_CHOICES",
        ),
        (
            json!({ "content": "x", "allowed_mentions": { "parse": ["users"], "users": ["1"] } }),
            "allowed_mentions",
            "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
        ),
        (
            json!({ "content": "x", "message_reference": { "message_id": "1" } }),
            "message_reference",
            "REPLIES_UNKNOWN_MESSAGE",
        ),
    ] {
        let (status, number, answer) = bot.wrong(Method::POST, &path, body).await;
        assert_eq!((status, number), (400, 50035), "{place}: {answer}");
        assert_eq!(error_at(&answer, place), code, "{place}: {answer}");
    }
    assert_eq!(bot.wrong(Method::POST, &path, json!({ "content": " " })).await.1, 50006);
    let torn = bot.request(Method::POST, &path).header("x-sandbox-wrong-on-purpose", "1");
    let torn = torn.header("content-type", "application/json").body("{");
    assert_eq!(bot.send(torn, Value::Null).await.1["code"], 50109);
    assert!(bot.discord.messages(bot.support()).is_empty());
    assert!(bot.discord.violations().is_empty(), "{:?}", bot.discord.violations());
    // The same mistake without the mark is the bot's own.
    let (status, _) = bot.send(bot.request(Method::POST, &path), json!({ "content": "" })).await;
    assert_eq!(status, 400);
    assert_eq!(bot.discord.violations().len(), 1, "{:?}", bot.discord.violations());
}

#[tokio::test]
async fn a_nonce_makes_one_message_and_a_deleted_one_none() {
    let bot = Bot::start(lenient()).await;
    let path = format!("/channels/{}/messages", bot.support());
    let body = json!({ "content": "once", "nonce": "AZqHd0ZUcKGFnQ9vQ2b7Yg", "enforce_nonce": true });
    let first = bot.ask(Method::POST, &path, body.clone()).await;
    let second = bot.ask(Method::POST, &path, body.clone()).await;
    assert_eq!((&first["id"], &first["nonce"]), (&second["id"], &body["nonce"]));
    let elsewhere = format!("/channels/{}/messages", bot.discord.channel_id("operators"));
    assert_eq!(bot.ask(Method::POST, &elsewhere, body.clone()).await["id"], first["id"], "its scope is the author");
    let unforced = json!({ "content": "once", "nonce": body["nonce"] });
    bot.ask(Method::POST, &path, unforced).await;
    assert_eq!(bot.discord.messages(bot.support()).len(), 2);
    bot.discord.delete_message(bot.support(), id(&first)).unwrap();
    let gone = bot.wrong(Method::POST, &path, body).await;
    assert_eq!((gone.0, gone.1), (404, 10008));
}

#[tokio::test]
async fn a_message_calls_exactly_whom_it_may() {
    let bot = Bot::start(lenient()).await;
    let (ana, agents) = (bot.discord.member("Ana").id, bot.discord.role_id("Agents"));
    let supervisors = bot.discord.role_id("Supervisors");
    let path = format!("/channels/{}/messages", bot.support());
    let content = format!("<@{ana}> <@&{agents}> <@&{supervisors}> @everyone");
    let post = async |allowed: Value| {
        let mut body = json!({ "content": content });
        if !allowed.is_null() {
            body["allowed_mentions"] = allowed;
        }
        let made = bot.ask(Method::POST, &path, body).await;
        bot.discord.messages(bot.support()).into_iter().find(|message| message.id == id(&made)).unwrap()
    };
    let quiet = post(json!({ "parse": [] })).await;
    assert!(quiet.pinged.nobody() && bot.discord.rung(&quiet).is_empty());
    let named = post(json!({ "parse": [], "users": [ana.to_string()] })).await;
    assert_eq!(named.pinged.people, [ana]);
    assert_eq!(bot.discord.rung(&named), ["Ana"]);
    let all = post(Value::Null).await;
    assert_eq!(all.pinged.roles, [agents], "a role that is not mentionable rings for nobody");
    assert!(!all.pinged.everyone, "the bot may not mention everyone");
    assert_eq!(bot.discord.rung(&all), ["Ana", "Ben"]);
    bot.discord.grant(bot.support(), Permissions::MENTION_EVERYONE);
    let loud = post(Value::Null).await;
    assert!(loud.pinged.everyone && loud.pinged.roles == [agents, supervisors]);
    bot.discord.set_mentionable(agents, false);
    bot.discord.revoke(bot.support(), Permissions::MENTION_EVERYONE);
    assert!(post(json!({ "parse": ["roles"] })).await.pinged.nobody());
    assert!(bot.discord.left_over().is_empty(), "{:?}", bot.discord.left_over());
}

#[tokio::test]
async fn permissions_are_asked_each_time() {
    let bot = Bot::start(lenient()).await;
    let support = bot.support();
    let path = format!("/channels/{support}/messages");
    let embed = json!({ "embeds": [{ "title": "card" }] });
    let card = bot.ask(Method::POST, &path, embed.clone()).await;
    bot.discord.revoke(support, Permissions::EMBED_LINKS);
    assert_eq!(bot.wrong(Method::POST, &path, embed.clone()).await.1, 50013);
    bot.say(support, "still").await;
    bot.discord.revoke(support, Permissions::SEND_MESSAGES);
    assert_eq!(bot.wrong(Method::POST, &path, json!({ "content": "x" })).await.1, 50013);
    bot.discord.revoke(support, Permissions::READ_MESSAGE_HISTORY);
    assert_eq!(bot.ask(Method::GET, &path, Value::Null).await, json!([]));
    let one = format!("{path}/{}", id(&card));
    assert_eq!(bot.wrong(Method::GET, &one, Value::Null).await.1, 50013);
    bot.discord.revoke(support, Permissions::VIEW_CHANNEL);
    let hidden = bot.wrong(Method::GET, &path, Value::Null).await;
    assert_eq!((hidden.0, hidden.1), (403, 50001));
    let all = Permissions::VIEW_CHANNEL | Permissions::SEND_MESSAGES | Permissions::EMBED_LINKS;
    bot.discord.grant(support, all);
    bot.ask(Method::POST, &path, embed).await;
    assert!(bot.discord.violations().is_empty(), "{:?}", bot.discord.violations());
}

#[tokio::test]
async fn messages_are_edited_deleted_and_listed() {
    let bot = Bot::start(lenient()).await;
    let support = bot.support();
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(bot.say(support, &format!("number {n}")).await);
    }
    let path = format!("/channels/{support}/messages");
    let contents = async |query: String| {
        let list = bot.ask(Method::GET, &format!("{path}?{query}"), Value::Null).await;
        let texts = list.as_array().unwrap().iter().map(|message| message["content"].as_str().unwrap().to_owned());
        texts.collect::<Vec<_>>()
    };
    assert_eq!(contents("limit=2".to_owned()).await, ["number 4", "number 3"]);
    assert_eq!(contents(format!("after={}&limit=2", ids[1])).await, ["number 3", "number 2"]);
    assert_eq!(contents(format!("before={}&limit=2", ids[2])).await, ["number 1", "number 0"]);
    assert_eq!(contents(format!("around={}&limit=3", ids[2])).await, ["number 3", "number 2", "number 1"]);
    let first = format!("{path}/{}", ids[0]);
    let edited = bot.ask(Method::PATCH, &first, json!({ "content": "changed" })).await;
    assert!(edited["edited_timestamp"].is_string());
    let foreign = bot.discord.member("Ana").post(support, "mine").unwrap();
    assert_eq!(bot.wrong(Method::PATCH, &format!("{path}/{foreign}"), json!({ "content": "x" })).await.1, 50005);
    assert_eq!(bot.wrong(Method::DELETE, &format!("{path}/{foreign}"), Value::Null).await.1, 50013);
    assert_eq!(
        bot.ask(Method::GET, &format!("{path}/{foreign}"), Value::Null).await["content"],
        "",
        "no MESSAGE_CONTENT"
    );
    bot.ask(Method::DELETE, &first, Value::Null).await;
    assert_eq!(bot.wrong(Method::GET, &first, Value::Null).await.1, 10008);
    assert_eq!(bot.wrong(Method::GET, &format!("{path}?limit=101"), Value::Null).await.1, 50035);
    assert_eq!(
        bot.discord.transcript(support),
        "Threadline: number 1\nThreadline: number 2\nThreadline: number 3\nThreadline: number 4\nAna: mine\n"
    );
}

#[tokio::test]
async fn files_come_as_multipart() {
    let bot = Bot::start(lenient()).await;
    let path = format!("/channels/{}/messages", bot.support());
    let boundary = "b0undary";
    let body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\r\n{}\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"notes.txt\"\r\n\r\nhello\r\n--{boundary}--\r\n",
        json!({ "content": "see" })
    );
    let request = bot.request(Method::POST, &path).body(body);
    let request = request.header("content-type", format!("multipart/form-data; boundary={boundary}"));
    let (status, made) = bot.send(request, Value::Null).await;
    assert_eq!((status, &made["attachments"][0]["filename"]), (200, &json!("notes.txt")));
    assert_eq!(bot.discord.transcript(bot.support()), "Threadline: see\n  (notes.txt)\n");
}
