//! The running command, and what one asks of it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// How long a test waits for something that must come.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// `threadline sandbox`, in a folder whose configuration nobody could read. Ended when dropped.
pub struct Sandbox {
    child: Child,
    lines: Receiver<String>,
    _folder: TempDir,
}

impl Sandbox {
    pub fn start() -> Self {
        Self::start_with(&["--listen", "127.0.0.1:0"])
    }

    pub fn start_with(options: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join(".env"), "not a line of .env").unwrap();
        fs::write(folder.path().join("threadline.toml"), "nor one of TOML").unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_threadline"))
            .arg("sandbox")
            .args(options)
            .env("TMPDIR", folder.path())
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

    /// The command after its play, and where it answers.
    pub fn played() -> (Self, Control) {
        Self::start().play()
    }

    /// The same with the bridge sending by the Messages API.
    pub fn played_by_messages() -> (Self, Control) {
        Self::start_with(&["--listen", "127.0.0.1:0", "--api", "messages"]).play()
    }

    fn play(self) -> (Self, Control) {
        let mut sandbox = self;
        let line = sandbox.until("the page  http://").pop().unwrap();
        let url = line.split_whitespace().last().unwrap().to_owned();
        (sandbox, Control { url })
    }

    /// The lines up to the first that holds `wanted`.
    pub fn until(&mut self, wanted: &str) -> Vec<String> {
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
    pub fn terminate(&mut self) -> Option<i32> {
        let kill = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if let Some(ended) = self.child.try_wait().unwrap() {
                return ended.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        self.child.kill().unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Sandbox {
    /// Ends it as a person does, if the test has not done so.
    fn drop(&mut self) {
        if self.child.try_wait().unwrap().is_some() {
            return;
        }
        let code = self.terminate();
        assert!(code == Some(0) || std::thread::panicking(), "the sandbox ended with {code:?}");
    }
}

/// The address of the page and of its JSON.
#[derive(Clone)]
pub struct Control {
    pub url: String,
}

impl Control {
    pub async fn post(&self, path: &str, body: Value) -> Value {
        post(&format!("{}{path}", self.url), body.to_string()).await
    }

    /// What everybody sees.
    pub async fn stage(&self) -> Value {
        reqwest::get(format!("{}/state", self.url)).await.unwrap().json().await.unwrap()
    }

    /// Waits until what everybody sees holds something.
    pub async fn until<T>(&self, what: &str, find: impl Fn(&Value) -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            let stage = self.stage().await;
            if let Some(found) = find(&stage) {
                return found;
            }
            assert!(began.elapsed() < PATIENCE, "in vain waited until {what}; there is {stage:#}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until a phone shows this text.
    pub async fn until_phone_shows(&self, text: &str) {
        let shows = |stage: &Value| {
            let bubbles = list(&stage["phones"]).flat_map(|phone| list(&phone["sms"]));
            bubbles.filter(|bubble| bubble["text"] == text).count().checked_sub(1)
        };
        self.until(&format!("a phone shows {text:?}"), shows).await;
    }

    /// Waits until a message with all of these words stands in a thread.
    pub async fn until_thread_shows(&self, words: &[&str]) -> Value {
        let shows = |stage: &Value| {
            let mut messages = list(&stage["threads"]).flat_map(|thread| list(&thread["messages"]));
            let has = |message: &&Value| {
                let content = message["content"].as_str().unwrap();
                words.iter().all(|word| content.contains(word))
            };
            messages.find(has).cloned()
        };
        self.until(&format!("a thread shows {words:?}"), shows).await
    }
}

pub async fn post(url: &str, body: String) -> Value {
    reqwest::Client::new().post(url).body(body).send().await.unwrap().json().await.unwrap()
}

pub fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().unwrap().iter()
}
