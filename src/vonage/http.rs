//! The one HTTP client that speaks to Vonage: how long it waits, and what it never does by itself.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response, Url, redirect, retry};

use crate::health::Health;
use crate::ports::Clock;

/// Hears what time the services say it is.
#[derive(Clone)]
pub(super) struct Dates {
    pub(super) health: Arc<Health>,
    pub(super) clock: Arc<dyn Clock>,
}

/// Sends a request, and hears the date of its answer. All requests to Vonage go through here.
pub(super) async fn send(request: RequestBuilder, dates: Option<&Dates>) -> Result<Response, reqwest::Error> {
    let answer = request.send().await?;
    if let Some(Dates { health, clock }) = dates {
        health.hear_date(answer.headers(), clock.now());
    }
    Ok(answer)
}

/// Why there can be no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("{0} is not a URL that requests can be sent to: {1}")]
    Url(String, String),
    #[error("the HTTP client could not be made: {0}")]
    Http(#[source] reqwest::Error),
}

/// How long a connection may take to come about, name and TLS included.
const CONNECT: Duration = Duration::from_secs(5);

/// How long a whole request may take. An attempt's lease has to be longer.
pub(super) const WHOLE_REQUEST: Duration = Duration::from_secs(20);

/// How long a connection is kept for the next request. Shorter than a server usually waits: a request on a connection
/// that the server is just closing is lost in a way that leaves an SMS unconfirmed.
const KEPT_IDLE: Duration = Duration::from_secs(15);

/// # Errors
/// Where TLS has no root certificates to start with.
pub(super) fn client() -> Result<Client, ClientError> {
    Client::builder()
        .user_agent(concat!("threadline/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .timeout(WHOLE_REQUEST)
        .pool_idle_timeout(KEPT_IDLE)
        // A second request would be a second SMS; a redirected one would take the secret somewhere else.
        .retry(retry::never())
        .redirect(redirect::Policy::none())
        .no_proxy()
        .build()
        .map_err(ClientError::Http)
}

/// The URL of a route below a service's base, such as `https://rest.nexmo.com`.
///
/// # Errors
/// Where the base is no http or https URL.
pub(super) fn endpoint(base: &str, route: &[&str]) -> Result<Url, ClientError> {
    let wrong = |why: &str| ClientError::Url(base.to_owned(), why.to_owned());
    let mut url = Url::parse(base).map_err(|error| wrong(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("it must begin with http:// or https://"));
    }
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(route);
    }
    Ok(url)
}

/// The innermost cause, such as "Connection refused"; the outer ones print the URL.
pub(super) fn root(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    while let Some(inner) = cause.and_then(Error::source) {
        cause = Some(inner);
    }
    cause.map_or_else(|| "no cause is known".to_owned(), ToString::to_string)
}
