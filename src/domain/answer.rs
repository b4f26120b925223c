//! Reading a reply: which of the offered options it names, if it names one beyond doubt.
//!
//! The rule is never to confirm what a person would not. So the whole text has to be an answer: an
//! option's key or label, dressed at most in an "option", punctuation and polite words. Whatever
//! else stands in it makes it a matter for the agents.

use super::reading::{as_typed, bare, fold, without_politeness};
use super::template::Choice;

/// What a reply says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The index of the one option that it names.
    Choice(usize),
    /// A question, a remark, two options, none.
    Unclear,
}

#[must_use]
pub fn read(text: &str, options: &[Choice]) -> Reading {
    let offers = Offers(options.iter().map(Offer::new).collect());
    let text = fold(as_typed(text));
    if text.chars().count() > LONGEST {
        return Reading::Unclear;
    }
    // The least peeling that makes sense is what was meant: "no thanks" may be an option itself.
    let mut rest = Some(text.as_str());
    while let Some(said) = rest {
        match offers.named_by(said).as_slice() {
            [] => rest = without_politeness(said, |word| offers.hold(word)),
            [only] => return Reading::Choice(*only),
            _ => break,
        }
    }
    Reading::Unclear
}

/// Nobody writes so many characters to choose. Longer texts are not looked through.
const LONGEST: usize = 500;

/// Words that may lead to a key or a label.
const BEFORE_OPTION: [&str; 3] = ["option", "choice", "answer"];

/// Words that may lead to a key. "no" needs its full stop: "no 2" refuses.
const BEFORE_KEY: [&str; 5] = ["number", "no.", "nr.", "nr", "#"];

const NUMBERS: [&str; 9] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

struct Offers(Vec<Offer>);

/// An option, folded.
struct Offer {
    key: String,
    label: String,
}

impl Offers {
    /// The options that `said` names, which is a clear choice only if it is one.
    fn named_by(&self, said: &str) -> Vec<usize> {
        let said_bare = bare(said);
        let after_option = self.after(&BEFORE_OPTION, said_bare);
        let after_key = self.after(&BEFORE_KEY, after_option.unwrap_or(said_bare));
        let named = |offer: &Offer| {
            let whole = [Some(said), Some(said_bare), after_option];
            whole.into_iter().flatten().any(|said| offer.is(said) || offer.is_label(said))
                || after_key.is_some_and(|said| offer.is(said))
        };
        self.0.iter().enumerate().filter(|(_, offer)| named(offer)).map(|(at, _)| at).collect()
    }

    /// What follows one of `words`, unless that word is an answer in its own right.
    fn after<'t>(&self, words: &[&str], said: &'t str) -> Option<&'t str> {
        words.iter().filter(|word| !self.hold(bare(word))).find_map(|word| {
            let rest = said.strip_prefix(word)?;
            let apart = !rest.starts_with(char::is_alphabetic);
            apart.then(|| bare(rest.trim_start_matches([' ', ':'])))
        })
    }

    fn hold(&self, word: &str) -> bool {
        self.0.iter().any(|offer| offer.key == word || offer.label == word)
    }
}

impl Offer {
    fn new(choice: &Choice) -> Self {
        Self { key: essence(&choice.key), label: essence(&choice.label) }
    }

    /// The key alone, in digits or as a word, or the key and its own label.
    fn is(&self, said: &str) -> bool {
        !self.key.is_empty()
            && (said == self.key || number(said).is_some_and(|digit| digit == self.key) || self.is_key_and_label(said))
    }

    fn is_label(&self, said: &str) -> bool {
        !self.label.is_empty() && said == self.label
    }

    /// "2 Thursday", "2: Thursday", "2 - Thursday", "2 (Thursday)".
    fn is_key_and_label(&self, said: &str) -> bool {
        let Some(rest) = said.strip_prefix(self.key.as_str()) else { return false };
        let label = rest.trim_start_matches([' ', '.', ',', ':', ')', '(', '-', '–', '—', '=', '"', '\'', '“', '‘']);
        let between = &rest[..rest.len() - label.len()];
        // "2.5", "2-5" and "2 - 5pm" are numbers and times before they are a key and a label.
        let apart = match label.chars().next() {
            Some(first) if first.is_numeric() => between.contains(' ') && !between.contains(['-', '–', '—', '=']),
            _ => !between.is_empty(),
        };
        apart && self.label.contains(char::is_alphabetic) && self.is_label(bare(label))
    }
}

