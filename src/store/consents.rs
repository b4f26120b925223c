//! The ledger of consent: who may be texted, since when, by whose word and why.

use sqlx::any::AnyRow;

use super::{Column as _, Result, Tx};
use crate::domain::consent::{Consent, Entry, Standing};
use crate::domain::ids::CustomerId;

/// What holds now: the newest entry about blocking, and the newest of the others.
pub async fn standing(tx: &mut Tx, customer: CustomerId) -> Result<Standing> {
    let rows = sqlx::query(
        "SELECT state, said_by, since, reason FROM consents WHERE id IN ( \
             (SELECT MAX(id) FROM consents WHERE customer = $1 AND state IN ('blocked', 'unblocked')), \
             (SELECT MAX(id) FROM consents WHERE customer = $1 AND state NOT IN ('blocked', 'unblocked')))",
    )
    .bind(customer.0)
    .fetch_all(tx.db())
    .await?;
    let entries = rows.iter().map(from_row).collect::<Result<Vec<_>>>()?;
    let (blocking, other): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.says.is_about_blocking());
    Ok(Standing::of(blocking.into_iter().next(), other.into_iter().next()))
}

/// The newest entry that is not about blocking.
pub async fn but_for_blocks(tx: &mut Tx, customer: CustomerId) -> Result<Option<Entry>> {
    let row = sqlx::query(
        "SELECT state, said_by, since, reason FROM consents \
         WHERE customer = $1 AND state NOT IN ('blocked', 'unblocked') ORDER BY id DESC LIMIT 1",
    )
    .bind(customer.0)
    .fetch_optional(tx.db())
    .await?;
    row.as_ref().map(from_row).transpose()
}

/// Whether the customer may be texted now.
pub async fn current(tx: &mut Tx, customer: CustomerId) -> Result<Consent> {
    Ok(standing(tx, customer).await?.consent)
}

/// The newest entries, newest first.
pub async fn newest(tx: &mut Tx, customer: CustomerId, limit: i64) -> Result<Vec<Entry>> {
    let rows =
        sqlx::query("SELECT state, said_by, since, reason FROM consents WHERE customer = $1 ORDER BY id DESC LIMIT $2")
            .bind(customer.0)
            .bind(limit)
            .fetch_all(tx.db())
            .await?;
    rows.iter().map(from_row).collect()
}

/// Adds an entry.
pub async fn record(tx: &mut Tx, customer: CustomerId, entry: &Entry) -> Result<()> {
    sqlx::query("INSERT INTO consents (customer, state, since, said_by, reason) VALUES ($1, $2, $3, $4, $5)")
        .bind(customer.0)
        .bind(entry.says.as_stored())
        .bind(entry.since.0)
        .bind(entry.by.to_string())
        .bind(entry.reason.as_str())
        .execute(tx.db())
        .await?;
    Ok(())
}

fn from_row(row: &AnyRow) -> Result<Entry> {
    Ok(Entry {
        says: row.parsed("state")?,
        by: row.parsed("said_by")?,
        since: row.time("since")?,
        reason: row.text("reason")?,
    })
}
