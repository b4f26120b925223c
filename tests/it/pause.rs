//! The account's pause: begun once, told once, probed, and ended by itself, with nothing lost or sent twice.

use std::time::{Duration, Instant};

use threadline_sandbox::discord::World;
use threadline_sandbox::fault::Fault;

use crate::engines::{on_both_engines, run_with_database as run};
use crate::shared::database::Database;
use crate::support::{Bench, CUSTOMER, OTHER_CUSTOMER, Options, PATIENCE};

on_both_engines! {
    a_pause_outlives_a_restart_and_its_end_is_told
    a_pause_that_cannot_be_stored_is_told_once_it_can_be
}

const TOLD_BARRED: &str = "Threadline: ⚠️ The Vonage account is barred. Write to Vonage's support. (status 8) Sending is \
    paused. Nothing is lost: messages wait, and leave by themselves once Vonage takes them again.\n\
    Threadline: ✅ Vonage takes our SMS again.";

fn sends(bench: &Bench) -> usize {
    bench.vonage.requests().count("POST", "/sms/json")
}

fn probes(bench: &Bench) -> usize {
    bench.vonage.requests().count("GET", "/account/get-balance")
}

async fn notify(bench: &Bench, customer: &str, text: &str) {
    let number = format!("+{customer}");
    let asked = bench.ana().command(bench.channel(), "notify", [("number", number.as_str()), ("text", text)]).await;
    asked.unwrap().wait_answer_containing("queued").await.unwrap();
}

