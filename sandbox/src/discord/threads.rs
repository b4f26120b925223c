//! Threads and channels as things that live: started, joined, archived, locked, renamed, deleted.

use serde_json::{Value, json};

use super::{
    draft::{Draft, SUPPRESS_NOTIFICATIONS},
    error::ApiError,
    form::Form,
    guild::{Channel, PRIVATE_THREAD, PUBLIC_THREAD, ThreadState},
    id::{Id, timestamp_now},
    message,
    permissions::Permissions,
    posting::Post,
    world::World,
};

/// Minutes of quiet after which Discord offers to archive.
pub(crate) const AUTO_ARCHIVE: [u64; 4] = [60, 1440, 4320, 10080];

/// A thread that is asked for.
pub(crate) struct NewThread {
    name: String,
    auto_archive: u64,
    kind: u64,
}

impl NewThread {
    /// Reads the body of a request for a thread. Without a `type` Discord makes a private one, unless it starts from a
    /// message.
    ///
    /// # Errors
    /// 50035.
    pub(crate) fn read(body: &Value, from_message: bool) -> Result<Self, ApiError> {
        let mut form = Form::default();
        let name = form.required_text(body, "", "name", 1..=100).unwrap_or_default().to_owned();
        let auto_archive = form.choice(body, "", "auto_archive_duration", &AUTO_ARCHIVE);
        let kind = form.choice(body, "", "type", &[PUBLIC_THREAD, PRIVATE_THREAD]);
        if from_message && kind == Some(PRIVATE_THREAD) {
            let message = "A private thread cannot start from a message.";
            form.wrong("type", "BASE_TYPE_CHOICES", message);
        }
        form.integer(body, "", "rate_limit_per_user");
        form.finish()?;
        let usual = if from_message { PUBLIC_THREAD } else { PRIVATE_THREAD };
        Ok(Self { name, auto_archive: auto_archive.unwrap_or(4320), kind: kind.unwrap_or(usual) })
    }

    /// The permission that starting it takes.
    pub(crate) fn needs(&self) -> Permissions {
        if self.kind == PRIVATE_THREAD {
            Permissions::CREATE_PRIVATE_THREADS
        } else {
            Permissions::CREATE_PUBLIC_THREADS
        }
    }
}

/// What a PATCH asks of a thread.
#[derive(Default)]
pub(crate) struct ThreadChange {
    pub(crate) name: Option<String>,
    pub(crate) archived: Option<bool>,
    pub(crate) locked: Option<bool>,
    pub(crate) auto_archive: Option<u64>,
}

impl World {
    pub(crate) fn thread_state(&mut self, thread: Id) -> Option<&mut ThreadState> {
        self.guild.channels.get_mut(&thread)?.thread.as_mut()
    }

    /// Starts a thread in a text channel, from one of its messages or from nothing.
    ///
    /// # Errors
    /// 160004 where the message has, or had, a thread; 160006 when the guild has too many.
    pub(crate) fn start_thread(&mut self, parent: Id, from: Option<Id>, new: &NewThread) -> Result<Id, ApiError> {
        let owner = self.guild.bot;
        let starter = from.map(|id| self.messages.get(&id).ok_or(ApiError::UNKNOWN_MESSAGE)).transpose()?;
        if starter.is_some_and(|starter| starter.thread.is_some()) {
            return Err(ApiError::THREAD_EXISTS);
        }
        self.archive_silent();
        self.room_for_a_thread()?;
        let id = from.unwrap_or_else(|| self.mint());
        if let Some(starter) = from.and_then(|id| self.messages.get_mut(&id)) {
            starter.thread = Some(id);
        }
        let thread = Channel {
            id,
            kind: new.kind,
            name: new.name.clone(),
            position: 0,
            parent: Some(parent),
            overwrites: Vec::new(),
            last_message: None,
            thread: Some(ThreadState::new(owner, new.auto_archive, self.now())),
        };
        self.guild.channels.insert(id, thread);
        self.dispatch_new_thread(id);
        match from.and_then(|message| self.messages.get(&message).cloned()) {
            Some(starter) => {
                self.dispatch_message("MESSAGE_UPDATE", &starter);
                self.starter_line(id, parent, starter.id);
            }
            None if new.kind == PUBLIC_THREAD => {
                self.announce(message::THREAD_CREATED, parent, owner, &new.name, &[]);
            }
            None => {}
        }
        Ok(id)
    }

    /// Whether one more thread may be active.
    ///
    /// # Errors
    /// 160006.
    pub(crate) fn room_for_a_thread(&self) -> Result<(), ApiError> {
        let active = self.guild.threads().filter(|(_, thread)| !thread.archived).count();
        if active >= self.setup.max_active_threads { Err(ApiError::TOO_MANY_THREADS) } else { Ok(()) }
    }

