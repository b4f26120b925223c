//! Of the bridge and its database.

use super::{Finding, Mark, bad, fine, look};

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
    let found = format!("{url} cannot be used: {why}.");
    bad("database", found, "`threadline serve` cannot start before that is mended.")
}

fn migrations(count: usize) -> String {
    if count == 1 { "1 migration".to_owned() } else { format!("{count} migrations") }
}
