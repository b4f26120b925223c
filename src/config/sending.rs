//! `[vonage]`'s `api` and `request_signature`: by which of Vonage's APIs SMS leave, and what a request shows.

use jsonwebtoken::{EncodingKey, crypto};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::environment::Environment;
use super::problem::Problem;
use super::reader::Section;
use super::services::secret;
use super::signing::{Algorithm, SignatureSecrets};
use crate::domain::webhook::Api;

/// By which API SMS are sent.
#[derive(Clone, Debug)]
pub enum Sending {
    /// Without a `signature`, a request shows the account's secret.
    Sms { signature: Option<RequestSignature> },
    /// Without an `application`, a request shows the account's key and secret.
    Messages { application: Option<Application> },
}

/// How our own requests to the SMS API are signed.
#[derive(Clone, Debug)]
pub struct RequestSignature {
    pub algorithm: Algorithm,
    pub secret: SecretString,
}

/// An application at Vonage, in whose name messages are sent.
#[derive(Clone, Debug)]
pub struct Application {
    /// A UUID.
    pub id: String,
    /// An RSA key that has signed: what it makes are RS256 signatures.
    pub private_key: EncodingKey,
}

impl Sending {
    #[must_use]
    pub const fn api(&self) -> Api {
        match self {
            Self::Sms { .. } => Api::Sms,
            Self::Messages { .. } => Api::Messages,
        }
    }

    pub(super) const fn signs_requests(&self) -> bool {
        matches!(self, Self::Sms { signature: Some(_) })
    }
}

/// What of it is wrong is noted, and read as if it were left out.
pub(super) fn read(section: &mut Section<'_>, env: &Environment, secrets: &SignatureSecrets) -> Sending {
    let api = section.one_of("api", &Api::ALL.map(|api| (api.as_str(), api)));
    let algorithm = section.one_of("request_signature", &Algorithm::words());
    let application = application(section, env);
    match (api, algorithm) {
        (Api::Messages, None) => Sending::Messages { application },
        (Api::Messages, Some(_)) => {
            let sentence = "signs requests of the SMS API, and `vonage.api` is \"messages\": leave it out";
            section.problem("request_signature", sentence);
            Sending::Messages { application }
        }
        (Api::Sms, None) => Sending::Sms { signature: None },
        (Api::Sms, Some(algorithm)) => {
            let secret = secrets.current.clone();
            if secret.is_none() {
                section.note(secrets.missing("vonage.request_signature"));
            }
            Sending::Sms { signature: secret.map(|secret| RequestSignature { algorithm, secret }) }
        }
    }
}

/// Both variables or none. They may be set before `api` is changed, so the SMS API is no reason to refuse them.
fn application(section: &mut Section<'_>, env: &Environment) -> Option<Application> {
    const ID: &str = "VONAGE_APPLICATION_ID";
    const KEY: &str = "VONAGE_PRIVATE_KEY";
    let id = secret(section, env, ID);
    let pem = env.pem(KEY).unwrap_or_else(|problem| {
        section.note(problem);
        None
    });
    // A value that is wrong was told; that it is missing would be no news.
    let lacks = |name: &str| !env.has_secret(name);
    if id.is_some() && lacks(KEY) {
        section.note(Problem::new(None, KEY, format!("must be set, since {ID} is: {A_KEY}")));
    }
    if pem.is_some() && lacks(ID) {
        let sentence = format!("must be set, since {KEY} is: the id of the application that the key belongs to");
        section.note(Problem::new(None, ID, sentence));
    }
    let id = id.and_then(|id| {
        let id = id.expose_secret().parse::<Uuid>().ok();
        if id.is_none() {
            let sentence = "must be the application's id as Vonage's dashboard shows it, such as \
                aaaaaaaa-bbbb-cccc-dddd-0123456789ab";
            section.note(Problem::new(None, ID, sentence));
        }
        id
    });
    let private_key = pem.and_then(|pem| {
        let key = rsa_key(&pem);
        if key.is_none() {
            section.note(Problem::new(None, KEY, format!("must be {A_KEY}")));
        }
        key
    });
    Some(Application { id: id?.to_string(), private_key: private_key? })
}

const A_KEY: &str = "the application's private key, an RSA key in PEM form that begins with -----BEGIN PRIVATE KEY-----; \
    Vonage's dashboard hands it out as private.key. Line breaks may be written as \\n; or name the file in \
    VONAGE_PRIVATE_KEY_FILE";

/// The key, if it can sign: what is only shaped like one is found out here, and not at the first SMS.
fn rsa_key(pem: &SecretString) -> Option<EncodingKey> {
    let key = EncodingKey::from_rsa_pem(pem.expose_secret().as_bytes()).ok()?;
    crypto::sign(b"", &key, jsonwebtoken::Algorithm::RS256).ok()?;
    Some(key)
}
