//! How many requests to send are let through in a second: of the account, by both APIs, and of each of its numbers.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

#[derive(Default)]
pub(super) struct Rate {
    /// In which no more than a second's requests are let through.
    window: Duration,
    account: Window,
    numbers: BTreeMap<String, Window>,
}

#[derive(Default)]
struct Window(VecDeque<Instant>);

impl Rate {
    pub(super) fn new(window: Duration) -> Self {
        Self { window, account: Window::default(), numbers: BTreeMap::new() }
    }

    /// Counts one request of the account; false: it is over the rate, and is not counted.
    pub(super) fn admits(&mut self, per_second: u32) -> bool {
        self.account.admits(per_second, self.window)
    }

    /// The same of one sender, where there is such a limit. Names have none.
    pub(super) fn admits_from(&mut self, sender: &str, per_second: Option<u32>) -> bool {
        let is_number = sender.bytes().all(|byte| byte.is_ascii_digit());
        match per_second {
            Some(per_second) if is_number => {
                self.numbers.entry(sender.to_owned()).or_default().admits(per_second, self.window)
            }
            _ => true,
        }
    }
}

impl Window {
    fn admits(&mut self, per_second: u32, window: Duration) -> bool {
        let now = Instant::now();
        while self.0.front().is_some_and(|&at| now.duration_since(at) >= window) {
            self.0.pop_front();
        }
        let within = self.0.len() < per_second as usize;
        if within {
            self.0.push_back(now);
        }
        within
    }
}
