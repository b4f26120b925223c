//! Embeds: Discord's limits on them, and the form in which they come back.

use serde_json::{Value, json};

use super::form::{Form, join, without_nulls};

/// All texts of all embeds of one message, in characters.
const TOTAL: usize = 6000;

/// Checks the embeds of a message body and returns them as they come back.
pub(crate) fn read(form: &mut Form, body: &Value, at: &str) -> Vec<Value> {
    let path = join(at, "embeds");
    let embeds = form.list(body, at, "embeds", 10);
    let mut size = 0;
    let read = embeds
        .iter()
        .enumerate()
        .map(|(index, embed)| one(form, embed, &join(&path, &index.to_string()), &mut size))
        .collect();
    if size > TOTAL {
        let message = format!("Embed size exceeds maximum size of {TOTAL}");
        form.wrong(&path, "MAX_EMBED_SIZE_EXCEEDED", message);
    }
    read
}

fn one(form: &mut Form, embed: &Value, at: &str, size: &mut usize) -> Value {
    let mut text = |form: &mut Form, from: &Value, at: &str, key, most, required| {
        let found =
            if required { form.required_text(from, at, key, 1..=most) } else { form.text(from, at, key, 0..=most) };
        *size += found.map_or(0, |found| found.chars().count());
    };
    text(form, embed, at, "title", 256, false);
    text(form, embed, at, "description", 4096, false);
    text(form, &embed["footer"], &join(at, "footer"), "text", 2048, false);
    text(form, &embed["author"], &join(at, "author"), "name", 256, false);
    let fields = form.list(embed, at, "fields", 25);
    for (index, field) in fields.iter().enumerate() {
        let at = format!("{at}.fields.{index}");
        text(form, field, &at, "name", 256, true);
        text(form, field, &at, "value", 1024, true);
        form.boolean(field, &at, "inline");
    }
    if form.integer(embed, at, "color").is_some_and(|color| color > 0xFF_FFFF) {
        let message = "int value should be less than or equal to 16777215.";
        form.wrong(&join(at, "color"), "NUMBER_TYPE_MAX", message);
    }
    let mut wire = without_nulls(embed);
    let Some(own) = wire.as_object_mut() else {
        let message = "Only dictionaries may be used in a DictType";
        form.wrong(at, "DICT_TYPE_CONVERT", message);
        return wire;
    };
    let says_something = ["title", "description", "fields", "footer", "author", "image", "thumbnail"]
        .iter()
        .any(|key| own.get(*key).is_some_and(|value| *value != json!([])));
    if !says_something {
        form.required(&join(at, "description"));
    }
    own.insert("type".to_owned(), json!("rich"));
    for field in own.get_mut("fields").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(field) = field.as_object_mut() {
            field.entry("inline").or_insert(json!(false));
        }
    }
    wire
}
