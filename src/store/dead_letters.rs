//! What was given up on, and texts that wait for a desk: listed, tried again, dropped, by a person.

use std::fmt;
use std::str::FromStr;

use sqlx::Row as _;

use super::{Column as _, Result, Tx, if_readable, messages};
use crate::domain::effect::Effect;
use crate::domain::ids::MessageId;
use crate::domain::message::State;
use crate::domain::time::Timestamp;

/// Names one of them: `inbox:12` or `outbox:34`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeadLetterId {
    Inbox(i64),
    Outbox(i64),
}

impl fmt::Display for DeadLetterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inbox(id) => write!(f, "inbox:{id}"),
            Self::Outbox(id) => write!(f, "outbox:{id}"),
        }
    }
}

impl FromStr for DeadLetterId {
    type Err = ();

    fn from_str(text: &str) -> std::result::Result<Self, ()> {
        match text.split_once(':').map(|(place, id)| (place, id.parse())) {
            Some(("inbox", Ok(id))) => Ok(Self::Inbox(id)),
            Some(("outbox", Ok(id))) => Ok(Self::Outbox(id)),
            _ => Err(()),
        }
    }
}

/// A webhook that was given up on, or waits for a desk.
#[derive(Clone, Debug)]
pub struct DeadWebhook {
    pub id: DeadLetterId,
    pub source: String,
    pub raw: Vec<u8>,
    pub received: Timestamp,
    /// The number that it waits for; `None` where it was given up on.
    pub waits_for: Option<String>,
    pub why: String,
}

/// An effect that was given up on.
#[derive(Clone, Debug)]
pub struct DeadEffect {
    pub id: DeadLetterId,
    /// `None` where it cannot be read: another version wrote it.
    pub effect: Option<Effect>,
    pub sends_sms: bool,
    pub created: Timestamp,
    pub why: String,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retried {
    Due,
    /// Another effect with the same purpose waits already: this one is done.
    Needless,
    /// A webhook whose text was deleted: nothing could be read again.
    TextDeleted,
    /// An SMS whose sending had begun: a second try could send it twice.
    PerhapsSent,
    /// An SMS whose message has failed meanwhile, as the agents see: it would not leave.
    Failed,
    /// There is none of this id, or it is neither given up on nor waiting.
    Unknown,
}

/// All of the inbox, oldest first.
pub async fn webhooks(tx: &mut Tx) -> Result<Vec<DeadWebhook>> {
    let rows = sqlx::query(
        "SELECT id, source, raw, received, waits_for, error FROM inbox WHERE dead IS NOT NULL \
         UNION ALL SELECT id, source, raw, received, waits_for, error FROM inbox \
         WHERE done IS NULL AND dead IS NULL AND waits_for IS NOT NULL ORDER BY id",
    )
    .fetch_all(tx.db())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(DeadWebhook {
                id: DeadLetterId::Inbox(row.int("id")?),
                source: row.text("source")?,
                raw: row.try_get("raw")?,
                received: row.time("received")?,
                waits_for: row.maybe_text("waits_for")?,
                why: row.maybe_text("error")?.unwrap_or_default(),
            })
        })
        .collect()
}

/// All of the outbox, oldest first.
pub async fn effects(tx: &mut Tx) -> Result<Vec<DeadEffect>> {
    let rows = sqlx::query("SELECT id, outside, effect, created, error FROM outbox WHERE dead IS NOT NULL ORDER BY id")
        .fetch_all(tx.db())
        .await?;
    rows.iter()
        .map(|row| {
            Ok(DeadEffect {
                id: DeadLetterId::Outbox(row.int("id")?),
                effect: serde_json::from_str(&row.text("effect")?).ok(),
                sends_sms: row.text("outside")? == "vonage",
                created: row.time("created")?,
                why: row.maybe_text("error")?.unwrap_or_default(),
            })
        })
        .collect()
}

/// Makes it due, in its old place. A bridge that runs takes it up within a second.
pub async fn retry(tx: &mut Tx, id: DeadLetterId, now: Timestamp) -> Result<Retried> {
    match id {
        DeadLetterId::Inbox(id) => {
            let found = sqlx::query(
                "UPDATE inbox SET dead = NULL, waits_for = NULL, due = 0, attempts = 0, error = NULL WHERE id = $1 \
                 AND done IS NULL AND (dead IS NOT NULL OR waits_for IS NOT NULL) AND length(raw) > 0",
            )
            .bind(id)
            .execute(tx.db())
            .await?;
            if found.rows_affected() == 1 {
                return Ok(Retried::Due);
            }
            let cut = sqlx::query("SELECT id FROM inbox WHERE id = $1 AND dead IS NOT NULL AND length(raw) = 0")
                .bind(id)
                .fetch_optional(tx.db())
                .await?;
            Ok(if cut.is_some() { Retried::TextDeleted } else { Retried::Unknown })
        }
        DeadLetterId::Outbox(id) => retry_effect(tx, id, now).await,
    }
}

