//! Of the webhooks: whether their address answers, what protects them, where receipts go.

use super::super::numbers::ByDefault;
use super::{Finding, bad, fine, look};

#[must_use]
pub fn no_public_url() -> Finding {
    look(
        "public address",
        "`public_url` is not set.",
        "Set it under [server] to the address under which Vonage reaches this bridge: then every SMS asks for its receipt.",
    )
}

#[must_use]
pub fn address_answers(address: &str) -> Finding {
    fine("public address", format!("{address} answers as Vonage wants it."))
}

#[must_use]
pub fn address_refuses(address: &str, status: u16) -> Finding {
    let remedy = match status {
        404 => {
            "Either the path token there is another one (restart the bridge after a change), or what answers is not this \
             bridge: look at the proxy or tunnel, and at `public_url`."
        }
        502..=504 => {
            "The proxy or tunnel finds no bridge behind it: is `threadline serve` running, at the port it passes to?"
        }
        300..400 => "Vonage follows no redirects: set `public_url` to where they lead.",
        _ => "Look at the proxy or tunnel in front of the bridge, and at `public_url`.",
    };
    bad("public address", format!("{address} answers {status}, and Vonage wants 200."), remedy)
}

#[must_use]
pub fn address_unreachable(address: &str, why: &str) -> Finding {
    bad(
        "public address",
        format!("{address} cannot be reached from here: {why}."),
        "Start `threadline serve` and the proxy or tunnel in front of it, and compare `public_url` with its address. (Some \
         networks cannot reach their own public address; then Vonage may reach it all the same.)",
    )
}

/// What the webhooks have to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protection<'a> {
    pub token: bool,
    pub signatures: Option<Signed<'a>>,
}

/// How the webhooks are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed<'a> {
    /// As the configuration names it; `None` for the Messages API, which has but one.
    pub method: Option<&'a str>,
    /// Whether what is not signed well is let in.
    pub observe: bool,
}

#[must_use]
pub fn protection(protection: &Protection<'_>) -> Finding {
    let Protection { token, signatures } = *protection;
    let about = "protection";
    let Some(Signed { method, observe }) = signatures else {
        return if token {
            fine(about, "the webhooks have a path token; signatures are not asked for.")
        } else {
            look(
                about,
                "nothing keeps strangers from posting texts in your customers' names (`insecure` is true).",
                "Set WEBHOOK_PATH_TOKEN: `openssl rand -hex 16` makes a good one.",
            )
        };
    };
    let theirs = method.map(|method| format!("the method ({}) and ", in_dashboard(method))).unwrap_or_default();
    let compare = format!(
        "Vonage does not tell its side: compare {theirs}the signature secret with the API settings of its dashboard."
    );
    let token = if token { "a path token and " } else { "" };
    let found = format!("the webhooks have {token}signatures ({})", method.unwrap_or("of the Messages API"));
    if observe {
        let found = format!("{found}, which are only observed.");
        return look(about, found, format!("{compare} When all come signed, take `observe` away."));
    }
    Finding { remedy: Some(compare), ..fine(about, format!("{found}.")) }
}

/// How Vonage's dashboard writes a method.
fn in_dashboard(method: &str) -> &str {
    match method {
        "md5hash" => "MD5 hash",
        "md5" => "MD5 HMAC",
        "sha1" => "SHA-1 HMAC",
        "sha256" => "SHA-256 HMAC",
        "sha512" => "SHA-512 HMAC",
        other => other,
    }
}

#[must_use]
pub fn receipts_asked_for(address: &str) -> Finding {
    fine("receipts", format!("each SMS asks for its receipts at {address}."))
}

/// Without a `public_url`.
#[must_use]
pub fn receipts_by_default(default: &ByDefault) -> Finding {
    let found = match default {
        ByDefault::To(to) => format!("they go to {}, the account's default address.", to.shown),
        ByDefault::Nowhere => {
            "they go nowhere: no SMS asks for one, and the account has no default address.".to_owned()
        }
        ByDefault::Unknown => "no SMS asks for one.".to_owned(),
    };
    look(
        "receipts",
        found,
        "With `public_url` under [server] each SMS asks for its own; without, messages stay at \"sent\".",
    )
}

/// The configuration does not say what the webhooks' path is.
#[must_use]
pub fn webhooks_unknown() -> Finding {
    look(
        "webhooks",
        "their address is not known, since [vonage.webhooks] is not complete.",
        "Set WEBHOOK_PATH_TOKEN in .env: `openssl rand -hex 16` makes a good one.",
    )
}
