//! The outbox: couriers take what we owe the outside, perform each with one request, and settle it.

pub mod clock_watch;
mod deliver;
pub mod discord_courier;
mod gates;
pub mod janitor;
pub mod pause_teller;
pub mod sms_courier;
pub mod treasurer;

use std::future::Future;
use std::time::Duration;

use crate::ports::Clock;
use crate::store::{Result, StoreError};

/// A lease outlives every request's timeout by far.
const LEASE: Duration = Duration::from_secs(90);

/// Couriers look for work this often even if nobody calls them.
const POLL: Duration = Duration::from_secs(1);

/// How an effect ended is stored again and again for most of its lease: the database may be away for a moment, and
/// what Vonage has taken must not be forgotten. An error that is returned is that something cannot be read.
async fn insist<F: Future<Output = Result<()>>>(clock: &dyn Clock, what: &str, store: impl Fn() -> F) -> Result<()> {
    let until = clock.now().plus(LEASE / 2);
    loop {
        match store().await {
            Ok(()) => return Ok(()),
            Err(error @ StoreError::Corrupt(_)) => return Err(error),
            Err(error) if clock.now() < until => {
                tracing::warn!(what, %error, "how an effect ended is not stored yet; trying again");
                clock.sleep_until(clock.now().plus(POLL)).await;
            }
            Err(error) => {
                // Its lease runs out. An SMS becomes unconfirmed then, which is better than to send it twice.
                tracing::error!(what, %error, "how an effect ended could not be stored");
                return Ok(());
            }
        }
    }
}
