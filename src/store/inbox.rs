//! Vonage's webhooks, stored before they are answered.

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use sqlx::{AssertSqlSafe, Row as _};

use super::{Column as _, Result, Store, Tx};
use crate::domain::ids::InboxId;
use crate::domain::long_text::SHOWN_AFTER;
use crate::domain::phone::PhoneNumber;
use crate::domain::retry::Schedule;
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
    /// How often its flow failed.
    pub attempts: i64,
}

/// What has not been worked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// Webhooks whose flow has not run, or runs again.
    pub waiting: i64,
    /// When the oldest of them came.
    pub oldest: Option<Timestamp>,
    /// Texts that wait until a desk has their number.
    pub of_no_desk: i64,
}

/// No webhook waits longer for its next try. A due time further ahead was written before the clock was set back.
pub(super) const LONGEST_WAIT: Duration =
    if SHOWN_AFTER.as_secs() > Schedule::Soon.longest().as_secs() { SHOWN_AFTER } else { Schedule::Soon.longest() };

impl Store {
    /// Stores webhooks in one commit; the answers stand in their order. Of two with one key the first is new. One that was
    /// given up on is taken up again when it comes again: what was in its way may be gone.
    pub async fn keep_webhooks(&self, webhooks: &[NewWebhook], now: Timestamp) -> Result<Vec<Kept>> {
        let mut tx = self.begin_first().await?;
        let mut new: HashSet<String> = HashSet::with_capacity(webhooks.len());
        let mut keys = HashSet::with_capacity(webhooks.len());
        // PostgreSQL takes up no row twice in one statement.
        let once: Vec<_> = webhooks.iter().filter(|webhook| keys.insert(webhook.key.as_str())).collect();
        let mut rest = once.as_slice();
        while !rest.is_empty() {
            let (some, others) = rest.split_at(statement_rows(rest.len()));
            insert(&mut tx, some, now, &mut new).await?;
            rest = others;
        }
        tx.commit().await?;
        Ok(webhooks.iter().map(|webhook| if new.remove(&webhook.key) { Kept::New } else { Kept::SeenBefore }).collect())
    }
}

