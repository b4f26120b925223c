//! The door of the webhooks: who is let in.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::bearer;
use super::signature::{self, SIG};
use super::wire::Fields;
use crate::config::{self, Algorithm, Bearer, Guard, Signatures};
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Api, Unsigned};

/// Asks for a path token, a signature, both, or neither.
#[derive(Clone, Debug)]
pub(super) struct Door(config::Door);

/// What a webhook shows besides the path token, in the manner of its API.
pub(super) enum Shown<'a> {
    /// `None` where they cannot be read.
    Sms(Option<Fields>),
    Messages {
        bearer: Option<&'a str>,
        body: &'a [u8],
    },
}

/// What a look at a signature came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Checked {
    pub(super) judged: Result<(), Distrust>,
    /// Whether what is not signed well is let in all the same.
    pub(super) only_observed: bool,
}

impl Checked {
    /// Whether it does not show who sent it, be that let in or not.
    pub(super) const fn is_unsigned(self) -> bool {
        matches!(self.judged, Err(Distrust::Unsigned(_)))
    }
}

/// A signature that is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Distrust {
    Unsigned(Unsigned),
    /// Authentic, but too old.
    TooOld,
    /// Authentic, and by our clock signed later than now: our clock is wrong.
    WrongClock,
}

impl Door {
    pub(super) const fn new(config: config::Door) -> Self {
        Self(config)
    }

    pub(super) const fn has_token(&self) -> bool {
        self.0.path_token.is_some()
    }

    /// Whether nothing guards the webhooks of this API, so that none may come in.
    pub(super) const fn is_closed(&self, api: Api) -> bool {
        self.0.is_closed(api)
    }

    /// Whether a request with this token in its path may come near.
    pub(super) fn admits(&self, presented: Option<&str>) -> bool {
        match (&self.0.path_token, presented) {
            (None, None) => true,
            (Some(token), Some(presented)) => same(token.expose_secret(), presented),
            _ => false,
        }
    }

    /// Looks at the signature; `None` where its API is not asked for any.
    pub(super) fn checks(&self, shown: &Shown<'_>, now: Timestamp) -> Option<Checked> {
        match (shown, &self.0.sms, &self.0.messages) {
            (Shown::Sms(fields), Guard::Signed(signatures), _) => {
                let judged = of_fields(signatures, fields.as_ref(), now);
                Some(Checked { judged, only_observed: signatures.observe })
            }
            (Shown::Messages { bearer, body }, _, Guard::Signed(signatures)) => {
                Some(Checked { judged: of_token(signatures, *bearer, body, now), only_observed: signatures.observe })
            }
            _ => None,
        }
    }
}

/// Vonage always says when it signed: without a time nothing could be said of a webhook's age, and so it is wrong.
fn of_fields(signatures: &Signatures<Algorithm>, fields: Option<&Fields>, now: Timestamp) -> Result<(), Distrust> {
    let sig = fields.and_then(|fields| Some((fields, fields.get(SIG)?)));
    let (fields, sig) = sig.ok_or(Distrust::Unsigned(Unsigned::Missing))?;
    let wrong = Distrust::Unsigned(Unsigned::Wrong);
    let fits = |secret: &SecretString| signature::fits(signatures.how, secret, fields.by_name(), sig);
    if !secrets(signatures).any(fits) {
        return Err(wrong);
    }
    let sent = fields.get("timestamp").and_then(|seconds| seconds.parse::<i64>().ok()).ok_or(wrong)?;
    let sent = Timestamp(sent.saturating_mul(1000));
    Age::of(sent, now, signatures.max_age).judged()
}

fn of_token(signatures: &Signatures<Bearer>, token: Option<&str>, body: &[u8], now: Timestamp) -> Result<(), Distrust> {
    let token = token.ok_or(Distrust::Unsigned(Unsigned::Missing))?;
    let Bearer { api_key } = &signatures.how;
    let opened = secrets(signatures).find_map(|secret| bearer::open(token, secret, api_key, body));
    let opened = opened.ok_or(Distrust::Unsigned(Unsigned::Wrong))?;
    opened.age(now, signatures.max_age).judged()
}

fn secrets<How>(signatures: &Signatures<How>) -> impl Iterator<Item = &SecretString> {
    std::iter::once(&signatures.secret).chain(&signatures.previous)
}

/// How the time at which something was signed stands to our clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    Holds,
    TooOld,
    /// It was signed later than it can be now: whoever signed it has the secret, so our clock is behind.
    Ahead,
}

impl Age {
    pub(super) fn of(signed: Timestamp, now: Timestamp, max_age: Duration) -> Self {
        if now.since(signed) > max_age {
            Self::TooOld
        } else if signed.since(now) > max_age {
            Self::Ahead
        } else {
            Self::Holds
        }
    }

    const fn judged(self) -> Result<(), Distrust> {
        match self {
            Self::Holds => Ok(()),
            Self::TooOld => Err(Distrust::TooOld),
            Self::Ahead => Err(Distrust::WrongClock),
        }
    }
}

/// In a time that tells nothing about `token`: hashes have one length, whatever was presented.
fn same(token: &str, presented: &str) -> bool {
    Sha256::digest(token).ct_eq(&Sha256::digest(presented)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(token: Option<&str>) -> Door {
        Door::new(config::Door::unsigned(token.map(Into::into)))
    }

    #[test]
    fn only_the_whole_token_opens() {
        let door = door(Some("correct-horse-battery"));
        assert!(door.admits(Some("correct-horse-battery")));
        for wrong in [None, Some(""), Some("correct"), Some("correct-horse-batterY"), Some("correct-horse-battery1")] {
            assert!(!door.admits(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn an_open_door_has_no_token() {
        let door = door(None);
        assert!(!door.has_token() && door.admits(None) && !door.admits(Some("anything")));
    }
}
