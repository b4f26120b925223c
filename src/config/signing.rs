//! How the SMS API signs, and the secrets with which both APIs do.

use secrecy::SecretString;

use super::environment::Environment;
use super::problem::Problem;
use super::reader::Section;
use super::services::secret;

/// How the SMS API signs. Source: Vonage's page on signed webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// MD5 of the fields and then the secret. The others are HMACs.
    Md5Hash,
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

impl Algorithm {
    pub const ALL: [Self; 5] = [Self::Md5Hash, Self::Md5, Self::Sha1, Self::Sha256, Self::Sha512];

    /// The word in the configuration, and in Vonage's dashboard but for its spelling there.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Md5Hash => "md5hash",
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    /// What a key for it may say; `"none"` first, for it is the default.
    pub(super) fn words() -> Vec<(&'static str, Option<Self>)> {
        let algorithms = Self::ALL.map(|algorithm| (algorithm.as_str(), Some(algorithm)));
        std::iter::once(("none", None)).chain(algorithms).collect()
    }
}

/// The account's signature secrets: one for what Vonage sends, what we send, and both APIs.
pub(super) struct SignatureSecrets {
    pub(super) current: Option<SecretString>,
    /// Holds too, while the secret is being changed.
    pub(super) previous: Option<SecretString>,
}

impl SignatureSecrets {
    pub(super) fn read(section: &mut Section<'_>, env: &Environment) -> Self {
        Self {
            current: secret(section, env, "VONAGE_SIGNATURE_SECRET"),
            previous: secret(section, env, "VONAGE_SIGNATURE_SECRET_PREVIOUS"),
        }
    }

    /// That there is none, and yet `what` is set, which needs one.
    pub(super) fn missing(&self, what: &str) -> Problem {
        let sentence = format!(
            "must be set, since `{what}` is: the signature secret (not the API secret) of the account, from the API \
             settings of Vonage's dashboard; or a file that holds it, in VONAGE_SIGNATURE_SECRET_FILE"
        );
        Problem::new(None, "VONAGE_SIGNATURE_SECRET", sentence)
    }
}
