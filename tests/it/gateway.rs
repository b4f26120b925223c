//! The gateway: what is put in order at the start, what is said when something is missing, and that the connection
//! always comes back.

use std::time::Duration;

use threadline::health::DiscordLink;
use threadline_sandbox::discord::{Cut, Permissions, Setup, World};
use threadline_sandbox::fault::Fault;

use crate::support::{Bench, Options, PATIENCE};

/// Waits for something that the app only says about itself.
async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    assert!(waited.await.is_ok(), "{what}");
}

async fn link(bench: &Bench, wanted: DiscordLink) {
    until(wanted.as_str(), || bench.app().health().discord() == wanted).await;
}

/// Waits until a trouble says all of these.
async fn trouble(bench: &Bench, words: &[&str]) {
    let says = |(_, sentence): (String, String)| words.iter().all(|word| sentence.contains(word));
    until(&format!("no trouble says {words:?}"), || bench.app().health().troubles().into_iter().any(says)).await;
}

async fn no_trouble(bench: &Bench) {
    until("the trouble is not over", || bench.app().health().troubles().is_empty()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_commands_are_registered_once() {
    let mut bench = Bench::start().await;
    bench.stop().await;
    bench.run().await;
    link(&bench, DiscordLink::Connected).await;
    let asked = bench.discord.requests();
    assert_eq!(asked.wait_for_count("GET", "*/commands", 2, PATIENCE).await.len(), 2);
    let offered =
        bench.ana().autocomplete(bench.channel(), "notify", "template", "DEL", [("number", "1")]).await.unwrap();
    assert_eq!(offered, [("delivery (1 part)".to_owned(), "delivery".to_owned())]);
    assert_eq!(asked.count("PUT", "*/commands"), 1);
    bench.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_bot_lacks_is_said_until_it_is_mended() {
    let bench = Bench::start().await;
    let agents = bench.discord.role_id("Agents");
    bench.discord.revoke(bench.channel(), Permissions::CREATE_PUBLIC_THREADS);
    bench.discord.revoke(bench.channel(), Permissions::EMBED_LINKS);
    trouble(&bench, &["the permissions Create Public Threads and Embed Links in #support"]).await;
    bench.discord.grant(bench.channel(), Permissions::CREATE_PUBLIC_THREADS);
    bench.discord.grant(bench.channel(), Permissions::EMBED_LINKS);
    no_trouble(&bench).await;

    bench.discord.revoke(bench.channel(), Permissions::VIEW_CHANNEL);
    trouble(&bench, &["View Channel"]).await;
    bench.discord.grant(bench.channel(), Permissions::VIEW_CHANNEL);
    no_trouble(&bench).await;

    bench.discord.set_mentionable(agents, false);
    trouble(&bench, &["@Agents", "Mention Everyone"]).await;
    bench.discord.grant(bench.channel(), Permissions::MENTION_EVERYONE);
    no_trouble(&bench).await;
    bench.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_comes_back_and_the_session_with_it() {
    let bench = Bench::start().await;
    link(&bench, DiscordLink::Connected).await;
    for (resumed, cut) in [Cut::Tcp, Cut::Close(Some(4000)), Cut::Reconnect].into_iter().enumerate() {
        bench.discord.drop_gateway(cut);
        let back = |world: &World| (world.resumes() > resumed && world.connected()).then_some(());
        bench.discord.wait_for(back, PATIENCE).await.expect("the session is resumed");
    }
    assert_eq!(bench.discord.identifies(), 1);
    bench.discord.drop_gateway(Cut::InvalidSession);
    let back = |world: &World| (world.identifies() == 2 && world.connected()).then_some(());
    bench.discord.wait_for(back, PATIENCE).await.expect("a new session is begun");
    link(&bench, DiscordLink::Connected).await;
    bench.notify().await.wait_answer_containing("queued").await.unwrap();
    bench.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_discord_that_is_down_at_the_start_is_waited_for() {
    let mut bench = Bench::stopped(Options::default()).await;
    bench.discord.down().await;
    bench.run().await;
    bench.register_webhooks().await;
    assert_eq!(bench.app().health().discord(), DiscordLink::Connecting);
    bench.discord.up().await.unwrap();
    bench.connected().await;
    link(&bench, DiscordLink::Connected).await;
    bench.discord.down().await;
    link(&bench, DiscordLink::Connecting).await;
    bench.discord.up().await.unwrap();
    link(&bench, DiscordLink::Connected).await;
    bench.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_token_is_said_and_costs_no_sessions() {
    let bench = Bench::start().await;
    let token = bench.discord.token();
    bench.discord.change_token("another");
    link(&bench, DiscordLink::Refused).await;
    trouble(&bench, &["DISCORD_TOKEN"]).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(bench.discord.identifies(), 1);
    bench.discord.change_token(&token);
    link(&bench, DiscordLink::Connected).await;
    no_trouble(&bench).await;
    bench.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interaction_is_answered_although_discord_stumbles() {
    let bench = Bench::start().await;
    // The acknowledgement arrives, but we do not learn it; the answer is taken at the third try.
    bench.discord.faults().add(Fault::on("POST", "*/callback").status_after_effect(500));
    bench.discord.faults().add(Fault::on("PATCH", "*@original").times(2).status(503));
    let refused = bench.discord.member("Mallory").command(bench.channel(), "close", []).await.unwrap();
    assert!(refused.wait_answer().await.unwrap().ephemeral);
    assert!(bench.discord.faults().is_empty());
    bench.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interaction_that_certainly_was_not_acknowledged_does_nothing() {
    let setup = Setup { answer_within: Duration::from_millis(300), ..Options::default().discord };
    let mut bench = Bench::with(Options { discord: setup, ..Options::default() }).await;
    bench.discord.faults().add(Fault::on("POST", "*/callback").latency(Duration::from_millis(600)));
    let asked = bench.notify().await;
    assert!(asked.wait_deferred().await.is_err());
    assert_eq!(bench.quiet().await, 0);
    assert_eq!(bench.discord.messages(bench.channel()).len(), 0);
    bench.finish_but(&["interaction", "respond"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_that_never_connected_ends() {
    let mut bench = Bench::stopped(Options::default()).await;
    bench.discord.faults().add(Fault::on("GET", "/").until_cleared());
    bench.run().await;
    until("the gateway is not asked for", || bench.discord.requests().count("GET", "/") > 0).await;
    bench.stop().await;
    assert_eq!(bench.discord.identifies(), 0);
}
