//! The account alone: what is read for commands that come before there is a whole configuration. Whoever rents a first
//! number has no desk yet, and perhaps no file.

use std::io;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use super::door::{self, Door, door};
use super::environment::Environment;
use super::problem::{ConfigError, Problem};
use super::reader::{self, Section};
use super::sending::{self, Sending};
use super::signing::SignatureSecrets;
use super::{desks, services, values};
use crate::domain::phone::PhoneNumber;
use crate::domain::webhook::Price;

/// An account at Vonage, and what the installation says, so far, of where its texts should go.
#[derive(Debug)]
pub struct Account {
    /// Which API sends, and as whom.
    pub sending: Sending,
    /// Without a slash at the end.
    pub rest_url: String,
    pub api_key: String,
    pub api_secret: SecretString,
    /// As [`super::Vonage::low_balance`].
    pub low_balance: Option<Price>,
    /// As [`super::Server::public_url`].
    pub public_url: Option<String>,
    /// The error says what `[vonage.webhooks]`, or the application that sends, lacks.
    pub door: Result<Door, ConfigError>,
    /// The desks' names and numbers, as far as they can be read.
    pub desks: Vec<(String, PhoneNumber)>,
}

/// What was read, before it is known whether it will do.
struct Found {
    sending: Sending,
    rest_url: String,
    low_balance: Option<Price>,
    api_key: Option<SecretString>,
    api_secret: Option<SecretString>,
    public_url: Option<String>,
    door: Option<Door>,
    desks: Vec<(String, PhoneNumber)>,
}

impl Account {
    /// Reads the file at `path`, if there is one, and what the environment adds to it. What is wrong with desks,
    /// templates, the database or Discord is passed over.
    ///
    /// # Errors
    /// Where the file cannot be read or is no TOML, the credentials are missing, or something in `[vonage]` or
    /// `server.public_url` is wrong: a mistyped key must not lead to another service than was meant.
    pub fn load(path: &Path, env: &Environment) -> Result<Self, ConfigError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                let problem = Problem::new(None, "", format!("cannot be read: {error}"));
                return Err(ConfigError::new(path.display(), vec![problem]));
            }
        };
        let (found, notes) = reader::read_file(&text, |file| find(file, env));
        let mut problems: Vec<Problem> = Vec::new();
        for problem in notes.problems {
            // What is read twice is wrong twice.
            if counts(&problem) && !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        let (of_door, problems): (Vec<_>, Vec<_>) = problems.into_iter().partition(is_of_door);
        let error = |problems| ConfigError::new(path.display(), problems);
        let (Some(api_key), Some(api_secret), true) = (found.api_key, found.api_secret, problems.is_empty()) else {
            return Err(error(problems));
        };
        Ok(Self {
            sending: found.sending,
            rest_url: found.rest_url,
            low_balance: found.low_balance,
            api_key: api_key.expose_secret().to_owned(),
            api_secret,
            public_url: found.public_url,
            door: found.door.filter(|_| of_door.is_empty()).ok_or_else(|| error(of_door)),
            desks: found.desks,
        })
    }

    /// As [`super::Vonage::receipt_callback`].
    #[must_use]
    pub fn receipt_callback(&self) -> Option<String> {
        let door = self.door.as_ref().ok()?;
        self.public_url.as_deref().map(|public_url| door.receipt_callback(self.sending.api(), public_url))
    }

    /// The id of the application that sends, and to which the numbers have to be linked.
    #[must_use]
    pub fn application(&self) -> Option<&str> {
        match &self.sending {
            Sending::Messages { application: Some(application) } => Some(&application.id),
            Sending::Messages { application: None } | Sending::Sms { .. } => None,
        }
    }

    /// The desk that texts from this number.
    #[must_use]
    pub fn desk(&self, number: &PhoneNumber) -> Option<&str> {
        self.desks.iter().find(|(_, used)| used == number).map(|(name, _)| name.as_str())
    }
}

fn find(file: &mut Section<'_>, env: &Environment) -> Found {
    // All keys are asked for, so that none of them seems unknown.
    services::read(file, env);
    let public_url = file.again("server", |section| section.parsed("public_url", values::public_url));
    let secret = |name| env.secret(name).ok().flatten();
    let (api_key, api_secret) = (secret("VONAGE_API_KEY"), secret("VONAGE_API_SECRET"));
    let (sending, rest_url, low_balance, door) = file.again("vonage", |section| {
        let secrets = SignatureSecrets::read(section, env);
        let sending = sending::read(section, env, &secrets);
        let account = door::Account {
            api: sending.api(),
            api_key: api_key.as_ref().map(ExposeSecret::expose_secret),
            secrets: &secrets,
            signs_requests: sending.signs_requests(),
        };
        let door = section.again("webhooks", |section| door(section, env, &account));
        (sending, services::rest_url(section), services::low_balance(section), door)
    });
    let desks = file.sections("desks", |section| {
        let name = section.text("name").unwrap_or_default().to_owned();
        Some((name, desks::number(section, env)?))
    });
    Found { sending, rest_url, low_balance, api_key, api_secret, public_url, door, desks }
}

