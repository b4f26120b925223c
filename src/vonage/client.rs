//! Sends SMS through Vonage's SMS API: one call, one request.

use std::error::Error;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::{Client, Url, redirect, retry};
use secrecy::{ExposeSecret as _, SecretString};

use super::{digits, verdict};
use crate::domain::sms::{self, Encoding};
use crate::ports::{Accepted, Retry, SendError, Sms, SmsProvider};

/// One account at Vonage.
pub struct VonageClient {
    http: Client,
    endpoint: Url,
    api_key: String,
    api_secret: SecretString,
    /// Secret, since it has the path token in it.
    receipt_callback: Option<SecretString>,
}

/// Why there can be no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("vonage.rest_url is not a URL that requests can be sent to: {0}")]
    Url(String),
    #[error("the HTTP client could not be made: {0}")]
    Http(#[source] reqwest::Error),
}

/// How long a connection may take to come about, name and TLS included.
const CONNECT: Duration = Duration::from_secs(5);

/// How long a whole request may take. An attempt's lease has to be longer.
pub const WHOLE_REQUEST: Duration = Duration::from_secs(20);

/// How long a connection is kept for the next SMS. Shorter than a server usually waits: a request on a connection
/// that the server is just closing is lost in a way that leaves the SMS unconfirmed.
const KEPT_IDLE: Duration = Duration::from_secs(15);

impl VonageClient {
    /// `rest_url` is `https://rest.nexmo.com`, or a simulator's. Receipts are asked for with each SMS where there is a
    /// `receipt_callback` (at most 100 characters); without one the account's own settings hold.
    ///
    /// # Errors
    /// Where `rest_url` is no http or https URL, or TLS has no root certificates to start with.
    pub fn new(
        rest_url: &str,
        api_key: String,
        api_secret: SecretString,
        receipt_callback: Option<String>,
    ) -> Result<Self, ClientError> {
        metrics::describe_counter!("threadline_vonage_requests_total", "Requests that send an SMS, by their outcome");
        metrics::describe_histogram!("threadline_vonage_request_seconds", "How long Vonage took to answer");
        let mut endpoint = Url::parse(rest_url).map_err(|error| ClientError::Url(error.to_string()))?;
        if !matches!(endpoint.scheme(), "http" | "https") {
            return Err(ClientError::Url("it must begin with http:// or https://".to_owned()));
        }
        if let Ok(mut path) = endpoint.path_segments_mut() {
            path.pop_if_empty().extend(["sms", "json"]);
        }
        let http = Client::builder()
            .user_agent(concat!("threadline/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .timeout(WHOLE_REQUEST)
            .pool_idle_timeout(KEPT_IDLE)
            // A second request would be a second SMS; a redirected one would take the secret somewhere else.
            .retry(retry::never())
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(ClientError::Http)?;
        Ok(Self { http, endpoint, api_key, api_secret, receipt_callback: receipt_callback.map(Into::into) })
    }

    async fn request(&self, sms: &Sms) -> Result<Accepted, SendError> {
        let answer = self.http.post(self.endpoint.clone()).form(&self.form(sms)).send().await;
        let answer = answer.map_err(|error| not_answered(&error))?;
        verdict::of_status(answer.status(), answer.headers())?;
        let body = answer.bytes().await.map_err(|error| not_answered(&error))?;
        verdict::of_body(&body)
    }

    /// The credentials stand in the form, as the API's published description has it, and not in an Authorization
    /// header, which newer SDKs use and the description leaves out.
    fn form<'a>(&'a self, sms: &'a Sms) -> Vec<(&'static str, String)> {
        let kind = match sms::encoding(&sms.text) {
            Encoding::Gsm7 => "text",
            Encoding::Ucs2 => "unicode",
        };
        let mut form = vec![
            ("api_key", self.api_key.clone()),
            ("api_secret", self.api_secret.expose_secret().to_owned()),
            ("from", digits(&sms.from).to_owned()),
            ("to", digits(&sms.to).to_owned()),
            ("type", kind.to_owned()),
            ("text", sms.text.clone()),
            ("client-ref", sms.client_ref.to_string()),
        ];
        if let Some(callback) = &self.receipt_callback {
            form.push(("status-report-req", "true".to_owned()));
            form.push(("callback", callback.expose_secret().to_owned()));
        }
        form
    }
}

#[async_trait]
impl SmsProvider for VonageClient {
    async fn send(&self, sms: &Sms) -> Result<Accepted, SendError> {
        #[expect(clippy::disallowed_methods, reason = "a stopwatch for the metrics; nothing is decided by it")]
        let started = tokio::time::Instant::now();
        let result = self.request(sms).await;
        metrics::histogram!("threadline_vonage_request_seconds").record(started.elapsed());
        metrics::counter!("threadline_vonage_requests_total", "outcome" => outcome(&result)).increment(1);
        result
    }
}

/// Without a connection nothing left the house; after that, everything may have.
fn not_answered(error: &reqwest::Error) -> SendError {
    if error.is_connect() {
        let why = format!("Vonage cannot be reached: {}", root(error));
        SendError::Retry(Retry::Unreachable(why))
    } else if error.is_timeout() {
        SendError::Unconfirmed(format!("no answer within {} seconds", WHOLE_REQUEST.as_secs()))
    } else {
        SendError::Unconfirmed(format!("the connection broke off: {}", root(error)))
    }
}

/// The innermost cause, such as "Connection refused"; the outer ones print the URL.
fn root(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    while let Some(inner) = cause.and_then(Error::source) {
        cause = Some(inner);
    }
    cause.map_or_else(|| "no cause is known".to_owned(), ToString::to_string)
}

const fn outcome(result: &Result<Accepted, SendError>) -> &'static str {
    match result {
        Ok(_) => "accepted",
        Err(SendError::Retry(Retry::Soon { .. })) => "retry_soon",
        Err(SendError::Retry(Retry::Unreachable(_))) => "unreachable",
        Err(SendError::Retry(Retry::Bounded)) => "retry_bounded",
        Err(SendError::Retry(Retry::Account { .. })) => "account_refused",
        Err(SendError::Reject(_)) => "rejected",
        Err(SendError::Unconfirmed(_)) => "unconfirmed",
    }
}

#[cfg(test)]
mod tests;
