//! How requests to the sandbox are read and refused.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use threadline_sandbox::discord::Refused;

/// A refusal, and why.
pub(super) struct Problem(pub(super) StatusCode, pub(super) String);

pub(super) type Answer = Result<Json<Value>, Problem>;

pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem(StatusCode::BAD_REQUEST, format!("the body: {error}")))
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        Self(StatusCode::CONFLICT, refused.0)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self(status, detail) = self;
        let error = status.canonical_reason().unwrap_or_default().to_lowercase().replace(' ', "_");
        (status, Json(json!({ "error": error, "detail": detail }))).into_response()
    }
}