async fn retry_effect(tx: &mut Tx, id: i64, now: Timestamp) -> Result<Retried> {
    let row = sqlx::query("SELECT outside, dedupe, first_begun FROM outbox WHERE id = $1 AND dead IS NOT NULL")
        .bind(id)
        .fetch_optional(tx.db())
        .await?;
    let Some(row) = row else { return Ok(Retried::Unknown) };
    if row.text("outside")? == "vonage" {
        // Only what is queued leaves. A message that cannot be read may be readable by the bridge that runs.
        match state_of(tx, row.maybe_text("dedupe")?.as_deref()).await? {
            Some(State::Failed(_)) => return Ok(Retried::Failed),
            Some(State::Unconfirmed | State::Sent | State::Delivered | State::Received) => {
                return Ok(Retried::PerhapsSent);
            }
            Some(State::Queued) | None => {}
        }
        if row.maybe_time("first_begun")?.is_some() {
            return Ok(Retried::PerhapsSent);
        }
    }
    let newer = sqlx::query(
        "SELECT id FROM outbox WHERE dedupe = $1 AND done IS NULL AND dead IS NULL AND begun IS NULL LIMIT 1",
    )
    .bind(row.maybe_text("dedupe")?)
    .fetch_optional(tx.db())
    .await?;
    if newer.is_some() {
        sqlx::query("UPDATE outbox SET dead = NULL, done = $2 WHERE id = $1")
            .bind(id)
            .bind(now.0)
            .execute(tx.db())
            .await?;
        return Ok(Retried::Needless);
    }
    sqlx::query("UPDATE outbox SET dead = NULL, begun = NULL, lease = NULL, due = 0, error = NULL WHERE id = $1")
        .bind(id)
        .execute(tx.db())
        .await?;
    Ok(Retried::Due)
}

/// The state of the message that an effect with this key sends; `None` where it cannot be read.
async fn state_of(tx: &mut Tx, key: Option<&str>) -> Result<Option<State>> {
    let Some(message) = key.and_then(message_to_send) else { return Ok(None) };
    Ok(if_readable(messages::get(tx, message).await)?.map(|message| message.state))
}

/// An SMS that was given up on.
#[derive(Clone, Copy, Debug)]
pub struct DeadSms {
    pub message: MessageId,
    /// Its sending had begun.
    pub begun: bool,
}

/// What this one was to send; `None` where it is no SMS, or it is not known which.
pub async fn sms(tx: &mut Tx, id: DeadLetterId) -> Result<Option<DeadSms>> {
    let DeadLetterId::Outbox(id) = id else { return Ok(None) };
    let row =
        sqlx::query("SELECT dedupe, first_begun FROM outbox WHERE id = $1 AND outside = 'vonage' AND dead IS NOT NULL")
            .bind(id)
            .fetch_optional(tx.db())
            .await?;
    let Some(row) = row else { return Ok(None) };
    let message = row.maybe_text("dedupe")?.as_deref().and_then(message_to_send);
    let begun = row.maybe_time("first_begun")?.is_some();
    Ok(message.map(|message| DeadSms { message, begun }))
}

/// By the key of its effect, which can be read where another version wrote the effect itself.
fn message_to_send(key: &str) -> Option<MessageId> {
    key.strip_prefix("send:")?.parse().ok()
}

/// Ends it without effect. A webhook's key is kept, so that it stays seen before; its text is not. False where there is none
/// of this id, or it is neither given up on nor waiting.
pub async fn drop(tx: &mut Tx, id: DeadLetterId, now: Timestamp) -> Result<bool> {
    let nothing: &[u8] = &[];
    let query = match id {
        DeadLetterId::Inbox(id) => sqlx::query(
            "UPDATE inbox SET done = $2, dead = NULL, waits_for = NULL, raw = $3, error = 'dropped by the operator' \
             WHERE id = $1 AND done IS NULL AND (dead IS NOT NULL OR waits_for IS NOT NULL)",
        )
        .bind(id)
        .bind(now.0)
        .bind(nothing),
        DeadLetterId::Outbox(id) => sqlx::query(
            "UPDATE outbox SET done = $2, dead = NULL, error = 'dropped by the operator' WHERE id = $1 AND dead IS NOT NULL",
        )
        .bind(id)
        .bind(now.0),
    };
    Ok(query.execute(tx.db()).await?.rows_affected() == 1)
}
