//! What members of the guild do.
//!
//! | route | body |
//! |---|---|
//! | `POST /agents/{name}/command` | `{"name", "options": {…}, "channel" or "thread"}` |
//! | `POST /agents/{name}/autocomplete` | `{"name", "option", "typed", "options": {…}, "channel" or "thread"}` |
//! | `POST /agents/{name}/click` | `{"button", "channel" or "thread", "message"}`, or `{"button", "interaction"}` |
//! | `POST /agents/{name}/modal` | `{"interaction", "values": {…}}` |
//! | `POST /agents/{name}/say` | `{"text", "channel" or "thread"}` |

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use threadline_sandbox::discord::{Button, Field, Id, Interaction, Member};

use super::Control;
use super::problem::{Answer, Problem, read};

/// How long an answer is waited for. There may be none: a click can be answered by what it changes.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Command {
    name: String,
    #[serde(default)]
    options: BTreeMap<String, Value>,
    channel: Option<String>,
    thread: Option<String>,
}

pub(super) async fn command(State(control): State<Control>, Path(who): Path<String>, body: Bytes) -> Answer {
    let Command { name, options, channel, thread } = read(&body)?;
    let member = control.member(&who)?;
    let place = control.place(channel.as_deref(), thread.as_deref())?;
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let options: Vec<_> = options.iter().map(|(key, value)| (key.as_str(), plain(value))).collect();
    let typed: String = options.iter().map(|(key, value)| format!(" {key}: {value}")).collect();
    control.transcript.agent_does(&who, place, &format!("/{name}{typed}"));
    let options = options.iter().map(|(key, value)| (*key, value.as_str()));
    control.outcome(&member.command(place, &name, options).await?).await
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

pub(super) async fn click(State(control): State<Control>, Path(who): Path<String>, body: Bytes) -> Answer {
    let Click { button, channel, thread, message, interaction } = read(&body)?;
    let member = control.member(&who)?;
    if let Some(id) = interaction {
        return control.outcome(&control.asked(&who, id)?.click(&button).await?).await;
    }
    let place = control.place(channel.as_deref(), thread.as_deref())?;
    let message = match message {
        Some(message) => message,
        None => control.newest_with(place, &button)?,
    };
    control.transcript.agent_does(&who, place, &format!("[{button}]"));
    control.outcome(&member.click(place, message, &button).await?).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    interaction: Id,
    /// By the fields' custom ids.
    values: BTreeMap<String, String>,
}

pub(super) async fn modal(State(control): State<Control>, Path(who): Path<String>, body: Bytes) -> Answer {
    let Form { interaction, values } = read(&body)?;
    let values: Vec<_> = values.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let submitted = control.asked(&who, interaction)?.submit_modal(&values).await?;
    control.outcome(&submitted).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Typing {
    name: String,
    option: String,
    typed: String,
    #[serde(default)]
    options: BTreeMap<String, String>,
    channel: Option<String>,
    thread: Option<String>,
}

pub(super) async fn autocomplete(State(control): State<Control>, Path(who): Path<String>, body: Bytes) -> Answer {
    let Typing { name, option, typed, options, channel, thread } = read(&body)?;
    let member = control.member(&who)?;
    let place = control.place(channel.as_deref(), thread.as_deref())?;
    let others = options.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let choices = member.autocomplete(place, &name, &option, &typed, others).await?;
    let choices: Vec<_> = choices.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    Ok(Json(json!({ "choices": choices })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    text: String,
    channel: Option<String>,
    thread: Option<String>,
}

pub(super) async fn say(State(control): State<Control>, Path(who): Path<String>, body: Bytes) -> Answer {
    let Said { text, channel, thread } = read(&body)?;
    let place = control.place(channel.as_deref(), thread.as_deref())?;
    let message = control.member(&who)?.post(place, &text)?;
    Ok(Json(json!({ "message": message })))
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
    pub(super) fn place(&self, channel: Option<&str>, thread: Option<&str>) -> Result<Id, Problem> {
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
        let known = self.scene.discord.interaction(id).filter(|(_, asked)| asked == who);
        let known = known.map(|(interaction, _)| interaction);
        known.ok_or_else(|| Problem(StatusCode::NOT_FOUND, format!("{who} began no interaction {id}")))
    }

    /// How the bridge answered: with a modal, with a private answer, or only with what it changed.
    async fn outcome(&self, interaction: &Interaction) -> Answer {
        let id = interaction.id;
        if let Ok(modal) = interaction.modal().await {
            let fields: Vec<_> = modal.fields.iter().map(field).collect();
            return Ok(Json(json!({ "interaction": id, "modal": { "title": modal.title, "fields": fields } })));
        }
        if interaction.acknowledged_after().is_none() {
            return Err(Problem(StatusCode::GATEWAY_TIMEOUT, "the bridge did not respond within 3 seconds".to_owned()));
        }
        let answer = tokio::time::timeout(ANSWER_WITHIN, interaction.wait_answer()).await;
        let answer = answer.ok().and_then(Result::ok);
        let answer = answer.map(|answer| {
            let buttons: Vec<_> = answer.buttons().iter().map(button).collect();
            json!({ "text": interaction.transcript().trim_end(), "buttons": buttons })
        });
        Ok(Json(json!({ "interaction": id, "answer": answer })))
    }
}

/// A field of a form, for whoever draws it.
fn field(field: &Field) -> Value {
    json!({
        "custom_id": field.custom_id,
        "label": field.label,
        "value": field.value,
        "required": field.required,
        "paragraph": field.paragraph,
        "min_length": field.min_length,
        "max_length": field.max_length,
    })
}

fn button(button: &Button) -> Value {
    json!({ "label": button.label, "custom_id": button.custom_id, "disabled": button.disabled })
}
