//! The words by which customers say that they want no more texts, texts again, or help.

use std::fmt;
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::non_answer::WRONG_NUMBER;
use super::reading::{as_typed, bare, fold, without_politeness};
use super::signature::is_line_break;

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

/// What a text asks for about being texted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The whole text says this and nothing else.
    Keyword(Keyword),
    /// STOP, and besides something that an agent has to read: `please cancel` may mean an order, `wrong number, stop` says
    /// that the number is somebody else's.
    StopAndMore,
    /// It may ask for no more texts, or mean something else: a person has to decide.
    PerhapsStop,
}

/// What `text` asks for, if it is about being texted at all: "We have got to STOP this" is a remark.
///
/// Case, accents, punctuation, emoji, a machine's [signature](super::signature) and the polite words of the desk's languages
/// do not matter, the last except beside HELP: "help please" wants a person.
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

/// Folded, without accents (a phone's keyboard may have none), with blanks for hyphens.
fn plain(text: &str) -> String {
    let text: String = fold(text).nfd().filter(|c| !is_combining_mark(*c)).map(without_stroke).collect();
    text.replace(['-', '\u{2010}', '\u{2011}', '\u{2013}', '\u{2014}'], " ")
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

/// The words of a plain text: runs of letters and runs of digits. Apostrophes join (`don't` is `dont`), all else parts.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut before: Option<char> = None;
    for c in text.chars().filter(|c| !matches!(c, '\'' | '’' | '‘' | '`' | '´')) {
        if c.is_alphanumeric() {
            let joins = before.is_some_and(|before| before.is_alphanumeric() && before.is_numeric() == c.is_numeric());
            match tokens.last_mut() {
                Some(token) if joins => token.push(c),
                _ => tokens.push(c.to_string()),
            }
        }
        before = Some(c);
    }
    tokens
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
    /// It says that the number is wrong.
    wrong_number: bool,
    /// More words than the keyword alone.
    several: bool,
}

impl Covered {
    const fn asked(self) -> Asked {
        let clear = self.clear || self.request;
        if self.wrong_number || (self.of_orders && !clear && self.several) {
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
        let tokens = tokens(text);
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
                Part::Beside => {}
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
        let tokens = tokens(&plain(typed));
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
                Some(Part::Beside) => {}
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
    Beside,
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

/// The words of a language, folded, without accents and apostrophes, with blanks for hyphens.
struct Words {
    /// They ask for no more texts where they are all that is said, and have other meanings in a sentence.
    stop: &'static [&'static str],
    /// They ask for no more texts wherever they stand.
    certain: &'static [&'static str],
    /// They do as the whole text, since they always did, and may mean an order as well.
    orders: &'static [&'static str],
    /// Sentences that ask for no more texts.
    requests: &'static [&'static str],
    /// Polite words, and what may be said beside a stop without giving it another meaning.
    beside: &'static [&'static str],
    /// The small words of longer requests: "from your list".
    beside_request: &'static [&'static str],
    start: &'static [&'static str],
    help: &'static [&'static str],
}

impl Words {
    /// The lists with what their words are for; what asks comes first.
    fn parts(&self) -> [(&'static [&'static str], Part); 8] {
        [
            (self.certain, Part::Request),
            (self.requests, Part::Request),
            (self.stop, Part::Clear),
            (self.orders, Part::OfOrders),
            (WRONG_NUMBER, Part::WrongNumber),
            (self.beside, Part::Beside),
            (BETWEEN, Part::Between),
            (self.beside_request, Part::BesideRequest),
        ]
    }
}

/// "STOP2QUIT", "STOP to END", as texts of carriers have it.
const BETWEEN: &[&str] = &["to", "2"];

