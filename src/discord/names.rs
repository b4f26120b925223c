//! Names of people, roles and channels, as far as Discord told them: with the command, in the gateway's events, or when
//! somebody used the bot before.

use dashmap::DashMap;
use serenity::all::{Cache, CommandDataResolved, GuildId, UserId};

use super::codes::Names;

/// Where names are looked for. Without the privileged intent nobody lists the members of a server.
pub(super) struct Known<'a> {
    pub(super) cache: &'a Cache,
    pub(super) guild: Option<GuildId>,
    /// What came with the command.
    pub(super) resolved: Option<&'a CommandDataResolved>,
    /// Who used the bot since the start.
    pub(super) seen: &'a DashMap<UserId, String>,
}

impl Names for Known<'_> {
    fn user(&self, id: u64) -> Option<String> {
        let id = known(id).map(UserId::new)?;
        let nick = self.resolved.and_then(|resolved| resolved.members.get(&id)?.nick.clone());
        let told = || Some(self.resolved?.users.get(&id)?.display_name().to_owned());
        let member = || Some(self.cache.guild(self.guild?)?.members.get(&id)?.display_name().to_owned());
        let seen = || self.seen.get(&id).map(|name| name.clone());
        nick.or_else(told).or_else(seen).or_else(member)
    }

    fn role(&self, id: u64) -> Option<String> {
        let id = known(id).map(serenity::all::RoleId::new)?;
        let told = self.resolved.and_then(|resolved| Some(resolved.roles.get(&id)?.name.clone()));
        told.or_else(|| Some(self.cache.guild(self.guild?)?.roles.get(&id)?.name.clone()))
    }

    fn channel(&self, id: u64) -> Option<String> {
        let id = known(id).map(serenity::all::ChannelId::new)?;
        let told = self.resolved.and_then(|resolved| resolved.channels.get(&id)?.name.clone());
        told.or_else(|| {
            let guild = self.cache.guild(self.guild?)?;
            let thread = || guild.threads.iter().find(|thread| thread.id == id);
            guild.channels.get(&id).or_else(thread).map(|channel| channel.name.clone())
        })
    }
}

/// Zero is no id, and serenity panics over it.
fn known(id: u64) -> Option<u64> {
    (id != 0).then_some(id)
}
