//! `[vonage.webhooks]`: what keeps strangers from posting texts of their own.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

use super::environment::Environment;
use super::problem::Problem;
use super::reader::Section;
use super::services::secret;
use super::signing::{Algorithm, SignatureSecrets};
use super::values;
use crate::domain::webhook::Api;

/// What a webhook has to show. Where a path token and a signature are set, both are asked for.
#[derive(Clone, Debug)]
pub struct Door {
    /// The routes stand under `/webhooks/<token>/`. At least 16 characters that need no escaping in a URL.
    pub path_token: Option<SecretString>,
    /// For webhooks of the SMS API, which are signed by their parameter `sig`.
    pub sms: Guard<Algorithm>,
    /// For webhooks of the Messages API, which are signed by a bearer token.
    pub messages: Guard<Bearer>,
}

/// What the webhooks of one API have to show besides the path token, if there is one.
#[derive(Clone, Debug)]
pub enum Guard<How> {
    /// Nothing lets them in: neither a path token nor a signature would say who they are from.
    Closed,
    /// Nothing.
    Open,
    Signed(Signatures<How>),
}

/// How the webhooks of one API are signed.
#[derive(Clone, Debug)]
pub struct Signatures<How> {
    pub how: How,
    pub secret: SecretString,
    /// Holds too, while the secret is being changed.
    pub previous: Option<SecretString>,
    /// Check, count and warn, but let in what is not signed well.
    pub observe: bool,
    /// How far the time of a signed webhook may be from now.
    pub max_age: Duration,
}

/// What the Messages API's tokens say beside the signature.
#[derive(Clone, Debug)]
pub struct Bearer {
    /// Only this account's tokens are good.
    pub api_key: String,
}

impl Door {
    /// How old a signed webhook may be at most; nothing where none is signed.
    #[must_use]
    pub fn max_age(&self) -> Duration {
        let of_sms = if let Guard::Signed(signatures) = &self.sms { signatures.max_age } else { Duration::ZERO };
        match &self.messages {
            Guard::Signed(signatures) => signatures.max_age.max(of_sms),
            Guard::Closed | Guard::Open => of_sms,
        }
    }

    /// Asks for this token in the path, and for nothing else.
    #[must_use]
    pub const fn unsigned(path_token: Option<SecretString>) -> Self {
        Self { path_token, sms: Guard::Open, messages: Guard::Open }
    }

    /// Whether anyone may bring webhooks of this API.
    #[must_use]
    pub fn is_open(&self, api: Api) -> bool {
        let lets_in = match api {
            Api::Sms => self.sms.lets_in_unsigned(),
            Api::Messages => self.messages.lets_in_unsigned(),
        };
        lets_in && self.path_token.is_none()
    }

    /// Whether nobody may.
    #[must_use]
    pub const fn is_closed(&self, api: Api) -> bool {
        match api {
            Api::Sms => self.sms.is_closed(),
            Api::Messages => self.messages.is_closed(),
        }
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
    pub fn receipt_callback(&self, api: Api, public_url: &str) -> String {
        let route = match api {
            Api::Sms => "delivery-receipt",
            Api::Messages => "message-status",
        };
        format!("{public_url}{}/{route}", self.webhooks_path())
    }
}

impl<How> Guard<How> {
    /// `otherwise`: whether something else, or nobody's worry, lets webhooks in that are not signed.
    fn new(signatures: Option<Signatures<How>>, otherwise: bool) -> Self {
        match signatures {
            Some(signatures) if otherwise || !signatures.observe => Self::Signed(signatures),
            None if otherwise => Self::Open,
            // To observe guards nothing.
            Some(_) | None => Self::Closed,
        }
    }

    const fn is_closed(&self) -> bool {
        matches!(self, Self::Closed)
    }

    const fn lets_in_unsigned(&self) -> bool {
        match self {
            Self::Closed => false,
            Self::Open => true,
            Self::Signed(signatures) => signatures.observe,
        }
    }
}

/// What the rest of `[vonage]` says about its webhooks.
pub(super) struct Account<'a> {
    /// Which API sends, and so must be able to hear.
    pub(super) api: Api,
    pub(super) api_key: Option<&'a str>,
    pub(super) secrets: &'a SignatureSecrets,
    /// Whether our own requests are signed with the same secret.
    pub(super) signs_requests: bool,
}

