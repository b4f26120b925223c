//! Alerts that stand: whose they are when an owner is gone, and what follows when no agent answers.

use std::time::Duration;

use crate::domain::conversation::Conversation;
use crate::domain::desk::{Alert, Desk};
use crate::domain::effect::{Effect, Lane, WhyRole};
use crate::domain::ids::{ConversationId, UserId};
use crate::domain::message::Message;
use crate::domain::time::Timestamp;
use crate::store::{self, Result, StoreError, Tx};

use super::Flows;
use super::queue::fetch;

/// So many conversations of a desk are looked at in one round.
const AT_ONCE: i64 = 100;

impl Flows {
    /// Rings the role, once, for each alert to which no agent has answered for as long as its desk allows.
    pub async fn alert_again(&self) -> Result<()> {
        for desk in self.desks.iter().filter(|desk| desk.alert != Alert::None) {
            let Some(after) = desk.alert_again_after else { continue };
            self.alert_again_at(desk, after).await?;
        }
        Ok(())
    }

    async fn alert_again_at(&self, desk: &Desk, after: Duration) -> Result<()> {
        let mut tx = self.store.read().await?;
        let before = self.now().minus(after);
        let found = store::conversations::unanswered(&mut tx, &desk.name, before, AT_ONCE).await?;
        drop(tx);
        for id in &found {
            match self.alert_again_in(*id, before).await {
                Err(error @ StoreError::Corrupt(_)) => {
                    tracing::error!(conversation = %id, %error, "whether somebody is to be alerted again cannot be read");
                }
                alerted => alerted?,
            }
        }
        if !found.is_empty() {
            self.wake.discord.notify_one();
        }
        Ok(())
    }

    /// In one transaction: two customers' rows are never locked by one.
    async fn alert_again_in(&self, id: ConversationId, before: Timestamp) -> Result<()> {
        let mut tx = self.store.begin().await?;
        let conversation = fetch(&mut tx, id).await?;
        store::customers::lock(&mut tx, conversation.customer.id).await?;
        let conversation = fetch(&mut tx, id).await?;
        if !self.needs_agent(&mut tx, &conversation).await? {
            store::conversations::forget_alert(&mut tx, id).await?;
        } else if conversation.alerted.is_some_and(|since| since <= before)
            && store::conversations::set_alerted_again(&mut tx, id, self.now()).await?
        {
            self.alert_role(&mut tx, id, WhyRole::Unanswered).await?;
        }
        tx.commit().await
    }

    /// Clears an owner who is gone, where an alert is about to ring: it rings the role then.
    pub async fn disown(&self, conversation: &Conversation, owner: UserId) -> Result<()> {
        let mut tx = self.store.begin().await?;
        store::customers::lock(&mut tx, conversation.customer.id).await?;
        self.clear_owner(&mut tx, conversation.id, owner).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Clears an owner who is gone. Whoever waits for them waits for the role now.
    pub(super) async fn owner_left(&self, tx: &mut Tx, id: ConversationId, owner: UserId) -> Result<()> {
        if !self.clear_owner(tx, id, owner).await? {
            return Ok(());
        }
        let conversation = fetch(tx, id).await?;
        if self.needs_agent(tx, &conversation).await? {
            self.alert_role(tx, id, WhyRole::OwnerLeft(owner)).await?;
        }
        Ok(())
    }

    /// Somebody was called to a message in trouble.
    pub(super) async fn alert_stands(&self, tx: &mut Tx, message: &Message) -> Result<()> {
        let conversation = self.where_alert_stands(tx, message.conversation).await?;
        store::conversations::set_alerted(tx, conversation.id, self.now()).await
    }

    /// An agent decided about a message in trouble: its alert is answered, unless something else waits too.
    pub(super) async fn forget_answered_alert(&self, tx: &mut Tx, message: &Message) -> Result<()> {
        let conversation = self.where_alert_stands(tx, message.conversation).await?;
        if self.needs_agent(tx, &conversation).await? {
            return Ok(());
        }
        store::conversations::forget_alert(tx, conversation.id).await
    }

    /// Where somebody is called to a message in trouble: in its own conversation, or in the customer's open one where its own
    /// is closed.
    async fn where_alert_stands(&self, tx: &mut Tx, id: ConversationId) -> Result<Conversation> {
        let conversation = fetch(tx, id).await?;
        if conversation.is_open() {
            return Ok(conversation);
        }
        Ok(store::conversations::latest(tx, conversation.customer.id).await?.unwrap_or(conversation))
    }

    /// Whether the customer waits for a person, or a message for a decision: one of this conversation, or one that came to
    /// grief after its own was closed.
    async fn needs_agent(&self, tx: &mut Tx, conversation: &Conversation) -> Result<bool> {
        if !conversation.is_open() {
            return Ok(false);
        }
        if conversation.waiting_since.is_some() || store::messages::in_trouble(tx, conversation.id).await?.is_some() {
            return Ok(true);
        }
        store::messages::any_in_trouble_since_closing(tx, conversation.customer.id, self.unconfirmed_after).await
    }

    async fn alert_role(&self, tx: &mut Tx, conversation: ConversationId, why: WhyRole) -> Result<()> {
        let effect = Effect::AlertRole { conversation, why, nonce: self.nonce() };
        self.enqueue(tx, Lane::Discord(conversation), effect).await
    }

    async fn clear_owner(&self, tx: &mut Tx, id: ConversationId, owner: UserId) -> Result<bool> {
        let cleared = store::conversations::disown(tx, id, owner).await?;
        if cleared {
            self.enqueue(tx, Lane::Discord(id), Effect::UpdateCard { conversation: id }).await?;
        }
        Ok(cleared)
    }
}
