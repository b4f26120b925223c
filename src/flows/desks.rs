//! Desks that the database knows: what waits for one that is not configured, and is taken up when it is again.

use crate::domain::effect::Notice;
use crate::domain::time::Timestamp;
use crate::store::outbox::WithoutDesk;
use crate::store::{self, Result};
use crate::wording::operator;

use super::Flows;

/// So many effects are taken up in one transaction.
const AT_ONCE: i64 = 200;

impl Flows {
    /// At the start: takes up what waited for a desk that is configured again, and tells the operator of desks that are
    /// not.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn look_after_desks(&self) -> Result<()> {
        let mut after = None;
        while let Some(last) = self.take_up_after(after).await? {
            after = Some(last);
        }
        let mut tx = self.store.begin().await?;
        for desk in store::conversations::desks(&mut tx).await? {
            if self.desks.by_name(&desk).is_some() {
                continue;
            }
            let (sms, fails) = store::outbox::waiting_of(&mut tx, &desk).await?;
            let conversations = store::conversations::open_of(&mut tx, &desk).await?;
            let notice = Notice::DeskNotConfigured { desk, sms, fails, conversations };
            tracing::warn!(sentence = operator::sentence(&notice), "a desk is not configured");
            self.tell_operator(&mut tx, notice).await?;
        }
        tx.commit().await
    }

    /// Takes up some of what waits for a desk; returns the last that it looked at, `None` where there was none.
    async fn take_up_after(&self, after: Option<i64>) -> Result<Option<i64>> {
        let now: Timestamp = self.now();
        let mut tx = self.store.begin().await?;
        let waiting = store::outbox::without_desk(&mut tx, after.unwrap_or(0), AT_ONCE).await?;
        let mut last = None;
        for WithoutDesk { id, desk } in waiting {
            last = Some(id.0);
            if self.desks.by_name(&desk).is_some() {
                store::outbox::take_up(&mut tx, id, now).await?;
            }
        }
        tx.commit().await?;
        Ok(last)
    }
}
