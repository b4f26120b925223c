//! Whether a customer may be texted, and the words by which customers decide it.

use std::str::FromStr;

use super::reading::{bare, fold, without_politeness};

/// What a whole text asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyword {
    /// No more texts.
    Stop,
    /// Texts again.
    Start,
    /// Who is this?
    Help,
}

/// The keyword that `text` is, not one that it holds: "We have got to STOP this" is a remark.
///
/// Case, quotes, closing punctuation and the polite words of [`super::reading`] do not matter, the
/// last except beside HELP: "help please" wants a person.
#[must_use]
pub fn keyword(text: &str) -> Option<Keyword> {
    let text = fold(text).replace(['-', '\u{2010}', '\u{2011}', '\u{2013}', '\u{2014}'], " ");
    let mut said = bare(&text);
    if HELP.contains(&said) {
        return Some(Keyword::Help);
    }
    loop {
        if STOP.contains(&said) {
            return Some(Keyword::Stop);
        }
        if START.contains(&said) {
            return Some(Keyword::Start);
        }
        said = without_politeness(said, |_| false)?;
    }
}

/// Whether an option must not be named so, because its customers would opt out by choosing it.
#[must_use]
pub fn is_reserved(word: &str) -> bool {
    keyword(word).is_some()
}

/// Whether a customer may be texted. Who never said anything may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    Allowed,
    OptedOut,
}

/// A word in the ledger that is no consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a consent: expected allowed or opted_out")]
pub struct UnknownConsent;

impl Consent {
    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::OptedOut => "opted_out",
        }
    }
}

impl FromStr for Consent {
    type Err = UnknownConsent;

    fn from_str(word: &str) -> Result<Self, UnknownConsent> {
        match word {
            "allowed" => Ok(Self::Allowed),
            "opted_out" => Ok(Self::OptedOut),
            _ => Err(UnknownConsent),
        }
    }
}

/// Folded, with blanks for hyphens. The words that US carriers act on, and their usual spellings.
const STOP: [&str; 11] = [
    "stop",
    "stopall",
    "stop all",
    "end",
    "quit",
    "cancel",
    "unsubscribe",
    "un subscribe",
    "revoke",
    "optout",
    "opt out",
];

const START: [&str; 7] = ["start", "unstop", "un stop", "join", "subscribe", "optin", "opt in"];

const HELP: [&str; 2] = ["help", "info"];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    #[rustfmt::skip] // one word a line is no way to read
    fn keywords() {
        for (texts, meant) in [
            (
                &[
                    "STOP", "Stop.", " STOP! ", "“stop”", "ＳＴＯＰ", "stop please", "Please stop!", "StopAll",
                    "STOP ALL", "end", "quit", "Cancel", "UNSUBSCRIBE", "un-subscribe", "revoke", "OPTOUT",
                    "opt out", "OPT-OUT", "Opt\u{2011}out", "'STOP'", "*stop*", "stop\n", "\u{200E}STOP",
                    "stop, thanks", "ok stop",
                ][..],
                Some(Keyword::Stop),
            ),
            (&["START", "unstop", "Join!", "subscribe", "OPT IN", "opt-in", "start please"], Some(Keyword::Start)),
            (&["HELP", "Info.", "help!"], Some(Keyword::Help)),
            (
                &[
                    "", "We have got to STOP this", "stop?", "don't stop", "stop it", "please help", "help me",
                    "stop 2", "bus stop", "nonstop", "the end", "restart", "start 2", "2", "thanks", "stop start",
                    "cancel my order", "information", "S.T.O.P", "stop/start",
                ],
                None,
            ),
        ] {
            for text in texts {
                assert_eq!(keyword(text), meant, "{text:?}");
            }
        }
        assert!(is_reserved("Cancel") && !is_reserved("Thursday"));
    }

    #[test]
    fn stored_words() {
        for consent in [Consent::Allowed, Consent::OptedOut] {
            assert_eq!(consent.as_str().parse(), Ok(consent));
        }
        assert_eq!("".parse::<Consent>(), Err(UnknownConsent));
    }

    proptest! {
        #[test]
        fn a_keyword_among_words_is_a_remark(
            before in "(x[a-z]{1,8} ){0,2}", after in "( x[a-z]{1,8}){0,2}",
            word in prop::sample::select(["stop", "STOP", "start", "help", "opt out"].to_vec()),
        ) {
            let alone = before.is_empty() && after.is_empty();
            prop_assert_eq!(keyword(&format!("{before}{word}{after}")).is_some(), alone);
        }

        #[test]
        fn any_text_is_read(text in "\\PC*") {
            let _ = keyword(&text);
        }
    }
}
