//! Effects: what we owe the outside. One effect is one HTTP request, and survives being run twice.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::desk::DeskName;
use super::ids::{
    ChannelId, ConversationId, CustomerId, DiscordMessageId, InteractionId, MessageId, Nonce, RoleId, UserId,
};
use super::pause::Pause;
use super::time::Timestamp;
use super::webhook::{Api, Unsigned};

/// One thing that we owe the outside. It holds ids, never a text: what is said is read when it is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    SendSms {
        message: MessageId,
    },
    PostCard {
        conversation: ConversationId,
        nonce: Nonce,
    },
    OpenThread {
        conversation: ConversationId,
    },
    AddMember {
        conversation: ConversationId,
        user: UserId,
    },
    /// Shows a message in its thread. With `alert`, somebody rings.
    PostMessage {
        message: MessageId,
        nonce: Nonce,
        alert: bool,
    },
    /// Tells the owner of a message that failed or stayed unconfirmed.
    PostAlert {
        message: MessageId,
        nonce: Nonce,
    },
    /// Rings the role for a conversation that waits for an agent.
    AlertRole {
        conversation: ConversationId,
        why: WhyRole,
        nonce: Nonce,
    },
    UpdateCard {
        conversation: ConversationId,
    },
    UpdateMessage {
        message: MessageId,
    },
    /// Makes a card that lost its thread, or was replaced, point to the new one.
    RetireCard {
        conversation: ConversationId,
        card: DiscordMessageId,
    },
    /// Makes a thread that lost its card point to the new one.
    RetireThread {
        conversation: ConversationId,
        thread: ChannelId,
        nonce: Nonce,
    },
    /// Archives the thread of a closed conversation.
    ArchiveThread {
        conversation: ConversationId,
    },
    /// Takes the thread of a reopened conversation out of the archive.
    UnarchiveThread {
        conversation: ConversationId,
    },
    /// The private answer to an agent's command, as it should read now.
    EditAnswer {
        interaction: InteractionId,
    },
    TellOperator {
        notice: Notice,
        nonce: Nonce,
    },
}

/// Why the role is rung for a conversation, besides its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyRole {
    /// An alert stands for long, and no agent has answered.
    Unanswered,
    /// This owner left the server, or is no agent any more.
    OwnerLeft(UserId),
}

/// Something that the operator must know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// Nothing leaves since this moment: the account is paused, or Vonage takes nothing.
    AccountPaused { pause: Pause, since: Timestamp },
    /// SMS leave again; nothing did since this moment.
    AccountResumed { since: Timestamp },
    /// The account's credit is below the level of the warning.
    LowBalance { micros: i64 },
    /// An SMS for a number that belongs to no desk waits for one. `ending` is empty where it named no number.
    NumberOfNoDesk { ending: String },
    /// A webhook from Vonage could not be understood and was kept as a dead letter.
    WebhookNotUnderstood,
    /// Webhooks come that are not signed as they should be. `let_in`: signatures are only observed.
    WebhookUnsigned {
        /// Notices from before the Messages API name none.
        #[serde(default)]
        api: Api,
        what: Unsigned,
        let_in: bool,
    },
    /// This machine's clock is so many milliseconds ahead of everybody else's; less than 0: behind.
    WrongClock { ahead_ms: i64 },
    /// A message came by another channel than SMS and was kept as a dead letter.
    OtherChannel { channel: String },
    /// Discord refuses something in this channel.
    DiscordRefuses { desk: Option<DeskName>, channel: ChannelId, why: String },
    /// The role that this desk's alerts ring is one that they cannot ring, since this moment.
    AlertsRingNobody { desk: DeskName, role: RoleId, why: NoRing, since: Timestamp },
    /// They can again, since this moment.
    AlertsRing { desk: DeskName, role: RoleId, since: Timestamp },
    /// The database knows a desk that the configuration does not have. So many SMS wait for it, the first of which is to
    /// leave until `fails`, and so many conversations are open.
    DeskNotConfigured { desk: DeskName, sms: i64, fails: Option<Timestamp>, conversations: i64 },
    /// SMS of a desk that is not configured could not leave in time.
    DeskTooLate {
        desk: DeskName,
        sms: i64,
        /// Older notices have none.
        #[serde(default)]
        at: Option<Timestamp>,
    },
    /// A desk gives no automatic answers for a while, since it has given so many within the hour.
    AnswersUsedUp { desk: DeskName, allowed: u32 },
    /// Discord fails over a message's text. `message` and `conversation` are the numbers that people read.
    NotShown { id: MessageId, message: i64, conversation: i64, desk: DeskName, why: String },
    /// Discord fails over this thread while it does everything else.
    ThreadFails { thread: ChannelId, conversation: i64, desk: DeskName, why: String },
    /// Discord fails over something without which the texts of this conversation do not show, while it does all else.
    ConversationFails { conversation: i64, desk: DeskName, why: String },
    /// An effect was given up on and kept as a dead letter.
    EffectDead { kind: String, effect: String, why: String },
}

