//! The intake: webhooks onto the disk, many to a commit, before anybody is told that we have them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::flows::Wake;
use crate::health::Health;
use crate::ports::Clock;
use crate::store::inbox::{Kept, NewWebhook};
use crate::store::{Store, StoreError};

/// Takes webhooks; clones feed one writer.
#[derive(Clone)]
pub struct Intake {
    queue: mpsc::Sender<Waiting>,
    health: Arc<Health>,
}

/// The one task that stores what the intake takes.
pub struct Writer {
    queue: mpsc::Receiver<Waiting>,
    store: Store,
    clock: Arc<dyn Clock>,
    health: Arc<Health>,
    wake: Arc<Wake>,
}

/// Why a webhook was not stored, as far as we know: it may come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotKept {
    #[error("too many webhooks wait to be stored")]
    Full,
    #[error("storing it took too long")]
    Late,
    #[error("the database did not take it")]
    Refused,
    #[error("Threadline is ending")]
    Ending,
}

/// How many webhooks may wait for the writer. At 64 KiB each they fit into 64 MiB.
const QUEUE: usize = 1024;

/// How many share a commit. PostgreSQL takes 65535 values in a statement, SQLite 32766; a webhook needs three.
const BATCH: usize = 256;

/// How long a webhook may wait before its sender is told to come again.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a failure counts when nothing new is heard. A balancer that heeds /readyz would otherwise keep away the
/// very webhook that shows that it is over.
const FAILURE_COUNTS: Duration = Duration::from_secs(30);

impl Intake {
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>, health: Arc<Health>, wake: Arc<Wake>) -> (Self, Writer) {
        metrics::describe_counter!("threadline_intake_webhooks_total", "Webhooks let in, by what became of them");
        metrics::describe_counter!("threadline_intake_commits_total", "Commits that stored webhooks");
        let (sender, queue) = mpsc::channel(QUEUE);
        (Self { queue: sender, health: health.clone() }, Writer { queue, store, clock, health, wake })
    }

    /// Returns once the webhook is committed, be it new or seen before.
    ///
    /// # Errors
    /// Where it is not known to be on disk. Its sender must be told to send it again.
    pub async fn keep(&self, webhook: NewWebhook) -> Result<Kept, NotKept> {
        let source = webhook.source;
        let result = self.queued(webhook).await;
        if let Err(why @ (NotKept::Full | NotKept::Late)) = result {
            self.health.set_intake_failing(true);
            tracing::warn!(source, "a webhook could not be stored, and has to come again: {why}");
        }
        let outcome = match result {
            Ok(Kept::New) => "new",
            Ok(Kept::SeenBefore) => "seen_before",
            Err(_) => "not_stored",
        };
        metrics::counter!("threadline_intake_webhooks_total", "source" => source, "outcome" => outcome).increment(1);
        result
    }

    async fn queued(&self, webhook: NewWebhook) -> Result<Kept, NotKept> {
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(Waiting { webhook, answer }).map_err(|error| match error {
            TrySendError::Full(_) => NotKept::Full,
            TrySendError::Closed(_) => NotKept::Ending,
        })?;
        match timeout(PATIENCE, answered).await {
            Ok(answer) => answer.unwrap_or(Err(NotKept::Ending)),
            Err(_) => Err(NotKept::Late),
        }
    }
}

impl Writer {
    /// Stores webhooks until it is asked to end; then takes no more, and stores what waits.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                () = shutdown.cancelled(), if !self.queue.is_closed() => self.queue.close(),
                taken = timeout(FAILURE_COUNTS, self.queue.recv_many(&mut batch, BATCH)) => match taken {
                    Ok(0) => return,
                    Ok(_) => self.keep(std::mem::take(&mut batch)).await,
                    Err(_) => self.health.set_intake_failing(false),
                },
            }
        }
    }

    /// One commit for all; if it fails, one for each, so that no webhook sinks its neighbours.
    async fn keep(&self, batch: Vec<Waiting>) {
        let (webhooks, answers): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|waiting| (waiting.webhook, waiting.answer)).unzip();
        match self.commit(&webhooks).await {
            Ok(kept) => {
                self.health.set_intake_failing(false);
                answers.into_iter().zip(kept).for_each(|(answer, kept)| reply(answer, Ok(kept)));
            }
            Err(error) => {
                tracing::warn!(%error, webhooks = webhooks.len(), "a batch of webhooks failed, and is stored one by one");
                self.keep_singly(&webhooks, answers).await;
            }
        }
    }

    async fn keep_singly(&self, webhooks: &[NewWebhook], answers: Vec<Answer>) {
        let mut failing = false;
        for (webhook, answer) in webhooks.iter().zip(answers) {
            // Whoever has stopped waiting was told to send it again, and others wait behind it.
            if answer.is_closed() {
                continue;
            }
            let result = self.commit(std::slice::from_ref(webhook)).await;
            failing |= result.is_err();
            self.health.set_intake_failing(failing);
            if let Err(error) = &result {
                tracing::error!(source = webhook.source, %error, "a webhook could not be stored, and has to come again");
            }
            let kept = result.ok().and_then(|kept| kept.first().copied());
            reply(answer, kept.ok_or(NotKept::Refused));
        }
    }

    async fn commit(&self, webhooks: &[NewWebhook]) -> Result<Vec<Kept>, StoreError> {
        let kept = self.store.keep_webhooks(webhooks, self.clock.now()).await?;
        metrics::counter!("threadline_intake_commits_total").increment(1);
        if kept.contains(&Kept::New) {
            self.wake.inbox.notify_one();
        }
        Ok(kept)
    }
}

type Answer = oneshot::Sender<Result<Kept, NotKept>>;

struct Waiting {
    webhook: NewWebhook,
    answer: Answer,
}

/// Whoever has stopped waiting needs no answer: the webhook comes again, and is then seen before.
fn reply(answer: Answer, result: Result<Kept, NotKept>) {
    let _ = answer.send(result);
}

#[cfg(test)]
mod tests;
