//! The answer to `/status`.

use std::fmt::Write as _;
use std::time::Duration;

use crate::domain::post::Post;
use crate::health::{Balance, Paused};

use super::{ago, defuse, euros, operator, parts};

/// How things are.
#[derive(Clone, Debug)]
pub struct Status<'a> {
    /// A sentence for each.
    pub troubles: Vec<&'a str>,
    /// `connecting`, `connected` or `refused`.
    pub discord: &'a str,
    /// `None` until Vonage has told it.
    pub balance: Option<Balance>,
    /// Where no SMS leaves.
    pub paused: Option<Paused>,
    /// What is owed to Vonage and Discord.
    pub due: i64,
    /// How long the oldest of it has been owed.
    pub oldest: Option<Duration>,
    pub desk: Spent,
    pub agent: Spent,
}

/// So many troubles fit into a message of Discord's.
const TROUBLES: usize = 5;

/// Parts sent within 24 hours, and how many may be.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    pub used: u32,
    pub allowed: Option<u32>,
}

#[must_use]
pub fn status(status: &Status<'_>) -> Post {
    let mut content = if status.troubles.is_empty() {
        "✅ All is well.".to_owned()
    } else {
        let shown = status.troubles.iter().take(TROUBLES);
        let mut troubles: Vec<String> = shown.map(|trouble| format!("⚠️ {}", defuse::defuse(trouble, 300))).collect();
        let more = status.troubles.len().saturating_sub(TROUBLES);
        if more > 0 {
            troubles.push(format!("… and {more} more, in the operator's channel."));
        }
        troubles.join("\n")
    };
    let mut line = |text: String| {
        let _ = write!(content, "\n{text}");
    };
    line(match status.balance {
        Some(Balance { left, asked }) => {
            format!("Credit at Vonage: {}, asked <t:{}:R>", euros(left, 1), asked.unix_seconds())
        }
        None => "Credit at Vonage: not known yet".to_owned(),
    });
    if let Some(paused) = status.paused {
        line(format!("⏸️ S{}.", &operator::paused_since(paused)[1..]));
    }
    line(format!("Discord: {}", status.discord));
    line(match (status.due, status.oldest) {
        (0, _) | (_, None) => "Nothing waits to be sent or shown.".to_owned(),
        (1, Some(oldest)) => format!("One thing waits to be sent or shown, for {}.", ago(oldest)),
        (due, Some(oldest)) => format!("{due} things wait to be sent or shown, the oldest for {}.", ago(oldest)),
    });
    line(format!("Sent in 24 hours: this desk {}, you {}", spent(status.desk), spent(status.agent)));
    Post { content, ..Post::default() }
}

fn spent(spent: Spent) -> String {
    match spent.allowed {
        Some(allowed) => format!("{} of {}", spent.used, parts(allowed)),
        None => parts(spent.used),
    }
}
