//! Alerts: whom Discord rings, and where the alert stands.

use super::super::discord_courier::DiscordCourier;
use super::Spot;
use crate::domain::conversation::Conversation;
use crate::domain::desk::{Alert, Desk};
use crate::domain::effect::WhyRole;
use crate::domain::ids::{ConversationId, MessageId, Nonce, UserId};
use crate::domain::message::Message;
use crate::domain::post::{Post, Ring};
use crate::flows::settle::Happened;
use crate::ports::ThreadsError;
use crate::store::outbox::Attempt;
use crate::store::{self, Result};
use crate::wording::thread;

/// An alert about a conversation.
struct Alerting<'a> {
    conversation: &'a Conversation,
    desk: &'a Desk,
    nonce: &'a Nonce,
    /// What follows once it stands.
    posted: Happened,
}

/// What an alert says of the text that it is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Text {
    Quoted,
    /// Discord does not take it.
    LeftOut,
}

impl DiscordCourier {
    pub(super) async fn post_alert(&self, attempt: &Attempt, id: MessageId, nonce: &Nonce) -> Result<Happened> {
        let Some((message, conversation, desk)) = self.message(id).await? else { return Ok(Happened::NoDesk) };
        if !message.state.is_trouble() || message.decision.is_some() {
            return Ok(Happened::Needless("settled meanwhile"));
        }
        if !conversation.is_open() {
            return self.alert_of_closed(attempt, &message, &conversation, desk, nonce).await;
        }
        let look = self.look(&message, self.whom_to_ring(&conversation, desk).await?).await?;
        let post = |spot, _| match spot {
            Spot::Thread(_) => thread::alert(&message, &conversation, desk, look.rings),
            Spot::Channel { .. } => thread::alert_beside_card(&message, &conversation, desk, &look),
        };
        let posted = Happened::AlertPosted { message: id };
        Ok(self.alert(attempt, Alerting { conversation: &conversation, desk, nonce, posted }, post).await)
    }

    /// A closed conversation is opened again, so that its thread takes the alert and its card shows the trouble. Where a
    /// newer one of the customer's is open, the alert stands there, with the buttons: the old thread takes no clicks.
    async fn alert_of_closed(
        &self,
        attempt: &Attempt,
        message: &Message,
        closed: &Conversation,
        desk: &Desk,
        nonce: &Nonce,
    ) -> Result<Happened> {
        let mut tx = self.flows.store.read().await?;
        let latest = store::conversations::latest(&mut tx, closed.customer.id).await?;
        drop(tx);
        let Some(open) = latest.filter(Conversation::is_open) else {
            return Ok(Happened::TroubleAfterClosing { conversation: closed.id });
        };
        let look = self.look(message, self.whom_to_ring(closed, desk).await?).await?;
        let post = |_, text| thread::alert_elsewhere(message, closed, &look, text == Text::Quoted);
        let posted = Happened::AlertPosted { message: message.id };
        Ok(self.alert(attempt, Alerting { conversation: &open, desk, nonce, posted }, post).await)
    }

    pub(super) async fn alert_role(
        &self,
        attempt: &Attempt,
        id: ConversationId,
        why: WhyRole,
        nonce: &Nonce,
    ) -> Result<Happened> {
        let Some((conversation, desk)) = self.place(id).await? else { return Ok(Happened::NoDesk) };
        if !conversation.is_open() || conversation.alerted.is_none() {
            return Ok(Happened::Needless("an agent has answered meanwhile"));
        }
        if desk.alert == Alert::None {
            return Ok(Happened::Needless("the desk wants no alerts"));
        }
        let post = |_, _| thread::alert_role(&conversation, why, role(desk));
        let alerting = Alerting { conversation: &conversation, desk, nonce, posted: Happened::Done };
        Ok(self.alert(attempt, alerting, post).await)
    }

    /// Posts an alert once, in the conversation's thread or beside its card. Its first line names what it is about, and is
    /// searched for when its fate is unknown. Where Discord takes no text with it, or the thread is locked, it stands all the
    /// same: without the text, beside the card.
    async fn alert(&self, attempt: &Attempt, alerting: Alerting<'_>, post: impl Fn(Spot, Text) -> Post) -> Happened {
        let Alerting { conversation, desk, nonce, posted } = alerting;
        let Some(spot) = Spot::of(conversation, desk) else {
            return Happened::NoThread { conversation: conversation.id };
        };
        let say = async |spot, text| {
            let post = post(spot, text);
            let marker = post.content.lines().next().unwrap_or_default();
            self.say(attempt, spot, nonce, marker, &post).await
        };
        let at = (conversation, desk);
        let (mut spot, mut text) = (spot, Text::Quoted);
        let (placed, stands) = loop {
            let (placed, stands) = self.with_room_or_beside(attempt, spot, at, |spot| say(spot, text)).await;
            match (placed, &stands, conversation.card) {
                (Spot::Thread(_), Err(ThreadsError::Archived), Some(card)) => {
                    spot = Spot::Channel { channel: desk.channel, card };
                }
                _ if text == Text::Quoted && self.blamed(attempt, &stands).is_some() => text = Text::LeftOut,
                _ => break (placed, stands),
            }
        };
        match (placed, stands) {
            (_, Ok(_)) => posted,
            (Spot::Thread(_), Err(ThreadsError::ChannelGone)) => Happened::ThreadGone { conversation: conversation.id },
            (_, Err(ThreadsError::Archived)) => Happened::Needless("the thread is locked"),
            (spot, Err(error)) => self.otherwise(attempt, spot.channel(), error),
        }
    }

    /// Whom an alert rings now. An owner who left the server, or is no agent any more, is the owner no longer.
    pub(super) async fn whom_to_ring(&self, conversation: &Conversation, desk: &Desk) -> Result<Option<Ring>> {
        let rings = rings(conversation, desk);
        let Some(Ring::User(owner)) = rings else { return Ok(rings) };
        if self.is_agent(desk, owner).await {
            return Ok(rings);
        }
        self.flows.disown(conversation, owner).await?;
        Ok(role(desk))
    }

    /// Whether somebody is an agent of this desk. Yes where Discord does not say: an alert waits for no second answer.
    pub(super) async fn is_agent(&self, desk: &Desk, user: UserId) -> bool {
        match self.threads.roles_of(desk.guild, user).await {
            Ok(roles) => roles.is_some_and(|roles| desk.admits(&roles)),
            Err(error) => {
                tracing::debug!(%error, "whether the owner is still an agent is not known");
                true
            }
        }
    }
}

/// Whom the desk wants to ring for this conversation.
pub(super) fn rings(conversation: &Conversation, desk: &Desk) -> Option<Ring> {
    match desk.alert {
        Alert::None => None,
        Alert::Owner => conversation.owner.map(Ring::User).or(role(desk)),
        Alert::Role => role(desk),
    }
}

/// The role that the desk's alerts ring.
fn role(desk: &Desk) -> Option<Ring> {
    desk.agent_roles.first().copied().map(Ring::Role)
}
