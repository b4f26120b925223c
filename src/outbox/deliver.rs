//! One effect towards Discord: what it should read like now, one request, and what happened.

use std::time::Duration;

use crate::domain::consent::Consent;
use crate::domain::conversation::Conversation;
use crate::domain::delivery::PartState;
use crate::domain::desk::{Alert, Desk};
use crate::domain::effect::{Effect, Notice};
use crate::domain::ids::{ChannelId, ConversationId, DiscordMessageId, InteractionId, MessageId, Nonce, UserId};
use crate::domain::message::{Message, State};
use crate::domain::post::{Post, Ring};
use crate::domain::retry::Schedule;
use crate::domain::time::Timestamp;
use crate::flows::settle::Happened;
use crate::health::OPERATOR_CHANNEL;
use crate::ports::ThreadsError;
use crate::store::outbox::Attempt;
use crate::store::{self, Result, StoreError};
use crate::wording::{answers, card, discord, operator, thread};

use super::discord_courier::DiscordCourier;

/// Discord remembers a nonce for a few minutes; after this long we look for the post ourselves.
const NONCE_HOLDS: Duration = Duration::from_secs(2 * 60);

/// Discord's clock and ours may differ by so much.
const CLOCKS_DIFFER: Duration = Duration::from_secs(10 * 60);

/// A conversation and its desk. `None` where the desk is no longer configured.
type Place<'a> = Option<(Conversation, &'a Desk)>;

impl DiscordCourier {
    /// Performs an effect. An error is the database's; whatever Discord says is something that happened.
    pub(super) async fn deliver(&self, attempt: &Attempt) -> Result<Happened> {
        match &attempt.effect {
            Effect::PostCard { conversation, nonce } => self.post_card(attempt, *conversation, nonce).await,
            Effect::OpenThread { conversation } => self.open_thread(attempt, *conversation).await,
            Effect::AddMember { conversation, user } => self.add_member(attempt, *conversation, *user).await,
            Effect::PostMessage { message, nonce, alert } => self.post_message(attempt, *message, nonce, *alert).await,
            Effect::PostAlert { message, nonce } => self.post_alert(attempt, *message, nonce).await,
            Effect::UpdateCard { conversation } => self.update_card(attempt, *conversation).await,
            Effect::UpdateMessage { message } => self.update_message(attempt, *message).await,
            Effect::RetireCard { conversation, card } => self.retire_card(attempt, *conversation, *card).await,
            Effect::RetireThread { conversation, thread, nonce } => {
                self.retire_thread(attempt, *conversation, *thread, nonce).await
            }
            Effect::ArchiveThread { conversation } => self.set_archived(attempt, *conversation, true).await,
            Effect::UnarchiveThread { conversation } => self.set_archived(attempt, *conversation, false).await,
            Effect::EditAnswer { interaction } => self.edit_answer(attempt, *interaction).await,
            Effect::TellOperator { notice, nonce } => Ok(self.tell_operator(attempt, notice, nonce).await),
            Effect::SendSms { .. } => Err(StoreError::Corrupt("outbox.outside")),
        }
    }

    /// Where the operator's channel refuses, the line stands in a desk's channel: no notice is lost, and none holds up the
    /// next. The operator's channel is asked first every time.
    async fn tell_operator(&self, attempt: &Attempt, notice: &Notice, nonce: &Nonce) -> Happened {
        let post = operator::notice(notice);
        let refusal = match self.post(attempt, self.operator_channel, nonce, &post.content, &post).await {
            Ok(_) => {
                if self.health.trouble_of(OPERATOR_CHANNEL).is_some() {
                    self.health.mended(OPERATOR_CHANNEL);
                    tracing::info!("the operator's channel can be used again");
                }
                return Happened::Done;
            }
            Err(ThreadsError::Retry { after, why }) => return self.again(attempt, after, why),
            Err(refusal) => refusal,
        };
        let why = match refusal {
            ThreadsError::ChannelGone => discord::no_operator_channel(self.operator_channel),
            ThreadsError::Refused { why } => why,
            other => other.to_string(),
        };
        let sentence = discord::operator_channel_fails(&why);
        if self.health.trouble(OPERATOR_CHANNEL, &sentence) {
            tracing::warn!("{sentence}");
        }
        let desks = self.flows.desks.iter().map(|desk| desk.channel);
        let Some(channel) = desks.into_iter().find(|channel| *channel != self.operator_channel) else {
            return Happened::Again { due: self.slowly(attempt), why, outage: false };
        };
        let post = operator::told_elsewhere(post, &why);
        match self.post(attempt, channel, nonce, &post.content, &post).await {
            Ok(_) => Happened::Done,
            Err(ThreadsError::Refused { why }) => Happened::Again { due: self.slowly(attempt), why, outage: false },
            Err(ThreadsError::ChannelGone) => {
                Happened::Again { due: self.slowly(attempt), why: "the channel is gone".into(), outage: false }
            }
            Err(error) => self.otherwise(attempt, channel, error),
        }
    }

