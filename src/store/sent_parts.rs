//! What desks and agents sent: parts by the hour, counted as messages are written.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Column as _, Result, Tx};
use crate::domain::desk::DeskName;
use crate::domain::ids::UserId;
use crate::domain::limits::DAY;
use crate::domain::time::Timestamp;

/// Milliseconds.
const HOUR: i64 = 60 * 60 * 1000;

/// The agent under whom a desk's own counter stands.
const WHOLE_DESK: &str = "";

/// What a transaction adds to the counters. It is written last: on PostgreSQL whoever writes a counter holds up everybody
/// else at the desk until the commit.
#[derive(Clone, Debug, Default)]
pub(super) struct Added(BTreeMap<(String, String, i64), i64>);

/// Whose parts they are, and when they were sent or queued.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sender<'a> {
    pub(super) desk: &'a str,
    /// Who wrote it; `None` for what is sent automatically.
    pub(super) agent: Option<&'a str>,
    pub(super) at: Timestamp,
}

impl Added {
    /// Adds parts, or takes them back.
    pub(super) fn add(&mut self, sender: Sender<'_>, parts: i64) {
        for agent in [Some(WHOLE_DESK), sender.agent].into_iter().flatten() {
            let key = (sender.desk.to_owned(), agent.to_owned(), hour(sender.at));
            *self.0.entry(key).or_default() += parts;
        }
    }

    fn within(&self, desk: &str, agent: &str, hours: Range<i64>) -> i64 {
        self.0
            .iter()
            .filter(|((d, a, h), _)| d == desk && a == agent && hours.contains(h))
            .map(|(_, parts)| parts)
            .sum()
    }
}

/// Writes what was added, in an order that is everybody's.
pub(super) async fn write(tx: &mut Tx) -> Result<()> {
    for ((desk, agent, hour), parts) in std::mem::take(&mut tx.sent.0) {
        if parts == 0 {
            continue;
        }
        sqlx::query(
            "INSERT INTO sent_parts (desk, agent, hour, parts) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (desk, agent, hour) DO UPDATE SET parts = sent_parts.parts + excluded.parts",
        )
        .bind(desk)
        .bind(agent)
        .bind(hour)
        .bind(parts)
        .execute(tx.db())
        .await?;
    }
    Ok(())
}

/// How many parts left, or wait to, for a desk within a day after `since`, and how many of them were an agent's. Whole hours
/// are counted: of the one in which `since` lies, nothing. What lies ahead is of a clock that was set back.
pub async fn since(tx: &mut Tx, desk: &DeskName, agent: Option<UserId>, since: Timestamp) -> Result<(u32, u32)> {
    let (desk, agent) = (desk.0.as_str(), agent.map(|agent| agent.to_string()));
    let hours = hour(since) + 1..hour(since.plus(DAY)) + 1;
    let mut counted = [0; 2];
    for (counted, agent) in counted.iter_mut().zip([Some(WHOLE_DESK), agent.as_deref()]) {
        let Some(agent) = agent else { continue };
        let row = sqlx::query(
            "SELECT CAST(COALESCE(SUM(parts), 0) AS BIGINT) AS parts FROM sent_parts \
             WHERE desk = $1 AND agent = $2 AND hour >= $3 AND hour < $4",
        )
        .bind(desk)
        .bind(agent)
        .bind(hours.start)
        .bind(hours.end)
        .fetch_one(tx.db())
        .await?;
        *counted = row.int("parts")? + tx.sent.within(desk, agent, hours.clone());
    }
    let [by_desk, by_agent] = counted.map(|parts| u32::try_from(parts.max(0)).unwrap_or(u32::MAX));
    Ok((by_desk, by_agent))
}

/// Drops the counters of hours that were over before `before`.
pub async fn prune(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    let done = sqlx::query("DELETE FROM sent_parts WHERE hour < $1").bind(hour(before)).execute(tx.db()).await?;
    Ok(done.rows_affected())
}

const fn hour(at: Timestamp) -> i64 {
    at.0.div_euclid(HOUR)
}
