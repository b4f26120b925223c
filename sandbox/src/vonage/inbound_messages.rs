//! Inbound webhooks of the Messages API: what a phone sends comes joined, as one webhook.

use serde_json::{Value, json};
use uuid::Uuid;

use super::rented::Target;
use super::webhooks::WebhookKind;
use super::{Core, alphabet, stamp};

/// In which form an account's inbound SMS come: its setting "Default SMS Setting" in the dashboard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WebhookApi {
    /// One webhook per part, in the account's [format](super::WebhookFormat).
    #[default]
    Sms,
    /// One webhook per text, always a POST of JSON.
    Messages,
}

/// Where the webhooks of an application go.
#[derive(Clone, Debug, Default)]
pub(super) struct ApplicationUrls {
    pub(super) inbound: Option<String>,
    pub(super) status: Option<String>,
}

impl Core {
    /// The webhook about a whole text.
    pub(super) fn inbound_message(&self, from: &str, to: &str, text: &str) -> Value {
        let parts = alphabet::parts(text, !alphabet::is_gsm7(text)).len();
        let keyword = text.split_whitespace().next().unwrap_or_default().to_uppercase();
        json!({
            "channel": "sms",
            "message_uuid": Uuid::new_v4().to_string(),
            "to": to,
            "from": from,
            "timestamp": stamp::iso_timestamp(self.now()),
            "message_type": "text",
            "text": text,
            "sms": {"num_messages": parts.to_string(), "count_total": parts.to_string(), "keyword": keyword},
            "usage": {"currency": "EUR", "price": stamp::price(self.setup.price * parts as u64)},
            "origin": {"network_code": self.setup.network},
            "context_status": "none",
        })
    }

    pub(super) fn push_inbound_message(&self, message: &Value) -> Vec<usize> {
        let to = message["to"].as_str().unwrap_or_default();
        let Some(Target { url, application }) = self.inbound_target(to, WebhookApi::Messages) else {
            self.note_unexpected("an inbound SMS was lost: there is no URL for it".to_owned());
            return Vec::new();
        };
        let authorization = self.bearer(message, application);
        self.push_message(WebhookKind::InboundMessage, &url, message, authorization, 1)
    }
}
