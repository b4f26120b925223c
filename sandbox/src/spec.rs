//! Every exchange held against the provider's own OpenAPI description, where a folder with the descriptions is at hand.

mod amendments;
mod call;
mod description;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::Value;

use crate::wire::Exchange;
use call::Call;
use description::{Description, Finding};

/// The environment variable that names the folder of the descriptions.
pub const FOLDER: &str = "THREADLINE_SPECS";

/// Reading and compiling a description takes a while, and a process of tests wants each many times.
static READ: Mutex<BTreeMap<PathBuf, Descriptions>> = Mutex::new(BTreeMap::new());

type Descriptions = Arc<Vec<Description>>;

/// One provider's descriptions, and what was found to differ from them.
pub struct Spec {
    descriptions: Descriptions,
    violations: Mutex<Vec<String>>,
}

/// Why a description cannot be used.
#[derive(Debug)]
pub struct Unreadable {
    pub file: PathBuf,
    pub why: String,
}

/// The folder that the environment names, if it names one.
pub fn folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

impl Spec {
    /// Discord's REST API v10, from `discord-openapi.json`.
    ///
    /// # Errors
    /// When the file is missing or is no OpenAPI description.
    pub fn discord(folder: &Path) -> Result<Self, Unreadable> {
        let file = folder.join("discord-openapi.json");
        Self::of(&file, || {
            let mut root = read(&file)?;
            amendments::permissions_as_text(&mut root);
            Ok(vec![Description::new("/api/v10", root)])
        })
    }

    /// Vonage's SMS API, account API, Messages API and Numbers API, from `vonage-sms.yml`, `vonage-account.yml`,
    /// `vonage-messages.json` and `vonage-numbers.yml`, amended where the real service is known to differ.
    ///
    /// # Errors
    /// When a file is missing or is no OpenAPI description.
    pub fn vonage(folder: &Path) -> Result<Self, Unreadable> {
        let description = |file: &str| -> Result<Description, Unreadable> {
            let mut root = read(&folder.join(file))?;
            amendments::nullable(&mut root);
            amendments::apply(file, &mut root);
            Ok(Description::new("", root))
        };
        let first = "vonage-sms.yml";
        Self::of(&folder.join(first), || {
            let others = ["vonage-account.yml", "vonage-messages.json", "vonage-numbers.yml"];
            [first].into_iter().chain(others).map(description).collect()
        })
    }

    /// Holds an exchange against the description. What was made wrong on purpose, what an injected fault answered and
    /// websockets are exempt; a wrong request is a violation whatever was answered.
    pub fn check(&self, exchange: &Exchange) {
        if exchange.strictness_test || exchange.status == Some(101) {
            return;
        }
        let Exchange { method, path, query, request_headers, request_body, .. } = exchange;
        self.check_request(method, path, query.as_deref(), request_headers, request_body);
        if let (false, Some(status)) = (exchange.faulted, exchange.status) {
            self.check_response(method, path, status, &exchange.response_headers, &exchange.response_body);
        }
    }

    /// Notes how a request differs from the description: an unknown route, parameters, content type, body.
    pub fn check_request(&self, method: &Method, path: &str, query: Option<&str>, headers: &HeaderMap, body: &Bytes) {
        let findings = match self.call(method, path) {
            Some(call) => call.request_findings(query.unwrap_or_default(), headers, body),
            None => vec![Finding::new("there is no such route")],
        };
        self.note(&format!("request {method} {path}"), findings);
    }

    /// Notes how an answer differs from the description: an undocumented status, the body. The answers of unknown
    /// routes are not looked at, since the request was the violation.
    pub fn check_response(&self, method: &Method, path: &str, status: u16, headers: &HeaderMap, body: &Bytes) {
        if let Some(call) = self.call(method, path) {
            let findings = call.response_findings(status, headers, body);
            self.note(&format!("answer {status} to {method} {path}"), findings);
        }
    }

    /// Notes how a value (a webhook, a gateway event's object) differs from the component schema of that name.
    pub fn check_value(&self, schema: &str, value: &Value, what: &str) {
        let findings = match self.descriptions.iter().find(|description| description.has_schema(schema)) {
            Some(description) => description.component_findings(schema, value),
            None => vec![Finding::new(&format!("there is no schema {schema}"))],
        };
        self.note(what, findings);
    }

    /// What was found so far, a sentence each.
    pub fn violations(&self) -> Vec<String> {
        self.violations.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// With the descriptions that begin with this file, read once in a process.
    fn of(first: &Path, read: impl FnOnce() -> Result<Vec<Description>, Unreadable>) -> Result<Self, Unreadable> {
        let mut known = READ.lock().unwrap_or_else(PoisonError::into_inner);
        let descriptions = match known.get(first) {
            Some(descriptions) => descriptions.clone(),
            None => known.entry(first.to_owned()).or_insert(Arc::new(read()?)).clone(),
        };
        Ok(Self { descriptions, violations: Mutex::default() })
    }

    fn call<'a>(&'a self, method: &Method, path: &'a str) -> Option<Call<'a>> {
        self.descriptions.iter().find_map(|description| description.call(method, path))
    }

    fn note(&self, what: &str, findings: Vec<Finding>) {
        let mut violations = self.violations.lock().unwrap_or_else(PoisonError::into_inner);
        violations.extend(findings.into_iter().map(|finding| format!("{what}: {finding}")));
    }
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the description {} cannot be used: {}", self.file.display(), self.why)
    }
}

impl std::error::Error for Unreadable {}

fn read(file: &Path) -> Result<Value, Unreadable> {
    let unreadable = |why: String| Unreadable { file: file.to_owned(), why };
    let text = std::fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))?;
    // YAML is a superset of JSON, but its parser takes its time over a megabyte.
    if file.extension().is_some_and(|extension| extension == "json") {
        serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))
    } else {
        serde_yaml_ng::from_str(&text).map_err(|error| unreadable(error.to_string()))
    }
}
