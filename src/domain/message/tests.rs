#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn states() -> impl Strategy<Value = State> {
    prop_oneof![
        Just(State::Queued),
        Just(State::Unconfirmed),
        Just(State::Sent),
        Just(State::Delivered),
        Just(State::Failed(Failure::OptedOut)),
        Just(State::Failed(Failure::TooLate)),
        Just(State::Failed(Failure::Dropped)),
        (0u16..100).prop_map(|status| State::Failed(Failure::Refused(status))),
        (0u16..100).prop_map(|status| State::Failed(Failure::Part(status))),
        (0u16..2000).prop_map(|code| State::Failed(Failure::Rejected(code))),
        (0u16..2000).prop_map(|code| State::Failed(Failure::Reported(code))),
        (0u16..100).prop_map(|code| State::Failed(Failure::Receipt { status: ReceiptStatus::Rejected, code })),
    ]
}

proptest! {
    #[test]
    fn a_final_state_is_final(news in prop::collection::vec(states(), 0..12)) {
        let mut state = State::Queued;
        for next in news {
            let before = state;
            state = state.after(next);
            prop_assert!(state.progress() >= before.progress());
            if before.progress() == 4 {
                prop_assert_eq!(state, before);
            }
        }
    }

    #[test]
    fn states_survive_the_database(state in states()) {
        let failure = match state { State::Failed(failure) => Some(failure.to_stored()), _ => None };
        prop_assert_eq!(State::from_stored(state.as_stored(), failure.as_deref()), Some(state));
    }
}

#[test]
fn what_the_network_says_corrects_what_we_concluded() {
    let reported = State::Failed(Failure::Receipt { status: ReceiptStatus::Failed, code: 9 });
    for concluded in
        [Failure::OptedOut, Failure::Refused(15), Failure::Http(400), Failure::Rejected(1120), Failure::GaveUp]
    {
        let concluded = State::Failed(concluded);
        for news in [State::Sent, State::Delivered, reported] {
            assert_eq!(concluded.after(news), news);
            assert_eq!(news.after(concluded), news);
        }
        assert_eq!(concluded.after(State::Unconfirmed), concluded);
    }
    for news in [State::Sent, State::Delivered] {
        assert_eq!(reported.after(news), reported);
    }
}

#[test]
fn kinds_survive_the_database() {
    for (kind, word) in KINDS {
        assert_eq!(Kind::from_stored(word), Some(kind));
        assert_eq!(kind.as_stored(), word);
    }
}
