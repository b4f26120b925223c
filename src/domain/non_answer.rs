//! Texts that answer nothing: a machine sent them, or they come from somebody whom we did not mean. Nothing automatic is
//! sent for them.

use super::keyword::{self, Language};
use super::reading::{as_typed, fold, is_empty, plain_words};
use super::signature::is_signature_alone;

/// What a text is that is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NonAnswer {
    /// A phone's way to show a reaction to one of our texts: `Liked “…”`, `👍 to “…”`.
    Reaction,
    /// Nothing to read: blanks, what stands for a picture, a signature alone.
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
    if is_empty(as_typed(text)) || is_signature_alone(text) {
        return Some(NonAnswer::Empty);
    }
    let words = plain_words(text).join(" ");
    let within = format!(" {words} ");
    let holds = |phrases: &[&str]| phrases.iter().any(|phrase| within.contains(&format!(" {phrase} ")));
    if holds(AUTO_REPLIES) || WHOLE_AUTO_REPLIES.contains(&words.as_str()) {
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
    quotation(text).map(|(before, after)| format!("{before} {after}"))
}

fn is_reaction(text: &str, ours: &[String]) -> bool {
    // Google's app marks its reactions so, in every language: zero-width characters around the emoji, thin blanks around
    // what is quoted.
    let text = text.trim_matches(['\u{FFFD}', '\0']);
    if text.starts_with('\u{200A}') && text.matches(['\u{200B}', '\u{200C}']).count() >= 2 {
        return true;
    }
    let folded = fold(text);
    let said = folded.trim_end_matches(['.', '!', ' ']);
    let on_attachment =
        || ATTACHMENTS.iter().filter_map(|what| said.strip_suffix(what)).any(|lead| is_lead(lead.trim()));
    on_attachment() || is_led_to_a_quotation(&folded) || quotes_ours(text, &folded, ours)
}

/// `Liked “…”`, `Ha messo “Mi piace” a “…”`: a lead that is known, and a quotation up to the end.
fn is_led_to_a_quotation(folded: &str) -> bool {
    let marks = || folded.match_indices(QUOTES);
    let Some((last, _)) = marks().next_back() else { return false };
    let ends = |at: usize| {
        let closed = last > at && folded[last..].trim_matches(QUOTES).trim_matches(['.', '!', ' ']).is_empty();
        // Cut short before its end.
        closed || (last == at && folded.ends_with("..."))
    };
    marks().any(|(at, _)| ends(at) && is_lead(unquoted(&folded[..at]).trim()))
}

/// In a language that is not known here: a text of ours in quotes, and no more than the words of a verb.
fn quotes_ours(text: &str, folded: &str, ours: &[String]) -> bool {
    let ours: Vec<String> =
        ours.iter().filter(|ours| ours.chars().count() >= SHORTENED).map(|ours| fold(ours)).collect();
    let beside = folded.match_indices(QUOTES).find_map(|(at, mark)| {
        let inside = folded[at + mark.len()..].trim_start();
        let after = ours.iter().find_map(|ours| after_quoted(inside, ours))?;
        Some(unquoted(&format!("{} {after}", &folded[..at])))
    });
    let Some(beside) = beside else { return false };
    let comments = beside.split_whitespace().count() > MOST_WORDS_AROUND
        || beside.chars().any(|c| matches!(c, '?' | '!' | '¿' | ':' | ';' | ',' | '.') || c.is_ascii_digit());
    // The verb may be quoted. What stands between two quotations `around` leaves out, and it may be a STOP.
    let hides_a_stop = || {
        let seen = around(text).is_some_and(|around| plain_words(&around) == plain_words(&beside));
        !seen && keyword::asked(&beside, &Language::ALL).is_some()
    };
    !comments && !beside.trim().is_empty() && !hides_a_stop()
}

/// The most words around a quoted text that a phone writes: `Mit „Gefällt mir“ markiert`.
const MOST_WORDS_AROUND: usize = 6;

/// The fewest characters of one of our texts that are known again where the phone shortened it.
const SHORTENED: usize = 20;

const QUOTES: [char; 6] = ['“', '”', '„', '"', '«', '»'];

