//! Clocks that are wrong: set back while the bridge runs or between two runs, or far from everybody else's.

use std::time::Duration;

use serde_json::json;
use threadline_sandbox::vonage::{SignatureMethod, Signing};

use crate::engines::{on_both_engines, run};
use crate::support::{Bench, CUSTOMER, OTHER_CUSTOMER, Options, PATIENCE};

const HOUR: Duration = Duration::from_secs(60 * 60);

on_both_engines! {
    a_stop_is_heard_at_once_after_the_clock_was_set_back
    what_waited_when_the_clock_was_set_back_goes_on
    what_waited_when_the_clock_was_set_back_between_two_runs_goes_on
}

async fn a_stop_is_heard_at_once_after_the_clock_was_set_back(options: Options) {
    let bench = Bench::with(options).await;
    bench.notify().await;
    bench.phone().next_sms().await;
    bench.shows(&["✅ delivered"]).await;
    bench.clock.set_back(HOUR);
    assert_eq!(bench.phone().send("STOP").await[0].statuses(), [Some(200)]);
    let answer = bench.phone().wait_for_sms(2, PATIENCE).await.pop().unwrap();
    assert!(answer.text.starts_with("You will get no more messages"), "{}", answer.text);
    bench.shows(&["🛑", "> STOP"]).await;
    let refused = bench.notify_with(&[("template", "plain")]).await.wait_answer().await.unwrap();
    assert!(refused.content.contains("opted out"), "{}", refused.content);
    // What comes later stands later.
    bench.phone().send("START").await;
    bench.shows(&["> START"]).await;
    let shown = bench.discord.transcript(bench.thread().id);
    assert!(shown.find("> STOP") < shown.find("> START"), "{shown}");
    bench.finish().await;
}

/// Tries that were put off, a text of which a part is missing, and an SMS that waits for Vonage.
async fn what_waited_when_the_clock_was_set_back_goes_on(options: Options) {
    let bench = Bench::with(options).await;
    bench.discord.down().await;
    bench.vonage.down().await;
    let notified = bench.vonage.inbound_fields(CUSTOMER, "Are you there?");
    assert_eq!(bench.vonage.push_inbound(&notified).await[0].statuses(), [Some(200)]);
    let part = bench.vonage.inbound_fields(OTHER_CUSTOMER, "the beginning of a long text");
    let part = part.with("concat", "true").with("concat-ref", "7").with("concat-part", "1").with("concat-total", "2");
    assert_eq!(bench.vonage.push_inbound(&part).await[0].statuses(), [Some(200)]);
    // Until the posts were tried and wait for their next try, and the part waits for the rest.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(bench.readyz().await.1["inbox"]["waiting"], 1);
    bench.clock.set_back(HOUR);
    bench.discord.up().await.unwrap();
    bench.vonage.up().await.unwrap();
    bench.shows(&["> Are you there?"]).await;
    bench
        .pass_until("the rest is not waited for any longer", || {
            bench.discord.transcript(bench.channel()).contains("the beginning of a long text")
        })
        .await;
    bench.finish().await;
}

async fn what_waited_when_the_clock_was_set_back_between_two_runs_goes_on(options: Options) {
    let mut bench = Bench::with(options).await;
    bench.discord.down().await;
    assert_eq!(bench.phone().send("Are you there?").await[0].statuses(), [Some(200)]);
    tokio::time::sleep(Duration::from_secs(2)).await;
    bench.stop().await;
    bench.clock.set_back(24 * HOUR);
    bench.discord.up().await.unwrap();
    bench.run().await;
    bench.connected().await;
    bench.shows(&["> Are you there?"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn the_inboxs_backlog_is_told() {
    let bench = Bench::start().await;
    assert_eq!(bench.readyz().await.1["inbox"], json!({"waiting": 0, "oldest_seconds": 0, "of_no_desk": 0}));
    let part = bench.vonage.inbound_fields(CUSTOMER, "the beginning").with("concat", "true");
    let part = part.with("concat-ref", "7").with("concat-part", "1").with("concat-total", "2");
    bench.vonage.push_inbound(&part).await;
    bench.clock.advance(Duration::from_secs(30));
    let inbox = bench.readyz().await.1["inbox"].clone();
    assert_eq!(inbox["waiting"], 1);
    assert!(inbox["oldest_seconds"].as_u64().unwrap() >= 30, "{inbox}");
    bench
        .pass_until("the beginning is shown", || bench.discord.transcript(bench.channel()).contains("the beginning"))
        .await;
    bench.quiet().await;
    bench.clock.advance(Duration::from_secs(16));
    let told = "threadline_inbox_oldest_seconds 0";
    for _ in 0..200 {
        if bench.private("/metrics").await.1.contains(told) {
            bench.finish().await;
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the metrics do not say {told}");
}

const SECRET: &str = "the-account-s-signature-secret";

#[tokio::test]
async fn a_webhook_signed_ahead_of_our_clock_is_kept_by_vonage_until_the_clock_is_right() {
    let bench = Bench::with(Options {
        webhooks: "signature = \"sha256\"".to_owned(),
        secrets: vec![("VONAGE_SIGNATURE_SECRET", SECRET.to_owned())],
        ..Options::default()
    })
    .await;
    let signing = Signing { method: SignatureMethod::Sha256Hmac, secret: SECRET.to_owned() };
    bench.vonage.set_signing(Some(signing));
    bench.clock.set_back(28 * HOUR);
    let sent = bench.phone().send("Keep this").await;
    assert_eq!(sent[0].attempts[0].status, Some(503), "{sent:?}");
    assert!(sent[0].attempts[0].body.contains("wrong_clock"), "{sent:?}");
    // Nobody is told that the signature is wrong: it is not.
    assert_eq!(bench.readyz().await.1["degraded"].to_string().matches("signature").count(), 0);
    bench.clock.set_right();
    bench.shows(&["> Keep this"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn a_clock_that_differs_from_everybody_elses_is_told_once() {
    let bench = Bench::start().await;
    let degraded = async || bench.readyz().await.1["degraded"].to_string();
    assert_eq!(degraded().await, "[]");
    bench.clock.set_back(28 * HOUR);
    // Answers come in while people work; those that came before the change was noticed do not count.
    let told = || bench.discord.transcript(bench.operators()).contains("This machine's clock");
    for text in 0..100 {
        if told() {
            break;
        }
        bench.phone().send(&format!("Hello {text}")).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    bench.channel_shows(bench.operators(), &["This machine's clock is 28 hours behind"]).await;
    assert!(degraded().await.contains("clock: This machine's clock is 28 hours behind"), "{}", degraded().await);
    // Other tests' bridges write the same figure.
    let mut looks = 0;
    while !bench.private("/metrics").await.1.contains("threadline_clock_difference_seconds -100") {
        looks += 1;
        assert!(looks < 200, "the metrics do not say how far the clock is behind");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bench.phone().send("Hello again").await;
    bench.quiet().await;
    assert_eq!(bench.discord.transcript(bench.operators()).matches("This machine's clock").count(), 1);
    bench.clock.set_right();
    let mut texts = 0;
    while degraded().await != "[]" {
        texts += 1;
        assert!(texts < 100, "{}", degraded().await);
        bench.phone().send("Is it right now?").await;
        bench.quiet().await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bench.finish().await;
}
