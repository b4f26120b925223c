//! The two listeners: the public one, which Vonage calls, and the private one, which tells how we are.

mod error;
mod health;
mod keeper;
mod limits;
pub mod router;
pub mod server;

pub use health::Admin;
pub use keeper::Keeper;
pub use limits::Limits;
