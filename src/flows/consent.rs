//! What agents say about a customer's consent: `/optout`, `/block`, `/unblock`, and `/consent`, which shows the ledger.

use crate::domain::consent::{Consent, Entry, Speaker, Standing, Statement};
use crate::domain::conversation::Customer;
use crate::domain::desk::Desk;
use crate::domain::effect::{Effect, Lane};
use crate::domain::ids::{CustomerId, MessageId};
use crate::domain::message::Decision;
use crate::domain::phone::{self, Address};
use crate::domain::time::Timestamp;
use crate::store::{self, Result, Tx};
use crate::wording::{answers, consent};

use super::notify::without_nul;
use super::queue::fetch;
use super::{Answer, Flows, Occasion, OrRefusal};

/// How many entries of the ledger are shown.
const SHOWN: i64 = 10;

/// An agent's words about it are kept up to this length.
const REASON: usize = 200;

/// About whom, as the agent typed it; in a thread its customer where left out.
pub type About = Option<String>;

impl Flows {
    /// `/optout`, `/block` and `/unblock`.
    pub async fn state_consent(
        &self,
        at: &Occasion,
        says: Statement,
        about: About,
        reason: Option<String>,
    ) -> Result<Answer> {
        let desk = match self.desk_for(at) {
            Ok(desk) => desk,
            Err(refusal) => return Ok(Answer::Now(refusal)),
        };
        let mut tx = self.store.begin().await?;
        if !store::interactions::first_seen(&mut tx, at.interaction, self.now()).await? {
            return Ok(Answer::SeenBefore);
        }
        let customer = match self.customer_meant(&mut tx, at, desk, about).await? {
            Ok(customer) => customer,
            Err(refusal) => return Ok(Answer::Now(refusal)),
        };
        let reason = reason.unwrap_or_default();
        let answer = self.state_consent_in(&mut tx, at, desk, &customer, says, &reason).await?;
        tx.commit().await?;
        self.wake.couriers();
        Ok(answer)
    }

    /// `/consent`: who said what about it, when and why.
    pub async fn show_consent(&self, at: &Occasion, about: About) -> Result<Answer> {
        let desk = match self.desk_for(at) {
            Ok(desk) => desk,
            Err(refusal) => return Ok(Answer::Now(refusal)),
        };
        let mut tx = self.store.begin().await?;
        let customer = match self.customer_meant(&mut tx, at, desk, about).await? {
            Ok(customer) => customer,
            Err(refusal) => return Ok(Answer::Now(refusal)),
        };
        let entries = store::consents::newest(&mut tx, customer.id, SHOWN).await?;
        let standing = store::consents::standing(&mut tx, customer.id).await?;
        Ok(Answer::Now(consent::ledger(desk, &customer, &standing, &entries)))
    }

    /// The button under a message that may ask for no more messages: as `/optout`, with its text as the reason.
    pub(super) async fn opt_out_by(&self, tx: &mut Tx, at: &Occasion, desk: &Desk, id: MessageId) -> Result<Answer> {
        let Some(message) = self.locked_message(tx, id).await? else {
            return Ok(Answer::Now(answers::decided_already()));
        };
        let conversation = fetch(tx, message.conversation).await?;
        if conversation.customer.desk != desk.name {
            return Ok(Answer::Now(answers::not_an_agent(desk)));
        }
        if message.offers_opt_out() {
            store::messages::decide(tx, id, &Decision::OptedOut { by: at.agent.id }).await?;
            let (lane, effect) = (Lane::Discord(conversation.id), Effect::UpdateMessage { message: id });
            self.enqueue(tx, lane, effect).await?;
        }
        self.state_consent_in(tx, at, desk, &conversation.customer, Statement::OptsOut, &message.text).await
    }

    /// Writes down what an agent says, where that changes something.
    async fn state_consent_in(
        &self,
        tx: &mut Tx,
        at: &Occasion,
        desk: &Desk,
        customer: &Customer,
        says: Statement,
        reason: &str,
    ) -> Result<Answer> {
        let before = store::consents::standing(tx, customer.id).await?;
        let reason: String = without_nul(reason).trim().chars().take(REASON).collect();
        // An opt-out is written down also where it changes nothing: a START that was said before it, and comes later, does
        // not lift it.
        if changes(&before, says) || says == Statement::OptsOut {
            self.say(tx, customer.id, says, Speaker::Agent(at.agent.id), &reason).await?;
        }
        if !changes(&before, says) {
            return Ok(Answer::Now(consent::as_before(desk, customer, says, &before)));
        }
        let standing = store::consents::standing(tx, customer.id).await?;
        if let Some(conversation) = store::conversations::latest(tx, customer.id).await? {
            let (lane, effect) = (Lane::Discord(conversation.id), Effect::UpdateCard { conversation: conversation.id });
            self.enqueue(tx, lane, effect).await?;
        }
        let which = format!("customer {}", customer.id);
        store::interactions::audit(tx, at.agent.id, says.as_stored(), &which, self.now()).await?;
        Ok(Answer::Now(consent::stated(desk, customer, says, &standing)))
    }

    /// Writes an entry into the ledger, as of now.
    pub(super) async fn say(
        &self,
        tx: &mut Tx,
        customer: CustomerId,
        says: Statement,
        by: Speaker,
        reason: &str,
    ) -> Result<()> {
        let entry = Entry { says, by, since: self.now(), reason: reason.to_owned() };
        store::consents::record(tx, customer, &entry).await
    }

    /// Writes down what the customer said, at the time of saying.
    pub(super) async fn say_at(
        &self,
        tx: &mut Tx,
        customer: CustomerId,
        says: Statement,
        reason: &str,
        said: Timestamp,
    ) -> Result<()> {
        let entry = Entry { says, by: Speaker::Customer, since: said, reason: reason.to_owned() };
        store::consents::record(tx, customer, &entry).await
    }

    async fn customer_meant(
        &self,
        tx: &mut Tx,
        at: &Occasion,
        desk: &Desk,
        about: About,
    ) -> Result<OrRefusal<Customer>> {
        let Some(typed) = about else {
            return Ok(match store::conversations::by_thread(tx, at.channel).await? {
                Some(conversation) if conversation.customer.desk != desk.name => Err(answers::not_an_agent(desk)),
                Some(conversation) => Ok(store::customers::lock(tx, conversation.customer.id).await?),
                None => Err(answers::about_whom()),
            });
        };
        let number = match phone::read(&typed, desk.default_region) {
            Ok(read) => read.number,
            Err(error) => return Ok(Err(answers::number_not_read(error))),
        };
        store::customers::find_or_make(tx, &desk.name, &Address::Phone(number), self.now()).await.map(Ok)
    }
}

/// Whether a statement would change what holds.
fn changes(before: &Standing, says: Statement) -> bool {
    match says {
        Statement::Blocks => before.consent != Consent::Blocked,
        Statement::Unblocks => before.consent == Consent::Blocked,
        // Under a block nobody sees what the customer said before; to be told once more does no harm.
        Statement::OptsOut => before.consent != Consent::OptedOut,
        Statement::Allows | Statement::Unreachable => true,
    }
}
