//! What must hold on either database: the main job, and what happens at once.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use threadline_sandbox::discord::{self, Permissions, World};
use threadline_sandbox::vonage;

use crate::shared::database::{Database, Engine};
use crate::support::{Bench, CUSTOMER, Options, PATIENCE};

/// Makes each of these functions a test on both engines, given to the `run` beside it.
macro_rules! on_both_engines {
    ($($test:ident)*) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() { super::run($crate::shared::database::Engine::Sqlite, super::$test).await; })*
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() { super::run($crate::shared::database::Engine::Postgres, super::$test).await; })*
        }
    };
}
pub(crate) use on_both_engines;

on_both_engines! {
    a_notification_is_answered_and_confirmed
    one_webhook_five_times_at_once_has_one_effect
    a_long_text_whose_parts_come_at_once_is_one
    a_long_text_without_marks_is_one
    two_first_messages_at_once_make_one_thread
    two_notifications_at_once_make_one_thread
    an_outage_of_both_sides_loses_nothing
    what_cannot_leave_in_time_fails
    automatic_answers_of_a_desk_are_bounded
    a_thousand_webhooks_at_once_are_all_shown
    texts_show_without_a_thread_and_states_become_true
}

/// Runs a test of a bridge on one engine's database, where there is that engine.
pub async fn run(engine: Engine, test: impl AsyncFnOnce(Options)) {
    run_with_database(engine, async |options, _| test(options).await).await;
}

/// The same for a test that changes the database behind the bridge's back.
pub async fn run_with_database(engine: Engine, test: impl AsyncFnOnce(Options, &Database)) {
    let Some(database) = Database::new(engine).await else { return };
    test(Options { database: Some(database.url().to_owned()), ..Options::default() }, &database).await;
}

async fn a_notification_is_answered_and_confirmed(options: Options) {
    let bench = Bench::with(options).await;
    let asked = bench.notify().await;
    bench.phone().next_sms().await;
    asked.wait_answer_containing("Its state shows in").await.unwrap();
    bench.phone().send("2").await;
    let confirmation = bench.phone().wait_for_sms(2, PATIENCE).await.pop().unwrap();
    assert_eq!(confirmation.text, "Thank you for picking option 2. Your delivery is now fully scheduled in.");
    bench.shows(&["Answer: 2 (Thursday)", "Confirmation · ✅ delivered", "Message delivered"]).await;
    bench.finish().await;
}

async fn a_long_text_whose_parts_come_at_once_is_one(options: Options) {
    let bench = Bench::with(options).await;
    bench.vonage.set_webhook_copies(3);
    let text: String = (0..60).map(|number| format!("{number:03} and ")).collect();
    bench.phone().send(&text).await;
    bench.shows(&[text.trim()]).await;
    bench.quiet().await;
    let shown = bench.discord.transcript(bench.thread().id);
    assert!(shown.contains("**·1**") && !shown.contains("**·2**"), "{shown}");
    bench.finish().await;
}

async fn what_cannot_leave_in_time_fails(options: Options) {
    let bench = Bench::with(Options { config_vonage: "low_balance = 0".to_owned(), ..options }).await;
    bench.vonage.set_balance(0);
    let customers: Vec<String> = (0..40).map(|index| format!("+614915{:05}", 71_000 + index)).collect();
    let ana = bench.ana();
    join_all(customers.iter().map(async |number| {
        let asked = ana.command(bench.channel(), "notify", [("number", number.as_str())]).await.unwrap();
        asked.wait_answer_containing("Its state").await.unwrap();
    }))
    .await;
    bench.quiet_but_for_sms().await;
    bench.pass(Duration::from_secs(25 * 60 * 60));
    let channel = bench.channel();
    let failed = |world: &World| {
        let shown = world.transcript(channel);
        (shown.matches("it could not leave in time").count() == 2 * customers.len()).then_some(())
    };
    bench.discord.wait_for(failed, 3 * PATIENCE).await.expect("all fail, and alert");
    bench.vonage.set_balance(20_000_000);
    bench.quiet().await;
    assert!(bench.vonage.sent().is_empty());
    bench.finish().await;
}

