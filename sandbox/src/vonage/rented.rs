//! The numbers that the account rents, and where the texts to each go.

use super::stock::{self, Offer};
use super::{Core, Vonage, WebhookApi};

/// A number of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rented {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Digits without `+`.
    pub msisdn: String,
    /// `mobile-lvn`, `landline` or `landline-toll-free`.
    pub kind: String,
    /// Of `SMS`, `VOICE` and `MMS`.
    pub features: Vec<String>,
    /// Its own URL for inbound SMS (`moHttpUrl`).
    pub url: Option<String>,
    /// The id of the application that it is linked to (`app_id`).
    pub application: Option<String>,
    /// `voiceCallbackType` and `voiceCallbackValue`, which nothing here calls.
    pub(super) voice: Option<(String, String)>,
}

/// An address for webhooks.
pub(super) struct Target {
    pub(super) url: String,
    /// Whether they come in the name of the application.
    pub(super) application: bool,
}

impl Vonage {
    /// The numbers of the account, in the order in which they were rented.
    pub fn numbers(&self) -> Vec<Rented> {
        self.core.state.read(|state| state.numbers.clone())
    }

    /// Links one of the account's numbers to the application, or to none.
    pub fn link_number(&self, number: &str, linked: bool) {
        let id = linked.then(|| self.core.setup.application.id.clone());
        self.core.state.change(|state| {
            let number = state.numbers.iter_mut().find(|rented| rented.msisdn == number);
            number.expect("only a number of the account can be linked").application = id;
        });
    }
}

impl Rented {
    /// A number that the account has had all along.
    pub(super) fn of_old(msisdn: &str) -> Self {
        let features = vec!["SMS".to_owned(), "VOICE".to_owned()];
        Self {
            country: stock::country_of(msisdn).to_owned(),
            msisdn: msisdn.to_owned(),
            kind: "mobile-lvn".to_owned(),
            features,
            url: None,
            application: None,
            voice: None,
        }
    }

    pub(super) fn bought(offer: Offer) -> Self {
        let Offer { country, msisdn, kind, features, .. } = offer;
        Self {
            country: country.to_owned(),
            msisdn,
            kind: kind.to_owned(),
            features: features.iter().map(|&feature| feature.to_owned()).collect(),
            url: None,
            application: None,
            voice: None,
        }
    }
}

impl Core {
    /// Where a text to this number goes. The application's URL takes messages only; the number's own goes before the
    /// account's.
    pub(super) fn inbound_target(&self, number: &str, api: WebhookApi) -> Option<Target> {
        self.state.read(|state| {
            let rented = state.numbers.iter().find(|rented| rented.msisdn == number);
            let linked = api == WebhookApi::Messages && rented.is_some_and(|rented| rented.application.is_some());
            if linked && let Some(url) = state.application_urls.inbound.clone() {
                return Some(Target { url, application: true });
            }
            let own = rented.and_then(|rented| rented.url.clone());
            let url = own.or_else(|| state.inbound_url.clone())?;
            Some(Target { url, application: false })
        })
    }
}
