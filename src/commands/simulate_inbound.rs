//! `threadline simulate-inbound`: one webhook as Vonage would send it, through the running bridge's public listener. In
//! the form of the API that sends, and signed as the configuration has it.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use clap::Args;
use reqwest::RequestBuilder;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::json;

use crate::config::{Config, Door, Environment, Guard};
use crate::domain::desk::Desk;
use crate::domain::phone::{self, PhoneNumber};
use crate::domain::webhook::Api;
use crate::ports::{Clock as _, SystemClock, fresh_uuid};
use crate::vonage::{bearer, signature};

use super::{client, not_answered, on_this_machine};
use crate::wording::start as wording;

#[derive(Args)]
pub struct Options {
    /// The customer's number, like +447700900123
    #[arg(long)]
    from: String,
    /// What the customer writes
    #[arg(long)]
    text: String,
    /// The desk that gets it; the first where left out
    #[arg(long)]
    desk: Option<String>,
    /// Vonage's id of the message; the same id twice is one message. A fresh one where left out
    #[arg(long)]
    message_id: Option<String>,
}

pub async fn run(config: &Path, env: &Environment, options: Options) -> anyhow::Result<()> {
    let config = Config::load(config, env)?;
    let wanted = options.desk.as_deref();
    let desk = config
        .desks
        .iter()
        .find(|desk| wanted.is_none_or(|name| desk.name.0 == name))
        .with_context(|| format!("there is no desk {:?}", wanted.unwrap_or_default()))?;
    let from = phone::read(&options.from, desk.default_region).context("--from")?.number;
    let door = &config.vonage.door;
    let api = config.vonage.sending.api();
    let route = match api {
        Api::Sms => "inbound-sms",
        Api::Messages => "inbound-message",
    };
    let address = on_this_machine(config.server.listen);
    let url = format!("http://{address}{}/{route}", door.webhooks_path());
    let request = client()?.post(url);
    let request = match api {
        Api::Sms => request.form(&sms_api(door, &from, desk, &options)),
        Api::Messages => messages_api(request, door, &from, desk, &options),
    };
    let answer = request.send().await.map_err(|error| not_answered(&error, address, "server.listen"))?;
    if !answer.status().is_success() {
        bail!("the bridge answered {}: {}", answer.status(), answer.text().await.unwrap_or_default());
    }
    let Ok(Taken { stored }) = answer.json().await else {
        bail!(wording::not_the_bridge(&address.to_string(), "server.listen"));
    };
    println!("{}", wording::simulated(&from.masked(), &desk.name.0, stored == Stored::SeenBefore));
    Ok(())
}

/// What the bridge says of a webhook that it took.
#[derive(Deserialize)]
struct Taken {
    stored: Stored,
}

#[derive(PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stored {
    New,
    SeenBefore,
}

/// The form of a webhook of the SMS API.
fn sms_api(door: &Door, from: &PhoneNumber, desk: &Desk, options: &Options) -> BTreeMap<String, String> {
    let id = options.message_id.clone().unwrap_or_else(|| {
        let id = fresh_uuid(&SystemClock).simple().to_string().to_uppercase();
        id[..16].to_owned()
    });
    let mut form = BTreeMap::from(
        [
            ("msisdn", digits(from)),
            ("to", digits(&desk.number)),
            ("messageId", &id),
            ("text", &options.text),
            ("type", "text"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    if let Guard::Signed(signatures) = &door.sms {
        form.insert("timestamp".to_owned(), SystemClock.now().unix_seconds().to_string());
        let sig = signature::sign(signatures.how, &signatures.secret, &form);
        form.insert("sig".to_owned(), sig);
    }
    form
}

/// A request with a webhook of the Messages API.
fn messages_api(
    request: RequestBuilder,
    door: &Door,
    from: &PhoneNumber,
    desk: &Desk,
    options: &Options,
) -> RequestBuilder {
    let fresh = || fresh_uuid(&SystemClock).to_string();
    let body = json!({
        "channel": "sms",
        "message_uuid": options.message_id.clone().unwrap_or_else(fresh),
        "to": digits(&desk.number),
        "from": digits(from),
        "message_type": "text",
        "text": options.text,
    });
    let body = body.to_string();
    let request = request.header(CONTENT_TYPE, "application/json");
    let request = match &door.messages {
        Guard::Signed(signatures) => {
            let (secret, api_key) = (&signatures.secret, &signatures.how.api_key);
            request.bearer_auth(bearer::sign(secret, api_key, body.as_bytes(), &fresh(), SystemClock.now()))
        }
        Guard::Open | Guard::Closed => request,
    };
    request.body(body)
}

/// Vonage writes numbers without the +.
fn digits(number: &PhoneNumber) -> &str {
    number.e164().trim_start_matches('+')
}
