//! Configuration: a TOML file and the environment, checked before anything starts. `config.example.toml` documents
//! every key; `.env.example` every variable.

mod account;
mod desks;
mod door;
mod environment;
mod limits;
mod problem;
mod reader;
mod sending;
mod services;
mod signing;
mod suggest;
mod summary;
mod templates;
#[cfg(test)]
mod tests;
mod values;

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use secrecy::SecretString;

use crate::domain::desk::Desks;
use crate::domain::ids::ChannelId;
use crate::domain::webhook::{Api, Price};
use problem::Problem;

pub use account::Account;
pub use door::{Bearer, Door, Guard, Signatures};
pub use environment::Environment;
pub use problem::ConfigError;
pub use sending::{Application, RequestSignature, Sending};
pub use signing::Algorithm;

/// All that an installation is told. `Display` prints it in the form of the file, secrets only as "set".
#[derive(Clone, Debug)]
pub struct Config {
    pub server: Server,
    pub database: Database,
    pub discord: Discord,
    pub vonage: Vonage,
    pub desks: Desks,
}

/// Where we listen, and how the world reaches us.
#[derive(Clone, Debug)]
pub struct Server {
    /// Public: Vonage's webhooks.
    pub listen: SocketAddr,
    /// Private: health and metrics.
    pub admin_listen: SocketAddr,
    /// `http://` or `https://`, without a slash at the end. Receipts are asked for only where it is set.
    pub public_url: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Database {
    /// `sqlite://…` or `postgres://…`; a secret, for it may hold a password.
    pub url: SecretString,
}

#[derive(Clone, Debug)]
pub struct Discord {
    /// Without a slash at the end.
    pub api_url: String,
    pub token: SecretString,
    /// Where account-wide troubles are told.
    pub operator_channel: ChannelId,
}

#[derive(Clone, Debug)]
pub struct Vonage {
    pub sending: Sending,
    /// Without a slash at the end, as is `api_url`.
    pub rest_url: String,
    pub api_url: String,
    pub api_key: String,
    pub api_secret: SecretString,
    pub messages_per_second: NonZeroU32,
    /// Below this much credit the operator is warned; `None`: never.
    pub low_balance: Option<Price>,
    /// How long a receipt may take to settle an unconfirmed send.
    pub unconfirmed_after: Duration,
    pub door: Door,
}

/// The SMS API takes no longer `callback`. Source: its description, parameter `callback`; that of the Messages API names
/// no limit for its `webhook_url`.
const CALLBACK_LIMIT: usize = 100;

impl Config {
    /// Reads the file at `path` and what the environment adds to it.
    ///
    /// # Errors
    /// With every problem found, each naming its key, what is allowed and, where it can be told, what was meant.
    pub fn load(path: &Path, env: &Environment) -> Result<Self, ConfigError> {
        Ok(Self::load_noting(path, env)?.0)
    }

    /// The known keys that the file at `path` does not mention: they stand at their defaults.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn left_out(path: &Path, env: &Environment) -> Result<Vec<String>, ConfigError> {
        Ok(Self::load_noting(path, env)?.1)
    }

    /// As [`Config::load`], from a text that is not in a file.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn parse(text: &str, env: &Environment) -> Result<Self, ConfigError> {
        match read(text, env) {
            Ok((config, _)) => Ok(config),
            Err(problems) => Err(ConfigError::new("the configuration", problems)),
        }
    }

    fn load_noting(path: &Path, env: &Environment) -> Result<(Self, Vec<String>), ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let sentence = format!("cannot be read: {error}. config.example.toml shows what belongs there");
            vec![Problem::new(None, "", sentence)]
        });
        text.and_then(|text| read(&text, env)).map_err(|problems| ConfigError::new(path.display(), problems))
    }
}

impl Vonage {
    /// The host that SMS are sent to.
    #[must_use]
    pub fn sending_url(&self) -> &str {
        match self.sending.api() {
            Api::Sms => &self.rest_url,
            Api::Messages => &self.api_url,
        }
    }

    /// The URL that each SMS names for its receipts; `None` without a `public_url`. At most 100 characters for the SMS API.
    #[must_use]
    pub fn receipt_callback(&self, server: &Server) -> Option<String> {
        let public_url = server.public_url.as_deref()?;
        Some(self.door.receipt_callback(self.sending.api(), public_url))
    }
}

/// The configuration and the known keys that `text` does not mention.
fn read(text: &str, env: &Environment) -> Result<(Config, Vec<String>), Vec<Problem>> {
    let (config, notes) = reader::read_file(text, |file| services::read(file, env));
    match config {
        Some(config) if notes.problems.is_empty() => Ok((config, notes.left_out)),
        _ => Err(notes.problems),
    }
}
