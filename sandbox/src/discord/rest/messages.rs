//! Routes about the messages of a channel.

use axum::{
    Json,
    extract::{Query, State},
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::{body::Body, path::Ids};
use crate::discord::{
    draft::Draft,
    error::ApiError,
    form::Form,
    id::Id,
    message::Message,
    permissions::Permissions,
    posting::Post,
    world::{Shared, World},
};

type Answer = Result<Json<Value>, ApiError>;

/// At most one of `around`, `before` and `after`.
#[derive(Deserialize)]
pub(crate) struct Page {
    around: Option<Id>,
    before: Option<Id>,
    after: Option<Id>,
    limit: Option<usize>,
}

pub(crate) async fn create(State(shared): State<Shared>, Ids(channel): Ids<Id>, body: Body) -> Answer {
    let mut draft = Draft::read(&body.json, "")?;
    draft.files = body.files;
    shared.change(|world| {
        let bot = world.guild.bot;
        world.may_post(bot, channel, &draft)?;
        let id = match world.made_before(bot, &draft)? {
            Some(id) => id,
            None => world.post(Post::new(channel, bot, draft)),
        };
        Ok(Json(world.message_wire(message(world, None, id)?)))
    })
}

pub(crate) async fn one(State(shared): State<Shared>, Ids((channel, id)): Ids<(Id, Id)>) -> Answer {
    shared.read(|world| {
        world.channel(channel, Permissions::READ_MESSAGE_HISTORY)?;
        Ok(Json(world.message_wire(message(world, Some(channel), id)?)))
    })
}

/// Newest first, 50 unless asked otherwise, 100 at most; nothing without Read Message History.
pub(crate) async fn list(State(shared): State<Shared>, Ids(channel): Ids<Id>, Query(page): Query<Page>) -> Answer {
    let limit = page.limit.unwrap_or(50);
    let mut form = Form::default();
    if !(1..=100).contains(&limit) {
        form.wrong("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.");
    }
    form.finish()?;
    shared.read(|world| {
        world.channel(channel, Permissions::NONE)?;
        let reads = world.channel(channel, Permissions::READ_MESSAGE_HISTORY).is_ok();
        let own = world.messages.values();
        let all: Vec<&Message> =
            own.filter(|message| reads && message.channel_id == channel && !message.ephemeral()).collect();
        let page = page.of(&all, limit);
        Ok(Json(page.iter().rev().map(|message| world.message_wire(message)).collect()))
    })
}

pub(crate) async fn edit(State(shared): State<Shared>, Ids((channel, id)): Ids<(Id, Id)>, body: Body) -> Answer {
    let mut draft = Draft::read(&body.json, "")?;
    draft.files = body.files;
    shared.change(|world| {
        world.channel(channel, Permissions::NONE)?;
        let found = message(world, Some(channel), id)?;
        if found.author_id != world.guild.bot {
            return Err(ApiError::NOT_THE_AUTHOR);
        }
        if !found.written() {
            return Err(ApiError::SYSTEM_MESSAGE);
        }
        world.may_edit(id, &draft)?;
        if draft.embeds.as_ref().is_some_and(|embeds| !embeds.is_empty()) {
            world.channel(channel, Permissions::EMBED_LINKS)?;
        }
        world.edit(id, draft);
        Ok(Json(world.message_wire(message(world, None, id)?)))
    })
}

pub(crate) async fn delete(
    State(shared): State<Shared>,
    Ids((channel, id)): Ids<(Id, Id)>,
) -> Result<StatusCode, ApiError> {
    shared.change(|world| {
        world.channel(channel, Permissions::NONE)?;
        if message(world, Some(channel), id)?.author_id != world.guild.bot {
            world.channel(channel, Permissions::MANAGE_MESSAGES)?;
        }
        if world.is_archived(channel) {
            return Err(ApiError::ARCHIVED);
        }
        world.delete_message(channel, id)?;
        Ok(StatusCode::NO_CONTENT)
    })
}

/// A message that REST knows: ephemeral ones are reached by their interaction's token alone.
fn message(world: &World, channel: Option<Id>, id: Id) -> Result<&Message, ApiError> {
    let known = world.messages.get(&id);
    known
        .filter(|message| channel.is_none_or(|channel| message.channel_id == channel))
        .filter(|message| !message.ephemeral())
        .ok_or(ApiError::UNKNOWN_MESSAGE)
}

impl Page {
    /// The messages asked for, of `all` in the order of time.
    fn of<'a>(&self, all: &'a [&'a Message], limit: usize) -> &'a [&'a Message] {
        let first_after = |id: Id| all.partition_point(|message| message.id <= id);
        let range = if let Some(after) = self.after {
            let from = first_after(after);
            from..(from + limit).min(all.len())
        } else if let Some(around) = self.around {
            let to = (first_after(around) + limit / 2).min(all.len());
            to.saturating_sub(limit)..to
        } else {
            let to = self.before.map_or(all.len(), |before| all.partition_point(|message| message.id < before));
            to.saturating_sub(limit)..to
        };
        &all[range]
    }
}
