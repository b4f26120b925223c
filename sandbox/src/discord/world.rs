//! Everything the simulated Discord knows, behind one lock, and the signal that it changed.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use serde_json::Value;

use super::{
    error::ApiError,
    gateway::sessions::Sessions,
    guild::{Channel, Guild, PRIVATE_THREAD},
    id::Id,
    interaction::Record,
    message::Message,
    permissions::Permissions,
    posting::Nonce,
    rate_limit::Ledger,
    setup::Setup,
};
use crate::{
    signal::{Changes, Signal},
    spec::Spec,
};

/// The state of the service. Tests read it through the views on it.
pub struct World {
    pub(crate) setup: Setup,
    /// The bot's token now; a test may change it.
    pub(crate) token: String,
    pub(crate) guild: Guild,
    /// Of all channels, ephemeral ones included; ids ascend with time.
    pub(crate) messages: BTreeMap<Id, Message>,
    pub(crate) nonces: Vec<Nonce>,
    /// The guild's registered commands, as they go over the wire.
    pub(crate) commands: Vec<Value>,
    pub(crate) interactions: BTreeMap<Id, Record>,
    pub(crate) sessions: Sessions,
    pub(crate) ledger: Ledger,
    /// What a correct bot would not have done.
    pub(crate) complaints: Vec<String>,
    /// What the objects in gateway events are held against.
    pub(crate) spec: Option<Arc<Spec>>,
    /// How far Discord's clock is ahead of the machine's, for what takes long: archiving.
    pub(crate) ahead: Duration,
    last_id: Id,
}

impl World {
    pub(crate) fn new(setup: Setup, spec: Option<Arc<Spec>>) -> Self {
        let mut last_id = Id::after(Id::new(0));
        let guild = setup.guild(|| {
            last_id = Id::after(last_id);
            last_id
        });
        Self {
            token: setup.token.clone(),
            ledger: Ledger::new(setup.rate_limits),
            guild,
            messages: BTreeMap::new(),
            nonces: Vec::new(),
            commands: Vec::new(),
            interactions: BTreeMap::new(),
            sessions: Sessions::default(),
            complaints: Vec::new(),
            spec,
            ahead: Duration::ZERO,
            last_id,
            setup,
        }
    }

    /// Discord's time.
    pub(crate) fn now(&self) -> SystemTime {
        SystemTime::now() + self.ahead
    }

    pub(crate) fn mint(&mut self) -> Id {
        self.last_id = Id::after(self.last_id);
        self.last_id
    }

    /// The application shares its bot's id, as it does for bots made since 2016.
    pub(crate) fn application(&self) -> Id {
        self.guild.bot
    }

    /// A channel that somebody sees, and what they may do there.
    ///
    /// # Errors
    /// 10003 where there is no such channel, 50001 where they do not see it.
    pub(crate) fn seen_by(&self, person: Id, channel: Id) -> Result<(&Channel, Permissions), ApiError> {
        let known = self.guild.channels.get(&channel);
        let channel = known.ok_or(ApiError::UNKNOWN_CHANNEL)?;
        let permissions = self.guild.permissions(person, channel);
        let invited = channel.thread.as_ref().is_none_or(|thread| {
            channel.kind != PRIVATE_THREAD
                || thread.members.contains_key(&person)
                || permissions.contains(Permissions::MANAGE_THREADS)
        });
        if permissions.contains(Permissions::VIEW_CHANNEL) && invited {
            Ok((channel, permissions))
        } else {
            Err(ApiError::MISSING_ACCESS)
        }
    }

    /// Like [`World::seen_by`], for the bot.
    ///
    /// # Errors
    /// Also 50013 where the bot lacks one of the `needed` permissions.
    pub(crate) fn channel(&self, channel: Id, needed: Permissions) -> Result<&Channel, ApiError> {
        let (channel, permissions) = self.seen_by(self.guild.bot, channel)?;
        if permissions.contains(needed) { Ok(channel) } else { Err(ApiError::MISSING_PERMISSIONS) }
    }
}

/// The world, shared by the REST door, the gateway and the people.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Inner>);

struct Inner {
    world: Mutex<World>,
    changed: Signal,
}

impl Shared {
    pub(crate) fn new(world: World) -> Self {
        Self(Arc::new(Inner { world: Mutex::new(world), changed: Signal::default() }))
    }

    pub(crate) fn read<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.lock())
    }

    /// Changes the world and wakes all who wait for something in it.
    pub(crate) fn change<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let outcome = act(&mut self.lock());
        self.0.changed.raise();
        outcome
    }

    /// Waits until `look` finds something. None: not within `patience`.
    pub(crate) async fn wait_for<T>(&self, patience: Duration, mut look: impl FnMut(&World) -> Option<T>) -> Option<T> {
        let mut changes = self.changes();
        let found = async {
            loop {
                if let Some(found) = self.read(&mut look) {
                    return found;
                }
                changes.next().await;
            }
        };
        tokio::time::timeout(patience, found).await.ok()
    }

    pub(crate) fn changes(&self) -> Changes {
        self.0.changed.changes()
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.0.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