/// Why a mention of a role rings nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoRing {
    Deleted,
    /// Not everybody may mention it, and the bot lacks the permission Mention Everyone.
    NotMentionable,
}

impl Notice {
    /// Two notices with one key say the same thing; only one may wait.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::AccountPaused { pause, since } => format!("paused:{pause:?}:{}", since.0),
            Self::AccountResumed { since } => format!("resumed:{}", since.0),
            Self::LowBalance { .. } => "low-balance".into(),
            Self::NumberOfNoDesk { ending } => format!("no-desk:{ending}"),
            Self::WebhookNotUnderstood => "not-understood".into(),
            Self::WebhookUnsigned { api, what, let_in } => format!("unsigned:{}:{what:?}:{let_in}", api.as_str()),
            Self::WrongClock { .. } => "clock".into(),
            Self::OtherChannel { channel } => format!("channel:{channel}"),
            Self::DiscordRefuses { channel, why, .. } => format!("discord:{channel}:{why}"),
            Self::AlertsRingNobody { desk, role, since, .. } => format!("rings-nobody:{desk}:{role}:{}", since.0),
            Self::AlertsRing { desk, role, since } => format!("rings:{desk}:{role}:{}", since.0),
            Self::DeskNotConfigured { desk, .. } => format!("desk-missing:{desk}"),
            Self::DeskTooLate { desk, at, .. } => format!("desk-too-late:{desk}:{}", at.map_or(0, |at| at.0)),
            Self::AnswersUsedUp { desk, .. } => format!("answers-used-up:{desk}"),
            Self::NotShown { id, .. } => format!("not-shown:{id}"),
            Self::ThreadFails { thread, .. } => format!("thread-fails:{thread}"),
            Self::ConversationFails { conversation, desk, .. } => format!("conversation-fails:{desk}:{conversation}"),
            Self::EffectDead { effect, .. } => format!("dead:{effect}"),
        }
    }
}

/// Which outside an effect goes to; each has couriers of its own, so that one being down delays no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outside {
    Vonage,
    Discord,
}

impl Outside {
    /// The word in the database.
    #[must_use]
    pub const fn as_stored(self) -> &'static str {
        match self {
            Self::Vonage => "vonage",
            Self::Discord => "discord",
        }
    }
}

/// Who waits for an SMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// A person: the customer for an answer, or an agent who has written one.
    Awaited,
    /// Nobody in particular: one of perhaps many notifications.
    Patient,
}

impl Urgency {
    /// The number in the database.
    #[must_use]
    pub const fn as_stored(self) -> i64 {
        match self {
            Self::Awaited => 0,
            Self::Patient => 1,
        }
    }
}

/// The ordered queue that an effect belongs to. Within a lane one effect is under way at a time, by rank and
/// then in the order of promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    Sms(CustomerId),
    Discord(ConversationId),
    Answer(InteractionId),
    Operator,
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sms(customer) => write!(f, "sms:{customer}"),
            Self::Discord(conversation) => write!(f, "discord:{conversation}"),
            Self::Answer(interaction) => write!(f, "answer:{interaction}"),
            Self::Operator => f.write_str("operator"),
        }
    }
}

/// Where an effect towards Discord has to be let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// Posts in a support channel.
    Post,
    /// Edits of what stands in a support channel.
    Edit,
    /// The opening of threads in a support channel.
    Open,
    /// The threads of a support channel.
    Thread,
    /// The private answers to interactions: they have tokens of their own.
    Answer,
    /// The operator's channel.
    Operator,
}

impl Place {
    /// The word in the database. For the places of a desk its name follows, after a colon.
    #[must_use]
    pub const fn as_stored(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::Edit => "edit",
            Self::Open => "open",
            Self::Thread => "thread",
            Self::Answer => "answer",
            Self::Operator => "operator",
        }
    }
}

/// The rank from which on effects of a lane do not hold each other back: each waits only for lower ranks.
pub const FREE_RANK: i64 = 3;

