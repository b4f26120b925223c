//! What this program is besides the one that measures: a server to measure.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::routing::get;
use clap::ValueEnum;
use serde::Deserialize;
use threadline::config::Door;
use threadline::domain::desk::Desks;
use threadline::flows::{Flows, Wake};
use threadline::health::Health;
use threadline::http::{Keeper, Limits, router, server};
use threadline::inbox::intake::Intake;
use threadline::ports::SystemClock;
use threadline::store::Store;
use threadline::telemetry;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::outside::PATH_TOKEN;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// A handler that reads the same query, and does nothing with it
    Bare,
    /// The intake with its database, and nobody who takes from the inbox
    Intake,
}

/// The fields that the bridge reads as well.
#[derive(Deserialize)]
struct InboundSms {
    msisdn: String,
    to: String,
    #[serde(rename = "messageId")]
    message_id: String,
    text: String,
}

/// Serves until it is killed, on a runtime like the program's.
pub fn run(role: Role, port: u16, database: &str) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
        let never = CancellationToken::new();
        let limits = Limits::default();
        match role {
            Role::Bare => server::serve(listener, bare(), limits, never).await,
            Role::Intake => {
                let _ = telemetry::metrics();
                let store = Store::open(database).await?;
                let health = Arc::new(Health::default());
                let (clock, wake) = (Arc::new(SystemClock), Arc::new(Wake::default()));
                let (intake, writer) = Intake::new(store.clone(), clock.clone(), health.clone(), wake.clone());
                let desks = Arc::new(Desks::new(Vec::new()));
                let flows =
                    Flows { store, desks, clock, wake, health: health.clone(), unconfirmed_after: Duration::MAX };
                let door = Door::unsigned(Some(PATH_TOKEN.into()));
                let routes = router::public(door, Keeper::new(intake, flows, health), limits);
                tokio::spawn(writer.run(never.clone()));
                server::serve(listener, routes, limits, never).await;
            }
        }
        Ok(())
    })
}

fn bare() -> Router {
    let handler = async |Query(sms): Query<InboundSms>| {
        let InboundSms { msisdn, to, message_id, text } = sms;
        let complete = [msisdn, to, message_id, text].iter().all(|field| !field.is_empty());
        if complete { StatusCode::OK } else { StatusCode::BAD_REQUEST }
    };
    Router::new().route("/webhooks/{token}/inbound-sms", get(handler))
}
