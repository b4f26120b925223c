//! Whether the account may send: refused as a whole it is paused, tried with one SMS, and goes on by itself.

use serde::{Deserialize, Serialize};

use super::retry::Schedule;
use super::time::Timestamp;

/// Why the account is paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "pause", rename_all = "snake_case")]
pub enum Pause {
    /// Vonage refuses the whole account, with this status of the SMS API or, if `http`, of HTTP.
    Refused { status: u16, http: bool },
    /// Several sends in a row had no clear answer: each may have been sent, and the next would only add to them.
    Unconfirmed,
}

impl Pause {
    /// Whether credit is what is missing.
    #[must_use]
    pub const fn is_for_credit(self) -> bool {
        matches!(self, Self::Refused { status: 9 | 1070, http: false } | Self::Refused { status: 402, http: true })
    }
}

/// A pause that one SMS is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tried {
    pause: Pause,
    since: Timestamp,
    tries: i64,
    balance: Option<i64>,
}

/// Every so many probes one SMS is tried whatever the probe said: what it says may not be what is wrong.
const ANYWAY: i64 = 6;

/// So many sends in a row without a clear answer pause the account.
const UNCLEAR_IN_A_ROW: u32 = 3;

/// What a send told about the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It was taken, or refused for its own sake: the account is well.
    Well,
    Refused(Pause),
    Unclear,
    /// Throttled, or Vonage was not there: nothing about the account.
    Nothing,
}

/// What has changed, for somebody to hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// Sending is paused since this moment.
    Paused(Pause, Timestamp),
    /// Sending goes on after the pause that began then.
    Resumed(Timestamp),
}

/// The account's sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    Running {
        unclear: u32,
    },
    Paused {
        pause: Pause,
        since: Timestamp,
        /// How often it was tried, in vain.
        tries: i64,
        /// When to ask for the balance.
        probe: Timestamp,
        /// The balance when it was last asked for.
        balance: Option<i64>,
    },
    /// One SMS goes first, and the others wait for what becomes of it. `pause` is what it is to end, with its beginning
    /// and its tries; at the start of a process there is none, and yet all may not be well.
    Trial {
        pause: Option<Tried>,
        under_way: bool,
    },
}

impl Default for Sending {
    fn default() -> Self {
        Self::Trial { pause: None, under_way: false }
    }
}

impl Sending {
    /// Whether an SMS may leave now.
    #[must_use]
    pub const fn may_send(&self) -> bool {
        match self {
            Self::Running { .. } => true,
            Self::Trial { under_way, .. } => !*under_way,
            Self::Paused { .. } => false,
        }
    }

    /// Whether it is paused, and why.
    #[must_use]
    pub const fn paused(&self) -> Option<Pause> {
        match self {
            Self::Paused { pause, .. } => Some(*pause),
            Self::Running { .. } | Self::Trial { .. } => None,
        }
    }

