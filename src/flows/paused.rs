//! A pause of the account's sending, or its end: the operator hears of it, and what waits shows it.

use std::time::Duration;

use crate::domain::effect::{Effect, Lane, Notice, Urgency};
use crate::domain::ids::MessageId;
use crate::domain::message::State;
use crate::domain::pause::News;
use crate::domain::time::Timestamp;
use crate::health::Paused;
use crate::store::outbox::{After, Sending};
use crate::store::{self, Result, if_readable};

use super::Flows;

/// So many messages are taken at a time: nobody else waits long for the database.
const AT_ONCE: i64 = 50;

/// So far apart the posts of messages that wait are edited: what customers write is shown in between.
const EDITS_APART: Duration = Duration::from_millis(100);

/// When a pause is over, most of what waited leaves within seconds, and its post is edited for that. Only what still waits
/// by then is edited for the end of the pause.
const LEAVES_WITHIN: Duration = Duration::from_secs(30);

impl Flows {
    /// The pause that a former process has told, and not ended. One that a newer version wrote is found out anew.
    pub async fn paused_before(&self) -> Result<Option<Paused>> {
        let mut tx = self.store.read().await?;
        let paused = if_readable(store::sending_pause::get(&mut tx).await)?;
        Ok(paused.map(|(why, since)| Paused { why, since }))
    }

    /// The operator hears of a pause of the account's sending, and of its end; the agents see it at what waits. Told twice,
    /// it is said once.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn tell_of_account(&self, news: News) -> Result<()> {
        let mut tx = self.store.begin().await?;
        let (since, notice, edits_after) = match news {
            News::Paused(why, since) => {
                store::sending_pause::begin(&mut tx, why, since).await?;
                (since, Notice::AccountPaused { pause: why, since }, Duration::ZERO)
            }
            News::Resumed(since) => {
                store::sending_pause::end(&mut tx).await?;
                (since, Notice::AccountResumed { since }, LEAVES_WITHIN)
            }
        };
        self.tell_operator(&mut tx, notice).await?;
        for interaction in store::interactions::promised_about_waiting(&mut tx, since).await? {
            self.enqueue(&mut tx, Lane::Answer(interaction), Effect::EditAnswer { interaction }).await?;
        }
        tx.commit().await?;
        self.wake.discord.notify_one();
        self.edit_waiting(edits_after).await?;
        self.wake.discord.notify_one();
        Ok(())
    }

    /// The posts of messages that wait are edited after this time, one by one. Each edit is stored on its own, with its
    /// customer locked: whoever has rows of several customers could stand in the way of a flow.
    async fn edit_waiting(&self, after: Duration) -> Result<()> {
        let mut due = self.now().plus(after);
        for desk in self.desks.iter() {
            for urgency in [Urgency::Awaited, Urgency::Patient] {
                let sending = Sending { desk: &desk.name, urgency };
                let mut next = Some(After::default());
                while let Some(after) = next {
                    let mut tx = self.store.read().await?;
                    let (messages, last) = store::outbox::waiting_sms(&mut tx, sending, after, AT_ONCE).await?;
                    drop(tx);
                    for message in messages {
                        self.edit_post(message, due).await?;
                        due = due.plus(EDITS_APART);
                    }
                    next = last;
                }
            }
        }
        Ok(())
    }

    /// Edits the post of a message that waits, at `due`.
    pub(crate) async fn edit_post(&self, message: MessageId, due: Timestamp) -> Result<()> {
        let mut tx = self.store.begin().await?;
        // What cannot be read is buried when its turn comes. What has left meanwhile shows so already.
        let message = if_readable(self.locked_message(&mut tx, message).await)?;
        if let Some(message) = message.filter(|message| message.state == State::Queued) {
            let effect = Effect::UpdateMessage { message: message.id };
            store::outbox::enqueue(&mut tx, Lane::Discord(message.conversation), &effect, self.now(), due).await?;
        }
        tx.commit().await
    }
}
