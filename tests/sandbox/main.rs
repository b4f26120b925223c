//! `threadline sandbox` as people run it: what it prints, what it answers, its page in a real browser, and how it ends.
#![cfg(all(unix, feature = "sandbox"))]
#![allow(clippy::unwrap_used, clippy::disallowed_methods, unreachable_pub, reason = "tests wait by themselves")]

mod accessibility;
mod account;
mod account_page;
mod bridge;
mod browser;
mod faults;
mod live;
mod messages_api;
mod moderator;
mod page;
mod phones;
mod play;
mod refusals;
mod running;
#[path = "../support/mod.rs"]
mod support;
mod visit;
