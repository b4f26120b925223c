//! What Discord refuses, or limits, waits: nobody asks again and again, and it all leaves by itself when it may.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use http::StatusCode;
use sqlx::{Connection as _, Row as _};
use threadline_sandbox::discord::{self, Limit, Permissions, RateLimits, World};
use threadline_sandbox::fault::{Answer, Fault, FaultKind};
use threadline_sandbox::wire::Exchange;

use crate::many_threads::refusal;
use crate::support::{Bench, Options, PATIENCE};

const CUSTOMERS: usize = 100;

/// So many customers write at once.
async fn all_write(bench: &Bench, customers: usize, text: &str) {
    let phones: Vec<_> = (0..customers).map(|number| bench.vonage.phone(&format!("614915{number:05}"))).collect();
    let taken = join_all(phones.iter().map(|phone| phone.send(text))).await;
    assert!(taken.iter().flatten().all(|webhook| webhook.statuses() == [Some(200)]));
}

/// How many threads show a text.
fn shown(world: &World, channel: discord::Id, text: &str) -> usize {
    let said = format!("> {text}");
    let threads = world.threads(channel);
    threads.iter().filter(|thread| world.messages(thread.id).iter().any(|post| post.content.ends_with(&said))).count()
}

async fn all_show(bench: &Bench, customers: usize, text: &str) {
    let channel = bench.channel();
    let all = |world: &World| (shown(world, channel, text) == customers).then_some(());
    bench.discord.wait_for(all, 3 * PATIENCE).await.expect("all are shown");
}

/// The same, while time passes.
async fn all_show_in_time(bench: &Bench, customers: usize, text: &str) {
    let channel = bench.channel();
    let now = || bench.discord.wait_for(|world| Some(shown(world, channel, text)), PATIENCE);
    let started = std::time::Instant::now();
    while now().await != Some(customers) {
        assert!(started.elapsed() < 3 * PATIENCE, "they are not shown");
        pass(bench, Duration::from_secs(30)).await;
    }
}

/// How many requests Discord has answered with `status`, but for those that ask where the gateway is: a test's gateway is
/// tried again every half second.
fn answered(bench: &Bench, status: u16) -> usize {
    let all = bench.discord.requests().all();
    all.iter().filter(|one| one.status == Some(status) && !one.path.ends_with("/gateway/bot")).count()
}

