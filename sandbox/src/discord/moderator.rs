//! What a moderator, or Discord itself, does while the bot is not looking.

use std::time::Duration;

use serde_json::json;

use super::{
    Discord, Refused, gateway::sessions::Order, id::Id, people::refused, permissions::Permissions,
    threads::ThreadChange, world::World,
};

impl Discord {
    /// # Errors
    /// Where there is no such message.
    pub fn delete_message(&self, channel: Id, message: Id) -> Result<(), Refused> {
        self.shared.change(|world| world.delete_message(channel, message).map_err(|error| refused(&error)))
    }

    /// Deletes a channel with its threads, or one thread.
    ///
    /// # Errors
    /// Where there is no such channel.
    pub fn delete_channel(&self, channel: Id) -> Result<(), Refused> {
        self.shared.change(|world| world.delete_channel(channel).map(drop).map_err(|error| refused(&error)))
    }

    /// See [`Discord::delete_channel`].
    ///
    /// # Errors
    /// Where there is no such thread.
    pub fn delete_thread(&self, thread: Id) -> Result<(), Refused> {
        self.delete_channel(thread)
    }

    /// Archives a thread: it then takes no commands, no clicks and no edits, and a message wakes it.
    ///
    /// # Errors
    /// Where there is no such thread.
    pub fn archive_thread(&self, thread: Id) -> Result<(), Refused> {
        let archived = Some(true);
        self.change_thread(thread, ThreadChange { archived, ..ThreadChange::default() })
    }

    /// Turns Discord's clock this far ahead of the machine's: threads that were silent for long are archived.
    pub fn turn_clock(&self, ahead: Duration) {
        self.shared.change(|world| {
            world.ahead = ahead;
            world.archive_silent();
        });
    }

    /// Archives and locks a thread: only moderators wake it.
    ///
    /// # Errors
    /// Where there is no such thread.
    pub fn lock_thread(&self, thread: Id) -> Result<(), Refused> {
        let change = ThreadChange { archived: Some(true), locked: Some(true), ..ThreadChange::default() };
        self.change_thread(thread, change)
    }

    /// Opens a thread again.
    ///
    /// # Errors
    /// Where there is no such thread.
    pub fn unlock_thread(&self, thread: Id) -> Result<(), Refused> {
        let change = ThreadChange { archived: Some(false), locked: Some(false), ..ThreadChange::default() };
        self.change_thread(thread, change)
    }

    /// Takes permissions from the bot in a channel; a thread asks its channel.
    pub fn revoke(&self, channel: Id, permissions: Permissions) {
        self.overwrite(channel, permissions, false);
    }

    /// Gives the bot permissions in a channel; a thread asks its channel.
    pub fn grant(&self, channel: Id, permissions: Permissions) {
        self.overwrite(channel, permissions, true);
    }

    /// Lets everybody mention a role, or only those who may mention everyone.
    pub fn set_mentionable(&self, role: Id, mentionable: bool) {
        self.set_mentionable_silently(role, mentionable);
        self.shared.change(|world| {
            let Some(role) = world.guild.role(role) else { return };
            let role = world.guild.role_wire(role);
            let event = json!({ "guild_id": world.guild.id, "role": role });
            world.dispatch("GUILD_ROLE_UPDATE", &event);
        });
    }

    /// The same, and the event is lost on its way to the bot.
    pub fn set_mentionable_silently(&self, role: Id, mentionable: bool) {
        self.shared.change(|world| {
            if let Some(known) = world.guild.roles.iter_mut().find(|known| known.id == role) {
                known.mentionable = mentionable;
            }
        });
    }

    /// Deletes a role: nobody holds it any more, and a mention of it calls nobody.
    pub fn delete_role(&self, role: Id) {
        self.shared.change(|world| {
            world.guild.roles.retain(|known| known.id != role);
            for person in world.guild.people.values_mut() {
                person.roles.retain(|known| *known != role);
            }
            let event = json!({ "guild_id": world.guild.id, "role_id": role });
            world.dispatch("GUILD_ROLE_DELETE", &event);
        });
    }

    /// A person leaves the server. The bot is not told: that takes a privileged intent.
    pub fn remove_member(&self, person: Id) {
        self.shared.change(|world| {
            if let Some(gone) = world.guild.people.remove(&person) {
                world.guild.departed.insert(person, gone);
            }
            let threads = world.guild.channels.values_mut().filter_map(|channel| channel.thread.as_mut());
            threads.for_each(|thread| drop(thread.members.remove(&person)));
        });
    }

    /// Gives a person a role, or takes it.
    pub fn set_role(&self, person: Id, role: Id, held: bool) {
        self.shared.change(|world| {
            if let Some(person) = world.guild.people.get_mut(&person) {
                person.roles.retain(|known| *known != role);
                if held {
                    person.roles.push(role);
                }
            }
        });
    }

    /// Somebody resets the bot's token: REST answers 401, the gateway closes with 4004.
    pub fn change_token(&self, token: &str) {
        self.shared.change(|world| {
            token.clone_into(&mut world.token);
            world.sessions.order(|| Order::Close(Some(4004)));
            world.sessions.forget();
        });
    }

    fn change_thread(&self, thread: Id, change: ThreadChange) -> Result<(), Refused> {
        self.shared.change(|world: &mut World| {
            if world.thread_state(thread).is_none() {
                return Err(Refused("there is no such thread".to_owned()));
            }
            world.change_thread(thread, world.guild.owner, change);
            Ok(())
        })
    }

    fn overwrite(&self, channel: Id, permissions: Permissions, allowed: bool) {
        self.shared.change(|world| {
            let bot = world.guild.bot;
            let parent = world.guild.channels.get(&channel).and_then(|channel| channel.parent);
            let place = parent.unwrap_or(channel);
            if let Some(channel) = world.guild.channels.get_mut(&place) {
                channel.overwrite(bot, permissions, allowed);
                world.dispatch_channel("CHANNEL_UPDATE", place);
            }
        });
    }
}
