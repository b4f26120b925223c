//! The alphabet, held against the official SDK's table where it is at hand.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use threadline_sandbox::vonage::alphabet::{is_gsm7, parts};

#[test]
fn the_alphabet_is_gsm_03_38_and_nothing_else() {
    let Some(folder) = std::env::var_os("THREADLINE_VECTORS") else {
        eprintln!("skipped: THREADLINE_VECTORS names no folder");
        return;
    };
    let text = std::fs::read_to_string(Path::new(&folder).join("vonage.json")).unwrap();
    let table = &serde_json::from_str::<Value>(&text).unwrap()["gsm7"];
    let set = |name: &str| table[name].as_str().unwrap().chars().collect::<BTreeSet<char>>();
    let (basic, extension) = (set("gsm_03_38_basic"), set("gsm_03_38_extension_2_septets"));
    let ours: BTreeSet<char> = ('\0'..=char::MAX).filter(|character| is_gsm7(&character.to_string())).collect();
    assert_eq!(ours, &basic | &extension);
    for character in ours {
        let most = if extension.contains(&character) { 80 } else { 160 };
        assert_eq!(parts(&character.to_string().repeat(most), false).len(), 1, "{character:?}");
        assert_eq!(parts(&character.to_string().repeat(most + 1), false).len(), 2, "{character:?}");
    }
}
