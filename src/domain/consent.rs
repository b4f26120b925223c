//! Whether a customer may be texted: what was said about it, by whom, and what holds now.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::ids::UserId;
use super::time::Timestamp;

/// Whether a customer may be texted. Who never said anything may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    Allowed,
    OptedOut,
    /// The carrier says that the number is not in use, or barred. An agent may try it all the same.
    Unreachable,
    /// An agent wants nothing to be sent, whatever the customer says.
    Blocked,
}

/// What an entry of the ledger says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statement {
    Allows,
    OptsOut,
    Unreachable,
    Blocks,
    Unblocks,
}

/// Whose word it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    Customer,
    /// A delivery receipt, or Vonage.
    Carrier,
    Agent(UserId),
}

/// One entry of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub says: Statement,
    pub by: Speaker,
    pub since: Timestamp,
    /// The word that was sent, what the receipt said, or an agent's words; may be empty.
    pub reason: String,
}

/// The entry by which a statement of the customer's, said at `said` and delivered late, was overtaken: START by an opt-out,
/// and STOP by a START that was said after it. `ledger` are the newest entries. Where `said` is rounded down to a second,
/// the doubt is for the opt-out. An entry from the future is of a clock that was set back, and overtakes nothing.
#[must_use]
pub fn overtaken_by(says: Statement, said: Timestamp, now: Timestamp, ledger: &[Entry]) -> Option<&Entry> {
    let overtakes = |entry: &&Entry| match says {
        Statement::Allows => entry.says == Statement::OptsOut && entry.since > said,
        Statement::OptsOut => entry.is_start() && entry.since >= said.plus(SECOND),
        Statement::Unreachable | Statement::Blocks | Statement::Unblocks => false,
    };
    ledger.iter().filter(|entry| entry.since <= now).find(overtakes)
}

const SECOND: Duration = Duration::from_secs(1);

/// The reason of an entry that a number is in reach again, since its customer wrote.
pub const WROTE: &str = "wrote to us";

impl Entry {
    /// Whether the customer asked for texts again, and did not merely write.
    fn is_start(&self) -> bool {
        self.says == Statement::Allows && self.by == Speaker::Customer && self.reason != WROTE
    }
}

/// What holds now, and the entry that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub consent: Consent,
    /// `None` where nothing was ever said.
    pub entry: Option<Entry>,
}

impl Statement {
    /// Whether it is about blocking. Blocking and opting out are two things: who is unblocked may still have opted out.
    #[must_use]
    pub const fn is_about_blocking(self) -> bool {
        matches!(self, Self::Blocks | Self::Unblocks)
    }

    /// The word in the database.
    #[must_use]
    pub const fn as_stored(self) -> &'static str {
        match self {
            Self::Allows => "allowed",
            Self::OptsOut => "opted_out",
            Self::Unreachable => "unreachable",
            Self::Blocks => "blocked",
            Self::Unblocks => "unblocked",
        }
    }
}

/// A word in the ledger that says nothing known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no statement of the ledger")]
pub struct UnknownStatement;

impl FromStr for Statement {
    type Err = UnknownStatement;

    fn from_str(word: &str) -> Result<Self, UnknownStatement> {
        [Self::Allows, Self::OptsOut, Self::Unreachable, Self::Blocks, Self::Unblocks]
            .into_iter()
            .find(|says| says.as_stored() == word)
            .ok_or(UnknownStatement)
    }
}

impl fmt::Display for Speaker {
    /// The form in the database: `customer`, `carrier` or an agent's id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Customer => f.write_str("customer"),
            Self::Carrier => f.write_str("carrier"),
            Self::Agent(agent) => agent.fmt(f),
        }
    }
}

/// Nobody who could say something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a speaker: expected customer, carrier or an agent's id")]
pub struct UnknownSpeaker;

impl FromStr for Speaker {
    type Err = UnknownSpeaker;

    fn from_str(word: &str) -> Result<Self, UnknownSpeaker> {
        match word {
            "customer" => Ok(Self::Customer),
            "carrier" => Ok(Self::Carrier),
            agent => agent.parse().map(Self::Agent).map_err(|_| UnknownSpeaker),
        }
    }
}

