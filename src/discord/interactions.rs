//! Commands, clicks and forms: acknowledged at once, handed to their flow, answered privately.
//!
//! Where the acknowledgement certainly failed, the flow does not run: the agent reads that nothing responded, and asks
//! again. Where that is not certain, it runs: the flow knows an interaction that it has seen before.

use std::sync::Arc;
use std::time::Duration;

use dashmap::DashMap;
use serenity::all::{
    ActionRowComponent, AutocompleteChoice, Cache, ChannelType, CommandInteraction, ComponentInteraction,
    InputTextStyle, Interaction, ModalInteraction, PartialChannel, UserId,
};
use serenity::builder::{
    CreateActionRow, CreateAutocompleteResponse, CreateInputText, CreateInteractionResponse,
    CreateInteractionResponseMessage, CreateModal,
};

use super::codes;
use super::commands::MAX_TEXT;
use super::convert;
use super::error::{RestError, code};
use super::names::Known;
use super::rest::{Me, Rest};
use super::threads::DiscordThreads;
use crate::domain::consent::Statement;
use crate::domain::ids::{ChannelId, ConversationId, RoleId};
use crate::domain::post::{Action, Post};
use crate::flows::agent_reply::Written;
use crate::flows::notify::NotifyRequest;
use crate::flows::{Agent, Answer, Flows, Occasion};
use crate::lifecycle::Shutdown;
use crate::ports::{AgentThreads as _, ThreadsError};
use crate::store::StoreError;
use crate::wording::commands as wording;

/// How often a private answer is tried. With doubling pauses from one second on that is half a minute.
const ATTEMPTS: u32 = 6;

/// The form's only field.
const TEXT_FIELD: &str = "text";

#[derive(Clone)]
pub(super) struct Interactions {
    rest: Arc<Rest>,
    threads: DiscordThreads,
    flows: Flows,
    tasks: Shutdown,
    /// Names of those who used the bot since the start.
    seen: Arc<DashMap<UserId, String>>,
}

/// The occasion of any kind of interaction: their types are alike, but have no trait in common.
macro_rules! occasion {
    ($interaction:expr) => {{
        let interaction = &$interaction;
        let member = interaction.member.as_ref();
        Occasion {
            interaction: interaction.id.into(),
            token: interaction.token.clone(),
            agent: Agent {
                id: interaction.user.id.into(),
                name: member.map_or_else(|| interaction.user.display_name(), |member| member.display_name()).to_owned(),
                roles: member.map(|member| roles(&member.roles)).unwrap_or_default(),
            },
            guild: interaction.guild_id.map(Into::into),
            channel: interaction.channel_id.into(),
            parent: interaction.channel.as_ref().and_then(parent),
        }
    }};
}

impl Interactions {
    pub(super) fn new(rest: Arc<Rest>, flows: Flows, tasks: Shutdown) -> Self {
        Self { threads: DiscordThreads::new(rest.clone()), rest, flows, tasks, seen: Arc::default() }
    }

    pub(super) fn know_me(&self, me: Me) {
        self.rest.know_me(me);
    }

    /// Sees to an interaction in a task of its own.
    pub(super) fn take(&self, interaction: Interaction, cache: Arc<Cache>) {
        let this = self.clone();
        self.tasks.spawn("interaction", async move { Box::pin(this.handle(interaction, &cache)).await });
    }

    /// A thread is not archived, or not any more: its posts can be brought up to date.
    pub(super) fn see_awake(&self, thread: ChannelId) {
        let flows = self.flows.clone();
        self.tasks.spawn("awake thread", async move {
            if let Err(error) = flows.thread_seen_awake(thread).await {
                tracing::warn!(%error, "the posts of a thread could not be brought up to date");
            }
        });
    }

    async fn handle(&self, interaction: Interaction, cache: &Cache) {
        let kind = match interaction {
            Interaction::Command(command) => {
                self.command(command, cache).await;
                "command"
            }
            Interaction::Autocomplete(command) => {
                self.complete(&command).await;
                "autocomplete"
            }
            Interaction::Component(click) => {
                self.click(&click).await;
                "click"
            }
            Interaction::Modal(form) => {
                self.form(&form, cache).await;
                "form"
            }
            _ => return,
        };
        metrics::counter!("threadline_discord_interactions_total", "kind" => kind).increment(1);
    }

