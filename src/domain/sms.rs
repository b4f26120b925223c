//! How a text travels as SMS: its alphabet and its parts.
//!
//! Alphabet: GSM 03.38, the default table and the default extension table. Sizes: a text of up to
//! 160 septets or 70 UTF-16 units is one SMS; a longer one travels in parts of 153 or 67. What is
//! charged is what Vonage counts; this is the estimate to show before sending.

use unicode_normalization::UnicodeNormalization as _;

/// The longest text that Vonage takes, in characters.
pub const LIMIT: usize = 3200;

/// One septet each.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
    ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// Two septets each: the escape and the character.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// How the characters of a text are written on the air.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Seven bits a character; what Vonage calls `type=text`.
    Gsm7,
    /// UTF-16; what Vonage calls `type=unicode`. One character outside GSM-7 brings all here.
    Ucs2,
}

/// What sending a text takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// At least 1: an empty text is an SMS too.
    pub count: u32,
    pub encoding: Encoding,
    /// The whole text's length, in septets or UTF-16 units.
    pub units: u32,
}

#[must_use]
pub fn parts(text: &str) -> Parts {
    let encoding = encoding(text);
    Parts { count: saturated(split(text).len()), encoding, units: saturated(encoding.length(text)) }
}

#[must_use]
pub fn encoding(text: &str) -> Encoding {
    if first_outside_gsm7(text).is_some() { Encoding::Ucs2 } else { Encoding::Gsm7 }
}

/// The character that makes a text cost more, to be named to the agent.
#[must_use]
pub fn first_outside_gsm7(text: &str) -> Option<char> {
    text.chars().find(|&c| !BASIC.contains(c) && !EXTENSION.contains(c))
}

/// The character as GSM-7 has it, or one or more that a reader takes for the same: straight quotes for curly ones, a letter
/// without its accent. `None` where there is nothing like it.
#[must_use]
pub fn plain_char(c: char) -> Option<String> {
    if BASIC.contains(c) || EXTENSION.contains(c) {
        return Some(c.to_string());
    }
    let written = match c {
        '\u{2018}' | '\u{2019}' | '\u{201A}' | '\u{201B}' | '\u{2032}' | '`' | '\u{B4}' => "'",
        '\u{201C}' | '\u{201D}' | '\u{201E}' | '\u{201F}' | '\u{2033}' | '«' | '»' => "\"",
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{AD}' => "-",
        '…' => "...",
        '•' | '·' | '‣' => "-",
        '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{3000}' | '\t' => " ",
        '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FE0E}' | '\u{FE0F}' | '\u{FEFF}' => "",
        '×' => "x",
        '™' => "(TM)",
        '©' => "(C)",
        '®' => "(R)",
        'ç' => "c",
        'œ' => "oe",
        'Œ' => "OE",
        'ł' => "l",
        'Ł' => "L",
        'đ' => "d",
        'Đ' => "D",
        'ı' => "i",
        _ => {
            // NFD puts the letter first, then its accents.
            let letter = std::iter::once(c).nfd().next()?;
            return (letter != c && letter.is_ascii_alphabetic()).then(|| letter.to_string());
        }
    };
    Some(written.to_owned())
}

/// The whole text in GSM-7, if every character has a [plain one](plain_char).
#[must_use]
pub fn plain(text: &str) -> Option<String> {
    // A letter and a combining accent are one character to a reader.
    text.nfc().map(plain_char).collect()
}

/// The text as its parts carry it. A part ends early rather than between the two septets of an
/// extension character or the two units of a surrogate pair.
#[must_use]
pub fn split(text: &str) -> Vec<&str> {
    let encoding = encoding(text);
    let (alone, each) = match encoding {
        Encoding::Gsm7 => (160, 153),
        Encoding::Ucs2 => (70, 67),
    };
    if encoding.length(text) <= alone {
        return vec![text];
    }
    let mut parts = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (at, c) in text.char_indices() {
        let cost = encoding.cost(c);
        if used + cost > each {
            parts.push(&text[start..at]);
            (start, used) = (at, 0);
        }
        used += cost;
    }
    parts.push(&text[start..]);
    parts
}

impl Encoding {
    fn length(self, text: &str) -> usize {
        text.chars().map(|c| self.cost(c)).sum()
    }

    fn cost(self, c: char) -> usize {
        match self {
            Self::Gsm7 if EXTENSION.contains(c) => 2,
            Self::Gsm7 => 1,
            Self::Ucs2 => c.len_utf16(),
        }
    }
}

fn saturated(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_characters() {
        assert_eq!(plain("“It’s here” – at 5…").as_deref(), Some("\"It's here\" - at 5..."));
        assert_eq!(plain("Ana's crêpes, Łódź\u{a0}ça").as_deref(), Some("Ana's crepes, Lodz ca"));
        assert_eq!(plain("Zoe\u{308} €5 [ok]").as_deref(), Some("Zoe €5 [ok]"));
        assert_eq!(plain("Größe é ñ").as_deref(), Some("Größe é ñ"), "these are in the alphabet");
        assert_eq!(plain("on its way 🚚"), None);
        assert_eq!(plain("日本"), None);
    }

    #[test]
    fn borders() {
        for (unit, encoding, borders) in [
            ("a", Encoding::Gsm7, [(160, 1), (161, 2), (306, 2), (307, 3), (459, 3), (460, 4)]),
            ("€", Encoding::Gsm7, [(80, 1), (81, 2), (152, 2), (153, 3), (228, 3), (229, 4)]),
            ("ш", Encoding::Ucs2, [(70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)]),
            ("😀", Encoding::Ucs2, [(35, 1), (36, 2), (66, 2), (67, 3), (99, 3), (100, 4)]),
        ] {
            for (length, count) in borders {
                let parts = parts(&unit.repeat(length));
                assert_eq!((parts.count, parts.encoding), (count, encoding), "{length} × {unit}");
            }
        }
        assert_eq!(parts(""), Parts { count: 1, encoding: Encoding::Gsm7, units: 0 });
    }

    #[test]
    fn units_are_what_a_phone_counts() {
        assert_eq!(parts("{€}").units, 6);
        assert_eq!(parts("ab😀").units, 4);
    }

    #[test]
    fn the_character_to_blame() {
        assert_eq!(first_outside_gsm7("Grüße, 5 € [net]"), None);
        assert_eq!(first_outside_gsm7("it’s ready"), Some('’'));
        assert_eq!(first_outside_gsm7("a\u{a0}b"), Some('\u{a0}'));
        assert_eq!(first_outside_gsm7("ç"), Some('ç'));
        assert_eq!(first_outside_gsm7("\u{1b}"), Some('\u{1b}'));
    }

    proptest! {
        #[test]
        fn parts_hold_the_whole_text(text in prop_oneof!["[a-c€{}]{0,700}", "[aш😀€]{0,400}", "\\PC*"]) {
            let parts = parts(&text);
            let split = split(&text);
            prop_assert_eq!(split.len(), parts.count as usize);
            prop_assert_eq!(split.concat(), text.as_str());
            let room = match (parts.encoding, parts.count) {
                (Encoding::Gsm7, 1) => 160,
                (Encoding::Gsm7, _) => 153,
                (Encoding::Ucs2, 1) => 70,
                (Encoding::Ucs2, _) => 67,
            };
            for part in &split {
                prop_assert!(parts.encoding.length(part) <= room);
            }
            // No part ends earlier than the two-unit character after it makes it.
            for part in &split[..split.len() - 1] {
                prop_assert!(parts.encoding.length(part) >= room - 1);
            }
        }
    }
}
