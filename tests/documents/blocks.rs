//! Runs the documents' commands as they are written, in a fresh clone, with the sandbox that README.md starts.
//!
//! A comment directly above a block says why it is not run: `needs: docker`, `needs: account` and the like. Other needs
//! are programs, and such a block is run where the program is there. A `text` or `json` block right below a block is
//! what it prints; an ellipsis in it stands for whatever differs.

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::fresh_clone::fresh_clone;
use super::page::{self, Block, Page};
use super::started::Started;
use super::support::skipped;

/// What no test has.
const NOT_HERE: [&str; 6] = ["account", "docker", "installation", "systemd", "time", "tunnel"];

/// The sandbox's own address: a block that calls it needs a running one.
const SANDBOX: &str = "127.0.0.1:8700";

/// The one command that goes on until it is ended.
const START_SANDBOX: &str = "cargo run -- sandbox\n";

/// What readers have put into `.env` before they come to these commands.
const SECRETS: [(&str, &str); 4] = [
    ("DISCORD_TOKEN", "a-token"),
    ("VONAGE_API_KEY", "abcd1234"),
    ("VONAGE_API_SECRET", "a-secret"),
    ("WEBHOOK_PATH_TOKEN", "0123456789abcdef"),
];

#[test]
fn commands_run_as_they_are_written() {
    let pages = page::all();
    let (mut plain, mut on_sandbox, mut left) = (Vec::new(), Vec::new(), Vec::new());
    let mut start = None;
    for page in &pages {
        for (at, block) in page.blocks.iter().enumerate().filter(|(_, block)| block.language == "sh") {
            let written = Written { page, block, prints: page.blocks.get(at + 1).filter(|next| is_output(next)) };
            match why_not(block) {
                Some(why) => left.push(format!("{}, {why}: {}", page.at(block.line), first_line(block))),
                None if block.text == START_SANDBOX => start = Some(written),
                None if block.text.contains(SANDBOX) => on_sandbox.push(written),
                None => plain.push(written),
            }
        }
    }
    let Some(clone) = Clone::make() else { return };
    let mut wrong: Vec<String> = plain.iter().filter_map(|block| clone.wrong_with(block)).collect();
    let mut run = plain.len();
    let start = start.expect("README.md starts the sandbox");
    if !is_here("curl") {
        skipped("curl", "curl is not on the PATH, so the documents' commands for the sandbox are not run");
    } else if TcpListener::bind(SANDBOX).is_err() {
        skipped("port-8700", "another program listens on 127.0.0.1:8700, so the commands for the sandbox are not run");
    } else {
        let mut sandbox = Started::new(clone.command(&["bash", "-c", &start.block.text]));
        sandbox.until("the page  http://");
        wrong.extend(on_sandbox.iter().filter_map(|block| clone.wrong_with(block)));
        let (said, code) = sandbox.interrupt();
        wrong.extend(start.not_printed(&said));
        assert_eq!(code, Some(0), "the sandbox did not end in order");
        run += 1 + on_sandbox.len();
    }
    let summary = format!("documents: {run} blocks were run; not run:\n  {}\n", left.join("\n  "));
    std::io::stderr().write_all(summary.as_bytes()).unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// A block, and what it should print.
struct Written<'a> {
    page: &'a Page,
    block: &'a Block,
    prints: Option<&'a Block>,
}

impl Written<'_> {
    fn not_printed(&self, said: &str) -> Option<String> {
        let expected = self.prints?.text.lines().flat_map(|line| line.split('…'));
        let missing: Vec<&str> = expected.map(str::trim).filter(|piece| !said.contains(piece)).collect();
        let at = self.page.at(self.block.line);
        (!missing.is_empty()).then(|| format!("{at} did not print {missing:?}, but:\n{said}"))
    }
}

fn is_output(block: &Block) -> bool {
    ["text", "json"].contains(&block.language.as_str()) && block.marker.is_none()
}

fn first_line(block: &Block) -> &str {
    block.text.lines().next().unwrap_or_default()
}

/// Why a block is not run, if it is not.
fn why_not(block: &Block) -> Option<String> {
    let marker = block.marker.as_deref()?;
    if marker == "test-command" {
        return Some("this very test".to_owned());
    }
    let needs = marker.strip_prefix("needs: ").unwrap_or_else(|| panic!("no reason not to run a block: {marker:?}"));
    if NOT_HERE.contains(&needs) {
        return Some(format!("needs {needs}"));
    }
    if is_here(needs) {
        return None;
    }
    skipped(needs, &format!("{needs} is not on the PATH, so a command of the documents is not run"));
    Some(format!("needs {needs}"))
}

fn is_here(program: &str) -> bool {
    Command::new("sh").args(["-c", &format!("command -v {program}")]).output().unwrap().status.success()
}

/// A fresh clone, and how commands run in it.
struct Clone {
    folder: PathBuf,
    /// Has curl fail where the server refuses.
    curl_home: tempfile::TempDir,
}

impl Clone {
    fn make() -> Option<Self> {
        let folder = fresh_clone()?;
        let curl_home = tempfile::TempDir::new().unwrap();
        fs::write(curl_home.path().join(".curlrc"), "fail-with-body\nsilent\nshow-error\nmax-time = 60\n").unwrap();
        Some(Self { folder, curl_home })
    }

    /// `threadline` is this build's, as if it had been installed. Cargo takes the dependencies that are built already,
    /// and leaves what it makes of the clone in the clone.
    fn command(&self, words: &[&str]) -> Command {
        let programs = Path::new(env!("CARGO_BIN_EXE_threadline")).parent().unwrap();
        let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).current_dir(&self.folder).env("PATH", path).env("CURL_HOME", self.curl_home.path());
        // What cargo tells this test about itself; build scripts that look at it would have their crates built anew.
        let told = ["CARGO_BIN_EXE_", "CARGO_CRATE_", "CARGO_MANIFEST_", "CARGO_PKG_"];
        for (name, _) in std::env::vars().filter(|(name, _)| told.iter().any(|prefix| name.starts_with(prefix))) {
            command.env_remove(name);
        }
        command.env("CARGO_BUILD_BUILD_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap());
        command.env("CARGO_TARGET_DIR", self.folder.join("target")).envs(SECRETS);
        command
    }

    fn wrong_with(&self, written: &Written<'_>) -> Option<String> {
        let bash = ["timeout", "120", "bash", "-eu", "-c", &written.block.text];
        let Output { status, stdout, stderr } = self.command(&bash).output().unwrap();
        let (said, complained) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        if status.success() {
            return written.not_printed(&said);
        }
        let at = written.page.at(written.block.line);
        Some(format!("{at} failed ({status}):\n{}{said}{complained}", written.block.text))
    }
}
