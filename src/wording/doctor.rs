//! What `threadline doctor` finds: how each thing is, in one sentence, and what to do where it is not well.

use crate::domain::desk::DeskName;
use crate::domain::destination::{Destination, Leads};
use crate::domain::webhook::Price;

use super::euros;
use super::numbers::{ByDefault, destination};

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Fine,
    /// It works, and somebody should look at it.
    Look,
    Wrong,
}

/// One check's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub mark: Mark,
    pub about: String,
    pub found: String,
    /// What to do, or what to compare.
    pub remedy: Option<String>,
}

/// As it is printed.
#[must_use]
pub fn shown(finding: &Finding) -> String {
    let mark = match finding.mark {
        Mark::Fine => '✓',
        Mark::Look => '!',
        Mark::Wrong => '✗',
    };
    let mut shown = format!("{mark} {}: {}\n", finding.about, finding.found);
    if let Some(remedy) = &finding.remedy {
        shown.push_str(&format!("    {remedy}\n"));
    }
    shown
}

/// The last line, where nothing is wrong.
#[must_use]
pub fn all_is_well(to_look_at: usize) -> String {
    match to_look_at {
        0 => "All is well.".to_owned(),
        1 => "Nothing is wrong; one thing to look at.".to_owned(),
        many => format!("Nothing is wrong; {many} things to look at."),
    }
}

/// Where something is.
#[must_use]
pub fn wrong(count: usize) -> String {
    if count == 1 { "one thing is wrong".to_owned() } else { format!("{count} things are wrong") }
}

fn fine(about: impl Into<String>, found: impl Into<String>) -> Finding {
    Finding { mark: Mark::Fine, about: about.into(), found: found.into(), remedy: None }
}

fn look(about: impl Into<String>, found: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding { mark: Mark::Look, about: about.into(), found: found.into(), remedy: Some(remedy.into()) }
}

fn bad(about: impl Into<String>, found: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding { mark: Mark::Wrong, about: about.into(), found: found.into(), remedy: Some(remedy.into()) }
}

// The configuration.

#[must_use]
pub fn configuration_holds(path: &str) -> Finding {
    fine("configuration", format!("{path} holds."))
}

/// `problems` is the list as `check-config` prints it.
#[must_use]
pub fn configuration_broken(problems: &str) -> Finding {
    bad("configuration", problems, "Correct it: config.example.toml and .env.example explain every line.")
}

// The bridge and the database.

#[must_use]
pub fn bridge_runs(address: &str) -> Finding {
    fine("bridge", format!("it runs, has the database, and can store webhooks (http://{address}/readyz)."))
}

#[must_use]
pub fn bridge_cannot_store(address: &str) -> Finding {
    bad(
        "bridge",
        format!("it runs, and cannot store webhooks (http://{address}/readyz)."),
        "Look at its log and at the database: its disk may be full. Vonage keeps the texts for 24 hours.",
    )
}

/// What the running bridge says of itself.
#[must_use]
pub fn bridge_says(trouble: &str) -> Finding {
    Finding { mark: Mark::Look, about: "bridge".into(), found: format!("it says: {trouble}"), remedy: None }
}

#[must_use]
pub fn not_the_bridge(address: &str) -> Finding {
    look(
        "bridge",
        format!("something answers at {address} (`server.admin_listen`) that is no Threadline."),
        "Give `admin_listen` an address that no other program has.",
    )
}

#[must_use]
pub fn database_absent(url: &str) -> Finding {
    fine("database", format!("{url} does not exist yet; `threadline serve` makes it."))
}

/// No bridge answers on this machine.
#[must_use]
pub fn database_opens(url: &str, behind: usize) -> Finding {
    let state = match behind {
        0 => "is up to date".to_owned(),
        behind => format!("is {} behind, which the next start makes up for", migrations(behind)),
    };
    fine("database", format!("{url} opens and {state}. The bridge does not run here."))
}

#[must_use]
pub fn database_claimed(url: &str, address: &str) -> Finding {
    look(
        "database",
        format!("{url} opens, and a Threadline runs on it, but none answers at {address} (`server.admin_listen`)."),
        "If it is not just starting, it runs with another `admin_listen`: restart it.",
    )
}

#[must_use]
pub fn database_broken(url: &str, why: &str) -> Finding {
    bad("database", format!("{url} does not open: {why}."), "Check `url` under [database], or DATABASE_URL.")
}

fn migrations(count: usize) -> String {
    if count == 1 { "1 migration".to_owned() } else { format!("{count} migrations") }
}

// The account.

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

fn about_desk(desk: &str) -> String {
    format!("desk {desk}")
}

// The webhooks.

#[must_use]
pub fn no_public_url() -> Finding {
    look(
        "public address",
        "`public_url` is not set.",
        "Set it under [server] to the address under which Vonage reaches this bridge: then every SMS asks for its receipt.",
    )
}

#[must_use]
pub fn address_answers(address: &str) -> Finding {
    fine("public address", format!("{address} answers as Vonage wants it."))
}

