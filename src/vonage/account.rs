//! Asks Vonage about the account itself: what credit is left.

use std::sync::Arc;

use async_trait::async_trait;
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::Number;

use super::http::{self, ClientError, Dates, root};
use crate::domain::webhook::Price;
use crate::health::Health;
use crate::ports::{Account, AccountError, Clock};

/// The account's routes at `https://rest.nexmo.com`, with the key and secret as HTTP Basic: in a query, where the
/// published description has them, they would stand in logs.
pub struct AccountClient {
    http: Client,
    base: String,
    api_key: String,
    api_secret: SecretString,
    dates: Option<Dates>,
}

impl AccountClient {
    /// `rest_url` is `https://rest.nexmo.com`, or a simulator's.
    ///
    /// # Errors
    /// Where `rest_url` is no http or https URL, or TLS has no root certificates to start with.
    pub fn new(rest_url: &str, api_key: String, api_secret: SecretString) -> Result<Self, ClientError> {
        http::endpoint(rest_url, &[])?;
        Ok(Self { http: http::client()?, base: rest_url.to_owned(), api_key, api_secret, dates: None })
    }

    /// Tells `health` by which clock the answers are dated.
    #[must_use]
    pub fn dated_for(mut self, health: Arc<Health>, clock: Arc<dyn Clock>) -> Self {
        self.dates = Some(Dates { health, clock });
        self
    }

    /// A GET of this route, with the credentials.
    pub(super) fn get(&self, route: &[&str]) -> Result<RequestBuilder, AccountError> {
        Ok(self.authenticated(self.http.get(self.endpoint(route)?)))
    }

    /// A POST to this route, with the credentials and without a body.
    pub(super) fn post(&self, route: &[&str]) -> Result<RequestBuilder, AccountError> {
        Ok(self.authenticated(self.http.post(self.endpoint(route)?)))
    }

    /// Sends a request and reads its answer, which must be 200.
    pub(super) async fn answer<T: for<'a> Deserialize<'a>>(&self, request: RequestBuilder) -> Result<T, AccountError> {
        let answer = http::send(request, self.dates.as_ref()).await.map_err(|error| not_answered(&error))?;
        match answer.status() {
            StatusCode::OK => {}
            status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                return Err(AccountError::Refused(status.as_u16()));
            }
            status => return Err(AccountError::Unclear(format!("HTTP {}", status.as_u16()))),
        }
        let body = answer.bytes().await.map_err(|error| not_answered(&error))?;
        serde_json::from_slice(&body).map_err(|_| AccountError::Unclear("the answer could not be read".to_owned()))
    }

    fn authenticated(&self, request: RequestBuilder) -> RequestBuilder {
        request.basic_auth(&self.api_key, Some(self.api_secret.expose_secret()))
    }

    fn endpoint(&self, route: &[&str]) -> Result<Url, AccountError> {
        http::endpoint(&self.base, route).map_err(|error| AccountError::Unclear(error.to_string()))
    }
}

#[async_trait]
impl Account for AccountClient {
    async fn balance(&self) -> Result<Price, AccountError> {
        let Balance { value } = self.answer(self.get(&["account", "get-balance"])?).await?;
        amount(&value).ok_or_else(|| AccountError::Unclear("the balance could not be read".to_owned()))
    }
}

/// `GET /account/get-balance`: `{"value": 10.171275, "autoReload": false}`, in euros.
#[derive(Deserialize)]
struct Balance {
    value: Number,
}

/// A balance may be below nothing, and a number of JSON may have any number of digits.
fn amount(value: &Number) -> Option<Price> {
    let micros = (value.as_f64()? * 1e6).round();
    #[expect(clippy::cast_possible_truncation, reason = "it saturates, and such an account needs no warning")]
    micros.is_finite().then_some(Price { micros: micros as i64 })
}

fn not_answered(error: &reqwest::Error) -> AccountError {
    AccountError::Unclear(if error.is_timeout() { "no answer came".to_owned() } else { root(error) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balance_is_read_to_the_millionth() {
        let micros = |text: &str| amount(&serde_json::from_str(text).unwrap()).unwrap().micros;
        assert_eq!(micros("10.17127500"), 10_171_275);
        assert_eq!(micros("-0.5"), -500_000);
        assert_eq!(micros("12"), 12_000_000);
        assert_eq!(micros("1e3"), 1_000_000_000);
    }
}
