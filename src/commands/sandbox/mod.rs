//! `threadline sandbox`: simulators of Vonage and Discord with the real bridge between them, one conversation played,
//! and then whatever one likes to try.
//!
//! | room | what it is for |
//! |---|---|
//! | `scene` | starts the simulators and the bridge |
//! | `configuration` | how the bridge is configured |
//! | `bridge` | the bridge's process: started, stopped, killed, started anew |
//! | `play` | one notification, its reply, its confirmation |
//! | `transcript` | prints what customers and agents see, as it happens |
//! | `control` | the routes: the page, and what people do on it, as JSON |
//! | `stage`, `wire`, `live` | what the page shows, and how it hears of changes |
//! | `veil` | what the wire does not show |
//! | `answers` | phones that answer by themselves |
//! | `signatures` | signed webhooks, on both sides |

mod answers;
mod bridge;
mod configuration;
mod control;
mod live;
mod play;
mod scene;
mod signatures;
mod stage;
mod transcript;
mod veil;
mod wire;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use clap::Args;
use tokio::net::TcpListener;

use crate::config::Environment;
use crate::http::{Limits, server};
use crate::lifecycle::Shutdown;
use crate::telemetry;
use configuration::SendsBy;
use control::Control;
use live::Live;
use scene::Scene;
use transcript::Transcript;

#[derive(Args)]
pub struct Options {
    /// Where the page and its JSON API listen; loopback only. Port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8700")]
    listen: SocketAddr,
    /// By which of Vonage's APIs the bridge sends
    #[arg(long, value_enum, default_value = "sms")]
    api: SendsBy,
    /// What the bridge logs on stderr: error, warn, info, debug or trace
    #[arg(long, env = "RUST_LOG", default_value = "warn")]
    log: String,
}

/// Runs until SIGTERM or Ctrl-C.
///
/// # Errors
/// Where something cannot be started, and where the play does not go as it should.
pub async fn run(options: Options) -> anyhow::Result<()> {
    telemetry::init(&Environment::from_pairs([("RUST_LOG", options.log.clone())]));
    let listen = options.listen;
    ensure!(listen.ip().is_loopback(), "--listen takes an address of this machine only, such as 127.0.0.1:8700");
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("cannot listen on {listen}: is another sandbox running? --listen 127.0.0.1:0 takes a free port")
    })?;
    let shutdown = Shutdown::default();
    shutdown.on_signals().context("cannot listen for signals")?;
    let (scene, keeper) = Scene::start(options.api, &options.log).await?;
    shutdown.spawn("bridge", keeper.run(shutdown.token()));
    let outcome = perform(&scene, &shutdown, listener).await;
    if outcome.is_err() {
        shutdown.begin();
    }
    let ended = shutdown.finished().await;
    outcome?;
    Ok(ended?)
}

/// Opens the page, plays the conversation, and leaves everything running.
async fn perform(scene: &Scene, shutdown: &Shutdown, listener: TcpListener) -> anyhow::Result<()> {
    let address = listener.local_addr()?;
    let transcript = Arc::new(Transcript::new(scene, shutdown));
    shutdown.spawn("transcript", transcript.clone().follow());
    let live = Arc::new(Live::new(scene));
    shutdown.spawn("live", live.clone().follow(shutdown.token()));
    let control = Control::new(scene, &transcript, live, shutdown.token());
    let routes = control::routes(control.clone(), address);
    shutdown.spawn("control", server::serve(listener, routes, Limits::default(), shutdown.token()));
    transcript.print("The real bridge, between a simulated Vonage and a simulated Discord.\n\n");
    let played = async {
        scene.connect().await?;
        play::play(scene, &transcript).await.context("the play failed")
    };
    let Some(played) = shutdown.token().run_until_cancelled(played).await else { return Ok(()) };
    played?;
    control.opening_is_over();
    transcript.print(&what_next(scene, address));
    Ok(())
}

fn what_next(scene: &Scene, control: SocketAddr) -> String {
    let Scene { public, private, .. } = scene;
    let (customer, token) = (play::CUSTOMER, scene::PATH_TOKEN);
    format!(
        "
That was a notification, its reply and its confirmation. Play both sides yourself, until Ctrl-C:

  the page  http://{control}

  webhooks  http://{public}/webhooks/{token}/inbound-sms
  health    http://{private}/readyz   and /metrics

All of it goes by curl as well (docs/sandbox.md). The customer writes, and Ana replies:

  curl http://{control}/phones/{customer}/send -d '{{\"text\": \"Can you come after 6 pm?\"}}'
  curl http://{control}/agents/Ana/command -d '{{\"thread\": \"#1\", \"name\": \"reply\", \"options\": {{\"text\": \"Yes, we can.\"}}}}'

"
    )
}
