//! Signed webhooks of the Messages API: a token (HS256) over a hash of the body.

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Core;
use super::signing::Digits;

impl Core {
    /// The `Authorization` header of a webhook, if the account signs them.
    pub(super) fn bearer(&self, message: &Value, application: bool) -> Option<String> {
        let secret = self.state.read(|state| state.bearer_secret.clone())?;
        let claims = self.bearer_claims(message.to_string().as_bytes(), application);
        Some(written(&claims, &secret))
    }

    /// The claims about a raw body: there is no `exp`.
    pub(super) fn bearer_claims(&self, body: &[u8], application: bool) -> Value {
        let mut claims = json!({
            "iat": self.unix_seconds(),
            "jti": Uuid::new_v4().to_string(),
            "iss": "Vonage",
            "payload_hash": format!("{:x}", Digits(&Sha256::digest(body))),
            "api_key": self.setup.api_key,
        });
        if application {
            claims["application_id"] = self.setup.application.id.as_str().into();
        }
        claims
    }
}

/// `Bearer …` with these claims.
pub(super) fn written(claims: &Value, secret: &str) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes());
    let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key).expect("claims can be signed");
    format!("Bearer {token}")
}
