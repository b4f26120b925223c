//! Sends SMS through Vonage's SMS API: one call, one request.

use async_trait::async_trait;
use reqwest::{Client, Url};
use secrecy::{ExposeSecret as _, SecretString};

use super::http::{self, ClientError, WHOLE_REQUEST, root};
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
        let endpoint = http::endpoint(rest_url, &["sms", "json"])?;
        let http = http::client()?;
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
