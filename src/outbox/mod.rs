//! The outbox: couriers take what we owe the outside, perform each with one request, and settle it.

mod deliver;
pub mod discord_courier;
pub mod janitor;
pub mod sms_courier;

use std::time::Duration;

/// A lease outlives every request's timeout by far.
const LEASE: Duration = Duration::from_secs(90);

/// Couriers look for work this often even if nobody calls them.
const POLL: Duration = Duration::from_secs(1);
