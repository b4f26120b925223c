//! `threadline numbers`: the account's numbers, and the first step of a new installation: renting one, and having its
//! texts come here. It works with nothing but the account's key and secret.

pub(super) mod ask;
mod buy;
mod link;
mod list;
mod search;

use std::path::Path;

use anyhow::anyhow;
use clap::Subcommand;

use crate::config::{Account, Environment};
use crate::domain::destination::Destination;
use crate::domain::phone::{self, Address, PhoneNumber, Region};
use crate::domain::webhook::Api;
use crate::vonage::AccountClient;
use crate::vonage::address::{self, InboundAddress};
use crate::vonage::numbers::{NumbersError, Offered, Owned};
use crate::wording::numbers::{self as wording, Application, ByDefault, Described};

#[derive(Subcommand)]
pub enum Command {
    /// Show the account's numbers, and where the texts to each go
    List,
    /// Show numbers that can be rented, and what each costs a month
    Search(search::Options),
    /// Rent a number: says what it costs, and asks
    Buy(buy::Options),
    /// Have the texts to one of the account's numbers come to this bridge: says what that replaces, and asks
    Link(link::Options),
}

/// # Errors
/// Where Vonage declines or cannot be asked, nobody agreed, or the configuration lacks what is needed.
pub async fn run(config: &Path, env: &Environment, command: Command) -> anyhow::Result<()> {
    let counter = Counter::open(config, env)?;
    match command {
        Command::List => list::run(&counter).await,
        Command::Search(options) => search::run(&counter, options).await,
        Command::Buy(options) => buy::run(&counter, options).await,
        Command::Link(options) => link::run(&counter, options).await,
    }
}

/// What all of these commands work with.
struct Counter {
    account: Account,
    vonage: AccountClient,
    /// `None` where the configuration does not tell it.
    ours: Option<InboundAddress>,
}

impl Counter {
    fn open(config: &Path, env: &Environment) -> anyhow::Result<Self> {
        let account = Account::load(config, env)?;
        let vonage = AccountClient::new(&account.rest_url, account.api_key.clone(), account.api_secret.clone())?;
        let ours = match (&account.public_url, &account.door) {
            (Some(public_url), Ok(door)) => Some(InboundAddress::new(public_url, door, account.sending.api())),
            _ => None,
        };
        Ok(Self { account, vonage, ours })
    }

    /// Where the texts to a number are to go, so that they come here.
    fn goal(&self) -> anyhow::Result<Goal<'_>> {
        if let Err(lacks) = &self.account.door
            && (self.account.public_url.is_some() || self.account.sending.api() == Api::Messages)
        {
            return Err(anyhow!("{lacks}"));
        }
        match (self.account.application(), &self.ours) {
            (Some(id), address) => Ok(Goal::Application { id, address: address.as_ref() }),
            (None, Some(address)) => Ok(Goal::Address(address)),
            (None, None) => Err(anyhow!(wording::NO_PUBLIC_URL)),
        }
    }

    /// The application that the number is linked to.
    fn application_of<'a>(&self, owned: &'a Owned) -> Option<Application<'a>> {
        let id = owned.application.as_deref()?;
        let takes_texts = self.account.sending.api() == Api::Messages;
        Some(Application { id, ours: self.account.application() == Some(id), takes_texts })
    }

    /// The number's own address.
    fn destination_of(&self, owned: &Owned) -> Option<Destination> {
        owned.inbound_url.as_deref().map(|url| address::destination(url, self.ours.as_ref()))
    }

    /// Where the texts to numbers without an address of their own go. Where Vonage does not say, what is said is only
    /// less precise.
    async fn default_destination(&self) -> ByDefault {
        match self.vonage.settings().await.map(|settings| settings.inbound_url) {
            Ok(Some(url)) => ByDefault::To(address::destination(&url, self.ours.as_ref())),
            Ok(None) => ByDefault::Nowhere,
            Err(_) => ByDefault::Unknown,
        }
    }

    fn failed(&self, error: NumbersError) -> anyhow::Error {
        anyhow!(match error {
            NumbersError::Refused(status) => wording::credentials_refused(status),
            NumbersError::Unreachable(why) => wording::unreachable(&self.account.rest_url, &why),
            NumbersError::Declined(said) => wording::declined(&said),
            NumbersError::Unclear(why) => wording::unclear(&why),
        })
    }
}

/// What takes a number's texts so that they come here.
#[derive(Clone, Copy)]
enum Goal<'a> {
    Address(&'a InboundAddress),
    /// In the Messages API, where the bridge sends by an application.
    Application {
        id: &'a str,
        address: Option<&'a InboundAddress>,
    },
}

fn describe(owned: &Owned) -> Described<'_> {
    let Owned { number, country, kind, features, .. } = owned;
    Described { number, country, kind, features }
}

fn describe_offered<'a>(offered: &'a Offered, number: &'a Address) -> Described<'a> {
    let Offered { country, kind, features, .. } = offered;
    Described { number, country, kind, features }
}

/// A number as it is typed here: with the country code, with or without `+`.
fn number(text: &str) -> Result<PhoneNumber, String> {
    let bare = text.starts_with(|c: char| c.is_ascii_digit());
    let text = if bare { format!("+{text}") } else { text.to_owned() };
    phone::read(&text, None).map(|read| read.number).map_err(|error| error.to_string())
}

fn country(text: &str) -> Result<Region, String> {
    text.parse().map_err(|error: phone::UnknownRegion| error.to_string())
}
