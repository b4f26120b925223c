//! Whether the bot may do at a desk what it will have to, asked of Discord and said in plain sentences.

use serenity::all::{ChannelType, GuildChannel, Member, PartialGuild, Permissions};
use serenity::http::Route;

use super::error::{RestError, code};
use super::rest::Rest;
use crate::domain::desk::{Alert, Desk};
use crate::domain::effect::NoRing;
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

/// What it needs in the operator's.
const NEEDED_FOR_NOTICES: [(Permissions, &str); 3] = [
    (Permissions::VIEW_CHANNEL, "View Channel"),
    (Permissions::SEND_MESSAGES, "Send Messages"),
    (Permissions::READ_MESSAGE_HISTORY, "Read Message History"),
];

/// How the bot stands at a desk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// All that keeps the bot from working there, each problem in a sentence that says what to do. Empty: all is well.
    pub problems: Vec<String>,
    /// Whether the desk's alerts ring its role. `None` where that cannot be seen.
    pub alerts: Option<Result<(), NoRing>>,
}

impl From<String> for Rights {
    fn from(problem: String) -> Self {
        Self { problems: vec![problem], alerts: None }
    }
}

/// How the bot stands at a desk.
///
/// # Errors
/// Where Discord does not tell: it is not reachable, or refuses the token.
pub async fn at_desk(rest: &Rest, desk: &Desk) -> Result<Rights, RestError> {
    let guild = match guild(rest, desk.guild).await {
        Ok(guild) => guild,
        Err(error) if is_answer(&error) => return Ok(wording::not_in_guild(desk.guild).into()),
        Err(error) => return Err(error),
    };
    let channel = match channel(rest, desk.channel).await {
        Ok(channel) => channel,
        Err(error) if error.code() == Some(code::UNKNOWN_CHANNEL) => return Ok(wording::no_such_channel(desk).into()),
        Err(error) if is_answer(&error) => return Ok(wording::cannot_see(desk.channel).into()),
        Err(error) => return Err(error),
    };
    if GuildId::from(channel.guild_id) != desk.guild {
        return Ok(wording::channel_elsewhere(desk, &channel.name).into());
    }
    if channel.kind != ChannelType::Text {
        return Ok(wording::not_a_text_channel(desk, &channel.name).into());
    }
    let bot = own_member(rest, desk.guild).await?;
    let granted = guild.user_permissions_in(&channel, &bot);
    let mut problems: Vec<String> = lacking(&NEEDED, granted, &channel).into_iter().collect();
    let rung = desk.agent_roles.first().filter(|_| desk.alert != Alert::None);
    for role in &desk.agent_roles {
        match (rings(&guild, *role, granted), guild.roles.get(&(*role).into())) {
            (Err(NoRing::NotMentionable), Some(known)) if rung == Some(role) => {
                problems.push(wording::role_does_not_ring(desk, &known.name));
            }
            (Err(NoRing::Deleted), _) => problems.push(wording::no_such_role(desk, *role)),
            _ => {}
        }
    }
    Ok(Rights { problems, alerts: rung.map(|role| rings(&guild, *role, granted)) })
}

/// Why the bot cannot write to the operator. `None`: it can.
///
/// # Errors
/// Where Discord does not tell: it is not reachable, or refuses the token.
pub async fn in_operator_channel(rest: &Rest, id: ChannelId) -> Result<Option<String>, RestError> {
    let place = match channel(rest, id).await {
        Ok(place) => place,
        Err(error) if error.code() == Some(code::UNKNOWN_CHANNEL) => return Ok(Some(wording::no_operator_channel(id))),
        Err(error) if is_answer(&error) => return Ok(Some(wording::cannot_see(id))),
        Err(error) => return Err(error),
    };
    if place.kind != ChannelType::Text && place.kind != ChannelType::News {
        return Ok(Some(wording::operator_channel_not_text(&place.name)));
    }
    let guild_id = GuildId::from(place.guild_id);
    let guild = guild(rest, guild_id).await?;
    let bot = own_member(rest, guild_id).await?;
    Ok(lacking(&NEEDED_FOR_NOTICES, guild.user_permissions_in(&place, &bot), &place))
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
    lacking(&NEEDED, guild.user_permissions_in(&place, &bot), &place)
}

/// Whether Discord has answered the question, and neither refused us as a whole nor left it to something in between.
fn is_answer(error: &RestError) -> bool {
    error.code().is_some_and(|code| code != code::NONE)
}

fn lacking(needed: &[(Permissions, &'static str)], granted: Permissions, channel: &GuildChannel) -> Option<String> {
    let missing = needed.iter().filter(|(needed, _)| !granted.contains(*needed));
    let missing: Vec<_> = missing.map(|(_, name)| *name).collect();
    (!missing.is_empty()).then(|| wording::lacks(&missing, &channel.name, channel.id.into()))
}

/// Whether a mention of the role rings its members.
fn rings(guild: &PartialGuild, id: RoleId, granted: Permissions) -> Result<(), NoRing> {
    match guild.roles.get(&id.into()) {
        None => Err(NoRing::Deleted),
        Some(role) if role.mentionable || granted.contains(Permissions::MENTION_EVERYONE) => Ok(()),
        Some(_) => Err(NoRing::NotMentionable),
    }
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
