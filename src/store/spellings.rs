//! Customers from before spellings of one number were one customer: brought into that form once, when the database is
//! opened. Whoever was two customers becomes one, and keeps the stricter consent of both.

use sqlx::any::AnyRow;

use super::{Column as _, Result, Store, StoreError, Tx, consents, outbox};
use crate::domain::consent::{Entry, Statement};
use crate::domain::effect::{Effect, Lane};
use crate::domain::ids::{ConversationId, CustomerId};
use crate::domain::phone::Address;

/// So many customers in one transaction.
const BATCH: i64 = 200;

/// A customer as stored before.
struct Old {
    id: CustomerId,
    desk: String,
    phone: Address,
}

impl Store {
    /// Brings all customers that are not yet into the canonical form of their number. What was done stays done if the
    /// process ends in between.
    pub(super) async fn unite_spellings(&self) -> Result<()> {
        loop {
            let mut tx = self.begin().await?;
            let rows = sqlx::query("SELECT id, desk, phone FROM customers WHERE dialled IS NULL ORDER BY id LIMIT $1")
                .bind(BATCH)
                .fetch_all(tx.db())
                .await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in &rows {
                unite(&mut tx, &old(row)?).await?;
            }
            tx.commit().await?;
        }
    }
}

async fn unite(tx: &mut Tx, old: &Old) -> Result<()> {
    let canonical = old.phone.canonical();
    let other = sqlx::query("SELECT id FROM customers WHERE desk = $1 AND phone = $2 AND id <> $3")
        .bind(old.desk.as_str())
        .bind(canonical.as_stored())
        .bind(old.id.0)
        .fetch_optional(tx.db())
        .await?;
    match other {
        Some(other) => merge(tx, old, CustomerId(other.int("id")?)).await,
        None => {
            sqlx::query("UPDATE customers SET phone = $2, dialled = COALESCE(dialled, $3) WHERE id = $1")
                .bind(old.id.0)
                .bind(canonical.as_stored())
                .bind(old.phone.as_stored())
                .execute(tx.db())
                .await?;
            Ok(())
        }
    }
}

/// Gives all that belongs to a customer to another, who has the same number in another spelling.
async fn merge(tx: &mut Tx, old: &Old, kept: CustomerId) -> Result<()> {
    let strictest = stricter(&[ledger(tx, old.id).await?, ledger(tx, kept).await?]);
    keep_one_open(tx, old.id, kept).await?;
    for sql in [
        "UPDATE conversations SET customer = $2 WHERE customer = $1",
        "UPDATE notifications SET customer = $2 WHERE customer = $1",
        "UPDATE long_texts SET customer = $2 WHERE customer = $1",
        "UPDATE consents SET customer = $2 WHERE customer = $1",
        "UPDATE customers SET name = COALESCE(name, (SELECT o.name FROM customers o WHERE o.id = $1)) WHERE id = $2",
    ] {
        sqlx::query(sql).bind(old.id.0).bind(kept.0).execute(tx.db()).await?;
    }
    sqlx::query("UPDATE outbox SET lane = $2 WHERE lane = $1 AND done IS NULL AND dead IS NULL")
        .bind(Lane::Sms(old.id).to_string())
        .bind(Lane::Sms(kept).to_string())
        .execute(tx.db())
        .await?;
    for entry in strictest {
        consents::record(tx, kept, &entry).await?;
    }
    sqlx::query("DELETE FROM customers WHERE id = $1").bind(old.id.0).execute(tx.db()).await?;
    tracing::info!(customer = %kept, was = %old.id, "two spellings of one number are one customer now");
    Ok(())
}

/// All that was said about a customer's consent, newest first.
async fn ledger(tx: &mut Tx, customer: CustomerId) -> Result<Vec<Entry>> {
    consents::newest(tx, customer, i64::MAX).await
}

/// What has to be said again, so that whoever asked for no more texts from one number gets none at another: the entries
/// that hold in one ledger and forbid texts, as of the newest entry of all.
fn stricter(ledgers: &[Vec<Entry>]) -> Vec<Entry> {
    let newest = ledgers.iter().flatten().map(|entry| entry.since).max();
    let holds = |ledger: &[Entry], about_blocking: bool| {
        ledger.iter().find(|entry| entry.says.is_about_blocking() == about_blocking).cloned()
    };
    let forbids = |entry: &Entry| matches!(entry.says, Statement::Blocks | Statement::OptsOut);
    let said = |about_blocking| ledgers.iter().filter_map(move |ledger| holds(ledger, about_blocking)).find(forbids);
    [true, false]
        .into_iter()
        .filter_map(said)
        .map(|entry| Entry { since: newest.unwrap_or(entry.since), ..entry })
        .collect()
}

/// Of two open conversations the one goes on in which something happened last; the other is closed.
async fn keep_one_open(tx: &mut Tx, one: CustomerId, other: CustomerId) -> Result<()> {
    let rows = sqlx::query(
        "SELECT id, active, waiting_since FROM conversations WHERE customer IN ($1, $2) AND closed IS NULL \
         ORDER BY active DESC, id DESC",
    )
    .bind(one.0)
    .bind(other.0)
    .fetch_all(tx.db())
    .await?;
    let [goes_on, ends] = rows.as_slice() else { return Ok(()) };
    let (goes_on, ends, since) = (goes_on.text("id")?, ends.parsed::<ConversationId>("id")?, ends.time("active")?);
    let waiting = rows
        .iter()
        .filter_map(|row| row.maybe_int("waiting_since").transpose())
        .min_by_key(|w| *w.as_ref().unwrap_or(&0));
    sqlx::query("UPDATE conversations SET closed = active, waiting_since = NULL WHERE id = $1")
        .bind(ends.to_string())
        .execute(tx.db())
        .await?;
    sqlx::query("UPDATE conversations SET waiting_since = $2 WHERE id = $1")
        .bind(goes_on)
        .bind(waiting.transpose()?)
        .execute(tx.db())
        .await?;
    for effect in [Effect::UpdateCard { conversation: ends }, Effect::ArchiveThread { conversation: ends }] {
        outbox::enqueue(tx, Lane::Discord(ends), &effect, since, since).await?;
    }
    Ok(())
}

fn old(row: &AnyRow) -> Result<Old> {
    Ok(Old {
        id: CustomerId(row.int("id")?),
        desk: row.text("desk")?,
        phone: Address::from_stored(&row.text("phone")?).ok_or(StoreError::Corrupt("customers.phone"))?,
    })
}
