//! Asks Vonage where the account's webhooks go that have no address of their own.

use serde::Deserialize;

use super::account::AccountClient;
use crate::ports::AccountError;

/// The account's defaults. An address may hold a path token: [`super::address`] shows it without.
#[derive(Clone, Deserialize)]
pub struct Settings {
    /// Where the texts to numbers go that have no address of their own.
    #[serde(default, rename = "mo-callback-url", deserialize_with = "address")]
    pub inbound_url: Option<String>,
    /// Where receipts go about SMS that named no address.
    #[serde(default, rename = "dr-callback-url", deserialize_with = "address")]
    pub receipt_url: Option<String>,
}

impl AccountClient {
    /// What the account's settings are: by a change of nothing, which is the one way to ask. Source: the Account API's
    /// description, `POST /account/settings`, whose answer has the current settings.
    ///
    /// # Errors
    /// Where Vonage refuses the credentials or gives no clear answer.
    pub async fn settings(&self) -> Result<Settings, AccountError> {
        self.answer(self.post(&["account", "settings"])?.form::<[(&str, &str)]>(&[])).await
    }
}

/// An address that is empty is none.
fn address<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let address = Option::<String>::deserialize(deserializer)?;
    Ok(address.filter(|address| !address.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_empty_or_missing_are_none() {
        let read = |text| serde_json::from_str::<Settings>(text).unwrap();
        let settings =
            read(r#"{"mo-callback-url":"https:\/\/example.com\/in","dr-callback-url":"","max-outbound-request":30}"#);
        assert_eq!(settings.inbound_url.as_deref(), Some("https://example.com/in"));
        assert_eq!(settings.receipt_url, None);
        assert_eq!(read(r#"{"mo-callback-url":null}"#).inbound_url, None);
    }
}
