//! The ledger of consent: who may be texted, since when, by whose word and why.

use super::{Column as _, Result, StoreError, Tx};
use crate::domain::consent::Consent;
use crate::domain::ids::CustomerId;
use crate::domain::time::Timestamp;

/// The newest entry, or [`Consent::Allowed`] where there is none.
pub async fn current(tx: &mut Tx, customer: CustomerId) -> Result<Consent> {
    let row = sqlx::query("SELECT state FROM consents WHERE customer = $1 ORDER BY id DESC LIMIT 1")
        .bind(customer.0)
        .fetch_optional(tx.db())
        .await?;
    match row {
        None => Ok(Consent::Allowed),
        Some(row) => row.text("state")?.parse().map_err(|_| StoreError::Corrupt("consents.state")),
    }
}

/// Since when the customer has been in the current state; `None` where nothing was ever said.
pub async fn since(tx: &mut Tx, customer: CustomerId) -> Result<Option<Timestamp>> {
    let row = sqlx::query("SELECT since FROM consents WHERE customer = $1 ORDER BY id DESC LIMIT 1")
        .bind(customer.0)
        .fetch_optional(tx.db())
        .await?;
    row.map(|row| row.time("since")).transpose()
}

/// Adds an entry. `by` is `customer` or an agent's id; `reason` the word that was sent, or an agent's words.
pub async fn record(
    tx: &mut Tx,
    customer: CustomerId,
    state: Consent,
    by: &str,
    reason: &str,
    now: Timestamp,
) -> Result<()> {
    sqlx::query("INSERT INTO consents (customer, state, since, said_by, reason) VALUES ($1, $2, $3, $4, $5)")
        .bind(customer.0)
        .bind(state.as_str())
        .bind(now.0)
        .bind(by)
        .bind(reason)
        .execute(tx.db())
        .await?;
    Ok(())
}
