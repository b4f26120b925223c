//! The scene: a simulated Vonage, a simulated Discord, and the real bridge on a temporary database between them.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use threadline_sandbox::discord::{self, Discord, Id, World};
use threadline_sandbox::vonage::{self, Vonage, WebhookApi};

use super::answers::Answers;
use super::bridge::{Bridge, Keeper, Launch};
use super::configuration::{Configuration, SendsBy, Settled};
use super::signatures::Signatures;
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
    pub(super) signatures: Signatures,
    /// Text channels by name, the support channel first.
    pub(super) channels: Vec<(String, Id)>,
    /// Members of the guild; not all of them are agents.
    pub(super) people: Vec<String>,
    /// Where the bridge takes webhooks, and where it tells how it is.
    pub(super) public: SocketAddr,
    pub(super) private: SocketAddr,
    /// Also holds the bridge's database.
    pub(super) configuration: Configuration,
}

impl Scene {
    /// Starts the simulators, and prepares the bridge, whose keeper has to be run.
    ///
    /// `log` is the bridge's `RUST_LOG`.
    pub(super) async fn start(api: SendsBy, log: &str) -> anyhow::Result<(Self, Keeper)> {
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
        let [public, private] = free_addresses().context("no port is free")?;
        let signatures = Signatures::new(api);
        let settled = Settled {
            api,
            public: public.to_string(),
            private: private.to_string(),
            vonage_url: vonage.url(),
            discord_url: discord.url(),
            guild: discord.guild_id().to_string(),
            support: discord.channel_id("support").to_string(),
            operators: discord.channel_id("operators").to_string(),
            agents: discord.role_id("Agents").to_string(),
        };
        let configuration = Configuration::new(settled, &signatures).context("cannot write into a temporary folder")?;
        let mut environment = vec![
            ("DISCORD_TOKEN", discord.token()),
            ("VONAGE_API_KEY", vonage.setup().api_key.clone()),
            ("VONAGE_API_SECRET", vonage.setup().api_secret.clone()),
            ("RUST_LOG", log.to_owned()),
        ];
        if api == SendsBy::Messages {
            let application = &vonage.setup().application;
            environment.push(("VONAGE_APPLICATION_ID", application.id.clone()));
            environment.push(("VONAGE_PRIVATE_KEY", application.private_key_pem().to_owned()));
            // An account whose bridge sends by it has set its replies so as well.
            vonage.set_webhook_api(WebhookApi::Messages);
        }
        let program = std::env::current_exe().context("cannot tell where this program is")?;
        let launch = Launch { program, folder: configuration.folder(), environment, health: private };
        let (bridge, keeper) = Bridge::new(launch);
        let scene = Self {
            run: fresh_uuid(&SystemClock).to_string(),
            channels: names.into_iter().map(|name| (name.clone(), discord.channel_id(&name))).collect(),
            vonage,
            discord: Arc::new(discord),
            bridge,
            answers: Answers::default(),
            signatures,
            people,
            public,
            private,
            configuration,
        };
        Ok((scene, keeper))
    }

    /// Waits for the bridge to be in Discord, and has Vonage send its webhooks to it.
    pub(super) async fn connect(&self) -> anyhow::Result<()> {
        let ready = |world: &World| (world.connected() && !world.commands().is_empty()).then_some(());
        self.discord.wait_for(ready, PATIENCE).await.context("the bridge did not connect to the simulated Discord")?;
        let url = |route: &str| format!("http://{}/webhooks/{PATH_TOKEN}/{route}", self.public);
        self.vonage.set_message_urls(&url("inbound-message"), &url("message-status"));
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

/// Two ports that nobody uses now. The bridge keeps to them when it is started again, as it would on a server.
fn free_addresses() -> std::io::Result<[SocketAddr; 2]> {
    let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let (one, other) = (listen()?, listen()?);
    Ok([one.local_addr()?, other.local_addr()?])
}
