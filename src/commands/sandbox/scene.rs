//! The scene: a simulated Vonage, a simulated Discord, and the real bridge on a temporary database between them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tempfile::TempDir;
use threadline_sandbox::discord::{self, Discord, Id, World};
use threadline_sandbox::vonage::{self, Vonage};

use crate::app::{App, Surroundings};
use crate::config::{Config, Environment};

/// The hidden part of the webhooks' path. Nobody can reach it from outside.
pub(super) const PATH_TOKEN: &str = "sandbox-path-token";

/// How long the bridge may take to reach Discord.
const PATIENCE: Duration = Duration::from_secs(20);

/// Reserved for fiction, like all numbers here. Source: the list of the Australian regulator (ACMA).
const DESK_NUMBER: &str = "61491570159";

/// Both simulators, and who and what is in them. Clones are the same.
#[derive(Clone)]
pub(super) struct Scene {
    pub(super) vonage: Vonage,
    pub(super) discord: Arc<Discord>,
    /// Text channels by name, the support channel first.
    pub(super) channels: Vec<(String, Id)>,
    /// Members of the guild; not all of them are agents.
    pub(super) people: Vec<String>,
    /// Holds the database.
    _folder: Arc<TempDir>,
}

impl Scene {
    /// Starts everything. The bridge then seeks Discord by itself.
    pub(super) async fn start() -> anyhow::Result<(Self, App)> {
        let vonage = Vonage::start(vonage::Setup {
            numbers: vec![DESK_NUMBER.to_owned()],
            network: "50501".to_owned(),
            retry_scale: 1.0,
            receipt_delay: Duration::from_millis(500),
            specs: None,
            ..vonage::Setup::default()
        });
        let vonage = vonage.await.context("cannot start the simulated Vonage")?;
        let setup = discord::Setup::default();
        let (names, people) = (setup.channels.clone(), setup.members.iter().map(|(name, _)| name.clone()).collect());
        let discord = Discord::start(setup).await.context("cannot start the simulated Discord")?;
        let folder = TempDir::with_prefix("threadline-sandbox-").context("cannot make a temporary folder")?;
        let scene = Self {
            channels: names.into_iter().map(|name| (name.clone(), discord.channel_id(&name))).collect(),
            vonage,
            discord: Arc::new(discord),
            people,
            _folder: Arc::new(folder),
        };
        let app = App::start(scene.config()?, Surroundings::default()).await?;
        Ok((scene, app))
    }

    /// Waits for the bridge to be in Discord, and has Vonage send its webhooks to it.
    pub(super) async fn connect(&self, bridge: SocketAddr) -> anyhow::Result<()> {
        let ready = |world: &World| (world.connected() && !world.commands().is_empty()).then_some(());
        self.discord.wait_for(ready, PATIENCE).await.context("the bridge did not connect to the simulated Discord")?;
        let url = |route: &str| format!("http://{bridge}/webhooks/{PATH_TOKEN}/{route}");
        let set = async {
            self.vonage.set_inbound_url(&url("inbound-sms")).await?;
            self.vonage.set_dlr_url(&url("delivery-receipt")).await
        };
        set.await.map_err(|refused| anyhow::anyhow!("{refused}"))
    }

    pub(super) fn support(&self) -> Id {
        self.discord.channel_id("support")
    }

    /// What the simulators saw that the real services would not have allowed.
    pub(super) fn violations(&self) -> Vec<String> {
        let mut violations = self.vonage.violations();
        violations.extend(self.discord.violations());
        violations
    }

    fn config(&self) -> anyhow::Result<Config> {
        let Self { vonage, discord, _folder: folder, .. } = self;
        let toml = format!(
            r#"
[server]
listen = "127.0.0.1:0"
admin_listen = "127.0.0.1:0"
[database]
url = "sqlite://{database}"
[discord]
api_url = "{discord_url}"
operator_channel_id = "{operators}"
[vonage]
rest_url = "{vonage_url}"
api_url = "{vonage_url}"
[vonage.webhooks]
path_token = "{PATH_TOKEN}"
[[desks]]
name = "support"
number = "{DESK_NUMBER}"
guild_id = "{guild}"
channel_id = "{channel}"
agent_role_ids = ["{role}"]
default_template = "delivery"
default_region = "AU"
{TEMPLATE}"#,
            database = folder.path().join("threadline.db").display(),
            discord_url = discord.url(),
            operators = discord.channel_id("operators"),
            vonage_url = vonage.url(),
            guild = discord.guild_id(),
            channel = self.support(),
            role = discord.role_id("Agents"),
        );
        let secrets = [
            ("DISCORD_TOKEN", discord.token()),
            ("VONAGE_API_KEY", vonage.setup().api_key.clone()),
            ("VONAGE_API_SECRET", vonage.setup().api_secret.clone()),
        ];
        Config::parse(&toml, &Environment::from_pairs(secrets)).context("the sandbox's own configuration")
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