/// How old a signed webhook may be. Vonage tries again for 24 hours, and it is not documented whether it signs anew.
const MAX_AGE: &str = "25h";

pub(super) fn door(section: &mut Section<'_>, env: &Environment, account: &Account<'_>) -> Option<Door> {
    let path_token = path_token(section, env);
    let sms = algorithm(section);
    let observe = section.flag("observe");
    let max_age = section.parsed_or("max_age", MAX_AGE, values::some_duration);
    let insecure = section.flag("insecure");
    let (path_token, sms) = (path_token?, sms?);
    if !secrets_are_of_use(section, account, sms, observe) {
        return None;
    }
    let SignatureSecrets { current, previous } = account.secrets;
    // Without a key nothing is configured, and that was told.
    let api_key = account.api_key.unwrap_or_default().to_owned();
    let sms = sms.zip(current.clone());
    let sms = sms.map(|(how, secret)| Signatures { how, secret, previous: previous.clone(), observe, max_age });
    let messages = current.clone().map(|secret| Signatures {
        how: Bearer { api_key },
        secret,
        previous: previous.clone(),
        observe,
        max_age,
    });
    let guarded = path_token.is_some();
    let closed = Guard::new(sms.clone(), guarded).is_closed() || Guard::new(messages.clone(), guarded).is_closed();
    if insecure && !closed {
        let sentence = "is true, and yet a path token or a signature is asked for: keep one of the two";
        section.problem("insecure", sentence);
        return None;
    }
    // Where the account's webhooks are signed, the other form of them is not a way around the signature.
    let signed_otherwise = account.api == Api::Messages && account.secrets.current.is_some() && !observe;
    let door = Door {
        path_token,
        sms: Guard::new(sms, insecure || (guarded && !signed_otherwise)),
        messages: Guard::new(messages, guarded || insecure),
    };
    if door.is_closed(account.api) {
        section.problem("path_token", nothing_guards(account.api));
        return None;
    }
    Some(door)
}

fn nothing_guards(api: Api) -> String {
    let signature = match api {
        Api::Sms => "(`signature`, without `observe`)",
        Api::Messages => "(VONAGE_SIGNATURE_SECRET, without `observe`)",
    };
    format!(
        "nothing keeps strangers out: set `path_token` here, or WEBHOOK_PATH_TOKEN (better), to at least 16 random \
         characters; or let Vonage sign {signature}; or, to accept webhooks from anyone, `insecure = true`"
    )
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
fn algorithm(section: &mut Section<'_>) -> Option<Option<Algorithm>> {
    let algorithm = section.one_of("signature", &Algorithm::words());
    // A word that is none of them was told already.
    let wrong = algorithm.is_none() && section.text("signature").is_some_and(|word| word != "none");
    (!wrong).then_some(algorithm)
}

/// Whether the secrets and what asks for them fit together; says why where they do not.
fn secrets_are_of_use(section: &mut Section<'_>, account: &Account<'_>, sms: Option<Algorithm>, observe: bool) -> bool {
    let SignatureSecrets { current, previous } = account.secrets;
    let elsewhere = account.api == Api::Messages || account.signs_requests;
    match (sms, current) {
        (Some(_), None) => {
            section.note(account.secrets.missing("vonage.webhooks.signature"));
            false
        }
        (Some(_), Some(_)) => true,
        (None, Some(_)) if elsewhere => true,
        (None, None) if previous.is_none() && !observe => true,
        (None, None) if elsewhere => {
            let what = if observe { "vonage.webhooks.observe" } else { "VONAGE_SIGNATURE_SECRET_PREVIOUS" };
            section.note(account.secrets.missing(what));
            false
        }
        (None, _) => {
            let what = if observe { "`observe` is true" } else { "a signature secret is set" };
            let sentence = format!("is \"none\", and yet {what}: name the algorithm that Vonage's dashboard shows");
            section.problem("signature", sentence);
            false
        }
    }
}