#[must_use]
pub fn address_refuses(address: &str, status: u16) -> Finding {
    let remedy = match status {
        404 => {
            "Either the path token there is another one (restart the bridge after a change), or what answers is not this \
             bridge: look at the proxy or tunnel, and at `public_url`."
        }
        502..=504 => {
            "The proxy or tunnel finds no bridge behind it: is `threadline serve` running, at the port it passes to?"
        }
        300..400 => "Vonage follows no redirects: set `public_url` to where they lead.",
        _ => "Look at the proxy or tunnel in front of the bridge, and at `public_url`.",
    };
    bad("public address", format!("{address} answers {status}, and Vonage wants 200."), remedy)
}

#[must_use]
pub fn address_unreachable(address: &str, why: &str) -> Finding {
    bad(
        "public address",
        format!("{address} cannot be reached from here: {why}."),
        "Start `threadline serve` and the proxy or tunnel in front of it, and compare `public_url` with its address. (Some \
         networks cannot reach their own public address; then Vonage may reach it all the same.)",
    )
}

/// What the webhooks have to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protection<'a> {
    pub token: bool,
    /// The method of the signatures as the configuration names it.
    pub signature: Option<&'a str>,
    pub observe: bool,
}

#[must_use]
pub fn protection(protection: &Protection<'_>) -> Finding {
    let Protection { token, signature, observe } = *protection;
    let about = "protection";
    let Some(method) = signature else {
        return if token {
            fine(about, "the webhooks have a path token; signatures are not asked for.")
        } else {
            look(
                about,
                "nothing keeps strangers from posting texts in your customers' names (`insecure` is true).",
                "Set WEBHOOK_PATH_TOKEN: `openssl rand -hex 16` makes a good one.",
            )
        };
    };
    let compare = format!(
        "Vonage does not tell its side: compare the method ({}) and the signature secret with the API settings of its \
         dashboard.",
        in_dashboard(method)
    );
    let token = if token { "a path token and " } else { "" };
    if observe {
        let found = format!("the webhooks have {token}signatures ({method}), which are only observed.");
        return look(about, found, format!("{compare} When all come signed, take `observe` away."));
    }
    Finding { remedy: Some(compare), ..fine(about, format!("the webhooks have {token}signatures ({method}).")) }
}

/// How Vonage's dashboard writes a method.
fn in_dashboard(method: &str) -> &str {
    match method {
        "md5hash" => "MD5 hash",
        "md5" => "MD5 HMAC",
        "sha1" => "SHA-1 HMAC",
        "sha256" => "SHA-256 HMAC",
        "sha512" => "SHA-512 HMAC",
        other => other,
    }
}

#[must_use]
pub fn receipts_asked_for(address: &str) -> Finding {
    fine("receipts", format!("each SMS asks for its receipts at {address}."))
}

/// Without a `public_url`.
#[must_use]
pub fn receipts_by_default(default: &ByDefault) -> Finding {
    let found = match default {
        ByDefault::To(to) => format!("they go to {}, the account's default address.", to.shown),
        ByDefault::Nowhere => {
            "they go nowhere: no SMS asks for one, and the account has no default address.".to_owned()
        }
        ByDefault::Unknown => "no SMS asks for one.".to_owned(),
    };
    look(
        "receipts",
        found,
        "With `public_url` under [server] each SMS asks for its own; without, messages stay at \"sent\".",
    )
}

/// The configuration does not say what the webhooks' path is.
#[must_use]
pub fn webhooks_unknown() -> Finding {
    look(
        "webhooks",
        "their address is not known, since [vonage.webhooks] is not complete.",
        "Set WEBHOOK_PATH_TOKEN in .env: `openssl rand -hex 16` makes a good one.",
    )
}

// Discord.

#[must_use]
pub fn token_accepted() -> Finding {
    fine("Discord", "the bot's token is accepted.")
}

/// `sentence` says what to do as well.
#[must_use]
pub fn discord_wrong(sentence: &str) -> Finding {
    Finding { mark: Mark::Wrong, about: "Discord".into(), found: sentence.to_owned(), remedy: None }
}

#[must_use]
pub fn discord_unclear(why: &str) -> Finding {
    bad("Discord", format!("{why}."), "Check the network and `api_url` under [discord].")
}

#[must_use]
pub fn channel_ready(desk: &DeskName) -> Finding {
    fine(in_discord(desk), "the bot can do all it needs in its channel, and its roles are there.")
}

/// `sentence` says what to do as well.
#[must_use]
pub fn channel_wrong(desk: &DeskName, sentence: &str) -> Finding {
    Finding { mark: Mark::Wrong, about: in_discord(desk), found: sentence.to_owned(), remedy: None }
}

fn in_discord(desk: &DeskName) -> String {
    format!("desk {desk} in Discord")
}

#[must_use]
pub fn operator_channel(trouble: Option<&str>) -> Finding {
    match trouble {
        None => fine("operator's channel", "the bot can write there."),
        Some(sentence) => {
            Finding { mark: Mark::Wrong, about: "operator's channel".into(), found: sentence.to_owned(), remedy: None }
        }
    }
}
