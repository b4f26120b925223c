//! The account's numbers at Vonage: which it has, which can be rented, renting one, and where its texts go.
//!
//! One call is one request, but for [`AccountClient::owned`], which reads page after page; none is ever repeated.
//! Source: the Numbers API's description.

mod wire;

use secrecy::{ExposeSecret as _, SecretString};

use super::account::AccountClient;
use super::digits;
use crate::domain::phone::{Address, PhoneNumber, Region};
use crate::domain::webhook::Price;
use crate::ports::AccountError;
use wire::{Page, WireOffered, WireOwned, answer, done};

/// Why Vonage did not say, or did not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumbersError {
    /// The credentials are refused, with this HTTP status.
    #[error("the credentials are refused (HTTP {0})")]
    Refused(u16),
    /// Certainly not done: there was no connection.
    #[error("Vonage cannot be reached: {0}")]
    Unreachable(String),
    /// Certainly not done, in Vonage's own words.
    #[error("Vonage declines: {0}")]
    Declined(String),
    /// Perhaps done: a timeout, a broken connection, a 5xx, an answer that cannot be read.
    #[error("no clear answer: {0}")]
    Unclear(String),
}

/// A number that the account has. Not printed by `Debug`, since an address may hold a path token.
#[derive(Clone)]
pub struct Owned {
    /// Short codes can be rented too; no desk can use them.
    pub number: Address,
    /// Two letters.
    pub country: String,
    /// `landline`, `mobile-lvn` or `landline-toll-free`.
    pub kind: String,
    /// `SMS`, `VOICE`, `MMS`.
    pub features: Vec<String>,
    /// Where its texts go; `None`: to the account's default.
    pub inbound_url: Option<String>,
    /// The id of the application it is linked to.
    pub application: Option<String>,
    /// What calls are passed on to: `sip` or `tel`, and where.
    voice: Option<(String, String)>,
}

/// A number that can be rented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    pub number: PhoneNumber,
    pub country: String,
    pub kind: String,
    pub features: Vec<String>,
    /// The rent of a month, in euros.
    pub cost: Option<Price>,
}

/// Which numbers are looked for.
#[derive(Clone, Debug)]
pub struct Search {
    pub country: Region,
    /// Digits that the number begins with, country code included.
    pub begins_with: Option<String>,
    pub kind: Option<&'static str>,
    /// `SMS`, or several with commas, in Vonage's order.
    pub features: Option<&'static str>,
    /// From 1 to 100.
    pub limit: u8,
}

/// Where a number's texts are to go.
#[derive(Clone, Debug)]
pub enum LinkTo {
    /// An address of its own, which Vonage tries at once: it must answer 200 to a bare GET.
    Url(SecretString),
    /// An application of the Messages API, by its id.
    Application(String),
}

/// The most that Vonage gives on a page.
const PAGE: usize = 100;

/// Nobody has more pages of numbers; an answer that never ends must end here.
const PAGES: usize = 100;

impl AccountClient {
    /// All numbers of the account, or only those that begin with these digits.
    ///
    /// # Errors
    /// As [`NumbersError`] says; no page is asked for twice.
    pub async fn owned(&self, begins_with: Option<&PhoneNumber>) -> Result<Vec<Owned>, NumbersError> {
        let mut owned = Vec::new();
        for page in 1..=PAGES {
            let mut query = vec![("size", PAGE.to_string()), ("index", page.to_string())];
            if let Some(number) = begins_with {
                query.extend(beginning(digits(number)));
            }
            let found: Page<WireOwned> = answer(self.get(&["account", "numbers"])?.query(&query)).await?;
            let is_last = found.numbers.len() < PAGE || owned.len() + found.numbers.len() >= found.count;
            owned.extend(found.numbers.into_iter().map(Owned::from));
            if is_last {
                break;
            }
        }
        Ok(owned)
    }

    /// The number, if the account has it.
    ///
    /// # Errors
    /// As [`NumbersError`] says.
    pub async fn owned_number(&self, number: &PhoneNumber) -> Result<Option<Owned>, NumbersError> {
        let owned = self.owned(Some(number)).await?;
        Ok(owned.into_iter().find(|owned| owned.number.phone() == Some(number)))
    }

