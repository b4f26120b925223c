//! The database in trouble: a full disk, transactions and connections that end in the middle, entries that cannot be read.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use threadline::domain::clock_difference::ENOUGH;
use threadline_sandbox::discord::World;

use crate::engines::{on_both_engines, run_with_database as run};
use crate::shared::database::Database;
use crate::shared::skipped;
use crate::support::{Bench, CUSTOMER, OTHER_CUSTOMER, Options, PATIENCE};

on_both_engines! {
    writes_that_fail_in_the_middle_need_no_restart
    an_interrupted_effect_that_cannot_be_read_stops_no_start
    what_cannot_be_read_holds_up_nobody_else
    webhooks_are_forgotten_in_time
    nothing_is_forgotten_by_a_clock_that_is_far_ahead
}

/// Sends a text, and returns the status of the first answer to its webhook.
async fn first_status(bench: &Bench, text: &str) -> Option<u16> {
    bench.phone().send(text).await[0].statuses()[0]
}

/// The intake, the flows and the couriers each lose transactions in the middle.
async fn writes_that_fail_in_the_middle_need_no_restart(options: Options, database: &Database) {
    let bench = Bench::with(options).await;
    assert_eq!(first_status(&bench, "before").await, Some(200));
    bench.shows(&["> before"]).await;
    bench.quiet().await;
    bench.vonage.down().await;
    bench.reply("an agent's").await;
    bench.shows(&["> an agent's"]).await;

    database.fail_writes("outbox").await;
    // Stored and answered, but no flow can have its effect.
    assert_eq!(first_status(&bench, "in between").await, Some(200));
    database.fail_writes("inbox").await;
    for text in ["one", "two", "three"] {
        assert_eq!(first_status(&bench, text).await, Some(503));
    }
    assert_eq!(bench.readyz().await.0, 503);
    bench.vonage.up().await.unwrap();
    database.heal_writes("inbox").await;
    database.heal_writes("outbox").await;

    assert_eq!(first_status(&bench, "after").await, Some(200));
    bench.shows(&["> in between", "> one", "> two", "> three", "> after", "> an agent's"]).await;
    assert_eq!(bench.phone().next_sms().await.text, "an agent's");
    bench.shows(&["✅ delivered"]).await;
    assert_eq!(bench.readyz().await.0, 200);
    bench.finish().await;
}

