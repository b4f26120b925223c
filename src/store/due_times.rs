//! Due times and leases after the clock was set back: none may lie further ahead than it was meant to.

use std::time::Duration;

use super::inbox::LONGEST_WAIT;
use super::{Result, Tx};
use crate::domain::retry::Schedule;
use crate::domain::time::Timestamp;

/// On PostgreSQL, somebody may write while it is brought back, and by a clock that is as much later.
const MEANWHILE: Duration = Duration::from_secs(1);

/// After so many attempts, the pauses of [`Schedule::Slow`] grow no more.
const LAST: i64 = 6;

/// The clock was set back by `by`, and it is `now` since: what lay ahead, and what had just come, comes as much sooner. That is
/// what the clock cannot have written since: a moment that came (when something was created or begun) and lies ahead, and what
/// follows from it; and a due time further ahead than anything waits. A due time nearer than that stays, whoever wrote it:
/// nothing waits longer for it than it may wait anyway. A lease that was written since stays in any case, for whoever holds it is
/// at work.
pub async fn bring_back(tx: &mut Tx, by: Duration, now: Timestamp) -> Result<()> {
    let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
    let now = now.plus(MEANWHILE);
    for sql in [
        "UPDATE inbox SET received = received - $2 \
         WHERE done IS NULL AND dead IS NULL AND waits_for IS NULL AND received > $1",
        "UPDATE long_texts SET began = began - $2 WHERE began > $1 AND message IS NULL",
        // What was not tried is due by when it was created, and an attempt's lease lasts by when it began.
        "UPDATE outbox SET created = CASE WHEN created > $1 THEN created - $2 ELSE created END, \
             due = CASE WHEN created > $1 AND attempts = 0 THEN due - $2 ELSE due END, \
             send_by = CASE WHEN created > $1 THEN send_by - $2 ELSE send_by END, \
             turn = CASE WHEN turn > $1 THEN turn - $2 ELSE turn END, \
             first_begun = CASE WHEN first_begun > $1 THEN first_begun - $2 ELSE first_begun END, \
             lease = CASE WHEN begun > $1 THEN lease - $2 ELSE lease END, \
             begun = CASE WHEN begun > $1 THEN begun - $2 ELSE begun END \
         WHERE done IS NULL AND dead IS NULL AND (created > $1 OR turn > $1 OR first_begun > $1 OR begun > $1)",
    ] {
        sqlx::query(sql).bind(now.0).bind(by).execute(tx.db()).await?;
    }
    sqlx::query(
        "UPDATE inbox SET due = due - $2 WHERE done IS NULL AND dead IS NULL AND waits_for IS NULL AND due > $1",
    )
    .bind(now.plus(LONGEST_WAIT).0)
    .bind(by)
    .execute(tx.db())
    .await?;
    for attempts in 1..=LAST {
        sqlx::query(
            "UPDATE outbox SET due = due - $2 WHERE done IS NULL AND dead IS NULL AND begun IS NULL AND due > $1 \
             AND (attempts = $3 OR (attempts > $3 AND $3 = $4))",
        )
        .bind(now.plus(Schedule::Slow.pause(attempts)).0)
        .bind(by)
        .bind(attempts)
        .bind(LAST)
        .execute(tx.db())
        .await?;
    }
    Ok(())
}

/// The same where it is not known by how much, as at a start. What was received or enqueued ahead of now is taken for that of
/// now, and waits as long as it was meant to; what was tried already waits no longer than its schedule can be.
pub async fn doubt(tx: &mut Tx, now: Timestamp) -> Result<()> {
    let furthest = now.plus(Schedule::Slow.longest());
    sqlx::query("UPDATE long_texts SET began = $1 WHERE began > $1 AND message IS NULL")
        .bind(now.0)
        .execute(tx.db())
        .await?;
    sqlx::query(
        "UPDATE inbox SET received = $1 WHERE done IS NULL AND dead IS NULL AND waits_for IS NULL AND received > $1",
    )
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_no_more_after_the_last() {
        assert!(Schedule::Slow.pause(LAST - 1) < Schedule::Slow.longest());
        assert_eq!(Schedule::Slow.pause(LAST), Schedule::Slow.longest());
    }
}
