//! What agents read about a customer's consent.

use crate::domain::consent::{Consent, Entry, Speaker, Standing, Statement};
use crate::domain::conversation::Customer;
use crate::domain::desk::Desk;
use crate::domain::post::Post;

use super::{customer, defuse};

/// Ten entries have to fit into a message of Discord's.
const REASON: usize = 80;

/// Why the ledger says that a number is in reach again, where an agent tried it.
pub const SENT_ANYWAY: &str = "sent anyway";

/// Refuses a text to who may not be texted.
#[must_use]
pub fn no_texts(desk: &Desk, who: &Customer, standing: &Standing) -> Post {
    let name = customer(who, desk);
    let why = standing.entry.as_ref().map(told).unwrap_or_default();
    say(match standing.consent {
        Consent::Blocked => format!("{name} is blocked{why}. Nothing was sent. /unblock lifts it."),
        Consent::Unreachable => {
            format!("{name} is out of reach{why}. Nothing was sent. To try all the same, use /notify.")
        }
        Consent::OptedOut | Consent::Allowed => format!(
            "{name} opted out{why}, so nothing was sent. They hear from us again once they text START to {}.",
            desk.number.e164()
        ),
    })
}

/// Asks before a number is tried that was out of reach.
#[must_use]
pub fn unreachable(standing: &Standing) -> String {
    let why = standing.entry.as_ref().map(told).unwrap_or_default();
    format!("This number was out of reach{why}. Check it; to try it all the same, send anyway.")
}

/// What an agent said holds from now on.
#[must_use]
pub fn stated(desk: &Desk, who: &Customer, says: Statement, now: &Standing) -> Post {
    let name = customer(who, desk);
    say(match says {
        Statement::Blocks => {
            format!("{name} is blocked: nothing is sent to them, whatever they text. /unblock lifts it.")
        }
        Statement::Unblocks if now.consent == Consent::OptedOut => format!(
            "{name} is no longer blocked, and has opted out: they hear from us again once they text START to {}.",
            desk.number.e164()
        ),
        Statement::Unblocks => format!("{name} is no longer blocked."),
        Statement::OptsOut if now.consent == Consent::Blocked => {
            format!("{name} has opted out; they are blocked besides.")
        }
        _ => format!(
            "{name} has opted out and gets no more messages. They hear from us again once they text START to {}.",
            desk.number.e164()
        ),
    })
}

/// Nothing has changed.
#[must_use]
pub fn as_before(desk: &Desk, who: &Customer, says: Statement, standing: &Standing) -> Post {
    let (name, why) = (customer(who, desk), standing.entry.as_ref().map(told).unwrap_or_default());
    say(match says {
        Statement::Blocks => format!("{name} is blocked already{why}."),
        Statement::Unblocks => format!("{name} is not blocked."),
        _ => format!("{name} had opted out already{why}."),
    })
}

/// The ledger, newest first.
#[must_use]
pub fn ledger(desk: &Desk, who: &Customer, standing: &Standing, entries: &[Entry]) -> Post {
    let name = customer(who, desk);
    let holds = match standing.consent {
        Consent::Allowed => "may be texted",
        Consent::OptedOut => "has opted out",
        Consent::Unreachable => "is out of reach",
        Consent::Blocked => "is blocked",
    };
    let lines: Vec<String> = entries
        .iter()
        .map(|entry| {
            let what = match entry.says {
                Statement::Allows => "may be texted",
                Statement::OptsOut => "opted out",
                Statement::Unreachable => "out of reach",
                Statement::Blocks => "blocked",
                Statement::Unblocks => "unblocked",
            };
            format!("\n• {what}{}", told(entry))
        })
        .collect();
    let history = if lines.is_empty() { "\nNothing was ever said about it.".to_owned() } else { lines.concat() };
    say(format!("{name} {holds}.{history}"))
}

/// ` 3 days ago by the customer: “STOP”`.
fn told(entry: &Entry) -> String {
    let by = match entry.by {
        Speaker::Customer => "by the customer".to_owned(),
        Speaker::Carrier => "by the carrier".to_owned(),
        Speaker::Agent(agent) => format!("by <@{agent}>"),
    };
    let reason = match entry.reason.as_str() {
        "" => String::new(),
        reason => format!(": “{}”", defuse::plain_line(reason, REASON)),
    };
    format!(" <t:{}:R> {by}{reason}", entry.since.unix_seconds())
}

fn say(content: String) -> Post {
    Post { content, ..Post::default() }
}
