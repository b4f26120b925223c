//! The outside: the simulated Vonage and Discord, which answer at once and refuse nothing.

use std::time::Duration;

use threadline_sandbox::discord::{self, Discord, RateLimits};
use threadline_sandbox::vonage::{self, Vonage};

use crate::seed;

pub const PATH_TOKEN: &str = "a-path-token-of-figures";

/// How long something may take that must come.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub struct Outside {
    pub vonage: Vonage,
    pub discord: Discord,
}

impl Outside {
    /// Delivery receipts are left out: they would be webhooks that the load does not count.
    pub async fn start() -> anyhow::Result<Self> {
        let vonage = Vonage::start(vonage::Setup {
            numbers: vec![seed::DESK.to_owned()],
            messages_per_second: u32::MAX,
            balance: u64::MAX / 2,
            specs: None,
            ..vonage::Setup::default()
        });
        let vonage = vonage.await?;
        vonage.set_receipts(|receipts| receipts.enabled = false);
        let discord = Discord::start(discord::Setup {
            rate_limits: RateLimits::LENIENT,
            max_active_threads: usize::MAX,
            specs: None,
            ..discord::Setup::default()
        });
        Ok(Self { vonage, discord: discord.await? })
    }

    /// What the bridge needs to find it.
    pub fn configuration(&self, public: u16, private: u16, database: &str) -> String {
        format!(
            r#"
[server]
listen = "127.0.0.1:{public}"
admin_listen = "127.0.0.1:{private}"
[database]
url = "{database}"
[discord]
api_url = "{discord}"
operator_channel_id = "{operators}"
[vonage]
rest_url = "{vonage}"
messages_per_second = 1000
[vonage.webhooks]
path_token = "{PATH_TOKEN}"
[[desks]]
name = "{desk}"
number = "{number}"
guild_id = "{guild}"
channel_id = "{support}"
agent_role_ids = ["{agents}"]
default_template = "delivery"
default_region = "AU"
[[templates]]
name = "delivery"
text = "Your delivery comes tomorrow. Reply 1 (tomorrow), 2 (Thursday) or 3 (post office)."
options = [{{ key = "1", label = "tomorrow" }}, {{ key = "2", label = "Thursday" }}, {{ key = "3", label = "post office" }}]
confirmation = "Thank you for picking option {{choice}}. Your delivery is now fully scheduled in."
"#,
            discord = self.discord.url(),
            operators = self.discord.channel_id("operators"),
            vonage = self.vonage.url(),
            desk = seed::DESK_NAME,
            number = seed::DESK,
            guild = self.discord.guild_id(),
            support = self.discord.channel_id("support"),
            agents = self.discord.role_id("Agents"),
        )
    }

    pub fn secrets(&self) -> [(&'static str, String); 3] {
        [
            ("DISCORD_TOKEN", self.discord.token()),
            ("VONAGE_API_KEY", self.vonage.setup().api_key.clone()),
            ("VONAGE_API_SECRET", self.vonage.setup().api_secret.clone()),
        ]
    }
}
