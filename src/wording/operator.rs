//! The lines in the operator's channel.

use crate::domain::effect::Notice;
use crate::domain::post::Post;
use crate::domain::webhook::{Api, Unsigned};

use super::defuse;

#[must_use]
pub fn notice(notice: &Notice) -> Post {
    Post { content: format!("⚠️ {}", sentence(notice)), ..Post::default() }
}

/// The same without decoration, for `/readyz` and the log.
#[must_use]
pub fn sentence(notice: &Notice) -> String {
    match notice {
        Notice::AccountRefused { status, http } => account(*status, *http),
        Notice::NumberOfNoDesk { ending } => format!(
            "An SMS came for {}, which is the number of no desk. It is kept as a dead letter. Add a desk with this \
             number, or point the number's webhook elsewhere.",
            if ending.is_empty() { "an unknown number" } else { ending }
        ),
        Notice::WebhookNotUnderstood => {
            "A webhook from Vonage could not be understood. It is kept as a dead letter.".to_owned()
        }
        Notice::WebhookUnsigned { api, what, let_in } => unsigned(*api, *what, *let_in),
        Notice::OtherChannel { channel } => format!(
            "A message came by the channel {}, and only SMS are bridged. It is kept as a dead letter. Take the channel \
             out of the application at Vonage, or point its webhook elsewhere.",
            defuse::defuse(channel, 20)
        ),
        Notice::DiscordRefuses { channel, why, .. } => {
            format!("Discord refuses us in <#{channel}>: {} What waits is tried again.", defuse::defuse(why, 500))
        }
        Notice::EffectDead { kind, why, .. } => {
            format!("`{kind}` was given up on and is kept as a dead letter: {}", defuse::defuse(why, 500))
        }
    }
}

/// Webhooks come that are not signed as they should be.
#[must_use]
pub fn unsigned(api: Api, what: Unsigned, let_in: bool) -> String {
    let (what, remedy) = match (api, what) {
        (Api::Messages, Unsigned::Missing) => (
            "Webhooks of the Messages API come without their token.",
            "Vonage signs them unless that was switched off: look at the application in its dashboard.",
        ),
        (Api::Messages, Unsigned::Wrong) => (
            "Webhooks of the Messages API come with a wrong token.",
            "Compare VONAGE_SIGNATURE_SECRET and VONAGE_API_KEY with the API settings of Vonage's dashboard.",
        ),
        (Api::Sms, Unsigned::Missing) => (
            "Webhooks come without a signature.",
            "Switch signing on in the API settings of Vonage's dashboard, or set `vonage.webhooks.signature` to \"none\".",
        ),
        (Api::Sms, Unsigned::Wrong) => (
            "Webhooks come with a wrong signature.",
            "Compare VONAGE_SIGNATURE_SECRET and `vonage.webhooks.signature` with the API settings of Vonage's dashboard.",
        ),
    };
    let fate = if let_in {
        "They are let in, since `vonage.webhooks.observe` is true."
    } else {
        "They are refused; Vonage keeps them and sends them again for 24 hours."
    };
    format!("{what} {fate} {remedy}")
}

/// Statuses that concern the whole account.
#[must_use]
pub fn account(status: u16, http: bool) -> String {
    let what = match (http, status) {
        (false, 4) => "Vonage does not accept the API key and secret. Check VONAGE_API_KEY and VONAGE_API_SECRET.",
        (true, 401) => {
            "Vonage does not accept the API key and secret. Check VONAGE_API_KEY and VONAGE_API_SECRET, or, where an \
             application sends, VONAGE_APPLICATION_ID and VONAGE_PRIVATE_KEY."
        }
        (true, 402) => "The Vonage account has no credit left. Top it up.",
        (true, _) => "Vonage forbids this account to send. Check the account in Vonage's dashboard.",
        (false, 8 | 1060) => "The Vonage account is barred. Write to Vonage's support.",
        (false, 9 | 1070) => "The Vonage account has no credit left. Top it up.",
        (false, 11) => "The Vonage account may not send by HTTP. Write to Vonage's support.",
        (false, 1080) => "The Vonage account may not send by the Messages API. Write to Vonage's support.",
        (false, 14 | 32) => "Vonage refuses the request's signature. Check the account's signature settings.",
        (false, _) => "Vonage refuses the account.",
    };
    let kind = if http { "HTTP" } else { "status" };
    format!("{what} ({kind} {status}) Nothing is lost: messages wait and are tried again.")
}