    /// Numbers that can be rented, and how many there are in all.
    ///
    /// # Errors
    /// As [`NumbersError`] says.
    pub async fn search(&self, search: &Search) -> Result<(Vec<Offered>, usize), NumbersError> {
        let mut query = vec![("country", search.country.to_string()), ("size", search.limit.to_string())];
        query.extend(search.begins_with.as_deref().map(beginning).into_iter().flatten());
        query.extend(search.kind.map(|kind| ("type", kind.to_owned())));
        query.extend(search.features.map(|features| ("features", features.to_owned())));
        let found: Page<WireOffered> = answer(self.get(&["number", "search"])?.query(&query)).await?;
        let offered: Vec<_> = found.numbers.into_iter().filter_map(WireOffered::read).collect();
        let count = found.count.max(offered.len());
        Ok((offered, count))
    }

    /// The number, if it can be rented.
    ///
    /// # Errors
    /// As [`NumbersError`] says.
    pub async fn offered(&self, number: &PhoneNumber, country: Region) -> Result<Option<Offered>, NumbersError> {
        let begins_with = Some(digits(number).to_owned());
        let (found, _) = self.search(&Search { country, begins_with, kind: None, features: None, limit: 10 }).await?;
        Ok(found.into_iter().find(|offered| offered.number == *number))
    }

    /// Rents the number, which costs: the caller has asked.
    ///
    /// # Errors
    /// As [`NumbersError`] says. After [`NumbersError::Unclear`] it may be rented.
    pub async fn rent(&self, offered: &Offered) -> Result<(), NumbersError> {
        let form = [("country", offered.country.as_str()), ("msisdn", digits(&offered.number))];
        done(self.post(&["number", "buy"])?.form(&form)).await
    }

    /// Has the texts to a number taken elsewhere from now on, and leaves all else about it as it is.
    ///
    /// # Errors
    /// As [`NumbersError`] says; declined where the URL does not answer 200. After [`NumbersError::Unclear`] it may be
    /// done; doing it again does no harm.
    pub async fn link(&self, owned: &Owned, to: &LinkTo) -> Result<(), NumbersError> {
        done(self.post(&["number", "update"])?.form(&owned.update(to))).await
    }
}

impl Owned {
    /// Whether it has the feature SMS.
    #[must_use]
    pub fn can_text(&self) -> bool {
        self.features.iter().any(|feature| feature == "SMS")
    }

    /// What an update has to say. It says everything that is known of the number: what an update leaves out, Vonage
    /// takes away (seen with `moHttpUrl`: github.com/Nexmo/nexmo-cli, issue 83).
    fn update(&self, to: &LinkTo) -> Vec<(&'static str, String)> {
        let (url, application) = match to {
            LinkTo::Url(url) => (Some(url.expose_secret().to_owned()), self.application.clone()),
            LinkTo::Application(id) => (self.inbound_url.clone(), Some(id.clone())),
        };
        let msisdn = match &self.number {
            Address::Phone(number) => digits(number).to_owned(),
            Address::Other(code) => code.clone(),
        };
        let mut form = vec![("country", self.country.clone()), ("msisdn", msisdn)];
        form.extend(url.map(|url| ("moHttpUrl", url)));
        form.extend(application.map(|id| ("app_id", id)));
        if let Some((kind, value)) = self.voice.clone() {
            form.extend([("voiceCallbackType", kind), ("voiceCallbackValue", value)]);
        }
        form
    }
}

/// A number that was rented a moment ago.
impl From<Offered> for Owned {
    fn from(Offered { number, country, kind, features, .. }: Offered) -> Self {
        let number = Address::Phone(number);
        Self { number, country, kind, features, inbound_url: None, application: None, voice: None }
    }
}

impl From<AccountError> for NumbersError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Refused(status) => Self::Refused(status),
            AccountError::Unclear(why) => Self::Unclear(why),
        }
    }
}

fn beginning(digits: &str) -> [(&'static str, String); 2] {
    [("pattern", digits.to_owned()), ("search_pattern", "0".to_owned())]
}

#[cfg(test)]
mod tests;
