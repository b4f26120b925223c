//! The inbox: webhooks are stored before they are answered, and have their effect afterwards.

pub mod dispatch;
pub mod intake;
