//! How the process ends: supervised tasks, and a shutdown in two steps. First everything is asked to end and given
//! time to finish its work; then, or at the second signal, what still runs is dropped.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long tasks may take to finish once they are asked to. Docker and Kubernetes kill after 10 and 30 seconds unless
/// told otherwise.
pub const GRACE: Duration = Duration::from_secs(25);

/// Starts tasks and ends them; clones share one end.
#[derive(Clone)]
pub struct Shutdown {
    /// Step one: finish what you have begun, and begin nothing new.
    asked: CancellationToken,
    /// Step two: stop where you are.
    dropped: CancellationToken,
    tasks: TaskTracker,
    state: Arc<Mutex<State>>,
    grace: Duration,
}

/// A supervised task panicked or failed, and the process ended for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the task {name:?} died: {reason}")]
pub struct TaskDied {
    pub name: &'static str,
    pub reason: String,
}

#[derive(Default)]
struct State {
    /// How many tasks of each name run.
    running: BTreeMap<&'static str, usize>,
    /// Only the first: the others may have died of it.
    death: Option<TaskDied>,
}

impl Shutdown {
    #[must_use]
    pub fn new(grace: Duration) -> Self {
        Self {
            asked: CancellationToken::new(),
            dropped: CancellationToken::new(),
            tasks: TaskTracker::new(),
            state: Arc::default(),
            grace,
        }
    }

    /// What tasks watch to know that they shall finish.
    #[must_use]
    pub fn token(&self) -> CancellationToken {
        self.asked.clone()
    }

    /// Runs a task under a name. If it panics or returns an error, the process ends in order; if it just ends, nothing
    /// follows.
    pub fn spawn<F>(&self, name: &'static str, task: F)
    where
        F: Future<Output: Outcome> + Send + 'static,
    {
        let shutdown = self.clone();
        *self.state().running.entry(name).or_default() += 1;
        #[expect(clippy::disallowed_methods, reason = "this is the door")]
        self.tasks.spawn(async move {
            let task = AssertUnwindSafe(task).catch_unwind();
            let ended = shutdown.dropped.run_until_cancelled(task).await;
            let failure = match ended {
                None => None,
                Some(Ok(outcome)) => outcome.failure(),
                Some(Err(panic)) => Some(format!("it panicked: {}", said(&*panic))),
            };
            shutdown.ended(name, failure);
        });
    }

    /// Step one, as by a first signal.
    pub fn begin(&self) {
        self.tasks.close();
        self.asked.cancel();
    }

    /// Waits for step one and then for the tasks, at most for the grace; drops the rest.
    ///
    /// # Errors
    /// Names the task whose death began the shutdown, if it was one.
    pub async fn finished(&self) -> Result<(), TaskDied> {
        self.asked.cancelled().await;
        let drained = tokio::time::timeout(self.grace, self.tasks.wait()).await;
        if drained.is_err() {
            let running: Vec<_> = self.state().running.keys().copied().collect();
            tracing::warn!(tasks = ?running, "these tasks did not finish in time and are dropped");
            self.dropped.cancel();
            self.tasks.wait().await;
        }
        self.state().death.clone().map_or(Ok(()), Err)
    }

    /// From now on SIGTERM and Ctrl-C begin the shutdown, and a second one drops what still runs.
    ///
    /// # Errors
    /// Where the system does not let us listen.
    pub fn on_signals(&self) -> io::Result<()> {
        let mut signals = Signals::new()?;
        let shutdown = self.clone();
        #[expect(clippy::disallowed_methods, reason = "it watches over the tasks, and is none of them")]
        tokio::spawn(async move {
            let signal = signals.next().await;
            tracing::info!(signal, "ending: finishing what is begun; once more to end at once");
            shutdown.begin();
            let signal = signals.next().await;
            tracing::warn!(signal, "ending at once");
            shutdown.dropped.cancel();
        });
        Ok(())
    }

    fn ended(&self, name: &'static str, failure: Option<String>) {
        let mut state = self.state();
        if let Some(count) = state.running.get_mut(name) {
            *count -= 1;
            if *count == 0 {
                state.running.remove(name);
            }
        }
        let Some(reason) = failure else { return };
        tracing::error!(task = name, reason, "a task died, so the process ends");
        state.death.get_or_insert(TaskDied { name, reason });
        drop(state);
        self.begin();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Shutdown {
    fn default() -> Self {
        Self::new(GRACE)
    }
}

/// What a supervised task may return.
pub trait Outcome {
    /// Why the task failed, if it did.
    fn failure(self) -> Option<String>;
}

impl Outcome for () {
    fn failure(self) -> Option<String> {
        None
    }
}

impl<E: fmt::Display> Outcome for Result<(), E> {
    fn failure(self) -> Option<String> {
        // The alternate form of anyhow's errors tells their causes too.
        self.err().map(|error| format!("{error:#}"))
    }
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn new() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) -> &'static str {
        self.0.recv().await;
        "Ctrl-C"
    }
}

/// The words of a panic.
fn said(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a word")
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    fn shutdown() -> Shutdown {
        Shutdown::new(Duration::from_millis(50))
    }

    #[tokio::test]
    async fn tasks_finish_what_they_have_begun() {
        let shutdown = shutdown();
        let done = Arc::new(AtomicBool::new(false));
        let (token, mark) = (shutdown.token(), done.clone());
        shutdown.spawn("worker", async move {
            token.cancelled().await;
            tokio::task::yield_now().await;
            mark.store(true, Ordering::SeqCst);
        });
        shutdown.begin();
        assert_eq!(shutdown.finished().await, Ok(()));
        assert!(done.load(Ordering::SeqCst));
    }

    #[tokio::test]
    async fn a_task_that_fails_is_named_and_ends_the_others() {
        let shutdown = shutdown();
        let token = shutdown.token();
        shutdown.spawn("other", async move { token.cancelled().await });
        shutdown.spawn("harmless", async { Ok::<(), io::Error>(()) });
        shutdown.spawn("courier", async { Err(io::Error::other("no disk")) });
        let died = shutdown.finished().await.unwrap_err();
        assert_eq!(died.to_string(), r#"the task "courier" died: no disk"#);
    }

    #[tokio::test]
    async fn a_panic_is_a_death_too() {
        async fn slip() {
            panic!("slipped on {}", "ice");
        }
        let shutdown = shutdown();
        shutdown.spawn("courier", slip());
        let died = shutdown.finished().await.unwrap_err();
        assert_eq!(died.reason, "it panicked: slipped on ice");
    }

    #[tokio::test]
    async fn what_does_not_finish_in_time_is_dropped() {
        let shutdown = shutdown();
        let alive = Arc::new(());
        let held = alive.clone();
        shutdown.spawn("deaf", async move {
            let _held = held;
            pending::<()>().await;
        });
        shutdown.begin();
        assert_eq!(shutdown.finished().await, Ok(()));
        assert_eq!(Arc::strong_count(&alive), 1);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_signal_begins_and_a_second_one_drops() {
        let shutdown = Shutdown::new(Duration::from_secs(60));
        shutdown.on_signals().unwrap();
        shutdown.spawn("deaf", pending::<()>());
        let kill = format!("kill -TERM {}", std::process::id());
        let terminate = || std::process::Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(terminate().success());
        shutdown.token().cancelled().await;
        assert!(terminate().success());
        assert_eq!(shutdown.finished().await, Ok(()));
    }
}
