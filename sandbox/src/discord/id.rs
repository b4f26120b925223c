//! Discord's ids: snowflakes, numbers that carry the millisecond of their birth and travel as strings.

use std::{fmt, str::FromStr, time::SystemTime};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Milliseconds from the Unix epoch to Discord's own, the first second of 2015.
const DISCORD_EPOCH: u64 = 1_420_070_400_000;
/// Bits below the time in a snowflake.
const TIME_SHIFT: u32 = 22;

/// A snowflake; later ones are greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(u64);

impl Id {
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    pub const fn get(self) -> u64 {
        self.0
    }

    /// The id that a thing made now gets: its time, or the number after `last` when that is greater.
    pub(crate) fn after(last: Self) -> Self {
        let millis = u64::try_from(now().timestamp_millis()).unwrap_or_default();
        Self((millis.saturating_sub(DISCORD_EPOCH) << TIME_SHIFT).max(last.0 + 1))
    }

    /// When the thing was made, in Unix milliseconds.
    pub const fn millis(self) -> u64 {
        (self.0 >> TIME_SHIFT) + DISCORD_EPOCH
    }

    /// When the thing was made, as Discord writes times: `2026-11-22T21:38:00.123Z`.
    pub(crate) fn timestamp(self) -> String {
        let born = i64::try_from(self.millis()).ok().and_then(DateTime::from_timestamp_millis);
        written(born.unwrap_or_default())
    }
}

/// The time of day in Discord's form (RFC 3339 with milliseconds, UTC).
pub(crate) fn timestamp_now() -> String {
    written(now())
}

fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}

fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Id {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl From<u64> for Id {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| de::Error::custom(format!("Value {text:?} is not snowflake.")))
    }
}
