//! Why a webhook is not taken, and how its sender is told.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::door::Distrust;
use crate::domain::webhook::Unsigned;

/// Could not be stored. Vonage keeps what is answered 503 and sends it again for 24 hours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotKept(pub String);

/// A request that does not get its 200. What it prints goes to the sender, whoever that is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// A check of the URL with a wrong path token, which learns nothing.
    #[error("there is nothing here")]
    NothingHere,
    /// 503, so that Vonage keeps the text until the URL is mended.
    #[error("this is not the webhook URL that was configured")]
    WrongToken,
    /// Only where the door is open to all.
    #[error("this is no webhook of Vonage's: it has no messageId, no msisdn and no message_uuid")]
    Junk,
    /// 503, so that Vonage keeps the text until something guards the route.
    #[error("neither a path token nor a signature guards webhooks of this API, so none are taken")]
    Unguarded,
    /// 503 for both, so that Vonage keeps the text while the secret is mended.
    #[error("this webhook has no signature, and one is asked for")]
    NotSigned,
    #[error("this webhook's signature does not fit")]
    WrongSignature,
    /// 401: it is authentic, and somebody may be playing it again.
    #[error("this webhook was signed too long ago")]
    TooOld,
    /// 503: it is authentic, so our clock is wrong, and Vonage keeps the text until it is set right.
    #[error("by the clock of this machine, this webhook cannot have been signed when it was: the clock is wrong")]
    WrongClock,
    #[error("{0}")]
    NotKept(#[from] NotKept),
}

impl From<Distrust> for Refusal {
    fn from(distrust: Distrust) -> Self {
        match distrust {
            Distrust::Unsigned(Unsigned::Missing) => Self::NotSigned,
            Distrust::Unsigned(Unsigned::Wrong) => Self::WrongSignature,
            Distrust::TooOld => Self::TooOld,
            Distrust::WrongClock => Self::WrongClock,
        }
    }
}

impl Refusal {
    const fn status(&self) -> StatusCode {
        match self {
            Self::NothingHere => StatusCode::NOT_FOUND,
            Self::WrongToken
            | Self::Unguarded
            | Self::NotSigned
            | Self::WrongSignature
            | Self::WrongClock
            | Self::NotKept(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooOld => StatusCode::UNAUTHORIZED,
            Self::Junk => StatusCode::BAD_REQUEST,
        }
    }

    /// The word in the answer, in metrics and in logs.
    pub(super) const fn reason(&self) -> &'static str {
        match self {
            Self::NothingHere => "not_found",
            Self::WrongToken => "wrong_token",
            Self::Junk => "junk",
            Self::Unguarded => "unguarded",
            Self::NotSigned => "not_signed",
            Self::WrongSignature => "wrong_signature",
            Self::TooOld => "too_old",
            Self::WrongClock => "wrong_clock",
            Self::NotKept(_) => "not_stored",
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let reason = self.reason();
        metrics::counter!("threadline_webhooks_refused_total", "reason" => reason).increment(1);
        // The inbox says by itself why it could not keep one.
        if !matches!(self, Self::NotKept(_)) {
            tracing::warn!(reason, "a webhook was refused: {self}");
        }
        (self.status(), Json(json!({ "error": reason, "detail": self.to_string() }))).into_response()
    }
}
