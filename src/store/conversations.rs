//! Conversations, with their customer and their face in Discord.

use sqlx::any::AnyRow;

use super::{Column as _, Result, StoreError, Tx};
use crate::domain::conversation::{Conversation, Customer, Number};
use crate::domain::desk::DeskName;
use crate::domain::ids::{ChannelId, ConversationId, CustomerId, DiscordMessageId, UserId};
use crate::domain::phone::Address;
use crate::domain::time::Timestamp;

/// All that [`from_row`] needs; what follows is `WHERE …`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, c.number, c.owner, c.card, c.thread, c.opened, c.closed, c.closed_by, c.active, \
             c.waiting_since, c.alerted, c.threadless, c.name_refused, k.id AS customer, k.desk, \
             COALESCE(k.dialled, k.phone) AS phone, k.name \
             FROM conversations c JOIN customers k ON k.id = c.customer ",
            $rest
        )
    };
}

/// Opens a conversation under the desk's next number. A second open one of the same customer is a unique
/// violation; lock the customer first.
pub async fn open(tx: &mut Tx, id: ConversationId, customer: &Customer, now: Timestamp) -> Result<()> {
    let row = sqlx::query(
        "INSERT INTO desks (name, last_number) VALUES ($1, 1) \
         ON CONFLICT (name) DO UPDATE SET last_number = desks.last_number + 1 RETURNING last_number",
    )
    .bind(customer.desk.0.as_str())
    .fetch_one(tx.db())
    .await?;
    sqlx::query(
        "INSERT INTO conversations (id, customer, desk, number, last_message, opened, active) \
         VALUES ($1, $2, $3, $4, 0, $5, $5)",
    )
    .bind(id.to_string())
    .bind(customer.id.0)
    .bind(customer.desk.0.as_str())
    .bind(row.int("last_number")?)
    .bind(now.0)
    .execute(tx.db())
    .await?;
    Ok(())
}

/// The desks that ever had a conversation.
pub async fn desks(tx: &mut Tx) -> Result<Vec<DeskName>> {
    let rows = sqlx::query("SELECT name FROM desks ORDER BY name").fetch_all(tx.db()).await?;
    rows.iter().map(|row| row.text("name").map(DeskName)).collect()
}

/// How many open conversations a desk has.
pub async fn open_of(tx: &mut Tx, desk: &DeskName) -> Result<i64> {
    let row = sqlx::query("SELECT COUNT(*) AS conversations FROM conversations WHERE desk = $1 AND closed IS NULL")
        .bind(desk.0.as_str())
        .fetch_one(tx.db())
        .await?;
    row.int("conversations")
}

pub async fn get(tx: &mut Tx, id: ConversationId) -> Result<Option<Conversation>> {
    let row = sqlx::query(select!("WHERE c.id = $1")).bind(id.to_string()).fetch_optional(tx.db()).await?;
    row.as_ref().map(from_row).transpose()
}

pub async fn by_thread(tx: &mut Tx, thread: ChannelId) -> Result<Option<Conversation>> {
    let row = sqlx::query(select!("WHERE c.thread = $1")).bind(thread.to_string()).fetch_optional(tx.db()).await?;
    row.as_ref().map(from_row).transpose()
}