async fn automatic_answers_of_a_desk_are_bounded(options: Options) {
    let bench = Bench::with(Options { limits: "automatic_answers_per_hour = 5".to_owned(), ..options }).await;
    let phones: Vec<_> = (0..20).map(|index| bench.vonage.phone(&format!("614915{:05}", 71_000 + index))).collect();
    join_all(phones.iter().map(|phone| phone.send("STOP"))).await;
    let channel = bench.channel();
    let stopped = |world: &World| {
        let shown = world.transcript(channel);
        (shown.matches("opted out: gets no more messages").count() == phones.len()).then_some(())
    };
    bench.discord.wait_for(stopped, 2 * PATIENCE).await.expect("all have opted out");
    bench.quiet().await;
    // On PostgreSQL four flows run side by side: three more may find the last place free.
    let answered = bench.vonage.sent().len();
    assert!((5..=8).contains(&answered), "{answered} were answered");
    bench.finish().await;
}

/// Its parts come at once, but in order: no mark would say which is the first.
async fn a_long_text_without_marks_is_one(options: Options) {
    let bench = Bench::with(options).await;
    bench.notify().await;
    bench.phone().next_sms().await;
    let head = "Please leave it with the neighbours. ".repeat(5);
    for text in [&head[..153], &head[..153], "2"] {
        let fields = bench.vonage.inbound_fields(CUSTOMER, text);
        assert_eq!(bench.vonage.push_inbound(&fields).await[0].statuses(), [Some(200)]);
    }
    bench.shows(&[&format!("> {}{}2", &head[..153], &head[..153]), "Waits for an agent"]).await;
    bench.quiet().await;
    assert_eq!(bench.phone().inbox().len(), 1, "nothing is confirmed");
    // A reaction to it is looked up among our texts.
    bench.phone().send(&format!("Понравилось «{}»", bench.phone().inbox()[0].text)).await;
    bench.shows(&["**·3** 📩 Customer · reacted to a text\n"]).await;
    bench.finish().await;
}

async fn one_webhook_five_times_at_once_has_one_effect(options: Options) {
    let bench = Bench::with(options).await;
    bench.vonage.set_webhook_copies(5);
    let taken = bench.phone().send("Where is my parcel?").await;
    assert_eq!(taken.len(), 5);
    assert!(taken.iter().all(|webhook| webhook.statuses() == [Some(200)]), "{taken:?}");
    bench.shows(&["Where is my parcel?"]).await;
    bench.quiet().await;
    assert_eq!(bench.discord.messages(bench.thread().id).len(), 1);
    bench.finish().await;
}

async fn two_first_messages_at_once_make_one_thread(options: Options) {
    let bench = Bench::with(options).await;
    let phone = bench.phone();
    tokio::join!(phone.send("one"), phone.send("two"));
    bench.shows(&["> one", "> two"]).await;
    bench.quiet().await;
    assert_eq!(bench.discord.messages(bench.thread().id).len(), 2);
    bench.finish().await;
}

/// One by an agent and one by the customer, before there is a conversation.
async fn two_notifications_at_once_make_one_thread(options: Options) {
    let bench = Bench::with(options).await;
    let number = format!("+{CUSTOMER}");
    let (ana, ben, phone) = (bench.ana(), bench.discord.member("Ben"), bench.phone());
    let channel = bench.channel();
    let (by_ana, by_ben, _) = tokio::join!(
        ana.command(channel, "notify", [("number", number.as_str())]),
        ben.command(channel, "notify", [("number", number.as_str()), ("template", "plain")]),
        phone.send("Hello?"),
    );
    by_ana.unwrap().wait_answer_containing("is queued").await.unwrap();
    by_ben.unwrap().wait_answer_containing("is queued").await.unwrap();
    assert_eq!(bench.phone().wait_for_sms(2, PATIENCE).await.len(), 2);
    bench.shows(&["> Hello?", "> Your delivery", "please answer."]).await;
    bench.quiet().await;
    assert_eq!(bench.thread().members, ["Ana", "Ben", "Threadline"]);
    bench.finish().await;
}

