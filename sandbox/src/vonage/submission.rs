//! One request to send an SMS, read as strictly as Vonage reads it.

use http::HeaderMap;

use super::credentials::{self, Credentials};
use super::fields::Fields;
use super::signing::Signing;
use super::{Setup, alphabet};

/// A request that is well-formed and comes from the account.
pub(super) struct Submission {
    pub(super) from: String,
    pub(super) to: String,
    /// As the phone will show it.
    pub(super) text: String,
    pub(super) unicode: bool,
    pub(super) garbled: bool,
    pub(super) callback: Option<String>,
    pub(super) client_ref: Option<String>,
    pub(super) account_ref: Option<String>,
    pub(super) receipts_wanted: bool,
    pub(super) parts: usize,
}

/// Why a request is refused: the status and its `error-text`.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) status: u8,
    pub(super) text: String,
}

/// Every parameter that the documents name. The real service ignores others; for a simulator they are a mistake.
const PARAMETERS: &[&str] = &[
    "api_key",
    "api_secret",
    "sig",
    "timestamp",
    "from",
    "to",
    "text",
    "type",
    "ttl",
    "status-report-req",
    "callback",
    "message-class",
    "vcard",
    "vcal",
    "body",
    "udh",
    "protocol-id",
    "title",
    "url",
    "validity",
    "client-ref",
    "account-ref",
    "entity-id",
    "content-id",
    "trusted-number",
    "pool-id",
];

const LONGEST_TEXT: usize = 3200;
const LONGEST_CALLBACK: usize = 100;
const LONGEST_CLIENT_REF: usize = 100;

/// What an account wants of requests to the SMS API.
#[derive(Clone, Debug, Default)]
pub(super) struct RequestSignatures {
    /// `None`: there is no signature secret, so no signature is right.
    pub(super) signing: Option<Signing>,
    /// Whether unsigned requests are refused.
    pub(super) demanded: bool,
}

/// Statuses 4, 14 and 32, and 2 for half of the credentials.
pub(super) fn authenticate(
    setup: &Setup,
    signatures: &RequestSignatures,
    headers: &HeaderMap,
    fields: &Fields,
    unix_seconds: u64,
) -> Result<(), Refused> {
    if fields.get("sig").is_some() {
        if fields.get("api_secret").is_some() || headers.contains_key(http::header::AUTHORIZATION) {
            return Err(Refused::new(32));
        }
        return match (fields.get("api_key"), &signatures.signing) {
            (None, _) => Err(Refused::missing("api_key")),
            (Some(key), _) if key != setup.api_key => Err(Refused::new(4)),
            (Some(_), Some(signing)) if signing.verify(fields, unix_seconds) => Ok(()),
            _ => Err(Refused::new(14)),
        };
    }
    if signatures.demanded {
        return Err(Refused {
            status: 14,
            text: "Invalid Signature: this account takes signed requests only".to_owned(),
        });
    }
    match credentials::check(setup, headers, fields) {
        Credentials::Right => Ok(()),
        Credentials::Wrong | Credentials::Absent => Err(Refused::new(4)),
        Credentials::Half(name) => Err(Refused::missing(name)),
    }
}

/// Statuses 2, 3, 6, 12, 15 and 23. `owns` tells whether a number is one of the account's.
pub(super) fn parse(owns: impl FnOnce(&str) -> bool, fields: &Fields) -> Result<Submission, Refused> {
    let required = |name| fields.get(name).filter(|value| !value.is_empty()).ok_or_else(|| Refused::missing(name));
    let from = required("from")?;
    let to = required("to")?;
    let unicode = match fields.get("type") {
        None | Some("text") => false,
        Some("unicode") => true,
        // The others exist, and nobody here needs them simulated.
        Some(_) => return Err(Refused::invalid("type")),
    };
    let text = required("text")?;
    check_recipient(to)?;
    check_sender(owns, from, to)?;
    check_options(fields)?;
    if text.chars().count() > LONGEST_TEXT {
        return Err(Refused::new(12));
    }
    let garbled = !unicode && !alphabet::is_gsm7(text);
    let text = if garbled { alphabet::garbled(text) } else { text.to_owned() };
    let owned = |name| fields.get(name).map(str::to_owned);
    Ok(Submission {
        from: from.to_owned(),
        to: to.to_owned(),
        unicode,
        garbled,
        callback: owned("callback"),
        client_ref: owned("client-ref"),
        account_ref: owned("account-ref"),
        receipts_wanted: !matches!(fields.get("status-report-req"), Some("false" | "0")),
        parts: alphabet::parts(&text, unicode).len(),
        text,
    })
}

