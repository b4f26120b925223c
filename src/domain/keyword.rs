//! The words by which customers say that they want no more texts, texts again, or help.

use std::fmt;
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::reading::{bare, fold, without_politeness};

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

/// A language in which a desk's customers may write the words. English is always understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    English,
    Danish,
    Dutch,
    Finnish,
    French,
    German,
    Italian,
    Norwegian,
    Polish,
    Portuguese,
    Spanish,
    Swedish,
}

/// The keyword that `text` is, not one that it holds: "We have got to STOP this" is a remark.
///
/// Case, accents, quotes, closing punctuation and the polite words of [`super::reading`] do not matter, the last except
/// beside HELP: "help please" wants a person.
#[must_use]
pub fn keyword(text: &str, languages: &[Language]) -> Option<Keyword> {
    let text = plain(text);
    let mut said = bare(&text);
    let all = || std::iter::once(Language::English).chain(languages.iter().copied()).map(Language::words);
    if all().any(|words| words.help.contains(&said)) {
        return Some(Keyword::Help);
    }
    loop {
        if all().any(|words| words.stop.contains(&said)) {
            return Some(Keyword::Stop);
        }
        if all().any(|words| words.start.contains(&said)) {
            return Some(Keyword::Start);
        }
        said = without_politeness(said, |_| false)?;
    }
}

/// Whether an option must not be named so, because its customers would opt out by choosing it.
#[must_use]
pub fn is_reserved(word: &str, languages: &[Language]) -> bool {
    keyword(word, languages).is_some()
}

/// Folded, without accents (a phone's keyboard may have none), with blanks for hyphens.
fn plain(text: &str) -> String {
    let text: String = fold(text).nfd().filter(|c| !is_combining_mark(*c)).collect();
    text.replace(['-', '\u{2010}', '\u{2011}', '\u{2013}', '\u{2014}'], " ")
}

impl Language {
    pub const ALL: [Self; 12] = [
        Self::English,
        Self::Danish,
        Self::Dutch,
        Self::Finnish,
        Self::French,
        Self::German,
        Self::Italian,
        Self::Norwegian,
        Self::Polish,
        Self::Portuguese,
        Self::Spanish,
        Self::Swedish,
    ];

    /// Two letters, as in ISO 639-1.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Danish => "da",
            Self::Dutch => "nl",
            Self::Finnish => "fi",
            Self::French => "fr",
            Self::German => "de",
            Self::Italian => "it",
            Self::Norwegian => "nb",
            Self::Polish => "pl",
            Self::Portuguese => "pt",
            Self::Spanish => "es",
            Self::Swedish => "sv",
        }
    }

    const fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::Danish => &DANISH,
            Self::Dutch => &DUTCH,
            Self::Finnish => &FINNISH,
            Self::French => &FRENCH,
            Self::German => &GERMAN,
            Self::Italian => &ITALIAN,
            Self::Norwegian => &NORWEGIAN,
            Self::Polish => &POLISH,
            Self::Portuguese => &PORTUGUESE,
            Self::Spanish => &SPANISH,
            Self::Swedish => &SWEDISH,
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Not the code of a language whose words are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a language whose words are known: en, da, nl, fi, fr, de, it, nb, pl, pt, es or sv")]
pub struct UnknownLanguage;

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(code: &str) -> Result<Self, UnknownLanguage> {
        Self::ALL.into_iter().find(|language| language.code() == code).ok_or(UnknownLanguage)
    }
}

/// Folded, without accents, with blanks for hyphens.
struct Words {
    stop: &'static [&'static str],
    start: &'static [&'static str],
    help: &'static [&'static str],
}

/// The words that US carriers act on, and their usual spellings.
const ENGLISH: Words = Words {
    stop: &[
        "stop",
        "stopall",
        "stop all",
        "end",
        "quit",
        "cancel",
        "unsubscribe",
        "un subscribe",
        "revoke",
        "optout",
        "opt out",
    ],
    start: &["start", "unstop", "un stop", "join", "subscribe", "optin", "opt in"],
    help: &["help", "info"],
};

const DANISH: Words = Words { stop: &["afmeld", "frameld"], start: &["tilmeld"], help: &["hjælp", "hjaelp"] };
const DUTCH: Words = Words { stop: &["stoppen", "afmelden"], start: &["starten", "aanmelden"], help: &["hulp"] };
const FINNISH: Words = Words { stop: &["lopeta", "peru", "seis"], start: &["aloita"], help: &["apua", "ohje"] };
const FRENCH: Words = Words {
    stop: &["arret", "arreter", "arretez", "desabonner", "desinscrire", "fin"],
    start: &["reprendre", "reprise", "abonner", "demarrer"],
    help: &["aide"],
};
const GERMAN: Words =
    Words { stop: &["stopp", "abmelden", "abbestellen", "ende"], start: &["anmelden", "starten"], help: &["hilfe"] };
