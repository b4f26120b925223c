//! Times and amounts as Vonage prints them.

use std::time::SystemTime;

use chrono::{DateTime, Utc};

/// `2026-11-22 13:05:09`, UTC: a webhook's `message-timestamp`.
pub(super) fn message_timestamp(at: SystemTime) -> String {
    utc(at).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// `2611221305`, UTC: when the carrier reported, a receipt's `scts`.
pub(super) fn scts(at: SystemTime) -> String {
    utc(at).format("%y%m%d%H%M").to_string()
}

/// `0.03330000`: an amount of `micros` millionths with Vonage's eight decimals.
pub(super) fn amount(micros: u64) -> String {
    format!("{}.{:06}00", micros / 1_000_000, micros % 1_000_000)
}

/// `2026-11-22T13:05:09Z`: a webhook's `timestamp` in the Messages API.
pub(super) fn iso_timestamp(at: SystemTime) -> String {
    utc(at).format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `0.0333`: an amount of `micros` millionths without zeros at its end.
pub(super) fn price(micros: u64) -> String {
    amount(micros).trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// When a webhook was signed.
pub(super) fn unix_seconds(at: SystemTime) -> u64 {
    u64::try_from(utc(at).timestamp()).unwrap_or_default()
}

fn utc(at: SystemTime) -> DateTime<Utc> {
    at.into()
}

#[cfg(test)]
mod tests {
    #[test]
    fn amounts_have_eight_decimals() {
        assert_eq!(super::amount(33_300), "0.03330000");
        assert_eq!(super::amount(12_000_001), "12.00000100");
    }

    #[test]
    fn prices_have_as_many_as_they_need() {
        assert_eq!(super::price(33_300), "0.0333");
        assert_eq!(super::price(10_000_000), "10");
    }
}