/// Among them the words that US carriers act on, and their usual spellings.
#[rustfmt::skip] // one word a line is no way to read
const ENGLISH: Words = Words {
    stop: &["stop", "stop all"],
    certain: &["stopall", "unsubscribe", "un subscribe", "unsub", "optout", "opt out", "opting out"],
    orders: &["end", "quit", "cancel", "revoke"],
    requests: &[
        "opt me out", "unsubscribe me", "stop texting", "stop messaging", "stop contacting", "stop sending",
        "stop these texts", "stop these messages", "stop the texts", "stop the messages", "quit texting",
        "quit messaging", "remove me", "remove my number", "remove this number", "take me off", "delete my number",
        "no more texts", "no more messages", "no more sms", "dont text", "do not text", "dont message me",
        "do not message me", "dont contact me", "do not contact me",
    ],
    beside: &[
        "please", "pls", "plz", "thank you", "thankyou", "thanks", "thx", "ty", "cheers", "okay", "ok", "hello", "hi",
        "hey", "kindly", "just", "sorry", "now", "right now", "immediately", "asap", "today", "already", "me", "all", "text",
        "texts", "sms", "message", "messages", "msg", "msgs",
    ],
    beside_request: &[
        "i", "id", "im", "want", "wish", "would", "like", "need", "can", "could", "you", "will", "have", "got", "from",
        "off", "of", "out", "your", "this", "the", "these", "list", "lists", "my", "number", "mailing", "database",
        "system", "phone", "any", "more", "anymore", "ever", "again", "and", "it", "us", "be", "alerts", "notifications",
        "updates", "service", "subscription", "program", "marketing",
    ],
    start: &["start", "unstop", "un stop", "join", "subscribe", "optin", "opt in"],
    help: &["help", "info"],
};

#[rustfmt::skip] // one word a line is no way to read
const DANISH: Words = Words {
    stop: &["stands", "stoppe"],
    certain: &["afmeld", "frameld", "afmeld mig", "frameld mig"],
    orders: &[],
    requests: &[
        "slet mig", "fjern mig", "slet mit nummer", "fjern mit nummer", "ikke flere beskeder", "ikke flere sms",
        "stop med at skrive", "stop med at sende", "stop med at sms", "send ikke flere", "skriv ikke til mig",
        "jeg vil ikke have flere",
    ],
    beside: &[
        "venligst", "tak", "mange tak", "hej", "nu", "straks", "med det samme", "mig", "alle", "alt", "sms", "smser",
        "beskeder", "besked", "mere",
    ],
    beside_request: &[
        "jeg", "vil", "gerne", "kan", "i", "du", "fra", "jeres", "din", "listen", "liste", "den", "denne", "disse", "at",
        "til", "mere", "nummer", "mit", "om", "og",
    ],
    start: &["tilmeld"],
    help: &["hjælp", "hjaelp"],
};

#[rustfmt::skip] // one word a line is no way to read
const DUTCH: Words = Words {
    stop: &["stoppen", "stop ermee"],
    certain: &["afmelden", "uitschrijven", "meld me af", "schrijf me uit"],
    orders: &[],
    requests: &[
        "verwijder me", "verwijder mij", "verwijder mijn nummer", "geen berichten meer", "geen sms meer", "geen smsjes meer",
        "stop met sms", "stop met berichten", "stop met sturen", "stuur geen berichten", "stuur me geen", "stuur mij geen",
    ],
    beside: &[
        "aub", "alstublieft", "alsjeblieft", "graag", "dank u", "dank je", "bedankt", "dank", "hallo", "hoi", "nu",
        "direct", "onmiddellijk", "mij", "me", "alles", "alle", "sms", "berichten", "bericht", "sorry",
    ],
    beside_request: &[
        "ik", "wil", "kunt", "kun", "u", "je", "van", "uit", "uw", "jullie", "de", "deze", "dit", "lijst", "mailinglijst",
        "meer", "nummer", "mijn", "en", "voor", "te",
    ],
    start: &["starten", "aanmelden"],
    help: &["hulp"],
};

