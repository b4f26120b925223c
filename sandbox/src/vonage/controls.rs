//! What a test tells the simulated Vonage to do: the account's condition, its webhooks, and what is pushed by hand.

use std::time::Duration;

use http::{HeaderMap, Method};

use super::state::{Cut, Refusal};
use super::{
    Attempt, Fields, Receipts, Signing, Sms, UrlRefused, Verdict, Vonage, Webhook, WebhookFormat, WebhookKind,
};

/// How the account behaves now, where a test or a person changed it.
#[derive(Clone, Debug)]
pub struct Habits {
    /// How often each webhook is pushed at once.
    pub copies: u32,
    /// How late each webhook comes.
    pub latency: Duration,
    pub receipts: Receipts,
    /// The statuses that requests to send are answered with.
    pub refusals: Vec<u8>,
}

impl Vonage {
    /// What is left of the credit, in millionths of a euro.
    pub fn balance(&self) -> u64 {
        self.core.state.read(|state| state.balance)
    }

    pub fn set_balance(&self, micros: u64) {
        self.core.state.change(|state| state.balance = micros);
    }

    /// Answers the next `times` requests to send (`None`: all) with this status, as a troubled account or platform does.
    /// The Messages API answers with the problem that is the same trouble, or rejects the message afterwards.
    pub fn refuse(&self, status: u8, times: Option<u32>) {
        assert!(times != Some(0), "a refusal that never happens is none");
        self.core.state.change(|state| state.refusals.push(Refusal { what: status, times }));
    }

    /// Accepts only the first `accepted` parts of the next SMS that has more, and answers `status` for the others.
    pub fn refuse_parts_after(&self, accepted: usize, status: u8) {
        self.core.state.change(|state| state.cut = Some(Cut { accepted, status }));
    }

    /// Lifts every [refusal](Self::refuse).
    pub fn lift_refusals(&self) {
        self.core.state.change(|state| state.refusals.clear());
    }

    /// Sets where inbound SMS go, as the dashboard does: the URL must answer 200 to a GET without parameters.
    ///
    /// # Errors
    /// When it does not; the old URL stays.
    pub async fn set_inbound_url(&self, url: &str) -> Result<(), UrlRefused> {
        self.core.change_urls(Some(url), None).await
    }

    /// Sets where receipts go that have no `callback` of their own, in the same way.
    ///
    /// # Errors
    /// When the URL does not answer 200; the old URL stays.
    pub async fn set_dlr_url(&self, url: &str) -> Result<(), UrlRefused> {
        self.core.change_urls(None, Some(url)).await
    }

    /// How webhooks of the SMS API are sent from now on, inbound SMS and receipts alike.
    pub fn set_webhook_format(&self, format: WebhookFormat) {
        self.core.state.change(|state| state.webhook_format = format);
    }

    /// Pushes every webhook `copies` times at once from now on.
    pub fn set_webhook_copies(&self, copies: u32) {
        self.core.state.change(|state| state.webhook_copies = copies);
    }

    /// Delays every webhook from now on.
    pub fn set_webhook_latency(&self, latency: Duration) {
        self.core.state.change(|state| state.webhook_latency = latency);
    }

    /// Signs every webhook of the SMS API from now on, or none.
    pub fn set_signing(&self, signing: Option<Signing>) {
        self.core.state.change(|state| state.signing = signing);
    }

    /// Takes requests to the SMS API from now on that are signed in this way (with `sig`, `timestamp` and the API key), or
    /// none. Those with key and secret are still taken, unless signatures are [demanded](Self::demand_signatures).
    pub fn set_request_signing(&self, signing: Option<Signing>) {
        self.core.state.change(|state| state.request_signatures.signing = signing);
    }

    /// Refuses requests to the SMS API from now on that are not signed, or takes them again. Status 14.
    pub fn demand_signatures(&self, demanded: bool) {
        self.core.state.change(|state| state.request_signatures.demanded = demanded);
    }

    /// Changes how receipts come, about SMS to every phone.
    pub fn set_receipts(&self, change: impl Fn(&mut Receipts)) {
        self.core.state.change(|state| {
            change(&mut state.receipts);
            for phone in state.phones.values_mut() {
                change(&mut phone.receipts);
            }
        });
    }

    /// How webhooks come and what is refused, as it was told.
    pub fn habits(&self) -> Habits {
        self.core.state.read(|state| Habits {
            copies: state.webhook_copies.max(1),
            latency: state.webhook_latency,
            receipts: state.receipts.clone(),
            refusals: state.refusals.iter().map(|refusal| refusal.what).collect(),
        })
    }

    /// The fields of an inbound SMS with a fresh `messageId`, for a test to bend and to [push](Self::push_inbound).
    pub fn inbound_fields(&self, from: &str, text: &str) -> Fields {
        self.core.inbound_fields(from, self.core.first_number(), text)
    }

    /// The fields of a receipt about one part (from 0) of an SMS, for a test to bend and to [push](Self::push_receipt).
    pub fn receipt_fields(&self, sms: &Sms, part: usize, verdict: Verdict) -> Fields {
        self.core.receipt_fields(sms, part, verdict)
    }

    /// Pushes an inbound webhook with these fields, and returns it once it was answered or found nobody.
    pub async fn push_inbound(&self, fields: &Fields) -> Vec<Webhook> {
        let ids = self.core.push_inbound(fields);
        self.core.attempted(&ids).await
    }

    /// Pushes a receipt with these fields to `url`, and returns it once it was answered or found nobody.
    pub async fn push_receipt(&self, url: &str, fields: &Fields) -> Vec<Webhook> {
        let ids = self.core.push(WebhookKind::DeliveryReceipt, url, fields, 1);
        self.core.attempted(&ids).await
    }

    /// Pushes a webhook once more, whether or not it was taken before.
    pub async fn push_again(&self, webhook: &Webhook) -> Vec<Webhook> {
        let Webhook { kind, url, fields, message, authorization, .. } = webhook;
        let ids = match message {
            Some(message) => self.core.push_message(*kind, url, message, authorization.clone(), 1),
            None => self.core.push(*kind, url, fields, 1),
        };
        self.core.attempted(&ids).await
    }

    /// Sends any request at all, once, as somebody on the internet might.
    pub async fn push_raw(&self, method: Method, url: &str, headers: HeaderMap, body: impl Into<Vec<u8>>) -> Attempt {
        self.core.push_raw(method, url, headers, body.into()).await
    }
}
