//! `[vonage.webhooks]`: what keeps strangers from posting texts of their own.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

use super::environment::Environment;
use super::problem::Problem;
use super::reader::Section;
use super::services::secret;
use super::values;

/// What a webhook has to show. Where both are set, both are asked for; where none is, anyone may post.
#[derive(Clone, Debug, Default)]
pub struct Door {
    /// The routes stand under `/webhooks/<token>/`. At least 16 characters that need no escaping in a URL.
    pub path_token: Option<SecretString>,
    pub signatures: Option<Signatures>,
}

/// How Vonage signs its webhooks.
#[derive(Clone, Debug)]
pub struct Signatures {
    pub algorithm: Algorithm,
    pub secret: SecretString,
    /// Holds too, while the secret is being changed.
    pub previous: Option<SecretString>,
    /// Check, count and warn, but let in what is not signed well.
    pub observe: bool,
    /// How far the time of a signed webhook may be from now.
    pub max_age: Duration,
}

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
}

impl Door {
    /// Whether anyone may post.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.path_token.is_none() && self.signatures.as_ref().is_none_or(|signatures| signatures.observe)
    }

    /// Where the webhooks' routes stand.
    #[must_use]
    pub fn webhooks_path(&self) -> String {
        match &self.path_token {
            Some(token) => format!("/webhooks/{}", token.expose_secret()),
            None => "/webhooks".to_owned(),
        }
    }

    /// Where receipts come in, below the address under which the world reaches us.
    #[must_use]
    pub fn receipt_callback(&self, public_url: &str) -> String {
        format!("{public_url}{}/delivery-receipt", self.webhooks_path())
    }
}

/// How old a signed webhook may be. Vonage tries again for 24 hours, and it is not documented whether it signs anew.
const MAX_AGE: &str = "25h";

pub(super) fn door(section: &mut Section<'_>, env: &Environment) -> Option<Door> {
    let path_token = path_token(section, env);
    let signatures = signatures(section, env);
    let insecure = section.flag("insecure");
    let (path_token, signatures) = (path_token?, signatures?);
    let door = Door { path_token, signatures };
    match (door.is_open(), insecure) {
        (true, false) => {
            let sentence = "nothing keeps strangers out: set `path_token` here, or WEBHOOK_PATH_TOKEN (better), to at \
                least 16 random characters; or let Vonage sign (`signature`, without `observe`); or, to accept webhooks \
                from anyone, `insecure = true`";
            section.problem("path_token", sentence);
            None
        }
        (false, true) => {
            let sentence = "is true, and yet a path token or a signature is asked for: keep one of the two";
            section.problem("insecure", sentence);
            None
        }
        _ => Some(door),
    }
}

/// `None`: wrong; `Some(None)`: not set.
#[expect(clippy::option_option, reason = "a wrong one is not the same as none")]
fn path_token(section: &mut Section<'_>, env: &Environment) -> Option<Option<SecretString>> {
    let in_file = section.text("path_token");
    if let Some(token) = secret(section, env, "WEBHOOK_PATH_TOKEN") {
        if let Err(sentence) = values::path_token(token.expose_secret()) {
            section.note(Problem::new(None, "WEBHOOK_PATH_TOKEN", sentence));
            return None;
        }
        return Some(Some(token));
    }
    match in_file.map(values::path_token) {
        None => Some(None),
        Some(Ok(token)) => Some(Some(SecretString::from(token))),
        Some(Err(sentence)) => {
            section.problem("path_token", sentence);
            None
        }
    }
}

/// `None`: wrong; `Some(None)`: `"none"`.
#[expect(clippy::option_option, reason = "a wrong one is not the same as none")]
fn signatures(section: &mut Section<'_>, env: &Environment) -> Option<Option<Signatures>> {
    let words: Vec<(&str, Option<Algorithm>)> = std::iter::once(("none", None))
        .chain(Algorithm::ALL.map(|algorithm| (algorithm.as_str(), Some(algorithm))))
        .collect();
    let algorithm = section.one_of("signature", &words);
    let observe = section.flag("observe");
    let max_age = section.parsed_or("max_age", MAX_AGE, values::some_duration);
    let current = secret(section, env, "VONAGE_SIGNATURE_SECRET");
    let previous = secret(section, env, "VONAGE_SIGNATURE_SECRET_PREVIOUS");
    match (algorithm, current) {
        (None, None) if previous.is_none() && !observe => Some(None),
        // A word that is none of them was told already.
        (None, _) if section.text("signature").is_some_and(|word| word != "none") => None,
        (None, _) => {
            let what = if observe { "`observe` is true" } else { "a signature secret is set" };
            let sentence = format!("is \"none\", and yet {what}: name the algorithm that Vonage's dashboard shows");
            section.problem("signature", sentence);
            None
        }
        (Some(_), None) => {
            let sentence = "must be set, since `vonage.webhooks.signature` is: the signature secret (not the API secret) \
                of the account, from the API settings of Vonage's dashboard; or a file that holds it, in \
                VONAGE_SIGNATURE_SECRET_FILE";
            section.note(Problem::new(None, "VONAGE_SIGNATURE_SECRET", sentence));
            None
        }
        (Some(algorithm), Some(secret)) => Some(Some(Signatures { algorithm, secret, previous, observe, max_age })),
    }
}
