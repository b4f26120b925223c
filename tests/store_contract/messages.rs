//! Messages, their parts, and the notifications that wait for an answer.

use threadline::domain::delivery::{Part, PartState, ReceiptStatus};
use threadline::domain::effect::{Effect, Lane, Urgency};
use threadline::domain::ids::{DiscordMessageId, MessageId, ProviderMessageId};
use threadline::domain::message::{Decision, Failure, State};
use threadline::domain::time::Timestamp;
use threadline::domain::webhook::Price;
use threadline::store::outbox::{End, Sending, Which};
use threadline::store::{self, Tx, customers, long_texts, messages, notifications, outbox, sent_parts};

use crate::room::{
    Room, asks_for_help, at, automatic, by_agent, customer, desk, fresh, inbound, notification, open, phone, reply,
    template, user, webhook,
};

pub async fn messages_are_numbered_within_their_conversation(room: &Room) {
    let mut tx = room.begin().await;
    let customer = customer(&mut tx).await;
    let conversation = open(&mut tx, &customer).await;
    assert_eq!(messages::newest(&mut tx, conversation).await.unwrap(), None);
    let first = inbound(&mut tx, conversation, "Where is my parcel? \u{1f4e6}", at(1)).await;
    let second = reply(&mut tx, conversation, "On its way", at(2)).await;
    let all = messages::of_conversation(&mut tx, conversation).await.unwrap();
    let seen: Vec<_> = all.iter().map(|m| (m.id, m.number, m.text.as_str(), m.state, m.created)).collect();
    assert_eq!(
        seen,
        [
            (first, 1, "Where is my parcel? \u{1f4e6}", State::Received, at(1)),
            (second, 2, "On its way", State::Queued, at(2)),
        ]
    );
    assert_eq!(messages::newest(&mut tx, conversation).await.unwrap(), Some(second));
    let post = DiscordMessageId::new(42);
    messages::set_post(&mut tx, second, post).await.unwrap();
    assert_eq!(messages::get(&mut tx, second).await.unwrap().unwrap().post, post);
    messages::forget_posts(&mut tx, conversation).await.unwrap();
    assert_eq!(messages::get(&mut tx, second).await.unwrap().unwrap().post, None);
    assert!(messages::get(&mut tx, fresh(MessageId)).await.unwrap().is_none());
}

pub async fn a_state_keeps_its_failure(room: &Room) {
    let mut tx = room.begin().await;
    let customer = customer(&mut tx).await;
    let conversation = open(&mut tx, &customer).await;
    let message = reply(&mut tx, conversation, "Hello", at(0)).await;
    let receipt = Failure::Receipt { status: ReceiptStatus::Expired, code: 9 };
    for state in
        [State::Unconfirmed, State::Sent, State::Failed(receipt), State::Failed(Failure::OptedOut), State::Delivered]
    {
        messages::set_state(&mut tx, message, state, at(5)).await.unwrap();
        let stored = messages::get(&mut tx, message).await.unwrap().unwrap();
        assert_eq!((stored.state, stored.changed, stored.created), (state, at(5), at(0)));
    }
}

pub async fn a_decision_is_made_once(room: &Room) {
    let mut tx = room.begin().await;
    let customer = customer(&mut tx).await;
    let conversation = open(&mut tx, &customer).await;
    let [fine, left, newest] = [
        reply(&mut tx, conversation, "fine", at(0)).await,
        reply(&mut tx, conversation, "left", at(1)).await,
        reply(&mut tx, conversation, "newest", at(2)).await,
    ];
    messages::set_state(&mut tx, fine, State::Delivered, at(3)).await.unwrap();
    messages::set_state(&mut tx, left, State::Unconfirmed, at(3)).await.unwrap();
    messages::set_state(&mut tx, newest, State::Failed(Failure::GaveUp), at(3)).await.unwrap();
    let mut in_trouble = async || messages::in_trouble(&mut tx, conversation).await.unwrap().map(|message| message.id);
    assert_eq!(in_trouble().await, Some(newest));
    assert!(messages::decide(&mut tx, newest, &Decision::SentAgain { as_number: 4 }).await.unwrap());
    let decision = Decision::Left { by: user(7) };
    assert!(!messages::decide(&mut tx, newest, &decision).await.unwrap(), "decided before");
    assert!(messages::decide(&mut tx, left, &decision).await.unwrap());
    let mut in_trouble = async || messages::in_trouble(&mut tx, conversation).await.unwrap().map(|message| message.id);
    assert_eq!(in_trouble().await, None);
    assert_eq!(messages::get(&mut tx, left).await.unwrap().unwrap().decision, Some(decision));
}

