//! How fast SMS leave: a binary of its own, so that nothing else runs beside it.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    unreachable_pub,
    dead_code,
    reason = "a test that unwraps says where it failed; of the bench only some is used here"
)]

#[path = "../support/mod.rs"]
mod shared;
#[path = "../it/support.rs"]
mod support;

use std::time::Duration;

use futures_util::future::join_all;
use support::{Bench, CUSTOMER, Options};
use threadline::domain::effect::Effect;
use threadline::store::outbox;
use threadline_sandbox::fault::Fault;
use threadline_sandbox::vonage::{Setup, Sms};

/// Held by each test: beside another one it would measure that as well.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Numbers that are reserved for fiction, and mobile.
fn customer(index: usize) -> String {
    format!("614915{:05}", 71_000 + index)
}

async fn notified(bench: &Bench, count: usize) {
    let ana = bench.ana();
    let notify = async |index: usize| {
        let number = format!("+{}", customer(index));
        // What Discord shows of so many comes later, at Discord's own rate.
        ana.command(bench.channel(), "notify", [("number", number.as_str())]).await.unwrap();
    };
    join_all((0..count).map(notify)).await;
}

/// How many left in a second, between the first of them and the last.
fn per_second(sent: &[Sms]) -> f64 {
    let took = sent[sent.len() - 1].at.duration_since(sent[0].at).unwrap();
    (sent.len() - 1) as f64 / took.as_secs_f64()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_notifications_use_the_rate_and_a_reply_overtakes_them() {
    let _alone = ALONE.lock().await;
    // As strict as the limit is described: in no second one more.
    let vonage = Setup { rate_window: Duration::from_secs(1), ..Setup::default() };
    let mut bench = Bench::with(Options { vonage, ..Options::default() }).await;
    bench.notify().await.wait_answer_containing("Its state").await.unwrap();
    bench.vonage.wait_for_sent(1, Duration::from_secs(10)).await;
    bench.quiet().await;
    let thread = bench.thread().id;
    let ben = bench.discord.member("Ben");
    let reply = async {
        bench.vonage.wait_for_sent(150, Duration::from_secs(60)).await;
        let asked = std::time::SystemTime::now();
        ben.command(thread, "reply", [("text", "Here I am")]).await.unwrap();
        let left = bench.vonage.phone(CUSTOMER).wait_for_sms(2, Duration::from_secs(20)).await;
        left.get(1).map(|sms| sms.at.duration_since(asked).unwrap_or_default())
    };
    let ((), reply) = tokio::join!(notified(&bench, 300), reply);
    let sent = bench.vonage.wait_for_sent(302, Duration::from_secs(60)).await;
    assert_eq!(sent.len(), 302);
    let rate = per_second(&sent[2..]);
    println!("{rate:.1} SMS a second of 30; the reply left after {reply:?}");
    // What the rate limiter promises exactly is tested in the domain; the machine that runs this may be late by itself.
    let requests = bench.vonage.requests().matching("POST", "/sms/json");
    let throttled = requests.iter().filter(|exchange| exchange.response_json()["messages"][0]["status"] != "0").count();
    assert!(throttled <= 3, "{throttled} were throttled");
    assert!(rate >= 0.8 * 30.0, "{rate:.1} a second");
    assert!(reply.is_some_and(|took| took < Duration::from_secs(1)), "{reply:?}");
    // Discord is slower than Vonage: that all shows is not waited for here.
    bench.stop().await;
}

/// A throttle slows the account down for a while, and every SMS still leaves once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vonage_that_allows_less_slows_us_down() {
    let _alone = ALONE.lock().await;
    let vonage = Setup { messages_per_second: 10, ..Setup::default() };
    let mut bench = Bench::with(Options { vonage, ..Options::default() }).await;
    notified(&bench, 100).await;
    let sent = bench.vonage.wait_for_sent(100, Duration::from_secs(60)).await;
    assert_eq!(sent.len(), 100);
    let asked = bench.vonage.requests().count("POST", "/sms/json");
    let rate = per_second(&sent[10..]);
    println!("{rate:.1} SMS a second of 10, in {asked} requests");
    assert!(asked < 160, "{asked} requests for 100 SMS");
    assert!(rate > 5.0, "{rate:.1} a second");
    bench.stop().await;
}

/// While Vonage hangs, few SMS are risked: nobody knows what becomes of each.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vonage_that_hangs_gets_few_more() {
    let _alone = ALONE.lock().await;
    let mut bench = Bench::start().await;
    bench.vonage.faults().add(Fault::on("POST", "/sms/json").until_cleared().hang());
    notified(&bench, 100).await;
    // What is not answered is not among the exchanges; what has begun stands in the outbox.
    tokio::time::sleep(Duration::from_secs(4)).await;
    let mut tx = bench.app().store().begin().await.unwrap();
    let mut sms = 0;
    for id in outbox::abandoned(&mut tx, None).await.unwrap() {
        let attempt = outbox::under_way(&mut tx, id, None).await.unwrap();
        sms += usize::from(attempt.is_some_and(|attempt| matches!(attempt.effect, Effect::SendSms { .. })));
    }
    drop(tx);
    println!("{sms} of 100 SMS were risked");
    assert!((1..=3).contains(&sms), "{sms}");
    bench.vonage.faults().clear();
    bench.stop().await;
}

/// A number with a rate of its own keeps it, and takes nothing from the other's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_keeps_its_own_rate() {
    let _alone = ALONE.lock().await;
    let vonage = Setup { number_messages_per_second: Some(2), ..Setup::default() };
    let config_desk = "messages_per_second = 2".to_owned();
    let mut bench = Bench::with(Options { vonage, config_desk, ..Options::default() }).await;
    notified(&bench, 10).await;
    let sent = bench.vonage.wait_for_sent(10, Duration::from_secs(20)).await;
    bench.vonage.requests().wait_for_count("POST", "/sms/json", 10, Duration::from_secs(5)).await;
    assert_eq!(bench.vonage.requests().count("POST", "/sms/json"), 10, "none was throttled");
    let rate = per_second(&sent[3..]);
    assert!((1.5..=2.2).contains(&rate), "{rate:.1} a second");
    bench.stop().await;
}
