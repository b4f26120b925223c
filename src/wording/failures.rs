//! Why a message will not arrive, and what can be done, in plain words.

use crate::domain::delivery::ReceiptStatus;
use crate::domain::message::Failure;

use super::reported::reported;

/// What happened, as it follows "failed: ".
#[must_use]
pub fn reason(failure: Failure) -> String {
    match failure {
        Failure::OptedOut => "the customer has opted out, so it was not sent".into(),
        Failure::Blocked => "the customer is blocked, so it was not sent".into(),
        Failure::Unreachable => {
            "the number is out of reach, as the carrier said before, so it was not sent; /notify tries it again".into()
        }
        Failure::Country => "this desk does not text the customer's country, so it was not sent".into(),
        Failure::Refused(status) => refused(status),
        Failure::Http(status) => http(status),
        Failure::Rejected(code) => reported(code),
        Failure::Part(status) => part(status),
        Failure::Receipt { status, code } => receipt(status, code),
        Failure::Reported(code) => reported(code),
        Failure::GaveUp => "Vonage had internal errors for too long; try again later".into(),
        Failure::Unreadable => {
            "what the database holds about this customer or text cannot be read, so it was not sent; tell the operator"
                .into()
        }
        Failure::TooLate => "it could not leave in time and was not sent; send it again if it still holds true".into(),
        Failure::Dropped => "the operator dropped it, so it was not sent; send it again if it still holds true".into(),
        Failure::NotAPhone => "the sender is a short code or a name and cannot be answered".into(),
    }
}

/// Refusals by HTTP. Those that speak of the account are a message's own where others pass.
fn http(status: u16) -> String {
    match status {
        401..=403 => format!("Vonage refused this text (HTTP {status}) while it took others; tell the operator"),
        _ => format!("Vonage refused the request (HTTP {status})"),
    }
}

/// One of the parts was refused with this status of the SMS API, and others were taken.
fn part(status: u16) -> String {
    match status {
        9 => "the Vonage account has no credit left, so not all of its parts were sent; tell the operator".into(),
        other => refused(other),
    }
}

/// The statuses of the SMS API that refuse one message.
fn refused(status: u16) -> String {
    match status {
        4 | 8 | 11 | 14 | 32 => {
            format!("Vonage refused this text (status {status}) while it took others; tell the operator")
        }
        2 | 3 => format!("Vonage says the request was incomplete or invalid (status {status}); tell the operator"),
        6 => "Vonage does not recognise the number; check it".into(),
        7 => "the number is barred: it has opted out at the carrier or at Vonage".into(),
        9 => "the credit at Vonage is not enough for this text, while others leave; tell the operator".into(),
        12 => "the text is too long for Vonage; shorten it".into(),
        15 => "our sender number may not be used for this country; tell the operator".into(),
        22 => "Vonage has no route to this network (status 22); tell the operator".into(),
        23 => "Vonage refuses our receipt address (status 23); tell the operator".into(),
        29 => "the Vonage account is in demo mode and may only text numbers on its list; tell the operator".into(),
        33 => "the number has been deactivated".into(),
        _ => format!("Vonage refused it (status {status}); tell the operator"),
    }
}

/// Final states of delivery receipts, by `err-code`.
fn receipt(status: ReceiptStatus, code: u16) -> String {
    let what = match code {
        2 => "the phone was switched off or out of reach",
        3 => "the number is not in use",
        4 => "the number is barred by its carrier",
        5 => "the number has moved between carriers and could not be found",
        6 => "the carrier took it for spam",
        7 => "the phone was busy",
        8 => "the network had an error",
        9 => "the number is invalid or has opted out",
        10 => "the carrier refused the text",
        11 => "there is no route to the number",
        12 => "the number could not be reached",
        13 => "the carrier's age check refused it",
        14 => "the carrier blocked it",
        15 => "the customer's prepaid card has no credit",
        50..=54 => "the rules of the customer's country refuse it; tell the operator",
        _ => match status {
            ReceiptStatus::Expired => "it could not be delivered in time",
            ReceiptStatus::Rejected => "the carrier rejected it",
            ReceiptStatus::Unknown => "the network does not say whether it arrived",
            _ => "it was not delivered",
        },
    };
    match code {
        0 | 1 | 99 => what.into(),
        code => format!("{what} (code {code})"),
    }
}