impl Standing {
    /// From the newest entry about blocking and the newest of the others.
    #[must_use]
    pub fn of(blocking: Option<Entry>, other: Option<Entry>) -> Self {
        if let Some(entry) = blocking.filter(|entry| entry.says == Statement::Blocks) {
            return Self { consent: Consent::Blocked, entry: Some(entry) };
        }
        let consent = match other.as_ref().map(|entry| entry.says) {
            Some(Statement::OptsOut) => Consent::OptedOut,
            Some(Statement::Unreachable) => Consent::Unreachable,
            Some(Statement::Allows | Statement::Blocks | Statement::Unblocks) | None => Consent::Allowed,
        };
        Self { consent, entry: other }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(says: Statement) -> Entry {
        Entry { says, by: Speaker::Customer, since: Timestamp(0), reason: String::new() }
    }

    #[test]
    fn what_is_stored_is_read() {
        use Statement::{Allows, Blocks, OptsOut, Unblocks, Unreachable};
        for says in [Allows, OptsOut, Unreachable, Blocks, Unblocks] {
            assert_eq!(says.as_stored().parse(), Ok(says));
        }
        for by in [Speaker::Customer, Speaker::Carrier, Speaker::Agent(UserId::new(7).unwrap())] {
            assert_eq!(by.to_string().parse(), Ok(by));
        }
        assert_eq!("".parse::<Statement>(), Err(UnknownStatement));
        assert_eq!("0".parse::<Speaker>(), Err(UnknownSpeaker));
    }

    #[test]
    fn what_was_said_later_counts() {
        use Statement::{Allows, OptsOut};
        let at = |says, by, since| Entry { says, by, since: Timestamp(since), reason: "STOP or START".to_owned() };
        let agent = Speaker::Agent(UserId::new(7).unwrap());
        let overtaken =
            |says, said, ledger: &[Entry]| overtaken_by(says, Timestamp(said), Timestamp(100_000), ledger).is_some();
        // A START that was said before a STOP, whoever said that, opts nobody in.
        for by in [Speaker::Customer, Speaker::Carrier, agent] {
            assert!(overtaken(Allows, 10_000, &[at(OptsOut, by, 20_000)]));
            assert!(!overtaken(Allows, 30_000, &[at(OptsOut, by, 20_000)]));
        }
        // And the other way round; but to write is not to ask for texts.
        assert!(overtaken(OptsOut, 10_000, &[at(Allows, Speaker::Customer, 20_000)]));
        assert!(!overtaken(OptsOut, 30_000, &[at(Allows, Speaker::Customer, 20_000)]));
        let wrote = Entry { reason: WROTE.to_owned(), ..at(Allows, Speaker::Customer, 20_000) };
        assert!(!overtaken(OptsOut, 10_000, &[wrote, at(Allows, agent, 20_000)]));
        // Within one second nobody knows; then it is the opt-out that holds.
        assert!(overtaken(Allows, 10_000, &[at(OptsOut, Speaker::Customer, 10_300)]));
        assert!(!overtaken(OptsOut, 10_000, &[at(Allows, Speaker::Customer, 10_300)]));
        // An older entry counts too, where a newer is about something else, and one from the future never.
        let ledger = [at(Statement::Blocks, agent, 40_000), at(OptsOut, Speaker::Customer, 20_000)];
        assert!(overtaken(Allows, 10_000, &ledger));
        assert!(!overtaken(Allows, 10_000, &[at(OptsOut, Speaker::Customer, 200_000)]));
    }

    #[test]
    fn a_block_stands_above_what_the_customer_says_and_leaves_it() {
        let of = |blocking, other: Option<Statement>| Standing::of(Some(entry(blocking)), other.map(entry)).consent;
        assert_eq!(of(Statement::Blocks, Some(Statement::Allows)), Consent::Blocked);
        assert_eq!(of(Statement::Unblocks, Some(Statement::OptsOut)), Consent::OptedOut);
        assert_eq!(of(Statement::Unblocks, None), Consent::Allowed);
        assert_eq!(Standing::of(None, None), Standing { consent: Consent::Allowed, entry: None });
    }
}
