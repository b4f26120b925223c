//! What waits: agents see since when and why, the operator hears of an outage and of its end, and the figures deny nothing.

use std::time::Duration;

use http::StatusCode;
use threadline_sandbox::discord::{Interaction, World};
use threadline_sandbox::fault::{Answer, Fault, FaultKind};

use crate::support::{Bench, CUSTOMER, OTHER_CUSTOMER, Options, PATIENCE};

async fn broke() -> Bench {
    let bench = Bench::with(Options { config_vonage: "low_balance = 0".to_owned(), ..Options::default() }).await;
    bench.vonage.set_balance(0);
    bench
}

async fn notify(bench: &Bench, customer: &str, text: &str) -> Interaction {
    let number = format!("+{customer}");
    bench.ana().command(bench.channel(), "notify", [("number", number.as_str()), ("text", text)]).await.unwrap()
}

async fn status(bench: &Bench) -> String {
    let asked = bench.ana().command(bench.channel(), "status", []).await.unwrap();
    asked.wait_answer().await.unwrap().content
}

fn notices(bench: &Bench) -> usize {
    bench.discord.messages(bench.operators()).len()
}

const NO_CREDIT: &str = "the Vonage account has no credit left";

#[tokio::test]
async fn agents_see_since_when_and_why_it_waits_and_when_that_is_over() {
    let bench = broke().await;
    let first = notify(&bench, CUSTOMER, "one").await;
    // It is paused by this very message: its line and its answer change.
    bench.shows(&["⏳ queued · sending is paused since", NO_CREDIT]).await;
    first.wait_answer_containing(NO_CREDIT).await.unwrap();
    let reply = bench.reply("two").await;
    let said = reply.wait_answer_containing("queued as ·2").await.unwrap().content;
    assert!(said.contains("sending is paused since <t:") && said.contains(NO_CREDIT), "{said}");
    bench.shows(&["> two"]).await;
    assert_eq!(bench.discord.transcript(bench.channel()).matches(NO_CREDIT).count(), 2);
    let shown = status(&bench).await;
    assert!(shown.contains("⏸️ Sending is paused since <t:") && shown.contains(NO_CREDIT), "{shown}");

    bench.vonage.set_balance(20_000_000);
    bench.pass_until("both are sent", || bench.vonage.sent().len() == 2).await;
    bench.shows(&["✅ delivered"]).await;
    bench.quiet().await;
    assert!(!bench.discord.transcript(bench.channel()).contains("sending is paused"));
    for asked in [first, reply] {
        let said = asked.answer_now().unwrap().content;
        assert!(!said.contains("paused"), "{said}");
    }
    assert!(!status(&bench).await.contains("paused"));
    bench.finish().await;
}

#[tokio::test]
async fn each_reason_has_its_words() {
    for (status, words) in [
        (401, "Vonage does not accept the account's credentials"),
        (403, "Vonage does not let the account send"),
        (402, NO_CREDIT),
    ] {
        let bench = broke().await;
        bench.vonage.faults().add(Fault::on("POST", "/sms/json").until_cleared().status(status));
        notify(&bench, CUSTOMER, "one").await;
        bench.shows(&["⏳ queued · sending is paused since", words]).await;
        bench.vonage.faults().clear();
        bench.vonage.set_balance(20_000_000);
        bench.pass_until("it is sent", || bench.vonage.sent().len() == 1).await;
        bench.shows(&["✅ delivered"]).await;
        bench.finish().await;
    }
}

