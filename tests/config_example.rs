//! Holds `config.example.toml` and `.env.example` against the parser.

use std::path::Path;

use threadline::config::{Config, Environment};

fn dummy() -> Environment {
    Environment::from_pairs([
        ("DISCORD_TOKEN", "token"),
        ("VONAGE_API_KEY", "abcd1234"),
        ("VONAGE_API_SECRET", "secret"),
        ("WEBHOOK_PATH_TOKEN", "0123456789abcdef"),
    ])
}

fn example() -> Config {
    Config::load(Path::new("config.example.toml"), &dummy()).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn it_loads_and_has_every_key() {
    example();
    let left_out = Config::left_out(Path::new("config.example.toml"), &dummy()).unwrap();
    assert!(left_out.is_empty(), "config.example.toml lacks {left_out:?}");
}

/// What has a default stands in the example with just that.
#[test]
fn its_values_are_the_defaults() {
    let text = std::fs::read_to_string("config.example.toml").unwrap();
    let mut file: toml::Table = text.parse().unwrap();
    let without_default: &[(&str, &[&str])] = &[
        (
            "desks",
            &["name", "number", "guild_id", "channel_id", "agent_role_ids", "default_template", "default_region"],
        ),
        ("templates", &["name", "text", "options", "confirmation"]),
    ];
    file.retain(|section, _| without_default.iter().any(|(name, _)| *name == section));
    for (section, keys) in without_default {
        for table in file[*section].as_array_mut().unwrap() {
            table.as_table_mut().unwrap().retain(|key, _| keys.contains(&key));
        }
    }
    let defaults = Config::parse(&file.to_string(), &dummy()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(example().to_string(), defaults.to_string());
}

/// Copied as it is, it changes nothing: all it sets is the level of the logs.
#[test]
fn the_example_of_variables_is_well_formed() {
    let pairs: Vec<(String, String)> = dotenvy::from_path_iter(".env.example").unwrap().map(Result::unwrap).collect();
    assert!(pairs.len() > 8);
    for (name, value) in pairs {
        assert!(value.is_empty() || name == "RUST_LOG", "{name} is set");
    }
}
