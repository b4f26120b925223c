//! Settling: how the effects towards Discord ended, and what follows from it.

use std::time::Duration;

use crate::domain::conversation::Conversation;
use crate::domain::desk::DeskName;
use crate::domain::effect::{Effect, Lane, Notice};
use crate::domain::ids::{ChannelId, ConversationId, DiscordMessageId, EffectId, InteractionId, MessageId, UserId};
use crate::domain::retry::Schedule;
use crate::domain::time::Timestamp;
use crate::store::outbox::{Attempt, End};
use crate::store::{self, Result, StoreError, Tx};

use super::Flows;
use super::queue::fetch;

/// A limit on the opening of threads that is longer shows texts without a thread meanwhile.
const LIMIT_LASTS: Duration = Duration::from_secs(30);

/// So many conversations are shown without a thread at a time.
const AT_ONCE: i64 = 32;

/// What happened to an effect towards Discord.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// It is so now; nothing follows.
    Done,
    /// It was not needed, for this reason.
    Needless(&'static str),
    /// `name_refused`: why it stands there without the customer's name.
    CardPosted {
        conversation: ConversationId,
        card: DiscordMessageId,
        name_refused: Option<String>,
    },
    /// It is so now, without the customer's name, for this reason.
    CardWithoutName {
        conversation: ConversationId,
        why: String,
    },
    ThreadOpened {
        conversation: ConversationId,
        thread: ChannelId,
        name_refused: Option<String>,
    },
    /// `shown_in`: the channel, where there is no thread to show it in.
    MessagePosted {
        message: MessageId,
        post: DiscordMessageId,
        shown_in: Option<ChannelId>,
    },
    /// Discord fails over its text, and takes a line in its place.
    LinePosted {
        message: MessageId,
        post: DiscordMessageId,
        shown_in: Option<ChannelId>,
        notice: Notice,
    },
    /// Its post cannot show the newest state: the thread is archived, and takes no edits until it wakes, or Discord fails
    /// over it.
    Outdated {
        message: MessageId,
        /// Discord fails over the thread.
        failing: bool,
    },
    /// The owner was asked about a message: its buttons are due.
    AlertPosted {
        message: MessageId,
    },
    /// A message of a closed conversation came to grief: the conversation is opened again, and the alert follows.
    TroubleAfterClosing {
        conversation: ConversationId,
    },
    /// The owner left the server, or is no agent any more.
    OwnerLeft {
        conversation: ConversationId,
        owner: UserId,
    },
    /// The card was deleted. Its thread may still stand, and will point to the new one.
    CardGone {
        conversation: ConversationId,
    },
    /// The thread was deleted. Its card may still stand, and will point to the new one.
    ThreadGone {
        conversation: ConversationId,
    },
    /// There is no thread to post in: it comes first.
    NoThread {
        conversation: ConversationId,
    },
    /// Discord took it under its nonce before, and the post was deleted since.
    PostDeleted,
    /// Its desk is not configured: it is put aside until the desk is back.
    NoDesk,
    /// The interaction's token is over.
    AnswerGone {
        interaction: InteractionId,
    },
    /// Not now. `outage`: Discord was not there, rather than busy.
    Again {
        due: Timestamp,
        why: String,
        outage: bool,
    },
    /// A rate limit opens after `wait`.
    Limited {
        due: Timestamp,
        why: String,
        wait: Duration,
    },
    /// The bot's token is refused: it waits until it is not.
    TokenRefused,
    /// The same as [`Happened::Refused`], and not only this is refused in its channel.
    ChannelRefuses {
        due: Timestamp,
        why: String,
        notice: Notice,
    },
    /// It is forbidden, though no permission is missing. Whether only this is, its next try will tell.
    Forbidden {
        due: Timestamp,
        why: String,
    },
    /// Discord refuses until somebody does something; `notice` says so to the operator.
    Refused {
        due: Timestamp,
        why: String,
        notice: Notice,
    },
    /// The same request will never succeed.
    Dead {
        why: String,
    },
}

impl Flows {
    /// Records how an attempt ended. Nothing follows if its lease was lost.
    pub async fn settle(&self, attempt: &Attempt, happened: &Happened) -> Result<()> {
        let now = self.now();
        let mut tx = self.store.begin().await?;
        if let Some(conversation) = conversation_of(&mut tx, &attempt.effect).await? {
            store::customers::lock(&mut tx, conversation.customer.id).await?;
        }
        let end = self.end_of(attempt, happened, now);
        if store::outbox::settle(&mut tx, attempt, &end, now).await? {
            self.follow_up(&mut tx, attempt, happened.clone()).await?;
        }
        tx.commit().await?;
        self.wake.discord.notify_one();
        Ok(())
    }

