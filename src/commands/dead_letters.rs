//! `threadline dead-letters`: what was given up on, and texts that wait for a desk. Works beside a running bridge.

use std::path::Path;
use std::sync::Arc;

use anyhow::{anyhow, bail};
use clap::{Args, Subcommand};
use secrecy::ExposeSecret as _;

use super::numbers::ask::Agreement;
use crate::config::{Config, Environment};
use crate::domain::phone::PhoneNumber;
use crate::domain::webhook::Webhook;
use crate::flows::Flows;
use crate::ports::{Clock as _, SystemClock, WebhookReader as _};
use crate::store::dead_letters::{self, DeadLetterId, DeadWebhook, Retried};
use crate::store::{Store, StoreError};
use crate::vonage::Reader;
use crate::wording::dead_letters as wording;

#[derive(Subcommand)]
pub enum Command {
    /// Show what was given up on or waits for a desk: what it is, why, and since when
    List(List),
    /// Try it again; a running bridge takes it up within a second
    Retry(Chosen),
    /// Forget it without effect: says what would be lost, and asks
    Drop(Drop),
}

#[derive(Args)]
pub struct List {
    /// Show what customers wrote as well
    #[arg(long)]
    text: bool,
}

#[derive(Args)]
pub struct Chosen {
    /// Ids as `list` shows them, like inbox:12 or outbox:34; or: all
    #[arg(required = true, value_parser = which)]
    which: Vec<Which>,
}

#[derive(Args)]
pub struct Drop {
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    agreement: Agreement,
}

#[derive(Clone, Copy)]
enum Which {
    All,
    One(DeadLetterId),
}

fn which(text: &str) -> Result<Which, &'static str> {
    match text {
        "all" => Ok(Which::All),
        id => id.parse().map(Which::One).map_err(|()| wording::NO_ID),
    }
}

/// # Errors
/// Where the database cannot be had, nobody agreed, or something could not be done.
pub async fn run(config: &Path, env: &Environment, command: Command) -> anyhow::Result<()> {
    let config = Config::load(config, env)?;
    let store = Store::open_beside(config.database.url.expose_secret()).await?;
    let ended = match command {
        Command::List(options) => list(&store, options).await,
        Command::Retry(chosen) => retry(&store, &chosen).await,
        Command::Drop(options) => drop(&flows_on(&store, &config), &options).await,
    };
    store.close().await;
    ended
}

/// The flows beside a bridge that may be running, which finds by itself what they leave it to do.
fn flows_on(store: &Store, config: &Config) -> Flows {
    Flows {
        store: store.clone(),
        desks: Arc::new(config.desks.clone()),
        clock: Arc::new(SystemClock),
        wake: Arc::default(),
        health: Arc::default(),
        unconfirmed_after: config.vonage.unconfirmed_after,
    }
}

/// One of them, in its own words.
struct Entry {
    id: DeadLetterId,
    said: String,
    sends_sms: bool,
}

/// Everything there is.
async fn all(store: &Store, text: bool) -> Result<Vec<Entry>, StoreError> {
    let mut tx = store.read().await?;
    let mut all = Vec::new();
    for webhook in dead_letters::webhooks(&mut tx).await? {
        let (what, said) = described(&webhook);
        let why = wording::why_webhook(webhook.waits_for.as_deref(), &webhook.why);
        let said = said.filter(|_| text);
        let said = wording::entry(webhook.id, webhook.received, &what, &why, said.as_deref());
        all.push(Entry { id: webhook.id, said, sends_sms: false });
    }
    for effect in dead_letters::effects(&mut tx).await? {
        let what = wording::effect(effect.effect.as_ref(), effect.sends_sms);
        let said = wording::entry(effect.id, effect.created, &what, &effect.why, None);
        all.push(Entry { id: effect.id, said, sends_sms: effect.sends_sms });
    }
    Ok(all)
}

