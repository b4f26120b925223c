//! What an answer of the Messages API means for the message.
//!
//! Source of the codes: the API's list of errors and its answers, as its published description has them. A refusal is a
//! problem document whose `type` ends in `#` and the code.

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::Deserialize;

use super::{of_status, refusal};
use crate::domain::ids::ProviderMessageId;
use crate::domain::message::Failure;
use crate::domain::pause::Pause;
use crate::ports::{Accepted, Retry, SendError};

/// What the body of a successful answer says.
///
/// # Errors
/// Where it cannot be read: the message was taken, but nobody knows under which id.
pub(in crate::vonage) fn taken(body: &[u8]) -> Result<Accepted, SendError> {
    #[derive(Deserialize)]
    struct Taken {
        message_uuid: String,
    }
    let taken: Option<Taken> = serde_json::from_slice(body).ok();
    match taken.filter(|taken| !taken.message_uuid.is_empty()) {
        Some(taken) => Ok(Accepted::Whole(ProviderMessageId(taken.message_uuid))),
        None => Err(SendError::Unconfirmed("the answer could not be read".to_owned())),
    }
}

/// What a refusal means. The HTTP status decides where it speaks of the account; elsewhere the code, where there is one.
pub(in crate::vonage) fn refused(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> SendError {
    match of_status(status, headers) {
        // Documented as a refusal of the message; which, the code says. Only the API's own words are one: a page of something
        // in between says nothing of the message.
        Err(error) if status == StatusCode::UNPROCESSABLE_ENTITY => match problem(body) {
            Some(problem) => {
                code_of_type(&problem.r#type).map_or(SendError::Reject(Failure::Http(status.as_u16())), of_code)
            }
            None => error,
        },
        Err(error @ SendError::Retry(Retry::Refused { why: Pause::Refused { status: 401..=403, .. } })) => error,
        Err(error @ SendError::Retry(Retry::Refused { .. })) => code(body).map_or(error, of_code),
        Err(other) => other,
        Ok(()) => SendError::Unconfirmed(format!("HTTP {}", status.as_u16())),
    }
}

/// What a code means in the answer to a request: nothing was sent.
fn of_code(code: u16) -> SendError {
    match code {
        // Throttled, too many requests.
        1000 | 1241 => SendError::Retry(Retry::Soon { after: None, why: format!("code {code}") }),
        // An internal error, not handed on, the provider does not answer; the account: barred, no credit, not enabled.
        1030 | 1100 | 1331 | 1060 | 1070 | 1080 => refusal(code, false),
        // Sent before: when, its receipt tells. To call it failed would have it sent once more.
        1320 => SendError::Unconfirmed("code 1320: sent before".to_owned()),
        // Numbers, texts and rules that will not become right by waiting, and whatever Vonage invents next.
        _ => SendError::Reject(Failure::Rejected(code)),
    }
}

/// How the API says why it refuses.
#[derive(Deserialize)]
struct Problem {
    r#type: String,
}

fn problem(body: &[u8]) -> Option<Problem> {
    serde_json::from_slice(body).ok()
}

/// The code of a problem document, such as 1120 of `https://developer.vonage.com/api-errors/messages#1120`.
fn code(body: &[u8]) -> Option<u16> {
    code_of_type(&problem(body)?.r#type)
}

/// The number after the `#`.
pub(in crate::vonage) fn code_of_type(link: &str) -> Option<u16> {
    link.rsplit_once('#')?.1.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reqwest::header::RETRY_AFTER;
    use serde_json::json;

    use super::*;

    fn problem(kind: &str) -> Vec<u8> {
        let kind = format!("https://developer.vonage.com/api-errors/{kind}");
        json!({"type": kind, "title": "No", "detail": "no", "instance": "bf0ca0bf"}).to_string().into_bytes()
    }

    fn answered(status: u16, body: &[u8]) -> SendError {
        refused(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body)
    }

    fn soon(why: &str) -> SendError {
        SendError::Retry(Retry::Soon { after: None, why: why.to_owned() })
    }

    #[test]
    fn every_http_status_without_a_code() {
        for status in 100..=599 {
            let expected = match status {
                429 | 503 => soon(&format!("HTTP {status}")),
                422 => SendError::Reject(Failure::Http(status)),
                300..=302 | 304..=499 => refusal(status, true),
                _ => SendError::Unconfirmed(format!("HTTP {status}")),
            };
            for body in [&b""[..], b"<html>", b"{}", b"{\"type\":", b"[]", b"{\"title\":\"No\"}"] {
                let expected = if status == 422 { refusal(status, true) } else { expected.clone() };
                assert_eq!(answered(status, body), expected, "{status}");
            }
            for body in [&problem("#invalid-json"), &problem("")] {
                assert_eq!(answered(status, body), expected, "{status}");
            }
        }
    }

    #[test]
    fn every_code_in_every_status() {
        for code in 0..=2000 {
            let body = problem(&format!("messages#{code}"));
            let expected = match code {
                1000 | 1241 => soon(&format!("code {code}")),
                1030 | 1100 | 1331 | 1060 | 1070 | 1080 => refusal(code, false),
                1320 => SendError::Unconfirmed("code 1320: sent before".into()),
                _ => SendError::Reject(Failure::Rejected(code)),
            };
            for status in [400, 404, 409, 413, 415, 422] {
                assert_eq!(answered(status, &body), expected, "{code}");
            }
            // These need no code, and none makes them certain.
            assert_eq!(answered(401, &body), refusal(401, true));
            assert_eq!(answered(402, &body), refusal(402, true));
            assert_eq!(answered(429, &body), soon("HTTP 429"));
            assert_eq!(answered(500, &body), SendError::Unconfirmed("HTTP 500".into()));
            assert_eq!(answered(503, &body), soon("HTTP 503"));
        }
    }

    #[test]
    fn retry_after_is_heeded() {
        let headers = [(RETRY_AFTER, "7".parse().unwrap())].into_iter().collect();
        let error = refused(StatusCode::TOO_MANY_REQUESTS, &headers, &problem("messages#1000"));
        let after = Some(std::time::Duration::from_secs(7));
        assert_eq!(error, SendError::Retry(Retry::Soon { after, why: "HTTP 429".into() }));
    }

    #[test]
    fn what_was_taken_has_one_id() {
        match taken(br#"{"message_uuid":"aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab","workflow_id":null}"#).unwrap() {
            Accepted::Whole(id) => assert_eq!(id.0, "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"),
            Accepted::Parts(_) => panic!("the Messages API counts no parts"),
        }
        for body in [&b""[..], b"{}", b"<html>", br#"{"message_uuid":""}"#, br#"{"message_uuid":null}"#, b"[]"] {
            assert!(matches!(taken(body), Err(SendError::Unconfirmed(_))));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(body: Vec<u8>, status in 100u16..600) {
            prop_assert!(taken(&body).is_err());
            let _ = answered(status, &body);
            let _ = answered(status, &problem(&String::from_utf8_lossy(&body)));
        }
    }
}
