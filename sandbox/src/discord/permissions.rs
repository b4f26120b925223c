//! What a person or the bot may do in a channel, computed as Discord computes it.

use std::{
    fmt,
    ops::{BitAnd, BitOr, Not},
};

use super::{
    guild::{Channel, Guild},
    id::Id,
};

/// A set of permissions, Discord's bits.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(u64);

impl Permissions {
    pub const NONE: Self = Self(0);
    pub const ADMINISTRATOR: Self = Self(1 << 3);
    pub const MANAGE_CHANNELS: Self = Self(1 << 4);
    pub const VIEW_CHANNEL: Self = Self(1 << 10);
    pub const SEND_MESSAGES: Self = Self(1 << 11);
    pub const MANAGE_MESSAGES: Self = Self(1 << 13);
    pub const EMBED_LINKS: Self = Self(1 << 14);
    pub const ATTACH_FILES: Self = Self(1 << 15);
    pub const READ_MESSAGE_HISTORY: Self = Self(1 << 16);
    pub const MENTION_EVERYONE: Self = Self(1 << 17);
    pub const USE_APPLICATION_COMMANDS: Self = Self(1 << 31);
    pub const MANAGE_THREADS: Self = Self(1 << 34);
    pub const CREATE_PUBLIC_THREADS: Self = Self(1 << 35);
    pub const CREATE_PRIVATE_THREADS: Self = Self(1 << 36);
    pub const SEND_MESSAGES_IN_THREADS: Self = Self(1 << 38);

    /// What everybody in the guild has unless a channel says otherwise.
    pub const EVERYONE: Self = Self(
        Self::VIEW_CHANNEL.0
            | Self::SEND_MESSAGES.0
            | Self::SEND_MESSAGES_IN_THREADS.0
            | Self::READ_MESSAGE_HISTORY.0
            | Self::USE_APPLICATION_COMMANDS.0,
    );

    /// What a well-invited bot has: enough for its job, not Administrator, not Mention Everyone.
    pub const BOT: Self = Self(
        Self::EVERYONE.0
            | Self::EMBED_LINKS.0
            | Self::ATTACH_FILES.0
            | Self::CREATE_PUBLIC_THREADS.0
            | Self::MANAGE_THREADS.0,
    );

    const ALL: Self = Self((1 << 53) - 1);

    pub const fn bits(self) -> u64 {
        self.0
    }

    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// How a channel changes the permissions of one role or member.
#[derive(Clone, Debug)]
pub(crate) struct Overwrite {
    pub(crate) id: Id,
    pub(crate) of_member: bool,
    pub(crate) allow: Permissions,
    pub(crate) deny: Permissions,
}

impl Guild {
    /// What a person has before any channel has its say.
    pub(crate) fn base_permissions(&self, person: Id) -> Permissions {
        if person == self.owner {
            return Permissions::ALL;
        }
        let granted = self.roles_of(person).fold(Permissions::NONE, |sum, role| sum | role.permissions);
        if granted.contains(Permissions::ADMINISTRATOR) { Permissions::ALL } else { granted }
    }

    /// What a person may do in a channel; a thread asks its parent.
    pub(crate) fn permissions(&self, person: Id, channel: &Channel) -> Permissions {
        let base = self.base_permissions(person);
        if base.contains(Permissions::ALL) {
            return base;
        }
        let place = channel.parent.and_then(|parent| self.channels.get(&parent)).unwrap_or(channel);
        let granted = place.overwritten(base, self, person);
        if !granted.contains(Permissions::VIEW_CHANNEL) {
            return Permissions::NONE;
        }
        let speaks = match channel.thread {
            Some(_) => Permissions::SEND_MESSAGES_IN_THREADS,
            None => Permissions::SEND_MESSAGES,
        };
        if granted.contains(speaks) {
            granted
        } else {
            granted & !(Permissions::EMBED_LINKS | Permissions::ATTACH_FILES | Permissions::MENTION_EVERYONE)
        }
    }
}

impl Channel {
    /// Denies before allows, from the widest circle to the narrowest: everyone, roles, the member.
    fn overwritten(&self, base: Permissions, guild: &Guild, person: Id) -> Permissions {
        let everyone = |overwrite: &&Overwrite| overwrite.id == guild.id;
        let roles: Vec<Id> = guild.roles_of(person).map(|role| role.id).collect();
        let by_role = |overwrite: &&Overwrite| overwrite.id != guild.id && roles.contains(&overwrite.id);
        let own = |overwrite: &&Overwrite| overwrite.id == person;
        let mut granted = base;
        for circle in [
            self.overwrites.iter().filter(everyone).collect::<Vec<_>>(),
            self.overwrites.iter().filter(by_role).collect(),
            self.overwrites.iter().filter(own).collect(),
        ] {
            for overwrite in &circle {
                granted = granted & !overwrite.deny;
            }
            for overwrite in &circle {
                granted = granted | overwrite.allow;
            }
        }
        granted
    }

    /// Sets a member's own overwrite: allowed, or denied.
    pub(crate) fn overwrite(&mut self, person: Id, permissions: Permissions, allowed: bool) {
        let at = self.overwrites.iter().position(|known| known.id == person);
        let at = at.unwrap_or_else(|| {
            self.overwrites.push(Overwrite {
                id: person,
                of_member: true,
                allow: Permissions::NONE,
                deny: Permissions::NONE,
            });
            self.overwrites.len() - 1
        });
        let own = &mut self.overwrites[at];
        let (add, remove) = if allowed { (&mut own.allow, &mut own.deny) } else { (&mut own.deny, &mut own.allow) };
        *add = *add | permissions;
        *remove = *remove & !permissions;
    }
}

impl BitOr for Permissions {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for Permissions {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for Permissions {
    type Output = Self;

    fn not(self) -> Self {
        Self(!self.0)
    }
}

/// On the wire a set is a decimal string.
impl fmt::Display for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}