pub async fn by_number(tx: &mut Tx, desk: &DeskName, number: Number) -> Result<Option<Conversation>> {
    let row = sqlx::query(select!("WHERE c.desk = $1 AND c.number = $2"))
        .bind(desk.0.as_str())
        .bind(number.0)
        .fetch_optional(tx.db())
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// The open conversation, or else the one closed last.
pub async fn latest(tx: &mut Tx, customer: CustomerId) -> Result<Option<Conversation>> {
    let row = sqlx::query(select!(
        "WHERE c.customer = $1 ORDER BY CASE WHEN c.closed IS NULL THEN 0 ELSE 1 END, c.closed DESC, c.number DESC LIMIT 1"
    ))
    .bind(customer.0)
    .fetch_optional(tx.db())
    .await?;
    row.as_ref().map(from_row).transpose()
}

/// Closes; false where it was closed already.
pub async fn close(tx: &mut Tx, id: ConversationId, by: UserId, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE conversations SET closed = $2, closed_by = $3, waiting_since = NULL, alerted = NULL, alerted_again = NULL \
         WHERE id = $1 AND closed IS NULL",
    )
    .bind(id.to_string())
    .bind(now.0)
    .bind(by.to_string())
    .execute(tx.db())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Opens a closed one again; false where it was open. Another open one of the customer is a unique violation.
pub async fn reopen(tx: &mut Tx, id: ConversationId) -> Result<bool> {
    let done =
        sqlx::query("UPDATE conversations SET closed = NULL, closed_by = NULL WHERE id = $1 AND closed IS NOT NULL")
            .bind(id.to_string())
            .execute(tx.db())
            .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn set_owner(tx: &mut Tx, id: ConversationId, owner: UserId) -> Result<()> {
    sqlx::query("UPDATE conversations SET owner = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(owner.to_string())
        .execute(tx.db())
        .await?;
    Ok(())
}

/// The conversation has no owner any more; false where it was not this one.
pub async fn disown(tx: &mut Tx, id: ConversationId, owner: UserId) -> Result<bool> {
    let done = sqlx::query("UPDATE conversations SET owner = NULL WHERE id = $1 AND owner = $2")
        .bind(id.to_string())
        .bind(owner.to_string())
        .execute(tx.db())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// The customer waits for a person since `since` (an earlier time stays), or no longer.
pub async fn set_waiting(tx: &mut Tx, id: ConversationId, since: Option<Timestamp>) -> Result<()> {
    let sql = match since {
        Some(_) => {
            "UPDATE conversations SET waiting_since = COALESCE(waiting_since, $2), alerted = COALESCE(alerted, $2) \
             WHERE id = $1"
        }
        None => "UPDATE conversations SET waiting_since = $2, alerted = NULL, alerted_again = NULL WHERE id = $1",
    };
    sqlx::query(sql).bind(id.to_string()).bind(since.map(|since| since.0)).execute(tx.db()).await?;
    Ok(())
}

/// An alert stands since `since` (an earlier time stays).
pub async fn set_alerted(tx: &mut Tx, id: ConversationId, since: Timestamp) -> Result<()> {
    sqlx::query("UPDATE conversations SET alerted = COALESCE(alerted, $2) WHERE id = $1")
        .bind(id.to_string())
        .bind(since.0)
        .execute(tx.db())
        .await?;
    Ok(())
}

/// No alert stands any more.
pub async fn forget_alert(tx: &mut Tx, id: ConversationId) -> Result<()> {
    sqlx::query("UPDATE conversations SET alerted = NULL, alerted_again = NULL WHERE id = $1")
        .bind(id.to_string())
        .execute(tx.db())
        .await?;
    Ok(())
}

/// The role is alerted again about the alert that stands; false where it was already.
pub async fn set_alerted_again(tx: &mut Tx, id: ConversationId, now: Timestamp) -> Result<bool> {
    let done = sqlx::query("UPDATE conversations SET alerted_again = $2 WHERE id = $1 AND alerted_again IS NULL")
        .bind(id.to_string())
        .bind(now.0)
        .execute(tx.db())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Open conversations of a desk whose alert stands since `before` or longer, and about which the role was not alerted again.
/// The longest first, `limit` at most.
pub async fn unanswered(tx: &mut Tx, desk: &DeskName, before: Timestamp, limit: i64) -> Result<Vec<ConversationId>> {
    let rows = sqlx::query(
        "SELECT id FROM conversations WHERE desk = $1 AND alerted IS NOT NULL AND alerted <= $2 \
         AND alerted_again IS NULL AND closed IS NULL ORDER BY alerted LIMIT $3",
    )
    .bind(desk.0.as_str())
    .bind(before.0)
    .bind(limit)
    .fetch_all(tx.db())
    .await?;
    rows.iter().map(|row| row.parsed("id")).collect()
}

pub async fn set_card(tx: &mut Tx, id: ConversationId, card: Option<DiscordMessageId>) -> Result<()> {
    sqlx::query("UPDATE conversations SET card = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(card.map(|card| card.to_string()))
        .execute(tx.db())
        .await?;
    Ok(())
}

/// With a thread, nothing shows in the channel any more.
pub async fn set_thread(tx: &mut Tx, id: ConversationId, thread: Option<ChannelId>) -> Result<()> {
    sqlx::query(
        "UPDATE conversations SET thread = $2, threadless = CASE WHEN $2 IS NULL THEN threadless END WHERE id = $1",
    )
    .bind(id.to_string())
    .bind(thread.map(|thread| thread.to_string()))
    .execute(tx.db())
    .await?;
    Ok(())
}

/// There is no thread for a while.
pub async fn set_threadless(tx: &mut Tx, id: ConversationId, since: Timestamp) -> Result<()> {
    sqlx::query("UPDATE conversations SET threadless = COALESCE(threadless, $2) WHERE id = $1 AND thread IS NULL")
        .bind(id.to_string())
        .bind(since.0)
        .execute(tx.db())
        .await?;
    Ok(())
}

/// Discord refuses the customer's name, for this reason.
pub async fn set_name_refused(tx: &mut Tx, id: ConversationId, why: &str) -> Result<()> {
    sqlx::query("UPDATE conversations SET name_refused = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(why)
        .execute(tx.db())
        .await?;
    Ok(())
}

/// The customer has another name, which Discord may take.
pub async fn try_name_again(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    sqlx::query("UPDATE conversations SET name_refused = NULL WHERE customer = $1 AND name_refused IS NOT NULL")
        .bind(customer.0)
        .execute(tx.db())
        .await?;
    Ok(())
}

fn from_row(row: &AnyRow) -> Result<Conversation> {
    Ok(Conversation {
        id: row.parsed("id")?,
        number: Number(row.int("number")?),
        customer: Customer {
            id: CustomerId(row.int("customer")?),
            desk: DeskName(row.text("desk")?),
            address: Address::from_stored(&row.text("phone")?).ok_or(StoreError::Corrupt("customers.phone"))?,
            name: row.maybe_text("name")?,
        },
        owner: row.maybe_parsed("owner")?,
        card: row.maybe_parsed("card")?,
        thread: row.maybe_parsed("thread")?,
        opened: row.time("opened")?,
        closed: row.maybe_time("closed")?,
        closed_by: row.maybe_parsed("closed_by")?,
        active: row.time("active")?,
        waiting_since: row.maybe_time("waiting_since")?,
        is_threadless: row.maybe_int("threadless")?.is_some(),
        name_refused: row.maybe_text("name_refused")?,
        alerted: row.maybe_time("alerted")?,
    })
}
