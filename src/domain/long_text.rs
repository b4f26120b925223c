//! A long text from a customer, which travels as several SMS: put together again in whatever order they come.

use std::collections::BTreeMap;
use std::time::Duration;

use super::sms;

/// How long the rest is waited for before the agents see what has come.
pub const SHOWN_AFTER: Duration = Duration::from_secs(60);

/// How long a part still belongs to those that came before it. Vonage tries each webhook for 24 hours; a phone counts
/// its references up to 255 or 65,535 and begins anew.
pub const TOGETHER_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// How long the rest of a text is waited for whose parts come without marks. They leave a phone together, and Vonage brings
/// each at once, or after five seconds where the first try failed.
pub const UNMARKED_WAITS: Duration = Duration::from_secs(8);

/// Whether a text fills an SMS, so that it may be a part whose rest comes in another. Some carriers deliver long texts so,
/// without saying that they belong together: in parts of 153 or 160 septets, or 67 or 70 UTF-16 units.
#[must_use]
pub fn fills_an_sms(text: &str, unicode: bool) -> bool {
    let units = sms::parts(text).units;
    if unicode { matches!(text.encode_utf16().count(), 67 | 70) } else { matches!(units, 153 | 160) }
}

/// The parts of one long text that have come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LongText {
    total: u32,
    /// By their position, from 1.
    parts: BTreeMap<u32, String>,
}

impl LongText {
    #[must_use]
    pub fn new(total: u32, parts: impl IntoIterator<Item = (u32, String)>) -> Self {
        Self { total, parts: parts.into_iter().collect() }
    }

    #[must_use]
    pub const fn total(&self) -> u32 {
        self.total
    }

    /// Whether this part would be news: nothing has come in its place yet.
    #[must_use]
    pub fn lacks(&self, position: u32) -> bool {
        !self.parts.contains_key(&position)
    }

    /// What came in this place.
    #[must_use]
    pub fn part(&self, position: u32) -> Option<&str> {
        self.parts.get(&position).map(String::as_str)
    }

    pub fn add(&mut self, position: u32, text: &str) {
        self.parts.insert(position, text.to_owned());
    }

    /// How many parts have come.
    #[must_use]
    pub fn count(&self) -> u32 {
        u32::try_from(self.parts.len()).unwrap_or(u32::MAX)
    }

    /// The parts that have come, one after the other.
    #[must_use]
    pub fn joined(&self) -> String {
        self.parts.values().map(String::as_str).collect()
    }

    /// The positions that have not come, ascending.
    #[must_use]
    pub fn missing(&self) -> Vec<u32> {
        (1..=self.total).filter(|position| self.lacks(*position)).collect()
    }

    /// The text, with ` […] ` in place of what has not come.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut gap = false;
        for position in 1..=self.total {
            match self.parts.get(&position) {
                Some(part) => {
                    text.push_str(part);
                    gap = false;
                }
                None if gap => {}
                None => {
                    text.push_str(" […] ");
                    gap = true;
                }
            }
        }
        if self.missing().is_empty() { text } else { text.trim().to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_has_not_come_is_a_gap() {
        let text = LongText::new(5, [(1, "Hello, ".to_owned()), (4, "the end".to_owned())]);
        assert_eq!(text.text(), "Hello,  […] the end […]");
        assert_eq!(text.missing(), [2, 3, 5]);
        assert!(text.lacks(2) && !text.lacks(4));
    }

    #[test]
    fn what_fills_an_sms() {
        for (length, full) in [(152, false), (153, true), (154, false), (159, false), (160, true), (161, false)] {
            assert_eq!(fills_an_sms(&"a".repeat(length), false), full, "{length}");
        }
        for (length, full) in [(66, false), (67, true), (68, false), (70, true), (71, false)] {
            assert_eq!(fills_an_sms(&"ж".repeat(length), true), full, "{length}");
        }
        // Also where a part of a Unicode text has no character that needs it.
        assert!(fills_an_sms(&"a".repeat(67), true) && !fills_an_sms(&"a".repeat(67), false));
        assert!(fills_an_sms(&format!("{}€", "a".repeat(151)), false), "two septets");
        assert!(!fills_an_sms("2", false) && !fills_an_sms("", true));
    }

    proptest! {
        #[test]
        fn any_order_makes_the_same_text(
            (parts, order) in prop::collection::vec("\\PC{0,20}", 1..8)
                .prop_flat_map(|parts| {
                    let order = Just((0..parts.len()).collect::<Vec<_>>()).prop_shuffle();
                    (Just(parts), order)
                }),
        ) {
            let total = u32::try_from(parts.len()).unwrap_or(0);
            let mut text = LongText::new(total, []);
            for (come, index) in order.iter().enumerate() {
                prop_assert_eq!(text.missing().len(), parts.len() - come);
                let position = u32::try_from(index + 1).unwrap_or(0);
                prop_assert!(text.lacks(position));
                text.add(position, &parts[*index]);
            }
            prop_assert_eq!(text.missing(), Vec::<u32>::new());
            prop_assert_eq!(text.text(), parts.concat());
        }
    }
}
