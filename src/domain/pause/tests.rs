use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const NO_CREDIT: Pause = Pause::Refused { status: 9, http: false };
const BARRED: Pause = Pause::Refused { status: 8, http: false };
const NOT_FOUND: Pause = Pause::Refused { status: 404, http: true };
const FORBIDDEN: Pause = Pause::Refused { status: 403, http: true };

fn at(seconds: u64) -> Timestamp {
    Timestamp(1_700_000_000_000).plus(Duration::from_secs(seconds))
}

fn message(number: u128) -> MessageId {
    MessageId(Uuid::from_u128(number))
}

fn another_than<const N: usize>(numbers: [u128; N]) -> MaySend {
    let mut but = [None; SUSPECTS];
    for (place, number) in but.iter_mut().zip(numbers) {
        *place = Some(message(number));
    }
    MaySend::One { but }
}

/// It did not pass, and is tried again soon.
fn nothing(why: Pause) -> Told {
    Told::Nothing { why, again: at(0) }
}

/// What was heard of a message, and how often it was charged before.
fn heard(number: u128, ticket: Ticket, told: Told, charged: i64) -> Heard {
    Heard { message: message(number), ticket, charged, told }
}

impl Sending {
    fn running() -> Self {
        Self { mode: Mode::Running, ..Self::default() }
    }

    /// It leaves, and is heard of at once.
    fn tries(&mut self, number: u128, told: Told, now: Timestamp) -> (Follows, Option<News>) {
        let ticket = self.sent();
        self.hear(heard(number, ticket, told, 0), now)
    }
}

#[test]
fn a_refusal_with_nothing_else_pauses_once_and_one_sms_ends_it() {
    let mut sending = Sending::running();
    let (follows, news) = sending.tries(1, Told::Refused(BARRED), at(0));
    assert_eq!((follows, news, sending.paused()), (Follows::Waits, None, None));
    assert_eq!(sending.may_send(), another_than([1]));
    assert_eq!(sending.nothing_else(), Some(News::Paused(BARRED, at(0))));
    assert_eq!((sending.nothing_else(), sending.paused()), (None, Some(BARRED)));
    assert_eq!(sending.probe_due(at(0)), Some(at(30)));
    assert_eq!(sending.probed(None, at(30)), None, "no news");
    assert_eq!(sending.probe_due(at(0)), Some(at(90)));
    sending.probed(Some(1), at(90));
    assert_eq!(sending.may_send(), another_than([]), "one, best one that was never tried");
    let ticket = sending.sent();
    assert_eq!(sending.may_send(), MaySend::No);
    assert_eq!(sending.hear(heard(1, ticket, Told::Refused(BARRED), 0), at(91)), (Follows::Waits, None), "no news");
    assert_eq!(sending.probe_due(at(91)), Some(at(91 + 240)));
    sending.probed(Some(1), at(331));
    assert_eq!(sending.tries(1, Told::Well, at(332)).1, Some(News::Resumed(at(0))));
    assert!(sending.runs());
}

#[test]
fn after_a_restart_in_a_pause_another_shows_whose_refusal_it_is() {
    let restored = Sending::paused_before(BARRED, at(0));
    let mut sending = restored.clone();
    assert_eq!(sending.may_send(), another_than([]));
    assert_eq!(sending.tries(1, Told::Refused(BARRED), at(60)), (Follows::Waits, None));
    assert_eq!(sending.may_send(), another_than([1]));
    let of_the_account = sending.clone();
    assert_eq!(sending.tries(2, Told::Well, at(61)).1, Some(News::Resumed(at(0))));
    assert!(sending.runs());

    let mut sending = of_the_account;
    assert_eq!(sending.nothing_else(), None, "it was told");
    assert_eq!(sending.tries(2, Told::Refused(BARRED), at(61)), (Follows::Waits, None));
    assert_eq!(sending.may_send(), another_than([1, 2]));
    assert_eq!(sending.tries(3, Told::Refused(BARRED), at(61)), (Follows::Waits, None));
    assert_eq!((sending.may_send(), sending.paused()), (MaySend::No, Some(BARRED)));

    let mut sending = restored;
    let (follows, news) = sending.tries(1, Told::Refused(FORBIDDEN), at(60));
    assert_eq!((follows, news), (Follows::Waits, None));
    assert_eq!(sending.nothing_else(), Some(News::Paused(FORBIDDEN, at(0))), "for another reason");
}

