//! A customer's SMS: consent first, then the answer to a notification, then the agents.

use std::time::Duration;

use crate::domain::answer::{self, Reading};
use crate::domain::consent::{Consent, Speaker, Statement};
use crate::domain::conversation::{Conversation, Customer};
use crate::domain::desk::Desk;
use crate::domain::effect::Notice;
use crate::domain::ids::{InboxId, MessageId};
use crate::domain::keyword::{Keyword, keyword};
use crate::domain::limits::Restraint;
use crate::domain::message::{Inbound, Outbound};
use crate::domain::phone::{Address, PhoneNumber};
use crate::domain::sms;
use crate::domain::template::{self, Choice};
use crate::domain::time::Timestamp;
use crate::domain::webhook::InboundSms;
use crate::store::notifications::Notification;
use crate::store::{self, Result, Tx};
use crate::wording::remarks;

use super::Flows;
use super::long_text::Gathered;
use super::queue::Outgoing;

/// How soon HELP is answered again.
const HELP_AGAIN_AFTER: Duration = Duration::from_secs(60 * 60);

/// What became of a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// What it speaks of is not known yet.
    NotYet,
    /// It is a part of a long text, and waits for the rest until then.
    WaitsUntil(Timestamp),
    /// Kept for a person.
    Dead(&'static str),
}

/// What is to be said and done about a text.
struct Reply {
    read_as: (Inbound, Option<String>),
    /// Whether an agent is needed.
    alert: bool,
    answer: Option<(Outbound, String)>,
}

impl Reply {
    fn for_agents(remark: Option<String>) -> Self {
        Self { read_as: (Inbound::Text, remark), alert: true, answer: None }
    }

    /// Nothing is read into what is not whole: a part may say "2" in the middle of a sentence.
    const fn for_part(remark: String) -> Self {
        Self { read_as: (Inbound::Part, Some(remark)), alert: true, answer: None }
    }
}

impl Flows {
    /// `webhook` is the entry of the inbox in which it came.
    pub(crate) async fn inbound_sms(&self, tx: &mut Tx, webhook: InboxId, sms: &InboundSms) -> Result<Outcome> {
        let Some(desk) = sms.to.as_ref().and_then(|number| self.desks.by_number(number)) else {
            let ending = sms.to.as_ref().map(PhoneNumber::masked).unwrap_or_default();
            self.tell_operator(tx, Notice::NumberOfNoDesk { ending }).await?;
            return Ok(Outcome::Dead("for a number of no desk"));
        };
        let customer = store::customers::find_or_make(tx, &desk.name, &sms.from, self.now()).await?;
        let Some(concat) = &sms.concat else {
            self.read_and_take(tx, desk, &customer, &sms.text).await?;
            return Ok(Outcome::Done);
        };
        let Some(place) = concat.place else {
            self.take(tx, desk, &customer, &sms.text, Reply::for_part(remarks::part())).await?;
            return Ok(Outcome::Done);
        };
        match self.gather(tx, &customer, webhook, (&concat.reference, place), &sms.text).await? {
            Gathered::Nothing => {}
            Gathered::WaitsUntil(due) => return Ok(Outcome::WaitsUntil(due)),
            Gathered::Whole(long) => {
                let message = self.read_and_take(tx, desk, &customer, &long.text.text()).await?;
                store::long_texts::set_message(tx, long.id, message).await?;
            }
            Gathered::Incomplete(long) => {
                let reply = Reply::for_part(remarks::missing(&long.text.missing(), long.text.total()));
                let message = self.take(tx, desk, &customer, &long.text.text(), reply).await?;
                store::long_texts::set_message(tx, long.id, message).await?;
            }
            Gathered::Late(long, message) => {
                if !self.complete(tx, &long, message).await? {
                    let reply = Reply::for_part(remarks::late_part());
                    self.take(tx, desk, &customer, &long.text.text(), reply).await?;
                }
            }
        }
        Ok(Outcome::Done)
    }

    async fn read_and_take(&self, tx: &mut Tx, desk: &Desk, customer: &Customer, text: &str) -> Result<MessageId> {
        let reply = self.decide(tx, desk, customer, text).await?;
        let reply = self.restrain(tx, desk, customer, text, reply).await?;
        self.take(tx, desk, customer, text, reply).await
    }

