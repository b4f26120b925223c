//! The connection to Discord's gateway: made, watched, made again, for as long as the process runs. Whatever Discord
//! refuses, the process goes on: texts from customers are still stored.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serenity::all::{ConnectionStage, GatewayIntents, ShardId, ShardManager};
use serenity::gateway::GatewayError;
use serenity::http::HttpBuilder;
use serenity::{Client, Error};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::events::{Events, Listener};
use super::housekeeping::{Housekeeping, Wanted};
use super::interactions::Interactions;
use super::rest::Rest;
use crate::config;
use crate::flows::Flows;
use crate::health::{DiscordLink, Health};
use crate::lifecycle::Shutdown;
use crate::ports::Clock;
use crate::wording::discord as wording;

/// The key of a refusal among the troubles of [`Health`].
const TROUBLE: &str = "discord";

/// How often the connection is looked at, should its signal be lost.
const LOOK: Duration = Duration::from_secs(1);

/// How long to wait before the gateway is tried again: from the first to the second, doubling.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// After an outage.
    pub lost: (Duration, Duration),
    /// After a refusal of the token or an intent: somebody must do something about it, and sessions are counted.
    pub refused: (Duration, Duration),
}

impl Default for Pace {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { lost: (seconds(1), seconds(60)), refused: (seconds(5 * 60), seconds(60 * 60)) }
    }
}

/// The task that keeps the gateway connected and hands its events on.
pub struct Gateway {
    api_url: String,
    token: SecretString,
    rest: Arc<Rest>,
    health: Arc<Health>,
    clock: Arc<dyn Clock>,
    pace: Pace,
    events: Arc<Events>,
    housekeeping: Housekeeping,
}

/// How a connection ended.
enum End {
    /// We were asked to end.
    Asked,
    Lost(String),
    Refused(&'static str),
    /// There are no more sessions for so long.
    NoSessions(Duration),
}

impl Gateway {
    /// `tasks` runs one task for each interaction.
    #[must_use]
    pub fn new(
        discord: &config::Discord,
        rest: Arc<Rest>,
        flows: Flows,
        health: Arc<Health>,
        tasks: Shutdown,
        pace: Pace,
    ) -> Self {
        let clock = flows.clock.clone();
        let wanted = Arc::new(Wanted::default());
        let housekeeping = Housekeeping {
            rest: rest.clone(),
            flows: flows.clone(),
            operator_channel: discord.operator_channel,
            wanted: wanted.clone(),
            ring_nobody: Mutex::default(),
        };
        let events = Events {
            interactions: Interactions::new(rest.clone(), flows, tasks),
            housekeeping: wanted,
            clock: clock.clone(),
            stage_changed: Notify::new(),
            unknown: AtomicU64::new(0),
            sessions: Mutex::new(VecDeque::new()),
        };
        Self {
            api_url: discord.api_url.clone(),
            token: discord.token.clone(),
            rest,
            health,
            clock,
            pace,
            events: Arc::new(events),
            housekeeping,
        }
    }

    /// How many events that we need could not be read since the start. Anything but 0 is a mistake, or a change at
    /// Discord.
    #[must_use]
    pub fn unknown_events(&self) -> u64 {
        self.events.unknown.load(Ordering::Relaxed)
    }

    /// Runs until `shutdown` is cancelled.
    pub async fn run(&self, shutdown: CancellationToken) {
        tokio::select! {
            () = self.keep_connected(&shutdown) => {}
            () = self.housekeeping.run() => {}
        }
    }

    async fn keep_connected(&self, shutdown: &CancellationToken) {
        let (mut lost, mut refused) = (self.pace.lost.0, self.pace.refused.0);
        loop {
            let begun = self.clock.now();
            let end = Box::pin(self.connection(shutdown)).await;
            if self.clock.now().since(begun) > self.pace.lost.1 {
                // It held.
                (lost, refused) = (self.pace.lost.0, self.pace.refused.0);
            }
            let pause = match end {
                End::Asked => return,
                End::Lost(why) => {
                    self.health.set_discord(DiscordLink::Connecting);
                    tracing::warn!(why, pause = ?lost, "no connection to Discord; trying again");
                    double(&mut lost, self.pace.lost.1)
                }
                End::NoSessions(pause) => {
                    self.health.set_discord(DiscordLink::Connecting);
                    self.say(&wording::no_sessions_left(pause.as_secs().div_ceil(60)));
                    pause
                }
                End::Refused(why) => {
                    self.health.set_discord(DiscordLink::Refused);
                    self.say(why);
                    double(&mut refused, self.pace.refused.1)
                }
            };
            let wait = self.clock.sleep_until(self.clock.now().plus(pause));
            if shutdown.run_until_cancelled(wait).await.is_none() {
                return;
            }
        }
    }

