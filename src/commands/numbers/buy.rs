//! `threadline numbers buy`: the one command that costs something.

use anyhow::{Context as _, anyhow, bail};
use clap::Args;

use super::ask::Agreement;
use super::{Counter, Goal, country, describe_offered, link, number};
use crate::domain::phone::{Address, PhoneNumber, Region};
use crate::vonage::numbers::{NumbersError, Owned};
use crate::wording::numbers as wording;

#[derive(Args)]
pub struct Options {
    /// The number, with its country code
    #[arg(value_parser = number)]
    number: PhoneNumber,
    /// Its country, in two letters; left out, the number tells it
    #[arg(long, value_parser = country)]
    country: Option<Region>,
    /// Have its texts come to this bridge as well, as `threadline numbers link` does
    #[arg(long)]
    link: bool,
    #[command(flatten)]
    agreement: Agreement,
}

pub(super) async fn run(counter: &Counter, options: Options) -> anyhow::Result<()> {
    let Options { number: phone, country, link, agreement } = options;
    let number = Address::Phone(phone.clone());
    let country = country.or_else(|| phone.rental_country()).context(wording::COUNTRY_UNKNOWN)?;
    // Before anything is paid.
    let to = if link { Some(counter.goal()?) } else { None };

    let offered = counter.vonage.offered(&phone, country).await.map_err(|error| counter.failed(error))?;
    let Some(offered) = offered else {
        let owned = counter.vonage.owned_number(&phone).await.map_err(|error| counter.failed(error))?;
        bail!(match owned {
            Some(_) => wording::owned_already(&number),
            None => wording::not_offered(&number, &country.to_string()),
        });
    };
    let (key, host) = (&counter.account.api_key, &counter.account.rest_url);
    let shown = to.map(Goal::shown);
    let described = describe_offered(&offered, &number);
    print!("{}", wording::plan_to_rent(&described, offered.cost, key, host, shown.as_deref()));
    if !agreement.given(wording::ASK_TO_RENT)? {
        return Ok(());
    }

    // Once, whatever comes of it.
    counter.vonage.rent(&offered).await.map_err(|error| match error {
        NumbersError::Unclear(why) => anyhow!(wording::perhaps_rented(&number, &why)),
        certain => counter.failed(certain),
    })?;
    print!("{}", wording::rented(&number, link));
    let Some(to) = to else { return Ok(()) };

    let linked = link::perform(counter, &Owned::from(offered), to).await;
    linked.map_err(|error| anyhow!(wording::rented_not_linked(&number, &error.to_string())))
}
