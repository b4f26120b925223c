//! The webhooks: whether their address answers, what protects them, where receipts go.

use super::Report;
use crate::config::{Account, Door, Guard};
use crate::domain::webhook::Api;
use crate::vonage::address::{self, InboundAddress, NoAnswer};
use crate::wording::doctor::webhooks::{self as wording, Protection, Signed};
use crate::wording::numbers::ByDefault;

/// `None` where the configuration does not tell it.
pub(super) fn our_address(account: &Account) -> Option<InboundAddress> {
    let (public_url, door) = (account.public_url.as_deref()?, account.door.as_ref().ok()?);
    Some(InboundAddress::new(public_url, door, account.sending.api()))
}

pub(super) async fn check(
    account: &Account,
    ours: Option<&InboundAddress>,
    receipts_by_default: &ByDefault,
    report: &mut Report,
) {
    let Ok(door) = &account.door else {
        report.add(&wording::webhooks_unknown());
        return;
    };
    report.add(&match ours {
        None => wording::no_public_url(),
        Some(ours) => match ours.answers().await {
            Ok(()) => wording::address_answers(&ours.shown()),
            Err(NoAnswer::Status(status)) => wording::address_refuses(&ours.shown(), status),
            Err(NoAnswer::Unreachable(why)) => wording::address_unreachable(&ours.shown(), &why),
        },
    });
    report.add(&wording::protection(&protection(door, account.sending.api())));
    report.add(&match account.receipt_callback() {
        Some(callback) => wording::receipts_asked_for(&address::shown(&callback)),
        None => wording::receipts_by_default(receipts_by_default),
    });
}

/// What protects the webhooks of the API that sends.
fn protection(door: &Door, api: Api) -> Protection<'_> {
    let Door { path_token, sms, messages } = door;
    let signed = |method, observe| Some(Signed { method, observe });
    let signatures = match (api, sms, messages) {
        (Api::Sms, Guard::Signed(signatures), _) => signed(Some(signatures.how.as_str()), signatures.observe),
        (Api::Messages, _, Guard::Signed(signatures)) => signed(None, signatures.observe),
        _ => None,
    };
    Protection { token: path_token.is_some(), signatures }
}