/// The parameters that no document names.
pub(super) fn unknown_parameters(fields: &Fields) -> Vec<&str> {
    fields.iter().map(|(name, _)| name).filter(|name| !PARAMETERS.contains(name)).collect()
}

impl Refused {
    pub(super) fn new(status: u8) -> Self {
        Self { status, text: title(status).to_owned() }
    }

    fn missing(parameter: &str) -> Self {
        Self { status: 2, text: format!("Missing {parameter} param") }
    }

    fn invalid(parameter: &str) -> Self {
        Self { status: 3, text: format!("Invalid value for param: {parameter}") }
    }

    /// Whether the request should never have been made that way, whatever the account's condition. A wrong signature is
    /// like a wrong secret: only where the account knows of no signatures is it a mistake to send one.
    pub(super) fn is_violation(&self, signatures: &RequestSignatures) -> bool {
        match self.status {
            14 => signatures.signing.is_none() && !signatures.demanded,
            status => matches!(status, 2 | 3 | 12 | 23 | 32),
        }
    }
}

fn check_recipient(to: &str) -> Result<(), Refused> {
    if !is_number(to, 7..=15) || to.starts_with("00") {
        return Err(Refused::invalid("to"));
    }
    // No country's prefix starts with 0.
    if to.starts_with('0') { Err(Refused::new(6)) } else { Ok(()) }
}

fn check_sender(owns: impl FnOnce(&str) -> bool, from: &str, to: &str) -> Result<(), Refused> {
    if from.bytes().all(|byte| byte.is_ascii_digit()) {
        return if from.len() > 15 {
            Err(Refused::invalid("from"))
        } else if owns(from) {
            Ok(())
        } else {
            Err(Refused::new(15))
        };
    }
    if !is_sender_name(from) {
        return Err(Refused::invalid("from"));
    }
    // The United States and Canada take numbers only.
    if to.starts_with('1') { Err(Refused::new(15)) } else { Ok(()) }
}

fn check_options(fields: &Fields) -> Result<(), Refused> {
    let valid = |name, valid: fn(&str) -> bool| {
        if fields.get(name).is_none_or(valid) { Ok(()) } else { Err(Refused::invalid(name)) }
    };
    valid("client-ref", |value| value.chars().count() <= LONGEST_CLIENT_REF)?;
    valid("ttl", |value| value.parse().is_ok_and(|ttl: u64| (20_000..=604_800_000).contains(&ttl)))?;
    valid("status-report-req", |value| matches!(value, "true" | "false" | "1" | "0"))?;
    valid("message-class", |value| matches!(value, "0" | "1" | "2" | "3"))?;
    let is_url = |value: &str| {
        value.len() <= LONGEST_CALLBACK
            && reqwest::Url::parse(value).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
    };
    if fields.get("callback").is_none_or(is_url) { Ok(()) } else { Err(Refused::new(23)) }
}

/// Whether it can stand as a sender in place of a number.
pub(super) fn is_sender_name(from: &str) -> bool {
    from.len() <= 11 && from.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ')
}

pub(super) fn is_number(text: &str, digits: std::ops::RangeInclusive<usize>) -> bool {
    digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The name of each status.
fn title(status: u8) -> &'static str {
    match status {
        1 => "Throttled",
        2 => "Missing Parameters",
        3 => "Invalid Parameters",
        4 => "Invalid Credentials",
        6 => "Invalid Message",
        7 => "Number Barred",
        8 => "Partner Account Barred",
        9 => "Partner Quota Violation",
        10 => "Too Many Existing Binds",
        11 => "Account Not Enabled For HTTP",
        12 => "Message Too Long",
        14 => "Invalid Signature",
        15 => "Invalid Sender Address",
        22 => "Invalid Network Code",
        23 => "Invalid Callback Url",
        29 => "Non-Whitelisted Destination",
        32 => "Signature And API Secret Disallowed",
        33 => "Number De-activated",
        _ => "Internal Error",
    }
}
