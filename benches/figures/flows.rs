//! From a webhook to the confirmation's request at Vonage, and how many flows run in a second.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::Plan;
use crate::bridge::Bridge;
use crate::load::{self, Span};
use crate::outside::{Outside, PATIENCE};
use crate::report::{Aim, millis, name};
use crate::seed;
use crate::support::database::Database;

const CONFIRMATION_P50_MILLIS: Aim = Aim::AtMost(10.0);
const FLOWS_PER_SECOND: Aim = Aim::AtLeast(1000.0);

/// How long flows are counted at most.
const COUNTED: Duration = Duration::from_secs(10);

pub async fn measure(plan: &Plan) -> anyhow::Result<String> {
    let mut table = format!(
        "### Flows\n\n\
         | database | webhook to confirmation, p50 ms ({CONFIRMATION_P50_MILLIS}) | p99 ms \
         | flows per second ({FLOWS_PER_SECOND}) |\n|---|--:|--:|--:|\n"
    );
    for &engine in &plan.engines {
        let Some(database) = Database::new(engine).await else { continue };
        seed::customers(database.url()).await?;
        let outside = Outside::start().await?;
        let bridge = Bridge::start(&outside, database.url()).await?;
        let (p50, p99) = confirmations(plan, &outside, &bridge).await?;
        let flows = flows(plan, &bridge).await?;
        let line = format!(
            "| {} | {} | {} | {} |",
            name(engine),
            CONFIRMATION_P50_MILLIS.judge(p50.as_secs_f64() * 1000.0, millis(p50)),
            millis(p99),
            FLOWS_PER_SECOND.judge(flows, format!("{flows:.0}")),
        );
        eprintln!("{line}");
        let _ = writeln!(table, "{line}");
    }
    Ok(table)
}

/// One customer after the other chooses: how long until the confirmation's request has reached Vonage.
async fn confirmations(plan: &Plan, outside: &Outside, bridge: &Bridge) -> anyhow::Result<(Duration, Duration)> {
    let mut times = Histogram::<u64>::new_with_bounds(1, 60_000_000, 3)?;
    let http = reqwest::Client::builder().no_proxy().build()?;
    for number in 1..=plan.singles {
        let url = format!("http://{}{}", bridge.server.public, load::next_webhook());
        let sent = Instant::now();
        let answer = http.get(url).send();
        let confirmed = outside.vonage.wait_for_sent(number, PATIENCE);
        let (answer, confirmed) = tokio::join!(answer, async { (confirmed.await.len(), sent.elapsed()) });
        answer?.error_for_status()?;
        anyhow::ensure!(confirmed.0 == number, "a confirmation did not come");
        times.saturating_record(u64::try_from(confirmed.1.as_micros())?);
        // The next comes when nobody works on this one any more.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let quantile = |quantile| Duration::from_micros(times.value_at_quantile(quantile));
    Ok((quantile(0.50), quantile(0.99)))
}

/// More webhooks come at once than the flows can take; then they are left to it, the couriers still at work.
async fn flows(plan: &Plan, bridge: &Bridge) -> anyhow::Result<f64> {
    let burst = Span::Time { warm_up: Duration::ZERO, measured: plan.measured };
    load::run(bridge.server.public, 256, burst).await?;
    let stored = bridge.counter("threadline_intake_webhooks_total{", "new").await?;
    let run = async || bridge.counter("threadline_inbox_total{", "done").await;
    let (began, before) = (Instant::now(), run().await?);
    let mut now = before;
    while now < stored && began.elapsed() < COUNTED {
        tokio::time::sleep(Duration::from_millis(50)).await;
        now = run().await?;
    }
    Ok((now - before) / began.elapsed().as_secs_f64())
}