#[rustfmt::skip] // one word a line is no way to read
const FINNISH: Words = Words {
    stop: &["seis", "lopettakaa"],
    certain: &["poista minut", "poistakaa minut", "poista numeroni", "poistakaa numeroni"],
    orders: &["peru", "lopeta"],
    requests: &[
        "ei enaa viesteja", "ei enaa tekstiviesteja", "lopeta viestit", "lopettakaa viestit", "lopeta viestien",
        "lopettakaa viestien", "ala laheta viesteja", "alkaa lahettako viesteja",
    ],
    beside: &[
        "kiitos", "ole hyva", "olkaa hyva", "hei", "moi", "nyt", "heti", "kaikki", "viestit", "viesti", "tekstiviestit",
        "sms", "anteeksi",
    ],
    beside_request: &[
        "haluan", "minulle", "listalta", "listaltanne", "listaltasi", "postituslistalta", "naita", "nama", "enaa",
        "lahettaminen", "viesteja", "tekstiviesteja", "numeroni",
    ],
    start: &["aloita"],
    help: &["apua", "ohje"],
};

#[rustfmt::skip] // one word a line is no way to read
const FRENCH: Words = Words {
    stop: &["arret", "arreter", "arretez", "arrete", "stopper", "stoppez"],
    certain: &[
        "desabonner", "desinscrire", "desabonnement", "desinscription", "desabonnez", "desinscrivez", "desabonnez moi",
        "desinscrivez moi", "me desabonner", "me desinscrire",
    ],
    orders: &["fin"],
    requests: &[
        "retirez moi", "supprimez moi", "enlevez moi", "supprimez mon numero", "retirez mon numero", "effacez mon numero",
        "plus de messages", "plus de message", "plus de sms", "plus de textos", "ne menvoyez plus", "ne mecrivez plus",
        "ne me contactez plus", "arretez de menvoyer", "arretez de mecrire", "arreter de menvoyer", "arretez vos messages",
        "arretez les messages", "arretez les sms", "arretez vos sms",
    ],
    beside: &[
        "svp", "stp", "sil vous plait", "sil te plait", "merci", "merci beaucoup", "bonjour", "salut", "bonsoir",
        "maintenant", "immediatement", "tout de suite", "moi", "tout", "tous", "sms", "message", "messages", "texto",
        "textos", "desole",
    ],
    beside_request: &[
        "je", "veux", "voudrais", "souhaite", "veuillez", "pouvez", "vous", "de", "la", "votre", "vos", "cette", "ces",
        "ce", "liste", "les", "des", "du", "mon", "numero", "plus", "et", "a", "mailing", "diffusion",
    ],
    start: &["reprendre", "reprise", "abonner", "demarrer"],
    help: &["aide"],
};

#[rustfmt::skip] // one word a line is no way to read
const GERMAN: Words = Words {
    stop: &["stopp", "stoppen", "aufhoren"],
    certain: &[
        "abmelden", "abmeldung", "austragen", "abbestellung", "melden sie mich ab", "melde mich ab", "tragen sie mich aus",
        "trag mich aus", "mich abmelden", "mich austragen",
    ],
    orders: &["abbestellen", "ende"],
    requests: &[
        "loschen sie mich", "losch mich", "entfernen sie mich", "nummer loschen", "keine sms mehr", "keine nachrichten mehr",
        "keine weiteren sms", "keine weiteren nachrichten", "keine smsen mehr", "schreiben sie mir nicht mehr",
        "schreibt mir nicht mehr", "schicken sie mir keine", "senden sie mir keine", "horen sie auf", "hort auf",
        "nicht mehr anschreiben", "nicht mehr kontaktieren", "kontaktieren sie mich nicht mehr",
    ],
    beside: &[
        "bitte", "danke", "vielen dank", "dankeschon", "hallo", "hi", "jetzt", "sofort", "endlich", "mir", "mich", "alle",
        "alles", "sms", "nachricht", "nachrichten", "sorry", "entschuldigung",
    ],
    beside_request: &[
        "ich", "will", "mochte", "mochten", "wurde", "gerne", "konnen", "sie", "von", "aus", "ihrer", "eurer", "der",
        "dieser", "diese", "die", "liste", "verteiler", "dem", "ihrem", "mehr", "meine", "nummer", "zu", "und", "mir",
        "schreiben", "schicken", "senden", "den", "newsletter",
    ],
    start: &["anmelden", "starten"],
    help: &["hilfe"],
};

