//! A fresh clone of this repository, as somebody gets it who reads the documents.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::support::skipped;

/// Always at one place, so that what cargo built for it the last time counts. What is changed here and not committed
/// yet is in it as well. `None` where this is no repository of git.
pub fn fresh_clone() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fresh-clone");
    let changed = git(&["ls-files", "-z", "--modified", "--others", "--exclude-standard"]);
    let Some(changed) = changed else {
        skipped("git", "this folder is no repository of git, so the documents' commands are not run in a clone of it");
        return None;
    };
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    git(&["clone", "--quiet", ".", folder.to_str().unwrap()]).expect("git can clone this repository");
    for path in changed.split('\0').filter(|path| !path.is_empty()) {
        let (here, there) = (Path::new(path), folder.join(path));
        if here.exists() {
            fs::create_dir_all(there.parent().unwrap()).unwrap();
            fs::copy(here, there).unwrap();
        } else {
            fs::remove_file(there).unwrap();
        }
    }
    Some(folder)
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}
