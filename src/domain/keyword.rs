//! The words by which customers say that they want no more texts, texts again, or help.

mod words;

use unicode_normalization::char::is_combining_mark;

use super::reading::{as_typed, bare, plain, plain_words, without_politeness};
use super::signature::is_line_break;
use words::Words;
pub use words::{Language, UnknownLanguage};

/// What a whole text asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyword {
    /// No more texts.
    Stop,
    /// Texts again.
    Start,
    /// Who is this?
    Help,
}

/// What a text asks for about being texted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The whole text says this and nothing else.
    Keyword(Keyword),
    /// STOP, and besides something that an agent has to read: `please cancel` may mean an order, `wrong number, stop` says
    /// that the number is somebody else's.
    StopAndMore,
    /// It may ask for no more texts, or mean something else, as "cancel today" does: a person has to decide.
    PerhapsStop,
}

/// What `text` asks for, if it is about being texted at all: "We have got to STOP this" is a remark.
///
/// Case, accents, punctuation, emoji, a machine's [signature](super::signature) and the polite words and trifles of the desk's
/// languages do not matter, except beside HELP, where "help please" wants a person, and trifles beside an order: "cancel
/// today" may well mean the delivery.
#[must_use]
pub fn asked(text: &str, languages: &[Language]) -> Option<Asked> {
    let typed = as_typed(text);
    let text = plain(typed);
    let vocabulary = Vocabulary::of(languages);
    if let Some(keyword) = vocabulary.keyword(&text) {
        return Some(Asked::Keyword(keyword));
    }
    match vocabulary.covers(&text) {
        Some(covered) if covered.sure && !text.contains('?') => Some(covered.asked()),
        Some(covered) if covered.sure || covered.clear => Some(Asked::PerhapsStop),
        _ => vocabulary.perhaps_asks(typed).then_some(Asked::PerhapsStop),
    }
}

/// Whether an option must not be named so, because its customers would opt out by choosing it.
#[must_use]
pub fn is_reserved(word: &str, languages: &[Language]) -> bool {
    matches!(asked(word, languages), Some(Asked::Keyword(_) | Asked::StopAndMore))
}

