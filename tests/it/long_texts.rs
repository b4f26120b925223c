//! Long texts from customers: put together whatever way their parts come, and shown in time if they do not.

use std::time::{Duration, SystemTime};

use threadline_sandbox::vonage::Fields;

use crate::support::{Bench, CUSTOMER, OTHER_CUSTOMER, PATIENCE};

/// A text of three parts: 400 characters of GSM-7 that tell where they stand.
fn long() -> String {
    (0..50).map(|number| format!("{number:03} and ")).collect()
}

/// One part of a long text as Vonage brings it.
fn part(bench: &Bench, reference: &str, (part, total): (u32, u32), text: &str) -> Fields {
    let fields = bench.vonage.inbound_fields(CUSTOMER, text).with("concat", "true").with("concat-ref", reference);
    fields.with("concat-total", total.to_string()).with("concat-part", part.to_string())
}

async fn push(bench: &Bench, fields: &Fields) {
    assert_eq!(bench.vonage.push_inbound(fields).await[0].statuses(), [Some(200)]);
}

fn thread(bench: &Bench) -> String {
    bench.discord.transcript(bench.thread().id)
}

#[tokio::test]
async fn parts_in_any_order_are_one_text() {
    let bench = Bench::start().await;
    let text = long();
    bench.phone().send_out_of_order(&text).await;
    bench.shows(&[text.trim()]).await;
    bench.phone().send("short").await;
    bench.shows(&["**·2**"]).await;
    // The first webhook of the text was the one that waited; nothing waits for the minute to pass.
    bench.quiet().await;
    assert_eq!(thread(&bench).matches("@Agents").count(), 2, "{}", thread(&bench));
    bench.finish().await;
}

