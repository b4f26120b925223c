//! An SMS that the simulated Vonage has accepted.

use std::time::SystemTime;

/// One SMS on its way to a phone, or in its inbox.
#[derive(Clone, Debug)]
pub struct Sms {
    /// When Vonage accepted it.
    pub at: SystemTime,
    pub from: String,
    pub to: String,
    /// The joined text, as the phone shows it.
    pub text: String,
    /// Whether it was sent with `type=unicode`.
    pub unicode: bool,
    /// Whether characters were lost, since it was sent as GSM text and was none.
    pub garbled: bool,
    pub client_ref: Option<String>,
    /// Where its receipts go, if not to the account's URL.
    pub callback: Option<String>,
    /// Whether the sender wants receipts (`status-report-req`).
    pub receipts_wanted: bool,
    /// False: Vonage [refused](super::Vonage::refuse_parts_after) some of its parts, so no phone shows it.
    pub complete: bool,
    /// One per accepted part, in order.
    pub message_ids: Vec<String>,
}

impl Sms {
    /// How many parts were accepted and charged.
    pub fn parts(&self) -> usize {
        self.message_ids.len()
    }
}
