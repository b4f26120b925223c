//! The outbox: what collapses, what goes first, and how an attempt ends.

use std::time::Duration;

use threadline::domain::effect::{Effect, Lane, Outside, Urgency};
use threadline::domain::ids::{ConversationId, CustomerId, MessageId};
use threadline::domain::time::Timestamp;
use threadline::store::outbox::{self, Attempt, End, Sending, Which};
use threadline::store::{Tx, due_times};

use crate::room::{Room, at, desk, fresh, nonce, user};

pub async fn what_waits_already_is_not_doubled(room: &Room) {
    let mut tx = room.begin().await;
    let place = fresh(ConversationId);
    for _ in 0..3 {
        promise(&mut tx, place, &update_card(place), 0).await;
    }
    assert_eq!(outbox::counts(&mut tx).await.unwrap(), (1, 0));
    let begun = begin(&mut tx, 0).await;
    // What is under way may have read the old state: one more has to follow it.
    promise(&mut tx, place, &update_card(place), 0).await;
    promise(&mut tx, place, &update_card(place), 0).await;
    assert_eq!(outbox::counts(&mut tx).await.unwrap(), (2, 0));
    assert_eq!(begin(&mut tx, 0).await.len(), 0, "after the first, not beside it");
    assert!(settle(&mut tx, &begun[0], done(), 1).await);
    assert_eq!(effects(&begin(&mut tx, 1).await), [update_card(place)]);
    assert!(outbox::told_since(&mut tx, &update_card(place).key().unwrap(), at(-1), at(0)).await.unwrap());
    assert!(!outbox::told_since(&mut tx, &update_card(place).key().unwrap(), at(0), at(1)).await.unwrap());
}

pub async fn an_earlier_time_wins_only_before_the_first_attempt(room: &Room) {
    let mut tx = room.begin().await;
    let place = fresh(ConversationId);
    promise(&mut tx, place, &update_card(place), 10).await;
    promise(&mut tx, place, &update_card(place), 20).await;
    assert_eq!(begin(&mut tx, 9).await.len(), 0);
    promise(&mut tx, place, &update_card(place), 5).await;
    let begun = begin(&mut tx, 5).await;
    assert!(settle(&mut tx, &begun[0], again(30), 6).await);
    promise(&mut tx, place, &update_card(place), 7).await;
    assert_eq!(begin(&mut tx, 29).await.len(), 0, "Discord asked for patience until 30");
    let begun = begin(&mut tx, 30).await;
    assert_eq!((begun[0].number, begun[0].first_begun), (2, at(5)));
}

pub async fn cards_come_before_threads_before_posts_before_edits(room: &Room) {
    let mut tx = room.begin().await;
    let place = fresh(ConversationId);
    let wanted = [
        Effect::PostCard { conversation: place, nonce: nonce() },
        Effect::OpenThread { conversation: place },
        Effect::AddMember { conversation: place, user: user(7) },
        post(),
        post(),
        update_card(place),
        Effect::ArchiveThread { conversation: place },
    ];
    for promised in [6, 5, 2, 3, 4, 1, 0] {
        promise(&mut tx, place, &wanted[promised], 0).await;
    }
    for wanted in &wanted {
        let begun = begin(&mut tx, 0).await;
        assert_eq!(effects(&begun), std::slice::from_ref(wanted));
        assert_eq!(begin(&mut tx, 0).await.len(), 0, "one at a time");
        assert!(settle(&mut tx, &begun[0], done(), 0).await);
    }
    assert_eq!(outbox::counts(&mut tx).await.unwrap(), (0, 0));
}

pub async fn an_edit_that_is_not_due_holds_nobody(room: &Room) {
    let mut tx = room.begin().await;
    let place = fresh(ConversationId);
    let (message, post) = (fresh(MessageId), post());
    promise(&mut tx, place, &update_card(place), 10).await;
    promise(&mut tx, place, &Effect::UpdateMessage { message }, 0).await;
    promise(&mut tx, place, &Effect::ArchiveThread { conversation: place }, 1).await;
    let begun = begin(&mut tx, 0).await;
    assert_eq!(effects(&begun), [Effect::UpdateMessage { message }]);
    settle(&mut tx, &begun[0], done(), 0).await;
    promise(&mut tx, place, &post, 0).await;
    let begun = begin(&mut tx, 0).await;
    assert_eq!(effects(&begun), [post]);
    settle(&mut tx, &begun[0], done(), 0).await;
    assert_eq!(effects(&begin(&mut tx, 1).await), [Effect::ArchiveThread { conversation: place }]);
}

