//! What a person means by a short text, whatever keyboard it came from: the forms, marks and polite
//! words that change nothing.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::signature::without_signature;

/// One form for all that reads the same: compatibility forms composed (`２` is `2`), letters
/// without case, digits of any script as ASCII, invisible marks gone, blanks single and none at
/// either end.
#[must_use]
pub fn fold(text: &str) -> String {
    let plain: String = text
        .chars()
        .filter_map(|c| match c {
            // Keycaps stand apart: "1️⃣2️⃣" is two answers, not twelve.
            '\u{20E3}' => Some(' '),
            '№' => Some('#'),
            '\u{1F3FB}'..='\u{1F3FF}' => None, // skin tones
            _ if is_filler(c) => Some(' '),
            _ if is_invisible(c) || is_variation_selector(c) || is_control(c) => None,
            _ => Some(c),
        })
        .nfkc()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfkc()
        .map(ascii_digit)
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Folded, without accents (a phone's keyboard may have none), with blanks for hyphens.
pub(super) fn plain(text: &str) -> String {
    let text: String = fold(text).nfd().filter(|c| !is_combining_mark(*c)).map(without_stroke).collect();
    text.replace(['-', '\u{2010}', '\u{2011}', '\u{2013}', '\u{2014}'], " ")
}

/// The words of a text, plain: runs of letters, runs of digits, and `#`, which may stand for "number". Apostrophes join
/// (`don't` is `dont`), all else parts.
pub(super) fn plain_words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before: Option<char> = None;
    for c in plain(text).chars().filter(|c| !matches!(c, '\'' | '’' | '‘' | '`' | '´')) {
        if c.is_alphanumeric() || c == '#' {
            let joins = c != '#'
                && before.is_some_and(|before| before.is_alphanumeric() && before.is_numeric() == c.is_numeric());
            match words.last_mut() {
                Some(word) if joins => word.push(c),
                _ => words.push(c.to_string()),
            }
        }
        before = Some(c);
    }
    words
}

/// A letter whose stroke is no accent of its own, without it.
const fn without_stroke(c: char) -> char {
    match c {
        'ł' => 'l',
        'ø' => 'o',
        'đ' => 'd',
        c => c,
    }
}

/// A text without what a machine put around it: a known signature, and at its end U+0000 and its like, which fill a fixed
/// length. U+0000 was stored as U+FFFD.
#[must_use]
pub fn as_typed(text: &str) -> &str {
    let is_padding = |c: char| c == '\u{FFFD}' || is_control(c);
    let unpadded = text.trim_end_matches(is_padding);
    // After a blank it may be what is left of a character that was typed.
    without_signature(if unpadded.ends_with(char::is_whitespace) { text } else { unpadded })
}

/// A folded text without the quotes, brackets and emphasis around it and the punctuation that ends
/// it. What changes a meaning stays: `?`, `-`, `%`, a currency.
#[must_use]
pub fn bare(text: &str) -> &str {
    text.trim_start_matches(is_opening).trim_end_matches(is_closing)
}

/// A folded text without one polite word at its end or else at its beginning; `None` where there is
/// none. A word that `means_something` is not taken for politeness.
#[must_use]
pub fn without_politeness(text: &str, means_something: impl Fn(&str) -> bool) -> Option<&str> {
    let text = bare(text);
    let mut words = POLITE.iter().filter(|word| !means_something(word));
    let at_end = words.clone().find_map(|word| {
        let rest = text.strip_suffix(word)?;
        let apart = rest.is_empty() || rest.ends_with([' ', ',', '.', '!', ';', ')']);
        (apart || is_emoji(word)).then(|| bare(rest))
    });
    at_end.or_else(|| {
        words.find_map(|word| {
            let rest = text.strip_prefix(word)?;
            let next = rest.trim_start_matches([',', '.', '!', ';', ':']);
            let apart = next.is_empty() || next.starts_with(' ');
            (apart || is_emoji(word)).then(|| bare(next))
        })
    })
}

/// Whether a character has no shape of its own and only steers how its neighbours are shown: marks
/// of direction, joiners, soft hyphens, byte order marks, tags.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180B}'..='\u{180E}' | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E007F}')
}

/// Whether a text holds nothing to read. U+FFFC stands for a picture that did not come with it, U+FFFD for padding.
pub(super) fn is_empty(text: &str) -> bool {
    fold(text).chars().all(|c| matches!(c, ' ' | '\u{FFFC}' | '\u{FFFD}'))
}

/// A letter or sign that shows as a blank: the fillers of Korean, the braille pattern without dots.
const fn is_filler(c: char) -> bool {
    matches!(c, '\u{115F}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{FFA0}')
}

