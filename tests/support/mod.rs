//! What the test crates share: databases of their own, and what to do where a machine lacks something.
#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "each test crate takes what it needs; what is at hand is a matter of the machine that tests"
)]

pub mod database;
mod skipping;

pub use skipping::{required, skipped};