pub async fn a_post_that_is_tried_again_holds_its_edits(room: &Room) {
    let mut tx = room.begin().await;
    let place = fresh(ConversationId);
    let [first, second] = [post(), post()];
    promise(&mut tx, place, &first, 0).await;
    promise(&mut tx, place, &second, 0).await;
    promise(&mut tx, place, &update_card(place), 0).await;
    let begun = begin(&mut tx, 0).await;
    settle(&mut tx, &begun[0], again(60), 1).await;
    assert_eq!(begin(&mut tx, 59).await.len(), 0);
    assert_eq!(effects(&begin(&mut tx, 60).await), [first]);
}

pub async fn lanes_do_not_wait_for_each_other(room: &Room) {
    let mut tx = room.begin().await;
    let [one, other] = [(); 2].map(|()| fresh(ConversationId));
    let messages = [(); 3].map(|()| fresh(MessageId));
    promise(&mut tx, one, &post(), 0).await;
    promise(&mut tx, other, &post(), 0).await;
    for (message, customer) in messages.into_iter().zip([1, 1, 2]) {
        send(&mut tx, customer, message, Urgency::Patient, 0).await;
    }
    assert_eq!(begin(&mut tx, 0).await.len(), 2);
    let first = begin_sms(&mut tx, Urgency::Patient, 0).await.unwrap();
    assert_eq!(first.effect, Effect::SendSms { message: messages[0] });
    let other = begin_sms(&mut tx, Urgency::Patient, 0).await.unwrap();
    assert_eq!(other.effect, Effect::SendSms { message: messages[2] });
    settle(&mut tx, &first, again(5), 0).await;
    let second = begin_sms(&mut tx, Urgency::Patient, 4).await;
    assert!(second.is_none(), "the second text to a customer never overtakes the first");
    drop(tx);
    assert_eq!(room.store.outbox_backlog(at(0)).await.unwrap().due, 0, "nothing was committed");
}

pub async fn what_a_person_waits_for_comes_first(room: &Room) {
    let mut tx = room.begin().await;
    let messages = [(); 4].map(|()| fresh(MessageId));
    send(&mut tx, 1, messages[0], Urgency::Patient, 0).await;
    send(&mut tx, 2, messages[1], Urgency::Patient, 0).await;
    send(&mut tx, 3, messages[2], Urgency::Awaited, 1).await;
    // What has to leave before it to the same customer comes along.
    send(&mut tx, 2, messages[3], Urgency::Awaited, 2).await;
    let mut order = Vec::new();
    for urgency in [Urgency::Awaited, Urgency::Awaited, Urgency::Awaited, Urgency::Patient] {
        let attempt = begin_sms(&mut tx, urgency, 3).await.unwrap();
        settle(&mut tx, &attempt, done(), 3).await;
        order.push(attempt.effect);
    }
    assert_eq!(order, [1, 2, 3, 0].map(|at| Effect::SendSms { message: messages[at] }));
}

pub async fn many_texts_to_one_customer_hold_up_no_other(room: &Room) {
    let mut tx = room.begin().await;
    for _ in 0..10 {
        send(&mut tx, 1, fresh(MessageId), Urgency::Awaited, 0).await;
    }
    let other = fresh(MessageId);
    send(&mut tx, 2, other, Urgency::Awaited, 1).await;
    let mut order = Vec::new();
    while let Some(attempt) = begin_sms(&mut tx, Urgency::Awaited, 1).await {
        settle(&mut tx, &attempt, done(), 1).await;
        order.push(attempt.effect);
    }
    assert_eq!(order.len(), 11);
    let place = order.iter().position(|effect| *effect == Effect::SendSms { message: other });
    assert!(place.is_some_and(|place| place <= 2), "{place:?}");
}

pub async fn a_desk_gets_its_own_sms_only(room: &Room) {
    let mut tx = room.begin().await;
    send(&mut tx, 1, fresh(MessageId), Urgency::Patient, 0).await;
    let other = desk("sales");
    let sending = Sending { desk: &other, urgency: Urgency::Patient };
    assert_eq!(outbox::next_sms(&mut tx, sending, Which::default(), at(0)).await.unwrap(), None);
    assert!(begin_sms(&mut tx, Urgency::Patient, 0).await.is_some());
}

