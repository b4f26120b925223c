//! How much a caller may ask of us: of connections, of bytes, of time.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;

use super::error::Failure;

/// The limits of one listener that may differ; the body's is fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// At most so many connections at once; more wait to be accepted.
    pub connections: usize,
    /// How long the head of a request may take, also on a connection that is kept for the next one.
    pub head: Duration,
    /// How long a request may take from its head to its answer.
    pub request: Duration,
}

/// Bytes in the longest body: a webhook has a few hundred, and a few thousand where the text is long.
pub(super) const BODY: usize = 64 * 1024;

/// How much of a longer body is read and dropped, for most callers read no answer before they have written theirs.
const DRAINED: usize = 1024 * 1024;

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 1024, head: Duration::from_secs(10), request: Duration::from_secs(15) }
    }
}

/// Gives the routes bodies that are whole and not too long.
pub(super) async fn body(request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    match whole(body).await {
        Ok(body) => next.run(Request::from_parts(head, body.into())).await,
        Err(failure) => failure.into_response(),
    }
}

/// Ends what takes too long.
pub(super) async fn time(State(limits): State<Limits>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(limits.request, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Failure::TooSlow.into_response(),
    }
}

async fn whole(mut body: Body) -> Result<Bytes, Failure> {
    let mut read = 0;
    let mut kept = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Failure::BrokenOff)?.into_data() else { continue };
        read += data.len();
        if read <= BODY {
            kept.extend_from_slice(&data);
        } else if read > DRAINED {
            break;
        }
    }
    if read <= BODY { Ok(kept.freeze()) } else { Err(Failure::TooLarge) }
}