    async fn post_card(&self, attempt: &Attempt, id: ConversationId, nonce: &Nonce) -> Result<Happened> {
        let Some((conversation, desk)) = self.place(id).await? else { return Ok(Happened::NoDesk) };
        if conversation.card.is_some() {
            return Ok(Happened::Needless("there is a card"));
        }
        let marker = card::marker(&conversation);
        let post = self.card(&conversation, desk).await?;
        Ok(match self.post(attempt, desk.channel, nonce, &marker, &post).await {
            Ok(card) => Happened::CardPosted { conversation: id, card },
            Err(ThreadsError::Reject { why }) => self.refused(attempt, desk.channel, why),
            Err(error) => self.otherwise(attempt, desk.channel, error),
        })
    }

    async fn open_thread(&self, attempt: &Attempt, id: ConversationId) -> Result<Happened> {
        let Some((conversation, desk)) = self.place(id).await? else { return Ok(Happened::NoDesk) };
        if conversation.thread.is_some() {
            return Ok(Happened::Needless("there is a thread"));
        }
        let Some(card) = conversation.card else { return Ok(Happened::NoThread { conversation: id }) };
        let name = card::thread_name(&conversation, desk);
        Ok(match self.threads.open_thread(desk.channel, card, &name).await {
            Ok(thread) => Happened::ThreadOpened { conversation: id, thread },
            Err(ThreadsError::AlreadyThere) => self.thread_of_card(attempt, id, card).await,
            Err(ThreadsError::MessageGone) => Happened::CardGone { conversation: id },
            Err(ThreadsError::Reject { why }) => self.refused(attempt, desk.channel, why),
            Err(error) => self.otherwise(attempt, desk.channel, error),
        })
    }

    /// The card has a thread, or had one that was deleted: it can have no second.
    async fn thread_of_card(
        &self,
        attempt: &Attempt,
        conversation: ConversationId,
        card: DiscordMessageId,
    ) -> Happened {
        let Some(thread) = ChannelId::new(card.get()) else { return Happened::ThreadGone { conversation } };
        match self.threads.thread_exists(thread).await {
            Ok(true) => Happened::ThreadOpened { conversation, thread },
            Ok(false) => Happened::ThreadGone { conversation },
            Err(error) => self.otherwise(attempt, thread, error),
        }
    }

    async fn add_member(&self, attempt: &Attempt, id: ConversationId, user: UserId) -> Result<Happened> {
        let Some((conversation, _)) = self.place(id).await? else { return Ok(Happened::NoDesk) };
        let Some(thread) = conversation.thread else { return Ok(Happened::NoThread { conversation: id }) };
        Ok(match self.threads.add_member(thread, user).await {
            Ok(()) => Happened::Done,
            Err(ThreadsError::ChannelGone) => Happened::ThreadGone { conversation: id },
            // They are notified by mention all the same.
            Err(ThreadsError::Archived) => Happened::Needless("the thread is archived"),
            // They left, or may not see the channel any more. Nobody else's message waits for that.
            Err(ThreadsError::Reject { .. } | ThreadsError::MessageGone | ThreadsError::Refused { .. }) => {
                Happened::Needless("cannot be added")
            }
            Err(error) => self.otherwise(attempt, thread, error),
        })
    }

