//! Holds the sources to the direction of the design: imports point down only, SQL stands in the store, the simulators
//! stay out of production, and every file says what it is for.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room, and the rooms it may import. A new room needs a line here; whoever adds it decides where it stands.
const ROOMS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("ports", &["domain"]),
    ("wording", &["domain", "health"]),
    ("config", &["domain"]),
    ("lifecycle", &[]),
    ("telemetry", &["config"]),
    ("health", &["domain"]),
    ("store", &["domain", "ports", "telemetry", "lifecycle"]),
    ("flows", &["store", "domain", "ports", "wording", "health", "telemetry", "lifecycle"]),
    ("inbox", &["flows", "store", "domain", "ports", "wording", "health", "telemetry", "lifecycle"]),
    ("outbox", &["flows", "store", "domain", "ports", "wording", "health", "telemetry", "lifecycle"]),
    ("vonage", &["flows", "store", "domain", "ports", "wording", "config", "health", "telemetry", "lifecycle"]),
    ("discord", &["flows", "store", "domain", "ports", "wording", "config", "health", "telemetry", "lifecycle"]),
    (
        "http",
        &[
            "vonage",
            "inbox",
            "flows",
            "store",
            "domain",
            "ports",
            "wording",
            "config",
            "health",
            "telemetry",
            "lifecycle",
        ],
    ),
    (
        "app",
        &[
            "http",
            "vonage",
            "discord",
            "inbox",
            "outbox",
            "flows",
            "store",
            "domain",
            "ports",
            "wording",
            "config",
            "health",
            "telemetry",
            "lifecycle",
        ],
    ),
];

/// Above all others: the commands, and the crate's front page. They may import anything.
const TOP: &[&str] = &["main", "lib", "commands", "sandbox"];

/// What may name the simulators: the command that runs them.
const RUNS_THE_SANDBOX: &str = "src/commands/sandbox/";

