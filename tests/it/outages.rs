//! Outages: Vonage or Discord away, or stumbling, or we ourselves; nothing is lost, and it all drains in order.

use std::time::Duration;

use threadline_sandbox::discord::{self, Cut, Permissions, RateLimits, World};
use threadline_sandbox::fault::Fault;

use crate::support::{Bench, OTHER_CUSTOMER, Options, PATIENCE};

/// The customer writes these, and each is answered 200.
async fn writes<const N: usize>(bench: &Bench, texts: [&str; N]) {
    for text in texts {
        assert_eq!(bench.phone().send(text).await[0].statuses(), [Some(200)]);
    }
}

/// The texts as they stand in the one thread.
fn shown(bench: &Bench) -> Vec<String> {
    let posts = bench.discord.messages(bench.thread().id);
    posts.iter().filter_map(|post| Some(post.content.lines().nth(1)?.trim_start_matches("> ").to_owned())).collect()
}

#[tokio::test]
async fn vonage_is_away_at_the_start_and_later() {
    let mut bench = Bench::stopped(Options::default()).await;
    bench.vonage.down().await;
    bench.run().await;
    bench.connected().await;
    bench.register_webhooks().await;
    bench.notify().await;
    bench.shows(&["⏳ queued"]).await;
    bench.vonage.up().await.unwrap();
    bench.shows(&["✅ delivered"]).await;

    bench.vonage.down().await;
    writes(&bench, ["2", "and the stairs?"]).await;
    bench.shows(&["Confirmation · ⏳ queued", "> and the stairs?"]).await;
    bench.vonage.up().await.unwrap();
    bench.shows(&["Confirmation · ✅ delivered"]).await;
    assert_eq!(bench.phone().inbox().len(), 2);
    bench.finish().await;
}

#[tokio::test]
async fn discord_is_away_at_the_start_and_later() {
    let mut bench = Bench::stopped(Options::default()).await;
    bench.discord.down().await;
    bench.run().await;
    bench.register_webhooks().await;
    writes(&bench, ["one", "two", "three"]).await;
    let (status, body) = bench.readyz().await;
    assert_eq!((status, &body["ready"], &body["discord"]), (200, &true.into(), &"connecting".into()));
    bench.discord.up().await.unwrap();
    bench.connected().await;
    bench.shows(&["> three"]).await;

    bench.quiet().await;
    bench.discord.down().await;
    writes(&bench, ["four", "HELP", "five"]).await;
    // Vonage is there, so the customer is answered.
    bench.phone().next_sms().await;
    bench.discord.up().await.unwrap();
    bench.shows(&["> five", "✅ delivered"]).await;
    bench.quiet().await;
    insta::assert_snapshot!(bench.discord.transcript(bench.channel()), @"");
    bench.finish().await;
}

#[tokio::test]
async fn both_are_away() {
    let bench = Bench::start().await;
    bench.notify().await;
    bench.shows(&["✅ delivered"]).await;
    bench.quiet().await;
    bench.vonage.down().await;
    bench.discord.down().await;
    writes(&bench, ["1", "hello?", "3"]).await;
    bench.vonage.up().await.unwrap();
    bench.phone().wait_for_sms(3, PATIENCE).await;
    bench.discord.up().await.unwrap();
    bench.quiet().await;
    let texts: Vec<_> = bench.phone().inbox().into_iter().map(|sms| sms.text).collect();
    insta::assert_snapshot!(texts[1..].join("\n"), @"");
    insta::assert_snapshot!(bench.discord.transcript(bench.thread().id), @"");
    bench.finish().await;
}

