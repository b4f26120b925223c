//! Routes that answer interactions: the callback, and what its token allows afterwards.

use axum::{
    Json,
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::{body::Body, path::Ids};
use crate::discord::{
    draft::Draft,
    error::ApiError,
    id::Id,
    message::Message,
    world::{Shared, World},
};

type Answer = Result<Json<Value>, ApiError>;
/// Application, token, message; a client may write `@original` as `%40original`.
type Named = Ids<(String, String, String)>;

#[derive(Deserialize)]
pub(crate) struct Wishes {
    with_response: Option<String>,
}

/// 204, or 200 with the response where `with_response` is `true` or `1`.
pub(crate) async fn respond(
    State(shared): State<Shared>,
    Ids((id, token)): Ids<(Id, String)>,
    Query(wishes): Query<Wishes>,
    body: Body,
) -> Result<Response, ApiError> {
    let wanted = matches!(wishes.with_response.as_deref(), Some("true" | "1"));
    shared.change(|world| {
        world.respond(id, &token, &body.json)?;
        Ok(if wanted {
            Json(world.response_wire(id, &body.json["type"])).into_response()
        } else {
            StatusCode::NO_CONTENT.into_response()
        })
    })
}

pub(crate) async fn follow_up(
    State(shared): State<Shared>,
    Ids((application, token)): Ids<(String, String)>,
    body: Body,
) -> Answer {
    shared.change(|world| {
        world.by_token(&application, &token)?;
        let mut draft = Draft::read(&body.json, "")?;
        draft.files = body.files;
        let id = world.follow_up(&application, &token, draft)?;
        wire(world, id)
    })
}

pub(crate) async fn answer(State(shared): State<Shared>, Ids((application, token, name)): Named) -> Answer {
    shared.read(|world| {
        let id = world.answer_named(&application, &token, &name)?;
        wire(world, id)
    })
}

pub(crate) async fn edit_answer(
    State(shared): State<Shared>,
    Ids((application, token, name)): Named,
    body: Body,
) -> Answer {
    shared.change(|world| {
        let id = world.answer_named(&application, &token, &name)?;
        let mut draft = Draft::read(&body.json, "")?;
        draft.files = body.files;
        world.edit_answer(&token, id, draft)?;
        wire(world, id)
    })
}

pub(crate) async fn delete_answer(
    State(shared): State<Shared>,
    Ids((application, token, name)): Named,
) -> Result<StatusCode, ApiError> {
    shared.change(|world| {
        let id = world.answer_named(&application, &token, &name)?;
        let channel = world.messages.get(&id).map(|message: &Message| message.channel_id);
        world.delete_message(channel.ok_or(ApiError::UNKNOWN_MESSAGE)?, id)?;
        Ok(StatusCode::NO_CONTENT)
    })
}

fn wire(world: &World, id: Id) -> Answer {
    let message = world.messages.get(&id).ok_or(ApiError::UNKNOWN_MESSAGE)?;
    Ok(Json(world.message_wire(message)))
}
