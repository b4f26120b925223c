//! Of Discord: the token, the desks' channels, the operator's.

use super::{Finding, Mark, bad, fine};
use crate::domain::desk::DeskName;

#[must_use]
pub fn token_accepted() -> Finding {
    fine("Discord", "the bot's token is accepted.")
}

/// `sentence` says what to do as well.
#[must_use]
pub fn discord_wrong(sentence: &str) -> Finding {
    Finding { mark: Mark::Wrong, about: "Discord".into(), found: sentence.to_owned(), remedy: None }
}

#[must_use]
pub fn discord_unclear(why: &str) -> Finding {
    bad("Discord", format!("{why}."), "Check the network and `api_url` under [discord].")
}

#[must_use]
pub fn channel_ready(desk: &DeskName) -> Finding {
    fine(in_discord(desk), "the bot can do all it needs in its channel, and its roles are there.")
}

/// `sentence` says what to do as well.
#[must_use]
pub fn channel_wrong(desk: &DeskName, sentence: &str) -> Finding {
    Finding { mark: Mark::Wrong, about: in_discord(desk), found: sentence.to_owned(), remedy: None }
}

fn in_discord(desk: &DeskName) -> String {
    format!("desk {desk} in Discord")
}

#[must_use]
pub fn operator_channel(trouble: Option<&str>) -> Finding {
    match trouble {
        None => fine("operator's channel", "the bot can write there."),
        Some(sentence) => {
            Finding { mark: Mark::Wrong, about: "operator's channel".into(), found: sentence.to_owned(), remedy: None }
        }
    }
}