    async fn post_message(&self, attempt: &Attempt, id: MessageId, nonce: &Nonce, alert: bool) -> Result<Happened> {
        let Some((message, conversation, desk)) = self.message(id).await? else { return Ok(Happened::NoDesk) };
        let Some(thread) = conversation.thread else {
            return Ok(Happened::NoThread { conversation: conversation.id });
        };
        let rings = if alert { rings(&conversation, desk) } else { None };
        let look = self.look(&message, rings).await?;
        let post = thread::message(&message, &look);
        let marker = thread::marker(message.number);
        let posted = match self.post(attempt, thread, nonce, &marker, &post).await {
            // A filter of the server's refuses the text. That there is one, and who must act, shows all the same.
            Err(ThreadsError::Reject { why }) => {
                let withheld = thread::withheld(&message, &look, &why);
                self.post(attempt, thread, nonce, &marker, &withheld).await
            }
            posted => posted,
        };
        Ok(match posted {
            Ok(post) => Happened::MessagePosted { message: id, post },
            Err(ThreadsError::ChannelGone) => Happened::ThreadGone { conversation: conversation.id },
            Err(ThreadsError::Archived) => self.refused(attempt, thread, "the thread is locked; unlock it.".into()),
            Err(error) => self.otherwise(attempt, thread, error),
        })
    }

    async fn post_alert(&self, attempt: &Attempt, id: MessageId, nonce: &Nonce) -> Result<Happened> {
        let Some((message, conversation, desk)) = self.message(id).await? else { return Ok(Happened::NoDesk) };
        if !message.state.is_trouble() || message.decision.is_some() {
            return Ok(Happened::Needless("settled meanwhile"));
        }
        if !conversation.is_open() {
            return self.alert_of_closed(attempt, &message, &conversation, desk, nonce).await;
        }
        let Some(thread) = conversation.thread else {
            return Ok(Happened::NoThread { conversation: conversation.id });
        };
        let post = thread::alert(&message, &conversation, desk, rings(&conversation, desk));
        let marker = post.content.clone();
        Ok(match self.post(attempt, thread, nonce, &marker, &post).await {
            Ok(_) => Happened::AlertPosted { message: id },
            Err(ThreadsError::ChannelGone) => Happened::ThreadGone { conversation: conversation.id },
            Err(ThreadsError::Archived) => Happened::Needless("the thread is locked"),
            Err(error) => self.otherwise(attempt, thread, error),
        })
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
        let Some(thread) = open.thread else { return Ok(Happened::NoThread { conversation: open.id }) };
        let look = self.look(message, rings(closed, desk)).await?;
        let post = thread::alert_elsewhere(message, closed, &look);
        let marker = post.content.lines().next().unwrap_or_default();
        Ok(match self.post(attempt, thread, nonce, marker, &post).await {
            Ok(_) => Happened::AlertPosted { message: message.id },
            Err(ThreadsError::ChannelGone) => Happened::ThreadGone { conversation: open.id },
            Err(ThreadsError::Archived) => Happened::Needless("the thread is locked"),
            Err(error) => self.otherwise(attempt, thread, error),
        })
    }

    async fn update_card(&self, attempt: &Attempt, id: ConversationId) -> Result<Happened> {
        let Some((conversation, desk)) = self.place(id).await? else { return Ok(Happened::NoDesk) };
        let Some(card) = conversation.card else { return Ok(Happened::Needless("there is no card")) };
        let post = self.card(&conversation, desk).await?;
        Ok(match self.threads.edit(desk.channel, card, &post).await {
            Ok(()) => Happened::Done,
            Err(ThreadsError::MessageGone) if !conversation.is_open() => Happened::Needless("the card was deleted"),
            Err(ThreadsError::MessageGone) => Happened::CardGone { conversation: id },
            Err(error) => self.otherwise(attempt, desk.channel, error),
        })
    }

    async fn update_message(&self, attempt: &Attempt, id: MessageId) -> Result<Happened> {
        let Some((message, conversation, _)) = self.message(id).await? else { return Ok(Happened::NoDesk) };
        let (Some(thread), Some(post)) = (conversation.thread, message.post) else {
            return Ok(Happened::Needless("it is not shown"));
        };
        let now = thread::message(&message, &self.look(&message, None).await?);
        Ok(match self.threads.edit(thread, post, &now).await {
            Ok(()) => Happened::Done,
            Err(ThreadsError::MessageGone) => Happened::Needless("its post was deleted"),
            Err(ThreadsError::ChannelGone) if !conversation.is_open() => Happened::Needless("its thread was deleted"),
            Err(ThreadsError::ChannelGone) => Happened::ThreadGone { conversation: conversation.id },
            // An archived thread takes no edits: the card shows it.
            Err(ThreadsError::Archived) => Happened::Needless("the thread is archived"),
            Err(error) => self.otherwise(attempt, thread, error),
        })
    }

