//! What commands say to somebody at a terminal. `script` (util-linux) makes the terminal.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use threadline_sandbox::fault::Fault;

use crate::installation::{Installation, PATIENCE, program};

/// Runs a command on a terminal, types these keys once it says `cue`, and returns what stood there, and the exit code.
pub async fn typed(installation: &Installation, words: &str, cue: &str, keys: &str) -> (String, Option<i32>) {
    let command = installation.command(&[]);
    let line = format!("exec {} {words}", program(&[]).get_program().display());
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    script.current_dir(command.get_current_dir().unwrap()).env("RUST_LOG", "error");
    script.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    script.stdin(Stdio::piped()).stdout(Stdio::piped());
    let (cue, keys) = (cue.to_owned(), keys.to_owned());
    let run = tokio::task::spawn_blocking(move || {
        let mut child = script.spawn().unwrap();
        let mut keyboard = Some(child.stdin.take().unwrap());
        let mut screen = child.stdout.take().unwrap();
        let (mut said, mut piece) = (Vec::new(), [0; 4096]);
        loop {
            let read = screen.read(&mut piece).unwrap();
            if read == 0 {
                break;
            }
            said.extend(&piece[..read]);
            if String::from_utf8_lossy(&said).contains(&cue)
                && let Some(mut keyboard) = keyboard.take()
            {
                keyboard.write_all(keys.as_bytes()).unwrap();
            }
        }
        let code = child.wait().unwrap().code();
        let said = String::from_utf8_lossy(&said);
        (said.lines().map(|line| format!("{}\n", line.trim_end())).collect(), code)
    });
    tokio::time::timeout(PATIENCE, run).await.expect("the command says its cue, and ends").unwrap()
}

/// Runs `serve` and ends it with Ctrl-C once it says that it runs.
async fn served(installation: &Installation) -> (String, Option<i32>) {
    typed(installation, "serve", "Ctrl-C ends it", "\x03").await
}

/// Without what differs from run to run, and without the log, which stands on the same terminal.
fn steady(said: &str, installation: &Installation) -> String {
    let lines: String = said.lines().filter(|line| !line.contains("ERROR")).map(|line| format!("{line}\n")).collect();
    installation.steady(&lines)
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
