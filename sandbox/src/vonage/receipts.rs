//! Delivery receipts: what the carrier reports about each part, and when Vonage passes it on.

use serde_json::Value;

use super::Core;
use super::fields::Fields;
use super::sms::{Api, Sms};
use super::stamp;
use super::webhooks::WebhookKind;

/// How receipts about SMS to one phone come, and the Messages API's statuses likewise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipts {
    /// False: none ever come.
    pub enabled: bool,
    /// Whether they wait until a test [releases](super::Phone::release_receipts) them.
    pub held: bool,
    /// Whether they come before the request that sent the SMS is answered.
    pub before_answer: bool,
    /// Whether `accepted` and `buffered` come before the final one. The Messages API always says `submitted` first.
    pub interim: bool,
    /// How often each comes, at once.
    pub copies: u32,
    /// What they report, where the phone is on.
    pub verdict: Verdict,
}

/// What a receipt reports. The number is its `err-code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Accepted,
    Buffered,
    Delivered,
    Failed(u8),
    Rejected(u8),
    Expired,
    Unknown,
}

/// A report, and where it goes.
#[derive(Clone, Debug)]
pub(super) struct Receipt {
    pub(super) url: String,
    pub(super) report: Report,
    pub(super) copies: u32,
}

#[derive(Clone, Debug)]
pub(super) enum Report {
    /// About one part.
    Receipt(Fields),
    /// About a whole message.
    Status {
        status: Value,
        /// Whether it comes in the application's name.
        application: bool,
    },
}

impl Default for Receipts {
    fn default() -> Self {
        Self {
            enabled: true,
            held: false,
            before_answer: false,
            interim: false,
            copies: 1,
            verdict: Verdict::Delivered,
        }
    }
}

impl Verdict {
    /// The receipt's `status`.
    pub fn status(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Buffered => "buffered",
            Self::Delivered => "delivered",
            Self::Failed(_) => "failed",
            Self::Rejected(_) => "rejected",
            Self::Expired => "expired",
            Self::Unknown => "unknown",
        }
    }

    /// The receipt's `err-code`.
    pub fn err_code(self) -> u8 {
        match self {
            Self::Accepted | Self::Buffered | Self::Delivered => 0,
            Self::Failed(code) | Self::Rejected(code) => code,
            // An absent subscriber, and an unknown reason.
            Self::Expired => 2,
            Self::Unknown => 1,
        }
    }
}

impl Core {
    /// Reports what became of an SMS: pushes a receipt per part or the statuses of the message, or holds them back. Returns
    /// the ids of what was pushed.
    pub(super) fn report(&self, sms: &Sms, verdict: Verdict) -> Vec<usize> {
        let receipts = match sms.api {
            Api::Sms => self.receipts_of(sms, verdict),
            Api::Messages => self.statuses_of(sms, verdict),
        };
        let held = self.state.change(|state| {
            let phone = state.phone(&sms.to);
            if phone.receipts.held {
                phone.held.extend(receipts.iter().cloned());
            }
            phone.receipts.held
        });
        if held { Vec::new() } else { receipts.iter().flat_map(|receipt| self.push_receipt(receipt)).collect() }
    }

    pub(super) fn push_receipt(&self, receipt: &Receipt) -> Vec<usize> {
        let Receipt { url, report, copies } = receipt;
        match report {
            Report::Receipt(fields) => {
                let fields = fields.clone().with("message-timestamp", stamp::message_timestamp(self.now()));
                if let Some(spec) = &self.spec {
                    spec.check_value("DeliveryReceipt", &fields.json(), "delivery receipt");
                }
                self.push(WebhookKind::DeliveryReceipt, url, &fields, *copies)
            }
            Report::Status { status, application } => {
                if let Some(spec) = &self.spec {
                    spec.check_value("messageStatusSMS", status, "message status");
                }
                let authorization = self.bearer(status, *application);
                self.push_message(WebhookKind::MessageStatus, url, status, authorization, *copies)
            }
        }
    }

    /// The fields of a receipt about one part, as the carrier would report it.
    pub(super) fn receipt_fields(&self, sms: &Sms, part: usize, verdict: Verdict) -> Fields {
        let mut fields = Fields::from([
            ("msisdn", sms.to.as_str()),
            ("to", &sms.from),
            ("network-code", &self.setup.network),
            ("messageId", &sms.message_ids[part]),
            ("price", &stamp::amount(self.setup.price)),
            ("status", verdict.status()),
            ("scts", &stamp::scts(self.now())),
            ("err-code", &verdict.err_code().to_string()),
            ("api-key", &self.setup.api_key),
            ("message-timestamp", &stamp::message_timestamp(self.now())),
        ]);
        if let Some(client_ref) = &sms.client_ref {
            fields.set("client-ref", client_ref);
        }
        fields
    }

    fn receipts_of(&self, sms: &Sms, verdict: Verdict) -> Vec<Receipt> {
        let (habits, account_url) =
            self.state.change(|state| (state.phone(&sms.to).receipts.clone(), state.receipt_url.clone()));
        let Some(url) = sms.callback.clone().or(account_url).filter(|_| habits.enabled && sms.receipts_wanted) else {
            return Vec::new();
        };
        let interim = if habits.interim { &[Verdict::Accepted, Verdict::Buffered][..] } else { &[] };
        let verdicts = interim.iter().copied().filter(|&early| early != verdict).chain([verdict]);
        verdicts
            .flat_map(|verdict| (0..sms.parts()).map(move |part| (part, verdict)))
            .map(|(part, verdict)| Receipt {
                url: url.clone(),
                report: Report::Receipt(self.receipt_fields(sms, part, verdict)),
                copies: habits.copies,
            })
            .collect()
    }
}
