//! Reads a TOML table key by key. It notes every key that was asked for, so that what is left over is unknown, and
//! every problem, so that one run shows them all.

use std::cell::RefCell;
use std::fmt;
use std::num::NonZeroU32;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::Problem;
use super::suggest::suggest;

/// What was noted while reading.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) problems: Vec<Problem>,
    /// Full names of known keys that the file does not mention.
    pub(super) left_out: Vec<String>,
}

/// One table of the file, perhaps an empty one that stands for a table left out.
pub(super) struct Section<'a> {
    table: Option<&'a DeTable<'a>>,
    /// `desks[0]`; empty for the file itself.
    path: String,
    line: Option<usize>,
    source: &'a str,
    asked: Vec<&'static str>,
    notes: &'a RefCell<Notes>,
}

/// Reads a whole file through `read`.
pub(super) fn read_file<T>(source: &str, read: impl FnOnce(&mut Section<'_>) -> T) -> (T, Notes) {
    let (table, errors) = DeTable::parse_recoverable(source);
    let notes = RefCell::new(Notes::default());
    let value = {
        let mut file = Section {
            table: Some(table.get_ref()),
            path: String::new(),
            line: None,
            source,
            asked: Vec::new(),
            notes: &notes,
        };
        let value = read(&mut file);
        file.refuse_unknown_keys();
        value
    };
    let mut notes = notes.into_inner();
    if !errors.is_empty() {
        // What a half-read file seems to lack is no news.
        notes.problems = errors
            .iter()
            .map(|error| {
                let line = error.span().map(|span| line_of(source, &span));
                Problem::new(line, "", format!("not valid TOML: {}", error.message()))
            })
            .collect();
    }
    (value, notes)
}

impl<'a> Section<'a> {
    /// The table `[key]`. Left out, it reads as empty.
    pub(super) fn section<T>(&mut self, key: &'static str, read: impl FnOnce(&mut Section<'a>) -> T) -> T {
        let (table, line) = match self.ask(key) {
            None => (None, None),
            Some(value) => {
                let line = line_of(self.source, &value.span());
                let table = value.get_ref().as_table();
                if table.is_none() {
                    self.wrong_kind(key, value, &format!("a table: [{}]", self.name(key)));
                }
                (table, Some(line))
            }
        };
        let mut section = self.below(self.name(key), table, line);
        let value = read(&mut section);
        section.refuse_unknown_keys();
        value
    }

    /// Reads on in the table `[key]`, which was read before: of it, nothing is unknown any more.
    pub(super) fn again<T>(&mut self, key: &'static str, read: impl FnOnce(&mut Section<'a>) -> T) -> T {
        let table = self.value(key).and_then(|value| value.get_ref().as_table());
        read(&mut self.below(self.name(key), table, None))
    }

    /// The array of tables `[[key]]`, or the inline form `key = [{ … }]`; those for which `read` gives nothing are
    /// left out, `read` having said why.
    pub(super) fn sections<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&mut Section<'a>) -> Option<T>,
    ) -> Vec<T> {
        let Some(value) = self.ask_or_note(key) else {
            return Vec::new();
        };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_kind(key, value, &format!("one or more tables: [[{}]]", self.name(key)));
            return Vec::new();
        };
        let mut found = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let path = format!("{}[{index}]", self.name(key));
            let Some(table) = item.get_ref().as_table() else {
                self.wrong_kind(key, item, "a table");
                continue;
            };
            let line = line_of(self.source, &item.span());
            let mut section = self.below(path, Some(table), Some(line));
            found.extend(read(&mut section));
            section.refuse_unknown_keys();
        }
        found
    }

    /// The text of `key`; `None` where it is left out or empty.
    pub(super) fn text(&mut self, key: &'static str) -> Option<&'a str> {
        let value = self.ask_or_note(key)?;
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.wrong_kind(key, value, "text in quotes");
        }
        text.filter(|text| !text.is_empty())
    }

    /// A list of texts; empty where it is left out.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<&'a str> {
        let Some(value) = self.ask_or_note(key) else {
            return Vec::new();
        };
        let texts =
            value.get_ref().as_array().and_then(|items| items.iter().map(|item| item.get_ref().as_str()).collect());
        texts.unwrap_or_else(|| {
            self.wrong_kind(key, value, "a list of texts in quotes: [\"…\"]");
            Vec::new()
        })
    }

    /// A list of texts, each as `parse` understands it; those that are wrong are told and left out.
    pub(super) fn parsed_list<T, E: fmt::Display>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Vec<T> {
        let read = |text: &&str| parse(text).map_err(|error| format!("{text:?} is {error}"));
        let (good, wrong): (Vec<_>, Vec<_>) = self.texts(key).iter().map(read).partition(Result::is_ok);
        for sentence in wrong.into_iter().filter_map(Result::err) {
            self.problem(key, sentence);
        }
        good.into_iter().filter_map(Result::ok).collect()
    }

    /// `true` or `false`; `false` where it is left out.
    pub(super) fn flag(&mut self, key: &'static str) -> bool {
        let Some(value) = self.ask_or_note(key) else {
            return false;
        };
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.wrong_kind(key, value, "true or false");
            false
        })
    }

    /// A whole number from 1 to `most`.
    pub(super) fn count(&mut self, key: &'static str, default: NonZeroU32, most: u32) -> NonZeroU32 {
        let number = self.number(key, 1, most).and_then(NonZeroU32::new);
        number.unwrap_or(default)
    }

    /// A whole number from 1 to `most`; `None` where it is 0 or left out.
    pub(super) fn maybe_count(&mut self, key: &'static str, most: u32) -> Option<NonZeroU32> {
        self.number(key, 0, most).and_then(NonZeroU32::new)
    }

    /// A whole number from 0 to `most`.
    pub(super) fn level(&mut self, key: &'static str, default: u32, most: u32) -> u32 {
        self.number(key, 0, most).unwrap_or(default)
    }

    fn number(&mut self, key: &'static str, least: u32, most: u32) -> Option<u32> {
        let value = self.ask_or_note(key)?;
        let number = value
            .get_ref()
            .as_integer()
            .and_then(|number| u32::from_str_radix(number.as_str(), number.radix()).ok())
            .filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.problem(key, format!("must be a whole number from {least} to {most}"));
        }
        number
    }

    /// The text of `key` as `parse` understands it. Its error says what is allowed. `None` where the key is left out,
    /// empty or wrong.
    pub(super) fn parsed<T, E: fmt::Display>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(key)?;
        parse(text).map_err(|error| self.problem(key, error.to_string())).ok()
    }

    /// As [`Section::parsed`], with a default that goes through the same parser.
    pub(super) fn parsed_or<T, E: fmt::Display + fmt::Debug>(
        &mut self,
        key: &'static str,
        default: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> T {
        self.parsed(key, &parse).unwrap_or_else(|| parse(default).expect("defaults are tested"))
    }

    /// As [`Section::parsed`]; a key that is left out is a problem too. `what` says what belongs there.
    pub(super) fn required<T, E: fmt::Display>(
        &mut self,
        key: &'static str,
        what: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        if self.is_empty(key) {
            self.problem(key, format!("must be set: {what}"));
        }
        self.parsed(key, parse)
    }

    /// One of a few words; the first is the default.
    pub(super) fn one_of<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)]) -> T {
        let default = words[0].1;
        let Some(text) = self.text(key) else {
            return default;
        };
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return *value;
        }
        let allowed = words.iter().map(|(word, _)| *word);
        self.problem(key, format!("{text:?} is not known here; {}", suggest(text, allowed)));
        default
    }

    /// Whether `key` is left out or says nothing: `""`, `[]`.
    pub(super) fn is_empty(&self, key: &'static str) -> bool {
        match self.value(key).map(Spanned::get_ref) {
            None => true,
            Some(DeValue::String(text)) => text.is_empty(),
            Some(DeValue::Array(items)) => items.is_empty(),
            Some(_) => false,
        }
    }

    /// Notes a problem with `key`, at the key's line.
    pub(super) fn problem(&mut self, key: &'static str, sentence: impl Into<String>) {
        let line = self
            .table
            .and_then(|table| table.get_key_value(key))
            .map(|(key, _)| line_of(self.source, &key.span()))
            .or(self.line);
        self.note(Problem::new(line, self.name(key), sentence));
    }

    /// Notes a problem that has its own place, such as the environment.
    pub(super) fn note(&mut self, problem: Problem) {
        self.notes.borrow_mut().problems.push(problem);
    }

    fn value(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.table?.get(key)
    }

    fn ask(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.asked.push(key);
        self.value(key)
    }

    fn ask_or_note(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        let value = self.ask(key);
        if value.is_none() {
            self.notes.borrow_mut().left_out.push(self.name(key));
        }
        value
    }

    fn below(&self, path: String, table: Option<&'a DeTable<'a>>, line: Option<usize>) -> Self {
        Self { table, path, line, source: self.source, asked: Vec::new(), notes: self.notes }
    }

    fn name(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn wrong_kind(&mut self, key: &'static str, found: &Spanned<DeValue<'_>>, wanted: &str) {
        let line = line_of(self.source, &found.span());
        let found = match found.get_ref() {
            DeValue::String(_) => "text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        let sentence = format!("must be {wanted}, but is {found}");
        self.note(Problem::new(Some(line), self.name(key), sentence));
    }

    fn refuse_unknown_keys(&mut self) {
        for key in self.table.into_iter().flat_map(DeTable::keys) {
            if !self.asked.contains(&&**key.get_ref()) {
                let line = line_of(self.source, &key.span());
                let sentence = format!("unknown key; {}", suggest(key.get_ref(), self.asked.iter().copied()));
                self.note(Problem::new(Some(line), self.name(key.get_ref()), sentence));
            }
        }
    }
}

fn line_of(source: &str, span: &Range<usize>) -> usize {
    let before = &source.as_bytes()[..span.start.min(source.len())];
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}
