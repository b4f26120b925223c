//! A delivery receipt: what Vonage reports about one part, or a whole message, moves the message forward, never back.

use crate::domain::consent::{Entry, Speaker, Statement};
use crate::domain::delivery::{self, Part, PartState};
use crate::domain::effect::{Effect, Lane};
use crate::domain::ids::MessageId;
use crate::domain::message::{Failure, Kind, Message, State};
use crate::domain::webhook::{DeliveryReceipt, Price, Scope};
use crate::store::{self, Result, Tx};
use crate::wording::{failures, remarks};

use super::Flows;
use super::inbound_sms::Outcome;
use super::queue::fetch;

/// Why an effect that waited was not needed.
pub(super) const SENT_BEFORE: &str = "sent before, as its receipt says";

impl Flows {
    pub(crate) async fn delivery_receipt(&self, tx: &mut Tx, receipt: &DeliveryReceipt) -> Result<Outcome> {
        let Some(message) = self.message_of(tx, receipt).await? else { return Ok(Outcome::NotYet) };
        let part = Part { index: None, provider_id: Some(receipt.provider_id.clone()), state: receipt.state };
        self.lock_customer_of(tx, &message).await?;
        // Read again under the lock: a courier may just have settled the send.
        let Some(message) = store::messages::get(tx, message.id).await? else { return Ok(Outcome::NotYet) };
        self.put_part(tx, &message, part, receipt.price).await?;
        if let PartState::Failed(failure) = receipt.state {
            // Of every part, not only of the one that made the message fail.
            self.heed(tx, &message, failure).await?;
        }
        match receipt.scope {
            Scope::Part => self.advance(tx, &message).await?,
            Scope::Message { parts } => {
                if let Some(parts) = parts {
                    store::messages::set_part_count(tx, message.id, parts).await?;
                }
                if let Some(whole) = receipt.price {
                    let parts = i64::from(parts.unwrap_or(message.parts).max(1));
                    self.note_price(tx, &message, Price { micros: whole.micros / parts }).await?;
                }
                self.move_to(tx, &message, receipt.state.as_state()).await?;
            }
        }
        if message.state == State::Queued {
            // It waits for another try, and must not be sent twice.
            store::outbox::drop_waiting(tx, message.id, SENT_BEFORE, self.now()).await?;
        }
        Ok(Outcome::Done)
    }

    /// By our own id first, which is older than its send and so always known; else by Vonage's.
    async fn message_of(&self, tx: &mut Tx, receipt: &DeliveryReceipt) -> Result<Option<Message>> {
        if let Some(id) = receipt.message
            && let Some(message) = store::messages::get(tx, id).await?
            && matches!(message.kind, Kind::Outbound(_))
        {
            return Ok(Some(message));
        }
        match store::messages::of_part(tx, &receipt.provider_id).await? {
            Some(id) => store::messages::get(tx, id).await,
            None => Ok(None),
        }
    }

    /// Writes news about a part; a part moves forward only.
    pub(super) async fn put_part(
        &self,
        tx: &mut Tx,
        message: &Message,
        mut part: Part,
        price: Option<Price>,
    ) -> Result<()> {
        let known = store::messages::parts(tx, message.id).await?;
        if part.provider_id.is_some()
            && let Some(before) = known.iter().find(|known| known.provider_id == part.provider_id)
        {
            part.state = before.state.after(part.state);
        }
        store::messages::put_part(tx, message.id, &part, price).await
    }

    /// Brings a message to the state of its parts, and lets its thread and card show it.
    pub(super) async fn advance(&self, tx: &mut Tx, message: &Message) -> Result<()> {
        let parts = store::messages::parts(tx, message.id).await?;
        match delivery::message_state(&parts, message.parts) {
            Some(state) => self.move_to(tx, message, state).await,
            None => Ok(()),
        }
    }

