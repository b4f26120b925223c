//! The bot's side of an interaction: its first response, and what it posts and edits with the token afterwards.

use serde_json::{Value, json};

use super::{
    components,
    draft::{Draft, EPHEMERAL},
    error::ApiError,
    form::Form,
    id::Id,
    interaction::{AUTOCOMPLETE, Acknowledgement, COMMAND, COMPONENT, MODAL_SUBMIT, Record},
    message,
    posting::Post,
    world::World,
};

const MESSAGE: u64 = 4;
const DEFERRED_MESSAGE: u64 = 5;
const DEFERRED_UPDATE: u64 = 6;
const UPDATE: u64 = 7;
const CHOICES: u64 = 8;
const MODAL: u64 = 9;

impl World {
    /// The first response to an interaction.
    ///
    /// # Errors
    /// 10062 where there is none such or its 3 seconds are over, 40060 the second time, 50035, 50006.
    pub(crate) fn respond(&mut self, id: Id, token: &str, body: &Value) -> Result<(), ApiError> {
        let known = self.interactions.get(&id).filter(|record| record.token == token);
        let record = known.ok_or(ApiError::UNKNOWN_INTERACTION)?;
        if record.acknowledged.is_some() {
            return Err(ApiError::ACKNOWLEDGED);
        }
        if record.failed(self) {
            return Err(ApiError::UNKNOWN_INTERACTION);
        }
        let mut form = Form::default();
        let kind = form.choice(body, "", "type", responses_to(record));
        if kind.is_none() {
            form.required("type");
        }
        form.finish()?;
        let source = record.source;
        let data = &body["data"];
        let (acknowledgement, original, answer) = match kind {
            Some(MESSAGE) => {
                let draft = Draft::read(data, "data")?;
                if draft.is_empty() {
                    return Err(ApiError::EMPTY_MESSAGE);
                }
                let message = self.answer(id, draft, false);
                (Acknowledgement::Answered, Some(message), Some(message))
            }
            Some(DEFERRED_MESSAGE) => {
                let draft = deferral(data)?;
                let message = self.answer(id, draft, true);
                (Acknowledgement::Deferred, Some(message), None)
            }
            Some(DEFERRED_UPDATE) => (Acknowledgement::Deferred, source, None),
            Some(UPDATE) => {
                let draft = Draft::read(data, "data")?;
                let message = source.ok_or(ApiError::UNKNOWN_MESSAGE)?;
                self.may_edit(message, &draft)?;
                self.edit(message, draft);
                (Acknowledgement::Answered, source, source)
            }
            Some(CHOICES) => (Acknowledgement::Choices(choices(data)?), None, None),
            _ => (Acknowledgement::Modal(modal(data)?), None, None),
        };
        if let Some(record) = self.interactions.get_mut(&id) {
            record.acknowledged = Some((record.asked.elapsed(), acknowledgement));
            record.original = original;
            record.answers.extend(answer);
        }
        Ok(())
    }

    /// What `?with_response=true` returns.
    pub(crate) fn response_wire(&self, id: Id, kind: &Value) -> Value {
        let Some(record) = self.interactions.get(&id) else {
            return Value::Null;
        };
        let mut wire = json!({
            "interaction": {
                "id": id,
                "type": record.kind,
                "channel_id": record.channel,
                "guild_id": self.guild.id,
            }
        });
        if let Some(message) = record.original.and_then(|id| self.messages.get(&id)) {
            wire["interaction"]["response_message_id"] = json!(message.id);
            wire["interaction"]["response_message_loading"] = json!(message.loading);
            wire["interaction"]["response_message_ephemeral"] = json!(message.ephemeral());
            // A deferral has nothing to show yet.
            if *kind == MESSAGE || *kind == UPDATE {
                wire["resource"] = json!({ "type": kind, "message": self.message_wire(message) });
            }
        }
        wire
    }

    /// The interaction whose token still works.
    ///
    /// # Errors
    /// 10015 where there is none, before its first response, and when its 15 minutes are over.
    pub(crate) fn by_token(&self, application: &str, token: &str) -> Result<&Record, ApiError> {
        let mut known = self.interactions.values();
        let record = known.find(|record| record.token == token);
        record
            .filter(|_| application == self.application().to_string())
            .filter(|record| record.acknowledged.is_some())
            .filter(|record| record.asked.elapsed() < self.setup.token_lifetime)
            .ok_or(ApiError::UNKNOWN_WEBHOOK)
    }

    /// The message that `@original` or an id names among an interaction's answers.
    ///
    /// # Errors
    /// 10015 and 10008.
    pub(crate) fn answer_named(&self, application: &str, token: &str, name: &str) -> Result<Id, ApiError> {
        let record = self.by_token(application, token)?;
        let id = if name == "@original" {
            record.original.ok_or(ApiError::UNKNOWN_WEBHOOK)?
        } else {
            let id = name.parse().map_err(|_| ApiError::UNKNOWN_MESSAGE)?;
            let own = record.original == Some(id) || record.answers.contains(&id);
            own.then_some(id).ok_or(ApiError::UNKNOWN_MESSAGE)?
        };
        self.messages.contains_key(&id).then_some(id).ok_or(ApiError::UNKNOWN_MESSAGE)
    }