#[tokio::test]
async fn requests_to_discord_that_fail_are_repeated_and_seen_once() {
    let bench = Bench::start().await;
    let faults = bench.discord.faults();
    faults.add(Fault::on("POST", "*/messages").status(500));
    faults.add(Fault::on("POST", "*/messages").status_after_effect(502));
    faults.add(Fault::on("POST", "*/threads").status(500));
    faults.add(Fault::on("POST", "*/threads").status_after_effect(500));
    faults.add(Fault::on("PUT", "*/thread-members/*").reset());
    writes(&bench, ["one"]).await;
    bench.shows(&["> one"]).await;
    faults.add(Fault::on("POST", "*/messages").reset_after_effect());
    faults.add(Fault::on("POST", "*/messages").garbage());
    faults.add(Fault::on("PATCH", "*/messages/*").reset());
    faults.add(Fault::on("PATCH", "*/messages/*").status_after_effect(500));
    writes(&bench, ["two"]).await;
    bench.reply("three").await;
    bench.shows(&["> two", "> three", "✅ delivered"]).await;
    bench.quiet().await;
    assert_eq!(shown(&bench), ["one", "two", "three"]);
    assert_eq!(bench.discord.messages(bench.channel()).len(), 1);
    assert!(bench.readyz().await.1["degraded"].as_array().unwrap().is_empty());
    bench.finish().await;
}

#[tokio::test]
async fn a_post_whose_fate_is_unknown_for_long_is_looked_for() {
    let setup = discord::Setup { nonce_window: Duration::ZERO, ..Options::default().discord };
    let bench = Bench::with(Options { discord: setup, ..Options::default() }).await;
    let faults = bench.discord.faults();
    // The card, then the message: posted, and every try to learn so fails until the nonce is forgotten.
    faults.add(Fault::on("POST", "*/messages").status_after_effect(500));
    faults.add(Fault::on("POST", "*/messages").body_contains("one").status_after_effect(500));
    bench.discord.faults().add(Fault::on("GET", "*/messages").status(503));
    let posted = |n: usize| {
        let requests = bench.discord.requests();
        async move { requests.wait_for_count("POST", "*/messages", n, PATIENCE).await.len() }
    };
    writes(&bench, ["one"]).await;
    assert_eq!(posted(1).await, 1);
    tokio::time::sleep(Duration::from_millis(200)).await;
    bench.clock.advance(Duration::from_secs(3 * 60));
    assert_eq!(posted(2).await, 2);
    tokio::time::sleep(Duration::from_millis(200)).await;
    bench.clock.advance(Duration::from_secs(3 * 60));
    bench.quiet().await;
    assert_eq!(shown(&bench), ["one"]);
    assert_eq!(bench.discord.messages(bench.channel()).len(), 1);
    bench.finish().await;
}

#[tokio::test]
async fn a_discord_that_hangs_delays_one_conversation_only() {
    let bench = Bench::start().await;
    bench.discord.faults().add(Fault::on("POST", "*/messages").hang_after_effect());
    writes(&bench, ["one"]).await;
    bench.discord.requests().wait_for_count("POST", "*/messages", 1, Duration::from_secs(1)).await;
    bench.vonage.phone(OTHER_CUSTOMER).send("other").await;
    bench.shows(&["> other"]).await;
    assert!(!bench.discord.transcript(bench.channel()).contains("> one"));
    let seen = |world: &World| world.transcript(bench.channel()).contains("> one").then_some(());
    bench.discord.wait_for(seen, Duration::from_secs(60)).await.expect("it is shown in the end");
    bench.quiet().await;
    assert_eq!(bench.discord.messages(bench.channel()).len(), 2);
    bench.finish().await;
}

#[tokio::test]
async fn discords_real_limits_are_kept() {
    let setup = discord::Setup { rate_limits: RateLimits::REAL, ..Options::default().discord };
    let bench = Bench::with(Options { discord: setup, ..Options::default() }).await;
    for number in 1..=15 {
        writes(&bench, [format!("text {number}").as_str()]).await;
    }
    let all = |world: &World| world.transcript(bench.channel()).contains("> text 15").then_some(());
    bench.discord.wait_for(all, Duration::from_secs(40)).await.expect("all are shown");
    let expected: Vec<_> = (1..=15).map(|number| format!("text {number}")).collect();
    assert_eq!(shown(&bench), expected);
    assert_eq!(bench.discord.throttled(), 0);
    bench.finish().await;
}