/// What a webhook is, without its text, and its text.
fn described(webhook: &DeadWebhook) -> (String, Option<String>) {
    if webhook.raw.is_empty() {
        return (wording::TEXT_DELETED.to_owned(), None);
    }
    match Reader.read(&webhook.source, &webhook.raw) {
        Ok(Webhook::InboundSms(sms)) => {
            let to = sms.to.as_ref().map(PhoneNumber::e164);
            (wording::sms(&sms.from.masked(), to), Some(sms.text))
        }
        Ok(Webhook::DeliveryReceipt(_)) => (wording::RECEIPT.to_owned(), None),
        Ok(Webhook::OtherChannel(channel)) => {
            (wording::other_channel(&channel), Some(String::from_utf8_lossy(&webhook.raw).into_owned()))
        }
        Err(_) => (wording::UNREADABLE.to_owned(), Some(String::from_utf8_lossy(&webhook.raw).into_owned())),
    }
}

async fn list(store: &Store, options: List) -> anyhow::Result<()> {
    let all = all(store, options.text).await?;
    all.iter().for_each(|entry| print!("{}", entry.said));
    println!("{}", wording::end_of_list(all.len()));
    Ok(())
}

/// The chosen ones, each once.
async fn chosen(store: &Store, chosen: &Chosen) -> anyhow::Result<Vec<DeadLetterId>> {
    let mut ids: Vec<DeadLetterId> = Vec::new();
    for which in &chosen.which {
        match which {
            Which::One(id) => ids.push(*id),
            Which::All => ids.extend(all(store, false).await?.into_iter().map(|entry| entry.id)),
        }
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

async fn retry(store: &Store, options: &Chosen) -> anyhow::Result<()> {
    let ids = chosen(store, options).await?;
    if ids.is_empty() {
        println!("{}", wording::end_of_list(0));
    }
    let mut failed = 0;
    for id in ids {
        let mut tx = store.begin().await?;
        let retried = dead_letters::retry(&mut tx, id, SystemClock.now()).await?;
        tx.commit().await?;
        let sentence = sentence(id, retried);
        match retried {
            Retried::Due | Retried::Needless => println!("{sentence}"),
            Retried::TextDeleted | Retried::PerhapsSent | Retried::Failed | Retried::Unknown => {
                failed += 1;
                eprintln!("{sentence}");
            }
        }
    }
    if failed > 0 {
        bail!(wording::not_done(failed));
    }
    Ok(())
}

fn sentence(id: DeadLetterId, retried: Retried) -> String {
    match retried {
        Retried::Due => wording::due(id),
        Retried::Needless => wording::needless(id),
        Retried::TextDeleted => wording::text_deleted(id),
        Retried::PerhapsSent => wording::perhaps_sent(id),
        Retried::Failed => wording::failed(id),
        Retried::Unknown => wording::unknown(id),
    }
}

async fn drop(flows: &Flows, options: &Drop) -> anyhow::Result<()> {
    let ids = chosen(&flows.store, &options.chosen).await?;
    let known = all(&flows.store, false).await?;
    if let Some(unknown) = ids.iter().find(|id| !known.iter().any(|known| known.id == **id)) {
        return Err(anyhow!(wording::unknown(unknown)));
    }
    if ids.is_empty() {
        println!("{}", wording::end_of_list(0));
        return Ok(());
    }
    let to_drop: Vec<_> = known.iter().filter(|entry| ids.contains(&entry.id)).collect();
    to_drop.iter().for_each(|entry| print!("{}", entry.said));
    println!("{}", wording::plan_to_drop(ids.len(), to_drop.iter().any(|entry| entry.sends_sms)));
    if !options.agreement.given(wording::ASK_TO_DROP)? {
        return Ok(());
    }
    let mut dropped = 0;
    for id in ids {
        dropped += usize::from(flows.drop_dead_letter(id).await?);
    }
    println!("{}", wording::dropped(dropped));
    Ok(())
}
