//! An agent's own text to the customer of a conversation: `/reply` and the Reply button's modal.

use crate::domain::consent::Consent;
use crate::domain::conversation::Conversation;
use crate::domain::desk::Desk;
use crate::domain::ids::ConversationId;
use crate::domain::message::Outbound;
use crate::domain::phone::Address;
use crate::domain::post::Post;
use crate::domain::template::{self, SEND_WITHIN};
use crate::store::{self, Result, Tx};
use crate::wording::answers::{self, Doubt, Subject};
use crate::wording::{consent, customer as addressee};

use super::draft::{self, Asked, Draft, Sure};
use super::notify::{check_text, without_nul};
use super::queue::{Outgoing, fetch};
use super::{Answer, Flows, Occasion, OrRefusal};

/// What the modal says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyForm {
    /// At most 45 characters.
    pub title: String,
}

/// What an agent wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// As an SMS can say it.
    pub text: String,
    /// It stands otherwise in Discord, which shows people and times where no phone does.
    pub differs: bool,
}

impl Flows {
    /// `/reply`, in the thread of a conversation.
    pub async fn reply_here(&self, at: &Occasion, text: Written) -> Result<Answer> {
        let mut tx = self.store.read().await?;
        let conversation = store::conversations::by_thread(&mut tx, at.channel).await?;
        drop(tx);
        match conversation {
            Some(conversation) => self.reply_to(at, conversation.id, text).await,
            None => Ok(Answer::Now(match self.desk_for(at) {
                Ok(_) => answers::no_conversation_here(),
                Err(refusal) => refusal,
            })),
        }
    }

    /// The Reply button's modal was sent.
    pub async fn reply_to(&self, at: &Occasion, conversation: ConversationId, written: Written) -> Result<Answer> {
        let desk = match self.desk_for(at) {
            Ok(desk) => desk,
            Err(refusal) => return Ok(Answer::Now(refusal)),
        };
        let mut tx = self.store.begin().await?;
        if !store::interactions::first_seen(&mut tx, at.interaction, self.now()).await? {
            return Ok(Answer::SeenBefore);
        }
        let written = Written { text: without_nul(&written.text), ..written };
        let answer = self.reply_in(&mut tx, at, desk, conversation, written, Asked::default()).await?;
        tx.commit().await?;
        self.wake.couriers();
        Ok(answer)
    }

    /// Whether the agent may open the Reply button's modal: its title, or the refusal.
    pub async fn may_reply(&self, at: &Occasion, conversation: ConversationId) -> Result<OrRefusal<ReplyForm>> {
        let desk = match self.desk_for(at) {
            Ok(desk) => desk,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let mut tx = self.store.read().await?;
        let Some(conversation) = store::conversations::get(&mut tx, conversation).await? else {
            return Ok(Err(answers::no_conversation_here()));
        };
        if conversation.customer.desk != desk.name {
            return Ok(Err(answers::not_an_agent(desk)));
        }
        let allowed = self.may_text(&mut tx, desk, &conversation).await?;
        Ok(allowed.map(|()| ReplyForm { title: answers::reply_title(&conversation) }))
    }

    pub(super) async fn reply_in(
        &self,
        tx: &mut Tx,
        at: &Occasion,
        desk: &Desk,
        conversation: ConversationId,
        written: Written,
        Asked { sure, shown }: Asked,
    ) -> Result<Answer> {
        let conversation = match self.conversation_of_desk(tx, desk, conversation).await? {
            Ok(conversation) => conversation,
            Err(refusal) => return Ok(Answer::Now(refusal)),
        };
        if let Err(refusal) = self.may_text(tx, desk, &conversation).await? {
            return Ok(Answer::Now(refusal));
        }
        let typed = written.text;
        let own = shown.unwrap_or_else(|| template::fill_own(&typed, conversation.customer.name.as_deref()));
        let text = draft::as_sent(own.text.clone(), sure);
        if let Err(refusal) = check_text(&text) {
            return Ok(Answer::Now(refusal));
        }
        let subject = Subject::own_text(addressee(&conversation.customer, desk), &text);
        if let Some(doubt) = draft::braces(&own).filter(|_| !sure.braces) {
            // The question shows the text as it will leave.
            let sure = Sure { braces: true, text: true, ..sure };
            let draft = Draft::Reply { conversation: conversation.id, text: typed, sure, shown: Some(own) };
            return self.ask(tx, at, desk, &draft, &subject, &doubt).await;
        }
        if let Err(refusal) = self.may_spend(tx, at, desk, &text).await? {
            return Ok(Answer::Now(refusal));
        }
        if written.differs && !sure.text {
            let doubt = Doubt::AsItLeaves(text.clone());
            let sure = Sure { text: true, ..sure };
            let draft = Draft::Reply { conversation: conversation.id, text: typed, sure, shown: Some(own) };
            return self.ask(tx, at, desk, &draft, &subject, &doubt).await;
        }
        if !sure.length {
            let price = match conversation.customer.country() {
                Some(country) => store::prices::of(tx, country).await?,
                None => None,
            };
            if let Some(doubt) = draft::length(&text, 1, price) {
                let sure = Sure { length: true, ..sure };
                let draft = Draft::Reply { conversation: conversation.id, text: typed, sure, shown: Some(own) };
                return self.ask(tx, at, desk, &draft, &subject, &doubt).await;
            }
        }
        let outgoing =
            Outgoing { kind: Outbound::Reply, text, author: Some(at.agent.id), remark: None, send_within: SEND_WITHIN };
        let (message, number) = self.queue(tx, &conversation, outgoing).await?;
        self.take_part(tx, &conversation, at.agent.id).await?;
        let which = format!("{} ·{number}", conversation.number);
        store::interactions::audit(tx, at.agent.id, "reply", &which, self.now()).await?;
        self.promise(tx, at, message).await
    }

    /// The conversation of a button or thread, with its customer locked, if it is this desk's.
    pub(super) async fn conversation_of_desk(
        &self,
        tx: &mut Tx,
        desk: &Desk,
        id: ConversationId,
    ) -> Result<OrRefusal<Conversation>> {
        let Some(conversation) = store::conversations::get(tx, id).await? else {
            return Ok(Err(answers::no_conversation_here()));
        };
        if conversation.customer.desk != desk.name {
            return Ok(Err(answers::not_an_agent(desk)));
        }
        store::customers::lock(tx, conversation.customer.id).await?;
        fetch(tx, id).await.map(Ok)
    }

    /// Whether the customer of a conversation may be texted now; asked again when the SMS leaves.
    pub(super) async fn may_text(
        &self,
        tx: &mut Tx,
        desk: &Desk,
        conversation: &Conversation,
    ) -> Result<std::result::Result<(), Post>> {
        let customer = &conversation.customer;
        if !conversation.is_open() {
            return Ok(Err(answers::closed(conversation)));
        }
        match &customer.address {
            Address::Other(_) => return Ok(Err(answers::not_a_phone())),
            Address::Phone(number) if !desk.limits.allows(number) => {
                return Ok(Err(answers::country_not_allowed(number, desk)));
            }
            Address::Phone(_) => {}
        }
        let standing = store::consents::standing(tx, customer.id).await?;
        if standing.consent != Consent::Allowed {
            return Ok(Err(consent::no_texts(desk, customer, &standing)));
        }
        Ok(Ok(()))
    }
}
