//! What the documents point at exists: pages, headings, files.

use std::path::{Path, PathBuf};

use super::page::{self, Page};

#[test]
fn links_lead_somewhere() {
    let pages = page::all();
    let mut broken = Vec::new();
    for page in &pages {
        for link in &page.links {
            if link.text.contains("://") {
                continue;
            }
            let (file, anchor) = link.text.split_once('#').unwrap_or((&link.text, ""));
            let target = if file.is_empty() { page.path.clone() } else { beside(&page.path, file) };
            let anchor_is_there = || anchor.is_empty() || Page::read(&target).anchors.contains(anchor);
            if !target.exists() || !anchor_is_there() {
                broken.push(format!("{}: {}", page.at(link.line), link.text));
            }
        }
    }
    assert!(broken.is_empty(), "these links lead nowhere:\n{}", broken.join("\n"));
}

/// A path in backticks that begins with a folder of ours, or looks like a file at the root.
#[test]
fn files_that_are_named_exist() {
    let folders = [".ci/", "benches/", "deploy/", "docs/", "migrations/", "sandbox/", "src/", "tests/"];
    // Readers make these.
    let theirs = ["threadline.toml"];
    let mut missing = Vec::new();
    for page in page::all() {
        for span in &page.spans {
            let name = span.text.as_str();
            let is_path = folders.iter().any(|folder| name.starts_with(folder)) && !name.contains([' ', '*']);
            let ending = Path::new(name).extension().and_then(|ending| ending.to_str());
            let is_file = matches!(ending, Some("toml" | "yaml" | "example")) && !name.contains(['/', ' ']);
            if (is_path || is_file) && !theirs.contains(&name) && !Path::new(name).exists() {
                missing.push(format!("{}: {name}", page.at(span.line)));
            }
        }
    }
    assert!(missing.is_empty(), "these do not exist:\n{}", missing.join("\n"));
}

/// A relative link's target, without the `..` in it.
fn beside(page: &Path, link: &str) -> PathBuf {
    let mut target = page.parent().unwrap_or(Path::new("")).to_owned();
    for part in Path::new(link) {
        if part == ".." {
            target.pop();
        } else {
            target.push(part);
        }
    }
    target
}
