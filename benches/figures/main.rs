//! The figures of `docs/performance.md`, as tables on stdout: `cargo bench --bench figures`, or with the names of some
//! parts, such as `cargo bench --bench figures -- webhooks --quick`. No test runs it: figures depend on the machine.
//!
//! What is measured is always a process of its own: the program as it is released (`threadline serve`), or this one in
//! another role. The simulators and the load, which has a thread of its own, are here. All share the machine.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "no part of the product: it measures with the machine's own clock, and stops where it cannot go on"
)]

mod bridge;
mod flows;
mod footprint;
mod load;
mod machine;
mod outside;
mod report;
mod role;
mod seed;
#[path = "../../tests/support/mod.rs"]
mod support;
mod webhooks;

use std::time::Duration;

use clap::{Parser, ValueEnum};

use crate::support::database::Engine;

#[derive(Parser)]
struct Arguments {
    /// What to measure; everything where left out
    parts: Vec<Part>,
    /// Short runs, to see that all works; their figures say nothing
    #[arg(long)]
    quick: bool,
    /// The engine to measure on; both where left out
    #[arg(long)]
    engine: Option<Engines>,
    /// So many connections only
    #[arg(long)]
    connections: Option<usize>,
    /// `cargo bench` says so. Whoever else starts this program did not mean to measure
    #[arg(long, hide = true)]
    bench: bool,
    /// To be what is measured, instead of measuring
    #[arg(long, hide = true)]
    role: Option<role::Role>,
    #[arg(long, hide = true, default_value_t = 0)]
    port: u16,
    #[arg(long, hide = true, default_value = "")]
    database: String,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// How many webhooks are acknowledged in a second, and how soon
    Webhooks,
    /// How soon a confirmation leaves, and how many flows run in a second
    Flows,
    /// Memory, start, size
    Footprint,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Engines {
    Sqlite,
    Postgres,
}

/// How much is measured.
#[derive(Clone)]
pub struct Plan {
    pub warm_up: Duration,
    pub measured: Duration,
    pub connections: Vec<usize>,
    pub engines: Vec<Engine>,
    /// Webhooks sent one after the other, for the time to the confirmation.
    pub singles: usize,
    /// Texts in and out, for the memory they leave behind.
    pub messages: u64,
}

impl Plan {
    fn of(arguments: &Arguments) -> Self {
        let engines = match arguments.engine {
            None => vec![Engine::Sqlite, Engine::Postgres],
            Some(Engines::Sqlite) => vec![Engine::Sqlite],
            Some(Engines::Postgres) => vec![Engine::Postgres],
        };
        let connections = arguments.connections.map_or_else(|| vec![1, 32, 256], |only| vec![only]);
        let (warm_up, measured, singles, messages) = match arguments.quick {
            true => (Duration::from_millis(500), Duration::from_secs(2), 50, 2_000),
            false => (Duration::from_secs(2), Duration::from_secs(8), 500, 100_000),
        };
        Self { warm_up, measured, connections, engines, singles, messages }
    }
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if let Some(role) = arguments.role {
        return role::run(role, arguments.port, &arguments.database);
    }
    if !arguments.bench {
        println!("Nothing was measured: run `cargo bench --bench figures`.");
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure(&arguments))
}

async fn measure(arguments: &Arguments) -> anyhow::Result<()> {
    let plan = Plan::of(arguments);
    let wanted = |part| arguments.parts.is_empty() || arguments.parts.contains(&part);
    println!("{}", machine::describe(&plan).await?);
    if wanted(Part::Webhooks) {
        println!("{}", webhooks::measure(&plan).await?);
    }
    if wanted(Part::Flows) {
        println!("{}", flows::measure(&plan).await?);
    }
    if wanted(Part::Footprint) {
        println!("{}", footprint::measure(&plan).await?);
    }
    Ok(())
}
