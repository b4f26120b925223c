//! The one point that every SMS passes: consent is asked again, and the attempt is committed as begun.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::consent::Consent;
use crate::domain::delivery::{Part, PartState};
use crate::domain::desk::DeskName;
use crate::domain::effect::{Effect, Notice};
use crate::domain::ids::{EffectId, MessageId, ProviderMessageId};
use crate::domain::message::{Failure, Kind, Message, Outbound, State};
use crate::domain::pause::{Follows, MaySend, Pause, SUSPECTS};
use crate::domain::phone::Address;
use crate::domain::retry::Schedule;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Price;
use crate::ports::{Accepted, Retry, SendError, Sms};
use crate::store::outbox::{Attempt, End, NextSms, Sending, WITHOUT_DESK, Which};
use crate::store::{self, Result, StoreError, Tx};

use super::Flows;
use super::delivery_receipt::SENT_BEFORE;
use super::queue::fetch;

/// So many SMS that are too late are looked for at once, and so many times in one go.
const BATCH: i64 = 32;
const BATCHES: usize = 32;

/// Why an SMS does not leave now.
enum Held {
    /// Its desk is not configured, perhaps by mistake: it waits until the desk is back.
    Later(&'static str),
    Never(Failure),
}

/// What the outbox had for Vonage.
pub enum BegunSms {
    /// Nothing is due.
    Nothing,
    /// The one that was due must not be sent, and is settled.
    Refused,
    /// This may leave now, once, from the number of this desk.
    Send(Box<Attempt>, Box<Sms>, DeskName),
}

/// A receipt usually comes within some seconds. So long a message waits whose refusal may hide that it was taken: its
/// receipt then ends it before it is sent twice.
const RECEIPT_COMES_WITHIN: Duration = Duration::from_secs(30);

impl Flows {
    /// Takes the next SMS that is due and may be sent, of the first of these that have one. When this returns, its attempt is
    /// committed as begun.
    pub async fn begin_sms(
        &self,
        of: &[Sending<'_>],
        may: MaySend,
        holder: &str,
        lease: Timestamp,
    ) -> Result<BegunSms> {
        let now = self.now();
        let mut tx = self.store.begin_first().await?;
        let Some((next, desk)) = next(&mut tx, of, may, now).await? else { return Ok(BegunSms::Nothing) };
        // Before the outbox: whoever queues a text has the customer first as well.
        let message = match next.message {
            Some(message) => self.locked_message(&mut tx, message).await,
            None => Ok(None),
        };
        let message = match message {
            Ok(Some(message)) => message,
            Ok(None) => {
                drop(tx);
                self.bury(next.id, None, &StoreError::Corrupt("outbox.effect")).await?;
                return Ok(BegunSms::Refused);
            }
            Err(why @ StoreError::Corrupt(_)) => {
                drop(tx);
                self.bury(next.id, None, &why).await?;
                return Ok(BegunSms::Refused);
            }
            Err(error) => return Err(error),
        };
        let Some(attempt) = store::outbox::begin_one(&mut tx, next.id, holder, now, lease).await? else {
            tx.commit().await?;
            return Ok(BegunSms::Refused);
        };
        if message.state != State::Queued {
            // A receipt came for an attempt that was believed lost: it is sent, and must not be sent twice.
            store::outbox::settle(&mut tx, &attempt, &done(Some(SENT_BEFORE)), now).await?;
            tx.commit().await?;
            return Ok(BegunSms::Refused);
        }
        let too_late = next.send_by.is_some_and(|by| by <= now);
        let allowed = match self.allowed(&mut tx, &message).await {
            Err(why @ StoreError::Corrupt(_)) => {
                drop(tx);
                self.cannot_know(next.id, &attempt.effect, &message, &why).await?;
                return Ok(BegunSms::Refused);
            }
            Ok(Ok(_)) if too_late => Err(Held::Never(Failure::TooLate)),
            allowed => allowed?,
        };
        let begun = match allowed {
            Ok(sms) => {
                if message.kind == Kind::Outbound(Outbound::Notification) {
                    store::notifications::set_asked(&mut tx, message.id, now).await?;
                }
                BegunSms::Send(Box::new(attempt), Box::new(sms), desk)
            }
            Err(Held::Later(why)) => {
                let end = End::Again { due: now.plus(Schedule::Slow.pause(attempt.number)), why: why.to_owned() };
                store::outbox::settle(&mut tx, &attempt, &end, now).await?;
                BegunSms::Refused
            }
            Err(Held::Never(failure)) => {
                store::outbox::settle(&mut tx, &attempt, &done(Some("not sent")), now).await?;
                self.move_to(&mut tx, &message, State::Failed(failure)).await?;
                BegunSms::Refused
            }
        };
        tx.commit().await?;
        Ok(begun)
    }

    /// Gives up on an SMS of which nobody can tell whether it may be sent: the agents see that it failed.
    async fn cannot_know(&self, id: EffectId, effect: &Effect, message: &Message, why: &StoreError) -> Result<()> {
        let mut tx = self.store.begin().await?;
        let failed = async move {
            self.locked_message(&mut tx, message.id).await?;
            store::outbox::bury(&mut tx, id, &why.to_string(), self.now()).await?;
            self.tell_of_unreadable(&mut tx, id, Some(effect), why).await?;
            self.move_to(&mut tx, message, State::Failed(Failure::Unreadable)).await?;
            tx.commit().await
        };
        match failed.await {
            // Not even that can be shown.
            Err(StoreError::Corrupt(_)) => self.bury(id, Some(effect), why).await,
            failed => failed,
        }
    }

    /// Ends what could not leave in time, whatever holds it up, and has its messages fail. Returns how many it ended.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn end_too_late(&self) -> Result<usize> {
        let mut ended = 0;
        let mut without_desk: BTreeMap<DeskName, i64> = BTreeMap::new();
        for _ in 0..BATCHES {
            let late = store::outbox::too_late(&mut self.store.read().await?, self.now(), BATCH).await?;
            for sms in &late {
                match self.end_one_too_late(sms).await {
                    Ok(None) => {}
                    Ok(Some(desk)) => *without_desk.entry(desk).or_insert(0) += 1,
                    Err(why @ StoreError::Corrupt(_)) => self.bury(sms.id, None, &why).await?,
                    Err(error) => return Err(error),
                }
            }
            ended += late.len();
            if late.len() < usize::try_from(BATCH).unwrap_or(usize::MAX) {
                break;
            }
        }
        if !without_desk.is_empty() {
            let mut tx = self.store.begin().await?;
            for (desk, sms) in without_desk {
                // There is no channel in which agents could be told.
                self.tell_operator(&mut tx, Notice::DeskTooLate { desk, sms, at: Some(self.now()) }).await?;
            }
            tx.commit().await?;
        }
        if ended > 0 {
            self.wake.couriers();
        }
        Ok(ended)
    }

