//! What the page is kept informed with: the stage whenever it changes, and the wire's entries as they come.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use serde_json::json;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::scene::Scene;
use super::stage::stage;
use super::wire::{Entry, Reader};
use crate::ports::{Clock as _, SystemClock};

/// Changes that come together are told together.
const TOGETHER: Duration = Duration::from_millis(40);
/// Some things change by the passing of time alone, such as a command that nobody answers.
const AT_LEAST: Duration = Duration::from_secs(1);
/// How many entries of the wire a page gets that was opened late.
const KEPT: usize = 500;

/// The newest state of everything, ready to be sent.
pub(super) struct Live {
    scene: Scene,
    stage: watch::Sender<Arc<str>>,
    wire: Mutex<VecDeque<Entry>>,
    newest: watch::Sender<u64>,
    /// Asks for a look at once.
    look: Notify,
}

/// How far one page has read.
struct Follower {
    live: Arc<Live>,
    stage: watch::Receiver<Arc<str>>,
    newest: watch::Receiver<u64>,
    read: u64,
    greeted: bool,
    shutdown: CancellationToken,
}

impl Live {
    pub(super) fn new(scene: &Scene) -> Self {
        Self {
            scene: scene.clone(),
            stage: watch::Sender::new(stage(scene).to_string().into()),
            wire: Mutex::default(),
            newest: watch::Sender::new(0),
            look: Notify::new(),
        }
    }

    /// Follows the simulators and the bridge until the shutdown.
    pub(super) async fn follow(self: Arc<Self>, shutdown: CancellationToken) {
        let Scene { vonage, discord, bridge, .. } = &self.scene;
        let (mut vonage_changes, mut discord_changes) = (vonage.changes(), discord.changes());
        let (mut vonage_wire, mut discord_wire) = (vonage.requests().changes(), discord.requests().changes());
        let mut bridge = bridge.changes();
        let mut reader = Reader::default();
        loop {
            self.look(&mut reader);
            pause(TOGETHER).await;
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = vonage_changes.next() => {}
                () = discord_changes.next() => {}
                () = vonage_wire.next() => {}
                () = discord_wire.next() => {}
                // It fails when the bridge's keeper is gone, and then so is the sandbox.
                Ok(()) = bridge.changed() => {}
                () = self.look.notified() => {}
                () = pause(AT_LEAST) => {}
            }
        }
    }

    /// Something was done of which nothing else brings word, such as a fault.
    pub(super) fn look_again(&self) {
        self.look.notify_one();
    }

    /// A page's stream of events: `hello`, and then `stage` and `wire` as they change.
    pub(super) fn events(
        self: &Arc<Self>,
        shutdown: CancellationToken,
    ) -> Sse<impl Stream<Item = Result<Event, Infallible>> + use<>> {
        let (mut stage, mut newest) = (self.stage.subscribe(), self.newest.subscribe());
        stage.mark_changed();
        newest.mark_changed();
        let follower = Follower { live: self.clone(), stage, newest, read: 0, greeted: false, shutdown };
        let events = stream::unfold(follower, async |mut follower| {
            let event = follower.next().await?;
            Some((Ok(event), follower))
        });
        Sse::new(events).keep_alive(KeepAlive::default())
    }

    fn look(&self, reader: &mut Reader) {
        let now = stage(&self.scene).to_string();
        self.stage.send_if_modified(|known| {
            let new = **known != now;
            if new {
                *known = now.into();
            }
            new
        });
        let fresh = reader.read(&self.scene);
        let Some(last) = fresh.last().map(|entry| entry.id) else { return };
        let mut wire = self.wire();
        wire.extend(fresh);
        let surplus = wire.len().saturating_sub(KEPT);
        wire.drain(..surplus);
        drop(wire);
        self.newest.send_replace(last);
    }

    fn wire(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.wire.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Follower {
    /// None: the sandbox ends.
    async fn next(&mut self) -> Option<Event> {
        if !self.greeted {
            self.greeted = true;
            let hello = json!({ "run": self.live.scene.run });
            return Some(Event::default().event("hello").data(hello.to_string()));
        }
        tokio::select! {
            () = self.shutdown.cancelled() => None,
            Ok(()) = self.stage.changed() => {
                let stage = self.stage.borrow_and_update().clone();
                Some(Event::default().event("stage").data(&*stage))
            }
            Ok(()) = self.newest.changed() => {
                self.newest.borrow_and_update();
                let entries: Vec<Entry> =
                    self.live.wire().iter().filter(|entry| entry.id > self.read).cloned().collect();
                self.read = entries.last().map_or(self.read, |entry| entry.id);
                let entries = serde_json::to_string(&entries).unwrap_or_default();
                Some(Event::default().event("wire").data(entries))
            }
        }
    }
}

async fn pause(duration: Duration) {
    SystemClock.sleep_until(SystemClock.now().plus(duration)).await;
}
