//! The tokens by which an application at Vonage shows itself.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jsonwebtoken::{Algorithm, Header, encode};
use secrecy::SecretString;
use serde::Serialize;

use crate::config::Application;
use crate::domain::time::Timestamp;
use crate::ports::{Clock, fresh_uuid};

/// How long a token holds. Vonage's SDKs make theirs so; a day is the most that Vonage takes.
const HOLDS: Duration = Duration::from_secs(15 * 60);

/// A token is not shown any more so long before its end: the request takes time, and clocks differ.
const SPARE: Duration = Duration::from_secs(60);

/// Makes tokens, and shows each for as long as it holds.
pub(super) struct Passes {
    application: Application,
    clock: Arc<dyn Clock>,
    current: Mutex<Option<Pass>>,
}

#[derive(Clone)]
struct Pass {
    token: SecretString,
    issued: Timestamp,
}

impl Passes {
    pub(super) fn new(application: Application, clock: Arc<dyn Clock>) -> Self {
        Self { application, clock, current: Mutex::new(None) }
    }

    /// A token that holds now. `None` where the key does not sign, which was tried when the configuration was read.
    pub(super) fn current(&self) -> Option<SecretString> {
        let now = self.clock.now();
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pass) = current.as_ref().filter(|pass| pass.holds_at(now)) {
            return Some(pass.token.clone());
        }
        let pass = Pass { token: self.issue(now)?, issued: now };
        *current = Some(pass.clone());
        Some(pass.token)
    }

    fn issue(&self, now: Timestamp) -> Option<SecretString> {
        let claims = Claims {
            application_id: &self.application.id,
            iat: now.unix_seconds(),
            jti: fresh_uuid(&*self.clock).to_string(),
            exp: now.plus(HOLDS).unix_seconds(),
        };
        // A header made so has `typ` "JWT".
        encode(&Header::new(Algorithm::RS256), &claims, &self.application.private_key).ok().map(Into::into)
    }
}

impl Pass {
    /// Not before it was issued either: the machine's clock may have been set back.
    fn holds_at(&self, now: Timestamp) -> bool {
        self.issued <= now && now < self.issued.plus(HOLDS).minus(SPARE)
    }
}

/// Source: Vonage's page on JSON web tokens.
#[derive(Serialize)]
struct Claims<'a> {
    application_id: &'a str,
    /// Unix seconds, as is `exp`.
    iat: i64,
    /// Every token has another.
    jti: String,
    exp: i64,
}
