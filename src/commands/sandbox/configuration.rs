//! What an operator would write into `threadline.toml` and `.env` for the bridge of the sandbox.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use clap::ValueEnum;
use serde::Serialize;
use tempfile::TempDir;

use super::scene::{DESK_NUMBER, PATH_TOKEN};
use super::signatures::{Asked, Signatures};

/// By which of Vonage's APIs the bridge sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(super) enum SendsBy {
    #[default]
    Sms,
    Messages,
}

/// Where both files stand, and all that does not change in them. Clones are the same.
#[derive(Clone)]
pub(super) struct Configuration {
    folder: Arc<TempDir>,
    settled: Arc<Settled>,
    /// What the files say.
    asked: Arc<Mutex<Option<Asked>>>,
}

/// What is known once the simulators are there.
pub(super) struct Settled {
    pub(super) api: SendsBy,
    /// Of the listeners.
    pub(super) public: String,
    pub(super) private: String,
    pub(super) vonage_url: String,
    pub(super) discord_url: String,
    pub(super) guild: String,
    pub(super) support: String,
    pub(super) operators: String,
    pub(super) agents: String,
}

impl Configuration {
    /// Writes both files into a temporary folder, which goes with the last clone.
    pub(super) fn new(settled: Settled, signatures: &Signatures) -> io::Result<Self> {
        let folder = TempDir::with_prefix("threadline-sandbox-")?;
        let configuration = Self { folder: Arc::new(folder), settled: Arc::new(settled), asked: Arc::default() };
        configuration.write(signatures)?;
        Ok(configuration)
    }

    pub(super) fn sends_by(&self) -> SendsBy {
        self.settled.api
    }

    pub(super) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Writes both files anew, where they are to say something else, and tells whether they do. A bridge that runs reads
    /// them when it starts again.
    pub(super) fn write(&self, signatures: &Signatures) -> io::Result<bool> {
        let asked = signatures.asked();
        let mut written = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if *written == Some(asked) {
            return Ok(false);
        }
        let secret = match asked.secret {
            "" => String::new(),
            secret => format!("VONAGE_SIGNATURE_SECRET={secret}\n"),
        };
        std::fs::write(self.folder.path().join(".env"), secret)?;
        std::fs::write(self.folder.path().join("threadline.toml"), self.settled.text(self.folder.path(), asked))?;
        *written = Some(asked);
        Ok(true)
    }
}

impl Settled {
    fn text(&self, folder: &Path, asked: Asked) -> String {
        let Self { api, public, private, vonage_url, discord_url, guild, support, operators, agents } = self;
        let Asked { signature, observe, .. } = asked;
        let api = match api {
            SendsBy::Sms => "sms",
            SendsBy::Messages => "messages",
        };
        let database = folder.join("threadline.db");
        let database = database.display();
        format!(
            r#"
[server]
listen = "{public}"
admin_listen = "{private}"
[database]
url = "sqlite://{database}"
[discord]
api_url = "{discord_url}"
operator_channel_id = "{operators}"
[vonage]
api = "{api}"
rest_url = "{vonage_url}"
api_url = "{vonage_url}"
# Somebody watches.
unconfirmed_after = "1m"
[vonage.webhooks]
path_token = "{PATH_TOKEN}"
signature = "{signature}"
observe = {observe}
[[desks]]
name = "support"
number = "{DESK_NUMBER}"
guild_id = "{guild}"
channel_id = "{support}"
agent_role_ids = ["{agents}"]
default_template = "delivery"
default_region = "AU"
{TEMPLATE}"#
        )
    }
}

const TEMPLATE: &str = r#"
[[templates]]
name = "delivery"
text = "Your delivery is scheduled for tomorrow between 8am and 2pm. If you wish to change the delivery date please reply by typing 1 (tomorrow), 2 (Thursday) or 3 (deliver to post office)."
options = [
  { key = "1", label = "tomorrow" },
  { key = "2", label = "Thursday" },
  { key = "3", label = "deliver to post office" },
]
confirmation = "Thank you for picking option {choice}. Your delivery is now fully scheduled in."
"#;
