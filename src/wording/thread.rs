//! A message as it stands in its thread, and the lines that call an owner to it.

use crate::domain::conversation::Conversation;
use crate::domain::desk::Desk;
use crate::domain::effect::WhyRole;
use crate::domain::ids::{ChannelId, MessageId};
use crate::domain::message::{Decision, Failure, Inbound, Kind, Message, Outbound, State};
use crate::domain::post::{Action, Button, ButtonStyle, Post, Ring};
use crate::domain::said;
use crate::health::Paused;

use super::{defuse, failures, link, listed, operator, parts};

/// Discord takes 2,000 characters; what we add around the text takes less than this.
const TEXT_LIMIT: usize = 1_600;

/// How a message's post begins; printed in Discord, and searched for when a post's fate is unknown.
#[must_use]
pub fn marker(number: i64) -> String {
    format!("**·{number}**")
}

/// How a message shows, besides what it says.
#[derive(Clone, Debug, Default)]
pub struct Look {
    pub rings: Option<Ring>,
    /// With the buttons for a message in trouble.
    pub decidable: bool,
    /// The parts of it that failed, from 1, where it is known which.
    pub failed: Vec<u32>,
    /// Why it waits, where nothing leaves.
    pub paused: Option<Paused>,
}

/// A message in its thread.
#[must_use]
pub fn message(message: &Message, look: &Look) -> Post {
    let (rings, decidable) = (look.rings, look.decidable);
    let head = match message.kind {
        Kind::Inbound(kind) => inbound_head(kind, message),
        Kind::Outbound(kind) => outbound_head(kind, message, look),
    };
    let ring = rings.map(|ring| format!(" {ring}")).unwrap_or_default();
    let content = format!("{} {head}{ring}\n{}", marker(message.number), quote(&message.text));
    let buttons = if decidable {
        decisions(message.id)
    } else if message.offers_opt_out() {
        vec![Button { label: "Opt out".into(), action: Action::OptOut(message.id), style: ButtonStyle::Danger }]
    } else {
        Vec::new()
    };
    Post { content, embed: None, buttons, rings }
}

/// How the post of a message begins that stands in the channel, where other conversations have messages too.
#[must_use]
pub fn marker_in_channel(conversation: &Conversation, number: i64) -> String {
    format!("**{} ·{number}**", conversation.number)
}

/// The same post for the channel, as a reply to the card.
#[must_use]
pub fn in_channel(post: Post, conversation: &Conversation, message: &Message) -> Post {
    let rest = post.content.strip_prefix(&marker(message.number)).unwrap_or(&post.content);
    let content = format!("{}{rest}", marker_in_channel(conversation, message.number));
    Post { content, ..post }
}

/// Why a message shows without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unshown {
    /// A filter of the server's refuses it.
    Refused(String),
    /// Discord fails over it again and again.
    Failing(String),
}

/// A message whose text Discord does not take. What was read in it may be what Discord does not take: it is left out as
/// well.
#[must_use]
pub fn withheld(message: &Message, look: &Look, unshown: &Unshown) -> Post {
    let bare = Message { remark: None, ..message.clone() };
    let shown = self::message(&bare, look);
    let head = shown.content.lines().next().unwrap_or_default();
    let line = match unshown {
        Unshown::Refused(why) => format!(
            "Discord refuses to show this text ({}). It is stored; the operator can look it up.",
            defuse::defuse(why, 200)
        ),
        Unshown::Failing(why) => format!(
            "This text could not be shown: Discord fails over it ({}). It is stored as the message {}; the operator can \
             look it up.",
            defuse::defuse(why, 200),
            message.id
        ),
    };
    Post { content: format!("{head}\n*{line}*"), ..shown }
}

fn inbound_head(kind: Inbound, message: &Message) -> String {
    let remark = message.remark.as_deref().map(|remark| format!(" · {}", defuse::defuse(remark, 200)));
    let icon = if kind == Inbound::Stop { "🛑" } else { "📩" };
    let late = said::shown(message.said, message.created)
        .map(|said| format!(" · came late, sent <t:{}:f>", said.unix_seconds()))
        .unwrap_or_default();
    let decided = message.decision.as_ref().map(decided).unwrap_or_default();
    format!("{icon} Customer{}{decided}{late}", remark.unwrap_or_default())
}

