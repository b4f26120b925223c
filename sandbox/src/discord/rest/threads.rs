//! Routes about channels, threads and their members.

use axum::{Json, extract::State};
use http::StatusCode;
use serde_json::{Value, json};

use super::{body::Body, path::Ids};
use crate::discord::{
    error::ApiError,
    form::Form,
    guild::{Channel, ThreadState},
    id::Id,
    message::RECIPIENT_ADD,
    permissions::Permissions,
    threads::{AUTO_ARCHIVE, NewThread, ThreadChange},
    world::{Shared, World},
};

type Answer = Result<Json<Value>, ApiError>;
type Created = Result<(StatusCode, Json<Value>), ApiError>;

pub(crate) async fn channel(State(shared): State<Shared>, Ids(id): Ids<Id>) -> Answer {
    shared.read(|world| {
        let channel = world.channel(id, Permissions::NONE)?;
        Ok(Json(wire(world, channel)))
    })
}

/// Threads change their name, archiving and lock; text channels are the moderators' business and take Manage Channels.
pub(crate) async fn change(State(shared): State<Shared>, Ids(id): Ids<Id>, body: Body) -> Answer {
    let mut form = Form::default();
    let name = form.text(&body.json, "", "name", 1..=100).map(str::to_owned);
    let change = ThreadChange {
        name,
        archived: form.boolean(&body.json, "", "archived"),
        locked: form.boolean(&body.json, "", "locked"),
        auto_archive: form.choice(&body.json, "", "auto_archive_duration", &AUTO_ARCHIVE),
    };
    form.finish()?;
    shared.change(|world| {
        let bot = world.guild.bot;
        let channel = world.channel(id, Permissions::NONE)?;
        let Some(thread) = &channel.thread else {
            world.channel(id, Permissions::MANAGE_CHANNELS)?;
            return Err(ApiError::CHANNEL_TYPE);
        };
        if thread.archived && change.archived != Some(false) {
            return Err(ApiError::ARCHIVED);
        }
        let wakes = thread.archived;
        world.channel(id, needed_for(&change, thread, bot))?;
        if wakes {
            world.room_for_a_thread()?;
        }
        world.change_thread(id, bot, change);
        Ok(Json(wire(world, world.channel(id, Permissions::NONE)?)))
    })
}

pub(crate) async fn delete(State(shared): State<Shared>, Ids(id): Ids<Id>) -> Answer {
    shared.change(|world| {
        let needed = match world.channel(id, Permissions::NONE)?.thread {
            Some(_) => Permissions::MANAGE_THREADS,
            None => Permissions::MANAGE_CHANNELS,
        };
        world.channel(id, needed)?;
        let gone = world.delete_channel(id)?;
        Ok(Json(wire(world, &gone)))
    })
}

pub(crate) async fn start_from_message(
    State(shared): State<Shared>,
    Ids((channel, message)): Ids<(Id, Id)>,
    body: Body,
) -> Created {
    let new = NewThread::read(&body.json, true)?;
    shared.change(|world| {
        let known = world.messages.get(&message);
        let there = known.is_some_and(|known| known.channel_id == channel && !known.ephemeral());
        text_channel(world, channel, new.needs())?;
        if !there {
            return Err(ApiError::UNKNOWN_MESSAGE);
        }
        let id = world.start_thread(channel, Some(message), &new)?;
        created(world, id)
    })
}

pub(crate) async fn start(State(shared): State<Shared>, Ids(channel): Ids<Id>, body: Body) -> Created {
    let new = NewThread::read(&body.json, false)?;
    shared.change(|world| {
        text_channel(world, channel, new.needs())?;
        let id = world.start_thread(channel, None, &new)?;
        created(world, id)
    })
}

/// All threads that are not archived and that the bot sees, and where it is a member.
pub(crate) async fn active(State(shared): State<Shared>, Ids(guild): Ids<Id>) -> Answer {
    shared.read(|world| {
        if guild != world.guild.id {
            return Err(ApiError::UNKNOWN_GUILD);
        }
        let bot = world.guild.bot;
        let seen: Vec<(&Channel, &ThreadState)> = world
            .guild
            .threads()
            .filter(|(channel, thread)| !thread.archived && world.seen_by(bot, channel.id).is_ok())
            .collect();
        let threads = seen.iter().map(|(channel, _)| wire(world, channel));
        let members = seen.iter().filter_map(|(channel, thread)| thread.member(channel.id, bot));
        Ok(Json(json!({
            "threads": threads.collect::<Vec<_>>(),
            "members": members.collect::<Vec<_>>(),
            "has_more": false,
        })))
    })
}