/// The ASCII digit for a decimal digit of the scripts that people text in; any other character as
/// it is.
#[must_use]
pub fn ascii_digit(c: char) -> char {
    ZEROS
        .iter()
        .filter_map(|&zero| u32::from(c).checked_sub(u32::from(zero)))
        .find_map(|value| char::from_digit(value, 10))
        .unwrap_or(c)
}

/// The zero of each script; its other digits follow it.
const ZEROS: [char; 19] = [
    '\u{0660}', '\u{06F0}', '\u{07C0}', '\u{0966}', '\u{09E6}', '\u{0A66}', '\u{0AE6}', '\u{0B66}', '\u{0BE6}',
    '\u{0C66}', '\u{0CE6}', '\u{0D66}', '\u{0DE6}', '\u{0E50}', '\u{0ED0}', '\u{0F20}', '\u{1040}', '\u{17E0}',
    '\u{1810}',
];

/// Closed on purpose: each of them can stand beside an answer without touching it.
const POLITE: [&str; 18] = [
    "please",
    "pls",
    "plz",
    "thank you",
    "thankyou",
    "thanks",
    "thx",
    "ty",
    "cheers",
    "okay",
    "ok",
    "hello",
    "hi",
    "hey",
    "👍",
    "🙏",
    "🙂",
    "😊",
];

fn is_emoji(word: &str) -> bool {
    !word.starts_with(|c: char| c.is_ascii())
}

fn is_opening(c: char) -> bool {
    matches!(c, ' ' | '"' | '\'' | '“' | '”' | '„' | '‘' | '’' | '«' | '»' | '(' | '[' | '{' | '*' | '_' | '`' | '¡')
}

fn is_closing(c: char) -> bool {
    matches!(
        c,
        ' ' | '"'
            | '\''
            | '“'
            | '”'
            | '‘'
            | '’'
            | '«'
            | '»'
            | ')'
            | ']'
            | '}'
            | '*'
            | '_'
            | '`'
            | '.'
            | '!'
            | ','
            | ';'
            | ':'
            | '。'
    )
}

/// A control character that is no blank: a phone's padding.
fn is_control(c: char) -> bool {
    c.is_control() && !c.is_whitespace()
}

fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_form() {
        for (text, folded) in [
            (" ２ ", "2"),
            ("2\u{FE0F}\u{20E3}", "2"),
            ("1\u{FE0F}\u{20E3}2\u{FE0F}\u{20E3}", "1 2"),
            ("٢", "2"),
            ("२", "2"),
            ("\u{202B}2\u{202C}", "2"),
            ("Straße\u{A0} ΟΔΟΣ", "strasse οδοσ"),
            ("№ 2", "# 2"),
            ("👍🏽", "👍"),
            ("\u{3164}2\u{2800}", "2"),
        ] {
            assert_eq!(fold(text), folded);
        }
    }

    #[test]
    fn what_a_machine_added_is_cut() {
        for (text, typed) in [
            ("STOP\u{fffd}", "STOP"),
            ("STOP\0\0", "STOP"),
            ("2\u{fffd}\u{fffd}", "2"),
            ("2 \u{fffd}", "2 \u{fffd}"),
            ("a\u{fffd}b", "a\u{fffd}b"),
            ("2\n\nSent from my iPhone\0", "2"),
            // A picture, or a character that was lost.
            ("2\n\u{fffc}\nSent from my iPhone", "2\n\u{fffc}"),
            ("2\n\u{fffd}\nSent from my iPhone", "2\n\u{fffd}"),
            ("2", "2"),
        ] {
            assert_eq!(as_typed(text).trim_end_matches('\n'), typed, "{text:?}");
        }
        assert_eq!(fold("ST\u{1}OP\u{7F}"), "stop");
    }

    #[test]
    fn bare_keeps_what_matters() {
        for (text, kept) in [("“2”.", "2"), ("(2)", "2"), ("2 :)", "2"), ("2?", "2?"), ("-2", "-2"), (".2", ".2")] {
            assert_eq!(bare(text), kept);
        }
    }

    #[test]
    fn politeness() {
        let polite = |text| without_politeness(text, |_| false);
        for (text, rest) in [
            ("2 please", Some("2")),
            ("2, thank you!", Some("2")),
            ("hello. 2", Some("2")),
            ("👍2", Some("2")),
            ("thanks", Some("")),
            ("2", None),
            ("pretty 2", None),
            ("hi-2", None),
            ("this", None),
        ] {
            assert_eq!(polite(text), rest, "{text}");
        }
        assert_eq!(without_politeness("ok 2", |word| word == "ok"), None);
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC*") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
