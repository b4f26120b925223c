//! Posting, editing and deleting messages, whoever does it, and whom that calls.

use std::time::Instant;

use serde_json::{Value, json};

use super::{
    draft::{Allowed, Draft, SUPPRESS_NOTIFICATIONS},
    error::ApiError,
    form::Form,
    id::{Id, timestamp_now},
    markup::{Piece, calls_everyone, pieces},
    message::{self, Message, Pinged},
    permissions::Permissions,
    world::World,
};

/// A nonce that `enforce_nonce` remembers.
pub(crate) struct Nonce {
    author: Id,
    nonce: Value,
    message: Id,
    used: Instant,
}

/// A message on its way into a channel.
pub(crate) struct Post {
    pub(crate) channel: Id,
    pub(crate) author: Id,
    pub(crate) kind: u64,
    pub(crate) draft: Draft,
    pub(crate) interaction: Option<Id>,
    pub(crate) only_for: Option<Id>,
    pub(crate) loading: bool,
    /// Whom one of Discord's own lines is about.
    pub(crate) about: Vec<Id>,
    /// The channel and message that it points to.
    pub(crate) reference: Option<(Id, Id)>,
}

impl Post {
    pub(crate) fn new(channel: Id, author: Id, draft: Draft) -> Self {
        let reference = draft.reference.map(|(answered, _)| (channel, answered));
        let kind = if reference.is_some() { message::REPLY } else { message::DEFAULT };
        Self {
            channel,
            author,
            kind,
            draft,
            interaction: None,
            only_for: None,
            loading: false,
            about: Vec::new(),
            reference,
        }
    }
}

impl World {
    /// What somebody's message to a channel meets.
    ///
    /// # Errors
    /// 10003, 50001, 50013, 50024, 160006 in an archived thread that there is no room for, 160005 in a locked thread, 50006 for nothing at all, 50035 for an answer to nothing.
    pub(crate) fn may_post(&self, author: Id, channel: Id, draft: &Draft) -> Result<(), ApiError> {
        let (channel, permissions) = self.seen_by(author, channel)?;
        let mut needed = match &channel.thread {
            Some(_) => Permissions::SEND_MESSAGES_IN_THREADS,
            None => Permissions::SEND_MESSAGES,
        };
        if draft.embeds.as_ref().is_some_and(|embeds| !embeds.is_empty()) {
            needed = needed | Permissions::EMBED_LINKS;
        }
        if !draft.files.is_empty() {
            needed = needed | Permissions::ATTACH_FILES;
        }
        if !permissions.contains(needed) {
            return Err(ApiError::MISSING_PERMISSIONS);
        }
        if channel.thread.as_ref().is_some_and(|thread| thread.archived) {
            // It would wake.
            self.room_for_a_thread()?;
        }
        let locked = channel.thread.as_ref().is_some_and(|thread| thread.locked);
        if locked && !permissions.contains(Permissions::MANAGE_THREADS) {
            return Err(ApiError::LOCKED);
        }
        if draft.is_empty() {
            return Err(ApiError::EMPTY_MESSAGE);
        }
        let answered = draft.reference.filter(|(_, strict)| *strict);
        let gone =
            answered.is_some_and(|(id, _)| self.messages.get(&id).is_none_or(|found| found.channel_id != channel.id));
        let mut form = Form::default();
        if gone {
            form.wrong("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message");
        }
        form.finish()
    }

    /// The message that this nonce made before, if `enforce_nonce` still remembers it.
    ///
    /// # Errors
    /// 10008 where that message has been deleted since: then nothing new is made either.
    pub(crate) fn made_before(&mut self, author: Id, draft: &Draft) -> Result<Option<Id>, ApiError> {
        let window = self.setup.nonce_window;
        self.nonces.retain(|known| known.used.elapsed() < window);
        let Some(nonce) = draft.nonce.as_ref().filter(|_| draft.enforce_nonce) else {
            return Ok(None);
        };
        let known = self.nonces.iter().find(|known| known.author == author && same_nonce(&known.nonce, nonce));
        match known {
            None => Ok(None),
            Some(known) if self.messages.contains_key(&known.message) => Ok(Some(known.message)),
            Some(_) => Err(ApiError::UNKNOWN_MESSAGE),
        }
    }

    /// Puts a message into a channel that exists: an archived thread wakes, the author and whom it calls join a
    /// thread, and everybody hears of it unless it is ephemeral.
    pub(crate) fn post(&mut self, post: Post) -> Id {
        let id = self.mint();
        let draft = post.draft;
        let content = draft.content.unwrap_or_default();
        let silent = draft.flags & SUPPRESS_NOTIFICATIONS != 0;
        let mut pinged = match post.only_for {
            None => self.pinged(post.author, post.channel, &content, &draft.allowed),
            Some(_) => Pinged::default(),
        };
        pinged.people.extend(post.about);
        if let Some(nonce) = &draft.nonce {
            self.nonces.push(Nonce { author: post.author, nonce: nonce.clone(), message: id, used: Instant::now() });
        }
        let author = self.guild.people.get(&post.author);
        let message = Message {
            id,
            channel_id: post.channel,
            author_id: post.author,
            author: author.map(|author| author.name.clone()).unwrap_or_default(),
            kind: post.kind,
            content,
            embeds: draft.embeds.unwrap_or_default(),
            components: draft.components.unwrap_or_default(),
            edits: 0,
            pinged,
            thread: None,
            only_for: post.only_for,
            nonce: draft.nonce,
            loading: post.loading,
            silent,
            edited: None,
            reference: post.reference,
            interaction: post.interaction,
            files: draft.files,
        };
        self.messages.insert(id, message.clone());
        if message.only_for.is_none() {
            self.arrive(&message);
        }
        id
    }