#[tokio::test]
async fn what_was_under_way_when_the_pause_began_says_so_too() {
    let bench = broke().await;
    bench.vonage.set_balance(20_000_000);
    notify(&bench, OTHER_CUSTOMER, "before").await;
    bench.vonage.wait_for_sent(1, PATIENCE).await;
    bench.vonage.set_balance(0);
    // Each refusal takes its time, and the next SMS have left when the first is heard.
    bench.vonage.faults().add(Fault::on("POST", "/sms/json").until_cleared().latency(Duration::from_millis(600)));
    let customers: Vec<String> = (0..6).map(|number| format!("614915720{number:02}")).collect();
    for customer in &customers {
        notify(&bench, customer, "one").await;
    }
    let channel = bench.channel();
    let all_say_so = |world: &World| {
        let shown = world.transcript(channel);
        (shown.matches("sending is paused since").count() == customers.len()).then_some(())
    };
    let said = bench.discord.wait_for(all_say_so, PATIENCE).await;
    assert!(said.is_some(), "{}", bench.discord.transcript(channel));
    bench.vonage.faults().clear();
    bench.vonage.set_balance(20_000_000);
    bench.pass_until("all are sent", || bench.vonage.sent().len() == 1 + customers.len()).await;
    bench.quiet().await;
    assert!(!bench.discord.transcript(bench.channel()).contains("sending is paused"));
    bench.finish().await;
}

#[tokio::test]
async fn too_busy_for_long_is_told_however_long_the_next_try_is_off() {
    let bench = Bench::start().await;
    let headers = vec![("retry-after", "300".to_owned())];
    let answer = Answer { status: StatusCode::SERVICE_UNAVAILABLE, headers, body: Vec::new().into() };
    bench.vonage.faults().add(Fault::on("POST", "/sms/json").until_cleared().kind(FaultKind::Status(answer)));
    notify(&bench, CUSTOMER, "one").await;
    bench.pass_until("it is told", || notices(&bench) == 1).await;
    let ahead = bench.clock.ahead();
    assert!((100..200).contains(&ahead.as_secs()), "{ahead:?}");
    bench.shows(&["⏳ queued · sending is paused since", "too busy to take SMS"]).await;
    assert!(bench.readyz().await.1["vonage"].as_str().unwrap().contains("too busy"));
    bench.vonage.faults().clear();
    bench.pass_until("it is sent", || bench.vonage.sent().len() == 1).await;
    bench.channel_shows(bench.operators(), &["Vonage takes our SMS again"]).await;
    bench.shows(&["✅ delivered"]).await;
    bench.finish().await;
}

/// *Send again*, and the draft that asked first, say it as well.
#[tokio::test]
async fn every_way_to_queue_says_that_it_waits() {
    let bench = broke().await;
    bench.vonage.set_balance(20_000_000);
    bench.vonage.refuse(15, Some(1));
    notify(&bench, CUSTOMER, "one").await;
    bench.shows(&["·1 did not arrive", "[Send again]"]).await;
    bench.quiet().await;
    bench.vonage.set_balance(0);
    let long = notify(&bench, OTHER_CUSTOMER, &"Your parcel is here. ".repeat(12)).await;
    long.wait_answer_containing("This text takes").await.unwrap();
    let sent = long.click("Send").await.unwrap();
    sent.wait_answer_containing(NO_CREDIT).await.unwrap();
    let thread = bench
        .discord
        .threads(bench.channel())
        .into_iter()
        .find(|thread| bench.discord.messages(thread.id).iter().any(|post| post.content.contains("> one")));
    let thread = thread.unwrap().id;
    let posts = bench.discord.messages(thread);
    let post = posts.iter().find(|post| post.content.starts_with("**·1**")).unwrap();
    let again = bench.ana().click(thread, post.id, "Send again").await.unwrap();
    again.wait_answer_containing(NO_CREDIT).await.unwrap();
    bench.vonage.set_balance(20_000_000);
    bench.pass_until("both are sent", || bench.vonage.sent().len() == 2).await;
    bench.quiet().await;
    assert!(!bench.discord.transcript(bench.channel()).contains("sending is paused"));
    bench.finish().await;
}