    /// Takes up what was begun and never settled: all of it at the start of a process, later what outlived its
    /// lease. An SMS becomes unconfirmed; everything else survives being run twice. Each is taken up by itself: one that
    /// cannot be holds up no other.
    ///
    /// # Errors
    /// Where the database does not say what there is.
    pub async fn recover(&self, lease_before: Option<Timestamp>) -> Result<usize> {
        let mut tx = self.store.read().await?;
        let abandoned = store::outbox::abandoned(&mut tx, lease_before).await?;
        drop(tx);
        for id in &abandoned {
            let taken_up = match self.take_up(*id, lease_before).await {
                Err(why @ StoreError::Corrupt(_)) => self.bury(*id, None, &why).await,
                taken_up => taken_up,
            };
            if let Err(error) = taken_up {
                // It stays begun, and is found again once its lease is over.
                tracing::error!(effect = %id, %error, "an interrupted effect could not be taken up");
            }
        }
        if !abandoned.is_empty() {
            self.wake.couriers();
        }
        Ok(abandoned.len())
    }

    async fn take_up(&self, id: EffectId, lease_before: Option<Timestamp>) -> Result<()> {
        let now = self.now();
        let mut tx = self.store.begin().await?;
        let Some(attempt) = store::outbox::under_way(&mut tx, id, lease_before).await? else { return Ok(()) };
        if matches!(attempt.effect, Effect::SendSms { .. }) {
            self.give_up_waiting(&mut tx, &attempt).await?;
        } else {
            let again = End::Again { due: now, why: "the attempt was interrupted".into() };
            store::outbox::settle(&mut tx, &attempt, &again, now).await?;
        }
        tx.commit().await
    }

