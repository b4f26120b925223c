//! Simulators of Vonage and of Discord: strict where the real services are, stateful, and able to fail on demand.
//!
//! They are written from the providers' documents and import nothing of the bridge, so that both sides cannot share one
//! mistake.
//!
//! | room | what it is for |
//! |---|---|
//! | [`server`] | a loopback HTTP server that keeps its port, goes down and comes back, and watches every exchange |
//! | [`fault`] | what goes wrong, and how often: latency, statuses, hung and reset connections, before or after the effect |
//! | [`wire`] | the record of every exchange, for tests to read and to wait on |
//! | [`spec`] | every exchange held against the provider's own OpenAPI description |
//! | [`vonage`] | the simulated Vonage: SMS API, Messages API, account, numbers, phones, reports, webhooks with their retries |
//! | [`discord`] | the simulated Discord: REST and gateway |
//! | [`page`] | the files of the page on which one plays both sides |

pub mod discord;
pub mod fault;
pub mod page;
pub mod server;
mod signal;
mod socket;
pub mod spec;
pub mod vonage;
pub mod wire;

pub use signal::Changes;