    /// Moves a message forward to `next`, if that is forward, and shows it.
    pub(super) async fn move_to(&self, tx: &mut Tx, message: &Message, next: State) -> Result<()> {
        let state = message.state.after(next);
        if state == message.state {
            return Ok(());
        }
        store::messages::set_state(tx, message.id, state, self.now()).await?;
        let was_with_us = matches!(message.state, State::Queued | State::Failed(_));
        if was_with_us && !matches!(state, State::Failed(_)) {
            // Where it is unconfirmed, the provider may have it.
            store::notifications::taken(tx, message.id, self.now()).await?;
        }
        if let (State::Failed(failure), State::Delivered) = (message.state, state) {
            self.take_back(tx, message, failure).await?;
        }
        let (lane, conversation) = (Lane::Discord(message.conversation), message.conversation);
        self.enqueue(tx, lane, Effect::UpdateMessage { message: message.id }).await?;
        self.enqueue(tx, lane, Effect::UpdateCard { conversation }).await?;
        match state {
            State::Failed(failure) => {
                self.heed(tx, message, failure).await?;
                if matches!(message.state, State::Failed(_)) {
                    // Somebody was called already; now the true reason shows.
                    return Ok(());
                }
                self.alert(tx, message, self.now()).await
            }
            State::Unconfirmed => self.alert(tx, message, self.now().plus(self.unconfirmed_after)).await,
            State::Received | State::Queued | State::Sent | State::Delivered => Ok(()),
        }
    }

    /// A failure that says that no more texts arrive there goes into the ledger, beside a block too. It gives way to the
    /// same or a stronger word, and to what the customer has said since; an agent who tried all the same decided about the
    /// reach, not about an opt-out.
    async fn heed(&self, tx: &mut Tx, message: &Message, failure: Failure) -> Result<()> {
        let Some(says) = failure.says() else { return Ok(()) };
        let customer = fetch(tx, message.conversation).await?.customer.id;
        let gives_way = match store::consents::but_for_blocks(tx, customer).await? {
            None => false,
            Some(entry) => match (entry.says, entry.by) {
                (Statement::OptsOut, _) => true,
                (Statement::Unreachable, _) => says == Statement::Unreachable,
                (_, Speaker::Customer) => entry.since > message.created,
                (_, _) => says == Statement::Unreachable && entry.since > message.created,
            },
        };
        if gives_way {
            return Ok(());
        }
        self.say(tx, customer, says, Speaker::Carrier, &failures::reason(failure)).await?;
        self.enqueue(tx, Lane::Discord(message.conversation), Effect::UpdateCard { conversation: message.conversation })
            .await
    }

    /// A message that failed was delivered all the same: what its failure said about the number does not hold.
    async fn take_back(&self, tx: &mut Tx, message: &Message, failure: Failure) -> Result<()> {
        let Some(says) = failure.says() else { return Ok(()) };
        let customer = fetch(tx, message.conversation).await?.customer.id;
        let newest = store::consents::but_for_blocks(tx, customer).await?;
        let is_its_word = |entry: &Entry| {
            (entry.says, entry.by) == (says, Speaker::Carrier)
                && entry.since >= message.created
                && entry.reason == failures::reason(failure)
        };
        if !newest.as_ref().is_some_and(is_its_word) {
            return Ok(());
        }
        self.say(tx, customer, Statement::Allows, Speaker::Carrier, &remarks::delivered_all_the_same(message.number))
            .await
    }

    /// Rings the owner at `due`, if the message is then still in trouble.
    pub(super) async fn alert(
        &self,
        tx: &mut Tx,
        message: &Message,
        due: crate::domain::time::Timestamp,
    ) -> Result<()> {
        if message.kind.is_consent_answer() {
            return Ok(());
        }
        let effect = Effect::PostAlert { message: message.id, nonce: self.nonce() };
        store::outbox::enqueue(tx, Lane::Discord(message.conversation), &effect, self.now(), due).await
    }

    pub(super) async fn lock_customer_of(&self, tx: &mut Tx, message: &Message) -> Result<()> {
        let conversation = fetch(tx, message.conversation).await?;
        store::customers::lock(tx, conversation.customer.id).await?;
        Ok(())
    }

    /// A message that must exist, read under its customer's lock.
    pub(super) async fn locked_message(&self, tx: &mut Tx, id: MessageId) -> Result<Option<Message>> {
        let Some(message) = store::messages::get(tx, id).await? else { return Ok(None) };
        self.lock_customer_of(tx, &message).await?;
        store::messages::get(tx, id).await
    }
}
