//! Inbound SMS: what a phone sends becomes one webhook per part, unless the account wants it joined.

use super::fields::Fields;
use super::inbound_messages::WebhookApi;
use super::rented::Target;
use super::webhooks::WebhookKind;
use super::{Core, alphabet, stamp};

impl Core {
    /// Takes what the phone `from` sends to the account's number `to`, pushes its webhooks, and returns their ids.
    pub(super) fn receive(&self, from: &str, to: &str, text: &str, last_part_first: bool) -> Vec<usize> {
        if !self.state.read(|state| state.owns(to)) {
            self.note_unexpected(format!("{from} sent an SMS to {to}, which is no number of this account"));
            return Vec::new();
        }
        let network = self.state.change(|state| state.heed(from, to, text));
        let pushed = self.push_text(from, to, text, last_part_first);
        self.show_sent(from, text, &pushed);
        if let Some(answer) = network {
            self.show_network_answer(from, to, answer);
        }
        pushed
    }

    fn push_text(&self, from: &str, to: &str, text: &str, last_part_first: bool) -> Vec<usize> {
        if self.state.read(|state| state.webhook_api) == WebhookApi::Messages {
            let message = self.inbound_message(from, to, text);
            if let Some(spec) = &self.spec {
                spec.check_value("inboundMessageSMS", &message, "inbound message");
            }
            return self.push_inbound_message(&message);
        }
        let unicode = !alphabet::is_gsm7(text);
        let parts = alphabet::parts(text, unicode);
        let reference = (parts.len() > 1).then(|| self.state.change(super::state::State::next_concat_ref));
        let mut webhooks = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            let mut fields = self.inbound_fields(from, to, part).with("type", if unicode { "unicode" } else { "text" });
            if let Some(reference) = &reference {
                fields.set("concat", "true");
                fields.set("concat-ref", reference);
                fields.set("concat-total", parts.len().to_string());
                fields.set("concat-part", (index + 1).to_string());
            }
            if let Some(spec) = &self.spec {
                spec.check_value("InboundMessage", &fields.json(), "inbound webhook");
            }
            webhooks.push(fields);
        }
        if last_part_first {
            webhooks.reverse();
        }
        webhooks.iter().flat_map(|fields| self.push_inbound(fields)).collect()
    }

    /// The fields of an inbound SMS of one part.
    pub(super) fn inbound_fields(&self, from: &str, to: &str, text: &str) -> Fields {
        let keyword = text.split_whitespace().next().unwrap_or_default().to_uppercase();
        Fields::from([
            ("msisdn", from),
            ("to", to),
            ("messageId", &self.state.change(super::state::State::next_message_id)),
            ("text", text),
            ("type", if alphabet::is_gsm7(text) { "text" } else { "unicode" }),
            ("keyword", &keyword),
            ("api-key", &self.setup.api_key),
            ("message-timestamp", &stamp::message_timestamp()),
        ])
    }

    pub(super) fn push_inbound(&self, fields: &Fields) -> Vec<usize> {
        let to = fields.get("to").unwrap_or_default();
        match self.inbound_target(to, WebhookApi::Sms) {
            Some(Target { url, .. }) => self.push(WebhookKind::InboundSms, &url, fields, 1),
            None => {
                self.note_unexpected("an inbound SMS was lost: the account has no URL for it".to_owned());
                Vec::new()
            }
        }
    }
}
