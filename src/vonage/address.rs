//! This installation's addresses as Vonage is told them, and how addresses are shown: never with the path token.

use reqwest::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::http::{self, root};
use crate::config::Door;
use crate::domain::destination::{Destination, Leads};
use crate::domain::webhook::Api;

/// Stands for the path token in everything that is printed.
const TOKEN: &str = "<token>";

/// Why an address would not be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    Status(u16),
    Unreachable(String),
}

/// Where this installation takes texts.
#[derive(Clone, Debug)]
pub struct InboundAddress {
    /// `public_url`, with a slash at the end.
    base: String,
    url: SecretString,
    token: Option<SecretString>,
    /// The other routes that take texts: each takes the form of either API, and one is that of Vonage's tutorial.
    also: Vec<SecretString>,
}

impl InboundAddress {
    /// `api` is the one that sends: what comes in has the same form.
    #[must_use]
    pub fn new(public_url: &str, door: &Door, api: Api) -> Self {
        let webhooks = format!("{public_url}{}", door.webhooks_path());
        let (route, other) = match api {
            Api::Sms => ("inbound-sms", "inbound-message"),
            Api::Messages => ("inbound-message", "inbound-sms"),
        };
        let mut also = vec![format!("{webhooks}/{other}").into(), format!("{webhooks}/update").into()];
        if door.path_token.is_none() {
            also.push(format!("{public_url}/update").into());
        }
        let url = SecretString::from(format!("{webhooks}/{route}"));
        Self { base: format!("{public_url}/"), url, token: door.path_token.clone(), also }
    }

    /// What Vonage has to be told: `https://sms.example.com/webhooks/<token>/inbound-sms`.
    #[must_use]
    pub const fn url(&self) -> &SecretString {
        &self.url
    }

    #[must_use]
    pub fn shown(&self) -> String {
        shown(self.url.expose_secret())
    }

    /// What somebody else said, who may have quoted the address.
    #[must_use]
    pub fn without_token(&self, said: &str) -> String {
        self.token.as_ref().map_or_else(|| said.to_owned(), |token| said.replace(token.expose_secret(), TOKEN))
    }

    #[must_use]
    pub fn destination(&self) -> Destination {
        destination(self.url.expose_secret(), Some(self))
    }

    /// Tries the address as Vonage does before it takes one: by a GET without parameters.
    ///
    /// # Errors
    /// Where the answer is not 200, or there is none.
    pub async fn answers(&self) -> Result<(), NoAnswer> {
        let client = http::client().map_err(|error| NoAnswer::Unreachable(error.to_string()))?;
        let answer = client.get(self.url.expose_secret()).send().await.map_err(|error| {
            let why = if error.is_timeout() { "no answer came in time".to_owned() } else { root(&error) };
            NoAnswer::Unreachable(why)
        })?;
        match answer.status() {
            StatusCode::OK => Ok(()),
            other => Err(NoAnswer::Status(other.as_u16())),
        }
    }

    fn leads(&self, address: &str) -> Leads {
        let ours = std::iter::once(&self.url).chain(&self.also).any(|url| url.expose_secret() == address);
        if ours {
            Leads::Here
        } else if address.starts_with(&self.base) {
            Leads::Beside
        } else {
            Leads::Elsewhere
        }
    }
}

/// What an address that Vonage has is to us; `ours` is `None` where it is not known.
#[must_use]
pub fn destination(address: &str, ours: Option<&InboundAddress>) -> Destination {
    Destination { shown: shown(address), leads: ours.map_or(Leads::Unknown, |ours| ours.leads(address)) }
}

/// An address without credentials, without the values of its query, and without the path token of any bridge.
#[must_use]
pub fn shown(address: &str) -> String {
    let Ok(url) = Url::parse(address) else {
        return "something that is no URL".to_owned();
    };
    let mut shown = format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default());
    if let Some(port) = url.port() {
        shown.push_str(&format!(":{port}"));
    }
    let segments: Vec<&str> = url.path_segments().into_iter().flatten().collect();
    for (at, segment) in segments.iter().enumerate() {
        let is_token = at > 0 && segments[at - 1] == "webhooks" && at + 1 < segments.len();
        shown.push('/');
        shown.push_str(if is_token { TOKEN } else { segment });
    }
    if url.query().is_some() {
        shown.push_str("?…");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(token: Option<&str>) -> InboundAddress {
        let door = Door::unsigned(token.map(Into::into));
        InboundAddress::new("https://sms.example.com", &door, Api::Sms)
    }

    #[test]
    fn ours_is_told_from_others() {
        let guarded = ours(Some("0123456789abcdef"));
        let open = ours(None);
        let base = "https://sms.example.com";
        for (path, of_guarded, of_open) in [
            ("/webhooks/0123456789abcdef/inbound-sms", Leads::Here, Leads::Beside),
            ("/webhooks/0123456789abcdef/update", Leads::Here, Leads::Beside),
            ("/webhooks/0123456789abcdef/inbound-message", Leads::Here, Leads::Beside),
            ("/webhooks/0123456789abcdef/delivery-receipt", Leads::Beside, Leads::Beside),
            ("/webhooks/inbound-sms", Leads::Beside, Leads::Here),
            ("/update", Leads::Beside, Leads::Here),
            ("/webhooks/fedcba9876543210/inbound-sms", Leads::Beside, Leads::Beside),
            (".evil.example/webhooks/0123456789abcdef/inbound-sms", Leads::Elsewhere, Leads::Elsewhere),
        ] {
            let address = format!("{base}{path}");
            assert_eq!(destination(&address, Some(&guarded)).leads, of_guarded, "{path}");
            assert_eq!(destination(&address, Some(&open)).leads, of_open, "{path}");
            assert_eq!(destination(&address, None).leads, Leads::Unknown);
        }
    }

    #[test]
    fn nothing_secret_is_shown() {
        for (address, expected) in [
            ("https://a.example/webhooks/s3cr3t/inbound-sms", "https://a.example/webhooks/<token>/inbound-sms"),
            ("https://a.example/sms/webhooks/s3cr3t/update", "https://a.example/sms/webhooks/<token>/update"),
            ("https://a.example/webhooks/inbound-sms", "https://a.example/webhooks/inbound-sms"),
            ("http://u:s3cr3t@a.example:8080/in?key=s3cr3t#s3cr3t", "http://a.example:8080/in?…"),
            ("s3cr3t", "something that is no URL"),
        ] {
            assert_eq!(shown(address), expected);
        }
        let ours = ours(Some("s3cr3t-s3cr3t-s3cr3t"));
        assert_eq!(ours.without_token("no 200 at /s3cr3t-s3cr3t-s3cr3t/in"), "no 200 at /<token>/in");
        assert_eq!(ours.shown(), "https://sms.example.com/webhooks/<token>/inbound-sms");
        assert!(!format!("{ours:?}").contains("s3cr3t"));
    }
}