    async fn command(&self, command: CommandInteraction, cache: &Cache) {
        let at = occasion!(command);
        self.remember(&at);
        if !self.acknowledge(&at).await {
            return;
        }
        let name = command.data.name.as_str();
        let option = |wanted: &str| {
            let given = command.data.options.iter().find(|option| option.name == wanted);
            given.and_then(|option| option.value.as_str()).map(str::to_owned)
        };
        let written = |text: String| {
            let resolved = Some(&command.data.resolved);
            self.written(&at, text, &Known { cache, guild: command.guild_id, resolved, seen: &self.seen })
        };
        let flows = &self.flows;
        let answer = match name {
            "notify" => {
                let text = option("text").map(written);
                let request = NotifyRequest {
                    number: option("number").unwrap_or_default(),
                    template: option("template"),
                    differs: text.as_ref().is_some_and(|text| text.differs),
                    text: text.map(|text| text.text),
                    name: option("name").map(|name| written(name).text),
                };
                flows.notify(&at, request).await
            }
            "reply" => flows.reply_here(&at, written(option("text").unwrap_or_default())).await,
            "close" => flows.close_here(&at).await,
            "reopen" => flows.reopen(&at, option("number")).await,
            "optout" => flows.state_consent(&at, Statement::OptsOut, option("number"), option("reason")).await,
            "block" => flows.state_consent(&at, Statement::Blocks, option("number"), option("reason")).await,
            "unblock" => flows.state_consent(&at, Statement::Unblocks, option("number"), option("reason")).await,
            "status" => flows.status(&at).await,
            "consent" => flows.show_consent(&at, option("number")).await,
            _ => Ok(Answer::Now(plain(wording::UNKNOWN_COMMAND))),
        };
        self.answer(&at, answer).await;
    }

    async fn complete(&self, command: &CommandInteraction) {
        let at = occasion!(command);
        let Some(typed) = command.data.autocomplete() else { return };
        let number = command.data.options.iter().find(|option| option.name == "number");
        let number = number.and_then(|option| option.value.as_str()).unwrap_or_default();
        let price = self.flows.price_to(&at, number).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the price of a text could not be looked up");
            None
        });
        let found = self.flows.suggest_templates(at.channel, at.parent, typed.value);
        let choice =
            |(name, parts): (String, u32)| AutocompleteChoice::new(wording::template(&name, parts, price), name);
        let choices = found.into_iter().map(choice).collect();
        let choices = CreateAutocompleteResponse::new().set_choices(choices);
        self.respond(&at, &CreateInteractionResponse::Autocomplete(choices)).await;
    }

    async fn click(&self, click: &ComponentInteraction) {
        let at = occasion!(click);
        self.remember(&at);
        match click.data.custom_id.parse() {
            Ok(Action::Reply(conversation)) => self.open_form(&at, conversation).await,
            Ok(action) => {
                // The answer to a question takes its place, so that its buttons are gone.
                let acknowledged = if action.answers_a_question() {
                    self.acknowledge_by(&at, &CreateInteractionResponse::Acknowledge).await
                } else {
                    self.acknowledge(&at).await
                };
                if acknowledged {
                    let answer = self.flows.click(&at, action).await;
                    self.answer(&at, answer).await;
                }
            }
            Err(_) => self.refuse(&at, &plain(wording::UNKNOWN_BUTTON)).await,
        }
    }

    /// A form can only be the first response, so there is nothing to acknowledge before.
    async fn open_form(&self, at: &Occasion, conversation: ConversationId) {
        match self.flows.may_reply(at, conversation).await {
            Ok(Ok(form)) => {
                let field = CreateInputText::new(InputTextStyle::Paragraph, wording::REPLY_FIELD, TEXT_FIELD);
                let field = CreateActionRow::InputText(field.max_length(MAX_TEXT).required(true));
                let action = Action::Reply(conversation).to_string();
                let form = CreateModal::new(action, form.title).components(vec![field]);
                self.respond(at, &CreateInteractionResponse::Modal(form)).await;
            }
            Ok(Err(refusal)) => self.refuse(at, &refusal).await,
            Err(error) => {
                tracing::error!(interaction = %at.interaction, %error, "a form could not be opened");
                self.refuse(at, &plain(wording::TRY_AGAIN)).await;
            }
        }
    }

    async fn form(&self, form: &ModalInteraction, cache: &Cache) {
        let at = occasion!(form);
        self.remember(&at);
        if !self.acknowledge(&at).await {
            return;
        }
        let answer = match form.data.custom_id.parse() {
            Ok(Action::Reply(conversation)) => {
                let names = Known { cache, guild: form.guild_id, resolved: None, seen: &self.seen };
                self.flows.reply_to(&at, conversation, self.written(&at, text_in(form), &names)).await
            }
            _ => Ok(Answer::Now(plain(wording::UNKNOWN_BUTTON))),
        };
        self.answer(&at, answer).await;
    }

    /// What an agent wrote, as a phone can show it.
    fn written(&self, at: &Occasion, text: String, names: &Known<'_>) -> Written {
        let Some(zone) = self.flows.time_zone_at(at.channel, at.parent) else {
            return Written { text, differs: false };
        };
        let plain = codes::without_codes(&text, zone, names);
        Written { differs: plain != text, text: plain }
    }

    /// Who uses the bot may be named in a text later.
    fn remember(&self, at: &Occasion) {
        self.seen.insert(at.agent.id.into(), at.agent.name.clone());
    }

    /// Tells Discord that an answer will come. False: it certainly does not know so, and the agent neither.
    async fn acknowledge(&self, at: &Occasion) -> bool {
        let later = CreateInteractionResponseMessage::new().ephemeral(true);
        self.acknowledge_by(at, &CreateInteractionResponse::Defer(later)).await
    }

    async fn acknowledge_by(&self, at: &Occasion, later: &CreateInteractionResponse) -> bool {
        let Err(error) = self.rest.respond(at.interaction, &at.token, later).await else { return true };
        let go_on = may_be_acknowledged(&error);
        tracing::warn!(interaction = %at.interaction, %error, go_on, "an interaction could not be acknowledged");
        go_on
    }

    async fn answer(&self, at: &Occasion, answer: Result<Answer, StoreError>) {
        match answer {
            Ok(Answer::Now(post)) => self.show(at, &post).await,
            Ok(Answer::Promised | Answer::SeenBefore) => {}
            Err(error) => {
                tracing::error!(interaction = %at.interaction, %error, "an interaction failed");
                self.show(at, &plain(wording::SOMETHING_WENT_WRONG)).await;
            }
        }
    }

    /// Completes an acknowledged interaction. Its answer is no promise of ours, so it is tried for a while only.
    async fn show(&self, at: &Occasion, post: &Post) {
        let clock = &self.flows.clock;
        let mut pause = Duration::from_secs(1);
        for _ in 0..ATTEMPTS {
            match self.threads.edit_answer(&at.token, post).await {
                Ok(()) => return,
                Err(ThreadsError::Retry { after, .. }) => {
                    clock.sleep_until(clock.now().plus(after.unwrap_or(pause))).await;
                    pause *= 2;
                }
                Err(error) => {
                    tracing::warn!(interaction = %at.interaction, %error, "an answer could not be shown");
                    return;
                }
            }
        }
        tracing::warn!(interaction = %at.interaction, "an answer could not be shown: Discord did not take it in time");
    }

    /// A private answer as the first response.
    async fn refuse(&self, at: &Occasion, post: &Post) {
        self.respond(at, &CreateInteractionResponse::Message(convert::private(post))).await;
    }

    async fn respond(&self, at: &Occasion, response: &CreateInteractionResponse) {
        if let Err(error) = self.rest.respond(at.interaction, &at.token, response).await {
            tracing::warn!(interaction = %at.interaction, %error, "an interaction could not be answered");
        }
    }
}

