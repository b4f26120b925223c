//! Vonage's official SDKs at the simulated Vonage: it is what real clients expect, and takes what they send.

#![allow(clippy::unwrap_used)]

mod account;
mod messages;
mod numbers;
mod sdk;
mod signatures;
mod sms;

#[path = "../vonage/bridge.rs"]
#[allow(dead_code, reason = "the tests of the simulator itself need more of it")]
mod bridge;
#[path = "../../../tests/support/skipping.rs"]
#[allow(unreachable_pub, reason = "tests of the bridge use it as well")]
mod skipping;

use threadline_sandbox::vonage::{Setup, Vonage};

const OURS: &str = "447700900000";
const CUSTOMER: &str = "447700900001";

async fn vonage() -> Vonage {
    Vonage::start(Setup::default()).await.unwrap()
}

async fn nothing_left_over(vonage: &Vonage) {
    assert_eq!(vonage.finished().await, Vec::<String>::new());
}
