//! What a simulated Discord starts with.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use super::{
    guild::{Channel, Guild, Person, Role, TEXT},
    id::{Id, timestamp_now},
    permissions::Permissions,
    rate_limit::RateLimits,
};

/// The privileged intent without which other people's texts arrive empty.
pub const MESSAGE_CONTENT: u64 = 1 << 15;

/// Change what a test needs, take the rest from `Setup::default()`: the guild *Example Ltd* with two channels, three
/// people and the bot, limits and times as Discord's.
pub struct Setup {
    /// Port 0 takes a free one.
    pub listen: SocketAddr,
    /// A folder with the providers' own API descriptions; every exchange is then checked against them.
    pub specs: Option<PathBuf>,
    pub token: String,
    /// The bot's name, also its application's and its managed role's.
    pub bot: String,
    pub guild: String,
    /// Text channels, in order.
    pub channels: Vec<String>,
    /// Roles, and whether everybody may mention them.
    pub roles: Vec<(String, bool)>,
    /// People, and the names of their roles.
    pub members: Vec<(String, Vec<String>)>,
    /// Guild-wide; `Discord::grant` and `Discord::revoke` change one channel.
    pub bot_permissions: Permissions,
    /// Privileged intents switched on in the portal; an IDENTIFY that asks for others is closed with 4014.
    pub privileged_intents: u64,
    pub heartbeat: Duration,
    pub rate_limits: RateLimits,
    /// How long an interaction waits for its first response: 3 s.
    pub answer_within: Duration,
    /// How long an interaction's token works: 15 min.
    pub token_lifetime: Duration,
    /// How long `enforce_nonce` remembers ("a few minutes").
    pub nonce_window: Duration,
    /// Beyond it a thread is refused with 160006. Discord does not publish its number; 1000 is what people report.
    pub max_active_threads: usize,
}

impl Default for Setup {
    fn default() -> Self {
        let agents = || vec!["Agents".to_owned()];
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            specs: None,
            token: "sandbox-bot-token".to_owned(),
            bot: "Threadline".to_owned(),
            guild: "Example Ltd".to_owned(),
            channels: vec!["support".to_owned(), "operators".to_owned()],
            roles: vec![("Agents".to_owned(), true), ("Supervisors".to_owned(), false)],
            members: vec![
                ("Ana".to_owned(), agents()),
                ("Ben".to_owned(), agents()),
                ("Mallory".to_owned(), Vec::new()),
            ],
            bot_permissions: Permissions::BOT,
            privileged_intents: 0,
            heartbeat: Duration::from_millis(41_250),
            rate_limits: RateLimits::REAL,
            answer_within: Duration::from_secs(3),
            token_lifetime: Duration::from_secs(15 * 60),
            nonce_window: Duration::from_secs(3 * 60),
            max_active_threads: 1000,
        }
    }
}

impl Setup {
    /// The guild that this describes; `mint` gives the ids.
    pub(crate) fn guild(&self, mut mint: impl FnMut() -> Id) -> Guild {
        let id = mint();
        let role = |id: Id, name: &str, permissions, mentionable, managed| Role {
            id,
            name: name.to_owned(),
            permissions,
            mentionable,
            managed,
        };
        let everyone = role(id, "@everyone", Permissions::EVERYONE, false, false);
        let bots_own = role(mint(), &self.bot, self.bot_permissions, false, true);
        let bots_roles = vec![bots_own.id];
        let mut roles = vec![everyone, bots_own];
        for (name, mentionable) in &self.roles {
            roles.push(role(mint(), name, Permissions::NONE, *mentionable, false));
        }
        let mut person =
            |name: &str, bot, roles| Person { id: mint(), name: name.to_owned(), bot, roles, joined: timestamp_now() };
        let owner = person("Olive", false, Vec::new());
        let bot = person(&self.bot, true, bots_roles);
        let (owner_id, bot_id) = (owner.id, bot.id);
        let mut people = vec![owner, bot];
        for (name, names) in &self.members {
            let held = roles.iter().filter(|role| names.contains(&role.name));
            let held = held.map(|role| role.id).collect();
            people.push(person(name, false, held));
        }
        let channels = self.channels.iter().enumerate().map(|(position, name)| Channel {
            id: mint(),
            kind: TEXT,
            name: name.clone(),
            position,
            parent: None,
            overwrites: Vec::new(),
            last_message: None,
            thread: None,
        });
        Guild {
            id,
            name: self.guild.clone(),
            owner: owner_id,
            bot: bot_id,
            channels: channels.map(|channel| (channel.id, channel)).collect(),
            people: people.into_iter().map(|person| (person.id, person)).collect(),
            departed: std::collections::BTreeMap::new(),
            roles,
        }
    }
}