    async fn retire_card(&self, attempt: &Attempt, id: ConversationId, old: DiscordMessageId) -> Result<Happened> {
        let Some((conversation, desk)) = self.place(id).await? else { return Ok(Happened::NoDesk) };
        let post = card::retired(&conversation, desk, conversation.thread);
        Ok(match self.threads.edit(desk.channel, old, &post).await {
            Ok(()) => Happened::Done,
            Err(ThreadsError::MessageGone) => Happened::Needless("the old card is gone too"),
            Err(error) => self.otherwise(attempt, desk.channel, error),
        })
    }

    async fn retire_thread(
        &self,
        attempt: &Attempt,
        id: ConversationId,
        old: ChannelId,
        nonce: &Nonce,
    ) -> Result<Happened> {
        let Some((conversation, _)) = self.place(id).await? else { return Ok(Happened::NoDesk) };
        let post = thread::moved(&conversation, conversation.thread);
        Ok(match self.post(attempt, old, nonce, &post.content, &post).await {
            Ok(_) => Happened::Done,
            Err(ThreadsError::ChannelGone) => Happened::Needless("the old thread is gone too"),
            Err(ThreadsError::Archived) => Happened::Needless("the old thread is locked"),
            Err(error) => self.otherwise(attempt, old, error),
        })
    }

    async fn set_archived(&self, attempt: &Attempt, id: ConversationId, archived: bool) -> Result<Happened> {
        let Some((conversation, _)) = self.place(id).await? else { return Ok(Happened::NoDesk) };
        let Some(thread) = conversation.thread else { return Ok(Happened::Needless("there is no thread")) };
        if conversation.is_open() == archived {
            return Ok(Happened::Needless("the conversation was opened or closed meanwhile"));
        }
        Ok(match self.threads.set_archived(thread, archived).await {
            Ok(()) => Happened::Done,
            Err(ThreadsError::Archived) if archived => Happened::Needless("it was archived already"),
            Err(ThreadsError::ChannelGone) if archived => Happened::Needless("the thread is gone"),
            Err(ThreadsError::ChannelGone) => Happened::ThreadGone { conversation: id },
            Err(error) => self.otherwise(attempt, thread, error),
        })
    }

    async fn edit_answer(&self, attempt: &Attempt, interaction: InteractionId) -> Result<Happened> {
        let mut tx = self.flows.store.read().await?;
        let Some(promise) = store::interactions::promised(&mut tx, interaction).await? else {
            return Ok(Happened::Needless("too late to answer"));
        };
        drop(tx);
        let Some((message, conversation, desk)) = self.message(promise.message).await? else {
            return Ok(Happened::Needless("its desk is not configured"));
        };
        let post = answers::queued(&message, &conversation, desk);
        Ok(match self.threads.edit_answer(&promise.token, &post).await {
            Ok(()) => Happened::Done,
            Err(ThreadsError::Retry { after, why }) => self.again(attempt, after, why),
            Err(_) => Happened::AnswerGone { interaction },
        })
    }

    /// Posts once: a repeated attempt is recognised by its nonce, a late one by what it printed.
    async fn post(
        &self,
        attempt: &Attempt,
        channel: ChannelId,
        nonce: &Nonce,
        marker: &str,
        post: &Post,
    ) -> std::result::Result<DiscordMessageId, ThreadsError> {
        let late = self.flows.clock.now().since(attempt.first_begun) > NONCE_HOLDS;
        if attempt.number > 1
            && late
            && let Some(found) = self.threads.find_recent(channel, marker).await?
            // A much older one is what this replaces.
            && found.created() >= attempt.first_begun.minus(CLOCKS_DIFFER)
        {
            return Ok(found);
        }
        self.threads.post(channel, nonce, post).await
    }

