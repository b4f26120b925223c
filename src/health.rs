//! What is well and what is not, for `/readyz`: every room reports its own state here.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::UNIX_EPOCH;

use dashmap::DashMap;
use reqwest::header::{AGE, DATE, HeaderMap};

use crate::domain::clock_difference::ClockDifferences;
use crate::domain::pause::Pause;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Price;

/// The key under which it stands that the operator's channel cannot be used.
pub const OPERATOR_CHANNEL: &str = "discord:operator";

/// How the connection to Discord stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiscordLink {
    Connecting,
    Connected,
    /// The token or an intent is refused; intake goes on, and it is tried again slowly.
    Refused,
}

impl DiscordLink {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Refused => "refused",
        }
    }
}

/// The state of the whole process. Shared by reference; every call is quick.
#[derive(Debug)]
pub struct Health {
    discord: std::sync::Mutex<DiscordLink>,
    intake_failing: AtomicBool,
    troubles: DashMap<String, String>,
    balance: std::sync::Mutex<Option<Balance>>,
    clock: std::sync::Mutex<ClockDifferences>,
    paused: std::sync::Mutex<Option<Paused>>,
}

/// No SMS leaves, for this reason and since then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paused {
    pub why: Pause,
    pub since: Timestamp,
}

/// What credit the account had when it was last asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    pub left: Price,
    pub asked: Timestamp,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            discord: std::sync::Mutex::new(DiscordLink::Connecting),
            intake_failing: AtomicBool::new(false),
            troubles: DashMap::new(),
            balance: std::sync::Mutex::default(),
            clock: std::sync::Mutex::default(),
            paused: std::sync::Mutex::default(),
        }
    }
}

impl Health {
    pub fn set_discord(&self, link: DiscordLink) {
        *self.discord.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = link;
    }

    #[must_use]
    pub fn discord(&self) -> DiscordLink {
        *self.discord.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Whether the last webhook could not be stored: the one thing that makes the process not ready.
    pub fn set_intake_failing(&self, failing: bool) {
        self.intake_failing.store(failing, Ordering::Relaxed);
    }

    #[must_use]
    pub fn intake_failing(&self) -> bool {
        self.intake_failing.load(Ordering::Relaxed)
    }

    /// Something is wrong, under a key (`vonage`, `discord:support`), in a sentence. Returns whether that is news.
    pub fn trouble(&self, key: &str, sentence: &str) -> bool {
        self.troubles.insert(key.to_owned(), sentence.to_owned()).as_deref() != Some(sentence)
    }

    /// What was wrong under `key` is over.
    pub fn mended(&self, key: &str) {
        self.troubles.remove(key);
    }

    /// The sentence under `key`, if something is wrong there.
    #[must_use]
    pub fn trouble_of(&self, key: &str) -> Option<String> {
        self.troubles.get(key).map(|sentence| sentence.clone())
    }

    pub fn set_balance(&self, balance: Balance) {
        *self.balance.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(balance);
    }

    /// `None` until Vonage has told it.
    #[must_use]
    pub fn balance(&self) -> Option<Balance> {
        *self.balance.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// An answer to a request of ours says by its `Date` what the time is; `now` is our clock's. What a cache has kept says
    /// nothing.
    pub fn hear_date(&self, headers: &HeaderMap, now: Timestamp) {
        if headers.contains_key(AGE) {
            return;
        }
        let date = headers.get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
        let Some(since) = date.and_then(|date| date.duration_since(UNIX_EPOCH).ok()) else { return };
        // The header has whole seconds: half a second on average is lost.
        let theirs = Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX).saturating_add(500));
        self.clock_differences().add(now, theirs);
    }

    /// How far our clock is ahead of everybody else's, in milliseconds; less than 0: behind. `None` until at least so many
    /// have told the time.
    #[must_use]
    pub fn clock_difference(&self, at_least: usize) -> Option<i64> {
        self.clock_differences().median(at_least)
    }

    /// Our clock was set.
    pub fn forget_dates(&self) {
        self.clock_differences().forget();
    }

    fn clock_differences(&self) -> std::sync::MutexGuard<'_, ClockDifferences> {
        self.clock.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// `None` while SMS leave.
    pub fn set_paused(&self, paused: Option<Paused>) {
        *self.paused.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = paused;
    }

    #[must_use]
    pub fn paused(&self) -> Option<Paused> {
        *self.paused.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// All that is wrong, sorted by key.
    #[must_use]
    pub fn troubles(&self) -> Vec<(String, String)> {
        let mut all: Vec<_> = self.troubles.iter().map(|entry| (entry.key().clone(), entry.value().clone())).collect();
        all.sort();
        all
    }
}
