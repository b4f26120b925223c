//! What Vonage tells us, whichever API and encoding it came by.

use serde::{Deserialize, Serialize};

use super::delivery::PartState;
use super::ids::{MessageId, ProviderMessageId};
use super::phone::{Address, PhoneNumber};
use super::time::Timestamp;

/// One webhook, read.
#[derive(Clone, Debug)]
pub enum Webhook {
    InboundSms(InboundSms),
    DeliveryReceipt(DeliveryReceipt),
    /// A message that came by another channel than SMS, such as `whatsapp`: nobody here can answer it.
    OtherChannel(String),
}

/// Which of Vonage's APIs speaks. Webhooks of both may come, whichever sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Api {
    #[default]
    Sms,
    Messages,
}

impl Api {
    pub const ALL: [Self; 2] = [Self::Sms, Self::Messages];

    /// The word in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Messages => "messages",
        }
    }
}

/// What is wrong with the signature of a webhook that should have a good one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unsigned {
    Missing,
    Wrong,
}

/// An SMS from a customer.
#[derive(Clone, Debug)]
pub struct InboundSms {
    pub provider_id: ProviderMessageId,
    pub from: Address,
    /// Our number; `None` where the webhook named something that is no phone number.
    pub to: Option<PhoneNumber>,
    /// U+0000 has become U+FFFD: PostgreSQL has no place for it.
    pub text: String,
    /// Whether it came as UTF-16: a part of such a text is shorter.
    pub unicode: bool,
    /// When Vonage first tried to bring it, where it says so in a way that can be read.
    pub stamp: Option<Timestamp>,
    /// Set for a part of a long SMS.
    pub concat: Option<Concat>,
}

/// That an SMS is a part of a long one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concat {
    /// All parts of one text have the same. It is used again, sooner or later.
    pub reference: String,
    /// `None` where the webhook says it in no way that makes sense.
    pub place: Option<Place>,
}

/// Which part of a long SMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// From 1 to `total`.
    pub part: u32,
    /// From 2 to 255: what a part's header has room for.
    pub total: u32,
}

/// Vonage's report about one part, or about a whole message.
#[derive(Clone, Debug)]
pub struct DeliveryReceipt {
    /// The part's id; the Messages API has one for the whole message.
    pub provider_id: ProviderMessageId,
    /// The `client-ref`, where it is one of ours in form. It may still be another installation's.
    pub message: Option<MessageId>,
    pub scope: Scope,
    /// How far it came.
    pub state: PartState,
    /// Of the part or of the message.
    pub price: Option<Price>,
}

/// What a receipt speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One part, as the receipts of the SMS API do.
    Part,
    /// All of a message, as the statuses of the Messages API do; perhaps with how many parts Vonage counts.
    Message { parts: Option<u32> },
}

/// A price as Vonage states it: a decimal without a currency, in the account's currency (euros).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// Millionths of the currency's unit.
    pub micros: i64,
}

impl Price {
    /// Reads `0.03330000`; digits past the sixth are cut.
    #[must_use]
    pub fn from_decimal(text: &str) -> Option<Self> {
        let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !(fraction.is_empty() || digits(fraction)) {
            return None;
        }
        let fraction: String = fraction.chars().chain("000000".chars()).take(6).collect();
        let micros = whole.parse::<i64>().ok()?.checked_mul(1_000_000)?.checked_add(fraction.parse().ok()?)?;
        Some(Self { micros })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::Price;

    #[test]
    fn prices() {
        assert_eq!(Price::from_decimal("0.03330000").unwrap().micros, 33_300);
        assert_eq!(Price::from_decimal("12").unwrap().micros, 12_000_000);
        for bad in ["", ".", "-1", "1e3", "abc", "1.2.3", "99999999999999999999"] {
            assert_eq!(Price::from_decimal(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn prices_never_panic(text in ".*") {
            let _ = Price::from_decimal(&text);
        }
    }
}
