//! Sends SMS through Vonage's SMS API: one call, one request.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::{Client, Url};
use secrecy::{ExposeSecret as _, SecretString};

use super::http::{self, ClientError, Dates};
use super::signature::{self, SIG};
use super::{attempt, digits, verdict};
use crate::config::RequestSignature;
use crate::domain::sms::{self, Encoding};
use crate::health::Health;
use crate::ports::{Accepted, Clock, SendError, Sms, SmsProvider};

/// One account at Vonage, by its SMS API.
pub struct SmsApi {
    http: Client,
    endpoint: Url,
    api_key: String,
    proof: Proof,
    /// Secret, since it has the path token in it.
    receipt_callback: Option<SecretString>,
    clock: Arc<dyn Clock>,
    dates: Option<Dates>,
}

/// What a request shows beside the account's key. Both at once would be refused (status 32).
pub enum Proof {
    /// The account's secret.
    Secret(SecretString),
    /// A signature, for accounts that demand one.
    Signature(RequestSignature),
}

impl SmsApi {
    /// `rest_url` is `https://rest.nexmo.com`, or a simulator's. Receipts are asked for with each SMS where there is a
    /// `receipt_callback` (at most 100 characters); without one the account's own settings hold.
    ///
    /// # Errors
    /// Where `rest_url` is no http or https URL, or TLS has no root certificates to start with.
    pub fn new(
        rest_url: &str,
        api_key: String,
        proof: Proof,
        receipt_callback: Option<String>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ClientError> {
        attempt::describe();
        let endpoint = http::endpoint(rest_url, &["sms", "json"])?;
        let http = http::client()?;
        let receipt_callback = receipt_callback.map(Into::into);
        Ok(Self { http, endpoint, api_key, proof, receipt_callback, clock, dates: None })
    }

    /// Tells `health` by which clock the answers are dated.
    #[must_use]
    pub fn dated_for(mut self, health: Arc<Health>) -> Self {
        self.dates = Some(Dates { health, clock: self.clock.clone() });
        self
    }

    async fn request(&self, sms: &Sms) -> Result<Accepted, SendError> {
        let request = self.http.post(self.endpoint.clone()).form(&self.form(sms));
        let answer = http::send(request, self.dates.as_ref()).await;
        let answer = answer.map_err(|error| attempt::not_answered(&error))?;
        verdict::of_status(answer.status(), answer.headers())?;
        verdict::of_body(&attempt::body(answer).await?)
    }

    /// The credentials stand in the form, as the API's published description has it, and not in an Authorization
    /// header, which newer SDKs use and the description leaves out.
    fn form(&self, sms: &Sms) -> BTreeMap<String, String> {
        let kind = match sms::encoding(&sms.text) {
            Encoding::Gsm7 => "text",
            Encoding::Ucs2 => "unicode",
        };
        let mut form = BTreeMap::new();
        let mut field = |name: &str, value: &str| form.insert(name.to_owned(), value.to_owned());
        field("api_key", &self.api_key);
        field("from", digits(&sms.from));
        field("to", digits(&sms.to));
        field("type", kind);
        field("text", &sms.text);
        field("client-ref", &sms.client_ref.to_string());
        if let Some(callback) = &self.receipt_callback {
            field("status-report-req", "true");
            field("callback", callback.expose_secret());
        }
        match &self.proof {
            Proof::Secret(secret) => {
                field("api_secret", secret.expose_secret());
            }
            Proof::Signature(RequestSignature { algorithm, secret }) => {
                field("timestamp", &self.clock.now().unix_seconds().to_string());
                let sig = signature::sign(*algorithm, secret, &form);
                form.insert(SIG.to_owned(), sig);
            }
        }
        form
    }
}

#[async_trait]
impl SmsProvider for SmsApi {
    async fn send(&self, sms: &Sms) -> Result<Accepted, SendError> {
        attempt::measured(self.request(sms)).await
    }
}

#[cfg(test)]
mod tests;