async fn pass(bench: &Bench, time: Duration) {
    let until = bench.clock.ahead() + time;
    bench.pass_until("the time is over", || bench.clock.ahead() >= until).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_token_costs_a_few_requests_and_loses_nothing() {
    let bench = Bench::start().await;
    all_write(&bench, CUSTOMERS, "first").await;
    all_show(&bench, CUSTOMERS, "first").await;
    bench.quiet().await;
    let token = bench.discord.token();
    bench.discord.change_token("another");
    all_write(&bench, CUSTOMERS, "later").await;
    pass(&bench, Duration::from_secs(20 * 60)).await;
    let refused = answered(&bench, 401);
    assert!(refused < 30, "{refused} requests were answered 401");
    let (_, body) = bench.readyz().await;
    assert!(body["degraded"].to_string().contains("DISCORD_TOKEN"), "{body}");

    bench.discord.change_token(&token);
    all_show_in_time(&bench, CUSTOMERS, "later").await;
    bench.quiet().await;
    assert!(!bench.readyz().await.1["degraded"].to_string().contains("DISCORD_TOKEN"));
    bench.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_permission_costs_a_few_requests_and_loses_nothing() {
    let bench = Bench::start().await;
    all_write(&bench, CUSTOMERS, "first").await;
    all_show(&bench, CUSTOMERS, "first").await;
    bench.quiet().await;
    bench.discord.revoke(bench.channel(), Permissions::SEND_MESSAGES_IN_THREADS);
    all_write(&bench, CUSTOMERS, "later").await;
    bench.channel_shows(bench.operators(), &["Send Messages in Threads"]).await;
    pass(&bench, Duration::from_secs(20 * 60)).await;
    let refused = answered(&bench, 403);
    assert!((1..40).contains(&refused), "{refused} requests were answered 403");

    // Cards stand in the channel itself, and go on.
    bench.phone().send("a new customer").await;
    bench.shows(&["#101 ·"]).await;

    bench.discord.grant(bench.channel(), Permissions::SEND_MESSAGES_IN_THREADS);
    all_show_in_time(&bench, CUSTOMERS, "later").await;
    bench.shows(&["> a new customer"]).await;
    bench.quiet().await;
    assert_eq!(bench.readyz().await.1["degraded"], serde_json::json!([]));
    bench.finish().await;
}

/// Nobody knows whether one text is disliked or all are, before one passes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_forbids_all_posts_costs_a_few_requests_and_hides_nothing() {
    for status in [401, 403] {
        let bench = Bench::start().await;
        all_write(&bench, CUSTOMERS, "first").await;
        all_show(&bench, CUSTOMERS, "first").await;
        bench.quiet().await;
        bench.discord.faults().add(Fault::on("POST", "*/messages").status(status).until_cleared());
        all_write(&bench, CUSTOMERS, "later").await;
        pass(&bench, Duration::from_secs(20 * 60)).await;
        let refused = answered(&bench, status);
        assert!((1..80).contains(&refused), "{refused} requests were answered {status}");
        assert_ne!(bench.readyz().await.1["degraded"], serde_json::json!([]));
        bench.discord.faults().clear();
        all_show_in_time(&bench, CUSTOMERS, "later").await;
        bench.quiet().await;
        assert!(!bench.discord.transcript(bench.channel()).contains("could not be shown"));
        assert_eq!(bench.readyz().await.1["degraded"], serde_json::json!([]));
        bench.finish().await;
    }
}

/// Something in between takes no edits. That says nothing about posts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_forbids_all_edits_holds_up_no_post() {
    let bench = Bench::start().await;
    bench.vonage.set_receipts(|receipts| receipts.held = true);
    bench.discord.faults().add(Fault::on("PATCH", "*").status(403).until_cleared());
    let phones: Vec<String> = (0..4).map(|number| format!("614915730{number:02}")).collect();
    for phone in &phones {
        let number = format!("+{phone}");
        let asked = bench.ana().command(bench.channel(), "notify", [("number", number.as_str())]).await;
        asked.unwrap();
    }
    let channel = bench.channel();
    let notified = |world: &World| (world.transcript(channel).matches("Notification").count() == 4).then_some(());
    bench.discord.wait_for(notified, PATIENCE).await.expect("they show, and their states change from now on");
    bench.vonage.wait_for_sent(4, PATIENCE).await;
    for phone in &phones {
        // A receipt follows its SMS, and may not be there yet.
        while bench.vonage.phone(phone).release_receipts().await.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    // Of the messages, in their threads.
    let cards = format!("/channels/{channel}/");
    let edits = |log: &[Exchange]| {
        let forbidden = log.iter().filter(|one| one.status == Some(403) && one.path.contains("/channels/"));
        forbidden.map(|one| &one.path).filter(|path| !path.contains(&cards)).collect::<BTreeSet<_>>().len() == 4
    };
    assert!(bench.discord.requests().wait_for(PATIENCE, edits).await, "all edits are forbidden");
    // No time passes.
    for round in 0..3 {
        for phone in &phones {
            let text = format!("please call me {round} {phone}");
            bench.vonage.phone(phone).send(&text).await;
            bench.shows(&[&format!("> {text}")]).await;
        }
    }
    bench.discord.faults().clear();
    pass(&bench, Duration::from_secs(20 * 60)).await;
    for phone in &phones {
        bench.vonage.phone(phone).send("and now?").await;
    }
    let all = |world: &World| (world.transcript(channel).matches("✅ delivered").count() == 4).then_some(());
    bench.discord.wait_for(all, PATIENCE).await.expect("the states are true");
    bench.finish().await;
}

/// What is forbidden in all of them is no reason to wait for hours.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_that_is_forbidden_in_many_threads_is_withheld_in_each() {
    let bench = Bench::start().await;
    all_write(&bench, 40, "first").await;
    all_show(&bench, 40, "first").await;
    bench.quiet().await;
    bench.discord.faults().add(Fault::on("POST", "*/messages").body_contains("culprit").status(403).until_cleared());
    all_write(&bench, 40, "the culprit").await;
    all_write(&bench, 40, "call me").await;
    all_show_in_time(&bench, 40, "call me").await;
    // The clock of the test runs far ahead of the requests.
    assert!(bench.clock.ahead() < Duration::from_secs(60 * 60), "{:?}", bench.clock.ahead());
    bench.discord.faults().clear();
    bench.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_support_channel_that_is_gone_costs_a_few_requests() {
    let bench = Bench::start().await;
    all_write(&bench, 40, "first").await;
    all_show(&bench, 40, "first").await;
    bench.quiet().await;
    for thread in bench.discord.threads(bench.channel()) {
        bench.discord.delete_thread(thread.id).unwrap();
    }
    let posts = format!("*/channels/{}/messages*", bench.channel());
    let gone = refusal(Fault::on("*", &posts).until_cleared(), 404, 10003, "Unknown Channel");
    bench.discord.faults().add(gone);
    all_write(&bench, 40, "later").await;
    bench.channel_shows(bench.operators(), &["the channel is gone"]).await;
    pass(&bench, Duration::from_secs(20 * 60)).await;
    let asked = bench.discord.requests().matching("*", &posts);
    let refused = asked.iter().filter(|one| one.status == Some(404)).count();
    assert!((1..80).contains(&refused), "{refused} requests");
    bench.discord.faults().clear();
    all_show_in_time(&bench, 40, "later").await;
    bench.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_a_rate_limit_is_not_tried_in_vain() {
    let messages = Limit::new(10, Duration::from_secs(2));
    let rate_limits = RateLimits { enforced: true, messages, ..RateLimits::LENIENT };
    let setup = discord::Setup { rate_limits, ..Options::default().discord };
    let bench = Bench::with(Options { discord: setup, ..Options::default() }).await;
    all_write(&bench, 40, "Where is it?").await;
    all_show(&bench, 40, "Where is it?").await;
    bench.quiet().await;
    // That posts and edits share a limit is known once one of each was answered.
    assert!(bench.discord.throttled() <= 2, "{} requests above the limit", bench.discord.throttled());
    let mut database = sqlx::SqliteConnection::connect(&bench.database()).await.unwrap();
    let tried = "SELECT COUNT(*) AS effects, SUM(attempts) AS attempts FROM outbox WHERE outside = 'discord'";
    let tried = sqlx::query(tried).fetch_one(&mut database).await.unwrap();
    let (effects, attempts): (i64, i64) = (tried.get("effects"), tried.get("attempts"));
    assert!(effects >= 160 && attempts < effects * 5 / 4, "{attempts} attempts for {effects} effects");
    database.close().await.unwrap();
    let mut bench = bench;
    bench.finish_but(&["answer 429"]).await;
}

/// Discord's own refusal: the token of the interaction is over.
#[tokio::test]
async fn an_answer_that_is_refused_is_not_tried_again_and_again() {
    for (status, code) in [(401, 50027), (404, 10015), (404, 10008), (404, 10062), (403, 50001)] {
        let bench = Bench::start().await;
        let refused = refusal(Fault::on("PATCH", "*@original").until_cleared(), status, code, "No");
        bench.discord.faults().add(refused);
        bench.notify().await;
        bench.shows(&["✅ delivered"]).await;
        pass(&bench, Duration::from_secs(10 * 60)).await;
        let asked = bench.discord.requests().count("PATCH", "*@original");
        assert!((1..4).contains(&asked), "{asked} requests, each answered {status}");
        bench.discord.faults().clear();
        // The bot's own token is well.
        bench.phone().send("Hello?").await;
        bench.shows(&["> Hello?"]).await;
        let mut bench = bench;
        bench.finish_but(&["still thinking"]).await;
    }
}

/// What stands between us and Discord answers in its place for a while: that says nothing about the token.
#[tokio::test]
async fn an_answer_that_something_in_between_refuses_is_given_later() {
    for status in [401, 403, 404] {
        let bench = Bench::start().await;
        let page = Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: vec![("content-type", "text/html".to_owned())],
            body: "<html><body>No</body></html>".into(),
        };
        let page = Fault::on("PATCH", "*@original").until_cleared().kind(FaultKind::Status(page));
        bench.discord.faults().add(page);
        let asked = bench.notify().await;
        bench.shows(&["✅ delivered"]).await;
        pass(&bench, Duration::from_secs(4 * 60)).await;
        let tries = bench.discord.requests().count("PATCH", "*@original");
        assert!((3..20).contains(&tries), "{tries} requests, each answered {status}");
        bench.discord.faults().clear();
        bench.discord.faults().add(refusal(Fault::on("PATCH", "*@original"), status, 0, "Not Found"));
        let answered = || asked.answer_now().is_some_and(|answer| answer.content.contains("queued as ·1"));
        bench.pass_until("the answer is given", answered).await;
        bench.quiet().await;
        bench.finish().await;
    }
}

/// The permission is given back, and nobody waits for the next try.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_permission_that_is_given_back_is_noticed_at_once() {
    // One conversation alone, and several that wait for one place.
    for customers in [1, 3] {
        let bench = Bench::start().await;
        all_write(&bench, customers, "first").await;
        all_show(&bench, customers, "first").await;
        bench.quiet().await;
        bench.discord.revoke(bench.channel(), Permissions::SEND_MESSAGES_IN_THREADS);
        all_write(&bench, customers, "later").await;
        bench.channel_shows(bench.operators(), &["Send Messages in Threads"]).await;
        pass(&bench, Duration::from_secs(20 * 60)).await;
        bench.discord.grant(bench.channel(), Permissions::SEND_MESSAGES_IN_THREADS);
        let before = bench.clock.ahead();
        all_show(&bench, customers, "later").await;
        assert_eq!(bench.clock.ahead(), before);
        bench.quiet().await;
        assert_eq!(bench.readyz().await.1["degraded"], serde_json::json!([]));
        bench.finish().await;
    }
}