/// ` · sent again as ·14`.
fn decided(decision: &Decision) -> String {
    match decision {
        Decision::SentAgain { as_number } => format!(" · sent again as ·{as_number}"),
        Decision::Left { by } => format!(" · left by <@{by}>"),
        Decision::OptedOut { by } => format!(" · opted out by <@{by}>"),
    }
}

fn outbound_head(kind: Outbound, message: &Message, look: &Look) -> String {
    let what = match kind {
        Outbound::Notification => match &message.remark {
            Some(template) => format!("Notification ({})", defuse::plain_line(template, 40)),
            None => "Notification".into(),
        },
        Outbound::Confirmation => "Confirmation".into(),
        Outbound::Unclear => "Automatic answer".into(),
        Outbound::OwnText => "Text".into(),
        Outbound::Reply => "Reply".into(),
        Outbound::ConsentAnswer | Outbound::StartAnswer => "Automatic answer".into(),
    };
    let by = message.author.map(|author| format!(" by <@{author}>")).unwrap_or_default();
    format!("📤 {what}{by} · {}", state(message, look))
}

/// The state in words.
fn state(message: &Message, look: &Look) -> String {
    let decided = message.decision.as_ref().map(decided).unwrap_or_default();
    let again = match &message.decision {
        Some(Decision::SentAgain { .. }) => decided.as_str(),
        Some(Decision::Left { .. } | Decision::OptedOut { .. }) | None => "",
    };
    let count = if message.parts > 1 { format!(" ({})", parts(message.parts)) } else { String::new() };
    match message.state {
        State::Received => "received".into(),
        State::Queued => match look.paused {
            Some(paused) => format!("⏳ queued{count} · {}", operator::paused_since(paused)),
            None => format!("⏳ queued{count}"),
        },
        // Decided before its receipt came: the customer has it twice.
        State::Sent => format!("✓ sent{count}{again}"),
        State::Delivered => format!("✅ delivered{count}{again}"),
        State::Failed(failure) => {
            let which =
                failed_parts(&look.failed, message.parts).map(|which| format!(" ({which})")).unwrap_or_default();
            format!("❌ **failed**{which}: {}{decided}", failures::reason(failure))
        }
        State::Unconfirmed => {
            format!("❓ **unconfirmed**: Vonage gave no clear answer, it may have been sent or not{decided}")
        }
    }
}

/// `part 2 of 3`, `parts 1 and 2 of 3`, where it is not all of them.
fn failed_parts(failed: &[u32], of: u32) -> Option<String> {
    let all = u32::try_from(failed.len()).is_ok_and(|count| count >= of);
    match failed {
        [] => None,
        _ if all => None,
        [only] => Some(format!("part {only} of {of}")),
        many => {
            let many: Vec<String> = many.iter().map(u32::to_string).collect();
            Some(format!("parts {} of {of}", listed(&many)))
        }
    }
}

pub(super) fn quote(text: &str) -> String {
    if text.trim().is_empty() {
        return "> *(empty)*".into();
    }
    // Every line is two characters longer when it is quoted.
    let limit = TEXT_LIMIT.saturating_sub(2 * text.lines().count()).max(TEXT_LIMIT / 4);
    defuse::defuse(text, limit).lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n")
}

fn decisions(id: MessageId) -> Vec<Button> {
    vec![
        Button { label: "Send again".into(), action: Action::SendAgain(id), style: ButtonStyle::Primary },
        Button { label: "Leave it".into(), action: Action::LeaveIt(id), style: ButtonStyle::Secondary },
    ]
}

/// Calls somebody to a message in trouble.
#[must_use]
pub fn alert(message: &Message, conversation: &Conversation, desk: &Desk, rings: Option<Ring>) -> Post {
    alert_about(&format!("·{}", message.number), message, conversation, desk, rings)
}

