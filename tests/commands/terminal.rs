//! What `serve` says to somebody at a terminal. `script` (util-linux) makes the terminal.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use threadline_sandbox::fault::Fault;

use crate::installation::{Installation, PATIENCE, program};

/// Runs `serve` on a terminal, types Ctrl-C once it says that it runs, and returns what stood there, and the exit code.
async fn served(installation: &Installation) -> (String, Option<i32>) {
    let serve = installation.command(&["serve"]);
    let line = format!("exec {} serve", program(&[]).get_program().display());
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    script.current_dir(serve.get_current_dir().unwrap()).env("RUST_LOG", "error");
    script.envs(serve.get_envs().filter_map(|(name, value)| Some((name, value?))));
    script.stdin(Stdio::piped()).stdout(Stdio::piped());
    let run = tokio::task::spawn_blocking(move || {
        let mut child = script.spawn().unwrap();
        let mut keys = child.stdin.take().unwrap();
        let mut said = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if line.contains("Ctrl-C ends it") {
                keys.write_all(b"\x03").unwrap();
            }
            said.push_str(line.trim_end());
            said.push('\n');
        }
        (said, child.wait().unwrap().code())
    });
    tokio::time::timeout(PATIENCE, run).await.expect("serve says that it runs, and ends").unwrap()
}

/// Without what differs from run to run.
fn steady(said: &str, installation: &Installation) -> String {
    let [public, private] = installation.addresses();
    let named = [
        (installation.discord.url(), "(Discord)"),
        (installation.vonage.url(), "(Vonage)"),
        (installation.database(), "(database)"),
        (installation.discord.channel_id("support").to_string(), "(its id)"),
        (public, "(public)"),
        (private, "(private)"),
    ];
    // The log stands on the same terminal.
    let lines: String = said.lines().filter(|line| !line.contains("ERROR")).map(|line| format!("{line}\n")).collect();
    named.iter().fold(lines, |said, (from, to)| said.replace(from.as_str(), to))
}

#[tokio::test]
async fn serve_says_what_it_works_with_and_that_nothing_is_missing() {
    let installation = Installation::new().await;
    let (said, code) = served(&installation).await;
    assert_eq!(code, Some(0), "{said}");
    insta::assert_snapshot!(steady(&said, &installation), @"
    Threadline 0.1.0
      database  (database)
      webhooks  on (public), from outside http://(public)
      health    http://(private)/readyz
      desk      support: +447700900000, in channel (its id)
      Vonage    (Vonage), first asked when an SMS is sent
      Discord   connecting to (Discord) …
      Discord   connected
    Nothing is missing. Running; Ctrl-C ends it in order.
    ^C
    ");
}

#[tokio::test]
async fn serve_says_that_discord_is_away() {
    let installation = Installation::new().await;
    installation.discord.down().await;
    let (said, code) = served(&installation).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("Discord   not connected\nStill missing or wrong:\n  - Discord cannot be reached."),
        "{said}"
    );
}

#[tokio::test]
async fn serve_says_what_is_missing() {
    let installation = Installation::new().await;
    installation.discord.faults().add(Fault::on("GET", "*/gateway/bot").status(401).until_cleared());
    let (said, code) = served(&installation).await;
    assert_eq!(code, Some(0), "{said}");
    insta::assert_snapshot!(steady(&said, &installation), @"
    Threadline 0.1.0
      database  (database)
      webhooks  on (public), from outside http://(public)
      health    http://(private)/readyz
      desk      support: +447700900000, in channel (its id)
      Vonage    (Vonage), first asked when an SMS is sent
      Discord   connecting to (Discord) …
      Discord   not connected
    Still missing or wrong:
      - Discord refuses the bot's token. Make a new one in Discord's developer portal (Bot, Reset Token), put it into DISCORD_TOKEN and restart. Texts from customers are stored meanwhile.
    Running; Ctrl-C ends it in order.
    ^C
    ");
}
