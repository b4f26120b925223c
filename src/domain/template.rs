//! Templates: what a notification says, the choices it offers, and how placeholders are filled.
//!
//! A placeholder is a word in braces: `{name}` the customer's name, `{choice}` the key and `{label}`
//! the label of what was chosen. A brace written twice stands for itself.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A text that the desk sends often, as configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pub name: String,
    /// May hold `{name}`.
    pub text: String,
    /// Empty where the agents read every reply.
    pub options: Vec<Choice>,
    /// What is sent back for a clear choice, or for the first reply where there are no options; may hold `{choice}`,
    /// `{label}` and `{name}`. Empty, which is for templates without options: nothing.
    pub confirmation: String,
    /// How long a reply is still taken as the answer, from the moment the provider took the notification.
    pub expires: Duration,
    /// How long the notification may wait to leave; then it fails.
    pub send_within: Duration,
    /// What is sent, once, for a reply that is no choice; empty: nothing.
    pub unclear: String,
}

/// How long a text that is made from no template may wait to leave, and the default of those that are.
pub const SEND_WITHIN: Duration = Duration::from_secs(24 * 60 * 60);

/// One of the answers that a template offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What the customer types: `2`.
    pub key: String,
    /// What it means: `Thursday`.
    pub label: String,
}

/// A template's text for this customer. Without a name the placeholder goes, with the blank or the
/// comma that led to it.
#[must_use]
pub fn render(text: &str, name: Option<&str>) -> String {
    fill(text, |placeholder| (placeholder == "name").then_some(name))
}

/// The sentence that confirms `choice`, or any reply where the template offers none.
#[must_use]
pub fn confirm(pattern: &str, choice: Option<&Choice>, name: Option<&str>) -> String {
    fill(pattern, |placeholder| match placeholder {
        "choice" => Some(choice.map(|choice| choice.key.as_str())),
        "label" => Some(choice.map(|choice| choice.label.as_str())),
        "name" => Some(name),
        _ => None,
    })
}

/// An agent's own text, with what stood in braces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnText {
    /// As it leaves: `{name}` is filled in, or gone with its gap where there is no name.
    pub text: String,
    /// Whether it asked for a name that is not known.
    pub nameless: bool,
    /// What looks like a placeholder and is none, with its braces, each once. It stands in the text as it was typed.
    pub unknown: Vec<String>,
}

/// Fills `{name}` into an agent's own text. Agents do not know that a brace written twice stands for itself, so `{{name}}`
/// is no placeholder here, and is named like any other that means nothing.
#[must_use]
pub fn fill_own(text: &str, name: Option<&str>) -> OwnText {
    let name = name.map(str::trim).filter(|name| !name.is_empty());
    let mut own = OwnText::default();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        own.text.push_str(&rest[..open]);
        rest = &rest[open..];
        let Some((source, word)) = braced(rest) else {
            let braces = rest.len() - rest.trim_start_matches('{').len();
            own.text.push_str(&rest[..braces]);
            rest = &rest[braces..];
            continue;
        };
        rest = &rest[source.len()..];
        let is_name = word.eq_ignore_ascii_case("name") && !source.starts_with("{{") && !source.ends_with("}}");
        match name {
            Some(name) if is_name => own.text.push_str(name),
            None if is_name => {
                own.nameless = true;
                rest = close_gap(&mut own.text, rest);
            }
            _ => {
                own.text.push_str(source);
                if !own.unknown.iter().any(|known| known == source) {
                    own.unknown.push(source.to_owned());
                }
            }
        }
    }
    own.text.push_str(rest);
    own
}

/// Words in braces at the beginning of `text`: with all their braces, and without. `None` where there is nothing to read in
/// them, or too much for a placeholder.
fn braced(text: &str) -> Option<(&str, &str)> {
    let inner = text.trim_start_matches('{');
    let end = inner.find(['{', '}', '\n'])?;
    let (word, after) = inner.split_at(end);
    let closing = after.len() - after.trim_start_matches('}').len();
    let word = word.trim();
    let reads_like_one = word.contains(char::is_alphanumeric)
        && word.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.'));
    if closing == 0 || !reads_like_one || word.chars().count() > 40 {
        return None;
    }
    let length = text.len() - after.len() + closing;
    Some((&text[..length], word))
}

