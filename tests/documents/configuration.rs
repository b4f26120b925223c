//! Holds docs/configuration.md against the parser: it has every key and no other, with the default that holds, and each
//! of its examples is taken. config.example.toml is held against the same parser, so the two cannot differ.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use threadline::config::{Config, Environment};

use super::page::{self, Page, Row};

/// A key as the page documents it.
struct Key {
    /// `server`, `vonage.webhooks`, `desks`.
    section: String,
    name: String,
    /// As it would stand in the file; `None` where the key is required.
    default: Option<String>,
    example: String,
}

/// The least that the parser takes.
const LEAST: [(&str, &str); 3] = [
    (
        "desks",
        r#"
name = "support"
number = "441632960960"
guild_id = "1100000000000000001"
channel_id = "1100000000000000002"
agent_role_ids = ["1100000000000000003"]
"#,
    ),
    ("templates", "\nname = \"delivery\"\ntext = \"When?\"\nconfirmation = \"Thank you.\"\n"),
    ("vonage.webhooks", "\n"),
];

/// Variables of the tests, and what readers replace.
const OTHER_VARIABLES: [&str; 9] = [
    "THREADLINE_AXE",
    "THREADLINE_FUZZ_SECONDS",
    "THREADLINE_NODE_MODULES",
    "THREADLINE_PYTHON",
    "THREADLINE_SPECS",
    "THREADLINE_TEST_POSTGRES",
    "THREADLINE_TEST_REQUIRE",
    "THREADLINE_VECTORS",
    "YOUR_ID",
];

/// `vonage.json` is a file, `vonage.api` a key.
const FILE_ENDINGS: [&str; 3] = ["json", "md", "rs"];

#[test]
fn every_key_is_documented_and_no_other() {
    let documented: BTreeSet<String> = keys().iter().map(|key| format!("{}.{}", key.section, key.name)).collect();
    let option = "options = [{ key = \"1\", label = \"one\" }]\n";
    let file = least("templates", option);
    let mut known: BTreeSet<String> = left_out(&file).into_iter().collect();
    // What is not left out stands in the file.
    known.extend(LEAST.iter().flat_map(|(section, text)| {
        let names = text.lines().filter_map(|line| line.split_once(" = "));
        names.map(move |(name, _)| format!("{section}.{name}"))
    }));
    known.extend(["", ".key", ".label"].map(|name| format!("templates.options{name}")));
    assert_eq!(documented, known);
}

#[test]
fn its_defaults_hold() {
    let without = Config::parse(&least("", ""), &secrets()).unwrap();
    for key in keys() {
        let Some(default) = &key.default else { continue };
        let with = parse(&key, default).unwrap_or_else(|error| panic!("the default of {}: {error}", key.name));
        assert_eq!(with.to_string(), without.to_string(), "{} is not {default} by default", key.name);
    }
}

#[test]
fn its_examples_are_taken() {
    for key in keys() {
        parse(&key, &key.example).unwrap_or_else(|error| panic!("the example of {}: {error}", key.name));
    }
}

/// Variables: those of `.env.example`, which the sources know.
#[test]
fn every_variable_is_documented_and_no_other() {
    let example = std::fs::read_to_string(".env.example").unwrap();
    let lines = example.lines().map(|line| line.trim_start_matches("# "));
    let known: BTreeSet<&str> = lines.filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    let known: BTreeSet<&str> = known.into_iter().filter(|name| is_variable(name)).collect();
    let page = reference();
    let documented: BTreeSet<String> = variables(&page).collect();
    assert_eq!(documented.iter().map(String::as_str).collect::<BTreeSet<_>>(), known);
    let sources = [
        "src/config/services.rs",
        "src/config/door.rs",
        "src/config/sending.rs",
        "src/config/signing.rs",
        "src/config/desks.rs",
        "src/telemetry.rs",
        "src/main.rs",
    ];
    let sources = sources.map(|path| std::fs::read_to_string(path).unwrap()).concat();
    let unknown: Vec<_> = documented.iter().filter(|name| !sources.contains(&format!("\"{name}\""))).collect();
    assert!(unknown.is_empty(), "nothing reads {unknown:?}");
}

