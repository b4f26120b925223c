//! When to try again: a due time in the outbox, never a sleep inside a call.

use std::time::Duration;

/// How a failed attempt is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// 1 s, doubling to a minute: an outage that may end any moment.
    Soon,
    /// 30 s, doubling to 15 minutes: somebody must do something first.
    Slow,
    /// 30 s, doubling to 5 minutes: one small question on behalf of everything that waits.
    Probe,
}

/// How often an internal error of the provider is tried before the message counts as failed.
pub const BOUNDED_ATTEMPTS: i64 = 8;

impl Schedule {
    /// The pause after attempt number `attempt` (from 1).
    #[must_use]
    pub fn pause(self, attempt: i64) -> Duration {
        let first: u64 = match self {
            Self::Soon => 1,
            Self::Slow | Self::Probe => 30,
        };
        let doublings = u32::try_from(attempt.clamp(1, 20) - 1).unwrap_or(0);
        Duration::from_secs(first * 2_u64.pow(doublings)).min(self.longest())
    }

    /// The pause that it grows to.
    #[must_use]
    pub const fn longest(self) -> Duration {
        match self {
            Self::Soon => Duration::from_secs(60),
            Self::Slow => Duration::from_secs(15 * 60),
            Self::Probe => Duration::from_secs(5 * 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit() {
        let seconds = |schedule: Schedule| [1, 2, 3, 9, 1000].map(|attempt| schedule.pause(attempt).as_secs());
        assert_eq!(seconds(Schedule::Soon), [1, 2, 4, 60, 60]);
        assert_eq!(seconds(Schedule::Slow), [30, 60, 120, 900, 900]);
    }
}
