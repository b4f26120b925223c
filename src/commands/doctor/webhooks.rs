//! The webhooks: whether their address answers, what protects them, where receipts go.

use super::Report;
use crate::config::{Account, Door, Guard};
use crate::vonage::address::{self, InboundAddress, NoAnswer};
use crate::wording::doctor::webhooks::{self as wording, Protection};
use crate::wording::numbers::ByDefault;

/// `None` where the configuration does not tell it.
pub(super) fn our_address(account: &Account) -> Option<InboundAddress> {
    let (public_url, door) = (account.public_url.as_deref()?, account.door.as_ref().ok()?);
    Some(InboundAddress::new(public_url, door))
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
    report.add(&wording::protection(&protection(door)));
    report.add(&match account.receipt_callback() {
        Some(callback) => wording::receipts_asked_for(&address::shown(&callback)),
        None => wording::receipts_by_default(receipts_by_default),
    });
}

fn protection(door: &Door) -> Protection<'_> {
    let Door { path_token, sms, .. } = door;
    let signatures = if let Guard::Signed(signatures) = sms { Some(signatures) } else { None };
    Protection {
        token: path_token.is_some(),
        signature: signatures.map(|signatures| signatures.how.as_str()),
        observe: signatures.is_some_and(|signatures| signatures.observe),
    }
}
