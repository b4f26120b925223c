//! Loops and money: automatic answers end, a robot is recognised, and nobody spends more than they may.

use std::time::Duration;

use threadline_sandbox::discord::World;
use threadline_sandbox::vonage::Setup;

use crate::support::{Bench, CUSTOMER, OTHER_CUSTOMER, Options, PATIENCE};

async fn with(limits: &str) -> Bench {
    Bench::with(Options { limits: limits.to_owned(), ..Options::default() }).await
}

/// A phone that answers every SMS by itself, as an out-of-office robot does.
#[tokio::test]
async fn a_phone_that_answers_everything_gets_a_bounded_number_of_sms() {
    let bench = with("automatic_answers = 3").await;
    // Each text is another one, and each a clear choice: nothing but the number of answers gives it away.
    let count = std::sync::atomic::AtomicUsize::new(0);
    bench.phone().auto_answer(move |_| {
        let turn = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let blanks = " ".repeat(turn);
        Some(format!("{}{blanks}", 1 + turn % 3))
    });
    bench.notify().await;
    bench.shows(&["3 automatic answers within 60 min are enough"]).await;
    bench.quiet().await;
    // The notification and three confirmations; the fourth reply goes to the agents.
    assert_eq!(bench.phone().inbox().len(), 4);
    let posts = bench.discord.messages(bench.thread().id);
    let alert = posts.iter().find(|post| post.says("are enough")).unwrap();
    assert_eq!(bench.discord.rung(alert), ["Ana"]);
    // Later it may be answered again.
    bench.phone().auto_answer(|_| None);
    bench.advance(Duration::from_secs(61 * 60)).await;
    bench.phone().send("2 please").await;
    bench.phone().wait_for_sms(5, PATIENCE).await;
    bench.finish().await;
}

#[tokio::test]
async fn the_same_text_over_and_over_is_a_robots() {
    let bench = Bench::with(Options {
        templates: r#"
[[templates]]
name = "delivery"
text = "Yes or no?"
options = [{ key = "1", label = "yes" }, { key = "2", label = "no" }]
confirmation = "Thank you: {label}."
unclear = "Please answer 1 or 2."
"#
        .to_owned(),
        ..Options::default()
    })
    .await;
    bench.phone().auto_answer(|sms| (!sms.text.starts_with("Thank")).then(|| "I am away until Monday.".to_owned()));
    for _ in 0..4 {
        bench.notify().await.wait_answer().await.unwrap();
        bench.quiet().await;
        bench.advance(Duration::from_secs(11 * 60)).await;
    }
    bench.shows(&["the same text 3 times within 60 min looks like a robot"]).await;
    // Four notifications, and once "Please answer", to which it said the same again.
    assert_eq!(bench.phone().inbox().len(), 5);
    bench.finish().await;
}

#[tokio::test]
async fn stop_holds_even_where_nothing_is_answered_any_more() {
    let bench = with("automatic_answers = 1").await;
    bench.notify().await;
    bench.phone().next_sms().await;
    bench.phone().send("1").await;
    bench.phone().wait_for_sms(2, PATIENCE).await;
    bench.phone().send("STOP").await;
    bench.shows(&["opted out: gets no more messages · not answered automatically"]).await;
    let refused = bench.reply("Hello?").await;
    refused.wait_answer_containing("opted out").await.unwrap();
    assert_eq!(bench.phone().inbox().len(), 2);
    bench.finish().await;
}