#[tokio::test]
async fn a_backlog_is_counted_with_its_age_and_an_outage_is_told_once() {
    let bench = Bench::start().await;
    bench.vonage.down().await;
    notify(&bench, CUSTOMER, "one").await;
    notify(&bench, OTHER_CUSTOMER, "two").await;
    bench.shows(&["> one", "> two"]).await;
    bench.pass_until("a minute passes", || bench.clock.ahead() >= Duration::from_secs(60)).await;
    assert_eq!(notices(&bench), 0, "it may end any moment");
    let outbox = bench.readyz().await.1["outbox"].clone();
    assert!(outbox["due"].as_i64().unwrap() >= 2 && outbox["oldest_seconds"].as_u64().unwrap() >= 55, "{outbox}");
    let shown = status(&bench).await;
    assert!(!shown.contains("Nothing waits") && shown.contains("2 things wait"), "{shown}");

    bench.pass_until("it is told", || notices(&bench) == 1).await;
    assert!(bench.clock.ahead() >= Duration::from_secs(100), "{:?}", bench.clock.ahead());
    let told = bench.discord.transcript(bench.operators());
    assert!(told.contains("Vonage cannot be reached"), "{told}");
    bench.shows(&["sending is paused since", "Vonage cannot be reached"]).await;
    let until = bench.clock.ahead() + Duration::from_secs(10 * 60);
    bench.pass_until("it lasts", || bench.clock.ahead() >= until).await;
    assert_eq!(notices(&bench), 1);
    bench.vonage.up().await.unwrap();
    bench.pass_until("both are sent", || bench.vonage.sent().len() == 2).await;
    bench.channel_shows(bench.operators(), &["Vonage takes our SMS again"]).await;
    bench.quiet().await;
    assert_eq!(notices(&bench), 2);
    assert!(!bench.discord.transcript(bench.channel()).contains("sending is paused"));
    let outbox = bench.readyz().await.1["outbox"].clone();
    assert_eq!((outbox["due"].as_i64(), outbox["oldest_seconds"].as_u64()), (Some(0), Some(0)));
    assert!(status(&bench).await.contains("Nothing waits"));
    bench.finish().await;
}

#[tokio::test]
async fn a_vonage_that_is_busy_for_long_is_an_outage_too() {
    for status in [503, 429] {
        let bench = Bench::start().await;
        bench.vonage.faults().add(Fault::on("POST", "/sms/json").until_cleared().status(status));
        notify(&bench, CUSTOMER, "one").await;
        bench.pass_until("it is told", || notices(&bench) == 1).await;
        bench.shows(&["sending is paused since", "Vonage is too busy"]).await;
        assert!(bench.readyz().await.1["vonage"].as_str().unwrap().contains("too busy"));
        bench.vonage.faults().clear();
        bench.pass_until("it is sent", || bench.vonage.sent().len() == 1).await;
        bench.channel_shows(bench.operators(), &["Vonage takes our SMS again"]).await;
        bench.quiet().await;
        assert_eq!(bench.readyz().await.1["vonage"], "ok");
        bench.finish().await;
    }
}

#[tokio::test]
async fn out_of_credit_the_balance_is_asked_anew() {
    let bench = Bench::with(Options { config_vonage: "low_balance = 0".to_owned(), ..Options::default() }).await;
    bench.vonage.set_balance(30_000_000);
    bench.pass_until("it is known", || bench.app().health().balance().is_some()).await;
    bench.vonage.set_balance(0);
    notify(&bench, CUSTOMER, "one").await;
    bench.channel_shows(bench.operators(), &["no credit left"]).await;
    assert_eq!(bench.readyz().await.1["balance"].as_f64(), Some(0.0));
    let shown = status(&bench).await;
    assert!(shown.contains("Credit at Vonage: €0.0"), "{shown}");
    bench.vonage.set_balance(20_000_000);
    bench.pass_until("it is sent", || bench.vonage.sent().len() == 1).await;
    assert_eq!(bench.readyz().await.1["balance"].as_f64(), Some(20.0));
    bench.finish().await;
}
