//! Threads: one per message, archived, locked, deleted, with their members.

use reqwest::Method;
use serde_json::{Value, json};
use threadline_sandbox::discord::{Id, Permissions, Setup};

use crate::bot::{Bot, id, lenient};

async fn card_and_thread(bot: &Bot) -> (Id, Id) {
    let card = bot.say(bot.support(), "#1042").await;
    let path = format!("/channels/{}/messages/{card}/threads", bot.support());
    let thread = bot.ask(Method::POST, &path, json!({ "name": "#1042 Sam", "auto_archive_duration": 10080 })).await;
    assert_eq!((id(&thread), &thread["type"], &thread["parent_id"]), (card, &json!(11), &json!(bot.support())));
    (card, card)
}

#[tokio::test]
async fn a_message_has_one_thread_ever() {
    let bot = Bot::start(lenient()).await;
    let (card, thread) = card_and_thread(&bot).await;
    let path = format!("/channels/{}/messages/{card}/threads", bot.support());
    let again = bot.wrong(Method::POST, &path, json!({ "name": "again" })).await;
    assert_eq!((again.0, again.1), (400, 160_004));
    assert_eq!(bot.ask(Method::GET, &format!("/channels/{thread}"), Value::Null).await["name"], "#1042 Sam");
    bot.discord.delete_thread(thread).unwrap();
    assert_eq!(bot.wrong(Method::POST, &path, json!({ "name": "again" })).await.1, 160_004);
    let gone = bot.wrong(Method::GET, &format!("/channels/{thread}"), Value::Null).await;
    assert_eq!((gone.0, gone.1), (404, 10003));
    bot.discord.delete_message(bot.support(), card).unwrap();
    assert_eq!(bot.wrong(Method::POST, &path, json!({ "name": "again" })).await.1, 10008);
    assert!(bot.discord.left_over().is_empty(), "{:?}", bot.discord.left_over());
}

#[tokio::test]
async fn a_wrong_thread_is_refused() {
    let bot = Bot::start(Setup { max_active_threads: 1, ..lenient() }).await;
    let card = bot.say(bot.support(), "card").await;
    let path = format!("/channels/{}/messages/{card}/threads", bot.support());
    for body in [
        json!({}),
        json!({ "name": "" }),
        json!({ "name": "x".repeat(101) }),
        json!({ "name": "x", "auto_archive_duration": 100 }),
        json!({ "name": "x", "type": 12 }),
    ] {
        assert_eq!(bot.wrong(Method::POST, &path, body).await.1, 50035);
    }
    bot.discord.revoke(bot.support(), Permissions::CREATE_PUBLIC_THREADS);
    assert_eq!(bot.wrong(Method::POST, &path, json!({ "name": "x" })).await.1, 50013);
    bot.discord.grant(bot.support(), Permissions::CREATE_PUBLIC_THREADS);
    let free = format!("/channels/{}/threads", bot.support());
    assert_eq!(bot.wrong(Method::POST, &free, json!({ "name": "x" })).await.1, 50013, "no type makes a private one");
    let thread = bot.ask(Method::POST, &free, json!({ "name": "x", "type": 11 })).await;
    let inside = format!("/channels/{}/threads", id(&thread));
    assert_eq!(bot.wrong(Method::POST, &inside, json!({ "name": "x", "type": 11 })).await.1, 50024);
    assert_eq!(bot.wrong(Method::POST, &path, json!({ "name": "x" })).await.1, 160_006);
}

#[tokio::test]
async fn an_archived_thread_takes_no_edits_and_wakes_for_a_message() {
    let bot = Bot::start(lenient()).await;
    let (_, thread) = card_and_thread(&bot).await;
    let message = bot.say(thread, "hello").await;
    let edit = format!("/channels/{thread}/messages/{message}");
    let ana = format!("/channels/{thread}/thread-members/{}", bot.discord.member("Ana").id);
    bot.ask(Method::PATCH, &format!("/channels/{thread}"), json!({ "archived": true })).await;
    for (method, path, body) in [
        (Method::PATCH, &edit, json!({ "content": "late" })),
        (Method::DELETE, &edit, Value::Null),
        (Method::PUT, &ana, Value::Null),
        (Method::PATCH, &format!("/channels/{thread}"), json!({ "name": "new" })),
    ] {
        let (status, code, _) = bot.wrong(method, path, body).await;
        assert_eq!((status, code), (400, 50083));
    }
    bot.say(thread, "awake").await;
    assert!(!bot.discord.threads(bot.support())[0].archived);
    bot.ask(Method::PATCH, &edit, json!({ "content": "better" })).await;
    bot.discord.lock_thread(thread).unwrap();
    bot.discord.revoke(thread, Permissions::MANAGE_THREADS);
    let path = format!("/channels/{thread}/messages");
    assert_eq!(bot.wrong(Method::POST, &path, json!({ "content": "x" })).await.1, 160_005);
    assert_eq!(bot.wrong(Method::PATCH, &format!("/channels/{thread}"), json!({ "archived": false })).await.1, 50013);
    bot.discord.grant(thread, Permissions::MANAGE_THREADS);
    bot.say(thread, "a moderator speaks").await;
    bot.discord.revoke(thread, Permissions::SEND_MESSAGES_IN_THREADS);
    assert_eq!(bot.wrong(Method::POST, &path, json!({ "content": "x" })).await.1, 50013);
    assert!(bot.discord.left_over().is_empty(), "{:?}", bot.discord.left_over());
}

#[tokio::test]
async fn members_join_by_invitation_by_speaking_and_by_being_called() {
    let bot = Bot::start(lenient()).await;
    let (_, thread) = card_and_thread(&bot).await;
    let discord = &bot.discord;
    let path = format!("/channels/{thread}/thread-members");
    assert_eq!(discord.thread_members(thread), ["Threadline"]);
    let ana = discord.member("Ana");
    bot.ask(Method::PUT, &format!("{path}/{}", ana.id), Value::Null).await;
    bot.ask(Method::PUT, &format!("{path}/{}", ana.id), Value::Null).await;
    discord.member("Mallory").post(thread, "me too").unwrap();
    let agents = discord.role_id("Agents");
    bot.say(thread, &format!("<@&{agents}>, somebody?")).await;
    assert_eq!(discord.thread_members(thread), ["Ana", "Ben", "Mallory", "Threadline"]);
    assert_eq!(bot.ask(Method::GET, &path, Value::Null).await.as_array().unwrap().len(), 4);
    bot.ask(Method::DELETE, &format!("{path}/{}", ana.id), Value::Null).await;
    assert_eq!(bot.wrong(Method::GET, &format!("{path}/{}", ana.id), Value::Null).await.1, 10007);
    bot.ask(Method::GET, &format!("{path}/{}", discord.bot_id()), Value::Null).await;
    bot.ask(Method::PUT, &format!("{path}/@me"), Value::Null).await;
    assert_eq!(bot.wrong(Method::PUT, &format!("{path}/1"), Value::Null).await.1, 10013);
    bot.ask(Method::PATCH, &format!("/channels/{thread}"), json!({ "name": "#1042 Samira", "locked": true })).await;
    let said = discord.transcript(bot.support());
    assert_eq!(
        said,
        "Threadline: #1042\n  > #1042 Samira (locked)\n    * Threadline added Ana to the thread\n    Mallory: me too\n    \
         Threadline: @Agents, somebody?\n    * Threadline renamed the thread: #1042 Samira\n"
    );
    assert!(discord.left_over().is_empty(), "{:?}", discord.left_over());
}
