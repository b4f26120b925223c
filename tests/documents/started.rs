//! A command that goes on until it is ended, as in a terminal of its own.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Cargo may have to build first, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(20 * 60);

/// Killed when dropped, with all that it started.
pub struct Started {
    child: Child,
    lines: Receiver<String>,
    said: Vec<String>,
}

impl Started {
    pub fn new(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).process_group(0).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self { child, lines, said: Vec::new() }
    }

    /// Waits until it has said `wanted`.
    pub fn until(&mut self, wanted: &str) {
        while self.said.last().is_none_or(|line| !line.contains(wanted)) {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => self.said.push(line),
                Err(_) => panic!("{wanted:?} was not said, but:\n{}", self.said.join("\n")),
            }
        }
    }

    /// Ctrl-C: what it said in all, and its exit code.
    pub fn interrupt(mut self) -> (String, Option<i32>) {
        self.signal("INT");
        let code = self.child.wait().unwrap().code();
        let said = std::mem::take(&mut self.said);
        (said.into_iter().chain(self.lines.iter()).collect::<Vec<_>>().join("\n"), code)
    }

    /// To all of its processes, as a terminal does.
    fn signal(&self, name: &str) {
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-s", name, "--", &group]).status();
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal("KILL");
            let _ = self.child.wait();
        }
    }
}