pub async fn an_sms_that_was_never_tried_can_be_asked_for(room: &Room) {
    let mut tx = room.begin().await;
    let messages = [(); 3].map(|()| fresh(MessageId));
    for (customer, message) in (1..).zip(messages) {
        send(&mut tx, customer, message, Urgency::Patient, 0).await;
    }
    let attempt = begin_sms(&mut tx, Urgency::Patient, 1).await.unwrap();
    assert!(settle(&mut tx, &attempt, again(2), 2).await);
    let desk = desk("support");
    let sending = Sending { desk: &desk, urgency: Urgency::Patient };
    let mut next = async |which| outbox::next_sms(&mut tx, sending, which, at(3)).await.unwrap().unwrap().message;
    assert_eq!(next(Which::default()).await, Some(messages[0]));
    assert_eq!(next(Which { fresh: true, ..Which::default() }).await, Some(messages[1]));
    let but = [Some(messages[1]), Some(messages[0])];
    assert_eq!(next(Which { but, fresh: false }).await, Some(messages[2]));
}

pub async fn an_effect_of_another_version_holds_nobody_up(room: &Room) {
    let mut tx = room.begin().await;
    promise(&mut tx, fresh(ConversationId), &post(), 0).await;
    tx.commit().await.unwrap();
    room.database.run("UPDATE outbox SET effect = '{\"effect\": \"of_tomorrow\"}'").await;
    let mut tx = room.begin().await;
    let post = post();
    promise(&mut tx, fresh(ConversationId), &post, 1).await;
    assert_eq!(effects(&begin(&mut tx, 1).await), [post]);
    assert_eq!(outbox::counts(&mut tx).await.unwrap(), (1, 1));
}

pub async fn many_edits_of_one_lane_crowd_out_no_other(room: &Room) {
    let mut tx = room.begin().await;
    let [busy, quiet] = [(); 2].map(|()| fresh(ConversationId));
    for _ in 0..20 {
        promise(&mut tx, busy, &Effect::UpdateMessage { message: fresh(MessageId) }, 0).await;
    }
    let post = post();
    promise(&mut tx, quiet, &post, 0).await;
    let begun = outbox::begin(&mut tx, "holder", at(0), at(90), 4).await.unwrap();
    assert_eq!(begun.len(), 2);
    assert_eq!(begun[1].effect, post);
}

pub async fn only_its_holder_settles_an_attempt(room: &Room) {
    let mut tx = room.begin().await;
    let place = fresh(ConversationId);
    promise(&mut tx, place, &post(), 0).await;
    let first = begin(&mut tx, 0).await.remove(0);
    assert_eq!((first.number, first.first_begun), (1, at(0)));
    assert!(settle(&mut tx, &first, again(0), 0).await);
    let second = outbox::begin(&mut tx, "another", at(0), at(90), 1).await.unwrap().remove(0);
    assert_eq!(second.number, 2);
    for end in [done(), again(9), End::Dead { why: "late".to_owned() }, End::Anew { effect: post(), due: at(9) }] {
        assert!(!settle(&mut tx, &first, end, 1).await, "its lease was lost");
    }
    assert!(settle(&mut tx, &second, done(), 1).await);
    assert!(!settle(&mut tx, &second, done(), 1).await, "settled before");
}

pub async fn trying_again_gives_way_to_a_newer_one(room: &Room) {
    let mut tx = room.begin().await;
    let place = fresh(ConversationId);
    promise(&mut tx, place, &update_card(place), 0).await;
    let begun = begin(&mut tx, 0).await;
    promise(&mut tx, place, &update_card(place), 1).await;
    assert!(settle(&mut tx, &begun[0], again(60), 1).await);
    assert_eq!(outbox::counts(&mut tx).await.unwrap(), (1, 0));
    assert_eq!(begin(&mut tx, 1).await[0].number, 1, "the newer one, as if alone");
}

pub async fn anew_takes_the_old_place(room: &Room) {
    let mut tx = room.begin().await;
    let place = fresh(ConversationId);
    let message = fresh(MessageId);
    let post = || Effect::PostMessage { message, nonce: nonce(), alert: true };
    promise(&mut tx, place, &post(), 0).await;
    let begun = begin(&mut tx, 0).await;
    // The thread was deleted: a card and a thread come first, although they are promised later.
    let card = Effect::PostCard { conversation: place, nonce: nonce() };
    promise(&mut tx, place, &card, 1).await;
    let effect = post();
    assert!(settle(&mut tx, &begun[0], End::Anew { effect: effect.clone(), due: at(1) }, 1).await);
    let begun = begin(&mut tx, 1).await;
    assert_eq!(effects(&begun), [card]);
    settle(&mut tx, &begun[0], done(), 2).await;
    let begun = begin(&mut tx, 2).await;
    assert_eq!((begun[0].number, begun[0].first_begun), (2, at(2)));
    assert_eq!(effects(&begun), [effect]);
}