#[tokio::test]
async fn a_429_of_discord_is_waited_out() {
    let bench = Bench::start().await;
    let limited = |scope| Fault::on("POST", "*/messages").rate_limited(Duration::from_millis(700), scope);
    for scope in ["user", "shared", "global"] {
        bench.discord.faults().add(limited(scope));
    }
    writes(&bench, ["one", "two"]).await;
    bench.shows(&["> one", "> two"]).await;
    bench.quiet().await;
    assert_eq!(shown(&bench), ["one", "two"]);
    bench.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_drops_during_commands_runs_them_once() {
    let bench = Bench::start().await;
    for (resumed, cut) in [Cut::Tcp, Cut::Close(None), Cut::Close(Some(4000))].into_iter().enumerate() {
        let text = format!("text {resumed}");
        let asked = bench.notify_with(&[("text", &text)]).await;
        asked.wait_deferred().await.unwrap();
        bench.discord.drop_gateway(cut);
        let back = |world: &World| (world.resumes() > resumed && world.connected()).then_some(());
        bench.discord.wait_for(back, PATIENCE).await.expect("the session is resumed");
        bench.discord.redeliver(&asked, 2);
        asked.wait_answer_containing("queued").await.unwrap();
        bench.shows(&[&format!("> {text}")]).await;
    }
    bench.quiet().await;
    assert_eq!(bench.phone().inbox().len(), 3);
    bench.finish().await;
}

#[tokio::test]
async fn a_restart_in_the_middle_loses_nothing() {
    let mut bench = Bench::start().await;
    bench.notify().await;
    bench.shows(&["✅ delivered"]).await;
    bench.vonage.down().await;
    bench.discord.down().await;
    writes(&bench, ["2", "hello?", "really 3"]).await;
    bench.stop().await;

    // Nobody is there: Vonage keeps what the customer writes.
    let kept = bench.phone().send("and one more").await;
    assert_eq!(kept[0].statuses(), [None]);
    bench.vonage.up().await.unwrap();
    bench.discord.up().await.unwrap();
    bench.run().await;
    bench.shows(&["> and one more", "Confirmation · ✅ delivered"]).await;
    bench.quiet().await;
    assert_eq!(bench.phone().inbox().len(), 2);
    insta::assert_snapshot!(bench.discord.transcript(bench.thread().id), @"");
    bench.finish().await;
}

#[tokio::test]
async fn a_restart_finishes_what_is_under_way() {
    let mut bench = Bench::start().await;
    let slow = Fault::on("POST", "/sms/json").latency(Duration::from_millis(800));
    bench.vonage.faults().add(slow);
    bench.notify().await;
    bench.shows(&["⏳ queued"]).await;
    bench.stop().await;
    assert_eq!(bench.vonage.sent().len(), 1);
    bench.run().await;
    bench.shows(&["✅ delivered"]).await;
    bench.quiet().await;
    assert_eq!(bench.vonage.requests().count("POST", "/sms/json"), 1);
    bench.finish().await;
}

#[tokio::test]
async fn a_missing_permission_is_named_and_its_posts_wait() {
    let bench = Bench::start().await;
    bench.discord.revoke(bench.channel(), Permissions::CREATE_PUBLIC_THREADS);
    writes(&bench, ["one", "two"]).await;
    bench.channel_shows(bench.operators(), &["Create Public Threads"]).await;
    let (status, body) = bench.readyz().await;
    assert_eq!(status, 200);
    let support = bench.channel().to_string();
    let degraded: Vec<_> = body["degraded"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    insta::assert_snapshot!(degraded.join("\n").replace(&support, "support"), @"");
    insta::assert_snapshot!(bench.discord.transcript(bench.operators()), @"");

    bench.discord.grant(bench.channel(), Permissions::CREATE_PUBLIC_THREADS);
    bench.clock.advance(Duration::from_secs(60));
    bench.shows(&["> one", "> two"]).await;
    bench.quiet().await;
    assert!(bench.readyz().await.1["degraded"].as_array().unwrap().is_empty());
    bench.finish().await;
}