/// In all documents: what in backticks looks like a table, a key or a variable is one.
#[test]
fn keys_and_variables_that_are_named_exist() {
    let keys = keys();
    let mut variables: BTreeSet<String> = variables(&reference()).collect();
    variables.extend(OTHER_VARIABLES.map(str::to_owned));
    let is_table = |name: &str| keys.iter().any(|key| key.section == name);
    let is_key = |name: &str| keys.iter().any(|key| key.name == name);
    let exists = |span: &str| {
        let name = span.split([' ', '=']).next().unwrap_or_default();
        if is_variable(name) {
            return variables.contains(name.trim_end_matches("_FILE"));
        }
        if let Some(table) = span.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let table = table.trim_matches(['[', ']']);
            return !table.chars().all(|c| c.is_ascii_lowercase() || c == '.') || is_table(table) || table.is_empty();
        }
        match name.rsplit_once('.') {
            Some((table, key)) if is_table(table) && !FILE_ENDINGS.contains(&key) => is_key(key),
            _ => !span.contains(" = ") || is_key(name),
        }
    };
    let mut unknown = Vec::new();
    for page in page::all() {
        let spans = page.spans.iter().filter(|span| !exists(&span.text));
        unknown.extend(spans.map(|span| format!("{}: {}", page.at(span.line), span.text)));
    }
    assert!(unknown.is_empty(), "these are not known:\n{}", unknown.join("\n"));
}

fn reference() -> Page {
    Page::read(Path::new("docs/configuration.md"))
}

fn keys() -> Vec<Key> {
    let page = reference();
    let tables = page.rows.iter().filter(|row| row.heading.starts_with('['));
    let key = |row: &Row| {
        let [name, default, example, _] = row.cells.as_slice() else { panic!("four cells: {:?}", row.cells) };
        Key {
            section: row.heading.trim_matches(['[', ']']).to_owned(),
            name: code(name).expect("a key in backticks").to_owned(),
            default: code(default).map(str::to_owned),
            example: code(example).expect("an example in backticks").to_owned(),
        }
    };
    tables.map(key).collect()
}

fn variables(page: &Page) -> impl Iterator<Item = String> {
    let rows = page.rows.iter().filter(|row| row.heading == "Variables");
    rows.map(|row| code(&row.cells[0]).expect("a variable in backticks").to_owned())
}

/// What a cell holds in backticks.
fn code(cell: &str) -> Option<&str> {
    cell.strip_prefix('`')?.strip_suffix('`')
}

fn is_variable(name: &str) -> bool {
    name.contains('_') && name.len() > 1 && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

/// The least file, in which one key says something else.
fn parse(key: &Key, value: &str) -> Result<Config, String> {
    let (section, line) = match key.name.split_once('.') {
        None => (key.section.as_str(), format!("{} = {value}\n", key.name)),
        Some((_, "key")) => ("templates", format!("options = [{{ key = {value}, label = \"word\" }}]\n")),
        Some((_, _)) => ("templates", format!("options = [{{ key = \"1\", label = {value} }}]\n")),
    };
    // `{choice}` and `{label}` stand for something only where there are options.
    let line = if line.contains("{label}") { line + "options = [{ key = \"1\", label = \"word\" }]\n" } else { line };
    let mut secrets = vec![("DISCORD_TOKEN", "a"), ("VONAGE_API_KEY", "a"), ("VONAGE_API_SECRET", "a")];
    let guarded = (key.name == "path_token" && value != "\"\"") || (key.name == "insecure" && value == "true");
    if !guarded {
        secrets.push(("WEBHOOK_PATH_TOKEN", "0123456789abcdef"));
    }
    Config::parse(&least(section, &line), &Environment::from_pairs(secrets)).map_err(|error| error.to_string())
}

/// The least file, with `lines` in one section in place of what it says there about the same key.
fn least(section: &str, lines: &str) -> String {
    let key = lines.split(" = ").next().unwrap_or_default();
    let mut file = String::new();
    if !LEAST.iter().any(|(known, _)| *known == section) && !section.is_empty() {
        writeln!(file, "[{section}]\n{lines}").unwrap();
    }
    for (known, text) in LEAST {
        let brackets = if known.contains('.') { ("[", "]") } else { ("[[", "]]") };
        writeln!(file, "{}{known}{}", brackets.0, brackets.1).unwrap();
        for line in text.lines().filter(|line| section != known || line.split(" = ").next() != Some(key)) {
            writeln!(file, "{line}").unwrap();
        }
        if section == known {
            file += lines;
        }
    }
    file
}

fn secrets() -> Environment {
    Environment::from_pairs([
        ("DISCORD_TOKEN", "a"),
        ("VONAGE_API_KEY", "a"),
        ("VONAGE_API_SECRET", "a"),
        ("WEBHOOK_PATH_TOKEN", "0123456789abcdef"),
    ])
}

/// The keys that a file does not mention, without the places in lists.
fn left_out(file: &str) -> Vec<String> {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("threadline.toml");
    std::fs::write(&path, file).unwrap();
    let left_out = Config::left_out(&path, &secrets()).unwrap_or_else(|error| panic!("{error}"));
    left_out.iter().map(|key| key.replace("[0]", "")).collect()
}
