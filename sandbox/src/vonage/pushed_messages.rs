//! Webhooks of the Messages API on their way: a POST of JSON, whatever the account's format.

use http::header;
use reqwest::RequestBuilder;
use serde_json::Value;

use super::Core;
use super::fields::Fields;
use super::webhooks::{Outcome, Webhook, WebhookFormat, WebhookKind};

impl Core {
    /// Pushes one webhook with this `Authorization` header, as often at once as the account is told to, and returns the
    /// ids.
    pub(super) fn push_message(
        &self,
        kind: WebhookKind,
        url: &str,
        message: &Value,
        authorization: Option<String>,
        copies: u32,
    ) -> Vec<usize> {
        let webhook = Webhook {
            kind,
            url: url.to_owned(),
            format: WebhookFormat::PostJson,
            fields: Fields::default(),
            message: Some(message.clone()),
            authorization,
            attempts: Vec::new(),
            outcome: Outcome::Pending,
        };
        let copies = self.state.read(|state| copies.max(state.webhook_copies).max(1));
        self.enqueue(&vec![webhook; copies as usize])
    }

    pub(super) fn message_request(&self, url: &str, message: &Value, authorization: Option<&String>) -> RequestBuilder {
        // The very bytes that were signed.
        let request = self.http.post(url).header(header::CONTENT_TYPE, "application/json").body(message.to_string());
        match authorization {
            Some(authorization) => request.header(header::AUTHORIZATION, authorization),
            None => request,
        }
    }
}
