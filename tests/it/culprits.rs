//! One request that Discord never takes, while it takes all others: its customer is not held up, and somebody hears of
//! it.

use std::time::Duration;

use threadline_sandbox::discord::World;
use threadline_sandbox::fault::Fault;
use threadline_sandbox::vonage::Verdict;

use crate::many_threads::refusal;
use crate::support::{Bench, OTHER_CUSTOMER, PATIENCE};

/// Others go on writing, and time passes, until it is so.
pub(crate) async fn others_write_until(bench: &Bench, what: &str, is_so: impl Fn(&World) -> bool) {
    let started = std::time::Instant::now();
    let mut number = 0;
    while bench.discord.wait_for(|world| Some(is_so(world)), PATIENCE).await != Some(true) {
        assert!(started.elapsed() < 2 * PATIENCE, "not so: {what}\n{}", bench.discord.transcript(bench.channel()));
        number += 1;
        bench.vonage.phone(OTHER_CUSTOMER).send(&format!("other {number}")).await;
        bench.shows(&[&format!("> other {number}")]).await;
        let until = bench.clock.ahead() + Duration::from_secs(5);
        bench.pass_until("a while", || bench.clock.ahead() >= until).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_that_always_fails_holds_up_nobody() {
    let bench = Bench::start().await;
    bench.phone().send("one").await;
    bench.shows(&["> one"]).await;
    bench.discord.faults().add(Fault::on("POST", "*/messages").body_contains("culprit").status(500).until_cleared());
    bench.phone().send("the culprit").await;
    bench.phone().send("please stop texting, call me").await;
    let channel = bench.channel();
    others_write_until(&bench, "the next text shows", |world| world.transcript(channel).contains("call me")).await;
    let failed = bench.discord.requests().matching("POST", "*/messages");
    let failed = failed.iter().filter(|one| one.status == Some(500)).count();
    assert!((3..12).contains(&failed), "{failed} tries");
    // In its place, somebody is rung and told where the text is; the operator too.
    bench.shows(&["**·2** 📩 Customer @Agents", "could not be shown"]).await;
    bench.channel_shows(bench.operators(), &["·2 of #1", "HTTP 500"]).await;
    bench.quiet().await;
    assert_eq!(bench.readyz().await.1["degraded"], serde_json::json!([]));
    bench.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_that_always_fails_is_given_up_on_where_there_is_no_other_traffic() {
    let bench = Bench::start().await;
    bench.discord.faults().add(Fault::on("POST", "*/messages").body_contains("culprit").status(500).until_cleared());
    bench.phone().send("the culprit").await;
    bench.phone().send("two").await;
    let channel = bench.channel();
    let shows = || bench.discord.transcript(channel).contains("> two");
    bench.pass_until("the second text shows", shows).await;
    bench.shows(&["could not be shown"]).await;
    bench.finish().await;
}

/// Something in between, or Discord itself, dislikes these words, and says so as it says that a permission is missing.
fn forbidding(method: &str, path: &str, words: &str) -> [(&'static str, Fault); 4] {
    let fault = || Fault::on(method, path).body_contains(words).until_cleared();
    [
        ("401", fault().status(401)),
        ("403", fault().status(403)),
        ("403, code 40333", refusal(fault(), 403, 40333, "internal network error")),
        ("403, code 200000", refusal(fault(), 403, 200_000, "Message was blocked by automatic moderation")),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_that_is_always_forbidden_holds_up_nobody() {
    for (what, fault) in forbidding("POST", "*/messages", "culprit") {
        let bench = Bench::start().await;
        bench.phone().send("one").await;
        bench.shows(&["> one"]).await;
        bench.discord.faults().add(fault);
        bench.phone().send("the culprit").await;
        bench.phone().send("please stop texting, call me").await;
        let channel = bench.channel();
        others_write_until(&bench, "the next text shows", |world| world.transcript(channel).contains("call me")).await;
        let tried = bench.discord.requests().matching("POST", "*/messages");
        let tried = tried.iter().filter(|one| String::from_utf8_lossy(&one.request_body).contains("culprit")).count();
        assert!((1..8).contains(&tried), "{what}: {tried} tries");
        bench.shows(&["**·2** 📩 Customer @Agents", "It is stored"]).await;
        bench.quiet().await;
        assert_eq!(bench.readyz().await.1["degraded"], serde_json::json!([]), "{what}");
        let told = bench.discord.transcript(bench.operators());
        assert!(!told.contains("refuses us") && !told.contains("token"), "{what}: {told}");
        bench.discord.faults().clear();
        bench.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_that_is_always_forbidden_hides_nothing_where_there_is_no_other_traffic() {
    for (_, fault) in forbidding("POST", "*/messages", "culprit") {
        let bench = Bench::start().await;
        bench.discord.faults().add(fault);
        bench.phone().send("the culprit").await;
        bench.phone().send("two").await;
        let channel = bench.channel();
        bench.pass_until("the next text shows", || bench.discord.transcript(channel).contains("> two")).await;
        assert!(bench.clock.ahead() < Duration::from_secs(120), "{:?}", bench.clock.ahead());
        bench.shows(&["It is stored"]).await;
        bench.discord.faults().clear();
        bench.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_is_always_forbidden_is_left_out() {
    for path in ["*/messages", "*/threads"] {
        for (_, fault) in forbidding("POST", path, "Culprit") {
            let bench = Bench::start().await;
            bench.discord.faults().add(fault);
            bench.notify_with(&[("name", "Ms Culprit")]).await;
            let channel = bench.channel();
            let shown = || bench.discord.transcript(channel).contains("> Conversation #1");
            bench.pass_until("there is a thread", shown).await;
            bench.shows(&["Notification (delivery)"]).await;
            bench.discord.faults().clear();
            bench.finish().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_always_fails_is_told() {
    let bench = Bench::start().await;
    bench.vonage.phone(OTHER_CUSTOMER).send("other").await;
    bench.shows(&["> other"]).await;
    bench.quiet().await;
    let posts = format!("*/channels/{}/messages", bench.channel());
    bench.discord.faults().add(Fault::on("POST", &posts).status(500).until_cleared());
    bench.phone().send("please call me").await;
    let operators = bench.operators();
    let told = |world: &World| world.transcript(operators).contains("Texts of this conversation do not show");
    others_write_until(&bench, "the operator hears of it", told).await;
    bench.channel_shows(operators, &["over #2 at the desk"]).await;
    bench.discord.faults().clear();
    bench.pass(Duration::from_secs(60));
    bench.shows(&["> please call me"]).await;
    bench.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_outage_hides_nothing() {
    let bench = Bench::start().await;
    bench.phone().send("one").await;
    bench.shows(&["> one"]).await;
    bench.quiet().await;
    bench.discord.faults().add(Fault::on("*", "*").status(502).until_cleared());
    bench.phone().send("two").await;
    bench.vonage.phone(OTHER_CUSTOMER).send("other").await;
    let until = bench.clock.ahead() + Duration::from_secs(30 * 60);
    bench.pass_until("half an hour", || bench.clock.ahead() >= until).await;
    let tries = bench.discord.requests().count("POST", "*/messages");
    assert!(tries < 200, "{tries} tries in half an hour");
    bench.discord.faults().clear();
    let channel = bench.channel();
    let shows = || ["> two", "> other"].iter().all(|text| bench.discord.transcript(channel).contains(text));
    bench.pass_until("both are shown", shows).await;
    assert!(!bench.discord.transcript(channel).contains("could not be shown"));
    bench.quiet().await;
    assert_eq!(bench.readyz().await.1["degraded"], serde_json::json!([]));
    bench.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_always_fails_is_shown_without_the_name() {
    let bench = Bench::start().await;
    bench.discord.faults().add(Fault::on("POST", "*/messages").body_contains("Culprit").status(500).until_cleared());
    bench.notify_with(&[("name", "Ms Culprit")]).await;
    let channel = bench.channel();
    others_write_until(&bench, "there is a card", |world| world.transcript(channel).contains("Notification")).await;
    bench.shows(&["· Conversation #", "> Conversation #"]).await;
    bench.quiet().await;
    bench.discord.faults().clear();
    bench.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_who_can_never_be_added_holds_up_nobody() {
    let bench = Bench::start().await;
    bench.discord.faults().add(Fault::on("PUT", "*/thread-members/*").status(500).until_cleared());
    bench.notify().await;
    bench.shows(&["Notification"]).await;
    bench.phone().send("And now?").await;
    let channel = bench.channel();
    others_write_until(&bench, "the text shows", |world| world.transcript(channel).contains("And now?")).await;
    bench.quiet().await;
    bench.discord.faults().clear();
    bench.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_that_always_fails_ends_and_is_told() {
    let bench = Bench::start().await;
    bench.discord.faults().add(Fault::on("PATCH", "*/messages/*").body_contains("culprit").status(500).until_cleared());
    bench.vonage.down().await;
    bench.write("the culprit").await;
    bench.shows(&["⏳ queued"]).await;
    bench.vonage.up().await.unwrap();
    let channel = bench.channel();
    // The state becomes true all the same, without the text.
    others_write_until(&bench, "the state is true", |world| world.transcript(channel).contains("✅ delivered")).await;
    bench.shows(&["could not be shown"]).await;
    bench.quiet().await;
    bench.discord.faults().clear();
    bench.finish().await;
}

/// Whatever is asked about the messages of the one thread fails from now on.
fn break_thread(bench: &Bench) {
    let messages = format!("*/channels/{}/messages*", bench.thread().id);
    bench.discord.faults().add(Fault::on("*", &messages).status(500).until_cleared());
}

/// Whether one post in the channel has all these pieces.
fn stands_beside(bench: &Bench, pieces: &[&str]) -> bool {
    bench.discord.messages(bench.channel()).iter().any(|post| pieces.iter().all(|piece| post.content.contains(piece)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_that_always_fails_holds_up_nobody() {
    let bench = Bench::start().await;
    bench.phone().send("one").await;
    bench.shows(&["> one"]).await;
    bench.reply("Yes?").await.wait_answer_containing("queued").await.unwrap();
    bench.shows(&["✅ delivered"]).await;
    bench.quiet().await;
    let card = bench.card().id;
    break_thread(&bench);
    bench.phone().send("two").await;
    bench.phone().send("three").await;
    let channel = bench.channel();
    let beside = |world: &World| {
        let posts = world.messages(channel);
        ["> two", "> three"].iter().all(|text| posts.iter().any(|post| post.content.contains(text)))
    };
    others_write_until(&bench, "the texts show beside the card", beside).await;
    // With its alert, and as a reply to the card.
    assert!(stands_beside(&bench, &["**#1 ·3** 📩 Customer <@", "> two"]));
    let posts = bench.discord.messages(channel);
    let two = posts.iter().find(|post| post.content.contains("> two")).unwrap();
    assert_eq!(bench.discord.rung(two), ["Ana"]);
    assert_eq!(two.answered(), Some(card));
    bench.channel_shows(bench.operators(), &["Discord fails again and again in the thread", "of #1", "HTTP 500"]).await;
    bench.quiet().await;
    assert_eq!(bench.readyz().await.1["degraded"], serde_json::json!([]));
    assert!(!bench.discord.transcript(channel).contains("could not be shown"));
    bench.discord.faults().clear();
    bench.phone().send("four").await;
    bench.shows(&["**·5** 📩 Customer", "> four"]).await;
    bench.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_that_always_fails_hides_nothing_where_there_is_no_other_traffic() {
    let bench = Bench::start().await;
    bench.phone().receipts(|receipts| receipts.enabled = false);
    bench.notify().await;
    bench.shows(&["✓ sent"]).await;
    bench.quiet().await;
    let sms = bench.vonage.sent().pop().unwrap();
    break_thread(&bench);
    let fields = bench.vonage.receipt_fields(&sms, 0, Verdict::Failed(8));
    bench.vonage.push_receipt(&bench.webhook("delivery-receipt"), &fields).await;
    bench.pass_until("the alert stands beside the card", || stands_beside(&bench, &["⚠️", "·1 did not arrive"])).await;
    bench.phone().send("Hello?").await;
    bench.pass_until("the text stands beside the card", || stands_beside(&bench, &["> Hello?"])).await;
    // It may be an outage as well: the edit waits for the end, and is made then.
    let until = bench.clock.ahead() + Duration::from_secs(10 * 60);
    bench.pass_until("a while", || bench.clock.ahead() >= until).await;
    bench.discord.faults().clear();
    bench.pass(Duration::from_secs(60));
    bench.shows(&["·1**", "**failed**"]).await;
    bench.finish().await;
}
