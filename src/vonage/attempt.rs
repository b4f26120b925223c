//! One request that sends: how it is measured, and what it means that no answer came.

use reqwest::Response;

use super::http::{WHOLE_REQUEST, root};
use crate::ports::{Accepted, Retry, SendError};

pub(super) fn describe() {
    metrics::describe_counter!("threadline_vonage_requests_total", "Requests that send an SMS, by their outcome");
    metrics::describe_histogram!("threadline_vonage_request_seconds", "How long Vonage took to answer");
}

/// Waits for the one request.
pub(super) async fn measured(
    request: impl Future<Output = Result<Accepted, SendError>>,
) -> Result<Accepted, SendError> {
    #[expect(clippy::disallowed_methods, reason = "a stopwatch for the metrics; nothing is decided by it")]
    let started = tokio::time::Instant::now();
    let result = request.await;
    metrics::histogram!("threadline_vonage_request_seconds").record(started.elapsed());
    metrics::counter!("threadline_vonage_requests_total", "outcome" => outcome(&result)).increment(1);
    result
}

/// The body of an answer that said "taken".
pub(super) async fn body(answer: Response) -> Result<bytes::Bytes, SendError> {
    answer.bytes().await.map_err(|error| not_answered(&error))
}

/// Without a connection nothing left the house; after that, everything may have.
pub(super) fn not_answered(error: &reqwest::Error) -> SendError {
    if error.is_connect() {
        let why = format!("Vonage cannot be reached: {}", root(error));
        SendError::Retry(Retry::Unreachable(why))
    } else if error.is_timeout() {
        SendError::Unconfirmed(format!("no answer within {} seconds", WHOLE_REQUEST.as_secs()))
    } else {
        SendError::Unconfirmed(format!("the connection broke off: {}", root(error)))
    }
}

const fn outcome(result: &Result<Accepted, SendError>) -> &'static str {
    match result {
        Ok(_) => "accepted",
        Err(SendError::Retry(Retry::Soon { .. })) => "retry_soon",
        Err(SendError::Retry(Retry::Unreachable(_))) => "unreachable",
        Err(SendError::Retry(Retry::Refused { why })) if why.is_of_account() => "account_refused",
        Err(SendError::Retry(Retry::Refused { .. })) => "refused",
        Err(SendError::Reject(_)) => "rejected",
        Err(SendError::Unconfirmed(_)) => "unconfirmed",
    }
}
