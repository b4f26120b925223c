//! The program as operators run it: its commands, what they say, how they end, and what survives a crash.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::disallowed_methods, unreachable_pub, reason = "tests wait by themselves")]

mod dead_letters;
mod doctor;
mod installation;
mod numbers;
#[path = "../support/mod.rs"]
mod support;
#[cfg(target_os = "linux")]
mod terminal;
mod troubles;

use std::collections::BTreeSet;

use futures_util::future::join_all;
use sqlx::Connection as _;
use tempfile::TempDir;
use threadline_sandbox::discord::World;
use threadline_sandbox::fault::Fault;
use threadline_sandbox::vonage;

use installation::{Ended, Installation, PATIENCE, ended, program, until};

const CUSTOMER: &str = "61491570006";

/// Runs `check-config` on this text, with these secrets beside it.
fn check(configuration: &str, secrets: &[(&str, &str)]) -> Ended {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("threadline.toml"), configuration).unwrap();
    ended(program(&["check-config"]).current_dir(folder.path()).envs(secrets.iter().copied()))
}

const SOUND: &str = r#"
[vonage.webhooks]
path_token = "0123456789abcdef"
[[desks]]
name = "support"
number = "441632960960"
guild_id = "1100000000000000001"
channel_id = "1100000000000000002"
agent_role_ids = ["1100000000000000003"]
"#;

const SECRETS: [(&str, &str); 3] =
    [("DISCORD_TOKEN", "a-token"), ("VONAGE_API_KEY", "abcd1234"), ("VONAGE_API_SECRET", "a-secret")];

