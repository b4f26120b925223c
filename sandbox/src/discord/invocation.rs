//! Using a slash command: what Discord's own client checks before the bot hears of it.

use serde_json::{Value, json};

use super::{
    commands::{BOOLEAN, INTEGER, NUMBER, STRING},
    guild::Guild,
    id::Id,
    people::Refused,
    permissions::Permissions,
    world::World,
};

const USER: u64 = 6;
const CHANNEL: u64 = 7;
const ROLE: u64 = 8;

impl World {
    /// The `data` of a command's interaction. With `focused`, that option is being typed and nothing is required yet.
    pub(crate) fn invocation(
        &self,
        person: Id,
        name: &str,
        given: &[(String, String)],
        focused: Option<&str>,
    ) -> Result<Value, Refused> {
        let known = self.commands.iter().find(|command| command["name"] == name);
        let command = known.ok_or_else(|| Refused(format!("/{name} is not a registered command")))?;
        self.may_use(person, command)?;
        let known = command["options"].as_array().map(Vec::as_slice).unwrap_or_default();
        if let Some((stray, _)) = given.iter().find(|(key, _)| !known.iter().any(|option| option["name"] == **key)) {
            return Err(Refused(format!("/{name} has no option {stray}")));
        }
        let mut options = Vec::new();
        for option in known {
            let key = option["name"].as_str().unwrap_or_default();
            match given.iter().find(|(given, _)| given == key) {
                Some((_, typed)) if focused == Some(key) => {
                    if option["autocomplete"] != true {
                        return Err(Refused(format!("/{name} {key} does not autocomplete")));
                    }
                    options.push(json!({ "name": key, "type": option["type"], "value": typed, "focused": true }));
                }
                Some((_, typed)) => {
                    let value =
                        value(&self.guild, option, typed).map_err(|why| Refused(format!("/{name} {key}: {why}")))?;
                    options.push(json!({ "name": key, "type": option["type"], "value": value }));
                }
                None if option["required"] == true && focused.is_none() => {
                    return Err(Refused(format!("/{name} needs the option {key}")));
                }
                None => {}
            }
        }
        let mut data = json!({
            "id": command["id"],
            "name": name,
            "type": command["type"],
            "guild_id": self.guild.id,
            "options": options,
        });
        if let Some(resolved) = self.resolved(&options) {
            data["resolved"] = resolved;
        }
        Ok(data)
    }

    fn may_use(&self, person: Id, command: &Value) -> Result<(), Refused> {
        let Some(bits) = command["default_member_permissions"].as_str() else {
            return Ok(());
        };
        let own = self.guild.base_permissions(person);
        let needed = Permissions::from_bits(bits.parse().unwrap_or(0));
        // "0" leaves administrators alone.
        let allowed = own.contains(Permissions::ADMINISTRATOR) || (needed != Permissions::NONE && own.contains(needed));
        allowed.then_some(()).ok_or_else(|| Refused(format!("{} is not offered to them", command["name"])))
    }

    /// The people, roles and channels that options name.
    fn resolved(&self, options: &[Value]) -> Option<Value> {
        let mut resolved = json!({});
        for option in options {
            let text = option["value"].as_str().unwrap_or_default();
            let Ok(id) = text.parse::<Id>() else {
                continue;
            };
            match option["type"].as_u64() {
                Some(USER) => {
                    resolved["users"][text] = self.guild.user(id);
                    if let Some(person) = self.guild.people.get(&id) {
                        resolved["members"][text] = self.guild.member(person);
                        resolved["members"][text]["permissions"] = json!(self.guild.base_permissions(id).to_string());
                    }
                }
                Some(ROLE) => {
                    resolved["roles"][text] = self.guild.role(id).map(|role| self.guild.role_wire(role))?;
                }
                Some(CHANNEL) => {
                    let channel = self.guild.channels.get(&id)?;
                    resolved["channels"][text] = self.guild.channel(channel, self.guild.bot);
                    resolved["channels"][text]["permissions"] = json!("0");
                }
                _ => {}
            }
        }
        (resolved != json!({})).then_some(resolved)
    }
}

/// What a person types, as the type of an option wants it; people, roles and channels by name or id.
fn value(guild: &Guild, option: &Value, typed: &str) -> Result<Value, String> {
    let kind = option["type"].as_u64().unwrap_or_default();
    if let Some(choices) = option["choices"].as_array() {
        let picked = choices.iter().find(|choice| choice["name"] == typed || written(&choice["value"]) == typed);
        return picked.map(|choice| choice["value"].clone()).ok_or_else(|| format!("{typed:?} is not a choice"));
    }
    let id = |found: Option<Id>| {
        let found = found.or_else(|| typed.parse().ok());
        found.map(|id| json!(id)).ok_or_else(|| format!("nothing is called {typed:?}"))
    };
    match kind {
        STRING => {
            let length = typed.chars().count() as u64;
            let least = option["min_length"].as_u64().unwrap_or(0);
            let most = option["max_length"].as_u64().unwrap_or(6000);
            if (least..=most).contains(&length) {
                Ok(json!(typed))
            } else {
                Err(format!("{length} characters, not {least} to {most}"))
            }
        }
        INTEGER => number(option, typed.parse::<i64>().map_err(|_| format!("{typed:?} is no integer"))?.into()),
        NUMBER => number(option, json!(typed.parse::<f64>().map_err(|_| format!("{typed:?} is no number"))?)),
        BOOLEAN => typed.parse::<bool>().map(Value::from).map_err(|_| format!("{typed:?} is not true or false")),
        USER => id(guild.people.values().find(|person| person.name == typed).map(|person| person.id)),
        ROLE => id(guild.roles.iter().find(|role| role.name == typed).map(|role| role.id)),
        CHANNEL => id(guild.channels.values().find(|channel| channel.name == typed).map(|channel| channel.id)),
        _ => Err("the sandbox does not simulate options of this type".to_owned()),
    }
}

fn number(option: &Value, value: Value) -> Result<Value, String> {
    let found = value.as_f64().unwrap_or_default();
    let least = option["min_value"].as_f64().unwrap_or(f64::MIN);
    let most = option["max_value"].as_f64().unwrap_or(f64::MAX);
    if (least..=most).contains(&found) { Ok(value) } else { Err(format!("{found} is not between {least} and {most}")) }
}

fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