    fn say(&self, trouble: &str) {
        if self.health.trouble(TROUBLE, trouble) {
            tracing::error!("{trouble}");
        }
    }

    /// One connection, from asking for the gateway's address to its end. Serenity resumes and renews sessions within.
    async fn connection(&self, shutdown: &CancellationToken) -> End {
        let Some(asked) = shutdown.run_until_cancelled(self.rest.gateway()).await else { return End::Asked };
        let gateway = match asked {
            Ok(gateway) => gateway,
            Err(error) if error.is_unauthorized() => return End::Refused(wording::TOKEN_REFUSED),
            Err(error) => return End::Lost(error.to_string()),
        };
        if gateway.session_start_limit.remaining == 0 {
            return End::NoSessions(Duration::from_millis(gateway.session_start_limit.reset_after));
        }
        if self.events.too_many_sessions() {
            return End::NoSessions(self.pace.refused.0);
        }
        let mut client = match self.client(gateway.url).await {
            Ok(client) => client,
            Err(error) => return End::Lost(error.to_string()),
        };
        let (manager, url) = (client.shard_manager.clone(), client.ws_url.clone());
        let end = {
            let mut running = pin!(client.start());
            loop {
                let look_again = self.clock.sleep_until(self.clock.now().plus(LOOK));
                tokio::select! {
                    result = &mut running => break ended(result),
                    () = shutdown.cancelled() => break End::Asked,
                    () = self.events.stage_changed.notified() => {}
                    () = look_again => {}
                }
                self.look(&manager).await;
                if self.events.too_many_sessions() {
                    break End::NoSessions(self.pace.refused.0);
                }
            }
        };
        if matches!(end, End::Refused(_) | End::Lost(_)) {
            // The shard is gone and cannot confirm its end, for which the manager would wait.
            manager.shutdown_finished(ShardId(0));
        }
        if manager.shards_instantiated().await.is_empty() {
            // There is no other way to stop a manager that has not connected yet: it waits for this lock forever.
            std::mem::forget(url.lock_owned().await);
        } else {
            manager.shutdown_all().await;
        }
        end
    }

    /// Serenity's client. Its own requests go to the configured address too: its limiter would send them to Discord
    /// whatever the address, so it has none; and where it asks for the gateway's address by itself, it falls back to
    /// Discord's, so it is given the one that we know.
    async fn client(&self, gateway_url: String) -> Result<Client, Error> {
        let http = HttpBuilder::new(self.token.expose_secret())
            .proxy(&self.api_url)
            .ratelimiter_disabled(true)
            .client(self.rest.http_client())
            .build();
        let client = serenity::client::ClientBuilder::new_with_http(http, GatewayIntents::GUILDS)
            .event_handler(Listener(self.events.clone()))
            .raw_event_handler(Listener(self.events.clone()))
            .await?;
        *client.ws_url.lock().await = gateway_url;
        Ok(client)
    }

    /// Brings what we say about the connection up to date.
    async fn look(&self, manager: &ShardManager) {
        let stage = manager.runners.lock().await.get(&ShardId(0)).map(|runner| runner.stage);
        let before = self.health.discord();
        if stage == Some(ConnectionStage::Connected) {
            if before != DiscordLink::Connected {
                self.health.set_discord(DiscordLink::Connected);
                self.health.mended(TROUBLE);
                tracing::info!("connected to Discord");
            }
        } else if before == DiscordLink::Connected {
            self.health.set_discord(DiscordLink::Connecting);
            tracing::warn!("the connection to Discord is lost; it is being made again");
        }
    }
}

/// Gives the pause and doubles the next, up to `longest`.
fn double(next: &mut Duration, longest: Duration) -> Duration {
    let pause = *next;
    *next = (pause * 2).min(longest);
    pause
}

fn ended(result: Result<(), Error>) -> End {
    match result {
        Ok(()) => End::Lost("it was closed".into()),
        Err(Error::Gateway(GatewayError::InvalidAuthentication | GatewayError::NoAuthentication)) => {
            End::Refused(wording::TOKEN_REFUSED)
        }
        Err(Error::Gateway(GatewayError::InvalidGatewayIntents | GatewayError::DisallowedGatewayIntents)) => {
            End::Refused(wording::INTENTS_REFUSED)
        }
        Err(error) => End::Lost(error.to_string()),
    }
}
