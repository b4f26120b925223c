//! Delivery: from what Vonage says about the parts to the state of the message.

use super::ids::ProviderMessageId;
use super::message::{Failure, State};

/// The `status` of a delivery receipt of the SMS API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiptStatus {
    Accepted,
    Buffered,
    Delivered,
    Expired,
    Failed,
    Rejected,
    Unknown,
}

impl ReceiptStatus {
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "accepted" => Self::Accepted,
            "buffered" => Self::Buffered,
            "delivered" => Self::Delivered,
            "expired" => Self::Expired,
            "failed" => Self::Failed,
            "rejected" => Self::Rejected,
            "unknown" => Self::Unknown,
            _ => return None,
        })
    }

    /// The status that a receipt names, in whatever case: by the word of the API, or by that of an SMPP receipt, which some
    /// routes hand through. Source: SMPP 3.4, appendix B, and SMPP 5.0, section 4.7.15.
    #[must_use]
    pub fn from_receipt(word: &str) -> Option<Self> {
        let word = word.trim().to_ascii_lowercase();
        Self::from_word(&word).or(match word.as_str() {
            "delivrd" => Some(Self::Delivered),
            "acceptd" => Some(Self::Accepted),
            "enroute" | "schedld" | "scheduled" => Some(Self::Buffered),
            "undeliv" | "undeliverable" | "deleted" | "skipped" => Some(Self::Failed),
            "rejectd" => Some(Self::Rejected),
            _ => None,
        })
    }

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Buffered => "buffered",
            Self::Delivered => "delivered",
            Self::Expired => "expired",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
        }
    }
}

/// Where one part stands, or a message of which Vonage tells no parts. Moves forward only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartState {
    Sent,
    Delivered,
    Failed(Failure),
}

impl PartState {
    #[must_use]
    pub fn of_receipt(status: ReceiptStatus, code: u16) -> Self {
        match status {
            ReceiptStatus::Accepted | ReceiptStatus::Buffered => Self::Sent,
            ReceiptStatus::Delivered => Self::Delivered,
            ReceiptStatus::Expired | ReceiptStatus::Failed | ReceiptStatus::Rejected | ReceiptStatus::Unknown => {
                Self::Failed(Failure::Receipt { status, code })
            }
        }
    }

    #[must_use]
    pub fn after(self, next: Self) -> Self {
        if self == Self::Sent { next } else { self }
    }

    /// The same as a state of the message, which is how the database keeps it.
    #[must_use]
    pub const fn as_state(self) -> State {
        match self {
            Self::Sent => State::Sent,
            Self::Delivered => State::Delivered,
            Self::Failed(failure) => State::Failed(failure),
        }
    }

    /// `None` for states that no part can have.
    #[must_use]
    pub const fn from_state(state: State) -> Option<Self> {
        match state {
            State::Sent => Some(Self::Sent),
            State::Delivered => Some(Self::Delivered),
            State::Failed(failure) => Some(Self::Failed(failure)),
            State::Received | State::Queued | State::Unconfirmed => None,
        }
    }
}

/// One part as the database knows it.
#[derive(Clone, Debug)]
pub struct Part {
    /// From 1 in the order of Vonage's answer; `None` while only a receipt has spoken of it.
    pub index: Option<u32>,
    /// `None` where Vonage refused the part and gave it no id.
    pub provider_id: Option<ProviderMessageId>,
    pub state: PartState,
}

/// The state of a message whose parts stand so: failed if one is, delivered when all `expected` are, else sent.
/// No part at all says nothing.
#[must_use]
pub fn message_state(parts: &[Part], expected: u32) -> Option<State> {
    if parts.is_empty() {
        return None;
    }
    let failure = parts.iter().find_map(|part| match part.state {
        PartState::Failed(failure) => Some(failure),
        PartState::Sent | PartState::Delivered => None,
    });
    let delivered = parts.iter().filter(|part| part.state == PartState::Delivered).count();
    Some(match failure {
        Some(failure) => State::Failed(failure),
        None if u32::try_from(delivered).is_ok_and(|delivered| delivered >= expected) => State::Delivered,
        None => State::Sent,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipts_name_a_status_by_either_word_in_any_case() {
        use ReceiptStatus::{Accepted, Buffered, Delivered, Expired, Failed, Rejected, Unknown};
        for (words, status) in [
            (&["delivered", "DELIVRD", "Delivrd", " DELIVERED "][..], Delivered),
            (&["accepted", "ACCEPTD"], Accepted),
            (&["buffered", "ENROUTE", "SCHEDULED"], Buffered),
            (&["failed", "UNDELIV", "DELETED", "SKIPPED", "Undeliverable"], Failed),
            (&["rejected", "REJECTD", "rejectd"], Rejected),
            (&["expired", "EXPIRED"], Expired),
            (&["unknown", "UNKNOWN"], Unknown),
        ] {
            for word in words {
                assert_eq!(ReceiptStatus::from_receipt(word), Some(status), "{word}");
            }
        }
        for word in ["", "DELIV", "stat:DELIVRD", "submitted"] {
            assert_eq!(ReceiptStatus::from_receipt(word), None, "{word}");
        }
    }
}
