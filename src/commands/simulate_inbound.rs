//! `threadline simulate-inbound`: one webhook as Vonage would send it, through the running bridge's public listener.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use clap::Args;

use crate::config::{Config, Environment, Signatures};
use crate::domain::phone;
use crate::ports::{Clock as _, SystemClock, fresh_uuid};
use crate::vonage::signature;

use super::{client, on_this_machine};

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
    let id = options.message_id.unwrap_or_else(|| {
        let id = fresh_uuid(&SystemClock).simple().to_string().to_uppercase();
        id[..16].to_owned()
    });
    // Vonage writes numbers without the +.
    let mut form = BTreeMap::from(
        [
            ("msisdn", from.e164().trim_start_matches('+')),
            ("to", desk.number.e164().trim_start_matches('+')),
            ("messageId", &id),
            ("text", &options.text),
            ("type", "text"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    if let Some(Signatures { algorithm, secret, .. }) = &config.vonage.door.signatures {
        form.insert("timestamp".to_owned(), SystemClock.now().unix_seconds().to_string());
        let sig = signature::sign(*algorithm, secret, &form);
        form.insert("sig".to_owned(), sig);
    }
    let path = format!("{}/inbound-sms", config.vonage.door.webhooks_path());
    let url = format!("http://{}{path}", on_this_machine(config.server.listen));
    // The error would print the URL, which may hold the token.
    let answer = client()?.post(url).form(&form).send().await.map_err(reqwest::Error::without_url);
    let answer = answer.context("the bridge does not answer")?;
    if !answer.status().is_success() {
        bail!("the bridge answered {}: {}", answer.status(), answer.text().await.unwrap_or_default());
    }
    println!("Stored. The text shows in the thread of {} at desk {}.", from.masked(), desk.name);
    Ok(())
}
