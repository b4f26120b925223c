//! Message components: rows of buttons and selects as Discord accepts them, and as it gives them back.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::form::{Form, join, without_nulls};

pub(crate) const ROW: u64 = 1;
pub(crate) const BUTTON: u64 = 2;
pub(crate) const STRING_SELECT: u64 = 3;
pub(crate) const TEXT_INPUT: u64 = 4;

const LINK_STYLE: u64 = 5;

/// Checks the rows of a message and returns them as they come back: with ids, without nulls.
pub(crate) fn message_rows(form: &mut Form, body: &Value, at: &str) -> Vec<Value> {
    let mut rows = Rows::new(form, &[BUTTON, STRING_SELECT, 5, 6, 7, 8]);
    rows.read(body, at)
}

/// Checks the rows of a modal: one to five, one text input each.
pub(crate) fn modal_rows(form: &mut Form, body: &Value, at: &str) -> Vec<Value> {
    let rows = Rows::new(form, &[TEXT_INPUT]).read(body, at);
    if rows.is_empty() {
        form.required(&join(at, "components"));
    }
    rows
}

/// Every component of every row.
pub(crate) fn all(rows: &[Value]) -> impl Iterator<Item = &Value> {
    rows.iter().filter_map(|row| row["components"].as_array()).flatten()
}

struct Rows<'a> {
    form: &'a mut Form,
    allowed: &'static [u64],
    custom_ids: BTreeSet<String>,
    next_id: u64,
}

impl<'a> Rows<'a> {
    fn new(form: &'a mut Form, allowed: &'static [u64]) -> Self {
        Self { form, allowed, custom_ids: BTreeSet::new(), next_id: 1 }
    }

    fn read(&mut self, body: &Value, at: &str) -> Vec<Value> {
        let rows = self.form.list(body, at, "components", 5);
        let path = join(at, "components");
        rows.iter().enumerate().map(|(index, row)| self.row(row, &join(&path, &index.to_string()))).collect()
    }

    fn row(&mut self, row: &Value, at: &str) -> Value {
        self.form.choice(row, at, "type", &[ROW]);
        let id = self.id();
        let inner = self.form.list(row, at, "components", 5);
        let path = join(at, "components");
        if inner.is_empty() {
            let message = "Must be between 1 and 5 in length.";
            self.form.wrong(&path, "BASE_TYPE_BAD_LENGTH", message);
        }
        let alone = inner.iter().any(|component| component["type"] != BUTTON);
        if alone && inner.len() > 1 {
            let message = "The specified component exceeds the maximum width";
            self.form.wrong(&path, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", message);
        }
        let inner: Vec<Value> = inner
            .iter()
            .enumerate()
            .map(|(index, component)| self.component(component, &join(&path, &index.to_string())))
            .collect();
        json!({ "type": ROW, "id": id, "components": inner })
    }

    fn component(&mut self, component: &Value, at: &str) -> Value {
        let kind = self.form.choice(component, at, "type", self.allowed);
        if kind.is_none() {
            self.form.required(&join(at, "type"));
        }
        match kind {
            Some(BUTTON) => self.button(component, at),
            Some(TEXT_INPUT) => self.text_input(component, at),
            _ => self.select(component, at),
        }
        let mut wire = without_nulls(component);
        if let Some(fields) = wire.as_object_mut() {
            fields.insert("id".to_owned(), json!(self.id()));
            if kind == Some(STRING_SELECT) {
                fields.entry("min_values").or_insert(json!(1));
                fields.entry("max_values").or_insert(json!(1));
            }
        }
        wire
    }

    fn button(&mut self, button: &Value, at: &str) {
        let style = self.form.choice(button, at, "style", &[1, 2, 3, 4, 5]);
        if style.is_none() {
            self.form.required(&join(at, "style"));
        }
        self.form.text(button, at, "label", 0..=80);
        self.form.boolean(button, at, "disabled");
        let labelled = button["label"].as_str().is_some_and(|label| !label.is_empty());
        if !labelled && button["emoji"].is_null() {
            let message = "A button must have a label or emoji";
            self.form.wrong(at, "BUTTON_COMPONENT_MUST_HAVE_LABEL_OR_EMOJI", message);
        }
        if style == Some(LINK_STYLE) {
            self.form.required_text(button, at, "url", 1..=512);
            if !button["custom_id"].is_null() {
                let message = "A custom id and url cannot both be specified";
                self.form.wrong(at, "BUTTON_COMPONENT_CUSTOM_ID_AND_URL_MUTUALLY_EXCLUSIVE", message);
            }
        } else {
            self.custom_id(button, at);
        }
    }

    fn text_input(&mut self, input: &Value, at: &str) {
        self.custom_id(input, at);
        if self.form.choice(input, at, "style", &[1, 2]).is_none() {
            self.form.required(&join(at, "style"));
        }
        self.form.required_text(input, at, "label", 1..=45);
        self.form.text(input, at, "placeholder", 0..=100);
        self.form.text(input, at, "value", 0..=4000);
        self.form.boolean(input, at, "required");
        for (key, least) in [("min_length", 0), ("max_length", 1)] {
            if let Some(length) = self.form.integer(input, at, key)
                && !(least..=4000).contains(&length)
            {
                let message = format!("int value should be between {least} and 4000.");
                self.form.wrong(&join(at, key), "NUMBER_TYPE_MAX", message);
            }
        }
    }

    fn select(&mut self, select: &Value, at: &str) {
        self.custom_id(select, at);
        self.form.text(select, at, "placeholder", 0..=150);
        if select["type"] != STRING_SELECT {
            return;
        }
        let path = join(at, "options");
        let options = self.form.list(select, at, "options", 25);
        if options.is_empty() {
            self.form.required(&path);
        }
        for (index, option) in options.iter().enumerate() {
            let at = join(&path, &index.to_string());
            self.form.required_text(option, &at, "label", 1..=100);
            self.form.required_text(option, &at, "value", 1..=100);
            self.form.text(option, &at, "description", 0..=100);
        }
    }

    fn custom_id(&mut self, component: &Value, at: &str) {
        let custom_id = self.form.required_text(component, at, "custom_id", 1..=100);
        let known = custom_id.is_some_and(|id| !self.custom_ids.insert(id.to_owned()));
        if known {
            let message = "Component custom id cannot be duplicated";
            self.form.wrong(&join(at, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", message);
        }
    }

    fn id(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }
}
