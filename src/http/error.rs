//! What a listener answers by itself, before or without a route.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::limits::BODY;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    #[error("there is nothing here")]
    NotFound,
    #[error("this address does not take that method")]
    MethodNotAllowed,
    #[error("the body is longer than {} KiB", BODY / 1024)]
    TooLarge,
    #[error("the body broke off")]
    BrokenOff,
    /// 503, so that Vonage sends it again.
    #[error("it took too long")]
    TooSlow,
}

impl Failure {
    const fn status_and_reason(self) -> (StatusCode, &'static str) {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::BrokenOff => (StatusCode::BAD_REQUEST, "broken_off"),
            Self::TooSlow => (StatusCode::SERVICE_UNAVAILABLE, "too_slow"),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, reason) = self.status_and_reason();
        metrics::counter!("threadline_http_refused_total", "reason" => reason).increment(1);
        tracing::debug!(reason, "a request was refused: {self}");
        (status, Json(json!({ "error": reason, "detail": self.to_string() }))).into_response()
    }
}
