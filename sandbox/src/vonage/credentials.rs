//! Who may call: API key and secret, in the request or as `Authorization: Basic`.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, header};

use super::Setup;
use super::fields::Fields;

/// What a request says about its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Credentials {
    Right,
    Wrong,
    /// None at all.
    Absent,
    /// One half: the key or the secret is missing.
    Half(&'static str),
}

/// Holds a request's credentials against the account's. A Basic header goes before what the fields say.
pub(super) fn check(setup: &Setup, headers: &HeaderMap, fields: &Fields) -> Credentials {
    if let Some(header) = headers.get(header::AUTHORIZATION) {
        let expected = BASE64_STANDARD.encode(format!("{}:{}", setup.api_key, setup.api_secret));
        let given = header.to_str().ok().and_then(|value| value.strip_prefix("Basic "));
        return if given == Some(&expected) { Credentials::Right } else { Credentials::Wrong };
    }
    match (fields.get("api_key"), fields.get("api_secret")) {
        (None, None) => Credentials::Absent,
        (None, Some(_)) => Credentials::Half("api_key"),
        (Some(_), None) => Credentials::Half("api_secret"),
        (Some(key), Some(secret)) if key == setup.api_key && secret == setup.api_secret => Credentials::Right,
        _ => Credentials::Wrong,
    }
}
