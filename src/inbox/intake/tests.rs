use std::collections::HashSet;

use bytes::Bytes;
use futures_util::future::join_all;

use super::*;
use crate::ports::SystemClock;

struct Room {
    intake: Intake,
    writer: Option<Writer>,
    store: Store,
    health: Arc<Health>,
    wake: Arc<Wake>,
    _folder: tempfile::TempDir,
}

impl Room {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite://{}", folder.path().join("intake.db").display())).await.unwrap();
        let (health, wake) = (Arc::<Health>::default(), Arc::<Wake>::default());
        let (intake, writer) = Intake::new(store.clone(), Arc::new(SystemClock), health.clone(), wake.clone());
        Self { intake, writer: Some(writer), store, health, wake, _folder: folder }
    }

    fn writer(&mut self) -> Writer {
        self.writer.take().unwrap()
    }

    async fn waiting(&self) -> Vec<Vec<u8>> {
        let mut tx = self.store.begin().await.unwrap();
        let all = crate::store::inbox::due(&mut tx, SystemClock.now(), 10_000).await.unwrap();
        all.into_iter().map(|webhook| webhook.raw).collect()
    }
}

fn webhook(key: impl Into<String>) -> NewWebhook {
    let key = key.into();
    NewWebhook { source: "inbound_sms", raw: Bytes::from(format!("query\nmessageId={key}\0")), key }
}

#[tokio::test]
async fn many_at_once_are_kept_once_each() {
    let mut room = Room::new().await;
    let shutdown = CancellationToken::new();
    let writer = room.writer().run(shutdown.clone());
    let all = async {
        let kept = join_all((0..600).map(|number| room.intake.keep(webhook(format!("sms:{}", number % 200))))).await;
        shutdown.cancel();
        kept
    };
    let ((), kept) = tokio::join!(writer, all);
    assert_eq!(kept.iter().filter(|kept| **kept == Ok(Kept::New)).count(), 200);
    assert_eq!(kept.iter().filter(|kept| **kept == Ok(Kept::SeenBefore)).count(), 400);
    assert_eq!(room.waiting().await.iter().collect::<HashSet<_>>().len(), 200);
    assert!(!room.health.intake_failing());
    // One of the signals is left for whoever waits next.
    room.wake.inbox.notified().await;
}

#[tokio::test]
async fn what_waits_at_the_end_is_stored_and_nothing_more_is_taken() {
    let mut room = Room::new().await;
    let shutdown = CancellationToken::new();
    shutdown.cancel();
    let writer = room.writer();
    // Polled in this order: both are in the queue before the writer begins.
    let kept = tokio::join!(biased; room.intake.keep(webhook("sms:1")), room.intake.keep(webhook("sms:2")), writer.run(shutdown));
    assert_eq!(kept, (Ok(Kept::New), Ok(Kept::New), ()));
    assert_eq!(room.intake.keep(webhook("sms:3")).await, Err(NotKept::Ending));
    assert_eq!(room.waiting().await.len(), 2);
}

#[tokio::test]
async fn a_database_that_is_gone_is_said() {
    let mut room = Room::new().await;
    room.store.close().await;
    let shutdown = CancellationToken::new();
    let ((), results) = tokio::join!(room.writer().run(shutdown.clone()), async {
        let results = tokio::join!(room.intake.keep(webhook("sms:1")), room.intake.keep(webhook("sms:2")));
        shutdown.cancel();
        results
    });
    assert_eq!(results, (Err(NotKept::Refused), Err(NotKept::Refused)));
    assert!(room.health.intake_failing());
}

#[tokio::test]
async fn a_full_queue_and_a_slow_writer_are_said() {
    let room = Room::new().await;
    tokio::time::pause();
    let mut waiting: Vec<_> =
        (0..QUEUE).map(|number| Box::pin(room.intake.keep(webhook(format!("sms:{number}"))))).collect();
    // Nobody writes: the first ones fill the queue, the next finds no place.
    for keep in &mut waiting {
        assert!(futures_util::poll!(keep).is_pending());
    }
    assert_eq!(room.intake.keep(webhook("sms:late")).await, Err(NotKept::Full));
    assert!(room.health.intake_failing());
    assert_eq!(waiting.swap_remove(0).await, Err(NotKept::Late));
}