    /// When to ask for the balance, if that is what is waited for.
    #[must_use]
    pub fn probe_due(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            // A clock that was set back must not prolong it.
            Self::Paused { probe, .. } if probe.since(now) > Schedule::Probe.longest() => Some(now),
            Self::Paused { probe, .. } => Some(*probe),
            Self::Running { .. } | Self::Trial { .. } => None,
        }
    }

    /// An SMS leaves.
    pub const fn sent(&mut self) {
        if let Self::Trial { under_way, .. } = self {
            *under_way = true;
        }
    }

    /// What became of an SMS. Those that were under way when a pause began change nothing.
    pub fn hear(&mut self, told: Told, now: Timestamp) -> Option<News> {
        match (*self, told) {
            (Self::Paused { .. }, _) => None,
            (Self::Trial { pause, .. }, Told::Nothing) => {
                *self = Self::Trial { pause, under_way: false };
                None
            }
            (Self::Running { .. }, Told::Nothing) => None,
            (Self::Trial { pause, .. }, Told::Well) => {
                *self = Self::Running { unclear: 0 };
                pause.map(|tried| News::Resumed(tried.since))
            }
            (Self::Running { .. }, Told::Well) => {
                *self = Self::Running { unclear: 0 };
                None
            }
            (Self::Trial { pause: None, .. }, Told::Unclear) => {
                *self = Self::Running { unclear: 1 };
                None
            }
            (Self::Running { unclear }, Told::Unclear) if unclear + 1 < UNCLEAR_IN_A_ROW => {
                *self = Self::Running { unclear: unclear + 1 };
                None
            }
            (Self::Running { .. }, Told::Unclear) => Some(self.begin(Pause::Unconfirmed, now)),
            (Self::Running { .. } | Self::Trial { pause: None, .. }, Told::Refused(pause)) => {
                Some(self.begin(pause, now))
            }
            (Self::Trial { pause: Some(before), .. }, Told::Refused(_) | Told::Unclear) => {
                let pause = if let Told::Refused(pause) = told { pause } else { Pause::Unconfirmed };
                *self = Self::pause(Tried { pause, tries: before.tries + 1, ..before }, now);
                // The same trouble as before is no news.
                (pause != before.pause).then_some(News::Paused(pause, before.since))
            }
        }
    }

    /// What the balance request told: the balance in millionths, or nothing.
    pub fn probed(&mut self, answer: Option<i64>, now: Timestamp) {
        let Self::Paused { pause, since, tries, balance: before, .. } = *self else { return };
        let helps = match answer {
            None => false,
            // An account that pays later may be below nothing, and send: then a rise says that something was done.
            Some(micros) => !pause.is_for_credit() || micros > 0 || before.is_some_and(|before| micros > before),
        };
        let tried = Tried { pause, since, tries: tries + 1, balance: answer.or(before) };
        *self = if helps || tried.tries % ANYWAY == 0 {
            Self::Trial { pause: Some(tried), under_way: false }
        } else {
            Self::pause(tried, now)
        };
    }

    fn begin(&mut self, pause: Pause, now: Timestamp) -> News {
        *self = Self::pause(Tried { pause, since: now, tries: 1, balance: None }, now);
        News::Paused(pause, now)
    }

    fn pause(Tried { pause, since, tries, balance }: Tried, now: Timestamp) -> Self {
        Self::Paused { pause, since, tries, probe: now.plus(Schedule::Probe.pause(tries)), balance }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    const NO_CREDIT: Pause = Pause::Refused { status: 9, http: false };
    const BARRED: Pause = Pause::Refused { status: 8, http: false };

    fn at(seconds: u64) -> Timestamp {
        Timestamp(1_700_000_000_000).plus(Duration::from_secs(seconds))
    }

    #[test]
    fn a_refusal_pauses_once_and_one_sms_ends_it() {
        let mut sending = Sending::Running { unclear: 0 };
        assert_eq!(sending.hear(Told::Refused(BARRED), at(0)), Some(News::Paused(BARRED, at(0))));
        // Those that were under way.
        assert_eq!(sending.hear(Told::Refused(BARRED), at(1)), None);
        assert_eq!(sending.hear(Told::Well, at(1)), None);
        assert!(!sending.may_send());
        assert_eq!(sending.probe_due(at(0)), Some(at(30)));
        sending.probed(None, at(30));
        assert_eq!(sending.probe_due(at(0)), Some(at(90)));
        sending.probed(Some(1), at(90));
        assert!(sending.may_send());
        sending.sent();
        assert!(!sending.may_send());
        assert_eq!(sending.hear(Told::Refused(BARRED), at(91)), None, "no news");
        assert_eq!(sending.probe_due(at(91)), Some(at(91 + 240)));
        sending.probed(Some(1), at(331));
        sending.sent();
        assert_eq!(sending.hear(Told::Well, at(212)), Some(News::Resumed(at(0))));
        assert!(sending.may_send());
    }

    #[test]
    fn without_credit_a_balance_has_to_be_there_or_to_rise() {
        let mut sending = Sending::Running { unclear: 0 };
        sending.hear(Told::Refused(NO_CREDIT), at(0));
        for balance in [0, -5] {
            sending.probed(Some(balance), at(30));
            assert!(!sending.may_send());
        }
        sending.probed(Some(-3), at(60));
        assert!(sending.may_send());
    }

    #[test]
    fn it_is_tried_now_and_then_whatever_the_probe_says() {
        let mut sending = Sending::Running { unclear: 0 };
        sending.hear(Told::Refused(NO_CREDIT), at(0));
        for probe in 1..5 {
            sending.probed(Some(-80), at(probe));
            assert!(!sending.may_send(), "{probe}");
        }
        sending.probed(None, at(5));
        assert!(sending.may_send());
        // What the balance was is still known after a trial in vain.
        sending.sent();
        sending.hear(Told::Refused(NO_CREDIT), at(6));
        sending.probed(Some(-79), at(7));
        assert!(sending.may_send());
    }

    #[test]
    fn a_clock_that_is_set_back_prolongs_nothing() {
        let mut sending = Sending::Running { unclear: 0 };
        sending.hear(Told::Refused(BARRED), at(100_000));
        assert_eq!(sending.probe_due(at(10)), Some(at(10)));
    }

    #[test]
    fn three_unclear_in_a_row_pause_and_fewer_do_not() {
        let mut sending = Sending::default();
        for told in [Told::Unclear, Told::Unclear, Told::Well, Told::Unclear, Told::Nothing, Told::Unclear] {
            sending.sent();
            assert_eq!(sending.hear(told, at(0)), None);
            assert!(sending.may_send());
        }
        assert_eq!(sending.hear(Told::Unclear, at(1)), Some(News::Paused(Pause::Unconfirmed, at(1))));
    }

    proptest! {
        /// Whatever happens, it is never stuck: from any state probes and a good SMS lead back to running.
        #[test]
        fn it_always_finds_back(events in prop::collection::vec(0_u8..7, 0..40)) {
            let mut sending = Sending::default();
            let (mut paused, mut now) = (false, 0);
            let mut follow = |news: Option<News>| match news {
                Some(News::Paused(..)) => paused = true,
                Some(News::Resumed(_)) => { assert!(paused, "resumed and never paused"); paused = false; }
                None => {}
            };
            for event in events {
                now += 1;
                match event {
                    0 => sending.sent(),
                    1 => follow(sending.hear(Told::Well, at(now))),
                    2 => follow(sending.hear(Told::Unclear, at(now))),
                    3 => follow(sending.hear(Told::Refused(NO_CREDIT), at(now))),
                    4 => follow(sending.hear(Told::Nothing, at(now))),
                    5 => sending.probed(Some(0), at(now)),
                    _ => sending.probed(None, at(now)),
                }
            }
            sending.probed(Some(1), at(now));
            follow(sending.hear(Told::Well, at(now)));
            let runs = matches!(sending, Sending::Running { .. });
            prop_assert!(runs && !paused);
        }
    }
}
