//! Named text fields in order: what requests and webhooks of the SMS API are made of.

use serde_json::Value;

/// Fields of a request or a webhook, each name once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Sets a field, in its old place if there is one.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        match self.0.iter_mut().find(|(key, _)| key == name) {
            Some((_, old)) => *old = value.into(),
            None => self.0.push((name.to_owned(), value.into())),
        }
    }

    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(key, _)| key != name);
    }

    /// The same fields with one more, or one changed.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.set(name, value);
        self
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// An object of strings.
    pub fn json(&self) -> Value {
        self.0.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect()
    }

    /// Reads a form, or an object of plain values.
    pub(super) fn read(content_type: &str, body: &[u8]) -> Self {
        let form = || serde_urlencoded::from_bytes::<Vec<(String, String)>>(body).unwrap_or_default();
        if !content_type.starts_with("application/json") {
            return if content_type.starts_with("application/x-www-form-urlencoded") {
                form().into_iter().collect()
            } else {
                Self::default()
            };
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(object)) => {
                object.into_iter().filter_map(|(name, value)| Some((name, plain(value)?))).collect()
            }
            // The official Python SDK keeps saying JSON on forms after its first JSON request, and is understood.
            _ => form().into_iter().collect(),
        }
    }
}

impl FromIterator<(String, String)> for Fields {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(fields: I) -> Self {
        let mut all = Self::default();
        for (name, value) in fields {
            all.set(&name, value);
        }
        all
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Fields {
    fn from(fields: [(&str, &str); N]) -> Self {
        fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

fn plain(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
