//! Discord: the one door to its REST API, the gateway that brings events, and the agents' threads built from both.
//! Models, builders and the gateway's protocol are serenity's; the limits are twilight's; the requests are ours, so that
//! each has a timeout, becomes a due time when limited, and can reach no other address than the configured one.

mod codes;
pub mod commands;
mod convert;
pub mod error;
mod events;
pub mod gateway;
mod housekeeping;
mod interactions;
mod limits;
mod names;
pub mod permissions;
pub mod rest;
pub mod threads;
mod token_gate;

pub use error::RestError;
pub use gateway::{Gateway, Pace};
pub use rest::Rest;
pub use threads::DiscordThreads;