pub async fn a_part_is_known_by_its_provider_id(room: &Room) {
    let mut tx = room.begin().await;
    let customer = customer(&mut tx).await;
    let conversation = open(&mut tx, &customer).await;
    let message = reply(&mut tx, conversation, "Hello", at(0)).await;
    let id = |text: &str| Some(ProviderMessageId(text.to_owned()));
    let part = |index, provider_id, state| Part { index, provider_id, state };
    let failed = PartState::Failed(Failure::Refused(15));
    let price = Some(Price { micros: 33_300 });
    // A receipt may come before the answer that gives the part its place.
    for (part, price) in [
        (part(None, id("second"), PartState::Delivered), None),
        (part(Some(3), None, failed), None),
        (part(Some(2), id("second"), PartState::Delivered), price),
        (part(Some(1), id("first"), PartState::Sent), price),
        (part(None, id("first"), PartState::Delivered), None),
    ] {
        messages::put_part(&mut tx, message, &part, price).await.unwrap();
    }
    let parts = messages::parts(&mut tx, message).await.unwrap();
    let known: Vec<_> = parts.into_iter().map(|part| (part.index, part.provider_id, part.state)).collect();
    assert_eq!(
        known,
        [
            (Some(1), id("first"), PartState::Delivered),
            (Some(2), id("second"), PartState::Delivered),
            (Some(3), None, failed),
        ]
    );
    assert_eq!(messages::of_part(&mut tx, &id("second").unwrap()).await.unwrap(), Some(message));
    assert_eq!(messages::of_part(&mut tx, &id("foreign").unwrap()).await.unwrap(), None);
    messages::set_part_count(&mut tx, message, 3).await.unwrap();
    assert_eq!(messages::get(&mut tx, message).await.unwrap().unwrap().parts, 3);
}

pub async fn the_same_again_is_found(room: &Room) {
    let mut tx = room.begin().await;
    let customer = customer(&mut tx).await;
    let conversation = open(&mut tx, &customer).await;
    let sent = notification(&mut tx, &customer, conversation, at(10)).await;
    let said = reply(&mut tx, conversation, "Hello", at(20)).await;
    inbound(&mut tx, conversation, "Good morning", at(30)).await;
    let mut same = async |template: Option<&str>, text: &str, since| {
        messages::same_since(&mut tx, customer.id, template, text, at(since), at(100))
            .await
            .unwrap()
            .map(|same| same.id)
    };
    assert_eq!(same(Some("delivery"), "worded anew", 9).await, Some(sent));
    assert_eq!(same(Some("delivery"), "worded anew", 10).await, None, "long ago");
    assert_eq!(same(Some("another"), "worded anew", 0).await, None);
    assert_eq!(same(None, "Hello", 0).await, Some(said));
    assert_eq!(same(None, &template().text, 0).await, Some(sent), "free text that reads the same");
    assert_eq!(same(None, "Good morning", 0).await, None, "the customer's own words");
    messages::set_state(&mut tx, sent, State::Failed(Failure::GaveUp), at(40)).await.unwrap();
    assert!(messages::same_since(&mut tx, customer.id, Some("delivery"), "", at(0), at(100)).await.unwrap().is_none());
}

pub async fn an_agents_text_counts_once_it_leaves(room: &Room) {
    let mut tx = room.begin().await;
    let customer = customer(&mut tx).await;
    let conversation = open(&mut tx, &customer).await;
    reply(&mut tx, conversation, "before", at(0)).await;
    let sent = notification(&mut tx, &customer, conversation, at(1)).await;
    let follows = async |tx: &mut Tx| messages::agent_text_since(tx, customer.id, sent).await.unwrap();
    assert!(!follows(&mut tx).await);
    // In the same millisecond, and still after it.
    let text = reply(&mut tx, conversation, "Hello", at(1)).await;
    enqueue(&mut tx, &customer, text, at(1)).await;
    assert!(!follows(&mut tx).await, "it has not begun to leave");
    begin(&mut tx, at(2)).await;
    assert!(follows(&mut tx).await);
    messages::set_state(&mut tx, text, State::Failed(Failure::Refused(15)), at(3)).await.unwrap();
    assert!(!follows(&mut tx).await, "it failed");
    messages::set_state(&mut tx, text, State::Delivered, at(3)).await.unwrap();
    assert!(follows(&mut tx).await);
}

