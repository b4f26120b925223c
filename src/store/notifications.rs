//! Notifications: what was offered, as it was sent, and what was chosen.

use std::time::Duration;

use sqlx::any::AnyRow;

use super::{Column as _, Result, StoreError, Tx, if_readable};
use crate::domain::ids::{ConversationId, CustomerId, MessageId};
use crate::domain::template::{Choice, Template};
use crate::domain::time::Timestamp;

/// A notification, as it was sent: the configuration may have changed since.
#[derive(Clone, Debug)]
pub struct Notification {
    pub message: MessageId,
    pub template: String,
    pub options: Vec<Choice>,
    pub confirmation: String,
    pub unclear: String,
    /// When it last began to leave.
    pub asked: Timestamp,
    /// Until when it waits for its answer. Before it is taken, the latest that this can be.
    pub expires: Timestamp,
    /// The key of the option chosen last; empty for a template without options that was answered.
    pub choice: Option<String>,
    /// When that was said.
    pub chosen: Option<Timestamp>,
    pub unclear_sent: bool,
}

impl Notification {
    /// Whether it still waited for its answer at that moment.
    #[must_use]
    pub fn waited_at(&self, moment: Timestamp) -> bool {
        self.expires > moment
    }
}

pub async fn add(
    tx: &mut Tx,
    message: MessageId,
    customer: CustomerId,
    template: &Template,
    now: Timestamp,
) -> Result<()> {
    let options = serde_json::to_string(&template.options).map_err(|_| StoreError::Corrupt("notifications.options"))?;
    sqlx::query(
        "INSERT INTO notifications (message, customer, template, options, confirmation, unclear, created, expires, \
         answer_within, send_within) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(message.to_string())
    .bind(customer.0)
    .bind(template.name.as_str())
    .bind(options)
    .bind(template.confirmation.as_str())
    .bind(template.unclear.as_str())
    .bind(now.0)
    .bind(now.plus(template.send_within.saturating_add(template.expires)).0)
    .bind(millis(template.expires))
    .bind(millis(template.send_within))
    .execute(tx.db())
    .await?;
    Ok(())
}

/// Makes the notification of a message that is sent again wait for the answer in place of the first.
pub async fn repeat(tx: &mut Tx, of: MessageId, now_as: MessageId, now: Timestamp) -> Result<()> {
    sqlx::query(
        "INSERT INTO notifications (message, customer, template, options, confirmation, unclear, created, expires, \
         answer_within, send_within) \
         SELECT $2, customer, template, options, confirmation, unclear, $3, $3 + send_within + answer_within, \
         answer_within, send_within FROM notifications WHERE message = $1",
    )
    .bind(of.to_string())
    .bind(now_as.to_string())
    .bind(now.0)
    .execute(tx.db())
    .await?;
    Ok(())
}

/// The provider has a notification: from now on its answer is waited for.
pub async fn taken(tx: &mut Tx, message: MessageId, now: Timestamp) -> Result<()> {
    sqlx::query("UPDATE notifications SET expires = $2 + answer_within WHERE message = $1")
        .bind(message.to_string())
        .bind(now.0)
        .execute(tx.db())
        .await?;
    Ok(())
}

/// How long the notification of a message may wait to leave; `None` where it is none.
pub async fn send_within(tx: &mut Tx, message: MessageId) -> Result<Option<Duration>> {
    let row = sqlx::query("SELECT send_within FROM notifications WHERE message = $1")
        .bind(message.to_string())
        .fetch_optional(tx.db())
        .await?;
    let millis = row.map(|row| row.int("send_within")).transpose()?;
    Ok(millis.map(|millis| Duration::from_millis(millis.unsigned_abs())))
}

/// The customer's latest notification that they can have been answering: it began to leave, by `asked_by` where that is given,
/// and did not fail. It may have expired. One that cannot be read offers nothing.
pub async fn latest(tx: &mut Tx, customer: CustomerId, asked_by: Option<Timestamp>) -> Result<Option<Notification>> {
    let row = sqlx::query(
        "SELECT n.* FROM notifications n JOIN messages m ON m.id = n.message \
         JOIN conversations c ON c.id = m.conversation \
         WHERE n.customer = $1 AND m.state <> 'failed' AND COALESCE(n.asked, n.created) <= $2 \
         AND NOT (m.state = 'queued' AND NOT EXISTS ( \
             SELECT 1 FROM outbox o WHERE o.dedupe = 'send:' || m.id AND o.begun IS NOT NULL)) \
         ORDER BY CASE WHEN c.closed IS NULL THEN m.number ELSE 0 END DESC, n.created DESC, m.number DESC LIMIT 1",
    )
    .bind(customer.0)
    .bind(asked_by.map_or(i64::MAX, |asked_by| asked_by.0))
    .fetch_optional(tx.db())
    .await?;
    if_readable(row.as_ref().map(from_row).transpose())
}

/// The latest notification of a conversation, whatever became of it, for the card.
pub async fn of_conversation(tx: &mut Tx, conversation: ConversationId) -> Result<Option<Notification>> {
    let row = sqlx::query(
        // By way of the customer: a conversation may have very many messages, and few of them are notifications. One may be
        // a little older than the conversation that was opened for it.
        "SELECT n.* FROM conversations c JOIN notifications n ON n.customer = c.customer AND n.created > c.opened - 3600000 \
         JOIN messages m ON m.id = n.message \
         WHERE c.id = $1 AND m.conversation = c.id ORDER BY n.created DESC, m.number DESC LIMIT 1",
    )
    .bind(conversation.to_string())
    .fetch_optional(tx.db())
    .await?;
    if_readable(row.as_ref().map(from_row).transpose())
}

/// An attempt to send it begins: from now on it can be answered.
pub async fn set_asked(tx: &mut Tx, message: MessageId, now: Timestamp) -> Result<()> {
    sqlx::query("UPDATE notifications SET asked = $2 WHERE message = $1")
        .bind(message.to_string())
        .bind(now.0)
        .execute(tx.db())
        .await?;
    Ok(())
}

pub async fn set_choice(tx: &mut Tx, message: MessageId, key: &str, said: Timestamp) -> Result<()> {
    sqlx::query("UPDATE notifications SET choice = $2, chosen = $3 WHERE message = $1")
        .bind(message.to_string())
        .bind(key)
        .bind(said.0)
        .execute(tx.db())
        .await?;
    Ok(())
}

pub async fn set_unclear_sent(tx: &mut Tx, message: MessageId, now: Timestamp) -> Result<()> {
    sqlx::query("UPDATE notifications SET unclear_sent = $2 WHERE message = $1")
        .bind(message.to_string())
        .bind(now.0)
        .execute(tx.db())
        .await?;
    Ok(())
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn from_row(row: &AnyRow) -> Result<Notification> {
    Ok(Notification {
        message: row.parsed("message")?,
        template: row.text("template")?,
        options: serde_json::from_str(&row.text("options")?)
            .map_err(|_| StoreError::Corrupt("notifications.options"))?,
        confirmation: row.text("confirmation")?,
        unclear: row.text("unclear")?,
        asked: row.maybe_time("asked")?.map_or_else(|| row.time("created"), Ok)?,
        expires: row.time("expires")?,
        choice: row.maybe_text("choice")?,
        chosen: row.maybe_time("chosen")?,
        unclear_sent: row.maybe_int("unclear_sent")?.is_some(),
    })
}
