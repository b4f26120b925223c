//! A desk: one Vonage number bound to one Discord support channel, with its agents and defaults.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ids::{ChannelId, GuildId, RoleId};
use super::keyword::Language;
use super::limits::Limits;
use super::phone::{PhoneNumber, Region};
use super::template::Template;
use super::time_zone::TimeZone;

/// What identifies a desk in the database, in metrics and in logs. Never changes once customers exist.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeskName(pub String);

impl fmt::Display for DeskName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How customers' numbers show in Discord.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ShowNumbers {
    Masked,
    Full,
}

/// Who rings when a customer needs a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Alert {
    None,
    /// The agent who last notified or replied; the role where there is none.
    Owner,
    /// The first of the desk's agent roles.
    Role,
}

/// How long a thread is silent before Discord archives it. Discord knows these four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchiveAfter {
    Hour,
    Day,
    ThreeDays,
    Week,
}

/// One desk, as configured.
#[derive(Clone, Debug)]
pub struct Desk {
    pub name: DeskName,
    /// What people read; the name where left out.
    pub title: String,
    /// The Vonage number that this desk sends from and receives on.
    pub number: PhoneNumber,
    /// How many SMS may leave from this number in a second; `None`: as many as from the account.
    pub messages_per_second: Option<NonZeroU32>,
    pub guild: GuildId,
    /// The support channel.
    pub channel: ChannelId,
    /// Never empty. The first is the role that an alert rings.
    pub agent_roles: Vec<RoleId>,
    pub default_template: Option<String>,
    /// How a number typed without `+` is read.
    pub default_region: Option<Region>,
    /// Of its customers: a time that an agent writes as Discord's code leaves as the clocks there show it.
    pub time_zone: TimeZone,
    pub show_numbers: ShowNumbers,
    /// Set when a thread is opened.
    pub archive_after: ArchiveAfter,
    pub alert: Alert,
    /// After how long without an agent's answer an alert rings the role, once. `None`: never.
    pub alert_again_after: Option<Duration>,
    /// A text that arrives this soon after the closing reopens the conversation.
    pub reopen_within: Duration,
    /// In which its customers may write STOP, START and HELP, besides English.
    pub languages: Vec<Language>,
    pub templates: Vec<Template>,
    pub consent: ConsentTexts,
    pub limits: Limits,
}

/// What is answered to STOP, START and HELP.
#[derive(Clone, Debug)]
pub struct ConsentTexts {
    /// `None` where the carrier answers STOP by itself (`stop_answer = "silent"`).
    pub stop: Option<String>,
    pub start: String,
    pub help: String,
}

impl Desk {
    #[must_use]
    pub fn template(&self, name: &str) -> Option<&Template> {
        self.templates.iter().find(|template| template.name == name)
    }

    /// Whether one of these roles makes a member an agent of this desk.
    #[must_use]
    pub fn admits(&self, roles: &[RoleId]) -> bool {
        self.agent_roles.iter().any(|role| roles.contains(role))
    }
}

/// All desks of one installation.
#[derive(Clone, Debug, Default)]
pub struct Desks(Vec<Desk>);

impl Desks {
    #[must_use]
    pub fn new(desks: Vec<Desk>) -> Self {
        Self(desks)
    }

    #[must_use]
    pub fn by_name(&self, name: &DeskName) -> Option<&Desk> {
        self.0.iter().find(|desk| desk.name == *name)
    }

    #[must_use]
    pub fn by_channel(&self, channel: ChannelId) -> Option<&Desk> {
        self.0.iter().find(|desk| desk.channel == channel)
    }

    /// In whatever spelling.
    #[must_use]
    pub fn by_number(&self, number: &PhoneNumber) -> Option<&Desk> {
        let number = number.canonical();
        self.0.iter().find(|desk| desk.number.canonical() == number)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Desk> {
        self.0.iter()
    }
}
