//! What agents do to conversations and messages: close, reopen, send again, leave it.

use crate::domain::conversation::{Conversation, Number};
use crate::domain::desk::Desk;
use crate::domain::effect::{Effect, Lane};
use crate::domain::ids::{ConversationId, MessageId};
use crate::domain::message::{Decision, Kind, Outbound};
use crate::domain::post::Action;
use crate::domain::template::SEND_WITHIN;
use crate::store::{self, Result, Tx};
use crate::wording::answers;

use super::draft::Decided;
use super::queue::{Outgoing, fetch};
use super::{Answer, Flows, Occasion};

impl Flows {
    /// `/close`, in the thread of a conversation.
    pub async fn close_here(&self, at: &Occasion) -> Result<Answer> {
        match self.conversation_here(at).await? {
            Some(conversation) => self.click(at, Action::Close(conversation.id)).await,
            None => Ok(Answer::Now(self.desk_for(at).err().unwrap_or_else(answers::no_conversation_here))),
        }
    }

    /// `/reopen`, in a thread or with the number of a conversation.
    pub async fn reopen(&self, at: &Occasion, number: Option<String>) -> Result<Answer> {
        let desk = match self.desk_for(at) {
            Ok(desk) => desk,
            Err(refusal) => return Ok(Answer::Now(refusal)),
        };
        let conversation = match number {
            None => self.conversation_here(at).await?,
            Some(typed) => match typed.parse::<Number>() {
                Err(_) => return Ok(Answer::Now(answers::not_a_conversation_number(&typed))),
                Ok(number) => {
                    let mut tx = self.store.read().await?;
                    let found = store::conversations::by_number(&mut tx, &desk.name, number).await?;
                    if found.is_none() {
                        return Ok(Answer::Now(answers::no_such_conversation(number)));
                    }
                    found
                }
            },
        };
        match conversation {
            Some(conversation) => self.click(at, Action::Reopen(conversation.id)).await,
            None => Ok(Answer::Now(answers::reopen_which())),
        }
    }

    /// A button, except Reply, whose click opens a modal.
    pub async fn click(&self, at: &Occasion, action: Action) -> Result<Answer> {
        let desk = match self.desk_for(at) {
            Ok(desk) => desk,
            Err(refusal) => return Ok(Answer::Now(refusal)),
        };
        let mut tx = self.store.begin().await?;
        if !store::interactions::first_seen(&mut tx, at.interaction, self.now()).await? {
            return Ok(Answer::SeenBefore);
        }
        let answer = match action {
            Action::Close(conversation) => self.close(&mut tx, at, desk, conversation).await?,
            Action::Reopen(conversation) => self.open_again(&mut tx, at, desk, conversation).await?,
            Action::SendAgain(message) => self.send_again(&mut tx, at, desk, message).await?,
            Action::LeaveIt(message) => self.leave_it(&mut tx, at, desk, message).await?,
            Action::OptOut(message) => self.opt_out_by(&mut tx, at, desk, message).await?,
            Action::SendDraft(draft) => self.decide_draft(&mut tx, at, desk, draft, Decided::Send).await?,
            Action::SendPlain(draft) => self.decide_draft(&mut tx, at, desk, draft, Decided::SendPlain).await?,
            Action::DropDraft(draft) => self.decide_draft(&mut tx, at, desk, draft, Decided::Drop).await?,
            Action::Reply(_) => Answer::Now(answers::no_conversation_here()),
        };
        tx.commit().await?;
        self.wake.couriers();
        Ok(answer)
    }

    async fn close(&self, tx: &mut Tx, at: &Occasion, desk: &Desk, id: ConversationId) -> Result<Answer> {
        let conversation = match self.conversation_of_desk(tx, desk, id).await? {
            Ok(conversation) => conversation,
            Err(refusal) => return Ok(Answer::Now(refusal)),
        };
        if !store::conversations::close(tx, id, at.agent.id, self.now()).await? {
            return Ok(Answer::Now(answers::closed_already(&conversation)));
        }
        self.enqueue(tx, Lane::Discord(id), Effect::UpdateCard { conversation: id }).await?;
        self.enqueue(tx, Lane::Discord(id), Effect::ArchiveThread { conversation: id }).await?;
        self.write_down(tx, at, "close", &conversation, None).await?;
        Ok(Answer::Now(answers::closed_now(&conversation)))
    }

