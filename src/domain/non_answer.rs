//! Texts that answer nothing: a machine sent them, or they come from somebody whom we did not mean. Nothing automatic is
//! sent for them.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::reading::fold;

/// What a text is that is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NonAnswer {
    /// A phone's way to show a reaction to one of our texts: `Liked “…”`, `👍 to “…”`.
    Reaction,
    Empty,
    /// A car, a focus mode or an absence answered.
    AutoReply,
    WrongNumber,
}

/// What `text` is, if it is no answer. `ours` are the texts that the customer may have reacted to: with them a reaction is
/// known in whatever language the phone speaks.
#[must_use]
pub fn non_answer(text: &str, ours: &[String]) -> Option<NonAnswer> {
    if is_reaction(text, ours) {
        return Some(NonAnswer::Reaction);
    }
    let folded = fold(text);
    let holds = |phrases: &[&str]| {
        let words = words(&folded);
        phrases.iter().any(|phrase| words.contains(&format!(" {phrase} ")))
    };
    if folded.is_empty() {
        Some(NonAnswer::Empty)
    } else if holds(AUTO_REPLIES) {
        Some(NonAnswer::AutoReply)
    } else if holds(WRONG_NUMBER) {
        Some(NonAnswer::WrongNumber)
    } else {
        None
    }
}

/// Whether a text may be a reaction, so that it is worth to look up what it may quote.
#[must_use]
pub fn may_quote(text: &str) -> bool {
    quotation(text).is_some()
}

/// What stands around a quotation: what its customer said, if anything.
#[must_use]
pub fn around(text: &str) -> Option<String> {
    quotation(text).map(|Quotation { before, after, .. }| format!("{before} {after}"))
}

fn is_reaction(text: &str, ours: &[String]) -> bool {
    // Google's app marks its reactions so, in every language: zero-width characters around the emoji, thin blanks around
    // what is quoted.
    let text = text.trim_matches(['\u{FFFD}', '\0']);
    if text.starts_with('\u{200A}') && text.matches(['\u{200B}', '\u{200C}']).count() >= 2 {
        return true;
    }
    let folded = fold(text);
    if ATTACHMENTS.iter().any(|what| LEADS.iter().any(|lead| folded == format!("{lead} {what}"))) {
        return true;
    }
    let Some(Quotation { before, quoted, after }) = quotation(text) else { return false };
    let (before, after) = (fold(before), fold(after));
    if after.is_empty() && is_lead(&before) {
        return true;
    }
    // In a language that is not known here: all of a text of ours in quotes, and no more than the words of a verb.
    let around = format!("{before} {after}");
    let comments = around.split_whitespace().count() > MOST_WORDS_AROUND
        || around.chars().any(|c| matches!(c, '?' | '!' | '¿' | ':' | ';' | ',' | '.') || c.is_ascii_digit());
    let ours = || ours.iter().filter(|ours| ours.chars().count() >= SHORTENED);
    !comments && !around.trim().is_empty() && ours().any(|ours| is_quoted(ours, quoted))
}

/// The most words around a quoted text that a phone writes: `Mit „Gefällt mir“ markiert`.
const MOST_WORDS_AROUND: usize = 6;

/// The fewest characters of one of our texts that are known again where the phone shortened it.
const SHORTENED: usize = 20;

fn is_quoted(ours: &str, quoted: &str) -> bool {
    let (ours, quoted) = (fold(ours), fold(quoted));
    let beginning = quoted.trim_end_matches(['…', '.', ' ']);
    ours == quoted
        || (quoted.len() > beginning.len() && beginning.chars().count() >= SHORTENED && ours.starts_with(beginning))
}

