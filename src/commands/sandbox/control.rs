//! The control API: what people do in the sandbox, as JSON. For `curl`, so bodies need no content type.
//!
//! | route | body |
//! |---|---|
//! | `GET /state` | |
//! | `POST /phones/{number}/send` | `{"text"}` |
//! | `POST /agents/{name}/command` | `{"name", "options": {…}, "channel" or "thread"}` |
//! | `POST /agents/{name}/click` | `{"button", "channel" or "thread", "message"}`, or `{"button", "interaction"}` |
//! | `POST /agents/{name}/modal` | `{"interaction", "values": {…}}` |
//! | `POST /faults` | `{"service", "fault", …}`: see `faults` |

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use threadline_sandbox::discord::{Id, Interaction, Member, Refused};

use super::faults::Wish;
use super::scene::Scene;
use super::state::{buttons, state};
use super::transcript::Transcript;

/// How long an answer is waited for. There may be none: a click can be answered by what it changes.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

pub(super) fn routes(scene: Scene, transcript: Arc<Transcript>) -> Router {
    Router::new()
        .route("/state", get(async |State(control): State<Control>| Json(state(&control.scene, &control.transcript))))
        .route("/phones/{number}/send", post(send))
        .route("/agents/{name}/command", post(command))
        .route("/agents/{name}/click", post(click))
        .route("/agents/{name}/modal", post(modal))
        .route("/faults", post(faults))
        .fallback(async || Problem(StatusCode::NOT_FOUND, "there is nothing here; see GET /state".to_owned()))
        .method_not_allowed_fallback(async || {
            Problem(StatusCode::METHOD_NOT_ALLOWED, "this address does not take that method".to_owned())
        })
        .with_state(Control { scene, transcript })
}

#[derive(Clone)]
struct Control {
    scene: Scene,
    transcript: Arc<Transcript>,
}

/// A refusal, and why.
struct Problem(StatusCode, String);

type Answer = Result<Json<Value>, Problem>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    text: String,
}