const ITALIAN: Words = Words {
    stop: &["ferma", "basta", "annulla", "cancella", "disiscrivi"],
    start: &["avvia", "inizia", "iscrivi"],
    help: &["aiuto"],
};
const NORWEGIAN: Words = Words { stop: &["stopp", "avslutt", "avmeld"], start: &["begynn"], help: &["hjelp"] };
const POLISH: Words =
    Words { stop: &["rezygnacja", "rezygnuje", "wypisz", "koniec"], start: &["zapisz"], help: &["pomoc"] };
const PORTUGUESE: Words =
    Words { stop: &["pare", "parar", "sair", "cancelar"], start: &["iniciar", "comecar", "voltar"], help: &["ajuda"] };
const SPANISH: Words = Words {
    stop: &["alto", "baja", "parar", "cancelar", "detener"],
    start: &["alta", "iniciar", "empezar"],
    help: &["ayuda"],
};
const SWEDISH: Words =
    Words { stop: &["stopp", "avsluta", "avregistrera"], start: &["starta", "borja"], help: &["hjalp"] };

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    #[rustfmt::skip] // one word a line is no way to read
    fn keywords() {
        for (texts, meant) in [
            (
                &[
                    "STOP", "Stop.", " STOP! ", "“stop”", "ＳＴＯＰ", "stop please", "Please stop!", "StopAll",
                    "STOP ALL", "end", "quit", "Cancel", "UNSUBSCRIBE", "un-subscribe", "revoke", "OPTOUT",
                    "opt out", "OPT-OUT", "Opt\u{2011}out", "'STOP'", "*stop*", "stop\n", "\u{200E}STOP",
                    "stop, thanks", "ok stop",
                ][..],
                Some(Keyword::Stop),
            ),
            (&["START", "unstop", "Join!", "subscribe", "OPT IN", "opt-in", "start please"], Some(Keyword::Start)),
            (&["HELP", "Info.", "help!"], Some(Keyword::Help)),
            (
                &[
                    "", "We have got to STOP this", "stop?", "don't stop", "stop it", "please help", "help me",
                    "stop 2", "bus stop", "nonstop", "the end", "restart", "start 2", "2", "thanks", "stop start",
                    "cancel my order", "information", "S.T.O.P", "stop/start",
                ],
                None,
            ),
        ] {
            for text in texts {
                assert_eq!(keyword(text, &[]), meant, "{text:?}");
            }
        }
        assert!(is_reserved("Cancel", &[]) && !is_reserved("Thursday", &[]));
    }

    #[test]
    fn a_desk_understands_the_languages_that_it_lists() {
        for (text, language, meant) in [
            ("ARRÊT", Language::French, Keyword::Stop),
            ("arret", Language::French, Keyword::Stop),
            ("Désabonner", Language::French, Keyword::Stop),
            ("aide", Language::French, Keyword::Help),
            ("Abmelden!", Language::German, Keyword::Stop),
            ("Hilfe", Language::German, Keyword::Help),
            ("BAJA", Language::Spanish, Keyword::Stop),
            ("alta", Language::Spanish, Keyword::Start),
            ("Hjälp", Language::Swedish, Keyword::Help),
        ] {
            assert_eq!(keyword(text, &[language]), Some(meant), "{text}");
            assert_eq!(keyword(text, &[]), None, "{text}");
        }
        // English is understood everywhere, for it is what carriers print.
        assert_eq!(keyword("stop", &[Language::Polish]), Some(Keyword::Stop));
        assert_eq!(keyword("l'arret de bus", &[Language::French]), None);
    }

    #[test]
    fn no_word_means_two_things_in_one_language() {
        for words in Language::ALL.map(Language::words) {
            let all = [words.stop, words.start, words.help].concat();
            for (at, word) in all.iter().enumerate() {
                assert!(!all[..at].contains(word), "{word}");
                assert_eq!(*word, plain(word), "the table has folded words without accents");
            }
        }
    }

    proptest! {
        #[test]
        fn a_keyword_among_words_is_a_remark(
            before in "(x[a-z]{1,8} ){0,2}", after in "( x[a-z]{1,8}){0,2}",
            word in prop::sample::select(["stop", "STOP", "start", "help", "opt out"].to_vec()),
        ) {
            let alone = before.is_empty() && after.is_empty();
            prop_assert_eq!(keyword(&format!("{before}{word}{after}"), &Language::ALL).is_some(), alone);
        }

        #[test]
        fn any_text_is_read(text in "\\PC*") {
            let _ = keyword(&text, &Language::ALL);
        }
    }
}
