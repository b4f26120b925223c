//! How the SMS API signs what it sends and takes: the parameter `sig`.
//!
//! All other parameters, sorted by name, make one text, `&name=value` after `&name=value`, in which `&` and `=` within
//! a value are written `_`. `sig` is the hexadecimal digest of that text and the secret. Two texts can thus have one
//! signature: where a parameter begins is not authenticated. Source: Vonage's page on signing, and its SDKs.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest as _, Md5};
use secrecy::{ExposeSecret as _, SecretString};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq as _;

use crate::config::Algorithm;

/// The parameter that holds the signature.
pub(super) const SIG: &str = "sig";

/// Whether empty values take part. Most of Vonage's SDKs sign them, the Java SDK leaves them out, and nobody says which
/// side the platform is on. Whoever forges neither can gain nothing by the choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blanks {
    Signed,
    LeftOut,
}

/// Lower-case hexadecimal digits.
#[must_use]
pub fn sign(algorithm: Algorithm, secret: &SecretString, fields: &BTreeMap<String, String>) -> String {
    digest(algorithm, secret, &text(fields, Blanks::Signed))
}

/// Whether `sig` fits the other fields. Letters may be of either case.
#[must_use]
pub fn fits(algorithm: Algorithm, secret: &SecretString, fields: &BTreeMap<String, String>, sig: &str) -> bool {
    // Names are signed as they are: one of these in a name could hide whole fields in it. No field of Vonage's has any.
    if fields.keys().any(|name| name.contains(['&', '='])) {
        return false;
    }
    let presented = sig.to_ascii_lowercase();
    [Blanks::Signed, Blanks::LeftOut]
        .map(|blanks| digest(algorithm, secret, &text(fields, blanks)))
        .iter()
        .any(|expected| expected.as_bytes().ct_eq(presented.as_bytes()).into())
}

fn text(fields: &BTreeMap<String, String>, blanks: Blanks) -> String {
    let mut text = String::new();
    for (name, value) in fields.iter().filter(|(name, _)| *name != SIG) {
        if blanks == Blanks::LeftOut && value.trim().is_empty() {
            continue;
        }
        text.push('&');
        text.push_str(name);
        text.push('=');
        text.extend(value.chars().map(|c| if matches!(c, '&' | '=') { '_' } else { c }));
    }
    text
}

fn digest(algorithm: Algorithm, secret: &SecretString, text: &str) -> String {
    let secret = secret.expose_secret().as_bytes();
    match algorithm {
        Algorithm::Md5Hash => hex(&Md5::new().chain_update(text).chain_update(secret).finalize()),
        Algorithm::Md5 => keyed::<Hmac<Md5>>(secret, text),
        Algorithm::Sha1 => keyed::<Hmac<Sha1>>(secret, text),
        Algorithm::Sha256 => keyed::<Hmac<Sha256>>(secret, text),
        Algorithm::Sha512 => keyed::<Hmac<Sha512>>(secret, text),
    }
}

fn keyed<M: Mac + KeyInit>(secret: &[u8], text: &str) -> String {
    let mac = <M as KeyInit>::new_from_slice(secret).expect("an HMAC takes a key of any length");
    hex(&mac.chain_update(text).finalize().into_bytes())
}

/// Lower case.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_text_has_the_fields_in_the_order_of_their_names() {
        let fields = fields(&[("to", "1"), ("text", "a&b=c"), ("api-key", "k"), ("empty", " "), ("sig", "no")]);
        assert_eq!(text(&fields, Blanks::Signed), "&api-key=k&empty= &text=a_b_c&to=1");
        assert_eq!(text(&fields, Blanks::LeftOut), "&api-key=k&text=a_b_c&to=1");
    }

    proptest! {
        #[test]
        fn what_we_sign_fits_and_nothing_else(
            pairs in proptest::collection::btree_map("[a-z-]{1,6}", any::<String>(), 1..6),
            secret in "[!-~]{1,40}",
            other in "[!-~]{1,40}",
            upper in any::<bool>(),
        ) {
            let fields: BTreeMap<_, _> = pairs.into_iter().filter(|(name, _)| name != SIG).collect();
            let secret_string = SecretString::from(secret.clone());
            for algorithm in Algorithm::ALL {
                let sig = sign(algorithm, &secret_string, &fields);
                let shown = if upper { sig.to_uppercase() } else { sig.clone() };
                prop_assert!(fits(algorithm, &secret_string, &fields, &shown));
                prop_assert!(!fits(algorithm, &secret_string, &fields, &sig[1..]));
                let padded = format!("{sig} ");
                prop_assert!(!fits(algorithm, &secret_string, &fields, &padded));
                if other != secret {
                    prop_assert!(!fits(algorithm, &SecretString::from(other.clone()), &fields, &sig));
                }
            }
        }
    }
}
