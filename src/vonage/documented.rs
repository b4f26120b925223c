//! docs/vonage.md has a row for every status and code that is known here, with what is done about it, and with the words
//! that agents read.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::json;

use super::verdict::{self, messages};
use crate::domain::delivery::ReceiptStatus;
use crate::domain::message::Failure;
use crate::ports::{Retry, SendError};
use crate::wording::failures::reason;

const PAGE: &str = include_str!("../../docs/vonage.md");

/// The cells of each row below a heading.
fn rows(heading: &str) -> Vec<Vec<&'static str>> {
    let (_, section) = PAGE.split_once(&format!("\n### {heading}\n")).unwrap();
    let section = section.split("\n#").next().unwrap();
    let lines = section.lines().filter(|line| line.starts_with('|'));
    // The head, and the line below it.
    lines.skip(2).map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

fn numbers(rows: &[Vec<&str>]) -> BTreeSet<u16> {
    let numbers: BTreeSet<u16> = rows.iter().map(|row| row[0].parse().unwrap()).collect();
    assert_eq!(numbers.len(), rows.len(), "a row stands twice");
    numbers
}

/// The page's word for what becomes of a text.
fn then(error: &SendError) -> String {
    match error {
        SendError::Retry(Retry::Refused { why }) if why.is_of_account() => "paused".into(),
        SendError::Retry(Retry::Refused { why }) => format!("tried {} times", why.charges()),
        SendError::Retry(_) => "tried again".into(),
        SendError::Reject(_) => "failed".into(),
        SendError::Unconfirmed(_) => "unconfirmed".into(),
    }
}

/// Whether agents read what a cell quotes; an ellipsis stands for what differs.
fn quotes(cell: &str, failure: Failure) -> bool {
    let said = reason(failure);
    let quoted = cell.strip_prefix('“').and_then(|rest| rest.strip_suffix('”'));
    quoted.is_some_and(|quoted| quoted.split('…').all(|piece| said.contains(piece)))
}

fn status(status: u16) -> SendError {
    let body = json!({"messages": [{"status": status.to_string()}]});
    verdict::of_body(body.to_string().as_bytes()).unwrap_err()
}

fn code(code: u16) -> SendError {
    let body = json!({"type": format!("https://developer.vonage.com/api-errors/messages#{code}")});
    messages::refused(StatusCode::UNPROCESSABLE_ENTITY, &HeaderMap::new(), body.to_string().as_bytes())
}

#[test]
fn every_status_of_the_sms_api() {
    let rows = rows("SMS API");
    let without_words = |status: u16| reason(Failure::Refused(status)).starts_with("Vonage refused it (status");
    let known = (1..=99).filter(|&number| then(&status(number)) != "failed" || !without_words(number));
    assert_eq!(numbers(&rows), std::iter::once(0).chain(known).collect());
    for row in rows.iter().filter(|row| row[0] != "0") {
        let number = row[0].parse().unwrap();
        assert_eq!(row[2], then(&status(number)), "status {number}");
        assert!(row[2] != "failed" || quotes(row[3], Failure::Refused(number)), "status {number}: {}", row[3]);
    }
}

#[test]
fn every_http_status() {
    let rows = rows("HTTP and the network");
    let of = |code: u16| verdict::of_status(StatusCode::from_u16(code).unwrap(), &HeaderMap::new()).unwrap_err();
    let row = |what: &str| rows.iter().find(|row| row[0] == what).map(|row| row[2]);
    for code in (100..=599).filter(|code| !(200..=299).contains(code)) {
        let others = if code != 303 && (300..=499).contains(&code) { "other 4xx, 3xx" } else { "other 5xx, 303" };
        let said = row(&code.to_string()).or_else(|| row(others)).unwrap();
        assert!(said.starts_with(&then(&of(code))), "HTTP {code}: {said}");
    }
}

#[test]
fn every_code_of_a_receipt() {
    let rows = rows("Delivery receipts");
    let failure = |code| Failure::Receipt { status: ReceiptStatus::Failed, code };
    let has_words = |code: &u16| !reason(failure(*code)).starts_with("it was not delivered");
    // These say nothing, and are documented all the same.
    assert_eq!(numbers(&rows), [0, 1, 99].into_iter().chain((0..=999).filter(has_words)).collect());
    for row in rows {
        let code = row[0].parse().unwrap();
        assert!(quotes(row[2], failure(code)), "err-code {code}: {}", row[2]);
    }
}

#[test]
fn every_code_of_the_messages_api() {
    let rows = rows("Messages API");
    let is_known = |code: &u16| !reason(Failure::Reported(*code)).contains("not known here");
    assert_eq!(numbers(&rows), (1..=9999).filter(is_known).collect());
    for row in rows {
        let number = row[0].parse().unwrap();
        assert_eq!(row[2], then(&code(number)), "code {number}");
        for failure in [Failure::Reported(number), Failure::Rejected(number)] {
            assert!(quotes(row[3], failure), "code {number}: {}", row[3]);
        }
    }
}
