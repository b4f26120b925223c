//! What `threadline doctor` finds: how each thing is, in one sentence, and what to do where it is not well.

pub mod bridge;
pub mod discord;
pub mod vonage;
pub mod webhooks;

use super::operator::apart;

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Fine,
    /// It works, and somebody should look at it.
    Look,
    Wrong,
}

/// One check's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub mark: Mark,
    pub about: String,
    pub found: String,
    /// What to do, or what to compare.
    pub remedy: Option<String>,
}

/// As it is printed.
#[must_use]
pub fn shown(finding: &Finding) -> String {
    let mark = match finding.mark {
        Mark::Fine => '✓',
        Mark::Look => '!',
        Mark::Wrong => '✗',
    };
    let mut shown = format!("{mark} {}: {}\n", finding.about, finding.found);
    if let Some(remedy) = &finding.remedy {
        shown.push_str(&format!("    {remedy}\n"));
    }
    shown
}

/// The last line, where nothing is wrong.
#[must_use]
pub fn all_is_well(to_look_at: usize) -> String {
    match to_look_at {
        0 => "All is well.".to_owned(),
        1 => "Nothing is wrong; one thing to look at.".to_owned(),
        many => format!("Nothing is wrong; {many} things to look at."),
    }
}

/// The last line, where something is.
#[must_use]
pub fn wrong(count: usize) -> String {
    if count == 1 { "one thing is wrong".to_owned() } else { format!("{count} things are wrong") }
}

#[must_use]
pub fn configuration_holds(path: &str) -> Finding {
    fine("configuration", format!("{path} holds."))
}

/// `problems` is the list as `check-config` prints it.
#[must_use]
pub fn configuration_broken(problems: &str) -> Finding {
    bad("configuration", problems, "Correct it: config.example.toml and .env.example explain every line.")
}

#[must_use]
pub fn clock_agrees() -> Finding {
    fine("clock", "it agrees with those of Vonage and Discord.")
}

#[must_use]
pub fn clock_wrong(ahead_ms: i64) -> Finding {
    bad(
        "clock",
        format!("this machine's clock is {}.", apart(ahead_ms)),
        "Set it right, and let a time service keep it right (`timedatectl set-ntp true`).",
    )
}

fn fine(about: impl Into<String>, found: impl Into<String>) -> Finding {
    Finding { mark: Mark::Fine, about: about.into(), found: found.into(), remedy: None }
}

fn look(about: impl Into<String>, found: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding { mark: Mark::Look, about: about.into(), found: found.into(), remedy: Some(remedy.into()) }
}

fn bad(about: impl Into<String>, found: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding { mark: Mark::Wrong, about: about.into(), found: found.into(), remedy: Some(remedy.into()) }
}

fn about_desk(desk: &str) -> String {
    format!("desk {desk}")
}
