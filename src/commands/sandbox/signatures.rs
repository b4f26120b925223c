//! Signed webhooks: how Vonage signs them, and what the bridge asks for.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use threadline_sandbox::vonage::{self, SignatureMethod, Vonage};

use super::configuration::SendsBy;

/// The account's signature secret. It is for nobody's eyes all the same, as a real one.
const SECRET: &str = "sandbox-signature-secret";
const ANOTHER_SECRET: &str = "not-the-signature-secret";

/// How the account signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Signing {
    #[default]
    None,
    /// Webhooks of the Messages API only, by their token.
    Token,
    /// Those, and webhooks of the SMS API in this way.
    Md5hash,
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

/// What the bridge asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Check {
    /// No signature.
    #[default]
    None,
    Demand,
    /// They are checked, counted and told, and let in.
    Observe,
    /// They are demanded, and none is right.
    WrongSecret,
}

/// What the bridge's configuration says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// The key `signature`.
    pub(super) signature: &'static str,
    pub(super) observe: bool,
    /// The variable `VONAGE_SIGNATURE_SECRET`; empty where there is none.
    pub(super) secret: &'static str,
}

/// Both sides; clones are the same.
#[derive(Clone)]
pub(super) struct Signatures {
    sends_by: SendsBy,
    both: Arc<Mutex<(Signing, Check)>>,
}

impl Signatures {
    /// Nothing is signed, and nothing is asked for.
    pub(super) fn new(sends_by: SendsBy) -> Self {
        Self { sends_by, both: Arc::default() }
    }

    /// How the account signs, and what the bridge asks for.
    pub(super) fn now(&self) -> (Signing, Check) {
        *self.both()
    }

    /// The account signs in another way from now on. A bridge that asked for nothing asks for it, and where nothing is
    /// signed any more, for nothing.
    ///
    /// # Errors
    /// Where the bridge cannot be set so, in a sentence.
    pub(super) fn sign(&self, vonage: &Vonage, signing: Signing) -> Result<(), &'static str> {
        if signing == Signing::Token && self.sends_by == SendsBy::Sms {
            return Err(
                "signing: token alone is for a bridge that sends by the Messages API (threadline sandbox --api \
                        messages); the other ways have the token as well",
            );
        }
        vonage.set_signing(signing.method().map(|method| vonage::Signing { method, secret: SECRET.to_owned() }));
        vonage.set_bearer_signing((signing != Signing::None).then(|| SECRET.to_owned()));
        let mut both = self.both();
        both.0 = signing;
        both.1 = match (signing, both.1) {
            (Signing::None, _) => Check::None,
            (_, Check::None) => Check::Demand,
            (_, asked) => asked,
        };
        Ok(())
    }

    /// The bridge asks for something else from now on.
    pub(super) fn check(&self, check: Check) {
        self.both().1 = check;
    }

    /// What the bridge is to be told.
    pub(super) fn asked(&self) -> Asked {
        let (signing, check) = self.now();
        let (observe, secret) = match check {
            Check::None => return Asked { signature: "none", observe: false, secret: "" },
            Check::Demand => (false, SECRET),
            Check::Observe => (true, SECRET),
            Check::WrongSecret => (false, ANOTHER_SECRET),
        };
        Asked { signature: signing.word(), observe, secret }
    }

    fn both(&self) -> MutexGuard<'_, (Signing, Check)> {
        self.both.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Signing {
    /// The word of the bridge's configuration. Where nothing is signed, the bridge can still wait for it.
    const fn word(self) -> &'static str {
        match self {
            Self::Token => "none",
            Self::Md5hash => "md5hash",
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::None | Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    const fn method(self) -> Option<SignatureMethod> {
        match self {
            Self::None | Self::Token => None,
            Self::Md5hash => Some(SignatureMethod::Md5Hash),
            Self::Md5 => Some(SignatureMethod::Md5Hmac),
            Self::Sha1 => Some(SignatureMethod::Sha1Hmac),
            Self::Sha256 => Some(SignatureMethod::Sha256Hmac),
            Self::Sha512 => Some(SignatureMethod::Sha512Hmac),
        }
    }
}
