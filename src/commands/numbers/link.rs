//! `threadline numbers link`: the texts to a number come to this bridge.

use anyhow::{Context as _, anyhow, bail};
use clap::Args;

use super::ask::Agreement;
use super::{Counter, Goal, describe, number};
use crate::domain::destination::Leads;
use crate::domain::phone::{Address, PhoneNumber};
use crate::vonage::address::InboundAddress;
use crate::vonage::numbers::{LinkTo, NumbersError, Owned};
use crate::wording::numbers::{self as wording, Application, Goes};

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
    let goal = counter.goal()?;
    let owned = counter.vonage.owned_number(&number).await.map_err(|error| counter.failed(error))?;
    let not_owned = || wording::not_owned(&Address::Phone(number), &counter.account.api_key);
    let owned = owned.with_context(not_owned)?;
    let own = counter.destination_of(&owned);
    let application = counter.application_of(&owned);
    let is_reached = match goal {
        Goal::Application { .. } => application.is_some_and(|application| application.ours),
        Goal::Address(_) => own.as_ref().is_some_and(|own| own.leads == Leads::Here),
    };
    if let (Goal::Address(_), Some(Application { id, takes_texts: true, .. })) = (goal, application) {
        bail!(wording::application_has_it(&owned.number, id));
    }
    if is_reached {
        println!("{}", wording::linked_already(&owned.number, &goal.shown()));
        return Ok(());
    }
    let default = counter.default_destination().await;
    let now = Goes { own: own.as_ref(), default: &default, application };
    print!("{}", wording::plan_to_link(&describe(&owned), &goal.shown(), &now));
    if agreement.given(wording::ASK_TO_LINK)? {
        perform(counter, &owned, goal).await?;
    }
    Ok(())
}

/// Changes it, and says so. Not asked any more.
pub(super) async fn perform(counter: &Counter, owned: &Owned, goal: Goal<'_>) -> anyhow::Result<()> {
    let to = match goal {
        Goal::Address(ours) => LinkTo::Url(ours.url().clone()),
        Goal::Application { id, .. } => LinkTo::Application(id.to_owned()),
    };
    counter.vonage.link(owned, &to).await.map_err(|error| match (error, goal) {
        (NumbersError::Declined(said), Goal::Address(ours)) => {
            anyhow!(wording::link_declined(&ours.without_token(&said), &ours.shown()))
        }
        (NumbersError::Declined(said), Goal::Application { id, .. }) => {
            anyhow!(wording::application_declined(&said, id))
        }
        (NumbersError::Unclear(why), _) => anyhow!(wording::perhaps_linked(&owned.number, &why)),
        (certain, _) => counter.failed(certain),
    })?;
    println!("{}", wording::linked(&owned.number, &goal.shown()));
    if let Goal::Application { address, .. } = goal {
        let address = address.map(InboundAddress::shown);
        println!("{}", wording::application_leads(address.as_deref()));
    }
    Ok(())
}

impl Goal<'_> {
    /// How it is said.
    pub(super) fn shown(self) -> String {
        match self {
            Self::Address(ours) => wording::destination(&ours.destination()),
            Self::Application { id, .. } => wording::our_application(id),
        }
    }
}