/// The same beside the card, where alerts about other conversations stand too. With the buttons, unless the message stands
/// there as well: a thread that takes no alert takes no edit of the message either.
#[must_use]
pub fn alert_beside_card(message: &Message, conversation: &Conversation, desk: &Desk, look: &Look) -> Post {
    let which = format!("**{}** ·{}", conversation.number, message.number);
    let alert = alert_about(&which, message, conversation, desk, look.rings);
    let has_buttons = look.decidable && message.shown_in.is_none();
    Post { buttons: if has_buttons { decisions(message.id) } else { Vec::new() }, ..alert }
}

fn alert_about(which: &str, message: &Message, conversation: &Conversation, desk: &Desk, rings: Option<Ring>) -> Post {
    let ring = rings.map(|ring| format!("{ring} ")).unwrap_or_default();
    let place = match (message.shown_in.or(conversation.thread), message.post) {
        (Some(thread), Some(post)) => format!(" {}", link(desk.guild, thread, post)),
        _ => String::new(),
    };
    let content = match message.state {
        State::Unconfirmed => format!(
            "⚠️ {ring}Nobody knows whether {which} was sent: no receipt came. Send it again, or leave it.{place}"
        ),
        State::Failed(failure) if failure.is_withheld() || matches!(failure, Failure::TooLate | Failure::Dropped) => {
            format!("⚠️ {ring}{which} did not leave: {}.{place}", failures::reason(failure))
        }
        _ => format!("⚠️ {ring}{which} did not arrive. Send it again, or leave it.{place}"),
    };
    Post { content, embed: None, buttons: Vec::new(), rings }
}

/// Calls somebody to a message of a closed conversation, in the thread of the customer's newer one; `quoted`: with its text.
#[must_use]
pub fn alert_elsewhere(message: &Message, closed: &Conversation, look: &Look, quoted: bool) -> Post {
    let ring = look.rings.map(|ring| format!("{ring} ")).unwrap_or_default();
    let which = format!("·{} of {}, which is closed,", message.number, closed.number);
    let what = match message.state {
        State::Unconfirmed => format!(
            "Nobody knows whether {which} was sent: no receipt came. Send it again in this conversation, or leave it."
        ),
        State::Failed(failure @ (Failure::TooLate | Failure::Dropped)) => format!(
            "{which} did not leave: {}. Send it again in this conversation, or leave it.",
            failures::reason(failure)
        ),
        State::Failed(failure) if failure.is_withheld() => {
            format!("{which} did not leave: {}.", failures::reason(failure))
        }
        State::Failed(failure) => format!(
            "{which} did not arrive: {}. Send it again in this conversation, or leave it.",
            failures::reason(failure)
        ),
        _ => format!("{which} is in trouble."),
    };
    let buttons = if look.decidable { decisions(message.id) } else { Vec::new() };
    let text = if quoted { format!("\n{}", quote(&message.text)) } else { String::new() };
    Post { content: format!("⚠️ {ring}{what}{text}"), embed: None, buttons, rings: look.rings }
}

/// Rings the role for a conversation that waits.
#[must_use]
pub fn alert_role(conversation: &Conversation, why: WhyRole, role: Option<Ring>) -> Post {
    let ring = role.map(|ring| format!("{ring} ")).unwrap_or_default();
    let content = match why {
        WhyRole::Unanswered => {
            let since = conversation.alerted.map(|since| format!(" since <t:{}:R>", since.unix_seconds()));
            format!(
                "⏰ {ring}Nobody has answered{}. {} waits for an agent.",
                since.unwrap_or_default(),
                conversation.number
            )
        }
        WhyRole::OwnerLeft(owner) => format!(
            "⚠️ {ring}{} waits for an agent: <@{owner}>, who had it, left this server or is no agent any more.",
            conversation.number
        ),
    };
    Post { content, rings: role, ..Post::default() }
}

/// The last line of a thread whose card was deleted.
#[must_use]
pub fn moved(conversation: &Conversation, now_in: Option<ChannelId>) -> Post {
    let place = now_in.map_or_else(|| "a new thread".to_owned(), |thread| format!("<#{thread}>"));
    let content = format!("The card of this thread was deleted. {} goes on in {place}.", conversation.number);
    Post { content, ..Post::default() }
}
