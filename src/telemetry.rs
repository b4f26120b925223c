//! What an operator sees of a running process: logs on stderr, metrics for Prometheus.

use std::io::{self, IsTerminal as _};
use std::str::FromStr as _;
use std::sync::OnceLock;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{ParseError, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::Environment;

/// Begins to log, as `RUST_LOG` says; "info" where it is not set. A second call changes nothing, as in tests that
/// share a process.
pub fn init(env: &Environment) {
    let wish = env.get("RUST_LOG").unwrap_or("info");
    let filter = filter(wish);
    let understood = filter.is_ok();
    let started = tracing_subscriber::registry()
        .with(filter.unwrap_or_else(|_| ours_at(LevelFilter::INFO)))
        .with(tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal()))
        .try_init();
    if started.is_ok() && !understood {
        tracing::warn!(
            "RUST_LOG was not understood, so \"info\" holds; it takes levels and \"threadline::room=level\""
        );
    }
}

/// The process's metrics: the first call begins to count. Whoever holds them calls `run_upkeep` every few seconds, for
/// otherwise histograms that nobody fetches grow without bound.
#[must_use]
pub fn metrics() -> &'static PrometheusHandle {
    static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();
    METRICS.get_or_init(|| {
        PrometheusBuilder::new()
            .set_buckets(&SECONDS)
            .and_then(PrometheusBuilder::install_recorder)
            .expect("the buckets are not empty, and nothing else installs a recorder")
    })
}

/// Buckets of every histogram; all of ours count seconds.
const SECONDS: [f64; 12] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 3.0, 10.0, 60.0, 600.0, 3600.0];

/// Our own crates. As a prefix it covers the sandbox's crate as well.
const OURS: &str = "threadline";

/// `wish` as far as it speaks of our crates. All others stand at WARN: at DEBUG serenity prints request bodies and
/// tokens, and no wish for more logs may bring them out.
fn filter(wish: &str) -> Result<Targets, ParseError> {
    let wish = Targets::from_str(wish)?;
    let level = wish.default_level().unwrap_or(LevelFilter::INFO);
    let ours = wish.iter().filter(|(target, _)| target.starts_with(OURS));
    Ok(ours_at(level).with_targets(ours))
}

fn ours_at(level: LevelFilter) -> Targets {
    Targets::new().with_default(LevelFilter::WARN).with_target(OURS, level)
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn no_wish_makes_other_crates_talk() {
        for wish in ["trace", "serenity=trace", "serenity=trace,debug", "reqwest::connect=debug,threadline=trace"] {
            let filter = filter(wish).unwrap();
            for target in ["serenity", "serenity::http", "reqwest::connect", "sqlx::query"] {
                assert!(!filter.would_enable(target, &Level::INFO), "{wish} {target}");
                assert!(filter.would_enable(target, &Level::WARN), "{wish} {target}");
            }
        }
    }

    #[test]
    fn a_wish_holds_for_our_crates() {
        let enabled = |wish: &str, target: &str, level: Level| filter(wish).unwrap().would_enable(target, &level);
        assert!(enabled("debug", "threadline::outbox", Level::DEBUG));
        assert!(enabled("debug", "threadline_sandbox", Level::DEBUG));
        assert!(!enabled("error", "threadline::outbox", Level::WARN));
        assert!(!enabled("serenity=trace", "threadline", Level::DEBUG));
        assert!(enabled("info,threadline::outbox=trace", "threadline::outbox::lanes", Level::TRACE));
        assert!(!enabled("info,threadline::outbox=trace", "threadline::inbox", Level::DEBUG));
        assert!(filter("threadline=loud").is_err());
    }

    #[test]
    fn metrics_are_installed_once() {
        assert!(std::ptr::eq(metrics(), metrics()));
        metrics::counter!("telemetry_test_total").increment(2);
        assert!(metrics().render().contains("telemetry_test_total 2"));
    }
}
