//! The time zone of a desk, in which its customers read times.

use std::fmt;
use std::str::FromStr;

/// A zone of the IANA database, with its rules for summer time. They are built in: an image may lack them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeZone(jiff::tz::TimeZone);

/// The text names no zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a time zone: expected a name of the IANA database, such as \"Europe/London\", \"America/New_York\" or \"UTC\""
)]
pub struct UnknownTimeZone;

/// A point in time as a clock and a calendar in some zone show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalTime(jiff::Zoned);

impl TimeZone {
    /// What the clocks there show so many seconds after the Unix epoch; `None` for times that no calendar has.
    #[must_use]
    pub fn at(&self, unix_seconds: i64) -> Option<LocalTime> {
        let time = jiff::Timestamp::from_second(unix_seconds).ok()?;
        Some(LocalTime(time.to_zoned(self.0.clone())))
    }
}

impl LocalTime {
    /// By a format of `strftime`.
    #[must_use]
    pub fn format(&self, format: &str) -> String {
        self.0.strftime(format).to_string()
    }

    /// Whether it needs to be said that it is Universal Time: no desk's customers live by it.
    #[must_use]
    pub fn is_utc(&self) -> bool {
        self.0.time_zone().iana_name() == Some("UTC")
    }
}

impl FromStr for TimeZone {
    type Err = UnknownTimeZone;

    fn from_str(name: &str) -> Result<Self, UnknownTimeZone> {
        let zone = jiff::tz::TimeZone::get(name).map_err(|_| UnknownTimeZone)?;
        zone.iana_name().is_some().then_some(Self(zone)).ok_or(UnknownTimeZone)
    }
}

/// The name in the IANA database.
impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.iana_name().unwrap_or("UTC"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn zones_have_summer_time() {
        let zone: TimeZone = "europe/berlin".parse().unwrap();
        assert_eq!(zone.to_string(), "Europe/Berlin");
        let at = |seconds| zone.at(seconds).unwrap().format("%Y-%m-%d %H:%M");
        assert_eq!(at(1_795_564_798), "2026-11-25 00:59");
        assert_eq!(at(1_783_000_000), "2026-07-02 15:46");
        assert_eq!(zone.at(i64::MAX), None);
        assert!("UTC".parse::<TimeZone>().unwrap().at(0).unwrap().is_utc());
        for name in ["", "Berlin", "UTC+1", "Mars/Base"] {
            assert_eq!(name.parse::<TimeZone>(), Err(UnknownTimeZone), "{name}");
        }
    }
}
