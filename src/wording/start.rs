//! What `threadline serve` says on a terminal: what it works with, and what is still missing.

use std::fmt::Write as _;
use std::net::SocketAddr;

use crate::domain::desk::{Desks, ShowNumbers};
use crate::domain::phone::Address;

use super::number;

/// What the bridge was told to work with.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    pub version: &'a str,
    /// The URL, without secrets.
    pub database: &'a str,
    pub webhooks: SocketAddr,
    pub public_url: Option<&'a str>,
    pub health: SocketAddr,
    pub vonage: &'a str,
    pub discord: &'a str,
    pub desks: &'a Desks,
}

/// The first lines.
#[must_use]
pub fn beginning(start: &Start<'_>) -> String {
    let mut said = format!("Threadline {}\n", start.version);
    let mut line = |what: &str, says: String| writeln!(said, "  {what:9} {says}").unwrap_or_default();
    line("database", start.database.to_owned());
    line(
        "webhooks",
        format!("on {}, from outside {}", start.webhooks, start.public_url.unwrap_or("at an unknown address")),
    );
    line("health", format!("http://{}/readyz", start.health));
    for desk in start.desks.iter() {
        let texts_from = number(&Address::Phone(desk.number.clone()), ShowNumbers::Full);
        line("desk", format!("{}: {texts_from}, in channel {}", desk.title, desk.channel));
    }
    line("Vonage", format!("{}, first asked when an SMS is sent", start.vonage));
    line("Discord", format!("connecting to {} …", start.discord));
    said
}

/// How the connection to Discord stands, when it is known or was waited for long enough.
#[must_use]
pub const fn discord(connected: bool) -> &'static str {
    if connected { "  Discord   connected\n" } else { "  Discord   not connected\n" }
}

/// The last lines: what is still missing, or that nothing is.
#[must_use]
pub fn missing(connected: bool, troubles: &[String], public_url: bool) -> String {
    let mut lacks: Vec<&str> = troubles.iter().map(String::as_str).collect();
    if !connected && lacks.is_empty() {
        lacks.push(NO_DISCORD);
    }
    if !public_url {
        lacks.push(NO_PUBLIC_URL);
    }
    if lacks.is_empty() {
        return format!("Nothing is missing. {ENDS}");
    }
    let list: String = lacks.iter().map(|what| format!("  - {what}\n")).collect();
    format!("Still missing or wrong:\n{list}{ENDS}")
}

const NO_DISCORD: &str =
    "Discord cannot be reached. It is tried again and again; what customers write is stored meanwhile.";

const NO_PUBLIC_URL: &str = "`server.public_url` is not set, so no delivery receipts are asked for: messages stay at \"sent\". Set \
     it to the address under which Vonage reaches the webhooks.";

const ENDS: &str = "Running; Ctrl-C ends it in order.\n";

/// Nobody listens where the bridge should; `key` is the setting that names the address.
#[must_use]
pub fn nothing_listens(address: &str, key: &str) -> String {
    format!(
        "nothing listens at {address} (`{key}`): start `threadline serve`, or run this with the configuration of the bridge \
         that runs"
    )
}

/// Somebody listens, and says nothing.
#[must_use]
pub fn does_not_answer(address: &str, key: &str) -> String {
    format!(
        "what listens at {address} (`{key}`) does not answer: look at the bridge's log, and whether another program has \
         this address"
    )
}

/// Another program answers where the bridge should.
#[must_use]
pub fn not_the_bridge(address: &str, key: &str) -> String {
    format!(
        "what answers at {address} (`{key}`) is no Threadline: start `threadline serve`, and look whether another program has \
         this address"
    )
}

/// A text was taken, or was known already.
#[must_use]
pub fn simulated(from: &str, desk: &str, seen_before: bool) -> String {
    if seen_before {
        "Seen before: a text with this id was stored already, and is not shown again.".to_owned()
    } else {
        format!("Stored. The text shows in the thread of {from} at desk {desk}.")
    }
}
