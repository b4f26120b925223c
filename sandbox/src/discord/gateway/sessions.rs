//! Gateway sessions: what each was sent, so that it can be replayed, and who hears of what.

use std::{collections::VecDeque, time::SystemTime};

use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;
use uuid::Uuid;

use crate::discord::{
    id::Id,
    message::{Message, empty_text},
    setup::MESSAGE_CONTENT,
    world::World,
};

pub(crate) const GUILDS: u64 = 1;
pub(crate) const GUILD_MEMBERS: u64 = 1 << 1;
pub(crate) const GUILD_PRESENCES: u64 = 1 << 8;
pub(crate) const GUILD_MESSAGES: u64 = 1 << 9;
/// Intents that the portal must switch on.
pub(crate) const PRIVILEGED: u64 = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT;
/// Every intent that Discord knows.
pub(crate) const KNOWN: u64 = ((1 << 17) - 1) | (0b11 << 20) | (0b11 << 24);

/// What a connection is told to do.
pub(crate) enum Order {
    Send(Value),
    /// End the connection without a word.
    Drop,
    /// A close frame, with or without a code.
    Close(Option<u16>),
    /// Opcode 9: the session is over.
    Invalidate,
}

/// All sessions, and how often a bot identified.
#[derive(Default)]
pub(crate) struct Sessions {
    list: Vec<Session>,
    pub(crate) identifies: usize,
    pub(crate) resumes: usize,
    pub(crate) events: Events,
}

/// What went out over the gateway, the latest of it.
#[derive(Default)]
pub(crate) struct Events {
    /// How many there were in all.
    pub(crate) count: usize,
    latest: VecDeque<Event>,
}

/// One dispatch, as it went over one connection.
#[derive(Clone, Debug)]
pub struct Event {
    pub at: SystemTime,
    /// Such as `INTERACTION_CREATE`.
    pub name: String,
    pub data: Value,
}

/// How many events are remembered.
const EVENTS: usize = 500;

pub(crate) struct Session {
    pub(crate) id: String,
    intents: u64,
    /// Every dispatch so far; the first has the sequence number 1.
    sent: Vec<Value>,
    link: Option<UnboundedSender<Order>>,
}

impl Sessions {
    pub(crate) fn identify(&mut self, intents: u64, link: UnboundedSender<Order>) -> &mut Session {
        self.identifies += 1;
        self.list.push(Session {
            id: Uuid::new_v4().simple().to_string(),
            intents,
            sent: Vec::new(),
            link: Some(link),
        });
        let newest = self.list.len() - 1;
        &mut self.list[newest]
    }

    /// Takes a session over and sends again what came after `sequence`. False: there is no such session.
    pub(crate) fn resume(&mut self, id: &str, sequence: usize, link: UnboundedSender<Order>) -> bool {
        let known = self.list.iter_mut().find(|session| session.id == id);
        let Some(session) = known.filter(|session| sequence <= session.sent.len()) else {
            return false;
        };
        for missed in &session.sent[sequence..] {
            let _ = link.send(Order::Send(missed.clone()));
        }
        session.link = Some(link);
        session.send("RESUMED", &json!({}));
        self.resumes += 1;
        true
    }

    /// Forgets a session; it cannot be resumed.
    pub(crate) fn end(&mut self, id: &str) {
        self.list.retain(|session| session.id != id);
    }

    /// Forgets all sessions.
    pub(crate) fn forget(&mut self) {
        self.list.clear();
    }

    /// A connection has gone; its session waits to be resumed unless another connection has taken it over.
    pub(crate) fn disconnect(&mut self, id: &str, link: &UnboundedSender<Order>) {
        let session = self.list.iter_mut().find(|session| session.id == id);
        if let Some(session) = session
            && session.link.as_ref().is_some_and(|known| known.same_channel(link))
        {
            session.link = None;
        }
    }

    /// Gives an order to every connection that has a session; `order` makes one for each.
    pub(crate) fn order(&mut self, order: impl Fn() -> Order) {
        for link in self.list.iter().filter_map(|session| session.link.as_ref()) {
            let _ = link.send(order());
        }
    }

    pub(crate) fn connected(&self) -> bool {
        self.list.iter().any(|session| session.link.is_some())
    }
}

impl Session {
    pub(crate) fn send(&mut self, event: &str, data: &Value) {
        let sequence = self.sent.len() + 1;
        let frame = json!({ "op": 0, "t": event, "s": sequence, "d": data });
        if let Some(link) = &self.link {
            let _ = link.send(Order::Send(frame.clone()));
        }
        self.sent.push(frame);
    }

    fn asked_for(&self, intents: u64) -> bool {
        self.intents & intents == intents
    }
}

impl Events {
    /// Remembers a dispatch that was sent.
    pub(super) fn note(&mut self, frame: &Value) {
        if self.latest.len() == EVENTS {
            self.latest.pop_front();
        }
        self.count += 1;
        let name = frame["t"].as_str().unwrap_or_default().to_owned();
        self.latest.push_back(Event { at: SystemTime::now(), name, data: frame["d"].clone() });
    }

    /// Those of the latest that came after the first `seen`.
    pub(crate) fn since(&self, seen: usize) -> impl Iterator<Item = &Event> {
        let kept = self.count.saturating_sub(seen).min(self.latest.len());
        self.latest.iter().skip(self.latest.len() - kept)
    }
}

