//! Long texts whose parts have not all come, or came a short while ago.

use std::ops::Range;

use sqlx::any::AnyRow;

use super::{Column as _, Result, StoreError, Tx};
use crate::domain::ids::{CustomerId, InboxId, MessageId};
use crate::domain::long_text::LongText;
use crate::domain::time::Timestamp;

/// A long text, as far as it is here.
#[derive(Clone, Debug)]
pub struct Gathering {
    /// The webhook that came first, and waits for the rest.
    pub id: InboxId,
    pub began: Timestamp,
    /// Set once it is shown.
    pub message: Option<MessageId>,
    pub text: LongText,
}

/// The one that this webhook began.
pub async fn begun_by(tx: &mut Tx, id: InboxId) -> Result<Option<Gathering>> {
    let row = sqlx::query("SELECT id, total, began, message FROM long_texts WHERE id = $1")
        .bind(id.0)
        .fetch_optional(tx.db())
        .await?;
    match row {
        Some(row) => Ok(Some(with_parts(tx, &row).await?)),
        None => Ok(None),
    }
}

/// Those of a customer that have this reference and so many parts and began after `since`, the newest first. What was shown
/// and began later than now is of a clock that was wrong: nobody can tell how old it is.
pub async fn with_reference(
    tx: &mut Tx,
    customer: CustomerId,
    reference: &str,
    total: u32,
    since: Timestamp,
    now: Timestamp,
) -> Result<Vec<Gathering>> {
    let rows = sqlx::query(
        "SELECT id, total, began, message FROM long_texts \
         WHERE customer = $1 AND reference = $2 AND total = $3 AND began > $4 \
         AND (began <= $5 OR message IS NULL) ORDER BY began DESC, id DESC LIMIT 16",
    )
    .bind(customer.0)
    .bind(reference)
    .bind(i64::from(total))
    .bind(since.0)
    .bind(now.0)
    .fetch_all(tx.db())
    .await?;
    let mut all = Vec::with_capacity(rows.len());
    for row in &rows {
        all.push(with_parts(tx, row).await?);
    }
    Ok(all)
}

pub async fn begin(
    tx: &mut Tx,
    id: InboxId,
    customer: CustomerId,
    reference: &str,
    total: u32,
    now: Timestamp,
) -> Result<()> {
    sqlx::query("INSERT INTO long_texts (id, customer, reference, total, began) VALUES ($1, $2, $3, $4, $5)")
        .bind(id.0)
        .bind(customer.0)
        .bind(reference)
        .bind(i64::from(total))
        .bind(now.0)
        .execute(tx.db())
        .await?;
    Ok(())
}

/// The reference and the total of a text whose parts come without marks: no marked one has this total.
const UNMARKED: (&str, i64) = ("", 0);

/// The text of a customer's that waits for its rest without marks, if its last part came after `since`.
pub async fn unmarked(tx: &mut Tx, customer: CustomerId, said: Range<Timestamp>) -> Result<Option<Gathering>> {
    let row = sqlx::query(
        "SELECT id, total, began, message FROM long_texts \
         WHERE customer = $1 AND reference = $2 AND total = $3 AND message IS NULL \
         AND COALESCE(said, began) > $4 AND COALESCE(said, began) < $5 \
         ORDER BY began DESC, id DESC LIMIT 1",
    )
    .bind(customer.0)
    .bind(UNMARKED.0)
    .bind(UNMARKED.1)
    .bind(said.start.0)
    .bind(said.end.0)
    .fetch_optional(tx.db())
    .await?;
    match row {
        Some(row) => Ok(Some(with_parts(tx, &row).await?)),
        None => Ok(None),
    }
}

/// Begins a text whose parts come without marks, with what was said then.
pub async fn begin_unmarked(
    tx: &mut Tx,
    id: InboxId,
    customer: CustomerId,
    now: Timestamp,
    said: Timestamp,
) -> Result<()> {
    begin(tx, id, customer, UNMARKED.0, 0, now).await?;
    wait_anew(tx, id, now, said).await
}

/// One more part has come, which was said then: the rest is waited for from now on.
pub async fn wait_anew(tx: &mut Tx, id: InboxId, now: Timestamp, said: Timestamp) -> Result<()> {
    sqlx::query("UPDATE long_texts SET began = $2, said = $3 WHERE id = $1")
        .bind(id.0)
        .bind(now.0)
        .bind(said.0)
        .execute(tx.db())
        .await?;
    Ok(())
}

pub async fn add_part(tx: &mut Tx, id: InboxId, position: u32, text: &str) -> Result<()> {
    sqlx::query("INSERT INTO long_text_parts (long_text, position, text) VALUES ($1, $2, $3)")
        .bind(id.0)
        .bind(i64::from(position))
        .bind(text)
        .execute(tx.db())
        .await?;
    Ok(())
}

pub async fn set_message(tx: &mut Tx, id: InboxId, message: MessageId) -> Result<()> {
    sqlx::query("UPDATE long_texts SET message = $2 WHERE id = $1")
        .bind(id.0)
        .bind(message.to_string())
        .execute(tx.db())
        .await?;
    Ok(())
}

/// Forgets those that began before `before` and were shown (their text stands in `messages`), and all that began before
/// `in_any_case`; [`BATCH`] at most. Returns how many there were.
///
/// [`BATCH`]: super::BATCH
pub async fn forget(tx: &mut Tx, before: Timestamp, in_any_case: Timestamp) -> Result<u64> {
    let rows = sqlx::query(
        "SELECT id FROM long_texts WHERE began < $1 AND (message IS NOT NULL OR began < $2) ORDER BY began LIMIT 200",
    )
    .bind(before.0)
    .bind(in_any_case.0)
    .fetch_all(tx.db())
    .await?;
    for row in &rows {
        let id = row.int("id")?;
        sqlx::query("DELETE FROM long_text_parts WHERE long_text = $1").bind(id).execute(tx.db()).await?;
        sqlx::query("DELETE FROM long_texts WHERE id = $1").bind(id).execute(tx.db()).await?;
    }
    Ok(rows.len() as u64)
}

async fn with_parts(tx: &mut Tx, row: &AnyRow) -> Result<Gathering> {
    let id = InboxId(row.int("id")?);
    let parts = sqlx::query("SELECT position, text FROM long_text_parts WHERE long_text = $1")
        .bind(id.0)
        .fetch_all(tx.db())
        .await?;
    let number = |number: i64| u32::try_from(number).map_err(|_| StoreError::Corrupt("long_texts.total"));
    let parts = parts.iter().map(|part| Ok((number(part.int("position")?)?, part.text("text")?)));
    Ok(Gathering {
        id,
        began: row.time("began")?,
        message: row.maybe_parsed("message")?,
        text: LongText::new(number(row.int("total")?)?, parts.collect::<Result<Vec<_>>>()?),
    })
}
