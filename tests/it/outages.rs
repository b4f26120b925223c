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
    insta::assert_snapshot!(bench.discord.transcript(bench.channel()), @"
    Threadline:  (edited)
      | #1 · +61 ••• 0006
      | State: Waits for an agent since (a moment)
      | Last activity: (a moment)
      [Reply] [Close]
      > #1 +61 ••• 0006
        Threadline: **·1** 📩 Customer @Agents
          > one
        Threadline: **·2** 📩 Customer @Agents
          > two
        Threadline: **·3** 📩 Customer @Agents
          > three
        Threadline: **·4** 📩 Customer @Agents
          > four
        Threadline: **·5** 📩 Customer · asked for help, was answered
          > HELP
        Threadline: **·6** 📤 Automatic answer · ✅ delivered
          > Customer support by text message. Reply STOP to end. (edited)
        Threadline: **·7** 📩 Customer @Agents
          > five
    ");
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
    insta::assert_snapshot!(texts[1..].join("\n"), @"
    Thank you for picking option 1. Your delivery is now fully scheduled in.
    Thank you for picking option 3. Your delivery is now fully scheduled in.
    ");
    insta::assert_snapshot!(bench.discord.transcript(bench.thread().id), @"
    Threadline: **·1** 📤 Notification (delivery) by @Ana · ✅ delivered
      > Your delivery is scheduled for tomorrow. Reply 1 (tomorrow), 2 (Thursday) or 3 (deliver to post office). (edited)
    * Threadline added Ana to the thread
    Threadline: **·2** 📩 Customer · chose 1 (tomorrow)
      > 1
    Threadline: **·3** 📤 Confirmation · ✅ delivered
      > Thank you for picking option 1. Your delivery is now fully scheduled in. (edited)
    Threadline: **·4** 📩 Customer @Ana
      > hello?
    Threadline: **·5** 📩 Customer · changed from 1 (tomorrow) to 3 (deliver to post office)
      > 3
    Threadline: **·6** 📤 Confirmation · ✅ delivered
      > Thank you for picking option 3. Your delivery is now fully scheduled in. (edited)
    ");
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
    writes(&bench, ["one"]).await;
    bench.quiet().await;
    bench.discord.faults().add(Fault::on("POST", "*/messages").body_contains("two").hang_after_effect());
    writes(&bench, ["two", "three"]).await;
    bench.vonage.phone(OTHER_CUSTOMER).send("other").await;
    bench.shows(&["> two", "> other"]).await;
    assert!(!bench.discord.transcript(bench.channel()).contains("> three"));
    // We wait for an answer for ten seconds.
    bench.shows(&["> three"]).await;
    bench.quiet().await;
    assert_eq!(bench.discord.transcript(bench.channel()).matches("> two").count(), 1);
    bench.finish().await;
}

#[tokio::test]
async fn discords_real_limits_are_kept() {
    let setup = discord::Setup { rate_limits: RateLimits::REAL, ..Options::default().discord };
    let bench = Bench::with(Options { discord: setup, ..Options::default() }).await;
    for number in 1..=15 {
        writes(&bench, [format!("text {number}").as_str()]).await;
    }
    let channel = bench.channel();
    let all = |world: &World| world.transcript(channel).contains("> text 15").then_some(());
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
    // Serenity notices a close without a code at its next heartbeat only.
    let setup = discord::Setup { heartbeat: Duration::from_secs(1), ..Options::default().discord };
    let bench = Bench::with(Options { discord: setup, ..Options::default() }).await;
    for (lost, cut) in [Cut::Tcp, Cut::Close(None), Cut::Close(Some(4000))].into_iter().enumerate() {
        let text = format!("text {lost}");
        let asked = bench.notify_with(&[("text", &text)]).await;
        asked.wait_deferred().await.unwrap();
        bench.discord.drop_gateway(cut);
        let sessions = |world: &World| world.identifies() + world.resumes();
        let back = |world: &World| (sessions(world) > lost + 1 && world.connected()).then_some(());
        bench.discord.wait_for(back, PATIENCE).await.unwrap_or_else(|| panic!("lost for good by {cut:?}"));
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
    insta::assert_snapshot!(bench.discord.transcript(bench.thread().id), @"
    Threadline: **·1** 📤 Notification (delivery) by @Ana · ✅ delivered
      > Your delivery is scheduled for tomorrow. Reply 1 (tomorrow), 2 (Thursday) or 3 (deliver to post office). (edited)
    * Threadline added Ana to the thread
    Threadline: **·2** 📩 Customer · chose 2 (Thursday)
      > 2
    Threadline: **·3** 📤 Confirmation · ✅ delivered
      > Thank you for picking option 2. Your delivery is now fully scheduled in. (edited)
    Threadline: **·4** 📩 Customer @Ana
      > hello?
    Threadline: **·5** 📩 Customer @Ana
      > really 3
    Threadline: **·6** 📩 Customer @Ana
      > and one more
    ");
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
    let mut degraded = body["degraded"].as_array().unwrap().iter().map(|line| line.as_str().unwrap());
    // Whether the look at all permissions, which follows a connection, has seen it too is a matter of time.
    let refused = degraded.next_back().unwrap().replace(&support, "1");
    insta::assert_snapshot!(refused, @"discord:refused: The bot lacks the permission Create Public Threads in #support (channel 1). Give it to the bot's role, in the server's settings or in the channel's.");
    insta::assert_snapshot!(bench.discord.transcript(bench.operators()).replace(&support, "1"), @"Threadline: ⚠️ Discord refuses us in #support: The bot lacks the permission Create Public Threads in #support (channel 1). Give it to the bot's role, in the server's settings or in the channel's. What waits is tried again.");

    bench.discord.grant(bench.channel(), Permissions::CREATE_PUBLIC_THREADS);
    bench.clock.advance(Duration::from_secs(60));
    bench.shows(&["> one", "> two"]).await;
    bench.quiet().await;
    assert!(bench.readyz().await.1["degraded"].as_array().unwrap().is_empty());
    bench.finish().await;
}
