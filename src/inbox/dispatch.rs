//! From the inbox to the flows: every stored webhook is read, has its effect once, and is marked in the same commit.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
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

/// How many flows share a commit, where they may.
const TOGETHER: i64 = 16;

/// How long flows may keep a shared commit waiting: nobody else writes meanwhile, and webhooks wait to be stored.
const SHARE: Duration = Duration::from_millis(5);

/// How many flows run at once where each has a commit of its own: fewer than the database has connections for.
const ABREAST: i64 = 4;

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

    /// Runs the flows of some webhooks. Returns how many there were.
    async fn batch(&self) -> Result<usize> {
        if self.flows.store.flows_share_commits() {
            // A savepoint for each takes time, and few flows fail: only then each is undone alone.
            match self.together(false).await {
                Err(_) => self.together(true).await,
                ran => ran,
            }
        } else {
            self.side_by_side().await
        }
    }

    /// Many flows in one commit, one after the other.
    async fn together(&self, undo_singly: bool) -> Result<usize> {
        let mut tx = self.flows.store.begin().await?;
        let now = self.flows.clock.now();
        let waiting = inbox::due(&mut tx, now, TOGETHER).await?;
        let mut ran = Vec::with_capacity(waiting.len());
        for webhook in &waiting {
            if !ran.is_empty() && self.flows.clock.now().since(now) >= SHARE {
                break;
            }
            let outcome = match undo_singly {
                true => self.one_or_nothing(&mut tx, webhook, now).await?,
                false => self.one(&mut tx, webhook, now).await?,
            };
            ran.push((webhook, outcome));
        }
        tx.commit().await?;
        ran.iter().for_each(|(webhook, outcome)| count(webhook, outcome));
        Ok(ran.len())
    }

    /// Several flows at once, each with a commit of its own. What is about one customer or message stays in order.
    async fn side_by_side(&self) -> Result<usize> {
        let mut tx = self.flows.store.read().await?;
        let waiting = inbox::due(&mut tx, self.flows.clock.now(), ABREAST).await?;
        drop(tx);
        let mut queues: BTreeMap<String, Vec<&Waiting>> = BTreeMap::new();
        for webhook in &waiting {
            queues.entry(self.subject(webhook)).or_default().push(webhook);
        }
        let run = async |queue: Vec<&Waiting>| {
            for webhook in queue {
                let mut tx = self.flows.store.begin().await?;
                let outcome = self.one_or_nothing(&mut tx, webhook, self.flows.clock.now()).await?;
                tx.commit().await?;
                count(webhook, outcome);
            }
            Ok(())
        };
        let ended: Vec<Result<()>> = join_all(queues.into_values().map(run)).await;
        ended.into_iter().collect::<Result<()>>()?;
        Ok(waiting.len())
    }

    /// Whom or what a webhook is about: the next about the same must not overtake it.
    fn subject(&self, webhook: &Waiting) -> String {
        match self.reader.read(&webhook.source, &webhook.raw) {
            Ok(Webhook::InboundSms(sms)) => format!("sms:{}", sms.from.canonical().as_stored()),
            Ok(Webhook::DeliveryReceipt(receipt)) => match receipt.message {
                Some(message) => format!("message:{message}"),
                None => format!("part:{}", receipt.provider_id.0),
            },
            Ok(Webhook::OtherChannel(channel)) => format!("channel:{channel}"),
            Err(_) => "unreadable".to_owned(),
        }
    }

    /// One flow, of which nothing remains where it fails.
    async fn one_or_nothing(&self, tx: &mut Tx, webhook: &Waiting, now: Timestamp) -> Result<&'static str> {
        let mut races = 0;
        loop {
            tx.savepoint().await?;
            let error = match self.one(tx, webhook, now).await {
                Ok(outcome) => {
                    tx.release_savepoint().await?;
                    return Ok(outcome);
                }
                // No fault of this webhook's: it is read again when the database is well, however long that takes.
                Err(error) if error.is_outage() => return Err(error),
                Err(error) => error,
            };
            tx.roll_back_to_savepoint().await?;
            races += 1;
            // At once, and not later: the customer's next text must not overtake it.
            if !error.is_race() || races == RACES {
                return self.failed(tx, webhook, &error, now).await;
            }
        }
    }

    async fn one(&self, tx: &mut Tx, webhook: &Waiting, now: Timestamp) -> Result<&'static str> {
        let outcome = match self.reader.read(&webhook.source, &webhook.raw) {
            Ok(Webhook::InboundSms(sms)) => self.flows.inbound_sms(tx, webhook.id, webhook.received, &sms).await?,
            Ok(Webhook::DeliveryReceipt(receipt)) => self.flows.delivery_receipt(tx, &receipt).await?,
            Ok(Webhook::OtherChannel(channel)) => {
                self.flows.tell_operator(tx, Notice::OtherChannel { channel }).await?;
                Outcome::Dead("it came by another channel than SMS")
            }
            Err(unreadable) => {
                tracing::warn!(inbox = %webhook.id, reason = %unreadable, "a webhook was not understood");
                self.flows.tell_operator(tx, Notice::WebhookNotUnderstood).await?;
                Outcome::Dead("not understood")
            }
        };
        Ok(match outcome {
            Outcome::Done => {
                inbox::done(tx, webhook.id, now, None).await?;
                "done"
            }
            Outcome::WaitsUntil(due) => {
                inbox::wait_until(tx, webhook.id, due, "the rest of a long text has not come yet").await?;
                "postponed"
            }
            Outcome::NotYet if now.since(webhook.received) < RECEIPT_WAITS => {
                let due = asked_again(webhook.received, now);
                inbox::wait_until(tx, webhook.id, due, "its message is not known yet").await?;
                "postponed"
            }
            Outcome::NotYet => {
                inbox::done(tx, webhook.id, now, Some("a receipt of no message of ours")).await?;
                "foreign_receipt"
            }
            Outcome::NoDesk(number) => {
                tracing::warn!(inbox = %webhook.id, number = number.e164(), "an SMS for a number of no desk waits for one");
                inbox::wait_for_desk(tx, webhook.id, &number).await?;
                "of_no_desk"
            }
            Outcome::Dead(why) => {
                tracing::warn!(inbox = %webhook.id, why, "a webhook became a dead letter");
                inbox::bury(tx, webhook.id, now, why).await?;
                "dead"
            }
        })
    }

    async fn failed(&self, tx: &mut Tx, webhook: &Waiting, error: &StoreError, now: Timestamp) -> Result<&'static str> {
        let why = error.to_string();
        let attempt = webhook.attempts + 1;
        if attempt >= ATTEMPTS && !error.is_race() {
            tracing::error!(inbox = %webhook.id, %error, "a webhook's flow keeps failing; it is a dead letter now");
            self.flows.tell_operator(tx, Notice::WebhookNotUnderstood).await?;
            inbox::bury(tx, webhook.id, now, &why).await?;
            return Ok("dead");
        }
        tracing::warn!(inbox = %webhook.id, %error, attempt, "a webhook's flow failed; it is tried again");
        inbox::postpone(tx, webhook.id, now.plus(Schedule::Soon.pause(attempt)), &why).await?;
        Ok("failed")
    }
}

/// When a receipt's message is asked for again: after as long as it has waited, so that the pauses double to a minute.
fn asked_again(received: Timestamp, now: Timestamp) -> Timestamp {
    now.plus(now.since(received).clamp(Schedule::Soon.pause(1), Schedule::Soon.longest()))
}

/// Counts what became of a webhook, once it is committed.
fn count(webhook: &Waiting, outcome: &'static str) {
    metrics::counter!("threadline_inbox_total", "source" => webhook.source.clone(), "outcome" => outcome).increment(1);
}
