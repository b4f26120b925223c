//! What the flows and couriers need from the outside: an SMS provider, the agents' threads, and the time.

use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;

use crate::domain::desk::ArchiveAfter;
use crate::domain::ids::{ChannelId, DiscordMessageId, GuildId, MessageId, Nonce, ProviderMessageId, RoleId, UserId};
use crate::domain::message::Failure;
use crate::domain::pause::Pause;
use crate::domain::phone::PhoneNumber;
use crate::domain::post::Post;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Price, Webhook};

/// Sends SMS. One call is one HTTP request, never repeated inside.
#[async_trait]
pub trait SmsProvider: Send + Sync {
    async fn send(&self, sms: &Sms) -> Result<Accepted, SendError>;
}

/// One message as the provider gets it; it cuts the text into parts by itself.
#[derive(Clone, Debug)]
pub struct Sms {
    pub from: PhoneNumber,
    pub to: PhoneNumber,
    pub text: String,
    /// Comes back in every receipt.
    pub client_ref: MessageId,
}

/// The provider took it.
#[derive(Clone, Debug)]
pub enum Accepted {
    /// At least one part, as it counts them. In the order of the parts.
    Parts(Vec<PartAnswer>),
    /// All of it, under one id; it does not say how many parts that makes.
    Whole(ProviderMessageId),
}

#[derive(Clone, Debug)]
pub struct PartAnswer {
    /// `None` where the part was refused.
    pub provider_id: Option<ProviderMessageId>,
    pub refused: Option<Failure>,
    pub price: Option<Price>,
}

/// Why nothing was accepted; each says what can be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Certainly not sent: try again later.
    #[error("not sent, to be tried again: {0}")]
    Retry(Retry),
    /// Certainly not sent, and never will be.
    #[error("refused: {0:?}")]
    Reject(Failure),
    /// Perhaps sent. Never to be repeated blindly.
    #[error("not known whether it was sent: {0}")]
    Unconfirmed(String),
}

/// When to try again, and whom it concerns.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Retry {
    /// Above the account's rate (status 1, 10, 1000, 1241, HTTP 429), or HTTP 503.
    #[error("{why}")]
    Soon { after: Option<Duration>, why: String },
    /// No connection: an outage, and everything that waited for its end may leave when it is over.
    #[error("Vonage is not reachable: {0}")]
    Unreachable(String),
    /// Refused, and not for what the message is: for the account's sake (4, 8, 9, 11, 14, 32, 1060, 1070, 1080, HTTP 401,
    /// 402 and 403), for an error inside (status 5, or 1030, 1100 and 1331 of the Messages API), or by something in between
    /// (other HTTP 4xx and 3xx). Whether it is the account's or the message's own, other messages will tell.
    #[error("refused ({why:?})")]
    Refused { why: Pause },
}

/// Asks the provider about the account. One call is one HTTP request, never repeated inside.
#[async_trait]
pub trait Account: Send + Sync {
    /// The credit that is left, in the account's currency (euros); below nothing for accounts that pay later.
    async fn balance(&self) -> Result<Price, AccountError>;
}

/// Why the provider did not say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// The credentials are refused, with this HTTP status.
    #[error("the credentials are refused (HTTP {0})")]
    Refused(u16),
    /// It cannot be reached, or its answer says nothing.
    #[error("no clear answer: {0}")]
    Unclear(String),
}

