//! The line that a phone or a mail program adds below a text: nobody typed it.

use super::reading::{bare, fold, is_empty};

/// The text without the known signatures at its end. A signature has lines of its own: what stands in the text's first
/// line somebody typed.
#[must_use]
pub fn without_signature(text: &str) -> &str {
    let mut kept = text;
    for _ in 0..MOST_LINES {
        let Some((above, line)) = last_line(kept) else { break };
        if !(is_blank(line) || is_delimiter(line) || is_signature(line) || is_link(line) || is_excuse(line)) {
            break;
        }
        kept = above;
    }
    // What was cut has to hold a signature: a delimiter, a link or an excuse alone is the sender's own.
    if text[kept.len()..].split(is_line_break).any(is_signature) { kept } else { text }
}

/// Whether a text is a signature and nothing else, as below a picture that did not come with it.
pub(super) fn is_signature_alone(text: &str) -> bool {
    is_empty(without_signature(&format!("\n{text}"))) && !is_empty(text)
}

/// The most lines that are looked at: a signature of two, its delimiter and its link, with blank lines between.
const MOST_LINES: usize = 8;

/// The most words of a signature, but for its excuse.
const MOST_WORDS: usize = 14;

/// How signatures begin, folded.
const BEGINNINGS: &[&str] = &[
    // English
    "sent from ",
    "sent via ",
    "sent with ",
    "sent using ",
    "get outlook for ",
    "yahoo mail: ",
    // German
    "gesendet von ",
    "gesendet mit ",
    "gesendet aus ",
    "gesendet über ",
    "outlook für ios",
    "outlook für android",
    "holen sie sich outlook",
    "diese nachricht wurde von meinem ",
    // French
    "envoyé de mon ",
    "envoyé via ",
    "envoyé avec ",
    "envoyé depuis ",
    "envoyé à partir d",
    "obtenez outlook pour ",
    "télécharger outlook pour ",
    "obtenir outlook pour ",
    // Spanish
    "enviado desde ",
    "enviado con ",
    "enviado via ",
    "enviado vía ",
    "obtener outlook para ",
    "descargar outlook para ",
    // Italian
    "inviato da ",
    "inviato dal ",
    "inviato con ",
    "scarica outlook per ",
    "ottieni outlook per ",
    // Portuguese
    "enviado do ",
    "enviado a partir d",
    "enviado de ",
    "enviado com ",
    "enviado pelo ",
    "obter o outlook para ",
    "obtenha o outlook para ",
    // Dutch
    "verstuurd vanaf ",
    "verzonden vanaf ",
    "verzonden met ",
    "verstuurd met ",
    "verzonden via ",
    "verstuurd via ",
    "download outlook voor ",
    "outlook voor ios",
    "outlook voor android",
    // Danish, Norwegian, Swedish, Finnish
    "sendt fra min ",
    "sendt fra mit ",
    "sendt fra outlook",
    "hent outlook til ",
    "hent outlook for ",
    "få outlook ",
    "skickat från ",
    "hämta outlook för ",
    "skaffa outlook för ",
    "lähetetty ",
    "hanki outlook ",
    "hae outlook ",
    // Polish
    "wysłane z ",
    "wysłano z ",
    "pobierz program outlook",
    "pobierz outlook",
];

/// How signatures end whose beginning names the device: `Von meinem iPhone gesendet`.
const ENDINGS: &[(&str, &str)] = &[("von ", " gesendet"), ("outlook ", " herunterladen"), ("outlook ", " beziehen")];

/// What a signature names: a device, its maker, a network or a mail program. `iPhonesta` and `iPhone's` are inflected.
#[rustfmt::skip] // one word a line is no way to read
const NAMES: &[&str] = &[
    "iphone", "ipad", "ipod", "apple", "mac", "samsung", "galaxy", "android", "huawei", "honor", "xiaomi", "redmi",
    "poco", "oneplus", "oppo", "realme", "vivo", "pixel", "google", "htc", "sony", "xperia", "nokia", "lg", "motorola",
    "moto", "blackberry", "windows", "phone", "cell", "mobil", "móvil", "handy", "smartphone", "telefon", "téléphone",
    "teléfono", "tablet", "outlook", "mail", "yahoo", "gmail", "proton", "aol", "gmx", "web.de", "verizon", "t-mobile",
    "at&t", "sprint", "vodafone", "orange", "celular", "cellulare", "telemóvel", "puhelim", "komórk", "device", "lumia", "k-9", "thunderbird", "spark",
    "bluemail", "fastmail",
];

/// How an excuse begins that some programs add, and what it is for.
const EXCUSES: &[&str] = &["please excuse", "excuse", "please forgive", "bitte entschuldigen", "veuillez excuser"];
const EXCUSED: &[&str] = &["brevity", "typo", "errors", "autocorrect", "kürze", "tippfehler", "brièveté", "fautes"];

