//! Puts everything together: a configuration becomes a running app. The only file that names every adapter.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use secrecy::ExposeSecret as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::{self, Config, Sending};
use crate::discord::{DiscordThreads, Gateway, Pace, Rest};
use crate::flows::{Flows, Wake};
use crate::health::Health;
use crate::http::{Admin, Keeper, Limits, router, server};
use crate::inbox::dispatch::Dispatch;
use crate::inbox::intake::Intake;
use crate::lifecycle::{GRACE, Shutdown, TaskDied};
use crate::outbox::clock_watch::ClockWatch;
use crate::outbox::discord_courier::DiscordCourier;
use crate::outbox::janitor::Janitor;
use crate::outbox::sms_courier::SmsCourier;
use crate::outbox::treasurer::Treasurer;
use crate::ports::{Account, Clock, SmsProvider, SystemClock, fresh_uuid};
use crate::store::Store;
use crate::telemetry;
use crate::vonage::{AccountClient, MessagesApi, Proof, Reader, SmsApi};

/// What is not configured, and what a test may want otherwise.
#[derive(Clone)]
pub struct Surroundings {
    pub clock: Arc<dyn Clock>,
    /// How fast the gateway is tried again.
    pub pace: Pace,
    /// How long a shutdown may take.
    pub grace: std::time::Duration,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self { clock: Arc::new(SystemClock), pace: Pace::default(), grace: GRACE }
    }
}

/// Threadline, running.
pub struct App {
    shutdown: Shutdown,
    store: Store,
    health: Arc<Health>,
    gateway: Arc<Gateway>,
    public: SocketAddr,
    private: SocketAddr,
}

impl App {
    /// Opens the database, settles what a former process left, and starts every task.
    ///
    /// # Errors
    /// Where the database or an address cannot be had. Discord and Vonage may be away: they are waited for.
    pub async fn start(config: Config, surroundings: Surroundings) -> anyhow::Result<Self> {
        let Surroundings { clock, pace, grace } = surroundings;
        let store = Store::open(config.database.url.expose_secret()).await?;
        let public = bind(config.server.listen, "server.listen").await?;
        let private = bind(config.server.admin_listen, "server.admin_listen").await?;
        let (public_address, private_address) = (public.local_addr()?, private.local_addr()?);

        let shutdown = Shutdown::new(grace);
        let health = Arc::new(Health::default());
        let flows = Flows {
            store: store.clone(),
            desks: Arc::new(config.desks.clone()),
            clock: clock.clone(),
            wake: Arc::new(Wake::default()),
            health: health.clone(),
            unconfirmed_after: config.vonage.unconfirmed_after,
        };
        let interrupted = flows.recover(None).await?;
        if interrupted > 0 {
            tracing::warn!(interrupted, "the former process was interrupted; SMS under way then are unconfirmed");
        }

        flows.look_after_desks().await?;
        flows.doubt_due_times().await?;
        flows.take_up_waiting_for_desks().await?;

        let (intake, writer) = Intake::new(store.clone(), clock.clone(), health.clone(), flows.wake.clone());
        let admin = Admin {
            health: health.clone(),
            store: store.clone(),
            clock: clock.clone(),
            metrics: telemetry::metrics().clone(),
        };
        let receipts = config.vonage.receipt_callback(&config.server);
        let vonage = provider(&config.vonage, receipts, clock.clone(), &health)?;
        let rest = Rest::new(&config.discord.api_url, &config.discord.token, clock.clone())?;
        let rest = Arc::new(rest.dated_for(health.clone()));
        let threads = Arc::new(DiscordThreads::new(rest.clone()));
        let gateway = Gateway::new(&config.discord, rest, flows.clone(), health.clone(), shutdown.clone(), pace);
        let gateway = Arc::new(gateway);
        let holder = fresh_uuid(&*clock).to_string();
        let per_second = config.vonage.messages_per_second;
        let account = AccountClient::new(
            &config.vonage.rest_url,
            config.vonage.api_key.clone(),
            config.vonage.api_secret.clone(),
        )?;
        let account: Arc<dyn Account> = Arc::new(account.dated_for(health.clone(), clock.clone()));
        let treasurer = Treasurer::new(flows.clone(), account, config.vonage.low_balance);
        let paused = flows.paused_before().await?;
        let (sms, teller) = SmsCourier::new(flows.clone(), vonage, treasurer.clone(), paused, &holder, per_second);
        let discord =
            DiscordCourier::new(flows.clone(), threads, health.clone(), &holder, config.discord.operator_channel);

        let limits = Limits::default();
        let max_age = config.vonage.door.max_age();
        let keeper = Keeper::new(intake, flows.clone(), health.clone());
        let public_routes = router::public(config.vonage.door.clone(), keeper, limits);
        shutdown.spawn("intake", writer.run(shutdown.token()));
        shutdown.spawn("public listener", server::serve(public, public_routes, limits, shutdown.token()));
        let private_routes = router::private(admin, limits);
        shutdown.spawn("private listener", server::serve(private, private_routes, limits, shutdown.token()));
        let caught_up = CancellationToken::new();
        let dispatch = Dispatch::new(flows.clone(), Arc::new(Reader));
        shutdown.spawn("inbox", dispatch.run(caught_up.clone(), shutdown.token()));
        let token = shutdown.token();
        shutdown.spawn("courier to Vonage", async move {
            // A STOP may lie in the inbox: it is heard before anything leaves.
            token.run_until_cancelled(caught_up.cancelled()).await;
            sms.run(token).await;
        });
        shutdown.spawn("teller of pauses", teller.run(shutdown.token()));
        shutdown.spawn("courier to Discord", discord.run(shutdown.token()));
        shutdown.spawn("treasurer", treasurer.run(shutdown.token()));
        shutdown.spawn("clock watch", ClockWatch::new(flows.clone()).run(shutdown.token()));
        shutdown.spawn("janitor", Janitor::new(flows, max_age).run(shutdown.token()));
        let (connection, token) = (gateway.clone(), shutdown.token());
        shutdown.spawn("gateway", async move { connection.run(token).await });

        Ok(Self { shutdown, store, health, gateway, public: public_address, private: private_address })
    }