impl Effect {
    #[must_use]
    pub const fn outside(&self) -> Outside {
        match self {
            Self::SendSms { .. } => Outside::Vonage,
            _ => Outside::Discord,
        }
    }

    /// The place within a lane. A card comes before its thread, the thread before what is posted in it, and
    /// posts before edits: so whatever is enqueued late (a new card for a deleted thread) still comes first.
    #[must_use]
    pub const fn rank(&self) -> i64 {
        match self {
            Self::SendSms { .. } | Self::PostCard { .. } | Self::EditAnswer { .. } | Self::TellOperator { .. } => 0,
            Self::OpenThread { .. } => 1,
            Self::UnarchiveThread { .. } | Self::AddMember { .. } | Self::PostMessage { .. } => 2,
            Self::UpdateCard { .. }
            | Self::UpdateMessage { .. }
            | Self::PostAlert { .. }
            | Self::AlertRole { .. }
            | Self::RetireCard { .. }
            | Self::RetireThread { .. } => FREE_RANK,
            Self::ArchiveThread { .. } => 4,
        }
    }

    /// Where in Discord it has to be let in: what is refused or limited there waits without being tried. `None` for what
    /// does not go there.
    #[must_use]
    pub const fn place(&self) -> Option<Place> {
        Some(match self {
            Self::SendSms { .. } => return None,
            Self::PostCard { .. } => Place::Post,
            Self::UpdateCard { .. } | Self::RetireCard { .. } => Place::Edit,
            Self::OpenThread { .. } => Place::Open,
            Self::AddMember { .. }
            | Self::PostMessage { .. }
            | Self::PostAlert { .. }
            | Self::AlertRole { .. }
            | Self::UpdateMessage { .. }
            | Self::RetireThread { .. }
            | Self::ArchiveThread { .. }
            | Self::UnarchiveThread { .. } => Place::Thread,
            Self::EditAnswer { .. } => Place::Answer,
            Self::TellOperator { .. } => Place::Operator,
        })
    }

    /// What a waiting effect is collapsed by: of two with one key only the first is kept, since it will show
    /// the newest state. `None`: every one counts.
    #[must_use]
    pub fn key(&self) -> Option<String> {
        match self {
            Self::SendSms { message } => Some(format!("send:{message}")),
            Self::PostCard { conversation, .. } => Some(format!("card:{conversation}")),
            Self::OpenThread { conversation } => Some(format!("thread:{conversation}")),
            Self::AddMember { conversation, user } => Some(format!("member:{conversation}:{user}")),
            Self::PostMessage { message, .. } => Some(format!("post:{message}")),
            Self::PostAlert { message, .. } => Some(format!("alert:{message}")),
            Self::AlertRole { conversation, why: WhyRole::Unanswered, .. } => {
                Some(format!("alert-again:{conversation}"))
            }
            Self::AlertRole { conversation, why: WhyRole::OwnerLeft(user), .. } => {
                Some(format!("alert-left:{conversation}:{user}"))
            }
            Self::UpdateCard { conversation } => Some(format!("update-card:{conversation}")),
            Self::UpdateMessage { message } => Some(format!("update:{message}")),
            Self::RetireCard { card, .. } => Some(format!("retire:{card}")),
            Self::RetireThread { thread, .. } => Some(format!("retire-thread:{thread}")),
            Self::ArchiveThread { conversation } => Some(format!("archive:{conversation}")),
            Self::UnarchiveThread { conversation } => Some(format!("unarchive:{conversation}")),
            Self::EditAnswer { interaction } => Some(format!("answer:{interaction}")),
            Self::TellOperator { notice, .. } => Some(format!("tell:{}", notice.key())),
        }
    }

    /// The word for logs and metrics.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::SendSms { .. } => "send_sms",
            Self::PostCard { .. } => "post_card",
            Self::OpenThread { .. } => "open_thread",
            Self::AddMember { .. } => "add_member",
            Self::PostMessage { .. } => "post_message",
            Self::PostAlert { .. } => "post_alert",
            Self::AlertRole { .. } => "alert_role",
            Self::UpdateCard { .. } => "update_card",
            Self::UpdateMessage { .. } => "update_message",
            Self::RetireCard { .. } => "retire_card",
            Self::RetireThread { .. } => "retire_thread",
            Self::ArchiveThread { .. } => "archive_thread",
            Self::UnarchiveThread { .. } => "unarchive_thread",
            Self::EditAnswer { .. } => "edit_answer",
            Self::TellOperator { .. } => "tell_operator",
        }
    }
}
