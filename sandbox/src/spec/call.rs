//! An operation as one request calls it: what is wrong with what came and went.

use bytes::Bytes;
use http::{HeaderMap, header};
use serde_json::{Map, Value};

use super::description::{Description, Finding, Operation, resolved};

/// An operation as one request calls it.
pub(super) struct Call<'a> {
    pub(super) description: &'a Description,
    pub(super) operation: &'a Operation,
    /// What each parameter of the path stands for.
    pub(super) path_values: Vec<(&'a str, &'a str)>,
}

impl Call<'_> {
    pub(super) fn request_findings(&self, query: &str, headers: &HeaderMap, body: &Bytes) -> Vec<Finding> {
        let mut findings = self.parameter_findings(query);
        let described = resolved(&self.description.root, &self.operation.body["requestBody"]);
        match described["content"].as_object() {
            None if body.is_empty() => {}
            None => findings.push(Finding::new("no body is described")),
            Some(_) if body.is_empty() => {
                if described["required"] == true {
                    findings.push(Finding::new("the body is missing"));
                }
            }
            Some(content) => findings.extend(self.body_findings("request", content, headers, body)),
        }
        findings
    }

    pub(super) fn response_findings(&self, status: u16, headers: &HeaderMap, body: &Bytes) -> Vec<Finding> {
        let responses = &self.operation.body["responses"];
        let class = format!("{}XX", status / 100);
        let described = [status.to_string(), class, "default".to_owned()];
        let Some(response) = described.iter().find_map(|key| responses.get(key)) else {
            return vec![Finding::new("the status is not described")];
        };
        let response = resolved(&self.description.root, response);
        match response["content"].as_object() {
            None if status == 204 && !body.is_empty() => vec![Finding::new("204 has no body")],
            None => Vec::new(),
            Some(content) => self.body_findings(&format!("{status}"), content, headers, body),
        }
    }

    fn parameter_findings(&self, query: &str) -> Vec<Finding> {
        let query: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
        let mut findings = Vec::new();
        for parameter in &self.operation.parameters {
            let name = parameter["name"].as_str().unwrap_or_default();
            let given: Vec<&str> = match parameter["in"].as_str() {
                Some("path") => {
                    self.path_values.iter().filter(|(key, _)| *key == name).map(|(_, value)| *value).collect()
                }
                Some("query") => query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect(),
                _ => continue,
            };
            if given.is_empty() {
                if parameter["required"] == true {
                    findings.push(Finding::new(&format!("the parameter {name} is missing")));
                }
                continue;
            }
            let schema = &parameter["schema"];
            let value = if resolved(&self.description.root, schema)["type"] == "array" {
                given.into()
            } else {
                self.description.typed(schema, given[0])
            };
            findings.extend(self.findings(&format!("parameter {name}"), schema, &value));
        }
        findings
    }

    fn body_findings(
        &self,
        part: &str,
        content: &Map<String, Value>,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Vec<Finding> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let Some(schema) = content.get(&kind).map(|described| &described["schema"]) else {
            return vec![Finding::new(&format!("the content type {kind:?} is not described"))];
        };
        let value = match kind.as_str() {
            "application/json" => match serde_json::from_slice(body) {
                Ok(value) => value,
                Err(error) => return vec![Finding::new(&format!("the body is no JSON: {error}"))],
            },
            "application/x-www-form-urlencoded" => match serde_urlencoded::from_bytes(body) {
                Ok(fields) => self.form(schema, fields),
                Err(error) => return vec![Finding::new(&format!("the body is no form: {error}"))],
            },
            // Files in a multipart body have no schema worth a check.
            _ => return Vec::new(),
        };
        self.findings(&format!("{part} {kind}"), schema, &value)
    }

    fn form(&self, schema: &Value, fields: Vec<(String, String)>) -> Value {
        let properties = &resolved(&self.description.root, schema)["properties"];
        let typed = |(name, text): (String, String)| {
            let value = self.description.typed(&properties[&name], &text);
            (name, value)
        };
        Value::Object(fields.into_iter().map(typed).collect())
    }

    fn findings(&self, part: &str, schema: &Value, value: &Value) -> Vec<Finding> {
        let Operation { method, template, .. } = self.operation;
        let mut findings = self.description.findings(&format!("{method} {template} {part}"), schema, value);
        for finding in &mut findings {
            finding.0.insert_str(0, &format!("{part}: "));
        }
        findings
    }
}
