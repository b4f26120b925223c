//! The one guild: its roles, people, channels and threads, and how each looks on the wire.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};

use super::{
    id::{Id, timestamp_now},
    permissions::{Overwrite, Permissions},
};

/// A text channel.
pub(crate) const TEXT: u64 = 0;
/// A thread that everybody who sees its channel can read.
pub(crate) const PUBLIC_THREAD: u64 = 11;
/// A thread for those who were invited.
pub(crate) const PRIVATE_THREAD: u64 = 12;

pub(crate) struct Guild {
    /// Also the id of the role that everybody has.
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) owner: Id,
    pub(crate) bot: Id,
    pub(crate) roles: Vec<Role>,
    pub(crate) people: BTreeMap<Id, Person>,
    /// Who has left: no member any more, and still an account.
    pub(crate) departed: BTreeMap<Id, Person>,
    /// Text channels and threads: both are channels to Discord.
    pub(crate) channels: BTreeMap<Id, Channel>,
}

pub(crate) struct Role {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) permissions: Permissions,
    pub(crate) mentionable: bool,
    pub(crate) managed: bool,
}

pub(crate) struct Person {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) bot: bool,
    pub(crate) roles: Vec<Id>,
    pub(crate) joined: String,
}

#[derive(Clone)]
pub(crate) struct Channel {
    pub(crate) id: Id,
    pub(crate) kind: u64,
    pub(crate) name: String,
    pub(crate) position: usize,
    pub(crate) parent: Option<Id>,
    pub(crate) overwrites: Vec<Overwrite>,
    pub(crate) last_message: Option<Id>,
    pub(crate) thread: Option<ThreadState>,
}

/// What only a thread has.
#[derive(Clone)]
pub(crate) struct ThreadState {
    pub(crate) owner: Id,
    pub(crate) archived: bool,
    pub(crate) locked: bool,
    /// Minutes of quiet after which Discord archives: 60, 1440, 4320 or 10080.
    pub(crate) auto_archive: u64,
    /// When somebody last wrote in it, or took it out of the archive.
    pub(crate) active: SystemTime,
    /// When `archived` last changed.
    pub(crate) archive_changed: String,
    /// Members and when they joined.
    pub(crate) members: BTreeMap<Id, String>,
    pub(crate) messages: u64,
    pub(crate) messages_ever: u64,
}

impl ThreadState {
    pub(crate) fn new(owner: Id, auto_archive: u64, now: SystemTime) -> Self {
        Self {
            owner,
            archived: false,
            locked: false,
            auto_archive,
            active: now,
            archive_changed: timestamp_now(),
            members: BTreeMap::from([(owner, timestamp_now())]),
            messages: 0,
            messages_ever: 0,
        }
    }

    /// Whether Discord archives it at `now`.
    pub(crate) fn is_silent_at(&self, now: SystemTime) -> bool {
        let silent = now.duration_since(self.active).unwrap_or_default();
        !self.archived && silent >= Duration::from_secs(self.auto_archive * 60)
    }

    pub(crate) fn archive(&mut self, archived: bool, now: SystemTime) {
        if self.archived != archived {
            if !archived {
                self.active = now;
            }
            self.archived = archived;
            self.archive_changed = timestamp_now();
        }
    }

    /// One membership as the wire shows it.
    pub(crate) fn member(&self, thread: Id, person: Id) -> Option<Value> {
        let joined = self.members.get(&person)?;
        Some(json!({ "id": thread, "user_id": person, "join_timestamp": joined, "flags": 0 }))
    }
}

impl Guild {
    pub(crate) fn role(&self, id: Id) -> Option<&Role> {
        self.roles.iter().find(|role| role.id == id)
    }

    /// The roles of a person, the one that everybody has included.
    pub(crate) fn roles_of(&self, person: Id) -> impl Iterator<Item = &Role> {
        let own = self.people.get(&person).map(|person| &person.roles);
        self.roles.iter().filter(move |role| role.id == self.id || own.is_some_and(|own| own.contains(&role.id)))
    }

    pub(crate) fn threads(&self) -> impl Iterator<Item = (&Channel, &ThreadState)> {
        let channels = self.channels.values();
        channels.filter_map(|channel| Some((channel, channel.thread.as_ref()?)))
    }

    pub(crate) fn user(&self, person: Id) -> Value {
        let known = self.people.get(&person).or_else(|| self.departed.get(&person));
        known.map_or_else(|| json!({ "id": person, "username": "deleted" }), user)
    }

