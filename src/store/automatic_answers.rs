//! How many automatic answers a desk gave lately, in counters of five minutes each.

use std::time::Duration;

use super::{Column as _, Result, Tx};
use crate::domain::desk::DeskName;
use crate::domain::time::Timestamp;

/// What one counter counts.
const EACH: Duration = Duration::from_secs(5 * 60);

/// How many answers a desk gave within `window` before `now`; of a counter that began before it, all.
pub async fn within(tx: &mut Tx, desk: &DeskName, window: Duration, now: Timestamp) -> Result<u32> {
    let row = sqlx::query(
        "SELECT CAST(COALESCE(SUM(answers), 0) AS BIGINT) AS answers FROM automatic_answers \
         WHERE desk = $1 AND since > $2 AND since <= $3",
    )
    .bind(desk.0.as_str())
    .bind(now.minus(window + EACH).0)
    .bind(now.0)
    .fetch_one(tx.db())
    .await?;
    Ok(u32::try_from(row.int("answers")?).unwrap_or(u32::MAX))
}

/// Counts one answer, and forgets the counters of a desk that are older than `window`.
pub async fn count(tx: &mut Tx, desk: &DeskName, window: Duration, now: Timestamp) -> Result<()> {
    sqlx::query("DELETE FROM automatic_answers WHERE desk = $1 AND since <= $2")
        .bind(desk.0.as_str())
        .bind(now.minus(window + EACH).0)
        .execute(tx.db())
        .await?;
    let each = i64::try_from(EACH.as_millis()).unwrap_or(i64::MAX);
    sqlx::query(
        "INSERT INTO automatic_answers (desk, since, answers) VALUES ($1, $2, 1) \
         ON CONFLICT (desk, since) DO UPDATE SET answers = automatic_answers.answers + 1",
    )
    .bind(desk.0.as_str())
    .bind(now.0 - now.0.rem_euclid(each))
    .execute(tx.db())
    .await?;
    Ok(())
}
