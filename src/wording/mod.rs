//! Every sentence that an agent, a customer or an operator reads: plain and short, what happened and what to do.

pub mod answers;
pub mod card;
pub mod commands;
pub mod consent;
pub mod dead_letters;
pub mod defuse;
pub mod discord;
pub mod doctor;
pub mod failures;
pub mod numbers;
pub mod operator;
pub mod remarks;
pub mod reported;
pub mod start;
pub mod status;
pub mod thread;
pub mod written;

use crate::domain::conversation::Customer;
use crate::domain::desk::{Desk, ShowNumbers};
use crate::domain::ids::{ChannelId, DiscordMessageId, GuildId};
use crate::domain::phone::Address;
use crate::domain::webhook::Price;

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
    addressee(customer.name.as_deref(), &customer.address, desk)
}

/// The name with the number, or the number alone.
#[must_use]
pub fn addressee(name: Option<&str>, address: &Address, desk: &Desk) -> String {
    let number = number(address, desk.show_numbers);
    match name {
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

/// `2 parts`, or `2 parts, about €0.067` where the price of one is known.
#[must_use]
pub fn cost(count: u32, price: Option<Price>) -> String {
    let euros = price.map(|price| format!(", about {}", euros(price, count))).unwrap_or_default();
    format!("{}{euros}", parts(count))
}

/// What so many parts cost: `€0.067`. Vonage's prices are in euros.
#[must_use]
pub fn euros(price: Price, parts: u32) -> String {
    let micros = price.micros.saturating_mul(i64::from(parts));
    let (sign, micros) = (if micros < 0 { "-" } else { "" }, micros.unsigned_abs());
    // Two decimals for what people pay, a third for what a single part costs.
    if micros >= 999_500 {
        let cents = (micros + 5_000) / 10_000;
        return format!("{sign}€{}.{:02}", cents / 100, cents % 100);
    }
    format!("{sign}€0.{:03}", (micros + 500) / 1_000)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices() {
        let euros = |micros, parts| euros(Price { micros }, parts);
        assert_eq!(euros(33_300, 1), "€0.033");
        assert_eq!(euros(33_300, 2), "€0.067");
        assert_eq!(euros(33_300, 40), "€1.33");
        assert_eq!(euros(999_600, 1), "€1.00");
        assert_eq!(euros(-1_500_000, 1), "-€1.50");
    }
}