#[rustfmt::skip] // one word a line is no way to read
const ITALIAN: Words = Words {
    stop: &["ferma", "basta"],
    certain: &["disiscrivi", "disiscrivimi", "disiscrivetemi", "cancellatemi", "cancellami", "disiscrizione"],
    orders: &["annulla", "cancella"],
    requests: &[
        "rimuovetemi", "rimuovimi", "toglietemi", "toglimi", "cancellate il mio numero", "cancella il mio numero",
        "rimuovete il mio numero", "basta messaggi", "basta sms", "non scrivetemi piu", "non scrivermi piu",
        "non mandatemi piu", "non inviatemi piu", "non contattatemi piu", "niente piu messaggi", "niente piu sms",
        "smettete di scrivermi", "smettetela di scrivermi",
    ],
    beside: &[
        "per favore", "per piacere", "grazie", "grazie mille", "prego", "ciao", "salve", "buongiorno", "ora", "adesso",
        "subito", "tutto", "tutti", "sms", "messaggio", "messaggi", "scusi",
    ],
    beside_request: &[
        "voglio", "vorrei", "potete", "dalla", "dalle", "vostra", "vostre", "lista", "liste", "questa", "questi", "il",
        "i", "di", "da", "mio", "numero", "piu", "e", "la", "a",
    ],
    start: &["avvia", "inizia", "iscrivi"],
    help: &["aiuto"],
};

#[rustfmt::skip] // one word a line is no way to read
const NORWEGIAN: Words = Words {
    stop: &["stopp"],
    certain: &["avmeld", "meld meg av", "avmeld meg"],
    orders: &["avslutt"],
    requests: &[
        "fjern meg", "slett meg", "slett nummeret mitt", "fjern nummeret mitt", "ikke flere meldinger", "ikke flere sms",
        "ingen flere meldinger", "slutt a sende", "slutt a skrive", "ikke send flere", "ikke kontakt meg",
    ],
    beside: &[
        "vennligst", "takk", "tusen takk", "hei", "na", "straks", "meg", "alle", "alt", "sms", "meldinger", "melding",
        "beklager",
    ],
    beside_request: &[
        "jeg", "vil", "gjerne", "kan", "dere", "du", "fra", "deres", "listen", "lista", "liste", "denne", "disse", "a",
        "til", "mer", "mitt", "nummer", "og",
    ],
    start: &["begynn"],
    help: &["hjelp"],
};

#[rustfmt::skip] // one word a line is no way to read
const POLISH: Words = Words {
    stop: &["dosc", "przestan", "przestancie"],
    certain: &["wypisz", "wypisz mnie", "wypiszcie mnie", "wypisac", "wypisac sie"],
    orders: &["rezygnacja", "rezygnuje", "koniec"],
    requests: &[
        "usun mnie", "usuncie mnie", "prosze mnie usunac", "usun moj numer", "usuncie moj numer", "zadnych wiecej sms",
        "zadnych wiecej wiadomosci", "nie pisz do mnie", "nie piszcie do mnie", "nie wysylaj wiecej", "nie wysylajcie wiecej",
        "prosze nie wysylac wiecej", "nie wysylaj sms", "nie wysylajcie sms", "przestancie pisac", "przestan pisac", "przestancie wysylac",
    ],
    beside: &[
        "prosze", "dziekuje", "dzieki", "dzien dobry", "czesc", "teraz", "natychmiast", "mnie", "wszystko", "wszystkie",
        "sms", "sms y", "smsy", "wiadomosc", "wiadomosci", "przepraszam",
    ],
    beside_request: &[
        "chce", "chcialbym", "chcialabym", "z", "ze", "waszej", "panstwa", "listy", "tej", "bazy", "do", "mi", "moj",
        "numer", "wiecej", "juz", "i", "sie",
    ],
    start: &["zapisz"],
    help: &["pomoc"],
};

