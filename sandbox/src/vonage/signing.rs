//! Signatures of the SMS API, as the account's settings want them: of its webhooks, and of requests to it.

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use uuid::Uuid;

use super::fields::Fields;

/// What an account's settings say about signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signing {
    pub method: SignatureMethod,
    pub secret: String,
}

/// How far a request's `timestamp` may be from now, in seconds. The documents give no number; the Java SDK has this one.
pub(super) const MAX_DIFFERENCE: u64 = 300;

/// The methods that the dashboard offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureMethod {
    Md5Hash,
    Md5Hmac,
    Sha1Hmac,
    Sha256Hmac,
    Sha512Hmac,
}

impl Signing {
    /// The fields with `timestamp` (Unix seconds), `nonce` and `sig`.
    pub(super) fn sign(&self, fields: &Fields, unix_seconds: u64) -> Fields {
        let mut signed = fields.clone();
        signed.set("timestamp", unix_seconds.to_string());
        signed.set("nonce", Uuid::new_v4().to_string());
        signed.remove("sig");
        let sig = self.sig(&signed);
        signed.with("sig", sig)
    }

    /// Whether a request's `sig` is right, over all of its other parameters, and its `timestamp` at most
    /// [`MAX_DIFFERENCE`] away. It is not known on which side the real service is with blank values, so either way passes.
    pub(super) fn verify(&self, fields: &Fields, unix_seconds: u64) -> bool {
        let fresh = |text: &str| text.parse().is_ok_and(|at: u64| at.abs_diff(unix_seconds) <= MAX_DIFFERENCE);
        let mut signed = fields.clone();
        signed.remove("sig");
        let unblank: Fields = signed
            .iter()
            .filter(|(_, value)| !value.trim().is_empty())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let is_right = |sig: &str| [&signed, &unblank].iter().any(|fields| self.sig(fields).eq_ignore_ascii_case(sig));
        fields.get("timestamp").is_some_and(fresh) && fields.get("sig").is_some_and(is_right)
    }

    fn sig(&self, fields: &Fields) -> String {
        let mut pairs: Vec<(&str, &str)> = fields.iter().collect();
        pairs.sort_unstable();
        let written = |value: &str| value.replace(['&', '='], "_");
        let signed: String = pairs.iter().map(|(name, value)| format!("&{name}={}", written(value))).collect();
        match self.method {
            // The hash is told in small letters, the HMACs in capitals.
            SignatureMethod::Md5Hash => format!("{:x}", Digits(&Md5::digest(format!("{signed}{}", self.secret)))),
            SignatureMethod::Md5Hmac => self.hmac::<Hmac<Md5>>(&signed),
            SignatureMethod::Sha1Hmac => self.hmac::<Hmac<Sha1>>(&signed),
            SignatureMethod::Sha256Hmac => self.hmac::<Hmac<Sha256>>(&signed),
            SignatureMethod::Sha512Hmac => self.hmac::<Hmac<Sha512>>(&signed),
        }
    }

    fn hmac<M: Mac + KeyInit>(&self, signed: &str) -> String {
        let mut mac = <M as KeyInit>::new_from_slice(self.secret.as_bytes()).expect("a key may have any length");
        mac.update(signed.as_bytes());
        format!("{:X}", Digits(&mac.finalize().into_bytes()))
    }
}

/// Bytes, to be printed in hexadecimal.
pub(super) struct Digits<'a>(pub(super) &'a [u8]);

impl std::fmt::LowerHex for Digits<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::UpperHex for Digits<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::Value;

    use super::*;

    fn method(name: &str) -> SignatureMethod {
        match name {
            "md5hash" => SignatureMethod::Md5Hash,
            "md5" => SignatureMethod::Md5Hmac,
            "sha1" => SignatureMethod::Sha1Hmac,
            "sha256" => SignatureMethod::Sha256Hmac,
            "sha512" => SignatureMethod::Sha512Hmac,
            _ => panic!("no method is called {name}"),
        }
    }

    fn fields(params: &Value) -> Fields {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        params.as_object().unwrap().iter().map(|(name, value)| (name.clone(), text(value))).collect()
    }

    #[test]
    fn what_the_official_sdks_sign_is_right_for_five_minutes() {
        let Some(folder) = std::env::var_os("THREADLINE_VECTORS") else {
            eprintln!("skipped: THREADLINE_VECTORS names no folder");
            return;
        };
        let vectors = std::fs::read_to_string(Path::new(&folder).join("vonage.json")).unwrap();
        let vectors: Value = serde_json::from_str(&vectors).unwrap();
        let cases = vectors["sms_signature"].as_array().unwrap();
        assert!(cases.len() > 20);
        for case in cases {
            let text = |name: &str| case[name].as_str().unwrap();
            let signing = Signing { method: method(text("algorithm")), secret: text("secret").to_owned() };
            let signed = fields(&case["params"]).with("sig", text("sig"));
            let Some(at) = signed.get("timestamp").and_then(|text| text.parse::<u64>().ok()) else {
                continue;
            };
            assert!(signing.verify(&signed, at), "{}", text("id"));
            assert!(signing.verify(&signed, at + 300) && signing.verify(&signed, at - 300), "{}", text("id"));
            assert!(!signing.verify(&signed, at + 301) && !signing.verify(&signed, at - 301), "{}", text("id"));
            assert!(!signing.verify(&signed.clone().with("to", "447700900999"), at), "{}", text("id"));
            let other = Signing { secret: "another".to_owned(), ..signing };
            assert!(!other.verify(&signed, at), "{}", text("id"));
        }
    }
}
