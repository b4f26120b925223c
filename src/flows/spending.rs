//! What a desk and its agents may still send today.

use crate::domain::desk::Desk;
use crate::domain::ids::UserId;
use crate::domain::limits::{Budget, DAY};
use crate::domain::post::Post;
use crate::domain::sms;
use crate::store::{self, Result, Tx};
use crate::wording::answers;

use super::{Flows, Occasion};

impl Flows {
    /// Whether the agent may send a text of this length now.
    pub(super) async fn may_spend(
        &self,
        tx: &mut Tx,
        at: &Occasion,
        desk: &Desk,
        text: &str,
    ) -> Result<std::result::Result<(), Post>> {
        let parts = sms::parts(text).count;
        let over = self.over_budget(tx, desk, Some(at.agent.id), parts).await?;
        Ok(over.map_or(Ok(()), |budget| Err(answers::over_budget(desk, budget, parts))))
    }

    /// The budget that so many more parts would exceed.
    pub(super) async fn over_budget(
        &self,
        tx: &mut Tx,
        desk: &Desk,
        agent: Option<UserId>,
        parts: u32,
    ) -> Result<Option<Budget>> {
        if !desk.limits.has_budget() {
            return Ok(None);
        }
        let since = self.now().minus(DAY);
        let (by_desk, by_agent) = store::sent_parts::since(tx, &desk.name, agent, since).await?;
        Ok(desk.limits.exceeds(parts, by_desk, agent.map(|_| by_agent)))
    }
}
