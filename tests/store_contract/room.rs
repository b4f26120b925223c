//! An open store on a database of its own, and what most tests put into it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use threadline::domain::conversation::Customer;
use threadline::domain::desk::DeskName;
use threadline::domain::ids::{ConversationId, MessageId, Nonce, UserId};
use threadline::domain::message::{Inbound, Kind, Outbound};
use threadline::domain::phone::Address;
use threadline::domain::template::{Choice, Template};
use threadline::domain::time::Timestamp;
use threadline::store::inbox::NewWebhook;
use threadline::store::messages::NewMessage;
use threadline::store::{self, Store, Tx};
use uuid::Uuid;

use crate::support::database::{Database, Engine};

pub struct Room {
    pub engine: Engine,
    pub store: Store,
    pub database: Database,
}

/// Runs a test in a fresh room; skips it where the machine lacks the engine.
pub async fn run(engine: Engine, test: impl AsyncFnOnce(&Room)) {
    let Some(database) = Database::new(engine).await else { return };
    let room = Room { engine, store: Store::open(database.url()).await.unwrap(), database };
    test(&room).await;
    room.store.close().await;
}

impl Room {
    /// A transaction. Those who look into another's work commit; most tests need not.
    pub async fn begin(&self) -> Tx {
        self.store.begin().await.unwrap()
    }
}

/// So many seconds after the beginning.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp(1_800_000_000_000 + seconds * 1000)
}

pub fn desk(name: &str) -> DeskName {
    DeskName(name.to_owned())
}

pub fn phone(digits: &str) -> Address {
    Address::from_sender(digits)
}

pub fn user(id: u64) -> UserId {
    UserId::new(id).unwrap()
}

pub fn fresh<T>(id: impl FnOnce(Uuid) -> T) -> T {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let next = u128::from(NEXT.fetch_add(1, Ordering::Relaxed));
    id(Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0000 + next))
}

pub fn nonce() -> Nonce {
    fresh(Nonce::from_uuid)
}

/// A webhook with this key.
pub fn webhook(key: &str) -> NewWebhook {
    NewWebhook { source: "inbound_sms", key: key.to_owned(), raw: Bytes::from(format!("raw {key}")) }
}

/// A customer of the desk `support`.
pub async fn customer(tx: &mut Tx) -> Customer {
    store::customers::find_or_make(tx, &desk("support"), &phone("61491570006"), at(0)).await.unwrap()
}

pub async fn open(tx: &mut Tx, customer: &Customer) -> ConversationId {
    let id = fresh(ConversationId);
    store::conversations::open(tx, id, customer, at(0)).await.unwrap();
    id
}

pub async fn inbound(tx: &mut Tx, conversation: ConversationId, text: &str, now: Timestamp) -> MessageId {
    add(tx, conversation, Kind::Inbound(Inbound::Text), text, None, now).await
}

pub async fn reply(tx: &mut Tx, conversation: ConversationId, text: &str, now: Timestamp) -> MessageId {
    add(tx, conversation, Kind::Outbound(Outbound::Reply), text, None, now).await
}

/// The customer asks for help.
pub async fn asks_for_help(tx: &mut Tx, conversation: ConversationId, now: Timestamp) -> MessageId {
    add(tx, conversation, Kind::Inbound(Inbound::Help), "HELP", None, now).await
}

/// A confirmation of one part.
pub async fn automatic(tx: &mut Tx, conversation: ConversationId, now: Timestamp) -> MessageId {
    add(tx, conversation, Kind::Outbound(Outbound::Confirmation), "Thank you.", None, now).await
}

/// An agent's reply of so many parts.
pub async fn by_agent(
    tx: &mut Tx,
    conversation: ConversationId,
    agent: UserId,
    parts: u32,
    now: Timestamp,
) -> MessageId {
    let id = fresh(MessageId);
    let kind = Kind::Outbound(Outbound::Reply);
    let new = NewMessage {
        id,
        conversation,
        kind,
        author: Some(agent),
        text: "text".to_owned(),
        remark: None,
        parts,
        said: None,
    };
    store::messages::add(tx, &new, now).await.unwrap();
    id
}

/// A notification by [`template`].
pub async fn notification(tx: &mut Tx, customer: &Customer, conversation: ConversationId, now: Timestamp) -> MessageId {
    let template = template();
    let kind = Kind::Outbound(Outbound::Notification);
    let message = add(tx, conversation, kind, &template.text, Some(&template.name), now).await;
    store::notifications::add(tx, message, customer.id, &template, now).await.unwrap();
    message
}

/// Has a day to leave, and expires an hour later.
pub fn template() -> Template {
    Template {
        name: "delivery".to_owned(),
        text: "Reply 1 or 2.".to_owned(),
        options: vec![
            Choice { key: "1".to_owned(), label: "tomorrow".to_owned() },
            Choice { key: "2".to_owned(), label: "Thursday".to_owned() },
        ],
        confirmation: "Thank you for {choice}.".to_owned(),
        expires: Duration::from_secs(60 * 60),
        send_within: Duration::from_secs(24 * 60 * 60),
        unclear: String::new(),
    }
}

async fn add(
    tx: &mut Tx,
    conversation: ConversationId,
    kind: Kind,
    text: &str,
    remark: Option<&str>,
    now: Timestamp,
) -> MessageId {
    let id = fresh(MessageId);
    let (text, remark) = (text.to_owned(), remark.map(str::to_owned));
    let new = NewMessage { id, conversation, kind, author: None, text, remark, parts: 1, said: None };
    store::messages::add(tx, &new, now).await.unwrap();
    id
}
