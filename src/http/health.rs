//! The private routes: alive, ready, and the figures.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;
use tokio::time::timeout;

use crate::health::{DiscordLink, Health};
use crate::ports::Clock;
use crate::store::Store;

/// What the private routes tell about.
#[derive(Clone)]
pub struct Admin {
    pub health: Arc<Health>,
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub metrics: PrometheusHandle,
}

/// How long the database may take to say how much waits.
const PATIENCE: Duration = Duration::from_secs(3);

/// The body of `/readyz`.
#[derive(Serialize)]
struct Readiness {
    ready: bool,
    /// A sentence for each thing that is not well, beginning with its name.
    degraded: Vec<String>,
    /// `ok` or `failing`.
    database: &'static str,
    /// `connecting`, `connected` or `refused`.
    discord: &'static str,
    /// `ok`, or what is wrong.
    vonage: String,
    /// The credit that is left at Vonage, in euros; null until it is known.
    balance: Option<f64>,
    /// Null where the database does not tell, as is `outbox`.
    inbox: Option<Inbox>,
    outbox: Option<Outbox>,
}

#[derive(Serialize)]
struct Inbox {
    /// Webhooks that have not been worked through.
    waiting: i64,
    /// How long ago the oldest of them came.
    oldest_seconds: u64,
    /// Texts that wait until a desk has their number.
    of_no_desk: i64,
}

#[derive(Serialize)]
struct Outbox {
    /// What is owed and not done, what waits for its next try among it.
    due: i64,
    /// How long the oldest of them has been owed.
    oldest_seconds: u64,
}

pub(super) async fn healthz() -> &'static str {
    "ok"
}

/// 503 only where a webhook could not be stored; all else can wait, and is told.
pub(super) async fn readyz(State(admin): State<Admin>) -> impl IntoResponse {
    let readiness = admin.readiness().await;
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness))
}

pub(super) async fn metrics(State(admin): State<Admin>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], admin.metrics.render())
}

impl Admin {
    async fn readiness(&self) -> Readiness {
        let ready = !self.health.intake_failing();
        let discord = self.health.discord();
        let outbox = self.outbox().await;
        let troubles = self.health.troubles();

        let mut degraded = Vec::new();
        if !ready {
            degraded.push("intake: the last webhook could not be stored".to_owned());
        }
        if outbox.is_none() {
            degraded.push("database: it does not answer".to_owned());
        }
        if discord != DiscordLink::Connected && !troubles.iter().any(|(key, _)| key == "discord") {
            degraded.push(format!("discord: {}", discord.as_str()));
        }
        degraded.extend(troubles.iter().map(|(key, sentence)| format!("{key}: {sentence}")));

        Readiness {
            ready,
            degraded,
            database: if outbox.is_some() { "ok" } else { "failing" },
            discord: discord.as_str(),
            vonage: self.health.trouble_of("vonage").unwrap_or_else(|| "ok".to_owned()),
            #[expect(clippy::cast_precision_loss, reason = "JSON's numbers are floats")]
            balance: self.health.balance().map(|balance| balance.left.micros as f64 / 1e6),
            inbox: self.inbox().await,
            outbox,
        }
    }

    async fn inbox(&self) -> Option<Inbox> {
        let backlog = timeout(PATIENCE, self.store.inbox_backlog()).await.ok()?.ok()?;
        let oldest_seconds = backlog.oldest.map_or(0, |oldest| self.clock.now().since(oldest).as_secs());
        Some(Inbox { waiting: backlog.waiting, oldest_seconds, of_no_desk: backlog.of_no_desk })
    }

    async fn outbox(&self) -> Option<Outbox> {
        let now = self.clock.now();
        let backlog = timeout(PATIENCE, self.store.outbox_owed(now)).await.ok()?.ok()?;
        let oldest_seconds = backlog.oldest.map_or(0, |oldest| now.since(oldest).as_secs());
        Some(Outbox { due: backlog.due, oldest_seconds })
    }
}

#[cfg(test)]
mod tests;
