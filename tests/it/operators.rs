//! What the operator's channel hears, also where it cannot be reached, and where alerts reach nobody.

use std::time::Duration;

use threadline::domain::ids::ChannelId;
use threadline_sandbox::discord::{Permissions, Setup};
use threadline_sandbox::fault::Fault;

use crate::culprits::others_write_until;
use crate::support::{Bench, Options, PATIENCE};

/// Waits until `/readyz` says this of what is degraded, or no longer.
async fn degraded(bench: &Bench, word: &str, wanted: bool) {
    let started = std::time::Instant::now();
    loop {
        let (_, body) = bench.readyz().await;
        let says = body["degraded"].as_array().unwrap().iter().any(|line| line.as_str().unwrap().contains(word));
        if says == wanted {
            return;
        }
        assert!(started.elapsed() < PATIENCE, "{word:?} in degraded: {body}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Something that the operator is told: an SMS for a number of no desk. `number` ends in other digits each time.
async fn tell(bench: &Bench, number: &str) {
    let mut fields = bench.vonage.inbound_fields(crate::support::CUSTOMER, "Hello?");
    fields.set("to", number);
    fields.set("messageId", format!("0A{number}"));
    bench.vonage.push_inbound(&fields).await;
}

#[tokio::test]
async fn a_mistyped_channel_of_the_operator_is_trouble_and_the_desks_channel_is_used() {
    let mut bench = Bench::stopped(Options::default()).await;
    bench.config.discord.operator_channel = ChannelId::new(404).unwrap();
    bench.run().await;
    bench.connected().await;
    bench.register_webhooks().await;
    // It is seen at the start, before there is anything to tell.
    degraded(&bench, "no channel 404", true).await;
    tell(&bench, "441632960111").await;
    tell(&bench, "441632960222").await;
    let told = bench.shows(&["••• 0111", "••• 0222"]).await;
    assert!(told.contains("operator's channel cannot be used"), "{told}");
    bench.finish().await;
}

#[tokio::test]
async fn a_channel_of_the_operator_without_permission_is_used_again_once_there_is() {
    let bench = Bench::start().await;
    bench.discord.revoke(bench.operators(), Permissions::SEND_MESSAGES);
    degraded(&bench, "Send Messages in #operators", true).await;
    tell(&bench, "441632960111").await;
    bench.shows(&["••• 0111"]).await;
    assert_eq!(bench.discord.messages(bench.operators()).len(), 0);
    bench.discord.grant(bench.operators(), Permissions::SEND_MESSAGES);
    degraded(&bench, "operator", false).await;
    tell(&bench, "441632960222").await;
    bench.channel_shows(bench.operators(), &["••• 0222"]).await;
    assert!(!bench.discord.transcript(bench.channel()).contains("0222"));
    bench.finish().await;
}

#[tokio::test]
async fn a_channel_of_the_operator_that_refuses_although_it_looks_well() {
    let bench = Bench::start().await;
    degraded(&bench, "operator", false).await;
    let path = format!("*/channels/{}/messages", bench.operators());
    bench.discord.faults().add(Fault::on("POST", &path).status(403).until_cleared());
    tell(&bench, "441632960111").await;
    tell(&bench, "441632960222").await;
    bench.shows(&["••• 0111", "••• 0222"]).await;
    degraded(&bench, "operator's channel", true).await;
    bench.discord.faults().clear();
    tell(&bench, "441632960333").await;
    bench.channel_shows(bench.operators(), &["••• 0333"]).await;
    degraded(&bench, "operator's channel", false).await;
    bench.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_of_the_operator_that_fails_while_others_do_not() {
    for status in [500, 404] {
        let bench = Bench::start().await;
        let path = format!("*/channels/{}/messages*", bench.operators());
        bench.discord.faults().add(Fault::on("*", &path).status(status).until_cleared());
        tell(&bench, "441632960111").await;
        let channel = bench.channel();
        others_write_until(&bench, "it stands elsewhere", |world| world.transcript(channel).contains("••• 0111")).await;
        bench.shows(&["••• 0111", "operator's channel cannot be used"]).await;
        degraded(&bench, "operator's channel", true).await;
        // The next waits for nothing.
        tell(&bench, "441632960222").await;
        bench.shows(&["••• 0222"]).await;
        bench.discord.faults().clear();
        tell(&bench, "441632960333").await;
        bench.channel_shows(bench.operators(), &["••• 0333"]).await;
        degraded(&bench, "operator's channel", false).await;
        bench.finish().await;
    }
}

/// There is no other channel in which it could stand.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_notice_that_always_fails_holds_up_no_other() {
    let mut bench = Bench::stopped(Options::default()).await;
    bench.config.discord.operator_channel = bench.config.desks.iter().next().unwrap().channel;
    bench.run().await;
    bench.connected().await;
    bench.register_webhooks().await;
    bench.discord.faults().add(Fault::on("POST", "*/messages").body_contains("0111").status(500).until_cleared());
    tell(&bench, "441632960111").await;
    tell(&bench, "441632960222").await;
    let channel = bench.channel();
    others_write_until(&bench, "the next stands", |world| world.transcript(channel).contains("••• 0222")).await;
    assert_eq!(bench.quiet().await, 1, "a dead letter");
    bench.discord.faults().clear();
    bench.finish_but(&[]).await;
}

#[tokio::test]
async fn a_role_that_rings_nobody_is_told_and_that_it_is_mended() {
    let bench = Bench::start().await;
    let agents = bench.discord.role_id("Agents");
    bench.discord.set_mentionable(agents, false);
    bench.channel_shows(bench.operators(), &["ring nobody", "@Agents", "Mention Everyone"]).await;
    degraded(&bench, "@Agents", true).await;
    // Once, whatever else changes.
    bench.discord.revoke(bench.operators(), Permissions::EMBED_LINKS);
    bench.discord.grant(bench.operators(), Permissions::EMBED_LINKS);
    bench.discord.set_mentionable(agents, false);
    bench.discord.set_mentionable(agents, true);
    bench.channel_shows(bench.operators(), &["ring @Agents again"]).await;
    degraded(&bench, "@Agents", false).await;
    bench.quiet().await;
    assert_eq!(bench.discord.messages(bench.operators()).len(), 2);
    // And anew, if it happens anew.
    bench.discord.delete_role(agents);
    bench.channel_shows(bench.operators(), &["agent_role_ids"]).await;
    degraded(&bench, "agent_role_ids", true).await;
    bench.quiet().await;
    assert_eq!(bench.discord.messages(bench.operators()).len(), 3);
    bench.finish().await;
}

#[tokio::test]
async fn a_role_that_rings_nobody_is_told_at_the_start() {
    let roles = vec![("Agents".to_owned(), false)];
    let setup = Setup { roles, ..Options::default().discord };
    let bench = Bench::with(Options { discord: setup, ..Options::default() }).await;
    bench.channel_shows(bench.operators(), &["ring nobody", "@Agents", "Mention Everyone"]).await;
    bench.quiet().await;
    assert_eq!(bench.discord.messages(bench.operators()).len(), 1);
    bench.finish().await;
}

#[tokio::test]
async fn nobody_is_missed_where_the_desk_wants_no_alerts() {
    let roles = vec![("Agents".to_owned(), false)];
    let setup = Setup { roles, ..Options::default().discord };
    let config_desk = r#"alert = "none""#.to_owned();
    let bench = Bench::with(Options { discord: setup, config_desk, ..Options::default() }).await;
    tell(&bench, "441632960111").await;
    bench.channel_shows(bench.operators(), &["••• 0111"]).await;
    bench.quiet().await;
    assert_eq!(bench.discord.messages(bench.operators()).len(), 1);
    bench.finish().await;
}

#[tokio::test]
async fn an_alert_that_rang_nobody_is_noticed_although_no_event_told() {
    let bench = Bench::start().await;
    bench.quiet().await;
    degraded(&bench, "@Agents", false).await;
    // Discord loses the event.
    bench.discord.set_mentionable_silently(bench.discord.role_id("Agents"), false);
    bench.phone().send("Hello?").await;
    bench.channel_shows(bench.operators(), &["ring nobody", "@Agents"]).await;
    bench.finish().await;
}
