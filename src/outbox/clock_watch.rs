//! Watches the machine's clock: that it is not set back, and that it agrees with those of Vonage and Discord.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::domain::clock_difference::{ENOUGH, LEAP, is_wrong};
use crate::domain::effect::Notice;
use crate::domain::time::Timestamp;
use crate::flows::Flows;
use crate::store::Result;
use crate::wording::operator;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(1);

/// A clock that is kept right is never set back so far at once.
const SET_BACK: Duration = Duration::from_secs(2);

/// The key of its trouble in [`crate::health::Health`].
const TROUBLE: &str = "clock";

pub struct ClockWatch {
    flows: Flows,
}

impl ClockWatch {
    #[must_use]
    pub fn new(flows: Flows) -> Self {
        metrics::describe_gauge!(
            "threadline_clock_difference_seconds",
            "How far this machine's clock is ahead of those of Vonage and Discord; less than 0: behind"
        );
        Self { flows }
    }

    /// Works until the shutdown.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut last = self.flows.clock.now();
        while !shutdown.is_cancelled() {
            tokio::select! {
                () = self.flows.clock.sleep_until(self.flows.clock.now().plus(EVERY)) => {}
                () = shutdown.cancelled() => return,
            }
            last = self.look(last).await;
            self.compare().await;
        }
    }

    /// Returns with which time the next look is to be compared.
    async fn look(&self, last: Timestamp) -> Timestamp {
        let now = self.flows.clock.now();
        if now.since(last) > LEAP {
            tracing::warn!(seconds = now.since(last).as_secs(), "this machine's clock went ahead at once");
            self.flows.health.forget_dates();
        }
        let by = last.since(now);
        if by < SET_BACK {
            return now;
        }
        tracing::warn!(seconds = by.as_secs(), "this machine's clock was set back; what waits is due so much sooner");
        self.flows.health.forget_dates();
        match self.flows.clock_was_set_back(by + EVERY).await {
            Ok(()) => now,
            Err(error) => {
                tracing::error!(%error, "what waits could not be made due sooner; it is tried again");
                last
            }
        }
    }

    async fn compare(&self) {
        let health = &self.flows.health;
        let Some(difference) = health.clock_difference(ENOUGH) else { return };
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        metrics::gauge!("threadline_clock_difference_seconds").set(difference as f64 / 1000.0);
        if !is_wrong(difference) {
            if health.trouble_of(TROUBLE).is_some() {
                tracing::info!("this machine's clock agrees with others again");
                health.mended(TROUBLE);
            }
            return;
        }
        let before = health.trouble_of(TROUBLE).is_some();
        let sentence = operator::wrong_clock(difference);
        health.trouble(TROUBLE, &sentence);
        if before {
            return;
        }
        tracing::error!(seconds = difference / 1000, "this machine's clock is wrong");
        if let Err(error) = self.tell(difference).await {
            // It is in /readyz, and told the next time that it goes wrong.
            tracing::error!(%error, "the operator could not be told that the clock is wrong");
        }
    }

    async fn tell(&self, difference: i64) -> Result<()> {
        let mut tx = self.flows.store.begin().await?;
        self.flows.tell_operator(&mut tx, Notice::WrongClock { ahead_ms: difference }).await?;
        tx.commit().await?;
        self.flows.wake.couriers();
        Ok(())
    }
}
