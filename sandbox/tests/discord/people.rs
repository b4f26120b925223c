//! People: what Discord's client lets them do, buttons, modals, and the transcript.

use reqwest::Method;
use serde_json::{Value, json};
use threadline_sandbox::discord::Id;

use crate::bot::{Bot, GUILDS, id, lenient, notified, notify};

fn row(buttons: &[(&str, &str)]) -> Value {
    let button =
        |(label, custom_id): &(&str, &str)| json!({ "type": 2, "style": 2, "label": label, "custom_id": custom_id });
    json!([{ "type": 1, "components": buttons.iter().map(button).collect::<Vec<_>>() }])
}

async fn card(bot: &Bot) -> Id {
    let card = json!({
        "content": "**#1042**",
        "embeds": [{ "title": "Sam", "fields": [{ "name": "State", "value": "queued" }] }],
        "components": row(&[("Reply", "reply:1"), ("Close", "close:1")]),
    });
    id(&bot.ask(Method::POST, &format!("/channels/{}/messages", bot.support()), card).await)
}

#[tokio::test]
async fn a_client_sends_only_what_fits() {
    let bot = Bot::start(lenient()).await;
    let ana = bot.discord.member("Ana");
    let refused = async |options: Vec<(&'static str, &'static str)>| {
        ana.command(bot.support(), "notify", options).await.err().map(|error| error.0)
    };
    assert_eq!(refused(vec![]).await.unwrap(), "/notify is not a registered command");
    bot.register(notify()).await;
    assert_eq!(refused(vec![]).await.unwrap(), "/notify needs the option number");
    assert_eq!(refused(vec![("number", "1"), ("colour", "red")]).await.unwrap(), "/notify has no option colour");
    assert!(refused(vec![("number", "123456789012345678901")]).await.unwrap().contains("21 characters"));
    assert!(refused(vec![("number", "1"), ("tone", "rude")]).await.unwrap().contains("not a choice"));
    assert_eq!(refused(vec![("number", "1"), ("tone", "Kind")]).await, None);
    assert!(ana.command(Id::new(1), "notify", [("number", "1")]).await.is_err());
    assert!(ana.post(bot.support(), "").is_err());
    assert!(bot.discord.violations().is_empty(), "no bot was connected, so none failed to respond");
}

#[tokio::test]
async fn a_click_opens_a_modal_and_its_answer_changes_the_card() {
    let bot = Bot::start(lenient()).await;
    let mut gateway = bot.gateway(GUILDS).await;
    let card = card(&bot).await;
    let ana = bot.discord.member("Ana");
    assert!(ana.click(bot.support(), card, "Nothing").await.is_err());
    let clicked = ana.click(bot.support(), card, "Reply").await.unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(event["data"]["custom_id"], "reply:1");
    assert_eq!(event["message"]["embeds"][0]["title"], "Sam");
    let input = json!({ "type": 4, "custom_id": "text", "style": 2, "label": "Text", "max_length": 10 });
    let modal =
        json!({ "title": "Reply", "custom_id": "reply:1", "components": [{ "type": 1, "components": [input] }] });
    bot.respond(&event, json!({ "type": 9, "data": modal })).await;
    let modal = clicked.modal().await.unwrap();
    assert!(modal.title == "Reply" && modal.fields[0].required && modal.fields[0].paragraph);
    assert!(clicked.submit_modal(&[("text", "")]).await.is_err());
    assert!(clicked.submit_modal(&[("text", "01234567890")]).await.is_err());
    let submitted = clicked.submit_modal(&[("text", "on my way")]).await.unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(event["data"]["components"][0]["components"][0]["value"], "on my way");
    bot.respond(&event, json!({ "type": 6 })).await;
    bot.ask(
        Method::PATCH,
        &bot.answer_path(&event, "@original"),
        json!({ "components": row(&[("Reopen", "open:1")]) }),
    )
    .await;
    assert_eq!(submitted.wait_answer().await.unwrap().buttons()[0].label, "Reopen");
    let said = bot.discord.transcript(bot.support());
    assert_eq!(said, "Threadline: **#1042** (edited)\n  | Sam\n  | State: queued\n  [Reopen]\n");
    assert!(bot.discord.left_over().is_empty(), "{:?}", bot.discord.left_over());
}

#[tokio::test]
async fn an_ephemeral_answer_has_buttons_for_its_reader_alone() {
    let bot = Bot::start(lenient()).await;
    let mut gateway = bot.gateway(GUILDS).await;
    let (asked, event) = notified(&bot, &mut gateway).await;
    let data = json!({ "content": "Send anyway?", "flags": 64, "components": row(&[("Send anyway", "anyway:1")]) });
    bot.respond(&event, json!({ "type": 4, "data": data })).await;
    let answer = asked.wait_answer().await.unwrap();
    assert_eq!(asked.transcript(), "Threadline: Send anyway?\n  [Send anyway]\n");
    let ben = bot.discord.member("Ben");
    assert!(ben.click(bot.support(), answer.message_id, "Send anyway").await.is_err());
    let clicked = asked.click("Send anyway").await.unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    bot.respond(&event, json!({ "type": 7, "data": { "content": "Queued.", "components": [] } })).await;
    assert_eq!(clicked.wait_answer().await.unwrap().content, "Queued.");
    assert!(asked.answer_now().unwrap().buttons().is_empty());
    assert!(bot.discord.left_over().is_empty(), "{:?}", bot.discord.left_over());
}

#[tokio::test]
async fn an_archived_thread_takes_no_commands_and_no_clicks() {
    let bot = Bot::start(lenient()).await;
    bot.register(notify()).await;
    let card = card(&bot).await;
    let path = format!("/channels/{}/messages/{card}/threads", bot.support());
    let thread = id(&bot.ask(Method::POST, &path, json!({ "name": "#1042" })).await);
    let body = json!({ "content": "failed", "components": row(&[("Send again", "again:1")]) });
    let message = id(&bot.ask(Method::POST, &format!("/channels/{thread}/messages"), body).await);
    bot.discord.archive_thread(thread).unwrap();
    let ana = bot.discord.member("Ana");
    assert_eq!(ana.click(thread, message, "Send again").await.err().unwrap().0, "the thread is archived");
    assert!(ana.command(thread, "notify", [("number", "1")]).await.is_err());
    ana.post(thread, "awake again").unwrap();
    assert!(ana.click(thread, message, "Send again").await.is_ok());
    assert!(!bot.discord.threads(bot.support())[0].archived);
}

#[tokio::test]
async fn links_and_mentions_read_as_names() {
    let bot = Bot::start(lenient()).await;
    let (guild, support) = (bot.discord.guild_id(), bot.support());
    let ana = bot.discord.member("Ana").id;
    let text = format!("<@{ana}> see https://discord.com/channels/{guild}/{support} or <#{support}> <t:1700000000:R>");
    bot.say(support, &text).await;
    assert_eq!(bot.discord.transcript(support), "Threadline: @Ana see (link to #support) or #support (a moment)\n");
}
