//! Reading a JSON form field by field, and gathering all that is wrong with it into Discord's tree of errors.

use serde_json::{Map, Value, json};

use super::{error::ApiError, id::Id};

/// What is wrong so far. Paths are dotted: `embeds.0.title`.
#[derive(Default)]
pub(crate) struct Form {
    errors: Map<String, Value>,
}

impl Form {
    pub(crate) fn wrong(&mut self, path: &str, code: &str, message: impl Into<String>) {
        let mut node = &mut self.errors;
        for step in path.split('.').filter(|step| !step.is_empty()) {
            node = node
                .entry(step)
                .or_insert_with(|| json!({}))
                .as_object_mut()
                .expect("every node of the tree is made an object above");
        }
        let found = json!({ "code": code, "message": message.into() });
        match node.get_mut("_errors").and_then(Value::as_array_mut) {
            Some(list) => list.push(found),
            None => {
                node.insert("_errors".to_owned(), json!([found]));
            }
        }
    }

    pub(crate) fn required(&mut self, path: &str) {
        self.wrong(path, "BASE_TYPE_REQUIRED", "This field is required");
    }

    /// 50035 if anything was wrong.
    pub(crate) fn finish(self) -> Result<(), ApiError> {
        if self.errors.is_empty() { Ok(()) } else { Err(ApiError::invalid_form(Value::Object(self.errors))) }
    }

    /// The text at `key`; null and absent are the same. Lengths are in characters.
    pub(crate) fn text<'a>(
        &mut self,
        from: &'a Value,
        at: &str,
        key: &str,
        length: std::ops::RangeInclusive<usize>,
    ) -> Option<&'a str> {
        let value = from.get(key).filter(|value| !value.is_null())?;
        let path = join(at, key);
        let Some(text) = value.as_str() else {
            self.wrong(&path, "STRING_TYPE_CONVERT", format!("Could not interpret \"{value}\" as string."));
            return None;
        };
        let (least, most) = (*length.start(), *length.end());
        let found = text.chars().count();
        if !length.contains(&found) && least > 0 {
            let message = format!("Must be between {least} and {most} in length.");
            self.wrong(&path, "BASE_TYPE_BAD_LENGTH", message);
        } else if found > most {
            let message = format!("Must be {most} or fewer in length.");
            self.wrong(&path, "BASE_TYPE_MAX_LENGTH", message);
        }
        Some(text)
    }

    /// Like [`Form::text`], and it must be there.
    pub(crate) fn required_text<'a>(
        &mut self,
        from: &'a Value,
        at: &str,
        key: &str,
        length: std::ops::RangeInclusive<usize>,
    ) -> Option<&'a str> {
        if from.get(key).is_none_or(Value::is_null) {
            self.required(&join(at, key));
        }
        self.text(from, at, key, length)
    }

    pub(crate) fn boolean(&mut self, from: &Value, at: &str, key: &str) -> Option<bool> {
        let value = from.get(key).filter(|value| !value.is_null())?;
        if !value.is_boolean() {
            let message = "Must be either true or false.";
            self.wrong(&join(at, key), "BOOLEAN_TYPE_CONVERT", message);
        }
        value.as_bool()
    }

    pub(crate) fn integer(&mut self, from: &Value, at: &str, key: &str) -> Option<u64> {
        let value = from.get(key).filter(|value| !value.is_null())?;
        if !value.is_u64() {
            let message = format!("Value \"{value}\" is not int.");
            self.wrong(&join(at, key), "NUMBER_TYPE_COERCE", message);
        }
        value.as_u64()
    }

    /// The list at `key`, of at most `most` things; absent and null are an empty one.
    pub(crate) fn list<'a>(&mut self, from: &'a Value, at: &str, key: &str, most: usize) -> &'a [Value] {
        let Some(value) = from.get(key).filter(|value| !value.is_null()) else {
            return &[];
        };
        let path = join(at, key);
        let Some(list) = value.as_array() else {
            let message = "Only iterables may be used in a ListType";
            self.wrong(&path, "LIST_TYPE_CONVERT", message);
            return &[];
        };
        if list.len() > most {
            let message = format!("Must be {most} or fewer in length.");
            self.wrong(&path, "BASE_TYPE_MAX_LENGTH", message);
        }
        list
    }

    /// The ids in the list at `key`.
    pub(crate) fn ids(&mut self, from: &Value, at: &str, key: &str, most: usize) -> Vec<Id> {
        let path = join(at, key);
        let list = self.list(from, at, key, most);
        let ids = list.iter().enumerate().filter_map(|(index, value)| {
            let id = value.as_str().and_then(|text| text.parse().ok());
            if id.is_none() {
                let message = format!("Value {value} is not snowflake.");
                self.wrong(&join(&path, &index.to_string()), "NUMBER_TYPE_COERCE", message);
            }
            id
        });
        ids.collect()
    }

    /// One of the numbers that Discord knows for `key`.
    pub(crate) fn choice(&mut self, from: &Value, at: &str, key: &str, known: &[u64]) -> Option<u64> {
        let found = self.integer(from, at, key)?;
        if !known.contains(&found) {
            let list = known.iter().map(u64::to_string).collect::<Vec<_>>();
            let message = format!("Value must be one of {{{}}}.", list.join(", "));
            self.wrong(&join(at, key), "BASE_TYPE_CHOICES", message);
        }
        Some(found)
    }
}

pub(crate) fn join(at: &str, key: &str) -> String {
    if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") }
}

/// An object without the fields that are null: Discord's answers omit them.
pub(crate) fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), without_nulls(value)))
            .collect(),
        Value::Array(list) => list.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}
