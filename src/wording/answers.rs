//! The private answers to agents' commands and clicks.

use std::fmt::Write as _;
use std::time::Duration;

use crate::domain::consent::Standing;
use crate::domain::conversation::{Conversation, Number};
use crate::domain::desk::Desk;
use crate::domain::ids::{DraftId, UserId};
use crate::domain::limits::Budget;
use crate::domain::message::{Kind, Message, Outbound, State};
use crate::domain::phone::{PhoneError, PhoneNumber};
use crate::domain::post::{Action, Button, ButtonStyle, Post};
use crate::domain::sms;
use crate::domain::webhook::Price;
use crate::health::Paused;

use super::{ago, consent, cost, customer, defuse, listed, operator, parts, thread};

/// Why the agent is asked before something is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    UnusualNumber {
        /// As the agent typed it.
        typed: String,
        number: PhoneNumber,
    },
    SaidBefore {
        ago: Duration,
        by: Option<UserId>,
    },
    /// The carrier said that the number is not in use.
    Unreachable(Standing),
    /// The text, which stands otherwise in Discord.
    AsItLeaves(String),
    /// Something in braces would leave as it stands, or a name is not known.
    Braces {
        nameless: bool,
        /// With their braces.
        unknown: Vec<String>,
        /// As it would leave.
        text: String,
    },
    /// It takes more parts than usual, or than it must.
    Length(Length),
}

/// What a question is about, and to whom it would go: several may stand below each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    what: String,
    to: String,
}

impl Subject {
    /// `to` is the customer as the desk shows them.
    #[must_use]
    pub fn template(to: String, name: &str) -> Self {
        Self { what: format!("“{}”", defuse::plain_line(name, 40)), to }
    }

    #[must_use]
    pub fn own_text(to: String, text: &str) -> Self {
        Self { what: format!("Your text “{}”", defuse::plain_line(text, 40)), to }
    }
}

/// What an agent is told about a text's length before it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Length {
    pub parts: u32,
    /// The first character outside the SMS alphabet.
    pub forces_unicode: Option<char>,
    /// How many parts it takes in plain characters, where that is fewer.
    pub plain: Option<u32>,
    /// Of one part to this country, when one was sent last.
    pub price: Option<Price>,
}

fn say(content: impl Into<String>) -> Post {
    Post { content: content.into(), ..Post::default() }
}

/// A message is queued; with the thread's link once it exists, and why it waits where nothing leaves.
#[must_use]
pub fn queued(message: &Message, conversation: &Conversation, desk: &Desk, paused: Option<Paused>) -> Post {
    let what = match message.kind {
        Kind::Outbound(Outbound::Notification) => message
            .remark
            .as_deref()
            .map_or_else(|| "Notification".to_owned(), |template| format!("“{}”", defuse::plain_line(template, 40))),
        _ => "Your text".to_owned(),
    };
    let place = conversation
        .thread
        .map_or_else(|| "Its thread is being opened.".to_owned(), |thread| format!("Its state shows in <#{thread}>."));
    let waits = match paused {
        Some(paused) if message.state == State::Queued => {
            format!(" It waits, for {}. It leaves by itself when that is over.", operator::paused_since(paused))
        }
        Some(_) | None => String::new(),
    };
    say(format!(
        "{what} to {} is queued as ·{} of {} ({}).{waits} {place}",
        customer(&conversation.customer, desk),
        message.number,
        conversation.number,
        parts(message.parts),
    ))
}

#[must_use]
pub fn no_desk_here<'a>(desks: impl Iterator<Item = &'a Desk>) -> Post {
    let channels: Vec<String> = desks.map(|desk| format!("<#{}>", desk.channel)).collect();
    say(format!("There is no desk in this channel. Use the command in {}.", channels.join(" or ")))
}

#[must_use]
pub fn not_an_agent(desk: &Desk) -> Post {
    let roles: Vec<String> = desk.agent_roles.iter().map(|role| format!("<@&{role}>")).collect();
    say(format!(
        "Only agents of {} can do this. Ask for the role {}.",
        defuse::plain_line(&desk.title, 60),
        roles.join(" or ")
    ))
}

#[must_use]
pub fn number_not_read(error: PhoneError) -> Post {
    say(format!("That is {error}. Nothing was sent."))
}