impl World {
    /// Tells every session that asked for it of an event.
    pub(crate) fn dispatch(&mut self, event: &str, data: &Value) {
        let needed = match event {
            "INTERACTION_CREATE" => 0,
            _ if event.starts_with("MESSAGE_") => GUILD_MESSAGES,
            _ => GUILDS,
        };
        self.hold_against_spec(event, data);
        for session in &mut self.sessions.list {
            if session.asked_for(needed) {
                session.send(event, data);
            }
        }
    }

    /// A message event; a session that did not ask for texts gets other people's messages without.
    pub(crate) fn dispatch_message(&mut self, event: &str, message: &Message) {
        // The bot does not hear of channels that it does not see.
        if self.seen_by(self.guild.bot, message.channel_id).is_err() {
            return;
        }
        let full = self.message_event(message);
        self.hold_against_spec(event, &full);
        let mut empty = full.clone();
        empty_text(&mut empty);
        let foreign = self.is_foreign(message);
        for session in &mut self.sessions.list {
            if session.asked_for(GUILD_MESSAGES) {
                let reads = !foreign || session.asked_for(MESSAGE_CONTENT);
                session.send(event, if reads { &full } else { &empty });
            }
        }
    }

    /// Without the intent for members a bot hears only of its own coming and going.
    pub(crate) fn dispatch_thread_members(&mut self, data: &Value, about_bot: bool) {
        for session in &mut self.sessions.list {
            if session.asked_for(GUILDS) && (about_bot || session.asked_for(GUILD_MEMBERS)) {
                session.send("THREAD_MEMBERS_UPDATE", data);
            }
        }
    }

    /// READY for a new session, then the guild.
    pub(crate) fn welcome(&mut self, intents: u64, link: UnboundedSender<Order>, url: &str) -> String {
        let application: Id = self.application();
        let guild = self.guild.id;
        let user = self.guild.user(self.guild.bot);
        let whole = self.guild_create();
        self.hold_against_spec("GUILD_CREATE", &whole);
        let session = self.sessions.identify(intents, link);
        let id = session.id.clone();
        session.send(
            "READY",
            &json!({
                "v": 10,
                "user": user,
                "guilds": [{ "id": guild, "unavailable": true }],
                "session_id": id,
                "session_type": "normal",
                "resume_gateway_url": url,
                "application": { "id": application, "flags": 0 },
            }),
        );
        if session.asked_for(GUILDS) {
            session.send("GUILD_CREATE", &whole);
        }
        id
    }

    /// Discord's description knows no events, but most of the objects in them.
    fn hold_against_spec(&self, event: &str, data: &Value) {
        let Some(spec) = &self.spec else {
            return;
        };
        let check = |schema: &str, value: &Value| {
            if !value.is_null() {
                spec.check_value(schema, value, &format!("event {event}"));
            }
        };
        let each = |schema: &str, key: &str| {
            data[key].as_array().into_iter().flatten().for_each(|value| check(schema, value));
        };
        match event {
            "MESSAGE_CREATE" | "MESSAGE_UPDATE" => check("MessageResponse", data),
            "THREAD_CREATE" | "THREAD_UPDATE" => check("ThreadResponse", data),
            "CHANNEL_UPDATE" | "CHANNEL_DELETE" => check("GuildChannelResponse", data),
            "GUILD_ROLE_UPDATE" => check("GuildRoleResponse", &data["role"]),
            "INTERACTION_CREATE" => {
                check("MessageResponse", &data["message"]);
                check("GuildMemberResponse", &data["member"]);
            }
            "GUILD_CREATE" => {
                each("GuildChannelResponse", "channels");
                each("ThreadResponse", "threads");
                each("GuildRoleResponse", "roles");
                each("GuildMemberResponse", "members");
            }
            _ => {}
        }
    }

    /// The guild as the gateway shows it: with the channels and active threads that the bot sees, and of its people
    /// the bot alone.
    fn guild_create(&self) -> Value {
        let bot = self.guild.bot;
        let sees = |id: Id| self.seen_by(bot, id).is_ok();
        let wire = |threads: bool| -> Vec<Value> {
            self.guild
                .channels
                .values()
                .filter(|channel| channel.thread.is_some() == threads && sees(channel.id))
                .filter(|channel| channel.thread.as_ref().is_none_or(|thread| !thread.archived))
                .map(|channel| self.guild.channel(channel, bot))
                .collect()
        };
        let own = self.guild.people.get(&bot);
        let mut whole = self.guild.wire();
        for (key, value) in [
            ("joined_at", json!(own.map(|own| own.joined.as_str()))),
            ("large", json!(false)),
            ("unavailable", json!(false)),
            ("member_count", json!(self.guild.people.len())),
            ("members", json!(own.map(|own| self.guild.member(own)).as_slice())),
            ("channels", json!(wire(false))),
            ("threads", json!(wire(true))),
            ("voice_states", json!([])),
            ("presences", json!([])),
            ("stage_instances", json!([])),
            ("guild_scheduled_events", json!([])),
            ("soundboard_sounds", json!([])),
        ] {
            whole[key] = value;
        }
        whole
    }
}
