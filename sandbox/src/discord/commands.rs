//! Slash commands: what Discord lets a bot register.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    error::ApiError,
    form::{Form, join},
    id::Id,
    world::World,
};

pub(crate) const STRING: u64 = 3;
pub(crate) const INTEGER: u64 = 4;
pub(crate) const BOOLEAN: u64 = 5;
pub(crate) const NUMBER: u64 = 10;
const SUBCOMMAND: u64 = 1;
const SUBCOMMAND_GROUP: u64 = 2;
const CHAT_INPUT: u64 = 1;

/// Names, descriptions and choice values of one command, in characters.
const TOTAL: usize = 8000;

impl World {
    /// Replaces all commands (PUT); one with a known name keeps its id.
    ///
    /// # Errors
    /// 50035.
    pub(crate) fn replace_commands(&mut self, body: &Value) -> Result<(), ApiError> {
        let Some(wanted) = body.as_array() else {
            let mut form = Form::default();
            form.wrong("", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType");
            return form.finish();
        };
        let mut form = Form::default();
        if wanted.len() > 100 {
            form.wrong("", "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.");
        }
        let mut names = BTreeSet::new();
        for (index, command) in wanted.iter().enumerate() {
            let at = index.to_string();
            check(&mut form, command, &at);
            if !names.insert(command["name"].as_str()) {
                let message = "Application command names must be unique";
                form.wrong(&at, "APPLICATION_COMMANDS_DUPLICATE_NAME", message);
            }
        }
        form.finish()?;
        let commands = wanted.iter().map(|command| self.registered(command)).collect();
        self.commands = commands;
        Ok(())
    }

    /// Adds a command, or replaces the one of its name (POST). True: it is new.
    ///
    /// # Errors
    /// 50035.
    pub(crate) fn add_command(&mut self, body: &Value) -> Result<(Value, bool), ApiError> {
        let mut form = Form::default();
        check(&mut form, body, "");
        form.finish()?;
        let command = self.registered(body);
        let known = self.commands.iter().position(|known| known["name"] == command["name"]);
        match known {
            Some(at) => self.commands[at] = command.clone(),
            None => self.commands.push(command.clone()),
        }
        Ok((command, known.is_none()))
    }

    /// Changes a command (PATCH).
    ///
    /// # Errors
    /// 10063, 50035.
    pub(crate) fn change_command(&mut self, id: Id, body: &Value) -> Result<Value, ApiError> {
        let at = self.command_at(id)?;
        let mut whole = self.commands[at].clone();
        for (key, value) in body.as_object().into_iter().flatten() {
            whole[key] = value.clone();
        }
        let mut form = Form::default();
        check(&mut form, &whole, "");
        form.finish()?;
        whole["version"] = json!(self.mint());
        self.commands[at] = whole.clone();
        Ok(whole)
    }

    /// Where a command stands in the list.
    ///
    /// # Errors
    /// 10063.
    pub(crate) fn command_at(&self, id: Id) -> Result<usize, ApiError> {
        let at = self.commands.iter().position(|known| known["id"] == json!(id));
        at.ok_or(ApiError::UNKNOWN_COMMAND)
    }

    /// A command as it goes back over the wire.
    fn registered(&mut self, command: &Value) -> Value {
        let known = self.commands.iter().find(|known| known["name"] == command["name"]);
        let id = known.map_or(Value::Null, |known| known["id"].clone());
        let fresh = self.mint();
        json!({
            "id": if id.is_null() { json!(fresh) } else { id },
            "application_id": self.application(),
            "guild_id": self.guild.id,
            "version": fresh,
            "type": command.get("type").filter(|kind| !kind.is_null()).unwrap_or(&json!(CHAT_INPUT)),
            "name": command["name"],
            "name_localizations": command["name_localizations"],
            "description": command["description"],
            "description_localizations": command["description_localizations"],
            "default_member_permissions": command["default_member_permissions"],
            "contexts": command["contexts"],
            "integration_types": [0],
            "nsfw": command["nsfw"] == true,
            "options": as_returned(command.get("options").unwrap_or(&json!([]))),
        })
    }
}

fn check(form: &mut Form, command: &Value, at: &str) {
    form.choice(command, at, "type", &[CHAT_INPUT]);
    named(form, command, at);
    form.text(command, at, "default_member_permissions", 1..=20);
    options(form, command, at, 0);
    if texts(command) > TOTAL {
        let message = format!("Command exceeds maximum size ({TOTAL})");
        form.wrong(at, "APPLICATION_COMMAND_TOO_LARGE", message);
    }
}

fn named(form: &mut Form, thing: &Value, at: &str) {
    let name = form.required_text(thing, at, "name", 1..=32);
    let fits = |name: &str| {
        name.chars().all(|c| matches!(c, '-' | '_' | '\'') || c.is_alphanumeric()) && name.to_lowercase() == name
    };
    if name.is_some_and(|name| !fits(name)) {
        let message = "Command name is invalid";
        form.wrong(&join(at, "name"), "APPLICATION_COMMAND_INVALID_NAME", message);
    }
    form.required_text(thing, at, "description", 1..=100);
}

/// Options of a command, a group or a subcommand; `above` is the type of the option that holds them, 0 in a command.
fn options(form: &mut Form, of: &Value, at: &str, above: u64) {
    let path = join(at, "options");
    let list = form.list(of, at, "options", 25);
    let mut names = BTreeSet::new();
    let mut optional_seen = false;
    for (index, option) in list.iter().enumerate() {
        let at = join(&path, &index.to_string());
        named(form, option, &at);
        let Some(kind) = form.choice(option, &at, "type", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) else {
            form.required(&join(&at, "type"));
            continue;
        };
        if !names.insert(option["name"].as_str()) {
            let message = "Application command options names must be unique";
            form.wrong(&at, "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", message);
        }
        let required = form.boolean(option, &at, "required").unwrap_or_default();
        if required && optional_seen {
            let message = "Required options must be placed before non-required options";
            form.wrong(&at, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message);
        }
        optional_seen |= !required;
        match kind {
            // A group stands at the top, a subcommand at the top or in a group.
            SUBCOMMAND if above != SUBCOMMAND => options(form, option, &at, kind),
            SUBCOMMAND_GROUP if above == 0 => options(form, option, &at, kind),
            SUBCOMMAND | SUBCOMMAND_GROUP => {
                let message = "Sub-command option types are not allowed here";
                form.wrong(&at, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message);
            }
            _ => values(form, option, &at, kind),
        }
    }
}

/// What limits the values of one option.
fn values(form: &mut Form, option: &Value, at: &str, kind: u64) {
    let completes = form.boolean(option, at, "autocomplete").unwrap_or_default();
    let choices = form.list(option, at, "choices", 25);
    let takes_choices = matches!(kind, STRING | INTEGER | NUMBER);
    if (completes || !choices.is_empty()) && !takes_choices {
        let message = "Options of this type take neither choices nor autocomplete";
        form.wrong(at, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message);
    }
    if completes && !choices.is_empty() {
        let message = "Choices and autocomplete cannot both be set";
        form.wrong(at, "APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE", message);
    }
    let mut names = BTreeSet::new();
    for (index, choice) in choices.iter().enumerate() {
        let at = format!("{at}.choices.{index}");
        form.required_text(choice, &at, "name", 1..=100);
        if kind == STRING {
            form.required_text(choice, &at, "value", 1..=100);
        } else if !choice["value"].is_number() {
            let message = format!("Value \"{}\" is not a number.", choice["value"]);
            form.wrong(&join(&at, "value"), "NUMBER_TYPE_COERCE", message);
        }
        if !names.insert(choice["name"].as_str()) {
            let message = "Choice names must be unique";
            form.wrong(&at, "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_INVALID", message);
        }
    }
    for (key, least, most) in [("min_length", 0, 6000), ("max_length", 1, 6000)] {
        if let Some(length) = form.integer(option, at, key)
            && (kind != STRING || !(least..=most).contains(&length))
        {
            let message = format!("int value should be between {least} and {most}, for a string.");
            form.wrong(&join(at, key), "NUMBER_TYPE_MAX", message);
        }
    }
}

/// Discord leaves out of options what says nothing: nulls, `false`, and empty lists and maps.
fn as_returned(value: &Value) -> Value {
    let says_something = |value: &Value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::Array(list) => !list.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        _ => true,
    };
    match value {
        Value::Array(list) => list.iter().map(as_returned).collect(),
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(_, value)| says_something(value));
            kept.map(|(key, value)| (key.clone(), as_returned(value))).collect()
        }
        other => other.clone(),
    }
}

fn texts(of: &Value) -> usize {
    let length = |key: &str| of[key].as_str().map_or(0, |text| text.chars().count());
    let inner = ["options", "choices"].into_iter().filter_map(|key| of[key].as_array());
    length("name") + length("description") + length("value") + inner.flatten().map(texts).sum::<usize>()
}