/// The customer writes; answered when Vonage has pushed it once.
async fn send(State(control): State<Control>, Path(number): Path<String>, body: Bytes) -> Answer {
    let Text { text } = read(&body)?;
    let number: String = number.chars().filter(char::is_ascii_digit).collect();
    if !(3..=15).contains(&number.len()) {
        return Err(Problem(StatusCode::BAD_REQUEST, "a phone's number has 3 to 15 digits".to_owned()));
    }
    control.transcript.customer_writes(&number, &text);
    let webhooks = control.scene.vonage.phone(&number).send(&text).await;
    let answered: Vec<_> = webhooks.iter().map(threadline_sandbox::vonage::Webhook::statuses).collect();
    Ok(Json(json!({ "webhooks_answered": answered })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Command {
    name: String,
    #[serde(default)]
    options: BTreeMap<String, Value>,
    channel: Option<String>,
    thread: Option<String>,
}

async fn command(State(control): State<Control>, Path(who): Path<String>, body: Bytes) -> Answer {
    let Command { name, options, channel, thread } = read(&body)?;
    let member = control.member(&who)?;
    let place = control.place(channel.as_deref(), thread.as_deref())?;
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let options: Vec<_> = options.iter().map(|(key, value)| (key.as_str(), plain(value))).collect();
    let typed: String = options.iter().map(|(key, value)| format!(" {key}: {value}")).collect();
    control.transcript.agent_does(&who, place, &format!("/{name}{typed}"));
    let options = options.iter().map(|(key, value)| (*key, value.as_str()));
    control.outcome(&who, &member.command(place, &name, options).await?).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Click {
    /// By its label or its custom id.
    button: String,
    channel: Option<String>,
    thread: Option<String>,
    /// The newest with such a button where left out.
    message: Option<Id>,
    /// In a private answer, in place of a channel or thread.
    interaction: Option<Id>,
}

async fn click(State(control): State<Control>, Path(who): Path<String>, body: Bytes) -> Answer {
    let Click { button, channel, thread, message, interaction } = read(&body)?;
    let member = control.member(&who)?;
    if let Some(id) = interaction {
        return control.outcome(&who, &control.asked(&who, id)?.click(&button).await?).await;
    }
    let place = control.place(channel.as_deref(), thread.as_deref())?;
    let message = match message {
        Some(message) => message,
        None => control.newest_with(place, &button)?,
    };
    control.transcript.agent_does(&who, place, &format!("[{button}]"));
    control.outcome(&who, &member.click(place, message, &button).await?).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    interaction: Id,
    /// By the fields' custom ids.
    values: BTreeMap<String, String>,
}

async fn modal(State(control): State<Control>, Path(who): Path<String>, body: Bytes) -> Answer {
    let Form { interaction, values } = read(&body)?;
    let values: Vec<_> = values.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let submitted = control.asked(&who, interaction)?.submit_modal(&values).await?;
    control.outcome(&who, &submitted).await
}

async fn faults(State(control): State<Control>, body: Bytes) -> Answer {
    let wish: Wish = read(&body)?;
    let granted = wish.grant(&control.scene).await;
    granted.map_err(|error| Problem(StatusCode::BAD_REQUEST, format!("{error:#}")))?;
    Ok(Json(json!({ "done": true })))
}

impl Control {
    fn member(&self, name: &str) -> Result<Member, Problem> {
        if !self.scene.people.iter().any(|known| known == name) {
            let known = self.scene.people.join(", ");
            return Err(Problem(StatusCode::NOT_FOUND, format!("nobody is called {name:?}; there are {known}")));
        }
        Ok(self.scene.discord.member(name))
    }

    /// A channel or a thread by its id or name; of a thread's name the beginning is enough (`#1`). The support channel
    /// where both are left out.
    fn place(&self, channel: Option<&str>, thread: Option<&str>) -> Result<Id, Problem> {
        let channels = &self.scene.channels;
        let found = match (channel, thread) {
            (None, None) => Some(self.scene.support()),
            (Some(named), None) => {
                channels.iter().find(|(name, id)| name == named || id.to_string() == named).map(|(_, id)| *id)
            }
            (None, Some(named)) => {
                let threads = channels.iter().flat_map(|(_, channel)| self.scene.discord.threads(*channel));
                let begins = |name: &str| name == named || name.starts_with(&format!("{named} "));
                threads
                    .into_iter()
                    .rev()
                    .find(|thread| begins(&thread.name) || thread.id.to_string() == named)
                    .map(|thread| thread.id)
            }
            (Some(_), Some(_)) => {
                return Err(Problem(StatusCode::BAD_REQUEST, "name a channel or a thread, not both".to_owned()));
            }
        };
        found.ok_or_else(|| {
            let named = thread.or(channel).unwrap_or_default();
            Problem(StatusCode::NOT_FOUND, format!("there is no {named:?}; see GET /state"))
        })
    }

    fn newest_with(&self, place: Id, button: &str) -> Result<Id, Problem> {
        let messages = self.scene.discord.messages(place);
        let has = |known: &threadline_sandbox::discord::Button| known.label == button || known.custom_id == button;
        let found = messages.iter().rev().find(|message| message.buttons().iter().any(has));
        let found = found.map(|message| message.id);
        found.ok_or_else(|| Problem(StatusCode::NOT_FOUND, format!("no message there has a button {button:?}")))
    }

    fn asked(&self, who: &str, id: Id) -> Result<Interaction, Problem> {
        let known = self.transcript.interaction(id).filter(|(_, asked)| asked == who);
        let known = known.map(|(interaction, _)| interaction);
        known.ok_or_else(|| Problem(StatusCode::NOT_FOUND, format!("{who} began no interaction {id}")))
    }

    /// How the bridge answered: with a modal, with a private answer, or only with what it changed.
    async fn outcome(&self, who: &str, interaction: &Interaction) -> Answer {
        self.transcript.agent_asked(who, interaction);
        let id = interaction.id;
        if let Ok(modal) = interaction.modal().await {
            let fields: Vec<_> = modal
                .fields
                .iter()
                .map(|field| json!({ "custom_id": field.custom_id, "label": field.label }))
                .collect();
            return Ok(Json(json!({ "interaction": id, "modal": { "title": modal.title, "fields": fields } })));
        }
        if interaction.acknowledged_after().is_none() {
            return Err(Problem(StatusCode::GATEWAY_TIMEOUT, "the bridge did not respond within 3 seconds".to_owned()));
        }
        let answer = tokio::time::timeout(ANSWER_WITHIN, interaction.wait_answer()).await;
        let answer = answer.ok().and_then(Result::ok);
        let answer = answer.map(
            |answer| json!({ "text": interaction.transcript().trim_end(), "buttons": buttons(&answer.buttons()) }),
        );
        Ok(Json(json!({ "interaction": id, "answer": answer })))
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem(StatusCode::BAD_REQUEST, format!("the body: {error}")))
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        Self(StatusCode::CONFLICT, refused.0)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self(status, detail) = self;
        let error = status.canonical_reason().unwrap_or_default().to_lowercase().replace(' ', "_");
        (status, Json(json!({ "error": error, "detail": detail }))).into_response()
    }
}
