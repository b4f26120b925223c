//! What is wrong with a configuration: every problem found, each with its place and what to do.

use std::fmt;

/// Why a configuration cannot be used. Its text lists every problem, not only the first, and never a secret.
#[derive(Debug, thiserror::Error)]
pub struct ConfigError {
    place: String,
    problems: Vec<Problem>,
}

/// One thing to mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// Where in the file, counted from 1; `None` for the environment and for what is missing altogether.
    line: Option<usize>,
    /// The key (`desks[0].number`) or the variable (`DISCORD_TOKEN`); empty where the file as a whole is meant.
    key: String,
    sentence: String,
}

impl ConfigError {
    pub(super) fn new(place: impl fmt::Display, mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| problem.line.unwrap_or(usize::MAX));
        Self { place: place.to_string(), problems }
    }

    /// How many things there are to mend; at least one.
    #[must_use]
    pub fn count(&self) -> usize {
        self.problems.len()
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.count() == 1 { "" } else { "s" };
        write!(f, "{}: {} problem{plural}", self.place, self.count())?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl Problem {
    pub(super) fn new(line: Option<usize>, key: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self { line, key: key.into(), sentence: sentence.into() }
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "`{}`: ", self.key)?;
        }
        f.write_str(&self.sentence)
    }
}