/// The words of the desk's languages.
struct Vocabulary(Vec<&'static Words>);

/// What a text consists of whose every word belongs to a request for no more texts.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a finding of its own")]
struct Covered {
    /// What stands beside the asking words belongs there: "from your list" does beside "remove me", but hardly beside "stop".
    sure: bool,
    /// It can hardly mean anything else.
    request: bool,
    /// Some words ask for it and mean no order.
    clear: bool,
    /// Some words mean an order as well.
    of_orders: bool,
    /// Some words tell when or how much, which may be said of an order.
    trifle: bool,
    /// It says that it is about texts.
    of_texts: bool,
    /// It says that the number is wrong.
    wrong_number: bool,
    /// More words than the keyword alone.
    several: bool,
}

impl Covered {
    const fn asked(self) -> Asked {
        let clear = self.clear || self.request;
        if self.wrong_number {
            Asked::StopAndMore
        } else if self.of_orders && !clear && self.trifle && !self.of_texts {
            Asked::PerhapsStop
        } else if self.of_orders && !clear && self.several {
            Asked::StopAndMore
        } else {
            Asked::Keyword(Keyword::Stop)
        }
    }
}

impl Vocabulary {
    /// English is always understood, for its words are what carriers print.
    fn of(languages: &[Language]) -> Self {
        let others = languages.iter().filter(|language| **language != Language::English);
        Self(std::iter::once(&Language::English).chain(others).map(|language| language.words()).collect())
    }

    /// START and HELP, as the whole text.
    fn keyword(&self, text: &str) -> Option<Keyword> {
        let mut said = bare(text);
        if self.any(|words| words.help, said) {
            return Some(Keyword::Help);
        }
        loop {
            if self.any(|words| words.start, said) {
                return Some(Keyword::Start);
            }
            said = without_politeness(said, |_| false)?;
        }
    }

    fn any(&self, list: impl Fn(&Words) -> &'static [&'static str], said: &str) -> bool {
        self.0.iter().any(|words| list(words).contains(&said))
    }

    /// What the words are, where all of them belong to a request for no more texts, and nothing else does.
    fn is_covered(&self, text: &str) -> bool {
        self.covers(text).is_some_and(|covered| covered.sure)
    }

    /// What the words are, where all of them may belong to a request for no more texts, in whatever order and however often.
    fn covers(&self, text: &str) -> Option<Covered> {
        let tokens = plain_words(text);
        // "cancel 🙏" is more than the word as well.
        let several = tokens.len() > 1 || tokens.first().is_some_and(|only| only != bare(text));
        let mut covered = Covered { several, ..Covered::default() };
        let mut of_longer = false;
        let mut rest = tokens.as_slice();
        while !rest.is_empty() {
            let (taken, part) = self.longest(rest)?;
            let first = rest.len() == tokens.len();
            rest = &rest[taken..];
            match part {
                Part::Request => covered.request = true,
                Part::Clear => covered.clear = true,
                Part::OfOrders => covered.of_orders = true,
                Part::WrongNumber => covered.wrong_number = true,
                Part::Trifle => covered.trifle = true,
                Part::OfTexts => covered.of_texts = true,
                Part::Polite => {}
                Part::Between => of_longer |= first || !self.begin_with_stop(rest),
                Part::BesideRequest => of_longer = true,
            }
        }
        let asks = covered.request || covered.clear || covered.of_orders;
        covered.sure = covered.request || covered.wrong_number || !of_longer;
        asks.then_some(covered)
    }

    fn begin_with_stop(&self, tokens: &[String]) -> bool {
        self.longest(tokens).is_some_and(|(_, part)| part.asks())
    }

    /// The longest beginning that is a word or a phrase of ours, by its number of tokens.
    fn longest(&self, tokens: &[String]) -> Option<(usize, Part)> {
        let of_lists = self
            .0
            .iter()
            .flat_map(|words| words.parts())
            .flat_map(|(list, part)| list.iter().filter_map(move |phrase| Some((begins(tokens, phrase)?, part))));
        // Of one length the first counts: what asks comes before what stands beside.
        let found = of_lists.fold(None, |best: Option<(usize, Part)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        });
        found.or_else(|| self.repeated(tokens.first()?).map(|part| (1, part)))
    }

    /// "stopstopstop", "STOOOP".
    fn repeated(&self, token: &str) -> Option<Part> {
        let is = |word: &str| {
            let words = self.0.iter().flat_map(|words| words.parts());
            let mut asking = words.filter(|(_, part)| part.asks());
            asking.find_map(|(list, part)| list.contains(&word).then_some(part))
        };
        let short = without_runs(token);
        if short.len() < token.len()
            && let Some(part) = is(&short)
        {
            return Some(part);
        }
        (3..=token.len() / 2).filter(|length| token.len().is_multiple_of(*length)).find_map(|length| {
            let word = token.get(..length)?;
            (word.repeat(token.len() / length) == token).then(|| is(word))?
        })
    }

    /// Whether a text that is more than a request may hold one: a phrase that can hardly mean anything else, or a clause of its
    /// own that asks, or such a word with hardly anything beside it.
    fn perhaps_asks(&self, typed: &str) -> bool {
        let tokens = plain_words(typed);
        let holds_request = || {
            let lists = || self.0.iter().flat_map(|words| [words.requests, words.certain]).flatten();
            (0..tokens.len()).any(|at| lists().any(|phrase| begins(&tokens[at..], phrase).is_some()))
        };
        let clause_asks = || {
            let apart = typed.replace(" - ", "\n");
            apart.split(is_clause_end).any(|clause| self.is_covered(&plain(clause)))
        };
        // "S.T.O.P"
        let spelled = || tokens.len() > 2 && tokens.iter().all(|token| token.chars().count() == 1);
        let spelled_asks = || spelled() && self.is_covered(&tokens.concat());
        holds_request() || clause_asks() || self.asks_hardly_more(&tokens) || spelled_asks()
    }

    /// "stop it", "stop 2 please".
    fn asks_hardly_more(&self, tokens: &[String]) -> bool {
        let mut rest = tokens;
        let mut others = 0;
        let mut asks = false;
        while !rest.is_empty() {
            let (taken, part) = self.longest(rest).map_or((1, None), |(taken, part)| (taken, Some(part)));
            match part {
                Some(Part::Polite | Part::Trifle | Part::OfTexts) => {}
                Some(part) if part.asks() && others == 0 => asks = true,
                _ => others += 1,
            }
            rest = &rest[taken..];
        }
        asks && others <= 1
    }
}

/// What a word or phrase is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// It asks for no more texts, and can hardly mean anything else.
    Request,
    /// It asks for no more texts where nothing else is said.
    Clear,
    /// It does, and may mean an order too.
    OfOrders,
    WrongNumber,
    /// It changes nothing.
    Polite,
    /// It changes nothing beside a stop, and gives an order its sense: "cancel today".
    Trifle,
    OfTexts,
    /// Between two words that ask.
    Between,
    /// It belongs to a longer way of asking.
    BesideRequest,
}

impl Part {
    const fn asks(self) -> bool {
        matches!(self, Self::Request | Self::Clear | Self::OfOrders)
    }
}

/// How many tokens `phrase` has, if `tokens` begin with it.
fn begins(tokens: &[String], phrase: &str) -> Option<usize> {
    let mut count = 0;
    for word in phrase.split(' ') {
        if tokens.get(count)? != word {
            return None;
        }
        count += 1;
    }
    Some(count)
}

/// Every letter that comes three times or more in a row once.
fn without_runs(token: &str) -> String {
    let letters: Vec<char> = token.chars().collect();
    let runs = letters.chunk_by(|one, next| one == next);
    runs.flat_map(|run| run.iter().take(if run.len() >= 3 { 1 } else { 2 })).collect()
}

/// Where one thing that is said ends and another begins: at line breaks, punctuation and pictures.
fn is_clause_end(c: char) -> bool {
    let within = c.is_alphanumeric() || (c.is_whitespace() && !is_line_break(c));
    !within
        && !matches!(
            c,
            '\'' | '’' | '‘' | '`' | '´' | '-' | '\u{2010}' | '\u{2011}' | '/' | '&' | '@' | '#' | '%' | '+' | '_'
        )
        && !is_combining_mark(c)
}

#[cfg(test)]
mod tests;
