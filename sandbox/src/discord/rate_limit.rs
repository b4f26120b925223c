//! Discord's rate limits: one fixed window per route and channel, one for everything, and the headers that tell of them.

use std::{
    collections::{BTreeMap, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::json;

/// So many requests in so long.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    pub requests: u32,
    pub per: Duration,
}

/// All limits. Discord publishes none of these numbers: they are what bots see in its headers.
#[derive(Clone, Copy, Debug)]
pub struct RateLimits {
    /// False: the headers say what is left, and nothing is refused.
    pub enforced: bool,
    /// Posting to one channel and editing there, together.
    pub messages: Limit,
    /// Starting threads in one channel.
    pub threads: Limit,
    /// Changing one channel: renaming and archiving share it.
    pub channel_edits: Limit,
    /// Every other route, for each channel, guild or interaction.
    pub others: Limit,
    /// All routes but those of interactions.
    pub global: Limit,
}

impl RateLimits {
    pub const REAL: Self = Self {
        enforced: true,
        messages: Limit::new(5, Duration::from_secs(5)),
        threads: Limit::new(50, Duration::from_secs(300)),
        channel_edits: Limit::new(2, Duration::from_secs(600)),
        others: Limit::new(30, Duration::from_secs(1)),
        global: Limit::new(50, Duration::from_secs(1)),
    };

    /// Nothing is refused, and the headers say that there is plenty.
    pub const LENIENT: Self = {
        let plenty = Limit::new(100_000, Duration::from_secs(1));
        Self {
            enforced: false,
            messages: plenty,
            threads: plenty,
            channel_edits: plenty,
            others: plenty,
            global: plenty,
        }
    };
}

impl Limit {
    pub const fn new(requests: u32, per: Duration) -> Self {
        Self { requests, per }
    }
}

/// The windows that are open now, and how many requests were refused.
pub(crate) struct Ledger {
    limits: RateLimits,
    windows: BTreeMap<Key, Window>,
    pub(crate) throttled: usize,
}

type Key = (&'static str, String, String);

struct Window {
    limit: Limit,
    opened: Instant,
    used: u32,
}

/// What a request is told about its limit.
pub(crate) enum Ruling {
    /// Go on, with these headers on whatever the answer is.
    Pass(HeaderMap),
    Refused(Response),
}

impl Ledger {
    pub(crate) fn new(limits: RateLimits) -> Self {
        Self { limits, windows: BTreeMap::new(), throttled: 0 }
    }

    /// Counts a request against its limits. `path` is what follows `/api/v10`.
    pub(crate) fn rule(&mut self, method: &Method, path: &str) -> Ruling {
        let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
        let (key, limit) = self.bucket(method, &segments);
        let of_interaction = matches!(segments[0], "interactions" | "webhooks");
        let global = ("global", String::new(), String::new());
        if !of_interaction && let Err(wait) = self.count(global, self.limits.global) {
            return self.refuse("global", wait, HeaderMap::new());
        }
        // One interaction is answered once; its callback has no bucket of its own.
        if segments[0] == "interactions" {
            return Ruling::Pass(HeaderMap::new());
        }
        let scope = if key.0 == "threads" { "shared" } else { "user" };
        let outcome = self.count(key.clone(), limit);
        let headers = self.headers(&key);
        match outcome {
            Ok(()) => Ruling::Pass(headers),
            Err(wait) => self.refuse(scope, wait, headers),
        }
    }

    /// The bucket that a request falls in: its name, the method where that matters, and the channel, guild or token.
    fn bucket(&self, method: &Method, segments: &[&str]) -> (Key, Limit) {
        let major = segments.get(1).copied().unwrap_or_default().to_owned();
        let of = |name, limit| ((name, String::new(), major.clone()), limit);
        match (method.as_str(), segments) {
            ("POST", ["channels", _, "messages"]) | ("PATCH", ["channels", _, "messages", _]) => {
                of("messages", self.limits.messages)
            }
            ("POST", ["channels", _, "threads"] | ["channels", _, "messages", _, "threads"]) => {
                of("threads", self.limits.threads)
            }
            ("PATCH", ["channels", _]) => of("channel_edits", self.limits.channel_edits),
            (_, ["webhooks", _, token, ..]) => {
                let key = ("webhooks", String::new(), (*token).to_owned());
                (key, self.limits.others)
            }
            _ => {
                let shape = segments.iter().step_by(2).copied().collect::<Vec<_>>().join("/");
                (("others", format!("{method} {shape}"), major), self.limits.others)
            }
        }
    }

    /// Err: how long until the window ends.
    fn count(&mut self, key: Key, limit: Limit) -> Result<(), Duration> {
        let now = Instant::now();
        let window = self.windows.entry(key).or_insert(Window { limit, opened: now, used: 0 });
        if now >= window.opened + limit.per {
            window.opened = now;
            window.used = 0;
        }
        if window.used >= limit.requests && self.limits.enforced {
            return Err(window.opened + limit.per - now);
        }
        window.used += 1;
        Ok(())
    }

    fn headers(&self, key: &Key) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let Some(window) = self.windows.get(key) else {
            return headers;
        };
        let left = (window.opened + window.limit.per).saturating_duration_since(Instant::now());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut name = DefaultHasher::new();
        (key.0, &key.1).hash(&mut name);
        let remaining = window.limit.requests.saturating_sub(window.used);
        set(&mut headers, "x-ratelimit-bucket", &format!("{:016x}", name.finish()));
        set(&mut headers, "x-ratelimit-limit", &window.limit.requests.to_string());
        set(&mut headers, "x-ratelimit-remaining", &remaining.to_string());
        set(&mut headers, "x-ratelimit-reset", &format!("{:.3}", (now + left).as_secs_f64()));
        set(&mut headers, "x-ratelimit-reset-after", &format!("{:.3}", left.as_secs_f64()));
        headers
    }

    fn refuse(&mut self, scope: &str, wait: Duration, mut headers: HeaderMap) -> Ruling {
        self.throttled += 1;
        let seconds = wait.as_secs_f64();
        set(&mut headers, "retry-after", &seconds.ceil().to_string());
        set(&mut headers, "x-ratelimit-scope", scope);
        let global = scope == "global";
        if global {
            set(&mut headers, "x-ratelimit-global", "true");
        }
        let body = json!({
            "message": "You are being rate limited.",
            "retry_after": (seconds * 1000.0).ceil() / 1000.0,
            "global": global,
        });
        Ruling::Refused((StatusCode::TOO_MANY_REQUESTS, headers, Json(body)).into_response())
    }
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    let value = HeaderValue::from_str(value).expect("digits and letters make a header value");
    headers.insert(name, value);
}
