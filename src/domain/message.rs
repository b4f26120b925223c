//! A message: one text, inbound or outbound, and the state in which it stands.

use std::time::Duration;

use super::consent::Statement;
use super::delivery::ReceiptStatus;
use super::effect::Urgency;
use super::ids::{ChannelId, ConversationId, DiscordMessageId, MessageId, UserId};
use super::time::Timestamp;

/// What an outbound message is for. Only [`Outbound::ConsentAnswer`] may reach a customer who has opted out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outbound {
    /// Made from a template; waits for an answer.
    Notification,
    /// The sentence that follows a clear choice.
    Confirmation,
    /// The template's sentence for a reply that is no choice.
    Unclear,
    /// An agent's own text by `/notify`.
    OwnText,
    /// An agent's own text in a thread.
    Reply,
    /// The one answer to STOP or HELP.
    ConsentAnswer,
    /// The one answer to START; like any other, it does not reach who has opted out again meanwhile.
    StartAnswer,
}

/// What was read in an inbound message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inbound {
    /// Something for the agents.
    Text,
    /// A clear choice, or the first reply to a template without options.
    Choice,
    Stop,
    /// Perhaps a STOP: an agent is asked.
    PerhapsStop,
    Start,
    Help,
    /// A part of a long SMS; never read as a choice alone.
    Part,
}

/// Direction and purpose in one: no inbound confirmation can be written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Inbound(Inbound),
    Outbound(Outbound),
}

const KINDS: [(Kind, &str); 14] = [
    (Kind::Inbound(Inbound::Text), "text"),
    (Kind::Inbound(Inbound::Choice), "choice"),
    (Kind::Inbound(Inbound::Stop), "stop"),
    (Kind::Inbound(Inbound::PerhapsStop), "perhaps_stop"),
    (Kind::Inbound(Inbound::Start), "start"),
    (Kind::Inbound(Inbound::Help), "help"),
    (Kind::Inbound(Inbound::Part), "part"),
    (Kind::Outbound(Outbound::Notification), "notification"),
    (Kind::Outbound(Outbound::Confirmation), "confirmation"),
    (Kind::Outbound(Outbound::Unclear), "unclear"),
    (Kind::Outbound(Outbound::OwnText), "own_text"),
    (Kind::Outbound(Outbound::Reply), "reply"),
    (Kind::Outbound(Outbound::ConsentAnswer), "consent_answer"),
    (Kind::Outbound(Outbound::StartAnswer), "start_answer"),
];

impl Kind {
    /// The word in the database.
    #[must_use]
    pub fn as_stored(self) -> &'static str {
        KINDS.iter().find(|(kind, _)| *kind == self).map_or("text", |(_, word)| word)
    }

    #[must_use]
    pub fn from_stored(word: &str) -> Option<Self> {
        KINDS.iter().find(|(_, stored)| *stored == word).map(|(kind, _)| *kind)
    }

    /// Whether it answers STOP, START or HELP: such an answer is never sent again by hand.
    #[must_use]
    pub const fn is_consent_answer(self) -> bool {
        matches!(self, Self::Outbound(Outbound::ConsentAnswer | Outbound::StartAnswer))
    }

    /// Who waits for it on its way out.
    #[must_use]
    pub const fn urgency(self) -> Urgency {
        match self {
            Self::Outbound(Outbound::Notification) => Urgency::Patient,
            Self::Inbound(_) | Self::Outbound(_) => Urgency::Awaited,
        }
    }

    #[must_use]
    pub const fn is_outbound(self) -> bool {
        matches!(self, Self::Outbound(_))
    }

    /// `inbound` or `outbound`.
    #[must_use]
    pub const fn direction(self) -> &'static str {
        match self {
            Self::Inbound(_) => "inbound",
            Self::Outbound(_) => "outbound",
        }
    }
}

/// Why a message will never arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The customer has opted out; nothing left the house.
    OptedOut,
    /// An agent blocked the customer; nothing left the house.
    Blocked,
    /// The carrier had said before that the number is out of reach; nothing left the house.
    Unreachable,
    /// The customer's number is in a country that this desk does not text; nothing left the house.
    Country,
    /// Vonage refused the request with this status of the SMS API.
    Refused(u16),
    /// Vonage refused the request with this HTTP status.
    Http(u16),
    /// Vonage refused the request with this code of the Messages API.
    Rejected(u16),
    /// Vonage took the message and refused a part of it with this status of the SMS API.
    Part(u16),
    /// A delivery receipt said so; `code` is its `err-code`.
    Receipt { status: ReceiptStatus, code: u16 },
    /// A status of the Messages API reported so, with this code of its list of errors; 0 where it named none.
    Reported(u16),
    /// Vonage had internal errors for as long as we were willing to try.
    GaveUp,
    /// What has to be known before it may leave cannot be read, as after a return to an older version; nothing left the house.
    Unreadable,
    /// It could not leave as long as it was to be sent at all.
    TooLate,
    /// The operator dropped it, after it was given up on; nothing left the house.
    Dropped,
    /// The customer is a short code or a name, which cannot be texted.
    NotAPhone,
}

