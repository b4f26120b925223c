//! The bridge as a process of its own, so that it can be killed as a power cut kills it, and started again.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use serde::Serialize;
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::ports::{Clock as _, SystemClock};

/// How often a starting bridge is asked whether it is there.
const ASK_EVERY: Duration = Duration::from_millis(25);

/// A little longer than the bridge gives itself.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a bridge is started.
pub(super) struct Launch {
    pub(super) program: PathBuf,
    /// Holds `threadline.toml`; the bridge runs in it.
    pub(super) folder: PathBuf,
    pub(super) environment: Vec<(&'static str, String)>,
    /// Its private listener.
    pub(super) health: SocketAddr,
}

/// Steers the bridge's process; clones steer the same.
#[derive(Clone)]
pub(super) struct Bridge {
    orders: mpsc::Sender<Order>,
    condition: Arc<watch::Sender<Condition>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Start,
    /// In order, as after SIGTERM.
    Stop,
    /// At once (SIGKILL).
    Kill,
    /// In order, and again, for what its configuration says now. One that does not run stays so.
    Restart,
}

/// How the process is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Condition {
    pub(super) state: State,
    /// A sentence, where there is something to say.
    pub(super) note: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    #[default]
    Starting,
    Running,
    Stopping,
    Ended,
}

/// Runs the process, and starts it again when it is told to.
pub(super) struct Keeper {
    launch: Launch,
    orders: mpsc::Receiver<Order>,
    condition: Arc<watch::Sender<Condition>>,
}

impl Bridge {
    /// The handle, and what has to run for it.
    pub(super) fn new(launch: Launch) -> (Self, Keeper) {
        let (order, orders) = mpsc::channel(8);
        let condition = Arc::new(watch::Sender::new(Condition::default()));
        let keeper = Keeper { launch, orders, condition: condition.clone() };
        (Self { orders: order, condition }, keeper)
    }

    pub(super) async fn order(&self, order: Order) {
        if order == Order::Restart {
            // From now on nobody takes it for the one with the new configuration.
            self.condition.send_if_modified(|condition| {
                let runs = matches!(condition.state, State::Starting | State::Running);
                if runs {
                    condition.state = State::Stopping;
                }
                runs
            });
        }
        // Nobody listens once the sandbox ends; then the order has lost its sense.
        let _ = self.orders.send(order).await;
    }

    pub(super) fn condition(&self) -> Condition {
        self.condition.borrow().clone()
    }

    pub(super) fn changes(&self) -> watch::Receiver<Condition> {
        self.condition.subscribe()
    }
}

impl Keeper {
    /// Keeps the bridge until the shutdown, and then ends it in order.
    ///
    /// # Errors
    /// Where the process cannot be started at all.
    pub(super) async fn run(mut self, shutdown: CancellationToken) -> anyhow::Result<()> {
        let mut next = self.one_life(&shutdown).await?;
        while !shutdown.is_cancelled() {
            let wanted = match next {
                Next::Start => true,
                Next::Wait => tokio::select! {
                    () = shutdown.cancelled() => false,
                    order = self.orders.recv() => order == Some(Order::Start),
                },
            };
            next = Next::Wait;
            if wanted {
                match self.one_life(&shutdown).await {
                    Ok(after) => next = after,
                    Err(error) => self.is(State::Ended, &format!("It did not start: {error:#}.")),
                }
            }
        }
        Ok(())
    }

    /// From the start of one process to its end, and what is to follow.
    async fn one_life(&mut self, shutdown: &CancellationToken) -> anyhow::Result<Next> {
        self.is(State::Starting, "");
        let mut child = self.launch.start()?;
        // Held apart from the child, for waiting would close it.
        let open = child.stdin.take();
        let mut running = std::pin::pin!(answers(self.launch.health));
        let mut known = false;
        let mut next = Next::Wait;
        let end = loop {
            tokio::select! {
                ended = child.wait() => break End::ByItself(ended?),
                () = &mut running, if !known => {
                    known = true;
                    self.condition.send_replace(Condition { state: State::Running, note: String::new() });
                }
                () = shutdown.cancelled() => break self.stop(&mut child, open).await?,
                Some(order) = self.orders.recv() => match order {
                    Order::Start => {}
                    Order::Stop => break self.stop(&mut child, open).await?,
                    Order::Kill => break kill(&mut child).await?,
                    Order::Restart => {
                        next = Next::Start;
                        break self.stop(&mut child, open).await?;
                    }
                },
            }
        };
        self.is(State::Ended, &end.to_string());
        // Whoever killed it meanwhile does not want it back.
        Ok(if matches!(end, End::Killed) { Next::Wait } else { next })
    }

    /// The bridge ends in order when its standard input does; meanwhile it can still be killed.
    async fn stop(&mut self, child: &mut Child, open: Option<ChildStdin>) -> anyhow::Result<End> {
        self.is(State::Stopping, "It finishes what it has begun.");
        drop(open);
        let mut patience = std::pin::pin!(SystemClock.sleep_until(SystemClock.now().plus(PATIENCE)));
        loop {
            tokio::select! {
                ended = child.wait() => return Ok(End::ByItself(ended?)),
                () = &mut patience => {
                    kill(child).await?;
                    return Ok(End::TookTooLong);
                }
                Some(order) = self.orders.recv() => if order == Order::Kill { return kill(child).await },
            }
        }
    }

    fn is(&self, state: State, note: &str) {
        self.condition.send_replace(Condition { state, note: note.to_owned() });
    }
}

impl Launch {
    fn start(&self) -> anyhow::Result<Child> {
        let mut command = Command::new(&self.program);
        command.args(["serve", "--while-stdin-is-open"]).current_dir(&self.folder).stdin(Stdio::piped());
        command.env_clear().envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.kill_on_drop(true);
        command.spawn().with_context(|| format!("cannot start the bridge ({})", self.program.display()))
    }
}

/// Waits until the bridge answers at its private listener.
async fn answers(health: SocketAddr) {
    let url = format!("http://{health}/healthz");
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap_or_default();
    while !client.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
        SystemClock.sleep_until(SystemClock.now().plus(ASK_EVERY)).await;
    }
}

async fn kill(child: &mut Child) -> anyhow::Result<End> {
    child.kill().await.context("cannot kill the bridge")?;
    Ok(End::Killed)
}

/// What follows the end of a process.
#[derive(Clone, Copy)]
enum Next {
    /// Nothing, until somebody wants it.
    Wait,
    Start,
}

/// How a process ended.
enum End {
    ByItself(ExitStatus),
    Killed,
    TookTooLong,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByItself(ended) => match ended.code() {
                Some(0) => f.write_str("It ended in order."),
                Some(code) => write!(f, "It ended with the exit code {code}; the terminal says why."),
                None => f.write_str("It was killed from outside."),
            },
            Self::Killed => f.write_str("It was killed."),
            Self::TookTooLong => write!(f, "It had not ended after {} s, and was killed.", PATIENCE.as_secs()),
        }
    }
}