    /// Returns its desk where that is not configured.
    async fn end_one_too_late(&self, sms: &NextSms) -> Result<Option<DeskName>> {
        let message = sms.message.ok_or(StoreError::Corrupt("outbox.effect"))?;
        let mut tx = self.store.begin().await?;
        let message = self.locked_message(&mut tx, message).await?.ok_or(StoreError::Corrupt("outbox.effect"))?;
        if !store::outbox::end_too_late(&mut tx, sms.id, self.now()).await? || message.state != State::Queued {
            tx.commit().await?;
            return Ok(None);
        }
        let failure = match self.allowed(&mut tx, &message).await {
            Ok(Err(Held::Never(failure))) => failure,
            // It does not leave any more, whatever cannot be read about it.
            Ok(_) | Err(StoreError::Corrupt(_)) => Failure::TooLate,
            Err(error) => return Err(error),
        };
        self.move_to(&mut tx, &message, State::Failed(failure)).await?;
        let desk = fetch(&mut tx, message.conversation).await?.customer.desk;
        tx.commit().await?;
        Ok(self.desks.by_name(&desk).is_none().then_some(desk))
    }

    /// Records how Vonage answered. `follows` is what a refusal means for the message.
    pub async fn settle_sms(
        &self,
        attempt: &Attempt,
        answer: &std::result::Result<Accepted, SendError>,
        follows: Follows,
    ) -> Result<()> {
        let now = self.now();
        let mut tx = self.store.begin().await?;
        let message = self.message_to_send(&mut tx, attempt).await?;
        match answer {
            Ok(accepted) => {
                // Even if the lease was lost: that Vonage has it stays true, and a state only moves forward.
                store::outbox::settle(&mut tx, attempt, &done(None), now).await?;
                self.accepted(&mut tx, message.id, accepted).await?;
            }
            Err(SendError::Retry(_)) if message.state != State::Queued => {
                // Vonage took it all the same, and its receipt was quicker.
                store::outbox::settle(&mut tx, attempt, &done(Some(SENT_BEFORE)), now).await?;
            }
            Err(SendError::Retry(Retry::Refused { why })) => {
                self.refused(&mut tx, attempt, &message, *why, follows).await?;
            }
            Err(SendError::Retry(retry)) => {
                let end = End::Again { due: retry_at(now, attempt.number, retry), why: retry.to_string() };
                store::outbox::settle(&mut tx, attempt, &end, now).await?;
            }
            Err(SendError::Reject(failure)) => {
                self.end(&mut tx, attempt, &message, State::Failed(*failure)).await?;
            }
            Err(SendError::Unconfirmed(why)) => self.unconfirmed(&mut tx, attempt, &message, why).await?,
        }
        tx.commit().await?;
        self.wake.couriers();
        Ok(())
    }

