//! The use cases, one file each: one transaction that reads, asks the domain, writes the new state and enqueues
//! effects.

pub mod agent_command;
pub mod agent_reply;
mod alerts;
pub mod consent;
mod dead_letters;
pub mod delivery_receipt;
pub mod desks;
mod draft;
pub mod inbound_sms;
mod long_text;
pub mod notify;
mod paused;
mod queue;
pub mod send;
pub mod settle;
mod spending;
pub mod status;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::domain::desk::{Desk, Desks};
use crate::domain::effect::{Effect, Lane, Notice, Outside};
use crate::domain::ids::{ChannelId, EffectId, GuildId, InteractionId, Nonce, RoleId, UserId};
use crate::domain::post::Post;
use crate::domain::retry::Schedule;
use crate::domain::time::Timestamp;
use crate::domain::time_zone::TimeZone;
use crate::health::Health;
use crate::ports::{Clock, fresh_uuid};
use crate::store::{self, Result, Store, Tx};
use crate::wording::answers;

/// Edits of a card are held back this long, so that a burst of news is one edit.
const CARD_DEBOUNCE: Duration = Duration::from_secs(1);

/// The same notice to the operator at most once in this time.
const TELL_AGAIN_AFTER: Duration = Duration::from_secs(60 * 60);

/// What every flow works with.
#[derive(Clone)]
pub struct Flows {
    pub store: Store,
    pub desks: Arc<Desks>,
    pub clock: Arc<dyn Clock>,
    pub wake: Arc<Wake>,
    pub health: Arc<Health>,
    /// How long a receipt may take to settle an unconfirmed message before an agent is asked.
    pub unconfirmed_after: Duration,
}

/// Signals that there is work. A lost one costs a second, since everybody polls as well.
#[derive(Debug, Default)]
pub struct Wake {
    pub inbox: Notify,
    pub sms: Notify,
    pub discord: Notify,
    /// Roles or channels have changed in Discord: what was refused may be allowed now.
    pub rights: Notify,
}

impl Wake {
    /// Work for the couriers of both sides.
    pub fn couriers(&self) {
        self.sms.notify_one();
        self.discord.notify_one();
    }
}

/// A member of staff, as Discord describes them with every interaction.
#[derive(Clone, Debug)]
pub struct Agent {
    pub id: UserId,
    pub name: String,
    pub roles: Vec<RoleId>,
}

/// One interaction: who, where, and how to answer.
#[derive(Clone)]
pub struct Occasion {
    pub interaction: InteractionId,
    /// A secret: whoever holds it can answer in our name for 15 minutes.
    pub token: String,
    pub agent: Agent,
    pub guild: Option<GuildId>,
    /// The channel or thread it happened in.
    pub channel: ChannelId,
    /// The channel above, where `channel` is a thread.
    pub parent: Option<ChannelId>,
}

/// How an interaction is answered, always privately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// With this.
    Now(Post),
    /// By the outbox, which has it durably.
    Promised,
    /// Not at all: this interaction was seen before.
    SeenBefore,
}

/// A flow either gets what it asked for, or the refusal that the agent reads.
type OrRefusal<T> = std::result::Result<T, Post>;

impl Flows {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn nonce(&self) -> Nonce {
        Nonce::from_uuid(fresh_uuid(&*self.clock))
    }

    /// The desk of this place, if the agent is one of its agents. Asked on every command and every click.
    fn desk_for(&self, at: &Occasion) -> OrRefusal<&Desk> {
        let Some(desk) = self.desk_of_channel(at.channel, at.parent) else {
            return Err(answers::no_desk_here(self.desks.iter()));
        };
        if at.guild != Some(desk.guild) || !desk.admits(&at.agent.roles) {
            return Err(answers::not_an_agent(desk));
        }
        Ok(desk)
    }

    /// The time zone of the desk of this place; `None` where there is no desk.
    #[must_use]
    pub fn time_zone_at(&self, channel: ChannelId, parent: Option<ChannelId>) -> Option<&TimeZone> {
        self.desk_of_channel(channel, parent).map(|desk| &desk.time_zone)
    }

    fn desk_of_channel(&self, channel: ChannelId, parent: Option<ChannelId>) -> Option<&Desk> {
        self.desks.by_channel(channel).or_else(|| self.desks.by_channel(parent?))
    }

    async fn enqueue(&self, tx: &mut Tx, lane: Lane, effect: Effect) -> Result<()> {
        let now = self.now();
        let due = if matches!(effect, Effect::UpdateCard { .. }) { now.plus(CARD_DEBOUNCE) } else { now };
        store::outbox::enqueue(tx, lane, &effect, now, due).await
    }

    /// Puts a line to the operator into the outbox, unless the same was said within the hour.
    pub async fn tell_operator(&self, tx: &mut Tx, notice: Notice) -> Result<()> {
        self.tell_operator_once(tx, notice).await?;
        Ok(())
    }

    /// The same; false where it was said within the hour.
    pub(crate) async fn tell_operator_once(&self, tx: &mut Tx, notice: Notice) -> Result<bool> {
        let effect = Effect::TellOperator { notice, nonce: self.nonce() };
        let key = effect.key().unwrap_or_default();
        if store::outbox::told_since(tx, &key, self.now().minus(TELL_AGAIN_AFTER), self.now()).await? {
            return Ok(false);
        }
        self.enqueue(tx, Lane::Operator, effect).await?;
        Ok(true)
    }

    /// The operator hears of something that belongs to no other change.
    pub async fn tell(&self, notice: Notice) -> Result<()> {
        let mut tx = self.store.begin().await?;
        self.tell_operator(&mut tx, notice).await?;
        tx.commit().await?;
        self.wake.discord.notify_one();
        Ok(())
    }

    /// The clock was set back by so much: nothing waits longer for it.
    pub(crate) async fn clock_was_set_back(&self, by: Duration) -> Result<()> {
        let mut tx = self.store.begin().await?;
        store::due_times::bring_back(&mut tx, by, self.now()).await?;
        tx.commit().await?;
        self.wake.inbox.notify_one();
        self.wake.couriers();
        Ok(())
    }

    /// It may have been set back before the start.
    pub(crate) async fn doubt_due_times(&self) -> Result<()> {
        let mut tx = self.store.begin().await?;
        store::due_times::doubt(&mut tx, self.now()).await?;
        tx.commit().await
    }

    /// What was refused may be allowed now: these effects are due.
    pub async fn hurry_refused(&self, effects: &[EffectId]) -> Result<()> {
        // Each on its own: several rows of the outbox, without their customers, could stand in a flow's way.
        for effect in effects {
            let mut tx = self.store.begin().await?;
            store::outbox::hurry_one(&mut tx, *effect, self.now()).await?;
            tx.commit().await?;
        }
        self.wake.discord.notify_one();
        Ok(())
    }

    /// An outside is back: what waited for it by a retry schedule is due now.
    pub async fn hurry(&self, outside: Outside) -> Result<()> {
        let mut tx = self.store.begin().await?;
        store::outbox::hurry(&mut tx, outside, Schedule::Soon.longest(), self.now()).await?;
        tx.commit().await?;
        self.wake.couriers();
        Ok(())
    }
}
