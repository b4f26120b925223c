//! What stands in Discord, without Discord's types: a message with its embed, its buttons and whom it rings.

use std::fmt;
use std::str::FromStr;

use super::ids::{ConversationId, DraftId, MessageId, RoleId, UserId};

/// A message as we want it to stand in a channel, a thread or a private answer. It pings nobody but `rings`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Post {
    /// Markdown, at most 2,000 characters.
    pub content: String,
    pub embed: Option<Box<Embed>>,
    /// At most five, in one row.
    pub buttons: Vec<Button>,
    pub rings: Option<Ring>,
}

/// Exactly one person or role that the post rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ring {
    User(UserId),
    Role(RoleId),
}

impl fmt::Display for Ring {
    /// Discord's mention markup.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "<@{id}>"),
            Self::Role(id) => write!(f, "<@&{id}>"),
        }
    }
}

/// The box of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Embed {
    pub title: String,
    pub description: String,
    /// Name and value, shown side by side.
    pub fields: Vec<(String, String)>,
    pub tone: Tone,
}

/// The colour of a card's edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to do.
    Calm,
    /// A customer waits for a person.
    Waiting,
    /// A message failed or is unconfirmed.
    Trouble,
    /// Closed.
    Over,
}

/// A button and what a click on it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    pub label: String,
    pub action: Action,
    pub style: ButtonStyle,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ButtonStyle {
    Primary,
    Secondary,
    Danger,
}

/// What a click asks for. As a custom id it names a thing, never a right: the role is checked on every click.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Reply(ConversationId),
    Close(ConversationId),
    Reopen(ConversationId),
    SendAgain(MessageId),
    LeaveIt(MessageId),
    /// This message asks for no more messages.
    OptOut(MessageId),
    SendDraft(DraftId),
    /// Send it in plain characters.
    SendPlain(DraftId),
    DropDraft(DraftId),
}

impl Action {
    /// Whether it is the answer to a question that was asked before something is sent.
    #[must_use]
    pub const fn answers_a_question(self) -> bool {
        matches!(self, Self::SendDraft(_) | Self::SendPlain(_) | Self::DropDraft(_))
    }
}

impl fmt::Display for Action {
    /// The custom id (Discord allows 100 characters): a word, a colon and a UUID.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reply(id) => write!(f, "reply:{id}"),
            Self::Close(id) => write!(f, "close:{id}"),
            Self::Reopen(id) => write!(f, "reopen:{id}"),
            Self::SendAgain(id) => write!(f, "send-again:{id}"),
            Self::LeaveIt(id) => write!(f, "leave-it:{id}"),
            Self::OptOut(id) => write!(f, "opt-out:{id}"),
            Self::SendDraft(id) => write!(f, "send-draft:{id}"),
            Self::SendPlain(id) => write!(f, "send-plain:{id}"),
            Self::DropDraft(id) => write!(f, "drop-draft:{id}"),
        }
    }
}

impl FromStr for Action {
    type Err = NotAnAction;

    fn from_str(custom_id: &str) -> Result<Self, NotAnAction> {
        let (word, id) = custom_id.split_once(':').ok_or(NotAnAction)?;
        let conversation = || id.parse::<ConversationId>().map_err(|_| NotAnAction);
        let message = || id.parse::<MessageId>().map_err(|_| NotAnAction);
        let draft = || id.parse::<DraftId>().map_err(|_| NotAnAction);
        Ok(match word {
            "reply" => Self::Reply(conversation()?),
            "close" => Self::Close(conversation()?),
            "reopen" => Self::Reopen(conversation()?),
            "send-again" => Self::SendAgain(message()?),
            "leave-it" => Self::LeaveIt(message()?),
            "opt-out" => Self::OptOut(message()?),
            "send-draft" => Self::SendDraft(draft()?),
            "send-plain" => Self::SendPlain(draft()?),
            "drop-draft" => Self::DropDraft(draft()?),
            _ => return Err(NotAnAction),
        })
    }
}

/// A custom id that this version does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no button of this version")]
pub struct NotAnAction;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn actions_survive_discord() {
        let id = Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0001);
        for action in [
            Action::Reply(ConversationId(id)),
            Action::Close(ConversationId(id)),
            Action::Reopen(ConversationId(id)),
            Action::SendAgain(MessageId(id)),
            Action::LeaveIt(MessageId(id)),
            Action::OptOut(MessageId(id)),
            Action::SendDraft(DraftId(id)),
            Action::SendPlain(DraftId(id)),
            Action::DropDraft(DraftId(id)),
        ] {
            assert_eq!(action.to_string().parse::<Action>().unwrap(), action);
            assert!(action.to_string().len() <= 100);
        }
    }

    proptest! {
        #[test]
        fn foreign_custom_ids_never_panic(text in ".*") {
            let _ = text.parse::<Action>();
        }
    }
}