/// Whether Discord may have taken the acknowledgement: there was no answer, or there is one from an earlier delivery
/// of the same event, whose work may not have been finished.
fn may_be_acknowledged(error: &RestError) -> bool {
    matches!(error, RestError::Unanswered { .. }) || error.code() == Some(code::ALREADY_ACKNOWLEDGED)
}

fn plain(sentence: &str) -> Post {
    Post { content: sentence.to_owned(), ..Post::default() }
}

fn roles(held: &[serenity::all::RoleId]) -> Vec<RoleId> {
    held.iter().copied().map(Into::into).collect()
}

/// The support channel of a thread. Other channels have a parent too: their category.
fn parent(channel: &PartialChannel) -> Option<ChannelId> {
    let is_thread =
        matches!(channel.kind, ChannelType::PublicThread | ChannelType::PrivateThread | ChannelType::NewsThread);
    channel.parent_id.filter(|_| is_thread).map(Into::into)
}

fn text_in(form: &ModalInteraction) -> String {
    let mut fields = form.data.components.iter().flat_map(|row| &row.components);
    fields
        .find_map(|field| match field {
            ActionRowComponent::InputText(field) if field.custom_id == TEXT_FIELD => field.value.clone(),
            _ => None,
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_be_acknowledged_goes_on() {
        let refused = |code| RestError::Refused { status: 400, code, message: String::new() };
        assert!(may_be_acknowledged(&RestError::Unanswered { why: "timeout".into() }));
        assert!(may_be_acknowledged(&refused(code::ALREADY_ACKNOWLEDGED)));
        assert!(!may_be_acknowledged(&refused(code::UNKNOWN_INTERACTION)));
        assert!(!may_be_acknowledged(&RestError::Unreachable { why: "no connection".into() }));
        assert!(!may_be_acknowledged(&RestError::Limited { after: Duration::from_secs(1) }));
    }
}
