//! The account's settings, as they stand now.

use super::signing::SignatureMethod;
use super::{Vonage, WebhookApi, WebhookFormat};

/// What the dashboard shows of an account, and the limits that Vonage has set it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// In millionths of a euro.
    pub balance: u64,
    /// Of both APIs together.
    pub messages_per_second: u32,
    /// From each number.
    pub number_messages_per_second: Option<u32>,
    /// In which form inbound SMS come.
    pub webhook_api: WebhookApi,
    /// How webhooks of the SMS API are sent.
    pub webhook_format: WebhookFormat,
    /// How webhooks of the SMS API are signed, if they are.
    pub signature: Option<SignatureMethod>,
    /// Whether webhooks of the Messages API carry a token.
    pub bearer: bool,
    pub opt_out_assist: bool,
    pub network_answers: bool,
}

impl Vonage {
    pub fn settings(&self) -> Settings {
        self.core.state.read(|state| Settings {
            balance: state.balance,
            messages_per_second: state.messages_per_second,
            number_messages_per_second: state.number_messages_per_second,
            webhook_api: state.webhook_api,
            webhook_format: state.webhook_format,
            signature: state.signing.as_ref().map(|signing| signing.method),
            bearer: state.bearer_secret.is_some(),
            opt_out_assist: state.opt_outs.assisted,
            network_answers: state.opt_outs.network_answers,
        })
    }

    /// Changes how many requests to send are let through in a second, as Vonage does on request: of the account, by both
    /// APIs together, from 1.
    pub fn set_rate(&self, messages_per_second: u32) {
        self.core.state.change(|state| state.messages_per_second = messages_per_second);
    }

    /// The same from each of the account's numbers, or none.
    pub fn set_number_rate(&self, messages_per_second: Option<u32>) {
        self.core.state.change(|state| state.number_messages_per_second = messages_per_second);
    }
}
