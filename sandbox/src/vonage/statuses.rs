//! Status webhooks of the Messages API: what became of a message, one for all of its parts.

use serde_json::{Value, json};
use uuid::Uuid;

use super::receipts::{Receipt, Report};
use super::sms::Sms;
use super::{Core, Verdict, codes, stamp};

/// What a status webhook tells. The number is its `error.title`: a code such as 1240.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Handed to the carrier. It comes before every other one but a rejection by Vonage itself.
    Submitted,
    Delivered,
    Rejected(u16),
    Undeliverable(u16),
}

impl Progress {
    /// The webhook's `status`.
    pub fn status(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Delivered => "delivered",
            Self::Rejected(_) => "rejected",
            Self::Undeliverable(_) => "undeliverable",
        }
    }

    /// The code of the error, if it is one.
    pub fn code(self) -> Option<u16> {
        match self {
            Self::Submitted | Self::Delivered => None,
            Self::Rejected(code) | Self::Undeliverable(code) => Some(code),
        }
    }
}

impl Core {
    /// What the webhooks about a message say, in order, and where they go.
    pub(super) fn statuses_of(&self, sms: &Sms, verdict: Verdict) -> Vec<Receipt> {
        let (habits, account_url, application_url) = self.state.change(|state| {
            let habits = state.phone(&sms.to).receipts.clone();
            (habits, state.receipt_url.clone(), state.application_urls.status.clone())
        });
        let usual = if sms.by_application { application_url } else { account_url };
        let Some(url) = sms.callback.clone().or(usual).filter(|_| habits.enabled) else {
            return Vec::new();
        };
        let progress = match sms.rejected {
            Some(code) => vec![Progress::Rejected(code)],
            // A phone that comes on again is no second submission.
            None if sms.submitted => codes::of_verdict(verdict).into_iter().collect(),
            None => {
                let last = codes::of_verdict(verdict).filter(|&last| last != Progress::Submitted);
                [Progress::Submitted].into_iter().chain(last).collect()
            }
        };
        let receipt = |progress| {
            let report = Report::Status { status: self.message_status(sms, progress), application: sms.by_application };
            Receipt { url: url.clone(), report, copies: habits.copies }
        };
        progress.into_iter().map(receipt).collect()
    }

    /// One status webhook about a message.
    pub(super) fn message_status(&self, sms: &Sms, progress: Progress) -> Value {
        let mut status = json!({
            "message_uuid": sms.message_ids[0],
            "to": sms.to,
            "from": sms.from,
            "timestamp": stamp::iso_timestamp(self.now()),
            "status": progress.status(),
            "channel": "sms",
        });
        if let Some(client_ref) = &sms.client_ref {
            status["client_ref"] = client_ref.as_str().into();
        }
        if let Some(code) = progress.code() {
            status["error"] = json!({
                "type": format!("https://developer.vonage.com/api-errors/messages#{code}"),
                "title": code.to_string(),
                "detail": codes::name(code),
                "instance": Uuid::new_v4().simple().to_string(),
            });
        }
        // What Vonage itself rejects costs nothing.
        if sms.rejected.is_none() {
            let price = stamp::price(self.setup.price * sms.parts() as u64);
            status["usage"] = json!({"currency": "EUR", "price": price});
        }
        status["destination"] = json!({"network_code": self.setup.network});
        status["sms"] = json!({"count_total": sms.parts().to_string()});
        status
    }
}
