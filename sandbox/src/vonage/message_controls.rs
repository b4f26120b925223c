//! What a test tells the simulated Messages API to do, and what it bends and pushes by hand.

use std::time::Duration;

use serde_json::Value;

use super::inbound_messages::ApplicationUrls;
use super::state::Refusal;
use super::{Progress, Sms, Vonage, Webhook, WebhookApi, WebhookKind, bearer};

impl Vonage {
    /// Sets in which form inbound SMS come from now on. What became of a message is always told in the form of the API
    /// that sent it.
    pub fn set_webhook_api(&self, api: WebhookApi) {
        self.core.state.change(|state| state.webhook_api = api);
    }

    /// Sets the application's URLs for inbound messages and for statuses, and links the numbers that the account has now to it. Empty:
    /// none. The dashboard takes them unseen. Without them, and for what is sent with the account's key and secret, the
    /// account's own [inbound](Self::set_inbound_url) and [receipt](Self::set_dlr_url) URLs serve.
    pub fn set_message_urls(&self, inbound: &str, status: &str) {
        let taken = |url: &str| (!url.is_empty()).then(|| url.to_owned());
        let urls = ApplicationUrls { inbound: taken(inbound), status: taken(status) };
        self.core.state.change(|state| {
            state.application_urls = urls;
            for number in &mut state.numbers {
                number.application = Some(self.core.setup.application.id.clone());
            }
        });
    }

    /// Signs every webhook of the Messages API from now on with this signature secret, or none. Real accounts sign by
    /// default; here it is off until it is asked for. The SMS API's webhooks have [their own](Self::set_signing).
    pub fn set_bearer_signing(&self, secret: Option<String>) {
        self.core.state.change(|state| state.bearer_secret = secret);
    }

    /// Accepts the next `times` messages (`None`: all) with 202, and rejects them with this code (such as 1460).
    pub fn reject_messages(&self, code: u16, times: Option<u32>) {
        assert!(times != Some(0), "a rejection that never happens is none");
        self.core.state.change(|state| state.rejections.push(Refusal { what: code, times }));
    }

    /// Lifts every [rejection](Self::reject_messages).
    pub fn lift_rejections(&self) {
        self.core.state.change(|state| state.rejections.clear());
    }

    /// Turns the clock by which tokens and signatures are judged and made and webhooks stamped, for tests that turn the bridge's: so far ahead
    /// of the machine's.
    pub fn turn_clock(&self, ahead: Duration) {
        self.core.state.change(|state| state.clock_ahead = ahead);
    }

    /// The JSON of an inbound message with a fresh `message_uuid`, to be bent and [pushed](Self::push_inbound_message).
    pub fn inbound_message(&self, from: &str, text: &str) -> Value {
        self.core.inbound_message(from, self.core.first_number(), text)
    }

    /// The JSON of a status webhook about a message, to be bent and [pushed](Self::push_message_status).
    pub fn message_status(&self, sms: &Sms, progress: Progress) -> Value {
        self.core.message_status(sms, progress)
    }

    /// Pushes an inbound message to where it belongs, signed as the account signs, and returns its webhook once it was
    /// answered or found nobody.
    pub async fn push_inbound_message(&self, message: &Value) -> Vec<Webhook> {
        let ids = self.core.push_inbound_message(message);
        self.core.attempted(&ids).await
    }

    /// Pushes a status to `url`, signed as the account signs in the application's name, and returns its webhook once it
    /// was answered or found nobody.
    pub async fn push_message_status(&self, url: &str, status: &Value) -> Vec<Webhook> {
        let authorization = self.core.bearer(status, true);
        self.push_message(WebhookKind::MessageStatus, url, status, authorization).await
    }

    /// Pushes any JSON to `url` with this `Authorization` header (`None`: without one), and returns its webhook once it
    /// was answered or found nobody.
    pub async fn push_message(
        &self,
        kind: WebhookKind,
        url: &str,
        message: &Value,
        authorization: Option<String>,
    ) -> Vec<Webhook> {
        let ids = self.core.push_message(kind, url, message, authorization, 1);
        self.core.attempted(&ids).await
    }

    /// An `Authorization` header for a webhook with this raw body, its claims bent by `bend`: `Bearer …`, signed with
    /// `secret`. A webhook's raw body is the compact text of its JSON.
    pub fn bearer_token(&self, secret: &str, body: &[u8], bend: impl FnOnce(&mut Value)) -> String {
        let mut claims = self.core.bearer_claims(body, true);
        bend(&mut claims);
        bearer::written(&claims, secret)
    }
}
