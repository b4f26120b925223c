//! Stored bytes, whatever they became: they are read, or a sentence says why not.

use std::collections::BTreeSet;

use threadline::ports::WebhookReader as _;
use threadline::vonage::Reader;

use super::rounds::rounds;
use super::{corpus, mutate, room};

const SOURCES: [&str; 4] = ["inbound_sms", "delivery_receipt", "inbound_message", "message_status"];

#[test]
fn no_stored_bytes_make_reading_panic() {
    let mut stored = Vec::new();
    for fields in corpus::webhooks() {
        let (form, json) = (corpus::form(&fields), corpus::json(&fields));
        stored.push([b"query\n", &form[..]].concat());
        stored.push([b"form\n", &form[..]].concat());
        stored.push([b"json\n", &json[..]].concat());
        stored.push([b"json?text=query&to=1\n", &json[..]].concat());
        stored.push([b"form?", &form[..], b"\n"].concat());
    }
    for message in corpus::messages() {
        stored.push([b"json\n", &message[..]].concat());
        stored.push([b"json?text=query&status=rejected\n", &message[..]].concat());
    }
    let mut sentences = BTreeSet::new();
    let outcomes = rounds("stored bytes", |random, round| {
        let mut raw = random.one_of(&stored).clone();
        mutate::mutate(&mut raw, &stored, random);
        round.tries(raw.clone());
        let source = if random.once_in(50) { "voice" } else { random.one_of(&SOURCES) };
        match Reader.read(source, &raw) {
            Ok(webhook) => {
                room::check(&webhook);
                "read"
            }
            Err(error) => {
                sentences.insert(error.to_string());
                "not read"
            }
        }
    });
    assert!(outcomes["read"] > 0 && outcomes["not read"] > 0);
    // They hold nothing of what was stored, so there are only so many.
    assert!(sentences.len() < 20, "{sentences:?}");
}
