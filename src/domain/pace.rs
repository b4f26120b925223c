//! How fast SMS leave: evenly, never more in a second than is allowed, and slower for a while after Vonage throttled.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::time::Duration;

use super::time::Timestamp;

/// The pace of an account or of one number.
#[derive(Clone, Debug)]
pub struct Pace {
    /// A second.
    allowed: NonZeroU32,
    /// The share of it that is used: 1, or less after a throttle.
    share: f64,
    /// When `share` was last looked at.
    looked: Timestamp,
    /// When it was last slowed down.
    slowed: Option<Timestamp>,
    /// From when on the next may leave by the even pace, in milliseconds of the Unix epoch.
    next: f64,
    /// When the last of them left, as many as are allowed in a second.
    left: VecDeque<Timestamp>,
}

/// In any time of so many milliseconds no more leave than are allowed in a second. Of two that leave a second apart the
/// second may be quicker on its way: up to 30 ms, Vonage still sees no more in any of its seconds than it allows.
const WINDOW: f64 = 1030.0;

/// The even pace spreads a second's SMS over so many milliseconds: 96 % of the rate. It is longer than [`WINDOW`], so that
/// who is a little late each time is not held up by having been late before.
const SPREAD: f64 = 1040.0;

/// Who was late by so many milliseconds catches up, at no more than three times the pace: else the time that passes between waking and
/// sending would be lost every time.
const CATCH_UP: f64 = 150.0;

/// What is shorter is not waited for: waking up takes as long.
const FINEST: f64 = 10.0;

/// One throttle may be a chance: it costs a tenth. Another soon after says that the rate is too high: it costs half. Those
/// that come with it, within the second, say nothing new.
const SLOWED: f64 = 0.9;
const SLOWED_AGAIN: f64 = 0.5;
const AGAIN_WITHIN: Duration = Duration::from_secs(10);
const ONE_CUT_IN: Duration = Duration::from_secs(1);

/// The slowest: a twentieth.
const SLOWEST: f64 = 0.05;

/// From nothing to the whole rate.
const RECOVERS_IN: Duration = Duration::from_secs(60);

impl Pace {
    #[must_use]
    pub fn new(per_second: NonZeroU32) -> Self {
        let left = VecDeque::new();
        Self { allowed: per_second, share: 1.0, looked: Timestamp(0), slowed: None, next: 0.0, left }
    }

    /// When the next may leave; not after `now` if it may now.
    #[must_use]
    pub fn next(&self, now: Timestamp) -> Timestamp {
        let held = self.next_in_window().max(self.next_after_last());
        let next = self.believed(self.next, now).max(self.believed(held, now));
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds of our time fit")]
        Timestamp(next.ceil() as i64)
    }

    /// One leaves at `now`.
    pub fn take(&mut self, now: Timestamp) {
        self.recover(now);
        self.next = self.believed(self.next, now).max(millis(now) - CATCH_UP) + self.between();
        while self.left.back().is_some_and(|last| *last > now) {
            // The clock was set back.
            self.left.pop_back();
        }
        self.left.push_back(now);
        if self.left.len() > self.allowed.get() as usize {
            self.left.pop_front();
        }
    }

    /// Vonage throttled one. Slower from now on, and back at the whole rate within a minute if it was the last.
    pub fn throttled(&mut self, now: Timestamp) {
        self.recover(now);
        let before = self.slowed.filter(|slowed| *slowed <= now).map(|slowed| now.since(slowed));
        let cut = match before {
            Some(ago) if ago < ONE_CUT_IN => return,
            Some(ago) if ago < AGAIN_WITHIN => SLOWED_AGAIN,
            _ => SLOWED,
        };
        self.slowed = Some(now);
        self.share = (self.share * cut).max(SLOWEST);
        self.next = self.believed(self.next, now).max(millis(now) + self.between());
    }