impl Failure {
    /// The form in the database: `opted_out`, `blocked`, `unreachable`, `country`, `refused:15`, `http:400`, `rejected:1120`,
    /// `part:9`, `receipt:failed:9`, `reported:1240`, `gave_up`, `unreadable`, `too_late`, `dropped`, `not_a_phone`.
    #[must_use]
    pub fn to_stored(self) -> String {
        match self {
            Self::OptedOut => "opted_out".into(),
            Self::Blocked => "blocked".into(),
            Self::Unreachable => "unreachable".into(),
            Self::Country => "country".into(),
            Self::Refused(status) => format!("refused:{status}"),
            Self::Http(status) => format!("http:{status}"),
            Self::Rejected(code) => format!("rejected:{code}"),
            Self::Part(status) => format!("part:{status}"),
            Self::Receipt { status, code } => format!("receipt:{}:{code}", status.as_str()),
            Self::Reported(code) => format!("reported:{code}"),
            Self::GaveUp => "gave_up".into(),
            Self::Unreadable => "unreadable".into(),
            Self::TooLate => "too_late".into(),
            Self::Dropped => "dropped".into(),
            Self::NotAPhone => "not_a_phone".into(),
        }
    }

    /// Whether a rule of ours kept it in the house: it would only be kept again.
    #[must_use]
    pub const fn is_withheld(self) -> bool {
        matches!(self, Self::OptedOut | Self::Blocked | Self::Unreachable | Self::Country)
    }

    /// Whether the network itself said so, of what had left. Everything else is our own conclusion: should a receipt come
    /// all the same, the message was sent, and the receipt is right.
    #[must_use]
    pub const fn is_reported(self) -> bool {
        matches!(self, Self::Part(_) | Self::Receipt { .. } | Self::Reported(_))
    }

    /// Whether nothing left the house: such a text costs nothing.
    #[must_use]
    pub const fn never_left(self) -> bool {
        self.is_withheld() || matches!(self, Self::TooLate | Self::Dropped | Self::Unreadable | Self::NotAPhone)
    }

    /// What it says about the customer, where it says that no more texts arrive there.
    #[must_use]
    pub const fn says(self) -> Option<Statement> {
        match self {
            // Barred at the carrier or at Vonage, which is what an opt-out there comes to.
            Self::Refused(7)
            | Self::Part(7)
            | Self::Receipt { code: 9, .. }
            | Self::Rejected(1050 | 1240)
            | Self::Reported(1050 | 1240) => Some(Statement::OptsOut),
            Self::Refused(33)
            | Self::Part(33)
            | Self::Receipt { code: 3 | 4, .. }
            | Self::Rejected(1190)
            | Self::Reported(1190) => Some(Statement::Unreachable),
            _ => None,
        }
    }

    #[must_use]
    pub fn from_stored(text: &str) -> Option<Self> {
        let mut words = text.split(':');
        let failure = match (words.next()?, words.next(), words.next()) {
            ("opted_out", None, None) => Self::OptedOut,
            ("blocked", None, None) => Self::Blocked,
            ("unreachable", None, None) => Self::Unreachable,
            ("country", None, None) => Self::Country,
            ("refused", Some(status), None) => Self::Refused(status.parse().ok()?),
            ("http", Some(status), None) => Self::Http(status.parse().ok()?),
            ("rejected", Some(code), None) => Self::Rejected(code.parse().ok()?),
            ("part", Some(status), None) => Self::Part(status.parse().ok()?),
            ("receipt", Some(status), Some(code)) => {
                Self::Receipt { status: ReceiptStatus::from_word(status)?, code: code.parse().ok()? }
            }
            ("reported", Some(code), None) => Self::Reported(code.parse().ok()?),
            ("gave_up", None, None) => Self::GaveUp,
            ("unreadable", None, None) => Self::Unreadable,
            ("too_late", None, None) => Self::TooLate,
            ("dropped", None, None) => Self::Dropped,
            ("not_a_phone", None, None) => Self::NotAPhone,
            _ => return None,
        };
        Some(failure)
    }
}

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Inbound: it is here.
    Received,
    /// Committed, waiting for its turn.
    Queued,
    /// An attempt ended without an answer: it may have been sent or not.
    Unconfirmed,
    /// Vonage has taken it.
    Sent,
    Delivered,
    Failed(Failure),
}

