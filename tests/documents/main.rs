//! Holds README.md and docs/ against the code: their commands run, their links lead somewhere, and what they name exists.
#![cfg(all(unix, feature = "sandbox"))]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "tests may stop at the first surprise, and wait by themselves"
)]

mod blocks;
mod commands;
mod configuration;
mod fresh_clone;
mod page;
mod proxy_logs;
mod references;
mod server_files;
mod started;
mod words;

#[path = "../support/mod.rs"]
#[allow(unused, reason = "this crate takes what it needs")]
mod support;
