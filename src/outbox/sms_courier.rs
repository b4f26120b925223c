//! The courier to Vonage: one SMS after the other at the account's rate, several under way at once.

use std::num::NonZeroU32;
use std::sync::Arc;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::domain::effect::Outside;
use crate::flows::Flows;
use crate::flows::send::BegunSms;
use crate::health::Health;
use crate::ports::{Retry, SendError, Sms, SmsProvider};
use crate::store::outbox::Attempt;
use crate::wording::operator;

use super::{LEASE, POLL, insist};

/// More than this wait for Vonage's answer only if Vonage has stopped answering.
const UNDER_WAY: usize = 256;

/// The key under which Vonage's troubles stand in [`Health`].
const TROUBLE: &str = "vonage";

#[derive(Clone)]
pub struct SmsCourier {
    flows: Flows,
    provider: Arc<dyn SmsProvider>,
    health: Arc<Health>,
    holder: Arc<str>,
    rate: Arc<DefaultDirectRateLimiter>,
}

impl SmsCourier {
    /// `holder` names this process in leases.
    pub fn new(
        flows: Flows,
        provider: Arc<dyn SmsProvider>,
        health: Arc<Health>,
        holder: &str,
        per_second: NonZeroU32,
    ) -> Self {
        metrics::describe_counter!("threadline_sms_total", "Attempts to send an SMS, by how they ended");
        // No bursts: a burst after a quiet second would put twice the rate into one second.
        let quota = Quota::per_second(per_second).allow_burst(NonZeroU32::MIN);
        Self { flows, provider, health, holder: holder.into(), rate: Arc::new(RateLimiter::direct(quota)) }
    }

    /// Works until the shutdown, then waits for what is under way.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut under_way = JoinSet::new();
        while !shutdown.is_cancelled() {
            while under_way.len() >= UNDER_WAY {
                under_way.join_next().await;
            }
            while under_way.try_join_next().is_some() {}
            tokio::select! {
                () = self.rate.until_ready() => {}
                () = shutdown.cancelled() => break,
            }
            if let Some((attempt, sms)) = self.next(&shutdown).await {
                let courier = self.clone();
                under_way.spawn(async move { courier.send(attempt, sms).await });
            }
        }
        while under_way.join_next().await.is_some() {}
    }

    /// The next SMS that may leave, its attempt committed as begun; `None` at the shutdown.
    async fn next(&self, shutdown: &CancellationToken) -> Option<(Attempt, Box<Sms>)> {
        while !shutdown.is_cancelled() {
            let now = self.flows.clock.now();
            match self.flows.begin_sms(&self.holder, now.plus(LEASE)).await {
                Ok(BegunSms::Send(attempt, sms)) => return Some((attempt, sms)),
                Ok(BegunSms::Refused) => {
                    self.flows.wake.discord.notify_one();
                    continue;
                }
                Ok(BegunSms::Nothing) => {}
                Err(error) => tracing::error!(%error, "the outbox cannot be read; it is tried again"),
            }
            tokio::select! {
                () = self.flows.wake.sms.notified() => {}
                () = self.flows.clock.sleep_until(now.plus(POLL)) => {}
                () = shutdown.cancelled() => {}
            }
        }
        None
    }

    async fn send(&self, attempt: Attempt, sms: Box<Sms>) {
        let answer = self.provider.send(&sms).await;
        let outcome = match &answer {
            Ok(_) => "accepted",
            Err(SendError::Retry(_)) => "retry",
            Err(SendError::Reject(_)) => "reject",
            Err(SendError::Unconfirmed(_)) => "unconfirmed",
        };
        metrics::counter!("threadline_sms_total", "outcome" => outcome).increment(1);
        if let Err(error) = &answer {
            tracing::warn!(message = %sms.client_ref, to = %sms.to.masked(), attempt = attempt.number, %error, "an SMS was not accepted");
        }
        let what = sms.client_ref.to_string();
        insist(&*self.flows.clock, &what, || self.flows.settle_sms(&attempt, &answer)).await;
        self.report(&answer).await;
    }

    async fn report<T: Sync>(&self, answer: &Result<T, SendError>) {
        let trouble = match answer {
            Err(SendError::Retry(Retry::Account { status, http })) => operator::account(*status, *http),
            Err(SendError::Retry(Retry::Unreachable(why))) => why.clone(),
            // Being throttled is no outage: nothing is to be hurried when it is over.
            Err(SendError::Retry(Retry::Soon { .. } | Retry::Bounded)) => return,
            Err(SendError::Unconfirmed(why)) => why.clone(),
            Ok(_) | Err(SendError::Reject(_)) => {
                if self.health.trouble_of(TROUBLE).is_some() {
                    self.health.mended(TROUBLE);
                    if let Err(error) = self.flows.hurry(Outside::Vonage).await {
                        tracing::warn!(%error, "what waits for Vonage could not be hurried");
                    }
                }
                return;
            }
        };
        if self.health.trouble(TROUBLE, &trouble) {
            tracing::warn!(trouble, "Vonage is in trouble");
        }
    }
}
