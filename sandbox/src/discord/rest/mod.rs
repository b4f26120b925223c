//! Discord's REST API, version 10: the routes that a bot of ours may need, on one screen.

mod application;
mod body;
mod door;
mod interactions;
mod messages;
mod path;
mod threads;

use axum::{
    Router, middleware,
    routing::{delete, get, post, put},
};

use super::{error::ApiError, gateway, world::Shared};

pub(crate) fn router(shared: &Shared) -> Router {
    let api = Router::new()
        .route("/gateway", get(application::gateway))
        .route("/gateway/bot", get(application::gateway_bot))
        .route("/users/@me", get(application::me))
        .route("/applications/@me", get(application::application))
        .route("/oauth2/applications/@me", get(application::application))
        .route(
            "/applications/{application}/guilds/{guild}/commands",
            get(application::commands).put(application::replace_commands).post(application::add_command),
        )
        .route(
            "/applications/{application}/guilds/{guild}/commands/{command}",
            get(application::command).patch(application::change_command).delete(application::delete_command),
        )
        .route("/guilds/{guild}", get(application::guild))
        .route("/guilds/{guild}/roles", get(application::roles))
        .route("/guilds/{guild}/channels", get(application::channels))
        .route("/guilds/{guild}/members/{person}", get(application::member))
        .route("/guilds/{guild}/threads/active", get(threads::active))
        .route("/channels/{channel}", get(threads::channel).patch(threads::change).delete(threads::delete))
        .route("/channels/{channel}/messages", get(messages::list).post(messages::create))
        .route(
            "/channels/{channel}/messages/{message}",
            get(messages::one).patch(messages::edit).delete(messages::delete),
        )
        .route("/channels/{channel}/messages/{message}/threads", post(threads::start_from_message))
        .route("/channels/{channel}/threads", post(threads::start))
        .route("/channels/{channel}/thread-members", get(threads::members))
        .route(
            "/channels/{channel}/thread-members/{person}",
            put(threads::add_member).delete(threads::remove_member).get(threads::member),
        )
        .route("/interactions/{interaction}/{token}/callback", post(interactions::respond))
        .route("/webhooks/{application}/{token}", post(interactions::follow_up))
        .route(
            "/webhooks/{application}/{token}/messages/{message}",
            get(interactions::answer).patch(interactions::edit_answer).merge(delete(interactions::delete_answer)),
        )
        .method_not_allowed_fallback(async || ApiError::METHOD_NOT_ALLOWED)
        .fallback(async || ApiError::NOT_FOUND)
        .layer(middleware::from_fn_with_state(shared.clone(), door::pass));
    Router::new()
        .route("/", get(gateway::connect))
        .nest("/api/v10", api)
        .fallback(async || ApiError::NOT_FOUND)
        .with_state(shared.clone())
}
