//! Discord's rate limits: asked before a request, told what its answer said. A limit is never waited out here: whoever
//! asks gets the time to come back at.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::Deserialize;
use serenity::http::LightMethod;
use twilight_http_ratelimiting::{Endpoint, Method, Permit, RateLimitHeaders, RateLimiter};

use super::error::RestError;
use crate::domain::time::Timestamp;
use crate::ports::{Clock, Room};

/// The longest that a request waits for its turn: longer than the requests before it take, shorter than anybody minds.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is assumed where a 429 does not say how long.
const UNTOLD: Duration = Duration::from_secs(5);

pub(super) struct Limits {
    limiter: RateLimiter,
    clock: Arc<dyn Clock>,
    /// Until when Discord refuses everything, in milliseconds since 1970.
    closed_until: AtomicI64,
    buckets: Mutex<Buckets>,
}

/// What is left in each bucket, as Discord said last.
#[derive(Default)]
struct Buckets {
    /// The bucket that a request of this kind falls into.
    of: HashMap<Endpoint, Bucket>,
    left: HashMap<Bucket, Left>,
}

/// Discord's name for a limit, and the channel that it is counted for.
type Bucket = (Vec<u8>, String);

#[derive(Clone, Copy)]
struct Left {
    requests: u32,
    of: u32,
    until: Instant,
}

/// So many buckets are remembered, besides those that are used up.
const BUCKETS: usize = 4096;

impl Limits {
    /// Must be called within a Tokio runtime.
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { limiter: RateLimiter::default(), clock, closed_until: AtomicI64::new(0), buckets: Mutex::default() }
    }

    /// How many requests of this kind may be under way at once, and where none may, when they may again. One, where the
    /// limit is not known yet.
    pub(super) fn room(&self, method: LightMethod, url: &str) -> Room {
        let closed = Timestamp(self.closed_until.load(Ordering::Relaxed)).since(self.clock.now());
        if !closed.is_zero() {
            return Room { now: 0, opens_in: closed };
        }
        let buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let left = buckets.of.get(&endpoint(method, url)).and_then(|bucket| buckets.left.get(bucket));
        let Some(left) = left else { return Room { now: 1, opens_in: Duration::ZERO } };
        let opens_in = left.until.saturating_duration_since(now());
        if opens_in.is_zero() { Room { now: left.of.max(1), opens_in } } else { Room { now: left.requests, opens_in } }
    }

    /// The permission to send one request.
    ///
    /// # Errors
    /// [`RestError::Limited`] where its turn does not come within a second.
    pub(super) async fn permit(&self, method: LightMethod, url: &str) -> Result<Permit, RestError> {
        let closed = Timestamp(self.closed_until.load(Ordering::Relaxed)).since(self.clock.now());
        if !closed.is_zero() {
            return Err(RestError::Limited { after: closed });
        }
        let opens_in = Arc::new(OnceLock::new());
        let tell = opens_in.clone();
        let permit = self.limiter.acquire_if(endpoint(method, url), move |bucket| {
            let exhausted = bucket.filter(|bucket| bucket.remaining == 0);
            let wait = exhausted.map(|bucket| bucket.reset_at.saturating_duration_since(now()));
            match wait.filter(|wait| *wait > PATIENCE) {
                Some(wait) => tell.set(wait).is_err(),
                None => true,
            }
        });
        match tokio::time::timeout(PATIENCE, permit).await {
            Ok(Some(permit)) => Ok(permit),
            Ok(None) | Err(_) => Err(RestError::Limited { after: opens_in.get().copied().unwrap_or(PATIENCE) }),
        }
    }

    /// Takes in what an answer says about limits. For a 429: when to come back.
    pub(super) fn learn(
        &self,
        (method, url): (LightMethod, &str),
        permit: Option<Permit>,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Option<Duration> {
        let refusal = (status == StatusCode::TOO_MANY_REQUESTS).then(|| Refusal::read(headers, body));
        if let Some(refusal) = refusal.as_ref().filter(|refusal| refusal.of_everything) {
            let until = self.clock.now().plus(refusal.after).0;
            self.closed_until.fetch_max(until, Ordering::Relaxed);
        }
        if let Some(permit) = permit {
            let told = bucket(headers, refusal.as_ref());
            if let Some(told) = &told {
                self.note(endpoint(method, url), told);
            }
            permit.complete(told);
        }
        refusal.map(|refusal| refusal.after)
    }
}