fn is_signature(line: &str) -> bool {
    let line = fold(line);
    let line = bare(line.trim_start_matches(['-', '–', '—', '~', '>', ' ']));
    // "K-9 Mail. Please excuse my brevity": any other sentence somebody typed.
    let (line, excuse) = line.split_once(". ").unwrap_or((line, ""));
    let known = BEGINNINGS.iter().any(|beginning| line.starts_with(beginning))
        || ENDINGS.iter().any(|(beginning, ending)| line.starts_with(beginning) && line.ends_with(ending));
    let is_name = |word: &str| NAMES.iter().any(|name| word.starts_with(name));
    // "my Verizon, Samsung Galaxy smartphone" goes on with a name, where "my phone, call me" does not.
    let goes_on = |part: &str| part.split_whitespace().find(|word| !ARTICLES.contains(word)).is_some_and(is_name);
    let mut parts = line.split(',');
    let names = parts.next().is_some_and(|first| first.split(' ').any(is_name)) && parts.all(goes_on);
    let short = line.split(' ').count() <= MOST_WORDS;
    known && names && short && !line.contains(['?', '!', ';']) && (excuse.is_empty() || is_excuse(excuse))
}

/// What may stand before the name of a device.
const ARTICLES: &[&str] = &["a", "an", "the"];

fn is_excuse(sentence: &str) -> bool {
    let sentence = fold(sentence);
    EXCUSES.iter().any(|beginning| sentence.starts_with(beginning))
        && EXCUSED.iter().any(|what| sentence.contains(what))
        && !sentence.contains(['?', ',', ';'])
        && sentence.split(' ').count() <= MOST_WORDS
}

/// `--`, as mail programs put it above a signature.
fn is_delimiter(line: &str) -> bool {
    let line = line.trim();
    line.chars().count() >= 2 && line.chars().all(|c| matches!(c, '-' | '_' | '—' | '–' | '='))
}

/// The link of a program that advertises itself, alone in its line.
fn is_link(line: &str) -> bool {
    let line = line.trim().trim_start_matches(['<', '(', '[']);
    ["http://", "https://", "www."].iter().any(|scheme| line.starts_with(scheme)) && !line.contains(' ')
}

fn is_blank(line: &str) -> bool {
    fold(line).is_empty()
}

/// The last line and what stands above it; `None` where there is one line only.
fn last_line(text: &str) -> Option<(&str, &str)> {
    let (at, broken) = text.char_indices().rev().find(|(_, c)| is_line_break(*c))?;
    Some((&text[..at], &text[at + broken.len_utf8()..]))
}

pub(super) const fn is_line_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_signatures_are_cut() {
        for signature in [
            "Sent from my iPhone",
            "SENT FROM MY IPAD.",
            "Sent from my Samsung Galaxy S21 Ultra",
            "Sent from my Android phone with Yahoo Mail",
            "Sent from Outlook for iOS",
            "Get Outlook for Android",
            "Get Outlook for iOS\n<https://aka.ms/o0ukef>",
            "--\nSent from my iPhone",
            "Sent via BlackBerry",
            "Von meinem iPhone gesendet",
            "Von meinem Samsung Galaxy Smartphone gesendet",
            "Gesendet von meinem Huawei",
            "Envoyé de mon iPhone",
            "Enviado desde mi iPhone",
            "Inviato da iPhone",
            "Enviado do meu iPhone",
            "Verstuurd vanaf mijn iPhone",
            "Sendt fra min iPhone",
            "Skickat från min iPhone",
            "Lähetetty iPhonesta",
            "Wysłane z iPhone'a",
            "Sent from my Verizon, Samsung Galaxy smartphone",
            "Sent via the Samsung Galaxy S10, an AT&T 5G smartphone",
            "Sent from my Android device with K-9 Mail. Please excuse my brevity.",
            "Sent from my iPhone\nPlease excuse any typos",
            "Diese Nachricht wurde von meinem Android Mobiltelefon mit WEB.DE Mail gesendet.",
            "Sent from Windows Mail",
            "Gesendet von Mail für Windows",
            "Gesendet über iPhone",
            "Enviado via iPhone",
            "Enviado desde mi celular",
            "Enviado do meu celular",
            "- Sent from my iPhone",
            "— Von meinem iPhone gesendet",
            "> Sent from my iPhone",
        ] {
            for between in ["\n", "\n\n", "\r\n\r\n", "\n \n", "\u{2028}"] {
                let text = format!("2{between}{signature}");
                assert_eq!(without_signature(&text).trim(), "2", "{text:?}");
                assert_eq!(without_signature(&format!("{text}\n")).trim(), "2", "{text:?}");
            }
            // In the first line it is what somebody typed.
            let line = signature.lines().next_back().unwrap_or_default();
            assert_eq!(without_signature(line), line);
            assert!(is_signature_alone(signature), "{signature:?}");
        }
    }

    #[test]
    fn what_somebody_typed_stays() {
        for text in [
            "2",
            "2\n\n3",
            "2\n--",
            "2\nJohn",
            "2\nhttps://example.com",
            "Sent from my iPhone",
            "2 Sent from my iPhone",
            "2\nSent from my iPhone\nor rather 3",
            "2\nSent from my old flat",
            "2\nsent from my phone, call me",
            "2\nsent from my phone, call my mobile",
            "2\nSent from my iPhone. Please call me",
            "2\nPlease excuse my brevity.",
            "2\n- 3",
            "2\nIs it sent from my account?",
            "Hello\nI sent from my phone",
            "",
            "\n\n",
        ] {
            assert_eq!(without_signature(text), text);
            assert_eq!(is_signature_alone(text), text == "Sent from my iPhone", "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_keeps_its_beginning(text in "(\\PC|\n){0,60}") {
            prop_assert!(text.starts_with(without_signature(&text)));
        }
    }
}
