//! From the inbox to the flows: every stored webhook is read, has its effect once, and is marked in the same commit.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::domain::effect::Notice;
use crate::domain::retry::Schedule;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Webhook;
use crate::flows::Flows;
use crate::flows::inbound_sms::Outcome;
use crate::ports::WebhookReader;
use crate::store::inbox::{self, Waiting};
use crate::store::{Result, StoreError, Tx};

/// How long a receipt waits for a message that is not known (yet): the account's other systems get receipts too.
const RECEIPT_WAITS: Duration = Duration::from_secs(10 * 60);

/// How often a flow may fail before its webhook becomes a dead letter.
const ATTEMPTS: i64 = 10;

/// How often a flow is run at once that met another one.
const RACES: u32 = 3;

/// Runs the flows of stored webhooks, oldest first.
pub struct Dispatch {
    flows: Flows,
    reader: Arc<dyn WebhookReader>,
}

impl Dispatch {
    #[must_use]
    pub fn new(flows: Flows, reader: Arc<dyn WebhookReader>) -> Self {
        metrics::describe_counter!("threadline_inbox_total", "Webhooks taken from the inbox, by what became of them");
        Self { flows, reader }
    }

    /// Works until the shutdown. `caught_up` is cancelled once nothing waits that came before the start.
    pub async fn run(self, caught_up: CancellationToken, shutdown: CancellationToken) {
        let poll = Duration::from_secs(1);
        while !shutdown.is_cancelled() {
            match self.batch().await {
                Ok(0) => {
                    caught_up.cancel();
                    let next = self.flows.clock.now().plus(poll);
                    tokio::select! {
                        () = self.flows.wake.inbox.notified() => {}
                        () = self.flows.clock.sleep_until(next) => {}
                        () = shutdown.cancelled() => {}
                    }
                }
                Ok(_) => self.flows.wake.couriers(),
                Err(error) => {
                    tracing::error!(%error, "the inbox cannot be read; it is tried again");
                    self.flows.clock.sleep_until(self.flows.clock.now().plus(poll)).await;
                }
            }
        }
    }

    /// Runs the flows of some webhooks in one commit; a failing one is undone alone. Returns how many there were.
    async fn batch(&self) -> Result<usize> {
        let now = self.flows.clock.now();
        let mut tx = self.flows.store.begin().await?;
        let waiting = inbox::due(&mut tx, now, self.flows.store.flows_per_commit()).await?;
        for webhook in &waiting {
            let mut races = 0;
            loop {
                tx.savepoint().await?;
                let Err(error) = self.one(&mut tx, webhook, now).await else {
                    tx.release_savepoint().await?;
                    break;
                };
                tx.roll_back_to_savepoint().await?;
                races += 1;
                // At once, and not later: the customer's next text must not overtake it.
                if !error.is_race() || races == RACES {
                    self.failed(&mut tx, webhook, &error, now).await?;
                    break;
                }
            }
        }
        tx.commit().await?;
        Ok(waiting.len())
    }

    async fn one(&self, tx: &mut Tx, webhook: &Waiting, now: Timestamp) -> Result<()> {
        let outcome = match self.reader.read(&webhook.source, &webhook.raw) {
            Ok(Webhook::InboundSms(sms)) => self.flows.inbound_sms(tx, &sms).await?,
            Ok(Webhook::DeliveryReceipt(receipt)) => self.flows.delivery_receipt(tx, &receipt).await?,
            Err(unreadable) => {
                tracing::warn!(inbox = %webhook.id, reason = %unreadable, "a webhook was not understood");
                self.flows.tell_operator(tx, Notice::WebhookNotUnderstood).await?;
                Outcome::Dead("not understood")
            }
        };
        let what = match outcome {
            Outcome::Done => {
                inbox::done(tx, webhook.id, now, None).await?;
                "done"
            }
            Outcome::NotYet if now.since(webhook.received) < RECEIPT_WAITS => {
                let pause = Schedule::Soon.pause(webhook.attempts + 1);
                inbox::postpone(tx, webhook.id, now.plus(pause), "its message is not known yet").await?;
                "postponed"
            }
            Outcome::NotYet => {
                inbox::done(tx, webhook.id, now, Some("a receipt of no message of ours")).await?;
                "foreign_receipt"
            }
            Outcome::Dead(why) => {
                tracing::warn!(inbox = %webhook.id, why, "a webhook became a dead letter");
                inbox::bury(tx, webhook.id, now, why).await?;
                "dead"
            }
        };
        metrics::counter!("threadline_inbox_total", "source" => webhook.source.clone(), "outcome" => what).increment(1);
        Ok(())
    }

    async fn failed(&self, tx: &mut Tx, webhook: &Waiting, error: &StoreError, now: Timestamp) -> Result<()> {
        let why = error.to_string();
        let attempt = webhook.attempts + 1;
        if attempt >= ATTEMPTS && !error.is_race() {
            tracing::error!(inbox = %webhook.id, %error, "a webhook's flow keeps failing; it is a dead letter now");
            self.flows.tell_operator(tx, Notice::WebhookNotUnderstood).await?;
            return inbox::bury(tx, webhook.id, now, &why).await;
        }
        tracing::warn!(inbox = %webhook.id, %error, attempt, "a webhook's flow failed; it is tried again");
        inbox::postpone(tx, webhook.id, now.plus(Schedule::Soon.pause(attempt)), &why).await
    }
}
