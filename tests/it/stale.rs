//! What could not leave in time: it fails and says so, and never reaches the customer when it is no longer true.

use std::time::Duration;

use threadline::domain::desk::{Desk, DeskName, Desks};
use threadline::ports::Clock as _;
use threadline::store;
use threadline_sandbox::discord::{Id, Interaction, World};

use crate::support::{Bench, CUSTOMER, OTHER_CUSTOMER, Options, PATIENCE};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// An account without credit, of which the warning is another matter.
async fn without_credit(templates: Option<&str>) -> Bench {
    let mut options = Options { config_vonage: "low_balance = 0".to_owned(), ..Options::default() };
    if let Some(templates) = templates {
        options.templates = templates.to_owned();
    }
    let bench = Bench::with(options).await;
    bench.vonage.set_balance(0);
    bench
}

/// Until so many were sent in all.
async fn top_up(bench: &Bench, sent: usize) {
    bench.vonage.set_balance(20_000_000);
    for _ in 0..5 {
        // The balance is asked for every five minutes.
        pass(bench, Duration::from_secs(6 * 60)).await;
        if bench.vonage.wait_for_sent(sent, Duration::from_secs(5)).await.len() == sent {
            return;
        }
    }
    panic!("nothing is sent");
}

/// Moves the clocks forward once no attempt is under way: it would outlive its lease by the jump.
async fn pass(bench: &Bench, by: Duration) {
    let started = std::time::Instant::now();
    loop {
        let mut tx = bench.app().store().read().await.unwrap();
        let begun = store::outbox::abandoned(&mut tx, None).await.unwrap();
        let due = bench.app().store().outbox_backlog(bench.clock.now()).await.unwrap().due;
        let queued = bench.discord.transcript(bench.channel()).matches("⏳ queued").count();
        if begun.is_empty() && due <= i64::try_from(queued).unwrap() {
            return bench.pass(by);
        }
        assert!(started.elapsed() < PATIENCE, "{begun:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn write_to(bench: &Bench, customer: &str, options: &[(&str, &str)]) -> Interaction {
    let number = format!("+{customer}");
    let options = std::iter::once(("number", number.as_str())).chain(options.iter().copied());
    let asked = bench.ana().command(bench.channel(), "notify", options).await.unwrap();
    asked.wait_answer_containing("Its state").await.unwrap();
    asked
}

/// How many posts that say this rang Ana, in any thread.
fn rings(world: &World, channel: Id, word: &str) -> usize {
    let threads = world.threads(channel);
    let posts = threads.iter().flat_map(|thread| world.messages(thread.id));
    posts.filter(|post| post.says(word) && world.rung(post) == ["Ana"]).count()
}

#[tokio::test]
async fn an_answer_is_waited_for_from_the_moment_vonage_took_the_question() {
    let bench = without_credit(Some(
        r#"
[[templates]]
name = "delivery"
text = "Reply 1 or 2."
options = [{ key = "1", label = "today" }, { key = "2", label = "tomorrow" }]
confirmation = "Thank you, {label}."
expires = "22h"
"#,
    ))
    .await;
    write_to(&bench, CUSTOMER, &[]).await;
    bench.channel_shows(bench.operators(), &["status 9"]).await;
    pass(&bench, 23 * HOUR).await;
    top_up(&bench, 1).await;
    bench.phone().send("2").await;
    bench.shows(&["chose 2 (tomorrow)"]).await;
    assert_eq!(bench.phone().wait_for_sms(2, PATIENCE).await[1].text, "Thank you, tomorrow.");
    bench.quiet().await;
    // From then on it is over as it always was.
    pass(&bench, 22 * HOUR).await;
    bench.phone().send("1").await;
    bench.shows(&["Waits for an agent"]).await;
    bench.quiet().await;
    assert_eq!(bench.phone().inbox().len(), 2);
    bench.finish().await;
}

#[tokio::test]
async fn what_could_not_leave_within_a_day_fails_and_is_sent_only_if_somebody_says_so() {
    let bench = without_credit(None).await;
    write_to(&bench, CUSTOMER, &[]).await;
    write_to(&bench, OTHER_CUSTOMER, &[("text", "I will call you at five.")]).await;
    bench.channel_shows(bench.operators(), &["status 9"]).await;
    pass(&bench, 23 * HOUR).await;
    assert_eq!(bench.discord.transcript(bench.channel()).matches("⏳ queued").count(), 2);
    pass(&bench, HOUR + Duration::from_secs(60)).await;
    let channel = bench.channel();
    let failed = |world: &World| {
        let shown = world.transcript(channel);
        (shown.matches("❌ **failed**: it could not leave in time").count() == 2).then_some(())
    };
    bench.discord.wait_for(failed, PATIENCE).await.expect("both fail while the account is paused");
    bench.shows(&["[Send again] [Leave it]"]).await;
    let alerted = |world: &World| (rings(world, channel, "could not leave in time") == 2).then_some(());
    bench.discord.wait_for(alerted, PATIENCE).await.expect("both alert");

    // The credit is back, and nothing of it leaves. What is sent again has a day of its own, and its answer is understood.
    write_to(&bench, "61491571266", &[("text", "new")]).await;
    top_up(&bench, 1).await;
    let threads = bench.discord.threads(bench.channel());
    let posts = threads.iter().flat_map(|thread| bench.discord.messages(thread.id));
    let notification = posts.into_iter().find(|post| post.says("Notification (delivery)")).unwrap();
    bench.ana().click(notification.channel_id, notification.id, "Send again").await.unwrap();
    bench.phone().wait_for_sms(1, PATIENCE).await;
    bench.phone().send("2").await;
    bench.shows(&["chose 2 (Thursday)"]).await;
    bench.quiet().await;
    assert!(bench.vonage.phone(OTHER_CUSTOMER).inbox().is_empty());
    assert_eq!(bench.phone().inbox().len(), 2);
    bench.finish().await;
}

#[tokio::test]
async fn what_grew_stale_while_the_bridge_was_away_does_not_leave_at_its_start() {
    let mut bench = without_credit(None).await;
    write_to(&bench, CUSTOMER, &[]).await;
    bench.channel_shows(bench.operators(), &["status 9"]).await;
    bench.stop().await;
    bench.pass(25 * HOUR);
    bench.vonage.set_balance(20_000_000);
    bench.run().await;
    bench.shows(&["❌ **failed**: it could not leave in time", "did not leave"]).await;
    bench.quiet().await;
    assert!(bench.vonage.sent().is_empty());
    bench.finish().await;
}

#[tokio::test]
async fn a_template_says_itself_how_long_it_holds_true() {
    let bench = without_credit(Some(
        r#"
[[templates]]
name = "delivery"
text = "Our driver is at your door."
send_within = "10m"
[[templates]]
name = "long"
text = "Your contract ends next month."
send_within = "7days"
"#,
    ))
    .await;
    write_to(&bench, CUSTOMER, &[]).await;
    write_to(&bench, OTHER_CUSTOMER, &[("template", "long")]).await;
    bench.channel_shows(bench.operators(), &["status 9"]).await;
    pass(&bench, Duration::from_secs(11 * 60)).await;
    bench.shows(&["❌ **failed**: it could not leave in time", "⏳ queued"]).await;
    pass(&bench, 6 * 24 * HOUR).await;
    top_up(&bench, 1).await;
    assert!(bench.vonage.sent()[0].text.contains("contract"));
    bench.quiet().await;
    bench.finish().await;
}

/// Behind one that Vonage throttles for a long time, to the same customer.
#[tokio::test]
async fn what_waits_behind_another_fails_in_time_too() {
    let bench = Bench::start().await;
    bench.vonage.refuse(1, None);
    write_to(&bench, CUSTOMER, &[]).await;
    write_to(&bench, CUSTOMER, &[("text", "and one more thing")]).await;
    bench.vonage.requests().wait_for_count("POST", "/sms/json", 3, PATIENCE).await;
    pass(&bench, 25 * HOUR).await;
    let channel = bench.channel();
    let failed = |world: &World| (rings(world, channel, "could not leave in time") == 2).then_some(());
    bench.discord.wait_for(failed, PATIENCE).await.expect("both fail");
    bench.vonage.lift_refusals();
    bench.quiet().await;
    assert!(bench.vonage.sent().is_empty());
    bench.finish().await;
}

fn renamed(desks: &Desks, name: &str) -> Desks {
    Desks::new(desks.iter().map(|desk| Desk { name: DeskName(name.to_owned()), ..desk.clone() }).collect())
}

/// Stops the bridge with an SMS that waits, and starts it with its desk called otherwise.
async fn renamed_while_an_sms_waits() -> Bench {
    let mut bench = without_credit(None).await;
    write_to(&bench, CUSTOMER, &[]).await;
    bench.channel_shows(bench.operators(), &["status 9"]).await;
    bench.quiet_but_for_sms().await;
    bench.stop().await;
    bench.vonage.set_balance(20_000_000);
    bench.config.desks = renamed(&bench.config.desks, "sales");
    bench.run().await;
    bench.connected().await;
    bench.channel_shows(bench.operators(), &["The configuration has no desk `support`", "1 SMS waits"]).await;
    bench
}

#[tokio::test]
async fn a_desk_that_was_renamed_is_told_and_its_sms_leave_once_the_name_is_back() {
    let mut bench = renamed_while_an_sms_waits().await;
    let told = bench.discord.transcript(bench.operators());
    assert!(told.contains("Give the desk its old name back") && told.contains("it fails at"), "{told}");
    pass(&bench, 20 * HOUR).await;
    bench.stop().await;
    assert!(bench.vonage.sent().is_empty());
    bench.config.desks = renamed(&bench.config.desks, "support");
    bench.run().await;
    bench.phone().next_sms().await;
    bench.phone().send("2").await;
    bench.shows(&["chose 2 (Thursday)"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn the_sms_of_a_desk_that_is_gone_fail_in_time_and_show_so_if_it_comes_back() {
    let mut bench = renamed_while_an_sms_waits().await;
    pass(&bench, 25 * HOUR).await;
    let told = ["1 SMS of the desk `support`", "could not leave in time"];
    bench.channel_shows(bench.operators(), &told).await;
    // What is to be shown of it waits without a try until its desk is back.
    bench.quiet().await;
    let before = bench.private("/metrics").await.1;
    pass(&bench, 10 * HOUR).await;
    bench.quiet().await;
    assert!(!tries(&before).is_empty());
    assert_eq!(tries(&before), tries(&bench.private("/metrics").await.1));
    bench.stop().await;
    bench.config.desks = renamed(&bench.config.desks, "support");
    bench.run().await;
    bench.shows(&["❌ **failed**: it could not leave in time", "[Send again] [Leave it]", "did not leave"]).await;
    bench.quiet().await;
    assert!(bench.vonage.sent().is_empty());
    bench.finish().await;
}

#[tokio::test]
async fn a_desk_that_was_renamed_is_told_where_nothing_waits_too() {
    let mut bench = Bench::start().await;
    bench.phone().send("STOP").await;
    bench.shows(&["opted out: gets no more messages"]).await;
    bench.phone().next_sms().await;
    bench.ana().click(bench.channel(), bench.card().id, "Close").await.unwrap().wait_answer().await.unwrap();
    bench.quiet().await;
    bench.stop().await;
    bench.config.desks = renamed(&bench.config.desks, "sales");
    bench.run().await;
    bench.connected().await;
    let told = ["The configuration has no desk `support`", "knows customers of it", "nobody is known who opted out"];
    bench.channel_shows(bench.operators(), &told).await;
    bench.quiet().await;
    bench.finish().await;
}

/// How often it was tried to show something of a desk that is gone. Metrics are those of all tests at once; no other has this
/// outcome.
fn tries(metrics: &str) -> Vec<&str> {
    let tries = |line: &&str| line.starts_with("threadline_discord_total") && line.contains("no-desk");
    let mut lines: Vec<&str> = metrics.lines().filter(tries).collect();
    lines.sort_unstable();
    lines
}
