//! The error codes of the Messages API, and what the SMS API's statuses and err-codes are among them.

use super::Verdict;
use super::statuses::Progress;

/// What a code is called.
pub(super) fn name(code: u16) -> &'static str {
    match code {
        1000 => "Throttled",
        1010 => "Missing params",
        1020 => "Invalid params",
        1030 => "Internal error",
        1040 => "Invalid message",
        1050 => "Number barred",
        1060 => "Partner account barred",
        1070 => "Partner quota exceeded",
        1080 => "Account not enabled for REST",
        1090 => "Message too long",
        1100 => "Communication Failed",
        1120 => "Illegal Sender Address - rejected",
        1160 => "Non White-listed Destination",
        1180 => "Absent Subscriber Temporary",
        1190 => "Absent Subscriber Permanent",
        1200 => "Portability Error",
        1210 => "Anti-Spam Rejection",
        1220 => "Handset Busy",
        1230 => "Network Error",
        1240 => "Illegal Number",
        1250 => "Unroutable",
        1260 => "Destination unreachable",
        1270 => "Subscriber Age Restriction",
        1280 => "Number Blocked by Carrier",
        1290 => "Pre-Paid - Insufficient funds",
        1330 => "Unknown",
        1331 => "Provider error",
        1360 => "TTL was activated, or message expired before delivered",
        1400 => "Unsupported channel",
        1410 => "Invalid channel parameters",
        1420 => "Invalid sender",
        1430 => "Invalid recipient",
        1440 => "Invalid message type",
        1450 => "Invalid client reference",
        1460 => "Daily message limit exceeded",
        1480 => "Entity Filter",
        1481 => "Header Filter",
        1482 => "Content Filter",
        1483 => "Consent Filter",
        1484 => "Regulation Error",
        _ => "Error",
    }
}

/// What is said about a request that gets the code at once.
pub(super) fn detail(code: u16) -> &'static str {
    match code {
        1400 => "The specified channel is not supported.",
        1420 => "The `from` parameter is invalid for the given channel.",
        1430 => "The `to` parameter is invalid for the given channel.",
        1440 => "The specified message type is not supported for the given channel.",
        1450 => "The client reference can be a string of up to 100 characters.",
        _ => "The value of one or more parameters is invalid.",
    }
}

/// The code in place of a status with which the SMS API refuses at once, and the Messages API later.
pub(super) fn of_status(status: u8) -> u16 {
    match status {
        6 => 1040,
        7 => 1240,
        8 => 1060,
        11 => 1080,
        15 => 1120,
        22 => 1250,
        29 => 1160,
        33 => 1190,
        _ => 1030,
    }
}

/// What a status webhook says in place of a delivery receipt; nothing in place of `buffered`.
pub(super) fn of_verdict(verdict: Verdict) -> Option<Progress> {
    match verdict {
        Verdict::Accepted => Some(Progress::Submitted),
        Verdict::Buffered => None,
        Verdict::Delivered => Some(Progress::Delivered),
        Verdict::Expired => Some(Progress::Rejected(1360)),
        Verdict::Unknown => Some(Progress::Rejected(1330)),
        Verdict::Failed(err_code) | Verdict::Rejected(err_code) => Some(Progress::Rejected(of_err_code(err_code))),
    }
}

/// By meaning: no document sets the two lists side by side.
fn of_err_code(err_code: u8) -> u16 {
    match err_code {
        2 => 1180,
        3 => 1190,
        5 => 1200,
        6 => 1210,
        7 => 1220,
        8 => 1230,
        9 => 1240,
        10 => 1040,
        11 => 1250,
        12 => 1260,
        13 => 1270,
        // Barred by the subscriber's own carrier, either way.
        4 | 14 => 1280,
        15 => 1290,
        50 => 1480,
        51 => 1481,
        52 => 1482,
        53 => 1483,
        54 => 1484,
        _ => 1330,
    }
}
