//! What the commands of the program do, one function or file each.

pub mod dead_letters;
pub mod doctor;
pub mod numbers;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod serve;
pub mod simulate_inbound;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use anyhow::{anyhow, bail};
use secrecy::ExposeSecret as _;
use serde::Deserialize;

use crate::config::{Config, Environment};
use crate::store::Store;
use crate::wording::start as wording;

/// `threadline check-config`: says what is wrong, or what the configuration comes to.
pub fn check_config(path: &Path, env: &Environment) -> anyhow::Result<()> {
    let config = Config::load(path, env)?;
    println!("{config}");
    Ok(())
}

/// `threadline migrate`: brings the database's tables up to date.
pub async fn migrate(config: &Path, env: &Environment) -> anyhow::Result<()> {
    let config = Config::load(config, env)?;
    Store::open(config.database.url.expose_secret()).await?.close().await;
    println!("The database is up to date.");
    Ok(())
}

/// `threadline healthcheck`: succeeds if the bridge on this machine is alive and stores webhooks.
pub async fn healthcheck(config: &Path, env: &Environment) -> anyhow::Result<()> {
    let config = Config::load(config, env)?;
    let address = on_this_machine(config.server.admin_listen);
    let answer = client()?.get(format!("http://{address}/readyz")).send().await;
    let answer = answer.map_err(|error| not_answered(&error, address, "server.admin_listen"))?;
    let status = answer.status();
    let body = answer.text().await.unwrap_or_default();
    let Ok(Readiness { ready, .. }) = serde_json::from_str(&body) else {
        bail!(wording::not_the_bridge(&address.to_string(), "server.admin_listen"));
    };
    if !ready || !status.is_success() {
        bail!("the bridge cannot store webhooks ({status})");
    }
    println!("{body}");
    Ok(())
}

/// What `/readyz` says, as far as it matters here.
#[derive(Deserialize)]
struct Readiness {
    ready: bool,
    degraded: Vec<String>,
}

/// The address by which a listener is reached from its own machine.
fn on_this_machine(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// Why the bridge did not answer. The error itself would print the URL, which may hold a token.
fn not_answered(error: &reqwest::Error, address: SocketAddr, key: &str) -> anyhow::Error {
    anyhow!(if error.is_connect() {
        wording::nothing_listens(&address.to_string(), key)
    } else {
        wording::does_not_answer(&address.to_string(), key)
    })
}

fn client() -> anyhow::Result<reqwest::Client> {
    Ok(reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build()?)
}
