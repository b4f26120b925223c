//! The slash commands: how they are offered, and whether they stand in Discord as they should.

use serde::Deserialize;
use serde_json::Value;
use serenity::all::CommandOptionType;
use serenity::builder::{CreateCommand, CreateCommandOption};
use serenity::http::{LightMethod, Route};

use super::error::RestError;
use super::rest::{Rest, with_body};
use crate::domain::ids::GuildId;
use crate::wording::commands as wording;

/// Vonage takes at most 3,200 characters; ten parts of plain text are what a person can be expected to read.
pub(super) const MAX_TEXT: u16 = 1600;
const MAX_NAME: u16 = 60;
/// Room for a number as people write it: `+44 (0) 7700 900 123`.
const MAX_NUMBER: u16 = 30;
/// `#` and as many digits as a conversation's number can have.
const MAX_CONVERSATION: u16 = 20;
/// As long as a choice of an autocompleted option may be.
const MAX_TEMPLATE: u16 = 100;
const MAX_REASON: u16 = 200;

/// Makes the guild offer exactly our commands. Returns whether anything had to be changed.
///
/// They belong to the guild, so they are offered nowhere else.
///
/// # Errors
/// Refused with code 50001 where the bot was invited without the scope `applications.commands`.
pub async fn register(rest: &Rest, guild: GuildId) -> Result<bool, RestError> {
    let wanted = wanted();
    let application_id = rest.me().await?.application;
    let route = Route::GuildCommands { application_id, guild_id: guild.into() };
    let registered: Vec<Value> = rest.get("get_commands", route).await?;
    if same(&wanted, &registered) {
        return Ok(false);
    }
    rest.perform("put_commands", with_body(route, LightMethod::Put, &wanted)).await?;
    Ok(true)
}

/// What is offered: only what is built.
fn wanted() -> Vec<CreateCommand> {
    vec![
        CreateCommand::new("notify")
            .description(wording::NOTIFY)
            .add_option(text("number", wording::NOTIFY_NUMBER, MAX_NUMBER).required(true))
            .add_option(text("template", wording::NOTIFY_TEMPLATE, MAX_TEMPLATE).set_autocomplete(true))
            .add_option(text("text", wording::NOTIFY_TEXT, MAX_TEXT))
            .add_option(text("name", wording::NOTIFY_NAME, MAX_NAME)),
        CreateCommand::new("reply")
            .description(wording::REPLY)
            .add_option(text("text", wording::REPLY_TEXT, MAX_TEXT).required(true)),
        CreateCommand::new("close").description(wording::CLOSE),
        CreateCommand::new("reopen").description(wording::REOPEN).add_option(text(
            "number",
            wording::REOPEN_NUMBER,
            MAX_CONVERSATION,
        )),
        about("optout", wording::OPT_OUT).add_option(text("reason", wording::REASON, MAX_REASON)),
        about("block", wording::BLOCK).add_option(text("reason", wording::REASON, MAX_REASON)),
        about("unblock", wording::UNBLOCK).add_option(text("reason", wording::REASON, MAX_REASON)),
        about("consent", wording::CONSENT),
        CreateCommand::new("status").description(wording::STATUS),
    ]
}

/// A command about a customer.
fn about(name: &str, description: &str) -> CreateCommand {
    CreateCommand::new(name).description(description).add_option(text("number", wording::ABOUT_NUMBER, MAX_NUMBER))
}

fn text(name: &str, description: &str, max_length: u16) -> CreateCommandOption {
    CreateCommandOption::new(CommandOptionType::String, name, description).max_length(max_length)
}

/// What makes two commands the same: all that we set. The rest is Discord's (ids, versions, what it adds later).
#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Shape {
    name: String,
    #[serde(default = "slash_command", rename = "type")]
    kind: u8,
    #[serde(default)]
    description: String,
    #[serde(default)]
    options: Vec<OptionShape>,
    #[serde(default)]
    default_member_permissions: Option<String>,
    #[serde(default)]
    nsfw: bool,
}

#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct OptionShape {
    name: String,
    #[serde(rename = "type")]
    kind: u8,
    description: String,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    autocomplete: bool,
    min_length: Option<u16>,
    max_length: Option<u16>,
    #[serde(default)]
    choices: Vec<ChoiceShape>,
}

#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct ChoiceShape {
    name: String,
}

const fn slash_command() -> u8 {
    1
}

/// The order of commands does not matter, that of options does. What cannot be read is not the same.
fn same(wanted: &[CreateCommand], registered: &[Value]) -> bool {
    let wanted = wanted.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>();
    let shapes = |commands: &[Value]| {
        let mut shapes = commands.iter().map(Shape::deserialize).collect::<Result<Vec<_>, _>>().ok()?;
        shapes.sort();
        Some(shapes)
    };
    let wanted = wanted.ok().and_then(|wanted| shapes(&wanted));
    wanted.is_some() && wanted == shapes(registered)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// As Discord gives them back: in another order, with what it adds, without what is at its default.
    fn registered() -> Vec<Value> {
        let mut commands: Vec<Value> = wanted().iter().map(|command| serde_json::to_value(command).unwrap()).collect();
        commands.reverse();
        for (id, command) in commands.iter_mut().enumerate() {
            let fields = command.as_object_mut().unwrap();
            fields.retain(|_, value| *value != json!([]) && *value != json!({}) && *value != json!(false));
            fields.insert("id".into(), json!(id.to_string()));
            fields.insert("type".into(), json!(1));
            fields.insert("version".into(), json!("77"));
            fields.insert("default_member_permissions".into(), Value::Null);
            fields.insert("contexts".into(), Value::Null);
            for option in fields.get_mut("options").and_then(Value::as_array_mut).into_iter().flatten() {
                option.as_object_mut().unwrap().retain(|_, value| *value != json!(false) && *value != json!([]));
            }
        }
        commands
    }

    #[test]
    fn what_discord_gives_back_is_the_same() {
        assert!(same(&wanted(), &registered()));
    }

    #[test]
    fn every_difference_counts() {
        assert!(!same(&wanted(), &[]));
        let at = |name| registered().iter().position(|command| command["name"] == name).unwrap();
        let changed = |pointer: &str, value: Value| {
            let mut commands = Value::from(registered());
            *commands.pointer_mut(pointer).unwrap() = value;
            same(&wanted(), commands.as_array().unwrap())
        };
        assert!(!changed("/0/description", json!("Old words")));
        assert!(!changed(&format!("/{}/options/0/max_length", at("notify")), json!(20)));
        assert!(!changed(&format!("/{}/options/0/required", at("notify")), json!(false)));
        assert!(!changed("/0/default_member_permissions", json!("0")));
        assert!(!changed("/0/type", json!(2)));
        let mut more = registered();
        more.push(json!({ "name": "queue", "description": "Unbuilt", "type": 1 }));
        assert!(!same(&wanted(), &more));
    }

    #[test]
    fn discord_would_take_them() {
        for command in wanted() {
            let command = serde_json::to_value(command).unwrap();
            let length = |value: &Value| value.as_str().unwrap().chars().count();
            assert!((1..=100).contains(&length(&command["description"])));
            for option in command["options"].as_array().unwrap() {
                assert!((1..=100).contains(&length(&option["description"])), "{option}");
            }
        }
    }
}
