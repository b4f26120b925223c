//! `threadline numbers link`: the texts to a number come to this bridge.

use anyhow::{Context as _, anyhow};
use clap::Args;

use super::ask::Agreement;
use super::{Counter, describe, number};
use crate::domain::destination::Leads;
use crate::domain::phone::{Address, PhoneNumber};
use crate::vonage::address::InboundAddress;
use crate::vonage::numbers::{LinkTo, NumbersError, Owned};
use crate::wording::numbers::{self as wording, Goes};

#[derive(Args)]
pub struct Options {
    /// The number, with its country code
    #[arg(value_parser = number)]
    number: PhoneNumber,
    #[command(flatten)]
    agreement: Agreement,
}

pub(super) async fn run(counter: &Counter, options: Options) -> anyhow::Result<()> {
    let Options { number, agreement } = options;
    let ours = counter.our_address()?;
    let owned = counter.vonage.owned_number(&number).await.map_err(|error| counter.failed(error))?;
    let not_owned = || wording::not_owned(&Address::Phone(number), &counter.account.api_key);
    let owned = owned.with_context(not_owned)?;
    let to = to_us(ours);
    let own = counter.destination_of(&owned);
    if own.as_ref().is_some_and(|own| own.leads == Leads::Here) {
        println!("{}", wording::linked_already(&owned.number, &to));
        return Ok(());
    }
    let default = counter.default_destination().await;
    let now = Goes { own: own.as_ref(), default: &default, application: owned.application.as_deref() };
    print!("{}", wording::plan_to_link(&describe(&owned), &to, &now));
    if agreement.given(wording::ASK_TO_LINK)? {
        perform(counter, &owned, ours).await?;
    }
    Ok(())
}

/// How this bridge's address is said.
pub(super) fn to_us(ours: &InboundAddress) -> String {
    wording::destination(&ours.destination())
}

/// Changes it, and says so. Not asked any more.
pub(super) async fn perform(counter: &Counter, owned: &Owned, ours: &InboundAddress) -> anyhow::Result<()> {
    counter.vonage.link(owned, &LinkTo::Url(ours.url().clone())).await.map_err(|error| match error {
        NumbersError::Declined(said) => {
            anyhow!(wording::link_declined(&ours.without_token(&said), &ours.shown()))
        }
        NumbersError::Unclear(why) => anyhow!(wording::perhaps_linked(&owned.number, &why)),
        certain => counter.failed(certain),
    })?;
    println!("{}", wording::linked(&owned.number, &to_us(ours)));
    Ok(())
}
