//! The operator drops what was given up on: it ends without effect, and an SMS among it fails where agents see it.

use crate::domain::message::{Failure, State};
use crate::store::dead_letters::{self, DeadLetterId};
use crate::store::{Result, StoreError, if_readable};

use super::Flows;

impl Flows {
    /// Drops one, beside a bridge that may be running. False where there is none of this id, or it is neither given up on nor
    /// waiting.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn drop_dead_letter(&self, id: DeadLetterId) -> Result<bool> {
        match self.drop_and_tell(id).await {
            // Not even that can be shown.
            Err(StoreError::Corrupt(_)) => {
                let mut tx = self.store.begin().await?;
                let dropped = dead_letters::drop(&mut tx, id, self.now()).await?;
                tx.commit().await?;
                Ok(dropped)
            }
            dropped => dropped,
        }
    }

    async fn drop_and_tell(&self, id: DeadLetterId) -> Result<bool> {
        let mut tx = self.store.begin().await?;
        let sms = dead_letters::sms(&mut tx, id).await?;
        // The customer before the outbox, like everybody.
        let message = match sms {
            Some(sms) => if_readable(self.locked_message(&mut tx, sms.message).await)?,
            None => None,
        };
        let dropped = dead_letters::drop(&mut tx, id, self.now()).await?;
        if let (true, Some(sms), Some(message)) = (dropped, sms, message)
            && message.state == State::Queued
        {
            // Where its sending had begun, nobody knows whether the customer has it.
            let state = if sms.begun { State::Unconfirmed } else { State::Failed(Failure::Dropped) };
            self.move_to(&mut tx, &message, state).await?;
        }
        tx.commit().await?;
        Ok(dropped)
    }
}
