//! How a text becomes parts: the GSM 03.38 alphabet, UCS-2, and where a long text is cut.

/// GSM 03.38's basic table: one septet each.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Its extension table: an escape and the character, two septets.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// Whether the GSM alphabet has every character.
pub fn is_gsm7(text: &str) -> bool {
    text.chars().all(|character| septets(character).is_some())
}

/// What a handset shows of a text that was sent as GSM: each character that the alphabet lacks has become a `?`.
pub(super) fn garbled(text: &str) -> String {
    text.chars().map(|character| if septets(character).is_some() { character } else { '?' }).collect()
}

/// The parts of a text, in order: one of up to 160 septets (70 UTF-16 units), else several of up to 153 (67). Neither an
/// escaped character nor a surrogate pair is cut in two.
pub fn parts(text: &str, unicode: bool) -> Vec<String> {
    if unicode { split(text, 70, 67, char::len_utf16) } else { split(text, 160, 153, |c| septets(c).unwrap_or(1)) }
}

fn split(text: &str, single: usize, each: usize, cost: impl Fn(char) -> usize) -> Vec<String> {
    if text.chars().map(&cost).sum::<usize>() <= single {
        return vec![text.to_owned()];
    }
    let mut parts = vec![String::new()];
    let mut used = 0;
    for character in text.chars() {
        used += cost(character);
        if used > each {
            parts.push(String::new());
            used = cost(character);
        }
        if let Some(part) = parts.last_mut() {
            part.push(character);
        }
    }
    parts
}

fn septets(character: char) -> Option<usize> {
    if BASIC.contains(character) {
        Some(1)
    } else if EXTENSION.contains(character) {
        Some(2)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(text: &str, unicode: bool) -> Vec<usize> {
        parts(text, unicode).iter().map(|part| part.chars().count()).collect()
    }

    #[test]
    fn the_limits_of_one_part_and_of_several() {
        assert_eq!(lengths("", false), [0]);
        assert_eq!(lengths(&"a".repeat(160), false), [160]);
        assert_eq!(lengths(&"a".repeat(161), false), [153, 8]);
        assert_eq!(lengths(&"a".repeat(307), false), [153, 153, 1]);
        assert_eq!(lengths(&"я".repeat(70), true), [70]);
        assert_eq!(lengths(&"я".repeat(71), true), [67, 4]);
    }

    #[test]
    fn nothing_that_belongs_together_is_cut() {
        assert_eq!(lengths(&"€".repeat(80), false), [80]);
        assert_eq!(lengths(&"€".repeat(81), false), [76, 5]);
        assert_eq!(lengths(&"🚚".repeat(36), true), [33, 3]);
    }

    #[test]
    fn a_no_break_space_is_no_gsm_character() {
        assert!(!is_gsm7("a\u{a0}b"));
        assert_eq!(garbled("a\u{a0}b я"), "a?b ?");
    }
}
