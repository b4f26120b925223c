//! Why the Messages API refuses a request, as `application/problem+json` (RFC 9457).

use std::borrow::Cow;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use uuid::Uuid;

use super::codes;

/// A refusal at once. What fails later is a status webhook.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    status: StatusCode,
    /// What follows `https://developer.vonage.com/api-errors`.
    kind: Cow<'static, str>,
    title: &'static str,
    detail: Cow<'static, str>,
    /// The parameter's name and what is wrong with it.
    invalid: Option<(&'static str, &'static str)>,
}

const ERRORS: &str = "https://developer.vonage.com/api-errors";

impl Problem {
    /// 401. The description's own spelling of the type.
    pub(super) fn unauthorized() -> Self {
        let detail = "Check that you're using the correct credentials, and that your account has this feature enabled";
        Self::new(401, "/#unathorized", "You did not provide correct credentials.", detail)
    }

    /// 401: the token is in the name of an application that the account does not have.
    pub(super) fn other_application() -> Self {
        let title = "The credentials provided do not have access to the requested product";
        Self::new(401, "/#unprovisioned", title, "Check your API key is correct and has been whitelisted")
    }

    /// 402
    pub(super) fn low_balance() -> Self {
        let detail = "This request could not be performed due to your account balance being low.";
        Self::new(402, "/#low-balance", "Low balance", detail)
    }

    /// 415: not documented, and what a server for JSON says.
    pub(super) fn not_json() -> Self {
        Self::new(415, "#unsupported-media-type", "Unsupported Media Type", "Only application/json is understood.")
    }

    /// 422
    pub(super) fn unreadable(why: String) -> Self {
        let title = "The request body did not contain valid JSON";
        Self { detail: why.into(), ..Self::new(422, "#invalid-json", title, "") }
    }

    /// 422 with one of the codes 1400 to 1450.
    pub(super) fn unprocessable(code: u16) -> Self {
        Self::coded(422, code, codes::name(code), codes::detail(code))
    }

    /// 422: the value of one parameter is wrong.
    pub(super) fn invalid(code: u16, name: &'static str, reason: &'static str) -> Self {
        Self { invalid: Some((name, reason)), ..Self::unprocessable(code) }
    }

    /// 429
    pub(super) fn throttled() -> Self {
        Self::coded(429, 1000, "Rate Limit Hit", "Please wait, then retry your request")
    }

    /// 500
    pub(super) fn internal() -> Self {
        Self::coded(500, 1000, "Internal error", "There was an error processing your request in the Platform.")
    }

    /// Whether the request should never have been made that way, whatever the account's condition: a sentence for it.
    pub(super) fn violation(&self) -> Option<String> {
        let Self { status, title, detail, .. } = self;
        let parameter = self.invalid.iter().map(|(name, reason)| format!(" ({name}: {reason})")).collect::<String>();
        matches!(status.as_u16(), 415 | 422).then(|| format!("{}, {title}: {detail}{parameter}", status.as_u16()))
    }

    fn coded(status: u16, code: u16, title: &'static str, detail: &'static str) -> Self {
        Self { kind: format!("/messages#{code}").into(), ..Self::new(status, "", title, detail) }
    }

    fn new(status: u16, kind: &'static str, title: &'static str, detail: &'static str) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST),
            kind: kind.into(),
            title,
            detail: detail.into(),
            invalid: None,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({
            "type": format!("{ERRORS}{}", self.kind),
            "title": self.title,
            "detail": self.detail,
            "instance": Uuid::new_v4().simple().to_string(),
        });
        if let Some((name, reason)) = self.invalid {
            body["invalid_parameters"] = json!([{"name": name, "reason": reason}]);
        }
        let mut response = (self.status, Json(body)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
}
