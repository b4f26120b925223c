//! What the documents quote, the program says. “Such quotation marks” are for the program's words only; an ellipsis in
//! them stands for what differs from time to time.

use std::path::Path;

use super::page;

#[test]
fn the_program_says_what_is_quoted() {
    let said = sources(Path::new("src"));
    let (mut seen, mut invented) = (0, Vec::new());
    for page in page::all() {
        let flowing = page.source.replace('\n', " ");
        for quotation in flowing.split('“').skip(1).filter_map(|rest| rest.split('”').next()) {
            seen += 1;
            let says = |words: &str| said.contains(words.trim());
            if !quotation.split('…').all(says) {
                invented.push(format!("{}: “{quotation}”", page.path.display()));
            }
        }
    }
    assert!(seen > 30, "hardly a quotation was found: {seen}");
    assert!(invented.is_empty(), "the program does not say:\n{}", invented.join("\n"));
}

/// All sources, with texts that go over several lines joined.
fn sources(folder: &Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all += &sources(&path);
        } else {
            all += &std::fs::read_to_string(path).unwrap();
        }
    }
    let mut pieces = all.split("\\\n");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |joined, piece| joined + piece.trim_start())
}
