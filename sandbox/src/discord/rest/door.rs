//! The door that every REST request passes: who asks, how often, and what a correct bot would not have asked.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::header::{AUTHORIZATION, HeaderMap, USER_AGENT};

use crate::{
    discord::{
        error::{ApiError, BotsFault},
        rate_limit::Ruling,
        world::Shared,
    },
    wire::WRONG_ON_PURPOSE,
};

pub(crate) async fn pass(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let asked = format!("{} {}", request.method(), without_token(request.uri().path()));
    let on_purpose = request.headers().contains_key(WRONG_ON_PURPOSE);
    let mut response = admit(&shared, request, next).await;
    if let Some(BotsFault(said)) = response.extensions_mut().remove()
        && !on_purpose
    {
        shared.change(|world| world.complaints.push(format!("{asked} was refused: {said}")));
    }
    response
}

async fn admit(shared: &Shared, request: Request, next: Next) -> Response {
    if !names_a_bot(request.headers()) {
        return ApiError::BLOCKED.into_response();
    }
    let path = request.uri().path().to_owned();
    if needs_token(&path) && !shared.read(|world| is_authorized(request.headers(), &world.token)) {
        return ApiError::UNAUTHORIZED.into_response();
    }
    match shared.change(|world| {
        world.archive_silent();
        world.ledger.rule(request.method(), &path)
    }) {
        Ruling::Refused(refusal) => refusal,
        Ruling::Pass(headers) => {
            let mut response = next.run(request).await;
            response.headers_mut().extend(headers);
            response
        }
    }
}

/// `DiscordBot ($url, $versionNumber)`, and more behind it if one likes.
fn names_a_bot(headers: &HeaderMap) -> bool {
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    let inside = agent.and_then(|agent| agent.strip_prefix("DiscordBot (")?.split_once(')'));
    inside
        .and_then(|(inside, _)| inside.split_once(", "))
        .is_some_and(|(url, version)| url.starts_with("http") && version.starts_with(|c: char| c.is_ascii_digit()))
}

/// Interactions carry their own token in the path, and everybody may ask where the gateway is.
fn needs_token(path: &str) -> bool {
    path != "/gateway" && !path.starts_with("/interactions/") && !path.starts_with("/webhooks/")
}

fn is_authorized(headers: &HeaderMap, token: &str) -> bool {
    let given = headers.get(AUTHORIZATION).and_then(|given| given.to_str().ok());
    given.and_then(|given| given.strip_prefix("Bot ")) == Some(token)
}

/// A path fit for a complaint: an interaction's token is a secret.
fn without_token(path: &str) -> String {
    let long = |segment: &str| segment.len() > 40;
    path.split('/').map(|segment| if long(segment) { "…" } else { segment }).collect::<Vec<_>>().join("/")
}