/// The placeholders of `pattern` that are not `allowed`, each once.
#[must_use]
pub fn unknown_placeholders(pattern: &str, allowed: &[&str]) -> Vec<String> {
    let mut unknown: Vec<String> = Vec::new();
    for piece in Pieces(pattern) {
        if let Piece::Placeholder { name, .. } = piece
            && !allowed.contains(&name)
            && !unknown.iter().any(|known| known == name)
        {
            unknown.push(name.to_owned());
        }
    }
    unknown
}

/// Replaces each placeholder by what `value` says: `Some(Some(text))` is put in as it is and never
/// looked at again, `Some(None)` has no value here and leaves no gap, `None` is no placeholder.
fn fill<'a>(pattern: &str, value: impl Fn(&str) -> Option<Option<&'a str>>) -> String {
    let mut filled = String::with_capacity(pattern.len());
    let mut pieces = Pieces(pattern);
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Literal(text) => filled.push_str(text),
            Piece::Placeholder { name, source } => match value(name) {
                None => filled.push_str(source),
                Some(Some(text)) if !text.trim().is_empty() => filled.push_str(text.trim()),
                Some(_) => pieces.0 = close_gap(&mut filled, pieces.0),
            },
        }
    }
    filled
}

/// Takes away what would stand oddly where a placeholder had no value: "Hello {name}, your …"
/// becomes "Hello, your …", "Thanks, {name}!" becomes "Thanks!". Returns the rest of the pattern.
fn close_gap<'p>(before: &mut String, after: &'p str) -> &'p str {
    if before.is_empty() || before.ends_with('\n') {
        return after.trim_start_matches([',', ' ']);
    }
    let ends = after.is_empty() || after.starts_with(['\n', '\r']);
    let punctuation = after.starts_with([',', '.', '!', '?', ';', ':']);
    if (ends || punctuation || after.starts_with(' ')) && before.ends_with(' ') {
        before.pop();
        if (ends || punctuation) && before.ends_with(',') {
            before.pop();
        }
    }
    after
}

enum Piece<'p> {
    Literal(&'p str),
    Placeholder {
        name: &'p str,
        /// With its braces.
        source: &'p str,
    },
}

/// Walks over a pattern; holds what is left of it.
struct Pieces<'p>(&'p str);

impl<'p> Iterator for Pieces<'p> {
    type Item = Piece<'p>;

    fn next(&mut self) -> Option<Piece<'p>> {
        let pattern = self.0;
        let first = pattern.chars().next()?;
        let (length, piece) = if pattern.starts_with("{{") || pattern.starts_with("}}") {
            (2, Piece::Literal(&pattern[..1]))
        } else if first == '{'
            && let Some(end) = pattern[1..].find(['{', '}']).map(|at| at + 1)
            && pattern[end..].starts_with('}')
        {
            let source = &pattern[..=end];
            (source.len(), Piece::Placeholder { name: pattern[1..end].trim(), source })
        } else {
            // A brace without its partner is only a brace.
            let skip = first.len_utf8();
            let length = pattern[skip..].find(['{', '}']).map_or(pattern.len(), |at| at + skip);
            (length, Piece::Literal(&pattern[..length]))
        };
        self.0 = &pattern[length..];
        Some(piece)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_or_no_gap() {
        for (text, named, unnamed) in [
            ("Hello {name}, your parcel", "Hello Ana, your parcel", "Hello, your parcel"),
            ("{name}, your parcel", "Ana, your parcel", "your parcel"),
            ("Thanks, {name}!", "Thanks, Ana!", "Thanks!"),
            ("Thanks, {name}, bye", "Thanks, Ana, bye", "Thanks, bye"),
            ("Dear {name} and family", "Dear Ana and family", "Dear and family"),
            ("Hi\n{name}, x", "Hi\nAna, x", "Hi\nx"),
            ("Bye, {name}", "Bye, Ana", "Bye"),
            ("Bye {name}\nX", "Bye Ana\nX", "Bye\nX"),
            ("{name}", "Ana", ""),
            ("no placeholder", "no placeholder", "no placeholder"),
        ] {
            assert_eq!(render(text, Some(" Ana ")), named);
            assert_eq!(render(text, None), unnamed);
            assert_eq!(render(text, Some("  ")), unnamed);
        }
    }

