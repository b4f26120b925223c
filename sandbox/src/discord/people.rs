//! Simulated people: what a member of the guild does in Discord's client.

use std::fmt;

use serde_json::{Value, json};

use super::{
    Discord,
    asked::Interaction,
    components,
    draft::Draft,
    error::ApiError,
    id::Id,
    interaction::{AUTOCOMPLETE, Acknowledgement, COMMAND, COMPONENT},
    permissions::Permissions,
    posting::Post,
    views::button,
    world::{Shared, World},
};

/// Discord's client did not let somebody do it, or the bot did not do what was waited for; the reason as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub String);

/// A person in the guild.
#[derive(Clone)]
pub struct Member {
    shared: Shared,
    pub id: Id,
    pub name: String,
}

impl Discord {
    /// # Panics
    /// Where the setup names no such person.
    pub fn member(&self, name: &str) -> Member {
        let id = self.shared.read(|world| {
            let mut people = world.guild.people.values();
            people.find(|person| person.name == name).map(|person| person.id)
        });
        let id = id.unwrap_or_else(|| panic!("the guild has nobody called {name}"));
        Member::of(&self.shared, id)
    }
}

impl Member {
    pub(crate) fn of(shared: &Shared, id: Id) -> Self {
        let name = shared.read(|world| world.guild.people.get(&id).map(|person| person.name.clone()));
        Self { shared: shared.clone(), id, name: name.unwrap_or_default() }
    }

    /// Uses a slash command. People, roles and channels in options are given by name or id.
    ///
    /// # Errors
    /// Where Discord's client would not send it: not registered, not seen, an archived thread, a wrong option.
    pub async fn command<'a>(
        &self,
        channel: Id,
        name: &str,
        options: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Interaction, Refused> {
        let given = owned(options);
        self.act(|world| {
            world.may_interact(self.id, channel)?;
            let data = world.invocation(self.id, name, &given, None)?;
            Ok(world.interact(self.id, channel, COMMAND, &data, None))
        })
    }

    /// Types `partial` into an option that autocompletes, and returns the choices offered: name and value.
    ///
    /// # Errors
    /// As for [`Member::command`], and where the bot offers nothing in time.
    pub async fn autocomplete<'a>(
        &self,
        channel: Id,
        name: &str,
        option: &str,
        partial: &str,
        others: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Vec<(String, String)>, Refused> {
        let mut given = owned(others);
        given.push((option.to_owned(), partial.to_owned()));
        let asked = self.act(|world| {
            world.may_interact(self.id, channel)?;
            let data = world.invocation(self.id, name, &given, Some(option))?;
            Ok(world.interact(self.id, channel, AUTOCOMPLETE, &data, None))
        })?;
        let Acknowledgement::Choices(choices) = asked.acknowledgement().await? else {
            return Err(Refused("the bot offered no choices".to_owned()));
        };
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Ok(choices.iter().map(|choice| (text(&choice["name"]), text(&choice["value"]))).collect())
    }

    /// Clicks a button, named by its label or its custom id.
    ///
    /// # Errors
    /// Where there is no such message, no such button, it is disabled, or the thread is archived.
    pub async fn click(&self, channel: Id, message: Id, named: &str) -> Result<Interaction, Refused> {
        self.act(|world| {
            world.may_interact(self.id, channel)?;
            let found = world.component_of(self.id, channel, message)?;
            let Some(button) = button(found, named) else {
                return Err(Refused(format!("the message has no button {named:?}")));
            };
            if button["disabled"] == true {
                return Err(Refused(format!("the button {named:?} is disabled")));
            }
            let data = json!({
                "component_type": components::BUTTON, "custom_id": button["custom_id"], "id": button["id"],
            });
            Ok(world.interact(self.id, channel, COMPONENT, &data, Some(message)))
        })
    }

    /// Picks values in a select, named by its custom id.
    ///
    /// # Errors
    /// Where there is no such message, no such select, or it does not offer the values.
    pub async fn select(
        &self,
        channel: Id,
        message: Id,
        custom_id: &str,
        values: &[&str],
    ) -> Result<Interaction, Refused> {
        self.act(|world| {
            world.may_interact(self.id, channel)?;
            let found = world.component_of(self.id, channel, message)?;
            let select = components::all(&found.components).find(|component| {
                component["type"] == components::STRING_SELECT && component["custom_id"] == custom_id
            });
            let Some(select) = select.filter(|select| select["disabled"] != true) else {
                return Err(Refused(format!("the message has no select {custom_id:?}")));
            };
            let options = select["options"].as_array().map(Vec::as_slice).unwrap_or_default();
            let offered = |value: &&str| options.iter().any(|option| option["value"] == **value);
            if let Some(stray) = values.iter().find(|value| !offered(value)) {
                return Err(Refused(format!("{custom_id:?} does not offer {stray:?}")));
            }
            let data = json!({
                "component_type": components::STRING_SELECT,
                "custom_id": custom_id,
                "id": select["id"],
                "values": values,
            });
            Ok(world.interact(self.id, channel, COMPONENT, &data, Some(message)))
        })
    }

    /// Writes into a channel or thread.
    ///
    /// # Errors
    /// Where they may not, or the text is empty or longer than 2000 characters.
    pub fn post(&self, channel: Id, text: &str) -> Result<Id, Refused> {
        self.shared.change(|world| {
            let draft = Draft::read(&json!({ "content": text }), "").map_err(|error| refused(&error))?;
            world.may_post(self.id, channel, &draft).map_err(|error| refused(&error))?;
            Ok(world.post(Post::new(channel, self.id, draft)))
        })
    }

    fn act(&self, act: impl FnOnce(&mut World) -> Result<Id, Refused>) -> Result<Interaction, Refused> {
        let id = self.shared.change(act)?;
        Ok(Interaction::new(self.shared.clone(), id))
    }
}

impl World {
    /// Whether a person can use commands and components in a place.
    pub(crate) fn may_interact(&self, person: Id, channel: Id) -> Result<(), Refused> {
        let (channel, permissions) = self.seen_by(person, channel).map_err(|error| refused(&error))?;
        if !permissions.contains(Permissions::USE_APPLICATION_COMMANDS) {
            return Err(Refused("they may not use application commands there".to_owned()));
        }
        match &channel.thread {
            Some(thread) if thread.archived => Err(Refused("the thread is archived".to_owned())),
            _ => Ok(()),
        }
    }

    fn component_of(&self, person: Id, channel: Id, id: Id) -> Result<&super::Message, Refused> {
        let found = self.messages.get(&id).filter(|message| message.channel_id == channel);
        found
            .filter(|message| message.only_for.is_none_or(|only| only == person))
            .ok_or_else(|| Refused("they see no such message".to_owned()))
    }
}

pub(crate) fn refused(error: &ApiError) -> Refused {
    Refused(error.to_string())
}

fn owned<'a>(options: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
    let pairs = options.into_iter();
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Refused {}
