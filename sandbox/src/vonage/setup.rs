//! What a simulated account looks like when it starts.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use super::application::Application;
use super::webhooks::WebhookFormat;
use crate::spec;

/// An account and its surroundings.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Port 0: any free one.
    pub listen: SocketAddr,
    pub api_key: String,
    pub api_secret: String,
    /// The numbers that the account rents at the start, digits without `+`; the first is where phones send to. Never
    /// empty.
    pub numbers: Vec<String>,
    /// Whose tokens may send messages.
    pub application: Application,
    /// Of both APIs together.
    pub messages_per_second: u32,
    /// From each of the account's numbers, by both APIs together; as long numbers in the United States have it.
    pub number_messages_per_second: Option<u32>,
    /// In which no more than a second's messages are let through. A little less than a second: a client that keeps to the
    /// limit is not refused because the network bunched its requests. A whole second is strict.
    pub rate_window: Duration,
    /// Of one part, in millionths of a euro.
    pub price: u64,
    /// In millionths of a euro.
    pub balance: u64,
    /// The network of every phone (MCCMNC).
    pub network: String,
    pub webhook_format: WebhookFormat,
    /// How long a webhook waits for its answer. The real figure is not documented.
    pub webhook_timeout: Duration,
    /// How many webhooks are in flight at once.
    pub webhook_connections: usize,
    /// Multiplies the pauses between the attempts of a webhook: 1.0 is the real 5 s, 10 s, … 15 min.
    pub retry_scale: f64,
    /// How long after the answer the receipts come.
    pub receipt_delay: Duration,
    /// The folder of the providers' descriptions; `None`: nothing is held against them.
    pub specs: Option<PathBuf>,
}

impl Default for Setup {
    /// For tests: a free port, a fictional number, credit for 30,000 parts, retries after milliseconds, and the
    /// descriptions that the environment names.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            api_key: "abcd1234".to_owned(),
            api_secret: "sandbox-secret-1".to_owned(),
            numbers: vec!["447700900000".to_owned()],
            application: Application::default(),
            messages_per_second: 30,
            number_messages_per_second: None,
            rate_window: Duration::from_millis(900),
            price: 33_300,
            balance: 1_000_000_000,
            network: "23410".to_owned(),
            webhook_format: WebhookFormat::default(),
            webhook_timeout: Duration::from_secs(10),
            webhook_connections: 100,
            retry_scale: 0.01,
            receipt_delay: Duration::from_millis(10),
            specs: spec::folder(),
        }
    }
}