pub(crate) async fn members(State(shared): State<Shared>, Ids(id): Ids<Id>) -> Answer {
    shared.read(|world| {
        let thread = thread(world, id)?;
        let members = thread.members.keys().filter_map(|person| thread.member(id, *person));
        Ok(Json(members.collect()))
    })
}

pub(crate) async fn member(State(shared): State<Shared>, Ids((id, person)): Ids<(Id, String)>) -> Answer {
    shared.read(|world| {
        let person = person_named(world, &person)?;
        let member = thread(world, id)?.member(id, person);
        member.map(Json).ok_or(ApiError::UNKNOWN_MEMBER)
    })
}

pub(crate) async fn add_member(
    State(shared): State<Shared>,
    Ids((id, person)): Ids<(Id, String)>,
) -> Result<StatusCode, ApiError> {
    shared.change(|world| {
        let bot = world.guild.bot;
        let person = person_named(world, &person)?;
        let thread = thread(world, id)?;
        if thread.archived {
            return Err(ApiError::ARCHIVED);
        }
        let known = thread.members.contains_key(&person);
        if person != bot {
            world.channel(id, Permissions::SEND_MESSAGES_IN_THREADS)?;
            // Whoever does not see the channel cannot be in its threads.
            world.seen_by(person, id).map_err(|_| ApiError::MISSING_ACCESS)?;
        }
        world.join_thread(id, &[person]);
        if !known && person != bot {
            world.announce(RECIPIENT_ADD, id, bot, "", &[person]);
        }
        Ok(StatusCode::NO_CONTENT)
    })
}

pub(crate) async fn remove_member(
    State(shared): State<Shared>,
    Ids((id, person)): Ids<(Id, String)>,
) -> Result<StatusCode, ApiError> {
    shared.change(|world| {
        let person = person_named(world, &person)?;
        if thread(world, id)?.archived {
            return Err(ApiError::ARCHIVED);
        }
        if person != world.guild.bot {
            world.channel(id, Permissions::MANAGE_THREADS)?;
        }
        world.leave_thread(id, person);
        Ok(StatusCode::NO_CONTENT)
    })
}

fn created(world: &World, id: Id) -> Created {
    let thread = wire(world, world.channel(id, Permissions::NONE)?);
    Ok((StatusCode::CREATED, Json(thread)))
}

fn wire(world: &World, channel: &Channel) -> Value {
    world.guild.channel(channel, world.guild.bot)
}

fn text_channel(world: &World, id: Id, needed: Permissions) -> Result<(), ApiError> {
    match world.channel(id, needed)?.thread {
        Some(_) => Err(ApiError::CHANNEL_TYPE),
        None => Ok(()),
    }
}

fn thread(world: &World, id: Id) -> Result<&ThreadState, ApiError> {
    let channel = world.channel(id, Permissions::NONE)?;
    channel.thread.as_ref().ok_or(ApiError::CHANNEL_TYPE)
}

fn person_named(world: &World, name: &str) -> Result<Id, ApiError> {
    let id = match name {
        "@me" => world.guild.bot,
        digits => digits.parse().map_err(|_| ApiError::UNKNOWN_USER)?,
    };
    let known = world.guild.people.contains_key(&id);
    known.then_some(id).ok_or(ApiError::UNKNOWN_USER)
}

/// Whoever may write in a thread may wake it while it is not locked; its owner may archive and rename it; the rest
/// takes Manage Threads.
fn needed_for(change: &ThreadChange, thread: &ThreadState, by: Id) -> Permissions {
    let only_wakes = change.archived == Some(false)
        && !thread.locked
        && change.locked.is_none()
        && change.name.is_none()
        && change.auto_archive.is_none();
    let owns = thread.owner == by && change.locked.is_none() && !thread.locked;
    if only_wakes || owns { Permissions::SEND_MESSAGES_IN_THREADS } else { Permissions::MANAGE_THREADS }
}
