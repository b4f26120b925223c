//! What a moderator of the guild does by hand.
//!
//! | route | body |
//! |---|---|
//! | `POST /moderator` | `{"do": "delete", "channel" or "thread", "message"}`: a message; without `message` the whole thread |
//! | | `{"do": "archive", "thread"}`, `{"do": "lock", "thread"}`, `{"do": "unlock", "thread"}` |

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use threadline_sandbox::discord::Id;

use super::problem::{Answer, Problem, read};
use super::{Control, done};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deed {
    r#do: Do,
    channel: Option<String>,
    thread: Option<String>,
    message: Option<Id>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Do {
    Delete,
    Archive,
    Lock,
    Unlock,
}

pub(super) async fn act(State(control): State<Control>, body: Bytes) -> Answer {
    let Deed { r#do, channel, thread, message } = read(&body)?;
    if thread.is_none() && !(r#do == Do::Delete && message.is_some()) {
        return Err(Problem(StatusCode::BAD_REQUEST, "name a thread, or a message to delete".to_owned()));
    }
    let place = control.place(channel.as_deref(), thread.as_deref())?;
    let discord = &control.scene.discord;
    match (r#do, message) {
        (Do::Delete, Some(message)) => discord.delete_message(place, message),
        (Do::Delete, None) => discord.delete_thread(place),
        (Do::Archive, _) => discord.archive_thread(place),
        (Do::Lock, _) => discord.lock_thread(place),
        (Do::Unlock, _) => discord.unlock_thread(place),
    }?;
    Ok(done())
}