#[rustfmt::skip] // one word a line is no way to read
const PORTUGUESE: Words = Words {
    stop: &["pare", "parar", "sair", "parem"],
    certain: &["descadastrar", "descadastre me", "me descadastre", "descadastrem", "desinscrever"],
    orders: &["cancelar"],
    requests: &[
        "remova me", "remover me", "me remova", "me removam", "retirem me", "me retirem", "me tirem", "remova meu numero",
        "apague meu numero", "chega de mensagens", "chega de sms", "sem mais mensagens", "nao envie mais", "nao enviem mais",
        "nao mande mais", "nao mandem mais", "parem de enviar", "parem de mandar", "pare de enviar", "pare de mandar",
    ],
    beside: &[
        "por favor", "pf", "pfv", "obrigado", "obrigada", "ola", "oi", "agora", "ja", "imediatamente", "me", "tudo",
        "todas", "sms", "mensagem", "mensagens", "desculpe",
    ],
    beside_request: &[
        "eu", "quero", "gostaria", "de", "da", "do", "sua", "vossa", "lista", "desta", "dessa", "mais", "meu", "numero",
        "e", "para", "as", "essas", "estas", "podem", "pode",
    ],
    start: &["iniciar", "comecar", "voltar"],
    help: &["ajuda"],
};

#[rustfmt::skip] // one word a line is no way to read
const SPANISH: Words = Words {
    stop: &["baja", "alto", "parar", "detener", "pare", "paren", "basta"],
    certain: &[
        "darme de baja", "dar de baja", "denme de baja", "deme de baja", "desuscribir", "desuscribirme",
        "cancelar suscripcion", "cancelar la suscripcion",
    ],
    orders: &["cancelar"],
    requests: &[
        "eliminenme", "elimineme", "borrenme", "borreme", "quitenme", "quiteme", "saquenme", "borren mi numero",
        "eliminen mi numero", "no mas mensajes", "no mas sms", "no me escriban", "no me escriba", "no me envien",
        "no me manden", "no envien mas", "no manden mas", "dejen de enviar", "dejen de enviarme", "dejen de mandar",
        "dejen de escribir", "deje de enviar", "no me contacten",
    ],
    beside: &[
        "por favor", "porfavor", "porfa", "gracias", "muchas gracias", "hola", "ahora", "ya", "inmediatamente", "todo",
        "todos", "sms", "mensaje", "mensajes", "disculpe",
    ],
    beside_request: &[
        "yo", "quiero", "quisiera", "deseo", "de", "la", "su", "sus", "esta", "estos", "lista", "mas", "mi", "numero",
        "me", "y", "los", "pueden", "puede", "escribirme",
    ],
    start: &["alta", "iniciar", "empezar"],
    help: &["ayuda"],
};