    /// How many leave in a second now.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        f64::from(self.allowed.get()) * self.share
    }

    /// From one to the next, in milliseconds.
    fn between(&self) -> f64 {
        SPREAD / self.per_second()
    }

    /// From when on the next does not come close upon the last, where several catch up.
    fn next_after_last(&self) -> f64 {
        let gap = self.between() / 3.0;
        let last = self.left.back().filter(|_| gap >= FINEST);
        last.map_or(0.0, |last| millis(*last) + gap.floor())
    }

    /// From when on the next is not one too many within [`WINDOW`].
    fn next_in_window(&self) -> f64 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most what is allowed")]
        let most = (self.per_second() as usize).max(1);
        let first = self.left.len().checked_sub(most).and_then(|at| self.left.get(at));
        first.map_or(0.0, |first| millis(*first) + WINDOW)
    }

    /// A clock that was set back must not hold anything up: nothing is due later than at the slowest rate.
    fn believed(&self, next: f64, now: Timestamp) -> f64 {
        let longest = WINDOW + 2.0 * SPREAD / (f64::from(self.allowed.get()) * SLOWEST);
        if next - millis(now) > longest { millis(now) } else { next }
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

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// Lets leave whatever may until `until`, each so many milliseconds after its time. Returns when each left.
    fn leave(pace: &mut Pace, from: Timestamp, until: Timestamp, mut late: impl FnMut() -> u64) -> Vec<i64> {
        let (mut now, mut left) = (from, Vec::new());
        loop {
            now = Timestamp(now.0.max(pace.next(now).plus(Duration::from_millis(late())).0));
            if now >= until {
                return left;
            }
            pace.take(now);
            left.push(now.0);
        }
    }

    /// The most of these within any second.
    fn most_in_a_second(mut times: Vec<i64>) -> usize {
        times.sort_unstable();
        let within = |(at, first): (usize, &i64)| times[at..].iter().take_while(|time| **time < first + 1000).count();
        times.iter().enumerate().map(within).max().unwrap_or(0)
    }

    #[test]
    fn nearly_the_whole_rate_is_used_even_by_who_is_always_late() {
        for rate in [1, 2, 10, 30, 1000] {
            for late in [0, 3, 12, 20] {
                let left = leave(&mut pace(rate), START, START.plus(seconds(60)), || late);
                let (sent, whole) = (left.len(), rate as usize * 60);
                assert!(100 * sent >= 95 * whole, "{late} ms late: {sent} of {whole}");
                assert!(most_in_a_second(left) <= rate as usize);
            }
        }
    }

    #[test]
    fn a_stall_is_made_up_for_without_a_burst() {
        let mut pace = pace(30);
        let mut count = 0;
        let late = || {
            count += 1;
            if count % 100 == 0 { 140 } else { 4 }
        };
        let left = leave(&mut pace, START, START.plus(seconds(60)), late);
        assert!(left.len() >= 1710, "{}", left.len());
        let closest = left.windows(2).map(|two| two[1] - two[0]).min().unwrap();
        assert!(closest >= 11, "{closest}");
    }

    #[test]
    fn one_throttle_costs_a_tenth_and_several_much_more() {
        let mut pace = pace(30);
        pace.take(START);
        for ms in [0, 10, 500] {
            pace.throttled(START.plus(Duration::from_millis(ms)));
        }
        assert!((26.9..27.5).contains(&pace.per_second()), "{}", pace.per_second());
        let slow = leave(&mut pace, START, START.plus(seconds(1)), || 0);
        assert!((25..=27).contains(&slow.len()), "{}", slow.len());
        for second in 2..12 {
            pace.throttled(START.plus(seconds(second)));
        }
        assert!(pace.per_second() < 4.0, "{}", pace.per_second());
        let minute = START.plus(seconds(90));
        leave(&mut pace, START.plus(seconds(12)), minute, || 0);
        let again = leave(&mut pace, minute, minute.plus(seconds(10)), || 0);
        assert!((285..=300).contains(&again.len()), "{}", again.len());
        // Long after it, one is a chance again.
        pace.throttled(minute.plus(seconds(10)));
        assert!(pace.per_second() >= 26.9, "{}", pace.per_second());
    }

    #[test]
    fn a_clock_that_is_set_back_holds_nothing_up() {
        for back in [2, 3600] {
            let mut pace = pace(30);
            leave(&mut pace, START, START.plus(seconds(4)), || 0);
            let before = START.plus(seconds(4)).minus(seconds(back));
            pace.throttled(before);
            let left = leave(&mut pace, before, before.plus(seconds(10)), || 0);
            assert!((200..=300).contains(&left.len()), "{back} s back: {}", left.len());
            assert!(pace.per_second() > 26.0, "{}", pace.per_second());
        }
    }

    proptest! {
        /// However late each leaves, and however long it takes to arrive.
        #[test]
        fn vonage_never_sees_more_in_a_second_than_it_allows(
            rate in 1_u32..200,
            waits in prop::collection::vec(0_u64..3_000, 1..40),
            late in prop::collection::vec(0_u64..60, 1..50),
            jitter in prop::collection::vec(0_i64..=30, 1..50),
            throttled in any::<bool>(),
        ) {
            let (mut pace, mut now, mut left) = (pace(rate), START, Vec::new());
            let mut late = late.into_iter().cycle();
            for wait in waits {
                let until = now.plus(Duration::from_millis(wait));
                left.extend(leave(&mut pace, now, until, || late.next().unwrap()));
                now = until;
                if throttled {
                    pace.throttled(now);
                }
            }
            let arrived = left.iter().zip(jitter.iter().cycle()).map(|(left, jitter)| left + jitter).collect();
            let most = most_in_a_second(arrived);
            prop_assert!(most <= rate as usize, "{most} of {rate} in a second");
        }

        /// With the lateness that is usual: waking up, and one commit.
        #[test]
        fn at_least_95_of_100_are_used(
            rate in 1_u32..200,
            late in prop::collection::vec(0_u64..20, 1..50),
        ) {
            let mut late = late.into_iter().cycle();
            let left = leave(&mut pace(rate), START, START.plus(seconds(30)), || late.next().unwrap());
            let whole = rate as usize * 30;
            prop_assert!(100 * left.len() >= 95 * whole, "{} of {whole}", left.len());
        }
    }
}