    /// Shows a text in its conversation, and answers it as was decided.
    async fn take(&self, tx: &mut Tx, desk: &Desk, customer: &Customer, text: &str, reply: Reply) -> Result<MessageId> {
        let conversation = self.conversation_to_receive(tx, desk, customer).await?;
        let message = self.receive(tx, &conversation, reply.read_as, text, reply.alert).await?;
        if let Some((kind, text)) = reply.answer {
            self.answer(tx, &conversation, kind, text).await?;
        }
        Ok(message)
    }

    async fn decide(&self, tx: &mut Tx, desk: &Desk, customer: &Customer, text: &str) -> Result<Reply> {
        if matches!(customer.address, Address::Other(_)) {
            return Ok(Reply::for_agents(Some(remarks::not_a_phone())));
        }
        let standing = store::consents::standing(tx, customer.id).await?;
        let consent = match standing.consent {
            // Whoever writes is in reach.
            Consent::Unreachable => {
                self.say(tx, customer.id, Statement::Allows, Speaker::Customer, remarks::WROTE).await?;
                Consent::Allowed
            }
            consent => consent,
        };
        if let Some(keyword) = keyword(text, &desk.languages)
            && let Some(reply) = self.obey(tx, desk, customer, consent, keyword, text).await?
        {
            return Ok(reply);
        }
        if consent == Consent::Blocked {
            return Ok(Reply { alert: false, ..Reply::for_agents(Some(remarks::blocked())) });
        }
        let Some(notification) = store::notifications::latest(tx, customer.id, self.now()).await? else {
            return Ok(Reply::for_agents(None));
        };
        if store::messages::agent_text_since(tx, customer.id, notification.message).await? {
            return Ok(Reply::for_agents(None));
        }
        self.bind(tx, customer, consent, &notification, text).await
    }

    /// STOP, START and HELP. `None` where the word changes nothing and is for the agents.
    async fn obey(
        &self,
        tx: &mut Tx,
        desk: &Desk,
        customer: &Customer,
        consent: Consent,
        keyword: Keyword,
        text: &str,
    ) -> Result<Option<Reply>> {
        let texts = &desk.consent;
        let (kind, remark, answer) = match (keyword, consent) {
            (Keyword::Stop, Consent::Allowed | Consent::Unreachable) => {
                (Inbound::Stop, remarks::opted_out(), texts.stop.clone())
            }
            // Said again: it holds, and one answer was enough.
            (Keyword::Stop, Consent::OptedOut) => (Inbound::Stop, remarks::opted_out_already(), None),
            (Keyword::Start, Consent::OptedOut) => (Inbound::Start, remarks::opted_in(), Some(texts.start.clone())),
            (Keyword::Start, Consent::Allowed | Consent::Unreachable) => return Ok(None),
            // What the customer says is written down, and holds once an agent lifts the block.
            (Keyword::Stop, Consent::Blocked) => (Inbound::Stop, remarks::blocked(), None),
            (Keyword::Start, Consent::Blocked) => (Inbound::Start, remarks::blocked(), None),
            (Keyword::Help, Consent::Blocked) => (Inbound::Help, remarks::blocked(), None),
            (Keyword::Help, _) => {
                let since = self.now().minus(HELP_AGAIN_AFTER);
                // Else two robots would ask and answer each other for ever.
                if store::messages::asked_for_help_since(tx, customer.id, since).await? {
                    (Inbound::Help, remarks::help_again(), None)
                } else {
                    (Inbound::Help, remarks::help(), Some(texts.help.clone()))
                }
            }
        };
        let change = match keyword {
            Keyword::Stop if consent != Consent::OptedOut => Some(Statement::OptsOut),
            Keyword::Start => Some(Statement::Allows),
            Keyword::Stop | Keyword::Help => None,
        };
        if let Some(says) = change {
            let reason: String = text.trim().chars().take(40).collect();
            self.say(tx, customer.id, says, Speaker::Customer, &reason).await?;
        }
        let answers = if keyword == Keyword::Start { Outbound::StartAnswer } else { Outbound::ConsentAnswer };
        let answer = answer.filter(|text| !text.is_empty()).map(|text| (answers, text));
        Ok(Some(Reply { read_as: (kind, Some(remark)), alert: false, answer }))
    }

