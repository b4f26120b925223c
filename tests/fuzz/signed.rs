//! Signed webhooks, broken: nothing is kept that was not signed just so.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::value::RawValue;
use threadline::config::{self, Algorithm, Guard, Signatures};
use threadline::vonage::signature;

use super::asked::Asked;
use super::corpus::{self, Fields};
use super::room::{NOW, Room};
use super::rounds::rounds;
use super::{mutate, random::Random};

const SECRET: &str = "the-signature-secret";
const PREVIOUS: &str = "the-secret-before-it";
const PATH: &str = "/webhooks/inbound-sms";
const MAX_AGE: i64 = 25 * 60 * 60;

/// One method's door, and webhooks that it takes and that it does not.
struct Door {
    room: Room,
    good: Vec<Fields>,
    bad: Vec<Fields>,
    /// What was signed with a secret that holds, at a time that holds.
    signed: BTreeSet<String>,
    encoded: Vec<Vec<u8>>,
}

#[test]
fn nothing_is_kept_that_was_not_signed_just_so() {
    let doors = Algorithm::ALL.map(Door::new);
    let outcomes = rounds("signed webhooks", |random, round| {
        let door = random.one_of(&doors);
        let whole = random.once_in(8);
        let good = !random.once_in(4);
        let fields = random.one_of(if good { &door.good } else { &door.bad });
        let mut asked = asked(&if whole { otherwise(fields.clone(), random) } else { fields.clone() }, random);
        if !whole {
            let bytes = if asked.method == b"GET" { asked.query.as_mut().unwrap() } else { &mut asked.body };
            mutate::mutate(bytes, &door.encoded, random);
        }
        if random.once_in(16) {
            let mut query = random.one_of(&door.encoded).clone();
            mutate::mutate(&mut query, &door.encoded, random);
            asked.query.get_or_insert(query);
        }
        round.tries(asked.wire());
        // A URL may be too long.
        let Some(outcome) = door.room.ask(&asked) else { return "no request" };
        let Some(kept) = outcome.kept.first() else {
            assert!(!(whole && good && asked.query.is_none()), "what is signed well was answered {}", outcome.status);
            return "refused";
        };
        assert!(readings(&kept.raw).iter().any(|text| door.signed.contains(text)), "nobody has signed this");
        if whole { "whole" } else { "broken where nothing is signed" }
    });
    for outcome in ["refused", "whole"] {
        assert!(outcomes.contains_key(outcome), "never {outcome}: {outcomes:?}");
    }
}

impl Door {
    fn new(algorithm: Algorithm) -> Self {
        let max_age = Duration::from_secs(MAX_AGE.unsigned_abs());
        let (secret, previous) = (SECRET.into(), Some(PREVIOUS.into()));
        let sms = Guard::Signed(Signatures { how: algorithm, secret, previous, observe: false, max_age });
        let room = Room::new(config::Door { path_token: None, sms, messages: Guard::Closed });
        let all = |secret: &str, at: i64| -> Vec<Fields> {
            corpus::webhooks().into_iter().map(|fields| sign(fields, algorithm, secret, at)).collect()
        };
        let good = [all(SECRET, NOW), all(PREVIOUS, NOW - MAX_AGE), all(SECRET, NOW + 60)].concat();
        let mut bad =
            [all("another-secret", NOW), all(SECRET, NOW - MAX_AGE - 1), all(SECRET, NOW + MAX_AGE + 1)].concat();
        bad.extend(corpus::webhooks());
        let encoded = good.iter().chain(&bad).flat_map(|fields| [corpus::form(fields), corpus::json(fields)]).collect();
        let signed = good.iter().map(text).collect();
        Self { room, good, bad, signed, encoded }
    }
}

fn sign(mut fields: Fields, algorithm: Algorithm, secret: &str, at: i64) -> Fields {
    fields.insert("timestamp".into(), at.to_string());
    fields.insert("nonce".into(), "a4c1dc9e".into());
    let sig = signature::sign(algorithm, &secret.into(), &fields);
    fields.insert("sig".into(), sig);
    fields
}

/// Changes what no signature covers.
fn otherwise(mut fields: Fields, random: &mut Random) -> Fields {
    if random.once_in(2) {
        fields.entry("sig".into()).and_modify(|sig| *sig = sig.to_uppercase());
    }
    // Some of Vonage's libraries do not sign empty values, so one more changes nothing where there was none.
    if random.once_in(2) && fields.values().all(|value| !value.is_empty()) {
        fields.insert("none-has-this".into(), String::new());
    }
    fields
}

fn asked(fields: &Fields, random: &mut Random) -> Asked {
    match random.below(3) {
        0 => Asked::get(PATH, corpus::form(fields)),
        1 => Asked::post(PATH, Some("application/x-www-form-urlencoded"), corpus::form(fields)),
        _ => Asked::post(PATH, Some("application/json"), corpus::json(fields)),
    }
}

/// What a signature covers, written anew from Vonage's page on signing: all fields but `sig` in the order of their names,
/// with `_` for `&` and `=` in values. Blank ones may take part or not, so none does here.
fn text(fields: &Fields) -> String {
    let signed = fields.iter().filter(|(name, value)| *name != "sig" && !value.trim().is_empty());
    signed.map(|(name, value)| format!("&{name}={}", value.replace(['&', '='], "_"))).collect()
}

/// What may have been signed of the stored bytes: all, or the body alone.
fn readings(raw: &[u8]) -> Vec<String> {
    let line = raw.iter().position(|&byte| byte == b'\n').unwrap();
    let (head, body) = (&raw[..line], &raw[line + 1..]);
    let query = head.iter().position(|&byte| byte == b'?').map_or(&b""[..], |mark| &head[mark + 1..]);
    let of_body = || -> Option<Vec<(String, String)>> {
        if !head.starts_with(b"json") {
            return Some(url::form_urlencoded::parse(body).into_owned().collect());
        }
        let body = String::from_utf8_lossy(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)).into_owned();
        let object: BTreeMap<String, &RawValue> = serde_json::from_str(&body).ok()?;
        let plain = |(name, value): (String, &RawValue)| match value.get().as_bytes()[0] {
            // What is no text of Unicode was signed by nobody here.
            b'"' => Some((name, serde_json::from_str(value.get()).unwrap_or_else(|_| "(half an emoji)".to_owned()))),
            b'{' | b'[' | b'n' => None,
            _ => Some((name, value.get().to_owned())),
        };
        Some(object.into_iter().filter_map(plain).collect())
    };
    let Some(of_body) = of_body() else { return Vec::new() };
    let of_query = url::form_urlencoded::parse(query).into_owned();
    [of_query.chain(of_body.clone()).collect::<Vec<_>>(), of_body]
        .into_iter()
        .map(|pairs| text(&merged(pairs)))
        .collect()
}

/// A repeated name keeps its last value that is not empty.
fn merged(pairs: Vec<(String, String)>) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in pairs {
        if !value.is_empty() || !fields.contains_key(&name) {
            fields.insert(name, value);
        }
    }
    fields
}
