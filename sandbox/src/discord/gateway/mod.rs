//! Discord's gateway, version 10, in plain JSON: `ws://…/?v=10`.

mod connection;
pub(crate) mod sessions;

pub use sessions::Event;

use std::collections::BTreeMap;

use axum::{
    extract::{Query, State, WebSocketUpgrade},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header::HOST};

use super::world::Shared;

/// How a test ends the bot's gateway connections. The sessions wait to be resumed, except after the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The TCP connection ends without a close frame.
    Tcp,
    /// A close frame, with a code or without one.
    Close(Option<u16>),
    /// Opcode 7: the bot is asked to reconnect and resume.
    Reconnect,
    /// Opcode 9, not resumable: the session is over, the bot must identify anew.
    InvalidSession,
}

/// Takes a websocket up. Compression of the whole stream and other encodings are not simulated.
pub(crate) async fn connect(
    State(shared): State<Shared>,
    Query(asked): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let plain = asked.get("encoding").is_none_or(|encoding| encoding == "json");
    if !plain || asked.contains_key("compress") {
        let reason = "the sandbox speaks plain JSON: no encoding but json, no compress";
        return (StatusCode::BAD_REQUEST, reason).into_response();
    }
    let version = asked.get("v").cloned();
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let url = format!("ws://{host}");
    upgrade.on_upgrade(move |socket| connection::serve(socket, shared, version, url))
}