async fn an_outage_of_both_sides_loses_nothing(options: Options) {
    let bench = Bench::with(options).await;
    bench.notify().await.wait_answer_containing("queued").await.unwrap();
    bench.phone().next_sms().await;
    bench.shows(&["✅ delivered"]).await;
    bench.vonage.down().await;
    bench.discord.down().await;
    for text in ["1", "2", "And who brings it?"] {
        assert_eq!(bench.phone().send(text).await[0].statuses(), [Some(200)]);
    }
    bench.vonage.up().await.unwrap();
    bench.discord.up().await.unwrap();
    let texts: Vec<_> = bench.phone().wait_for_sms(3, PATIENCE).await.into_iter().map(|sms| sms.text).collect();
    assert!(texts[1].contains("option 1") && texts[2].contains("option 2"), "{texts:?}");
    let shown = bench.shows(&["> 1", "> 2", "> And who brings it?"]).await;
    let order: Vec<_> = ["> 1", "> 2", "> And who brings it?"].map(|text| shown.find(text)).into();
    assert!(order.is_sorted(), "{shown}");
    bench.finish().await;
}

async fn texts_show_without_a_thread_and_states_become_true(options: Options) {
    let bench = Bench::with(options).await;
    bench.discord.revoke(bench.channel(), Permissions::CREATE_PUBLIC_THREADS);
    for number in 0..4 {
        bench.vonage.phone(&format!("614915{number:05}")).send(&format!("text {number}")).await;
        bench.shows(&[&format!("> text {number}")]).await;
    }
    bench.discord.grant(bench.channel(), Permissions::CREATE_PUBLIC_THREADS);
    let channel = bench.channel();
    bench.pass_until("all have threads", || bench.discord.threads(channel).len() == 4).await;
    bench.vonage.down().await;
    bench.notify().await;
    bench.shows(&["⏳ queued"]).await;
    let thread = bench.discord.threads(channel)[4].id;
    bench.discord.archive_thread(thread).unwrap();
    bench.vonage.up().await.unwrap();
    bench.shows(&["Message delivered"]).await;
    bench.phone().send("2").await;
    bench.shows(&["Notification (delivery) by @Ana · ✅ delivered"]).await;
    bench.finish().await;
}

/// Ten texts of each of a hundred customers; one has U+0000 in its text, one in its id.
async fn a_thousand_webhooks_at_once_are_all_shown(options: Options) {
    let vonage = vonage::Setup { webhook_connections: 1000, ..options.vonage };
    let discord = discord::Setup { max_active_threads: 2000, ..options.discord };
    let bench = Bench::with(Options { vonage, discord, ..options }).await;
    let text = |number: usize| format!("text {number:03}");
    let webhooks = (0..1000).map(|number| {
        let fields = bench.vonage.inbound_fields(&format!("614915{:05}", number % 100), &text(number));
        match number {
            123 => fields.with("text", format!("{}\0", text(number))),
            456 => fields.with("messageId", "0A\0B"),
            _ => fields,
        }
    });
    let webhooks: Vec<_> = webhooks.collect();
    let taken = join_all(webhooks.iter().map(|fields| bench.vonage.push_inbound(fields))).await;
    assert!(taken.iter().flatten().all(|webhook| webhook.statuses() == [Some(200)]));

    let wanted: BTreeSet<String> =
        (0..1000).map(|number| text(number) + if number == 123 { "\u{fffd}" } else { "" }).collect();
    let channel = bench.channel();
    let all_shown = |world: &World| {
        let threads = world.threads(channel);
        let shown: Vec<_> = threads.iter().flat_map(|thread| world.messages(thread.id)).collect();
        if shown.len() < 1000 {
            return None;
        }
        let texts = shown.iter().filter_map(|post| Some(post.content.split_once("\n> ")?.1.to_owned()));
        Some((threads.len(), shown.len(), texts.collect::<BTreeSet<_>>()))
    };
    let shown = bench.discord.wait_for(all_shown, Duration::from_secs(180)).await.expect("all are shown");
    assert_eq!(shown, (100, 1000, wanted));
    bench.finish().await;
}
