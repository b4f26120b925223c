//! Sends SMS through Vonage's Messages API: one call, one request.

use std::sync::Arc;

use async_trait::async_trait;
use reqwest::{Client, RequestBuilder, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::application::Passes;
use super::http::{self, ClientError, Dates};
use super::{attempt, digits, verdict};
use crate::config::Application;
use crate::domain::sms::{self, Encoding};
use crate::health::Health;
use crate::ports::{Accepted, Clock, Retry, SendError, Sms, SmsProvider};

/// One account at Vonage, by its Messages API.
pub struct MessagesApi {
    http: Client,
    endpoint: Url,
    proof: Proof,
    /// Secret, since it has the path token in it.
    status_url: Option<SecretString>,
    dates: Option<Dates>,
}

/// Who asks.
enum Proof {
    /// An application, by a token that it signs.
    Application(Passes),
    /// The account.
    Basic { api_key: String, api_secret: SecretString },
}

impl MessagesApi {
    /// `api_url` is `https://api.nexmo.com`, or a simulator's. With an `application` it is the one that sends, else the
    /// account does. Statuses are asked for with each message where there is a `status_url`; without one the settings of
    /// the application or of the account hold.
    ///
    /// # Errors
    /// Where `api_url` is no http or https URL, or TLS has no root certificates to start with.
    pub fn new(
        api_url: &str,
        (api_key, api_secret): (String, SecretString),
        application: Option<Application>,
        status_url: Option<String>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ClientError> {
        attempt::describe();
        let endpoint = http::endpoint(api_url, &["v1", "messages"])?;
        let http = http::client()?;
        let proof = match application {
            Some(application) => Proof::Application(Passes::new(application, clock)),
            None => Proof::Basic { api_key, api_secret },
        };
        Ok(Self { http, endpoint, proof, status_url: status_url.map(Into::into), dates: None })
    }

    /// Tells `health` by which clock the answers are dated.
    #[must_use]
    pub fn dated_for(mut self, health: Arc<Health>, clock: Arc<dyn Clock>) -> Self {
        self.dates = Some(Dates { health, clock });
        self
    }

    async fn request(&self, sms: &Sms) -> Result<Accepted, SendError> {
        let request = self.authorized(self.http.post(self.endpoint.clone()))?;
        let answer = http::send(request.json(&self.message(sms)), self.dates.as_ref()).await;
        let answer = answer.map_err(|error| attempt::not_answered(&error))?;
        let status = answer.status();
        if status.is_success() {
            return verdict::messages::taken(&attempt::body(answer).await?);
        }
        let headers = answer.headers().clone();
        // The status says enough if the rest of the answer is lost.
        let problem = answer.bytes().await.unwrap_or_default();
        Err(verdict::messages::refused(status, &headers, &problem))
    }

    fn authorized(&self, request: RequestBuilder) -> Result<RequestBuilder, SendError> {
        match &self.proof {
            Proof::Application(passes) => match passes.current() {
                Some(token) => Ok(request.bearer_auth(token.expose_secret())),
                // Nothing has left; the key did sign when the process started.
                None => Err(SendError::Retry(Retry::Soon { after: None, why: "no token could be signed".to_owned() })),
            },
            Proof::Basic { api_key, api_secret } => Ok(request.basic_auth(api_key, Some(api_secret.expose_secret()))),
        }
    }

    fn message<'a>(&'a self, sms: &'a Sms) -> Message<'a> {
        Message {
            message_type: "text",
            channel: "sms",
            to: digits(&sms.to),
            from: digits(&sms.from),
            text: &sms.text,
            client_ref: sms.client_ref.to_string(),
            webhook_url: self.status_url.as_ref().map(ExposeSecret::expose_secret),
            webhook_version: "v1",
            sms: Settings {
                // Told, and not left to Vonage's "auto": we count the parts by the same rule.
                encoding_type: match sms::encoding(&sms.text) {
                    Encoding::Gsm7 => "text",
                    Encoding::Ucs2 => "unicode",
                },
            },
        }
    }
}

#[async_trait]
impl SmsProvider for MessagesApi {
    async fn send(&self, sms: &Sms) -> Result<Accepted, SendError> {
        attempt::measured(self.request(sms)).await
    }
}

/// The body of a request.
#[derive(Serialize)]
struct Message<'a> {
    message_type: &'static str,
    channel: &'static str,
    to: &'a str,
    from: &'a str,
    text: &'a str,
    client_ref: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook_url: Option<&'a str>,
    /// The form of its statuses, whatever the account's is: no other is understood here.
    webhook_version: &'static str,
    sms: Settings,
}

#[derive(Serialize)]
struct Settings {
    encoding_type: &'static str,
}

#[cfg(test)]
mod tests;
