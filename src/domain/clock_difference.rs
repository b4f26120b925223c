//! How far our clock is from everybody else's, by what others say the time is.

use std::collections::VecDeque;
use std::time::Duration;

use super::time::Timestamp;

/// So far apart clocks may be: less is nothing that anybody notices.
const TOLERATED: i64 = 60_000;

/// How many of the latest dates count. An old one, as a cache repeats it, is outvoted.
const LATEST: usize = 5;

/// How many are needed before anything is said.
pub const ENOUGH: usize = 3;

/// A clock that goes so far ahead at once was set, or its machine slept.
pub const LEAP: Duration = Duration::from_secs(60 * 60);

/// What others said the time was, compared with our clock: each in milliseconds, more than 0 where ours is ahead.
#[derive(Clone, Debug, Default)]
pub struct ClockDifferences(VecDeque<i64>);

impl ClockDifferences {
    /// Somebody said that it is `theirs` when our clock said `ours`.
    pub fn add(&mut self, ours: Timestamp, theirs: Timestamp) {
        self.0.push_back(ours.0.saturating_sub(theirs.0));
        if self.0.len() > LATEST {
            self.0.pop_front();
        }
    }

    /// Our clock was set: what was compared before says nothing any more.
    pub fn forget(&mut self) {
        self.0.clear();
    }

    /// The difference, if at least so many others have told the time.
    #[must_use]
    pub fn median(&self, at_least: usize) -> Option<i64> {
        let mut sorted: Vec<i64> = self.0.iter().copied().collect();
        sorted.sort_unstable();
        (sorted.len() >= at_least.max(1)).then(|| sorted[sorted.len() / 2])
    }
}

/// Whether a difference is more than clocks may have.
#[must_use]
pub const fn is_wrong(difference: i64) -> bool {
    difference.abs() > TOLERATED
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differences(ms: &[i64]) -> ClockDifferences {
        let mut differences = ClockDifferences::default();
        ms.iter().for_each(|ms| differences.add(Timestamp(1_700_000_000_000 + ms), Timestamp(1_700_000_000_000)));
        differences
    }

    #[test]
    fn one_or_two_old_dates_are_outvoted() {
        assert_eq!(differences(&[]).median(0), None);
        assert_eq!(differences(&[100, 7_200_000]).median(ENOUGH), None);
        assert_eq!(differences(&[7_200_000, 100, 90, 7_200_000, 80]).median(ENOUGH), Some(100));
        assert_eq!(differences(&[-50, 20, 30]).median(ENOUGH), Some(20));
    }

    #[test]
    fn the_latest_count() {
        let set_right = differences(&[-90_000, -90_000, -90_000, -90_000, -90_000, 10, 20, 30]);
        assert_eq!(set_right.median(ENOUGH), Some(10));
        assert!(is_wrong(-60_001) && is_wrong(100_000) && !is_wrong(60_000) && !is_wrong(-1));
    }
}
