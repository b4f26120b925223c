//! Whether the account's sending is paused, as it was told last.

use super::{Column as _, Result, StoreError, Tx};
use crate::domain::pause::Pause;
use crate::domain::time::Timestamp;

/// Why nothing leaves, and since when; `None` while SMS leave.
pub async fn get(tx: &mut Tx) -> Result<Option<(Pause, Timestamp)>> {
    let row = sqlx::query("SELECT since, why FROM sending_pause WHERE only_one = 1").fetch_optional(tx.db()).await?;
    let Some(row) = row else { return Ok(None) };
    let why = serde_json::from_str(&row.text("why")?).map_err(|_| StoreError::Corrupt("sending_pause.why"))?;
    Ok(Some((why, row.time("since")?)))
}

/// Nothing leaves.
pub async fn begin(tx: &mut Tx, why: Pause, since: Timestamp) -> Result<()> {
    let why = serde_json::to_string(&why).map_err(|_| StoreError::Corrupt("sending_pause.why"))?;
    sqlx::query(
        "INSERT INTO sending_pause (only_one, since, why) VALUES (1, $1, $2) \
         ON CONFLICT (only_one) DO UPDATE SET since = excluded.since, why = excluded.why",
    )
    .bind(since.0)
    .bind(why)
    .execute(tx.db())
    .await?;
    Ok(())
}

/// SMS leave again.
pub async fn end(tx: &mut Tx) -> Result<()> {
    sqlx::query("DELETE FROM sending_pause WHERE only_one = 1").execute(tx.db()).await?;
    Ok(())
}