impl State {
    /// The word in the database; the failure stands in a column of its own.
    #[must_use]
    pub const fn as_stored(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Queued => "queued",
            Self::Unconfirmed => "unconfirmed",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Failed(_) => "failed",
        }
    }

    #[must_use]
    pub fn from_stored(word: &str, failure: Option<&str>) -> Option<Self> {
        Some(match word {
            "received" => Self::Received,
            "queued" => Self::Queued,
            "unconfirmed" => Self::Unconfirmed,
            "sent" => Self::Sent,
            "delivered" => Self::Delivered,
            "failed" => Self::Failed(Failure::from_stored(failure?)?),
            _ => return None,
        })
    }

    /// The state after news that says `next`: only ever forward, so that late and repeated news change nothing. A failure
    /// that we concluded gives way to what is known.
    #[must_use]
    pub fn after(self, next: Self) -> Self {
        if next.progress() > self.progress() { next } else { self }
    }

    /// Whether it will not arrive, or nobody knows.
    #[must_use]
    pub const fn is_trouble(self) -> bool {
        matches!(self, Self::Failed(_) | Self::Unconfirmed)
    }

    const fn progress(self) -> u8 {
        match self {
            Self::Queued => 0,
            Self::Unconfirmed => 1,
            Self::Failed(failure) if !failure.is_reported() => 2,
            Self::Sent => 3,
            Self::Received | Self::Delivered | Self::Failed(_) => 4,
        }
    }
}

/// What an agent decided about a message that failed or stayed unconfirmed, or that may ask for no more messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It was queued once more, as the message with this number.
    SentAgain {
        as_number: i64,
    },
    Left {
        by: UserId,
    },
    OptedOut {
        by: UserId,
    },
}

impl Decision {
    /// The form in the database: `again:14`, `left:<user>` or `opted-out:<user>`.
    #[must_use]
    pub fn to_stored(&self) -> String {
        match self {
            Self::SentAgain { as_number } => format!("again:{as_number}"),
            Self::Left { by } => format!("left:{by}"),
            Self::OptedOut { by } => format!("opted-out:{by}"),
        }
    }

    #[must_use]
    pub fn from_stored(text: &str) -> Option<Self> {
        match text.split_once(':')? {
            ("again", number) => Some(Self::SentAgain { as_number: number.parse().ok()? }),
            ("left", by) => Some(Self::Left { by: by.parse().ok()? }),
            ("opted-out", by) => Some(Self::OptedOut { by: by.parse().ok()? }),
            _ => None,
        }
    }
}

/// One text of a conversation.
#[derive(Clone, Debug)]
pub struct Message {
    pub id: MessageId,
    pub conversation: ConversationId,
    /// Its number within the conversation, from 1; printed `·12`.
    pub number: i64,
    pub kind: Kind,
    /// The agent who caused an outbound message; `None` for automatic ones and for inbound.
    pub author: Option<UserId>,
    pub text: String,
    pub state: State,
    /// What was read in an inbound message (`2 · Thursday`), or the template's name of a notification.
    pub remark: Option<String>,
    pub decision: Option<Decision>,
    /// How many parts Vonage counts; our own count until it has answered.
    pub parts: u32,
    pub created: Timestamp,
    /// When the customer said it, where it came late.
    pub said: Option<Timestamp>,
    /// When the state last changed.
    pub changed: Timestamp,
    /// Where it stands in Discord, once it does.
    pub post: Option<DiscordMessageId>,
    /// The channel it stands in, where that is not the thread.
    pub shown_in: Option<ChannelId>,
}

impl Message {
    /// Whether an agent is asked if it opts the customer out.
    #[must_use]
    pub fn offers_opt_out(&self) -> bool {
        self.kind == Kind::Inbound(Inbound::PerhapsStop) && self.decision.is_none()
    }

    /// Whether an agent can decide about it at `now`: *Send again* or *Leave it*. An unconfirmed message first gives
    /// its receipt the time `unconfirmed_after`.
    #[must_use]
    pub fn wants_decision(&self, now: Timestamp, unconfirmed_after: Duration) -> bool {
        let ripe = match self.state {
            // To send it again would only be refused again.
            State::Failed(failure) if failure.is_withheld() => false,
            State::Failed(_) => true,
            State::Unconfirmed => now.since(self.changed) >= unconfirmed_after,
            State::Received | State::Queued | State::Sent | State::Delivered => false,
        };
        ripe && self.decision.is_none() && !self.kind.is_consent_answer()
    }
}

#[cfg(test)]
mod tests;