#[tokio::test]
async fn a_budget_of_parts_holds_for_the_desk_and_for_each_agent() {
    let bench = with("daily_parts = 3\ndaily_parts_per_agent = 2").await;
    bench.notify().await.wait_answer_containing("queued").await.unwrap();
    bench.shows(&["✅ delivered"]).await;
    bench.reply("one more").await.wait_answer_containing("queued").await.unwrap();
    let refused = bench.reply("and another").await;
    refused.wait_answer().await.unwrap();
    insta::assert_snapshot!(refused.transcript(), @"Threadline: You may send 2 parts in 24 hours, and 2 are used; this text takes 1 part. Nothing was sent. Try again later, or ask the operator.");
    let ben = bench.discord.member("Ben");
    let thread = bench.thread().id;
    let reply = async |text: &str| {
        let asked = ben.command(thread, "reply", [("text", text)]).await.unwrap();
        asked.wait_answer().await.unwrap();
        asked.transcript()
    };
    assert!(reply("Ben's").await.contains("queued"));
    insta::assert_snapshot!(reply("Ben's second").await, @"Threadline: support may send 3 parts in 24 hours, and 3 are used; this text takes 1 part. Nothing was sent. Try again later, or ask the operator.");
    // What is answered automatically comes off the desk's budget too; that a customer wants no more is answered always.
    bench.phone().send("HELP").await;
    bench.phone().wait_for_sms(4, PATIENCE).await;
    bench.quiet().await;
    bench.advance(Duration::from_secs(24 * 60 * 60 + 1)).await;
    // By now the thread is archived, until somebody writes.
    bench.phone().send("Hello?").await;
    bench.shows(&["Hello?"]).await;
    assert!(reply("tomorrow").await.contains("queued"));
    bench.finish().await;
}

#[tokio::test]
async fn an_automatic_answer_that_is_over_the_budget_calls_an_agent() {
    let bench = with("daily_parts = 1").await;
    bench.notify().await;
    bench.phone().next_sms().await;
    bench.phone().send("2").await;
    bench.shows(&["chose 2 (Thursday) · not answered automatically: the desk's parts of 24 hours are used up"]).await;
    bench.quiet().await;
    assert_eq!(bench.phone().inbox().len(), 1);
    bench.finish().await;
}

/// Whoever can forge senders can make a desk answer any number of numbers.
#[tokio::test]
async fn automatic_answers_to_all_customers_together_end_and_somebody_is_told_once() {
    let bench = with("automatic_answers_per_hour = 3").await;
    let strangers: Vec<_> = (0..8).map(|stranger| bench.vonage.phone(&format!("6149157{stranger}156"))).collect();
    for stranger in &strangers[..4] {
        stranger.send("STOP").await;
    }
    for stranger in &strangers[4..] {
        stranger.send("HELP").await;
    }
    let words = "not answered automatically: 3 automatic answers of this desk within an hour are enough";
    let channel = bench.channel();
    let shown = |world: &World| (world.transcript(channel).matches(words).count() == 5).then_some(());
    bench.discord.wait_for(shown, PATIENCE).await.expect("five get no answer");
    bench.quiet().await;
    assert_eq!(bench.vonage.sent().len(), 3);
    // The STOP that was not answered holds as the others do.
    assert_eq!(bench.discord.transcript(bench.channel()).matches("opted out: gets no more messages").count(), 4);
    let threads = bench.discord.threads(bench.channel());
    let posts: Vec<_> = threads.iter().flat_map(|thread| bench.discord.messages(thread.id)).collect();
    let rung = posts.iter().filter(|post| !bench.discord.rung(post).is_empty()).count();
    assert_eq!(rung, 1, "the agents are rung once, not by each");
    bench.channel_shows(bench.operators(), &["has answered 3 texts automatically within an hour"]).await;
    assert_eq!(bench.discord.messages(bench.operators()).len(), 1);

    // What the desk asked for itself is confirmed all the same.
    bench.notify().await;
    bench.phone().next_sms().await;
    bench.phone().send("2").await;
    bench.phone().wait_for_sms(2, PATIENCE).await;
    // An hour later there is room again.
    bench.quiet().await;
    bench.advance(Duration::from_secs(66 * 60)).await;
    strangers[7].send("HELP").await;
    strangers[7].wait_for_sms(1, PATIENCE).await;
    bench.finish().await;
}