pub async fn the_dead_free_their_lane(room: &Room) {
    let mut tx = room.begin().await;
    let place = fresh(ConversationId);
    let [first, second] = [post(), post()];
    promise(&mut tx, place, &first, 0).await;
    promise(&mut tx, place, &second, 0).await;
    let begun = begin(&mut tx, 0).await;
    assert!(settle(&mut tx, &begun[0], End::Dead { why: "rejected".to_owned() }, 0).await);
    assert_eq!(outbox::counts(&mut tx).await.unwrap(), (1, 1));
    assert_eq!(effects(&begin(&mut tx, 0).await), [second]);
    promise(&mut tx, place, &first, 0).await;
    assert_eq!(outbox::counts(&mut tx).await.unwrap(), (2, 1), "a dead letter keeps nobody out");
}

pub async fn the_abandoned_are_found(room: &Room) {
    let mut tx = room.begin().await;
    let [one, other] = [(); 2].map(|()| fresh(ConversationId));
    promise(&mut tx, one, &post(), 0).await;
    let first = outbox::begin(&mut tx, "one", at(0), at(10), 1).await.unwrap().remove(0);
    promise(&mut tx, other, &post(), 0).await;
    let second = outbox::begin(&mut tx, "two", at(5), at(20), 1).await.unwrap().remove(0);
    assert_eq!(outbox::abandoned(&mut tx, Some(at(10))).await.unwrap().len(), 0);
    let over = outbox::abandoned(&mut tx, Some(at(11))).await.unwrap();
    assert_eq!(over, [first.id]);
    assert_eq!(outbox::abandoned(&mut tx, None).await.unwrap(), [first.id, second.id]);
    let taken_up = outbox::under_way(&mut tx, second.id, None).await.unwrap().unwrap();
    assert!(settle(&mut tx, &taken_up, again(11), 11).await, "on behalf of its holder");
    assert!(!settle(&mut tx, &second, done(), 12).await);
    assert!(outbox::under_way(&mut tx, second.id, None).await.unwrap().is_none());
}

pub async fn an_outside_that_is_back_hurries_its_retries(room: &Room) {
    let mut tx = room.begin().await;
    let [tried, refused, debounced] = [(); 3].map(|()| fresh(ConversationId));
    promise(&mut tx, refused, &post(), 0).await;
    let begun = begin(&mut tx, 0).await;
    settle(&mut tx, &begun[0], again(900), 0).await;
    promise(&mut tx, tried, &post(), 0).await;
    let begun = begin(&mut tx, 0).await;
    settle(&mut tx, &begun[0], again(50), 0).await;
    promise(&mut tx, debounced, &update_card(debounced), 900).await;
    outbox::hurry(&mut tx, Outside::Vonage, Duration::from_secs(60), at(1)).await.unwrap();
    assert_eq!(begin(&mut tx, 1).await.len(), 0, "another outside");
    outbox::hurry(&mut tx, Outside::Discord, Duration::from_secs(60), at(1)).await.unwrap();
    let hurried = begin(&mut tx, 1).await;
    assert_eq!(effects(&hurried), effects(&begun), "what waits for its first attempt, or for long, has its own reason");
}

/// What the new clock wrote before anybody noticed waits as long as it was meant to: nobody takes a request under way for
/// interrupted.
pub async fn only_what_the_former_clock_wrote_is_brought_back(room: &Room) {
    let mut tx = room.begin().await;
    for by in [3_600, 60, 5] {
        let now = 10_000;
        let former = now + by;
        let [under_way, put_off, debounced] = [(); 3].map(|()| fresh(ConversationId));
        for place in [under_way, put_off] {
            promise_at(&mut tx, place, former, former).await;
        }
        let begun = begin(&mut tx, former).await;
        settle(&mut tx, &begun[1], again(former + 30), former).await;
        promise_at(&mut tx, debounced, former, former + 900).await;

        let [under_way_now, put_off_now, debounced_now] = [(); 3].map(|()| fresh(ConversationId));
        for place in [under_way_now, put_off_now] {
            promise_at(&mut tx, place, now, now).await;
        }
        let begun_now = begin(&mut tx, now).await;
        settle(&mut tx, &begun_now[1], again(now + 30), now).await;
        promise_at(&mut tx, debounced_now, now, now + 900).await;

        let by = Duration::from_secs(u64::try_from(by).unwrap());
        due_times::bring_back(&mut tx, by, at(now)).await.unwrap();
        assert_eq!(outbox::abandoned(&mut tx, Some(at(now + 89))).await.unwrap(), [], "set back by {by:?}");
        let over = outbox::abandoned(&mut tx, Some(at(now + 91))).await.unwrap();
        assert_eq!(over, [begun[0].id, begun_now[0].id], "set back by {by:?}");
        assert_eq!(begin(&mut tx, now + 29).await.len(), 0, "set back by {by:?}");
        let again = begin(&mut tx, now + 30).await;
        assert_eq!(effects(&again), [put_off, put_off_now].map(update_card), "set back by {by:?}");
        assert_eq!(begin(&mut tx, now + 899).await.len(), 0, "set back by {by:?}");
        let late = begin(&mut tx, now + 900).await;
        assert_eq!(effects(&late), [debounced, debounced_now].map(update_card), "set back by {by:?}");
        for attempt in [&begun[0], &begun_now[0]].into_iter().chain(&again).chain(&late) {
            assert!(settle(&mut tx, attempt, done(), now + 901).await);
        }
    }
}

