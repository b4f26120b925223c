//! The courier to Discord: several conversations at once, one effect of a conversation at a time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::domain::desk::DeskName;
use crate::domain::effect::{Effect, Outside, Place};
use crate::domain::ids::ChannelId;
use crate::domain::outage::Outage;
use crate::domain::time::Timestamp;
use crate::flows::Flows;
use crate::flows::settle::Happened;
use crate::health::Health;
use crate::ports::{AgentThreads, Asked, Room};
use crate::store::outbox::{Attempt, Due};
use crate::store::{self, StoreError};

use super::gates::{Gates, Turn};
use super::{LEASE, POLL, insist};

/// Discord allows 50 requests a second; a dozen under way at 100 ms each is more than that.
const UNDER_WAY: usize = 16;

/// A limit on the opening of threads that lasts longer shows texts without a thread.
const SOON: Duration = Duration::from_secs(30);

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
    gates: Gates,
    outage: Arc<Mutex<Outage>>,
    /// One at a time archives a thread to make room for another.
    pub(super) making_room: Arc<tokio::sync::Mutex<()>>,
}

/// An attempt that has begun.
struct Begun {
    attempt: Attempt,
    due: Due,
    turn: Turn,
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
        Self {
            flows,
            threads,
            health,
            holder: holder.into(),
            operator_channel,
            gates: Gates::default(),
            outage: Arc::default(),
            making_room: Arc::default(),
        }
    }

    /// Works until the shutdown, then waits for what is under way.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut under_way = JoinSet::new();
        while !shutdown.is_cancelled() {
            while under_way.try_join_next().is_some() {}
            let free = UNDER_WAY - under_way.len();
            let (begun, opens) = self.begin(free, under_way.is_empty()).await;
            let more = !begun.is_empty() && begun.len() == free;
            for begun in begun {
                let courier = self.clone();
                under_way.spawn(async move { courier.one(begun).await });
            }
            if more && under_way.len() < UNDER_WAY {
                continue;
            }
            let now = self.flows.clock.now();
            let poll = now.plus(POLL).min(opens.unwrap_or(now.plus(POLL)));
            tokio::select! {
                () = self.flows.wake.discord.notified() => {}
                () = self.flows.wake.rights.notified() => self.ask_again().await,
                Some(_) = under_way.join_next() => {}
                () = self.flows.clock.sleep_until(poll) => {}
                () = shutdown.cancelled() => {}
            }
        }
        while under_way.join_next().await.is_some() {}
    }

    /// Asks again about what is refused: rights have changed.
    async fn ask_again(&self) {
        let refused = self.gates.hurry(self.flows.clock.now());
        if let Err(error) = self.flows.hurry_refused(&refused).await {
            tracing::warn!(%error, "what Discord refused could not be hurried");
        }
    }

    /// Begins what may leave now, at most `free`. Also returns when something else may that waits for a limit.
    async fn begin(&self, free: usize, idle: bool) -> (Vec<Begun>, Option<Timestamp>) {
        if free == 0 {
            return (Vec::new(), None);
        }
        let mut opens = None;
        let begun = self.try_begin(free, idle, &mut opens).await.unwrap_or_else(|error| {
            tracing::error!(%error, "the outbox cannot be read; it is tried again");
            Vec::new()
        });
        if let Err(error) = self.show_without_threads().await {
            tracing::error!(%error, "texts without a thread cannot be shown yet; it is tried again");
        }
        (begun, opens)
    }

    async fn try_begin(&self, free: usize, idle: bool, opens: &mut Option<Timestamp>) -> store::Result<Vec<Begun>> {
        let now = self.flows.clock.now();
        let (mut closed, lane_opens) = self.gates.closed(now);
        *opens = lane_opens;
        let mut free = free;
        match self.threads.token_opens_in() {
            None => {}
            // One effect asks whether the token is good again.
            Some(wait) if wait.is_zero() && idle => free = 1,
            Some(_) => closed.all_but_answers = true,
        }
        // Most often nothing is due, or what is due has to wait: that shall cost no commit.
        let mut tx = self.flows.store.read().await?;
        if store::outbox::due(&mut tx, now, &closed, 1).await?.is_empty() {
            return Ok(Vec::new());
        }
        drop(tx);
        let mut tx = None;
        let mut begun = Vec::new();
        loop {
            let wanted = i64::try_from(free - begun.len()).unwrap_or(1);
            let found = match &mut tx {
                None => store::outbox::due(&mut self.flows.store.read().await?, now, &closed, wanted).await?,
                Some(tx) => store::outbox::due(tx, now, &closed, wanted).await?,
            };
            let mut news = false;
            for due in found {
                let place = due.place.as_deref().unwrap_or_default();
                if closed.holds(place) {
                    continue;
                }
                let room = self.room(place);
                let Some(turn) = self.gates.turn(due.place.as_deref(), room.now) else {
                    closed.place(place);
                    news = true;
                    if !room.opens_in.is_zero() {
                        let at = now.plus(room.opens_in);
                        *opens = Some(opens.map_or(at, |opens| opens.min(at)));
                    }
                    continue;
                };
                if tx.is_none() {
                    tx = Some(self.flows.store.begin().await?);
                }
                let Some(tx) = &mut tx else { break };
                news = true;
                let attempt = store::outbox::begin_one(tx, due.id, &self.holder, now, now.plus(LEASE)).await?;
                begun.extend(attempt.map(|attempt| Begun { attempt, due, turn }));
            }
            if !news || begun.len() >= free {
                break;
            }
        }
        if let Some(tx) = tx {
            // Also where nothing begins: what cannot be read was buried.
            tx.commit().await?;
        }
        Ok(begun)
    }

    /// How many effects may be under way at this place.
    fn room(&self, place: &str) -> Room {
        let plenty = Room { now: u32::MAX, opens_in: Duration::ZERO };
        let Some((kind, desk)) = place.split_once(':') else { return plenty };
        let asked = match kind {
            kind if kind == Place::Post.as_stored() => Asked::Post,
            kind if kind == Place::Edit.as_stored() => Asked::Edit,
            kind if kind == Place::Open.as_stored() => Asked::OpenThread,
            _ => return plenty,
        };
        let Some(desk) = self.flows.desks.by_name(&DeskName(desk.to_owned())) else { return plenty };
        self.threads.room(asked, desk.channel)
    }

    /// Where no thread can be opened for a while, the texts that wait for theirs show in the channel.
    async fn show_without_threads(&self) -> store::Result<()> {
        for desk in self.flows.desks.iter() {
            let place = format!("{}:{}", Place::Open.as_stored(), desk.name);
            let room = self.room(&place);
            if self.gates.is_closed(&place) || (room.now == 0 && room.opens_in > SOON) {
                self.flows.show_without_threads(&desk.name).await?;
            }
        }
        Ok(())
    }

    /// Whether this is to be tried in a simpler form as well: it has failed while others passed, or for long.
    pub(super) fn is_suspect(&self, attempt: &Attempt) -> bool {
        self.outage().is_suspect(attempt.id)
    }

    /// Whether this fails for good, since others pass.
    pub(super) fn is_culprit(&self, attempt: &Attempt) -> bool {
        self.outage().is_culprit(attempt.id)
    }

    /// Whether something that is forbidden is to be tried in a simpler form at once: it was forbidden before, or its place
    /// lets nothing else through.
    pub(super) fn is_disliked(&self, attempt: &Attempt) -> bool {
        self.outage().was_forbidden(attempt.id) || self.is_place_closed(attempt)
    }

    /// Whether what is forbidden about this says something about its place. An edit that is forbidden in a thread says nothing
    /// about posts there, unless they are refused already.
    pub(super) fn counts_for_place(&self, attempt: &Attempt) -> bool {
        let is_post = !matches!(
            attempt.effect,
            Effect::UpdateMessage { .. }
                | Effect::AddMember { .. }
                | Effect::ArchiveThread { .. }
                | Effect::UnarchiveThread { .. }
        );
        is_post || self.is_place_closed(attempt)
    }

    /// Whether its place refuses everything, as far as is known.
    pub(super) fn is_place_closed(&self, attempt: &Attempt) -> bool {
        attempt.place.as_deref().is_some_and(|place| self.gates.is_closed(place))
    }

    fn outage(&self) -> MutexGuard<'_, Outage> {
        self.outage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn one(&self, begun: Begun) {
        let Begun { attempt, due, turn } = begun;
        let kind = attempt.effect.kind();
        let mut happened = match self.deliver(&attempt).await {
            Ok(happened) => happened,
            Err(error @ StoreError::Corrupt(_)) => return self.bury(&attempt, &error).await,
            Err(error) => {
                // Not settled: its lease runs out, and it is taken again.
                tracing::error!(effect = %attempt.id, kind, %error, "an effect could not be prepared");
                return;
            }
        };
        let outcome = match &happened {
            Happened::Again { .. } | Happened::Limited { .. } => "again",
            Happened::Refused { .. }
            | Happened::ChannelRefuses { .. }
            | Happened::Forbidden { .. }
            | Happened::TokenRefused => "refused",
            Happened::Dead { .. } => "dead",
            Happened::CardGone { .. } | Happened::ThreadGone { .. } | Happened::AnswerGone { .. } => "gone",
            Happened::Needless(_) => "needless",
            Happened::NoDesk => "no-desk",
            _ => "done",
        };
        metrics::counter!("threadline_discord_total", "effect" => kind, "outcome" => outcome).increment(1);
        self.report(&attempt, &due, &mut happened).await;
        if let Err(error) = insist(&*self.flows.clock, kind, || self.flows.settle(&attempt, &happened)).await {
            self.bury(&attempt, &error).await;
        }
        drop(turn);
        self.flows.wake.discord.notify_one();
    }

    /// Gives up on an effect that needs what cannot be read: it holds its conversation up no longer.
    async fn bury(&self, attempt: &Attempt, why: &StoreError) {
        if let Err(error) = self.flows.bury(attempt.id, Some(&attempt.effect), why).await {
            // Its lease runs out, and it is taken again.
            tracing::error!(effect = %attempt.id, %error, "an effect could not be given up on");
        }
    }

    /// Says what is new, and closes or opens what this attempt has shown to be closed or open.
    async fn report(&self, attempt: &Attempt, due: &Due, happened: &mut Happened) {
        let kind = attempt.effect.kind();
        let place = due.place.as_deref().unwrap_or_default();
        let now = self.flows.clock.now();
        let is_over = match happened {
            Happened::Again { why, outage, .. } => {
                tracing::debug!(effect = %attempt.id, kind, why, "to be tried again");
                if *outage {
                    let is_on = {
                        let mut outage = self.outage();
                        outage.failed(attempt.id);
                        outage.is_on()
                    };
                    if is_on && self.health.trouble(OUTAGE, why) {
                        tracing::warn!(why, "Discord is in trouble");
                    }
                    if self.is_culprit(attempt) {
                        self.tell_of_stuck(attempt, why).await;
                    }
                }
                false
            }
            Happened::Limited { why, wait, .. } => {
                tracing::debug!(effect = %attempt.id, kind, why, "to be tried again");
                if is_said_in_thread(&attempt.effect) {
                    self.gates.limited(due.lane.clone(), now, *wait);
                }
                false
            }
            Happened::Refused { why, .. } => {
                if self.health.trouble(REFUSED, why) {
                    tracing::warn!(effect = %attempt.id, kind, why, "Discord refuses");
                }
                false
            }
            Happened::ChannelRefuses { due, why, .. } => {
                if self.health.trouble(REFUSED, why) {
                    tracing::warn!(effect = %attempt.id, kind, why, "Discord refuses");
                }
                if self.gates.refused(place, attempt.id, now) {
                    // It waits for its place, and then for nothing else.
                    *due = now;
                }
                false
            }
            Happened::Forbidden { due, why } => {
                tracing::warn!(effect = %attempt.id, kind, why, "Discord forbids this, or more");
                self.outage().forbids(attempt.id);
                if self.counts_for_place(attempt) && self.gates.refused(place, attempt.id, now) {
                    *due = now;
                }
                false
            }
            Happened::TokenRefused => {
                let why = crate::wording::discord::TOKEN_REFUSED;
                if self.health.trouble(REFUSED, why) {
                    tracing::warn!("{why}");
                }
                false
            }
            Happened::Dead { why } => {
                tracing::error!(effect = %attempt.id, kind, why, "given up on; a dead letter now");
                self.outage().forget(attempt.id)
            }
            Happened::Needless(_) | Happened::NoDesk | Happened::Outdated { failing: true, .. } => {
                self.outage().forget(attempt.id)
            }
            // Discord was not asked.
            Happened::NoThread { .. } | Happened::TroubleAfterClosing { .. } => false,
            _ => {
                let opened = self.gates.passed(place);
                if (attempt.number > 1 || opened) && self.gates.refuse_nothing() {
                    // Something is refused no longer; whatever still is says so again.
                    self.health.mended(REFUSED);
                }
                self.outage().passed(attempt.id)
            }
        };
        if is_over {
            self.health.mended(OUTAGE);
            if let Err(error) = self.flows.hurry(Outside::Discord).await {
                tracing::warn!(%error, "what waits for Discord could not be hurried");
            }
        }
    }
}

/// Whether it shares the limit of its thread with what else is said there.
const fn is_said_in_thread(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::PostMessage { .. }
            | Effect::PostAlert { .. }
            | Effect::AlertRole { .. }
            | Effect::UpdateMessage { .. }
            | Effect::RetireThread { .. }
    )
}
