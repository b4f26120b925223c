//! The account's application: its id, and the key pair whose tokens may send messages in its name.

use std::fmt;
use std::sync::{Arc, LazyLock, OnceLock};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;
use uuid::Uuid;

/// An application of the dashboard. Clones are the same; [`Debug`](fmt::Debug) keeps the key to itself.
#[derive(Clone)]
pub struct Application {
    /// A UUID.
    pub id: String,
    /// Made when it is first asked for: most accounts of tests send no message.
    key: Arc<OnceLock<Key>>,
}

struct Key {
    private_pem: String,
    /// An `RSAPublicKey` (PKCS#1).
    public: Vec<u8>,
}

/// What is wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenFault {
    /// Not signed with the application's key, not one of its tokens at all, or not valid now.
    Wrong,
    /// In the name of another application.
    OtherApplication,
}

/// Making a key takes a while, so all accounts of one process have one, unless they want [their own](Application::fresh).
static COMMON_KEY: LazyLock<Arc<OnceLock<Key>>> = LazyLock::new(Arc::default);

/// A token without `exp` lives this long, in seconds.
const USUAL_LIFE: i64 = 15 * 60;
const LONGEST_LIFE: i64 = 24 * 60 * 60;
/// How far the clocks may be apart, in seconds. Not documented.
const SKEW: i64 = 30;

impl Default for Application {
    /// With the key that all accounts of this process share.
    fn default() -> Self {
        Self { id: Uuid::new_v4().to_string(), key: COMMON_KEY.clone() }
    }
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Application {
    /// With a key of its own.
    pub fn fresh() -> Self {
        Self { id: Uuid::new_v4().to_string(), key: Arc::default() }
    }

    /// The private key as the dashboard hands it out: RSA, 2048 bits, PKCS#8, PEM.
    pub fn private_key_pem(&self) -> &str {
        &self.key().private_pem
    }

    /// Holds a token (RS256) against the key and the claims `application_id`, `iat`, `jti`, `exp` and `nbf`.
    pub(super) fn check(&self, token: &str, unix_seconds: u64) -> Result<(), TokenFault> {
        let mut validation = Validation::new(Algorithm::RS256);
        // The times are looked at below, by the simulator's own clock.
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        let key = DecodingKey::from_rsa_der(&self.key().public);
        let token = jsonwebtoken::decode::<Value>(token, &key, &validation).map_err(|_| TokenFault::Wrong)?;
        let claims = token.claims;
        let now = i64::try_from(unix_seconds).unwrap_or(i64::MAX);
        let lives = || {
            let issued = claims["iat"].as_i64()?;
            let expires = if claims["exp"].is_null() { issued + USUAL_LIFE } else { claims["exp"].as_i64()? };
            let begins = if claims["nbf"].is_null() { issued } else { claims["nbf"].as_i64()? };
            let now_and_then = issued.max(begins) <= now + SKEW && now < expires;
            Some(now_and_then && expires - issued <= LONGEST_LIFE)
        };
        let named = claims["jti"].as_str().is_some_and(|id| !id.is_empty());
        if token.header.typ.as_deref() != Some("JWT") || !named || lives() != Some(true) {
            return Err(TokenFault::Wrong);
        }
        if claims["application_id"] == self.id.as_str() { Ok(()) } else { Err(TokenFault::OtherApplication) }
    }

    fn key(&self) -> &Key {
        self.key.get_or_init(|| {
            let pair = KeyPair::generate(KeySize::Rsa2048).expect("an RSA key pair can be made");
            let private: Pkcs8V1Der<'_> = pair.as_der().expect("a private key can be written as PKCS#8");
            Key { private_pem: pem(private.as_ref()), public: pair.public_key().as_ref().to_vec() }
        })
    }
}

fn pem(der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let mut pem = "-----BEGIN PRIVATE KEY-----\n".to_owned();
    for line in text.as_bytes().chunks(64) {
        pem.extend(line.iter().copied().map(char::from));
        pem.push('\n');
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    pem
}
