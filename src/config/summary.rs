//! The configuration as it takes effect, in the form of the file, without secrets.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use secrecy::ExposeSecret as _;
use url::Url;

use super::{Config, Database, Discord, Door, Guard, Sending, Server, Vonage};
use crate::domain::desk::{Alert, ArchiveAfter, ConsentTexts, Desk, ShowNumbers};
use crate::domain::limits::Limits;
use crate::domain::template::Template;
use crate::domain::webhook::Api;

impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.server.fmt(f)?;
        self.database.fmt(f)?;
        self.discord.fmt(f)?;
        self.vonage.fmt(f)?;
        self.desks.iter().try_for_each(|desk| show_desk(desk, f))?;
        // All desks have the same templates, consent texts and limits.
        let Some(desk) = self.desks.iter().next() else {
            return Ok(());
        };
        desk.templates.iter().try_for_each(|template| show_template(template, f))?;
        show_consent(&desk.consent, f)?;
        show_limits(&desk.limits, f)
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "[server]")?;
        writeln!(f, "listen = {}", quoted(&self.listen.to_string()))?;
        writeln!(f, "admin_listen = {}", quoted(&self.admin_listen.to_string()))?;
        writeln!(f, "public_url = {}", quoted(self.public_url.as_deref().unwrap_or("")))
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n[database]\nurl = {}", quoted(&self.shown()))
    }
}

impl Database {
    /// The URL without what may be a secret: credentials stand before the host, or among the parameters.
    #[must_use]
    pub fn shown(&self) -> String {
        let url = self.url.expose_secret();
        if url.starts_with("sqlite:") {
            return url.to_owned();
        }
        let without = |url: Url| format!("{}://{}{}", url.scheme(), url.host_str().unwrap_or(""), url.path());
        Url::parse(url).map_or_else(|_| "set".to_owned(), without)
    }
}

impl fmt::Display for Discord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n[discord]\n# token: set")?;
        writeln!(f, "api_url = {}", quoted(&self.api_url))?;
        writeln!(f, "operator_channel_id = \"{}\"", self.operator_channel)
    }
}

impl fmt::Display for Vonage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n[vonage]\n# key: {}\n# secret: set", self.api_key)?;
        self.sending.fmt(f)?;
        writeln!(f, "rest_url = {}", quoted(&self.rest_url))?;
        writeln!(f, "api_url = {}", quoted(&self.api_url))?;
        writeln!(f, "messages_per_second = {}", self.messages_per_second)?;
        writeln!(f, "low_balance = {}", self.low_balance.map_or(0, |level| level.micros / 1_000_000))?;
        writeln!(f, "unconfirmed_after = {}", lasting(self.unconfirmed_after))?;
        writeln!(f, "\n[vonage.webhooks]")?;
        self.door.fmt(f)
    }
}

impl fmt::Display for Sending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Messages { application: Some(application) } => {
                writeln!(f, "# application: {}\n# private key: set", application.id)?;
            }
            Self::Messages { application: None } | Self::Sms { .. } => {}
        }
        writeln!(f, "api = \"{}\"", self.api().as_str())?;
        let Self::Sms { signature } = self else { return Ok(()) };
        let word = signature.as_ref().map_or("none", |signature| signature.algorithm.as_str());
        writeln!(f, "request_signature = \"{word}\"")
    }
}

impl fmt::Display for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path_token.is_some() {
            writeln!(f, "# path token: set")?;
        }
        let mut both = None;
        if let Guard::Signed(signatures) = &self.messages {
            let previous = if signatures.previous.is_some() { ", and the previous one" } else { "" };
            writeln!(f, "# signature secret: set{previous}")?;
            both = Some((signatures.observe, signatures.max_age));
        }
        if let Guard::Signed(signatures) = &self.sms {
            writeln!(f, "signature = \"{}\"", signatures.how.as_str())?;
        }
        if let Some((observe, max_age)) = both {
            writeln!(f, "observe = {observe}\nmax_age = {}", lasting(max_age))?;
        }
        if Api::ALL.into_iter().any(|api| self.is_open(api)) {
            writeln!(f, "insecure = true")?;
        }
        for (api, name) in [(Api::Sms, "SMS"), (Api::Messages, "Messages")] {
            if self.is_closed(api) {
                writeln!(f, "# webhooks of the {name} API: refused, since nothing guards them")?;
            }
        }
        Ok(())
    }
}

