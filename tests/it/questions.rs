//! Questions that are asked before something is sent: what they name, and that an answer ends them.

use std::time::Duration;

use threadline_sandbox::discord::Interaction;

use crate::support::{Bench, CUSTOMER, OTHER_CUSTOMER, PATIENCE};

/// 200 characters: two parts.
fn long() -> String {
    "0123456789".repeat(20)
}

fn buttons(asked: &Interaction) -> usize {
    asked.answer_now().unwrap().buttons().len()
}

/// Waits until what was asked reads like this, and has no buttons any more.
async fn over(asked: &Interaction, text: &str) {
    let answer = asked.wait_answer_containing(text).await.unwrap();
    assert!(answer.buttons().is_empty(), "{answer:?}");
}

#[tokio::test]
async fn a_question_that_was_answered_has_no_buttons() {
    let bench = Bench::start().await;
    let asked = bench.notify_with(&[("text", &long())]).await;
    asked.wait_answer_containing("takes 2 parts").await.unwrap();
    let answer = asked.click("Send").await.unwrap();
    answer.wait_answer_containing("is queued as ·1 of #1").await.unwrap();
    over(&asked, "is queued as ·1 of #1").await;

    let asked = bench.notify_with(&[("text", &long())]).await;
    asked.wait_answer_containing("The same was sent").await.unwrap();
    asked.click("Do not send").await.unwrap();
    over(&asked, "Nothing was sent").await;
    bench.quiet().await;
    assert_eq!(bench.vonage.sent().len(), 1);
    bench.finish().await;
}

