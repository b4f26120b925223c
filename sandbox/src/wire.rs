//! The wire log: every exchange that a server had, for tests to read and to wait on.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Method};
use tokio::sync::watch;

use crate::fault::glob_matches;
use crate::signal::{Changes, Signal};

/// A request header that a test of the simulator's own strictness sends: this request is wrong on purpose, so it is
/// nobody's violation.
pub const WRONG_ON_PURPOSE: &str = "x-sandbox-wrong-on-purpose";

/// One request and its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// When the request had arrived.
    pub at: SystemTime,
    pub method: Method,
    pub path: String,
    pub query: Option<String>,
    pub request_headers: HeaderMap,
    pub request_body: Bytes,
    /// `None`: the request was never answered.
    pub status: Option<u16>,
    pub response_headers: HeaderMap,
    pub response_body: Bytes,
    /// Whether an injected fault made this answer, or took it away.
    pub faulted: bool,
    /// From the request's arrival to the end of the exchange.
    pub took: Duration,
    /// Whether the request said that it is [wrong on purpose](WRONG_ON_PURPOSE).
    pub strictness_test: bool,
}

impl Exchange {
    /// The request's body as JSON; `null` where it is none.
    pub fn request_json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.request_body).unwrap_or_default()
    }

    /// The answer's body as JSON; `null` where it is none.
    pub fn response_json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.response_body).unwrap_or_default()
    }

    /// The fields of a form body, decoded and in order.
    pub fn request_form(&self) -> Vec<(String, String)> {
        serde_urlencoded::from_bytes(&self.request_body).unwrap_or_default()
    }
}

/// All exchanges of one server, in the order in which they ended. Clones share one log.
#[derive(Clone, Debug)]
pub struct WireLog {
    log: Arc<watch::Sender<Vec<Exchange>>>,
    signal: Signal,
}

impl Default for WireLog {
    fn default() -> Self {
        Self { log: Arc::new(watch::Sender::new(Vec::new())), signal: Signal::default() }
    }
}

impl WireLog {
    pub fn all(&self) -> Vec<Exchange> {
        self.since(0)
    }

    /// All exchanges but the first `seen`.
    pub fn since(&self, seen: usize) -> Vec<Exchange> {
        self.log.borrow().iter().skip(seen).cloned().collect()
    }

    /// Wakes after every exchange.
    pub fn changes(&self) -> Changes {
        self.signal.changes()
    }

    /// The exchanges of `method` (`"*"`: any) on the paths that `path` stands for (`*`: any run of characters).
    pub fn matching(&self, method: &str, path: &str) -> Vec<Exchange> {
        self.log.borrow().iter().filter(|exchange| is(exchange, method, path)).cloned().collect()
    }

    /// How many exchanges [`matching`](Self::matching) would return.
    pub fn count(&self, method: &str, path: &str) -> usize {
        self.log.borrow().iter().filter(|exchange| is(exchange, method, path)).count()
    }

    /// Waits until the log is as wanted. False: it was not so within `timeout`.
    pub async fn wait_for(&self, timeout: Duration, wanted: impl FnMut(&[Exchange]) -> bool) -> bool {
        let mut wanted = wanted;
        let mut log = self.log.subscribe();
        tokio::time::timeout(timeout, log.wait_for(|log| wanted(log))).await.is_ok()
    }

    /// Waits until there are `n` exchanges of `method` on `path`, and returns them, or what there is after `timeout`.
    pub async fn wait_for_count(&self, method: &str, path: &str, n: usize, timeout: Duration) -> Vec<Exchange> {
        let enough = |log: &[Exchange]| log.iter().filter(|exchange| is(exchange, method, path)).count() >= n;
        self.wait_for(timeout, enough).await;
        self.matching(method, path)
    }

    pub(crate) fn record(&self, exchange: Exchange) {
        self.log.send_modify(|log| log.push(exchange));
        self.signal.raise();
    }
}

fn is(exchange: &Exchange, method: &str, path: &str) -> bool {
    (method == "*" || exchange.method == method) && glob_matches(path, &exchange.path)
}
