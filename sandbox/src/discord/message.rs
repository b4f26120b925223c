//! A message: what tests see of it, and how it looks on the wire.

use serde_json::{Value, json};

use super::{
    components,
    draft::{EPHEMERAL, LOADING},
    id::Id,
    world::World,
};

/// Somebody wrote it.
pub(crate) const DEFAULT: u64 = 0;
/// Discord says who was added to a thread.
pub(crate) const RECIPIENT_ADD: u64 = 1;
/// Discord says that a thread was renamed.
pub(crate) const CHANNEL_NAME_CHANGE: u64 = 4;
/// Discord says that a thread was started without a message.
pub(crate) const THREAD_CREATED: u64 = 18;
pub(crate) const REPLY: u64 = 19;
/// The answer to a slash command.
pub(crate) const COMMAND_ANSWER: u64 = 20;
/// The first thing in a thread that was started from a message.
pub(crate) const THREAD_STARTER: u64 = 21;

const HAS_THREAD: u64 = 1 << 5;

/// A message as it stands now.
#[derive(Clone, Debug)]
pub struct Message {
    pub id: Id,
    pub channel_id: Id,
    pub author_id: Id,
    /// The author's name.
    pub author: String,
    /// Discord's message type; 0, 19 and 20 are what people and bots write.
    pub kind: u64,
    pub content: String,
    pub embeds: Vec<Value>,
    /// Action rows, as they go over the wire.
    pub components: Vec<Value>,
    /// How often it was edited.
    pub edits: u32,
    /// Whom it called when it was posted.
    pub pinged: Pinged,
    /// The thread that was started from it, deleted or not.
    pub thread: Option<Id>,
    /// Set on ephemeral messages: who alone sees it.
    pub only_for: Option<Id>,
    pub nonce: Option<Value>,
    pub(crate) loading: bool,
    pub(crate) silent: bool,
    pub(crate) edited: Option<String>,
    pub(crate) reference: Option<(Id, Id)>,
    /// The interaction that it answers.
    pub(crate) interaction: Option<Id>,
    pub(crate) files: Vec<(String, usize)>,
}

/// Whom a message called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pinged {
    pub people: Vec<Id>,
    pub roles: Vec<Id>,
    pub everyone: bool,
}

impl Pinged {
    pub fn nobody(&self) -> bool {
        *self == Self::default()
    }
}

/// A button as a person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    pub label: String,
    pub custom_id: String,
    pub disabled: bool,
}

impl Message {
    /// The message that this one is a reply to.
    pub fn answered(&self) -> Option<Id> {
        self.reference.map(|(_, message)| message)
    }

    /// The buttons that can be clicked, in order; links are not among them.
    pub fn buttons(&self) -> Vec<Button> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        components::all(&self.components)
            .filter(|component| component["type"] == components::BUTTON)
            .filter(|button| !button["custom_id"].is_null())
            .map(|button| Button {
                label: text(&button["label"]),
                custom_id: text(&button["custom_id"]),
                disabled: button["disabled"] == true,
            })
            .collect()
    }

    /// Whether a text stands anywhere in its content or embeds.
    pub fn says(&self, text: &str) -> bool {
        self.content.contains(text) || self.embeds.iter().any(|embed| holds(embed, text))
    }

    pub fn ephemeral(&self) -> bool {
        self.only_for.is_some()
    }

    /// Whether people and bots wrote it, not Discord itself.
    pub fn written(&self) -> bool {
        matches!(self.kind, DEFAULT | REPLY | COMMAND_ANSWER)
    }
}

fn holds(value: &Value, text: &str) -> bool {
    match value {
        Value::String(found) => found.contains(text),
        Value::Array(list) => list.iter().any(|inner| holds(inner, text)),
        Value::Object(fields) => fields.values().any(|inner| holds(inner, text)),
        _ => false,
    }
}

impl World {
    /// A message as REST shows it to the bot.
    pub(crate) fn message_wire(&self, message: &Message) -> Value {
        let mut flags = 0;
        if message.thread.is_some() {
            flags |= HAS_THREAD;
        }
        if message.ephemeral() {
            flags |= EPHEMERAL;
        }
        if message.loading {
            flags |= LOADING;
        }
        let people = message.pinged.people.iter();
        let mut wire = json!({
            "id": message.id,
            "channel_id": message.channel_id,
            "type": message.kind,
            "author": self.guild.user(message.author_id),
            "content": message.content,
            "timestamp": message.id.timestamp(),
            "edited_timestamp": message.edited,
            "tts": false,
            "pinned": false,
            "mention_everyone": message.pinged.everyone,
            "mentions": people.map(|person| self.guild.user(*person)).collect::<Vec<_>>(),
            "mention_roles": message.pinged.roles,
            "attachments": files(message),
            "embeds": message.embeds,
            "components": message.components,
            "flags": flags,
        });
        if let Some(nonce) = &message.nonce {
            wire["nonce"] = nonce.clone();
        }
        if let Some((channel, referenced)) = message.reference {
            wire["message_reference"] = json!({
                "type": 0, "channel_id": channel, "message_id": referenced, "guild_id": self.guild.id,
            });
        }
        if let Some(thread) = message.thread.and_then(|id| self.guild.channels.get(&id)) {
            wire["thread"] = self.guild.channel(thread, self.guild.bot);
        }
        if let Some(interaction) = message.interaction.and_then(|id| self.interactions.get(&id)) {
            wire["webhook_id"] = json!(self.application());
            wire["application_id"] = json!(self.application());
            if let Some(metadata) = interaction.metadata(self) {
                wire["interaction_metadata"] = metadata;
            }
        }
        self.without_foreign_text(message, wire)
    }

    /// A message as the gateway sends it: with its guild and its author's membership.
    pub(crate) fn message_event(&self, message: &Message) -> Value {
        let mut wire = self.message_wire(message);
        wire["guild_id"] = json!(self.guild.id);
        if let Some(person) = self.guild.people.get(&message.author_id) {
            let mut member = self.guild.member(person);
            if let Some(fields) = member.as_object_mut() {
                fields.remove("user");
            }
            wire["member"] = member;
        }
        wire
    }

    /// Without the privileged intent other people's texts arrive empty, over REST as over the gateway, unless they
    /// mention the bot.
    fn without_foreign_text(&self, message: &Message, mut wire: Value) -> Value {
        let may_read = self.setup.privileged_intents & super::setup::MESSAGE_CONTENT != 0;
        if !may_read && self.is_foreign(message) {
            empty_text(&mut wire);
        }
        wire
    }

    /// Whether the bot has no part in a message.
    pub(crate) fn is_foreign(&self, message: &Message) -> bool {
        message.author_id != self.guild.bot && !message.pinged.people.contains(&self.guild.bot)
    }
}

/// Takes from a message on the wire what the MESSAGE_CONTENT intent would have shown.
pub(crate) fn empty_text(wire: &mut Value) {
    wire["content"] = json!("");
    for key in ["embeds", "attachments", "components"] {
        wire[key] = json!([]);
    }
}

fn files(message: &Message) -> Vec<Value> {
    let files = message.files.iter().enumerate();
    files
        .map(|(index, (name, size))| {
            let id = Id::new(message.id.get() + index as u64);
            let url = format!("https://cdn.discordapp.com/attachments/{}/{id}/{name}", message.channel_id);
            json!({ "id": id, "filename": name, "size": size, "url": url, "proxy_url": url })
        })
        .collect()
}
