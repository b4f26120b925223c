//! Faults: what a simulator is told to get wrong, for which requests and how often.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};

/// The faults of one server. Clones share one list.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Vec<Fault>>>);

impl Faults {
    /// Adds a fault behind those already there; the first that matches a request is the one that happens.
    pub fn add(&self, fault: Fault) {
        self.list().push(fault);
    }

    /// Removes every fault.
    pub fn clear(&self) {
        self.list().clear();
    }

    /// Whether every counted fault was used up. Faults that last until they are cleared do not count.
    pub fn is_empty(&self) -> bool {
        self.list().iter().all(|fault| fault.times.is_none())
    }

    /// What goes wrong, a phrase each.
    pub fn described(&self) -> Vec<String> {
        self.list().iter().map(ToString::to_string).collect()
    }

    pub(crate) fn take(&self, method: &Method, path: &str, body: &[u8]) -> Option<FaultKind> {
        let mut list = self.list();
        let index = list.iter().position(|fault| fault.matches(method, path, body))?;
        let fault = &mut list[index];
        let kind = fault.kind.clone();
        if let Some(times) = &mut fault.times {
            *times -= 1;
            if *times == 0 {
                list.remove(index);
            }
        }
        Some(kind)
    }

    fn list(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One thing that goes wrong.
#[derive(Clone, Debug)]
pub struct Fault {
    /// `None`: any method.
    pub method: Option<Method>,
    /// A path in which `*` stands for any run of characters, `/` among them.
    pub path: String,
    /// A piece of the raw body, as it is on the wire (percent-encoded in forms).
    pub body_contains: Option<String>,
    /// How often it happens; `None`: until it is cleared. Never `Some(0)`.
    pub times: Option<u32>,
    pub kind: FaultKind,
}

/// How a request goes wrong. "After effect": the simulator has done what was asked, and the client is not told so.
#[derive(Clone, Debug)]
pub enum FaultKind {
    /// The right answer, late. A client that leaves meanwhile does not stop the effect.
    Latency(Duration),
    Status(Answer),
    StatusAfterEffect(Answer),
    /// No answer for as long as the client waits.
    Hang,
    HangAfterEffect,
    /// The connection is reset (a TCP RST) without an answer.
    Reset,
    ResetAfterEffect,
    /// 200 with a body that nobody can read.
    GarbageAfterEffect,
}

/// What is answered in place of the real answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: Vec<(&'static str, String)>,
    pub body: Bytes,
}

impl Fault {
    /// A fault for `method` (`"*"`: any) on the paths that `path` stands for. It happens once and answers 500, until
    /// something else is asked of it.
    pub fn on(method: &str, path: &str) -> Self {
        Self {
            method: (method != "*").then(|| method.parse().expect("a fault names an HTTP method, or *")),
            path: path.to_owned(),
            body_contains: None,
            times: Some(1),
            kind: FaultKind::Status(Answer::bare(500)),
        }
    }

    #[must_use]
    pub fn body_contains(mut self, piece: &str) -> Self {
        self.body_contains = Some(piece.to_owned());
        self
    }

    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        assert!(times > 0, "a fault that never happens is no fault");
        self.times = Some(times);
        self
    }

    #[must_use]
    pub fn until_cleared(mut self) -> Self {
        self.times = None;
        self
    }

    #[must_use]
    pub fn latency(self, latency: Duration) -> Self {
        self.kind(FaultKind::Latency(latency))
    }

    #[must_use]
    pub fn status(self, status: u16) -> Self {
        self.kind(FaultKind::Status(Answer::bare(status)))
    }

    #[must_use]
    pub fn status_after_effect(self, status: u16) -> Self {
        self.kind(FaultKind::StatusAfterEffect(Answer::bare(status)))
    }

    #[must_use]
    pub fn hang(self) -> Self {
        self.kind(FaultKind::Hang)
    }

    #[must_use]
    pub fn hang_after_effect(self) -> Self {
        self.kind(FaultKind::HangAfterEffect)
    }

    #[must_use]
    pub fn reset(self) -> Self {
        self.kind(FaultKind::Reset)
    }

    #[must_use]
    pub fn reset_after_effect(self) -> Self {
        self.kind(FaultKind::ResetAfterEffect)
    }

    #[must_use]
    pub fn garbage(self) -> Self {
        self.kind(FaultKind::GarbageAfterEffect)
    }

