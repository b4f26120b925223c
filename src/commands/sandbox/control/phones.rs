//! What customers do.
//!
//! | route | body |
//! |---|---|
//! | `POST /phones` | `{"number"}`: a new phone |
//! | `POST /phones/{number}/send` | `{"text"}` |
//! | `POST /phones/{number}/set` | `{"on", "answers"}`, each optional |

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use threadline_sandbox::vonage::{Phone, Reachability, Webhook};

use super::problem::{Answer, Problem, read};
use super::{Control, done};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    number: String,
}

pub(super) async fn add(State(control): State<Control>, body: Bytes) -> Answer {
    let New { number } = read(&body)?;
    let number = digits(&number)?;
    control.scene.vonage.add_phone(&number);
    Ok(Json(json!({ "number": format!("+{number}") })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    text: String,
}

/// The customer writes; answered when Vonage has pushed it once.
pub(super) async fn send(State(control): State<Control>, Path(number): Path<String>, body: Bytes) -> Answer {
    let Text { text } = read(&body)?;
    if text.trim().is_empty() {
        return Err(Problem(StatusCode::BAD_REQUEST, "an SMS has a text".to_owned()));
    }
    let webhooks = control.phone(&number)?.send(&text).await;
    let answered: Vec<_> = webhooks.iter().map(Webhook::statuses).collect();
    Ok(Json(json!({ "webhooks_answered": answered })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Habits {
    on: Option<bool>,
    /// Empty: the phone does not answer by itself any more.
    answers: Option<String>,
}

pub(super) async fn set(State(control): State<Control>, Path(number): Path<String>, body: Bytes) -> Answer {
    let Habits { on, answers } = read(&body)?;
    let phone = control.phone(&number)?;
    if let Some(text) = answers {
        control.scene.answers.set(&phone, text.trim());
    }
    if let Some(on) = on {
        phone.set_reachability(if on { Reachability::On } else { Reachability::Off });
    }
    Ok(done())
}

impl Control {
    fn phone(&self, number: &str) -> Result<Phone, Problem> {
        Ok(self.scene.vonage.phone(&digits(number)?))
    }
}

fn digits(number: &str) -> Result<String, Problem> {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    if digits.starts_with('0') {
        let wanted = "write the number with its country code, such as +61 491 570 157";
        return Err(Problem(StatusCode::BAD_REQUEST, wanted.to_owned()));
    }
    if (3..=15).contains(&digits.len()) {
        return Ok(digits);
    }
    Err(Problem(StatusCode::BAD_REQUEST, "a phone's number has 3 to 15 digits".to_owned()))
}