/// `Liked`, `Reacted 👍 to`, `Removed a heart from`, `👍 to`.
fn is_lead(before: &str) -> bool {
    if LEADS.contains(&before) {
        return true;
    }
    let emoji = |text: &str| {
        let text = text.trim();
        // Folded, `‼️` is two exclamation marks.
        !text.is_empty() && (text.chars().all(is_emoji) || ["!!", "!", "?"].contains(&text))
    };
    let between = |beginning: &str, ending: &str| {
        let rest = before.strip_prefix(beginning).and_then(|rest| rest.strip_suffix(ending));
        rest.is_some_and(|what| emoji(what) || what.trim() == "with a sticker" || what.trim() == "a sticker")
    };
    (!before.is_empty() && before.chars().all(is_emoji))
        || EMOJI_LEADS.iter().any(|(beginning, ending)| between(beginning, ending))
}

/// A symbol or picture; letters, digits and punctuation are none.
const fn is_emoji(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}' | '©' | '®')
}

/// What a phone writes around an emoji before it quotes. Both may be empty.
const EMOJI_LEADS: &[(&str, &str)] = &[
    ("reacted ", " to"),
    ("removed ", " from"),
    ("", " to"),
    ("", " removed from"),
    ("hat mit ", " reagiert auf"),
    ("mit ", " reagiert auf"),
    ("a réagi avec ", " à"),
    ("a réagi par ", " à"),
    ("reaccionó con ", " a"),
    ("ha reaccionado con ", " a"),
    ("reagiu com ", " a"),
    ("ha reagito con ", " a"),
    ("reageerde met ", " op"),
    ("reagerade med ", " på"),
    ("reagerede med ", " på"),
    ("reagerte med ", " på"),
    ("", " auf"),
    ("", " à"),
    ("", " a"),
    ("", " op"),
    ("", " på"),
    ("", " do"),
];

/// What iPhones write before they quote, folded.
const LEADS: &[&str] = &[
    "liked",
    "loved",
    "disliked",
    "laughed at",
    "emphasized",
    "emphasised",
    "questioned",
    "reacted to",
    "removed a like from",
    "removed a heart from",
    "removed a dislike from",
    "removed a laugh from",
    "removed an exclamation from",
    "removed an exclamation mark from",
    "removed a question mark from",
    "removed a reaction from",
    "gefällt",
    "gefällt mir",
    "mag",
    "liebt",
    "gefällt nicht",
    "lacht über",
    "betont",
    "hinterfragt",
    "a aimé",
    "aime",
    "a adoré",
    "adore",
    "n'a pas aimé",
    "n’a pas aimé",
    "a ri de",
    "a souligné",
    "a mis en évidence",
    "le gusta",
    "le gustó",
    "le encanta",
    "le encantó",
    "no le gusta",
    "no le gustó",
    "se rió de",
    "ha enfatizado",
    "enfatizó",
    "le ha gustado",
    "le ha encantado",
    "gostou de",
    "adorou",
    "não gostou de",
    "riu de",
    "enfatizou",
    "questionou",
    "ha messo mi piace a",
    "piace",
    "adora",
    "ha riso per",
    "ha enfatizzato",
    "vindt leuk",
    "vond leuk",
    "gillade",
    "älskade",
    "synes godt om",
    "elsker",
    "likte",
    "elsket",
];

/// What iPhones write in place of a quotation where it was no text.
const ATTACHMENTS: &[&str] =
    &["an image", "a photo", "a picture", "a movie", "a video", "an attachment", "an audio message", "a gif", "a link"];

struct Quotation<'t> {
    before: &'t str,
    quoted: &'t str,
    after: &'t str,
}

/// The quotation that begins first and ends last, which may be cut short.
fn quotation(text: &str) -> Option<Quotation<'_>> {
    const PAIRS: [(char, &[char]); 6] =
        [('“', &['”', '“']), ('„', &['“', '”']), ('"', &['"']), ('«', &['»']), ('»', &['«']), ('”', &['”'])];
    let text = text.trim();
    let (at, open) = text.char_indices().find(|(_, c)| PAIRS.iter().any(|(open, _)| open == c))?;
    let (_, closing) = PAIRS.iter().find(|(first, _)| *first == open)?;
    let inside = &text[at + open.len_utf8()..];
    let (quoted, after) = match inside.rfind(*closing) {
        Some(end) => (&inside[..end], inside[end..].trim_start_matches(*closing)),
        None if inside.ends_with('…') || inside.ends_with("...") => (inside, ""),
        None => return None,
    };
    Some(Quotation { before: &text[..at], quoted, after })
}