/// The Discord side. One call is one HTTP request, never repeated inside; a rate limit becomes a due time.
#[async_trait]
pub trait AgentThreads: Send + Sync {
    /// Posts with `enforce_nonce`: the same nonce within a few minutes gives the message that is there already.
    async fn post(&self, channel: ChannelId, nonce: &Nonce, post: &Post) -> Result<DiscordMessageId, ThreadsError>;
    /// The same as a reply to a card, in the card's channel.
    async fn reply(
        &self,
        channel: ChannelId,
        card: DiscordMessageId,
        nonce: &Nonce,
        post: &Post,
    ) -> Result<DiscordMessageId, ThreadsError>;
    /// Replaces content, embed and buttons.
    async fn edit(&self, channel: ChannelId, message: DiscordMessageId, post: &Post) -> Result<(), ThreadsError>;
    /// The newest of our own messages among the last hundred of `channel` whose content, or whose embed's title,
    /// begins with `marker`.
    async fn find_recent(&self, channel: ChannelId, marker: &str) -> Result<Option<DiscordMessageId>, ThreadsError>;
    /// Opens the thread of a card; its id is the card's. [`ThreadsError::AlreadyThere`] where there is, or was, one.
    /// Discord archives it after a silence of `archive_after`.
    async fn open_thread(
        &self,
        channel: ChannelId,
        card: DiscordMessageId,
        name: &str,
        archive_after: ArchiveAfter,
    ) -> Result<ChannelId, ThreadsError>;
    /// The guild's threads that are not archived.
    async fn active_threads(&self, guild: GuildId) -> Result<Vec<ActiveThread>, ThreadsError>;
    /// Whether the thread exists.
    async fn thread_exists(&self, thread: ChannelId) -> Result<bool, ThreadsError>;
    async fn set_archived(&self, thread: ChannelId, archived: bool) -> Result<(), ThreadsError>;
    async fn add_member(&self, thread: ChannelId, user: UserId) -> Result<(), ThreadsError>;
    /// The roles of a member of the server; `None` for somebody who is not there.
    async fn roles_of(&self, guild: GuildId, user: UserId) -> Result<Option<Vec<RoleId>>, ThreadsError>;
    /// Replaces the private answer to an interaction; possible for 15 minutes.
    async fn edit_answer(&self, token: &str, post: &Post) -> Result<(), ThreadsError>;
    /// How long the bot's token keeps everything closed but the private answers; zero: one request may ask whether it is
    /// good again. `None`: it is good, as far as is known.
    fn token_opens_in(&self) -> Option<Duration>;
    /// How much of this may be under way at once in a support channel, by Discord's rate limits.
    fn room(&self, what: Asked, channel: ChannelId) -> Room;
}

/// What is asked of a support channel; each has a rate limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Post,
    Edit,
    OpenThread,
}

/// What a rate limit leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// So many requests at once.
    pub now: u32,
    /// When there are more.
    pub opens_in: Duration,
}

/// A thread that is not archived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActiveThread {
    pub id: ChannelId,
    /// The channel that it belongs to.
    pub parent: Option<ChannelId>,
    /// The last message in it; `None` where there is none.
    pub last: Option<DiscordMessageId>,
}

/// Why Discord did not do it; each says what can be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThreadsError {
    /// Rate limit, 5xx, timeout, not reachable: try again, at `after` or by the schedule.
    #[error("to be tried again: {why}")]
    Retry { after: Option<Duration>, why: String },
    /// 401: somebody must give a token. Nothing else is asked until then.
    #[error("the token is refused")]
    TokenRefused,
    /// 403: somebody must give a permission; tried slowly, and the operator is told `why` (which permission, in which
    /// channel).
    #[error("{why}")]
    Refused { why: String },
    /// 401 or 403, though the token is good and no permission is missing as far as Discord says: something on the way may
    /// dislike this request alone, or everything that is asked there.
    #[error("{why}")]
    Forbidden { why: String },
    /// The server has as many active threads as Discord allows (160006).
    #[error("there are too many active threads")]
    TooManyThreads,
    /// The channel or thread is gone (10003).
    #[error("the channel or thread is gone")]
    ChannelGone,
    /// The message is gone (10008), or the interaction's token is over (10015, 10062, 50027).
    #[error("the message is gone")]
    MessageGone,
    /// The thread is archived or locked (50083, 160005): it takes no edits.
    #[error("the thread is archived")]
    Archived,
    /// The card has, or had, a thread (160004).
    #[error("there is a thread already")]
    AlreadyThere,
    /// Any other refusal: the same request will never succeed.
    #[error("Discord rejects it: {why}")]
    Reject { why: String },
}

/// Reads stored webhooks: bytes in, meaning out.
pub trait WebhookReader: Send + Sync {
    /// `source` and `raw` as the intake stored them.
    fn read(&self, source: &str, raw: &[u8]) -> Result<Webhook, Unreadable>;
}

/// A webhook that says nothing we know. Holds no text of a customer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

/// The one door to time.
#[async_trait]
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
    async fn sleep_until(&self, when: Timestamp);
}

/// The one door to fresh ids: a `UUIDv7` of this moment.
#[must_use]
pub fn fresh_uuid(clock: &dyn Clock) -> Uuid {
    let millis = u64::try_from(clock.now().0).unwrap_or(0);
    let nanos = u32::try_from(millis % 1000).unwrap_or(0) * 1_000_000;
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, millis / 1000, nanos))
}

/// The time of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    async fn sleep_until(&self, when: Timestamp) {
        tokio::time::sleep(when.since(self.now())).await;
    }
}
