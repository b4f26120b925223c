//! Threadline lets a support team text its customers from Discord.
//!
//! The map of the rooms, from the outside in. Imports point down only.
//!
//! | room | what it is for |
//! |---|---|
//! | [`app`] | puts everything together: a configuration becomes a running app |
//! | [`http`], [`vonage`], [`discord`] | the adapters: servers, Vonage's API and webhooks, Discord's gateway and REST |
//! | [`inbox`] | webhooks are stored before they are answered, and have their effect afterwards |
//! | [`outbox`] | what we owe the outside: couriers, leases, retries |
//! | [`flows`] | the use cases, one transaction each |
//! | [`store`] | the only SQL |
//! | [`domain`] | pure decisions: no I/O, no clock |
//! | [`wording`] | every sentence that a person reads |
//! | [`ports`], [`health`], [`lifecycle`], [`telemetry`], [`config`] | what the rooms share |
//!
//! One webhook's way: [`vonage`] → [`inbox`] (one commit, then the 200) → [`flows`] → [`store`] → [`outbox`] →
//! Vonage and Discord.

pub mod app;
pub mod commands;
pub mod config;
pub mod discord;
pub mod domain;
pub mod flows;
pub mod health;
pub mod http;
pub mod inbox;
pub mod lifecycle;
pub mod outbox;
pub mod ports;
pub mod store;
pub mod telemetry;
pub mod vonage;
pub mod wording;