pub async fn the_latest_notification_has_left_and_not_expired(room: &Room) {
    let mut tx = room.begin().await;
    let customer = customer(&mut tx).await;
    let conversation = open(&mut tx, &customer).await;
    let latest = async |tx: &mut Tx, moment| {
        let latest = notifications::latest(tx, customer.id, None).await.unwrap();
        latest.filter(|latest| latest.waited_at(moment)).map(|latest| latest.message)
    };
    let latest_by = async |tx: &mut Tx, moment| {
        notifications::latest(tx, customer.id, Some(moment)).await.unwrap().map(|latest| latest.message)
    };
    let first = notification(&mut tx, &customer, conversation, at(0)).await;
    enqueue(&mut tx, &customer, first, at(0)).await;
    assert_eq!(latest(&mut tx, at(1)).await, None, "it has not begun to leave");
    begin(&mut tx, at(1)).await;
    assert_eq!(latest(&mut tx, at(1)).await, Some(first));
    messages::set_state(&mut tx, first, State::Sent, at(2)).await.unwrap();
    notifications::taken(&mut tx, first, at(2)).await.unwrap();
    let second = notification(&mut tx, &customer, conversation, at(10)).await;
    assert_eq!(latest(&mut tx, at(11)).await, Some(first));
    messages::set_state(&mut tx, second, State::Unconfirmed, at(12)).await.unwrap();
    assert_eq!(latest(&mut tx, at(13)).await, Some(second));
    assert_eq!(latest_by(&mut tx, at(10)).await, Some(second));
    assert_eq!(latest_by(&mut tx, at(9)).await, Some(first), "the second was not asked yet");
    assert_eq!(latest_by(&mut tx, at(-1)).await, None);
    messages::set_state(&mut tx, second, State::Failed(Failure::GaveUp), at(14)).await.unwrap();
    assert_eq!(latest(&mut tx, at(15)).await, Some(first));
    assert_eq!(latest(&mut tx, at(3601)).await, Some(first));
    assert_eq!(latest(&mut tx, at(3602)).await, None, "expired");
    let shown = notifications::of_conversation(&mut tx, conversation).await.unwrap().unwrap();
    assert_eq!(shown.message, second, "the card shows the newest, whatever became of it");
}

pub async fn a_repeated_notification_waits_as_long(room: &Room) {
    let mut tx = room.begin().await;
    let customer = customer(&mut tx).await;
    let conversation = open(&mut tx, &customer).await;
    let first = notification(&mut tx, &customer, conversation, at(0)).await;
    let again = reply(&mut tx, conversation, "sent again", at(100)).await;
    notifications::repeat(&mut tx, first, again, at(100)).await.unwrap();
    assert_eq!(notifications::send_within(&mut tx, again).await.unwrap(), Some(template().send_within));
    messages::set_state(&mut tx, again, State::Sent, at(101)).await.unwrap();
    notifications::taken(&mut tx, again, at(101)).await.unwrap();
    let waits = notifications::latest(&mut tx, customer.id, None).await.unwrap().unwrap();
    assert_eq!((waits.message, waits.expires, waits.options), (again, at(3701), template().options));
}

pub async fn a_choice_is_kept(room: &Room) {
    let mut tx = room.begin().await;
    let customer = customer(&mut tx).await;
    let conversation = open(&mut tx, &customer).await;
    let message = notification(&mut tx, &customer, conversation, at(0)).await;
    let before = notifications::of_conversation(&mut tx, conversation).await.unwrap().unwrap();
    assert_eq!((before.choice, before.unclear_sent), (None, false));
    assert_eq!((before.template.as_str(), before.confirmation.as_str()), ("delivery", "Thank you for {choice}."));
    notifications::set_choice(&mut tx, message, "2", at(1)).await.unwrap();
    notifications::set_unclear_sent(&mut tx, message, at(1)).await.unwrap();
    let after = notifications::of_conversation(&mut tx, conversation).await.unwrap().unwrap();
    assert_eq!((after.choice.as_deref(), after.unclear_sent), (Some("2"), true));
}

