//! Discord's refusals: a status, a code and a sentence, and for a wrong form the tree of what is wrong where.

use std::fmt;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::{Value, json};

/// One refusal, as `topics/opcodes-and-status-codes` of Discord's documents lists them.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: u32,
    message: &'static str,
    errors: Option<Value>,
}

/// Marks a response to a request that a correct bot never makes.
#[derive(Clone, Debug)]
pub(crate) struct BotsFault(pub(crate) String);

impl ApiError {
    pub(crate) const UNAUTHORIZED: Self = Self::new(401, 0, "401: Unauthorized");
    pub(crate) const NOT_FOUND: Self = Self::new(404, 0, "404: Not Found");
    pub(crate) const METHOD_NOT_ALLOWED: Self = Self::new(405, 0, "405: Method Not Allowed");
    /// What a request without Discord's form of User-Agent meets.
    pub(crate) const BLOCKED: Self = Self::new(403, 40333, "internal network error");
    pub(crate) const UNKNOWN_APPLICATION: Self = Self::new(404, 10002, "Unknown Application");
    pub(crate) const UNKNOWN_CHANNEL: Self = Self::new(404, 10003, "Unknown Channel");
    pub(crate) const UNKNOWN_GUILD: Self = Self::new(404, 10004, "Unknown Guild");
    pub(crate) const UNKNOWN_MEMBER: Self = Self::new(404, 10007, "Unknown Member");
    pub(crate) const UNKNOWN_MESSAGE: Self = Self::new(404, 10008, "Unknown Message");
    pub(crate) const UNKNOWN_USER: Self = Self::new(404, 10013, "Unknown User");
    pub(crate) const UNKNOWN_WEBHOOK: Self = Self::new(404, 10015, "Unknown Webhook");
    pub(crate) const UNKNOWN_INTERACTION: Self = Self::new(404, 10062, "Unknown interaction");
    pub(crate) const UNKNOWN_COMMAND: Self = Self::new(404, 10063, "Unknown application command");
    pub(crate) const ACKNOWLEDGED: Self = Self::new(400, 40060, "Interaction has already been acknowledged.");
    pub(crate) const MISSING_ACCESS: Self = Self::new(403, 50001, "Missing Access");
    pub(crate) const NOT_THE_AUTHOR: Self = Self::new(403, 50005, "Cannot edit a message authored by another user");
    pub(crate) const EMPTY_MESSAGE: Self = Self::new(400, 50006, "Cannot send an empty message");
    pub(crate) const MISSING_PERMISSIONS: Self = Self::new(403, 50013, "Missing Permissions");
    pub(crate) const SYSTEM_MESSAGE: Self = Self::new(403, 50021, "Cannot execute action on a system message");
    pub(crate) const CHANNEL_TYPE: Self = Self::new(400, 50024, "Cannot execute action on this channel type");
    pub(crate) const ARCHIVED: Self = Self::new(400, 50083, "Thread is archived");
    pub(crate) const INVALID_JSON: Self = Self::new(400, 50109, "The request body contains invalid JSON.");
    pub(crate) const THREAD_EXISTS: Self =
        Self::new(400, 160_004, "A thread has already been created for this message");
    pub(crate) const LOCKED: Self = Self::new(400, 160_005, "Thread is locked");
    pub(crate) const TOO_MANY_THREADS: Self = Self::new(400, 160_006, "Maximum number of active threads reached");

    const fn new(status: u16, code: u32, message: &'static str) -> Self {
        let status = match status {
            400 => StatusCode::BAD_REQUEST,
            401 => StatusCode::UNAUTHORIZED,
            403 => StatusCode::FORBIDDEN,
            405 => StatusCode::METHOD_NOT_ALLOWED,
            _ => StatusCode::NOT_FOUND,
        };
        Self { status, code, message, errors: None }
    }

    /// 50035 with its tree of errors.
    pub(crate) fn invalid_form(errors: Value) -> Self {
        Self { errors: Some(errors), ..Self::new(400, 50035, "Invalid Form Body") }
    }

    /// Whether only a mistake in the bot's own code leads here; the others happen to a correct bot too, when a
    /// moderator, a slow network or a second delivery comes between.
    fn bots_fault(&self) -> bool {
        matches!(self.code, 40333 | 50005 | 50006 | 50021 | 50024 | 50035 | 50109 | 10002)
            || self.status == StatusCode::METHOD_NOT_ALLOWED
            || (self.code == 0 && self.status == StatusCode::NOT_FOUND)
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)?;
        match &self.errors {
            Some(errors) => write!(f, ": {errors}"),
            None => Ok(()),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let fault = self.bots_fault();
        let mut body = json!({ "message": self.message, "code": self.code });
        if let Some(errors) = self.errors {
            body["errors"] = errors;
        }
        let said = body.to_string();
        let mut response = (self.status, Json(body)).into_response();
        if fault {
            response.extensions_mut().insert(BotsFault(said));
        }
        response
    }
}
