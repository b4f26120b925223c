//! What people see in Discord's client, as data for a page that draws it. Nothing is hidden by permissions.

use serde::Serialize;
use serde_json::Value;

use super::{
    Discord,
    id::Id,
    interaction::{AUTOCOMPLETE, Acknowledgement, Record},
    message::{self, Message},
    world::World,
};

/// The guild and who is in it.
#[derive(Clone, Debug, Serialize)]
pub struct GuildView {
    pub name: String,
    pub bot: Author,
    /// Without bots, and without the owner, who does nothing here; in the order in which they came.
    pub people: Vec<Person>,
    pub roles: Vec<Role>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Person {
    pub id: Id,
    pub name: String,
    /// By name, without the one that everybody has.
    pub roles: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Role {
    pub id: Id,
    pub name: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct Author {
    pub id: Id,
    pub name: String,
    pub bot: bool,
}

/// A message as people see it.
#[derive(Clone, Debug, Serialize)]
pub struct Seen {
    pub id: Id,
    /// Discord's message type.
    pub kind: u64,
    pub author: Author,
    /// Unix milliseconds.
    pub at: u64,
    pub edited: bool,
    pub content: String,
    pub embeds: Vec<Value>,
    pub components: Vec<Value>,
    /// The thread that was started from it, if it is still there.
    pub thread: Option<Id>,
    /// Whose Discord rang for it.
    pub rung: Vec<String>,
    /// Whom or what one of Discord's own lines is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

/// What one person asked of the bot, as far as only that person sees it.
#[derive(Clone, Debug, Serialize)]
pub struct Private {
    #[serde(rename = "for")]
    pub person: String,
    pub interaction: Id,
    /// The channel or thread.
    pub place: Id,
    /// Unix milliseconds.
    pub at: u64,
    /// `/notify`, or what else it was.
    pub asked: String,
    pub state: PrivateState,
    pub messages: Vec<Seen>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PrivateState {
    /// The bot has not responded yet.
    Waiting,
    /// "… is thinking."
    Thinking,
    /// "The application did not respond."
    Failed,
    Answered,
}

impl Discord {
    pub fn guild(&self) -> GuildView {
        self.shared.read(World::guild_view)
    }

    /// The registered commands, as they go over the wire.
    pub fn commands(&self) -> Vec<Value> {
        self.shared.read(|world| world.commands.clone())
    }

    /// Whether a bot is connected to the gateway and has identified.
    pub fn connected(&self) -> bool {
        self.shared.read(World::connected)
    }

    /// What stands in a channel or thread, Discord's own lines included, oldest first.
    pub fn seen(&self, place: Id) -> Vec<Seen> {
        self.shared.read(|world| world.visible(place).map(|message| world.seen_as(message)).collect())
    }

    /// What single people see, oldest first. Commands that were answered in public are not among it.
    pub fn private(&self) -> Vec<Private> {
        self.shared.read(|world| world.interactions.values().filter_map(|record| world.private_of(record)).collect())
    }
}

impl World {
    fn guild_view(&self) -> GuildView {
        let roles_of = |person: Id| self.guild.roles_of(person).filter(|role| role.id != self.guild.id);
        let people =
            self.guild.people.values().filter(|person| !person.bot && person.id != self.guild.owner).map(|person| {
                Person {
                    id: person.id,
                    name: person.name.clone(),
                    roles: roles_of(person.id).map(|role| role.name.clone()).collect(),
                }
            });
        let roles = self.guild.roles.iter().filter(|role| role.id != self.guild.id);
        GuildView {
            name: self.guild.name.clone(),
            bot: self.author(self.guild.bot, "the bot"),
            people: people.collect(),
            roles: roles.map(|role| Role { id: role.id, name: role.name.clone() }).collect(),
        }
    }

    fn author(&self, id: Id, name: &str) -> Author {
        let person = self.guild.people.get(&id);
        let name = person.map_or(name, |person| &person.name).to_owned();
        Author { id, name, bot: person.is_some_and(|person| person.bot) }
    }

    fn seen_as(&self, message: &Message) -> Seen {
        let card = message.reference.filter(|_| message.kind == message::THREAD_STARTER);
        // A thread begins with the message that it was started from; its buttons stand there.
        let shown = card.and_then(|(_, id)| self.messages.get(&id)).unwrap_or(message);
        let name_of = |id: &Id| self.guild.people.get(id).map(|person| person.name.clone());
        let subject = match message.kind {
            message::RECIPIENT_ADD => {
                Some(message.pinged.people.iter().filter_map(name_of).collect::<Vec<_>>().join(", "))
            }
            message::CHANNEL_NAME_CHANGE => Some(message.content.clone()),
            _ => None,
        };
        Seen {
            id: message.id,
            kind: message.kind,
            author: self.author(message.author_id, &message.author),
            at: message.id.millis(),
            edited: message.edited.is_some(),
            content: shown.content.clone(),
            embeds: shown.embeds.clone(),
            components: if card.is_some() { Vec::new() } else { message.components.clone() },
            thread: message.thread.filter(|thread| self.guild.channels.contains_key(thread)),
            rung: self.rung_by(message),
            subject,
        }
    }

    fn private_of(&self, record: &Record) -> Option<Private> {
        if record.kind == AUTOCOMPLETE {
            return None;
        }
        let own = |id: Option<&Id>| {
            let message = id.and_then(|id| self.messages.get(id));
            message.filter(|message| message.ephemeral() && record.source != Some(message.id))
        };
        let answers: Vec<_> = record.answers.iter().filter_map(|id| own(Some(id))).collect();
        let state = match &record.acknowledged {
            None if record.failed(self) => PrivateState::Failed,
            None => PrivateState::Waiting,
            Some(_) if !answers.is_empty() => PrivateState::Answered,
            Some((_, Acknowledgement::Deferred)) => {
                own(record.original.as_ref()).filter(|message| message.loading).map(|_| PrivateState::Thinking)?
            }
            Some(_) => return None,
        };
        let title = record.title(self);
        Some(Private {
            person: self.guild.people.get(&record.person)?.name.clone(),
            interaction: record.id,
            place: record.channel,
            at: record.id.millis(),
            asked: title.split(" by ").next().unwrap_or(&title).to_owned(),
            state,
            messages: answers.into_iter().map(|message| self.seen_as(message)).collect(),
        })
    }
}
