//! Random webhooks, made from good ones by breaking them: whatever comes, the routes answer as documented and keep only
//! what came through the door, and whatever is stored, reading it does not panic.
//!
//! Each target runs for `THREADLINE_FUZZ_SECONDS` (one second if unset). What goes wrong is printed in hexadecimal with its
//! seed; `THREADLINE_FUZZ_SEED` makes that input the first one.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may stop at the first surprise, and are told by the environment how long to go on"
)]

mod asked;
mod corpus;
mod mutate;
mod random;
mod requests;
mod room;
mod rounds;
mod signed;
mod stored;
mod tokens;
