//! How single values of the configuration are written. Each error says what is allowed.

use std::net::SocketAddr;
use std::time::Duration;

use url::{Host, Url};

use crate::domain::phone::PhoneNumber;

/// Vonage takes at most this many characters in one message. Source: its page on long messages.
const TEXT_LIMIT: usize = 3200;

pub(super) fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "must be an address and a port, such as \"127.0.0.1:8080\"")
}

/// `15m`, `72h`, `2days`.
pub(super) fn duration(text: &str) -> Result<Duration, &'static str> {
    humantime::parse_duration(text).map_err(|_| "must be a length of time, such as \"15m\" or \"72h\"")
}

/// As [`duration`], and more than nothing.
pub(super) fn some_duration(text: &str) -> Result<Duration, &'static str> {
    match duration(text)? {
        Duration::ZERO => Err("must be longer than nothing"),
        duration => Ok(duration),
    }
}

/// What stays the same forever: desks and templates go by it in the database, in metrics and in commands.
pub(super) fn name(text: &str) -> Result<String, &'static str> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if text.len() <= 32 && text.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err("must be 1 to 32 of the characters a to z, 0 to 9, - and _")
    }
}

/// With or without `+`.
pub(super) fn phone_number(text: &str) -> Result<PhoneNumber, &'static str> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    PhoneNumber::from_e164(&format!("+{digits}"))
        .map_err(|_| "must be a number with its country code and nothing but digits, such as \"441632960960\"")
}

/// The text of an SMS.
pub(super) fn sms_text(text: &str) -> Result<String, String> {
    let length = text.chars().count();
    if text.trim().is_empty() {
        Err("must not be blank".to_owned())
    } else if length > TEXT_LIMIT {
        Err(format!("has {length} characters; at most {TEXT_LIMIT} can be sent"))
    } else {
        Ok(text.to_owned())
    }
}

/// Our own address from outside: scheme, host and port, without a slash at the end. Customers' texts travel there, and
/// perhaps the path token.
pub(super) fn public_url(text: &str) -> Result<String, String> {
    service_url(text)
}

/// The URL of a service: scheme, host and port. Credentials travel there, so plain HTTP is for this machine only.
pub(super) fn service_url(text: &str) -> Result<String, String> {
    let url = http_url(text)?;
    if url.path() != "/" {
        return Err("must end after the host (and port): the paths are Threadline's".to_owned());
    }
    let loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    if url.scheme() == "http" && !loopback {
        return Err(
            "must begin with https:// (plain http:// only for this machine itself, such as http://127.0.0.1:8080)"
                .to_owned(),
        );
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

pub(super) fn database_url(text: &str) -> Result<String, &'static str> {
    let known = ["sqlite:", "postgres://", "postgresql://"];
    if known.iter().any(|scheme| text.starts_with(scheme)) {
        Ok(text.to_owned())
    } else {
        Err("must begin with sqlite:// or postgres://, such as \"sqlite://threadline.db\"")
    }
}

/// What may stand in a webhook's path: hard to guess, and never in need of escaping.
pub(super) fn path_token(text: &str) -> Result<String, &'static str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.~".contains(c);
    if text.len() >= 16 && text.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err(
            "must be at least 16 of the characters A to Z, a to z, 0 to 9, -, _, . and ~; `openssl rand -hex 16` makes a good one",
        )
    }
}

fn http_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .ok_or("must be a URL that begins with https:// or http://")?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must have no ? and no #".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must hold no user name and no password".to_owned());
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_services_are_https_or_on_this_machine() {
        assert_eq!(service_url("https://discord.com/").unwrap(), "https://discord.com");
        assert_eq!(service_url("http://127.0.0.1:1").unwrap(), "http://127.0.0.1:1");
        assert_eq!(service_url("http://localhost:1").unwrap(), "http://localhost:1");
        assert_eq!(service_url("http://[::1]:1").unwrap(), "http://[::1]:1");
        for wrong in [
            "discord.com",
            "http://discord.com",
            "ftp://discord.com",
            "https://discord.com/api",
            "https://discord.com?a",
            "https://u:p@discord.com",
        ] {
            assert!(service_url(wrong).is_err(), "{wrong}");
        }
        assert_eq!(public_url("https://sms.example.com/").unwrap(), "https://sms.example.com");
        assert!(public_url("http://a.example/").is_err() && public_url("https://a.example/sms").is_err());
    }

    #[test]
    fn a_path_token_is_long_and_plain() {
        assert!(path_token("0123456789abcdef").is_ok());
        assert!(path_token("0123456789abcde").is_err());
        assert!(path_token("0123456789abcdef/").is_err());
    }
}
