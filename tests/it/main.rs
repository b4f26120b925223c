//! The real app between the two simulators, on a real database: one module per flow.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, unreachable_pub)]

mod afterthoughts;
mod binding;
mod clocks;
mod closed;
mod codes;
mod consent;
mod conversation;
mod corrections;
mod culprits;
mod database;
mod engines;
mod gates;
mod gateway;
mod late_texts;
mod length;
mod limits;
mod long_texts;
mod main_job;
mod many_threads;
mod message_webhooks;
mod messages_api;
mod no_desk;
mod non_answers;
mod notify;
mod operators;
mod outages;
mod owners;
mod pause;
mod questions;
mod receipts;
mod refusals;
mod sending;
#[path = "../support/mod.rs"]
mod shared;
mod signatures;
mod signed_requests;
mod spellings;
mod stale;
mod stop_words;
mod support;
mod threads;
mod waiting;
mod webhooks;
