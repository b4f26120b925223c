//! Vonage: sending by its SMS API or its Messages API, and the webhooks that both call. The only room that knows phone
//! numbers without their `+`.
//!
//! Out: [`sms_api`] and [`messages_api`] send, [`verdict`] says what an answer means, [`application`] makes the tokens of
//! the one, [`signature`] signs requests of the other. In: [`webhooks`] has the routes, [`door`] keeps strangers out,
//! [`signature`] and [`bearer`] check who signed, [`key`] makes repeats recognisable, [`wire`] and [`reader`] turn bytes
//! into meaning.

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
pub mod reader;
pub mod signature;
pub mod sms_api;
#[cfg(test)]
mod stand_in;
mod verdict;
pub mod webhooks;
mod wire;

pub use error::NotKept;
pub use messages_api::MessagesApi;
pub use reader::Reader;
pub use sms_api::{Proof, SmsApi};
pub use webhooks::{Keep, Verified, WebhookState};

/// Vonage writes E.164 numbers without the `+`.
fn digits(number: &crate::domain::phone::PhoneNumber) -> &str {
    number.e164().trim_start_matches('+')
}
