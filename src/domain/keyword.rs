//! The words by which customers say that they want no more texts, texts again, or help.

mod words;

use unicode_normalization::char::is_combining_mark;

use super::reading::{as_typed, bare, plain, plain_words, without_politeness};
use super::signature::is_line_break;
pub use words::{Language, UnknownLanguage};
use words::{Words, YES};

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
/// Case, accents, punctuation, emoji, a machine's [signature](super::signature) and the polite words and trifles of all
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
        Some(covered) if covered.sure || !covered.only_of_orders() => Some(Asked::PerhapsStop),
        _ => vocabulary.perhaps_asks(typed).then_some(Asked::PerhapsStop),
    }
}

/// Whether an option must not be named so, because its customers would opt out by choosing it.
#[must_use]
pub fn is_reserved(word: &str, languages: &[Language]) -> bool {
    matches!(asked(word, languages), Some(Asked::Keyword(_) | Asked::StopAndMore))
}

/// The words of the desk's languages, and what is polite or a trifle in any.
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
    /// Some words want no more of something.
    no_more: bool,
    /// A word that asks is spelled letter by letter.
    spelled: bool,
    /// It says yes, perhaps to an agent's question.
    yes: bool,
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
        if self.wrong_number {
            Asked::StopAndMore
        } else if self.request {
            Asked::Keyword(Keyword::Stop)
        } else if self.yes || (!self.clear && (!self.of_orders || (self.trifle && !self.of_texts))) {
            // "Yes, stop", "don't send me any more", "S.T.O.P", "cancel today".
            Asked::PerhapsStop
        } else if !self.clear && self.several {
            Asked::StopAndMore
        } else {
            Asked::Keyword(Keyword::Stop)
        }
    }

    const fn only_of_orders(self) -> bool {
        !(self.request || self.clear || self.no_more || self.spelled)
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
                Part::NoMore => covered.no_more = true,
                Part::Spelled => covered.spelled = true,
                Part::Yes => covered.yes = true,
                Part::WrongNumber => covered.wrong_number = true,
                Part::Trifle => covered.trifle = true,
                Part::OfTexts => covered.of_texts = true,
                Part::Polite => {}
                Part::Between => of_longer |= first || !self.begin_with_stop(rest),
                Part::BesideRequest => of_longer = true,
            }
        }
        let names_texts = |clause: &str| {
            let tokens = plain_words(clause);
            self.after_no_more(&tokens).any(|rest| (0..rest.len()).any(|at| self.is_of_texts(&rest[at..])))
        };
        covered.request |= covered.no_more && text.split(is_clause_end).any(names_texts);
        let asks = covered.of_orders || !covered.only_of_orders();
        covered.sure = covered.request || covered.wrong_number || !of_longer;
        asks.then_some(covered)
    }

    /// What follows where it is said that no more is wanted.
    fn after_no_more<'t>(&self, tokens: &'t [String]) -> impl Iterator<Item = &'t [String]> {
        let phrases = self.0.iter().flat_map(|words| words.no_more);
        phrases.flat_map(move |phrase| {
            (0..tokens.len()).filter_map(move |at| Some(&tokens[at + begins(&tokens[at..], phrase)?..]))
        })
    }

    fn names_texts(&self, token: &str) -> bool {
        self.0.iter().any(|words| words.of_texts.contains(&token))
    }

    /// Whether `tokens` begin with a word for texts: "text me" asks for one.
    fn is_of_texts(&self, tokens: &[String]) -> bool {
        let after = tokens.iter().find(|token| !self.names_texts(token));
        tokens.first().is_some_and(|first| self.names_texts(first))
            && !after.is_some_and(|after| matches!(after.as_str(), "me" | "us"))
    }

    fn begin_with_stop(&self, tokens: &[String]) -> bool {
        self.longest(tokens).is_some_and(|(_, part)| part.asks())
    }

    /// The lists with what their words are for. A polite word or trifle may be of any language: people mix them.
    fn parts(&self) -> impl Iterator<Item = (&'static [&'static str], Part)> {
        let trifles = Language::ALL.map(|language| (language.words().trifles, Part::Trifle));
        let polite = Language::ALL.map(|language| (language.words().polite, Part::Polite));
        self.0.iter().flat_map(|words| words.parts()).chain([(YES, Part::Yes)]).chain(trifles).chain(polite)
    }

    /// The longest beginning that is a word or a phrase of ours, by its number of tokens.
    fn longest(&self, tokens: &[String]) -> Option<(usize, Part)> {
        let of_lists = self
            .parts()
            .flat_map(|(list, part)| list.iter().filter_map(move |phrase| Some((begins(tokens, phrase)?, part))));
        // Of one length the first counts: what asks comes before what stands beside.
        let found = of_lists.chain(self.spelled(tokens)).fold(None, |best: Option<(usize, Part)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        });
        found.or_else(|| self.repeated(tokens.first()?).map(|part| (1, part)))
    }

    /// "S.V.P.", "S T O P".
    fn spelled(&self, tokens: &[String]) -> Option<(usize, Part)> {
        let letters = tokens.iter().take(LONGEST_SPELLED).take_while(|token| token.chars().count() == 1).count();
        (2..=letters).rev().find_map(|count| {
            let (_, part) = self.longest(&[tokens[..count].concat()])?;
            Some((count, if part.asks() { Part::Spelled } else { part }))
        })
    }

    /// "stopstopstop", "STOOOP".
    fn repeated(&self, token: &str) -> Option<Part> {
        let is = |word: &str| {
            let mut asking = self.parts().filter(|(_, part)| part.asks());
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
            let apart = with_points_as_blanks(typed).replace(" - ", "\n");
            apart.split(is_clause_end).any(|clause| self.is_covered(&plain(clause)) || self.wants_no_more_texts(clause))
        };
        holds_request() || clause_asks() || self.asks_hardly_more(&tokens) || begins_or_ends_with_stop(typed, &tokens)
    }

    /// "I have moved and don't want any more messages", "I told you, leave me alone". What names something else, as "don't
    /// send me the red one" does, is about that.
    fn wants_no_more_texts(&self, clause: &str) -> bool {
        let tokens = plain_words(clause);
        let names_nothing = |mut rest: &[String]| {
            while let Some(taken) = changing_nothing(rest) {
                rest = &rest[taken..];
            }
            rest.is_empty()
        };
        let names_texts = |rest: &[String]| rest.iter().any(|token| self.names_texts(token));
        self.after_no_more(&tokens).any(|rest| names_nothing(rest) || names_texts(rest))
    }

    /// "stop it", "stop 2 please".
    fn asks_hardly_more(&self, tokens: &[String]) -> bool {
        let mut rest = tokens;
        let mut others = 0;
        let mut asks = false;
        while !rest.is_empty() {
            let (taken, part) = self.longest(rest).map_or((1, None), |(taken, part)| (taken, Some(part)));
            match part {
                Some(Part::Polite | Part::Trifle | Part::OfTexts | Part::Yes) => {}
                Some(part) if part.asks() && others == 0 => asks = true,
                _ => others += 1,
            }
            if others > 1 {
                return false;
            }
            rest = &rest[taken..];
        }
        asks
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
    /// It asks for no more of what is named.
    NoMore,
    /// It asks, letter by letter.
    Spelled,
    WrongNumber,
    /// It may answer a question.
    Yes,
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
        matches!(self, Self::Request | Self::Clear | Self::OfOrders | Self::Spelled)
    }
}