#[test]
fn another_that_passes_shows_whose_refusal_it_is() {
    let mut sending = Sending::running();
    assert_eq!(sending.tries(1, Told::Refused(FORBIDDEN), at(0)), (Follows::Waits, None));
    assert_eq!(sending.tries(2, Told::Well, at(1)).1, None, "nobody heard of it");
    assert!(sending.runs());
    assert_eq!(sending.tries(1, Told::Refused(FORBIDDEN), at(2)), (Follows::Charged, None));
    assert!(sending.runs());
    // With nothing else to try it is nobody's fault, and nobody's pause.
    let ticket = sending.sent();
    assert_eq!(sending.hear(heard(1, ticket, Told::Refused(FORBIDDEN), 1), at(300)), (Follows::BacksOff, None));
    assert_eq!(sending.tries(3, Told::Well, at(301)).1, None);
    let ticket = sending.sent();
    assert_eq!(sending.hear(heard(1, ticket, Told::Refused(FORBIDDEN), 1), at(302)), (Follows::Charged, None));
    // What was one message's takes several as evidence for a while.
    assert_eq!(sending.tries(4, Told::Refused(FORBIDDEN), at(303)), (Follows::BacksOff, None));
    assert!(sending.runs());
    sending.tries(5, Told::Refused(FORBIDDEN), at(303));
    let news = sending.tries(6, Told::Refused(FORBIDDEN), at(303)).1;
    assert_eq!(news, Some(News::Paused(FORBIDDEN, at(303))));
}

#[test]
fn three_messages_are_evidence_and_what_left_before_shows_nothing() {
    let mut sending = Sending::running();
    let [before, refused, after, last] = [sending.sent(), sending.sent(), sending.sent(), sending.sent()];
    sending.hear(heard(2, refused, Told::Refused(BARRED), 0), at(0));
    assert_eq!(sending.hear(heard(1, before, Told::Well, 0), at(0)), (Follows::BacksOff, None));
    assert!(!sending.runs());
    let second = sending.hear(heard(3, after, Told::Refused(BARRED), 0), at(1));
    assert_eq!(second, (Follows::Waits, None), "both may be disliked for their words");
    assert_eq!(sending.may_send(), another_than([2, 3]));
    let third = sending.hear(heard(4, last, Told::Refused(BARRED), 0), at(1));
    assert_eq!(third, (Follows::Waits, Some(News::Paused(BARRED, at(0)))));
    assert_eq!(sending.may_send(), MaySend::No);
    // Of those that left after it, one passes: then the account is well.
    let mut sending = Sending::running();
    let [refused, after] = [sending.sent(), sending.sent()];
    sending.hear(heard(2, refused, Told::Refused(BARRED), 0), at(0));
    sending.hear(heard(3, after, Told::Well, 0), at(0));
    assert!(sending.runs());
}

#[test]
fn two_culprits_pause_nobody_where_a_third_passes() {
    let mut sending = Sending::running();
    for culprit in [1, 2] {
        assert_eq!(sending.tries(culprit, Told::Refused(FORBIDDEN), at(0)), (Follows::Waits, None));
    }
    assert_eq!(sending.may_send(), another_than([1, 2]));
    assert_eq!(sending.tries(3, Told::Well, at(1)).1, None, "nobody heard of it");
    for culprit in [1, 2] {
        assert_eq!(sending.tries(culprit, Told::Refused(FORBIDDEN), at(2)), (Follows::Charged, None));
    }
    assert!(sending.runs());
}

#[test]
fn what_is_rejected_for_its_own_sake_shows_that_vonage_is_there_and_no_more() {
    for why in [NO_CREDIT, BARRED, Pause::Refused { status: 5, http: false }] {
        let mut sending = Sending::running();
        sending.begin(why, NOBODY, at(0));
        sending.probed(Some(1), at(30));
        assert_eq!(sending.tries(1, Told::Rejected, at(31)).1, None, "{why:?}");
        assert_eq!(sending.may_send(), another_than([]), "the next is tried");
    }
    for why in [NOT_FOUND, Pause::Unconfirmed] {
        let mut sending = Sending::running();
        sending.begin(why, NOBODY, at(0));
        sending.probed(Some(1), at(30));
        assert_eq!(sending.tries(1, Told::Rejected, at(31)).1, Some(News::Resumed(at(0))), "{why:?}");
    }
    // An outage that was told is over.
    let mut sending = Sending::running();
    for second in [0, 60, 120] {
        sending.tries(1, nothing(Pause::Unreachable), at(second));
    }
    assert_eq!(sending.tries(1, Told::Rejected, at(130)).1, Some(News::Resumed(at(0))));
    // Nothing that is refused is charged for it.
    let mut sending = Sending::running();
    for second in 0..9 {
        let told = Told::Refused(NOT_FOUND);
        assert_eq!(sending.tries(1, told, at(second)), (Follows::BacksOff, None));
        sending.tries(100 + u128::from(second), Told::Rejected, at(second));
    }
}

