//! Tells the operator and the agents of a pause of the account's sending, and of its end: in order, and however long the
//! database is away.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::domain::pause::News;
use crate::flows::Flows;
use crate::store::StoreError;

use super::POLL;

pub struct PauseTeller {
    flows: Flows,
    queue: mpsc::UnboundedReceiver<News>,
}

impl PauseTeller {
    pub(super) const fn new(flows: Flows, queue: mpsc::UnboundedReceiver<News>) -> Self {
        Self { flows, queue }
    }

    /// Works until the courier has ended. What cannot be told by then is found out anew by the next process.
    pub async fn run(mut self, shutdown: CancellationToken) {
        while let Some(news) = self.queue.recv().await {
            while let Err(error) = self.flows.tell_of_account(news).await {
                tracing::error!(%error, "a pause of sending, or its end, could not be told to all");
                if matches!(error, StoreError::Corrupt(_)) {
                    // It would be so again.
                    break;
                }
                tokio::select! {
                    () = self.flows.clock.sleep_until(self.flows.clock.now().plus(POLL)) => {}
                    () = shutdown.cancelled() => return,
                }
            }
        }
    }
}
