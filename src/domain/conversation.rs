//! A conversation: what a desk and a customer say to each other, from opening to closing.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::desk::DeskName;
use super::ids::{ChannelId, ConversationId, CustomerId, DiscordMessageId, UserId};
use super::phone::{Address, Region};
use super::time::Timestamp;

/// The number of a conversation within its desk, as people read and type it: `#1042`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(pub i64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

impl FromStr for Number {
    type Err = NotANumber;

    /// Reads `1042` and `#1042`, with blanks around them.
    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let digits = text.trim().trim_start_matches('#');
        digits.parse().ok().filter(|number| *number > 0).map(Self).ok_or(NotANumber)
    }
}

/// The text is not the number of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the number of a conversation")]
pub struct NotANumber;

/// A customer of one desk.
#[derive(Clone, Debug)]
pub struct Customer {
    pub id: CustomerId,
    pub desk: DeskName,
    pub address: Address,
    pub name: Option<String>,
}

impl Customer {
    /// Where the customer's number belongs; `None` for senders that are no phones.
    #[must_use]
    pub fn country(&self) -> Option<Region> {
        self.address.phone()?.region()
    }
}

/// A conversation with its customer and its face in Discord.
#[derive(Clone, Debug)]
pub struct Conversation {
    pub id: ConversationId,
    pub number: Number,
    pub customer: Customer,
    /// The agent who last notified or replied.
    pub owner: Option<UserId>,
    /// The starter message in the support channel. `None` until it is posted, and after it was deleted.
    pub card: Option<DiscordMessageId>,
    /// Its id is the card's; `None` until it is opened, and after it was deleted.
    pub thread: Option<ChannelId>,
    pub opened: Timestamp,
    pub closed: Option<Timestamp>,
    pub closed_by: Option<UserId>,
    /// The last message of either side.
    pub active: Timestamp,
    /// Since when the customer waits for a person.
    pub waiting_since: Option<Timestamp>,
    /// A thread cannot be opened for a while: messages show in the channel, as replies to the card.
    pub is_threadless: bool,
    /// Why Discord refuses the customer's name; the card and the thread do without it.
    pub name_refused: Option<String>,
    /// Since when an alert stands to which no agent has answered.
    pub alerted: Option<Timestamp>,
}

impl Conversation {
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.closed.is_none()
    }

    /// Whether a text that arrives at `now` belongs to this conversation: it is open, or was closed less than
    /// `reopen_within` ago.
    #[must_use]
    pub fn takes_text_at(&self, now: Timestamp, reopen_within: Duration) -> bool {
        self.closed.is_none_or(|closed| now.since(closed) < reopen_within)
    }
}
