//! Of the account: its credentials, its credit, the desks' numbers and where their texts go.

use super::super::euros;
use super::super::numbers::{ByDefault, application_leads, destination, our_application};
use super::{Finding, about_desk, bad, fine, look};
use crate::domain::destination::{Destination, Leads};
use crate::domain::webhook::Price;

#[must_use]
pub fn credentials_accepted(key: &str) -> Finding {
    fine("credentials", format!("Vonage accepts the key {key} and its secret."))
}

#[must_use]
pub fn credentials_refused(status: u16) -> Finding {
    bad(
        "credentials",
        format!("Vonage does not accept the API key and secret (HTTP {status})."),
        "Compare VONAGE_API_KEY and VONAGE_API_SECRET with the front page of its dashboard. Until then, nothing else is \
         asked of it.",
    )
}

#[must_use]
pub fn vonage_unclear(host: &str, why: &str) -> Finding {
    bad(
        "credentials",
        format!("Vonage gives no clear answer at {host}: {why}."),
        "Check the network and `rest_url` under [vonage]. Until then, nothing else is asked of it.",
    )
}

/// `level` is where the configuration wants a warning.
#[must_use]
pub fn balance(credit: Price, level: Option<Price>) -> Finding {
    let found = format!("{} of credit are left.", euros(credit, 1));
    match level.filter(|level| credit.micros < level.micros) {
        None => fine("balance", found),
        Some(level) => {
            let less = euros(level, 1);
            look(
                "balance",
                found,
                format!("Top the account up: that is less than {less} (`low_balance` under [vonage])."),
            )
        }
    }
}

#[must_use]
pub fn numbers_unknown(why: &str) -> Finding {
    bad("numbers", format!("Vonage does not tell the account's numbers: {why}."), "Try again.")
}

#[must_use]
pub fn no_desk() -> Finding {
    look(
        "numbers",
        "no desk has a number yet.",
        "`threadline numbers list` shows the account's, `threadline numbers search --country GB` what can be rented.",
    )
}

#[must_use]
pub fn number_not_owned(desk: &str, number: &str) -> Finding {
    bad(
        about_desk(desk),
        format!("the account does not have its number {number}."),
        "Correct its `number`: `threadline numbers list` shows the account's. `threadline numbers buy` rents one.",
    )
}

#[must_use]
pub fn number_cannot_text(desk: &str, number: &str) -> Finding {
    bad(
        about_desk(desk),
        format!("its number {number} cannot text."),
        "Give the desk a number with the feature SMS: `threadline numbers search --country GB` shows which can be rented.",
    )
}

/// Where the texts to a desk's number go. `own` is the number's address, `ours` this bridge's, where it is known.
#[must_use]
pub fn texts_go(
    desk: &str,
    number: &str,
    own: Option<&Destination>,
    default: &ByDefault,
    ours: Option<&str>,
) -> Finding {
    let by = if own.is_some() { "by its own address" } else { "by the account's default address" };
    let link = || format!("`threadline numbers link {number}` has them come to {}.", ours.unwrap_or("this bridge"));
    let to = match (own, default) {
        (Some(own), _) => own,
        (None, ByDefault::To(default)) => default,
        (None, ByDefault::Nowhere) => {
            let found = format!("the texts to {number} go nowhere: neither the number nor the account has an address.");
            return bad(about_desk(desk), found, link());
        }
        (None, ByDefault::Unknown) => {
            let found =
                format!("the texts to {number} go to the account's default address, which Vonage does not tell.");
            return look(about_desk(desk), found, link());
        }
    };
    let goes = format!("the texts to {number} go to {}, {by}.", destination(to));
    match to.leads {
        Leads::Here => fine(about_desk(desk), goes),
        Leads::Beside | Leads::Elsewhere => bad(about_desk(desk), goes, link()),
        Leads::Unknown => {
            look(about_desk(desk), goes, "Whether that is this bridge is not known: set `public_url` under [server].")
        }
    }
}

/// The bridge sends by an application of the Messages API, and the desk's number is linked to it, or not. `ours` is
/// this bridge's address, where it is known.
#[must_use]
pub fn by_application(desk: &str, number: &str, id: &str, linked: bool, ours: Option<&str>) -> Finding {
    let to = our_application(id);
    if linked {
        let found = format!("the texts to {number} go to {to}.");
        return Finding { remedy: Some(application_leads(ours)), ..fine(about_desk(desk), found) };
    }
    let found = format!("the texts to {number} do not go to {to}.");
    bad(about_desk(desk), found, format!("`threadline numbers link {number}` links it."))
}

/// The bridge sends by the Messages API, without an application, and the desk's number is linked to one.
#[must_use]
pub fn another_application(desk: &str, number: &str, id: &str) -> Finding {
    bad(
        about_desk(desk),
        format!("the texts to {number} go to the application {id}."),
        "Unlink the number in Vonage's dashboard, or set VONAGE_APPLICATION_ID and VONAGE_PRIVATE_KEY.",
    )
}
