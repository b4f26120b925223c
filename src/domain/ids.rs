//! Identifiers, one type each, so that none can stand where another belongs.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::time::Timestamp;

/// An integer key of our own database.
macro_rules! row_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

row_id! {
    /// A customer: one phone number as one desk knows it.
    CustomerId;
    /// A stored webhook; ascending in the order of arrival.
    InboxId;
    /// A thing that we owe the outside; ascending in the order of promise.
    EffectId;
}

/// A Discord id: a non-zero 64-bit number, in decimal wherever it is text.
macro_rules! snowflake {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(std::num::NonZeroU64);

        impl $name {
            /// `None` for zero, which is no snowflake.
            #[must_use]
            pub fn new(id: u64) -> Option<Self> {
                std::num::NonZeroU64::new(id).map(Self)
            }

            #[must_use]
            pub const fn get(self) -> u64 {
                self.0.get()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = NotASnowflake;

            fn from_str(text: &str) -> Result<Self, NotASnowflake> {
                text.parse().map(Self).map_err(|_| NotASnowflake)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotASnowflake;

            fn try_from(text: String) -> Result<Self, NotASnowflake> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }
    )*};
}

snowflake! {
    /// A Discord server.
    GuildId;
    /// A text channel or a thread.
    ChannelId;
    /// A role of a guild.
    RoleId;
    /// A Discord account.
    UserId;
    /// A message in Discord.
    DiscordMessageId;
    /// One use of a command, a button or a modal; what makes a repeated event recognisable.
    InteractionId;
}

impl DiscordMessageId {
    /// When Discord made it: a snowflake begins with the milliseconds since 2015.
    #[must_use]
    pub fn created(self) -> Timestamp {
        const EPOCH: i64 = 1_420_070_400_000;
        Timestamp(EPOCH + i64::try_from(self.get() >> 22).unwrap_or(0))
    }
}

/// The text is not a Discord id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a Discord id: expected a number of 17 to 20 digits")]
pub struct NotASnowflake;

/// A `UUIDv7`: everything that leaves the house has one, so that two installations never take each other's things.
macro_rules! uuid_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }
    )*};
}

uuid_id! {
    /// A message of ours, which is also its `client-ref` at Vonage.
    MessageId;
    /// A conversation, across all desks. What people see is [`super::conversation::Number`].
    ConversationId;
    /// A request to `/notify` that waits for the agent's "yes", named by its buttons.
    DraftId;
}

/// What makes Discord recognise a repeated post: 22 base64url characters of a `UUIDv7`, or one more (25 are allowed).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Nonce(String);

impl Nonce {
    #[must_use]
    pub fn from_uuid(id: Uuid) -> Self {
        Self(URL_SAFE_NO_PAD.encode(id.as_bytes()))
    }

    /// That of the same post beside a card. Discord gives back what a nonce has posted wherever that stands.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self(format!("{}b", self.0))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Vonage's id of one part (`message-id` when sending, `messageId` in webhooks).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProviderMessageId(pub String);

impl fmt::Display for ProviderMessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
