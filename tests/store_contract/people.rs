//! Customers, their consent and their conversations; agents and what they asked.

use std::time::Duration;

use threadline::domain::consent::{Consent, Entry, Speaker, Standing, Statement};
use threadline::domain::conversation::Number;
use threadline::domain::ids::{ChannelId, ConversationId, DiscordMessageId, DraftId, InteractionId};
use threadline::domain::phone::Address;
use threadline::domain::webhook::Price;
use threadline::store::{Store, consents, conversations, customers, interactions, prices};

use crate::room::{Room, at, customer, desk, fresh, notification, open, phone, reply, user};

pub async fn a_customer_belongs_to_one_desk(room: &Room) {
    let mut tx = room.begin().await;
    let number = phone("61491570006");
    let ours = customers::find_or_make(&mut tx, &desk("support"), &number, at(0)).await.unwrap();
    let theirs = customers::find_or_make(&mut tx, &desk("sales"), &number, at(0)).await.unwrap();
    assert_ne!(ours.id, theirs.id);
    customers::rename(&mut tx, ours.id, "Zoë").await.unwrap();
    let again = customers::find_or_make(&mut tx, &desk("support"), &number, at(9)).await.unwrap();
    assert_eq!((again.id, again.name.as_deref(), again.address), (ours.id, Some("Zoë"), number));
    assert_eq!(customers::lock(&mut tx, theirs.id).await.unwrap().name, None);
    let shop = customers::find_or_make(&mut tx, &desk("support"), &phone("ACME"), at(0)).await.unwrap();
    assert_eq!(shop.address, Address::Other("ACME".to_owned()));
}

pub async fn spellings_of_one_number_are_one_customer(room: &Room) {
    let mut tx = room.begin().await;
    let [old, new] = [phone("5215512345678"), phone("525512345678")];
    let made = customers::find_or_make(&mut tx, &desk("support"), &old, at(0)).await.unwrap();
    let found = customers::find_or_make(&mut tx, &desk("support"), &new, at(1)).await.unwrap();
    assert_eq!((made.id, &made.address), (found.id, &old));
    assert_eq!(found.address, new, "as it was given last");
    assert_eq!(customers::lock(&mut tx, made.id).await.unwrap().address, new);
    let conversation = open(&mut tx, &found).await;
    assert_eq!(conversations::get(&mut tx, conversation).await.unwrap().unwrap().customer.address, new);
}

/// Whoever adds a table of what belongs to a customer has to see to it when two customers become one.
pub async fn all_that_belongs_to_a_customer_is_known(room: &Room) {
    let Some(tables) = room.database.tables_that_name("customers").await else { return };
    assert_eq!(tables, ["consents", "conversations", "long_texts", "notifications"]);
}