fn show_desk(desk: &Desk, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "\n[[desks]]")?;
    writeln!(f, "name = {}", quoted(&desk.name.0))?;
    writeln!(f, "title = {}", quoted(&desk.title))?;
    writeln!(f, "number = {}", quoted(desk.number.e164()))?;
    writeln!(f, "messages_per_second = {}", desk.messages_per_second.map_or(0, NonZeroU32::get))?;
    writeln!(f, "guild_id = \"{}\"", desk.guild)?;
    writeln!(f, "channel_id = \"{}\"", desk.channel)?;
    let roles: Vec<_> = desk.agent_roles.iter().map(|role| format!("\"{role}\"")).collect();
    writeln!(f, "agent_role_ids = [{}]", roles.join(", "))?;
    writeln!(f, "default_template = {}", quoted(desk.default_template.as_deref().unwrap_or("")))?;
    let region = desk.default_region.map(|region| region.to_string());
    writeln!(f, "default_region = {}", quoted(&region.unwrap_or_default()))?;
    writeln!(f, "time_zone = {}", quoted(&desk.time_zone.to_string()))?;
    let show_numbers = match desk.show_numbers {
        ShowNumbers::Masked => "masked",
        ShowNumbers::Full => "full",
    };
    writeln!(f, "show_numbers = \"{show_numbers}\"\nthread_messages = \"internal\"")?;
    let alert = match desk.alert {
        Alert::None => "none",
        Alert::Owner => "owner",
        Alert::Role => "role",
    };
    let languages: Vec<_> = desk.languages.iter().map(|language| format!("\"{language}\"")).collect();
    writeln!(f, "languages = [{}]", languages.join(", "))?;
    let archive_after = match desk.archive_after {
        ArchiveAfter::Hour => "1h",
        ArchiveAfter::Day => "24h",
        ArchiveAfter::ThreeDays => "3days",
        ArchiveAfter::Week => "7days",
    };
    writeln!(f, "archive_after = \"{archive_after}\"")?;
    writeln!(f, "alert = \"{alert}\"")?;
    writeln!(f, "alert_again_after = {}", lasting(desk.alert_again_after.unwrap_or_default()))?;
    writeln!(f, "reopen_within = {}", lasting(desk.reopen_within))
}

fn show_template(template: &Template, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "\n[[templates]]")?;
    writeln!(f, "name = {}", quoted(&template.name))?;
    writeln!(f, "text = {}", quoted(&template.text))?;
    writeln!(f, "options = [")?;
    for option in &template.options {
        writeln!(f, "  {{ key = {}, label = {} }},", quoted(&option.key), quoted(&option.label))?;
    }
    writeln!(f, "]\nconfirmation = {}", quoted(&template.confirmation))?;
    writeln!(f, "expires = {}", lasting(template.expires))?;
    writeln!(f, "send_within = {}", lasting(template.send_within))?;
    writeln!(f, "unclear = {}", quoted(&template.unclear))
}

fn show_consent(consent: &ConsentTexts, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "\n[consent]")?;
    match &consent.stop {
        Some(text) => writeln!(f, "stop_answer = \"send\"\nstop_text = {}", quoted(text))?,
        None => writeln!(f, "stop_answer = \"silent\"")?,
    }
    writeln!(f, "start_text = {}", quoted(&consent.start))?;
    writeln!(f, "help_text = {}", quoted(&consent.help))
}

fn show_limits(limits: &Limits, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "\n[limits]")?;
    writeln!(f, "automatic_answers = {}", limits.automatic_answers)?;
    writeln!(f, "identical_texts = {}", limits.identical_texts)?;
    writeln!(f, "window = {}", lasting(limits.window))?;
    writeln!(f, "automatic_answers_per_hour = {}", limits.answers_per_hour)?;
    writeln!(f, "daily_parts = {}", limits.daily_parts.unwrap_or(0))?;
    writeln!(f, "daily_parts_per_agent = {}", limits.daily_parts_per_agent.unwrap_or(0))?;
    let countries: Vec<_> = limits.countries.iter().map(|country| format!("\"{country}\"")).collect();
    writeln!(f, "countries = [{}]", countries.join(", "))
}

fn quoted(text: &str) -> toml::Value {
    toml::Value::from(text)
}

fn lasting(duration: Duration) -> toml::Value {
    toml::Value::from(humantime::format_duration(duration).to_string())
}