    /// Gives up on an effect that needs something unreadable, and tells the operator. `effect` is `None` where it is the
    /// effect that cannot be read.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn bury(&self, id: EffectId, effect: Option<&Effect>, why: &StoreError) -> Result<()> {
        tracing::error!(effect = %id, %why, "an effect that cannot be read is a dead letter now");
        let mut tx = self.store.begin().await?;
        store::outbox::bury(&mut tx, id, &why.to_string(), self.now()).await?;
        self.tell_of_unreadable(&mut tx, id, effect, why).await?;
        tx.commit().await?;
        self.wake.couriers();
        Ok(())
    }

    /// Tells the operator of a dead letter that cannot be read, or needs what cannot be read.
    pub(super) async fn tell_of_unreadable(
        &self,
        tx: &mut Tx,
        id: EffectId,
        effect: Option<&Effect>,
        why: &StoreError,
    ) -> Result<()> {
        if matches!(effect, Some(Effect::TellOperator { .. })) {
            return Ok(());
        }
        let kind = effect.map_or("an unknown effect", Effect::kind).to_owned();
        let effect = effect.and_then(Effect::key).unwrap_or_else(|| id.to_string());
        self.tell_operator(tx, Notice::EffectDead { kind, effect, why: why.to_string() }).await
    }

    fn end_of(&self, attempt: &Attempt, happened: &Happened, now: Timestamp) -> End {
        match happened {
            Happened::Done
            | Happened::CardPosted { .. }
            | Happened::CardWithoutName { .. }
            | Happened::ThreadOpened { .. }
            | Happened::MessagePosted { .. }
            | Happened::LinePosted { .. }
            | Happened::OwnerLeft { .. }
            | Happened::AlertPosted { .. } => End::Done { remark: None },
            Happened::Needless(why) => End::Done { remark: Some((*why).to_owned()) },
            Happened::Outdated { .. } => End::Done { remark: Some("the thread takes no edits".into()) },
            Happened::TokenRefused => End::Again { due: now, why: "the token is refused".into() },
            Happened::AnswerGone { .. } => End::Done { remark: Some("too late to answer".into()) },
            Happened::CardGone { .. }
            | Happened::ThreadGone { .. }
            | Happened::NoThread { .. }
            | Happened::PostDeleted => {
                // Whoever deletes what we post at once shall not keep us posting at full speed.
                let pause = if attempt.number == 1 { Duration::ZERO } else { Schedule::Soon.pause(attempt.number) };
                match self.anew(&attempt.effect) {
                    Some(effect) => End::Anew { effect, due: now.plus(pause) },
                    None => End::Done { remark: Some("it stood in what was deleted".into()) },
                }
            }
            Happened::TroubleAfterClosing { .. } => {
                End::Again { due: now, why: "the conversation is opened again first".into() }
            }
            Happened::Again { due, why, .. }
            | Happened::Limited { due, why, .. }
            | Happened::Refused { due, why, .. }
            | Happened::ChannelRefuses { due, why, .. }
            | Happened::Forbidden { due, why, .. } => End::Again { due: *due, why: why.clone() },
            Happened::NoDesk => End::Dead { why: store::outbox::WITHOUT_DESK.to_owned() },
            Happened::Dead { why } => End::Dead { why: why.clone() },
        }
    }

    /// What must be done again in a new thread: a post, under a fresh nonce, since the old one names a message
    /// that is gone.
    fn anew(&self, effect: &Effect) -> Option<Effect> {
        match effect {
            Effect::PostMessage { message, alert, .. } => {
                Some(Effect::PostMessage { message: *message, nonce: self.nonce(), alert: *alert })
            }
            Effect::PostAlert { message, .. } => Some(Effect::PostAlert { message: *message, nonce: self.nonce() }),
            // It was shown in the old thread only.
            Effect::UpdateMessage { message } => {
                Some(Effect::PostMessage { message: *message, nonce: self.nonce(), alert: false })
            }
            Effect::PostCard { conversation, .. } => {
                Some(Effect::PostCard { conversation: *conversation, nonce: self.nonce() })
            }
            Effect::AlertRole { conversation, why, .. } => {
                Some(Effect::AlertRole { conversation: *conversation, why: *why, nonce: self.nonce() })
            }
            Effect::AddMember { .. } | Effect::OpenThread { .. } => Some(effect.clone()),
            _ => None,
        }
    }

    async fn follow_up(&self, tx: &mut Tx, attempt: &Attempt, happened: Happened) -> Result<()> {
        match happened {
            Happened::Done => match attempt.effect {
                Effect::UnarchiveThread { conversation } => self.thread_woke(tx, conversation).await,
                _ => Ok(()),
            },
            // Of a desk that is not configured the operator was told at the start.
            Happened::Needless(_)
            | Happened::PostDeleted
            | Happened::NoDesk
            | Happened::Again { .. }
            | Happened::TokenRefused => Ok(()),
            Happened::Limited { wait, .. } => match attempt.effect {
                Effect::OpenThread { conversation } if wait > LIMIT_LASTS => {
                    self.without_thread(tx, conversation).await
                }
                _ => Ok(()),
            },
            Happened::CardPosted { conversation, card, name_refused } => {
                store::conversations::set_card(tx, conversation, Some(card)).await?;
                match name_refused {
                    Some(why) => store::conversations::set_name_refused(tx, conversation, &why).await,
                    None => Ok(()),
                }
            }
            Happened::CardWithoutName { conversation, why } => {
                store::conversations::set_name_refused(tx, conversation, &why).await
            }
            Happened::ThreadOpened { conversation, thread, name_refused } => {
                self.thread_opened(tx, conversation, thread).await?;
                let Some(why) = name_refused else { return Ok(()) };
                store::conversations::set_name_refused(tx, conversation, &why).await?;
                // The card says why.
                self.enqueue(tx, Lane::Discord(conversation), Effect::UpdateCard { conversation }).await
            }
            Happened::MessagePosted { message, post, shown_in } => {
                self.message_posted(tx, message, post, shown_in).await
            }
            Happened::LinePosted { message, post, shown_in, notice } => {
                self.message_posted(tx, message, post, shown_in).await?;
                self.tell_operator(tx, notice).await
            }
            Happened::Outdated { message, .. } => store::messages::set_outdated(tx, message, self.now()).await,
            Happened::AlertPosted { message } => {
                let Some(message) = store::messages::get(tx, message).await? else { return Ok(()) };
                self.thread_woke(tx, message.conversation).await?;
                self.alert_stands(tx, &message).await?;
                let effect = match message.post {
                    Some(_) => Effect::UpdateMessage { message: message.id },
                    None => Effect::PostMessage { message: message.id, nonce: self.nonce(), alert: false },
                };
                self.enqueue(tx, Lane::Discord(message.conversation), effect).await
            }
            Happened::OwnerLeft { conversation, owner } => self.owner_left(tx, conversation, owner).await,
            Happened::TroubleAfterClosing { conversation } => self.reopen_for_trouble(tx, conversation).await,
            Happened::CardGone { conversation } => self.card_gone(tx, attempt, conversation).await,
            Happened::ThreadGone { conversation } => self.thread_gone(tx, conversation).await,
            Happened::NoThread { conversation } => {
                let conversation = fetch(tx, conversation).await?;
                self.face_anew(tx, &conversation).await
            }
            Happened::AnswerGone { interaction } => store::interactions::forget_token(tx, interaction).await,
            Happened::Refused { notice, .. } | Happened::ChannelRefuses { notice, .. } => {
                if let Effect::OpenThread { conversation } = attempt.effect {
                    self.without_thread(tx, conversation).await?;
                }
                self.tell_operator(tx, notice).await
            }
            Happened::Forbidden { .. } => match attempt.effect {
                Effect::OpenThread { conversation } => self.without_thread(tx, conversation).await,
                _ => Ok(()),
            },
            Happened::Dead { why } => {
                if matches!(attempt.effect, Effect::TellOperator { .. }) {
                    return Ok(());
                }
                let kind = attempt.effect.kind().to_owned();
                let effect = attempt.effect.key().unwrap_or_default();
                self.tell_operator(tx, Notice::EffectDead { kind, effect, why }).await
            }
        }
    }

    /// Nothing, where another conversation of the customer was opened meanwhile: then the alert goes there.
    async fn reopen_for_trouble(&self, tx: &mut Tx, id: ConversationId) -> Result<()> {
        let conversation = fetch(tx, id).await?;
        match store::conversations::latest(tx, conversation.customer.id).await? {
            Some(latest) if latest.is_open() => Ok(()),
            _ => self.reopen_with_thread(tx, &conversation).await,
        }
    }

    /// The agents who wait for the link get it, and the owner comes into the thread.
    async fn thread_opened(&self, tx: &mut Tx, id: ConversationId, thread: ChannelId) -> Result<()> {
        store::conversations::set_thread(tx, id, Some(thread)).await?;
        for interaction in store::interactions::promised_about(tx, id).await? {
            self.enqueue(tx, Lane::Answer(interaction), Effect::EditAnswer { interaction }).await?;
        }
        if let Some(user) = fetch(tx, id).await?.owner {
            self.enqueue(tx, Lane::Discord(id), Effect::AddMember { conversation: id, user }).await?;
        }
        Ok(())
    }

    async fn message_posted(
        &self,
        tx: &mut Tx,
        id: MessageId,
        post: DiscordMessageId,
        shown_in: Option<ChannelId>,
    ) -> Result<()> {
        store::messages::set_post(tx, id, Some(post)).await?;
        store::messages::set_shown_in(tx, id, shown_in).await?;
        let Some(message) = store::messages::get(tx, id).await? else { return Ok(()) };
        match shown_in {
            Some(_) => Ok(()),
            None => self.thread_woke(tx, message.conversation).await,
        }
    }

    /// The thread takes edits again: what could not be edited is.
    async fn thread_woke(&self, tx: &mut Tx, id: ConversationId) -> Result<()> {
        for message in store::messages::take_outdated(tx, id).await? {
            self.enqueue(tx, Lane::Discord(id), Effect::UpdateMessage { message }).await?;
        }
        Ok(())
    }

    /// Somebody wrote in a thread, or took it out of the archive.
    pub async fn thread_seen_awake(&self, thread: ChannelId) -> Result<()> {
        let mut tx = self.store.read().await?;
        let Some(conversation) = store::conversations::by_thread(&mut tx, thread).await? else { return Ok(()) };
        if !store::messages::any_outdated(&mut tx, conversation.id).await? {
            return Ok(());
        }
        drop(tx);
        let mut tx = self.store.begin().await?;
        store::customers::lock(&mut tx, conversation.customer.id).await?;
        self.thread_woke(&mut tx, conversation.id).await?;
        tx.commit().await?;
        self.wake.discord.notify_one();
        Ok(())
    }

    /// There will be no thread for a while: what waits for one shows in the channel, and the opening holds up nothing.
    async fn without_thread(&self, tx: &mut Tx, id: ConversationId) -> Result<()> {
        let conversation = fetch(tx, id).await?;
        if conversation.thread.is_some() || conversation.card.is_none() {
            return Ok(());
        }
        store::conversations::set_threadless(tx, id, self.now()).await?;
        store::outbox::let_pass(tx, Lane::Discord(id), &Effect::OpenThread { conversation: id }).await
    }

    /// No thread can be opened at this desk for a while: the texts that wait for theirs show in the channel.
    pub async fn show_without_threads(&self, desk: &DeskName) -> Result<()> {
        let mut tx = self.store.read().await?;
        let waiting = store::outbox::waiting_to_open(&mut tx, desk, self.now(), AT_ONCE).await?;
        drop(tx);
        if waiting.is_empty() {
            return Ok(());
        }
        for id in waiting {
            match self.show_without_thread(id).await {
                Err(error @ StoreError::Corrupt(_)) => {
                    tracing::error!(conversation = %id, %error, "its texts cannot be shown beside the card");
                }
                shown => shown?,
            }
        }
        self.wake.discord.notify_one();
        Ok(())
    }

    async fn show_without_thread(&self, id: ConversationId) -> Result<()> {
        let mut tx = self.store.begin().await?;
        let conversation = fetch(&mut tx, id).await?;
        store::customers::lock(&mut tx, conversation.customer.id).await?;
        self.without_thread(&mut tx, id).await?;
        tx.commit().await
    }

    async fn thread_gone(&self, tx: &mut Tx, id: ConversationId) -> Result<()> {
        let conversation = fetch(tx, id).await?;
        if let Some(card) = conversation.card {
            self.enqueue(tx, Lane::Discord(id), Effect::RetireCard { conversation: id, card }).await?;
        }
        self.face_anew(tx, &Conversation { card: None, thread: None, ..conversation }).await
    }

    /// The newest message was shown in the old thread only: it is shown in the new one as well.
    async fn card_gone(&self, tx: &mut Tx, attempt: &Attempt, id: ConversationId) -> Result<()> {
        let conversation = fetch(tx, id).await?;
        let lane = Lane::Discord(id);
        if let Some(thread) = conversation.thread {
            let effect = Effect::RetireThread { conversation: id, thread, nonce: self.nonce() };
            self.enqueue(tx, lane, effect).await?;
        }
        self.face_anew(tx, &Conversation { card: None, thread: None, ..conversation }).await?;
        if matches!(attempt.effect, Effect::UpdateCard { .. })
            && let Some(message) = store::messages::newest(tx, id).await?
        {
            let effect = Effect::PostMessage { message, nonce: self.nonce(), alert: false };
            self.enqueue(tx, lane, effect).await?;
        }
        Ok(())
    }

    /// A new card and a new thread. What stood in the old thread is no longer edited.
    async fn face_anew(&self, tx: &mut Tx, conversation: &Conversation) -> Result<()> {
        if conversation.thread.is_none() {
            store::conversations::set_card(tx, conversation.id, conversation.card).await?;
            store::conversations::set_thread(tx, conversation.id, None).await?;
            store::messages::forget_posts(tx, conversation.id).await?;
        }
        if conversation.card.is_none() {
            let effect = Effect::PostCard { conversation: conversation.id, nonce: self.nonce() };
            self.enqueue(tx, Lane::Discord(conversation.id), effect).await?;
        }
        self.enqueue(tx, Lane::Discord(conversation.id), Effect::OpenThread { conversation: conversation.id }).await
    }
}

async fn conversation_of(tx: &mut Tx, effect: &Effect) -> Result<Option<Conversation>> {
    let id = match effect {
        Effect::PostCard { conversation, .. }
        | Effect::OpenThread { conversation }
        | Effect::AddMember { conversation, .. }
        | Effect::AlertRole { conversation, .. }
        | Effect::UpdateCard { conversation }
        | Effect::RetireCard { conversation, .. }
        | Effect::RetireThread { conversation, .. }
        | Effect::ArchiveThread { conversation }
        | Effect::UnarchiveThread { conversation } => *conversation,
        Effect::SendSms { message }
        | Effect::PostMessage { message, .. }
        | Effect::PostAlert { message, .. }
        | Effect::UpdateMessage { message } => match store::messages::get(tx, *message).await? {
            Some(message) => message.conversation,
            None => return Ok(None),
        },
        Effect::EditAnswer { .. } | Effect::TellOperator { .. } => return Ok(None),
    };
    store::conversations::get(tx, id).await
}