/// The words of a folded text without accents, each between blanks.
fn words(folded: &str) -> String {
    let plain: String = folded.nfd().filter(|c| !is_combining_mark(*c) && !matches!(c, '\'' | '’' | '‘')).collect();
    let words: Vec<&str> = plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    format!(" {} ", words.join(" "))
}

/// What machines say for a person who cannot, folded, without accents and apostrophes.
const AUTO_REPLIES: &[&str] = &[
    // English
    "im driving with",
    "im driving right now",
    "im driving now",
    "i am driving with",
    "i am driving right now",
    "im currently driving",
    "i am currently driving",
    "while driving turned on",
    "ill see your message when",
    "ill get back to you when i arrive",
    "not receiving notifications",
    "notifications silenced",
    "focus turned on",
    "do not disturb turned on",
    "auto reply",
    "autoreply",
    "automatic reply",
    "automated reply",
    "automated response",
    "automatic response",
    "auto response",
    "out of office",
    "out of the office",
    "on annual leave",
    "this mailbox is not monitored",
    "this number is not monitored",
    "this number does not accept incoming messages",
    // German
    "ich fahre gerade",
    "fahre gerade auto",
    "automatische antwort",
    "automatische nachricht",
    "abwesenheitsnotiz",
    "nicht im buro",
    "ausser haus",
    // French
    "je conduis",
    "je suis en train de conduire",
    "reponse automatique",
    "absent du bureau",
    "absence du bureau",
    // Spanish
    "estoy conduciendo",
    "estoy manejando",
    "respuesta automatica",
    "fuera de la oficina",
    // Italian
    "sto guidando",
    "sono alla guida",
    "risposta automatica",
    "fuori ufficio",
    "fuori sede",
    // Portuguese
    "estou dirigindo",
    "estou a conduzir",
    "resposta automatica",
    "fora do escritorio",
    "ausente do escritorio",
    // Dutch
    "ik ben aan het rijden",
    "ik rijd nu",
    "automatisch antwoord",
    "automatische reactie",
    "niet op kantoor",
    "afwezigheidsassistent",
    // Danish, Norwegian, Swedish, Finnish
    "jeg kører bil",
    "jeg kører lige nu",
    "autosvar",
    "automatisk svar",
    "ikke pa kontoret",
    "jeg kjører",
    "jag kor bil",
    "jag kor just nu",
    "automatiskt svar",
    "franvaromeddelande",
    "inte pa kontoret",
    "ajan parhaillaan",
    "olen ajamassa",
    "automaattinen vastaus",
    "poissa toimistosta",
    // Polish
    "prowadze samochod",
    "prowadze teraz",
    "automatyczna odpowiedz",
    "odpowiedz automatyczna",
    "poza biurem",
];

/// What somebody says whom we did not mean.
pub(super) const WRONG_NUMBER: &[&str] = &[
    "wrong number",
    "wrong numbers",
    "wrong person",
    "wrong phone number",
    "falsche nummer",
    "falschen nummer",
    "nummer ist falsch",
    "falsch verbunden",
    "mauvais numero",
    "faux numero",
    "erreur de numero",
    "numero equivocado",
    "se equivoco de numero",
    "numero sbagliato",
    "ha sbagliato numero",
    "numero errado",
    "verkeerd nummer",
    "verkeerde nummer",
    "forkert nummer",
    "feil nummer",
    "fel nummer",
    "vaara numero",
    "vaaraan numeroon",
    "zły numer",
    "pomyłka",
    "pomylił pan numer",
];

#[cfg(test)]
mod tests;
