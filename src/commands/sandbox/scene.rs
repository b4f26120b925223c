//! The scene: a simulated Vonage, a simulated Discord, and the real bridge on a temporary database between them.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tempfile::TempDir;
use threadline_sandbox::discord::{self, Discord, Id, World};
use threadline_sandbox::vonage::{self, Vonage};

use super::answers::Answers;
use super::bridge::{Bridge, Keeper, Launch};
use crate::ports::{SystemClock, fresh_uuid};

/// The hidden part of the webhooks' path. Nobody can reach it from outside.
pub(super) const PATH_TOKEN: &str = "sandbox-path-token";

/// How long the bridge may take to reach Discord.
const PATIENCE: Duration = Duration::from_secs(20);

/// Reserved for fiction, like all numbers here. Source: the list of the Australian regulator (ACMA).
pub(super) const DESK_NUMBER: &str = "61491570159";

/// Both simulators, who and what is in them, and the bridge. Clones are the same.
#[derive(Clone)]
pub(super) struct Scene {
    /// Names this run of the sandbox.
    pub(super) run: String,
    pub(super) vonage: Vonage,
    pub(super) discord: Arc<Discord>,
    pub(super) bridge: Bridge,
    pub(super) answers: Answers,
    /// Text channels by name, the support channel first.
    pub(super) channels: Vec<(String, Id)>,
    /// Members of the guild; not all of them are agents.
    pub(super) people: Vec<String>,
    /// Where the bridge takes webhooks, and where it tells how it is.
    pub(super) public: SocketAddr,
    pub(super) private: SocketAddr,
    /// Holds the bridge's configuration and database.
    _folder: Arc<TempDir>,
}

impl Scene {
    /// Starts the simulators, and prepares the bridge, whose keeper has to be run.
    ///
    /// `log` is the bridge's `RUST_LOG`.
    pub(super) async fn start(log: &str) -> anyhow::Result<(Self, Keeper)> {
        let vonage = Vonage::start(vonage::Setup {
            numbers: vec![DESK_NUMBER.to_owned()],
            network: "50501".to_owned(),
            // Somebody watches: the first retry comes after a second.
            retry_scale: 0.2,
            receipt_delay: Duration::from_millis(500),
            specs: None,
            ..vonage::Setup::default()
        });
        let vonage = vonage.await.context("cannot start the simulated Vonage")?;
        let setup = discord::Setup::default();
        let (names, people) = (setup.channels.clone(), setup.members.iter().map(|(name, _)| name.clone()).collect());
        let discord = Discord::start(setup).await.context("cannot start the simulated Discord")?;
        let folder = TempDir::with_prefix("threadline-sandbox-").context("cannot make a temporary folder")?;
        let [public, private] = free_addresses().context("no port is free")?;
        std::fs::write(
            folder.path().join("threadline.toml"),
            configuration(&vonage, &discord, folder.path(), public, private),
        )?;
        let environment = vec![
            ("DISCORD_TOKEN", discord.token()),
            ("VONAGE_API_KEY", vonage.setup().api_key.clone()),
            ("VONAGE_API_SECRET", vonage.setup().api_secret.clone()),
            ("RUST_LOG", log.to_owned()),
        ];
        let program = std::env::current_exe().context("cannot tell where this program is")?;
        let launch = Launch { program, folder: folder.path().to_owned(), environment, health: private };
        let (bridge, keeper) = Bridge::new(launch);
        let scene = Self {
            run: fresh_uuid(&SystemClock).to_string(),
            channels: names.into_iter().map(|name| (name.clone(), discord.channel_id(&name))).collect(),
            vonage,
            discord: Arc::new(discord),
            bridge,
            answers: Answers::default(),
            people,
            public,
            private,
            _folder: Arc::new(folder),
        };
        Ok((scene, keeper))
    }

    /// Waits for the bridge to be in Discord, and has Vonage send its webhooks to it.
    pub(super) async fn connect(&self) -> anyhow::Result<()> {
        let ready = |world: &World| (world.connected() && !world.commands().is_empty()).then_some(());
        self.discord.wait_for(ready, PATIENCE).await.context("the bridge did not connect to the simulated Discord")?;
        let url = |route: &str| format!("http://{}/webhooks/{PATH_TOKEN}/{route}", self.public);
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
}

/// What an operator would write into `threadline.toml`.
fn configuration(vonage: &Vonage, discord: &Discord, folder: &Path, public: SocketAddr, private: SocketAddr) -> String {
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
rest_url = "{vonage_url}"
api_url = "{vonage_url}"
# Somebody watches.
unconfirmed_after = "1m"
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
        database = folder.join("threadline.db").display(),
        discord_url = discord.url(),
        operators = discord.channel_id("operators"),
        vonage_url = vonage.url(),
        guild = discord.guild_id(),
        channel = discord.channel_id("support"),
        role = discord.role_id("Agents"),
    )
}

/// Two ports that nobody uses now. The bridge keeps to them when it is started again, as it would on a server.
fn free_addresses() -> std::io::Result<[SocketAddr; 2]> {
    let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let (one, other) = (listen()?, listen()?);
    Ok([one.local_addr()?, other.local_addr()?])
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
