//! Templates, and the texts that answer STOP, START and HELP.

use std::collections::HashSet;

use super::reader::Section;
use super::values;
use crate::domain::answer::{self, Reading};
use crate::domain::desk::ConsentTexts;
use crate::domain::keyword;
use crate::domain::template::{self, Choice, Template};

/// What a text may name, and what its confirmation may.
const IN_TEXT: &[&str] = &["name"];
const IN_CONFIRMATION: &[&str] = &["choice", "label", "name"];

/// All templates; `None` where one is broken.
pub(super) fn read(file: &mut Section<'_>) -> Option<Vec<Template>> {
    let mut names = HashSet::new();
    let templates = file.sections("templates", |section| {
        let Some(template) = read_template(section) else {
            return Some(None);
        };
        if !names.insert(template.name.clone()) {
            section.problem("name", format!("{:?} is the name of another template too", template.name));
        }
        Some(Some(template))
    });
    templates.into_iter().collect()
}

pub(super) fn consent(section: &mut Section<'_>) -> ConsentTexts {
    let silent = section.one_of("stop_answer", &[("send", false), ("silent", true)]);
    let stop = section.parsed_or(
        "stop_text",
        "You will get no more messages from us. Reply START to hear from us again.",
        values::sms_text,
    );
    ConsentTexts {
        stop: (!silent).then_some(stop),
        start: section.parsed_or("start_text", "You will hear from us again. Reply STOP to end.", values::sms_text),
        help: section.parsed_or("help_text", "Customer support by text message. Reply STOP to end.", values::sms_text),
    }
}

fn read_template(section: &mut Section<'_>) -> Option<Template> {
    let name = section.required("name", "agents pick the template by it", values::name);
    let text = section.required("text", "what the customer gets", |text| pattern(text, IN_TEXT));
    let options = section.sections("options", choice);
    refuse_ambiguous(section, &options);
    let confirmation = if section.is_empty("options") {
        // There is no choice to name, and perhaps nothing to say before an agent has read the reply.
        Some(section.parsed("confirmation", |text| pattern(text, IN_TEXT)).unwrap_or_default())
    } else {
        section
            .required("confirmation", "the answer to a reply that is understood", |text| pattern(text, IN_CONFIRMATION))
    };
    let expires = section.parsed_or("expires", "72h", values::some_duration);
    let send_within = section.parsed_or("send_within", "24h", values::some_duration);
    let unclear = section.parsed("unclear", |text| pattern(text, &[])).unwrap_or_default();
    Some(Template { name: name?, text: text?, options, confirmation: confirmation?, expires, send_within, unclear })
}

fn choice(section: &mut Section<'_>) -> Option<Choice> {
    let key = section.required("key", "what the customer types", word);
    let label = section.required("label", "the choice in words", word);
    Some(Choice { key: key?, label: label? })
}

/// What a customer may answer with.
fn word(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 80 {
        Err("must have 1 to 80 characters".to_owned())
    } else if keyword::is_reserved(text, &[]) {
        Err(format!("{text:?} is reserved: it changes whether a customer may be texted"))
    } else {
        Ok(text.to_owned())
    }
}

/// A text with placeholders of these names only.
fn pattern(text: &str, known: &[&str]) -> Result<String, String> {
    let text = values::sms_text(text)?;
    match template::unknown_placeholders(&text, known).first() {
        None => Ok(text),
        Some(unknown) => {
            let known: Vec<_> = known.iter().map(|name| format!("{{{name}}}")).collect();
            let known = if known.is_empty() { "no placeholder".to_owned() } else { known.join(", ") };
            Err(format!("{{{unknown}}} stands for nothing here; allowed: {known}"))
        }
    }
}

/// Each key and each label, sent as a reply, must choose its own option and no other.
fn refuse_ambiguous(section: &mut Section<'_>, options: &[Choice]) {
    for (index, option) in options.iter().enumerate() {
        for word in [&option.key, &option.label] {
            if answer::read(word, options) != Reading::Choice(index) {
                section.problem("options", format!("{word:?} as a reply does not clearly choose {:?}", option.label));
            }
        }
    }
}
