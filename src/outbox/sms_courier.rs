//! The courier to Vonage: one SMS after the other at the rates of the account and of each number, several under way at
//! once, and none while the account is paused.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::domain::desk::{Desk, DeskName};
use crate::domain::effect::{Outside, Urgency};
use crate::domain::pace::Pace;
use crate::domain::pause::{Follows, Heard, MaySend, News, Pause, Sending, Ticket, Told};
use crate::domain::time::Timestamp;
use crate::flows::Flows;
use crate::flows::send::{BegunSms, retry_at};
use crate::health::{Health, Paused};
use crate::ports::{Accepted, Retry, SendError, Sms, SmsProvider};
use crate::store::outbox::{self, Attempt};
use crate::wording::operator;

use super::pause_teller::PauseTeller;
use super::treasurer::Treasurer;
use super::{LEASE, POLL, insist};

/// More than this wait for Vonage's answer only if Vonage has stopped answering.
const UNDER_WAY: usize = 256;

/// The key under which Vonage's troubles stand in [`Health`].
const TROUBLE: &str = "vonage";

/// So many without an answer for so long: Vonage hangs, and each further SMS would be one more of which nobody knows
/// whether it was sent. A single slow answer holds nobody up.
const UNANSWERED: usize = 3;
const SILENCE: Duration = Duration::from_secs(1);

/// Numbers that are throttled so soon after each other are throttled for the account's sake.
const TOGETHER: Duration = Duration::from_secs(5);

/// Every so many places one goes to what nobody waits for in person, whatever else there is: it may wait long, but not for
/// ever.
const PATIENT_EVERY: u64 = 8;

#[derive(Clone)]
pub struct SmsCourier {
    flows: Flows,
    provider: Arc<dyn SmsProvider>,
    treasurer: Treasurer,
    health: Arc<Health>,
    holder: Arc<str>,
    state: Arc<Mutex<State>>,
    /// Something was heard that may let the next SMS leave.
    heard: Arc<Notify>,
    news: mpsc::UnboundedSender<News>,
}

struct State {
    sending: Sending,
    /// How many wait for Vonage's answer, and since when none came.
    unanswered: usize,
    silent_since: Timestamp,
    account: Pace,
    /// Of each desk's number; the account's where it has none of its own.
    numbers: BTreeMap<DeskName, Pace>,
    /// Whose number was throttled last, and when.
    throttled: Option<(DeskName, Timestamp)>,
    /// The desk that was served last stands at the end.
    desks: Vec<DeskName>,
    places: u64,
}

/// What the courier may do next.
enum Next {
    /// Send for one of these desks, in this order, what `may` allows; where none of them has anything, the next desk may at
    /// `others`.
    Serve {
        desks: Vec<(DeskName, Urgency)>,
        may: MaySend,
        others: Timestamp,
    },
    Probe,
    /// Nothing before then, unless something is heard.
    Wait(Timestamp),
}

impl SmsCourier {
    /// `holder` names this process in leases; `paused` is the pause that a former process has told. The other half tells what
    /// becomes of it.
    pub fn new(
        flows: Flows,
        provider: Arc<dyn SmsProvider>,
        treasurer: Treasurer,
        paused: Option<Paused>,
        holder: &str,
        per_second: NonZeroU32,
    ) -> (Self, PauseTeller) {
        metrics::describe_counter!("threadline_sms_total", "Attempts to send an SMS, by how they ended");
        metrics::describe_gauge!(
            "threadline_sms_rate",
            "SMS that may leave in a second; less than allowed after a throttle"
        );
        metrics::describe_gauge!("threadline_sms_paused", "1 while the account's sending is paused");
        let pace = |desk: &Desk| (desk.name.clone(), Pace::new(desk.messages_per_second.unwrap_or(per_second)));
        let state = State {
            sending: paused.map_or_else(Sending::default, |paused| Sending::paused_before(paused.why, paused.since)),
            unanswered: 0,
            silent_since: Timestamp(0),
            account: Pace::new(per_second),
            numbers: flows.desks.iter().map(pace).collect(),
            throttled: None,
            desks: flows.desks.iter().map(|desk| desk.name.clone()).collect(),
            places: 0,
        };
        let health = flows.health.clone();
        if let Some(paused) = paused {
            is_paused(&health, paused);
        }
        let (state, heard) = (Arc::new(Mutex::new(state)), Arc::default());
        let (news, queue) = mpsc::unbounded_channel();
        let teller = PauseTeller::new(flows.clone(), queue);
        (Self { flows, provider, treasurer, health, holder: holder.into(), state, heard, news }, teller)
    }

