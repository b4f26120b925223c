//! What several flows do alike: find or open a conversation, and queue a text to its customer.

use std::time::Duration;

use crate::domain::conversation::{Conversation, Customer};
use crate::domain::desk::Desk;
use crate::domain::effect::{Effect, Lane};
use crate::domain::ids::{ConversationId, MessageId, UserId};
use crate::domain::message::{Inbound, Kind, Outbound, State};
use crate::domain::sms;
use crate::domain::time::Timestamp;
use crate::ports::fresh_uuid;
use crate::store::messages::NewMessage;
use crate::store::outbox::Sending;
use crate::store::{self, Result, StoreError, Tx};

use super::Flows;

/// A text on its way to a customer.
pub(super) struct Outgoing {
    pub(super) kind: Outbound,
    pub(super) text: String,
    pub(super) author: Option<UserId>,
    pub(super) remark: Option<String>,
    /// How long it may wait to leave; then it fails.
    pub(super) send_within: Duration,
}

impl Flows {
    /// The customer's open conversation, or a new one. The customer is locked.
    pub(super) async fn conversation_to_send(&self, tx: &mut Tx, customer: &Customer) -> Result<Conversation> {
        match store::conversations::latest(tx, customer.id).await? {
            Some(conversation) if conversation.is_open() => Ok(conversation),
            _ => self.open_conversation(tx, customer).await,
        }
    }

    /// The conversation that an inbound text belongs to: the open one, one closed a short while ago (which is
    /// opened again), or a new one. The customer is locked.
    pub(super) async fn conversation_to_receive(
        &self,
        tx: &mut Tx,
        desk: &Desk,
        customer: &Customer,
    ) -> Result<Conversation> {
        match store::conversations::latest(tx, customer.id).await? {
            Some(conversation) if conversation.takes_text_at(self.now(), desk.reopen_within) => {
                if !conversation.is_open() {
                    // What is posted next takes the thread out of the archive.
                    self.open_again_in_thread(tx, &conversation).await?;
                }
                fetch(tx, conversation.id).await
            }
            _ => self.open_conversation(tx, customer).await,
        }
    }

    async fn open_conversation(&self, tx: &mut Tx, customer: &Customer) -> Result<Conversation> {
        let id = ConversationId(fresh_uuid(&*self.clock));
        store::conversations::open(tx, id, customer, self.now()).await?;
        self.enqueue_face(tx, id).await?;
        fetch(tx, id).await
    }

    /// Opens a closed conversation again, and takes its thread out of the archive although nothing is posted in it.
    pub(super) async fn reopen_with_thread(&self, tx: &mut Tx, conversation: &Conversation) -> Result<()> {
        let (lane, id) = (Lane::Discord(conversation.id), conversation.id);
        self.enqueue(tx, lane, Effect::UnarchiveThread { conversation: id }).await?;
        self.open_again_in_thread(tx, conversation).await?;
        self.enqueue(tx, lane, Effect::UpdateCard { conversation: id }).await
    }

    /// Opens a closed conversation again. Its archived thread took no edits: what changed meanwhile shows now.
    pub(super) async fn open_again_in_thread(&self, tx: &mut Tx, conversation: &Conversation) -> Result<()> {
        store::conversations::reopen(tx, conversation.id).await?;
        let Some(closed) = conversation.closed else { return Ok(()) };
        for message in store::messages::changed_since(tx, conversation.id, closed).await? {
            let effect = Effect::UpdateMessage { message: message.id };
            self.enqueue(tx, Lane::Discord(conversation.id), effect).await?;
            match message.state {
                State::Unconfirmed => {
                    let due = message.changed.plus(self.unconfirmed_after);
                    self.alert(tx, &message, due.max(self.now())).await?;
                }
                State::Failed(_) => self.alert(tx, &message, self.now()).await?,
                State::Received | State::Queued | State::Sent | State::Delivered => {}
            }
        }
        Ok(())
    }

    /// A card and a thread, for a conversation that has none.
    pub(super) async fn enqueue_face(&self, tx: &mut Tx, conversation: ConversationId) -> Result<()> {
        let lane = Lane::Discord(conversation);
        self.enqueue(tx, lane, Effect::PostCard { conversation, nonce: self.nonce() }).await?;
        self.enqueue(tx, lane, Effect::OpenThread { conversation }).await
    }

    /// Queues a text to the customer and shows it in the thread. Returns its id and number.
    pub(super) async fn queue(
        &self,
        tx: &mut Tx,
        conversation: &Conversation,
        outgoing: Outgoing,
    ) -> Result<(MessageId, i64)> {
        let message = MessageId(fresh_uuid(&*self.clock));
        let parts = sms::parts(&outgoing.text).count;
        let new = NewMessage {
            id: message,
            conversation: conversation.id,
            kind: Kind::Outbound(outgoing.kind),
            author: outgoing.author,
            text: outgoing.text,
            remark: outgoing.remark,
            parts,
            said: None,
        };
        let number = store::messages::add(tx, &new, self.now()).await?;
        let sending = Sending { desk: &conversation.customer.desk, urgency: new.kind.urgency() };
        let lane = Lane::Sms(conversation.customer.id);
        let (now, effect) = (self.now(), Effect::SendSms { message });
        store::outbox::enqueue_sms(tx, lane, &effect, sending, now, now.plus(outgoing.send_within)).await?;
        self.show(tx, conversation.id, message, false).await?;
        Ok((message, number))
    }

    /// Takes a customer's text in and shows it in the thread; with `alert`, somebody rings. `said` is set where it came late.
    pub(super) async fn receive(
        &self,
        tx: &mut Tx,
        conversation: &Conversation,
        (kind, remark): (Inbound, Option<String>),
        text: &str,
        said: Option<Timestamp>,
        alert: bool,
    ) -> Result<MessageId> {
        let message = MessageId(fresh_uuid(&*self.clock));
        let new = NewMessage {
            id: message,
            conversation: conversation.id,
            kind: Kind::Inbound(kind),
            author: None,
            text: text.to_owned(),
            remark,
            parts: 1,
            said,
        };
        store::messages::add(tx, &new, self.now()).await?;
        if alert {
            store::conversations::set_waiting(tx, conversation.id, Some(self.now())).await?;
        }
        self.show(tx, conversation.id, message, alert).await?;
        Ok(message)
    }

    /// An agent takes part: they own the conversation now, are in its thread, and nobody waits for a person.
    pub(super) async fn take_part(&self, tx: &mut Tx, conversation: &Conversation, agent: UserId) -> Result<()> {
        store::conversations::set_owner(tx, conversation.id, agent).await?;
        store::conversations::set_waiting(tx, conversation.id, None).await?;
        if conversation.owner == Some(agent) && conversation.thread.is_some() {
            return Ok(());
        }
        let effect = Effect::AddMember { conversation: conversation.id, user: agent };
        self.enqueue(tx, Lane::Discord(conversation.id), effect).await
    }

    async fn show(&self, tx: &mut Tx, conversation: ConversationId, message: MessageId, alert: bool) -> Result<()> {
        let lane = Lane::Discord(conversation);
        self.enqueue(tx, lane, Effect::PostMessage { message, nonce: self.nonce(), alert }).await?;
        self.enqueue(tx, lane, Effect::UpdateCard { conversation }).await
    }
}

/// A conversation that must exist.
pub(super) async fn fetch(tx: &mut Tx, id: ConversationId) -> Result<Conversation> {
    store::conversations::get(tx, id).await?.ok_or(StoreError::Corrupt("conversations.id"))
}
