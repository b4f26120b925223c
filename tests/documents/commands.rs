//! Commands and options of the program that the documents name exist.

use std::collections::BTreeMap;
use std::process::Command;

use super::page;

#[test]
fn the_program_knows_the_commands_that_are_named() {
    let mut helps: BTreeMap<String, String> = BTreeMap::new();
    let (mut seen, mut unknown) = (0, Vec::new());
    for page in page::all() {
        let blocks = page.blocks.iter().filter(|block| ["sh", "text"].contains(&block.language.as_str()));
        let texts = blocks.map(|block| (block.line, &block.text)).chain(page.spans.iter().map(|s| (s.line, &s.text)));
        for (line, words, options) in texts.flat_map(|(line, text)| named(text).map(move |(w, o)| (line, w, o))) {
            let mut command = words[0].to_owned();
            let mut help = helps.entry(command.clone()).or_insert_with_key(|command| help(command));
            // A command of commands: what follows it is one of them.
            if let Some(second) = words.get(1).filter(|_| help.contains("\nCommands:\n")) {
                command = format!("{command} {second}");
                help = helps.entry(command.clone()).or_insert_with_key(|command| self::help(command));
            }
            let knows = |option: &&str| help.split_whitespace().any(|word| word.trim_end_matches(',') == *option);
            seen += 1;
            if help.is_empty() {
                unknown.push(format!("{}: threadline {command}", page.at(line)));
            } else if let Some(option) = options.iter().find(|option| !knows(option)) {
                unknown.push(format!("{}: threadline {command} {option}", page.at(line)));
            }
        }
    }
    assert!(seen > 10, "hardly a command was found: {seen}");
    assert!(unknown.is_empty(), "the program does not know these:\n{}", unknown.join("\n"));
}

/// Each command of ours in a text, with the word that follows it if that can be a command too, and its options.
fn named(text: &str) -> impl Iterator<Item = (Vec<&str>, Vec<&str>)> {
    text.lines().flat_map(|line| {
        let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_end_matches(['\'', '"', '…'])).collect();
        let mut found = Vec::new();
        for (at, word) in words.iter().enumerate() {
            let is_ours = *word == "threadline" || (*word == "--" && at > 0 && words[at - 1] == "run");
            let Some(command) = words.get(at + 1).filter(|command| is_ours && is_command(command)) else { continue };
            let rest = words[at + 2..].iter().take_while(|word| !["&&", "|", ">", ";"].contains(word));
            let rest: Vec<&str> = rest.copied().collect();
            let second = rest.first().copied().filter(|word| is_command(word));
            let options = rest.into_iter().filter(|word| word.starts_with("--")).collect();
            found.push((std::iter::once(*command).chain(second).collect(), options));
        }
        found
    })
}

/// Whether the word after the program's name can be a command: not an option, and not the program itself, as in
/// `docker compose exec threadline threadline healthcheck`.
fn is_command(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.chars().all(|c| c.is_ascii_lowercase() || c == '-')
        && word != "threadline"
}

/// Empty where there is no such command.
fn help(command: &str) -> String {
    let words = command.split(' ').chain(["--help"]);
    let asked = Command::new(env!("CARGO_BIN_EXE_threadline")).args(words).output().unwrap();
    if asked.status.success() { String::from_utf8(asked.stdout).unwrap() } else { String::new() }
}