pub async fn customers_of_two_spellings_become_one(room: &Room) {
    let mut tx = room.begin().await;
    let mut made = Vec::new();
    for (digits, seconds) in [("61491570006", 0), ("61491570156", 5), ("61491570157", 9)] {
        let customer = customers::find_or_make(&mut tx, &desk("support"), &phone(digits), at(0)).await.unwrap();
        let conversation = open(&mut tx, &customer).await;
        let message = notification(&mut tx, &customer, conversation, at(seconds)).await;
        let entry = |says| Entry { says, by: Speaker::Customer, since: at(seconds), reason: digits.to_owned() };
        // The first opted out and was blocked; the second said later that it wants texts.
        let says = [[Statement::OptsOut, Statement::Blocks], [Statement::Allows, Statement::Unblocks]];
        for says in says.get(made.len()).into_iter().flatten() {
            consents::record(&mut tx, customer.id, &entry(*says)).await.unwrap();
        }
        made.push((customer.id, conversation, message));
    }
    conversations::set_waiting(&mut tx, made[0].1, Some(at(1))).await.unwrap();
    customers::rename(&mut tx, made[0].0, "Ana").await.unwrap();
    tx.commit().await.unwrap();
    for (digits, spelling) in
        [("61491570006", "5215512345678"), ("61491570156", "525512345678"), ("61491570157", "22995123456")]
    {
        let sql = format!("UPDATE customers SET phone = '+{spelling}', dialled = NULL WHERE phone = '+{digits}'");
        room.database.run(&sql).await;
    }
    room.store.close().await;

    // Opened twice: what was done stays so.
    for _ in 0..2 {
        let store = Store::open(room.database.url()).await.unwrap();
        let mut tx = store.begin().await.unwrap();
        let kept = customers::find_or_make(&mut tx, &desk("support"), &phone("525512345678"), at(20)).await.unwrap();
        assert_eq!((kept.id, kept.name.as_deref()), (made[1].0, Some("Ana")));
        assert_eq!(consents::current(&mut tx, kept.id).await.unwrap(), Consent::Blocked);
        assert_eq!(consents::but_for_blocks(&mut tx, kept.id).await.unwrap().unwrap().says, Statement::OptsOut);
        let latest = conversations::latest(&mut tx, kept.id).await.unwrap().unwrap();
        assert_eq!((latest.id, latest.is_open(), latest.waiting_since), (made[1].1, true, Some(at(1))));
        let ended = conversations::get(&mut tx, made[0].1).await.unwrap().unwrap();
        assert_eq!((ended.customer.id, ended.is_open()), (kept.id, false));
        let alone = customers::find_or_make(&mut tx, &desk("support"), &phone("2290195123456"), at(20)).await.unwrap();
        assert_eq!(alone.id, made[2].0);
        drop(tx);
        store.close().await;
    }
}

pub async fn two_at_once_are_one_customer_and_one_waits(room: &Room) {
    let mut first = room.begin().await;
    let made = customer(&mut first).await;
    let second = async {
        let mut tx = room.begin().await;
        let found = customer(&mut tx).await;
        // The first has committed by now, or this would still wait for the lock.
        let seen = conversations::latest(&mut tx, found.id).await.unwrap();
        (found.id, seen.is_some())
    };
    let mut second = std::pin::pin!(second);
    let early = tokio::time::timeout(Duration::from_millis(200), &mut second).await;
    assert!(early.is_err(), "the second did not wait");
    open(&mut first, &made).await;
    first.commit().await.unwrap();
    assert_eq!(second.await, (made.id, true));
}

pub async fn a_customer_has_one_open_conversation(room: &Room) {
    let mut tx = room.begin().await;
    let customer = customer(&mut tx).await;
    let first = open(&mut tx, &customer).await;
    tx.commit().await.unwrap();

    let mut tx = room.begin().await;
    let error = conversations::open(&mut tx, fresh(ConversationId), &customer, at(1)).await.unwrap_err();
    assert!(error.is_race(), "{error}");
    drop(tx);

    let mut tx = room.begin().await;
    assert!(conversations::close(&mut tx, first, user(7), at(2)).await.unwrap());
    assert!(!conversations::close(&mut tx, first, user(8), at(3)).await.unwrap(), "closed already");
    let second = open(&mut tx, &customer).await;
    let latest = conversations::latest(&mut tx, customer.id).await.unwrap().unwrap();
    assert_eq!(latest.id, second, "the open one");
    conversations::close(&mut tx, second, user(7), at(4)).await.unwrap();
    let latest = conversations::latest(&mut tx, customer.id).await.unwrap().unwrap();
    assert_eq!((latest.id, latest.closed, latest.closed_by), (second, Some(at(4)), Some(user(7))), "closed last");
    assert!(conversations::reopen(&mut tx, first).await.unwrap());
    assert!(!conversations::reopen(&mut tx, first).await.unwrap(), "open already");
    let open = conversations::latest(&mut tx, customer.id).await.unwrap().unwrap();
    assert_eq!((open.id, open.is_open(), open.closed_by), (first, true, None));
    assert!(conversations::reopen(&mut tx, second).await.unwrap_err().is_race());
}

