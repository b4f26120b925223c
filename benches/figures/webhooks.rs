//! Webhooks acknowledged in a second after a durable commit, beside a bare handler that reads the same query.

use std::fmt::Write as _;

use crate::Plan;
use crate::bridge::{Bridge, Server};
use crate::load::{self, Measured, Span};
use crate::outside::Outside;
use crate::report::{Aim, millis, name};
use crate::role::Role;
use crate::seed;
use crate::support::database::{Database, Engine};

const INTAKE_ALONE: Aim = Aim::AtLeast(0.5);
const EVERYTHING: Aim = Aim::AtLeast(0.4);
const EVERYTHING_P99_MILLIS: Aim = Aim::AtMost(15.0);

/// Where the aims hold.
const CROWD: usize = 256;

pub async fn measure(plan: &Plan) -> anyhow::Result<String> {
    let mut table = String::from(
        "### Webhooks acknowledged after a durable commit\n\n\
         | database | connections | served by | per second | of bare | p50 ms | p99 ms |\n\
         |---|--:|---|--:|--:|--:|--:|\n",
    );
    for &engine in &plan.engines {
        for &connections in &plan.connections {
            let Some(database) = Database::new(engine).await else { continue };
            let bare = bare(plan, connections).await?;
            row(&mut table, engine, connections, "bare handler", &bare, "1.00");
            let alone = alone(plan, connections, database.url()).await?;
            let share = alone.per_second / bare.per_second;
            let aim = (connections == CROWD).then_some(INTAKE_ALONE);
            row(&mut table, engine, connections, "intake alone", &alone, &judged(share, aim));
            let Some(database) = Database::new(engine).await else { continue };
            let everything = everything(plan, connections, database.url()).await?;
            let share = everything.per_second / bare.per_second;
            let aim = (connections == CROWD).then_some(EVERYTHING);
            row(&mut table, engine, connections, "everything", &everything, &judged(share, aim));
        }
    }
    let _ = writeln!(
        table,
        "\nAims at {CROWD} connections: intake alone {INTAKE_ALONE} of the bare handler, everything {EVERYTHING}, \
         and its p99 {EVERYTHING_P99_MILLIS} ms."
    );
    Ok(table)
}

async fn bare(plan: &Plan, connections: usize) -> anyhow::Result<Measured> {
    let server = Server::in_role(Role::Bare, "").await?;
    load::run(server.public, connections, span(plan)).await
}

async fn alone(plan: &Plan, connections: usize, database: &str) -> anyhow::Result<Measured> {
    let server = Server::in_role(Role::Intake, database).await?;
    load::run(server.public, connections, span(plan)).await
}

/// The bridge itself: flows and couriers work on what the load brings, and do not keep up with it.
async fn everything(plan: &Plan, connections: usize, database: &str) -> anyhow::Result<Measured> {
    seed::customers(database).await?;
    let outside = Outside::start().await?;
    let bridge = Bridge::start(&outside, database).await?;
    load::run(bridge.server.public, connections, span(plan)).await
}

fn span(plan: &Plan) -> Span {
    Span::Time { warm_up: plan.warm_up, measured: plan.measured }
}

fn row(table: &mut String, engine: Engine, connections: usize, what: &str, measured: &Measured, share: &str) {
    let p99 = measured.p99.as_secs_f64() * 1000.0;
    let p99 = match (what, connections) {
        ("everything", CROWD) => EVERYTHING_P99_MILLIS.judge(p99, millis(measured.p99)),
        _ => millis(measured.p99),
    };
    let line = format!(
        "| {} | {connections} | {what} | {:.0} | {share} | {} | {p99} |",
        name(engine),
        measured.per_second,
        millis(measured.p50),
    );
    eprintln!("{line}");
    table.push_str(&line);
    table.push('\n');
}

fn judged(share: f64, aim: Option<Aim>) -> String {
    let shown = format!("{share:.2}");
    aim.map_or_else(|| shown.clone(), |aim| aim.judge(share, shown.clone()))
}
