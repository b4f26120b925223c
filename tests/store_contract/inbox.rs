//! The inbox: kept once, in order, whatever the neighbours are.

use std::sync::Arc;

use bytes::Bytes;
use threadline::domain::consent::{Entry, Speaker, Statement};
use threadline::domain::ids::{CustomerId, InboxId};
use threadline::domain::phone::PhoneNumber;
use threadline::flows::Wake;
use threadline::health::Health;
use threadline::inbox::intake::{Intake, NotKept};
use threadline::ports::SystemClock;
use threadline::store::inbox::{self, Kept, NewWebhook};
use threadline::store::{self, Tx};
use tokio_util::sync::CancellationToken;

use crate::room::{Room, at, desk, open, phone, user, webhook};

pub async fn a_webhook_is_kept_once(room: &Room) {
    let kept = room.store.keep_webhooks(&[webhook("a"), webhook("b"), webhook("a")], at(0)).await.unwrap();
    assert_eq!(kept, [Kept::New, Kept::New, Kept::SeenBefore]);
    let bytes: Vec<u8> = (0..=255).collect();
    let odd = NewWebhook { raw: Bytes::from(bytes.clone()), ..webhook("c") };
    let again = NewWebhook { raw: Bytes::from_static(b"signed anew"), ..webhook("b") };
    assert_eq!(room.store.keep_webhooks(&[odd, again], at(1)).await.unwrap(), [Kept::New, Kept::SeenBefore]);

    let mut tx = room.begin().await;
    let waiting = inbox::due(&mut tx, at(1), 10).await.unwrap();
    let raw: Vec<_> = waiting.iter().map(|webhook| webhook.raw.as_slice()).collect();
    assert_eq!(raw, [b"raw a".as_slice(), b"raw b", &bytes]);
    assert_eq!((waiting[2].source.as_str(), waiting[2].received, waiting[2].attempts), ("inbound_sms", at(1), 0));
    assert_eq!(inbox::due(&mut tx, at(1), 2).await.unwrap().len(), 2);
    // A key outlives its webhook's end.
    inbox::done(&mut tx, waiting[0].id, at(2), None).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(room.store.keep_webhooks(&[webhook("a")], at(3)).await.unwrap(), [Kept::SeenBefore]);
}

/// PostgreSQL takes no U+0000 in a key, SQLite does; the neighbours in the commit are stored on both.
pub async fn a_poisoned_webhook_sinks_no_other(room: &Room) {
    let (health, wake) = (Arc::<Health>::default(), Arc::<Wake>::default());
    let (intake, writer) = Intake::new(room.store.clone(), Arc::new(SystemClock), health.clone(), wake);
    let shutdown = CancellationToken::new();
    let all = async {
        let kept = tokio::join!(intake.keep(webhook("a")), intake.keep(webhook("b\0")), intake.keep(webhook("c")));
        shutdown.cancel();
        kept
    };
    // The three wait before the writer begins, so they share its first commit.
    let ((a, poisoned, c), ()) = tokio::join!(all, writer.run(shutdown.clone()));
    assert_eq!((a, c), (Ok(Kept::New), Ok(Kept::New)));
    let takes_it = room.database.url().starts_with("sqlite:");
    assert_eq!(poisoned, if takes_it { Ok(Kept::New) } else { Err(NotKept::Refused) });
    assert_eq!(health.intake_failing(), !takes_it);
}

pub async fn webhooks_wait_are_postponed_and_end(room: &Room) {
    room.store.keep_webhooks(&["a", "b", "c"].map(webhook), at(0)).await.unwrap();
    let mut tx = room.begin().await;
    let [a, b, c] = due(&mut tx, 0).await[..] else { panic!("three wait") };
    inbox::postpone(&mut tx, a, at(10), "a flow failed").await.unwrap();
    assert_eq!(due(&mut tx, 9).await, [b, c]);
    assert_eq!(due(&mut tx, 10).await, [a, b, c], "its place stays");
    assert_eq!(inbox::due(&mut tx, at(10), 1).await.unwrap()[0].attempts, 1);
    inbox::wait_until(&mut tx, a, at(20), "its message is not known yet").await.unwrap();
    assert_eq!(due(&mut tx, 19).await, [b, c]);
    assert_eq!(inbox::due(&mut tx, at(20), 1).await.unwrap()[0].attempts, 1, "waiting is not failing");
    inbox::done(&mut tx, a, at(11), None).await.unwrap();
    inbox::bury(&mut tx, b, at(11), "not understood").await.unwrap();
    assert_eq!(due(&mut tx, 1000).await, [c]);
    assert_eq!(inbox::counts(&mut tx).await.unwrap(), (1, 1));
}

