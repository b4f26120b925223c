//! Conversations: replies, closing, reopening, and texts that nobody asked for.

use std::time::Duration;

use crate::support::{Bench, CUSTOMER, OTHER_CUSTOMER, Options, PATIENCE};

const HOUR: Duration = Duration::from_secs(60 * 60);

async fn written() -> Bench {
    let bench = Bench::start().await;
    bench.phone().send("Where is my parcel?").await;
    bench.shows(&["Where is my parcel?"]).await;
    bench
}

#[tokio::test]
async fn a_text_that_nobody_asked_for_opens_a_conversation_and_rings_the_role() {
    let bench = written().await;
    bench.quiet().await;
    insta::assert_snapshot!(bench.discord.transcript(bench.channel()), @"
    Threadline:  (edited)
      | #1 · +61 ••• 0006
      | State: Waits for an agent since (a moment)
      | Last activity: (a moment)
      [Reply] [Close]
      > #1 +61 ••• 0006
        Threadline: **·1** 📩 Customer @Agents
          > Where is my parcel?
    ");
    let post = bench.discord.messages(bench.thread().id).remove(0);
    assert_eq!(bench.discord.rung(&post), ["Ana", "Ben"]);
    bench.finish().await;
}

#[tokio::test]
async fn a_customer_is_answered_by_command_and_by_button() {
    let bench = written().await;
    let thread = bench.thread().id;
    let asked = bench.ana().command(thread, "reply", [("text", "It is on its way.")]).await.unwrap();
    asked.wait_answer_containing("queued").await.unwrap();
    insta::assert_snapshot!(asked.transcript(), @"Threadline: Your text to +61 ••• 0006 is queued as ·2 of #1 (1 part). Its state shows in #1 +61 ••• 0006.");
    assert_eq!(bench.phone().next_sms().await.text, "It is on its way.");

    let ben = bench.discord.member("Ben");
    let click = ben.click(bench.channel(), bench.card().id, "Reply").await.unwrap();
    let modal = click.modal().await.unwrap();
    assert_eq!(modal.title, "Reply to #1");
    let field = modal.fields[0].custom_id.clone();
    let sent = click.submit_modal(&[(&field, "It comes at noon.")]).await.unwrap();
    sent.wait_answer_containing("queued").await.unwrap();
    assert_eq!(bench.phone().wait_for_sms(2, PATIENCE).await[1].text, "It comes at noon.");
    bench.shows(&["Reply by @Ben · ✅ delivered", "Agent: @Ben"]).await;
    assert_eq!(bench.thread().members, ["Ana", "Ben", "Threadline"]);

    // The owner is the agent who replied last.
    bench.phone().send("Thanks!").await;
    bench.shows(&["Thanks"]).await;
    let last = bench.discord.messages(thread).pop().unwrap();
    assert_eq!(bench.discord.rung(&last), ["Ben"]);
    bench.finish().await;
}

#[tokio::test]
async fn strangers_cannot_reply_close_or_reopen() {
    let bench = written().await;
    let mallory = bench.discord.member("Mallory");
    let thread = bench.thread().id;
    let said = [
        mallory.command(thread, "reply", [("text", "Hi")]).await.unwrap(),
        mallory.command(thread, "close", []).await.unwrap(),
        mallory.command(thread, "reopen", []).await.unwrap(),
        mallory.click(bench.channel(), bench.card().id, "Reply").await.unwrap(),
        mallory.click(bench.channel(), bench.card().id, "Close").await.unwrap(),
    ];
    for asked in said {
        let answer = asked.wait_answer().await.unwrap();
        assert_eq!(
            answer.content,
            "Only agents of support can do this. Ask for the role @Agents."
                .replace("@Agents", &format!("<@&{}>", bench.discord.role_id("Agents")))
        );
    }
    assert_eq!(bench.vonage.sent().len(), 0);
    bench.finish().await;
}

#[tokio::test]
async fn commands_outside_a_thread_say_where_they_belong() {
    let bench = written().await;
    let mut said = Vec::new();
    for (command, options) in [
        ("reply", &[("text", "Hi")][..]),
        ("close", &[]),
        ("reopen", &[]),
        ("reopen", &[("number", "abc")]),
        ("reopen", &[("number", "#77")]),
        ("reopen", &[("number", "1")]),
    ] {
        let asked = bench.ana().command(bench.channel(), command, options.iter().copied()).await.unwrap();
        said.push(asked.wait_answer().await.unwrap().content);
    }
    insta::assert_snapshot!(said.join("\n"), @"
    There is no conversation here. Use this in the thread of a conversation.
    There is no conversation here. Use this in the thread of a conversation.
    Say which conversation: /reopen with its number, like 1042.
    “abc” is no conversation. Type its number, like 1042.
    There is no conversation #77 at this desk.
    #1 is open already.
    ");
    bench.finish().await;
}

#[tokio::test]
async fn a_conversation_is_closed_and_opened_again() {
    let bench = written().await;
    let thread = bench.thread().id;
    let closed = bench.ana().command(thread, "close", []).await.unwrap();
    assert_eq!(
        closed.wait_answer().await.unwrap().content,
        "#1 is closed. A text from the customer soon after opens it again."
    );
    bench.shows(&["Closed by @Ana", "(archived)", "[Reopen]"]).await;
    insta::assert_snapshot!(bench.discord.transcript(bench.channel()), @"
    Threadline:  (edited)
      | #1 · +61 ••• 0006
      | State: Closed by @Ana (a moment)
      | Last activity: (a moment)
      [Reopen]
      > #1 +61 ••• 0006 (archived)
        Threadline: **·1** 📩 Customer @Agents
          > Where is my parcel?
    ");

    let ben = bench.discord.member("Ben");
    let opened = ben.click(bench.channel(), bench.card().id, "Reopen").await.unwrap();
    assert!(opened.wait_answer().await.unwrap().content.starts_with("#1 is open again."));
    bench.shows(&["[Reply] [Close]"]).await;
    bench.quiet().await;
    assert!(!bench.thread().archived);

    let closed = ben.click(bench.channel(), bench.card().id, "Close").await.unwrap();
    closed.wait_answer_containing("is closed").await.unwrap();
    bench.shows(&["Closed by @Ben", "(archived)"]).await;
    let opened = bench.ana().command(bench.channel(), "reopen", [("number", "#1")]).await.unwrap();
    opened.wait_answer_containing("is open again").await.unwrap();
    bench.shows(&["[Reply] [Close]"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn a_text_soon_after_the_closing_reopens_and_a_late_one_begins_anew() {
    let bench = written().await;
    let thread = bench.thread().id;
    bench.ana().command(thread, "close", []).await.unwrap().wait_answer().await.unwrap();
    bench.shows(&["(archived)"]).await;
    bench.clock.advance(47 * HOUR);
    bench.phone().send("One more thing").await;
    bench.shows(&["One more thing", "[Reply] [Close]", "Waits for an agent"]).await;
    bench.quiet().await;
    assert!(!bench.thread().archived);

    bench.ana().command(thread, "close", []).await.unwrap().wait_answer().await.unwrap();
    bench.shows(&["(archived)"]).await;
    bench.clock.advance(49 * HOUR);
    bench.phone().send("Hello again").await;
    bench.shows(&["#2 ·", "Hello again"]).await;
    bench.quiet().await;

    // The first stays closed, since the customer's newer conversation is open.
    let refused = bench.ana().command(bench.channel(), "reopen", [("number", "1")]).await.unwrap();
    refused.wait_answer().await.unwrap();
    insta::assert_snapshot!(refused.transcript(), @"Threadline: #1 stays closed: the customer's newer conversation #2 is open in #2 +61 ••• 0006.");
    let sent = bench.notify().await;
    sent.wait_answer_containing("#2").await.unwrap();
    bench.finish().await;
}

#[tokio::test]
async fn a_closed_conversation_takes_no_reply() {
    let bench = written().await;
    let card = bench.card().id;
    let reply = bench.ana().click(bench.channel(), card, "Reply").await.unwrap();
    let modal = reply.modal().await.unwrap();
    let field = modal.fields[0].custom_id.clone();
    bench.ana().command(bench.thread().id, "close", []).await.unwrap().wait_answer().await.unwrap();
    // The modal was open already.
    let late = reply.submit_modal(&[(&field, "Too late")]).await.unwrap();
    insta::assert_snapshot!(late.wait_answer().await.unwrap().content, @"#1 is closed. Reopen it first: press Reopen on its card, or use /reopen.");
    assert_eq!(bench.vonage.sent().len(), 0);
    bench.shows(&["(archived)"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn two_clicks_on_close_close_once() {
    let bench = written().await;
    let card = bench.card().id;
    let (ana, ben) = (bench.ana(), bench.discord.member("Ben"));
    let (first, second) =
        tokio::join!(ana.click(bench.channel(), card, "Close"), ben.click(bench.channel(), card, "Close"));
    let mut said =
        [first.unwrap().wait_answer().await.unwrap().content, second.unwrap().wait_answer().await.unwrap().content];
    said.sort();
    assert_eq!(said, ["#1 is closed. A text from the customer soon after opens it again.", "#1 was closed already."]);
    bench.shows(&["(archived)"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn what_customers_write_can_do_nothing_in_discord() {
    let bench = Bench::start().await;
    let text = "@everyone <@1> [x](https://evil.example) **bold** `code`\n# big\n> quote https://evil.example/a";
    let fields = bench.vonage.inbound_fields(CUSTOMER, text);
    bench.vonage.push_inbound(&fields).await;
    bench.shows(&["evil"]).await;
    let post = bench.discord.messages(bench.thread().id).remove(0);
    assert!(!post.content.contains("https://"), "{}", post.content);
    assert_eq!(post.pinged.people.len(), 0);
    assert!(!post.pinged.everyone);
    insta::assert_snapshot!(post.content.replace('\u{200b}', "<ZWSP>").replace(&bench.discord.role_id("Agents").to_string(), "ROLE"), @r"
    **·1** 📩 Customer <@&ROLE>
    > @<ZWSP>everyone \<<ZWSP>@1> [x]<ZWSP>(https:<ZWSP>//evil.example) \*\*bold\*\* \`code\`
    > \# big
    > \> quote https:<ZWSP>//evil.example/a
    ");

    let long = "*".repeat(1500);
    let mut fields = bench.vonage.inbound_fields(OTHER_CUSTOMER, &long);
    fields.set("messageId", "0B00000000000001");
    bench.vonage.push_inbound(&fields).await;
    bench.shows(&["more)"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn nobody_rings_where_the_desk_wants_silence() {
    let bench = Bench::with(Options { config_desk: r#"alert = "none""#.into(), ..Options::default() }).await;
    bench.phone().send("Hello?").await;
    bench.shows(&["Hello?"]).await;
    let post = bench.discord.messages(bench.thread().id).remove(0);
    assert_eq!(bench.discord.rung(&post), Vec::<String>::new());
    bench.finish().await;
}

#[tokio::test]
async fn the_role_rings_where_the_desk_wants_it() {
    let bench = Bench::with(Options { config_desk: r#"alert = "role""#.into(), ..Options::default() }).await;
    bench.notify().await.wait_answer_containing("Its state").await.unwrap();
    bench.phone().next_sms().await;
    bench.phone().send("What is this?").await;
    bench.shows(&["What is this?"]).await;
    let post = bench.discord.messages(bench.thread().id).pop().unwrap();
    assert_eq!(bench.discord.rung(&post), ["Ana", "Ben"]);
    bench.finish().await;
}

#[tokio::test]
async fn one_sender_is_one_customer_however_typed() {
    let bench = written().await;
    let asked = bench
        .ana()
        .command(bench.channel(), "notify", [("number", "0491 570 006"), ("text", "Found it")])
        .await
        .unwrap();
    asked.wait_answer_containing("of #1").await.unwrap();
    assert_eq!(bench.vonage.phone(CUSTOMER).next_sms().await.text, "Found it");
    bench.finish().await;
}

#[tokio::test]
async fn nothing_in_a_text_becomes_a_link() {
    let bench = Bench::start().await;
    let said =
        "<+1 (555) 123 4567> <99bottles@example.com> <tel:+15551234567> <sms:+1555> [here](<https://a.example>) <3";
    bench.phone().send(said).await;
    bench.shows(&["99bottles"]).await;
    let post = bench.post_of(1).content;
    let (_, shown) = post.split_once("\n> ").unwrap();
    let unescaped: Vec<_> = shown.match_indices('<').filter(|(at, _)| !shown[..*at].ends_with('\\')).collect();
    assert_eq!(unescaped.len(), 1, "only the heart: {shown}");
    assert!(!shown.contains("](") && !shown.contains("tel:") && !shown.contains("://"), "{shown}");
    let read = shown.replace(['\\', '\u{200B}'], "");
    assert_eq!(read, said);
    let named = [("number", "+61491570156"), ("template", "plain"), ("name", "<+1 (555) 123 4567>")];
    bench
        .ana()
        .command(bench.channel(), "notify", named)
        .await
        .unwrap()
        .wait_answer_containing("queued")
        .await
        .unwrap();
    bench.shows(&["✅ delivered"]).await;
    assert!(!format!("{:?}", bench.card()).contains("<+1"), "{:?}", bench.card());
    bench.finish().await;
}
