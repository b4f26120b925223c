//! What `threadline numbers` says: the account's numbers, what renting one costs, and where its texts go.

use crate::domain::destination::{Destination, Leads};
use crate::domain::phone::Address;
use crate::domain::webhook::Price;

use super::{euros, listed};

/// A number as Vonage describes it.
#[derive(Clone, Copy, Debug)]
pub struct Described<'a> {
    pub number: &'a Address,
    pub country: &'a str,
    pub kind: &'a str,
    pub features: &'a [String],
}

/// Where the texts to a number go.
#[derive(Clone, Copy, Debug)]
pub struct Goes<'a> {
    /// Its own address.
    pub own: Option<&'a Destination>,
    /// The account's, for numbers that have none.
    pub default: &'a ByDefault,
    /// The application it is linked to.
    pub application: Option<Application<'a>>,
}

/// An application at Vonage.
#[derive(Clone, Copy, Debug)]
pub struct Application<'a> {
    pub id: &'a str,
    /// Whether it is the one by which this bridge sends.
    pub ours: bool,
    /// Whether it takes the texts to its numbers, as in the Messages API.
    pub takes_texts: bool,
}

/// Where the texts to numbers without an address of their own go.
#[derive(Clone, Debug)]
pub enum ByDefault {
    To(Destination),
    Nowhere,
    Unknown,
}

/// In full: these are the account's own numbers, and nobody's private ones.
#[must_use]
pub fn full(number: &Address) -> &str {
    number.as_stored()
}

/// `+447700900001 (GB, mobile-lvn, SMS and VOICE)`
#[must_use]
pub fn described(number: &Described<'_>) -> String {
    let features = listed(number.features);
    let about: Vec<&str> =
        [number.country, number.kind, &features].into_iter().filter(|word| !word.is_empty()).collect();
    format!("{} ({})", full(number.number), about.join(", "))
}