/// It may have been given up on for a reason that is gone.
pub async fn a_dead_webhook_that_comes_again_is_taken_up(room: &Room) {
    room.store.keep_webhooks(&["a", "b", "c"].map(webhook), at(0)).await.unwrap();
    let mut tx = room.begin().await;
    let [a, b, c] = due(&mut tx, 0).await[..] else { panic!("three wait") };
    inbox::bury(&mut tx, a, at(1), "not understood").await.unwrap();
    inbox::done(&mut tx, b, at(1), None).await.unwrap();
    tx.commit().await.unwrap();
    let again = NewWebhook { raw: Bytes::from_static(b"signed anew"), ..webhook("a") };
    let kept = room.store.keep_webhooks(&[again, webhook("a"), webhook("b"), webhook("c")], at(2)).await.unwrap();
    assert_eq!(kept, [Kept::New, Kept::SeenBefore, Kept::SeenBefore, Kept::SeenBefore]);
    let mut tx = room.begin().await;
    let waiting = inbox::due(&mut tx, at(2), 10).await.unwrap();
    assert_eq!(waiting.iter().map(|webhook| webhook.id).collect::<Vec<_>>(), [a, c], "in its old place");
    assert_eq!((waiting[0].raw.as_slice(), waiting[0].attempts), (b"signed anew".as_slice(), 0));
    assert_eq!(inbox::counts(&mut tx).await.unwrap(), (2, 0));
}

pub async fn what_waits_for_a_desk_keeps_its_place(room: &Room) {
    room.store.keep_webhooks(&["a", "b", "c"].map(webhook), at(0)).await.unwrap();
    let mut tx = room.begin().await;
    let [a, b, c] = due(&mut tx, 0).await[..] else { panic!("three wait") };
    let [one, other] = ["+447700900001", "+447700900002"].map(|number| PhoneNumber::from_e164(number).unwrap());
    assert!(!inbox::waits_for_desk(&mut tx, &one).await.unwrap());
    inbox::wait_for_desk(&mut tx, a, &one).await.unwrap();
    inbox::wait_for_desk(&mut tx, b, &other).await.unwrap();
    assert_eq!(due(&mut tx, 1_000_000).await, [c]);
    assert!(inbox::waits_for_desk(&mut tx, &one).await.unwrap());
    let backlog = inbox::backlog(&mut tx).await.unwrap();
    assert_eq!((backlog.waiting, backlog.oldest, backlog.of_no_desk), (1, Some(at(0)), 2));
    assert_eq!(inbox::desk_is_there(&mut tx, &one).await.unwrap(), 1);
    assert_eq!(due(&mut tx, 0).await, [a, c]);
}

/// What was put off before the clock was set back does not wait for the time that was.
pub async fn a_due_time_that_cannot_be_is_not_believed(room: &Room) {
    room.store.keep_webhooks(&["a", "b", "c"].map(webhook), at(10_000)).await.unwrap();
    let mut tx = room.begin().await;
    // New ones are due whatever the clock says.
    let [a, b, c] = due(&mut tx, 0).await[..] else { panic!("three wait") };
    inbox::postpone(&mut tx, a, at(10_030), "a flow failed").await.unwrap();
    inbox::postpone(&mut tx, b, at(6_430), "a flow failed").await.unwrap();
    assert_eq!(due(&mut tx, 6_400).await, [a, c]);
    assert_eq!(due(&mut tx, 6_430).await, [a, b, c]);
    // Where it is known by how much it was set back, a due time stays what it was meant to be. That of `b` was written since.
    store::due_times::bring_back(&mut tx, std::time::Duration::from_secs(3_600), at(6_400)).await.unwrap();
    assert_eq!(due(&mut tx, 6_429).await, [c]);
    let waiting = inbox::due(&mut tx, at(6_430), 10).await.unwrap();
    assert_eq!(waiting.iter().map(|webhook| webhook.id).collect::<Vec<_>>(), [a, b, c]);
    assert!(waiting.iter().all(|webhook| webhook.received == at(6_400)), "whoever waits since then waits no longer");
}

pub async fn a_savepoint_undoes_only_what_follows_it(room: &Room) {
    let mut tx = room.begin().await;
    opened_for(&mut tx, "before").await;
    tx.savepoint().await.unwrap();
    opened_for(&mut tx, "undone").await;
    // A statement that fails spoils PostgreSQL's transaction until it is rolled back.
    let entry = Entry { says: Statement::Allows, by: Speaker::Customer, since: at(0), reason: String::new() };
    store::consents::record(&mut tx, CustomerId(-1), &entry).await.unwrap_err();
    tx.roll_back_to_savepoint().await.unwrap();
    tx.savepoint().await.unwrap();
    opened_for(&mut tx, "after").await;
    tx.release_savepoint().await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = room.begin().await;
    let next = opened_for(&mut tx, "before").await;
    assert_eq!(next, 3, "number 2 was taken by `after`, and nothing by `undone`");
    drop(tx);
    let mut tx = room.begin().await;
    assert_eq!(opened_for(&mut tx, "before").await, 3, "a dropped transaction did nothing");
}

async fn due(tx: &mut Tx, seconds: i64) -> Vec<InboxId> {
    inbox::due(tx, at(seconds), 10).await.unwrap().iter().map(|webhook| webhook.id).collect()
}

/// Opens a conversation with a customer of that name, in place of an open one, and returns its number.
async fn opened_for(tx: &mut Tx, name: &str) -> i64 {
    let customer = store::customers::find_or_make(tx, &desk("support"), &phone(name), at(0)).await.unwrap();
    if let Some(before) = store::conversations::latest(tx, customer.id).await.unwrap() {
        store::conversations::close(tx, before.id, user(1), at(1)).await.unwrap();
    }
    let id = open(tx, &customer).await;
    store::conversations::get(tx, id).await.unwrap().unwrap().number.0
}
