//! The door of the webhooks: who is let in.

use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// Open to all, or to those who know the path token.
#[derive(Clone, Debug)]
pub(super) struct Door {
    token: Option<SecretString>,
}

impl Door {
    /// `None`: open to all, and the routes have no token.
    pub(super) const fn new(token: Option<SecretString>) -> Self {
        Self { token }
    }

    pub(super) const fn is_open(&self) -> bool {
        self.token.is_none()
    }

    /// Whether a request with this token in its path may come in.
    pub(super) fn admits(&self, presented: Option<&str>) -> bool {
        match (&self.token, presented) {
            (None, None) => true,
            (Some(token), Some(presented)) => same(token.expose_secret(), presented),
            _ => false,
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

    #[test]
    fn only_the_whole_token_opens() {
        let door = Door::new(Some("correct-horse-battery".into()));
        assert!(door.admits(Some("correct-horse-battery")));
        for wrong in [None, Some(""), Some("correct"), Some("correct-horse-batterY"), Some("correct-horse-battery1")] {
            assert!(!door.admits(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn an_open_door_has_no_token() {
        let door = Door::new(None);
        assert!(door.is_open() && door.admits(None) && !door.admits(Some("anything")));
    }
}
