//! A database that fails in the middle of a transaction, and is well again: the store goes on without being opened anew.

use bytes::Bytes;
use threadline::domain::ids::ConversationId;
use threadline::store;
use threadline::store::inbox::{self, Kept, NewWebhook};

use crate::room::{Room, at, customer, fresh, open};
use crate::support::database::Engine;

fn webhook(key: &str) -> NewWebhook {
    NewWebhook { source: "inbound_sms", key: key.to_owned(), raw: Bytes::from_static(b"{}") }
}

/// Counts webhooks that wait; a transaction of its own.
async fn waiting(room: &Room) -> i64 {
    inbox::counts(&mut room.store.read().await.unwrap()).await.unwrap().0
}

pub async fn a_transaction_that_ended_badly_spoils_no_other(room: &Room) {
    assert_eq!(room.store.keep_webhooks(&[webhook("before")], at(0)).await.unwrap(), [Kept::New]);
    for table in ["inbox", "conversations"] {
        room.database.fail_writes(table).await;
    }
    for _ in 0..3 {
        room.store.keep_webhooks(&[webhook("lost")], at(1)).await.unwrap_err();
        // In the middle of a flow, with work before the failure and none of it kept.
        let mut tx = room.begin().await;
        let customer = customer(&mut tx).await;
        let id = fresh(ConversationId);
        store::conversations::open(&mut tx, id, &customer, at(1)).await.unwrap_err();
        drop(tx);
        // Those who only read need not notice.
        assert_eq!(waiting(room).await, 1);
    }
    // A savepoint went with its transaction: nothing that follows may pass for undone, or stay by itself.
    let mut tx = room.begin().await;
    customer(&mut tx).await;
    tx.savepoint().await.unwrap();
    let one = inbox::due(&mut tx, at(1), 1).await.unwrap().remove(0);
    inbox::done(&mut tx, one.id, at(1), None).await.unwrap_err();
    assert!(tx.roll_back_to_savepoint().await.is_err());
    drop(tx);
    for table in ["inbox", "conversations"] {
        room.database.heal_writes(table).await;
    }
    assert_eq!(room.store.keep_webhooks(&[webhook("after"), webhook("lost")], at(2)).await.unwrap(), [Kept::New; 2]);
    assert_eq!(waiting(room).await, 3);
    assert_eq!(customers(room).await, 0, "nothing of what failed stayed");
    let mut tx = room.begin().await;
    let customer = customer(&mut tx).await;
    open(&mut tx, &customer).await;
    tx.commit().await.unwrap();
}

pub async fn connections_that_were_ended_are_replaced(room: &Room) {
    if room.engine == Engine::Sqlite {
        return;
    }
    let mut tx = room.begin().await;
    customer(&mut tx).await;
    let mut reading = room.store.read().await.unwrap();
    let end_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
    room.database.run(end_all).await;
    assert!(tx.commit().await.is_err());
    assert!(inbox::counts(&mut reading).await.is_err());
    drop(reading);
    // Ended while idle as well.
    for _ in 0..3 {
        assert_eq!(room.store.keep_webhooks(&[webhook("after")], at(0)).await.unwrap().len(), 1);
        room.begin().await.commit().await.unwrap();
        room.store.still_alone().await.unwrap();
        room.database.run(end_all).await;
    }
    assert_eq!((waiting(room).await, customers(room).await), (1, 0));
}

/// How many customers are stored.
async fn customers(room: &Room) -> i64 {
    room.database.number("SELECT COUNT(*) FROM customers").await
}