/// As an upgrade that was taken back leaves it: begun by the newer version, and unknown to this one.
async fn an_interrupted_effect_that_cannot_be_read_stops_no_start(options: Options, database: &Database) {
    let mut bench = Bench::with(options).await;
    bench.phone().send("one").await;
    bench.vonage.phone(OTHER_CUSTOMER).send("other").await;
    bench.shows(&["> one", "> other"]).await;
    bench.quiet().await;
    // Three are interrupted: one that is unknown, one SMS whose message is unknown, and one like any other.
    bench.vonage.down().await;
    bench.discord.down().await;
    bench.vonage.phone(OTHER_CUSTOMER).send("STOP").await;
    bench.phone().send("HELP").await;
    let waiting = "SELECT COUNT(*) FROM outbox WHERE done IS NULL AND outside =";
    let started = std::time::Instant::now();
    while database.number(&format!("{waiting} 'vonage'")).await < 2
        || database.number(&format!("{waiting} 'discord'")).await < 4
    {
        assert!(started.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bench.stop().await;
    let begun = "begun = created, first_begun = created, lease = created, holder = 'newer', attempts = attempts + 1";
    let of = |outside: &str| format!("(SELECT MIN(id) FROM outbox WHERE done IS NULL AND outside = '{outside}')");
    database.run(&format!("UPDATE outbox SET {begun} WHERE done IS NULL")).await;
    database
        .run(&format!("UPDATE outbox SET effect = '{{\"effect\": \"of_tomorrow\"}}' WHERE id = {}", of("discord")))
        .await;
    let its_message = format!("(SELECT substr(dedupe, 6) FROM outbox WHERE id = {})", of("vonage"));
    database.run(&format!("UPDATE messages SET state = 'of_tomorrow' WHERE id = {its_message}")).await;

    bench.vonage.up().await.unwrap();
    bench.discord.up().await.unwrap();
    bench.run().await;
    bench.connected().await;
    // The rest was taken up: the other SMS is unconfirmed, as always, and the texts show.
    bench.shows(&["❓ **unconfirmed**"]).await;
    assert_eq!(first_status(&bench, "and later").await, Some(200));
    bench.shows(&["> HELP", "> and later"]).await;
    assert!(bench.quiet().await >= 2, "what cannot be read is a dead letter");
    bench.finish_but(&[]).await;
}

/// Each kind of thing that an effect reads on its way is unreadable in turn: of one customer, and the other notices nothing.
async fn what_cannot_be_read_holds_up_nobody_else(options: Options, database: &Database) {
    let mut bench = Bench::with(options).await;
    let other = bench.vonage.phone(OTHER_CUSTOMER);
    bench.notify().await;
    bench.phone().next_sms().await;
    bench.shows(&["✅ delivered"]).await;
    other.send("hello").await;
    bench.shows(&["> hello"]).await;
    bench.quiet().await;
    let first = format!("(SELECT id FROM customers WHERE phone LIKE '%{CUSTOMER}')");
    let of_first = format!("conversation IN (SELECT id FROM conversations WHERE customer = {first})");

    // What an SMS asks before it leaves.
    let consent = format!(
        "INSERT INTO consents (customer, state, since, said_by, reason) SELECT id, 'of_tomorrow', 0, 'customer', 'x' \
         FROM customers WHERE phone LIKE '%{CUSTOMER}'"
    );
    bench.vonage.down().await;
    let ana = bench.ana();
    let channel = bench.channel();
    let number = format!("+{CUSTOMER}");
    ana.command(channel, "notify", [("number", number.as_str()), ("template", "plain")]).await.unwrap();
    bench.shows(&["⏳ queued"]).await;
    database.run(&consent).await;
    let number = format!("+{OTHER_CUSTOMER}");
    ana.command(channel, "notify", [("number", number.as_str()), ("template", "plain")]).await.unwrap();
    bench.vonage.up().await.unwrap();
    assert!(other.next_sms().await.text.contains("please answer"));
    bench.clock.advance(Duration::from_secs(60));
    let thread = bench.discord.threads(channel).into_iter().find(|thread| thread.name.contains("0156")).unwrap();
    ana.command(thread.id, "reply", [("text", "And more.")]).await.unwrap();
    assert_eq!(other.wait_for_sms(2, PATIENCE).await.len(), 2, "the other's SMS leave");
    bench.shows(&["**failed**: what the database holds about this customer or text cannot be read"]).await;
    database.run("DELETE FROM consents WHERE state = 'of_tomorrow'").await;

    // What a post, a card and a reading need.
    for (number, broken) in [
        "UPDATE messages SET state = 'of_tomorrow' WHERE direction = 'outbound' AND ".to_owned() + &of_first,
        format!("UPDATE notifications SET options = '[{{\"of\": \"tomorrow\"}}]' WHERE customer = {first}"),
    ]
    .into_iter()
    .enumerate()
    {
        database.run(&broken).await;
        let texts = ["first", "other"].map(|whose| format!("{number} of the {whose}"));
        assert_eq!(bench.phone().send(&texts[0]).await[0].statuses(), [Some(200)]);
        assert_eq!(other.send(&texts[1]).await[0].statuses(), [Some(200)]);
        bench.shows(&texts.each_ref().map(String::as_str)).await;
    }
    bench.quiet().await;
    bench.finish_but(&[]).await;
}

/// Has the simulators answer something, where the bridge does not know what others say the time is.
async fn hear_the_time(bench: &Bench) {
    if bench.app().health().clock_difference(ENOUGH).is_none() {
        bench.ana().command(bench.channel(), "status", []).await.unwrap().wait_answer().await.unwrap();
    }
}

/// What was done is dropped once it cannot come again; what was given up on keeps no text, and goes much later.
async fn webhooks_are_forgotten_in_time(options: Options, database: &Database) {
    let mut bench = Bench::with(options).await;
    let kept = async |which: &str, wanted: i64| {
        let query = format!("SELECT COUNT(*) FROM inbox WHERE {which}");
        let started = std::time::Instant::now();
        while database.number(&query).await != wanted {
            assert!(started.elapsed() < PATIENCE, "not so: {wanted} with {which}");
            hear_the_time(&bench).await;
            bench.clock.advance(Duration::from_secs(5));
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    };
    let day = Duration::from_secs(24 * 60 * 60);
    bench.phone().send("the one text").await;
    bench.shows(&["> the one text"]).await;
    let mut unreadable = bench.vonage.inbound_fields(CUSTOMER, "the other text");
    unreadable.remove("messageId");
    bench.vonage.push_inbound(&unreadable).await;
    bench.quiet().await;
    kept("done IS NOT NULL", 1).await;
    kept("dead IS NOT NULL AND length(raw) > 0", 1).await;
    bench.advance(6 * day).await;
    kept("done IS NOT NULL", 1).await;
    bench.advance(2 * day).await;
    kept("done IS NOT NULL", 0).await;
    kept("dead IS NOT NULL AND length(raw) > 0", 1).await;
    bench.advance(23 * day).await;
    kept("dead IS NOT NULL AND length(raw) = 0 AND error IS NOT NULL", 1).await;
    bench.advance(60 * day).await;
    kept("1 = 1", 0).await;
    bench.finish_but(&[]).await;
}

/// To it, everything would be old.
async fn nothing_is_forgotten_by_a_clock_that_is_far_ahead(options: Options, database: &Database) {
    let day = Duration::from_secs(24 * 60 * 60);
    let kept = async || database.number("SELECT COUNT(*) FROM inbox WHERE id = 1").await == 1;
    let mut bench = Bench::with(options).await;
    bench.phone().send("the one text").await;
    bench.shows(&["> the one text"]).await;
    bench.clock.set_ahead(40 * day);
    // Every post has Discord say what the time is.
    let a_quarter_of_an_hour = async |bench: &Bench, round: &str| {
        for minute in 0..15 {
            bench.phone().send(&format!("text {minute} {round}")).await;
            bench.shows(&[&format!("> text {minute} {round}")]).await;
            bench.advance(Duration::from_secs(60)).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
            assert!(kept().await, "forgotten in minute {minute} {round}");
        }
    };
    a_quarter_of_an_hour(&bench, "of the leap").await;
    bench.stop().await;

    // A process that begins with such a clock, and nobody tells it the time.
    bench.discord.down().await;
    bench.vonage.down().await;
    bench.run().await;
    for _ in 0..30 {
        bench.clock.advance(Duration::from_secs(15));
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert!(kept().await);
    bench.discord.up().await.unwrap();
    bench.vonage.up().await.unwrap();
    bench.connected().await;
    a_quarter_of_an_hour(&bench, "of the second run").await;

    bench.clock.set_right();
    bench.quiet().await;
    bench.advance(8 * day).await;
    let started = std::time::Instant::now();
    while kept().await {
        assert!(started.elapsed() < PATIENCE, "never forgotten");
        hear_the_time(&bench).await;
        bench.clock.advance(Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    bench.finish().await;
}

/// A small file system of its own; `None` where this machine does not let the tests have one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn new(kilobytes: usize) -> Option<Self> {
        let folder = tempfile::TempDir::new().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={kilobytes}k"), "threadline-test"])
            .arg(folder.path())
            .output();
        if mounted.is_ok_and(|mounted| mounted.status.success()) {
            return Some(Self(folder));
        }
        skipped("tmpfs", "this machine lets the tests mount no tmpfs, so no disk runs full");
        None
    }

    fn filler(&self) -> PathBuf {
        self.0.path().join("filler")
    }

    /// Takes all the room there is.
    fn fill(&self) {
        let mut filler = std::fs::File::options().create(true).append(true).open(self.filler()).unwrap();
        while std::io::Write::write_all(&mut filler, &[0; 4096]).is_ok() {}
    }

    fn make_room(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A lazy unmount does not mind whoever still has a file open.
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_ends_when_there_is_room_again() {
    let Some(disk) = SmallDisk::new(16 * 1024) else { return };
    let url = format!("sqlite://{}", disk.0.path().join("test.db").display());
    let bench = Bench::with(Options { database: Some(url), ..Options::default() }).await;
    assert_eq!(first_status(&bench, "before").await, Some(200));
    bench.shows(&["> before"]).await;
    bench.quiet().await;
    bench.vonage.down().await;
    bench.reply("an agent's").await;
    bench.shows(&["> an agent's"]).await;

    disk.fill();
    // The journal may have some room of its own at first.
    let (mut number, mut refused) = (0, 0);
    while refused < 3 {
        let text = format!("{} {number}.", "A text that needs some room.".repeat(4));
        let status = first_status(&bench, &text).await;
        assert!(matches!(status, Some(200 | 503)), "{status:?}");
        refused = if status == Some(503) { refused + 1 } else { 0 };
        number += 1;
        assert!(number < 5000, "the disk is not full");
    }
    assert_eq!(bench.readyz().await.0, 503);
    bench.vonage.up().await.unwrap();
    disk.make_room();

    assert_eq!(first_status(&bench, "after").await, Some(200));
    bench.shows(&["> after"]).await;
    let channel = bench.channel();
    let all = |world: &World| {
        let shown = world.transcript(channel);
        (0..number).all(|number| shown.contains(&format!("room. {number}."))).then_some(())
    };
    bench.discord.wait_for(all, 2 * PATIENCE).await.expect("what was taken, and what was brought again, is shown");
    assert_eq!(bench.phone().next_sms().await.text, "an agent's");
    bench.finish().await;
}
