//! `/status`: how the bridge, Vonage and Discord are, what waits, and what may still be sent today.

use crate::domain::limits::DAY;
use crate::store::{self, Result};
use crate::wording::status::{self, Spent, Status};

use super::{Answer, Flows, Occasion};

impl Flows {
    /// `/status`, for agents.
    pub async fn status(&self, at: &Occasion) -> Result<Answer> {
        let desk = match self.desk_for(at) {
            Ok(desk) => desk,
            Err(refusal) => return Ok(Answer::Now(refusal)),
        };
        let now = self.now();
        let backlog = self.store.outbox_owed(now).await?;
        let mut tx = self.store.read().await?;
        let agent = at.agent.id;
        let (by_desk, by_agent) = store::sent_parts::since(&mut tx, &desk.name, Some(agent), now.minus(DAY)).await?;
        let troubles = self.health.troubles();
        Ok(Answer::Now(status::status(&Status {
            troubles: troubles.iter().map(|(_, sentence)| sentence.as_str()).collect(),
            discord: self.health.discord().as_str(),
            balance: self.health.balance(),
            paused: self.health.paused(),
            due: backlog.due,
            oldest: backlog.oldest.map(|oldest| now.since(oldest)),
            desk: Spent { used: by_desk, allowed: desk.limits.daily_parts },
            agent: Spent { used: by_agent, allowed: desk.limits.daily_parts_per_agent },
        })))
    }
}