async fn told(bench: &Bench) -> String {
    bench.channel_shows(bench.operators(), &["Vonage takes our SMS again"]).await;
    let lines = bench.discord.transcript(bench.operators());
    lines.lines().map(|line| line.split(" What waited since ").next().unwrap()).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn without_credit_nothing_is_lost_and_one_sms_finds_out() {
    // The warning of low credit is another matter.
    let bench = Bench::with(Options { config_vonage: "low_balance = 0".to_owned(), ..Options::default() }).await;
    bench.vonage.set_balance(0);
    notify(&bench, CUSTOMER, "one").await;
    bench.channel_shows(bench.operators(), &["status 9"]).await;
    notify(&bench, OTHER_CUSTOMER, "two").await;
    bench.pass_until("it asks for the balance", || probes(&bench) >= 4).await;
    assert_eq!(sends(&bench), 1, "nothing is tried while there is no credit");
    let (status, body) = bench.readyz().await;
    assert_eq!(status, 200);
    insta::assert_snapshot!(body["vonage"].as_str().unwrap(), @"The Vonage account has no credit left. Top it up. (status 9) Sending is paused. Nothing is lost: messages wait, and leave by themselves once Vonage takes them again.");
    assert_eq!(bench.discord.transcript(bench.channel()).matches("⏳ queued").count(), 2);
    let metrics = bench.private("/metrics").await.1;
    assert!(metrics.contains("threadline_sms_paused 1"), "{metrics}");

    bench.vonage.set_balance(20_000_000);
    bench.pass_until("both are sent", || bench.vonage.sent().len() == 2).await;
    insta::assert_snapshot!(told(&bench).await, @"
    Threadline: ⚠️ The Vonage account has no credit left. Top it up. (status 9) Sending is paused. Nothing is lost: messages wait, and leave by themselves once Vonage takes them again.
    Threadline: ✅ Vonage takes our SMS again.
    ");
    bench.quiet().await;
    assert_eq!(sends(&bench), 3);
    assert_eq!(bench.discord.transcript(bench.channel()).matches("✅ delivered").count(), 2);
    assert_eq!(bench.readyz().await.1["vonage"], "ok");
    bench.finish().await;
}

/// Whatever Vonage says about the whole account, and as long as it says so.
#[tokio::test]
async fn every_refusal_of_the_account_has_its_words_and_burns_nothing() {
    let bench = Bench::start().await;
    for status in [401, 403] {
        bench.vonage.faults().add(Fault::on("POST", "/sms/json").status(status));
    }
    for status in [4, 8, 11, 14, 32] {
        bench.vonage.refuse(status, Some(1));
    }
    notify(&bench, CUSTOMER, "hello").await;
    bench.pass_until("it is sent", || bench.vonage.sent().len() == 1).await;
    insta::assert_snapshot!(told(&bench).await, @"
    Threadline: ⚠️ Vonage does not accept the API key and secret. Check VONAGE_API_KEY and VONAGE_API_SECRET, or, where an application sends, VONAGE_APPLICATION_ID and VONAGE_PRIVATE_KEY. (HTTP 401) Sending is paused. Nothing is lost: messages wait, and leave by themselves once Vonage takes them again.
    Threadline: ⚠️ Vonage forbids this account to send. Check the account in Vonage's dashboard. (HTTP 403) Sending is paused. Nothing is lost: messages wait, and leave by themselves once Vonage takes them again.
    Threadline: ⚠️ Vonage does not accept the API key and secret. Check VONAGE_API_KEY and VONAGE_API_SECRET. (status 4) Sending is paused. Nothing is lost: messages wait, and leave by themselves once Vonage takes them again.
    Threadline: ⚠️ The Vonage account is barred. Write to Vonage's support. (status 8) Sending is paused. Nothing is lost: messages wait, and leave by themselves once Vonage takes them again.
    Threadline: ⚠️ The Vonage account may not send by HTTP. Write to Vonage's support. (status 11) Sending is paused. Nothing is lost: messages wait, and leave by themselves once Vonage takes them again.
    Threadline: ⚠️ Vonage wants requests signed otherwise. Set `vonage.request_signature` and VONAGE_SIGNATURE_SECRET as its API settings say. (status 14) Sending is paused. Nothing is lost: messages wait, and leave by themselves once Vonage takes them again.
    Threadline: ⚠️ Vonage wants requests signed otherwise. Set `vonage.request_signature` and VONAGE_SIGNATURE_SECRET as its API settings say. (status 32) Sending is paused. Nothing is lost: messages wait, and leave by themselves once Vonage takes them again.
    Threadline: ✅ Vonage takes our SMS again.
    ");
    bench.shows(&["✅ delivered"]).await;
    assert_eq!(sends(&bench), 8, "one SMS after each probe");
    bench.finish().await;
}

#[tokio::test]
async fn a_refusal_that_stays_is_told_once_and_tried_by_one_sms_at_a_time() {
    let bench = Bench::start().await;
    bench.vonage.refuse(8, None);
    for text in ["one", "two", "three"] {
        notify(&bench, CUSTOMER, text).await;
    }
    notify(&bench, OTHER_CUSTOMER, "four").await;
    bench.pass_until("several tries", || sends(&bench) >= 5).await;
    assert!(sends(&bench) <= probes(&bench) + 2, "{} tries, {} probes", sends(&bench), probes(&bench));
    assert_eq!(bench.discord.messages(bench.operators()).len(), 1);
    bench.vonage.lift_refusals();
    bench.pass_until("all are sent", || bench.vonage.sent().len() == 4).await;
    told(&bench).await;
    assert_eq!(bench.discord.messages(bench.operators()).len(), 2);
    let to_the_first: Vec<_> = bench.phone().inbox().into_iter().map(|sms| sms.text).collect();
    assert_eq!(to_the_first, ["one", "two", "three"]);
    bench.finish().await;
}

#[tokio::test]
async fn three_without_a_clear_answer_pause_and_the_fourth_is_not_risked() {
    let bench = Bench::start().await;
    bench.vonage.faults().add(Fault::on("POST", "/sms/json").until_cleared().status_after_effect(500));
    bench.vonage.set_receipts(|receipts| receipts.enabled = false);
    let channel = bench.channel();
    // One after the other: what is under way already when the third is heard of has left.
    for (number, customer) in [CUSTOMER, OTHER_CUSTOMER, "61491570157"].into_iter().enumerate() {
        notify(&bench, customer, "hello").await;
        let shown = |world: &World| world.transcript(channel).matches("❓ **unconfirmed**").count() > number;
        bench.discord.wait_for(|world| shown(world).then_some(()), PATIENCE).await.expect("its outcome shows");
    }
    notify(&bench, "61491570158", "hello").await;
    bench.channel_shows(bench.operators(), &["no clear answer to several SMS in a row"]).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(sends(&bench), 3);
    assert_eq!(bench.discord.transcript(bench.channel()).matches("⏳ queued").count(), 1);

    bench.vonage.faults().add(Fault::on("GET", "/account/get-balance").times(2).status(500));
    bench.pass_until("it asks in vain", || probes(&bench) >= 2).await;
    assert_eq!(sends(&bench), 3);
    bench.vonage.faults().clear();
    bench.pass_until("the fourth is sent", || bench.vonage.sent().len() == 4).await;
    insta::assert_snapshot!(told(&bench).await, @"
    Threadline: ⚠️ Vonage gave no clear answer to several SMS in a row, so sending is paused: each of them may have been sent or not, and shows so in its thread. Nothing else is lost: messages wait, and leave by themselves once Vonage answers again.
    Threadline: ✅ Vonage takes our SMS again.
    ");
    assert_eq!(sends(&bench), 4);
    // Nobody knows about the three, so an agent decides.
    bench.advance(Duration::from_secs(16 * 60)).await;
    bench.quiet().await;
    assert_eq!(bench.discord.transcript(bench.channel()).matches("[Send again] [Leave it]").count(), 3);
    assert_eq!(sends(&bench), 4);
    bench.finish().await;
}

#[tokio::test]
async fn a_restart_in_a_pause_begins_with_one_sms_and_one_that_tells_whose_refusal_it_is() {
    let mut bench = Bench::start().await;
    bench.vonage.refuse(8, None);
    for customer in [CUSTOMER, OTHER_CUSTOMER] {
        notify(&bench, customer, "hello").await;
    }
    bench.channel_shows(bench.operators(), &["status 8"]).await;
    // The second may be on its way still.
    bench.vonage.requests().wait_for_count("POST", "/sms/json", 2, PATIENCE).await;
    let before = sends(&bench);
    bench.stop().await;
    bench.run().await;
    bench.connected().await;
    bench.vonage.requests().wait_for_count("POST", "/sms/json", before + 2, PATIENCE).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(sends(&bench), before + 2);
    bench.vonage.lift_refusals();
    bench.pass_until("both are sent", || bench.vonage.sent().len() == 2).await;
    bench.finish().await;
}

/// Nobody could tell the end of a pause by the memory of the process that told its beginning.
async fn a_pause_outlives_a_restart_and_its_end_is_told(options: Options, _: &Database) {
    let mut bench = Bench::with(options).await;
    bench.vonage.refuse(8, None);
    let asked = bench.notify().await;
    asked.wait_answer_containing("sending is paused").await.unwrap();
    bench.channel_shows(bench.operators(), &["status 8"]).await;
    bench.quiet_but_for_sms().await;
    bench.stop().await;
    bench.run().await;
    bench.connected().await;
    let status = bench.ana().command(bench.channel(), "status", []).await.unwrap();
    status.wait_answer_containing("Sending is paused since").await.unwrap();
    assert!(bench.readyz().await.1["vonage"].as_str().unwrap().contains("status 8"));
    bench.stop().await;
    bench.vonage.lift_refusals();
    bench.run().await;
    bench.connected().await;
    bench.shows(&["✅ delivered"]).await;
    assert_eq!(told(&bench).await, TOLD_BARRED);
    bench.quiet().await;
    let status = bench.ana().command(bench.channel(), "status", []).await.unwrap();
    let status = status.wait_answer_containing("Nothing waits").await.unwrap();
    assert!(!status.says("paused"), "{status:?}");
    bench.finish().await;
}

/// The news comes late then, and in order.
async fn a_pause_that_cannot_be_stored_is_told_once_it_can_be(options: Options, database: &Database) {
    let bench = Bench::with(options).await;
    database.fail_writes("sending_pause").await;
    bench.vonage.refuse(8, None);
    bench.notify().await;
    let paused = "\"vonage\":\"The Vonage account is barred.";
    let started = Instant::now();
    while !bench.private("/readyz").await.1.contains(paused) {
        assert!(started.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(bench.discord.messages(bench.operators()).is_empty());
    bench.vonage.lift_refusals();
    bench.pass_until("it is sent", || bench.vonage.sent().len() == 1).await;
    database.heal_writes("sending_pause").await;
    assert_eq!(told(&bench).await, TOLD_BARRED);
    bench.finish().await;
}
