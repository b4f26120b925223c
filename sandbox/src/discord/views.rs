//! What a test sees: ids by name, messages, threads, and what went wrong.

use serde_json::Value;

use super::{Discord, components, guild::Channel, id::Id, message::Message, world::World};

/// A thread as it stands now.
#[derive(Clone, Debug)]
pub struct Thread {
    pub id: Id,
    pub name: String,
    /// The channel it belongs to.
    pub parent: Option<Id>,
    pub archived: bool,
    pub locked: bool,
    /// Minutes of quiet after which Discord would archive it.
    pub auto_archive: u64,
    /// Names, sorted.
    pub members: Vec<String>,
}

/// A view of the whole guild, all people's: nothing is hidden by permissions.
impl World {
    /// What people and bots wrote in a channel or thread and is still there, oldest first; ephemeral answers not.
    pub fn messages(&self, channel: Id) -> Vec<Message> {
        self.visible(channel).filter(|message| message.written()).cloned().collect()
    }

    pub fn message(&self, id: Id) -> Option<&Message> {
        self.messages.get(&id)
    }

    /// The threads of a channel, oldest first, archived ones included.
    pub fn threads(&self, channel: Id) -> Vec<Thread> {
        let channels = self.guild.channels.values();
        channels.filter(|thread| thread.parent == Some(channel)).filter_map(|thread| self.thread_of(thread)).collect()
    }

    pub fn thread(&self, id: Id) -> Option<Thread> {
        self.thread_of(self.guild.channels.get(&id)?)
    }

    /// The names of those whose Discord rang for a message, sorted.
    pub fn rung(&self, message: &Message) -> Vec<String> {
        self.rung_by(message)
    }

    /// Whether a bot is connected to the gateway and has identified.
    pub fn connected(&self) -> bool {
        self.sessions.connected()
    }

    /// The registered commands, as they go over the wire.
    pub fn commands(&self) -> &[Value] {
        &self.commands
    }

    pub fn identifies(&self) -> usize {
        self.sessions.identifies
    }

    pub fn resumes(&self) -> usize {
        self.sessions.resumes
    }

    pub(crate) fn visible(&self, channel: Id) -> impl Iterator<Item = &Message> {
        let all = self.messages.values();
        all.filter(move |message| message.channel_id == channel && !message.ephemeral())
    }

    fn thread_of(&self, channel: &Channel) -> Option<Thread> {
        let thread = channel.thread.as_ref()?;
        let people = thread.members.keys().filter_map(|id| self.guild.people.get(id));
        let mut members: Vec<String> = people.map(|person| person.name.clone()).collect();
        members.sort();
        Some(Thread {
            id: channel.id,
            name: channel.name.clone(),
            parent: channel.parent,
            archived: thread.archived,
            locked: thread.locked,
            auto_archive: thread.auto_archive,
            members,
        })
    }
}

impl Discord {
    /// The bot's token now.
    pub fn token(&self) -> String {
        self.shared.read(|world| world.token.clone())
    }

    pub fn guild_id(&self) -> Id {
        self.shared.read(|world| world.guild.id)
    }

    /// The bot's user, and its application.
    pub fn bot_id(&self) -> Id {
        self.shared.read(|world| world.guild.bot)
    }

    /// # Panics
    /// Where the setup names no such channel, or it was deleted.
    pub fn channel_id(&self, name: &str) -> Id {
        let found = self.shared.read(|world| {
            let mut channels = world.guild.channels.values();
            Some(channels.find(|channel| channel.thread.is_none() && channel.name == name)?.id)
        });
        found.unwrap_or_else(|| panic!("the guild has no channel #{name}"))
    }

    /// # Panics
    /// Where the setup names no such role.
    pub fn role_id(&self, name: &str) -> Id {
        let found = self.shared.read(|world| Some(world.guild.roles.iter().find(|role| role.name == name)?.id));
        found.unwrap_or_else(|| panic!("the guild has no role @{name}"))
    }

    /// What was sent over the gateway after the first `seen` events, and how many there were in all. An event that went
    /// over two connections counts twice; one that nobody asked for was not sent. Only the latest are kept.
    pub fn events(&self, seen: usize) -> (Vec<super::Event>, usize) {
        self.shared.read(|world| {
            let events = &world.sessions.events;
            (events.since(seen).cloned().collect(), events.count)
        })
    }

    /// See [`World::messages`].
    pub fn messages(&self, channel: Id) -> Vec<Message> {
        self.shared.read(|world| world.messages(channel))
    }

    /// See [`World::threads`].
    pub fn threads(&self, channel: Id) -> Vec<Thread> {
        self.shared.read(|world| world.threads(channel))
    }

    /// The names of a thread's members, sorted; nobody where there is no such thread.
    pub fn thread_members(&self, thread: Id) -> Vec<String> {
        self.shared.read(|world| world.thread(thread)).map(|thread| thread.members).unwrap_or_default()
    }

    /// The names of those whose Discord rang for a message, sorted.
    pub fn rung(&self, message: &Message) -> Vec<String> {
        self.shared.read(|world| world.rung_by(message))
    }

    /// How often a bot identified; Discord allows 1000 a day.
    pub fn identifies(&self) -> usize {
        self.shared.read(World::identifies)
    }

    /// How often a bot resumed a session.
    pub fn resumes(&self) -> usize {
        self.shared.read(World::resumes)
    }

    /// How many requests met a real 429; injected ones do not count.
    pub fn throttled(&self) -> usize {
        self.shared.read(|world| world.ledger.throttled)
    }

    /// What a correct bot would not have done: requests that Discord refuses whatever the circumstances, exchanges
    /// that do not fit Discord's API description, and interactions that the bot heard of and let expire.
    pub fn violations(&self) -> Vec<String> {
        let mut found = self.watch.spec.as_ref().map(|spec| spec.violations()).unwrap_or_default();
        self.shared.read(|world| {
            found.extend(world.complaints.iter().cloned());
            let expired = world.interactions.values();
            let expired = expired.filter(|record| record.heard && record.failed(world));
            found.extend(expired.map(|record| format!("{}: The application did not respond.", record.title(world))));
        });
        found
    }

    /// What should not be there when a test ends: violations, interactions that still think or wait, and faults that
    /// never happened.
    pub fn left_over(&self) -> Vec<String> {
        let mut found = self.violations();
        self.shared.read(|world| {
            let waiting = world.interactions.values();
            let waiting = waiting.filter(|record| record.acknowledged.is_none() && !record.failed(world));
            found.extend(waiting.map(|record| format!("{}: not answered yet", record.title(world))));
            let thinking = world.messages.values().filter(|message| message.loading);
            let of = |message: &Message| world.interactions.get(&message.interaction?);
            found.extend(thinking.filter_map(of).map(|record| format!("{}: still thinking", record.title(world))));
        });
        if !self.watch.faults.is_empty() {
            found.push("a fault was injected and never happened".to_owned());
        }
        found
    }
}

/// The button that a person means by its label or its custom id.
pub(crate) fn button<'a>(message: &'a Message, named: &str) -> Option<&'a Value> {
    components::all(&message.components)
        .filter(|component| component["type"] == components::BUTTON && component["custom_id"].is_string())
        .find(|button| button["label"] == named || button["custom_id"] == named)
}