    /// Where Vonage's webhooks arrive.
    #[must_use]
    pub const fn public_address(&self) -> SocketAddr {
        self.public
    }

    /// Where `/healthz`, `/readyz` and `/metrics` are.
    #[must_use]
    pub const fn private_address(&self) -> SocketAddr {
        self.private
    }

    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    #[must_use]
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// How many of Discord's events could not be read. Anything but 0 is a mistake.
    #[must_use]
    pub fn unknown_events(&self) -> u64 {
        self.gateway.unknown_events()
    }

    #[must_use]
    pub const fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }

    /// Waits for the shutdown and for everything to finish.
    ///
    /// # Errors
    /// Names the task whose death began the shutdown, if it was one.
    pub async fn finished(self) -> Result<(), TaskDied> {
        let ended = self.shutdown.finished().await;
        self.store.close().await;
        ended
    }
}

/// The API that sends.
fn provider(
    vonage: &config::Vonage,
    receipts: Option<String>,
    clock: Arc<dyn Clock>,
    health: &Arc<Health>,
) -> anyhow::Result<Arc<dyn SmsProvider>> {
    let (key, secret) = (vonage.api_key.clone(), vonage.api_secret.clone());
    Ok(match vonage.sending.clone() {
        Sending::Sms { signature } => {
            let proof = signature.map_or(Proof::Secret(secret), Proof::Signature);
            Arc::new(SmsApi::new(&vonage.rest_url, key, proof, receipts, clock)?.dated_for(health.clone()))
        }
        Sending::Messages { application } => {
            let api = MessagesApi::new(&vonage.api_url, (key, secret), application, receipts, clock.clone())?;
            Arc::new(api.dated_for(health.clone(), clock))
        }
    })
}

async fn bind(address: SocketAddr, key: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address} ({key})"))
}