#[rustfmt::skip] // one word a line is no way to read
const SWEDISH: Words = Words {
    stop: &["stopp", "sluta", "stoppa"],
    certain: &["avregistrera", "avregistrera mig", "avanmal", "avanmal mig"],
    orders: &["avsluta"],
    requests: &[
        "ta bort mig", "radera mig", "ta bort mitt nummer", "radera mitt nummer", "inga fler sms", "inga fler meddelanden",
        "inga mer sms", "sluta sms", "sluta skicka", "sluta skriva", "skicka inte fler", "skicka inga fler",
        "kontakta mig inte",
    ],
    beside: &[
        "snalla", "tack", "tack sa mycket", "hej", "nu", "genast", "omedelbart", "mig", "alla", "allt", "sms", "sms ar",
        "meddelande", "meddelanden", "ursakta",
    ],
    beside_request: &[
        "jag", "vill", "kan", "ni", "du", "fran", "er", "din", "listan", "lista", "denna", "dessa", "att", "till", "mer",
        "mitt", "nummer", "och",
    ],
    start: &["starta", "borja"],
    help: &["hjalp"],
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keyword(text: &str, languages: &[Language]) -> Option<Keyword> {
        match asked(text, languages) {
            Some(Asked::Keyword(keyword)) => Some(keyword),
            _ => None,
        }
    }

    #[test]
    fn a_request_in_more_words_than_it_needs_is_asked_about() {
        for text in ["can you please stop", "I want to stop", "Could you stop?", "I need you to stop", "the stop"] {
            assert_eq!(asked(text, &[]), Some(Asked::PerhapsStop), "{text:?}");
        }
        assert_eq!(asked("just stop", &[]), Some(Asked::Keyword(Keyword::Stop)));
        assert_eq!(asked("I want to cancel", &[]), None);
        assert_eq!(asked("can you stop by at 5", &[]), None);
    }

    #[test]
    fn do_not_send_may_mean_the_delivery() {
        for text in ["Älä lähetä", "älkää lähettäkö", "Proszę nie wysyłać", "nie wysyłaj"] {
            assert_eq!(asked(text, &[Language::Finnish, Language::Polish]), None, "{text:?}");
        }
        for text in ["Nie wysyłajcie więcej", "Älä lähetä viestejä", "przestańcie wysyłać"] {
            let meant = asked(text, &[Language::Finnish, Language::Polish]);
            assert_eq!(meant, Some(Asked::Keyword(Keyword::Stop)), "{text:?}");
        }
    }

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
        assert!(is_reserved("Cancel", &[]) && is_reserved("cancel please", &[]) && !is_reserved("Thursday", &[]));
        assert!(!is_reserved("stop delivery", &[]));
    }

    #[test]
    #[rustfmt::skip]
    fn a_trifle_beside_stop_changes_nothing() {
        for text in [
            "STOP STOP STOP", "stop, stop, STOP!!!", "STOP ✋", "Stop 😡", "🛑STOP🛑", "STOP\u{0}", "STOP\u{FFFD}",
            "\u{7}stop", "STOP\n\nSent from my iPhone", "Stop\n--\nGet Outlook for iOS", "please opt me out",
            "unsubscribe me", "Unsubscribe me please!", "STOP2QUIT", "STOP2END", "STOPALL", "StopStopStop", "STOOOOP",
            "stop texting me", "Stop texting me!!!", "remove me from your list", "Please remove me from your mailing list.",
            "STOP to end", "stop now", "stop messages", "stop all texts please", "STOP/UNSUBSCRIBE", "*STOP*", "-STOP-",
            "~stop~", "stop...", "I want to unsubscribe", "opt out of this",
            "do not text me again", "no more messages please", "take me off your list", "quit texting me", "stop&quit",
            "<STOP>", "STOP =", "ok ok stop", "🙏 stop",
        ] {
            assert_eq!(keyword(text, &[]), Some(Keyword::Stop), "{text:?}");
        }
    }

    #[test]
    fn what_says_more_than_stop_is_for_an_agent_too() {
        for text in [
            "Please cancel",
            "ok cancel",
            "cancel please",
            "Cancel, thank you",
            "cancel 🙏",
            "please end",
            "quit now",
            "wrong number, stop",
            "Wrong number. Please remove me",
            "STOP wrong number",
        ] {
            assert_eq!(asked(text, &[]), Some(Asked::StopAndMore), "{text:?}");
        }
        for text in ["Cancel", "CANCEL.", "\"cancel\"", "end", "Quit!"] {
            assert_eq!(asked(text, &[]), Some(Asked::Keyword(Keyword::Stop)), "{text:?}");
        }
        for (text, language) in [
            ("bitte abbestellen", Language::German),
            ("cancelar por favor", Language::Spanish),
            ("cancelar, obrigado", Language::Portuguese),
            ("fin svp", Language::French),
        ] {
            assert_eq!(asked(text, &[language]), Some(Asked::StopAndMore), "{text:?}");
        }
    }

    #[test]
    #[rustfmt::skip]
    fn what_may_be_a_stop_is_asked_about() {
        for text in [
            "stop?", "stop it", "please stop it", "stop 2", "S.T.O.P", "S T O P", "STOP! who are you?",
            "I am not interested. Stop", "Who is this? STOP", "stop\nJohn Smith", "please STOP sending, call me",
            "Why do you not stop texting me at night", "How do I unsubscribe?", "2. Stop", "stop start", "Stop that!",
            "I have told you to remove me from your list",
        ] {
            assert_eq!(asked(text, &[]), Some(Asked::PerhapsStop), "{text:?}");
        }
        for text in [
            "We have got to STOP this bill", "We have got to STOP this", "stop by at 5?", "please don't stop", "don't stop",
            "Please stop by at noon", "the bus stop", "bus stop", "Cancel my order", "nonstop", "the end", "restart",
            "I will be at the end of the street", "The driver did not stop at my house", "2", "Thursday", "", "?", "😡",
            "I quit my job yesterday", "Can you end it by five o'clock today", "wrong number", "me", "please", "to",
        ] {
            assert_eq!(asked(text, &[]), None, "{text:?}");
        }
    }

    #[test]
    fn trifles_are_read_in_every_language() {
        for language in Language::ALL {
            let words = language.words();
            for stop in words.stop.iter().chain(words.certain).chain(words.requests) {
                let beside = words.beside[0];
                for text in [
                    stop.to_string(),
                    format!("{stop} {stop} {stop}"),
                    format!("{}!!! ✋", stop.to_uppercase()),
                    format!("{beside} {stop}"),
                    format!("{stop}, {beside}."),
                    format!("{stop} 😡"),
                    format!("{stop}\u{fffd}"),
                    format!("{stop}\n\nSent from my iPhone"),
                ] {
                    assert_eq!(asked(&text, &[language]), Some(Asked::Keyword(Keyword::Stop)), "{text:?}");
                }
                let clause = format!("xyz xyz xyz. {stop}");
                assert_eq!(asked(&clause, &[language]), Some(Asked::PerhapsStop), "{clause:?}");
            }
            for order in words.orders {
                let polite = format!("{order} {}", words.beside[0]);
                assert_eq!(asked(&polite, &[language]), Some(Asked::StopAndMore), "{polite}");
                assert_eq!(asked(order, &[language]), Some(Asked::Keyword(Keyword::Stop)), "{order}");
            }
        }
        // Such a word alone may well mean a delivery, and no carrier takes it for STOP.
        for (text, language) in [
            ("stornieren", Language::German),
            ("annuleren", Language::Dutch),
            ("Déjelo en la planta baja", Language::Spanish),
        ] {
            assert_eq!(asked(text, &[language]), None, "{text}");
        }
        for (text, language) in [
            ("Bitte keine SMS mehr!", Language::German),
            ("Bitte löschen Sie mich von Ihrer Liste", Language::German),
            ("Ne m’envoyez plus de SMS", Language::French),
            ("ARRÊT svp", Language::French),
            ("Por favor no me envíen más mensajes", Language::Spanish),
            ("Usuńcie mnie z waszej listy", Language::Polish),
        ] {
            assert_eq!(asked(text, &[language]), Some(Asked::Keyword(Keyword::Stop)), "{text}");
        }
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
            let all = [words.stop, words.certain, words.orders, words.requests, words.start, words.help].concat();
            for (at, word) in all.iter().enumerate() {
                assert!(!all[..at].contains(word), "{word}");
            }
            for word in all.iter().chain(words.beside).chain(words.beside_request) {
                let written = tokens(&plain(word)).join(" ");
                assert_eq!(*word, written, "the table has folded words without accents and apostrophes");
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
            prop_assert_eq!(keyword(&format!("{before}{word}{after}"), &[]).is_some(), alone);
        }

        #[test]
        fn any_text_is_read(text in "\\PC*") {
            let _ = asked(&text, &Language::ALL);
        }
    }
}