/// The number is in a country that this desk does not text.
#[must_use]
pub fn country_not_allowed(number: &PhoneNumber, desk: &Desk) -> Post {
    let countries: Vec<String> = desk.limits.countries.iter().map(ToString::to_string).collect();
    let country = number.region().map_or_else(|| "no known country".to_owned(), |region| region.to_string());
    say(format!(
        "This is a number of {country}, and this desk texts only {}. Nothing was sent; ask the operator if that is wrong.",
        listed(&countries)
    ))
}

/// A budget is used up.
#[must_use]
pub fn over_budget(desk: &Desk, budget: Budget, parts: u32) -> Post {
    let (whose, allowed, used) = match budget {
        Budget::Agent { allowed, used } => ("You may".to_owned(), allowed, used),
        Budget::Desk { allowed, used } => (format!("{} may", defuse::plain_line(&desk.title, 60)), allowed, used),
    };
    say(format!(
        "{whose} send {} in 24 hours, and {used} are used; this text takes {}. Nothing was sent. Try again later, or ask \
         the operator.",
        self::parts(allowed),
        self::parts(parts)
    ))
}

#[must_use]
pub fn about_whom() -> Post {
    say("Say whom you mean: give the number, or use this in the customer's thread.")
}

#[must_use]
pub fn unknown_template(typed: &str, desk: &Desk) -> Post {
    let names: Vec<String> = desk.templates.iter().take(25).map(|t| format!("`{}`", t.name)).collect();
    let known =
        if names.is_empty() { "There are none yet.".to_owned() } else { format!("There are: {}.", names.join(", ")) };
    say(format!("There is no template “{}”. {known}", defuse::plain_line(typed, 60)))
}

#[must_use]
pub fn no_template(desk: &Desk) -> Post {
    let names: Vec<String> = desk.templates.iter().take(25).map(|t| format!("`{}`", t.name)).collect();
    say(if names.is_empty() {
        "Say what to send: this desk has no templates, so use the option text.".to_owned()
    } else {
        format!("Say what to send: choose a template ({}) or use the option text.", names.join(", "))
    })
}

#[must_use]
pub fn template_and_text() -> Post {
    say("Choose a template or write a text, not both. Nothing was sent.")
}

#[must_use]
pub fn empty_text() -> Post {
    say("The text is empty. Nothing was sent.")
}

#[must_use]
pub fn text_too_long(length: usize, limit: usize) -> Post {
    say(format!("The text has {length} characters; an SMS may have {limit} at most. Shorten it."))
}

/// Asks before something doubtful is sent.
#[must_use]
pub fn ask_first(draft: DraftId, subject: &Subject, doubt: &Doubt) -> Post {
    let question = match doubt {
        Doubt::UnusualNumber { typed, number } => format!(
            "{}. This does not look like a number in use. Check it; if it is right, send anyway.",
            as_read(typed, number)
        ),
        Doubt::SaidBefore { ago: time, by } => {
            let by = by.map(|by| format!(" by <@{by}>")).unwrap_or_default();
            format!("The same was sent {} ago{by}. Send it once more?", ago(*time))
        }
        Doubt::Unreachable(standing) => consent::unreachable(standing),
        Doubt::AsItLeaves(text) => format!(
            "A phone cannot show mentions, emoji and times as Discord does. The text leaves as:\n{}\nSend it so?",
            thread::quote(text)
        ),
        Doubt::Braces { nameless, unknown, text } => braces(*nameless, unknown, text),
        Doubt::Length(length) => self::length(length),
    };
    let content = format!("{} to {}:\n{question}", subject.what, subject.to);
    let button = |label: &str, action, style| Button { label: label.to_owned(), action, style };
    let (send, plain) = match doubt {
        Doubt::Length(length) => ("Send", length.plain.map(|fewer| format!("Send plain ({})", parts(fewer)))),
        Doubt::AsItLeaves(_) => ("Send", None),
        _ => ("Send anyway", None),
    };
    let plain = plain.map(|label| button(&label, Action::SendPlain(draft), ButtonStyle::Primary));
    let style = if plain.is_some() { ButtonStyle::Secondary } else { ButtonStyle::Primary };
    let others = [
        button(send, Action::SendDraft(draft), style),
        button("Do not send", Action::DropDraft(draft), ButtonStyle::Secondary),
    ];
    let buttons = plain.into_iter().chain(others).collect();
    Post { content, buttons, ..Post::default() }
}

