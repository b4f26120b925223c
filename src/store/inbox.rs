//! Vonage's webhooks, stored before they are answered.

use std::collections::HashSet;

use bytes::Bytes;
use sqlx::{AssertSqlSafe, Row as _};

use super::{Column as _, Result, Store, Tx};
use crate::domain::ids::InboxId;
use crate::domain::time::Timestamp;

/// A webhook on its way in.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    pub source: &'static str,
    /// What makes a repetition recognisable; holds no U+0000.
    pub key: String,
    pub raw: Bytes,
}

/// What became of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    New,
    SeenBefore,
}

/// A stored webhook that waits for its flow.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub id: InboxId,
    pub source: String,
    pub raw: Vec<u8>,
    pub received: Timestamp,
    pub attempts: i64,
}

impl Store {
    /// Stores webhooks in one commit; the answers stand in their order. Of two with one key the first is new.
    pub async fn keep_webhooks(&self, webhooks: &[NewWebhook], now: Timestamp) -> Result<Vec<Kept>> {
        let mut tx = self.begin_first().await?;
        let mut new: HashSet<String> = HashSet::with_capacity(webhooks.len());
        let mut rest = webhooks;
        while !rest.is_empty() {
            let (some, others) = rest.split_at(statement_rows(rest.len()));
            insert(&mut tx, some, now, &mut new).await?;
            rest = others;
        }
        tx.commit().await?;
        Ok(webhooks.iter().map(|webhook| if new.remove(&webhook.key) { Kept::New } else { Kept::SeenBefore }).collect())
    }
}

/// The most rows of one statement: what it takes to bind a value grows with the number of values.
const STATEMENT_ROWS: usize = 32;

/// How many of so many rows the next statement takes: a power of two, so that there are few statements to prepare.
fn statement_rows(rows: usize) -> usize {
    let whole = rows.min(STATEMENT_ROWS);
    1 << whole.ilog2()
}

/// Inserts the webhooks, and adds the keys of those that are new.
async fn insert(tx: &mut Tx, webhooks: &[NewWebhook], now: Timestamp, new: &mut HashSet<String>) -> Result<()> {
    let rows: Vec<String> = (0..webhooks.len())
        .map(|row| {
            let first = row * 3 + 2;
            format!("(${first}, ${}, ${}, $1, $1, 0)", first + 1, first + 2)
        })
        .collect();
    let sql = format!(
        "INSERT INTO inbox (source, dedupe, raw, received, due, attempts) VALUES {} \
         ON CONFLICT (dedupe) DO NOTHING RETURNING dedupe",
        rows.join(", ")
    );
    // Safe: the text consists of our own words and placeholders.
    let mut insert = sqlx::query(AssertSqlSafe(sql)).bind(now.0);
    for webhook in webhooks {
        insert = insert.bind(webhook.source).bind(webhook.key.as_str()).bind(webhook.raw.to_vec());
    }
    for row in insert.fetch_all(tx.db()).await? {
        new.insert(row.text("dedupe")?);
    }
    Ok(())
}

/// How many of the webhooks that have been due longest are put into the order in which they came, at least.
const LOOKED_AT: i64 = 64;

/// The oldest of the webhooks that have been due longest. However many wait, few are looked at: they are found in the order
/// of the index.
pub async fn due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Waiting>> {
    let rows = sqlx::query(
        "SELECT id, source, raw, received, attempts FROM inbox WHERE id IN ( \
             SELECT id FROM inbox WHERE done IS NULL AND dead IS NULL AND due <= $1 ORDER BY due, id LIMIT $3) \
         ORDER BY id LIMIT $2",
    )
    .bind(now.0)
    .bind(limit)
    .bind(limit.max(LOOKED_AT))
    .fetch_all(tx.db())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Waiting {
                id: InboxId(row.int("id")?),
                source: row.text("source")?,
                raw: row.try_get("raw")?,
                received: row.time("received")?,
                attempts: row.int("attempts")?,
            })
        })
        .collect()
}

/// The flow has run; `remark` says so where it had no effect.
pub async fn done(tx: &mut Tx, id: InboxId, now: Timestamp, remark: Option<&str>) -> Result<()> {
    sqlx::query("UPDATE inbox SET done = $2, attempts = attempts + 1, error = $3 WHERE id = $1")
        .bind(id.0)
        .bind(now.0)
        .bind(remark)
        .execute(tx.db())
        .await?;
    Ok(())
}

/// To be read again at `due`.
pub async fn postpone(tx: &mut Tx, id: InboxId, due: Timestamp, why: &str) -> Result<()> {
    sqlx::query("UPDATE inbox SET due = $2, attempts = attempts + 1, error = $3 WHERE id = $1")
        .bind(id.0)
        .bind(due.0)
        .bind(why)
        .execute(tx.db())
        .await?;
    Ok(())
}

/// Given up on, and kept for a person.
pub async fn bury(tx: &mut Tx, id: InboxId, now: Timestamp, why: &str) -> Result<()> {
    sqlx::query("UPDATE inbox SET dead = $2, attempts = attempts + 1, error = $3 WHERE id = $1")
        .bind(id.0)
        .bind(now.0)
        .bind(why)
        .execute(tx.db())
        .await?;
    Ok(())
}

/// Cuts what was done before `before` down to its key: a customer's text stands in `messages` alone.
pub async fn cut(tx: &mut Tx, before: Timestamp) -> Result<()> {
    let empty: &[u8] = &[];
    sqlx::query("UPDATE inbox SET raw = $2 WHERE done < $1 AND raw <> $2")
        .bind(before.0)
        .bind(empty)
        .execute(tx.db())
        .await?;
    Ok(())
}

/// How many webhooks wait, and how many were given up on.
pub async fn counts(tx: &mut Tx) -> Result<(i64, i64)> {
    let row = sqlx::query(
        "SELECT (SELECT COUNT(*) FROM inbox WHERE done IS NULL AND dead IS NULL) AS waiting, \
         (SELECT COUNT(*) FROM inbox WHERE dead IS NOT NULL) AS dead",
    )
    .fetch_one(tx.db())
    .await?;
    Ok((row.int("waiting")?, row.int("dead")?))
}
