//! Routes about the bot itself, its commands, and the guild it serves.

use axum::{Json, extract::State, http::HeaderMap};
use http::{StatusCode, header::HOST};
use serde_json::{Value, json};

use super::{body::Body, path::Ids};
use crate::discord::{
    error::ApiError,
    id::Id,
    world::{Shared, World},
};

type Answer = Result<Json<Value>, ApiError>;

pub(crate) async fn gateway(headers: HeaderMap) -> Json<Value> {
    Json(json!({ "url": gateway_url(&headers) }))
}

pub(crate) async fn gateway_bot(State(shared): State<Shared>, headers: HeaderMap) -> Json<Value> {
    let used = shared.read(|world| world.sessions.identifies);
    Json(json!({
        "url": gateway_url(&headers),
        "shards": 1,
        "session_start_limit": {
            "total": 1000,
            "remaining": 1000_usize.saturating_sub(used),
            "reset_after": 86_400_000,
            "max_concurrency": 1,
        },
    }))
}

pub(crate) async fn me(State(shared): State<Shared>) -> Json<Value> {
    shared.read(|world| {
        let mut user = world.guild.user(world.guild.bot);
        for (key, value) in [
            ("mfa_enabled", json!(false)),
            ("locale", json!("en-GB")),
            ("premium_type", json!(0)),
            ("verified", json!(true)),
        ] {
            user[key] = value;
        }
        Json(user)
    })
}

pub(crate) async fn application(State(shared): State<Shared>) -> Json<Value> {
    shared.read(|world| {
        let bot = world.guild.user(world.guild.bot);
        Json(json!({
            "id": world.application(),
            "name": world.setup.bot,
            "icon": null,
            "description": "",
            "type": null,
            "bot": bot,
            "bot_public": false,
            "bot_require_code_grant": false,
            "verify_key": "0".repeat(64),
            "flags": 0,
            "flags_new": "0",
            "redirect_uris": [],
            "interactions_endpoint_url": null,
            "role_connections_verification_url": null,
            "owner": world.guild.user(world.guild.owner),
            "approximate_guild_count": 1,
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0,
            "team": null,
            "eligible_oauth2_scopes": ["applications.commands", "bot"],
        }))
    })
}

pub(crate) async fn commands(State(shared): State<Shared>, Ids((application, guild)): Ids<(Id, Id)>) -> Answer {
    shared.read(|world| {
        own(world, application, guild)?;
        Ok(Json(json!(world.commands)))
    })
}

pub(crate) async fn replace_commands(
    State(shared): State<Shared>,
    Ids((application, guild)): Ids<(Id, Id)>,
    body: Body,
) -> Answer {
    shared.change(|world| {
        own(world, application, guild)?;
        world.replace_commands(&body.json)?;
        Ok(Json(json!(world.commands)))
    })
}

pub(crate) async fn add_command(
    State(shared): State<Shared>,
    Ids((application, guild)): Ids<(Id, Id)>,
    body: Body,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    shared.change(|world| {
        own(world, application, guild)?;
        let (command, new) = world.add_command(&body.json)?;
        let status = if new { StatusCode::CREATED } else { StatusCode::OK };
        Ok((status, Json(command)))
    })
}

pub(crate) async fn command(
    State(shared): State<Shared>,
    Ids((application, guild, command)): Ids<(Id, Id, Id)>,
) -> Answer {
    shared.read(|world| {
        own(world, application, guild)?;
        let at = world.command_at(command)?;
        Ok(Json(world.commands[at].clone()))
    })
}

pub(crate) async fn change_command(
    State(shared): State<Shared>,
    Ids((application, guild, command)): Ids<(Id, Id, Id)>,
    body: Body,
) -> Answer {
    shared.change(|world| {
        own(world, application, guild)?;
        world.change_command(command, &body.json).map(Json)
    })
}

pub(crate) async fn delete_command(
    State(shared): State<Shared>,
    Ids((application, guild, command)): Ids<(Id, Id, Id)>,
) -> Result<StatusCode, ApiError> {
    shared.change(|world| {
        own(world, application, guild)?;
        let at = world.command_at(command)?;
        world.commands.remove(at);
        Ok(StatusCode::NO_CONTENT)
    })
}

pub(crate) async fn guild(State(shared): State<Shared>, Ids(guild): Ids<Id>) -> Answer {
    shared.read(|world| {
        known(world, guild)?;
        Ok(Json(world.guild.wire()))
    })
}

pub(crate) async fn roles(State(shared): State<Shared>, Ids(guild): Ids<Id>) -> Answer {
    shared.read(|world| {
        known(world, guild)?;
        let roles = world.guild.roles.iter();
        Ok(Json(roles.map(|role| world.guild.role_wire(role)).collect()))
    })
}

/// The channels without their threads, those that the bot cannot see included.
pub(crate) async fn channels(State(shared): State<Shared>, Ids(guild): Ids<Id>) -> Answer {
    shared.read(|world| {
        known(world, guild)?;
        let channels = world.guild.channels.values().filter(|channel| channel.thread.is_none());
        let bot = world.guild.bot;
        Ok(Json(channels.map(|channel| world.guild.channel(channel, bot)).collect()))
    })
}

pub(crate) async fn member(State(shared): State<Shared>, Ids((guild, person)): Ids<(Id, Id)>) -> Answer {
    shared.read(|world| {
        known(world, guild)?;
        let person = world.guild.people.get(&person).ok_or(ApiError::UNKNOWN_MEMBER)?;
        Ok(Json(world.guild.member(person)))
    })
}

/// The gateway stands on the same port; the Host header says which name the bot uses for it.
fn gateway_url(headers: &HeaderMap) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    format!("ws://{}", host.unwrap_or("127.0.0.1"))
}

fn known(world: &World, guild: Id) -> Result<(), ApiError> {
    (guild == world.guild.id).then_some(()).ok_or(ApiError::UNKNOWN_GUILD)
}

fn own(world: &World, application: Id, guild: Id) -> Result<(), ApiError> {
    if application != world.application() {
        return Err(ApiError::UNKNOWN_APPLICATION);
    }
    // A bot that is not in a guild has no access to its commands there.
    known(world, guild).map_err(|_| ApiError::MISSING_ACCESS)
}
