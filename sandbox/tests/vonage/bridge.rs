//! The other side: something that takes webhooks.

use std::time::Duration;

use axum::Router;
use threadline_sandbox::fault::Faults;
use threadline_sandbox::server::{Server, Watch};
use threadline_sandbox::wire::{Exchange, WireLog};

/// Answers 200 to everything, unless a fault is injected.
pub(crate) struct Bridge {
    server: Server,
    pub(crate) log: WireLog,
    pub(crate) faults: Faults,
}

impl Bridge {
    pub(crate) async fn start() -> Self {
        let watch = Watch::default();
        let (log, faults) = (watch.log.clone(), watch.faults.clone());
        let router = Router::new().fallback(async || "ok");
        let server = Server::start("127.0.0.1:0".parse().unwrap(), router, watch).await.unwrap();
        Self { server, log, faults }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.url())
    }

    pub(crate) async fn down(&self) {
        self.server.down().await;
    }

    pub(crate) async fn up(&self) {
        self.server.up().await.unwrap();
    }

    /// The first `n` exchanges on `path`.
    pub(crate) async fn webhooks(&self, path: &str, n: usize) -> Vec<Exchange> {
        let exchanges = self.log.wait_for_count("*", path, n, Duration::from_secs(5)).await;
        assert!(exchanges.len() >= n, "{} of {n} webhooks came to {path}", exchanges.len());
        exchanges
    }
}