impl Limits {
    fn note(&self, endpoint: Endpoint, told: &RateLimitHeaders) {
        let channel = endpoint.path.split('/').take(2).collect::<Vec<_>>().join("/");
        if !channel.starts_with("channels/") {
            return;
        }
        let bucket = (told.bucket.clone(), channel);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let mut left = Left { requests: told.remaining.into(), of: told.limit.into(), until: told.reset_at };
        if let Some(before) = buckets.left.get(&bucket) {
            // Answers overtake each other: of one window the lowest count is true.
            let same_window = before.until.max(left.until) - before.until.min(left.until) < Duration::from_millis(100);
            if same_window {
                left.requests = left.requests.min(before.requests);
            }
            left.of = left.of.max(before.of);
        }
        buckets.left.insert(bucket.clone(), left);
        buckets.of.insert(endpoint, bucket);
        if buckets.left.len() > BUCKETS {
            let now = now();
            buckets.left.retain(|_, left| left.until > now);
            let Buckets { of, left } = &mut *buckets;
            of.retain(|_, bucket| left.contains_key(bucket));
        }
    }
}

/// What a 429 says.
struct Refusal {
    after: Duration,
    /// Not only this route: the global limit, or Cloudflare's, whose answer is no JSON.
    of_everything: bool,
    /// A limit of the channel or guild, which other bots use up as well.
    shared: bool,
}

impl Refusal {
    fn read(headers: &HeaderMap, body: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Body {
            retry_after: f64,
            #[serde(default)]
            global: bool,
        }
        let body: Option<Body> = serde_json::from_slice(body).ok();
        let in_header = text(headers, RETRY_AFTER.as_str()).and_then(seconds);
        let in_body = body.as_ref().and_then(|body| Duration::try_from_secs_f64(body.retry_after).ok());
        Self {
            after: in_body.or(in_header).unwrap_or(UNTOLD),
            of_everything: body.is_none_or(|body| body.global),
            shared: text(headers, RateLimitHeaders::SCOPE) == Some("shared"),
        }
    }
}

fn bucket(headers: &HeaderMap, refusal: Option<&Refusal>) -> Option<RateLimitHeaders> {
    let bucket = text(headers, RateLimitHeaders::BUCKET)?.as_bytes().to_vec();
    let reset_after = text(headers, RateLimitHeaders::RESET_AFTER).and_then(seconds);
    if let Some(refusal) = refusal {
        // The window of a shared limit is not the one that the headers describe.
        let wait = if refusal.shared { refusal.after } else { reset_after.unwrap_or_default().max(refusal.after) };
        return Some(RateLimitHeaders { bucket, limit: 0, remaining: 0, reset_at: now() + wait });
    }
    Some(RateLimitHeaders {
        bucket,
        limit: text(headers, RateLimitHeaders::LIMIT)?.parse().ok()?,
        remaining: text(headers, RateLimitHeaders::REMAINING)?.parse().ok()?,
        reset_at: now() + reset_after?,
    })
}

/// What requests share a limit until Discord says so: the method and the path, without the ids that do not matter for
/// it, and without tokens.
fn endpoint(method: LightMethod, url: &str) -> Endpoint {
    let segments: Vec<&str> = url.split('/').skip_while(|segment| *segment != "api").skip(2).collect();
    let of_webhook = segments.first() == Some(&"webhooks");
    let told_apart = segments.iter().enumerate().map(|(place, segment)| match place {
        0 | 1 => (*segment).to_owned(),
        2 if of_webhook => fingerprint(segment),
        _ if segment.bytes().all(|byte| byte.is_ascii_digit()) => "_".to_owned(),
        _ => (*segment).to_owned(),
    });
    let method = match method {
        LightMethod::Delete => Method::Delete,
        LightMethod::Get => Method::Get,
        LightMethod::Patch => Method::Patch,
        LightMethod::Post => Method::Post,
        LightMethod::Put => Method::Put,
    };
    Endpoint { method, path: told_apart.collect::<Vec<_>>().join("/") }
}

fn fingerprint(token: &str) -> String {
    let mut hasher = DefaultHasher::new();
    token.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.parse().ok()?).ok()
}