#[tokio::test]
async fn a_whole_text_is_read_like_any_other() {
    let bench = Bench::start().await;
    bench.notify().await;
    bench.phone().next_sms().await;
    // Two parts that are a choice only together.
    push(&bench, &part(&bench, "08B5", (2, 2), "day")).await;
    push(&bench, &part(&bench, "08B5", (1, 2), "Thurs")).await;
    assert!(bench.phone().next_sms().await.text.contains("option 2"));
    bench.shows(&["chose 2 (Thursday)", "> Thursday"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn what_is_missing_is_said_after_a_minute_and_put_in_when_it_comes() {
    let bench = Bench::start().await;
    bench.notify().await;
    bench.phone().next_sms().await;
    // By itself the part would be a choice.
    push(&bench, &part(&bench, "4", (1, 3), "2")).await;
    push(&bench, &part(&bench, "4", (3, 3), " or so")).await;
    bench.phone().send("and this is short").await;
    bench.shows(&["**·2** 📩 Customer"]).await;
    bench.advance(Duration::from_secs(61)).await;
    bench.shows(&["part 2 of 3 has not come", "> 2 […]  or so"]).await;
    push(&bench, &part(&bench, "4", (2, 3), ", Thursday,")).await;
    bench.shows(&["> 2, Thursday, or so"]).await;
    bench.quiet().await;
    assert_eq!(bench.phone().inbox().len(), 1, "nothing is confirmed");
    insta::assert_snapshot!(thread(&bench), @"
    Threadline: **·1** 📤 Notification (delivery) by @Ana · ✅ delivered
      > Your delivery is scheduled for tomorrow. Reply 1 (tomorrow), 2 (Thursday) or 3 (deliver to post office). (edited)
    * Threadline added Ana to the thread
    Threadline: **·2** 📩 Customer @Ana
      > and this is short
    Threadline: **·3** 📩 Customer
      > 2, Thursday, or so (edited)
    ");
    bench.finish().await;
}

#[tokio::test]
async fn references_are_used_again_and_belong_to_one_sender() {
    let bench = Bench::start().await;
    push(&bench, &part(&bench, "4", (1, 2), "first ")).await;
    push(&bench, &part(&bench, "4", (1, 2), "second ")).await;
    let other = part(&bench, "4", (2, 2), "stranger").with("msisdn", OTHER_CUSTOMER);
    push(&bench, &other).await;
    push(&bench, &part(&bench, "4", (2, 2), "two")).await;
    bench.shows(&["> second two"]).await;
    push(&bench, &part(&bench, "4", (2, 2), "one")).await;
    bench.shows(&["> first one"]).await;
    // A carrier says a part again, under another id.
    push(&bench, &part(&bench, "4", (2, 2), "one")).await;
    bench.advance(Duration::from_secs(61)).await;
    bench.shows(&["part 1 of 2 has not come", "> […] stranger"]).await;
    assert_eq!(bench.discord.threads(bench.channel()).len(), 2);
    bench.finish().await;
}

#[tokio::test]
async fn what_comes_after_the_closing_is_shown_again_whole() {
    let bench = Bench::start().await;
    push(&bench, &part(&bench, "4", (1, 2), "Please ")).await;
    bench.phone().send("short").await;
    bench.shows(&["> short"]).await;
    bench.advance(Duration::from_secs(61)).await;
    bench.shows(&["part 2 of 2 has not come"]).await;
    bench.ana().command(bench.thread().id, "close", []).await.unwrap();
    bench.quiet().await;
    push(&bench, &part(&bench, "4", (2, 2), "call me")).await;
    bench.shows(&["the rest of this long text came late", "> Please call me"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn a_part_of_nowhere_is_shown_at_once() {
    let bench = Bench::start().await;
    bench.notify().await;
    bench.phone().next_sms().await;
    let mut odd = part(&bench, "4", (1, 2), "2");
    odd.remove("concat-total");
    push(&bench, &odd).await;
    bench.shows(&["a part of a long text"]).await;
    bench.quiet().await;
    assert_eq!(bench.phone().inbox().len(), 1, "nothing is confirmed");
    bench.finish().await;
}

#[tokio::test]
async fn parts_survive_a_restart_between_them() {
    let mut bench = Bench::start().await;
    push(&bench, &part(&bench, "4", (2, 2), "after it")).await;
    bench.stop().await;
    bench.run().await;
    bench.connected().await;
    bench.register_webhooks().await;
    push(&bench, &part(&bench, "4", (1, 2), "before the restart, ")).await;
    bench.shows(&["> before the restart, after it"]).await;
    bench.finish().await;
}

/// A text of exactly so many characters.
fn of_length(length: usize, end: &str) -> String {
    let words = "and so on ".repeat(length / 10 + 1);
    format!("{}{end}", &words[..length - end.chars().count()])
}

fn unmarked(bench: &Bench, text: &str) -> Fields {
    bench.vonage.inbound_fields(CUSTOMER, text)
}

#[tokio::test]
async fn parts_without_marks_are_one_text() {
    for (length, kind) in [(153, "text"), (160, "text"), (67, "unicode"), (70, "unicode")] {
        let bench = Bench::start().await;
        bench.notify().await;
        bench.phone().next_sms().await;
        let accent = if kind == "unicode" { "ж" } else { "x" };
        let head = of_length(length, accent);
        push(&bench, &unmarked(&bench, &head).with("type", kind)).await;
        push(&bench, &unmarked(&bench, "2").with("type", kind)).await;
        bench.shows(&[&format!("> {head}2"), "Waits for an agent"]).await;
        bench.quiet().await;
        assert_eq!(bench.phone().inbox().len(), 1, "nothing is confirmed");
        let shown = thread(&bench);
        assert!(shown.contains("**·2**") && !shown.contains("**·3**"), "{shown}");
        bench.finish().await;
    }
}

#[tokio::test]
async fn three_parts_without_marks_are_one_text_and_the_next_is_another() {
    let bench = Bench::start().await;
    bench.notify().await;
    bench.phone().next_sms().await;
    let parts = [of_length(153, "one."), of_length(153, "two."), "the end".to_owned()];
    for part in &parts {
        push(&bench, &unmarked(&bench, part)).await;
    }
    bench.shows(&[&format!("> {}", parts.concat())]).await;
    bench.phone().send("2").await;
    assert!(bench.phone().wait_for_sms(2, PATIENCE).await[1].text.contains("option 2"));
    bench.finish().await;
}

#[tokio::test]
async fn a_text_that_fills_an_sms_by_chance_is_read_alone_after_some_seconds() {
    let bench = Bench::start().await;
    let text = of_length(160, "call me.");
    push(&bench, &unmarked(&bench, &text)).await;
    bench.advance(Duration::from_secs(9)).await;
    bench.shows(&[&format!("> {text}"), "@Agents"]).await;
    // What comes later is a text of its own, and so is another customer's at once.
    push(&bench, &unmarked(&bench, &of_length(160, "again."))).await;
    push(&bench, &unmarked(&bench, "Hello").with("msisdn", OTHER_CUSTOMER)).await;
    bench.shows(&["> Hello"]).await;
    bench.advance(Duration::from_secs(9)).await;
    bench.shows(&["again."]).await;
    push(&bench, &unmarked(&bench, "later")).await;
    bench.shows(&["> later"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn a_stop_that_follows_a_full_sms_is_asked_about() {
    let bench = Bench::start().await;
    push(&bench, &unmarked(&bench, &of_length(160, "we must not"))).await;
    push(&bench, &unmarked(&bench, "stop")).await;
    bench.shows(&["may ask for no more messages", "[Opt out]"]).await;
    bench.quiet().await;
    assert_eq!(bench.phone().inbox().len(), 0);
    bench.finish().await;
}

/// They come together, since Vonage kept both; they were not said together.
#[tokio::test]
async fn what_was_said_hours_after_a_full_sms_is_a_text_of_its_own() {
    let bench = Bench::start().await;
    let head = of_length(160, "x");
    let ago = |hours: u64| {
        let then = SystemTime::now() - Duration::from_secs(hours * 60 * 60);
        humantime::format_rfc3339_seconds(then).to_string().replace('T', " ").replace('Z', "")
    };
    let (first, last) = (ago(4), ago(1));
    push(&bench, &unmarked(&bench, &head).with("message-timestamp", first)).await;
    push(&bench, &unmarked(&bench, "STOP").with("message-timestamp", last)).await;
    bench.shows(&["🛑 Customer · opted out: gets no more messages"]).await;
    bench.advance(Duration::from_secs(9)).await;
    bench.shows(&[&format!("> {head}\n")]).await;
    bench.finish().await;
}

#[tokio::test]
async fn parts_without_marks_survive_a_restart_between_them() {
    let mut bench = Bench::start().await;
    let head = of_length(153, "x");
    push(&bench, &unmarked(&bench, &head)).await;
    bench.stop().await;
    bench.run().await;
    bench.connected().await;
    bench.register_webhooks().await;
    bench.clock.advance(Duration::from_secs(9));
    bench.shows(&[&format!("> {head}")]).await;
    bench.finish().await;
}

#[tokio::test]
async fn a_mark_may_be_written_in_another_way() {
    let bench = Bench::start().await;
    bench.notify().await;
    bench.phone().next_sms().await;
    push(&bench, &part(&bench, "4", (2, 2), "2").with("concat", "True")).await;
    push(&bench, &part(&bench, "4", (1, 2), "not ").with("concat", "TRUE")).await;
    bench.shows(&["> not 2"]).await;
    bench.quiet().await;
    assert_eq!(bench.phone().inbox().len(), 1, "nothing is confirmed");
    bench.finish().await;
}
