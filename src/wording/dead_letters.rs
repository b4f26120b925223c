//! What `threadline dead-letters` says.

use std::fmt::Display;
use std::time::{Duration, UNIX_EPOCH};

use crate::domain::effect::Effect;
use crate::domain::time::Timestamp;

pub const NO_ID: &str = "must be an id as `threadline dead-letters list` shows it, like inbox:12 or outbox:34, or: all";

pub const RECEIPT: &str = "delivery receipt";
pub const UNREADABLE: &str = "webhook that is not understood";
pub const TEXT_DELETED: &str = "webhook without a text, or whose text was deleted";

pub const ASK_TO_DROP: &str = "Drop it? Type yes: ";

/// `SMS from +61 ••• 0006 to +447700900999`. The second number is one of ours.
#[must_use]
pub fn sms(from: &str, to: Option<&str>) -> String {
    format!("SMS from {from} to {}", to.unwrap_or("no number"))
}

#[must_use]
pub fn other_channel(channel: &str) -> String {
    format!("message by the channel {}", printable(channel))
}

#[must_use]
pub fn effect(effect: Option<&Effect>, sends_sms: bool) -> String {
    match effect {
        None if sends_sms => "SMS to a customer, written by another version of Threadline".to_owned(),
        None => "request to Discord, written by another version of Threadline".to_owned(),
        Some(Effect::SendSms { .. }) => "SMS to a customer".to_owned(),
        Some(effect) => format!("request to Discord ({})", effect.kind().replace('_', " ")),
    }
}

#[must_use]
pub fn why_webhook(waits_for: Option<&str>, error: &str) -> String {
    match waits_for {
        Some(number) => format!("waits until a desk has the number {number}"),
        None => error.to_owned(),
    }
}

/// One of them: its id, since when, what it is, and why.
#[must_use]
pub fn entry(id: impl Display, since: Timestamp, what: &str, why: &str, text: Option<&str>) -> String {
    let mut entry = format!("{id} · {} · {what}\n    {}\n", moment(since), printable(why));
    if let Some(text) = text {
        text.lines().for_each(|line| entry.push_str(&format!("    > {}\n", printable(line))));
    }
    entry
}

#[must_use]
pub fn end_of_list(count: usize) -> String {
    match count {
        0 => "Nothing was given up on, and no text waits for a desk.".to_owned(),
        _ => {
            "`threadline dead-letters retry` with an id has it tried again, `threadline dead-letters drop` forgets it."
                .to_owned()
        }
    }
}

#[must_use]
pub fn due(id: impl Display) -> String {
    format!("{id} is tried again: a running bridge takes it up within a second, another when it starts.")
}

#[must_use]
pub fn needless(id: impl Display) -> String {
    format!("{id} is done: the same waits already.")
}

#[must_use]
pub fn perhaps_sent(id: impl Display) -> String {
    format!(
        "{id} is not tried again: its sending had begun, so the customer may have the SMS. Look into its thread, and write \
         to the customer anew if it is needed."
    )
}

#[must_use]
pub fn text_deleted(id: impl Display) -> String {
    format!("{id} is not tried again: it has no text, or its text was deleted after 30 days.")
}

#[must_use]
pub fn failed(id: impl Display) -> String {
    format!(
        "{id} is not tried again: its message has failed, and its thread says so. Agents can press Send again there."
    )
}

#[must_use]
pub fn unknown(id: impl Display) -> String {
    format!("{id} is neither given up on nor waiting for a desk: `threadline dead-letters list` shows what is.")
}

#[must_use]
pub fn not_done(count: usize) -> String {
    format!("{} not tried again", if count == 1 { "one was".to_owned() } else { format!("{count} were") })
}

#[must_use]
pub fn plan_to_drop(count: usize, sends_sms: bool) -> String {
    let mut plan = if count == 1 {
        "1 entry will be dropped: it has no effect, nobody sees it, and what the customer wrote is deleted.".to_owned()
    } else {
        format!(
            "{count} entries will be dropped: they have no effect, nobody sees them, and what customers wrote is deleted."
        )
    };
    if sends_sms {
        plan.push_str("\nAn SMS among what is dropped fails in its thread, where agents see it and can send it again.");
    }
    plan
}

#[must_use]
pub fn dropped(count: usize) -> String {
    if count == 1 { "1 entry was dropped.".to_owned() } else { format!("{count} entries were dropped.") }
}

/// To the minute, UTC.
fn moment(time: Timestamp) -> String {
    let since = Duration::from_millis(u64::try_from(time.0).unwrap_or(0));
    let written = humantime::format_rfc3339_seconds(UNIX_EPOCH + since).to_string();
    format!("{} UTC", written.chars().take(16).collect::<String>().replace('T', " "))
}

/// A terminal must not obey what a customer wrote.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
