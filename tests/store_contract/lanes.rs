//! Whatever sequence of promises, attempts and ends: a lane does one thing at a time, in the order of its ranks.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use threadline::domain::effect::{Effect, FREE_RANK, Lane};
use threadline::domain::ids::{ConversationId, MessageId, Nonce};
use threadline::store::Tx;
use threadline::store::outbox::{self, Attempt, End};
use tokio::runtime::Handle;
use uuid::Uuid;

use crate::room::{Room, at};

const LANES: u128 = 3;
const LATER: std::ops::Range<i64> = 0..3;

#[derive(Clone, Debug)]
enum Step {
    Promise {
        lane: u128,
        what: usize,
        later: i64,
    },
    /// A second goes by.
    Pass,
    Begin {
        limit: usize,
    },
    Settle {
        which: prop::sample::Index,
        how: How,
    },
}

#[derive(Clone, Copy, Debug)]
enum How {
    Done,
    Again { later: i64 },
    Dead,
}

pub async fn whatever_happens_a_lane_keeps_its_order(room: &Room) {
    let mut runner = TestRunner::new(Config { cases: 64, failure_persistence: None, ..Config::default() });
    let played = runner.run(&vec(step(), 1..60), |steps| {
        tokio::task::block_in_place(|| Handle::current().block_on(play(room.begin(), steps)))
    });
    played.unwrap_or_else(|failure| panic!("{failure}"));
}

fn step() -> impl Strategy<Value = Step> {
    let how = prop_oneof![Just(How::Done), LATER.prop_map(|later| How::Again { later }), Just(How::Dead)];
    prop_oneof![
        4 => (0..LANES, 0..7usize, LATER).prop_map(|(lane, what, later)| Step::Promise { lane, what, later }),
        1 => Just(Step::Pass),
        2 => (1..4usize).prop_map(|limit| Step::Begin { limit }),
        2 => (any::<prop::sample::Index>(), how).prop_map(|(which, how)| Step::Settle { which, how }),
    ]
}

/// Everything happens in one transaction, which is dropped at the end.
async fn play(tx: impl Future<Output = Tx>, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let mut tx = tx.await;
    let (mut owed, mut under_way, mut now) = (Owed::default(), Vec::<(usize, Attempt)>::new(), 0);
    for step in steps {
        match step {
            Step::Pass => now += 1,
            Step::Promise { lane, what, later } => {
                let effect = effect(lane, what);
                let name = Lane::Discord(place(lane));
                outbox::enqueue(&mut tx, name, &effect, at(now), at(now + later)).await.unwrap();
                owed.promise(lane, effect, now + later);
            }
            Step::Begin { limit } => {
                let limited = i64::try_from(limit).unwrap();
                let begun = outbox::begin(&mut tx, "holder", at(now), at(now + 90), limited).await;
                let begun = begun.unwrap();
                let free = owed.free(now);
                prop_assert_eq!(begun.len(), free.len().min(limit), "no lane is left idle");
                for attempt in begun {
                    let one = owed.waiting(&attempt.effect);
                    prop_assert!(one.is_some_and(|one| free.contains(&one)), "{:?} had to wait", attempt.effect);
                    under_way.extend(one.map(|one| (one, attempt)));
                }
                for (one, _) in &under_way {
                    owed.0[*one].state = State::UnderWay;
                }
                let mut lanes: Vec<_> = under_way.iter().map(|(one, _)| owed.0[*one].lane).collect();
                lanes.sort_unstable();
                prop_assert!(lanes.windows(2).all(|two| two[0] != two[1]), "two of a lane are under way");
            }
            Step::Settle { which, how } if !under_way.is_empty() => {
                let (one, attempt) = under_way.swap_remove(which.index(under_way.len()));
                let end = match how {
                    How::Done => End::Done { remark: None },
                    How::Again { later } => End::Again { due: at(now + later), why: "not now".to_owned() },
                    How::Dead => End::Dead { why: "rejected".to_owned() },
                };
                prop_assert!(outbox::settle(&mut tx, &attempt, &end, at(now)).await.unwrap());
                owed.settle(one, how, now);
            }
            Step::Settle { .. } => {}
        }
    }
    Ok(())
}

/// What should stand in the outbox, in the order of promise.
#[derive(Default)]
struct Owed(Vec<One>);

struct One {
    lane: u128,
    effect: Effect,
    due: i64,
    tried: bool,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    UnderWay,
    Over,
}

impl Owed {
    fn promise(&mut self, lane: u128, effect: Effect, due: i64) {
        match self.waiting(&effect) {
            Some(one) if !self.0[one].tried => self.0[one].due = due.min(self.0[one].due),
            Some(_) => {}
            None => self.0.push(One { lane, effect, due, tried: false, state: State::Waiting }),
        }
    }

    fn settle(&mut self, one: usize, how: How, now: i64) {
        let newer = self.waiting(&self.0[one].effect).is_some();
        let settled = &mut self.0[one];
        settled.state = State::Over;
        if let How::Again { later } = how
            && !newer
        {
            (settled.state, settled.due, settled.tried) = (State::Waiting, now + later, true);
        }
    }

    /// The one that waits with this effect; there is no second.
    fn waiting(&self, effect: &Effect) -> Option<usize> {
        self.0.iter().position(|one| one.state == State::Waiting && one.effect == *effect)
    }

    /// Those that may begin, one of a lane at most.
    fn free(&self, now: i64) -> Vec<usize> {
        let due = |one: &One| one.state == State::Waiting && one.due <= now;
        let before = |(a, one): (usize, &One), (b, other): (usize, &One)| {
            let holds = one.effect.rank() < FREE_RANK || one.due <= now;
            holds && (one.effect.rank(), a) < (other.effect.rank(), b)
        };
        let held = |at: usize| {
            self.0.iter().enumerate().any(|(other, by)| match by.state {
                _ if by.lane != self.0[at].lane => false,
                State::Over => false,
                State::UnderWay => true,
                State::Waiting => before((other, by), (at, &self.0[at])),
            })
        };
        (0..self.0.len()).filter(|&one| due(&self.0[one]) && !held(one)).collect()
    }
}

fn place(lane: u128) -> ConversationId {
    ConversationId(Uuid::from_u128(lane + 1))
}

fn effect(lane: u128, what: usize) -> Effect {
    let conversation = place(lane);
    let message = MessageId(Uuid::from_u128(lane + 1));
    let other = MessageId(Uuid::from_u128(lane + 1 + LANES));
    let nonce = Nonce::from_uuid(conversation.0);
    match what {
        0 => Effect::PostCard { conversation, nonce },
        1 => Effect::OpenThread { conversation },
        2 => Effect::PostMessage { message, nonce, alert: false },
        3 => Effect::PostMessage { message: other, nonce, alert: false },
        4 => Effect::UpdateMessage { message },
        5 => Effect::UpdateCard { conversation },
        _ => Effect::ArchiveThread { conversation },
    }
}
