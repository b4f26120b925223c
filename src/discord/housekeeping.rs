//! What is put in order after every connection and every change of rights: the commands stand in each guild as they
//! should, and what the bot lacks is said.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use super::error::RestError;
use super::rest::Rest;
use super::{commands, permissions};
use crate::domain::desk::Desks;
use crate::domain::ids::GuildId;
use crate::health::Health;
use crate::ports::Clock;
use crate::wording::discord as wording;

/// Several changes of rights come at once; they are looked at together.
const SETTLING: Duration = Duration::from_millis(250);

const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);

/// Keeps commands and permissions in view.
pub(super) struct Housekeeping {
    pub(super) rest: Arc<Rest>,
    pub(super) desks: Arc<Desks>,
    pub(super) health: Arc<Health>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) wanted: Arc<Wanted>,
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
            self.wanted.signal.notified().await;
            self.clock.sleep_until(self.clock.now().plus(SETTLING)).await;
            let mut pause = FIRST_PAUSE;
            while let Err(error) = self.tidy().await {
                tracing::debug!(%error, "commands and permissions could not be looked at; trying again");
                self.clock.sleep_until(self.clock.now().plus(pause)).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }

    async fn tidy(&self) -> Result<(), RestError> {
        if self.wanted.commands.load(Ordering::Relaxed) {
            let guilds: BTreeSet<GuildId> = self.desks.iter().map(|desk| desk.guild).collect();
            for guild in guilds {
                self.register(guild).await?;
            }
            self.wanted.commands.store(false, Ordering::Relaxed);
        }
        for desk in self.desks.iter() {
            let problems = permissions::problems(&self.rest, desk).await?;
            self.report(&format!("discord:desk:{}", desk.name), &problems.join(" "));
        }
        Ok(())
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
            if self.health.trouble_of(key).is_some() {
                self.health.mended(key);
                tracing::info!(key, "what was wrong in Discord is mended");
            }
        } else if self.health.trouble(key, sentence) {
            tracing::warn!(key, "{sentence}");
        }
    }
}
