//! Memory, start, size: of the program as it is released, on SQLite.

use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::Plan;
use crate::bridge::{Bridge, Memory};
use crate::load::{self, Span};
use crate::outside::{Outside, PATIENCE};
use crate::report::Aim;
use crate::seed;
use crate::support::database::Database;

const IDLE_MIB: Aim = Aim::AtMost(25.0);
const START_MILLIS: Aim = Aim::AtMost(200.0);

/// A bridge that has had nothing to do for so long is idle.
const IDLE: Duration = Duration::from_secs(5);

/// Starts on the same database, of which the middle one counts.
const STARTS: usize = 5;

/// How long nothing may move while messages are taken in.
const STUCK: Duration = Duration::from_secs(60);

pub async fn measure(plan: &Plan) -> anyhow::Result<String> {
    let idle = idle().await?;
    eprintln!("idle: {}", shown(&idle));
    let database = Database::sqlite();
    let busy = after_messages(plan, database.url()).await?;
    let start = start(database.url()).await?.as_secs_f64() * 1000.0;
    let size = std::fs::metadata(env!("CARGO_BIN_EXE_threadline"))?.len();
    Ok(format!(
        "### Footprint (SQLite)\n\n\
         | figure | aim | measured |\n|---|---|--:|\n\
         | memory at idle, after one notification | {IDLE_MIB} MiB | {idle} |\n\
         | memory after {messages} messages | | {busy} |\n\
         | start until ready, on the database of these messages | {START_MILLIS} ms | {start} ms |\n\
         | size of the program | | {size:.1} MiB |\n",
        idle = IDLE_MIB.judge(mib(idle.resident), shown(&idle)),
        busy = shown(&busy),
        messages = plan.messages,
        start = START_MILLIS.judge(start, format!("{start:.0}")),
        size = mib(size),
    ))
}

async fn idle() -> anyhow::Result<Memory> {
    let (outside, database) = (Outside::start().await?, Database::sqlite());
    let bridge = Bridge::start(&outside, database.url()).await?;
    let number = format!("+{}", seed::customer(0));
    let (ana, support) = (outside.discord.member("Ana"), outside.discord.channel_id("support"));
    let asked = ana.command(support, "notify", [("number", number.as_str())]).await;
    asked.map_err(|refused| anyhow::anyhow!("{refused:?}"))?;
    let is_shown = |world: &threadline_sandbox::discord::World| {
        world.transcript(support).contains("Your delivery comes tomorrow").then_some(())
    };
    outside.discord.wait_for(is_shown, PATIENCE).await.context("the notification is not shown")?;
    tokio::time::sleep(IDLE).await;
    bridge.server.memory()
}

/// Half of the messages come in, the other half are their confirmations.
async fn after_messages(plan: &Plan, database: &str) -> anyhow::Result<Memory> {
    seed::customers(database).await?;
    let outside = Outside::start().await?;
    let bridge = Bridge::start(&outside, database).await?;
    let webhooks = plan.messages / 2;
    load::run(bridge.server.public, 32, Span::Webhooks(webhooks)).await?;
    #[expect(clippy::cast_precision_loss, reason = "counters are floats")]
    let wanted = webhooks as f64;
    let (mut sent, mut moved) = (0.0, Instant::now());
    while sent < wanted {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let now = bridge.counter("threadline_sms_total{", "accepted").await?;
        if now > sent {
            (sent, moved) = (now, Instant::now());
        }
        anyhow::ensure!(moved.elapsed() < STUCK, "only {sent} of {wanted} confirmations were sent");
    }
    tokio::time::sleep(IDLE).await;
    bridge.server.memory()
}

async fn start(database: &str) -> anyhow::Result<Duration> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let outside = Outside::start().await?;
        times.push(Bridge::start(&outside, database).await?.ready_after);
    }
    times.sort();
    Ok(times[STARTS / 2])
}

fn shown(memory: &Memory) -> String {
    format!("{:.1} MiB, {:.1} of it its own", mib(memory.resident), mib(memory.own))
}

#[expect(clippy::cast_precision_loss, reason = "to be printed")]
fn mib(bytes: u64) -> f64 {
    bytes as f64 / (1024.0 * 1024.0)
}