    /// Leaves an automatic answer out where two robots might be talking, or the money is spent: then an agent is called.
    async fn restrain(&self, tx: &mut Tx, desk: &Desk, customer: &Customer, text: &str, reply: Reply) -> Result<Reply> {
        let Some((_, answer)) = &reply.answer else { return Ok(reply) };
        let mut recent = store::messages::recent(tx, customer.id, text, self.now().minus(desk.limits.window)).await?;
        recent.identical += 1;
        let abroad = customer.address.phone().is_some_and(|number| !desk.limits.allows(number));
        let mut restraint = if abroad { Some(Restraint::Country) } else { desk.limits.restrains(recent) };
        // Who wants no more texts is told so, whatever it costs.
        if restraint.is_none() && reply.read_as.0 != Inbound::Stop {
            let over = self.over_budget(tx, desk, None, sms::parts(answer).count).await?;
            restraint = over.map(|_| Restraint::Budget);
        }
        let Some(restraint) = restraint else { return Ok(reply) };
        let (kind, remark) = reply.read_as;
        let why = remarks::restrained(restraint, desk.limits.window);
        let remark = remark.map_or_else(|| why.clone(), |remark| format!("{remark} · {why}"));
        Ok(Reply { read_as: (kind, Some(remark)), alert: true, answer: None })
    }

    /// Reads a text as the answer to a notification.
    async fn bind(
        &self,
        tx: &mut Tx,
        customer: &Customer,
        consent: Consent,
        notification: &Notification,
        text: &str,
    ) -> Result<Reply> {
        let choice = if notification.options.is_empty() {
            None
        } else {
            match answer::read(text, &notification.options) {
                Reading::Choice(index) => notification.options.get(index),
                Reading::Unclear => return self.unclear(tx, consent, notification).await,
            }
        };
        let key = choice.map_or("", |choice| choice.key.as_str());
        match notification.choice.as_deref() {
            // A template without options: only the first reply is an answer.
            Some(_) if choice.is_none() => return Ok(Reply::for_agents(None)),
            Some(before) if before == key => {
                let remark = remarks::chosen_again(choice);
                return Ok(Reply { read_as: (Inbound::Choice, Some(remark)), alert: false, answer: None });
            }
            _ => {}
        }
        store::notifications::set_choice(tx, notification.message, key, self.now()).await?;
        if consent == Consent::OptedOut {
            let remark = remarks::chosen_but_opted_out(choice);
            return Ok(Reply { read_as: (Inbound::Choice, Some(remark)), alert: true, answer: None });
        }
        let before = notification.choice.as_deref().and_then(|key| option(&notification.options, key));
        let confirmation = template::confirm(&notification.confirmation, choice, customer.name.as_deref());
        let answer = (!confirmation.is_empty()).then_some((Outbound::Confirmation, confirmation));
        let remark = remarks::chosen(choice, before);
        Ok(Reply { read_as: (Inbound::Choice, Some(remark)), alert: false, answer })
    }

    /// No choice: the agents see it, nothing is confirmed. The template's own sentence goes out once.
    async fn unclear(&self, tx: &mut Tx, consent: Consent, notification: &Notification) -> Result<Reply> {
        let mut reply = Reply::for_agents(None);
        if !notification.unclear.is_empty() && !notification.unclear_sent && consent == Consent::Allowed {
            store::notifications::set_unclear_sent(tx, notification.message, self.now()).await?;
            reply.answer = Some((Outbound::Unclear, notification.unclear.clone()));
        }
        Ok(reply)
    }

    async fn answer(&self, tx: &mut Tx, conversation: &Conversation, kind: Outbound, text: String) -> Result<()> {
        self.queue(tx, conversation, Outgoing { kind, text, author: None, remark: None }).await?;
        Ok(())
    }
}

fn option<'a>(options: &'a [Choice], key: &str) -> Option<&'a Choice> {
    options.iter().find(|choice| choice.key == key)
}