    /// A refusal counts against the message only where others pass.
    async fn refused(
        &self,
        tx: &mut Tx,
        attempt: &Attempt,
        message: &Message,
        why: Pause,
        follows: Follows,
    ) -> Result<()> {
        let now = self.now();
        if follows == Follows::Charged && store::outbox::count_fault(tx, attempt.id).await? >= why.charges() {
            return self.end(tx, attempt, message, State::Failed(why.as_failure())).await;
        }
        let pause = match follows {
            // For the end of the account's pause, and no longer.
            Follows::Waits => Duration::ZERO,
            Follows::BacksOff | Follows::Charged => Schedule::Soon.pause(attempt.number),
        };
        let pause = if why.may_hide_an_acceptance() { pause.max(RECEIPT_COMES_WITHIN) } else { pause };
        let end = End::Again { due: now.plus(pause), why: format!("refused: {why:?}") };
        store::outbox::settle(tx, attempt, &end, now).await?;
        // The next to be tried is another.
        store::outbox::give_up_turn(tx, attempt.id, now).await
    }

    /// Settles SMS attempts that began and were never settled: they may have been sent, so they are never due again.
    pub(super) async fn give_up_waiting(&self, tx: &mut Tx, attempt: &Attempt) -> Result<()> {
        let message = self.message_to_send(tx, attempt).await?;
        self.unconfirmed(tx, attempt, &message, "the attempt was interrupted").await
    }

    async fn message_to_send(&self, tx: &mut Tx, attempt: &Attempt) -> Result<Message> {
        let Effect::SendSms { message } = attempt.effect else { return Err(StoreError::Corrupt("outbox.effect")) };
        self.locked_message(tx, message).await?.ok_or(StoreError::Corrupt("outbox.effect"))
    }

    /// The SMS, if it may be sent. Only the answer to STOP or HELP reaches who has opted out.
    async fn allowed(&self, tx: &mut Tx, message: &Message) -> Result<std::result::Result<Sms, Held>> {
        let customer = fetch(tx, message.conversation).await?.customer;
        let exempt = message.kind == Kind::Outbound(Outbound::ConsentAnswer);
        let withheld = match store::consents::current(tx, customer.id).await? {
            Consent::Blocked => Some(Failure::Blocked),
            Consent::OptedOut if !exempt => Some(Failure::OptedOut),
            Consent::Unreachable => Some(Failure::Unreachable),
            Consent::OptedOut | Consent::Allowed => None,
        };
        if let Some(failure) = withheld {
            return Ok(Err(Held::Never(failure)));
        }
        let Some(desk) = self.desks.by_name(&customer.desk) else {
            return Ok(Err(Held::Later(WITHOUT_DESK)));
        };
        let Address::Phone(to) = customer.address else { return Ok(Err(Held::Never(Failure::NotAPhone))) };
        if !desk.limits.allows(&to) {
            return Ok(Err(Held::Never(Failure::Country)));
        }
        Ok(Ok(Sms { from: desk.number.clone(), to, text: message.text.clone(), client_ref: message.id }))
    }

