//! The simulated Discord, held to what the real one does: by hand, and with the real serenity client.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod answers;
mod bot;
mod gateway;
mod limits;
mod messages;
mod people;
mod serenity_client;
mod threads;
