//! The simulated Vonage: SMS API, Messages API, account and its numbers, customers' phones, reports, and webhooks with
//! their retries.
//!
//! Written from Vonage's documents: strict where the real service is strict, and where it only ignores a mistake, the
//! mistake is noted in [`Vonage::violations`].

mod account_api;
pub mod alphabet;
mod application;
mod bearer;
mod carrier;
mod codes;
mod controls;
mod credentials;
mod fields;
mod inbound;
mod inbound_messages;
mod left_over;
mod message_controls;
mod message_request;
mod messages_api;
mod numbers_api;
mod opt_out;
mod phone;
mod problem;
mod pushed_messages;
mod rate;
mod receipts;
mod rented;
mod renting;
mod screen;
mod settings;
mod setup;
mod signing;
mod sms;
mod sms_api;
mod stamp;
mod state;
mod statuses;
mod stock;
mod submission;
mod webhooks;

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract;
use axum::routing::{get, post};
use http::{HeaderMap, Method, StatusCode, Uri};
use tokio::sync::Semaphore;

pub use application::Application;
pub use controls::Habits;
pub use fields::Fields;
pub use inbound::Parts;
pub use inbound_messages::WebhookApi;
pub use opt_out::Barring;
pub use phone::{Phone, Reachability, Standing};
pub use receipts::{Receipts, Verdict};
pub use rented::Rented;
pub use screen::{Bubble, Passage, Side};
pub use settings::Settings;
pub use setup::Setup;
pub use signing::{SignatureMethod, Signing};
pub use sms::{Api, Sms};
pub use statuses::Progress;
pub use webhooks::{Attempt, Outcome, UrlRefused, Webhook, WebhookFormat, WebhookKind};

use crate::fault::Faults;
use crate::server::{Server, Watch};
use crate::signal::Changes;
use crate::spec::Spec;
use crate::wire::{WRONG_ON_PURPOSE, WireLog};
use state::{Shared, State};

/// A running simulated Vonage with one account. Clones are the same; it stops when the last one is dropped.
#[derive(Clone)]
pub struct Vonage {
    core: Core,
    server: Arc<Server>,
    watch: Watch,
}

/// What every part of the simulator shares.
#[derive(Clone)]
struct Core {
    setup: Arc<Setup>,
    state: Shared,
    http: reqwest::Client,
    spec: Option<Arc<Spec>>,
    connections: Arc<Semaphore>,
}

impl Vonage {
    /// Starts it.
    ///
    /// # Errors
    /// When the address is taken, or `specs` names a folder without Vonage's descriptions.
    pub async fn start(setup: Setup) -> std::io::Result<Self> {
        assert!(!setup.numbers.is_empty(), "an account without a number can send nothing");
        let spec = setup.specs.as_deref().map(Spec::vonage).transpose().map_err(std::io::Error::other)?.map(Arc::new);
        let core = Core::new(setup, spec.clone())?;
        let router = Router::new()
            .route("/sms/json", post(sms_api::send))
            .route("/v1/messages", post(messages_api::send))
            .route("/account/get-balance", get(account_api::balance))
            .route("/account/settings", post(account_api::settings))
            .route("/account/numbers", get(numbers_api::owned))
            .route("/number/search", get(numbers_api::search))
            .route("/number/buy", post(renting::buy))
            .route("/number/cancel", post(renting::cancel))
            .route("/number/update", post(renting::update))
            .fallback(unexpected)
            .method_not_allowed_fallback(unexpected)
            .with_state(core.clone());
        let watch = Watch { spec, ..Watch::default() };
        let server = Arc::new(Server::start(core.setup.listen, router, watch.clone()).await?);
        Ok(Self { core, server, watch })
    }

    /// `http://127.0.0.1:PORT`: what the bridge takes for `rest.nexmo.com` and `api.nexmo.com`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    pub fn setup(&self) -> &Setup {
        &self.core.setup
    }

    /// The phone of that number: digits without `+`.
    pub fn phone(&self, number: &str) -> Phone {
        Phone { core: self.core.clone(), number: number.to_owned() }
    }

    /// Every phone that was used so far, by number.
    pub fn phones(&self) -> Vec<Phone> {
        let numbers: Vec<_> = self.core.state.read(|state| state.phones.keys().cloned().collect());
        numbers.iter().map(|number| self.phone(number)).collect()
    }

    /// Every SMS that was accepted, in order.
    pub fn sent(&self) -> Vec<Sms> {
        self.core.state.read(|state| state.sent.clone())
    }

    /// All accepted SMS as soon as there are `n`, or as they are after `timeout`.
    pub async fn wait_for_sent(&self, n: usize, timeout: Duration) -> Vec<Sms> {
        // The caller sees by the length whether they came.
        let _ = tokio::time::timeout(timeout, self.core.state.until(|state| state.sent.len() >= n)).await;
        self.sent()
    }

    /// Every webhook so far, with its attempts.
    pub fn webhooks(&self) -> Vec<Webhook> {
        self.core.state.read(|state| state.webhooks.clone())
    }

    /// How many milliseconds the `Date` of the answers is ahead of the machine's time; less than 0: behind it.
    pub fn date_ahead(&self) -> Arc<AtomicI64> {
        self.watch.date_ahead.clone()
    }

    /// Every exchange with the simulated service.
    pub fn requests(&self) -> &WireLog {
        &self.watch.log
    }

    /// Wakes after every change of the account, its phones and its webhooks.
    pub fn changes(&self) -> Changes {
        self.core.state.changes()
    }

    /// What goes wrong with requests to the simulated service.
    pub fn faults(&self) -> &Faults {
        &self.watch.faults
    }

    /// Whether it takes connections.
    pub fn is_up(&self) -> bool {
        self.server.is_up()
    }

    /// Takes the service down: connections are refused. Webhooks and receipts on their way go on.
    pub async fn down(&self) {
        self.server.down().await;
    }

    /// Brings it back on the same port.
    ///
    /// # Errors
    /// When somebody else has taken the port meanwhile.
    pub async fn up(&self) -> std::io::Result<()> {
        self.server.up().await
    }
}

impl Core {
    fn new(setup: Setup, spec: Option<Arc<Spec>>) -> std::io::Result<Self> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(setup.webhook_timeout)
            .build()
            .map_err(std::io::Error::other)?;
        let state = State::new(&setup);
        let connections = Arc::new(Semaphore::new(setup.webhook_connections));
        Ok(Self { setup: Arc::new(setup), state: Shared::new(state), http, spec, connections })
    }

    fn first_number(&self) -> &str {
        &self.setup.numbers[0]
    }

    /// What the simulated Vonage takes for now: where it judges or makes tokens and signatures, and in its stamps.
    fn now(&self) -> SystemTime {
        SystemTime::now() + self.state.read(|state| state.clock_ahead)
    }

    fn unix_seconds(&self) -> u64 {
        stamp::unix_seconds(self.now())
    }

    fn note_unexpected(&self, what: String) {
        self.state.change(|state| state.unexpected.push(what));
    }
}

async fn unexpected(core: extract::State<Core>, method: Method, uri: Uri, headers: HeaderMap) -> StatusCode {
    if !headers.contains_key(WRONG_ON_PURPOSE) {
        core.note_unexpected(format!("an unexpected call: {method} {uri}"));
    }
    StatusCode::NOT_FOUND
}
