//! How fast SMS leave: evenly, at the allowed rate, and slower for a while after Vonage throttled.

use std::num::NonZeroU32;
use std::time::Duration;

use super::time::Timestamp;

/// The pace of an account or of one number.
#[derive(Clone, Debug)]
pub struct Pace {
    /// A second; never 0.
    allowed: f64,
    /// The share of it that is used: 1, or less after a throttle.
    share: f64,
    /// When `share` was last looked at.
    looked: Timestamp,
    /// When it was last slowed down.
    slowed: Option<Timestamp>,
    /// From when on the next may leave, in milliseconds of the Unix epoch.
    next: f64,
}

/// A throttle cuts the rate by half. The others that come with it say nothing new.
const SLOWED: f64 = 0.5;
const ONE_CUT_IN: Duration = Duration::from_secs(1);

/// The slowest: a twentieth.
const SLOWEST: f64 = 0.05;

/// From nothing to the whole rate.
const RECOVERS_IN: Duration = Duration::from_secs(60);

/// Who was late by so many milliseconds may catch up, or the time that passes between waking and sending would be lost
/// every time. Little, so that hardly more than the rate leaves in any one second.
const CATCH_UP: f64 = 60.0;

impl Pace {
    #[must_use]
    pub fn new(per_second: NonZeroU32) -> Self {
        Self { allowed: f64::from(per_second.get()), share: 1.0, looked: Timestamp(0), slowed: None, next: 0.0 }
    }

    /// When the next may leave; not after `now` if it may now.
    #[must_use]
    pub fn next(&self, now: Timestamp) -> Timestamp {
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds of our time fit")]
        Timestamp(self.next_from(now).ceil() as i64)
    }

    /// A clock that was set back must not hold anything up: nothing is due later than at the slowest rate.
    fn next_from(&self, now: Timestamp) -> f64 {
        let longest = 2.0 * 1000.0 / (self.allowed * SLOWEST);
        if self.next - millis(now) > longest { millis(now) } else { self.next }
    }

    /// One leaves at `now`.
    pub fn take(&mut self, now: Timestamp) {
        self.recover(now);
        let between = 1000.0 / (self.allowed * self.share);
        self.next = self.next_from(now).max(millis(now) - CATCH_UP) + between;
    }

    /// Vonage throttled one. Slower from now on, and back at the whole rate within a minute if it was the last.
    pub fn throttled(&mut self, now: Timestamp) {
        self.recover(now);
        if self.slowed.is_none_or(|slowed| now.since(slowed) >= ONE_CUT_IN) {
            self.slowed = Some(now);
            self.share = (self.share * SLOWED).max(SLOWEST);
            self.next = self.next_from(now).max(millis(now) + 1000.0 / (self.allowed * self.share));
        }
    }

    /// How many leave in a second now.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        self.allowed * self.share
    }

    fn recover(&mut self, now: Timestamp) {
        let passed = now.since(self.looked).as_secs_f64() / RECOVERS_IN.as_secs_f64();
        self.share = (self.share + passed).min(1.0);
        self.looked = now;
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of our time fit")]
fn millis(time: Timestamp) -> f64 {
    time.0 as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Timestamp = Timestamp(1_700_000_000_000);

    fn pace(per_second: u32) -> Pace {
        Pace::new(NonZeroU32::new(per_second).unwrap())
    }

    /// Lets leave whatever may until `until`, each `late` after its time. Returns when each left.
    fn leave(pace: &mut Pace, from: Timestamp, until: Timestamp, late: Duration) -> Vec<i64> {
        let (mut now, mut left) = (from, Vec::new());
        loop {
            now = Timestamp(now.0.max(pace.next(now).plus(late).0));
            if now >= until {
                return left;
            }
            pace.take(now);
            left.push(now.0);
        }
    }

    #[test]
    fn the_whole_rate_is_used_even_by_who_is_always_late() {
        for late in [0, 3, 25] {
            let left = leave(&mut pace(30), START, START.plus(Duration::from_secs(10)), Duration::from_millis(late));
            assert!((295..=303).contains(&left.len()), "{late} ms late: {}", left.len());
        }
    }

    #[test]
    fn a_throttle_halves_the_rate_once_and_it_comes_back() {
        let mut pace = pace(30);
        pace.take(START);
        for ms in [0, 10, 500] {
            pace.throttled(START.plus(Duration::from_millis(ms)));
        }
        let slow = leave(&mut pace, START, START.plus(Duration::from_secs(1)), Duration::ZERO);
        assert!((13..=17).contains(&slow.len()), "{}", slow.len());
        for second in 0..10 {
            pace.throttled(START.plus(Duration::from_secs(2 + second)));
        }
        assert!(pace.per_second() < 4.0, "{}", pace.per_second());
        let minute = START.plus(Duration::from_secs(90));
        leave(&mut pace, START.plus(Duration::from_secs(12)), minute, Duration::ZERO);
        let again = leave(&mut pace, minute, minute.plus(Duration::from_secs(1)), Duration::ZERO);
        assert!((29..=31).contains(&again.len()), "{}", again.len());
    }

    #[test]
    fn a_clock_that_is_set_back_holds_nothing_up() {
        let mut pace = pace(30);
        leave(&mut pace, START, START.plus(Duration::from_secs(2)), Duration::ZERO);
        let before = START.minus(Duration::from_secs(3600));
        let left = leave(&mut pace, before, before.plus(Duration::from_secs(1)), Duration::ZERO);
        assert!((29..=32).contains(&left.len()), "{}", left.len());
    }

    proptest! {
        #[test]
        fn no_second_has_many_more_than_the_rate(
            rate in 1_u32..200,
            waits in prop::collection::vec(0_u64..3_000, 1..60),
            throttled in any::<bool>(),
        ) {
            let (mut pace, mut now, mut left) = (pace(rate), START, Vec::new());
            for wait in waits {
                let until = now.plus(Duration::from_millis(wait));
                left.extend(leave(&mut pace, now, until, Duration::from_millis(wait % 7)));
                now = until;
                if throttled {
                    pace.throttled(now);
                }
            }
            for (at, first) in left.iter().enumerate() {
                let within = left[at..].iter().take_while(|time| **time < first + 1000).count();
                let most = f64::from(rate) * 1.06 + 1.0;
                prop_assert!(within as f64 <= most, "{within} of {rate} in a second");
            }
        }
    }
}
