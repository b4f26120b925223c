//! One OpenAPI description: its operations, found by method and path, and its schemas, compiled when they are met.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use http::Method;
use jsonschema::Validator;
use serde_json::{Value, json};

use super::call::Call;

pub(super) struct Description {
    prefix: &'static str,
    pub(super) root: Value,
    operations: Vec<Operation>,
    /// Compiled on first use: a description has hundreds of schemas, a test meets a dozen.
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// A route: a method and a path in which `{name}` stands for a segment.
pub(super) struct Operation {
    pub(super) method: Method,
    pub(super) template: String,
    pub(super) body: Value,
    pub(super) parameters: Vec<Value>,
}

/// One difference between what was seen and what is described.
pub(super) struct Finding(pub(super) String);

impl Description {
    pub(super) fn new(prefix: &'static str, root: Value) -> Self {
        let mut operations = Vec::new();
        for (template, item) in root["paths"].as_object().into_iter().flatten() {
            for (method, body) in item.as_object().into_iter().flatten() {
                let Ok(method) = method.to_uppercase().parse::<Method>() else {
                    continue;
                };
                if body.get("responses").is_none() {
                    continue;
                }
                let parameters = [&item["parameters"], &body["parameters"]]
                    .into_iter()
                    .filter_map(Value::as_array)
                    .flatten()
                    .map(|parameter| resolved(&root, parameter).clone())
                    .collect();
                operations.push(Operation { method, template: template.clone(), body: body.clone(), parameters });
            }
        }
        // A literal segment goes before a parameter: /users/@me is no user id.
        operations.sort_by_key(|operation| operation.template.matches('{').count());
        Self { prefix, root, operations, validators: Mutex::default() }
    }

    pub(super) fn call<'a>(&'a self, method: &Method, path: &'a str) -> Option<Call<'a>> {
        let path = path.strip_prefix(self.prefix)?;
        self.operations.iter().filter(|operation| operation.method == *method).find_map(|operation| {
            let path_values = path_values(&operation.template, path)?;
            Some(Call { description: self, operation, path_values })
        })
    }

    pub(super) fn has_schema(&self, name: &str) -> bool {
        self.root["components"]["schemas"].get(name).is_some()
    }

    pub(super) fn component_findings(&self, name: &str, value: &Value) -> Vec<Finding> {
        let schema = json!({"$ref": format!("#/components/schemas/{name}")});
        self.findings(&format!("component {name}"), &schema, value)
    }

    pub(super) fn findings(&self, key: &str, schema: &Value, value: &Value) -> Vec<Finding> {
        match self.validator(key, schema) {
            Ok(validator) => validator
                .iter_errors(value)
                .take(3)
                .map(|error| Finding::new(&format!("{} {error}", error.instance_path())))
                .collect(),
            Err(finding) => vec![finding],
        }
    }

    fn validator(&self, key: &str, schema: &Value) -> Result<Arc<Validator>, Finding> {
        let mut validators = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(validator) = validators.get(key) {
            return Ok(validator.clone());
        }
        let mut standalone = schema.as_object().cloned().unwrap_or_default();
        standalone.insert("components".to_owned(), self.root["components"].clone());
        let validator = jsonschema::draft202012::options()
            .build(&Value::Object(standalone))
            .map_err(|error| Finding::new(&format!("the schema of {key} is unusable: {error}")))?;
        Ok(validators.entry(key.to_owned()).or_insert_with(|| Arc::new(validator)).clone())
    }

    /// A parameter or a form's field as the value that its schema speaks of, since on the wire all are text.
    pub(super) fn typed(&self, schema: &Value, text: &str) -> Value {
        match resolved(&self.root, schema)["type"].as_str() {
            Some("integer") => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
            Some("number") => text.parse::<f64>().map_or_else(|_| text.into(), Value::from),
            Some("boolean") => text.parse::<bool>().map_or_else(|_| text.into(), Value::from),
            _ => text.into(),
        }
    }
}

impl Finding {
    pub(super) fn new(text: &str) -> Self {
        const LONGEST: usize = 300;
        Self(if text.chars().count() > LONGEST {
            text.chars().take(LONGEST).chain(['…']).collect()
        } else {
            text.to_owned()
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What `{name}` stands for in `path`, if the path is one of the template's.
fn path_values<'a>(template: &'a str, path: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    if template.split('/').count() != path.split('/').count() {
        return None;
    }
    let mut values = Vec::new();
    for (expected, actual) in template.split('/').zip(path.split('/')) {
        match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) if !actual.is_empty() => values.push((name, actual)),
            None if expected == actual => {}
            _ => return None,
        }
    }
    Some(values)
}

/// The value itself, or what its `$ref` points to within the same description.
pub(super) fn resolved<'a>(root: &'a Value, value: &'a Value) -> &'a Value {
    let target = value.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
    target.and_then(|pointer| root.pointer(pointer)).map_or(value, |target| resolved(root, target))
}
