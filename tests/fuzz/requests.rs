//! Any request at all, at doors of every kind.

use std::time::Duration;

use secrecy::SecretString;
use threadline::config::{Algorithm, Bearer, Door, Guard, Signatures};

use super::asked::Asked;
use super::random::Random;
use super::room::Room;
use super::rounds::rounds;
use super::{corpus, mutate};

const TOKEN: &str = "0123456789abcdef";

const METHODS: &[&str] = &["GET", "POST", "HEAD", "PUT", "OPTIONS", "DELETE", "PATCH", "TRACE", "CONNECT", "get", "X"];

const PATHS: &[&str] = &[
    "/webhooks/inbound-sms",
    "/webhooks/delivery-receipt",
    "/webhooks/update",
    "/update",
    "/webhooks/0123456789abcdef/inbound-sms",
    "/webhooks/0123456789abcdef/delivery-receipt",
    "/webhooks/0123456789abcdef/update",
    "/webhooks/inbound-message",
    "/webhooks/message-status",
    "/webhooks/0123456789abcdef/inbound-message",
    "/webhooks/0123456789abcdef/message-status",
    "/webhooks/0123456789abcdeF/inbound-sms",
    "/webhooks/%30123456789abcdef/inbound-sms",
    "/webhooks//inbound-sms",
    "/webhooks/0123456789abcdef//inbound-sms",
    "/webhooks/",
    "/",
];

const HEADERS: &[(&str, &str)] = &[
    ("content-type", "application/json"),
    ("content-type", "application/json; charset=utf-8"),
    ("content-type", "application/x-www-form-urlencoded; charset=UTF-8"),
    ("content-type", "multipart/form-data; boundary=a"),
    ("content-type", "\u{ff}"),
    ("content-length", "99999999999"),
    ("content-encoding", "gzip"),
    ("transfer-encoding", "chunked"),
    ("expect", "100-continue"),
    ("authorization", "Bearer a.b.c"),
    ("user-agent", "Vonage/MessagingHUB/v1.0"),
];

#[test]
fn any_request_gets_an_answer_of_the_contract() {
    let token = || Some(TOKEN.into());
    let rooms = [
        (Room::new(Door::unsigned(None)), None, false),
        (Room::new(Door::unsigned(token())), Some(TOKEN), false),
        (Room::new(signed(token(), true)), Some(TOKEN), false),
        (Room::new(signed(None, false)), None, true),
    ];
    let others = corpus::encoded();
    let outcomes = rounds("any request", |random, round| {
        let asked = asked(&others, random);
        round.tries(asked.wire());
        let (room, token, signed) = random.one_of(&rooms);
        let Some(outcome) = room.ask(&asked) else { return "no request" };
        assert!(!(*signed && outcome.status == 200 && !outcome.kept.is_empty()), "nothing here is signed");
        if let (Some(token), false) = (token, outcome.kept.is_empty()) {
            let path = String::from_utf8_lossy(&asked.path).into_owned();
            let path = path.replace("%30", "0");
            assert!(path.contains(token) || path.contains('%'), "it came in without the token");
        }
        let says = String::from_utf8_lossy(&outcome.body);
        assert!(!says.contains(TOKEN), "the answer has the token");
        if [400, 401, 503].contains(&outcome.status) {
            let body: serde_json::Value = serde_json::from_slice(&outcome.body).unwrap();
            assert!(body["error"].is_string() && body["detail"].is_string(), "{body}");
        }
        // Vonage brings a webhook again as it was: it has to be recognised.
        let again = room.ask(&asked).unwrap();
        assert_eq!((again.status, &again.kept), (outcome.status, &outcome.kept));
        match outcome.status {
            200 if outcome.kept.is_empty() => "checks of the URL",
            200 => "kept",
            404 | 405 => "no route",
            _ => "refused",
        }
    });
    for outcome in ["kept", "checks of the URL", "no route", "refused"] {
        assert!(outcomes.contains_key(outcome), "never {outcome}: {outcomes:?}");
    }
}

/// A door that asks for signatures with a secret that nobody has.
fn signed(path_token: Option<SecretString>, observe: bool) -> Door {
    let (secret, max_age) = (SecretString::from("a-secret"), Duration::from_secs(25 * 60 * 60));
    let sms = Signatures { how: Algorithm::Sha256, secret: secret.clone(), previous: None, observe, max_age };
    let bearer = Bearer { api_key: "abcd1234".to_owned() };
    let messages = Signatures { how: bearer, secret, previous: None, observe, max_age };
    Door { path_token, sms: Guard::Signed(sms), messages: Guard::Signed(messages) }
}

/// A request whose pieces are good, each broken once in a while.
fn asked(others: &[Vec<u8>], random: &mut Random) -> Asked {
    let piece = |random: &mut Random| {
        let mut bytes = random.one_of(others).clone();
        if !random.once_in(4) {
            mutate::mutate(&mut bytes, others, random);
        }
        bytes
    };
    let mut asked = Asked { path: random.one_of(&PATHS[..11]).as_bytes().to_vec(), ..Asked::default() };
    asked.method = if random.once_in(8) { *random.one_of(METHODS) } else { *random.one_of(&METHODS[..2]) }.into();
    if random.once_in(8) {
        asked.path = random.one_of(PATHS).as_bytes().to_vec();
        if random.once_in(2) {
            let paths: Vec<Vec<u8>> = PATHS.iter().map(|path| path.as_bytes().to_vec()).collect();
            mutate::mutate(&mut asked.path, &paths, random);
        }
    }
    if asked.method == b"GET" || random.once_in(8) {
        asked.query = (!random.once_in(16)).then(|| piece(random));
    }
    if asked.method != b"GET" || random.once_in(8) {
        asked.body = piece(random);
    }
    if random.once_in(2000) {
        // More than axum reads.
        asked.body = asked.body.repeat(1 + 3_000_000 / asked.body.len().max(1));
    }
    while !random.once_in(3) {
        let (name, value) = random.one_of(HEADERS);
        let mut value = value.as_bytes().to_vec();
        if random.once_in(4) {
            mutate::mutate(&mut value, others, random);
        }
        asked.headers.push((name.as_bytes().to_vec(), value));
    }
    asked
}