pub async fn what_was_answered_lately_is_counted(room: &Room) {
    let mut tx = room.begin().await;
    let customer = customer(&mut tx).await;
    let conversation = open(&mut tx, &customer).await;
    for seconds in [1, 5, 6] {
        inbound(&mut tx, conversation, "I am away", at(seconds)).await;
        automatic(&mut tx, conversation, at(seconds)).await;
    }
    inbound(&mut tx, conversation, "i am away", at(7)).await;
    reply(&mut tx, conversation, "I am away", at(7)).await;
    let recent = messages::recent(&mut tx, customer.id, "I am away", at(1), at(7)).await.unwrap();
    assert_eq!((recent.answers, recent.identical), (2, 2));
    let other = customers::find_or_make(&mut tx, &desk("support"), &phone("61491570156"), at(0)).await.unwrap();
    let recent = messages::recent(&mut tx, other.id, "I am away", at(1), at(7)).await.unwrap();
    assert_eq!((recent.answers, recent.identical), (0, 0));
}

/// It was written before the clock was set back.
pub async fn what_lies_ahead_of_the_clock_was_not_lately(room: &Room) {
    let mut tx = room.begin().await;
    let customer = customer(&mut tx).await;
    let conversation = open(&mut tx, &customer).await;
    inbound(&mut tx, conversation, "I am away", at(4_000)).await;
    automatic(&mut tx, conversation, at(4_000)).await;
    asks_for_help(&mut tx, conversation, at(4_000)).await;
    let said = reply(&mut tx, conversation, "Hello", at(4_000)).await;
    for (now, counts) in [(3_999, false), (4_000, true)] {
        let (since, now) = (at(now - 3_600), at(now));
        let recent = messages::recent(&mut tx, customer.id, "I am away", since, now).await.unwrap();
        assert_eq!((recent.answers, recent.identical), if counts { (1, 1) } else { (0, 0) });
        assert_eq!(messages::asked_for_help_since(&mut tx, customer.id, since, now).await.unwrap(), counts);
        let same = messages::same_since(&mut tx, customer.id, None, "Hello", since, now).await.unwrap();
        assert_eq!(same.map(|same| same.id), counts.then_some(said));
    }
}

/// A phone counts its references anew: what was shown belongs to no text that comes now.
pub async fn a_long_text_shown_ahead_of_the_clock_takes_no_parts(room: &Room) {
    room.store.keep_webhooks(&["a", "b"].map(webhook), at(0)).await.unwrap();
    let mut tx = room.begin().await;
    let customer = customer(&mut tx).await;
    let conversation = open(&mut tx, &customer).await;
    let waiting = store::inbox::due(&mut tx, at(0), 2).await.unwrap();
    let [shown, gathering] = [waiting[0].id, waiting[1].id];
    for id in [shown, gathering] {
        long_texts::begin(&mut tx, id, customer.id, "7", 2, at(4_000)).await.unwrap();
    }
    let message = inbound(&mut tx, conversation, "the beginning", at(4_000)).await;
    long_texts::set_message(&mut tx, shown, message).await.unwrap();
    let mut known = async |now| {
        let (since, now) = (at(now - 3_600), at(now));
        let known = long_texts::with_reference(&mut tx, customer.id, "7", 2, since, now).await.unwrap();
        known.iter().map(|known| known.id).collect::<Vec<_>>()
    };
    assert_eq!(known(3_999).await, [gathering]);
    assert_eq!(known(4_000).await, [gathering, shown]);
}

