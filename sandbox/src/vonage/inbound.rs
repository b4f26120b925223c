//! Inbound SMS: what a phone sends becomes one webhook per part, unless the account wants it joined.

use super::fields::Fields;
use super::inbound_messages::WebhookApi;
use super::rented::Target;
use super::webhooks::WebhookKind;
use super::{Core, alphabet, stamp};

/// How the parts of a long text come, where there are several webhooks for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parts {
    #[default]
    InOrder,
    /// The last one first.
    LastFirst,
    /// The second one is lost on its way, until it is [sent after all](super::Phone::send_missing_parts).
    OneMissing,
}

/// What became of a text.
struct Pushed {
    webhooks: Vec<usize>,
    /// The parts of it that are missing.
    missing: Vec<Fields>,
}

impl Core {
    /// Takes what the phone `from` sends to the account's number `to`, pushes its webhooks, and returns their ids.
    pub(super) fn receive(&self, from: &str, to: &str, text: &str, parts: Parts) -> Vec<usize> {
        if !self.state.read(|state| state.owns(to)) {
            self.note_unexpected(format!("{from} sent an SMS to {to}, which is no number of this account"));
            return Vec::new();
        }
        let network = self.state.change(|state| state.heed(from, to, text));
        let Pushed { webhooks, missing } = self.push_text(from, to, text, parts);
        self.show_sent(from, text, &webhooks, missing);
        if let Some(answer) = network {
            self.show_network_answer(from, to, answer);
        }
        webhooks
    }

    /// Pushes the parts of a phone's texts that are missing, and returns the ids of their webhooks.
    pub(super) fn receive_missing(&self, from: &str) -> Vec<usize> {
        let missing = self.state.change(|state| state.phone(from).take_missing_parts());
        let mut pushed = Vec::new();
        for (line, fields) in missing {
            let webhooks = self.push_inbound(&fields);
            self.state.change(|state| state.phone(from).show_sent_later(line, &webhooks));
            pushed.extend(webhooks);
        }
        pushed
    }

    fn push_text(&self, from: &str, to: &str, text: &str, order: Parts) -> Pushed {
        if self.state.read(|state| state.webhook_api) == WebhookApi::Messages {
            let message = self.inbound_message(from, to, text);
            if let Some(spec) = &self.spec {
                spec.check_value("inboundMessageSMS", &message, "inbound message");
            }
            return Pushed { webhooks: self.push_inbound_message(&message), missing: Vec::new() };
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
        let mut missing = Vec::new();
        match order {
            Parts::InOrder => {}
            Parts::LastFirst => webhooks.reverse(),
            Parts::OneMissing if webhooks.len() > 1 => missing.push(webhooks.remove(1)),
            Parts::OneMissing => {}
        }
        Pushed { webhooks: webhooks.iter().flat_map(|fields| self.push_inbound(fields)).collect(), missing }
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
            ("message-timestamp", &stamp::message_timestamp(self.now())),
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