/// How many tokens `phrase` takes, if `tokens` begin with it. A few polite words and trifles may stand within: "hören Sie
/// bitte auf".
fn begins(tokens: &[String], phrase: &str) -> Option<usize> {
    let mut count = 0;
    for word in phrase.split(' ') {
        let mut within = 0;
        while tokens.get(count)? != word {
            // "Don't just text me" asks for a call.
            if count == 0 || within == MOST_WITHIN || tokens[count] == "just" {
                return None;
            }
            count += changing_nothing(&tokens[count..])?;
            within += 1;
        }
        count += 1;
    }
    Some(count)
}

/// The most polite words and trifles between two words of a phrase. More would be looked for again and again in a long text.
const MOST_WITHIN: usize = 3;

/// How many tokens the polite word or trifle takes that `tokens` begin with.
fn changing_nothing(tokens: &[String]) -> Option<usize> {
    let words = Language::ALL.into_iter().map(Language::words);
    let phrases = words.flat_map(|words| words.polite.iter().chain(words.trifles));
    phrases
        .map(|phrase| phrase.split(' '))
        .filter(|phrase| phrase.clone().zip(tokens).all(|(word, token)| word == token))
        .map(Iterator::count)
        .filter(|count| *count <= tokens.len())
        .max()
}

/// The most letters of a word that is spelled.
const LONGEST_SPELLED: usize = 12;

/// The most words of a text in which STOP, where it begins or ends it, is hardly a remark.
const FEW_WORDS: usize = 6;

/// After STOP at the beginning they tell a driver where.
const PLACES: &[&str] = &["by", "at", "in", "near", "outside", "behind", "opposite"];

/// Before STOP at the end they tell to go on.
const NEGATIONS: &[&str] =
    &["dont", "not", "never", "cant", "cannot", "wont", "non", "nicht", "niet", "pas", "ikke", "inte", "nie", "nao"];

/// "STOP I moved away", "FFS STOP": of few words STOP is the first, or in capitals the last; in capitals it may begin any
/// text. "The bus stop" is none.
fn begins_or_ends_with_stop(typed: &str, tokens: &[String]) -> bool {
    let is_among = |word: Option<&String>, list: &[&str]| word.is_some_and(|word| list.contains(&word.as_str()));
    let written: Vec<&str> = typed.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let few = tokens.len() <= FEW_WORDS;
    let begins = tokens.first().is_some_and(|first| first == "stop") && (few || written.first() == Some(&"STOP"));
    let ends = few && written.last() == Some(&"STOP");
    (begins && !is_among(tokens.get(1), PLACES)) || (ends && !is_among(tokens.iter().rev().nth(1), NEGATIONS))
}

/// With a blank for each full stop between single letters: "STOP s.v.p." is one thing that is said.
fn with_points_as_blanks(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let is_part = |at: usize| chars.get(at).is_some_and(|c| c.is_alphanumeric());
    let is_alone = |at: usize| is_part(at) && !is_part(at + 1) && (at == 0 || !is_part(at - 1));
    let parts_letters = |at: usize| chars[at] == '.' && at > 0 && is_alone(at - 1) && is_alone(at + 1);
    (0..chars.len()).map(|at| if parts_letters(at) { ' ' } else { chars[at] }).collect()
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
