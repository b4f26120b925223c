//! Webhooks: what Vonage pushes to the bridge, in the account's format and with Vonage's patience.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, Method, header};
use reqwest::RequestBuilder;
use serde_json::Value;

use super::Core;
use super::fields::Fields;

/// How an account's webhooks are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WebhookFormat {
    /// `GET` with the fields in the query.
    Get,
    /// `POST` of a form.
    Post,
    /// `POST` of a JSON object of strings.
    #[default]
    PostJson,
}

/// What a webhook tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookKind {
    InboundSms,
    DeliveryReceipt,
    /// Of the Messages API.
    InboundMessage,
    /// Of the Messages API.
    MessageStatus,
}

/// One webhook and how it fared.
#[derive(Clone, Debug)]
pub struct Webhook {
    pub kind: WebhookKind,
    pub url: String,
    pub format: WebhookFormat,
    /// Empty where it is of the Messages API.
    pub fields: Fields,
    /// What a webhook of the Messages API tells.
    pub message: Option<Value>,
    /// Its `Authorization` header.
    pub authorization: Option<String>,
    pub attempts: Vec<Attempt>,
    pub outcome: Outcome,
}

/// One push of a webhook.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// When it was answered, or given up on.
    pub at: SystemTime,
    /// `None`: no answer.
    pub status: Option<u16>,
    /// The answer's body, or why there is none.
    pub body: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Not answered yet, or to be pushed again.
    Pending,
    /// Answered 200 to 205.
    Delivered,
    /// Refused with a status that is not retried, or refused for 24 hours.
    GivenUp,
}

/// Why Vonage does not take a webhook URL.
#[derive(Clone, Debug)]
pub struct UrlRefused(pub String);

const FIRST_RETRY: Duration = Duration::from_secs(5);
const LONGEST_RETRY: Duration = Duration::from_secs(15 * 60);
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);
const USER_AGENT: &str = "Vonage/MessagingHUB/v1.0";

impl Webhook {
    /// The statuses it was answered with, in order; `None`: no answer.
    pub fn statuses(&self) -> Vec<Option<u16>> {
        self.attempts.iter().map(|attempt| attempt.status).collect()
    }

    /// What it tells, as JSON: of the SMS API an object of texts, of the Messages API what was pushed.
    pub fn json(&self) -> Value {
        self.message.clone().unwrap_or_else(|| self.fields.json())
    }
}

impl std::fmt::Display for UrlRefused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the webhook URL was not taken: {}", self.0)
    }
}

impl std::error::Error for UrlRefused {}

impl Core {
    /// Pushes one webhook, as often at once as the account is told to, and returns the ids.
    pub(super) fn push(&self, kind: WebhookKind, url: &str, fields: &Fields, copies: u32) -> Vec<usize> {
        let now = self.unix_seconds();
        let (webhook, copies) = self.state.read(|state| {
            let webhook = Webhook {
                kind,
                url: url.to_owned(),
                format: state.webhook_format,
                fields: match &state.signing {
                    Some(signing) => signing.sign(fields, now),
                    None => fields.clone(),
                },
                message: None,
                authorization: None,
                attempts: Vec::new(),
                outcome: Outcome::Pending,
            };
            (webhook, copies.max(state.webhook_copies).max(1))
        });
        self.enqueue(&vec![webhook; copies as usize])
    }

    /// Sends webhooks on their way, and returns their ids.
    pub(super) fn enqueue(&self, webhooks: &[Webhook]) -> Vec<usize> {
        let first = self.state.change(|state| {
            let first = state.webhooks.len();
            state.webhooks.extend_from_slice(webhooks);
            first
        });
        let ids: Vec<usize> = (first..first + webhooks.len()).collect();
        for &id in &ids {
            tokio::spawn(self.clone().carry(id));
        }
        ids
    }

    /// The webhooks, once each was answered or found nobody.
    pub(super) async fn attempted(&self, ids: &[usize]) -> Vec<Webhook> {
        self.state.until(|state| ids.iter().all(|&id| !state.webhooks[id].attempts.is_empty())).await;
        self.state.read(|state| ids.iter().map(|&id| state.webhooks[id].clone()).collect())
    }

    /// What Vonage does before it takes a webhook URL: a GET without parameters, which must be answered 200.
    pub(super) async fn verify(&self, url: &str) -> Result<(), UrlRefused> {
        let asked = self.http.get(url).header(header::USER_AGENT, USER_AGENT).header(header::ACCEPT, "*/*");
        match asked.send().await {
            Ok(answer) if answer.status() == 200 => Ok(()),
            Ok(answer) => Err(UrlRefused(format!("it answered {} to a GET without parameters", answer.status()))),
            Err(error) => Err(UrlRefused(error.to_string())),
        }
    }

    /// One request of any kind, as somebody on the internet might send it.
    pub(super) async fn push_raw(&self, method: Method, url: &str, headers: HeaderMap, body: Vec<u8>) -> Attempt {
        answered(self.http.request(method, url).headers(headers).body(body)).await
    }

    /// Pushes a webhook until it is taken or given up on.
    async fn carry(self, id: usize) {
        let (webhook, latency) = self.state.read(|state| (state.webhooks[id].clone(), state.webhook_latency));
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        let mut delay = FIRST_RETRY;
        let mut waited = Duration::ZERO;
        loop {
            let attempt = self.attempt(&webhook).await;
            let outcome = match attempt.status {
                Some(200..=205) => Outcome::Delivered,
                None | Some(429 | 500..) if waited + delay <= PATIENCE => Outcome::Pending,
                _ => Outcome::GivenUp,
            };
            self.state.change(|state| {
                let webhook = &mut state.webhooks[id];
                webhook.attempts.push(attempt);
                webhook.outcome = outcome;
            });
            if outcome != Outcome::Pending {
                return;
            }
            tokio::time::sleep(delay.mul_f64(self.setup.retry_scale)).await;
            waited += delay;
            delay = (delay * 2).min(LONGEST_RETRY);
        }
    }

    async fn attempt(&self, webhook: &Webhook) -> Attempt {
        // Closed only when the simulator is gone, and then nobody asks.
        let _connection = self.connections.acquire().await;
        let Webhook { url, fields, format, message, authorization, .. } = webhook;
        let pairs: Vec<(&str, &str)> = fields.iter().collect();
        let request = match format {
            WebhookFormat::Get => self.http.get(url).query(&pairs),
            WebhookFormat::Post => {
                let form = serde_urlencoded::to_string(&pairs).expect("text pairs always make a form");
                let request = self.http.post(url).body(form);
                request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded; charset=UTF-8")
            }
            WebhookFormat::PostJson => match message {
                Some(message) => self.message_request(url, message, authorization.as_ref()),
                None => self.http.post(url).json(&fields.json()),
            },
        };
        answered(request.header(header::USER_AGENT, USER_AGENT).header(header::ACCEPT, "*/*")).await
    }
}

async fn answered(request: RequestBuilder) -> Attempt {
    let (status, body) = match request.send().await {
        Ok(answer) => (Some(answer.status().as_u16()), answer.text().await.unwrap_or_default()),
        Err(error) => (None, error.to_string()),
    };
    Attempt { at: SystemTime::now(), status, body }
}
