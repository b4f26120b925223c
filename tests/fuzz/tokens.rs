//! Webhooks of the Messages API with a bearer token, either of them broken: nothing is kept but a body that the token
//! beside it vouches for.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use threadline::config::{Bearer, Door, Guard, Signatures};
use threadline::domain::time::Timestamp;
use threadline::vonage::bearer;

use super::asked::Asked;
use super::random::Random;
use super::room::{NOW, Room};
use super::rounds::rounds;
use super::{corpus, mutate};

const SECRET: &str = "the-signature-secret-of-32-letters";
const PREVIOUS: &str = "the-secret-before-it";
const KEY: &str = "abcd1234";
const MAX_AGE: i64 = 25 * 60 * 60;

/// A body and a token.
type Signed = (Vec<u8>, String);

#[test]
fn nothing_is_kept_but_what_its_token_vouches_for() {
    let signatures = Signatures {
        how: Bearer { api_key: KEY.to_owned() },
        secret: SECRET.into(),
        previous: Some(PREVIOUS.into()),
        observe: false,
        max_age: Duration::from_secs(MAX_AGE.unsigned_abs()),
    };
    let room = Room::new(Door { path_token: None, sms: Guard::Closed, messages: Guard::Signed(signatures) });
    let good = [all(SECRET, KEY, NOW), all(PREVIOUS, KEY, NOW - MAX_AGE), all(SECRET, KEY, NOW + 60)].concat();
    let bad = [
        all("another-secret", KEY, NOW),
        all(SECRET, "abcd1235", NOW),
        all(SECRET, KEY, NOW - MAX_AGE - 1),
        all(SECRET, KEY, NOW + MAX_AGE + 1),
        unsigned(),
    ]
    .concat();
    let vouched: BTreeSet<&Signed> = good.iter().collect();
    let bodies = corpus::messages();
    let tokens: Vec<Vec<u8>> = good.iter().chain(&bad).map(|(_, token)| token.clone().into_bytes()).collect();
    let outcomes = rounds("bearer tokens", |random, round| {
        let (whole, is_good) = (random.once_in(8), !random.once_in(4));
        let (mut body, token) = random.one_of(if is_good { &good } else { &bad }).clone();
        let mut token = token.into_bytes();
        if !whole {
            match random.below(3) {
                0 => mutate::mutate(&mut body, &bodies, random),
                1 => mutate::mutate(&mut token, &tokens, random),
                _ => token.clone_from(random.one_of(&tokens)),
            }
        }
        let asked = asked(body, &token, random);
        round.tries(asked.wire());
        let Some(outcome) = room.ask(&asked) else { return "no request" };
        let Some(kept) = outcome.kept.first() else {
            assert!(!(whole && is_good), "what is signed well was answered {}", outcome.status);
            return "refused";
        };
        let line = kept.raw.iter().position(|&byte| byte == b'\n').unwrap();
        let token = String::from_utf8(token).unwrap().trim().to_owned();
        assert!(vouched.contains(&(kept.raw[line + 1..].to_vec(), token)), "nobody has vouched for this");
        if whole { "whole" } else { "another good token" }
    });
    for outcome in ["refused", "whole", "another good token"] {
        assert!(outcomes.contains_key(outcome), "never {outcome}: {outcomes:?}");
    }
}

/// Every webhook with its token.
fn all(secret: &str, api_key: &str, at: i64) -> Vec<Signed> {
    let sign = |body: Vec<u8>| {
        let token = bearer::sign(&secret.into(), api_key, &body, "a4c1dc9e", Timestamp(at * 1000));
        (body, token)
    };
    corpus::messages().into_iter().map(sign).collect()
}

/// Tokens with good claims that say they need no signature, and one that is empty.
fn unsigned() -> Vec<Signed> {
    let mut unsigned = vec![(corpus::messages().remove(0), String::new())];
    for (body, token) in all(SECRET, KEY, NOW) {
        let mut pieces = token.split('.');
        let (_, claims, signature) = (pieces.next(), pieces.next().unwrap(), pieces.next().unwrap());
        for algorithm in ["none", "None", "HS512", "RS256"] {
            let header = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#));
            unsigned.push((body.clone(), format!("{header}.{claims}.")));
            unsigned.push((body.clone(), format!("{header}.{claims}.{signature}")));
        }
    }
    unsigned
}

fn asked(body: Vec<u8>, token: &[u8], random: &mut Random) -> Asked {
    let path = random.one_of(&["/webhooks/inbound-message", "/webhooks/message-status", "/webhooks/inbound-sms"]);
    let mut asked = Asked::post(path, Some("application/json"), body);
    let scheme = random.one_of(&["Bearer ", "bearer ", "Bearer  "]);
    asked.headers.push((b"authorization".to_vec(), [scheme.as_bytes(), token].concat()));
    if random.once_in(16) {
        asked.query = Some(b"text=query&status=rejected".to_vec());
    }
    asked
}