    async fn open_again(&self, tx: &mut Tx, at: &Occasion, desk: &Desk, id: ConversationId) -> Result<Answer> {
        let conversation = match self.conversation_of_desk(tx, desk, id).await? {
            Ok(conversation) => conversation,
            Err(refusal) => return Ok(Answer::Now(refusal)),
        };
        if conversation.is_open() {
            return Ok(Answer::Now(answers::open_already(&conversation)));
        }
        if let Some(other) = store::conversations::latest(tx, conversation.customer.id).await?
            && other.is_open()
        {
            return Ok(Answer::Now(answers::another_is_open(&conversation, &other)));
        }
        self.reopen_with_thread(tx, &conversation).await?;
        self.write_down(tx, at, "reopen", &conversation, None).await?;
        Ok(Answer::Now(answers::reopened(&conversation)))
    }

    async fn send_again(&self, tx: &mut Tx, at: &Occasion, desk: &Desk, id: MessageId) -> Result<Answer> {
        let Some(before) = self.locked_message(tx, id).await? else {
            return Ok(Answer::Now(answers::decided_already()));
        };
        let origin = fetch(tx, before.conversation).await?;
        if origin.customer.desk != desk.name {
            return Ok(Answer::Now(answers::not_an_agent(desk)));
        }
        if !before.wants_decision(self.now(), self.unconfirmed_after) {
            return Ok(Answer::Now(answers::decided_already()));
        }
        // A closed one takes no texts; the customer's newer one does, and there the alert stands.
        let conversation = match store::conversations::latest(tx, origin.customer.id).await? {
            Some(latest) if latest.is_open() => latest,
            _ => origin.clone(),
        };
        if let Err(refusal) = self.may_text(tx, desk, &conversation).await? {
            return Ok(Answer::Now(refusal));
        }
        if let Err(refusal) = self.may_spend(tx, at, desk, &before.text).await? {
            return Ok(Answer::Now(refusal));
        }
        let kind = match before.kind {
            Kind::Outbound(kind) => kind,
            Kind::Inbound(_) => return Ok(Answer::Now(answers::decided_already())),
        };
        let outgoing = Outgoing {
            kind,
            text: before.text.clone(),
            author: Some(at.agent.id),
            remark: before.remark.clone(),
            send_within: store::notifications::send_within(tx, id).await?.unwrap_or(SEND_WITHIN),
        };
        let (message, number) = self.queue(tx, &conversation, outgoing).await?;
        if kind == Outbound::Notification {
            store::notifications::repeat(tx, id, message, self.now()).await?;
        }
        store::messages::decide(tx, id, &Decision::SentAgain { as_number: number }).await?;
        self.enqueue(tx, Lane::Discord(origin.id), Effect::UpdateMessage { message: id }).await?;
        if origin.id != conversation.id {
            self.enqueue(tx, Lane::Discord(origin.id), Effect::UpdateCard { conversation: origin.id }).await?;
        }
        self.take_part(tx, &conversation, at.agent.id).await?;
        self.write_down(tx, at, "send-again", &origin, Some(before.number)).await?;
        self.promise(tx, at, message).await
    }

    async fn leave_it(&self, tx: &mut Tx, at: &Occasion, desk: &Desk, id: MessageId) -> Result<Answer> {
        let Some(message) = self.locked_message(tx, id).await? else {
            return Ok(Answer::Now(answers::decided_already()));
        };
        let conversation = fetch(tx, message.conversation).await?;
        if conversation.customer.desk != desk.name {
            return Ok(Answer::Now(answers::not_an_agent(desk)));
        }
        if !message.wants_decision(self.now(), self.unconfirmed_after) {
            return Ok(Answer::Now(answers::decided_already()));
        }
        store::messages::decide(tx, id, &Decision::Left { by: at.agent.id }).await?;
        self.forget_answered_alert(tx, &message).await?;
        let lane = Lane::Discord(conversation.id);
        self.enqueue(tx, lane, Effect::UpdateMessage { message: id }).await?;
        self.enqueue(tx, lane, Effect::UpdateCard { conversation: conversation.id }).await?;
        self.write_down(tx, at, "leave-it", &conversation, Some(message.number)).await?;
        Ok(Answer::Now(answers::left(message.number)))
    }

    async fn conversation_here(&self, at: &Occasion) -> Result<Option<Conversation>> {
        let mut tx = self.store.read().await?;
        store::conversations::by_thread(&mut tx, at.channel).await
    }

    async fn write_down(
        &self,
        tx: &mut Tx,
        at: &Occasion,
        what: &str,
        conversation: &Conversation,
        message: Option<i64>,
    ) -> Result<()> {
        let which = match message {
            Some(number) => format!("{} ·{number}", conversation.number),
            None => conversation.number.to_string(),
        };
        store::interactions::audit(tx, at.agent.id, what, &which, self.now()).await
    }
}
