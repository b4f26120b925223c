//! The agents' threads in Discord: what the couriers ask for, one request each.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use serenity::all::{AutoArchiveDuration, ChannelType};
use serenity::builder::{CreateThread, EditThread};
use serenity::http::{LightMethod, Request, Route};

use super::error::{RestError, code};
use super::rest::{Rest, with_body};
use super::{convert, permissions};
use crate::domain::desk::ArchiveAfter;
use crate::domain::ids::{ChannelId, DiscordMessageId, GuildId, Nonce, RoleId, UserId};
use crate::domain::post::{Post, Ring};
use crate::ports::{ActiveThread, AgentThreads, Asked, Room, ThreadsError};

/// [`AgentThreads`] by Discord's REST API.
#[derive(Clone)]
pub struct DiscordThreads {
    rest: Arc<Rest>,
}

/// What we read of a message that we posted, or of one that we look for.
#[derive(Deserialize)]
struct Seen {
    id: DiscordMessageId,
    author: Author,
    content: String,
    embeds: Vec<SeenEmbed>,
}

#[derive(Deserialize)]
struct Author {
    id: UserId,
}

#[derive(Deserialize)]
struct SeenEmbed {
    title: Option<String>,
}

#[derive(Deserialize)]
struct ActiveThreads {
    threads: Vec<SeenThread>,
}

#[derive(Deserialize)]
struct SeenThread {
    id: ChannelId,
    parent_id: Option<ChannelId>,
    last_message_id: Option<DiscordMessageId>,
}

#[derive(Deserialize)]
struct SeenMember {
    roles: Vec<RoleId>,
}

#[derive(Deserialize)]
struct Made<T> {
    id: T,
}

/// A message that we posted just now.
#[derive(Deserialize)]
struct Posted {
    id: DiscordMessageId,
    /// The roles that it rings.
    #[serde(default)]
    mention_roles: Vec<RoleId>,
}

impl DiscordThreads {
    #[must_use]
    pub const fn new(rest: Arc<Rest>) -> Self {
        Self { rest }
    }

    /// The message that was made. Where its alert rang nobody, the operator is to hear of it.
    fn rang(&self, post: &Post, made: &Posted) -> DiscordMessageId {
        if let Some(Ring::Role(role)) = post.rings
            && !made.mention_roles.contains(&role)
        {
            self.rest.note_that_nobody_rang();
        }
        made.id
    }

    /// Says which permission is missing, where that is why.
    async fn explain(&self, channel: ChannelId, error: RestError) -> ThreadsError {
        if matches!(error.code(), Some(code::MISSING_ACCESS | code::MISSING_PERMISSIONS))
            && let Some(why) = permissions::explain(&self.rest, channel).await
        {
            return ThreadsError::Refused { why };
        }
        error.into()
    }
}

#[async_trait]
impl AgentThreads for DiscordThreads {
    async fn post(&self, channel: ChannelId, nonce: &Nonce, post: &Post) -> Result<DiscordMessageId, ThreadsError> {
        let route = Route::ChannelMessages { channel_id: channel.into() };
        let request = with_body(route, LightMethod::Post, &convert::message(post, nonce));
        match self.rest.read::<Posted>("post_message", request).await {
            Ok(made) => Ok(self.rang(post, &made)),
            Err(error) => Err(self.explain(channel, error).await),
        }
    }

    async fn reply(
        &self,
        channel: ChannelId,
        card: DiscordMessageId,
        nonce: &Nonce,
        post: &Post,
    ) -> Result<DiscordMessageId, ThreadsError> {
        let route = Route::ChannelMessages { channel_id: channel.into() };
        let request = with_body(route, LightMethod::Post, &convert::reply(post, nonce, channel, card));
        match self.rest.read::<Posted>("post_message", request).await {
            Ok(made) => Ok(self.rang(post, &made)),
            Err(error) => Err(self.explain(channel, error).await),
        }
    }