#[expect(clippy::disallowed_methods, reason = "the limiter measures by the machine's clock")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::SystemClock;

    const POSTS: &str = "https://discord.com/api/v10/channels/11/messages";

    fn limits() -> Limits {
        Limits::new(Arc::new(SystemClock))
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn exhausted_for(seconds: &'static str) -> HeaderMap {
        headers(&[
            (RateLimitHeaders::BUCKET, "b"),
            (RateLimitHeaders::LIMIT, "5"),
            (RateLimitHeaders::REMAINING, "0"),
            (RateLimitHeaders::RESET_AFTER, seconds),
        ])
    }

    #[test]
    fn an_endpoint_holds_no_token_and_no_ids_but_the_first() {
        let path = |path: &str| endpoint(LightMethod::Patch, &format!("https://discord.com/api/v10/{path}")).path;
        assert_eq!(path("channels/11/messages/22"), "channels/11/messages/_");
        assert_eq!(path("channels/11/messages/22/threads"), "channels/11/messages/_/threads");
        assert_eq!(path("guilds/33/members/@me"), "guilds/33/members/@me");
        let answer = path("webhooks/44/s3cr3t/messages/@original");
        assert!(!answer.contains("s3cr3t"), "{answer}");
        assert_ne!(answer, path("webhooks/44/0th3r/messages/@original"));
    }

    #[tokio::test]
    async fn an_exhausted_route_is_refused_at_once_and_others_are_not() {
        let limits = limits();
        let permit = limits.permit(LightMethod::Post, POSTS).await.unwrap();
        assert_eq!(
            limits.learn((LightMethod::Post, POSTS), Some(permit), StatusCode::OK, &exhausted_for("60"), b"{}"),
            None
        );
        tokio::task::yield_now().await;
        let refused = limits.permit(LightMethod::Post, POSTS).await.unwrap_err();
        assert!(matches!(refused, RestError::Limited { after } if after > Duration::from_secs(55)), "{refused}");
        let elsewhere = POSTS.replace("11", "12");
        assert!(limits.permit(LightMethod::Post, &elsewhere).await.is_ok());
    }

    #[tokio::test]
    async fn what_is_left_is_known_before_a_request() {
        let limits = limits();
        assert_eq!(limits.room(LightMethod::Post, POSTS).now, 1);
        let permit = limits.permit(LightMethod::Post, POSTS).await.unwrap();
        let mut told = exhausted_for("60");
        told.insert(RateLimitHeaders::REMAINING, "3".parse().unwrap());
        limits.learn((LightMethod::Post, POSTS), Some(permit), StatusCode::OK, &told, b"{}");
        assert_eq!(limits.room(LightMethod::Post, POSTS).now, 3);
        assert_eq!(limits.room(LightMethod::Post, &POSTS.replace("11", "12")).now, 1);
        let permit = limits.permit(LightMethod::Post, POSTS).await.unwrap();
        limits.learn((LightMethod::Post, POSTS), Some(permit), StatusCode::OK, &exhausted_for("60"), b"{}");
        let room = limits.room(LightMethod::Post, POSTS);
        assert!(room.now == 0 && room.opens_in > Duration::from_secs(55), "{room:?}");
    }

    #[tokio::test]
    async fn a_global_429_closes_everything() {
        let limits = limits();
        let body = br#"{"message": "slow down", "retry_after": 30.5, "global": true}"#;
        let after =
            limits.learn((LightMethod::Post, POSTS), None, StatusCode::TOO_MANY_REQUESTS, &HeaderMap::new(), body);
        assert_eq!(after, Some(Duration::from_millis(30_500)));
        let url = "https://discord.com/api/v10/users/@me";
        assert!(matches!(limits.permit(LightMethod::Get, url).await, Err(RestError::Limited { .. })));
    }

    #[tokio::test]
    async fn a_shared_429_closes_its_route_only() {
        let limits = limits();
        let permit = limits.permit(LightMethod::Post, POSTS).await.unwrap();
        let mut told = exhausted_for("1");
        told.insert(RateLimitHeaders::SCOPE, "shared".parse().unwrap());
        let body = br#"{"message": "slow down", "retry_after": 145.0, "global": false}"#;
        let after = limits.learn((LightMethod::Post, POSTS), Some(permit), StatusCode::TOO_MANY_REQUESTS, &told, body);
        assert_eq!(after, Some(Duration::from_secs(145)));
        tokio::task::yield_now().await;
        let refused = limits.permit(LightMethod::Post, POSTS).await.unwrap_err();
        assert!(matches!(refused, RestError::Limited { after } if after > Duration::from_secs(140)), "{refused}");
    }

    #[test]
    fn a_429_that_is_no_json_is_about_everything() {
        let refusal = Refusal::read(&headers(&[("retry-after", "12")]), b"<html>");
        assert!(refusal.of_everything);
        assert_eq!(refusal.after, Duration::from_secs(12));
    }
}
