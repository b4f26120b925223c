//! The file as a whole, and what it says about the server, the database, Discord and Vonage.

use std::num::NonZeroU32;

use secrecy::{ExposeSecret, SecretString};

use super::door::{self, door};
use super::environment::Environment;
use super::problem::Problem;
use super::reader::Section;
use super::signing::SignatureSecrets;
use super::{CALLBACK_LIMIT, Config, Database, Discord, Server, Vonage, desks, limits, sending, templates, values};
use crate::domain::desk::{Desk, Desks};
use crate::domain::ids::ChannelId;
use crate::domain::webhook::{Api, Price};

/// Vonage takes 30 requests a second from an account unless it agreed to more. Source: its page on throughput.
const MESSAGES_PER_SECOND: NonZeroU32 = NonZeroU32::new(30).expect("30 is not 0");

/// In euros.
const LOW_BALANCE: u32 = 5;

/// Reads everything; gives nothing where something without a default is missing or wrong.
pub(super) fn read(file: &mut Section<'_>, env: &Environment) -> Option<Config> {
    let server = file.section("server", server);
    let database = file.section("database", |section| database(section, env));
    let templates = templates::read(file);
    let consent = file.section("consent", templates::consent);
    let limits = file.section("limits", limits::limits);
    let desks = desks::read(file, env, templates.as_deref(), &consent, &limits);
    let discord = file.section("discord", |section| discord(section, env, &desks));
    let vonage = file.section("vonage", |section| {
        let vonage = vonage(section, env)?;
        refuse_long_callback(section, &vonage, &server);
        Some(vonage)
    });
    Some(Config { server, database: database?, discord: discord?, vonage: vonage?, desks: Desks::new(desks) })
}

fn server(section: &mut Section<'_>) -> Server {
    Server {
        listen: section.parsed_or("listen", "0.0.0.0:8080", values::address),
        admin_listen: section.parsed_or("admin_listen", "127.0.0.1:9090", values::address),
        public_url: section.parsed("public_url", values::public_url),
    }
}

fn database(section: &mut Section<'_>, env: &Environment) -> Option<Database> {
    let from_file = section.parsed_or("url", "sqlite://threadline.db", values::database_url);
    let url = match secret(section, env, "DATABASE_URL") {
        Some(url) => {
            if let Err(sentence) = values::database_url(url.expose_secret()) {
                section.note(Problem::new(None, "DATABASE_URL", sentence));
                return None;
            }
            url
        }
        None => SecretString::from(from_file),
    };
    Some(Database { url })
}

fn discord(section: &mut Section<'_>, env: &Environment, desks: &[Desk]) -> Option<Discord> {
    let api_url = section.parsed_or("api_url", "https://discord.com", values::service_url);
    let operator_channel = section.parsed("operator_channel_id", str::parse::<ChannelId>);
    let token = required_secret(section, env, "DISCORD_TOKEN", "the bot's token");
    Some(Discord {
        api_url,
        token: token?,
        operator_channel: operator_channel.or_else(|| desks.first().map(|desk| desk.channel))?,
    })
}

fn vonage(section: &mut Section<'_>, env: &Environment) -> Option<Vonage> {
    let secrets = SignatureSecrets::read(section, env);
    let sending = sending::read(section, env, &secrets);
    let rest_url = rest_url(section);
    let api_url = section.parsed_or("api_url", "https://api.nexmo.com", values::service_url);
    let messages_per_second = section.count("messages_per_second", MESSAGES_PER_SECOND, 1000);
    let low_balance = low_balance(section);
    let unconfirmed_after = section.parsed_or("unconfirmed_after", "15m", values::some_duration);
    let api_key = required_secret(section, env, "VONAGE_API_KEY", "the account's key");
    let api_secret = required_secret(section, env, "VONAGE_API_SECRET", "the account's secret");
    let account = door::Account {
        api: sending.api(),
        api_key: api_key.as_ref().map(ExposeSecret::expose_secret),
        secrets: &secrets,
        signs_requests: sending.signs_requests(),
    };
    let door = section.section("webhooks", |section| door(section, env, &account));
    Some(Vonage {
        sending,
        rest_url,
        api_url,
        api_key: api_key?.expose_secret().to_owned(),
        api_secret: api_secret?,
        messages_per_second,
        low_balance,
        unconfirmed_after,
        door: door?,
    })
}

/// `None`: no warning.
pub(super) fn low_balance(section: &mut Section<'_>) -> Option<Price> {
    let euros = section.level("low_balance", LOW_BALANCE, 1_000_000);
    (euros > 0).then(|| Price { micros: i64::from(euros) * 1_000_000 })
}

pub(super) fn rest_url(section: &mut Section<'_>) -> String {
    section.parsed_or("rest_url", "https://rest.nexmo.com", values::service_url)
}

fn refuse_long_callback(section: &mut Section<'_>, vonage: &Vonage, server: &Server) {
    let length = vonage.receipt_callback(server).map_or(0, |url| url.chars().count());
    if length > CALLBACK_LIMIT && vonage.sending.api() == Api::Sms {
        let sentence = format!(
            "the URL for receipts (`public_url`, /webhooks/, the path token, /delivery-receipt) has {length} \
             characters, and Vonage takes {CALLBACK_LIMIT}: shorten the path token or `public_url`"
        );
        section.note(Problem::new(None, "server.public_url", sentence));
    }
}

fn required_secret(section: &mut Section<'_>, env: &Environment, name: &str, what: &str) -> Option<SecretString> {
    match env.secret(name) {
        Ok(Some(secret)) => Some(secret),
        Ok(None) => {
            let sentence =
                format!("must be set: {what}, in the environment or in .env; or a file that holds it, in {name}_FILE");
            section.note(Problem::new(None, name, sentence));
            None
        }
        Err(problem) => {
            section.note(problem);
            None
        }
    }
}

pub(super) fn secret(section: &mut Section<'_>, env: &Environment, name: &str) -> Option<SecretString> {
    env.secret(name).unwrap_or_else(|problem| {
        section.note(problem);
        None
    })
}
