//! What customers do.
//!
//! | route | body |
//! |---|---|
//! | `POST /phones` | `{"number"}`: a new phone |
//! | `POST /phones/{number}/send` | `{"text", "parts"}`: in what order its parts come, `in_order` where left out |
//! | `POST /phones/{number}/send-missing` | the parts that `"parts": "one_missing"` has left out |

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use threadline_sandbox::vonage::{self, Phone, Webhook};

use super::Control;
use super::problem::{Answer, Problem, read};

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
    #[serde(default)]
    parts: Parts,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Parts {
    #[default]
    InOrder,
    LastFirst,
    OneMissing,
}

/// The customer writes; answered when Vonage has pushed it once.
pub(super) async fn send(State(control): State<Control>, Path(number): Path<String>, body: Bytes) -> Answer {
    let Text { text, parts } = read(&body)?;
    if text.trim().is_empty() {
        return Err(Problem(StatusCode::BAD_REQUEST, "an SMS has a text".to_owned()));
    }
    let parts = match parts {
        Parts::InOrder => vonage::Parts::InOrder,
        Parts::LastFirst => vonage::Parts::LastFirst,
        Parts::OneMissing => vonage::Parts::OneMissing,
    };
    Ok(answered(&control.phone(&number)?.send_in_parts(&text, parts).await))
}

/// What was missing comes after all; answered when Vonage has pushed it once.
pub(super) async fn send_missing(State(control): State<Control>, Path(number): Path<String>) -> Answer {
    let phone = control.phone(&number)?;
    if phone.missing_parts() == 0 {
        return Err(Problem(StatusCode::CONFLICT, "no part of its texts is missing".to_owned()));
    }
    Ok(answered(&phone.send_missing_parts().await))
}

fn answered(webhooks: &[Webhook]) -> Json<Value> {
    let answered: Vec<_> = webhooks.iter().map(Webhook::statuses).collect();
    Json(json!({ "webhooks_answered": answered }))
}

impl Control {
    pub(super) fn phone(&self, number: &str) -> Result<Phone, Problem> {
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