    /// A line that Discord itself writes into a channel, in somebody's name and about somebody. It rings nowhere.
    pub(crate) fn announce(&mut self, kind: u64, channel: Id, author: Id, content: &str, about: &[Id]) -> Id {
        let draft = Draft { content: Some(content.to_owned()), flags: SUPPRESS_NOTIFICATIONS, ..Draft::default() };
        self.post(Post { kind, about: about.to_vec(), ..Post::new(channel, author, draft) })
    }

    /// Changes what the draft speaks of. An edit calls nobody.
    pub(crate) fn edit(&mut self, id: Id, draft: Draft) {
        let Some(message) = self.messages.get_mut(&id) else {
            return;
        };
        // The first edit of "… is thinking" is its answer, not an edit.
        if std::mem::take(&mut message.loading) {
            message.edited = None;
        } else {
            message.edits += 1;
            message.edited = Some(timestamp_now());
        }
        if let Some(content) = draft.content {
            message.content = content;
        }
        if let Some(embeds) = draft.embeds {
            message.embeds = embeds;
        }
        if let Some(components) = draft.components {
            message.components = components;
        }
        message.files.extend(draft.files);
        let message = message.clone();
        if message.only_for.is_none() {
            self.dispatch_message("MESSAGE_UPDATE", &message);
        }
    }

    /// Removes a message. A thread that was started from it stays.
    ///
    /// # Errors
    /// 10008 where there is none.
    pub(crate) fn delete_message(&mut self, channel: Id, id: Id) -> Result<(), ApiError> {
        let known = self.messages.get(&id).filter(|found| found.channel_id == channel);
        let ephemeral = known.ok_or(ApiError::UNKNOWN_MESSAGE)?.ephemeral();
        self.messages.remove(&id);
        if let Some(thread) = self.thread_state(channel) {
            thread.messages = thread.messages.saturating_sub(1);
        }
        if !ephemeral {
            let gone = json!({ "id": id, "channel_id": channel, "guild_id": self.guild.id });
            self.dispatch("MESSAGE_DELETE", &gone);
        }
        Ok(())
    }

    /// The names of those whose Discord rang for a message, sorted.
    pub(crate) fn rung_by(&self, message: &Message) -> Vec<String> {
        let pinged = &message.pinged;
        let called = |person: &Id, roles: &[Id]| {
            pinged.everyone || pinged.people.contains(person) || pinged.roles.iter().any(|role| roles.contains(role))
        };
        if message.silent {
            return Vec::new();
        }
        let people = self.guild.people.values();
        let rung = people
            .filter(|person| person.id != message.author_id && called(&person.id, &person.roles))
            .filter(|person| self.seen_by(person.id, message.channel_id).is_ok());
        let mut names: Vec<String> = rung.map(|person| person.name.clone()).collect();
        names.sort();
        names
    }

    fn arrive(&mut self, message: &Message) {
        if let Some(channel) = self.guild.channels.get_mut(&message.channel_id) {
            channel.last_message = Some(message.id);
        }
        let now = self.now();
        let was_archived = self.thread_state(message.channel_id).map(|thread| {
            thread.active = now;
            thread.messages += 1;
            thread.messages_ever += 1;
            std::mem::take(&mut thread.archived)
        });
        if was_archived == Some(true) {
            self.dispatch_channel("THREAD_UPDATE", message.channel_id);
        }
        if was_archived.is_some() {
            let joining = self.joining(message);
            self.join_thread(message.channel_id, &joining);
        }
        self.dispatch_message("MESSAGE_CREATE", message);
    }

    /// Who becomes a member of a thread by a message in it: its author, whom it calls, and the holders of a role that
    /// it calls.
    fn joining(&self, message: &Message) -> Vec<Id> {
        let holders = self
            .guild
            .people
            .values()
            .filter(|person| person.roles.iter().any(|role| message.pinged.roles.contains(role)));
        let called = message.pinged.people.iter().copied();
        std::iter::once(message.author_id)
            .chain(called)
            .chain(holders.map(|person| person.id))
            .filter(|person| self.seen_by(*person, message.channel_id).is_ok())
            .collect()
    }

    fn pinged(&self, author: Id, channel: Id, content: &str, allowed: &Allowed) -> Pinged {
        let may_call_all = self
            .seen_by(author, channel)
            .is_ok_and(|(_, permissions)| permissions.contains(Permissions::MENTION_EVERYONE));
        let mut pinged =
            Pinged { everyone: allowed.everyone && may_call_all && calls_everyone(content), ..Pinged::default() };
        for piece in pieces(content) {
            match piece {
                Piece::Person(id)
                    if allowed.people.contains(id)
                        && self.guild.people.contains_key(&id)
                        && !pinged.people.contains(&id) =>
                {
                    pinged.people.push(id);
                }
                Piece::Role(id)
                    if allowed.roles.contains(id)
                        && !pinged.roles.contains(&id)
                        && self.guild.role(id).is_some_and(|role| role.mentionable || may_call_all) =>
                {
                    pinged.roles.push(id);
                }
                _ => {}
            }
        }
        pinged
    }
}

/// Discord compares nonces as texts: `7` and `"7"` are one.
fn same_nonce(one: &Value, other: &Value) -> bool {
    let text = |nonce: &Value| nonce.as_str().map_or_else(|| nonce.to_string(), str::to_owned);
    text(one) == text(other)
}
