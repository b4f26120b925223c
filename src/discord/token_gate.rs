//! The gate of the bot's token: once Discord has refused it, one request at a time asks whether it is good again, ever
//! less often. Ten thousand refused requests in ten minutes would get the address banned.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::retry::Schedule;
use crate::domain::time::Timestamp;

#[derive(Default)]
pub(super) struct TokenGate(Mutex<Option<Refused>>);

#[derive(Clone, Copy)]
struct Refused {
    probes: i64,
    /// When the next may ask.
    until: Timestamp,
}

/// Leave to send a request with the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    Usual,
    /// To see whether the token is good again.
    Probe,
}

impl TokenGate {
    /// Leave to send a request; `None` while the token is refused. `always` is for requests that are rare of themselves.
    pub(super) fn ask(&self, now: Timestamp, always: bool) -> Option<Leave> {
        let mut state = self.state();
        let Some(refused) = &mut *state else { return Some(Leave::Usual) };
        if refused.until.since(now) > Schedule::Slow.longest() {
            // The clock was set back.
            refused.until = now;
        }
        if refused.until > now && !always {
            return None;
        }
        // The others wait until this one has its answer, or longer.
        refused.until = refused.until.max(now.plus(Schedule::Slow.pause(refused.probes)));
        Some(Leave::Probe)
    }

    /// What Discord said to the request that had this leave.
    pub(super) fn answered(&self, leave: Leave, is_refused: bool, now: Timestamp) {
        let mut state = self.state();
        match (&mut *state, leave, is_refused) {
            (None, _, true) => {
                *state = Some(Refused { probes: 1, until: now.plus(Schedule::Slow.pause(1)) });
            }
            (Some(refused), Leave::Probe, true) => {
                refused.probes += 1;
                refused.until = now.plus(Schedule::Slow.pause(refused.probes));
            }
            (Some(_), Leave::Probe, false) => *state = None,
            // Others were under way when it was refused first.
            (Some(_), Leave::Usual, _) | (None, _, false) => {}
        }
    }

    /// How long nothing may be asked; `None`: the token is good as far as is known.
    pub(super) fn opens_in(&self, now: Timestamp) -> Option<Duration> {
        self.state().map(|refused| refused.until.since(now))
    }

    fn state(&self) -> MutexGuard<'_, Option<Refused>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(1_800_000_000_000 + seconds * 1000)
    }

    #[test]
    fn a_refused_token_is_asked_about_ever_less_often() {
        let gate = TokenGate::default();
        let leaves = [0, 0, 0].map(|now| gate.ask(at(now), false).unwrap());
        for leave in leaves {
            gate.answered(leave, true, at(1));
        }
        assert_eq!(gate.opens_in(at(1)), Some(Duration::from_secs(30)));
        assert_eq!(gate.ask(at(30), false), None);
        assert_eq!(gate.ask(at(31), false), Some(Leave::Probe));
        assert_eq!(gate.ask(at(31), false), None);
        gate.answered(Leave::Probe, true, at(32));
        assert_eq!(gate.opens_in(at(32)), Some(Duration::from_secs(60)));
        assert_eq!(gate.ask(at(40), true), Some(Leave::Probe));
        gate.answered(Leave::Probe, true, at(41));
        assert_eq!(gate.ask(at(41 - 3600), false), Some(Leave::Probe), "the clock was set back");
        gate.answered(Leave::Probe, false, at(41));
        assert_eq!((gate.opens_in(at(41)), gate.ask(at(41), false)), (None, Some(Leave::Usual)));
    }
}
