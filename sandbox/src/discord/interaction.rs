//! One interaction: from a person's act to the bot's answers, with the times that Discord sets.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;

use super::{id::Id, world::World};

pub(crate) const COMMAND: u64 = 2;
pub(crate) const COMPONENT: u64 = 3;
pub(crate) const AUTOCOMPLETE: u64 = 4;
pub(crate) const MODAL_SUBMIT: u64 = 5;

/// What Discord keeps about an interaction.
pub(crate) struct Record {
    pub(crate) id: Id,
    pub(crate) token: String,
    pub(crate) kind: u64,
    pub(crate) person: Id,
    pub(crate) channel: Id,
    /// What the gateway was sent.
    pub(crate) payload: Value,
    /// The message whose component was used, or from which the modal came.
    pub(crate) source: Option<Id>,
    pub(crate) asked: Instant,
    /// Whether a bot was connected to hear of it.
    pub(crate) heard: bool,
    pub(crate) acknowledged: Option<(Duration, Acknowledgement)>,
    /// What `@original` names.
    pub(crate) original: Option<Id>,
    /// The messages that answered it, in order, followups among them.
    pub(crate) answers: Vec<Id>,
}

/// How the bot took an interaction up.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Acknowledgement {
    /// With a message, or a change of the message it came from.
    Answered,
    /// "… is thinking", or a change of the message that is to come.
    Deferred,
    Choices(Vec<Value>),
    Modal(Value),
}

impl Record {
    /// Its first response is overdue; its person has read that the application did not respond.
    pub(crate) fn failed(&self, world: &World) -> bool {
        self.acknowledged.is_none() && self.asked.elapsed() > world.setup.answer_within
    }

    /// What people would call it: `/notify by Ana`.
    pub(crate) fn title(&self, world: &World) -> String {
        let data = &self.payload["data"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let what = match self.kind {
            COMMAND => format!("/{}", text(&data["name"])),
            AUTOCOMPLETE => format!("autocomplete of /{}", text(&data["name"])),
            COMPONENT => format!("click on {}", text(&data["custom_id"])),
            _ => format!("modal {}", text(&data["custom_id"])),
        };
        let person = world.guild.people.get(&self.person);
        format!("{what} by {}", person.map_or("somebody", |person| &person.name))
    }

    /// What a message that answers it says of it.
    pub(crate) fn metadata(&self, world: &World) -> Option<Value> {
        let mut metadata = json!({
            "id": self.id,
            "type": self.kind,
            "user": world.guild.user(self.person),
            "authorizing_integration_owners": { "0": world.guild.id },
        });
        match self.kind {
            COMMAND => {}
            COMPONENT => metadata["interacted_message_id"] = json!(self.source?),
            // Discord nests the interaction that opened the modal; nobody here reads it.
            _ => return None,
        }
        Some(metadata)
    }
}

impl World {
    /// A person acts: the interaction begins, and the gateway tells the bot.
    pub(crate) fn interact(&mut self, person: Id, channel: Id, kind: u64, data: &Value, source: Option<Id>) -> Id {
        let id = self.mint();
        let token = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let mut payload = json!({
            "id": id,
            "application_id": self.application(),
            "type": kind,
            "token": token,
            "version": 1,
            "guild_id": self.guild.id,
            "guild": { "id": self.guild.id, "locale": "en-GB", "features": [] },
            "channel_id": channel,
            "locale": "en-GB",
            "guild_locale": "en-GB",
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": { "0": self.guild.id },
            "context": 0,
            "attachment_size_limit": 10_485_760,
            "data": data,
        });
        if let Ok((place, permissions)) = self.seen_by(person, channel) {
            if let Some(member) = self.guild.people.get(&person) {
                payload["member"] = self.guild.member(member);
                payload["member"]["permissions"] = json!(permissions.to_string());
            }
            payload["channel"] = self.guild.channel(place, self.guild.bot);
            payload["channel"]["permissions"] = json!(permissions.to_string());
            let bots_own = self.guild.permissions(self.guild.bot, place);
            payload["app_permissions"] = json!(bots_own.to_string());
        }
        if let Some(message) = source.and_then(|id| self.messages.get(&id)) {
            payload["message"] = self.message_wire(message);
        }
        self.dispatch("INTERACTION_CREATE", &payload);
        let record = Record {
            id,
            token,
            kind,
            person,
            channel,
            payload,
            source,
            asked: Instant::now(),
            heard: self.sessions.connected(),
            acknowledged: None,
            original: None,
            answers: Vec::new(),
        };
        self.interactions.insert(id, record);
        id
    }
}