/// The account's numbers: what each is, the desk that uses it, and where its texts go.
#[must_use]
pub fn owned(rows: &[(Described<'_>, Option<&str>, String)]) -> String {
    let cells = rows.iter().map(|(number, desk, goes)| {
        [full(number.number), number.country, number.kind, &number.features.join(", "), desk.unwrap_or("-"), goes]
            .map(str::to_owned)
    });
    table(["number", "country", "type", "features", "desk", "its texts go to"], cells.collect())
}

/// Numbers that can be rented, and what each costs.
#[must_use]
pub fn offered(rows: &[(Described<'_>, Option<Price>)]) -> String {
    let cells = rows.iter().map(|(number, cost)| {
        let cost = cost.map_or_else(|| "not said".to_owned(), |cost| euros(cost, 1));
        [full(number.number), number.kind, &number.features.join(", "), &cost].map(str::to_owned)
    });
    table(["number", "type", "features", "a month"], cells.collect())
}

#[must_use]
pub fn none_owned(key: &str) -> String {
    format!(
        "The account {key} has no number. `threadline numbers search --country GB` shows which can be rented, with your \
         country in place of GB."
    )
}

#[must_use]
pub fn none_offered(country: &str) -> String {
    format!(
        "Vonage offers no such number in {country}. Ask for less (another --pattern, --type or --features), or look at \
         the numbers page of its dashboard: some countries' numbers are rented there only."
    )
}

#[must_use]
pub fn how_many_offered(shown: usize, count: usize) -> String {
    format!("{shown} of {count}. `threadline numbers buy NUMBER` rents one; it says what it costs, and asks.")
}

/// Under the account's numbers, where none of the addresses can be known as ours.
pub const OURS_UNKNOWN: &str = "Which of these addresses is this bridge's is not known: that takes `server.public_url` \
     and the path token.";

/// Where the texts go, as it stands in a line.
#[must_use]
pub fn goes(goes: &Goes<'_>) -> String {
    if let Some(application) = goes.application.filter(|application| application.takes_texts) {
        return self::application(application);
    }
    let mut said = match (goes.own, goes.default) {
        (Some(own), _) => destination(own),
        (None, ByDefault::To(default)) => format!("{}, as the account's default", destination(default)),
        (None, ByDefault::Nowhere) => "nowhere".to_owned(),
        (None, ByDefault::Unknown) => "the account's default address".to_owned(),
    };
    if let Some(application) = goes.application {
        said.push_str(&format!("; {}", self::application(application)));
    }
    said
}

fn application(Application { id, ours, .. }: Application<'_>) -> String {
    if ours { our_application(id) } else { format!("the application {id}") }
}

/// The application by which this bridge sends.
#[must_use]
pub fn our_application(id: &str) -> String {
    format!("this bridge's application {id}")
}

/// What has to be so at Vonage for texts to come by way of the application. `address` is this bridge's, where it is
/// known.
#[must_use]
pub fn application_leads(address: Option<&str>) -> String {
    let address = address.unwrap_or("this bridge's, /webhooks/<token>/inbound-message");
    format!(
        "Vonage does not tell here where an application leads: compare its Inbound URL in the dashboard with {address}."
    )
}

#[must_use]
pub fn destination(destination: &Destination) -> String {
    let shown = &destination.shown;
    match destination.leads {
        Leads::Here => format!("this bridge ({shown})"),
        Leads::Beside => format!("an address that this bridge does not have now ({shown})"),
        Leads::Elsewhere | Leads::Unknown => shown.clone(),
    }
}

/// What renting comes to, before the question.
#[must_use]
pub fn plan_to_rent(number: &Described<'_>, cost: Option<Price>, key: &str, host: &str, link: Option<&str>) -> String {
    let cost = cost.map_or_else(
        || "Vonage does not say what it costs".to_owned(),
        |cost| format!("it costs {} a month", euros(cost, 1)),
    );
    let mut plan = format!("{}: {cost}, on the account {key} at {host}.\n", described(number));
    if !number.features.iter().any(|feature| feature == "SMS") {
        plan.push_str("It cannot text: no desk can use it.\n");
    }
    if let Some(address) = link {
        plan.push_str(&format!("Then its texts go to {address}.\n"));
    }
    plan
}

/// What linking comes to, before the question.
#[must_use]
pub fn plan_to_link(number: &Described<'_>, to: &str, now: &Goes<'_>) -> String {
    let so_far = goes(now);
    let taken_from = match (now.application, now.own, now.default) {
        (Some(application), _, _) if application.takes_texts => !application.ours,
        (_, Some(own), _) | (_, None, ByDefault::To(own)) => own.leads != Leads::Here,
        (_, None, ByDefault::Nowhere | ByDefault::Unknown) => false,
    };
    let so_far = if taken_from {
        format!("Careful: so far they go to {so_far}. It gets no more of them then.")
    } else {
        format!("So far: {so_far}.")
    };
    format!("{}: its texts will go to {to}.\n{so_far}\n", described(number))
}

/// An address of its own is of no use to a number that another application has.
#[must_use]
pub fn application_has_it(number: &Address, id: &str) -> String {
    format!(
        "{} is linked to the application {id}, which takes its texts in the Messages API. Unlink it in Vonage's dashboard \
         first; or set VONAGE_APPLICATION_ID and VONAGE_PRIVATE_KEY, to link it to this bridge's own",
        full(number)
    )
}

pub const ASK_TO_RENT: &str = "Rent it? Only yes counts: ";
pub const ASK_TO_LINK: &str = "Change it? Only yes counts: ";
pub const DRY_RUN: &str = "This is a dry run: nothing was changed.";
pub const NOT_AGREED: &str = "no yes, so nothing was changed";
pub const NOBODY_TO_ASK: &str = "there is nobody to ask, since standard input is no terminal: nothing was changed. Add \
     --yes to do it without a question, or --dry-run only to see";

/// Where to put a number that has just been rented.
#[must_use]
pub fn rented(number: &Address, linked: bool) -> String {
    let digits = full(number).trim_start_matches(|c: char| !c.is_ascii_digit());
    let mut said = format!(
        "{number} is yours. Give it to a desk in threadline.toml:\n\n  [[desks]]\n  number = \"{digits}\"\n\nor, for the one \
         desk that names none, put VONAGE_NUMBER={digits} into .env.\n",
        number = full(number),
    );
    if !linked {
        said.push_str(&format!(
            "When the bridge runs and is reachable, `threadline numbers link {digits}` has its texts come here.\n"
        ));
    }
    said
}

#[must_use]
pub fn linked(number: &Address, to: &str) -> String {
    format!("Texts to {} go to {to} from now on.", full(number))
}

#[must_use]
pub fn linked_already(number: &Address, to: &str) -> String {
    format!("Texts to {} go to {to} already: there is nothing to change.", full(number))
}

/// The number was rented, but its texts do not come here.
#[must_use]
pub fn rented_not_linked(number: &Address, why: &str) -> String {
    let number = full(number);
    format!("{number} was rented, but its texts do not come here. {why}. Then run `threadline numbers link {number}`")
}

#[must_use]
pub fn owned_already(number: &Address) -> String {
    let number = full(number);
    format!("{number} is the account's already. `threadline numbers link {number}` has its texts come here")
}

#[must_use]
pub fn not_offered(number: &Address, country: &str) -> String {
    format!(
        "Vonage does not offer {} in {country}. `threadline numbers search --country {country}` shows what it offers; if \
         the number is another country's, name that with --country",
        full(number)
    )
}

#[must_use]
pub fn not_owned(number: &Address, key: &str) -> String {
    format!("the account {key} does not have {}. `threadline numbers list` shows which it has", full(number))
}

pub const COUNTRY_UNKNOWN: &str = "the number does not tell its country: name it with --country, in two letters";

pub const NO_PUBLIC_URL: &str = "the address of this bridge is not known: set `public_url` under [server] in \
     threadline.toml to the address under which Vonage reaches it from the internet";

/// Why Vonage did not do it, or did not say.
#[must_use]
pub fn credentials_refused(status: u16) -> String {
    format!(
        "Vonage does not accept the API key and secret (HTTP {status}). Compare VONAGE_API_KEY and VONAGE_API_SECRET with \
         the front page of its dashboard"
    )
}

#[must_use]
pub fn unreachable(host: &str, why: &str) -> String {
    format!("Vonage cannot be reached at {host}: {why}. Nothing was changed")
}

#[must_use]
pub fn declined(said: &str) -> String {
    format!("Vonage declines: {said}")
}

#[must_use]
pub fn unclear(why: &str) -> String {
    format!("Vonage gave no clear answer: {why}. Nothing was changed; try again")
}

#[must_use]
pub fn perhaps_rented(number: &Address, why: &str) -> String {
    let number = full(number);
    format!(
        "Vonage gave no clear answer: {why}. {number} may be rented, or not. Nothing is tried again by itself: look at \
         `threadline numbers list` before you try again"
    )
}

#[must_use]
pub fn perhaps_linked(number: &Address, why: &str) -> String {
    let number = full(number);
    format!(
        "Vonage gave no clear answer: {why}. The texts to {number} may come here now, or not: look at `threadline numbers \
         list`. To link it again does no harm"
    )
}

/// `said` is Vonage's; the application's id may be mistyped.
#[must_use]
pub fn application_declined(said: &str, id: &str) -> String {
    format!(
        "Vonage declines: {said}. Compare VONAGE_APPLICATION_ID, which is {id}, with the applications in its dashboard"
    )
}

/// Vonage tries an address before it takes it.
#[must_use]
pub fn link_declined(said: &str, address: &str) -> String {
    format!(
        "Vonage declines: {said}. It tries the address first: `threadline serve` must be running and answer at {address}; \
         `threadline doctor` shows whether it does"
    )
}

/// Columns that are as wide as what stands in them; two blanks between.
fn table<const N: usize>(headings: [&str; N], rows: Vec<[String; N]>) -> String {
    let rows: Vec<_> = std::iter::once(headings.map(str::to_owned)).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    let line = |row: &[String; N]| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_must_be() {
        let rows = vec![["1".to_owned(), "é".to_owned()], ["222".to_owned(), String::new()]];
        assert_eq!(table(["a", "bb"], rows), "a    bb\n1    é\n222\n");
    }
}