impl Store {
    /// What has not been worked through.
    pub async fn inbox_backlog(&self) -> Result<Backlog> {
        backlog(&mut self.read().await?).await
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
async fn insert(tx: &mut Tx, webhooks: &[&NewWebhook], now: Timestamp, new: &mut HashSet<String>) -> Result<()> {
    let rows: Vec<String> = (0..webhooks.len())
        .map(|row| {
            let first = row * 3 + 2;
            format!("(${first}, ${}, ${}, $1, 0, 0)", first + 1, first + 2)
        })
        .collect();
    let sql = format!(
        "INSERT INTO inbox (source, dedupe, raw, received, due, attempts) VALUES {} \
         ON CONFLICT (dedupe) DO UPDATE SET source = excluded.source, raw = excluded.raw, due = 0, attempts = 0, \
             dead = NULL, error = NULL WHERE inbox.dead IS NOT NULL RETURNING dedupe",
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

/// How many webhooks of each sort are put into the order in which they came, at least.
const LOOKED_AT: i64 = 64;

/// The oldest of the webhooks that are due, by their ids: a clock may be set back, an id is not. Due are those whose flow has
/// not run, those whose next try has come, and those whose due time cannot be: the clock was set back since. However many
/// wait, few are looked at: they are found in the order of the index.
pub async fn due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Waiting>> {
    let rows = sqlx::query(
        "SELECT id, source, raw, received, attempts FROM inbox WHERE id IN ( \
             SELECT id FROM (SELECT id FROM inbox WHERE done IS NULL AND dead IS NULL AND waits_for IS NULL \
                 AND due = 0 ORDER BY due, id LIMIT $3) AS fresh \
             UNION ALL SELECT id FROM (SELECT id FROM inbox WHERE done IS NULL AND dead IS NULL AND waits_for IS NULL \
                 AND due > 0 AND due <= $1 ORDER BY due, id LIMIT $3) AS again \
             UNION ALL SELECT id FROM (SELECT id FROM inbox WHERE done IS NULL AND dead IS NULL AND waits_for IS NULL \
                 AND due > $4 ORDER BY due, id LIMIT $3) AS unbelievable) \
         ORDER BY id LIMIT $2",
    )
    .bind(now.0)
    .bind(limit)
    .bind(limit.max(LOOKED_AT))
    .bind(now.plus(LONGEST_WAIT).0)
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

/// Its flow failed: to be read again at `due`.
pub async fn postpone(tx: &mut Tx, id: InboxId, due: Timestamp, why: &str) -> Result<()> {
    sqlx::query("UPDATE inbox SET due = $2, attempts = attempts + 1, error = $3 WHERE id = $1")
        .bind(id.0)
        .bind(due.0)
        .bind(why)
        .execute(tx.db())
        .await?;
    Ok(())
}

/// Waits for something else, and is read again at `due`. That uses up none of its tries.
pub async fn wait_until(tx: &mut Tx, id: InboxId, due: Timestamp, why: &str) -> Result<()> {
    sqlx::query("UPDATE inbox SET due = $2, error = $3 WHERE id = $1")
        .bind(id.0)
        .bind(due.0)
        .bind(why)
        .execute(tx.db())
        .await?;
    Ok(())
}

/// Waits until a desk has `number`; until then it is not due.
pub async fn wait_for_desk(tx: &mut Tx, id: InboxId, number: &PhoneNumber) -> Result<()> {
    sqlx::query("UPDATE inbox SET waits_for = $2, due = 0, attempts = 0, error = NULL WHERE id = $1")
        .bind(id.0)
        .bind(number.canonical().e164())
        .execute(tx.db())
        .await?;
    Ok(())
}

/// Whether anything waits for a desk with this number.
pub async fn waits_for_desk(tx: &mut Tx, number: &PhoneNumber) -> Result<bool> {
    let row = sqlx::query(
        "SELECT id FROM inbox WHERE done IS NULL AND dead IS NULL AND waits_for IS NOT NULL AND waits_for = $1 LIMIT 1",
    )
    .bind(number.canonical().e164())
    .fetch_optional(tx.db())
    .await?;
    Ok(row.is_some())
}

/// A desk has this number: what waited for it is due, and keeps its place. Returns how much that is.
pub async fn desk_is_there(tx: &mut Tx, number: &PhoneNumber) -> Result<u64> {
    let found = sqlx::query(
        "UPDATE inbox SET waits_for = NULL, due = 0 \
         WHERE done IS NULL AND dead IS NULL AND waits_for IS NOT NULL AND waits_for = $1",
    )
    .bind(number.canonical().e164())
    .execute(tx.db())
    .await?;
    Ok(found.rows_affected())
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

/// Drops webhooks that were done before `before`, [`BATCH`] at most, the oldest first; but not one that a long text began, of
/// which something is still to be forgotten. Returns how many there were.
///
/// [`BATCH`]: super::BATCH
pub async fn drop_done(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    let dropped = sqlx::query(
        "DELETE FROM inbox WHERE id IN ( \
             SELECT i.id FROM inbox i WHERE i.done < $1 AND NOT EXISTS (SELECT 1 FROM long_texts l WHERE l.id = i.id) \
             ORDER BY i.done LIMIT 200)",
    )
    .bind(before.0)
    .execute(tx.db())
    .await?;
    Ok(dropped.rows_affected())
}

/// Cuts webhooks that were given up on before `before` down to their key and the reason, [`BATCH`] at most: the customer's
/// text is not kept. Returns how many there were.
///
/// [`BATCH`]: super::BATCH
pub async fn cut_dead(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    let empty: &[u8] = &[];
    let cut = sqlx::query(
        "UPDATE inbox SET raw = $2 WHERE id IN ( \
             SELECT id FROM inbox WHERE dead < $1 AND dead IS NOT NULL AND length(raw) > 0 ORDER BY dead LIMIT 200)",
    )
    .bind(before.0)
    .bind(empty)
    .execute(tx.db())
    .await?;
    Ok(cut.rows_affected())
}

/// Drops webhooks that were given up on before `before`, [`BATCH`] at most. Returns how many there were.
///
/// [`BATCH`]: super::BATCH
pub async fn drop_dead(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    let dropped = sqlx::query(
        "DELETE FROM inbox WHERE id IN ( \
             SELECT i.id FROM inbox i WHERE i.dead < $1 AND NOT EXISTS (SELECT 1 FROM long_texts l WHERE l.id = i.id) \
             ORDER BY i.dead LIMIT 200)",
    )
    .bind(before.0)
    .execute(tx.db())
    .await?;
    Ok(dropped.rows_affected())
}

/// What has not been worked through.
pub async fn backlog(tx: &mut Tx) -> Result<Backlog> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS waiting, MIN(received) AS oldest, \
             (SELECT COUNT(*) FROM inbox WHERE done IS NULL AND dead IS NULL AND waits_for IS NOT NULL) AS of_no_desk \
         FROM inbox WHERE done IS NULL AND dead IS NULL AND waits_for IS NULL",
    )
    .fetch_one(tx.db())
    .await?;
    Ok(Backlog { waiting: row.int("waiting")?, oldest: row.maybe_time("oldest")?, of_no_desk: row.int("of_no_desk")? })
}

/// How many webhooks wait for their flow, and how many were given up on.
pub async fn counts(tx: &mut Tx) -> Result<(i64, i64)> {
    let row = sqlx::query(
        "SELECT (SELECT COUNT(*) FROM inbox WHERE done IS NULL AND dead IS NULL AND waits_for IS NULL) AS waiting, \
         (SELECT COUNT(*) FROM inbox WHERE dead IS NOT NULL) AS dead",
    )
    .fetch_one(tx.db())
    .await?;
    Ok((row.int("waiting")?, row.int("dead")?))
}
