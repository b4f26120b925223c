//! The door of the webhooks: who is let in.

use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::signature::{self, SIG};
use super::wire::Fields;
use crate::config::{self, Signatures};
use crate::domain::time::Timestamp;
use crate::domain::webhook::Unsigned;

/// Asks for a path token, a signature, both, or neither.
#[derive(Clone, Debug)]
pub(super) struct Door(config::Door);

/// A signature that is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Distrust {
    Unsigned(Unsigned),
    /// Authentic, but too old.
    TooOld,
}

impl Door {
    pub(super) const fn new(config: config::Door) -> Self {
        Self(config)
    }

    pub(super) const fn has_token(&self) -> bool {
        self.0.path_token.is_some()
    }

    pub(super) const fn asks_for_a_signature(&self) -> bool {
        self.0.signatures.is_some()
    }

    /// Whether what is not signed well is let in all the same.
    pub(super) fn only_observes(&self) -> bool {
        self.0.signatures.as_ref().is_some_and(|signatures| signatures.observe)
    }

    /// Whether a request with this token in its path may come near.
    pub(super) fn admits(&self, presented: Option<&str>) -> bool {
        match (&self.0.path_token, presented) {
            (None, None) => true,
            (Some(token), Some(presented)) => same(token.expose_secret(), presented),
            _ => false,
        }
    }

    /// Looks at the signature, if one is asked for. `readings` are all fields and, where the URL had a query beside a
    /// body, those of the body alone: it is not documented which of them Vonage signs.
    pub(super) fn checks(&self, readings: &[Fields], now: Timestamp) -> Result<(), Distrust> {
        let Some(Signatures { algorithm, secret, previous, max_age, .. }) = &self.0.signatures else {
            return Ok(());
        };
        let mut judged = Err(Distrust::Unsigned(Unsigned::Missing));
        for fields in readings {
            let Some(sig) = fields.get(SIG) else { continue };
            let fits = |secret: &SecretString| signature::fits(*algorithm, secret, fields.by_name(), sig);
            if fits(secret) || previous.as_ref().is_some_and(fits) {
                let sent = fields.get("timestamp").and_then(|seconds| seconds.parse::<i64>().ok());
                // Without its time nothing can be said of its age; it is authentic, and a repeat has no effect.
                let sent = sent.map_or(now, |seconds| Timestamp(seconds.saturating_mul(1000)));
                let away = now.since(sent).max(sent.since(now));
                return if away > *max_age { Err(Distrust::TooOld) } else { Ok(()) };
            }
            judged = Err(Distrust::Unsigned(Unsigned::Wrong));
        }
        judged
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
        Door::new(config::Door { path_token: token.map(Into::into), signatures: None })
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
