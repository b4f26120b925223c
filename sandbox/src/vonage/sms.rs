//! An SMS that the simulated Vonage has accepted.

use std::time::SystemTime;

use super::alphabet;

/// Through which API an SMS was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// `POST /sms/json`
    Sms,
    /// `POST /v1/messages`
    Messages,
}

/// One SMS on its way to a phone, or in its inbox.
#[derive(Clone, Debug)]
pub struct Sms {
    /// When Vonage accepted it.
    pub at: SystemTime,
    pub api: Api,
    pub from: String,
    pub to: String,
    /// The joined text, as the phone shows it.
    pub text: String,
    /// Whether it was sent with `type=unicode`, or the Messages API found that it must be.
    pub unicode: bool,
    /// Whether characters were lost, since it was sent as GSM text and was none.
    pub garbled: bool,
    pub client_ref: Option<String>,
    /// Where its receipts or statuses go, if not to the usual URL.
    pub callback: Option<String>,
    /// Whether the sender wants receipts (`status-report-req`).
    pub receipts_wanted: bool,
    /// False: Vonage [refused](super::Vonage::refuse_parts_after) some of its parts or rejected all of it, so no phone
    /// shows it.
    pub complete: bool,
    /// The code with which the Messages API rejected it after it had accepted it.
    pub rejected: Option<u16>,
    /// One per accepted part, in order; of the Messages API the one `message_uuid`.
    pub message_ids: Vec<String>,
    /// Whether it was sent with a token of the application.
    pub(super) by_application: bool,
    /// Whether the carrier has had it before, and it waited for the phone.
    pub(super) submitted: bool,
}

impl Sms {
    /// How many parts were accepted and charged.
    pub fn parts(&self) -> usize {
        match self.api {
            Api::Sms => self.message_ids.len(),
            Api::Messages => alphabet::parts(&self.text, self.unicode).len(),
        }
    }
}