    /// An edit with the token.
    ///
    /// # Errors
    /// See [`World::may_edit`].
    pub(crate) fn edit_answer(&mut self, token: &str, message: Id, draft: Draft) -> Result<(), ApiError> {
        self.may_edit(message, &draft)?;
        self.edit(message, draft);
        self.answered(token, message);
        Ok(())
    }

    /// A followup. The first one after "… is thinking" takes its place, and cannot change who sees it.
    ///
    /// # Errors
    /// 10015, 50006.
    pub(crate) fn follow_up(&mut self, application: &str, token: &str, draft: Draft) -> Result<Id, ApiError> {
        let record = self.by_token(application, token)?;
        if draft.is_empty() {
            return Err(ApiError::EMPTY_MESSAGE);
        }
        let interaction = record.id;
        let original = record.original.and_then(|id| self.messages.get(&id));
        let thinking = original.filter(|original| original.loading).map(|original| original.id);
        let id = match thinking {
            Some(id) => {
                self.edit(id, draft);
                id
            }
            None => self.answer(interaction, draft, false),
        };
        self.answered(token, id);
        Ok(id)
    }

    /// What an edit of the bot's own message meets.
    ///
    /// # Errors
    /// 10008, 50083 in an archived thread, 50006 where nothing would be left to see.
    pub(crate) fn may_edit(&self, message: Id, draft: &Draft) -> Result<(), ApiError> {
        let message = self.messages.get(&message).ok_or(ApiError::UNKNOWN_MESSAGE)?;
        if !message.ephemeral() && self.is_archived(message.channel_id) {
            return Err(ApiError::ARCHIVED);
        }
        let content = draft.content.as_ref().unwrap_or(&message.content);
        let embeds = draft.embeds.as_ref().unwrap_or(&message.embeds);
        let components = draft.components.as_ref().unwrap_or(&message.components);
        let files = message.files.len() + draft.files.len();
        if content.trim().is_empty() && embeds.is_empty() && components.is_empty() && files == 0 {
            return Err(ApiError::EMPTY_MESSAGE);
        }
        Ok(())
    }

    pub(crate) fn is_archived(&self, channel: Id) -> bool {
        let channel = self.guild.channels.get(&channel);
        channel.and_then(|channel| channel.thread.as_ref()).is_some_and(|thread| thread.archived)
    }

    fn answer(&mut self, interaction: Id, draft: Draft, loading: bool) -> Id {
        let Some(record) = self.interactions.get(&interaction) else {
            return interaction;
        };
        let first = record.acknowledged.is_none();
        let kind = if record.kind == COMMAND && first { message::COMMAND_ANSWER } else { message::DEFAULT };
        let post = Post {
            kind,
            interaction: Some(interaction),
            only_for: draft.has_flag(EPHEMERAL).then_some(record.person),
            loading,
            ..Post::new(record.channel, self.guild.bot, draft)
        };
        self.post(post)
    }

    fn answered(&mut self, token: &str, message: Id) {
        let mut known = self.interactions.values_mut();
        if let Some(record) = known.find(|record| record.token == token)
            && !record.answers.contains(&message)
        {
            record.answers.push(message);
        }
    }
}

/// Which first responses an interaction takes.
fn responses_to(record: &Record) -> &'static [u64] {
    match record.kind {
        COMMAND => &[MESSAGE, DEFERRED_MESSAGE, MODAL],
        COMPONENT => &[MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, MODAL],
        AUTOCOMPLETE => &[CHOICES],
        MODAL_SUBMIT if record.source.is_some() => &[MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE],
        _ => &[MESSAGE, DEFERRED_MESSAGE],
    }
}

/// A deferral says at most that its answer will be ephemeral.
fn deferral(data: &Value) -> Result<Draft, ApiError> {
    let mut form = Form::default();
    let flags = form.integer(data, "data", "flags").unwrap_or_default();
    if flags & !EPHEMERAL != 0 {
        let message = "Only the flag EPHEMERAL is valid here.";
        form.wrong("data.flags", "INTERACTION_DEFERRED_FLAGS", message);
    }
    form.finish()?;
    Ok(Draft { flags, ..Draft::default() })
}

fn choices(data: &Value) -> Result<Vec<Value>, ApiError> {
    let mut form = Form::default();
    if !data["choices"].is_array() {
        form.required("data.choices");
    }
    let choices = form.list(data, "data", "choices", 25);
    for (index, choice) in choices.iter().enumerate() {
        let at = format!("data.choices.{index}");
        form.required_text(choice, &at, "name", 1..=100);
        if !choice["value"].is_number() {
            form.required_text(choice, &at, "value", 1..=100);
        }
    }
    form.finish()?;
    Ok(choices.to_vec())
}

fn modal(data: &Value) -> Result<Value, ApiError> {
    let mut form = Form::default();
    let title = form.required_text(data, "data", "title", 1..=45).unwrap_or_default();
    let custom_id = form.required_text(data, "data", "custom_id", 1..=100).unwrap_or_default();
    let rows = components::modal_rows(&mut form, data, "data");
    form.finish()?;
    Ok(json!({ "title": title, "custom_id": custom_id, "components": rows }))
}