    /// A guild member, as REST and the gateway show it.
    pub(crate) fn member(&self, person: &Person) -> Value {
        json!({
            "user": user(person),
            "nick": null,
            "avatar": null,
            "banner": null,
            "roles": person.roles,
            "joined_at": person.joined,
            "premium_since": null,
            "communication_disabled_until": null,
            "deaf": false,
            "mute": false,
            "pending": false,
            "flags": 0,
        })
    }

    /// A channel or thread; `viewer` decides whether a thread carries its own membership.
    pub(crate) fn channel(&self, channel: &Channel, viewer: Id) -> Value {
        let mut wire = json!({
            "id": channel.id,
            "type": channel.kind,
            "guild_id": self.id,
            "name": channel.name,
            "parent_id": channel.parent,
            "last_message_id": channel.last_message,
            "rate_limit_per_user": 0,
            "flags": 0,
        });
        let Some(thread) = &channel.thread else {
            wire["position"] = json!(channel.position);
            wire["topic"] = Value::Null;
            wire["nsfw"] = json!(false);
            wire["permission_overwrites"] = channel.overwrites.iter().map(overwrite).collect();
            return wire;
        };
        wire["owner_id"] = json!(thread.owner);
        wire["message_count"] = json!(thread.messages);
        wire["total_message_sent"] = json!(thread.messages_ever);
        // Discord stops counting at fifty.
        wire["member_count"] = json!(thread.members.len().min(50));
        wire["thread_metadata"] = json!({
            "archived": thread.archived,
            "archive_timestamp": thread.archive_changed,
            "auto_archive_duration": thread.auto_archive,
            "locked": thread.locked,
            "create_timestamp": channel.id.timestamp(),
        });
        if let Some(member) = thread.member(channel.id, viewer) {
            wire["member"] = member;
        }
        wire
    }

    pub(crate) fn role_wire(&self, role: &Role) -> Value {
        let position = self.roles.iter().position(|known| known.id == role.id);
        json!({
            "id": role.id,
            "name": role.name,
            "permissions": role.permissions.to_string(),
            "position": position.unwrap_or_default(),
            "color": 0,
            "colors": { "primary_color": 0, "secondary_color": null, "tertiary_color": null },
            "hoist": false,
            "managed": role.managed,
            "mentionable": role.mentionable,
            "icon": null,
            "unicode_emoji": null,
            "flags": 0,
        })
    }

    /// The guild itself, without its channels and people.
    pub(crate) fn wire(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "icon": null,
            "description": null,
            "home_header": null,
            "splash": null,
            "discovery_splash": null,
            "features": [],
            "banner": null,
            "owner_id": self.owner,
            "application_id": null,
            "region": "rotterdam",
            "afk_channel_id": null,
            "afk_timeout": 300,
            "system_channel_id": null,
            "system_channel_flags": 0,
            "widget_enabled": false,
            "widget_channel_id": null,
            "verification_level": 1,
            "roles": self.roles.iter().map(|role| self.role_wire(role)).collect::<Vec<_>>(),
            "default_message_notifications": 1,
            "mfa_level": 0,
            "explicit_content_filter": 0,
            "max_presences": null,
            "max_members": 500_000,
            "max_stage_video_channel_users": 50,
            "max_video_channel_users": 25,
            "vanity_url_code": null,
            "premium_tier": 0,
            "premium_subscription_count": 0,
            "preferred_locale": "en-GB",
            "rules_channel_id": null,
            "safety_alerts_channel_id": null,
            "public_updates_channel_id": null,
            "premium_progress_bar_enabled": false,
            "nsfw": false,
            "nsfw_level": 0,
            "emojis": [],
            "stickers": [],
            "incidents_data": null,
        })
    }
}

fn user(person: &Person) -> Value {
    let mut wire = json!({
        "id": person.id,
        "username": person.name.to_lowercase(),
        "global_name": person.name,
        "avatar": null,
        "discriminator": "0",
        "public_flags": 0,
        "flags": 0,
        "primary_guild": null,
    });
    if person.bot {
        wire["bot"] = json!(true);
    }
    wire
}

fn overwrite(overwrite: &Overwrite) -> Value {
    json!({
        "id": overwrite.id,
        "type": u8::from(overwrite.of_member),
        "allow": overwrite.allow.to_string(),
        "deny": overwrite.deny.to_string(),
    })
}
