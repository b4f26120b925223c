//! The rules of the trade, as pure functions and types: no I/O, no clock, no randomness.

pub mod answer;
pub mod consent;
pub mod conversation;
pub mod delivery;
pub mod desk;
pub mod destination;
pub mod effect;
pub mod ids;
pub mod keyword;
pub mod limits;
pub mod long_text;
pub mod message;
pub mod non_answer;
pub mod pace;
pub mod pause;
pub mod phone;
pub mod post;
pub mod reading;
pub mod retry;
pub mod said;
pub mod signature;
pub mod sms;
pub mod template;
pub mod time;
pub mod time_zone;
pub mod webhook;