pub async fn what_was_done_long_ago_is_dropped(room: &Room) {
    let mut tx = room.begin().await;
    let [early, late, dead, waiting] = [(); 4].map(|()| fresh(ConversationId));
    for place in [early, late, dead, waiting] {
        promise(&mut tx, place, &update_card(place), if place == waiting { 99 } else { 0 }).await;
    }
    let begun = begin(&mut tx, 0).await;
    settle(&mut tx, &begun[0], done(), 10).await;
    settle(&mut tx, &begun[1], done(), 20).await;
    settle(&mut tx, &begun[2], End::Dead { why: "rejected".to_owned() }, 10).await;
    outbox::prune(&mut tx, at(20)).await.unwrap();
    assert_eq!(outbox::counts(&mut tx).await.unwrap(), (1, 1), "who waits and who is dead stays");
    let mut known = async |place| {
        let key = update_card(place).key().unwrap();
        outbox::told_since(&mut tx, &key, at(-1), at(1000)).await.unwrap()
    };
    assert_eq!([known(early).await, known(late).await], [false, true]);
    tx.commit().await.unwrap();
    let backlog = room.store.outbox_backlog(at(100)).await.unwrap();
    assert_eq!((backlog.due, backlog.oldest), (1, Some(at(99))));
}

fn update_card(conversation: ConversationId) -> Effect {
    Effect::UpdateCard { conversation }
}

fn post() -> Effect {
    Effect::PostMessage { message: fresh(MessageId), nonce: nonce(), alert: false }
}

fn effects(begun: &[Attempt]) -> Vec<Effect> {
    begun.iter().map(|attempt| attempt.effect.clone()).collect()
}

fn done() -> End {
    End::Done { remark: None }
}

fn again(due: i64) -> End {
    End::Again { due: at(due), why: "not now".to_owned() }
}

/// Enqueues on the lane of a conversation.
async fn promise(tx: &mut Tx, place: ConversationId, effect: &Effect, due: i64) {
    enqueue(tx, Lane::Discord(place), effect, due).await;
}

/// The same for an edit that is owed since `created`.
async fn promise_at(tx: &mut Tx, place: ConversationId, created: i64, due: i64) {
    outbox::enqueue(tx, Lane::Discord(place), &update_card(place), at(created), at(due)).await.unwrap();
}

async fn enqueue(tx: &mut Tx, lane: Lane, effect: &Effect, due: i64) {
    outbox::enqueue(tx, lane, effect, at(0), at(due)).await.unwrap();
}

/// Begins what Discord is owed by then.
async fn begin(tx: &mut Tx, now: i64) -> Vec<Attempt> {
    let lease = Timestamp(at(now).0 + 90_000);
    outbox::begin(tx, "holder", at(now), lease, 10).await.unwrap()
}

/// Enqueues an SMS of the desk "support".
async fn send(tx: &mut Tx, customer: i64, message: MessageId, urgency: Urgency, now: i64) {
    let (desk, lane) = (desk("support"), Lane::Sms(CustomerId(customer)));
    let sending = Sending { desk: &desk, urgency };
    outbox::enqueue_sms(tx, lane, &Effect::SendSms { message }, sending, at(now), at(now + 100)).await.unwrap();
}

async fn begin_sms(tx: &mut Tx, urgency: Urgency, now: i64) -> Option<Attempt> {
    let desk = desk("support");
    let next = outbox::next_sms(tx, Sending { desk: &desk, urgency }, Which::default(), at(now)).await.unwrap()?;
    outbox::begin_one(tx, next.id, "holder", at(now), at(now + 90)).await.unwrap()
}

async fn settle(tx: &mut Tx, attempt: &Attempt, end: End, now: i64) -> bool {
    outbox::settle(tx, attempt, &end, at(now)).await.unwrap()
}
