//! The database in trouble: a full disk, transactions and connections that end in the middle, entries that cannot be read.

use std::path::PathBuf;
use std::process::Command;

use threadline_sandbox::discord::World;

use crate::engines::on_both_engines;
use crate::shared::database::{Database, Engine};
use crate::shared::skipped;
use crate::support::{Bench, Options, PATIENCE};

on_both_engines! {
    writes_that_fail_in_the_middle_need_no_restart
}

async fn run(engine: Engine, test: impl AsyncFnOnce(Options, &Database)) {
    let Some(database) = Database::new(engine).await else { return };
    test(Options { database: Some(database.url().to_owned()), ..Options::default() }, &database).await;
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
