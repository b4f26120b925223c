//! An interaction from the side of the person who began it: waiting for the answer, clicking on in it, filling modals.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    Discord, components,
    id::Id,
    interaction::{Acknowledgement, MODAL_SUBMIT, Record},
    message::{Button, Message},
    people::Refused,
    views::button,
    world::{Shared, World},
};

/// How long a person waits for the end of "… is thinking" before a test calls it a failure.
const PATIENCE: Duration = Duration::from_secs(20);

/// Something that a person asked of the bot.
#[derive(Clone)]
pub struct Interaction {
    shared: Shared,
    pub id: Id,
}

/// What the person reads.
#[derive(Clone, Debug)]
pub struct Answer {
    pub message_id: Id,
    pub content: String,
    pub embeds: Vec<Value>,
    pub components: Vec<Value>,
    /// Only the person who asked sees it.
    pub ephemeral: bool,
    /// How often it was edited after it first appeared; the end of "… is thinking" is no edit.
    pub edits: u32,
    message: Message,
}

/// A form that the bot opened.
#[derive(Clone, Debug)]
pub struct Modal {
    pub title: String,
    pub custom_id: String,
    pub fields: Vec<Field>,
}

/// A text input of a modal.
#[derive(Clone, Debug)]
pub struct Field {
    pub custom_id: String,
    pub label: String,
    /// What it is filled with already.
    pub value: String,
    pub required: bool,
    /// Several lines.
    pub paragraph: bool,
    /// In characters.
    pub max_length: Option<u64>,
    pub min_length: u64,
}

impl Interaction {
    pub(crate) fn new(shared: Shared, id: Id) -> Self {
        Self { shared, id }
    }

    /// Waits until the bot has deferred it ("… is thinking").
    ///
    /// # Errors
    /// Where it did not respond within 3 seconds, or responded otherwise.
    pub async fn wait_deferred(&self) -> Result<(), Refused> {
        match self.acknowledgement().await? {
            Acknowledgement::Deferred => Ok(()),
            other => Err(Refused(format!("the bot did not defer: {other:?}"))),
        }
    }

    /// Waits for the first answer: a message, a changed message, or what takes the place of "… is thinking".
    ///
    /// # Errors
    /// Where it did not respond within 3 seconds, or still thinks after 20.
    pub async fn wait_answer(&self) -> Result<Answer, Refused> {
        self.acknowledgement().await?;
        let found = self.shared.wait_for(PATIENCE, |world| self.answers(world).into_iter().next()).await;
        found.ok_or_else(|| Refused("the bot has not answered".to_owned()))
    }

    /// Waits until an answer says `text` in its content or embeds: the first one edited, or a followup.
    ///
    /// # Errors
    /// Where none does after 20 seconds; the error shows what they say.
    pub async fn wait_answer_containing(&self, text: &str) -> Result<Answer, Refused> {
        self.acknowledgement().await?;
        let says = |world: &World| self.answers(world).into_iter().find(|answer| answer.says(text));
        match self.shared.wait_for(PATIENCE, says).await {
            Some(answer) => Ok(answer),
            None => {
                let said = self.shared.read(|world| self.answers(world));
                let said: Vec<_> = said.iter().map(|answer| (&answer.content, &answer.embeds)).collect();
                Err(Refused(format!("no answer says {text:?}: {said:?}")))
            }
        }
    }

    /// The newest answer as it stands now.
    pub fn answer_now(&self) -> Option<Answer> {
        self.shared.read(|world| self.answers(world).pop())
    }

    /// The answers as the person reads them, without ids and times; see [`World::transcript`].
    pub fn transcript(&self) -> String {
        self.shared.read(|world| {
            let mut text = String::new();
            for answer in self.answers(world) {
                world.write_message(&mut text, &answer.message, "");
            }
            text
        })
    }

    /// Clicks a button of the newest answer, which may be ephemeral.
    ///
    /// # Errors
    /// Where there is no answer with such a button, or it is disabled.
    pub async fn click(&self, named: &str) -> Result<Self, Refused> {
        let answer = self.answer_now().ok_or_else(|| Refused("there is no answer yet".to_owned()))?;
        if button(&answer.message, named).is_none() {
            return Err(Refused(format!("the answer has no button {named:?}")));
        }
        self.member()?.click(answer.message.channel_id, answer.message_id, named).await
    }

    /// Waits for the modal that the bot opens.
    ///
    /// # Errors
    /// Where it did not respond within 3 seconds, or with something else.
    pub async fn modal(&self) -> Result<Modal, Refused> {
        match self.acknowledgement().await? {
            Acknowledgement::Modal(modal) => Ok(Modal::new(&modal)),
            other => Err(Refused(format!("the bot opened no modal: {other:?}"))),
        }
    }

    /// Fills the modal and submits it; fields that are not named keep what they hold.
    ///
    /// # Errors
    /// Where the bot opened none, or a field is unknown, required and empty, or of a wrong length.
    pub async fn submit_modal(&self, values: &[(&str, &str)]) -> Result<Self, Refused> {
        let modal = self.modal().await?;
        let rows = modal.filled(values)?;
        let id = self.shared.change(|world| {
            let record = self.record(world)?;
            let (person, channel, source) = (record.person, record.channel, record.source);
            world.may_interact(person, channel)?;
            let data = json!({ "custom_id": modal.custom_id, "components": rows });
            Ok(world.interact(person, channel, MODAL_SUBMIT, &data, source))
        })?;
        Ok(Self::new(self.shared.clone(), id))
    }

