//! The courier to Discord: several conversations at once, one effect of a conversation at a time.

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::domain::effect::Outside;
use crate::domain::ids::ChannelId;
use crate::flows::Flows;
use crate::flows::settle::Happened;
use crate::health::Health;
use crate::ports::AgentThreads;
use crate::store::outbox::Attempt;
use crate::store::{self, StoreError};

use super::{LEASE, POLL, insist};

/// Discord allows 50 requests a second; a dozen under way at 100 ms each is more than that.
const UNDER_WAY: usize = 16;

/// The keys under which Discord's troubles stand in [`Health`]. After an outage everything that waits is hurried;
/// what is refused waits for a person, and is not.
const OUTAGE: &str = "discord:outage";
const REFUSED: &str = "discord:refused";

#[derive(Clone)]
pub struct DiscordCourier {
    pub(super) flows: Flows,
    pub(super) threads: Arc<dyn AgentThreads>,
    pub(super) health: Arc<Health>,
    holder: Arc<str>,
    pub(super) operator_channel: ChannelId,
}

impl DiscordCourier {
    /// `holder` names this process in leases.
    pub fn new(
        flows: Flows,
        threads: Arc<dyn AgentThreads>,
        health: Arc<Health>,
        holder: &str,
        operator_channel: ChannelId,
    ) -> Self {
        metrics::describe_counter!("threadline_discord_total", "Effects towards Discord, by kind and how they ended");
        Self { flows, threads, health, holder: holder.into(), operator_channel }
    }

    /// Works until the shutdown, then waits for what is under way.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut under_way = JoinSet::new();
        while !shutdown.is_cancelled() {
            while under_way.try_join_next().is_some() {}
            let free = UNDER_WAY - under_way.len();
            let begun = self.begin(free).await;
            let more = !begun.is_empty() && begun.len() == free;
            for attempt in begun {
                let courier = self.clone();
                under_way.spawn(async move { courier.one(attempt).await });
            }
            if more && under_way.len() < UNDER_WAY {
                continue;
            }
            let poll = self.flows.clock.now().plus(POLL);
            tokio::select! {
                () = self.flows.wake.discord.notified() => {}
                Some(_) = under_way.join_next() => {}
                () = self.flows.clock.sleep_until(poll) => {}
                () = shutdown.cancelled() => {}
            }
        }
        while under_way.join_next().await.is_some() {}
    }

    async fn begin(&self, free: usize) -> Vec<Attempt> {
        if free == 0 {
            return Vec::new();
        }
        let begin = async {
            let now = self.flows.clock.now();
            let mut tx = self.flows.store.begin().await?;
            let limit = i64::try_from(free).unwrap_or(1);
            let lease = now.plus(LEASE);
            let begun = store::outbox::begin(&mut tx, &self.holder, now, lease, limit).await?;
            // Also where nothing begins: what cannot be read was buried.
            tx.commit().await?;
            Ok::<_, store::StoreError>(begun)
        };
        begin.await.unwrap_or_else(|error| {
            tracing::error!(%error, "the outbox cannot be read; it is tried again");
            Vec::new()
        })
    }

    async fn one(&self, attempt: Attempt) {
        let kind = attempt.effect.kind();
        let happened = match self.deliver(&attempt).await {
            Ok(happened) => happened,
            Err(error @ StoreError::Corrupt(_)) => return self.bury(&attempt, &error).await,
            Err(error) => {
                // Not settled: its lease runs out, and it is taken again.
                tracing::error!(effect = %attempt.id, kind, %error, "an effect could not be prepared");
                return;
            }
        };
        let outcome = match &happened {
            Happened::Again { .. } => "again",
            Happened::Refused { .. } => "refused",
            Happened::Dead { .. } => "dead",
            Happened::CardGone { .. } | Happened::ThreadGone { .. } | Happened::AnswerGone { .. } => "gone",
            Happened::Needless(_) => "needless",
            Happened::NoDesk => "no-desk",
            _ => "done",
        };
        metrics::counter!("threadline_discord_total", "effect" => kind, "outcome" => outcome).increment(1);
        self.report(&attempt, kind, &happened).await;
        if let Err(error) = insist(&*self.flows.clock, kind, || self.flows.settle(&attempt, &happened)).await {
            self.bury(&attempt, &error).await;
        }
    }

    /// Gives up on an effect that needs what cannot be read: it holds its conversation up no longer.
    async fn bury(&self, attempt: &Attempt, why: &StoreError) {
        if let Err(error) = self.flows.bury(attempt.id, Some(&attempt.effect), why).await {
            // Its lease runs out, and it is taken again.
            tracing::error!(effect = %attempt.id, %error, "an effect could not be given up on");
        }
    }

    async fn report(&self, attempt: &Attempt, kind: &str, happened: &Happened) {
        match happened {
            Happened::Again { why, outage, .. } => {
                tracing::debug!(effect = %attempt.id, kind, why, "to be tried again");
                if *outage && attempt.number > 2 && self.health.trouble(OUTAGE, why) {
                    tracing::warn!(why, "Discord is in trouble");
                }
            }
            Happened::Refused { why, .. } => {
                if self.health.trouble(REFUSED, why) {
                    tracing::warn!(effect = %attempt.id, kind, why, "Discord refuses");
                }
            }
            Happened::Dead { why } => {
                tracing::error!(effect = %attempt.id, kind, why, "given up on; a dead letter now");
            }
            Happened::Needless(_) | Happened::NoDesk => {}
            _ => {
                if attempt.number > 1 {
                    // Something is refused no longer; whatever still is says so again.
                    self.health.mended(REFUSED);
                }
                if self.health.trouble_of(OUTAGE).is_some() {
                    self.health.mended(OUTAGE);
                    if let Err(error) = self.flows.hurry(Outside::Discord).await {
                        tracing::warn!(%error, "what waits for Discord could not be hurried");
                    }
                }
            }
        }
    }
}
