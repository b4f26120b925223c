//! Every sentence that an agent, a customer or an operator reads: plain and short, what happened and what to do.

pub mod answers;
pub mod card;
pub mod commands;
pub mod defuse;
pub mod discord;
pub mod failures;
pub mod operator;
pub mod remarks;
pub mod reported;
pub mod start;
pub mod thread;

use crate::domain::conversation::Customer;
use crate::domain::desk::{Desk, ShowNumbers};
use crate::domain::ids::{ChannelId, DiscordMessageId, GuildId};
use crate::domain::phone::Address;

/// The customer's number as this desk shows it.
#[must_use]
pub fn number(address: &Address, show: ShowNumbers) -> String {
    match (address, show) {
        (Address::Phone(phone), ShowNumbers::Full) => phone.e164().to_owned(),
        (Address::Phone(phone), ShowNumbers::Masked) => phone.masked(),
        // A short code or a name is nobody's private number.
        (Address::Other(sender), _) => defuse::plain_line(sender, 20),
    }
}

/// The customer's name with the number, or the number alone.
#[must_use]
pub fn customer(customer: &Customer, desk: &Desk) -> String {
    let number = number(&customer.address, desk.show_numbers);
    match &customer.name {
        Some(name) => format!("{} ({number})", defuse::plain_line(name, 60)),
        None => number,
    }
}

/// A link to a message in Discord.
#[must_use]
pub fn link(guild: GuildId, channel: ChannelId, message: DiscordMessageId) -> String {
    format!("https://discord.com/channels/{guild}/{channel}/{message}")
}

/// `1 part`, `3 parts`.
#[must_use]
pub fn parts(count: u32) -> String {
    if count == 1 { "1 part".into() } else { format!("{count} parts") }
}

/// `40 s`, `7 min`, `3 h`, `2 days`.
#[must_use]
pub fn ago(time: std::time::Duration) -> String {
    match time.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

/// `A`, `A and B`, `A, B and C`.
fn listed<T: AsRef<str>>(words: &[T]) -> String {
    match words {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [most @ .., last] => {
            let most: Vec<&str> = most.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", most.join(", "), last.as_ref())
        }
    }
}
