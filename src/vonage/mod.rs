//! Vonage's SMS API: sending, and the webhooks it calls. The only room that knows phone numbers without their `+`.
//!
//! Out: [`client`] sends, [`verdict`] says what an answer means, [`account`] asks what credit is left, [`settings`] where
//! the account's webhooks go, [`numbers`] rents and links. In: [`webhooks`] has the routes, [`address`] says where they
//! are from outside, [`door`] keeps strangers out, [`signature`] signs and checks, [`key`] makes repeats recognisable,
//! [`wire`] and [`reader`] turn bytes into meaning.

pub mod account;
pub mod address;
pub mod client;
mod door;
mod error;
mod http;
mod key;
pub mod numbers;
pub mod reader;
pub mod settings;
pub mod signature;
mod verdict;
pub mod webhooks;
mod wire;

pub use account::AccountClient;
pub use client::VonageClient;
pub use error::NotKept;
pub use reader::Reader;
pub use webhooks::{Keep, Verified, WebhookState};

/// Vonage writes E.164 numbers without the `+`.
fn digits(number: &crate::domain::phone::PhoneNumber) -> &str {
    number.e164().trim_start_matches('+')
}
