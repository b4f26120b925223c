//! What an answer of the SMS API means for the message: taken, to be tried again, refused, or not known. Those of the
//! Messages API: [`messages`].
//!
//! Source of the statuses: Vonage's page on the SMS API, "Troubleshooting failed SMS".

pub(super) mod messages;

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::{Deserialize, Deserializer};

use crate::domain::ids::ProviderMessageId;
use crate::domain::message::Failure;
use crate::domain::pause::Pause;
use crate::domain::webhook::Price;
use crate::ports::{Accepted, PartAnswer, Retry, SendError};

/// No Retry-After holds a message for longer.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// What an HTTP status says by itself; `Ok` where the body has to be asked.
///
/// # Errors
/// What the status means for the message.
pub(super) fn of_status(status: StatusCode, headers: &HeaderMap) -> Result<(), SendError> {
    let code = status.as_u16();
    Err(match code {
        200..=299 => return Ok(()),
        429 | 503 => SendError::Retry(Retry::Soon { after: retry_after(headers), why: format!("HTTP {code}") }),
        // "See other" is how a form says that it has done what was asked.
        303 => SendError::Unconfirmed(format!("HTTP {code}")),
        // Of these 401 to 403 are the account's. The others come from something in between, or from a wrong address, and
        // say that nothing was done with the request: neither API redirects.
        300..=499 => refusal(code, true),
        _ => SendError::Unconfirmed(format!("HTTP {code}")),
    })
}

/// Not sent, and nothing of the message's.
fn refusal(status: u16, http: bool) -> SendError {
    SendError::Retry(Retry::Refused { why: Pause::Refused { status, http } })
}

/// What the body of a successful HTTP answer says. One part that was taken makes the message taken; where none was,
/// the first part speaks for all.
///
/// What cannot be read is not known, a page of HTML in place of the answer too: what shows it may have handed the request
/// on, and hidden the answer. So it is never sent twice; several in a row pause the account, and little is risked.
///
/// # Errors
/// Why no part was taken.
pub(super) fn of_body(body: &[u8]) -> Result<Accepted, SendError> {
    let unreadable = || SendError::Unconfirmed("the answer could not be read".to_owned());
    let answer: Answer = serde_json::from_slice(body).map_err(|_| unreadable())?;
    let first = answer.messages.first().ok_or_else(unreadable)?;
    if answer.messages.iter().all(|part| part.status != 0) {
        return Err(refused(first.status));
    }
    Ok(Accepted::Parts(answer.messages.into_iter().map(Part::into_answer).collect()))
}

/// What a `status` other than 0 means.
fn refused(status: u16) -> SendError {
    match status {
        // Throttled, too many binds.
        1 | 10 => SendError::Retry(Retry::Soon { after: None, why: format!("status {status}") }),
        // An internal error; credentials, account barred, no credit, not enabled, signature wrong, signature beside a secret.
        5 | 4 | 8 | 9 | 11 | 14 | 32 => refusal(status, false),
        // Parameters, texts and numbers that will not become right by waiting, and whatever Vonage invents next.
        _ => SendError::Reject(Failure::Refused(status)),
    }
}

/// Seconds only; a date is ignored, and the schedule decides.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