    /// Works until the shutdown, then waits for what is under way.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut under_way = JoinSet::new();
        while !shutdown.is_cancelled() {
            while under_way.len() >= UNDER_WAY {
                under_way.join_next().await;
            }
            while let Some(ended) = under_way.try_join_next() {
                if let Err(error) = ended {
                    // Its lease runs out, and it becomes unconfirmed.
                    tracing::error!(%error, "sending an SMS broke off");
                }
            }
            let idle = under_way.is_empty();
            if idle {
                // Whatever became of the last of them, nobody will tell any more.
                self.state().none_under_way();
            }
            let now = self.flows.clock.now();
            let next = {
                let mut state = self.state();
                let news = state.sending.lasts(now);
                self.note(news);
                state.next(now)
            };
            let wait_until = match next {
                Next::Serve { desks, may, others } => match self.begin(&desks, may, now).await {
                    Some((attempt, sms, desk)) => {
                        let ticket = self.state().left(&desk, self.flows.clock.now());
                        let courier = self.clone();
                        under_way.spawn(async move { courier.send(attempt, sms, desk, ticket).await });
                        continue;
                    }
                    None => {
                        if idle {
                            let mut state = self.state();
                            let news = state.sending.nothing_else();
                            self.note(news);
                        }
                        others.min(now.plus(POLL))
                    }
                },
                Next::Probe => {
                    self.probe().await;
                    continue;
                }
                Next::Wait(until) => until.min(now.plus(POLL)),
            };
            tokio::select! {
                () = self.heard.notified() => {}
                () = self.flows.wake.sms.notified() => {}
                () = self.flows.clock.sleep_until(wait_until) => {}
                () = shutdown.cancelled() => {}
            }
        }
        while under_way.join_next().await.is_some() {}
    }

    /// The next SMS that may leave, its attempt committed as begun; `None` where none is due.
    async fn begin(
        &self,
        desks: &[(DeskName, Urgency)],
        may: MaySend,
        now: Timestamp,
    ) -> Option<(Attempt, Box<Sms>, DeskName)> {
        let of: Vec<_> = desks.iter().map(|(desk, urgency)| outbox::Sending { desk, urgency: *urgency }).collect();
        loop {
            match self.flows.begin_sms(&of, may, &self.holder, now.plus(LEASE)).await {
                Ok(BegunSms::Send(attempt, sms, desk)) => return Some((*attempt, sms, desk)),
                Ok(BegunSms::Refused) => self.flows.wake.discord.notify_one(),
                Ok(BegunSms::Nothing) => return None,
                Err(error) => {
                    tracing::error!(%error, "the outbox cannot be read; it is tried again");
                    return None;
                }
            }
        }
    }

    async fn send(&self, attempt: Attempt, sms: Box<Sms>, desk: DeskName, ticket: Ticket) {
        let paused_before = self.health.paused();
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
        // Before it is settled: what was refused is due again at once, and must find the pause.
        let follows = self.hear(&attempt, &sms, &answer, &desk, ticket);
        let what = sms.client_ref.to_string();
        if let Err(error) =
            insist(&*self.flows.clock, &what, || self.flows.settle_sms(&attempt, &answer, follows)).await
        {
            // What it was is known to nobody: it is buried when its lease is over, and never sent again.
            tracing::error!(message = what, %error, "how an SMS ended could not be stored");
        }
        let paused = self.health.paused();
        if paused.is_some() && paused != paused_before && answer.is_err() {
            // It was under way when that was shown at all that waited.
            if let Err(error) = self.flows.edit_post(sms.client_ref, self.flows.clock.now()).await {
                tracing::warn!(message = what, %error, "why it waits could not be shown");
            }
            self.flows.wake.discord.notify_one();
        }
        self.report(&attempt, &answer, follows).await;
        self.heard.notify_one();
    }

    /// What an answer says about the account and its rate, and for its message.
    fn hear(
        &self,
        attempt: &Attempt,
        sms: &Sms,
        answer: &Result<Accepted, SendError>,
        desk: &DeskName,
        ticket: Ticket,
    ) -> Follows {
        let now = self.flows.clock.now();
        let mut state = self.state();
        state.answered(now);
        let told = match answer {
            Ok(_) => Told::Well,
            Err(SendError::Reject(_)) => Told::Rejected,
            Err(SendError::Retry(Retry::Refused { why })) => Told::Refused(*why),
            Err(SendError::Retry(retry @ Retry::Soon { .. })) => {
                state.throttled(desk, now);
                Told::Nothing { why: Pause::Busy, again: retry_at(now, attempt.number, retry) }
            }
            Err(SendError::Retry(retry @ Retry::Unreachable(_))) => {
                Told::Nothing { why: Pause::Unreachable, again: retry_at(now, attempt.number, retry) }
            }
            Err(SendError::Unconfirmed(_)) => Told::Unclear,
        };
        let heard = Heard { message: sms.client_ref, ticket, charged: attempt.faults, told };
        let (follows, news) = state.sending.hear(heard, now);
        self.note(news);
        follows
    }

    /// Asks for the balance: whether it is worth while to try one SMS.
    async fn probe(&self) {
        let balance = self.treasurer.ask().await;
        let now = self.flows.clock.now();
        let mut state = self.state();
        let news = state.sending.probed(balance.map(|balance| balance.micros), now);
        self.note(news);
    }

    /// Takes down what has changed. The state is locked meanwhile, so that news keep their order.
    fn note(&self, news: Option<News>) {
        let Some(news) = news else { return };
        match news {
            News::Paused(why, since) => {
                let sentence = is_paused(&self.health, Paused { why, since });
                tracing::error!(sentence, "no SMS leaves");
            }
            News::Resumed(_) => {
                self.health.set_paused(None);
                metrics::gauge!("threadline_sms_paused").set(0);
                tracing::info!("SMS leave again");
            }
        }
        // Without a teller the process ends.
        let _ = self.news.send(news);
    }

    /// What is wrong with Vonage, for `/readyz`.
    async fn report(&self, attempt: &Attempt, answer: &Result<Accepted, SendError>, follows: Follows) {
        let paused = self.health.paused();
        if let Some(paused) = paused {
            // Also where it is no news: in between something else may have been said.
            self.health.trouble(TROUBLE, &operator::paused(paused.why));
        }
        let trouble = match answer {
            Err(SendError::Retry(Retry::Unreachable(why)) | SendError::Unconfirmed(why)) => why.clone(),
            // The account's refusal is told, as soon as it is known to be the account's.
            Err(SendError::Retry(Retry::Refused { why }))
                if follows == Follows::BacksOff && attempt.faults == 0 && !why.is_of_account() =>
            {
                operator::paused(*why)
            }
            // A message's own refusal shows in its thread; being throttled is no outage.
            Err(SendError::Retry(_)) => return,
            Ok(_) | Err(SendError::Reject(_)) => {
                if self.is_mended()
                    && let Err(error) = self.flows.hurry(Outside::Vonage).await
                {
                    tracing::warn!(%error, "what waits for Vonage could not be hurried");
                }
                return;
            }
        };
        if paused.is_none() && self.health.trouble(TROUBLE, &trouble) {
            tracing::warn!(trouble, "Vonage is in trouble");
        }
    }

    /// Whether SMS leave again where something was wrong; nothing is from now on.
    fn is_mended(&self) -> bool {
        let state = self.state();
        let mended = state.sending.runs() && self.health.trouble_of(TROUBLE).is_some();
        if mended {
            self.health.mended(TROUBLE);
        }
        mended
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows everywhere in this process that nothing leaves, and returns the sentence that says why.
fn is_paused(health: &Health, paused: Paused) -> String {
    let sentence = operator::paused(paused.why);
    health.trouble(TROUBLE, &sentence);
    health.set_paused(Some(paused));
    metrics::gauge!("threadline_sms_paused").set(1);
    sentence
}

impl State {
    fn next(&self, now: Timestamp) -> Next {
        let probe = self.sending.probe_due(now);
        if probe.is_some_and(|due| due <= now) {
            return Next::Probe;
        }
        let may = self.sending.may_send();
        if may == MaySend::No {
            // Until an answer is heard, or the balance is asked for.
            return Next::Wait(probe.unwrap_or(Timestamp(i64::MAX)));
        }
        let stalled = self.unanswered >= UNANSWERED && now.since(self.silent_since) >= SILENCE;
        if stalled {
            // Until an answer is heard.
            return Next::Wait(Timestamp(i64::MAX));
        }
        if self.account.next(now) > now {
            return Next::Wait(self.account.next(now));
        }
        let number = |desk: &DeskName| self.numbers.get(desk).map_or(now, |pace| pace.next(now));
        let ready: Vec<_> = self.desks.iter().filter(|desk| number(desk) <= now).collect();
        let others = self.desks.iter().map(number).filter(|next| *next > now).min().unwrap_or(Timestamp(i64::MAX));
        if ready.is_empty() {
            return Next::Wait(others);
        }
        let mut order = [Urgency::Awaited, Urgency::Patient];
        if self.places % PATIENT_EVERY == PATIENT_EVERY - 1 {
            order.reverse();
        }
        let of = |urgency| ready.iter().map(move |desk| (DeskName::clone(desk), urgency));
        let others = others.min(probe.unwrap_or(others));
        Next::Serve { desks: order.into_iter().flat_map(of).collect(), may, others }
    }

    /// Vonage does not say whether the account was too fast or the number. It is the account if it happens to several.
    fn throttled(&mut self, desk: &DeskName, now: Timestamp) {
        if let Some(pace) = self.numbers.get_mut(desk) {
            pace.throttled(now);
        }
        let another = self.throttled.as_ref().is_some_and(|(other, when)| other != desk && now.since(*when) < TOGETHER);
        if another {
            self.account.throttled(now);
        }
        self.throttled = Some((desk.clone(), now));
    }

    fn answered(&mut self, now: Timestamp) {
        self.unanswered = self.unanswered.saturating_sub(1);
        self.silent_since = now;
    }

    fn none_under_way(&mut self) {
        self.unanswered = 0;
        // A trial whose outcome is not known says nothing.
        self.sending.lost();
    }

    /// An SMS left for this desk, which is therefore the last to be served again.
    fn left(&mut self, desk: &DeskName, now: Timestamp) -> Ticket {
        let ticket = self.sending.sent();
        if self.unanswered == 0 {
            self.silent_since = now;
        }
        self.unanswered += 1;
        self.places += 1;
        self.account.take(now);
        if let Some(pace) = self.numbers.get_mut(desk) {
            pace.take(now);
        }
        let numbers: f64 = self.numbers.values().map(Pace::per_second).sum();
        metrics::gauge!("threadline_sms_rate").set(self.account.per_second().min(numbers));
        if let Some(at) = self.desks.iter().position(|other| other == desk) {
            let desk = self.desks.remove(at);
            self.desks.push(desk);
        }
        ticket
    }
}
