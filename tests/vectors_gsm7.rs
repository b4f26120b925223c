//! Our GSM-7 alphabet against the published one, where the vectors are at hand.

use std::collections::BTreeSet;

use threadline::domain::sms::{self, Encoding};

#[path = "support/mod.rs"]
mod support;

#[test]
fn the_alphabet_is_exactly_gsm_03_38() {
    #[expect(clippy::disallowed_methods, reason = "where the vectors lie is a matter of the machine that tests")]
    let Ok(folder) = std::env::var("THREADLINE_VECTORS") else {
        support::skipped("vectors", "THREADLINE_VECTORS names no folder with vonage.json");
        return;
    };
    let file = std::path::Path::new(&folder).join("vonage.json");
    let text = std::fs::read_to_string(&file).expect("THREADLINE_VECTORS holds vonage.json");
    let vectors: serde_json::Value = serde_json::from_str(&text).expect("vonage.json is JSON");
    let characters = |name: &str| -> BTreeSet<char> {
        vectors["gsm7"][name].as_str().expect("a string of characters").chars().collect()
    };
    let basic = characters("gsm_03_38_basic");
    let extension = characters("gsm_03_38_extension_2_septets");
    assert!(!basic.is_empty() && !extension.is_empty());

    for c in '\0'..=char::MAX {
        let expected = match (basic.contains(&c), extension.contains(&c)) {
            (true, _) => (Encoding::Gsm7, 1),
            (_, true) => (Encoding::Gsm7, 2),
            _ => (Encoding::Ucs2, u32::from(c > '\u{ffff}') + 1),
        };
        let parts = sms::parts(c.encode_utf8(&mut [0; 4]));
        assert_eq!((parts.encoding, parts.units), expected, "U+{:04X}", u32::from(c));
    }
}
