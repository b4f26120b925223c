//! The files for a server fit the program, and the invite link asks for what the code needs.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use serenity::all::Permissions;
use threadline::lifecycle::GRACE;

use super::page::Page;
use super::support::skipped;

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// `PERMISSION` and its name in Discord's settings, as `src/discord/permissions.rs` has them.
fn needed() -> Vec<(Permissions, String)> {
    let source = read("src/discord/permissions.rs");
    let lines = source.lines().filter_map(|line| line.trim().strip_prefix("(Permissions::")?.strip_suffix("\"),"));
    let pairs = lines.filter_map(|line| line.split_once(", \""));
    pairs.map(|(flag, name)| (Permissions::from_name(flag).unwrap(), name.to_owned())).collect()
}

#[test]
fn the_invite_link_asks_for_what_is_needed() {
    let page = Page::read(Path::new("docs/setup.md"));
    let link = page.blocks.iter().find(|block| block.text.contains("oauth2/authorize")).expect("an invite link");
    let link = url::Url::parse(link.text.trim()).unwrap();
    let asked = link.query_pairs().find(|(name, _)| name == "permissions").unwrap().1.parse().unwrap();
    let needed = needed();
    let union = needed.iter().fold(Permissions::empty(), |all, (one, _)| all | *one);
    assert_eq!(Permissions::from_bits(asked), Some(union), "the link should say permissions={}", union.bits());
    let listed: BTreeSet<&String> =
        page.rows.iter().filter(|r| r.heading == "Permissions").map(|r| &r.cells[0]).collect();
    assert_eq!(listed, needed.iter().map(|(_, name)| name).collect());
}

#[test]
fn compose_gives_the_program_what_it_reads_and_time_to_end() {
    let compose: Value = serde_yaml_ng::from_str(&read("compose.yaml")).unwrap();
    let bridge = &compose["services"]["threadline"];
    assert!(duration(&bridge["stop_grace_period"]) > GRACE, "it is killed before it may end");
    assert_eq!(bridge["env_file"], ".env");
    let settings = bridge["environment"].as_object().unwrap();
    let known = [read(".env.example"), read("src/main.rs")].concat();
    assert!(settings.keys().all(|name| known.contains(name.as_str())), "{settings:?}");
    let config = bridge["volumes"].as_array().unwrap().iter().find(|volume| volume["type"] == "bind").unwrap();
    assert_eq!(config["target"], bridge["environment"]["THREADLINE_CONFIG"]);
    // The volume is where the image keeps its database.
    assert!(read("Dockerfile").contains("\nWORKDIR /data\n"));
    assert!(bridge["volumes"].as_array().unwrap().contains(&Value::from("data:/data")));
    assert!(bridge["ports"][0].as_str().unwrap().starts_with("127.0.0.1:"), "nobody else may reach it without HTTPS");
    for service in compose["services"].as_object().unwrap().values() {
        let mounts = service["volumes"].as_array().unwrap().iter().filter_map(Value::as_str);
        for own in mounts.filter_map(|mount| mount.split(':').next()?.strip_prefix("./")) {
            assert!(Path::new(own).exists(), "{own} is mounted and does not exist");
        }
    }
}

#[test]
fn the_unit_gives_the_program_time_to_end() {
    let unit = read("deploy/threadline.service");
    let stop = unit.lines().find_map(|line| line.strip_prefix("TimeoutStopSec=")).unwrap();
    assert!(Duration::from_secs(stop.parse().unwrap()) > GRACE);
    assert!(unit.contains("\nRestart=on-failure\n") && unit.contains("\nProtectSystem=strict\n"));
}

/// As systemd reads it, with the program where it is on this machine.
#[test]
fn systemd_finds_no_fault_with_the_unit() {
    let folder = tempfile::TempDir::new().unwrap();
    let unit = folder.path().join("threadline.service");
    let text = read("deploy/threadline.service").replace("/usr/local/bin/threadline", env!("CARGO_BIN_EXE_threadline"));
    fs::write(&unit, text).unwrap();
    let Ok(asked) = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&unit).output() else {
        skipped("systemd-analyze", "systemd-analyze is not on the PATH, so the unit is not verified");
        return;
    };
    let said = String::from_utf8_lossy(&asked.stderr).into_owned();
    let faults: Vec<&str> = said.lines().filter(|line| line.contains("threadline.service")).collect();
    assert!(faults.is_empty(), "{faults:?}");
}

/// What the image is built from is let into the build, and its steps are those that CI runs.
#[test]
fn the_image_is_built_by_the_script() {
    let dockerfile = read("Dockerfile");
    assert_eq!(dockerfile.matches("bash .ci/image build ").count(), 1);
    assert!(!dockerfile.contains("cargo build"), "it belongs into .ci/image");
    let let_in: Vec<String> =
        read(".dockerignore").lines().filter_map(|line| line.strip_prefix('!')).map(str::to_owned).collect();
    for needed in [".ci/image", "Cargo.toml", "Cargo.lock", "src", "sandbox", "migrations"] {
        assert!(let_in.iter().any(|path| path == needed), "{needed} does not reach the build");
    }
    // Cargo wants every target that Cargo.toml names by hand.
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    if manifest.contains_key("bench") {
        assert!(let_in.iter().any(|path| path == "benches"), "benches does not reach the build");
    }
}

fn duration(value: &Value) -> Duration {
    humantime::parse_duration(value.as_str().unwrap()).unwrap()
}
