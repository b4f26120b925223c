//! The news that something has changed, for those who redraw what they show.

use tokio::sync::watch;

/// Raised after every change. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signal(watch::Sender<()>);

/// What one watcher has not seen yet.
pub struct Changes(watch::Receiver<()>);

impl Signal {
    pub(crate) fn raise(&self) {
        self.0.send_replace(());
    }

    pub(crate) fn changes(&self) -> Changes {
        Changes(self.0.subscribe())
    }
}

impl Changes {
    /// Waits for a change after the last one that was waited for. Pends for ever once the simulator is gone.
    pub async fn next(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
