//! `threadline sandbox`: simulators of Vonage and Discord with the real bridge between them, one conversation played,
//! and then whatever one likes to try.
//!
//! | room | what it is for |
//! |---|---|
//! | `scene` | starts the simulators and the bridge, and connects them |
//! | `transcript` | prints what customers and agents see, as it happens |
//! | `play` | one notification, its reply, its confirmation |
//! | `control`, `state`, `faults` | the JSON API that people drive by `curl` |

mod control;
mod faults;
mod play;
mod scene;
mod state;
mod transcript;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use clap::Args;
use tokio::net::TcpListener;

use crate::app::App;
use crate::config::Environment;
use crate::http::{Limits, server};
use crate::telemetry;
use scene::Scene;
use transcript::Transcript;

#[derive(Args)]
pub struct Options {
    /// Where the JSON API listens; loopback only. Port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8700")]
    listen: SocketAddr,
    /// What the bridge logs on stderr: error, warn, info, debug or trace
    #[arg(long, env = "RUST_LOG", default_value = "warn")]
    log: String,
}

/// Runs until SIGTERM or Ctrl-C.
///
/// # Errors
/// Where something cannot be started, and where the play does not go as it should.
pub async fn run(options: Options) -> anyhow::Result<()> {
    telemetry::init(&Environment::from_pairs([("RUST_LOG", options.log)]));
    let listen = options.listen;
    ensure!(listen.ip().is_loopback(), "--listen takes an address of this machine only, such as 127.0.0.1:8700");
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("cannot listen on {listen}: is another sandbox running? --listen 127.0.0.1:0 takes a free port")
    })?;
    let (scene, app) = Scene::start().await?;
    app.shutdown().on_signals().context("cannot listen for signals")?;
    let outcome = perform(&scene, &app, listener).await;
    if outcome.is_err() {
        app.shutdown().begin();
    }
    let ended = app.finished().await;
    outcome?;
    Ok(ended?)
}

/// Plays the conversation, and leaves everything running.
async fn perform(scene: &Scene, app: &App, listener: TcpListener) -> anyhow::Result<()> {
    let shutdown = app.shutdown();
    let address = listener.local_addr()?;
    let transcript = Arc::new(Transcript::new(scene, shutdown));
    shutdown.spawn("transcript", transcript.clone().follow());
    transcript.print("The real bridge, between a simulated Vonage and a simulated Discord.\n\n");
    let played = async {
        scene.connect(app.public_address()).await?;
        play::play(scene, &transcript).await.context("the play failed")
    };
    let Some(played) = shutdown.token().run_until_cancelled(played).await else { return Ok(()) };
    played?;
    let limits = Limits::default();
    let routes = control::routes(scene.clone(), transcript.clone());
    shutdown.spawn("control", server::serve(listener, routes, limits, shutdown.token()));
    transcript.print(&what_next(app, address));
    Ok(())
}

fn what_next(app: &App, control: SocketAddr) -> String {
    let (public, private) = (app.public_address(), app.private_address());
    let (customer, token) = (play::CUSTOMER, scene::PATH_TOKEN);
    format!(
        "
That was a notification, its reply and its confirmation. Everything goes on running, and printing, until Ctrl-C:

  control   http://{control}   GET /state, POST /phones/…, /agents/…, /faults (docs/sandbox.md)
  webhooks  http://{public}/webhooks/{token}/inbound-sms
  health    http://{private}/readyz   and /metrics

The customer writes, and Ana replies; try it from another terminal:

  curl http://{control}/phones/{customer}/send -d '{{\"text\": \"Can you come after 6 pm?\"}}'
  curl http://{control}/agents/Ana/command -d '{{\"thread\": \"#1\", \"name\": \"reply\", \"options\": {{\"text\": \"Yes, we can.\"}}}}'

"
    )
}