#[test]
fn a_sound_configuration_is_shown_without_its_secrets() {
    let shown = check(SOUND, &SECRETS);
    assert_eq!((shown.code, shown.stderr.as_str()), (Some(0), ""));
    assert!(!["a-token", "a-secret", "0123456789abcdef"].iter().any(|secret| shown.stdout.contains(secret)));
    insta::assert_snapshot!(shown.stdout, @r#"
    [server]
    listen = "0.0.0.0:8080"
    admin_listen = "127.0.0.1:9090"
    public_url = ""

    [database]
    url = "sqlite://threadline.db"

    [discord]
    # token: set
    api_url = "https://discord.com"
    operator_channel_id = "1100000000000000002"

    [vonage]
    # key: abcd1234
    # secret: set
    api = "sms"
    request_signature = "none"
    rest_url = "https://rest.nexmo.com"
    api_url = "https://api.nexmo.com"
    messages_per_second = 30
    low_balance = 5
    unconfirmed_after = "15m"

    [vonage.webhooks]
    # path token: set

    [[desks]]
    name = "support"
    title = "support"
    number = "+441632960960"
    messages_per_second = 0
    guild_id = "1100000000000000001"
    channel_id = "1100000000000000002"
    agent_role_ids = ["1100000000000000003"]
    default_template = ""
    default_region = ""
    time_zone = "UTC"
    show_numbers = "masked"
    thread_messages = "internal"
    languages = []
    archive_after = "24h"
    alert = "owner"
    alert_again_after = "30m"
    reopen_within = "2days"

    [consent]
    stop_answer = "send"
    stop_text = "You will get no more messages from us. Reply START to hear from us again."
    start_text = "You will hear from us again. Reply STOP to end."
    help_text = "Customer support by text message. Reply STOP to end."

    [limits]
    automatic_answers = 5
    identical_texts = 3
    window = "1h"
    automatic_answers_per_hour = 300
    daily_parts = 0
    daily_parts_per_agent = 0
    countries = []
    "#);
}

#[test]
fn a_broken_configuration_is_told_whole() {
    let broken = SOUND.replace("[vonage.webhooks]", "[vonage.webhooks]\nsignature = \"sha256\"");
    let broken = format!("[server]\nlistn = \"0.0.0.0:80\"\n{broken}");
    let refused = check(&broken, &SECRETS[1..]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
    insta::assert_snapshot!(refused.stderr, @r#"
    threadline: threadline.toml: 3 problems
      - line 2: `server.listn`: unknown key; did you mean `listen`?
      - `DISCORD_TOKEN`: must be set: the bot's token, in the environment or in .env; or a file that holds it, in DISCORD_TOKEN_FILE
      - `VONAGE_SIGNATURE_SECRET`: must be set, since `vonage.webhooks.signature` is: the signature secret (not the API secret) of the account, from the API settings of Vonage's dashboard; or a file that holds it, in VONAGE_SIGNATURE_SECRET_FILE
    "#);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_of_an_operator() {
    let here = Installation::new().await;
    let asleep = here.run(&["healthcheck"]).await;
    assert_eq!(asleep.code, Some(1));
    assert!(asleep.stderr.contains("nothing listens at"), "{}", asleep.stderr);
    let migrated = here.run(&["migrate"]).await;
    assert_eq!((migrated.code, migrated.stdout.as_str()), (Some(0), "The database is up to date.\n"));

    let serving = here.serve().await;
    for command in ["serve", "migrate"] {
        let second = here.run(&[command]).await;
        assert_eq!(second.code, Some(1));
        assert!(second.stderr.contains("another Threadline is running on this database"), "{}", second.stderr);
    }
    let knows_its_credit =
        async || here.ask("/readyz").await.is_some_and(|(_, body)| body.contains(r#""balance":1000"#));
    until("the balance is known", knows_its_credit).await;
    let healthy = here.run(&["healthcheck"]).await;
    assert_eq!((healthy.code, healthy.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(healthy.stdout, @r#"{"ready":true,"degraded":[],"database":"ok","discord":"connected","vonage":"ok","balance":1000.0,"inbox":{"waiting":0,"oldest_seconds":0,"of_no_desk":0},"outbox":{"due":0,"oldest_seconds":0}}"#);

    let text = ["simulate-inbound", "--from", "+61 491 570 006", "--text", "Is anybody there?", "--message-id", "0A1"];
    for said in [
        "Stored. The text shows in the thread of +61 ••• 0006 at desk support.\n",
        "Seen before: a text with this id was stored already, and is not shown again.\n",
    ] {
        let stored = here.run(&text).await;
        assert_eq!(stored.code, Some(0), "{}", stored.stderr);
        assert_eq!(stored.stdout, said);
    }
    here.shows(&["> Is anybody there?"]).await;
    let thread = here.discord.threads(here.discord.channel_id("support"))[0].id;
    assert_eq!(here.discord.messages(thread).len(), 1, "one id is one message");

    assert_eq!(here.ask("/healthz").await, Some((200, "ok".to_owned())));
    let (status, metrics) = here.ask("/metrics").await.unwrap();
    assert_eq!(status, 200);
    for wanted in [
        r#"threadline_intake_webhooks_total{source="inbound_sms",outcome="new"} 1"#,
        r#"threadline_intake_webhooks_total{source="inbound_sms",outcome="seen_before"} 1"#,
        r#"threadline_inbox_total{source="inbound_sms",outcome="done"} 1"#,
    ] {
        assert!(metrics.contains(wanted), "{wanted} is not in\n{metrics}");
    }
    assert_eq!(serving.terminate().await.code(), Some(0));
    assert_eq!(here.discord.left_over(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_simulated_text_comes_by_the_api_that_sends_and_is_signed() {
    let here = Installation::new().await;
    here.configure("[vonage]\n", "[vonage]\napi = \"messages\"\n");
    here.set("VONAGE_SIGNATURE_SECRET", "the-account-s-signature-secret");
    let serving = here.serve().await;
    let text = ["simulate-inbound", "--from", "+61 491 570 006", "--text", "Größe & 😀?", "--message-id", "a-uuid"];
    for _ in 0..2 {
        let stored = here.run(&text).await;
        assert_eq!((stored.code, stored.stderr.as_str()), (Some(0), ""));
    }
    here.shows(&["> Größe & 😀?"]).await;
    let metrics = here.ask("/metrics").await.unwrap().1;
    for outcome in ["new", "seen_before"] {
        let wanted = format!(r#"threadline_intake_webhooks_total{{source="inbound_message",outcome="{outcome}"}} 1"#);
        assert!(metrics.contains(&wanted), "{wanted} is not in\n{metrics}");
    }
    // With another secret, nobody is fooled.
    here.set("VONAGE_SIGNATURE_SECRET", "another-secret");
    let refused = here.run(&text).await;
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("the bridge answered 503") && refused.stderr.contains("wrong_signature"));
    assert_eq!(serving.terminate().await.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shutdown_in_the_middle_of_a_burst_loses_nothing() {
    let here = Installation::with(vonage::Setup { webhook_connections: 8, ..vonage::Setup::default() }).await;
    let serving = here.serve().await;
    let texts = (0..200).map(|number| {
        let from = format!("614915{:05}", number % 40);
        here.vonage.inbound_fields(&from, &format!("text {number:03}"))
    });
    let texts: Vec<_> = texts.collect();
    let burst = join_all(texts.iter().map(|fields| here.vonage.push_inbound(fields)));
    let stopped = async {
        until("some are answered", async || answered(&here).len() > 20).await;
        serving.terminate().await
    };
    let (_, status) = tokio::join!(burst, stopped);
    assert_eq!(status.code(), Some(0));
    let (acknowledged, stored) = (answered(&here), stored(&here).await);
    assert!(acknowledged.len() < texts.len(), "the burst was over before the shutdown");
    assert!(acknowledged.is_subset(&stored), "answered and not stored");

    // Vonage brings the others again.
    let serving = here.serve().await;
    let support = here.discord.channel_id("support");
    let all_shown = |world: &World| {
        let threads = world.threads(support);
        let posts = threads.iter().map(|thread| world.messages(thread.id).len()).sum::<usize>();
        (posts >= texts.len()).then_some((threads.len(), posts))
    };
    assert_eq!(here.discord.wait_for(all_shown, PATIENCE).await, Some((40, texts.len())));
    assert_eq!(here.vonage.finished().await, Vec::<String>::new());
    assert_eq!(serving.terminate().await.code(), Some(0));
    assert_eq!(here.discord.left_over(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_sms_under_way_at_a_crash_is_never_sent_twice() {
    let here = Installation::new().await;
    let serving = here.serve().await;
    let phone = here.vonage.phone(CUSTOMER);
    phone.receipts(|receipts| receipts.held = true);
    here.vonage.faults().add(Fault::on("POST", "/sms/json").hang_after_effect());
    let number = format!("+{CUSTOMER}");
    let support = here.discord.channel_id("support");
    let asked = here.discord.member("Ana").command(support, "notify", [("number", number.as_str())]).await.unwrap();
    asked.wait_answer_containing("queued").await.unwrap();
    phone.next_sms().await;
    here.shows(&["> Please answer."]).await;
    serving.kill();

    let serving = here.serve().await;
    here.shows(&["❓ **unconfirmed**"]).await;
    phone.release_receipts().await;
    here.shows(&["✅ delivered"]).await;
    assert_eq!(here.vonage.sent().len(), 1);
    assert_eq!(here.vonage.finished().await, Vec::<String>::new());
    assert_eq!(serving.terminate().await.code(), Some(0));
    assert_eq!(here.vonage.requests().count("POST", "/sms/json"), 1);
    assert_eq!(here.discord.left_over(), Vec::<String>::new());
}

/// The dedupe keys of the webhooks that got a 200.
fn answered(here: &Installation) -> BTreeSet<String> {
    let webhooks = here.vonage.webhooks().into_iter();
    let taken = webhooks.filter(|webhook| webhook.statuses().contains(&Some(200)));
    taken.map(|webhook| format!("sms:{}", webhook.fields.get("messageId").unwrap())).collect()
}

/// The dedupe keys that stand in the database.
async fn stored(here: &Installation) -> BTreeSet<String> {
    let mut connection = sqlx::SqliteConnection::connect(&here.database()).await.unwrap();
    let keys = sqlx::query_scalar("SELECT dedupe FROM inbox").fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    keys.into_iter().collect()
}