#[test]
fn one_culprit_is_told_by_one_pair_of_notices_at_most() {
    let mut sending = Sending::running();
    let mut news = Vec::new();
    let mut charged = 0;
    for round in 0..6 {
        let now = at(round * 600);
        let ticket = sending.sent();
        let (follows, heard_now) = sending.hear(heard(1, ticket, Told::Refused(FORBIDDEN), charged), now);
        charged += i64::from(follows == Follows::Charged);
        news.extend(heard_now);
        news.extend(sending.nothing_else());
        news.extend(sending.tries(2 + u128::from(round), Told::Well, now.plus(Duration::from_secs(1))).1);
    }
    assert_eq!(news, [News::Paused(FORBIDDEN, at(0)), News::Resumed(at(0))]);
    assert_eq!(charged, 5);
}

#[test]
fn without_credit_a_balance_has_to_be_there_or_to_rise() {
    let mut sending = Sending::running();
    sending.tries(1, Told::Refused(NO_CREDIT), at(0));
    assert_eq!((sending.may_send(), sending.probe_due(at(0))), (MaySend::No, Some(at(0))));
    assert_eq!(sending.probed(Some(0), at(0)), Some(News::Paused(NO_CREDIT, at(0))));
    assert_eq!(sending.probed(Some(-5), at(30)), None);
    assert_eq!(sending.may_send(), MaySend::No);
    sending.probed(Some(-3), at(60));
    assert_eq!(sending.may_send(), another_than([]));
}

#[test]
fn with_credit_the_refusal_for_want_of_it_is_tried_at_once() {
    let mut sending = Sending::running();
    sending.tries(1, Told::Refused(NO_CREDIT), at(0));
    assert_eq!(sending.probed(Some(5), at(0)), None);
    assert_eq!(sending.tries(1, Told::Refused(NO_CREDIT), at(0)).1, Some(News::Paused(NO_CREDIT, at(0))));
    assert_eq!(sending.may_send(), another_than([1]));
    assert_eq!(sending.tries(2, Told::Well, at(1)).1, Some(News::Resumed(at(0))));
    assert!(sending.runs());
    // Two may be refused for their own sake.
    let mut sending = Sending::running();
    sending.tries(1, Told::Refused(NO_CREDIT), at(0));
    assert_eq!(sending.probed(Some(5), at(0)), None);
    assert_eq!(sending.tries(2, Told::Refused(NO_CREDIT), at(0)).1, None);
    assert_eq!(sending.may_send(), another_than([1, 2]));
    assert_eq!(sending.tries(3, Told::Well, at(1)).1, None, "nobody heard of it");
    assert!(sending.runs());
}

#[test]
fn it_is_tried_now_and_then_whatever_the_probe_says() {
    let mut sending = Sending::running();
    sending.tries(1, Told::Refused(NO_CREDIT), at(0));
    for probe in 1..5 {
        sending.probed(Some(-80), at(probe));
        assert_eq!(sending.may_send(), MaySend::No, "{probe}");
    }
    sending.probed(None, at(5));
    assert_eq!(sending.may_send(), another_than([]));
    // What the balance was is still known after a trial in vain.
    sending.tries(1, Told::Refused(NO_CREDIT), at(6));
    sending.probed(Some(-79), at(7));
    assert_eq!(sending.may_send(), another_than([]));
}

#[test]
fn a_clock_that_is_set_back_prolongs_nothing() {
    let mut sending = Sending::running();
    sending.tries(1, Told::Refused(BARRED), at(100_000));
    assert_eq!(sending.probe_due(at(10)), Some(at(10)));
}

#[test]
fn three_messages_in_a_row_pause_and_fewer_do_not() {
    for last in [Told::Unclear, Told::Refused(NOT_FOUND)] {
        let mut sending = Sending::default();
        let busy = nothing(Pause::Busy);
        let row = [Told::Unclear, Told::Refused(NOT_FOUND), Told::Well, Told::Unclear, busy, Told::Unclear];
        for (number, told) in (1..).zip(row) {
            assert_eq!(sending.tries(number, told, at(0)).1, None);
            assert_eq!(sending.may_send(), MaySend::Any);
        }
        let why = if let Told::Refused(why) = last { why } else { Pause::Unconfirmed };
        assert_eq!(sending.tries(9, last, at(1)).1, Some(News::Paused(why, at(1))));
    }
}

