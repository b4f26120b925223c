//! The card in the support channel, and the name of its thread.

use crate::domain::consent::Consent;
use crate::domain::conversation::Conversation;
use crate::domain::desk::Desk;
use crate::domain::ids::ChannelId;
use crate::domain::message::{Inbound, Kind, Message, State};
use crate::domain::post::{Action, Button, ButtonStyle, Embed, Post, Tone};
use crate::domain::template::Choice;

use super::{customer, defuse, remarks};

/// What a card shows besides its conversation.
#[derive(Clone, Debug)]
pub struct Face<'a> {
    /// The newest message.
    pub newest: Option<&'a Message>,
    /// A message in trouble that nobody has decided about.
    pub trouble: Option<&'a Message>,
    /// The latest notification's template, and the option chosen last.
    pub notification: Option<(&'a str, Option<Answered<'a>>)>,
    pub consent: Consent,
}

/// What was chosen; `None` in it is an answer to a template without options.
pub type Answered<'a> = Option<&'a Choice>;

/// How a card's title begins; searched for when a card's fate is unknown.
#[must_use]
pub fn marker(conversation: &Conversation) -> String {
    format!("{} ·", conversation.number)
}

/// A name for the thread; it never changes, since Discord allows two renames in ten minutes.
#[must_use]
pub fn thread_name(conversation: &Conversation, desk: &Desk) -> String {
    if conversation.name_refused.is_some() {
        return without_name(conversation);
    }
    let name = format!("{} {}", conversation.number, customer(&conversation.customer, desk));
    name.chars().take(100).collect()
}

/// What stands in place of a name that Discord refuses.
fn without_name(conversation: &Conversation) -> String {
    format!("Conversation {}", conversation.number)
}

fn title(conversation: &Conversation, desk: &Desk) -> String {
    let who = match conversation.name_refused {
        Some(_) => without_name(conversation),
        None => customer(&conversation.customer, desk),
    };
    format!("{} {who}", marker(conversation))
}

/// Why the card lacks the customer's name.
fn why_without_name(conversation: &Conversation) -> String {
    let Some(why) = &conversation.name_refused else { return String::new() };
    format!(
        "Discord does not take this customer's name here ({}), so the card and the thread do without it, and the card \
         shows no template and no answer. The operator can look the name up.",
        defuse::defuse(why, 200)
    )
}

#[must_use]
pub fn card(conversation: &Conversation, desk: &Desk, face: &Face<'_>) -> Post {
    let (tone, state) = state(conversation, face);
    let mut fields = vec![("State".to_owned(), state)];
    if let Some((template, answered)) = face.notification.as_ref().filter(|_| conversation.name_refused.is_none()) {
        fields.push(("Template".to_owned(), defuse::plain_line(template, 100)));
        fields.push(("Answer".to_owned(), answer(*answered)));
    }
    if let Some(owner) = conversation.owner {
        fields.push(("Agent".to_owned(), format!("<@{owner}>")));
    }
    fields.push(("Last activity".to_owned(), format!("<t:{}:R>", conversation.active.unix_seconds())));
    let embed = Embed { title: title(conversation, desk), description: why_without_name(conversation), fields, tone };
    Post { content: String::new(), embed: Some(Box::new(embed)), buttons: buttons(conversation), rings: None }
}

/// A card that was replaced.
#[must_use]
pub fn retired(conversation: &Conversation, desk: &Desk, now_in: Option<ChannelId>) -> Post {
    let place = now_in.map_or_else(|| "a new thread".to_owned(), |thread| format!("<#{thread}>"));
    let embed = Embed {
        title: title(conversation, desk),
        description: format!("The thread of this card was deleted. The conversation goes on in {place}."),
        fields: Vec::new(),
        tone: Tone::Over,
    };
    Post { embed: Some(Box::new(embed)), ..Post::default() }
}

fn state(conversation: &Conversation, face: &Face<'_>) -> (Tone, String) {
    let consent = match face.consent {
        Consent::Allowed => "",
        Consent::OptedOut => " · opted out",
        Consent::Unreachable => " · number out of reach",
        Consent::Blocked => " · blocked",
    };
    if let Some(closed) = conversation.closed {
        let by = conversation.closed_by.map(|by| format!(" by <@{by}>")).unwrap_or_default();
        // An archived thread takes no edits: what fails late is told here or nowhere.
        let failed = face.trouble.map(|message| format!(" · {}", in_trouble(message))).unwrap_or_default();
        return (Tone::Over, format!("Closed{by} <t:{}:R>{failed}{consent}", closed.unix_seconds()));
    }
    if let Some(message) = face.trouble {
        return (Tone::Trouble, format!("{}{consent}", in_trouble(message)));
    }
    if let Some(since) = conversation.waiting_since {
        return (Tone::Waiting, format!("Waits for an agent since <t:{}:R>{consent}", since.unix_seconds()));
    }
    let state = match face.newest {
        // In trouble, and left so by an agent.
        Some(message) if message.state.is_trouble() => {
            return (Tone::Calm, format!("{}{consent}", in_trouble(message)));
        }
        Some(message) if message.kind.is_outbound() => match message.state {
            State::Queued => "Message queued",
            State::Delivered => "Message delivered",
            _ => "Message sent",
        },
        Some(message) if message.kind == Kind::Inbound(Inbound::Choice) => "Customer answered",
        Some(_) => "Customer wrote",
        None => "Open",
    };
    (Tone::Calm, format!("{state}{consent}"))
}

fn in_trouble(message: &Message) -> String {
    let what = if message.state == State::Unconfirmed { "is unconfirmed" } else { "failed" };
    format!("·{} {what}", message.number)
}

fn answer(answered: Option<Answered<'_>>) -> String {
    match answered {
        None => "none yet".into(),
        Some(None) => "answered".into(),
        Some(Some(choice)) => defuse::defuse(&remarks::name(choice), 100),
    }
}

fn buttons(conversation: &Conversation) -> Vec<Button> {
    let button = |label: &str, action, style| Button { label: label.to_owned(), action, style };
    if conversation.is_open() {
        vec![
            button("Reply", Action::Reply(conversation.id), ButtonStyle::Primary),
            button("Close", Action::Close(conversation.id), ButtonStyle::Secondary),
        ]
    } else {
        vec![button("Reopen", Action::Reopen(conversation.id), ButtonStyle::Secondary)]
    }
}
