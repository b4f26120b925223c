//! `threadline doctor`: whether everything fits together that has to: the configuration, the database, the account and
//! its numbers, the webhooks' address, Discord. It changes nothing.

mod bridge;
mod discord;
mod vonage;
mod webhooks;

use std::path::Path;
use std::sync::Arc;

use anyhow::bail;

use crate::config::{Account, Config, Environment};
use crate::domain::clock_difference::is_wrong;
use crate::health::Health;
use crate::wording::doctor::{self as wording, Finding, Mark};

/// # Errors
/// Where anything is wrong; what, stands in the list that it prints.
pub async fn run(path: &Path, env: &Environment) -> anyhow::Result<()> {
    let mut report = Report::default();
    let health = Arc::new(Health::default());
    let config = match Config::load(path, env) {
        Ok(config) => {
            report.add(&wording::configuration_holds(&path.display().to_string()));
            Some(config)
        }
        Err(error) => {
            report.add(&wording::configuration_broken(&error.to_string()));
            None
        }
    };
    if let Some(config) = &config {
        bridge::check(config, &mut report).await;
    }
    // What is wrong with it was told as part of the configuration.
    if let Ok(account) = Account::load(path, env) {
        let ours = webhooks::our_address(&account);
        let default_for_receipts = vonage::check(&account, ours.as_ref(), &health, &mut report).await;
        webhooks::check(&account, ours.as_ref(), &default_for_receipts, &mut report).await;
    }
    if let Some(config) = &config {
        discord::check(config, &health, &mut report).await?;
    }
    // After the others: their answers tell the time.
    if let Some(difference) = health.clock_difference(1) {
        report.add(&if is_wrong(difference) { wording::clock_wrong(difference) } else { wording::clock_agrees() });
    }
    if report.wrong > 0 {
        bail!(wording::wrong(report.wrong));
    }
    println!("{}", wording::all_is_well(report.to_look_at));
    Ok(())
}

/// Prints findings as they come.
#[derive(Default)]
struct Report {
    wrong: usize,
    to_look_at: usize,
}

impl Report {
    fn add(&mut self, finding: &Finding) {
        match finding.mark {
            Mark::Fine => {}
            Mark::Look => self.to_look_at += 1,
            Mark::Wrong => self.wrong += 1,
        }
        print!("{}", wording::shown(finding));
    }
}