#[tokio::test]
async fn only_the_listed_countries_are_texted() {
    let bench = with("countries = [\"GB\", \"IE\"]").await;
    let refused = bench.notify().await;
    refused.wait_answer().await.unwrap();
    insta::assert_snapshot!(refused.transcript(), @"Threadline: This is a number of AU, and this desk texts only GB and IE. Nothing was sent; ask the operator if that is wrong.");
    // Whoever writes from elsewhere costs nothing either: there is money to be made from answers to far numbers.
    bench.phone().send("STOP").await;
    bench.phone().send("START").await;
    bench.shows(&["opted out: gets no more messages · not answered automatically: this desk does not text"]).await;
    bench.shows(&["wants messages again"]).await;
    let refused = bench.reply("Hello").await;
    refused.wait_answer_containing("this desk texts only GB and IE").await.unwrap();
    bench.quiet().await;
    assert!(bench.vonage.sent().is_empty());
    bench.finish().await;
}

#[tokio::test]
async fn low_credit_is_told_before_it_is_used_up() {
    let vonage = Setup { balance: 4_200_000, ..Setup::default() };
    let bench = Bench::with(Options { vonage, ..Options::default() }).await;
    bench.channel_shows(bench.operators(), &["Only €4.20 of credit is left"]).await;
    let (_, body) = bench.readyz().await;
    assert_eq!(body["balance"], 4.2);
    assert!(body["degraded"][0].as_str().unwrap().starts_with("balance: Only €4.20"), "{body}");
    // Its value is that of whichever bridge of this process was told last.
    assert!(bench.private("/metrics").await.1.contains("threadline_vonage_balance "));
    let status = bench.ana().command(bench.channel(), "status", []).await.unwrap();
    status.wait_answer_containing("Credit").await.unwrap();
    insta::assert_snapshot!(status.transcript(), @"
    Threadline: ⚠️ Only €4.20 of credit is left at Vonage. Top it up before it is used up: then sending is paused.
      Credit at Vonage: €4.20, asked (a moment)
      Discord: connected
      Nothing waits to be sent or shown.
      Sent in 24 hours: this desk 0 parts, you 0 parts
    ");
    bench.vonage.set_balance(20_000_000);
    bench.advance(Duration::from_secs(5 * 60 + 1)).await;
    let started = std::time::Instant::now();
    while bench.readyz().await.1["balance"] != 20.0 {
        assert!(started.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(bench.readyz().await.1["degraded"], serde_json::json!([]));
    bench.finish().await;
}

#[tokio::test]
async fn status_says_what_is_wrong_and_what_is_spent() {
    let bench = with("daily_parts = 500").await;
    bench.notify().await;
    bench.shows(&["✅ delivered"]).await;
    bench.quiet().await;
    let status = bench.ana().command(bench.channel(), "status", []).await.unwrap();
    status.wait_answer_containing("Credit").await.unwrap();
    insta::assert_snapshot!(status.transcript(), @"
    Threadline: ✅ All is well.
      Credit at Vonage: €1000.00, asked (a moment)
      Discord: connected
      Nothing waits to be sent or shown.
      Sent in 24 hours: this desk 1 of 500 parts, you 1 part
    ");
    bench.vonage.refuse(8, None);
    let number = format!("+{OTHER_CUSTOMER}");
    bench.ana().command(bench.channel(), "notify", [("number", number.as_str())]).await.unwrap();
    bench.channel_shows(bench.operators(), &["status 8"]).await;
    let status = bench.ana().command(bench.channel(), "status", []).await.unwrap();
    status.wait_answer_containing("barred").await.unwrap();
    assert!(status.transcript().contains("to be sent or shown, "), "{}", status.transcript());
    bench.vonage.lift_refusals();
    let started = std::time::Instant::now();
    while bench.vonage.sent().len() < 2 {
        assert!(started.elapsed() < PATIENCE);
        bench.clock.advance(Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let customer = bench.vonage.phone(CUSTOMER);
    assert_eq!(customer.inbox().len(), 1);
    bench.finish().await;
}