/// What is compared of a key or a label: itself where nothing but marks would be left.
fn essence(text: &str) -> String {
    let folded = fold(text);
    match bare(&folded) {
        "" => folded,
        bare => bare.to_owned(),
    }
}

fn number(word: &str) -> Option<String> {
    NUMBERS.iter().position(|number| *number == word).map(|at| (at + 1).to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn options(pairs: &[(&str, &str)]) -> Vec<Choice> {
        let choice = |&(key, label): &(&str, &str)| Choice { key: key.into(), label: label.into() };
        pairs.iter().map(choice).collect()
    }

    fn delivery() -> Vec<Choice> {
        options(&[("1", "tomorrow"), ("2", "Thursday"), ("3", "deliver to post office")])
    }

    #[test]
    #[rustfmt::skip] // one word a line is no way to read
    fn clear_choices() {
        for text in [
            "2", " 2. ", "#2", "# 2", "option 2", "Option 2!", "OPTION: 2", "option #2", "option2",
            "option number 2", "number 2", "No. 2", "no.2", "nr 2", "№2", "(2)", "[2]", "2)", "\"2\"", "“2”",
            "*2*", "２", "2\u{FE0F}\u{20E3}", "2\u{20E3}", "٢", "②", "two", "Option two", "Thursday", "THURSDAY.",
            "thursday!", "option Thursday", "2 Thursday", "2 - Thursday", "2: thursday", "2. Thursday",
            "2) Thursday", "2, Thursday", "2 (Thursday)", "2 = Thursday", "Option 2: Thursday", "2 please",
            "2 thanks", "2, thank you!", "Hi, 2 please", "ok 2", "please 2", "2 👍", "2 👍🏽", "Thursday please",
            "2\n", "2\n\nSent from my iPhone", "Thursday\n--\nGet Outlook for iOS", "2\0", "2\u{FFFD}", "2\nThursday", "2 :)", "2!!!", "\u{200E}2\u{200F}", "2 please thanks",
        ] {
            assert_eq!(read(text, &delivery()), Reading::Choice(1), "{text:?}");
        }
        for text in ["3", "deliver to post office", "Deliver  to  Post Office.", "3 - deliver to post office"] {
            assert_eq!(read(text, &delivery()), Reading::Choice(2), "{text:?}");
        }
    }

    #[test]
    #[rustfmt::skip]
    fn no_choice() {
        for text in [
            "", " ", "?", "2?", "2 or 3?", "2 or 3", "I was not home on 2 May", "not 2", "no 2", "22", "2 3",
            "1,2", "1, 2", "2nd", "2.5", ".2", "2,5", "Thursday or tomorrow", "2 tomorrow", "2 - tomorrow",
            "option 4", "4", "-2", "- 2", "+2", "2/3", "2%", "£2", "$2", "2pm", "2 pm", "2:30", "02", "2-3",
            "2 & 3", "2 and 3", "2 2", "²⁄₃", "½", "1\u{FE0F}\u{20E3}2\u{FE0F}\u{20E3}", "2 👎", "2 maybe",
            "maybe 2", "why 2", "Thursday?", "not Thursday", "No. Thursday", "option", "option -2", "optiontwo",
            "option .2", "second", "2\u{336}", "2 please?", "thanks", "ok", "2Thursday", "post office", "~2", "<2",
            ">2", "2x", "2e0", "0x2", "2!?", "2 but not Thursday", "2\n\n3", "2 Sent from my iPhone", "2\nSent from my heart", "2\nJohn", "Sent from my iPhone", "Thursday tomorrow",
            "Thursday, tomorrow", "2 Thursday tomorrow", "hi", "2 :(", "2 (",
        ] {
            assert_eq!(read(text, &delivery()), Reading::Unclear, "{text:?}");
        }
        assert_eq!(read("2", &[]), Reading::Unclear);
    }

    #[test]
    fn words_that_mean_two_things() {
        let swapped = options(&[("1", "2"), ("2", "1"), ("3", "x")]);
        assert_eq!(read("2", &swapped), Reading::Unclear);
        assert_eq!(read("3", &swapped), Reading::Choice(2));

        let yes_or_no = options(&[("1", "yes"), ("2", "no"), ("3", "no thanks"), ("4", "ok")]);
        assert_eq!(read("No.", &yes_or_no), Reading::Choice(1));
        assert_eq!(read("no thanks", &yes_or_no), Reading::Choice(2));
        assert_eq!(read("yes thanks", &yes_or_no), Reading::Choice(0));
        assert_eq!(read("no. 1", &yes_or_no), Reading::Unclear);
        assert_eq!(read("ok 1", &yes_or_no), Reading::Unclear);
        assert_eq!(read("ok", &yes_or_no), Reading::Choice(3));

        let times = options(&[("1", "8am - 10am"), ("2", "5"), ("3", "2 people")]);
        assert_eq!(read("1 8am - 10am", &times), Reading::Choice(0));
        assert_eq!(read("1-8am - 10am", &times), Reading::Unclear);
        assert_eq!(read("2.5", &times), Reading::Unclear);
        assert_eq!(read("2 5", &times), Reading::Unclear);
        assert_eq!(read("2 people", &times), Reading::Choice(2));

        let same = options(&[("a", "Monday"), ("A", "Friday"), ("b", "monday"), ("*", "else")]);
        assert_eq!(read("a", &same), Reading::Unclear);
        assert_eq!(read("Monday", &same), Reading::Unclear);
        assert_eq!(read("a Friday", &same), Reading::Choice(1));
        assert_eq!(read("*", &same), Reading::Choice(3));
    }

    fn dressed() -> impl Strategy<Value = (String, String)> {
        let before = prop::sample::select(vec![
            "", " ", "#", "# ", "option ", "Option ", "OPTION #", "number ", "No. ", "(", "\"", "“", "*", "please ",
            "Hi, ", "ok ", "\u{200F}",
        ]);
        let after = prop::sample::select(vec![
            "",
            " ",
            ".",
            "!",
            ")",
            "\"",
            "”",
            "*",
            " please",
            ", thanks!",
            " thank you",
            "\u{200E}",
            " 👍",
            "\n",
        ]);
        (before.prop_map(str::to_owned), after.prop_map(str::to_owned))
    }

    /// Words that no grammar knows: neither polite nor an option's.
    const STRAY: &str = "(x[a-z]{1,7}|not|or|and|but|may|home|why|[4-9]|[1-9][0-9]|\\?|-|/|£|%)";

    proptest! {
        #[test]
        fn every_dress_of_every_key(at in 0usize..9, (before, after) in dressed()) {
            let nine: Vec<Choice> = (1..=9)
                .map(|key| Choice { key: key.to_string(), label: format!("label {key}") })
                .collect();
            let text = format!("{before}{}{after}", nine[at].key);
            prop_assert_eq!(read(&text, &nine), Reading::Choice(at), "{:?}", text);
        }

        #[test]
        fn a_stray_word_is_for_the_agents(
            said in prop::sample::select(vec!["1", "2", "3", "tomorrow", "Thursday", "option 2", "2 please"]),
            stray in STRAY, leading: bool, blank in "[ ,.\n]{0,2} ",
        ) {
            let text = if leading { format!("{stray}{blank}{said}") } else { format!("{said}{blank}{stray}") };
            prop_assert_eq!(read(&text, &delivery()), Reading::Unclear, "{:?}", text);
        }

        #[test]
        fn two_answers_are_none(
            first in 0usize..3, step in 1usize..3, by_label: (bool, bool), between in "[ ,./+&-]{1,3}| or | and | then |\n",
        ) {
            let second = (first + step) % 3;
            let options = delivery();
            let word = |at: usize, label: bool| if label { &options[at].label } else { &options[at].key };
            let text = format!("{}{between}{}", word(first, by_label.0), word(second, by_label.1));
            prop_assert_eq!(read(&text, &options), Reading::Unclear, "{:?}", text);
        }

        #[test]
        fn any_text_is_read(text in "\\PC*", key in "\\PC{0,3}", label in "\\PC{0,6}") {
            let _ = read(&text, &options(&[(&key, &label), ("2", "Thursday")]));
        }

        #[test]
        fn digits_alone_decide(text in "[ 0-9.,!#()-]{0,6}") {
            if let Reading::Choice(at) = read(&text, &delivery()) {
                let digits: String = text.chars().filter(char::is_ascii_digit).collect();
                prop_assert_eq!(digits, (at + 1).to_string());
            }
        }
    }
}