fn unquoted(text: &str) -> String {
    text.replace(QUOTES, "")
}

/// What follows a quotation of `ours`, whole or shortened, that `inside` begins with. All is folded, so that `…` is `...`.
fn after_quoted<'t>(inside: &'t str, ours: &str) -> Option<&'t str> {
    let closed = |rest: &'t str| rest.trim_start().strip_prefix(QUOTES);
    if let Some(after) = inside.strip_prefix(ours).and_then(closed) {
        return Some(after);
    }
    let same = inside.char_indices().zip(ours.chars()).find(|((_, one), other)| one != other);
    let end = same.map_or(inside.len().min(ours.len()), |((at, _), _)| at);
    let beginning = inside[..end].trim_end_matches(['.', ' ']);
    let rest = inside[beginning.len()..].trim_start();
    if beginning.chars().count() < SHORTENED || !rest.starts_with("...") {
        return None;
    }
    let after = rest.trim_start_matches('.');
    if after.is_empty() { Some(after) } else { closed(after) }
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
    "me gusta",
    "me encanta",
    "eliminó un me gusta de",
    "quitó un me gusta de",
    "gostou de",
    "curtiu",
    "amou",
    "removeu um gostei de",
    "adorou",
    "não gostou de",
    "riu de",
    "enfatizou",
    "questionou",
    "ha messo mi piace a",
    "ha tolto mi piace a",
    "ha rimosso mi piace da",
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
#[rustfmt::skip] // one phrase a line is no way to read
const ATTACHMENTS: &[&str] = &[
    "an image", "a photo", "a picture", "a movie", "a video", "an attachment", "an audio message", "a gif", "a link",
    "a sticker", "ein bild", "ein foto", "ein video", "une image", "une photo", "une vidéo", "una imagen", "una foto",
    "un vídeo", "un'immagine", "un’immagine", "un video", "uma imagem", "uma foto", "um vídeo", "een afbeelding",
    "een foto", "et billede", "et bilde", "en bild",
];

/// What stands before and after the quotation that begins first and ends last. It may be cut short.
fn quotation(text: &str) -> Option<(&str, &str)> {
    const PAIRS: [(char, &[char]); 6] =
        [('“', &['”', '“']), ('„', &['“', '”']), ('"', &['"']), ('«', &['»']), ('»', &['«']), ('”', &['”'])];
    let text = text.trim();
    let (at, open) = text.char_indices().find(|(_, c)| PAIRS.iter().any(|(open, _)| open == c))?;
    let (_, closing) = PAIRS.iter().find(|(first, _)| *first == open)?;
    let inside = &text[at + open.len_utf8()..];
    let after = match inside.rfind(*closing) {
        Some(end) => inside[end..].trim_start_matches(*closing),
        None if inside.ends_with('…') || inside.ends_with("...") => "",
        None => return None,
    };
    Some((&text[..at], after))
}

