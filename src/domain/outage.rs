//! Whether Discord is away, or only fails over one thing: told by what passes and what fails.

use std::collections::{HashMap, HashSet};

use super::ids::EffectId;

/// So many failures without a success between are an outage.
const BEGINS_WITH: u32 = 3;
/// So many things have to be done before it counts as over, where some still fail.
const ENDS_WITH: usize = 3;
/// So many tries of one thing fail, each after others passed: it is not Discord that is away.
const ALONE: u32 = 3;
/// So many such tries, and it is given up on, where it is not tried in a simpler form.
const ENOUGH: u32 = 6;
/// So many tries fail in whatever circumstances: whether it is the thing's fault is worth a question.
const LONG: u32 = 8;

/// What has failed and passed so far.
#[derive(Clone, Debug, Default)]
pub struct Outage {
    failing: HashMap<EffectId, Failing>,
    /// What was forbidden, though no permission is missing.
    forbidden: HashSet<EffectId>,
    /// How often anything was done.
    passed: u64,
    /// Failures since something was done.
    in_a_row: u32,
    /// `None`: there is no outage. Else what was done since it began.
    since: Option<HashSet<EffectId>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Failing {
    tries: u32,
    /// Those before which others had passed since the last.
    alone: u32,
    passed_then: u64,
}

impl Outage {
    /// A try of this failed as it does in an outage.
    pub fn failed(&mut self, effect: EffectId) {
        let passed = self.passed;
        let failing = self.failing.entry(effect).or_insert(Failing { passed_then: passed, ..Failing::default() });
        failing.tries += 1;
        failing.alone += u32::from(passed > failing.passed_then);
        failing.passed_then = passed;
        if failing.alone >= ENOUGH {
            // Its failures say nothing about Discord any more.
            return;
        }
        self.in_a_row += 1;
        if self.in_a_row >= BEGINS_WITH && self.since.is_none() {
            self.since = Some(HashSet::new());
        }
    }

    /// This was forbidden, as it may be for its own sake or as all that is asked there.
    pub fn forbids(&mut self, effect: EffectId) {
        self.forbidden.insert(effect);
    }

    /// Whether it was forbidden before: then it is tried in a simpler form as well.
    #[must_use]
    pub fn was_forbidden(&self, effect: EffectId) -> bool {
        self.forbidden.contains(&effect)
    }

    /// Whether it fails while others pass, or has failed for long: then it is tried in a simpler form as well.
    #[must_use]
    pub fn is_suspect(&self, effect: EffectId) -> bool {
        // This try is not counted yet.
        let about_to_fail = |failing: &Failing| {
            let alone = failing.alone + u32::from(self.passed > failing.passed_then);
            alone >= ALONE || failing.tries + 1 >= LONG
        };
        self.failing.get(&effect).is_some_and(about_to_fail)
    }

    /// Whether it has failed so often while others passed that it never will be done.
    #[must_use]
    pub fn is_culprit(&self, effect: EffectId) -> bool {
        let alone = |failing: &Failing| failing.alone + u32::from(self.passed > failing.passed_then);
        self.failing.get(&effect).is_some_and(|failing| alone(failing) >= ENOUGH)
    }

    /// This was done. Returns whether that ends an outage: then all that waits for its end may leave.
    pub fn passed(&mut self, effect: EffectId) -> bool {
        self.passed += 1;
        self.in_a_row = 0;
        self.failing.remove(&effect);
        self.forbidden.remove(&effect);
        let Some(done) = &mut self.since else { return false };
        done.insert(effect);
        let is_over = done.len() >= ENDS_WITH || self.failing.is_empty();
        if is_over {
            self.since = None;
        }
        is_over
    }

    /// This is not tried any more. Returns whether that ends an outage: nothing else fails.
    pub fn forget(&mut self, effect: EffectId) -> bool {
        self.forbidden.remove(&effect);
        let failed = self.failing.remove(&effect).is_some();
        let is_over = failed && self.since.is_some() && self.failing.is_empty();
        if is_over {
            self.since = None;
            self.in_a_row = 0;
        }
        is_over
    }

    /// Whether there is an outage.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.since.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CULPRIT: EffectId = EffectId(1);

    #[test]
    fn three_failures_in_a_row_are_an_outage_and_three_successes_its_end() {
        let mut outage = Outage::default();
        for effect in 1..=9 {
            outage.failed(EffectId(effect));
        }
        assert!(outage.is_on());
        assert_eq!([1, 2, 3].map(|effect| outage.passed(EffectId(effect))), [false, false, true]);
        assert!(!outage.is_on());
        assert!(!outage.passed(EffectId(4)));
    }

    #[test]
    fn the_only_thing_that_failed_ends_it_alone() {
        let mut outage = Outage::default();
        for _ in 0..5 {
            outage.failed(EffectId(7));
        }
        assert!(outage.is_on() && outage.passed(EffectId(7)) && !outage.is_on());
    }

    #[test]
    fn a_culprit_makes_no_outage_and_is_known_after_a_few_tries() {
        let mut outage = Outage::default();
        for other in 10..16 {
            assert_eq!((outage.is_suspect(CULPRIT), outage.is_culprit(CULPRIT)), (other > 12, false));
            outage.failed(CULPRIT);
            assert!(!outage.passed(EffectId(other)));
        }
        assert!(outage.is_suspect(CULPRIT) && outage.is_culprit(CULPRIT) && !outage.is_on());
    }

    #[test]
    fn culprits_make_no_outage_however_many_they_are() {
        let mut outage = Outage::default();
        for _ in 0..ENOUGH {
            for culprit in 1..=4 {
                outage.passed(EffectId(9));
                outage.failed(EffectId(culprit));
            }
        }
        outage.passed(EffectId(9));
        for culprit in 1..=4 {
            outage.failed(EffectId(culprit));
        }
        assert!(!outage.is_on());
        for other in 5..=7 {
            outage.failed(EffectId(other));
        }
        assert!(outage.is_on());
    }

    #[test]
    fn in_an_outage_nothing_is_a_culprit() {
        let mut outage = Outage::default();
        for _ in 0..20 {
            outage.failed(CULPRIT);
            outage.failed(EffectId(2));
        }
        assert!(!outage.is_culprit(CULPRIT) && outage.is_suspect(CULPRIT));
    }
}