pub async fn numbers_are_per_desk(room: &Room) {
    let mut tx = room.begin().await;
    let mut numbers = Vec::new();
    for (name, digits) in
        [("support", "61491570006"), ("sales", "61491570006"), ("support", "61491570156"), ("support", "61491570157")]
    {
        let customer = customers::find_or_make(&mut tx, &desk(name), &phone(digits), at(0)).await.unwrap();
        let id = open(&mut tx, &customer).await;
        let number = conversations::get(&mut tx, id).await.unwrap().unwrap().number;
        let found = conversations::by_number(&mut tx, &desk(name), number).await.unwrap().unwrap();
        assert_eq!(found.id, id);
        numbers.push(number.0);
    }
    assert_eq!(numbers, [1, 1, 2, 3]);
    assert!(conversations::by_number(&mut tx, &desk("sales"), Number(2)).await.unwrap().is_none());
}

pub async fn a_conversation_keeps_what_is_known_of_it(room: &Room) {
    let mut tx = room.begin().await;
    let customer = customer(&mut tx).await;
    let id = open(&mut tx, &customer).await;
    let (card, thread) = (DiscordMessageId::new(u64::MAX).unwrap(), ChannelId::new(u64::MAX).unwrap());
    conversations::set_owner(&mut tx, id, user(7)).await.unwrap();
    conversations::set_card(&mut tx, id, Some(card)).await.unwrap();
    conversations::set_thread(&mut tx, id, Some(thread)).await.unwrap();
    conversations::set_waiting(&mut tx, id, Some(at(5))).await.unwrap();
    conversations::set_waiting(&mut tx, id, Some(at(6))).await.unwrap();
    reply(&mut tx, id, "Hello", at(8)).await;
    let known = conversations::by_thread(&mut tx, thread).await.unwrap().unwrap();
    assert_eq!((known.id, known.owner, known.card, known.thread), (id, Some(user(7)), Some(card), Some(thread)));
    assert_eq!((known.opened, known.active), (at(0), at(8)));
    assert_eq!(known.waiting_since, Some(at(5)), "the earlier time stays");
    conversations::set_waiting(&mut tx, id, None).await.unwrap();
    conversations::set_card(&mut tx, id, None).await.unwrap();
    conversations::set_thread(&mut tx, id, None).await.unwrap();
    let known = conversations::get(&mut tx, id).await.unwrap().unwrap();
    assert_eq!((known.card, known.thread, known.waiting_since), (None, None, None));
    conversations::set_waiting(&mut tx, id, Some(at(9))).await.unwrap();
    conversations::close(&mut tx, id, user(7), at(10)).await.unwrap();
    assert_eq!(conversations::get(&mut tx, id).await.unwrap().unwrap().waiting_since, None, "nobody waits any more");
}

pub async fn the_newest_entry_of_the_ledger_counts(room: &Room) {
    let mut tx = room.begin().await;
    let customer = customer(&mut tx).await.id;
    assert_eq!(consents::standing(&mut tx, customer).await.unwrap(), Standing::of(None, None));
    let entry = |says, by, seconds, reason: &str| Entry { says, by, since: at(seconds), reason: reason.to_owned() };
    let stop = entry(Statement::OptsOut, Speaker::Customer, 1, "STOP");
    let start = entry(Statement::Allows, Speaker::Customer, 2, "START");
    // The order of the entries counts, not what the clock said.
    let on_the_phone = entry(Statement::OptsOut, Speaker::Agent(user(7)), 1, "asked on the phone");
    for entry in [&stop, &start, &on_the_phone] {
        consents::record(&mut tx, customer, entry).await.unwrap();
    }
    let standing = consents::standing(&mut tx, customer).await.unwrap();
    assert_eq!(standing, Standing { consent: Consent::OptedOut, entry: Some(on_the_phone.clone()) });
    assert_eq!(consents::newest(&mut tx, customer, 2).await.unwrap(), [on_the_phone.clone(), start]);
    let block = entry(Statement::Blocks, Speaker::Agent(user(7)), 3, "");
    consents::record(&mut tx, customer, &block).await.unwrap();
    consents::record(&mut tx, customer, &entry(Statement::Allows, Speaker::Customer, 4, "START")).await.unwrap();
    let standing = consents::standing(&mut tx, customer).await.unwrap();
    assert_eq!(standing, Standing { consent: Consent::Blocked, entry: Some(block) });
    consents::record(&mut tx, customer, &entry(Statement::Unblocks, Speaker::Agent(user(7)), 5, "")).await.unwrap();
    assert_eq!(consents::current(&mut tx, customer).await.unwrap(), Consent::Allowed);
}

