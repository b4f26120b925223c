//! Why a request to Discord did not succeed, and what can be done about it.

use std::time::Duration;

use crate::ports::ThreadsError;

/// Never holds the URL: those of interactions contain a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestError {
    /// Certainly not done: a rate limit, known beforehand or told by a 429.
    #[error("the rate limit opens in {after:?}")]
    Limited { after: Duration },
    /// Certainly not done: there was no connection.
    #[error("Discord is not reachable: {why}")]
    Unreachable { why: String },
    /// Perhaps done: a timeout, a broken connection, a 5xx, an answer that cannot be read.
    #[error("Discord gave no clear answer: {why}")]
    Unanswered { why: String },
    /// Certainly not done: Discord does not take the bot's token.
    #[error("the token is refused")]
    TokenRefused,
    /// Certainly not done. `code` is Discord's own, 0 where it gave none; `message` may name the fields that it refuses.
    #[error("Discord answered {status}, code {code}: {message}")]
    Refused { status: u16, code: u64, message: String },
}

/// Discord's error codes that we tell apart. Source: its page "Opcodes and Status Codes".
pub(super) mod code {
    /// There is none: Discord gives one with nearly every refusal, what stands in between does not.
    pub(in crate::discord) const NONE: u64 = 0;
    pub(in crate::discord) const UNKNOWN_CHANNEL: u64 = 10003;
    pub(in crate::discord) const UNKNOWN_MEMBER: u64 = 10007;
    pub(in crate::discord) const UNKNOWN_MESSAGE: u64 = 10008;
    pub(in crate::discord) const UNKNOWN_USER: u64 = 10013;
    pub(in crate::discord) const UNKNOWN_WEBHOOK: u64 = 10015;
    pub(in crate::discord) const UNKNOWN_INTERACTION: u64 = 10062;
    pub(in crate::discord) const ALREADY_ACKNOWLEDGED: u64 = 40060;
    pub(in crate::discord) const MISSING_ACCESS: u64 = 50001;
    pub(in crate::discord) const MISSING_PERMISSIONS: u64 = 50013;
    pub(in crate::discord) const INVALID_WEBHOOK_TOKEN: u64 = 50027;
    pub(in crate::discord) const THREAD_ARCHIVED: u64 = 50083;
    pub(in crate::discord) const THREAD_EXISTS: u64 = 160_004;
    pub(in crate::discord) const THREAD_LOCKED: u64 = 160_005;
    pub(in crate::discord) const TOO_MANY_THREADS: u64 = 160_006;
    pub(in crate::discord) const BLOCKED_BY_AUTO_MODERATION: u64 = 200_000;
    pub(in crate::discord) const TITLE_BLOCKED: u64 = 200_001;
    pub(in crate::discord) const HARMFUL_LINK: u64 = 240_000;
}

impl RestError {
    /// Whether the same request may succeed later without anybody doing anything.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Limited { .. } | Self::Unreachable { .. } | Self::Unanswered { .. })
    }

    /// Whether the token is refused.
    #[must_use]
    pub const fn is_unauthorized(&self) -> bool {
        matches!(self, Self::TokenRefused)
    }

    /// Discord's own code, where it refused with one.
    #[must_use]
    pub const fn code(&self) -> Option<u64> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// The word for metrics.
    pub(super) const fn outcome(&self) -> &'static str {
        match self {
            Self::Limited { .. } => "limited",
            Self::Unreachable { .. } => "unreachable",
            Self::Unanswered { .. } => "unanswered",
            Self::TokenRefused | Self::Refused { .. } => "refused",
        }
    }
}

impl From<RestError> for ThreadsError {
    fn from(error: RestError) -> Self {
        let why = error.to_string();
        match error {
            RestError::Limited { after } => Self::Retry { after: Some(after), why },
            RestError::Unreachable { .. } | RestError::Unanswered { .. } => Self::Retry { after: None, why },
            RestError::TokenRefused => Self::TokenRefused,
            RestError::Refused { status, code, .. } => match (status, code) {
                (_, code::UNKNOWN_CHANNEL) => Self::ChannelGone,
                (
                    _,
                    code::UNKNOWN_MESSAGE
                    | code::UNKNOWN_WEBHOOK
                    | code::UNKNOWN_INTERACTION
                    | code::INVALID_WEBHOOK_TOKEN,
                ) => Self::MessageGone,
                (_, code::THREAD_EXISTS) => Self::AlreadyThere,
                (_, code::THREAD_ARCHIVED | code::THREAD_LOCKED) => Self::Archived,
                (_, code::TOO_MANY_THREADS) => Self::TooManyThreads,
                (_, code::MISSING_ACCESS | code::MISSING_PERMISSIONS) => Self::Refused { why },
                (_, code::BLOCKED_BY_AUTO_MODERATION | code::TITLE_BLOCKED | code::HARMFUL_LINK) => {
                    Self::Reject { why }
                }
                (401 | 403, _) => Self::Forbidden { why },
                // No answer of Discord's own, but of something on the way to it.
                (_, code::NONE) => Self::Retry { after: None, why },
                _ => Self::Reject { why },
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, code: u64) -> ThreadsError {
        RestError::Refused { status, code, message: "no".into() }.into()
    }

    #[test]
    fn every_refusal_says_what_can_be_done() {
        assert_eq!(refused(404, 10003), ThreadsError::ChannelGone);
        for code in [10008, 10015, 10062, 50027] {
            assert_eq!(refused(404, code), ThreadsError::MessageGone);
        }
        assert_eq!(refused(400, 160_004), ThreadsError::AlreadyThere);
        assert_eq!(refused(400, 50083), ThreadsError::Archived);
        assert_eq!(refused(400, 160_005), ThreadsError::Archived);
        assert_eq!(ThreadsError::from(RestError::TokenRefused), ThreadsError::TokenRefused);
        assert_eq!(refused(400, 160_006), ThreadsError::TooManyThreads);
        for (status, code) in [(403, 50001), (403, 50013)] {
            assert!(matches!(refused(status, code), ThreadsError::Refused { .. }), "{status} {code}");
        }
        for (status, code) in [(400, 50035), (400, 200_000), (403, 200_000), (403, 200_001), (403, 240_000)] {
            assert!(matches!(refused(status, code), ThreadsError::Reject { .. }), "{status} {code}");
        }
        for (status, code) in [(401, 0), (403, 0), (403, 40333), (403, 20001)] {
            assert!(matches!(refused(status, code), ThreadsError::Forbidden { .. }), "{status} {code}");
        }
        // A page of something between, or a wrong address: it says nothing of what was asked.
        for status in [400, 404, 413] {
            assert!(matches!(refused(status, 0), ThreadsError::Retry { .. }), "{status}");
        }
    }

    #[test]
    fn a_limit_becomes_a_due_time() {
        let after = Duration::from_secs(7);
        assert!(matches!(
            RestError::Limited { after }.into(),
            ThreadsError::Retry { after: Some(wait), .. } if wait == after
        ));
    }
}
