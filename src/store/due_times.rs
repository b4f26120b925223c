//! Due times and leases after the clock was set back: none may lie further ahead than it was meant to.

use std::time::Duration;

use super::{Result, Tx};
use crate::domain::retry::Schedule;
use crate::domain::time::Timestamp;

/// The clock was set back by `by`, and it is `now` since: what lay ahead, and what had just come, comes as much sooner.
pub async fn bring_back(tx: &mut Tx, by: Duration, now: Timestamp) -> Result<()> {
    let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
    for sql in [
        "UPDATE inbox SET due = due - $2 WHERE done IS NULL AND dead IS NULL AND waits_for IS NULL AND due > $1",
        "UPDATE long_texts SET began = began - $2 WHERE began > $1 AND message IS NULL",
        "UPDATE outbox SET created = CASE WHEN created > $1 THEN created - $2 ELSE created END, \
             due = CASE WHEN due > $1 THEN due - $2 ELSE due END, \
             turn = CASE WHEN turn > $1 THEN turn - $2 ELSE turn END, \
             send_by = CASE WHEN created > $1 THEN send_by - $2 ELSE send_by END, \
             first_begun = CASE WHEN first_begun > $1 THEN first_begun - $2 ELSE first_begun END, \
             lease = CASE WHEN lease > $1 THEN lease - $2 ELSE lease END \
         WHERE done IS NULL AND dead IS NULL AND (due > $1 OR created > $1 OR turn > $1 OR lease > $1 OR first_begun > $1)",
    ] {
        sqlx::query(sql).bind(now.0).bind(by).execute(tx.db()).await?;
    }
    Ok(())
}

/// The same where it is not known by how much, as at a start. What was enqueued ahead of now is taken for enqueued now, and
/// waits as long as it was meant to; what was tried already waits no longer than its schedule can be.
pub async fn doubt(tx: &mut Tx, now: Timestamp) -> Result<()> {
    let furthest = now.plus(Schedule::Slow.longest());
    sqlx::query("UPDATE long_texts SET began = $1 WHERE began > $1 AND message IS NULL")
        .bind(now.0)
        .execute(tx.db())
        .await?;
    sqlx::query(
        "UPDATE outbox SET created = $1, due = $1 + (due - created), send_by = $1 + (send_by - created), \
             turn = CASE WHEN turn > $1 THEN $1 ELSE turn END \
         WHERE done IS NULL AND dead IS NULL AND begun IS NULL AND attempts = 0 AND created > $1",
    )
    .bind(now.0)
    .execute(tx.db())
    .await?;
    sqlx::query(
        "UPDATE outbox SET due = $1, turn = CASE WHEN turn > $1 THEN $1 ELSE turn END \
         WHERE done IS NULL AND dead IS NULL AND begun IS NULL AND attempts > 0 AND due > $2",
    )
    .bind(now.0)
    .bind(furthest.0)
    .execute(tx.db())
    .await?;
    Ok(())
}
