//! What is put in order after every connection and every change of rights: the commands stand in each guild as they
//! should, and what the bot lacks is said.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::error::RestError;
use super::rest::Rest;
use super::{commands, permissions};
use crate::domain::desk::{Desk, DeskName};
use crate::domain::effect::{NoRing, Notice};
use crate::domain::ids::{ChannelId, GuildId};
use crate::flows::Flows;
use crate::health::OPERATOR_CHANNEL;
use crate::wording::discord as wording;

/// Several changes of rights come at once; they are looked at together.
const SETTLING: Duration = Duration::from_millis(250);

const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);

/// Keeps commands and permissions in view.
pub(super) struct Housekeeping {
    pub(super) rest: Arc<Rest>,
    pub(super) flows: Flows,
    pub(super) operator_channel: ChannelId,
    pub(super) wanted: Arc<Wanted>,
    /// Desks whose role rings nobody, as the operator was told.
    pub(super) ring_nobody: Mutex<BTreeMap<DeskName, NoRing>>,
}

/// Asks for housekeeping.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    signal: Notify,
    /// Commands change with our version only, so a new session is reason enough to look at them, a role is not.
    commands: AtomicBool,
}

impl Wanted {
    /// After a connection: everything.
    pub(super) fn all(&self) {
        self.commands.store(true, Ordering::Relaxed);
        self.signal.notify_one();
    }

    /// After a change of roles or channels.
    pub(super) fn permissions(&self) {
        self.signal.notify_one();
    }
}

impl Housekeeping {
    /// Runs until it is dropped.
    pub(super) async fn run(&self) {
        loop {
            let have_changed = tokio::select! {
                () = self.wanted.signal.notified() => true,
                () = self.rest.rang_nobody() => false,
            };
            let clock = &self.flows.clock;
            clock.sleep_until(clock.now().plus(SETTLING)).await;
            if have_changed {
                self.flows.wake.rights.notify_one();
            }
            let mut pause = FIRST_PAUSE;
            while let Err(error) = self.tidy().await {
                tracing::debug!(%error, "commands and permissions could not be looked at; trying again");
                clock.sleep_until(clock.now().plus(pause)).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }

    async fn tidy(&self) -> Result<(), RestError> {
        if self.wanted.commands.load(Ordering::Relaxed) {
            let guilds: BTreeSet<GuildId> = self.flows.desks.iter().map(|desk| desk.guild).collect();
            for guild in guilds {
                self.register(guild).await?;
            }
            self.wanted.commands.store(false, Ordering::Relaxed);
        }
        for desk in self.flows.desks.iter() {
            let rights = permissions::at_desk(&self.rest, desk).await?;
            self.report(&format!("discord:desk:{}", desk.name), &rights.problems.join(" "));
            if let Some(alerts) = rights.alerts {
                self.tell_of_alerts(desk, alerts).await;
            }
        }
        // A desk's own channel was looked at just now.
        if self.flows.desks.by_channel(self.operator_channel).is_none() {
            let problem = permissions::in_operator_channel(&self.rest, self.operator_channel).await?;
            let sentence = problem.map(|why| wording::operator_channel_fails(&why)).unwrap_or_default();
            self.report(OPERATOR_CHANNEL, &sentence);
        }
        Ok(())
    }

    /// The operator hears that a desk's alerts ring nobody, and when that is over.
    async fn tell_of_alerts(&self, desk: &Desk, alerts: Result<(), NoRing>) {
        let Some(role) = desk.agent_roles.first().copied() else { return };
        let told = self.ring_nobody.lock().unwrap_or_else(PoisonError::into_inner).get(&desk.name).copied();
        if told == alerts.err() {
            return;
        }
        let (name, since) = (desk.name.clone(), self.flows.clock.now());
        let notice = match alerts {
            Err(why) => Notice::AlertsRingNobody { desk: name, role, why, since },
            Ok(()) => Notice::AlertsRing { desk: name, role, since },
        };
        if let Err(error) = self.flows.tell(notice).await {
            tracing::error!(%error, "the operator could not be told whether alerts ring; the next look will do it");
            return;
        }
        let mut known = self.ring_nobody.lock().unwrap_or_else(PoisonError::into_inner);
        match alerts {
            Err(why) => drop(known.insert(desk.name.clone(), why)),
            Ok(()) => drop(known.remove(&desk.name)),
        }
    }

    async fn register(&self, guild: GuildId) -> Result<(), RestError> {
        let sentence = match commands::register(&self.rest, guild).await {
            Ok(changed) => {
                if changed {
                    tracing::info!(%guild, "the commands are registered");
                }
                String::new()
            }
            Err(error) if error.is_temporary() => return Err(error),
            Err(error) => wording::commands_not_registered(guild, &error.to_string()),
        };
        self.report(&format!("discord:commands:{guild}"), &sentence);
        Ok(())
    }

    /// Says what is new; an empty sentence says that all is well.
    fn report(&self, key: &str, sentence: &str) {
        if sentence.is_empty() {
            if self.flows.health.trouble_of(key).is_some() {
                self.flows.health.mended(key);
                tracing::info!(key, "what was wrong in Discord is mended");
            }
        } else if self.flows.health.trouble(key, sentence) {
            tracing::warn!(key, "{sentence}");
        }
    }
}
