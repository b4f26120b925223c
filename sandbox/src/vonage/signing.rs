//! Signed webhooks of the SMS API, as the account's settings want them.

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
