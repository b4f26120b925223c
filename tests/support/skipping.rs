//! What tests do where a machine lacks something that they need.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::Mutex;

/// Whether a machine that lacks `what` (`postgres`, `specs`, `vectors`) fails instead of skipping: whether
/// `THREADLINE_TEST_REQUIRE` is `all`, or a list with commas that has it.
pub fn required(what: &str) -> bool {
    let list = std::env::var("THREADLINE_TEST_REQUIRE").unwrap_or_default();
    list.split(',').any(|word| ["all", what].contains(&word.trim()))
}

/// Says once that tests are skipped for want of `what`, past the harness, which keeps what passing tests print.
///
/// # Panics
/// Where it is [`required`].
pub fn skipped(what: &str, why: &str) {
    assert!(!required(what), "THREADLINE_TEST_REQUIRE asks for {what}, but {why}");
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    if SAID.lock().unwrap().insert(what.to_owned()) {
        std::io::stderr().write_all(format!("skipped: {why}\n").as_bytes()).unwrap();
    }
}
