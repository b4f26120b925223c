//! Vonage: sending by its SMS API or its Messages API, and the webhooks that both call. The only room that knows phone
//! numbers without their `+`.
//!
//! Out: [`sms_api`] and [`messages_api`] send, [`verdict`] says what an answer means, [`application`] makes the tokens of
//! the one, [`signature`] signs requests of the other; [`account`] asks what credit is left, [`settings`] where the
//! account's webhooks go, [`numbers`] rents and links. In: [`webhooks`] has the routes, [`address`] says where they are
//! from outside, [`door`] keeps strangers out, [`signature`] and [`bearer`] check who signed, [`key`] makes repeats
//! recognisable, [`wire`] and [`reader`] turn bytes into meaning.

pub mod account;
pub mod address;
mod application;
mod attempt;
pub mod bearer;
#[cfg(test)]
mod documented;
mod door;
mod error;
mod http;
mod key;
pub mod messages_api;
pub mod numbers;
pub mod reader;
pub mod settings;
pub mod signature;
pub mod sms_api;
#[cfg(test)]
mod stand_in;
mod verdict;
pub mod webhooks;
mod wire;

pub use account::AccountClient;
pub use error::NotKept;
pub use messages_api::MessagesApi;
pub use reader::Reader;
pub use sms_api::{Proof, SmsApi};
pub use webhooks::{Keep, Verified, WebhookState};

/// Vonage writes E.164 numbers without the `+`.
fn digits(number: &crate::domain::phone::PhoneNumber) -> &str {
    number.e164().trim_start_matches('+')
}
