//! Whether the bridge runs on this machine, and how its database is. The bridge keeps its claim on it.

use secrecy::ExposeSecret as _;

use super::super::{Readiness, client, on_this_machine};
use super::Report;
use crate::config::Config;
use crate::store::{Look, Store};
use crate::wording::doctor::bridge as wording;

/// Who answers at the private listener.
enum Answers {
    Bridge(Readiness),
    Another,
    Nobody,
}

pub(super) async fn check(config: &Config, report: &mut Report) {
    let address = on_this_machine(config.server.admin_listen).to_string();
    match ask(&address).await {
        Answers::Bridge(Readiness { ready, degraded }) => {
            report.add(&if ready { wording::bridge_runs(&address) } else { wording::bridge_cannot_store(&address) });
            degraded.iter().for_each(|trouble| report.add(&wording::bridge_says(trouble)));
            // It has the database, and says of it what there is to say.
            return;
        }
        Answers::Another => report.add(&wording::not_the_bridge(&address)),
        Answers::Nobody => {}
    }
    let url = config.database.shown();
    report.add(&match Store::look(config.database.url.expose_secret()).await {
        Ok(Look::Absent) => wording::database_absent(&url),
        Ok(Look::Opens { claimed: true, .. }) => wording::database_claimed(&url, &address),
        Ok(Look::Opens { behind, claimed: false }) => wording::database_opens(&url, behind),
        Err(error) => wording::database_broken(&url, &error.to_string()),
    });
}

async fn ask(address: &str) -> Answers {
    let Ok(client) = client() else { return Answers::Nobody };
    let Ok(answer) = client.get(format!("http://{address}/readyz")).send().await else {
        return Answers::Nobody;
    };
    answer.json().await.map_or(Answers::Another, Answers::Bridge)
}