#[tokio::test]
async fn one_question_after_another_stands_in_one_place() {
    let bench = Bench::start().await;
    bench.write(&long()).await;
    bench.shows(&["✅ delivered"]).await;
    let asked = bench.notify_with(&[("text", &long())]).await;
    asked.wait_answer_containing("The same was sent").await.unwrap();
    let next = asked.click("Send anyway").await.unwrap();
    next.wait_answer_containing("takes 2 parts").await.unwrap();
    assert_eq!(asked.answer_now().unwrap().message_id, next.answer_now().unwrap().message_id);
    next.click("Send").await.unwrap();
    over(&asked, "is queued as ·2").await;
    bench.shows(&["·2** 📤 Text by @Ana · ✅ delivered"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn two_clicks_send_once_and_the_answer_stays() {
    let bench = Bench::start().await;
    let asked = bench.notify_with(&[("text", &long())]).await;
    asked.wait_answer_containing("takes 2 parts").await.unwrap();
    let (one, two) = tokio::join!(asked.click("Send"), asked.click("Send"));
    assert!(one.is_ok() && two.is_ok());
    over(&asked, "is queued as ·1").await;
    bench.shows(&["✅ delivered"]).await;
    bench.quiet().await;
    over(&asked, "is queued as ·1").await;
    assert_eq!(bench.vonage.sent().len(), 1);
    bench.finish().await;
}

#[tokio::test]
async fn a_question_that_nobody_answers_is_over_in_time() {
    let bench = Bench::start().await;
    let asked = bench.notify_with(&[("text", &long())]).await;
    asked.wait_answer_containing("takes 2 parts").await.unwrap();
    assert_eq!(buttons(&asked), 2);
    bench.quiet().await;
    bench.advance(Duration::from_secs(14 * 60 + 1)).await;
    over(&asked, "Nobody answered").await;
    bench.quiet().await;
    assert_eq!(bench.vonage.sent().len(), 0);
    bench.finish().await;
}

#[tokio::test]
async fn several_questions_can_be_told_apart() {
    let bench = Bench::start().await;
    bench.notify_with(&[("name", "Lee Park")]).await.wait_answer_containing("queued").await.unwrap();
    bench.shows(&["✅ delivered"]).await;
    let again = bench.notify().await;
    again.wait_answer_containing("The same was sent").await.unwrap();
    let other = format!("+{OTHER_CUSTOMER}");
    let options = [("number", other.as_str()), ("text", &long())];
    let length = bench.ana().command(bench.channel(), "notify", options).await.unwrap();
    length.wait_answer_containing("takes 2 parts").await.unwrap();
    let reply = bench.reply(&format!("We call you. {}", long())).await;
    reply.wait_answer_containing("takes 2 parts").await.unwrap();
    let unusual = [("number", "+447700900123"), ("template", "plain")];
    let unusual = bench.ana().command(bench.channel(), "notify", unusual).await.unwrap();
    unusual.wait_answer_containing("does not look like").await.unwrap();
    let read: Vec<String> = [again, length, reply, unusual]
        .iter()
        .map(|asked| asked.answer_now().unwrap().content.lines().next().unwrap().to_owned())
        .collect();
    insta::assert_snapshot!(read.join("\n"), @"
    “delivery” to Lee Park (+61 ••• 0006):
    Your text “012345678901234567890123456789012345678…” to +61 ••• 0156:
    Your text “We call you. 01234567890123456789012345…” to Lee Park (+61 ••• 0006):
    “plain” to +44 ••• 0123:
    ");
    bench.finish().await;
}

#[tokio::test]
async fn the_name_is_put_into_an_agents_own_text() {
    let bench = Bench::start().await;
    let first = bench.notify_with(&[("text", "Hello {name}, it is here."), ("name", "Lee")]).await;
    first.wait_answer_containing("queued").await.unwrap();
    assert_eq!(bench.phone().next_sms().await.text, "Hello Lee, it is here.");
    bench.shows(&["Text by @Ana · ✅ delivered"]).await;
    bench.reply("Good bye, {name}.").await.wait_answer_containing("queued").await.unwrap();
    assert_eq!(bench.phone().wait_for_sms(2, PATIENCE).await[1].text, "Good bye, Lee.");

    // In the form behind the button too, and in a template for a customer whose name is known.
    let click = bench.ana().click(bench.channel(), bench.card().id, "Reply").await.unwrap();
    let field = click.modal().await.unwrap().fields[0].custom_id.clone();
    let sent = click.submit_modal(&[(&field, "Once more, { name }!")]).await.unwrap();
    sent.wait_answer_containing("queued").await.unwrap();
    assert_eq!(bench.phone().wait_for_sms(3, PATIENCE).await[2].text, "Once more, Lee!");
    bench.notify_with(&[("template", "plain")]).await.wait_answer_containing("queued").await.unwrap();
    assert_eq!(bench.phone().wait_for_sms(4, PATIENCE).await[3].text, "Hello Lee, please answer.");
    bench.finish().await;
}

#[tokio::test]
async fn a_placeholder_without_a_meaning_is_asked_about() {
    let bench = Bench::start().await;
    let unknown_name = bench.notify_with(&[("text", "Hello {name}, it is here.")]).await;
    unknown_name.wait_answer_containing("name is not known").await.unwrap();
    insta::assert_snapshot!(unknown_name.transcript(), @"
    Threadline: Your text “Hello, it is here.” to +61 ••• 0006:
      The customer's name is not known, so {name} is left out. Give it with the option name of /notify. The customer would read:
      > Hello, it is here.
      [Send anyway] [Do not send]
    ");
    unknown_name.click("Send anyway").await.unwrap();
    assert_eq!(bench.phone().next_sms().await.text, "Hello, it is here.");
    bench.shows(&["✅ delivered"]).await;

    let asked = bench.reply("Your order {order} costs {{price}}.").await;
    asked.wait_answer_containing("{order}").await.unwrap();
    insta::assert_snapshot!(asked.transcript(), @"
    Threadline: Your text “Your order {order} costs {{price}}.” to +61 ••• 0006:
      {order} and {{price}} mean nothing here and would leave as typed; only {name} is filled in. The customer would read:
      > Your order {order} costs {{price}}.
      [Send anyway] [Do not send]
    ");
    asked.click("Do not send").await.unwrap();
    over(&asked, "Nothing was sent").await;
    let asked = bench.reply("Type {1} or {2}.").await;
    asked.wait_answer_containing("{1} and {2}").await.unwrap();
    asked.click("Send anyway").await.unwrap();
    assert_eq!(bench.phone().wait_for_sms(2, PATIENCE).await[1].text, "Type {1} or {2}.");
    // Braces alone mean nothing.
    bench.reply("So {} and { } and :-{").await.wait_answer_containing("queued").await.unwrap();
    assert_eq!(bench.phone().wait_for_sms(3, PATIENCE).await[2].text, "So {} and { } and :-{");
    bench.finish().await;
}

/// What was shown is what leaves, although the customer has another name by the time of the click.
#[tokio::test]
async fn what_a_question_showed_is_what_is_sent() {
    let bench = Bench::start().await;
    bench.notify_with(&[("name", "Lee")]).await.wait_answer_containing("queued").await.unwrap();
    bench.shows(&["✅ delivered"]).await;
    let reply = bench.reply("Hello {name}, {order} is here.").await;
    reply.wait_answer_containing("> Hello Lee, {order} is here.").await.unwrap();
    let number = format!("+{CUSTOMER}");
    let options = [("number", number.as_str()), ("text", "Bye {name} and {order}.")];
    let text = bench.ana().command(bench.channel(), "notify", options).await.unwrap();
    text.wait_answer_containing("> Bye Lee and {order}.").await.unwrap();
    let renamed = [("number", number.as_str()), ("name", "Kim"), ("template", "plain")];
    let renamed = bench.ana().command(bench.channel(), "notify", renamed).await.unwrap();
    renamed.wait_answer_containing("queued").await.unwrap();
    assert_eq!(bench.phone().wait_for_sms(2, PATIENCE).await[1].text, "Hello Kim, please answer.");

    for (asked, number, expected) in [(reply, 3, "Hello Lee, {order} is here."), (text, 4, "Bye Lee and {order}.")] {
        let answer = asked.click("Send anyway").await.unwrap();
        answer.wait_answer_containing("queued").await.unwrap();
        assert_eq!(bench.phone().wait_for_sms(number, PATIENCE).await[number - 1].text, expected);
    }
    bench.finish().await;
}

/// Nor does what stands in braces in a name count as a placeholder.
#[tokio::test]
async fn each_question_after_the_first_shows_the_same_text() {
    let bench = Bench::start().await;
    bench.notify_with(&[("name", "Lee")]).await.wait_answer_containing("queued").await.unwrap();
    bench.shows(&["✅ delivered"]).await;
    let asked = bench.reply(&format!("Hello {{name}}, {{order}} is here. {}", long())).await;
    asked.wait_answer_containing("> Hello Lee, {order}").await.unwrap();
    bench.notify_with(&[("name", "{name} Kim"), ("template", "plain")]).await;
    bench.phone().wait_for_sms(2, PATIENCE).await;
    let length = asked.click("Send anyway").await.unwrap();
    length.wait_answer_containing("“Hello Lee, {order} is here.").await.unwrap();
    length.click("Send").await.unwrap();
    let sent = bench.phone().wait_for_sms(3, PATIENCE).await.remove(2).text;
    assert!(sent.starts_with("Hello Lee, {order} is here. 0123"), "{sent}");
    bench.finish().await;
}
