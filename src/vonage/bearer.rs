//! How the Messages API signs its webhooks: a bearer token (a JWT, HS256) that vouches for the body.
//!
//! Source: Vonage's page on signed webhooks. The SDKs look at the token alone; its word about the body, who issued it
//! and how old it is are for us to check.

use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::door::Age;
use super::signature::hex;
use crate::domain::time::Timestamp;

/// Who issues the tokens.
const ISSUER: &str = "Vonage";

/// What an authentic token says about time. Vonage's own have no `nbf` and no `exp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    issued: Timestamp,
    not_before: Option<Timestamp>,
    expires: Option<Timestamp>,
}

impl Token {
    /// Whether it may be taken now: not further from its `iat` than `max_age`, and within what else it says of itself.
    #[must_use]
    pub fn holds_at(&self, now: Timestamp, max_age: Duration) -> bool {
        self.age(now, max_age) == Age::Holds
    }

    /// How it stands to our clock.
    pub(super) fn age(&self, now: Timestamp, max_age: Duration) -> Age {
        match Age::of(self.issued, now, max_age) {
            Age::Holds if self.expires.is_some_and(|ends| ends <= now) => Age::TooOld,
            Age::Holds if self.not_before.is_some_and(|begins| now < begins) => Age::Ahead,
            age => age,
        }
    }
}

/// Opens a token that was signed with this secret, by Vonage, for this account and for this body; `None` for any other.
#[must_use]
pub fn open(token: &str, secret: &SecretString, api_key: &str, body: &[u8]) -> Option<Token> {
    let key = DecodingKey::from_secret(secret.expose_secret().as_bytes());
    let claims = decode::<Claims>(token, &key, &signature_alone()).ok()?.claims;
    let vouched = claims.payload_hash.to_ascii_lowercase();
    let of_body: bool = hash(body).as_bytes().ct_eq(vouched.as_bytes()).into();
    if !of_body || claims.iss != ISSUER || claims.api_key != api_key {
        return None;
    }
    Some(Token { issued: moment(claims.iat), not_before: claims.nbf.map(moment), expires: claims.exp.map(moment) })
}

/// A token as Vonage would make it, for webhooks of our own making. `jti` is different for each.
#[must_use]
pub fn sign(secret: &SecretString, api_key: &str, body: &[u8], jti: &str, now: Timestamp) -> String {
    let claims = json!({
        "iat": now.unix_seconds(),
        "jti": jti,
        "iss": ISSUER,
        "payload_hash": hash(body),
        "api_key": api_key,
    });
    let key = EncodingKey::from_secret(secret.expose_secret().as_bytes());
    encode(&Header::new(Algorithm::HS256), &claims, &key).expect("an HMAC takes a key of any length")
}

/// One algorithm, whatever the token names; and no look at the machine's clock, for ours is another.
fn signature_alone() -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

#[derive(Deserialize)]
struct Claims {
    /// Unix seconds, perhaps with a fraction, as the standard allows; so `nbf` and `exp`.
    iat: f64,
    iss: String,
    /// The SHA-256 of the body's bytes as they came, in hexadecimal.
    payload_hash: String,
    api_key: String,
    nbf: Option<f64>,
    exp: Option<f64>,
}

fn hash(body: &[u8]) -> String {
    hex(&Sha256::digest(body))
}

#[expect(clippy::cast_possible_truncation, reason = "a number past the end of time becomes that end")]
fn moment(seconds: f64) -> Timestamp {
    Timestamp((seconds * 1000.0) as i64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "abcd1234";
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    fn secret(secret: &str) -> SecretString {
        secret.into()
    }

    fn claims(change: impl FnOnce(&mut serde_json::Value)) -> String {
        let mut claims = json!({"iat": 1000, "iss": ISSUER, "payload_hash": hash(b"{}"), "api_key": KEY});
        change(&mut claims);
        let key = EncodingKey::from_secret(b"s");
        encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap()
    }

    #[test]
    fn each_claim_counts() {
        let opens = |token: &str| open(token, &secret("s"), KEY, b"{}");
        assert!(opens(&claims(|_| {})).is_some());
        assert!(opens(&claims(|claims| claims["payload_hash"] = hash(b"{}").to_uppercase().into())).is_some());
        assert!(opens(&claims(|claims| claims["iat"] = 1000.5.into())).is_some());
        for (name, value) in [
            ("iss", json!("vonage")),
            ("iss", json!(null)),
            ("api_key", json!("abcd12345")),
            ("api_key", json!(null)),
            ("payload_hash", json!("")),
            ("payload_hash", json!(hash(b"{} "))),
            ("payload_hash", json!(null)),
            ("iat", json!(null)),
            ("iat", json!("1000")),
        ] {
            assert_eq!(opens(&claims(|claims| claims[name] = value)), None, "{name}");
        }
        let unsigned = claims(|_| {}).rsplit_once('.').unwrap().0.to_owned() + ".";
        assert_eq!(opens(&unsigned), None);
        let none = "eyJhbGciOiJub25lIn0".to_owned() + &unsigned[unsigned.find('.').unwrap()..];
        assert_eq!(opens(&none), None);
    }

    #[test]
    fn age_is_measured_both_ways_and_limits_of_its_own_are_kept() {
        let token = |name: &str, value: i64| {
            let token = claims(|claims| claims[name] = value.into());
            open(&token, &secret("s"), KEY, b"{}").unwrap()
        };
        let age = |token: Token, now: i64| token.age(Timestamp(now * 1000), Duration::from_secs(300));
        let plain = token("iat", 1000);
        let ages = [Age::Ahead, Age::Holds, Age::Holds, Age::TooOld];
        assert_eq!([699, 700, 1300, 1301].map(|now| age(plain, now)), ages);
        assert_eq!([1009, 1010].map(|now| age(token("nbf", 1010), now)), [Age::Ahead, Age::Holds]);
        assert_eq!([1009, 1010].map(|now| age(token("exp", 1010), now)), [Age::Holds, Age::TooOld]);
        let absurd = open(&claims(|claims| claims["iat"] = 1e300.into()), &secret("s"), KEY, b"{}").unwrap();
        assert_eq!(age(absurd, 1000), Age::Ahead);
    }

    proptest! {
        #[test]
        fn what_we_sign_opens_with_what_it_was_signed_for(
            body: Vec<u8>, other: Vec<u8>, key in "[a-z0-9]{8}", word in "[!-~]{1,40}", seconds in 0i64..5_000_000_000,
        ) {
            let now = Timestamp(seconds * 1000);
            let token = sign(&secret(&word), &key, &body, "1", now);
            prop_assert!(open(&token, &secret(&word), &key, &body).unwrap().age(now.plus(DAY), DAY) == Age::Holds);
            prop_assert_eq!(open(&token, &secret(&word), &key, &other).is_some(), body == other);
            prop_assert_eq!(open(&token, &secret(&format!("{word}x")), &key, &body), None);
            prop_assert_eq!(open(&token, &secret(&word), &format!("{key}x"), &body), None);
        }

        #[test]
        fn no_token_makes_it_panic(token in "\\PC*", body: Vec<u8>) {
            prop_assert_eq!(open(&token, &secret("s"), KEY, &body), None);
        }
    }
}