/// By whole hours; whatever happens to a message, its parts are counted where it was written.
pub async fn the_parts_of_a_day_are_counted(room: &Room) {
    const HOUR: i64 = 60 * 60;
    let mut tx = room.begin().await;
    let customer = customer(&mut tx).await;
    let conversation = open(&mut tx, &customer).await;
    let since = at(HOUR - 1);
    let counted = async |tx: &mut Tx, agent| sent_parts::since(tx, &desk("support"), agent, since).await.unwrap();
    assert_eq!(counted(&mut tx, Some(user(7))).await, (0, 0));
    by_agent(&mut tx, conversation, user(7), 3, at(0)).await;
    by_agent(&mut tx, conversation, user(7), 2, at(HOUR)).await;
    by_agent(&mut tx, conversation, user(8), 1, at(HOUR + 1)).await;
    automatic(&mut tx, conversation, at(2 * HOUR)).await;
    inbound(&mut tx, conversation, "not ours", at(2 * HOUR)).await;
    // It never left.
    let withheld = by_agent(&mut tx, conversation, user(7), 9, at(HOUR)).await;
    messages::set_state(&mut tx, withheld, State::Failed(Failure::OptedOut), at(5 * HOUR)).await.unwrap();
    assert_eq!(counted(&mut tx, Some(user(7))).await, (4, 2), "before it is committed");
    tx.commit().await.unwrap();

    let mut tx = room.begin().await;
    assert_eq!(counted(&mut tx, Some(user(7))).await, (4, 2));
    assert_eq!(counted(&mut tx, None).await, (4, 0));
    assert_eq!(sent_parts::since(&mut tx, &desk("sales"), None, since).await.unwrap(), (0, 0));
    // The network withholds one that had left, and then it turns out that it had not.
    let sent = by_agent(&mut tx, conversation, user(7), 5, at(HOUR)).await;
    messages::set_state(&mut tx, sent, State::Failed(Failure::Http(400)), at(6 * HOUR)).await.unwrap();
    assert_eq!(counted(&mut tx, Some(user(7))).await, (9, 7), "it may have been paid for");
    for _ in 0..2 {
        messages::set_state(&mut tx, sent, State::Failed(Failure::Unreachable), at(6 * HOUR)).await.unwrap();
        assert_eq!(counted(&mut tx, Some(user(7))).await, (4, 2));
    }
    messages::set_part_count(&mut tx, sent, 6).await.unwrap();
    for _ in 0..2 {
        messages::set_state(&mut tx, sent, State::Delivered, at(7 * HOUR)).await.unwrap();
        assert_eq!(counted(&mut tx, Some(user(7))).await, (10, 8));
    }
    messages::set_part_count(&mut tx, sent, 1).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = room.begin().await;
    assert_eq!(counted(&mut tx, Some(user(7))).await, (5, 3));
    tx.savepoint().await.unwrap();
    by_agent(&mut tx, conversation, user(7), 100, at(HOUR)).await;
    tx.roll_back_to_savepoint().await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = room.begin().await;
    assert_eq!(counted(&mut tx, Some(user(7))).await, (5, 3), "what was undone counts for nothing");
    assert_eq!(sent_parts::prune(&mut tx, at(HOUR)).await.unwrap(), 2);
    assert_eq!(sent_parts::since(&mut tx, &desk("support"), None, at(-1)).await.unwrap(), (5, 0));
}

pub async fn what_was_put_aside_for_its_desk_is_taken_up_once(room: &Room) {
    let mut tx = room.begin().await;
    let customer = customer(&mut tx).await;
    let conversation = open(&mut tx, &customer).await;
    let effect = Effect::UpdateCard { conversation };
    // Two with one key: the second came to wait after the first was put aside.
    for second in [1, 2] {
        outbox::enqueue(&mut tx, Lane::Discord(conversation), &effect, at(second), at(second)).await.unwrap();
        let attempt = outbox::begin(&mut tx, "holder", at(second), at(second + 90), 10).await.unwrap().pop().unwrap();
        let aside = End::Dead { why: outbox::WITHOUT_DESK.to_owned() };
        assert!(outbox::settle(&mut tx, &attempt, &aside, at(second)).await.unwrap());
    }
    let waiting = outbox::without_desk(&mut tx, 0, 10).await.unwrap();
    assert_eq!(
        waiting.iter().map(|effect| effect.desk.clone()).collect::<Vec<_>>(),
        [desk("support"), desk("support")]
    );
    assert_eq!(outbox::without_desk(&mut tx, waiting[0].id.0, 10).await.unwrap(), waiting[1..]);
    for effect in &waiting {
        outbox::take_up(&mut tx, effect.id, at(10)).await.unwrap();
    }
    assert_eq!(outbox::counts(&mut tx).await.unwrap(), (1, 0));
    let begun = outbox::begin(&mut tx, "holder", at(10), at(100), 10).await.unwrap();
    assert_eq!(begun.iter().map(|attempt| &attempt.effect).collect::<Vec<_>>(), [&effect]);
}

async fn enqueue(
    tx: &mut Tx,
    customer: &threadline::domain::conversation::Customer,
    message: MessageId,
    now: Timestamp,
) {
    let sending = Sending { desk: &customer.desk, urgency: Urgency::Patient };
    outbox::enqueue_sms(tx, Lane::Sms(customer.id), &Effect::SendSms { message }, sending, now, at(86_400))
        .await
        .unwrap();
}

async fn begin(tx: &mut Tx, now: Timestamp) {
    let desk = desk("support");
    let sending = Sending { desk: &desk, urgency: Urgency::Patient };
    let next = outbox::next_sms(tx, sending, Which::default(), now).await.unwrap().unwrap();
    assert!(outbox::begin_one(tx, next.id, "holder", now, now).await.unwrap().is_some());
}