    /// Archives the threads in which nobody has written for as long as each allows.
    pub(crate) fn archive_silent(&mut self) {
        let now = self.now();
        let silent = self.guild.threads().filter(|(_, thread)| thread.is_silent_at(now));
        let silent: Vec<Id> = silent.map(|(channel, _)| channel.id).collect();
        for thread in silent {
            let change = ThreadChange { archived: Some(true), ..ThreadChange::default() };
            self.change_thread(thread, self.guild.owner, change);
        }
    }

    /// Adds people to a thread; those who are members stay so.
    pub(crate) fn join_thread(&mut self, id: Id, people: &[Id]) {
        let Some(thread) = self.thread_state(id) else {
            return;
        };
        let mut joined = Vec::new();
        for person in people {
            if !thread.members.contains_key(person) {
                thread.members.insert(*person, timestamp_now());
                joined.push(*person);
            }
        }
        if !joined.is_empty() {
            self.dispatch_members(id, &joined, &[]);
        }
    }

    pub(crate) fn leave_thread(&mut self, id: Id, person: Id) {
        let left = self.thread_state(id).and_then(|thread| thread.members.remove(&person));
        if left.is_some() {
            self.dispatch_members(id, &[], &[person]);
        }
    }

    pub(crate) fn change_thread(&mut self, id: Id, by: Id, change: ThreadChange) {
        let renamed = change.name.filter(|name| {
            let known = self.guild.channels.get(&id);
            known.is_some_and(|channel| channel.name != *name)
        });
        if let Some(name) = &renamed {
            self.announce(message::CHANNEL_NAME_CHANGE, id, by, name, &[]);
        }
        let now = self.now();
        let Some(channel) = self.guild.channels.get_mut(&id) else {
            return;
        };
        if let Some(name) = renamed {
            channel.name = name;
        }
        if let Some(thread) = &mut channel.thread {
            thread.auto_archive = change.auto_archive.unwrap_or(thread.auto_archive);
            thread.locked = change.locked.unwrap_or(thread.locked);
            thread.archive(change.archived.unwrap_or(thread.archived), now);
        }
        self.dispatch_channel("THREAD_UPDATE", id);
    }

    /// Removes a channel or a thread and all in it. A message whose thread is deleted cannot start another.
    ///
    /// # Errors
    /// 10003.
    pub(crate) fn delete_channel(&mut self, id: Id) -> Result<Channel, ApiError> {
        let gone = self.guild.channels.remove(&id).ok_or(ApiError::UNKNOWN_CHANNEL)?;
        let threads: Vec<Id> = self
            .guild
            .threads()
            .filter(|(channel, _)| channel.parent == Some(id))
            .map(|(channel, _)| channel.id)
            .collect();
        for thread in &threads {
            self.guild.channels.remove(thread);
        }
        self.messages.retain(|_, message| message.channel_id != id && !threads.contains(&message.channel_id));
        if gone.thread.is_some() {
            let event = json!({
                "id": id, "guild_id": self.guild.id, "parent_id": gone.parent, "type": gone.kind,
            });
            self.dispatch("THREAD_DELETE", &event);
        } else {
            let event = self.guild.channel(&gone, self.guild.bot);
            self.dispatch("CHANNEL_DELETE", &event);
        }
        Ok(gone)
    }

    pub(crate) fn dispatch_channel(&mut self, event: &str, id: Id) {
        if let Some(channel) = self.guild.channels.get(&id) {
            let wire = self.guild.channel(channel, self.guild.bot);
            self.dispatch(event, &wire);
        }
    }

    fn dispatch_new_thread(&mut self, id: Id) {
        if let Some(channel) = self.guild.channels.get(&id) {
            let mut wire = self.guild.channel(channel, self.guild.bot);
            wire["newly_created"] = json!(true);
            self.dispatch("THREAD_CREATE", &wire);
        }
    }

    fn dispatch_members(&mut self, id: Id, joined: &[Id], left: &[Id]) {
        let Some(thread) = self.guild.channels.get(&id).and_then(|channel| channel.thread.as_ref()) else {
            return;
        };
        let added: Vec<Value> = joined.iter().filter_map(|person| thread.member(id, *person)).collect();
        let event = json!({
            "id": id,
            "guild_id": self.guild.id,
            "member_count": thread.members.len().min(50),
            "added_members": added,
            "removed_member_ids": left,
        });
        let about_bot = joined.contains(&self.guild.bot) || left.contains(&self.guild.bot);
        self.dispatch_thread_members(&event, about_bot);
    }

    /// The line at the top of a thread that points to the message it was started from.
    fn starter_line(&mut self, thread: Id, parent: Id, starter: Id) {
        let draft = Draft { flags: SUPPRESS_NOTIFICATIONS, ..Draft::default() };
        self.post(Post {
            kind: message::THREAD_STARTER,
            reference: Some((parent, starter)),
            ..Post::new(thread, self.guild.bot, draft)
        });
        // It counts neither as a message of the thread nor as its last one.
        if let Some(channel) = self.guild.channels.get_mut(&thread) {
            channel.last_message = None;
            if let Some(state) = &mut channel.thread {
                (state.messages, state.messages_ever) = (0, 0);
            }
        }
    }
}