/// The number in full, since the agent has to check it, and what they typed where that was something else:
/// `0491 570 15 → +61 4915 7015`.
fn as_read(typed: &str, number: &PhoneNumber) -> String {
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    if number.e164().ends_with(&digits) && digits.len() + 1 == number.e164().len() {
        return number.spaced();
    }
    format!("{} → {}", defuse::plain_line(typed, 40), number.spaced())
}

fn braces(nameless: bool, unknown: &[String], text: &str) -> String {
    let mut said = String::new();
    if nameless {
        said.push_str(
            "The customer's name is not known, so {name} is left out. Give it with the option name of /notify. ",
        );
    }
    if !unknown.is_empty() {
        let shown: Vec<String> = unknown.iter().take(5).map(|word| defuse::plain_line(word, 44)).collect();
        let means = if unknown.len() == 1 { "means" } else { "mean" };
        let _ = write!(
            said,
            "{} {means} nothing here and would leave as typed; only {{name}} is filled in. ",
            listed(&shown)
        );
    }
    let shown = defuse::defuse(text, 1_000);
    let shown: Vec<String> = shown.lines().map(|line| format!("> {line}")).collect();
    format!("{said}The customer would read:\n{}", shown.join("\n"))
}

fn length(length: &Length) -> String {
    let mut said = format!("This text takes {}.", cost(length.parts, length.price));
    if let Some(c) = length.forces_unicode {
        let shown = defuse::plain_line(&c.to_string(), 4);
        let _ =
            write!(said, " “{shown}” is not in the SMS alphabet, so each part holds 67 characters in place of 153.");
        if let Some(fewer) = length.plain {
            let like = sms::plain_char(c).filter(|like| !like.trim().is_empty());
            let like = like.map(|like| format!(" (“{like}” for “{shown}”)")).unwrap_or_default();
            let _ = write!(said, " In plain characters{like} it takes {}.", parts(fewer));
        }
    }
    said
}

#[must_use]
pub fn draft_is_over() -> Post {
    say("This question was answered already, or is too old. Give the command again.")
}

/// A question lost its buttons.
#[must_use]
pub fn nobody_answered() -> Post {
    say("Nobody answered this question in time, so nothing was sent. Give the command again.")
}

#[must_use]
pub fn draft_dropped() -> Post {
    say("Nothing was sent.")
}

#[must_use]
pub fn no_conversation_here() -> Post {
    say("There is no conversation here. Use this in the thread of a conversation.")
}

#[must_use]
pub fn not_a_phone() -> Post {
    say("This sender is a short code or a name and cannot be answered by SMS.")
}

#[must_use]
pub fn reply_title(conversation: &Conversation) -> String {
    format!("Reply to {}", conversation.number)
}

#[must_use]
pub fn closed(conversation: &Conversation) -> Post {
    say(format!("{} is closed. Reopen it first: press Reopen on its card, or use /reopen.", conversation.number))
}

#[must_use]
pub fn closed_now(conversation: &Conversation) -> Post {
    say(format!("{} is closed. A text from the customer soon after opens it again.", conversation.number))
}

#[must_use]
pub fn closed_already(conversation: &Conversation) -> Post {
    say(format!("{} was closed already.", conversation.number))
}

#[must_use]
pub fn reopened(conversation: &Conversation) -> Post {
    let place = conversation.thread.map(|thread| format!(" It goes on in <#{thread}>.")).unwrap_or_default();
    say(format!("{} is open again.{place}", conversation.number))
}

#[must_use]
pub fn open_already(conversation: &Conversation) -> Post {
    say(format!("{} is open already.", conversation.number))
}

#[must_use]
pub fn another_is_open(conversation: &Conversation, other: &Conversation) -> Post {
    let place = other.thread.map(|thread| format!(" in <#{thread}>")).unwrap_or_default();
    say(format!(
        "{} stays closed: the customer's newer conversation {} is open{place}.",
        conversation.number, other.number
    ))
}

#[must_use]
pub fn not_a_conversation_number(typed: &str) -> Post {
    say(format!("“{}” is no conversation. Type its number, like 1042.", defuse::plain_line(typed, 40)))
}

#[must_use]
pub fn no_such_conversation(number: Number) -> Post {
    say(format!("There is no conversation {number} at this desk."))
}

#[must_use]
pub fn reopen_which() -> Post {
    say("Say which conversation: /reopen with its number, like 1042.")
}

#[must_use]
pub fn decided_already() -> Post {
    say("This was settled meanwhile. Nothing was sent.")
}

#[must_use]
pub fn left(number: i64) -> Post {
    say(format!("·{number} is left as it is."))
}