#[test]
fn one_message_is_no_row() {
    let mut sending = Sending::running();
    for attempt in 0..10 {
        assert_eq!(sending.tries(1, Told::Refused(NOT_FOUND), at(attempt)), (Follows::BacksOff, None));
    }
    assert!(sending.runs());
}

#[test]
fn an_outage_is_told_after_two_minutes_and_its_end_once() {
    for told in [nothing(Pause::Unreachable), nothing(Pause::Busy), Told::Refused(NOT_FOUND)] {
        let mut sending = Sending::running();
        for second in [0, 60, 119] {
            assert_eq!(sending.tries(1, told, at(second)).1, None);
        }
        let why = match told {
            Told::Refused(why) | Told::Nothing { why, .. } => why,
            Told::Well | Told::Rejected | Told::Unclear => unreachable!(),
        };
        assert_eq!(sending.tries(1, told, at(120)).1, Some(News::Paused(why, at(0))));
        assert_eq!(sending.tries(1, told, at(180)).1, None);
        assert_eq!(sending.tries(1, Told::Well, at(200)).1, Some(News::Resumed(at(0))));
        assert_eq!(sending.tries(1, Told::Well, at(201)).1, None);
    }
}

#[test]
fn an_outage_is_told_while_what_failed_waits_long_for_its_next_try() {
    let mut sending = Sending::running();
    let busy = Told::Nothing { why: Pause::Busy, again: at(300) };
    assert_eq!(sending.tries(1, busy, at(0)).1, None);
    assert_eq!((sending.lasts(at(119)), sending.lasts(at(120))), (None, Some(News::Paused(Pause::Busy, at(0)))));
    assert_eq!(sending.lasts(at(121)), None, "once");
    assert_eq!(sending.tries(1, Told::Nothing { why: Pause::Busy, again: at(600) }, at(300)).1, None);
    assert_eq!(sending.tries(1, Told::Well, at(600)).1, Some(News::Resumed(at(0))));
    // Where nothing waits, nothing lasts.
    let mut sending = Sending::running();
    assert_eq!(sending.tries(1, Told::Nothing { why: Pause::Busy, again: at(60) }, at(0)).1, None);
    assert_eq!(sending.lasts(at(121)), None);
}

#[test]
fn what_passes_in_between_is_no_outage_nor_is_what_was_long_ago() {
    let mut sending = Sending::running();
    let away = nothing(Pause::Unreachable);
    for (second, told) in [(0, away), (60, Told::Well), (110, away), (170, away), (4000, away), (4060, away)] {
        assert_eq!(sending.tries(1, told, at(second)).1, None, "{second}");
    }
}

proptest! {
    /// Whatever happens, it is never stuck: from any state probes and a good SMS lead back to running, and of each
    /// pause that somebody heard of the end is heard once.
    #[test]
    fn it_always_finds_back(events in prop::collection::vec((0_u8..11, 1_u128..5, 0_i64..2), 0..60)) {
        let mut sending = Sending::default();
        let mut left = Vec::new();
        let (mut paused, mut now) = (false, 0);
        let mut follow = |news: Option<News>| match news {
            Some(News::Paused(..)) => paused = true,
            Some(News::Resumed(_)) => { assert!(paused, "resumed and never paused"); paused = false; }
            None => {}
        };
        for (event, number, charged) in events {
            now += 40;
            let told = match event {
                0 => { if sending.may_send() != MaySend::No { left.push(sending.sent()); } continue }
                1 => Told::Well,
                2 => Told::Unclear,
                3 => Told::Refused(NO_CREDIT),
                4 => Told::Refused(NOT_FOUND),
                5 => nothing(Pause::Unreachable),
                6 => { follow(sending.probed(Some(0), at(now))); continue }
                7 => { follow(sending.probed(None, at(now))); continue }
                8 => { follow(sending.lasts(at(now))); continue }
                9 => Told::Rejected,
                _ => { follow(sending.nothing_else()); continue }
            };
            if let Some(ticket) = left.pop() {
                follow(sending.hear(heard(number, ticket, told, charged), at(now)).1);
            }
        }
        sending.lost();
        follow(sending.probed(Some(1), at(now)));
        let ticket = sending.sent();
        follow(sending.hear(heard(9, ticket, Told::Well, 0), at(now)).1);
        prop_assert!(sending.runs() && !paused);
    }
}
