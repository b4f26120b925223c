//! The Numbers API's answers, as they come and as they are meant.

use reqwest::{RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::super::http::root;
use super::{NumbersError, Offered, Owned};
use crate::domain::phone::Address;
use crate::domain::webhook::Price;

/// One page of numbers. Vonage answers `{}` where there are none.
#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned", default)]
pub(super) struct Page<T> {
    pub(super) count: usize,
    pub(super) numbers: Vec<T>,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self { count: 0, numbers: Vec::new() }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct WireOwned {
    country: String,
    msisdn: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(deserialize_with = "features")]
    features: Vec<String>,
    mo_http_url: Option<String>,
    #[serde(rename = "app_id")]
    app_id: Option<String>,
    messages_callback_value: Option<String>,
    voice_callback_type: Option<String>,
    voice_callback_value: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct WireOffered {
    country: String,
    msisdn: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(deserialize_with = "features")]
    features: Vec<String>,
    cost: Value,
}

impl From<WireOwned> for Owned {
    fn from(wire: WireOwned) -> Self {
        let set = |value: Option<String>| value.filter(|value| !value.is_empty());
        let voice = set(wire.voice_callback_type).zip(set(wire.voice_callback_value));
        let (by_application, voice): (Option<_>, Option<_>) = match voice {
            // The older way to say which application has the number.
            Some((kind, id)) if kind == "app" => (Some(id), None),
            voice => (None, voice),
        };
        Self {
            number: Address::of_rented(&wire.msisdn),
            country: plain(&wire.country),
            kind: plain(&wire.kind),
            features: wire.features,
            inbound_url: set(wire.mo_http_url),
            application: set(wire.app_id).or_else(|| set(wire.messages_callback_value)).or(by_application),
            voice,
        }
    }
}

impl WireOffered {
    /// `None` for what is no phone number, which no desk could use.
    pub(super) fn read(self) -> Option<Offered> {
        let cost = match &self.cost {
            Value::String(cost) => Price::from_decimal(cost),
            Value::Number(cost) => Price::from_decimal(&cost.to_string()),
            _ => None,
        };
        Some(Offered {
            number: Address::of_rented(&self.msisdn).phone()?.clone(),
            country: plain(&self.country),
            kind: plain(&self.kind),
            features: self.features,
            cost,
        })
    }
}

/// `["SMS", "VOICE"]`, or the same in one text with commas.
fn features<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let words = match Value::deserialize(deserializer)? {
        Value::Array(items) => items.iter().filter_map(|item| item.as_str().map(plain)).collect(),
        Value::String(text) => text.split(',').map(plain).collect(),
        _ => Vec::new(),
    };
    Ok(words.into_iter().filter(|word: &String| !word.is_empty()).collect())
}

/// A word of Vonage's for a terminal: short, and nothing in it that a terminal would act on.
fn plain(word: &str) -> String {
    word.chars().filter(|c| !c.is_control()).take(300).collect::<String>().trim().to_owned()
}

pub(super) async fn answer<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, NumbersError> {
    let (status, body) = exchange(request).await?;
    judge(status, &body)?;
    serde_json::from_slice(&body).map_err(|_| NumbersError::Unclear("the answer cannot be read".to_owned()))
}

pub(super) async fn done(request: RequestBuilder) -> Result<(), NumbersError> {
    let (status, body) = exchange(request).await?;
    judge(status, &body)?;
    match Verdict::read(&body) {
        Some(Verdict { code, .. }) if code == "200" => Ok(()),
        Some(verdict) => Err(NumbersError::Declined(verdict.said())),
        None => Err(NumbersError::Unclear("the answer cannot be read".to_owned())),
    }
}

async fn exchange(request: RequestBuilder) -> Result<(StatusCode, Vec<u8>), NumbersError> {
    let lost = |error: reqwest::Error| {
        if error.is_connect() {
            NumbersError::Unreachable(root(&error))
        } else if error.is_timeout() {
            NumbersError::Unclear("no answer came in time".to_owned())
        } else {
            NumbersError::Unclear(format!("the connection broke off: {}", root(&error)))
        }
    };
    let answer = request.send().await.map_err(lost)?;
    let status = answer.status();
    Ok((status, answer.bytes().await.map_err(lost)?.to_vec()))
}

fn judge(status: StatusCode, body: &[u8]) -> Result<(), NumbersError> {
    match status.as_u16() {
        200 => Ok(()),
        status @ (401 | 403) => Err(NumbersError::Refused(status)),
        429 => Err(NumbersError::Declined("too many requests at once; try again in a moment".to_owned())),
        // 420 is Vonage's own, for what it will not do.
        status @ 400..500 => {
            let said = Verdict::read(body).map(Verdict::said);
            Err(NumbersError::Declined(said.unwrap_or_else(|| format!("HTTP {status}"))))
        }
        status => Err(NumbersError::Unclear(format!("HTTP {status}"))),
    }
}

/// `{"error-code":"200","error-code-label":"success"}`
struct Verdict {
    code: String,
    label: String,
}

impl Verdict {
    fn read(body: &[u8]) -> Option<Self> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let code = match body.get("error-code")? {
            Value::String(code) => plain(code),
            Value::Number(code) => code.to_string(),
            _ => return None,
        };
        Some(Self { code, label: plain(body["error-code-label"].as_str().unwrap_or_default()) })
    }

    fn said(self) -> String {
        let Self { code, label } = self;
        if label.is_empty() { format!("code {code}") } else { format!("{label} (code {code})") }
    }
}