    async fn edit(&self, channel: ChannelId, message: DiscordMessageId, post: &Post) -> Result<(), ThreadsError> {
        let route = Route::ChannelMessage { channel_id: channel.into(), message_id: message.into() };
        let request = with_body(route, LightMethod::Patch, &convert::edit(post));
        match self.rest.perform("edit_message", request).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.explain(channel, error).await),
        }
    }

    async fn find_recent(&self, channel: ChannelId, marker: &str) -> Result<Option<DiscordMessageId>, ThreadsError> {
        let me = self.rest.me().await?;
        let route = Route::ChannelMessages { channel_id: channel.into() };
        let request = Request::new(route, LightMethod::Get).params(Some(vec![("limit", "100".to_owned())]));
        let newest_first = match self.rest.read::<Vec<Seen>>("list_messages", request).await {
            Ok(messages) => messages,
            Err(error) => return Err(self.explain(channel, error).await),
        };
        let ours = newest_first.into_iter().filter(|message| message.author.id == me.user);
        Ok(ours.into_iter().find(|message| message.bears(marker)).map(|message| message.id))
    }

    async fn open_thread(
        &self,
        channel: ChannelId,
        card: DiscordMessageId,
        name: &str,
        archive_after: ArchiveAfter,
    ) -> Result<ChannelId, ThreadsError> {
        let duration = match archive_after {
            ArchiveAfter::Hour => AutoArchiveDuration::OneHour,
            ArchiveAfter::Day => AutoArchiveDuration::OneDay,
            ArchiveAfter::ThreeDays => AutoArchiveDuration::ThreeDays,
            ArchiveAfter::Week => AutoArchiveDuration::OneWeek,
        };
        let thread = CreateThread::new(name).kind(ChannelType::PublicThread).auto_archive_duration(duration);
        let route = Route::ChannelMessageThreads { channel_id: channel.into(), message_id: card.into() };
        match self.rest.read::<Made<_>>("open_thread", with_body(route, LightMethod::Post, &thread)).await {
            Ok(made) => Ok(made.id),
            Err(error) => Err(self.explain(channel, error).await),
        }
    }

    async fn active_threads(&self, guild: GuildId) -> Result<Vec<ActiveThread>, ThreadsError> {
        let route = Route::GuildThreadsActive { guild_id: guild.into() };
        let found: ActiveThreads = self.rest.get("list_threads", route).await?;
        let threads = found.threads.into_iter();
        Ok(threads
            .map(|SeenThread { id, parent_id, last_message_id }| ActiveThread {
                id,
                parent: parent_id,
                last: last_message_id,
            })
            .collect())
    }

    async fn thread_exists(&self, thread: ChannelId) -> Result<bool, ThreadsError> {
        let request = Request::new(Route::Channel { channel_id: thread.into() }, LightMethod::Get);
        match self.rest.perform("get_thread", request).await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some(code::UNKNOWN_CHANNEL) => Ok(false),
            Err(error) => Err(self.explain(thread, error).await),
        }
    }

    async fn set_archived(&self, thread: ChannelId, archived: bool) -> Result<(), ThreadsError> {
        let route = Route::Channel { channel_id: thread.into() };
        let request = with_body(route, LightMethod::Patch, &EditThread::new().archived(archived));
        match self.rest.perform("archive_thread", request).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.explain(thread, error).await),
        }
    }

    async fn add_member(&self, thread: ChannelId, user: UserId) -> Result<(), ThreadsError> {
        let route = Route::ChannelThreadMember { channel_id: thread.into(), user_id: user.into() };
        match self.rest.perform("add_member", Request::new(route, LightMethod::Put)).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.explain(thread, error).await),
        }
    }

    async fn roles_of(&self, guild: GuildId, user: UserId) -> Result<Option<Vec<RoleId>>, ThreadsError> {
        let route = Route::GuildMember { guild_id: guild.into(), user_id: user.into() };
        match self.rest.get::<SeenMember>("get_member", route).await {
            Ok(member) => Ok(Some(member.roles)),
            Err(error) if matches!(error.code(), Some(code::UNKNOWN_MEMBER | code::UNKNOWN_USER)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn edit_answer(&self, token: &str, post: &Post) -> Result<(), ThreadsError> {
        let application_id = self.rest.me().await?.application;
        let route = Route::WebhookOriginalInteractionResponse { application_id, token };
        let request = with_body(route, LightMethod::Patch, &convert::answer(post));
        match self.rest.perform("edit_answer", request).await {
            Ok(_) => Ok(()),
            // A page of something in between, which says nothing of the interaction's token.
            Err(error) if error.code() == Some(code::NONE) => {
                Err(ThreadsError::Retry { after: None, why: error.to_string() })
            }
            // Whoever refuses a token of an interaction will not take it later.
            Err(RestError::Refused { status: 401 | 403 | 404, .. }) => Err(ThreadsError::MessageGone),
            Err(error) => Err(error.into()),
        }
    }

    fn token_opens_in(&self) -> Option<Duration> {
        self.rest.token_opens_in()
    }

    fn room(&self, what: Asked, channel: ChannelId) -> Room {
        let channel_id = channel.into();
        // Which message does not matter to a limit.
        let message_id = serenity::all::MessageId::new(1);
        match what {
            Asked::Post => self.rest.room(LightMethod::Post, Route::ChannelMessages { channel_id }),
            Asked::Edit => self.rest.room(LightMethod::Patch, Route::ChannelMessage { channel_id, message_id }),
            Asked::OpenThread => {
                self.rest.room(LightMethod::Post, Route::ChannelMessageThreads { channel_id, message_id })
            }
        }
    }
}

impl Seen {
    /// Whether the message begins with the marker: `·1` is not what `·12` begins with.
    fn bears(&self, marker: &str) -> bool {
        let begins = |text: &str| {
            text.strip_prefix(marker).is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_digit()))
        };
        begins(&self.content) || self.embeds.iter().filter_map(|embed| embed.title.as_deref()).any(begins)
    }
}
