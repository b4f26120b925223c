//! One effect towards Discord: what it should read like now, one request, and what happened.

mod alerts;

use std::future::Future;
use std::time::Duration;

use crate::domain::consent::Consent;
use crate::domain::conversation::{Conversation, Customer};
use crate::domain::delivery::PartState;
use crate::domain::desk::Desk;
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
use crate::wording::thread::Unshown;
use crate::wording::{answers, card, discord, operator, thread};

use super::discord_courier::DiscordCourier;

/// Discord remembers a nonce for a few minutes; after this long we look for the post ourselves.
const NONCE_HOLDS: Duration = Duration::from_secs(2 * 60);

/// How long a private answer waits for the bot's token to be taken again.
const TOKEN_AGAIN: Duration = Duration::from_secs(30);

/// Discord's clock and ours may differ by so much.
const CLOCKS_DIFFER: Duration = Duration::from_secs(10 * 60);

/// A post, or why there is none.
type Posted = std::result::Result<DiscordMessageId, ThreadsError>;

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
            Effect::AlertRole { conversation, why, nonce } => {
                self.alert_role(attempt, *conversation, *why, nonce).await
            }
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

    /// Where the operator's channel refuses, or fails while others do not, the line stands in a desk's channel: no notice is
    /// lost, and none holds up the next. The operator's channel is asked first every time.
    async fn tell_operator(&self, attempt: &Attempt, notice: &Notice, nonce: &Nonce) -> Happened {
        let post = operator::notice(notice);
        let fails_for_long = self.is_suspect(attempt) || self.health.trouble_of(OPERATOR_CHANNEL).is_some();
        let refusal = match self.post(attempt, self.operator_channel, nonce, &post.content, &post).await {
            Ok(_) => {
                if self.health.trouble_of(OPERATOR_CHANNEL).is_some() {
                    self.health.mended(OPERATOR_CHANNEL);
                    tracing::info!("the operator's channel can be used again");
                }
                return Happened::Done;
            }
            Err(ThreadsError::Retry { after, why }) if after.is_some() || !fails_for_long => {
                return self.again(attempt, after, why);
            }
            Err(ThreadsError::TokenRefused) => return Happened::TokenRefused,
            Err(ThreadsError::MessageGone) => return Happened::PostDeleted,
            Err(refusal) => refusal,
        };
        let is_away = matches!(refusal, ThreadsError::Retry { .. });
        let is_rejected = matches!(refusal, ThreadsError::Reject { .. });
        let why = match refusal {
            ThreadsError::ChannelGone => discord::no_operator_channel(self.operator_channel),
            ThreadsError::Retry { why, .. } | ThreadsError::Refused { why } => why,
            other => other.to_string(),
        };
        let told = operator::told_elsewhere(post, &why);
        let elsewhere = self.tell_elsewhere(attempt, nonce, &told).await;
        // Where nothing is taken elsewhere either, Discord may be away.
        if elsewhere == Some(Happened::Done) || !is_away || self.is_culprit(attempt) {
            let sentence = discord::operator_channel_fails(&why);
            if self.health.trouble(OPERATOR_CHANNEL, &sentence) {
                tracing::warn!("{sentence}");
            }
        }
        match elsewhere {
            Some(happened) => happened,
            // Others wait behind it.
            None if is_rejected || (is_away && self.is_culprit(attempt)) => Happened::Dead { why },
            None if is_away => self.again(attempt, None, why),
            None => Happened::Again { due: self.slowly(attempt), why, outage: false },
        }
    }

    /// Tells the operator in the channel of a desk. `None` where none takes it.
    async fn tell_elsewhere(&self, attempt: &Attempt, nonce: &Nonce, post: &Post) -> Option<Happened> {
        let mut fails: Option<Happened> = None;
        for desk in self.flows.desks.iter().filter(|desk| desk.channel != self.operator_channel) {
            match self.post(attempt, desk.channel, nonce, &post.content, post).await {
                Ok(_) => return Some(Happened::Done),
                Err(ThreadsError::Refused { .. } | ThreadsError::Forbidden { .. } | ThreadsError::ChannelGone) => {}
                Err(error) => {
                    let happened = self.otherwise(attempt, desk.channel, error);
                    // What another channel may take later is not given up on.
                    fails = match fails {
                        Some(before) if !matches!(before, Happened::Dead { .. }) => Some(before),
                        _ => Some(happened),
                    };
                }
            }
        }
        fails
    }

    async fn post_card(&self, attempt: &Attempt, id: ConversationId, nonce: &Nonce) -> Result<Happened> {
        let Some((conversation, desk)) = self.place(id).await? else { return Ok(Happened::NoDesk) };
        if conversation.card.is_some() {
            return Ok(Happened::Needless("there is a card"));
        }
        let marker = card::marker(&conversation);
        let post = self.card(&conversation, desk).await?;
        let mut posted = self.post(attempt, desk.channel, nonce, &marker, &post).await;
        let name_refused = self.blamed(attempt, &posted).filter(|_| conversation.name_refused.is_none());
        if let Some(why) = &name_refused {
            let post = self.card(&without_name(&conversation, why), desk).await?;
            posted = self.post(attempt, desk.channel, nonce, &marker, &post).await;
        }
        Ok(match posted {
            Ok(card) => Happened::CardPosted { conversation: id, card, name_refused },
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
        let mut opened = self.open(&conversation, desk, card).await;
        let name_refused = self.blamed(attempt, &opened).filter(|_| conversation.name_refused.is_none());
        let mut named = conversation;
        if let Some(why) = &name_refused {
            named = without_name(&named, why);
            opened = self.open(&named, desk, card).await;
        }
        if opened == Err(ThreadsError::TooManyThreads) {
            opened = self.with_room(desk, id, || self.open(&named, desk, card)).await;
        }
        Ok(match opened {
            Ok(thread) => Happened::ThreadOpened { conversation: id, thread, name_refused },
            // The texts show in the channel meanwhile.
            Err(ThreadsError::Retry { after: None, why }) if self.is_suspect(attempt) => {
                self.refused(attempt, desk.channel, why)
            }
            Err(ThreadsError::AlreadyThere) => self.thread_of_card(attempt, id, card).await,
            Err(ThreadsError::MessageGone) => Happened::CardGone { conversation: id },
            Err(ThreadsError::Reject { why }) => self.refused(attempt, desk.channel, why),
            Err(error) => self.otherwise(attempt, desk.channel, error),
        })
    }

    async fn open(
        &self,
        conversation: &Conversation,
        desk: &Desk,
        card: DiscordMessageId,
    ) -> std::result::Result<ChannelId, ThreadsError> {
        let name = card::thread_name(conversation, desk);
        self.threads.open_thread(desk.channel, card, &name, desk.archive_after).await
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
            Ok(true) => Happened::ThreadOpened { conversation, thread, name_refused: None },
            Ok(false) => Happened::ThreadGone { conversation },
            Err(error) => self.otherwise(attempt, thread, error),
        }
    }

    async fn add_member(&self, attempt: &Attempt, id: ConversationId, user: UserId) -> Result<Happened> {
        let Some((conversation, desk)) = self.place(id).await? else { return Ok(Happened::NoDesk) };
        let Some(thread) = conversation.thread else {
            if conversation.is_threadless {
                return Ok(Happened::Needless("the owner is added when there is a thread"));
            }
            return Ok(Happened::NoThread { conversation: id });
        };
        Ok(match self.threads.add_member(thread, user).await {
            Ok(()) => Happened::Done,
            Err(ThreadsError::ChannelGone) => Happened::ThreadGone { conversation: id },
            // They are notified by mention all the same.
            Err(ThreadsError::Archived) => Happened::Needless("the thread is archived"),
            // They left, or may not see the channel any more. Nobody else's message waits for that.
            Err(
                ThreadsError::Reject { .. }
                | ThreadsError::MessageGone
                | ThreadsError::Refused { .. }
                | ThreadsError::Forbidden { .. },
            ) => {
                if conversation.owner == Some(user) && !self.is_agent(desk, user).await {
                    return Ok(Happened::OwnerLeft { conversation: id, owner: user });
                }
                Happened::Needless("cannot be added")
            }
            Err(error) if self.fails_alone(attempt, &error, thread).await => Happened::Needless("cannot be added"),
            Err(error) => self.otherwise(attempt, thread, error),
        })
    }

    async fn post_message(&self, attempt: &Attempt, id: MessageId, nonce: &Nonce, alert: bool) -> Result<Happened> {
        let Some((message, conversation, desk)) = self.message(id).await? else { return Ok(Happened::NoDesk) };
        if message.shown_in.is_some() {
            return Ok(Happened::Needless("it shows in the channel"));
        }
        let Some(spot) = Spot::of(&conversation, desk) else {
            return Ok(Happened::NoThread { conversation: conversation.id });
        };
        let rings = if alert { self.whom_to_ring(&conversation, desk).await? } else { None };
        let mut look = self.look(&message, rings).await?;
        let post = thread::message(&message, &look);
        let at = (&conversation, desk);
        let act = |spot| self.post_at(attempt, spot, (&conversation, &message), nonce, post.clone());
        let (mut placed, mut posted) = self.with_room_or_beside(attempt, spot, at, act).await;
        // That there is a text, and who must act, shows all the same.
        let unshown = self.unshown(attempt, &posted);
        if let Some(unshown) = &unshown {
            if matches!(unshown, Unshown::Failing(_)) && !message.kind.is_outbound() {
                look.rings = look.rings.or_else(|| alerts::rings(&conversation, desk));
            }
            let withheld = thread::withheld(&message, &look, unshown);
            let act = |spot| self.post_at(attempt, spot, (&conversation, &message), nonce, withheld.clone());
            (placed, posted) = self.with_room_or_beside(attempt, placed, at, act).await;
        }
        let shown_in = placed.shown_in();
        Ok(match (posted, unshown) {
            (Ok(post), Some(Unshown::Failing(why))) => {
                let notice = Notice::NotShown {
                    id,
                    message: message.number,
                    conversation: conversation.number.0,
                    desk: desk.name.clone(),
                    why,
                };
                Happened::LinePosted { message: id, post, shown_in, notice }
            }
            (Ok(post), _) => Happened::MessagePosted { message: id, post, shown_in },
            (Err(ThreadsError::ChannelGone), _) if shown_in.is_none() => {
                Happened::ThreadGone { conversation: conversation.id }
            }
            (Err(ThreadsError::Archived), _) => {
                self.refused(attempt, placed.channel(), "the thread is locked; unlock it.".into())
            }
            (Err(error), _) => self.otherwise(attempt, placed.channel(), error),
        })
    }

    /// Posts a message in its thread, or in the channel.
    async fn post_at(
        &self,
        attempt: &Attempt,
        spot: Spot,
        (conversation, message): (&Conversation, &Message),
        nonce: &Nonce,
        post: Post,
    ) -> Posted {
        match spot {
            Spot::Thread(_) => self.say(attempt, spot, nonce, &thread::marker(message.number), &post).await,
            Spot::Channel { .. } => {
                let post = thread::in_channel(post, conversation, message);
                let marker = thread::marker_in_channel(conversation, message.number);
                self.say(attempt, spot, nonce, &marker, &post).await
            }
        }
    }

    async fn update_card(&self, attempt: &Attempt, id: ConversationId) -> Result<Happened> {
        let Some((conversation, desk)) = self.place(id).await? else { return Ok(Happened::NoDesk) };
        let Some(card) = conversation.card else { return Ok(Happened::Needless("there is no card")) };
        let post = self.card(&conversation, desk).await?;
        let mut edited = self.threads.edit(desk.channel, card, &post).await;
        let name_refused = self.blamed(attempt, &edited).filter(|_| conversation.name_refused.is_none());
        if let Some(why) = &name_refused {
            let post = self.card(&without_name(&conversation, why), desk).await?;
            edited = self.threads.edit(desk.channel, card, &post).await;
        }
        Ok(match edited {
            Ok(()) => match name_refused {
                Some(why) => Happened::CardWithoutName { conversation: id, why },
                None => Happened::Done,
            },
            Err(ThreadsError::MessageGone) if !conversation.is_open() => Happened::Needless("the card was deleted"),
            Err(ThreadsError::MessageGone) => Happened::CardGone { conversation: id },
            Err(error) => self.otherwise(attempt, desk.channel, error),
        })
    }

    async fn update_message(&self, attempt: &Attempt, id: MessageId) -> Result<Happened> {
        let Some((message, conversation, _)) = self.message(id).await? else { return Ok(Happened::NoDesk) };
        let (Some(thread), Some(post)) = (message.shown_in.or(conversation.thread), message.post) else {
            return Ok(Happened::Needless("it is not shown"));
        };
        let placed = |now| match message.shown_in {
            Some(_) => thread::in_channel(now, &conversation, &message),
            None => now,
        };
        let look = self.look(&message, None).await?;
        let now = placed(thread::message(&message, &look));
        let mut edited = self.threads.edit(thread, post, &now).await;
        if let Some(unshown) = self.unshown(attempt, &edited) {
            let now = placed(thread::withheld(&message, &look, &unshown));
            edited = self.threads.edit(thread, post, &now).await;
        }
        Ok(match edited {
            Ok(()) => Happened::Done,
            Err(ThreadsError::ChannelGone) if message.shown_in.is_some() => Happened::Needless("its channel is gone"),
            Err(ThreadsError::MessageGone) => Happened::Needless("its post was deleted"),
            Err(ThreadsError::ChannelGone) if !conversation.is_open() => Happened::Needless("its thread was deleted"),
            Err(ThreadsError::ChannelGone) => Happened::ThreadGone { conversation: conversation.id },
            // An archived thread takes no edits: the card shows it, and the post once the thread wakes.
            Err(ThreadsError::Archived) => Happened::Outdated { message: id, failing: false },
            // As little does one that Discord fails over, while others pass.
            Err(ThreadsError::Retry { after: None, .. }) if self.is_culprit(attempt) => {
                Happened::Outdated { message: id, failing: true }
            }
            Err(error @ ThreadsError::Forbidden { .. })
                if !self.is_place_closed(attempt) && self.fails_alone(attempt, &error, thread).await =>
            {
                Happened::Outdated { message: id, failing: true }
            }
            Err(error) => self.otherwise(attempt, thread, error),
        })
    }

    async fn retire_card(&self, attempt: &Attempt, id: ConversationId, old: DiscordMessageId) -> Result<Happened> {
        let Some((conversation, desk)) = self.place(id).await? else { return Ok(Happened::NoDesk) };
        let post = card::retired(&conversation, desk, conversation.thread);
        let mut edited = self.threads.edit(desk.channel, old, &post).await;
        if let Some(why) = self.blamed(attempt, &edited) {
            let post = card::retired(&without_name(&conversation, &why), desk, conversation.thread);
            edited = self.threads.edit(desk.channel, old, &post).await;
        }
        Ok(match edited {
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
        let Some((conversation, desk)) = self.place(id).await? else { return Ok(Happened::NoDesk) };
        let Some(thread) = conversation.thread else { return Ok(Happened::Needless("there is no thread")) };
        if conversation.is_open() == archived {
            return Ok(Happened::Needless("the conversation was opened or closed meanwhile"));
        }
        let mut set = self.threads.set_archived(thread, archived).await;
        if set == Err(ThreadsError::TooManyThreads) {
            set = self.with_room(desk, id, || self.threads.set_archived(thread, archived)).await;
        }
        Ok(match set {
            Ok(()) => Happened::Done,
            // The next post wakes it as well.
            Err(ThreadsError::TooManyThreads) => Happened::Needless("there are too many active threads"),
            Err(error) if !archived && self.fails_alone(attempt, &error, thread).await => {
                Happened::Needless("cannot be taken out of the archive")
            }
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
        let paused = self.flows.health.paused();
        let (post, without_name) = match promise.message {
            Some(id) => {
                let Some((message, conversation, desk)) = self.message(id).await? else {
                    return Ok(Happened::Needless("its desk is not configured"));
                };
                let post = answers::queued(&message, &conversation, desk, paused);
                let customer = Customer { name: None, ..conversation.customer.clone() };
                (post, Some(answers::queued(&message, &Conversation { customer, ..conversation }, desk, paused)))
            }
            None => (answers::nobody_answered(), None),
        };
        let mut edited = self.threads.edit_answer(&promise.token, &post).await;
        if let Some(post) = without_name
            && self.blamed(attempt, &edited).is_some()
        {
            edited = self.threads.edit_answer(&promise.token, &post).await;
        }
        Ok(match edited {
            Ok(()) => Happened::Done,
            // Asking who we are needs the bot's token. The gate of the token is not for answers: it does not hold this back.
            Err(ThreadsError::TokenRefused) => self.again(attempt, Some(TOKEN_AGAIN), "the token is refused".into()),
            Err(ThreadsError::Retry { after, why }) => self.again(attempt, after, why),
            Err(_) => Happened::AnswerGone { interaction },
        })
    }

    /// Posts once: a repeated attempt is recognised by its nonce, a late one by what it printed.
    async fn post(&self, attempt: &Attempt, channel: ChannelId, nonce: &Nonce, marker: &str, post: &Post) -> Posted {
        if let Some(found) = self.posted_before(attempt, channel, marker).await? {
            return Ok(found);
        }
        self.threads.post(channel, nonce, post).await
    }

    /// The same about a conversation. Beside the card it is another post than in the thread, where an attempt may have
    /// left it.
    async fn say(&self, attempt: &Attempt, spot: Spot, nonce: &Nonce, marker: &str, post: &Post) -> Posted {
        match spot {
            Spot::Thread(thread) => self.post(attempt, thread, nonce, marker, post).await,
            Spot::Channel { channel, card } => {
                if let Some(found) = self.posted_before(attempt, channel, marker).await? {
                    return Ok(found);
                }
                self.threads.reply(channel, card, &nonce.beside(), post).await
            }
        }
    }

    /// What an earlier attempt has posted, where that is so long ago that Discord has forgotten the nonce.
    async fn posted_before(
        &self,
        attempt: &Attempt,
        channel: ChannelId,
        marker: &str,
    ) -> std::result::Result<Option<DiscordMessageId>, ThreadsError> {
        let now = self.flows.clock.now();
        // Begun later than now: the clock was set back, and nobody knows how long ago that was.
        let late = now.since(attempt.first_begun) > NONCE_HOLDS || attempt.first_begun > now;
        if attempt.number == 1 || !late {
            return Ok(None);
        }
        let found = self.threads.find_recent(channel, marker).await?;
        // A much older one is what this replaces.
        Ok(found.filter(|found| found.created() >= attempt.first_begun.minus(CLOCKS_DIFFER)))
    }

    /// Why what customers wrote or are called may be to blame for a failure: Discord refuses it, or fails over it while it
    /// does everything else. What is forbidden twice is tried without it: if that passes, it was to blame.
    fn blamed<T>(&self, attempt: &Attempt, result: &std::result::Result<T, ThreadsError>) -> Option<String> {
        match result {
            Err(ThreadsError::Reject { why }) => Some(why.clone()),
            Err(ThreadsError::Retry { after: None, why }) if self.is_suspect(attempt) => Some(why.clone()),
            Err(ThreadsError::Forbidden { why }) if self.is_disliked(attempt) => Some(why.clone()),
            _ => None,
        }
    }

    /// The same for the text of a message.
    fn unshown<T>(&self, attempt: &Attempt, result: &std::result::Result<T, ThreadsError>) -> Option<Unshown> {
        let why = self.blamed(attempt, result)?;
        let is_refused = matches!(result, Err(ThreadsError::Reject { .. }));
        Some(if is_refused { Unshown::Refused(why) } else { Unshown::Failing(why) })
    }

    /// Whether something that has failed for long fails alone: others pass, or Discord answers about its thread.
    async fn fails_alone(&self, attempt: &Attempt, error: &ThreadsError, thread: ChannelId) -> bool {
        let is_suspect = match error {
            ThreadsError::Retry { after: None, .. } if self.is_culprit(attempt) => return true,
            ThreadsError::Retry { after: None, .. } => self.is_suspect(attempt),
            ThreadsError::Forbidden { .. } => self.is_disliked(attempt),
            _ => false,
        };
        is_suspect && self.threads.thread_exists(thread).await.is_ok()
    }

    /// Says something where it belongs, and returns where it was said. An archived thread counts among the active ones again
    /// once it wakes: at their limit another makes room. Where none can, or Discord fails over this one thread, it is said
    /// beside the card.
    async fn with_room_or_beside<F: Future<Output = Posted>>(
        &self,
        attempt: &Attempt,
        spot: Spot,
        (conversation, desk): (&Conversation, &Desk),
        act: impl Fn(Spot) -> F,
    ) -> (Spot, Posted) {
        let mut posted = act(spot).await;
        if posted == Err(ThreadsError::TooManyThreads) {
            posted = self.with_room(desk, conversation.id, || act(spot)).await;
        }
        let (Spot::Thread(thread), Some(card)) = (spot, conversation.card) else { return (spot, posted) };
        let beside = Spot::Channel { channel: desk.channel, card };
        match &posted {
            Err(ThreadsError::TooManyThreads) => (beside, act(beside).await),
            Err(error) if self.fails_alone(attempt, error, thread).await => {
                match act(beside).await {
                    Ok(post) => {
                        let (ThreadsError::Retry { why, .. } | ThreadsError::Forbidden { why }) = error else {
                            return (beside, Ok(post));
                        };
                        self.tell_of_thread(thread, conversation, desk, why).await;
                        (beside, Ok(post))
                    }
                    // It is not the thread.
                    Err(_) => (spot, posted),
                }
            }
            _ => (spot, posted),
        }
    }

    /// The operator hears that Discord fails over a thread.
    async fn tell_of_thread(&self, thread: ChannelId, conversation: &Conversation, desk: &Desk, why: &str) {
        let (conversation, desk, why) = (conversation.number.0, desk.name.clone(), why.to_owned());
        let notice = Notice::ThreadFails { thread, conversation, desk, why };
        if let Err(error) = self.flows.tell(notice).await {
            tracing::error!(%thread, %error, "the operator could not be told that Discord fails over a thread");
        }
    }

    /// The operator hears that Discord fails over something without which a customer's texts do not show.
    pub(super) async fn tell_of_stuck(&self, attempt: &Attempt, why: &str) {
        let place = match &attempt.effect {
            Effect::PostCard { conversation, .. } | Effect::OpenThread { conversation } => {
                self.place(*conversation).await
            }
            Effect::PostMessage { message, .. } => {
                let found = self.message(*message).await;
                found.map(|found| found.map(|(_, conversation, desk)| (conversation, desk)))
            }
            _ => return,
        };
        let told = match place {
            Ok(Some((conversation, desk))) => {
                let (conversation, desk, why) = (conversation.number.0, desk.name.clone(), why.to_owned());
                self.flows.tell(Notice::ConversationFails { conversation, desk, why }).await
            }
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = told {
            tracing::error!(effect = %attempt.id, %error, "the operator could not be told that Discord fails over it");
        }
    }

    /// Does it again once the longest silent thread of ours is archived: that of a closed conversation before all others,
    /// and the desk's own before those of other desks in the server. [`ThreadsError::TooManyThreads`] where there is none.
    async fn with_room<T, F: Future<Output = std::result::Result<T, ThreadsError>>>(
        &self,
        desk: &Desk,
        keep: ConversationId,
        act: impl Fn() -> F,
    ) -> std::result::Result<T, ThreadsError> {
        let _one_at_a_time = self.making_room.lock().await;
        let mut candidates = Vec::new();
        for thread in self.threads.active_threads(desk.guild).await? {
            let ours = thread.parent.and_then(|parent| self.flows.desks.by_channel(parent));
            let Some(its_desk) = ours else { continue };
            let Ok(Some(conversation)) = self.conversation_in(thread.id).await else { continue };
            if conversation.id != keep {
                let silent_since = thread.last.map_or(thread.id.get(), DiscordMessageId::get);
                let order = (its_desk.name != desk.name, conversation.is_open(), silent_since);
                candidates.push((order, thread.id));
            }
        }
        candidates.sort_unstable_by_key(|(order, _)| *order);
        // Should one refuse, another may not.
        for (_, thread) in candidates.into_iter().take(3) {
            match self.threads.set_archived(thread, true).await {
                Ok(()) | Err(ThreadsError::Archived | ThreadsError::ChannelGone) => {
                    tracing::info!(desk = %desk.name, "the longest silent thread is archived, to make room for another");
                    return act().await;
                }
                Err(
                    ThreadsError::Refused { .. }
                    | ThreadsError::Forbidden { .. }
                    | ThreadsError::Reject { .. }
                    | ThreadsError::Retry { .. },
                ) => {}
                Err(error) => return Err(error),
            }
        }
        Err(ThreadsError::TooManyThreads)
    }

    async fn conversation_in(&self, thread: ChannelId) -> Result<Option<Conversation>> {
        store::conversations::by_thread(&mut self.flows.store.read().await?, thread).await
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
        Ok(thread::Look { rings, decidable, failed, paused: self.flows.health.paused() })
    }

    /// What follows from an answer that means the same for every effect.
    fn otherwise(&self, attempt: &Attempt, channel: ChannelId, error: ThreadsError) -> Happened {
        match error {
            ThreadsError::Retry { after: None, why } if self.is_culprit(attempt) && gives_up(&attempt.effect) => {
                Happened::Dead { why }
            }
            ThreadsError::Retry { after, why } => self.again(attempt, after, why),
            ThreadsError::TokenRefused => Happened::TokenRefused,
            ThreadsError::Refused { why } => self.channel_refuses(attempt, channel, why),
            ThreadsError::Forbidden { why } if self.is_disliked(attempt) && self.counts_for_place(attempt) => {
                self.channel_refuses(attempt, channel, why)
            }
            ThreadsError::Forbidden { why } if self.is_disliked(attempt) => self.refused(attempt, channel, why),
            ThreadsError::Forbidden { why } => Happened::Forbidden { due: self.slowly(attempt), why },
            ThreadsError::TooManyThreads => self.refused(attempt, channel, discord::TOO_MANY_THREADS.to_owned()),
            ThreadsError::ChannelGone => self.channel_refuses(attempt, channel, "the channel is gone.".into()),
            ThreadsError::Reject { why } => Happened::Dead { why },
            ThreadsError::MessageGone => Happened::PostDeleted,
            other @ (ThreadsError::Archived | ThreadsError::AlreadyThere) => Happened::Dead { why: other.to_string() },
        }
    }

    fn again(&self, attempt: &Attempt, after: Option<Duration>, why: String) -> Happened {
        let now = self.flows.clock.now();
        match after {
            Some(wait) => Happened::Limited { due: now.plus(wait), why, wait },
            None => Happened::Again { due: now.plus(Schedule::Soon.pause(attempt.number)), why, outage: true },
        }
    }

    /// Somebody must give a permission: tried slowly, and the operator is told.
    fn refused(&self, attempt: &Attempt, channel: ChannelId, why: String) -> Happened {
        let notice = Notice::DiscordRefuses { desk: None, channel, why: why.clone() };
        Happened::Refused { due: self.slowly(attempt), why, notice }
    }

    /// The same where all that is asked there is refused, as far as is known.
    fn channel_refuses(&self, attempt: &Attempt, channel: ChannelId, why: String) -> Happened {
        let notice = Notice::DiscordRefuses { desk: None, channel, why: why.clone() };
        Happened::ChannelRefuses { due: self.slowly(attempt), why, notice }
    }

    /// When something is tried again that waits for a person.
    fn slowly(&self, attempt: &Attempt) -> Timestamp {
        self.flows.clock.now().plus(Schedule::Slow.pause(attempt.number))
    }
}

/// Where a message of a conversation is shown.
#[derive(Clone, Copy)]
enum Spot {
    Thread(ChannelId),
    /// As a reply to the card, while there is no thread that takes it.
    Channel {
        channel: ChannelId,
        card: DiscordMessageId,
    },
}

impl Spot {
    /// `None`: the thread has to be opened first.
    fn of(conversation: &Conversation, desk: &Desk) -> Option<Self> {
        match (conversation.thread, conversation.card) {
            (Some(thread), _) => Some(Self::Thread(thread)),
            (None, Some(card)) if conversation.is_threadless => Some(Self::Channel { channel: desk.channel, card }),
            _ => None,
        }
    }

    const fn channel(self) -> ChannelId {
        match self {
            Self::Thread(channel) | Self::Channel { channel, .. } => channel,
        }
    }

    const fn shown_in(self) -> Option<ChannelId> {
        match self {
            Self::Thread(_) => None,
            Self::Channel { channel, .. } => Some(channel),
        }
    }
}

/// The conversation, as it shows where Discord refuses the customer's name.
fn without_name(conversation: &Conversation, why: &str) -> Conversation {
    Conversation { name_refused: Some(why.to_owned()), ..conversation.clone() }
}

/// Whether it can be done without, should Discord never do it. What shows a customer's text is tried for ever.
const fn gives_up(effect: &Effect) -> bool {
    !matches!(
        effect,
        Effect::PostCard { .. } | Effect::OpenThread { .. } | Effect::PostMessage { .. } | Effect::SendSms { .. }
    )
}