/// Whether this is about the account or the webhooks' address.
fn counts(problem: &Problem) -> bool {
    let key = problem.key();
    key.is_empty()
        || matches!(key, "server" | "server.public_url" | "vonage")
        || key.starts_with("vonage.")
        || key.starts_with("VONAGE_API_")
        || is_of_door(problem)
}

/// Whether this keeps it from being known where texts should go.
fn is_of_door(problem: &Problem) -> bool {
    let places = [
        "vonage.webhooks",
        "WEBHOOK_PATH_TOKEN",
        "VONAGE_SIGNATURE_SECRET",
        "VONAGE_APPLICATION_ID",
        "VONAGE_PRIVATE_KEY",
    ];
    places.iter().any(|place| problem.key().starts_with(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: Option<&str>, variables: &[(&str, &str)]) -> Result<Account, String> {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("threadline.toml");
        if let Some(text) = text {
            std::fs::write(&path, text).unwrap();
        }
        let credentials = [("VONAGE_API_KEY", "abcd1234"), ("VONAGE_API_SECRET", "hush-hush")];
        let set = |name| variables.iter().any(|(other, _)| *other == name);
        let credentials = credentials.into_iter().filter(|(name, _)| !set(*name));
        let env = Environment::from_pairs(credentials.chain(variables.iter().copied()));
        Account::load(&path, &env).map_err(|error| error.to_string().replace(&path.display().to_string(), "(file)"))
    }

    #[test]
    fn credentials_are_enough() {
        let account = load(None, &[]).unwrap();
        assert_eq!((account.rest_url.as_str(), account.api_key.as_str()), ("https://rest.nexmo.com", "abcd1234"));
        assert_eq!((account.public_url.as_deref(), account.desks.len()), (None, 0));
        let lacks = account.door.unwrap_err().to_string();
        assert!(lacks.contains("nothing keeps strangers out"), "{lacks}");
    }

    #[test]
    fn what_is_known_already_is_taken() {
        let text = r#"
[server]
public_url = "https://sms.example.com/"
[vonage]
rest_url = "http://127.0.0.1:4010"
unconfirmed_after = "15m"
[[desks]]
name = "support"
number = "441632960960"
[[desks]]
name = "sales"
"#;
        let token = ("WEBHOOK_PATH_TOKEN", "0123456789abcdef");
        let account = load(Some(text), &[token, ("VONAGE_NUMBER", "447700900000")]).unwrap();
        assert_eq!(account.rest_url, "http://127.0.0.1:4010");
        assert_eq!(account.public_url.as_deref(), Some("https://sms.example.com"));
        assert_eq!(account.door.as_ref().unwrap().webhooks_path(), "/webhooks/0123456789abcdef");
        let desk = |number| account.desk(&PhoneNumber::from_e164(number).unwrap());
        assert_eq!(desk("+441632960960"), Some("support"));
        assert_eq!(desk("+447700900000"), Some("sales"));
        assert_eq!(desk("+447700900001"), None);
    }

    #[test]
    fn what_is_wrong_with_the_account_is_told_and_nothing_else() {
        let text = "
[database]
url = \"mysql://\"
[vonage]
rest_ulr = \"http://127.0.0.1:4010\"
[[desks]]
name = \"Support Team\"
";
        insta::assert_snapshot!(load(Some(text), &[("VONAGE_API_SECRET", "")]).unwrap_err(), @"
        (file): 2 problems
          - line 5: `vonage.rest_ulr`: unknown key; did you mean `rest_url`?
          - `VONAGE_API_SECRET`: must be set: the account's secret, in the environment or in .env; or a file that holds it, in VONAGE_API_SECRET_FILE
        ");
        let half = load(Some("[vonage]\napi = \"messages\"\n"), &[("VONAGE_PRIVATE_KEY", "hush-hush")]).unwrap();
        let lacks = half.door.unwrap_err().to_string();
        assert!(lacks.contains("`VONAGE_APPLICATION_ID`: must be set") && !lacks.contains("hush"), "{lacks}");
        insta::assert_snapshot!(load(Some("[vonage\n"), &[]).unwrap_err(), @"
        (file): 1 problem
          - line 1: not valid TOML: unclosed table, expected `]`
        ");
    }
}