/// One element of `messages` per part. All values are strings; a number is understood as well.
#[derive(Deserialize)]
struct Answer {
    messages: Vec<Part>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Part {
    #[serde(deserialize_with = "number")]
    status: u16,
    message_id: Option<ProviderMessageId>,
    message_price: Option<String>,
}

impl Part {
    fn into_answer(self) -> PartAnswer {
        PartAnswer {
            provider_id: self.message_id.filter(|_| self.status == 0),
            refused: (self.status != 0).then_some(Failure::Part(self.status)),
            price: self.message_price.as_deref().and_then(Price::from_decimal),
        }
    }
}

fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Bare(u16),
        Text(String),
    }
    match Number::deserialize(deserializer)? {
        Number::Bare(number) => Ok(number),
        Number::Text(text) => text.trim().parse().map_err(serde::de::Error::custom),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn parts(body: &[u8]) -> Vec<PartAnswer> {
        match of_body(body).unwrap() {
            Accepted::Parts(parts) => parts,
            Accepted::Whole(_) => panic!("the SMS API counts parts"),
        }
    }

    fn answer(statuses: &[&str]) -> Vec<u8> {
        let part = |(index, status): (usize, &&str)| match *status {
            "0" => json!({"to": "447700900001", "message-id": format!("0A{index}"), "status": "0",
                "remaining-balance": "3.14", "message-price": "0.03330000", "network": "23410"}),
            other => json!({"status": other, "error-text": "No"}),
        };
        let parts: Vec<_> = statuses.iter().enumerate().map(part).collect();
        json!({"message-count": parts.len().to_string(), "messages": parts}).to_string().into_bytes()
    }

    fn soon(why: &str) -> SendError {
        SendError::Retry(Retry::Soon { after: None, why: why.to_owned() })
    }

    #[test]
    fn every_status() {
        for status in 1..=99 {
            let expected = match status {
                1 => soon("status 1"),
                10 => soon("status 10"),
                4 | 5 | 8 | 9 | 11 | 14 | 32 => refusal(status, false),
                // 2, 3, 6, 7, 12, 15, 22, 23, 29 and 33 are documented; the rest is unknown.
                _ => SendError::Reject(Failure::Refused(status)),
            };
            assert_eq!(of_body(&answer(&[&status.to_string()])).unwrap_err(), expected);
        }
    }

    #[test]
    fn every_http_status() {
        let of = |code: u16| of_status(StatusCode::from_u16(code).unwrap(), &HeaderMap::new());
        for code in 100..=599 {
            let expected = match code {
                200..=299 => Ok(()),
                429 | 503 => Err(soon(&format!("HTTP {code}"))),
                300..=302 | 304..=499 => Err(refusal(code, true)),
                _ => Err(SendError::Unconfirmed(format!("HTTP {code}"))),
            };
            assert_eq!(of(code), expected);
        }
    }

    #[test]
    fn retry_after_is_heeded_within_reason() {
        let after = |value: &str| {
            let headers = [(RETRY_AFTER, value.parse().unwrap())].into_iter().collect();
            match of_status(StatusCode::TOO_MANY_REQUESTS, &headers) {
                Err(SendError::Retry(Retry::Soon { after, .. })) => after,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(after("7"), Some(Duration::from_secs(7)));
        assert_eq!(after("99999999999"), Some(LONGEST_WAIT));
        for odd in ["-1", "soon", "", "Sun, 22 Nov 2026 21:00:00 GMT", "99999999999999999999999"] {
            assert_eq!(after(odd), None, "{odd}");
        }
    }

    #[test]
    fn parts_that_were_taken() {
        let taken = parts(&answer(&["0", "0"]));
        let ids: Vec<_> = taken.iter().map(|part| part.provider_id.as_ref().unwrap().0.as_str()).collect();
        assert_eq!(ids, ["0A0", "0A1"]);
        assert!(taken.iter().all(|part| part.refused.is_none()));
        assert_eq!(taken[0].price, Some(Price { micros: 33_300 }));
    }

    #[test]
    fn one_taken_part_is_enough() {
        for statuses in [["0", "9"], ["9", "0"]] {
            let parts = parts(&answer(&statuses));
            let refused: Vec<_> = parts.iter().map(|part| part.refused).collect();
            assert!(refused.contains(&None) && refused.contains(&Some(Failure::Part(9))));
            assert!(parts.iter().all(|part| part.provider_id.is_none() == part.refused.is_some()));
        }
    }

    #[test]
    fn where_none_was_taken_the_first_speaks() {
        assert_eq!(of_body(&answer(&["1", "15"])).unwrap_err(), soon("status 1"));
        assert_eq!(of_body(&answer(&["15", "1"])).unwrap_err(), SendError::Reject(Failure::Refused(15)));
    }

    #[test]
    fn numbers_in_place_of_strings_are_understood() {
        assert!(of_body(br#"{"message-count":1,"messages":[{"status":0,"message-id":"1"}]}"#).is_ok());
    }

    #[test]
    fn what_cannot_be_read_is_not_known() {
        let bodies: [&[u8]; 8] = [
            b"",
            b"<html>",
            b"{}",
            br#"{"messages":[]}"#,
            br#"{"messages":[{}]}"#,
            br#"{"messages":[{"status":"odd"}]}"#,
            br#"{"messages":[{"status":"1"},{"status":null}]}"#,
            br#"{"messages":[{"status":"0","message-id":"1"}"#,
        ];
        for body in bodies {
            assert!(matches!(of_body(body), Err(SendError::Unconfirmed(_))));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(body in any::<Vec<u8>>()) {
            prop_assert!(matches!(of_body(&body), Err(SendError::Unconfirmed(_))));
        }
    }
}
