//! `threadline serve`: runs the bridge until SIGTERM or Ctrl-C.

use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;

use crate::app::{App, Surroundings};
use crate::config::{Config, Environment};
use crate::health::DiscordLink;
use crate::lifecycle::Shutdown;
use crate::ports::{Clock as _, SystemClock};
use crate::wording::start::{self, Start};

/// How long somebody at a terminal waits for word of Discord.
const PATIENCE: Duration = Duration::from_secs(10);
/// How soon after the connection the commands are registered and the permissions looked at.
const PUT_IN_ORDER: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(100);

#[derive(Args)]
pub struct Options {
    /// End when standard input does: for a program that runs the bridge, and must not leave it behind
    #[arg(long, hide = true)]
    while_stdin_is_open: bool,
}

/// # Errors
/// Where the configuration does not hold, something cannot be had at the start, or a task died.
pub async fn run(config: &Path, env: &Environment, options: Options) -> anyhow::Result<()> {
    let config = Config::load(config, env)?;
    let app = App::start(config.clone(), Surroundings::default()).await?;
    app.shutdown().on_signals().context("cannot listen for signals")?;
    if options.while_stdin_is_open {
        end_with_stdin(app.shutdown().clone());
    }
    tracing::info!(webhooks = %app.public_address(), health = %app.private_address(), "Threadline is running");
    if io::stdout().is_terminal() && !options.while_stdin_is_open {
        let token = app.shutdown().token();
        token.run_until_cancelled(tell_the_start(&app, &config)).await;
    }
    app.finished().await?;
    tracing::info!("ended, with everything stored");
    Ok(())
}

/// Says to somebody at a terminal what the bridge works with, how it gets on, and what is still missing.
async fn tell_the_start(app: &App, config: &Config) {
    let Config { server, database, discord, vonage, desks } = config;
    say(&start::beginning(&Start {
        version: env!("CARGO_PKG_VERSION"),
        database: &database.shown(),
        webhooks: app.public_address(),
        public_url: server.public_url.as_deref(),
        health: app.private_address(),
        vonage: vonage.sending_url(),
        discord: &discord.api_url,
        desks,
    }));
    let health = app.health();
    let until = SystemClock.now().plus(PATIENCE);
    while health.discord() == DiscordLink::Connecting && SystemClock.now() < until {
        pause(LOOK_EVERY).await;
    }
    let connected = health.discord() == DiscordLink::Connected;
    say(start::discord(connected));
    if connected {
        pause(PUT_IN_ORDER).await;
    }
    let troubles: Vec<_> = health.troubles().into_iter().map(|(_, sentence)| sentence).collect();
    say(&start::missing(connected, &troubles, server.public_url.is_some()));
}

/// A terminal that is gone is no reason to end.
fn say(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}

async fn pause(duration: Duration) {
    SystemClock.sleep_until(SystemClock.now().plus(duration)).await;
}

/// A thread of its own, for nothing can interrupt the reading: it must not hold the runtime up.
fn end_with_stdin(shutdown: Shutdown) {
    std::thread::spawn(move || {
        // What comes does not matter, and neither does how it ends.
        let _ = std::io::stdin().lock().read_to_end(&mut Vec::new());
        shutdown.begin();
    });
}
