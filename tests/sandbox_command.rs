//! `threadline sandbox` as people run it: what it prints, the calls it suggests, and how it ends.
#![cfg(all(unix, feature = "sandbox"))]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn it_plays_the_main_job_and_goes_on_until_sigterm() {
    let mut sandbox = Sandbox::start();
    let played = sandbox.until("curl http://127.0.0.1:").join("\n");
    insta::assert_snapshot!(steady(&played, "Phone"), @r"
    Phone    +61491570006           +61491570159: Your delivery is scheduled for tomorrow between 8am and 2pm. If you wish to change the delivery date please reply by typing 1 (tomorrow), 2 (Thursday) or 3 (deliver to post office).
    Phone    +61491570006           customer: 2
    Phone    +61491570006           +61491570159: Thank you for picking option 2. Your delivery is now fully scheduled in.
    ");
    insta::assert_snapshot!(steady(&played, "Discord  #support"), @r"
    Discord  #support               Ana: /notify number: +61491570006
    Discord  #support               Threadline:
                                      | #1 · +61 ••• 0006
                                      | State: (state)
                                      | Template: delivery
                                      | Answer: none yet
                                      | Agent: @Ana
                                      | Last activity: (a moment)
                                      [Reply] [Close]
    ");
    insta::assert_snapshot!(steady(&played, "Discord  #1"), @r"
    Discord  #1 +61 ••• 0006        Threadline: **·1** 📤 Notification (delivery) by @Ana · (state)
                                      > Your delivery is scheduled for tomorrow between 8am and 2pm. If you wish to change the delivery date please reply by typing 1 (tomorrow), 2 (Thursday) or 3 (deliver to post office).
    Discord  #1 +61 ••• 0006        * Threadline added Ana to the thread
    Discord  #1 +61 ••• 0006        Threadline: **·2** 📩 Customer · chose 2 (Thursday)
                                      > 2
    Discord  #1 +61 ••• 0006        Threadline: **·3** 📤 Confirmation · (state)
                                      > Thank you for picking option 2. Your delivery is now fully scheduled in.
    ");
    assert!(played.contains("only Ana sees"), "{played}");

    // The two calls that it suggests work as they stand.
    let text = played.lines().last().unwrap().to_owned();
    let reply = sandbox.until("curl http://127.0.0.1:").pop().unwrap();
    assert_eq!(run(&text).await["webhooks_answered"], serde_json::json!([[200]]));
    sandbox.until("Customer");
    let answered = run(&reply).await;
    assert!(answered["answer"]["text"].as_str().unwrap().contains("·5 of #1"), "{answered}");
    sandbox.until("+61491570159: Yes, we can.");

    let control = text.split('/').take(3).collect::<Vec<_>>().join("/").replace("curl ", "").trim().to_owned();
    let state: Value = reqwest::get(format!("{control}/state")).await.unwrap().json().await.unwrap();
    assert_eq!(state["phones"][0]["sms"].as_array().unwrap().len(), 5, "{state}");
    let card = &state["channels"][0]["messages"][0];
    assert_eq!(card["thread"]["name"], "#1 +61 ••• 0006");
    assert_eq!(card["buttons"][1]["label"], "Close");

    // A click opens a modal, and the modal is a reply.
    let asked = post(&control, "/agents/Ben/click", r#"{"button": "Reply"}"#).await;
    let field = asked["modal"]["fields"][0]["custom_id"].as_str().unwrap();
    let form = serde_json::json!({ "interaction": asked["interaction"], "values": { field: "At 7?" } });
    post(&control, "/agents/Ben/modal", &form.to_string()).await;
    sandbox.until("+61491570159: At 7?");

    // What is asked wrongly is refused in words.
    let refused = post(&control, "/agents/Zoe/command", r#"{"name": "notify"}"#).await;
    assert_eq!(refused["detail"], "nobody is called \"Zoe\"; there are Ana, Ben, Mallory");
    let refused = post(&control, "/faults", r#"{"service": "vonage", "fault": "status"}"#).await;
    assert_eq!(refused["detail"], "status: which one, from 400 to 599?");

    assert_eq!(sandbox.terminate(), Some(0));
}

#[test]
fn it_stays_on_this_machine() {
    let program = env!("CARGO_BIN_EXE_threadline");
    let ended = Command::new(program).args(["sandbox", "--listen", "0.0.0.0:0"]).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(said.contains("--listen takes an address of this machine only"), "{said}");
}

/// The running command, in a folder whose configuration nobody could read.
struct Sandbox {
    child: Child,
    lines: Receiver<String>,
    _folder: TempDir,
}

impl Sandbox {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join(".env"), "not a line of .env").unwrap();
        fs::write(folder.path().join("threadline.toml"), "nor one of TOML").unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_threadline"))
            .args(["sandbox", "--listen", "127.0.0.1:0"])
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines() {
                if sender.send(line.unwrap()).is_err() {
                    break;
                }
            }
        });
        Self { child, lines, _folder: folder }
    }

    /// The lines up to the first that holds `wanted`.
    fn until(&mut self, wanted: &str) -> Vec<String> {
        let mut read = Vec::new();
        while read.last().is_none_or(|line: &String| !line.contains(wanted)) {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => read.push(line),
                Err(_) => panic!("{wanted:?} was not printed, but:\n{}", read.join("\n")),
            }
        }
        read
    }

    /// Its exit code after a SIGTERM.
    fn terminate(&mut self) -> Option<i32> {
        let kill = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // Has an effect only where the test failed before it ended the command.
        let _ = self.child.kill();
    }
}

/// Does what a printed `curl URL -d 'BODY'` does.
async fn run(curl: &str) -> Value {
    let (url, body) = curl.trim().strip_prefix("curl ").unwrap().split_once(" -d ").unwrap();
    post(url, "", body.trim_matches('\'')).await
}

async fn post(control: &str, path: &str, body: &str) -> Value {
    let answer = reqwest::Client::new().post(format!("{control}{path}")).body(body.to_owned()).send().await.unwrap();
    answer.json().await.unwrap()
}

/// What was newly said at one place, without what depends on how fast this machine is: edits, and the states that a
/// message had reached when it was first shown.
fn steady(transcript: &str, place: &str) -> String {
    let mut kept = String::new();
    let mut keep = false;
    for line in transcript.lines() {
        if !line.starts_with(' ') {
            keep = line.starts_with(place) && !line.contains("(edited)");
        }
        if keep {
            let line = ["⏳ queued", "✓ sent", "✅ delivered"].iter().fold(line.to_owned(), |line, state| {
                line.replace(&format!("{state} (2 parts)"), "(state)").replace(state, "(state)")
            });
            let line = line.replace("Message queued", "(state)").replace("Message sent", "(state)");
            kept.push_str(line.replace("Message delivered", "(state)").trim_end());
            kept.push('\n');
        }
    }
    kept
}
