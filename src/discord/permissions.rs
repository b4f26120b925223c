//! Whether the bot may do at a desk what it will have to, asked of Discord and said in plain sentences.

use serenity::all::{ChannelType, GuildChannel, Member, PartialGuild, Permissions};
use serenity::http::Route;

use super::error::{RestError, code};
use super::rest::Rest;
use crate::domain::desk::{Alert, Desk};
use crate::domain::ids::{ChannelId, GuildId, RoleId};
use crate::wording::discord as wording;

/// What the bot needs in a support channel, by the names that Discord's settings show.
const NEEDED: [(Permissions, &str); 7] = [
    (Permissions::VIEW_CHANNEL, "View Channel"),
    (Permissions::SEND_MESSAGES, "Send Messages"),
    (Permissions::SEND_MESSAGES_IN_THREADS, "Send Messages in Threads"),
    (Permissions::CREATE_PUBLIC_THREADS, "Create Public Threads"),
    (Permissions::MANAGE_THREADS, "Manage Threads"),
    (Permissions::EMBED_LINKS, "Embed Links"),
    (Permissions::READ_MESSAGE_HISTORY, "Read Message History"),
];

/// All that keeps the bot from working at a desk, each problem in a sentence that says what to do. Empty: all is well.
///
/// # Errors
/// Where Discord does not tell: it is not reachable, or refuses the token.
pub async fn problems(rest: &Rest, desk: &Desk) -> Result<Vec<String>, RestError> {
    let guild = match guild(rest, desk.guild).await {
        Ok(guild) => guild,
        Err(error) if is_answer(&error) => return Ok(vec![wording::not_in_guild(desk.guild)]),
        Err(error) => return Err(error),
    };
    let channel = match channel(rest, desk.channel).await {
        Ok(channel) => channel,
        Err(error) if error.code() == Some(code::UNKNOWN_CHANNEL) => return Ok(vec![wording::no_such_channel(desk)]),
        Err(error) if is_answer(&error) => return Ok(vec![wording::cannot_see(desk.channel)]),
        Err(error) => return Err(error),
    };
    if GuildId::from(channel.guild_id) != desk.guild {
        return Ok(vec![wording::channel_elsewhere(desk, &channel.name)]);
    }
    if channel.kind != ChannelType::Text {
        return Ok(vec![wording::not_a_text_channel(desk, &channel.name)]);
    }
    let bot = own_member(rest, desk.guild).await?;
    let granted = guild.user_permissions_in(&channel, &bot);
    let mut problems: Vec<String> = lacking(granted, &channel).into_iter().collect();
    problems.extend(desk.agent_roles.iter().enumerate().filter_map(|(index, role)| {
        let is_rung = index == 0 && desk.alert != Alert::None;
        trouble_with_role(desk, &guild, *role, is_rung, granted)
    }));
    Ok(problems)
}

/// Why Discord refuses something in this channel or thread, if permissions are why.
pub async fn explain(rest: &Rest, id: ChannelId) -> Option<String> {
    let place = match channel(rest, id).await {
        Ok(place) => place,
        Err(error) => return is_answer(&error).then(|| wording::cannot_see(id)),
    };
    // Threads have no permissions of their own.
    let place = match place.parent_id {
        Some(parent) if place.kind != ChannelType::Text => channel(rest, parent.into()).await.ok()?,
        _ => place,
    };
    let guild_id = GuildId::from(place.guild_id);
    let guild = guild(rest, guild_id).await.ok()?;
    let bot = own_member(rest, guild_id).await.ok()?;
    lacking(guild.user_permissions_in(&place, &bot), &place)
}

/// Whether Discord has answered the question, and not refused us as a whole.
fn is_answer(error: &RestError) -> bool {
    !error.is_temporary() && !error.is_unauthorized()
}

fn lacking(granted: Permissions, channel: &GuildChannel) -> Option<String> {
    let missing = NEEDED.into_iter().filter(|(needed, _)| !granted.contains(*needed));
    let missing: Vec<_> = missing.map(|(_, name)| name).collect();
    (!missing.is_empty()).then(|| wording::lacks(&missing, &channel.name, channel.id.into()))
}

fn trouble_with_role(
    desk: &Desk,
    guild: &PartialGuild,
    id: RoleId,
    is_rung: bool,
    granted: Permissions,
) -> Option<String> {
    let Some(role) = guild.roles.get(&id.into()) else {
        return Some(wording::no_such_role(desk, id));
    };
    let rings = role.mentionable || granted.contains(Permissions::MENTION_EVERYONE);
    (is_rung && !rings).then(|| wording::role_does_not_ring(desk, &role.name))
}

async fn guild(rest: &Rest, id: GuildId) -> Result<PartialGuild, RestError> {
    rest.get("get_guild", Route::Guild { guild_id: id.into() }).await
}

async fn channel(rest: &Rest, id: ChannelId) -> Result<GuildChannel, RestError> {
    rest.get("get_channel", Route::Channel { channel_id: id.into() }).await
}

async fn own_member(rest: &Rest, guild: GuildId) -> Result<Member, RestError> {
    let me = rest.me().await?;
    rest.get("get_member", Route::GuildMember { guild_id: guild.into(), user_id: me.user.into() }).await
}
