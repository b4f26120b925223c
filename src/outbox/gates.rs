//! What keeps effects from beginning: a channel that refuses us, a rate limit that is used up. Whatever waits for one of
//! these costs nothing until a single one has passed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::ids::EffectId;
use crate::domain::retry::Schedule;
use crate::domain::time::Timestamp;
use crate::store::outbox::Closed;

/// So many effects in a row have to be refused at a place before the place counts as closed: one that is refused alone
/// concerns nobody else.
const REFUSALS: usize = 2;

/// The gates of all places. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Gates(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    refusing: HashMap<String, Refusing>,
    under_way: HashMap<String, u32>,
    /// Lanes whose thread takes nothing before.
    lanes: HashMap<String, Timestamp>,
}

/// A place where effects were refused, and none has passed since.
struct Refusing {
    effects: Vec<EffectId>,
    /// When one more is let through, to see.
    until: Timestamp,
    probes: i64,
}

/// Leave for one effect to be under way. Given back when it is dropped.
pub(super) struct Turn {
    gates: Gates,
    place: Option<String>,
}

impl Gates {
    /// What is not to begin at `now`, and when the first of it may.
    pub(super) fn closed(&self, now: Timestamp) -> (Closed, Option<Timestamp>) {
        let mut state = self.state();
        // Nothing stays closed longer, unless the clock was set back since.
        let longest = Schedule::Slow.longest();
        state.lanes.retain(|_, until| *until > now && until.since(now) <= longest);
        for refusing in state.refusing.values_mut().filter(|refusing| refusing.until.since(now) > longest) {
            refusing.until = now;
        }
        let mut closed = Closed::default();
        let mut opens: Option<Timestamp> = None;
        for (lane, until) in &state.lanes {
            closed.lane(lane);
            opens = Some(opens.map_or(*until, |opens| opens.min(*until)));
        }
        for (place, refusing) in &state.refusing {
            if refusing.is_closed() && refusing.until > now {
                closed.place(place);
            }
        }
        (closed, opens)
    }

    /// A turn at this place, of `room` at once; `None` where as many are under way already.
    pub(super) fn turn(&self, place: Option<&str>, room: u32) -> Option<Turn> {
        let Some(place) = place else { return Some(Turn { gates: self.clone(), place: None }) };
        let mut state = self.state();
        let probing = state.refusing.get(place).is_some_and(Refusing::is_closed);
        let room = if probing { room.min(1) } else { room };
        let under_way = state.under_way.entry(counted(place)).or_default();
        if *under_way >= room {
            return None;
        }
        *under_way += 1;
        Some(Turn { gates: self.clone(), place: Some(counted(place)) })
    }

    /// An effect was refused, for a reason that is the whole place's. Returns whether the place is closed now.
    pub(super) fn refused(&self, place: &str, effect: EffectId, now: Timestamp) -> bool {
        let mut state = self.state();
        let fresh = || Refusing { effects: Vec::new(), until: now, probes: 0 };
        let refusing = state.refusing.entry(place.to_owned()).or_insert_with(fresh);
        let was_closed = refusing.is_closed();
        if !was_closed && !refusing.effects.contains(&effect) {
            refusing.effects.push(effect);
        }
        // Several were under way when it closed: they say nothing new.
        if refusing.is_closed() && refusing.until <= now {
            refusing.probes += 1;
            refusing.until = now.plus(Schedule::Slow.pause(refusing.probes));
        }
        refusing.is_closed()
    }

    /// Whatever refused may allow it now: at each place the next may see. Returns what was refused and waits by itself.
    pub(super) fn hurry(&self, now: Timestamp) -> Vec<EffectId> {
        let mut state = self.state();
        let refusing = state.refusing.values_mut();
        refusing
            .flat_map(|refusing| {
                refusing.until = refusing.until.min(now);
                refusing.effects.clone()
            })
            .collect()
    }

    /// An effect was done at this place. Returns whether something was refused before.
    pub(super) fn passed(&self, place: &str) -> bool {
        self.state().refusing.remove(place).is_some()
    }

    /// Whether anything is refused anywhere.
    pub(super) fn refuse_nothing(&self) -> bool {
        self.state().refusing.is_empty()
    }

    /// Whether this place refuses everything.
    pub(super) fn is_closed(&self, place: &str) -> bool {
        self.state().refusing.get(place).is_some_and(Refusing::is_closed)
    }

    /// The thread of this lane takes nothing for so long.
    pub(super) fn limited(&self, lane: String, now: Timestamp, wait: Duration) {
        self.state().lanes.insert(lane, now.plus(wait));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Posts and edits in one channel may share a limit: they are counted together.
fn counted(place: &str) -> String {
    place.strip_prefix("edit:").map_or_else(|| place.to_owned(), |desk| format!("post:{desk}"))
}

impl Refusing {
    fn is_closed(&self) -> bool {
        self.effects.len() >= REFUSALS
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(place) = self.place.take() else { return };
        let mut state = self.gates.state();
        if let Some(under_way) = state.under_way.get_mut(&place) {
            *under_way = under_way.saturating_sub(1);
            if *under_way == 0 {
                state.under_way.remove(&place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: &str = "thread:support";

    fn is_closed(gates: &Gates, now: i64) -> bool {
        gates.closed(at(now)).0.holds(PLACE)
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp(1_800_000_000_000 + seconds * 1000)
    }

    #[test]
    fn one_effect_that_is_refused_closes_nothing() {
        let gates = Gates::default();
        assert!(!gates.refused(PLACE, EffectId(1), at(0)));
        assert!(!gates.refused(PLACE, EffectId(1), at(30)));
        assert!(!is_closed(&gates, 30));
        assert!(gates.passed(PLACE) && gates.refuse_nothing());
    }

    #[test]
    fn a_closed_place_lets_one_through_at_a_time_and_ever_less_often() {
        let gates = Gates::default();
        for effect in 1..=16 {
            gates.refused(PLACE, EffectId(effect), at(0));
        }
        assert!(is_closed(&gates, 29) && !is_closed(&gates, 30));
        let probe = gates.turn(Some(PLACE), 16).unwrap();
        assert!(gates.turn(Some(PLACE), 16).is_none());
        assert!(gates.turn(Some("thread:other"), 16).is_some());
        drop(probe);
        gates.refused(PLACE, EffectId(17), at(30));
        assert!(is_closed(&gates, 89) && !is_closed(&gates, 90));
        assert!(gates.passed(PLACE));
        assert!(!is_closed(&gates, 31));
    }

    #[test]
    fn a_closed_place_can_be_hurried() {
        let gates = Gates::default();
        for effect in 1..=2 {
            gates.refused(PLACE, EffectId(effect), at(0));
        }
        gates.refused("thread:other", EffectId(7), at(0));
        let mut hurried = gates.hurry(at(1));
        hurried.sort_unstable_by_key(|effect| effect.0);
        assert_eq!(hurried, [1, 2, 7].map(EffectId));
        assert!(!is_closed(&gates, 1));
        // In vain: it waits as long as if it had been its turn.
        gates.refused(PLACE, EffectId(1), at(1));
        assert!(is_closed(&gates, 60) && !is_closed(&gates, 61));
    }

    #[test]
    fn a_limit_lets_so_many_under_way() {
        let gates = Gates::default();
        let turns: Vec<_> = (0..3).map_while(|_| gates.turn(Some(PLACE), 2)).collect();
        assert_eq!(turns.len(), 2);
        drop(turns);
        assert!(gates.turn(Some(PLACE), 1).is_some());
    }
}
