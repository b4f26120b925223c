//! The treasurer: asks what credit is left, shows it, and warns before it runs out.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::domain::effect::Notice;
use crate::domain::webhook::Price;
use crate::flows::Flows;
use crate::health::Balance;
use crate::ports::Account;
use crate::store::Result;
use crate::wording::operator;

/// How often it asks. One small request, so that a warning comes in time.
const EVERY: Duration = Duration::from_secs(5 * 60);

/// The key of its trouble in [`crate::health::Health`].
const TROUBLE: &str = "balance";

#[derive(Clone)]
pub struct Treasurer {
    flows: Flows,
    account: Arc<dyn Account>,
    /// Below this it warns; `None`: never.
    warn_below: Option<Price>,
}

impl Treasurer {
    #[must_use]
    pub fn new(flows: Flows, account: Arc<dyn Account>, warn_below: Option<Price>) -> Self {
        metrics::describe_gauge!(
            "threadline_vonage_balance",
            "The credit that is left at Vonage, in its currency (euros)"
        );
        Self { flows, account, warn_below }
    }

    /// Works until the shutdown.
    pub async fn run(self, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            // Whether texts can be sent is the courier's to find out.
            self.ask().await;
            tokio::select! {
                () = self.flows.clock.sleep_until(self.flows.clock.now().plus(EVERY)) => {}
                () = shutdown.cancelled() => {}
            }
        }
    }

    /// Asks once, and shows what is left; `None` where Vonage does not say.
    pub(super) async fn ask(&self) -> Option<Price> {
        match self.account.balance().await {
            Ok(left) => {
                self.take_down(left).await;
                Some(left)
            }
            Err(error) => {
                tracing::warn!(%error, "the balance is not known");
                None
            }
        }
    }

    async fn take_down(&self, left: Price) {
        let health = &self.flows.health;
        health.set_balance(Balance { left, asked: self.flows.clock.now() });
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        metrics::gauge!("threadline_vonage_balance").set(left.micros as f64 / 1e6);
        if self.warn_below.is_none_or(|level| left.micros >= level.micros) {
            health.mended(TROUBLE);
            return;
        }
        let before = health.trouble_of(TROUBLE).is_some();
        health.trouble(TROUBLE, &operator::low_balance(left));
        if !before && let Err(error) = self.tell(left).await {
            // It is still in /readyz, and told again once it was above and falls below.
            tracing::error!(%error, "the operator could not be told that the credit runs out");
        }
    }

    async fn tell(&self, left: Price) -> Result<()> {
        let mut tx = self.flows.store.begin().await?;
        self.flows.tell_operator(&mut tx, Notice::LowBalance { micros: left.micros }).await?;
        tx.commit().await?;
        self.flows.wake.couriers();
        Ok(())
    }
}