    #[test]
    fn confirmations() {
        let choice = Choice { key: "2".into(), label: "Thursday".into() };
        let pattern = "Thank you{name} for picking option {choice} ({label}).";
        assert_eq!(confirm(pattern, Some(&choice), None), "Thank you for picking option 2 (Thursday).");
        assert_eq!(confirm("Got it: {choice}.", None, None), "Got it:.");
        assert_eq!(confirm("Thank you, {name}.", None, Some("Ana")), "Thank you, Ana.");
    }

    #[test]
    fn a_value_is_never_expanded() {
        let choice = Choice { key: "{label}".into(), label: "{name}".into() };
        assert_eq!(confirm("{name} {choice} {label}", Some(&choice), Some("{choice}")), "{choice} {label} {name}");
    }

    #[test]
    fn braces() {
        assert_eq!(render("{{name}} { {name {x} }", Some("Ana")), "{name} { {name {x} }");
        assert_eq!(render("{{{name}}}", Some("Ana")), "{Ana}");
        assert_eq!(render("{ name }", Some("Ana")), "Ana");
    }

    #[test]
    fn an_agents_own_text_is_filled_in_or_asked_about() {
        let own = |text: &str, name| {
            let own = fill_own(text, name);
            (own.text, own.nameless, own.unknown.join(" "))
        };
        let fine = |text: &str| (text.to_owned(), false, String::new());
        assert_eq!(own("Hello {name}, and { Name }", Some(" Ana ")), fine("Hello Ana, and Ana"));
        assert_eq!(own("Hello {name}, hi", None), ("Hello, hi".into(), true, String::new()));
        assert_eq!(own("Hello {name}", Some("{x}")), fine("Hello {x}"));
        for text in ["{{name}}", "{{name}", "{name}}", "{nmae}", "{your name}", "{1}"] {
            assert_eq!(own(text, Some("Ana")), (text.to_owned(), false, text.to_owned()), "{text}");
        }
        assert_eq!(own("{a} {b} {a}", None).2, "{a} {b}");
        for text in ["no braces", "{}", "{ } }{", "{\nname}", ":-{", "{€}", "{ - }", "}name{", "{{{", "{{}}"] {
            assert_eq!(own(text, Some("Ana")), fine(text), "{text}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        let pattern = "{name} {nmae} {{x}} {label} {nmae} {}";
        assert_eq!(unknown_placeholders(pattern, &["name"]), ["nmae", "label", ""]);
        assert_eq!(unknown_placeholders("{choice}{label}{name}", &["choice", "label", "name"]), [""; 0]);
    }

    proptest! {
        #[test]
        fn any_pattern_is_filled(pattern in "[{}a, n]{0,30}|\\PC*", name in "\\PC*") {
            let _ = render(&pattern, Some(&name));
            let _ = confirm(&pattern, None, None);
            let _ = unknown_placeholders(&pattern, &["name"]);
            let _ = fill_own(&pattern, None);
            let _ = fill_own(&pattern, Some(&name));
        }

        #[test]
        fn text_without_braces_is_kept(text in "[^{}]*") {
            prop_assert_eq!(&render(&text, None), &text);
            prop_assert_eq!(fill_own(&text, None).text, text);
        }

        #[test]
        fn a_name_stands_as_it_is(name in "[^ ][{}a-z]{0,9}") {
            prop_assume!(!name.trim().is_empty());
            let expected = format!("Hi {}!", name.trim());
            prop_assert_eq!(render("Hi {name}!", Some(&name)), expected);
        }
    }
}
