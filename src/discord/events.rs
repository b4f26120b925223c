//! What the gateway tells: each event goes to the room that it concerns, and none is lost unseen.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serenity::all::{Cache, ConnectionStage, Context, Event, EventHandler, RawEventHandler, ShardStageUpdateEvent};

use tokio::sync::Notify;

use super::housekeeping::Wanted;
use super::interactions::Interactions;
use super::rest::Me;
use crate::domain::time::Timestamp;
use crate::ports::Clock;

/// More sessions than this within an hour, and something is wrong that asking again does not mend. Discord allows 1,000
/// a day, and resets the token of a bot that asks for more.
const SESSIONS_AN_HOUR: usize = 20;
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Events that we live by. Serenity drops one that it cannot read, with no more than this trace of it.
const NEEDED: [&str; 13] = [
    "READY",
    "RESUMED",
    "INTERACTION_CREATE",
    "GUILD_CREATE",
    "GUILD_UPDATE",
    "GUILD_MEMBER_UPDATE",
    "GUILD_ROLE_CREATE",
    "GUILD_ROLE_UPDATE",
    "GUILD_ROLE_DELETE",
    "CHANNEL_CREATE",
    "CHANNEL_UPDATE",
    "CHANNEL_DELETE",
    "THREAD_UPDATE",
];

pub(super) struct Events {
    pub(super) interactions: Interactions,
    pub(super) housekeeping: Arc<Wanted>,
    pub(super) clock: Arc<dyn Clock>,
    /// The connection has changed.
    pub(super) stage_changed: Notify,
    pub(super) unknown: AtomicU64,
    /// When the last sessions were asked for, oldest first.
    pub(super) sessions: Mutex<VecDeque<Timestamp>>,
}

impl Events {
    /// Whether sessions are asked for so often that it must end.
    pub(super) fn too_many_sessions(&self) -> bool {
        let since = self.clock.now().minus(HOUR);
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        while sessions.front().is_some_and(|begun| *begun < since) {
            sessions.pop_front();
        }
        sessions.len() > SESSIONS_AN_HOUR
    }

    fn hear(&self, event: Event, cache: Arc<Cache>) {
        match event {
            Event::Ready(event) => {
                let me = Me { user: event.ready.user.id.into(), application: event.ready.application.id };
                self.interactions.know_me(me);
                self.housekeeping.all();
            }
            Event::GuildCreate(_) => self.housekeeping.all(),
            Event::InteractionCreate(event) => self.interactions.take(event.interaction, cache),
            Event::GuildUpdate(_)
            | Event::GuildMemberUpdate(_)
            | Event::GuildRoleCreate(_)
            | Event::GuildRoleUpdate(_)
            | Event::GuildRoleDelete(_)
            | Event::ChannelCreate(_)
            | Event::ChannelUpdate(_)
            | Event::ChannelDelete(_) => self.housekeeping.permissions(),
            Event::ThreadUpdate(event) => {
                let archived = event.thread.thread_metadata.is_some_and(|thread| thread.archived);
                if !archived {
                    self.interactions.see_awake(event.thread.id.into());
                }
            }
            Event::Unknown(event) => self.count_unknown(&event.kind),
            _ => {}
        }
    }

    fn stage(&self, stage: ConnectionStage) {
        if stage == ConnectionStage::Identifying {
            let now = self.clock.now();
            self.sessions.lock().unwrap_or_else(PoisonError::into_inner).push_back(now);
        }
        self.stage_changed.notify_one();
    }

    fn count_unknown(&self, kind: &str) {
        if NEEDED.contains(&kind) {
            self.unknown.fetch_add(1, Ordering::Relaxed);
            metrics::counter!("threadline_discord_unknown_events_total", "kind" => kind.to_owned()).increment(1);
            tracing::error!(kind, "an event from Discord could not be read, and is lost");
        }
    }
}

/// What serenity is given: it wants to own its handlers.
pub(super) struct Listener(pub(super) Arc<Events>);

#[async_trait]
impl RawEventHandler for Listener {
    async fn raw_event(&self, context: Context, event: Event) {
        self.0.hear(event, context.cache);
    }
}

#[async_trait]
impl EventHandler for Listener {
    async fn shard_stage_update(&self, _: Context, event: ShardStageUpdateEvent) {
        self.0.stage(event.new);
    }
}