pub async fn a_price_is_the_last_one(room: &Room) {
    let mut tx = room.begin().await;
    let country = "AU".parse().unwrap();
    assert_eq!(prices::of(&mut tx, country).await.unwrap(), None);
    for micros in [33_300, 40_000, 40_000] {
        prices::note(&mut tx, country, Price { micros }, at(0)).await.unwrap();
        assert_eq!(prices::of(&mut tx, country).await.unwrap(), Some(Price { micros }));
    }
    assert_eq!(prices::of(&mut tx, "GB".parse().unwrap()).await.unwrap(), None);
}

pub async fn an_interaction_has_effect_once(room: &Room) {
    let mut tx = room.begin().await;
    let customer = customer(&mut tx).await;
    let conversation = open(&mut tx, &customer).await;
    let message = reply(&mut tx, conversation, "Hello", at(0)).await;
    let [old, new] = [1, 2].map(|id| InteractionId::new(id).unwrap());
    assert!(interactions::first_seen(&mut tx, old, at(0)).await.unwrap());
    assert!(!interactions::first_seen(&mut tx, old, at(1)).await.unwrap());
    assert!(interactions::first_seen(&mut tx, new, at(100)).await.unwrap());
    assert!(interactions::promised(&mut tx, old).await.unwrap().is_none());
    for id in [old, new] {
        interactions::promise(&mut tx, id, "a-token", message).await.unwrap();
    }
    let promise = interactions::promised(&mut tx, old).await.unwrap().unwrap();
    assert_eq!((promise.token.as_str(), promise.message), ("a-token", Some(message)));
    assert_eq!(interactions::promised_about(&mut tx, conversation).await.unwrap().len(), 2);
    interactions::forget_old_tokens(&mut tx, at(100)).await.unwrap();
    assert_eq!(interactions::promised_about(&mut tx, conversation).await.unwrap(), [new]);
    interactions::forget_token(&mut tx, new).await.unwrap();
    assert!(interactions::promised(&mut tx, new).await.unwrap().is_none());
    assert!(!interactions::first_seen(&mut tx, new, at(101)).await.unwrap(), "it stays seen");
    interactions::audit(&mut tx, user(7), "close", "#1", at(0)).await.unwrap();
}

pub async fn a_draft_is_taken_once(room: &Room) {
    let mut tx = room.begin().await;
    let [first, old, young] = [(); 3].map(|()| fresh(DraftId));
    for (id, seconds) in [(first, 0), (old, 0), (young, 10)] {
        interactions::keep_draft(&mut tx, id, &desk("support"), user(7), "{}", at(seconds)).await.unwrap();
    }
    let support = desk("support");
    assert_eq!(interactions::take_draft(&mut tx, first, &desk("sales"), user(7)).await.unwrap(), None, "another desk");
    assert_eq!(interactions::take_draft(&mut tx, first, &support, user(8)).await.unwrap(), None, "another agent");
    let taken = interactions::take_draft(&mut tx, first, &support, user(7)).await.unwrap();
    assert_eq!(taken, Some("{}".to_owned()));
    assert_eq!(interactions::take_draft(&mut tx, first, &support, user(7)).await.unwrap(), None);
    interactions::drop_old_drafts(&mut tx, at(10)).await.unwrap();
    assert_eq!(interactions::take_draft(&mut tx, old, &support, user(7)).await.unwrap(), None);
    assert!(interactions::take_draft(&mut tx, young, &support, user(7)).await.unwrap().is_some());
}