    /// Discord's 429. `scope` is `user`, `shared` or `global`.
    #[must_use]
    pub fn rate_limited(self, retry_after: Duration, scope: &str) -> Self {
        let seconds = retry_after.as_secs_f64();
        let global = scope == "global";
        let mut headers = vec![
            ("content-type", "application/json".to_owned()),
            ("retry-after", seconds.ceil().to_string()),
            ("x-ratelimit-scope", scope.to_owned()),
        ];
        if global {
            headers.push(("x-ratelimit-global", "true".to_owned()));
        }
        let body = serde_json::json!({
            "message": "You are being rate limited.", "retry_after": seconds, "global": global,
        });
        self.kind(FaultKind::Status(Answer {
            status: StatusCode::TOO_MANY_REQUESTS,
            headers,
            body: body.to_string().into(),
        }))
    }

    #[must_use]
    pub fn kind(mut self, kind: FaultKind) -> Self {
        self.kind = kind;
        self
    }

    fn matches(&self, method: &Method, path: &str, body: &[u8]) -> bool {
        self.method.as_ref().is_none_or(|wanted| wanted == method)
            && glob_matches(&self.path, path)
            && self.body_contains.as_ref().is_none_or(|piece| {
                piece.is_empty() || body.windows(piece.len()).any(|window| window == piece.as_bytes())
            })
    }
}

/// A phrase after "it": `answers 503 to /sms/json, once`.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            FaultKind::Latency(latency) => write!(f, "answers {} ms late", latency.as_millis())?,
            FaultKind::Status(answer) => write!(f, "answers {}", answer.status.as_u16())?,
            FaultKind::StatusAfterEffect(answer) => {
                write!(f, "does what is asked, and answers {}", answer.status.as_u16())?;
            }
            FaultKind::Hang => f.write_str("does not answer")?,
            FaultKind::HangAfterEffect => f.write_str("does what is asked, and does not answer")?,
            FaultKind::Reset => f.write_str("breaks the connection off")?,
            FaultKind::ResetAfterEffect => f.write_str("does what is asked, and breaks the connection off")?,
            FaultKind::GarbageAfterEffect => f.write_str("does what is asked, and answers rubbish")?,
        }
        if self.path != "*" {
            write!(f, " to {}", self.path)?;
        }
        match self.times {
            None => Ok(()),
            Some(1) => f.write_str(", once"),
            Some(times) => write!(f, ", {times} times"),
        }
    }
}

impl Answer {
    fn bare(status: u16) -> Self {
        let status = StatusCode::from_u16(status).expect("a fault answers with an HTTP status");
        Self { status, headers: Vec::new(), body: Bytes::new() }
    }
}

/// Whether `path` is what `glob` stands for; `*` is any run of characters, also an empty one.
pub(crate) fn glob_matches(glob: &str, path: &str) -> bool {
    match glob.split_once('*') {
        None => glob == path,
        Some((head, rest)) => path.strip_prefix(head).is_some_and(|tail| {
            (0..=tail.len()).filter(|&at| tail.is_char_boundary(at)).any(|at| glob_matches(rest, &tail[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_run() {
        assert!(glob_matches("/channels/*/messages", "/channels/1/messages"));
        assert!(glob_matches("/api/*", "/api/v10/channels/1"));
        assert!(glob_matches("*", "/"));
        assert!(!glob_matches("/channels/*/messages", "/channels/1/messages/2"));
        assert!(!glob_matches("/sms/json", "/sms/xml"));
    }

    #[test]
    fn a_counted_fault_is_used_up_and_a_lasting_one_is_not() {
        let faults = Faults::default();
        faults.add(Fault::on("POST", "/a").times(2).reset());
        faults.add(Fault::on("*", "/b").until_cleared());
        let hits = |path| faults.take(&Method::POST, path, b"").is_some();
        assert!(!faults.is_empty());
        assert!(hits("/a") && hits("/a") && !hits("/a"));
        assert!(hits("/b") && hits("/b"));
        assert!(faults.is_empty());
    }

    #[test]
    fn a_fault_can_look_at_the_body() {
        let faults = Faults::default();
        faults.add(Fault::on("POST", "/a").body_contains("447700900001"));
        assert!(faults.take(&Method::POST, "/a", b"to=447700900002").is_none());
        assert!(faults.take(&Method::POST, "/a", b"to=447700900001").is_some());
    }
}
