//! What the operator reads about Discord: what is refused or missing there, and what to do about it.

use crate::domain::desk::Desk;
use crate::domain::ids::{ChannelId, GuildId, RoleId};

use super::listed;

pub const TOKEN_REFUSED: &str = "Discord refuses the bot's token. Make a new one in Discord's developer portal (Bot, \
     Reset Token), put it into DISCORD_TOKEN and restart. Texts from customers are stored meanwhile.";

pub const INTENTS_REFUSED: &str = "Discord refuses the bot's intents. It needs none but Guilds: see whether the \
     application is in good standing in Discord's developer portal.";

pub const TOO_MANY_THREADS: &str = "The server has as many active threads as Discord allows. Close conversations, or \
     archive other threads, so that new ones can be opened.";

/// Today's sessions at the gateway are used up; `minutes` until there are new ones.
#[must_use]
pub fn no_sessions_left(minutes: u64) -> String {
    format!("Discord grants the bot no more gateway sessions for {minutes} minutes; until then no commands arrive.")
}

/// The bot lacks permissions in a channel; `channel` is its name where we can see it.
#[must_use]
pub fn lacks(permissions: &[&str], channel: &str, id: ChannelId) -> String {
    let (noun, them) = if permissions.len() == 1 { ("permission", "it") } else { ("permissions", "them") };
    format!(
        "The bot lacks the {noun} {} in #{channel} (channel {id}). Give {them} to the bot's role, in the server's settings or \
         in the channel's.",
        listed(permissions)
    )
}

#[must_use]
pub fn cannot_see(id: ChannelId) -> String {
    format!(
        "The bot lacks the permission View Channel in the channel {id}. Give it to the bot's role, in the server's \
         settings or in the channel's."
    )
}

#[must_use]
pub fn no_such_channel(desk: &Desk) -> String {
    format!("There is no channel {} in Discord. Correct `channel_id` of the desk {:?}.", desk.channel, desk.name.0)
}

/// `operator_channel_id` names nothing.
#[must_use]
pub fn no_operator_channel(id: ChannelId) -> String {
    format!("There is no channel {id} in Discord. Correct `operator_channel_id`.")
}

#[must_use]
pub fn operator_channel_not_text(name: &str) -> String {
    format!("#{name} is no text channel. Correct `operator_channel_id`.")
}

/// `why` says what to do as well.
#[must_use]
pub fn operator_channel_fails(why: &str) -> String {
    format!("The operator's channel cannot be used, and notices stand in a desk's channel meanwhile: {why}")
}

#[must_use]
pub fn channel_elsewhere(desk: &Desk, name: &str) -> String {
    format!(
        "The channel #{name} (<#{}>) is not in the server {}. Correct `guild_id` or `channel_id` of the desk {:?}.",
        desk.channel, desk.guild, desk.name.0
    )
}

#[must_use]
pub fn not_a_text_channel(desk: &Desk, name: &str) -> String {
    format!(
        "#{name} (<#{}>) is no text channel, so it cannot hold cards and threads. Correct `channel_id` of the desk {:?}.",
        desk.channel, desk.name.0
    )
}

#[must_use]
pub fn not_in_guild(guild: GuildId) -> String {
    format!(
        "The bot is not in the Discord server {guild}. Invite it with the scopes bot and applications.commands, or \
         correct `guild_id`."
    )
}

#[must_use]
pub fn no_such_role(desk: &Desk, role: RoleId) -> String {
    format!(
        "There is no role {role} in the desk's Discord server. Correct `agent_role_ids` of the desk {:?}.",
        desk.name.0
    )
}

/// An alert could not ring the role.
#[must_use]
pub fn role_does_not_ring(desk: &Desk, role: &str) -> String {
    format!(
        "Alerts of the desk {:?} do not ring the role @{role}. Let anyone mention the role, in its settings, or give the \
         bot the permission Mention Everyone.",
        desk.name.0
    )
}

#[must_use]
pub fn commands_not_registered(guild: GuildId, why: &str) -> String {
    format!(
        "The commands could not be registered in the Discord server {guild} ({why}). Invite the bot again, with the \
         scopes bot and applications.commands."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_permissions_are_listed() {
        let id = ChannelId::new(7).unwrap();
        assert_eq!(
            lacks(&["Embed Links"], "support", id),
            "The bot lacks the permission Embed Links in #support (channel 7). Give it to the bot's role, in the server's \
             settings or in the channel's."
        );
        assert!(lacks(&["A", "B", "C"], "support", id).starts_with("The bot lacks the permissions A, B and C in #"));
    }
}