    /// How long the first response took; None before it.
    pub fn acknowledged_after(&self) -> Option<Duration> {
        self.shared.read(|world| {
            let record = world.interactions.get(&self.id)?;
            record.acknowledged.as_ref().map(|(after, _)| *after)
        })
    }

    pub(crate) async fn acknowledgement(&self) -> Result<Acknowledgement, Refused> {
        let limit = self.shared.read(|world| world.setup.answer_within);
        let taken_up = |world: &World| {
            let record = world.interactions.get(&self.id)?;
            record.acknowledged.as_ref().map(|(_, how)| how.clone())
        };
        // A little longer than Discord: what arrives late is refused there, not here.
        let found = self.shared.wait_for(limit + Duration::from_millis(100), taken_up).await;
        found.ok_or_else(|| Refused("The application did not respond.".to_owned()))
    }

    fn answers(&self, world: &World) -> Vec<Answer> {
        let Some(record) = world.interactions.get(&self.id) else {
            return Vec::new();
        };
        let messages = record.answers.iter().filter_map(|id| world.messages.get(id));
        messages.map(|message| Answer::new(message.clone())).collect()
    }

    fn record<'a>(&self, world: &'a World) -> Result<&'a Record, Refused> {
        world.interactions.get(&self.id).ok_or_else(|| Refused("there is no such interaction".to_owned()))
    }

    fn member(&self) -> Result<super::Member, Refused> {
        let person = self.shared.read(|world| self.record(world).map(|record| record.person))?;
        Ok(super::Member::of(&self.shared, person))
    }
}

impl Discord {
    /// What was asked under that id, and by whom.
    pub fn interaction(&self, id: Id) -> Option<(Interaction, String)> {
        let who = self.shared.read(|world| {
            let record = world.interactions.get(&id)?;
            Some(world.guild.people.get(&record.person)?.name.clone())
        });
        Some((Interaction::new(self.shared.clone(), id), who?))
    }

    /// Sends the same INTERACTION_CREATE again, as Discord may after a resume.
    pub fn redeliver(&self, interaction: &Interaction, times: usize) {
        self.shared.change(|world| {
            let known = world.interactions.get(&interaction.id);
            let payload = known.map(|record| record.payload.clone()).unwrap_or_default();
            for _ in 0..times {
                world.dispatch("INTERACTION_CREATE", &payload);
            }
        });
    }
}

impl Answer {
    fn new(message: Message) -> Self {
        Self {
            message_id: message.id,
            content: message.content.clone(),
            embeds: message.embeds.clone(),
            components: message.components.clone(),
            ephemeral: message.ephemeral(),
            edits: message.edits,
            message,
        }
    }

    /// Whether a text stands anywhere in its content or embeds.
    pub fn says(&self, text: &str) -> bool {
        self.message.says(text)
    }

    pub fn buttons(&self) -> Vec<Button> {
        self.message.buttons()
    }
}

impl Modal {
    fn new(wire: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let rows = wire["components"].as_array().map(Vec::as_slice).unwrap_or_default();
        let field = |input: &Value| Field {
            custom_id: text(&input["custom_id"]),
            label: text(&input["label"]),
            value: text(&input["value"]),
            // Text inputs are required unless the bot says otherwise.
            required: input["required"] != false,
            paragraph: input["style"] == 2,
            max_length: input["max_length"].as_u64(),
            min_length: input["min_length"].as_u64().unwrap_or(0),
        };
        Self {
            title: text(&wire["title"]),
            custom_id: text(&wire["custom_id"]),
            fields: components::all(rows).map(field).collect(),
        }
    }

    /// The rows of a submission.
    fn filled(&self, values: &[(&str, &str)]) -> Result<Vec<Value>, Refused> {
        let known = |id: &str| self.fields.iter().any(|field| field.custom_id == id);
        if let Some((stray, _)) = values.iter().find(|(id, _)| !known(id)) {
            return Err(Refused(format!("the modal has no field {stray:?}")));
        }
        let row = |(index, field): (usize, &Field)| {
            let typed = values.iter().find(|(id, _)| *id == field.custom_id);
            let value = typed.map_or(field.value.as_str(), |(_, value)| value);
            field.check(value)?;
            Ok(json!({
                "type": components::ROW,
                "id": 2 * index + 1,
                "components": [{
                    "type": components::TEXT_INPUT,
                    "id": 2 * index + 2,
                    "custom_id": field.custom_id,
                    "value": value,
                }],
            }))
        };
        self.fields.iter().enumerate().map(row).collect()
    }
}

impl Field {
    fn check(&self, value: &str) -> Result<(), Refused> {
        let length = value.chars().count() as u64;
        let most = self.max_length.unwrap_or(4000);
        let empty_is_fine = length == 0 && !self.required;
        let least = self.min_length.max(u64::from(self.required));
        if empty_is_fine || (least..=most).contains(&length) {
            Ok(())
        } else {
            let id = &self.custom_id;
            Err(Refused(format!("{id:?} holds {length} characters, not {least} to {most}")))
        }
    }
}