    async fn place(&self, id: ConversationId) -> Result<Place<'_>> {
        let mut tx = self.flows.store.read().await?;
        let Some(conversation) = store::conversations::get(&mut tx, id).await? else { return Ok(None) };
        let desk = self.flows.desks.by_name(&conversation.customer.desk);
        Ok(desk.map(|desk| (conversation, desk)))
    }

    async fn message(&self, id: MessageId) -> Result<Option<(Message, Conversation, &Desk)>> {
        let mut tx = self.flows.store.read().await?;
        let Some(message) = store::messages::get(&mut tx, id).await? else { return Ok(None) };
        drop(tx);
        let place = self.place(message.conversation).await?;
        Ok(place.map(|(conversation, desk)| (message, conversation, desk)))
    }

    async fn card(&self, conversation: &Conversation, desk: &Desk) -> Result<Post> {
        let mut tx = self.flows.store.read().await?;
        let newest = match store::messages::newest(&mut tx, conversation.id).await? {
            Some(id) => store::if_readable(store::messages::get(&mut tx, id).await)?,
            None => None,
        };
        let trouble = store::if_readable(store::messages::in_trouble(&mut tx, conversation.id).await)?;
        let notification = store::notifications::of_conversation(&mut tx, conversation.id).await?;
        let consent = store::consents::current(&mut tx, conversation.customer.id).await;
        let consent = store::if_readable(consent.map(Some))?.unwrap_or(Consent::Allowed);
        let face = card::Face {
            newest: newest.as_ref(),
            trouble: trouble.as_ref(),
            notification: notification.as_ref().map(|notification| {
                let chosen = notification.choice.as_deref();
                let answered = chosen.map(|key| notification.options.iter().find(|choice| choice.key == key));
                (notification.template.as_str(), answered)
            }),
            consent,
        };
        Ok(card::card(conversation, desk, &face))
    }

    async fn look(&self, message: &Message, rings: Option<Ring>) -> Result<thread::Look> {
        let failed = if message.parts > 1 && matches!(message.state, State::Failed(_)) {
            let parts = store::messages::parts(&mut self.flows.store.read().await?, message.id).await?;
            parts
                .into_iter()
                .filter(|part| matches!(part.state, PartState::Failed(_)))
                .filter_map(|part| part.index)
                .collect()
        } else {
            Vec::new()
        };
        let decidable = message.wants_decision(self.flows.clock.now(), self.flows.unconfirmed_after);
        Ok(thread::Look { rings, decidable, failed })
    }

    /// What follows from an answer that means the same for every effect.
    fn otherwise(&self, attempt: &Attempt, channel: ChannelId, error: ThreadsError) -> Happened {
        match error {
            ThreadsError::Retry { after, why } => self.again(attempt, after, why),
            ThreadsError::Refused { why } => self.refused(attempt, channel, why),
            ThreadsError::ChannelGone => self.refused(attempt, channel, "the channel is gone.".into()),
            ThreadsError::Reject { why } => Happened::Dead { why },
            ThreadsError::MessageGone => Happened::PostDeleted,
            other @ (ThreadsError::Archived | ThreadsError::AlreadyThere) => Happened::Dead { why: other.to_string() },
        }
    }

    fn again(&self, attempt: &Attempt, after: Option<Duration>, why: String) -> Happened {
        let pause = match after {
            // All that wait for one limit would come back at one moment: spread over five seconds, since Discord
            // takes about five posts in that time.
            Some(after) => after + Duration::from_millis(attempt.id.0.unsigned_abs() % 32 * 150),
            None => Schedule::Soon.pause(attempt.number),
        };
        Happened::Again { due: self.flows.clock.now().plus(pause), why, outage: after.is_none() }
    }

    /// Somebody must give a permission: tried slowly, and the operator is told.
    fn refused(&self, attempt: &Attempt, channel: ChannelId, why: String) -> Happened {
        let notice = Notice::DiscordRefuses { desk: None, channel, why: why.clone() };
        Happened::Refused { due: self.slowly(attempt), why, notice }
    }

    /// When something is tried again that waits for a person.
    fn slowly(&self, attempt: &Attempt) -> Timestamp {
        self.flows.clock.now().plus(Schedule::Slow.pause(attempt.number))
    }
}

/// Whom the desk wants to ring for this conversation.
fn rings(conversation: &Conversation, desk: &Desk) -> Option<Ring> {
    let role = desk.agent_roles.first().copied().map(Ring::Role);
    match desk.alert {
        Alert::None => None,
        Alert::Owner => conversation.owner.map(Ring::User).or(role),
        Alert::Role => role,
    }
}