#[test]
fn imports_point_down() {
    let mut wrong = String::new();
    for file in sources() {
        let room = file.room();
        if TOP.contains(&room.as_str()) {
            continue;
        }
        let Some((_, below)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            writeln!(wrong, "{}: the room {room:?} has no place in tests/architecture.rs", file.path).unwrap();
            continue;
        };
        for (line, import) in file.imports() {
            if import != room && !below.contains(&import.as_str()) && is_room(&import) {
                writeln!(wrong, "{}:{line}: {room} → {import} runs up or sideways", file.path).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn what_belongs_to_one_room_stays_there() {
    let mut wrong = String::new();
    for file in sources() {
        let room = file.room();
        let mut refuse = |line: usize, what: &str| writeln!(wrong, "{}:{line}: {what}", file.path).unwrap();
        for (line, code) in file.code() {
            if names(code, "sqlx") && room != "store" {
                refuse(line, "SQL stands in store/ only");
            }
            if names(code, "serenity") && room != "discord" {
                refuse(line, "serenity is known to discord/ only");
            }
            // Where numbers are read, and where the program speaks as Vonage does.
            let digits = ["domain", "config", "vonage", "commands"];
            if (code.contains("strip_prefix('+')") || code.contains("trim_start_matches('+')"))
                && !digits.contains(&room.as_str())
            {
                refuse(line, "digits without + are Vonage's form, and stay in vonage/");
            }
            let outside = ["tokio", "reqwest", "axum", "hyper", "metrics", "tracing"];
            if room == "domain" && outside.iter().any(|name| names(code, name)) {
                refuse(line, "domain/ is pure: no I/O, no tasks, no logs");
            }
            if names(code, "threadline_sandbox") && !file.path.starts_with(RUNS_THE_SANDBOX) {
                refuse(line, "only the command that runs the simulators may name them");
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn every_file_says_what_it_is_for() {
    let mut wrong = String::new();
    for file in sources().into_iter().chain(rust_files("tests")).chain(rust_files("sandbox")) {
        // What a room's tests.rs is for is said by its name.
        if !file.text.starts_with("//! ") && !file.path.ends_with("/tests.rs") {
            writeln!(wrong, "{}: the first line does not say (//!) what the file is for", file.path).unwrap();
        }
        let vague = ["utils", "util", "helpers", "helper", "types", "common", "misc"];
        if file.path.split(['/', '.']).any(|part| vague.contains(&part)) {
            writeln!(wrong, "{}: the name says nothing; name the thing it is about", file.path).unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// The simulators share nothing with the bridge, so that both cannot make one mistake.
#[test]
fn the_sandbox_imports_nothing_of_ours() {
    let manifest = fs::read_to_string("sandbox/Cargo.toml").unwrap();
    assert!(!manifest.lines().any(|line| line.starts_with("threadline ") || line.starts_with("threadline=")));
    let mut wrong = String::new();
    for file in rust_files("sandbox/src") {
        for (line, code) in file.code().filter(|(_, code)| code.contains("threadline::")) {
            writeln!(wrong, "{}:{line}: sandbox → the bridge: {code}", file.path).unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn the_reader_of_imports_sees_every_form() {
    let file = Source {
        path: "src/inbox/dispatch.rs".to_owned(),
        text: "\
//! crate::app in a comment is no import
use crate::flows::Flows;
use crate::{domain::ids, store::{Store, inbox}, vonage};
use super::intake::Intake;
use super::super::outbox;
fn f() { crate::wording::help(); let s = \"//\"; }
mod tests {
    use super::super::intake;
    use super::super::super::http;
}
"
        .to_owned(),
    };
    let imports: Vec<_> = file.imports().into_iter().map(|(_, import)| import).collect();
    assert_eq!(imports, ["flows", "domain", "store", "vonage", "outbox", "wording", "http"]);
}

/// Whether a line of code names this crate: `sqlx::query`, not `"sqlx::query"`.
fn names(code: &str, krate: &str) -> bool {
    let part_of_another = |c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '"';
    let path = format!("{krate}::");
    code.match_indices(&path).any(|(at, _)| !code[..at].ends_with(part_of_another))
}

struct Source {
    /// From the project's folder, with `/`.
    path: String,
    text: String,
}

impl Source {
    /// `store` for `src/store/inbox.rs`, `app` for `src/app.rs`.
    fn room(&self) -> String {
        self.modules().swap_remove(0)
    }

    /// The file's place below the crate: `store`, `inbox` for `src/store/inbox.rs`.
    fn modules(&self) -> Vec<String> {
        let path = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        let path = path.strip_suffix("/mod").unwrap_or(path);
        path.split('/').map(str::to_owned).collect()
    }

    /// Lines that are not comments, counted from 1.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// The first name after each `crate::`, each name of a group `crate::{…}`, and what a chain of `super::` finds
    /// when it climbs to the crate's root.
    fn imports(&self) -> Vec<(usize, String)> {
        // Groups run over several lines, so all is read as one text whose comments are blanked.
        let code: String = self
            .text
            .lines()
            .map(|line| if line.trim_start().starts_with("//") { "\n".to_owned() } else { format!("{line}\n") })
            .collect();
        let to_root = "super::".repeat(self.modules().len());
        let mut found = Vec::new();
        for (at, _) in code.match_indices("::") {
            let (before, after) = (&code[..at], &code[at + 2..]);
            let line = 1 + before.matches('\n').count();
            let path_start =
                before.rfind(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).map_or(0, |i| i + 1);
            let path = format!("{}::", &before[path_start..]);
            // An indented line may stand in an inline module, one step further from the root.
            let inline = before.lines().last().is_some_and(|line| line.starts_with(' '));
            let root = if inline { format!("{to_root}super::") } else { to_root.clone() };
            if path == "crate::" || path == root {
                found.extend(first_names(after).into_iter().map(|name| (line, name)));
            }
        }
        found
    }
}

/// `flows` of `flows::Flows`; `domain` and `store` of `{domain::ids, store::{Store, inbox}}`.
fn first_names(path: &str) -> Vec<String> {
    let name =
        |text: &str| text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = path.strip_prefix('{') else {
        return vec![name(path)];
    };
    let mut depth = 0;
    let mut names = vec![name(group)];
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name(&group[at + 1..])),
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn is_room(name: &str) -> bool {
    TOP.contains(&name) || ROOMS.iter().any(|(room, _)| *room == name)
}

fn sources() -> Vec<Source> {
    rust_files("src")
}

fn rust_files(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(read(&path));
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn read(path: &Path) -> Source {
    Source { path: path.to_str().unwrap().replace('\\', "/"), text: fs::read_to_string(path).unwrap() }
}
