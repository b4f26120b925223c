//! The one door to environment variables, with `.env` behind it.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use secrecy::SecretString;

use super::problem::{ConfigError, Problem};

/// The variables that Threadline was started with. A variable set to nothing counts as not set.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The process's variables and, where those are silent, the file `.env` in the current folder. The process's own
    /// environment stays as it is.
    ///
    /// # Errors
    /// Where `.env` exists and cannot be read.
    pub fn from_process() -> Result<Self, ConfigError> {
        let mut variables = dot_env(Path::new(".env"))?;
        #[expect(clippy::disallowed_methods, reason = "this is the door")]
        let process = std::env::vars_os();
        // What is not Unicode is none of ours: all our names are ASCII, and so are all values we take.
        variables.extend(process.filter_map(|(name, value)| {
            let value = value.into_string().ok().filter(|value| !value.is_empty())?;
            Some((name.into_string().ok()?, value))
        }));
        Ok(Self::from_pairs(variables))
    }

    /// Exactly these variables; for tests and for the sandbox.
    pub fn from_pairs<K: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let pairs = pairs.into_iter().map(|(k, v)| (k.into(), v.into()));
        Self(pairs.filter(|(_, value)| !value.is_empty()).collect())
    }

    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// `NAME`, or what stands in the file that `NAME_FILE` names (as Docker and Kubernetes hand secrets over). White
    /// space around it is cut.
    pub(super) fn secret(&self, name: &str) -> Result<Option<SecretString>, Problem> {
        let Some(secret) = self.value_or_file(name)? else { return Ok(None) };
        let secret = secret.trim();
        // Secrets travel in HTTP headers and forms: what stands there must be printable.
        if secret.is_empty() || !secret.chars().all(|c| c.is_ascii_graphic()) {
            return Err(Problem::new(None, name, "must be one word of printable ASCII characters"));
        }
        Ok(Some(SecretString::from(secret)))
    }

    /// As [`Environment::secret`], for a key of several lines. Where a variable cannot hold line breaks, each may be
    /// written as `\n`.
    pub(super) fn pem(&self, name: &str) -> Result<Option<SecretString>, Problem> {
        let value = self.value_or_file(name)?;
        Ok(value.map(|value| SecretString::from(value.replace("\\n", "\n").trim())))
    }

    /// Whether `NAME` or `NAME_FILE` is set, to whatever.
    pub(super) fn has_secret(&self, name: &str) -> bool {
        self.get(name).is_some() || self.get(&format!("{name}_FILE")).is_some()
    }

    fn value_or_file(&self, name: &str) -> Result<Option<String>, Problem> {
        let name_of_file = format!("{name}_FILE");
        match (self.get(name), self.get(&name_of_file)) {
            (Some(_), Some(_)) => {
                Err(Problem::new(None, name, format!("{name_of_file} is set as well; set only one of the two")))
            }
            (None, None) => Ok(None),
            (Some(value), None) => Ok(Some(value.to_owned())),
            (None, Some(file)) => fs::read_to_string(file)
                .map(Some)
                .map_err(|error| Problem::new(None, name_of_file, format!("cannot read the file it names: {error}"))),
        }
    }
}

/// Names only: values are secrets.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

fn dot_env(path: &Path) -> Result<BTreeMap<String, String>, ConfigError> {
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let refuse = |sentence: String| ConfigError::new(path.display(), vec![Problem::new(None, "", sentence)]);
    dotenvy::from_path_iter(path)
        .map_err(|error| refuse(format!("cannot be read: {error}")))?
        // dotenvy's own message prints the whole line, and with it perhaps a secret.
        .collect::<Result<_, _>>()
        .map_err(|_| {
            refuse("a line is not of the form NAME=value; put a value with spaces or a # into single quotes".to_owned())
        })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_secret_stands_in_the_variable_or_in_a_file() {
        let file = std::env::temp_dir().join(format!("threadline-secret-{}", std::process::id()));
        fs::write(&file, "from-file\n").unwrap();
        let path = file.to_str().unwrap();

        let plain = Environment::from_pairs([("A", "plain"), ("EMPTY", "")]);
        let by_file = Environment::from_pairs([("A_FILE", path)]);
        let both = Environment::from_pairs([("A", "plain"), ("A_FILE", path)]);
        let expose = |env: &Environment| env.secret("A").unwrap().unwrap().expose_secret().to_owned();
        assert_eq!(expose(&plain), "plain");
        assert_eq!(expose(&by_file), "from-file");
        assert!(both.secret("A").unwrap_err().to_string().contains("set only one"));
        assert!(plain.secret("EMPTY").unwrap().is_none());
        fs::remove_file(&file).unwrap();
        assert!(by_file.secret("A").unwrap_err().to_string().contains("cannot read"));
    }

    #[test]
    fn a_key_of_several_lines_may_be_written_in_one() {
        let env =
            Environment::from_pairs([("A", "-----BEGIN KEY-----\\nabc\\n-----END KEY-----\\n"), ("B", " x\ny\n")]);
        let pem = |name| env.pem(name).unwrap().unwrap().expose_secret().to_owned();
        assert_eq!(pem("A"), "-----BEGIN KEY-----\nabc\n-----END KEY-----");
        assert_eq!(pem("B"), "x\ny");
        assert!(env.pem("C").unwrap().is_none() && env.secret("B").is_err());
    }

    #[test]
    fn neither_debug_nor_errors_print_a_value() {
        let env = Environment::from_pairs([("A", "hush hush")]);
        assert_eq!(format!("{env:?}"), r#"{"A"}"#);
        assert!(!env.secret("A").unwrap_err().to_string().contains("hush"));

        let file = std::env::temp_dir().join(format!("threadline-env-{}", std::process::id()));
        fs::write(&file, "GOOD=1\nhush 'hush").unwrap();
        let error = dot_env(&file).unwrap_err().to_string();
        fs::remove_file(&file).unwrap();
        assert!(error.contains("NAME=value") && !error.contains("hush"), "{error}");
    }
}
