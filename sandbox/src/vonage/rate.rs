//! How many requests to send are let through in a second: of the account, by both APIs, and of each of its numbers.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

/// A little less than a second: a client that keeps to the limit is not refused because the network bunched its requests.
const WINDOW: Duration = Duration::from_millis(900);

#[derive(Default)]
pub(super) struct Rate {
    account: Window,
    numbers: BTreeMap<String, Window>,
}

#[derive(Default)]
struct Window(VecDeque<Instant>);

impl Rate {
    /// Counts one request of the account; false: it is over the rate, and is not counted.
    pub(super) fn admits(&mut self, per_second: u32) -> bool {
        self.account.admits(per_second)
    }

    /// The same of one sender, where there is such a limit. Names have none.
    pub(super) fn admits_from(&mut self, sender: &str, per_second: Option<u32>) -> bool {
        let is_number = sender.bytes().all(|byte| byte.is_ascii_digit());
        match per_second {
            Some(per_second) if is_number => self.numbers.entry(sender.to_owned()).or_default().admits(per_second),
            _ => true,
        }
    }
}

impl Window {
    fn admits(&mut self, per_second: u32) -> bool {
        let now = Instant::now();
        while self.0.front().is_some_and(|&at| now.duration_since(at) >= WINDOW) {
            self.0.pop_front();
        }
        let within = self.0.len() < per_second as usize;
        if within {
            self.0.push_back(now);
        }
        within
    }
}