    async fn accepted(&self, tx: &mut Tx, id: MessageId, accepted: &Accepted) -> Result<()> {
        let parts = match accepted {
            Accepted::Parts(parts) => parts,
            Accepted::Whole(provider_id) => return self.accepted_whole(tx, id, provider_id).await,
        };
        let count = u32::try_from(parts.len()).unwrap_or(u32::MAX);
        store::messages::set_part_count(tx, id, count).await?;
        let message = store::messages::get(tx, id).await?.ok_or(StoreError::Corrupt("messages.id"))?;
        for (position, answer) in (1..).zip(parts) {
            let part = Part {
                index: Some(position),
                provider_id: answer.provider_id.clone(),
                state: answer.refused.map_or(PartState::Sent, PartState::Failed),
            };
            self.put_part(tx, &message, part, answer.price).await?;
        }
        if let Some(price) = parts.iter().find_map(|part| part.price) {
            self.note_price(tx, &message, price).await?;
        }
        self.advance(tx, &message).await
    }

    /// What one part to this customer's country costs.
    pub(super) async fn note_price(&self, tx: &mut Tx, message: &Message, of_a_part: Price) -> Result<()> {
        match fetch(tx, message.conversation).await?.customer.country() {
            Some(country) => store::prices::note(tx, country, of_a_part, self.now()).await,
            None => Ok(()),
        }
    }

    /// One id for all of it: our own count of parts stays, and the message itself is sent.
    async fn accepted_whole(&self, tx: &mut Tx, id: MessageId, provider_id: &ProviderMessageId) -> Result<()> {
        let message = store::messages::get(tx, id).await?.ok_or(StoreError::Corrupt("messages.id"))?;
        let whole = Part { index: None, provider_id: Some(provider_id.clone()), state: PartState::Sent };
        self.put_part(tx, &message, whole, None).await?;
        self.move_to(tx, &message, State::Sent).await
    }

    async fn unconfirmed(&self, tx: &mut Tx, attempt: &Attempt, message: &Message, why: &str) -> Result<()> {
        self.end_with(tx, attempt, message, State::Unconfirmed, why).await?;
        // A receipt may have come before: then it was sent, and we know.
        let message = store::messages::get(tx, message.id).await?.ok_or(StoreError::Corrupt("messages.id"))?;
        self.advance(tx, &message).await
    }

    async fn end(&self, tx: &mut Tx, attempt: &Attempt, message: &Message, state: State) -> Result<()> {
        self.end_with(tx, attempt, message, state, state.as_stored()).await
    }

    async fn end_with(&self, tx: &mut Tx, attempt: &Attempt, message: &Message, state: State, why: &str) -> Result<()> {
        if store::outbox::settle(tx, attempt, &done(Some(why)), self.now()).await? {
            self.move_to(tx, message, state).await?;
        }
        Ok(())
    }
}

fn done(remark: Option<&str>) -> End {
    End::Done { remark: remark.map(str::to_owned) }
}

/// The SMS whose turn it is, and its desk.
async fn next(tx: &mut Tx, of: &[Sending<'_>], may: MaySend, now: Timestamp) -> Result<Option<(NextSms, DeskName)>> {
    let (but, fresh_first) = match may {
        MaySend::Any => ([None; SUSPECTS], false),
        MaySend::One { but } => (but, true),
        MaySend::No => return Ok(None),
    };
    for fresh in [true, false] {
        if fresh && !fresh_first {
            continue;
        }
        for &sending in of {
            if let Some(found) = store::outbox::next_sms(tx, sending, Which { but, fresh }, now).await? {
                return Ok(Some((found, sending.desk.clone())));
            }
        }
    }
    Ok(None)
}

/// When an SMS is tried again that was not taken.
pub fn retry_at(now: Timestamp, attempt: i64, retry: &Retry) -> Timestamp {
    let pause = match retry {
        Retry::Soon { after, .. } => after.unwrap_or_else(|| Schedule::Soon.pause(attempt)),
        Retry::Unreachable(_) | Retry::Refused { .. } => Schedule::Soon.pause(attempt),
    };
    now.plus(pause)
}
