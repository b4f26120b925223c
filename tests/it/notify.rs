//! `/notify`: what is sent, what is refused, what is asked first.

use std::time::Duration;

use crate::support::{Bench, CUSTOMER, OTHER_CUSTOMER, Options};

/// Types a command that is answered at once, and returns the answer.
async fn refusal(bench: &Bench, options: &[(&str, &str)]) -> String {
    let asked = bench.ana().command(bench.channel(), "notify", options.iter().copied()).await.unwrap();
    let answer = asked.wait_answer().await.unwrap();
    assert!(answer.ephemeral);
    answer.content
}

#[tokio::test]
async fn an_interaction_is_deferred_within_a_second() {
    let bench = Bench::start().await;
    let asked = bench.notify().await;
    asked.wait_deferred().await.unwrap();
    assert!(asked.acknowledged_after().unwrap() < Duration::from_secs(1));
    assert!(asked.wait_answer().await.unwrap().ephemeral);
    bench.shows(&["delivered"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn every_refusal_says_what_to_do() {
    let bench = Bench::start().await;
    let mut said = Vec::new();
    for options in [
        &[("number", "hello")][..],
        &[("number", "+61 1900 123 456")],
        &[("number", "0900 1")],
        &[("number", "+61491570006"), ("template", "nope")],
        &[("number", "+61491570006"), ("template", "delivery"), ("text", "Hi")],
        &[("number", "+61491570006"), ("text", "  ")],
    ] {
        said.push(refusal(&bench, options).await);
    }
    insta::assert_snapshot!(said.join("\n"), @"
    That is not a phone number: write it with + and the country code, such as +44 7700 900123. Nothing was sent.
    That is a premium-rate number: such numbers are not texted. Nothing was sent.
    That is too short for a phone number: digits are missing. Nothing was sent.
    There is no template “nope”. There are: `delivery`, `plain`.
    Choose a template or write a text, not both. Nothing was sent.
    The text is empty. Nothing was sent.
    ");
    assert_eq!(bench.vonage.sent().len(), 0);
    bench.finish().await;
}

#[tokio::test]
async fn only_agents_may_and_only_at_a_desk() {
    let bench = Bench::start().await;
    let number = format!("+{CUSTOMER}");
    let mallory = bench.discord.member("Mallory");
    let asked = mallory.command(bench.channel(), "notify", [("number", number.as_str())]).await.unwrap();
    let elsewhere = bench.ana().command(bench.operators(), "notify", [("number", number.as_str())]).await.unwrap();
    asked.wait_answer().await.unwrap();
    insta::assert_snapshot!(asked.transcript(), @"Threadline: Only agents of support can do this. Ask for the role @Agents.");
    elsewhere.wait_answer().await.unwrap();
    insta::assert_snapshot!(elsewhere.transcript(), @"Threadline: There is no desk in this channel. Use the command in #support.");
    assert_eq!(bench.vonage.sent().len(), 0);
    bench.finish().await;
}

#[tokio::test]
async fn a_role_that_was_taken_away_counts_at_once() {
    let bench = Bench::start().await;
    bench.discord.set_role(bench.ana().id, bench.discord.role_id("Agents"), false);
    let asked = bench.notify().await;
    assert!(asked.wait_answer().await.unwrap().content.starts_with("Only agents of support can do this."));
    bench.finish().await;
}

#[tokio::test]
async fn templates_are_offered_as_one_types() {
    let bench = Bench::start().await;
    let number = format!("+{CUSTOMER}");
    let others = [("number", number.as_str())];
    let all = bench.ana().autocomplete(bench.channel(), "notify", "template", "", others).await.unwrap();
    let some = bench.ana().autocomplete(bench.channel(), "notify", "template", "PL", others).await.unwrap();
    assert_eq!(all.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["delivery (1 part)", "plain (1 part)"]);
    assert_eq!(some.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["plain (1 part)"]);
    // Once something was sent to this country, the price is known.
    bench.notify().await;
    bench.shows(&["✅ delivered"]).await;
    let some = bench.ana().autocomplete(bench.channel(), "notify", "template", "PL", others).await.unwrap();
    assert_eq!(some, [("plain (1 part, about €0.033)".to_owned(), "plain".to_owned())]);
    bench.finish().await;
}

#[tokio::test]
async fn a_free_text_and_a_name() {
    let bench = Bench::start().await;
    let options = [("text", "Grüße, your parcel is at the *desk*: 5€ to pay"), ("name", "Eve  *Example*")];
    bench.notify_with(&options).await.wait_answer_containing("Its state shows").await.unwrap();
    let sms = bench.phone().next_sms().await;
    assert_eq!(sms.text, "Grüße, your parcel is at the *desk*: 5€ to pay");
    assert!(!sms.unicode, "the euro sign is in GSM-7");
    let plain = [("number", "+61491570156"), ("template", "plain"), ("name", "Bob")];
    bench.ana().command(bench.channel(), "notify", plain).await.unwrap();
    assert_eq!(bench.vonage.phone(OTHER_CUSTOMER).next_sms().await.text, "Hello Bob, please answer.");
    bench.shows(&["#1 · Eve", "#2 · Bob"]).await;
    bench.quiet().await;
    insta::assert_snapshot!(bench.discord.transcript(bench.channel()), @r"
    Threadline:  (edited)
      | #1 · Eve ∗Example∗ (+61 ••• 0006)
      | State: Message delivered
      | Agent: @Ana
      | Last activity: (a moment)
      [Reply] [Close]
      > #1 Eve ∗Example∗ (+61 ••• 0006)
        Threadline: **·1** 📤 Text by @Ana · ✅ delivered
          > Grüße, your parcel is at the \*desk\*: 5€ to pay (edited)
        * Threadline added Ana to the thread
    Threadline:  (edited)
      | #2 · Bob (+61 ••• 0156)
      | State: Message delivered
      | Template: plain
      | Answer: none yet
      | Agent: @Ana
      | Last activity: (a moment)
      [Reply] [Close]
      > #2 Bob (+61 ••• 0156)
        Threadline: **·1** 📤 Notification (plain) by @Ana · ✅ delivered
          > Hello Bob, please answer. (edited)
        * Threadline added Ana to the thread
    ");
    bench.finish().await;
}

#[tokio::test]
async fn a_long_text_in_another_alphabet_says_its_parts() {
    let bench = Bench::start().await;
    let text = "Здравствуйте! ".repeat(12);
    let asked = bench.notify_with(&[("text", &text)]).await;
    asked.wait_answer_containing("takes 3 parts").await.unwrap();
    let asked = asked.click("Send").await.unwrap();
    asked.wait_answer_containing("Its state").await.unwrap();
    insta::assert_snapshot!(asked.transcript(), @"Threadline: Your text to +61 ••• 0006 is queued as ·1 of #1 (3 parts). Its state shows in #1 +61 ••• 0006. (edited)");
    let sms = bench.phone().next_sms().await;
    assert!(sms.unicode);
    assert_eq!(sms.parts(), 3);
    bench.shows(&["delivered (3 parts)"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn the_same_again_within_ten_minutes_asks_first() {
    let bench = Bench::start().await;
    bench.notify().await.wait_answer_containing("Its state").await.unwrap();
    bench.clock.advance(Duration::from_secs(40));
    let again = bench.discord.member("Ben");
    let number = format!("+{CUSTOMER}");
    let asked = again.command(bench.channel(), "notify", [("number", number.as_str())]).await.unwrap();
    asked.wait_answer().await.unwrap();
    let question_text = asked.transcript();
    assert!(question_text.contains("The same was sent 4"), "{question_text}");
    assert!(
        question_text.contains(
            "s ago by @Ana. Send it once more?
  [Send anyway] [Do not send]"
        ),
        "{question_text}"
    );
    assert_eq!(bench.vonage.sent().len(), 1);

    let no = asked.click("Do not send").await.unwrap().wait_answer().await.unwrap();
    assert_eq!(no.content, "Nothing was sent.");
    // The answer stands in the question's place.
    assert_eq!(asked.answer_now().unwrap().buttons(), []);
    assert_eq!(bench.vonage.sent().len(), 1);

    let asked = again.command(bench.channel(), "notify", [("number", number.as_str())]).await.unwrap();
    asked.wait_answer().await.unwrap();
    asked.click("Send anyway").await.unwrap().wait_answer_containing("Its state").await.unwrap();
    assert_eq!(bench.phone().wait_for_sms(2, crate::support::PATIENCE).await.len(), 2);

    // Ten minutes later nobody asks.
    bench.clock.advance(Duration::from_secs(600));
    bench.notify().await.wait_answer_containing("Its state").await.unwrap();
    bench.phone().wait_for_sms(3, crate::support::PATIENCE).await;
    bench.finish().await;
}

#[tokio::test]
async fn an_unusual_number_asks_first() {
    let bench = Bench::start().await;
    let asked = bench.ana().command(bench.channel(), "notify", [("number", "+447700900123")]).await.unwrap();
    insta::assert_snapshot!(asked.wait_answer().await.unwrap().content, @"
    “delivery” to +44 ••• 0123:
    +44 770 090 0123. This does not look like a number in use. Check it; if it is right, send anyway.
    ");
    asked.click("Send anyway").await.unwrap().wait_answer_containing("Its state").await.unwrap();
    bench.vonage.phone("447700900123").next_sms().await;
    bench.finish().await;
}

#[tokio::test]
async fn a_repeated_interaction_has_one_effect() {
    let bench = Bench::start().await;
    let asked = bench.notify().await;
    bench.discord.redeliver(&asked, 3);
    asked.wait_answer_containing("Its state").await.unwrap();
    bench.phone().next_sms().await;
    // A reply is never asked about: only its interaction's id keeps it from being said twice.
    let replied = bench.reply("We are on our way.").await;
    bench.discord.redeliver(&replied, 3);
    replied.wait_answer_containing("is queued").await.unwrap();
    bench.phone().wait_for_sms(2, crate::support::PATIENCE).await;
    bench.quiet().await;
    assert_eq!(bench.vonage.sent().len(), 2);
    assert_eq!(bench.discord.messages(bench.thread().id).len(), 2);
    bench.finish().await;
}

#[tokio::test]
async fn numbers_show_in_full_where_the_desk_wants_it() {
    let options = Options { config_desk: r#"show_numbers = "full""#.into(), ..Options::default() };
    let bench = Bench::with(options).await;
    bench.notify().await;
    bench.shows(&["#1 · +61491570006", "> #1 +61491570006", "delivered"]).await;
    bench.finish().await;
}
