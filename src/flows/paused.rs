//! A pause of the account's sending, or its end: the operator hears of it, and what waits shows it.

use std::time::Duration;

use crate::domain::effect::{Effect, Lane, Notice, Urgency};
use crate::domain::ids::MessageId;
use crate::domain::pause::News;
use crate::domain::time::Timestamp;
use crate::health::Paused;
use crate::store::outbox::{After, Sending};
use crate::store::{self, Result, Tx};

use super::Flows;

/// So many messages are taken at a time: nobody else waits long for the database.
const AT_ONCE: i64 = 50;

/// So far apart the posts of messages that wait are edited: what customers write is shown in between.
const EDITS_APART: Duration = Duration::from_millis(100);

/// When a pause is over, most of what waited leaves within seconds, and its post is edited for that. Only what still waits
/// by then is edited for the end of the pause.
const LEAVES_WITHIN: Duration = Duration::from_secs(30);

impl Flows {
    /// The operator hears of a pause of the account's sending, and of its end; the agents see it at what waits.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn tell_of_account(&self, news: News) -> Result<()> {
        let (paused, since, notice, edits_after) = match news {
            News::Paused(why, since) => {
                (Some(Paused { why, since }), since, Notice::AccountPaused { pause: why, since }, Duration::ZERO)
            }
            News::Resumed(since) => (None, since, Notice::AccountResumed { since }, LEAVES_WITHIN),
        };
        self.health.set_paused(paused);
        let mut tx = self.store.begin().await?;
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

    /// The posts of messages that wait are edited after this time, one by one.
    async fn edit_waiting(&self, after: Duration) -> Result<()> {
        let mut due = self.now().plus(after);
        for desk in self.desks.iter() {
            for urgency in [Urgency::Awaited, Urgency::Patient] {
                let mut next = Some(After::default());
                while let Some(after) = next {
                    let mut tx = self.store.begin().await?;
                    let sending = Sending { desk: &desk.name, urgency };
                    let (messages, last) = store::outbox::waiting_sms(&mut tx, sending, after, AT_ONCE).await?;
                    for message in messages {
                        self.edit_post(&mut tx, message, due).await?;
                        due = due.plus(EDITS_APART);
                    }
                    tx.commit().await?;
                    next = last;
                }
            }
        }
        Ok(())
    }

    async fn edit_post(&self, tx: &mut Tx, message: MessageId, due: Timestamp) -> Result<()> {
        let Some(message) = store::messages::get(tx, message).await? else { return Ok(()) };
        let effect = Effect::UpdateMessage { message: message.id };
        store::outbox::enqueue(tx, Lane::Discord(message.conversation), &effect, self.now(), due).await
    }
}
