//! The janitor: takes up what was left lying, forgets what must be forgotten, counts what waits.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::domain::long_text::TOGETHER_FOR;
use crate::flows::Flows;
use crate::store::{self, Result, StoreError};
use crate::telemetry;

/// How long the database may take to say that it is still ours.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);
/// Its round.
const EVERY: Duration = Duration::from_secs(15);
/// An interaction's token is good for 15 minutes at Discord.
const TOKENS_FOR: Duration = Duration::from_secs(15 * 60);
/// A question that nobody answered for an hour is over.
const DRAFTS_FOR: Duration = Duration::from_secs(60 * 60);
/// What is done stays visible to the operator for a week.
const DONE_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

pub struct Janitor {
    flows: Flows,
}

impl Janitor {
    #[must_use]
    pub fn new(flows: Flows) -> Self {
        metrics::describe_gauge!("threadline_outbox_waiting", "Effects that are neither done nor given up on");
        metrics::describe_gauge!("threadline_outbox_dead", "Effects that were given up on");
        metrics::describe_gauge!("threadline_inbox_waiting", "Webhooks whose flow has not run");
        metrics::describe_gauge!("threadline_inbox_oldest_seconds", "How long ago the oldest of them came");
        metrics::describe_gauge!("threadline_inbox_of_no_desk", "Texts that wait until a desk has their number");
        metrics::describe_gauge!("threadline_inbox_dead", "Webhooks that were given up on");
        Self { flows }
    }

    /// Works until the shutdown. Ends with an error if another process has taken the database.
    pub async fn run(self, shutdown: CancellationToken) -> Result<()> {
        while !shutdown.is_cancelled() {
            match self.round().await {
                Ok(()) => {}
                Err(StoreError::NotAlone) => return Err(StoreError::NotAlone),
                Err(error) => tracing::error!(%error, "the janitor's round failed; the next will do it"),
            }
            tokio::select! {
                () = self.flows.clock.sleep_until(self.flows.clock.now().plus(EVERY)) => {}
                () = shutdown.cancelled() => {}
            }
        }
        Ok(())
    }

    async fn round(&self) -> Result<()> {
        // A connection that died without a word would hold the round for many minutes.
        match tokio::time::timeout(ANSWERS_WITHIN, self.flows.store.still_alone()).await {
            Ok(alone) => alone?,
            Err(_) => tracing::error!("the database does not answer"),
        }
        let now = self.flows.clock.now();
        let found = self.flows.recover(Some(now)).await?;
        if found > 0 {
            tracing::warn!(found, "effects had outlived their lease");
        }
        let too_late = self.flows.end_too_late().await?;
        if too_late > 0 {
            tracing::warn!(too_late, "SMS could not leave in time");
        }
        let mut tx = self.flows.store.begin().await?;
        store::interactions::forget_old_tokens(&mut tx, now.minus(TOKENS_FOR)).await?;
        store::interactions::drop_old_drafts(&mut tx, now.minus(DRAFTS_FOR)).await?;
        store::interactions::forget_old(&mut tx, now.minus(DONE_FOR)).await?;
        store::inbox::cut(&mut tx, now.minus(DONE_FOR)).await?;
        store::long_texts::forget(&mut tx, now.minus(TOGETHER_FOR)).await?;
        store::outbox::prune(&mut tx, now.minus(DONE_FOR)).await?;
        telemetry::metrics().run_upkeep();
        let (outbox, dead_outbox) = store::outbox::counts(&mut tx).await?;
        let (inbox, dead_inbox) = store::inbox::counts(&mut tx).await?;
        let backlog = store::inbox::backlog(&mut tx).await?;
        tx.commit().await?;
        for (gauge, count) in [
            ("threadline_outbox_waiting", outbox),
            ("threadline_outbox_dead", dead_outbox),
            ("threadline_inbox_waiting", inbox),
            ("threadline_inbox_dead", dead_inbox),
            ("threadline_inbox_of_no_desk", backlog.of_no_desk),
        ] {
            #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
            metrics::gauge!(gauge).set(count as f64);
        }
        let oldest = backlog.oldest.map_or(0.0, |oldest| now.since(oldest).as_secs_f64());
        metrics::gauge!("threadline_inbox_oldest_seconds").set(oldest);
        Ok(())
    }
}
