//! Discord: whether the token holds, and whether the bot can do at each desk what it has to.

use std::sync::Arc;

use super::Report;
use crate::config::Config;
use crate::discord::{Rest, permissions};
use crate::health::Health;
use crate::ports::SystemClock;
use crate::wording::discord::TOKEN_REFUSED;
use crate::wording::doctor::discord as wording;

/// # Errors
/// Where TLS cannot be set up.
pub(super) async fn check(config: &Config, health: &Arc<Health>, report: &mut Report) -> anyhow::Result<()> {
    let rest =
        Rest::new(&config.discord.api_url, &config.discord.token, Arc::new(SystemClock))?.dated_for(health.clone());
    if let Err(error) = rest.me().await {
        report.add(&if error.is_unauthorized() {
            wording::discord_wrong(TOKEN_REFUSED)
        } else {
            wording::discord_unclear(&error.to_string())
        });
        return Ok(());
    }
    report.add(&wording::token_accepted());
    for desk in config.desks.iter() {
        match permissions::at_desk(&rest, desk).await {
            Ok(rights) if rights.problems.is_empty() => report.add(&wording::channel_ready(&desk.name)),
            Ok(rights) => {
                rights.problems.iter().for_each(|problem| report.add(&wording::channel_wrong(&desk.name, problem)));
            }
            Err(error) => report.add(&wording::discord_unclear(&error.to_string())),
        }
    }
    let operators = config.discord.operator_channel;
    if config.desks.by_channel(operators).is_none() {
        report.add(&match permissions::in_operator_channel(&rest, operators).await {
            Ok(trouble) => wording::operator_channel(trouble.as_deref()),
            Err(error) => wording::discord_unclear(&error.to_string()),
        });
    }
    Ok(())
}
