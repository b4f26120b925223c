//! A channel as a person reads it, without ids and times: fit to be kept in a test.

use std::fmt::Write;

use serde_json::Value;

use super::{
    Discord, components,
    id::Id,
    markup::{Piece, pieces},
    message::{self, Message},
    world::World,
};

/// One message as people read it.
#[derive(Clone, Debug)]
pub struct Shown {
    pub message: Message,
    /// The name of the channel or thread that it stands in.
    pub place: String,
    /// Its lines in a [transcript](World::transcript), without its thread.
    pub text: String,
}

impl Discord {
    /// See [`World::transcript`].
    pub fn transcript(&self, channel: Id) -> String {
        self.shared.read(|world| world.transcript(channel))
    }

    /// The messages of a channel and of its threads, oldest first, Discord's own lines included.
    pub fn shown(&self, channel: Id) -> Vec<Shown> {
        self.shared.read(|world| {
            let within = |place: Id| {
                let place = world.guild.channels.get(&place);
                place.filter(|place| place.id == channel || place.parent == Some(channel))
            };
            let messages = world.messages.values().filter(|message| !message.ephemeral());
            let shown = messages.filter_map(|message| {
                let place = within(message.channel_id)?.name.clone();
                let mut text = String::new();
                world.write_message(&mut text, message, "");
                Some(Shown { message: message.clone(), place, text })
            });
            shown.filter(|shown| !shown.text.is_empty()).collect()
        })
    }
}

impl World {
    /// The messages of a channel, oldest first, each with its embeds, its buttons, and its thread indented below it.
    ///
    /// ```text
    /// Threadline: #1042 (edited)
    ///   | State: queued
    ///   [Reply] [Close]
    ///   > #1042 (archived)
    ///     Ana: hello
    /// ```
    pub fn transcript(&self, channel: Id) -> String {
        let mut text = String::new();
        self.write_channel(&mut text, channel, "");
        let orphans = self.guild.threads().filter(|(thread, _)| {
            thread.parent == Some(channel) && !self.messages.values().any(|message| message.thread == Some(thread.id))
        });
        for (thread, _) in orphans {
            self.write_thread(&mut text, thread.id, "");
        }
        text
    }

    fn write_channel(&self, text: &mut String, channel: Id, indent: &str) {
        for message in self.visible(channel) {
            self.write_message(text, message, indent);
            if let Some(thread) = message.thread {
                self.write_thread(text, thread, &format!("{indent}  "));
            }
        }
    }

    fn write_thread(&self, text: &mut String, thread: Id, indent: &str) {
        let Some(found) = self.thread(thread) else {
            line(text, indent, "> (thread deleted)");
            return;
        };
        let mut state = String::new();
        for (holds, word) in [(found.archived, " (archived)"), (found.locked, " (locked)")] {
            if holds {
                state.push_str(word);
            }
        }
        line(text, indent, &format!("> {}{state}", found.name));
        self.write_channel(text, thread, &format!("{indent}  "));
    }

    pub(crate) fn write_message(&self, text: &mut String, message: &Message, indent: &str) {
        if !message.written() {
            if let Some(said) = self.own_line(message) {
                line(text, indent, &said);
            }
            return;
        }
        let edited = if message.edits > 0 { " (edited)" } else { "" };
        let content = if message.loading { "(thinking)".to_owned() } else { self.readable(&message.content) };
        let said = format!("{}: {content}{edited}", message.author);
        let mut lines = said.lines();
        line(text, indent, lines.next().unwrap_or_default());
        let below = format!("{indent}  ");
        for rest in lines {
            line(text, &below, rest);
        }
        for embed in &message.embeds {
            self.write_embed(text, embed, &format!("{below}| "));
        }
        for row in &message.components {
            line(text, &below, &row_of(row));
        }
        for (name, _) in &message.files {
            line(text, &below, &format!("({name})"));
        }
    }

    fn write_embed(&self, text: &mut String, embed: &Value, indent: &str) {
        let mut write = |value: &Value| {
            let found = self.readable(value.as_str().unwrap_or_default());
            for part in found.lines() {
                line(text, indent, part);
            }
        };
        write(&embed["author"]["name"]);
        write(&embed["title"]);
        write(&embed["description"]);
        for field in embed["fields"].as_array().into_iter().flatten() {
            let part = |key: &str| field[key].as_str().unwrap_or_default();
            write(&Value::from(format!("{}: {}", part("name"), part("value"))));
        }
        write(&embed["footer"]["text"]);
    }

    /// Discord's own lines; what a person does not see as one is none.
    fn own_line(&self, message: &Message) -> Option<String> {
        let about = message.pinged.people.iter().filter_map(|id| self.guild.people.get(id));
        let about = about.map(|person| person.name.as_str()).collect::<Vec<_>>().join(", ");
        match message.kind {
            message::RECIPIENT_ADD => Some(format!("* {} added {about} to the thread", message.author)),
            message::CHANNEL_NAME_CHANGE => {
                Some(format!("* {} renamed the thread: {}", message.author, message.content))
            }
            message::THREAD_CREATED => Some(format!("* {} started a thread: {}", message.author, message.content)),
            _ => None,
        }
    }

    /// A text with its mentions as people see them.
    fn readable(&self, text: &str) -> String {
        let linked = self.with_named_links(text);
        let mut readable = String::new();
        for piece in pieces(&linked) {
            match piece {
                Piece::Plain(plain) => readable.push_str(plain),
                Piece::Person(id) => {
                    let person = self.guild.people.get(&id);
                    readable.push('@');
                    readable.push_str(person.map_or("unknown-user", |person| &person.name));
                }
                Piece::Role(id) => {
                    readable.push('@');
                    readable.push_str(self.guild.role(id).map_or("deleted-role", |role| &role.name));
                }
                Piece::Channel(id) => {
                    let channel = self.guild.channels.get(&id);
                    let name = channel.map_or("unknown", |channel| channel.name.trim_start_matches('#'));
                    readable.push('#');
                    readable.push_str(name);
                }
                Piece::Moment => readable.push_str("(a moment)"),
            }
        }
        readable
    }

    /// Links into the guild (`https://discord.com/channels/…`) with names in place of ids.
    fn with_named_links(&self, text: &str) -> String {
        const LINK: &str = "https://discord.com/channels/";
        let mut parts = text.split(LINK);
        let mut named = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let path = part.split(|c: char| !c.is_ascii_digit() && c != '/').next().unwrap_or_default();
            let channel = path.split('/').nth(1).and_then(|id| id.parse().ok());
            let channel = channel.and_then(|id: Id| self.guild.channels.get(&id));
            let name = channel.map_or("unknown", |channel| channel.name.trim_start_matches('#'));
            let _ = write!(named, "(link to #{name}){}", &part[path.len()..]);
        }
        named
    }
}

fn row_of(row: &Value) -> String {
    let inner = row["components"].as_array().map(Vec::as_slice).unwrap_or_default();
    let one = |component: &Value| {
        let text = |key: &str| component[key].as_str().unwrap_or_default();
        let off = if component["disabled"] == true { " off" } else { "" };
        match component["type"].as_u64() {
            Some(components::BUTTON) => format!("[{}{off}]", text("label")),
            _ => format!("[select: {}{off}]", text("placeholder")),
        }
    };
    inner.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn line(text: &mut String, indent: &str, content: &str) {
    text.push_str(format!("{indent}{content}").trim_end());
    text.push('\n');
}