/// What machines say for a person who cannot, as [plain words](plain_words).
const AUTO_REPLIES: &[&str] = &[
    // English
    "im driving with",
    "im driving right now",
    "im driving now",
    "im driving and",
    "i am driving and",
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
    "automated message",
    "automatic message",
    "automated text",
    "reached the voicemail",
    "reached the voice mail",
    "reached voicemail",
    "reached the mailbox",
    "on vacation until",
    "on vacation till",
    "on holiday until",
    "on holiday till",
    "on leave until",
    "ooo until",
    "ooo till",
    "out of office",
    "out of the office",
    "on annual leave",
    "is not monitored",
    "isnt monitored",
    "not being monitored",
    "is unmonitored",
    "this number does not accept incoming messages",
    // German
    "ich fahre gerade",
    "fahre gerade auto",
    "automatische antwort",
    "automatische nachricht",
    "abwesenheitsnotiz",
    "im urlaub bis",
    "bis auf weiteres im urlaub",
    "nicht im buro",
    "ausser haus",
    // French
    "je conduis",
    "je suis en train de conduire",
    "reponse automatique",
    "message automatique",
    "messagerie vocale",
    "absent du bureau",
    "absente du bureau",
    "en conge jusqu",
    "en conges jusqu",
    "en vacances jusqu",
    "absence du bureau",
    // Spanish
    "estoy conduciendo",
    "estoy manejando",
    "respuesta automatica",
    "mensaje automatico",
    "buzon de voz",
    "fuera de la oficina",
    "de vacaciones hasta",
    // Italian
    "sto guidando",
    "sono alla guida",
    "risposta automatica",
    "messaggio automatico",
    "segreteria telefonica",
    "fuori ufficio",
    "in ferie fino",
    "fuori sede",
    // Portuguese
    "estou dirigindo",
    "estou a conduzir",
    "resposta automatica",
    "mensagem automatica",
    "fora do escritorio",
    "de ferias ate",
    "ausente do escritorio",
    // Dutch
    "ik ben aan het rijden",
    "ik rijd nu",
    "automatisch antwoord",
    "automatische reactie",
    "automatisch bericht",
    "op vakantie tot",
    "met vakantie tot",
    "niet op kantoor",
    "afwezigheidsassistent",
    // Danish, Norwegian, Swedish, Finnish
    "jeg korer bil",
    "jeg korer lige nu",
    "autosvar",
    "automatisk svar",
    "ikke pa kontoret",
    "jeg kjorer",
    "automatisk besked",
    "automatisk melding",
    "pa ferie til",
    "jag kor bil",
    "jag kor just nu",
    "automatiskt svar",
    "franvaromeddelande",
    "automatiskt meddelande",
    "pa semester till",
    "inte pa kontoret",
    "ajan parhaillaan",
    "olen ajamassa",
    "automaattinen vastaus",
    "automaattinen viesti",
    "poissa toimistosta",
    // Polish
    "prowadze samochod",
    "prowadze teraz",
    "automatyczna odpowiedz",
    "odpowiedz automatyczna",
    "automatyczna wiadomosc",
    "wiadomosc automatyczna",
    "na urlopie do",
    "poza biurem",
];

/// What machines say as the whole text. Among more words a person may say it: "I'm driving to you".
#[rustfmt::skip] // one phrase a line is no way to read
const WHOLE_AUTO_REPLIES: &[&str] = &[
    "im driving", "i am driving", "im driving now", "i am driving now", "sorry im driving", "sorry i am driving", "driving",
    "on vacation", "im on vacation", "i am on vacation", "on holiday", "im on holiday", "i am on holiday", "ooo", "im ooo",
    "ich fahre", "im urlaub", "ich bin im urlaub", "en conge", "je suis en conge", "de vacaciones", "estoy de vacaciones",
    "in ferie", "sono in ferie", "de ferias", "estou de ferias", "op vakantie", "ik ben op vakantie", "ik rijd",
    "jeg korer", "jag kor", "olen lomalla", "prowadze",
];

/// What somebody says whom we did not mean, as [plain words](plain_words).
pub(super) const WRONG_NUMBER: &[&str] = &[
    "wrong number",
    "wrong numbers",
    "wrong person",
    "wrong phone number",
    "wrong #",
    "wrong num",
    "wrong recipient",
    "falsche nummer",
    "falschen nummer",
    "nummer ist falsch",
    "falsch verbunden",
    "sich verwahlt",
    "dich verwahlt",
    "euch verwahlt",
    "mauvais numero",
    "faux numero",
    "erreur de numero",
    "numero errone",
    "trompe de numero",
    "trompee de numero",
    "trompes de numero",
    "numero equivocado",
    "se equivoco de numero",
    "equivocado de numero",
    "numero incorrecto",
    "numero sbagliato",
    "sbagliato numero",
    "numero errato",
    "numero errado",
    "numero incorreto",
    "verkeerd nummer",
    "verkeerde nummer",
    "verkeerd verbonden",
    "forkert nummer",
    "feil nummer",
    "fel nummer",
    "vaara numero",
    "vaaraan numeroon",
    "zly numer",
    "pomylka",
    "pomylil pan numer",
    "pomylila pani numer",
    "niewlasciwy numer",
];

#[cfg(test)]
mod tests;
