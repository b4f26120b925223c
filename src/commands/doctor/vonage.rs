//! The account at Vonage: its credentials, its credit, the desks' numbers and where their texts go.

use std::sync::Arc;

use super::Report;
use crate::config::Account;
use crate::domain::webhook::Api;
use crate::health::Health;
use crate::ports::{Account as _, AccountError, SystemClock};
use crate::vonage::AccountClient;
use crate::vonage::address::{InboundAddress, destination};
use crate::vonage::numbers::Owned;
use crate::wording::doctor::Finding;
use crate::wording::doctor::vonage as wording;
use crate::wording::numbers::{ByDefault, full};

/// Gives where receipts go that no SMS asks for.
pub(super) async fn check(
    account: &Account,
    ours: Option<&InboundAddress>,
    health: &Arc<Health>,
    report: &mut Report,
) -> ByDefault {
    let client = AccountClient::new(&account.rest_url, account.api_key.clone(), account.api_secret.clone());
    let client = match client {
        Ok(client) => client.dated_for(health.clone(), Arc::new(SystemClock)),
        Err(error) => {
            report.add(&wording::vonage_unclear(&account.rest_url, &error.to_string()));
            return ByDefault::Unknown;
        }
    };
    match client.balance().await {
        Ok(credit) => {
            report.add(&wording::credentials_accepted(&account.api_key));
            report.add(&wording::balance(credit, account.low_balance));
        }
        Err(error) => {
            report.add(&match error {
                AccountError::Refused(status) => wording::credentials_refused(status),
                AccountError::Unclear(why) => wording::vonage_unclear(&account.rest_url, &why),
            });
            return ByDefault::Unknown;
        }
    }
    let to = |url: Option<String>| url.map_or(ByDefault::Nowhere, |url| ByDefault::To(destination(&url, ours)));
    let (inbound, receipts) = match client.settings().await {
        Ok(settings) => (to(settings.inbound_url), to(settings.receipt_url)),
        Err(_) => (ByDefault::Unknown, ByDefault::Unknown),
    };
    desks(&client, account, ours, &inbound, report).await;
    receipts
}

async fn desks(
    client: &AccountClient,
    account: &Account,
    ours: Option<&InboundAddress>,
    default: &ByDefault,
    report: &mut Report,
) {
    if account.desks.is_empty() {
        report.add(&wording::no_desk());
        return;
    }
    let owned = match client.owned(None).await {
        Ok(owned) => owned,
        Err(error) => {
            report.add(&wording::numbers_unknown(&error.to_string()));
            return;
        }
    };
    for (desk, number) in &account.desks {
        let its = owned.iter().find(|owned| owned.number.phone() == Some(number));
        report.add(&match its {
            None => wording::number_not_owned(desk, number.e164()),
            Some(its) if !its.can_text() => wording::number_cannot_text(desk, number.e164()),
            Some(its) => texts_go(account, desk, its, ours, default),
        });
    }
}

/// Where the texts to a desk's number go.
fn texts_go(account: &Account, desk: &str, its: &Owned, ours: Option<&InboundAddress>, default: &ByDefault) -> Finding {
    let number = full(&its.number);
    let shown = ours.map(InboundAddress::shown);
    let application = its.application.as_deref();
    match (account.sending.api(), account.application(), application) {
        (Api::Messages, Some(ours), _) => {
            wording::by_application(desk, number, ours, application == Some(ours), shown.as_deref())
        }
        (Api::Messages, None, Some(another)) => wording::another_application(desk, number, another),
        (Api::Messages, None, None) | (Api::Sms, _, _) => {
            let own = its.inbound_url.as_deref().map(|url| destination(url, ours));
            wording::texts_go(desk, number, own.as_ref(), default, shown.as_deref())
        }
    }
}
