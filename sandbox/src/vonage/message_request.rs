//! One request to send a message, read as strictly as the Messages API reads it.

use serde_json::{Map, Value};

use super::alphabet;
use super::problem::Problem;
use super::submission::{is_number, is_sender_name};

/// A request that is well-formed.
pub(super) struct MessageRequest {
    pub(super) from: String,
    pub(super) to: String,
    /// As the phone will show it.
    pub(super) text: String,
    pub(super) unicode: bool,
    pub(super) garbled: bool,
    pub(super) client_ref: Option<String>,
    pub(super) webhook_url: Option<String>,
    pub(super) parts: usize,
}

/// Every field of a text by SMS that the documents name.
const FIELDS: &[&str] = &[
    "message_type",
    "channel",
    "to",
    "from",
    "text",
    "client_ref",
    "ttl",
    "webhook_url",
    "webhook_version",
    "trusted_recipient",
    "sms",
    "failover",
];
const SMS_FIELDS: &[&str] = &["encoding_type", "content_id", "entity_id", "pool_id"];

const LONGEST_CLIENT_REF: usize = 100;
/// The description speaks of 1000 characters, the official Python SDK lets 3200 through.
const LONGEST_TEXT: usize = 3200;
const DESCRIBED_TEXT: usize = 1000;

/// The object that a request's body is.
pub(super) fn read(content_type: &str, body: &[u8]) -> Result<Map<String, Value>, Problem> {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(Problem::not_json());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(Problem::unreadable("An object was expected".to_owned())),
        Err(error) => Err(Problem::unreadable(error.to_string())),
    }
}

/// 422 with the codes 1020 and 1400 to 1450.
pub(super) fn parse(fields: &Map<String, Value>) -> Result<MessageRequest, Problem> {
    for (name, code) in [("channel", 1400), ("message_type", 1440), ("from", 1420), ("to", 1430), ("text", 1020)] {
        match fields.get(name) {
            None | Some(Value::Null) => return Err(Problem::invalid(1020, name, "is required.")),
            Some(Value::String(text)) if !text.is_empty() => {}
            Some(_) => return Err(Problem::invalid(code, name, "must be a text, and not an empty one.")),
        }
    }
    let text_of = |name: &str| fields[name].as_str().unwrap_or_default();
    if text_of("channel") != "sms" {
        return Err(Problem::unprocessable(1400));
    }
    if text_of("message_type") != "text" {
        return Err(Problem::unprocessable(1440));
    }
    let (from, to, text) = (text_of("from"), text_of("to"), text_of("text"));
    if !is_number(from, 1..=15) && !is_sender_name(from) {
        return Err(Problem::unprocessable(1420));
    }
    if !is_number(to, 7..=15) || to.starts_with("00") {
        return Err(Problem::unprocessable(1430));
    }
    if text.chars().count() > LONGEST_TEXT {
        return Err(Problem::invalid(1020, "text", "is too long."));
    }
    check_options(fields)?;
    let plain = alphabet::is_gsm7(text);
    let unicode = match encoding(fields)? {
        "text" => false,
        "unicode" => true,
        _ => !plain,
    };
    let garbled = !unicode && !plain;
    let text = if garbled { alphabet::garbled(text) } else { text.to_owned() };
    let owned = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    Ok(MessageRequest {
        from: from.to_owned(),
        to: to.to_owned(),
        unicode,
        garbled,
        client_ref: owned("client_ref"),
        webhook_url: owned("webhook_url"),
        parts: alphabet::parts(&text, unicode).len(),
        text,
    })
}

/// What the real service lets pass and no document allows, or what is not simulated, a sentence each.
pub(super) fn oddities(fields: &Map<String, Value>) -> Vec<String> {
    let unknown = |names: &[&str], object: &Map<String, Value>| -> Vec<String> {
        object.keys().filter(|name| !names.contains(&name.as_str())).cloned().collect()
    };
    let mut oddities: Vec<String> = unknown(FIELDS, fields)
        .into_iter()
        .chain(fields.get("sms").and_then(Value::as_object).into_iter().flat_map(|sms| unknown(SMS_FIELDS, sms)))
        .map(|name| format!("no document knows the field {name:?}"))
        .collect();
    if fields.get("text").and_then(Value::as_str).is_some_and(|text| text.chars().count() > DESCRIBED_TEXT) {
        oddities.push(format!("the text is longer than {DESCRIBED_TEXT} characters"));
    }
    if fields.get("webhook_version").is_some_and(|version| version == "v0.1") {
        oddities.push("webhooks of version v0.1 are not simulated".to_owned());
    }
    if fields.contains_key("failover") {
        oddities.push("failover is not simulated".to_owned());
    }
    oddities
}

fn check_options(fields: &Map<String, Value>) -> Result<(), Problem> {
    let valid = |name, code, reason, valid: fn(&Value) -> bool| match fields.get(name) {
        Some(value) if !valid(value) => Err(Problem::invalid(code, name, reason)),
        _ => Ok(()),
    };
    valid("client_ref", 1450, "must be a text of up to 100 characters.", |value| {
        value.as_str().is_some_and(|text| text.chars().count() <= LONGEST_CLIENT_REF)
    })?;
    valid("ttl", 1020, "must be from 20 to 604800 seconds.", |value| {
        value.as_u64().is_some_and(|seconds| (20..=604_800).contains(&seconds))
    })?;
    valid("webhook_url", 1020, "must be a URL.", |value| {
        let url = value.as_str().and_then(|text| reqwest::Url::parse(text).ok());
        url.is_some_and(|url| matches!(url.scheme(), "http" | "https"))
    })?;
    valid("webhook_version", 1020, "must be one of `v0.1` and `v1`.", |value| value == "v0.1" || value == "v1")?;
    valid("trusted_recipient", 1020, "must be true or false.", Value::is_boolean)?;
    valid("failover", 1020, "must be a list.", Value::is_array)?;
    valid("sms", 1410, "must be an object.", Value::is_object)
}

/// `sms.encoding_type`; the other options of the channel are only texts.
fn encoding(fields: &Map<String, Value>) -> Result<&str, Problem> {
    let Some(sms) = fields.get("sms").and_then(Value::as_object) else {
        return Ok("auto");
    };
    for (name, full) in [("content_id", "sms.content_id"), ("entity_id", "sms.entity_id"), ("pool_id", "sms.pool_id")] {
        if sms.get(name).is_some_and(|value| !value.is_string()) {
            return Err(Problem::invalid(1410, full, "must be a text."));
        }
    }
    match sms.get("encoding_type").map(|value| value.as_str().unwrap_or_default()) {
        None => Ok("auto"),
        Some(kind @ ("auto" | "text" | "unicode")) => Ok(kind),
        Some(_) => Err(Problem::invalid(1410, "sms.encoding_type", "must be one of `text`, `unicode` and `auto`.")),
    }
}
