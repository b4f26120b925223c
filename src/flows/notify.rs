//! `/notify`: a notification, or an agent's free text, to a number.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::consent::{Consent, Speaker, Statement};
use crate::domain::desk::Desk;
use crate::domain::effect::{Effect, Lane};
use crate::domain::ids::{ChannelId, MessageId};
use crate::domain::message::Outbound;
use crate::domain::phone::{self, Address, PhoneNumber};
use crate::domain::post::Post;
use crate::domain::sms;
use crate::domain::template::{self, OwnText, SEND_WITHIN, Template};
use crate::domain::webhook::Price;
use crate::store::{self, Result, Tx};
use crate::wording::answers::{self, Doubt, Subject};
use crate::wording::{self, consent};

use super::draft::{self, Asked, Draft, Sure};
use super::queue::Outgoing;
use super::{Answer, Flows, Occasion, OrRefusal};

/// The same to the same customer within this time asks first.
const ASK_AGAIN_WITHIN: Duration = Duration::from_secs(10 * 60);

/// What the agent typed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NotifyRequest {
    pub number: String,
    pub template: Option<String>,
    pub text: Option<String>,
    /// The text stands otherwise in Discord.
    #[serde(default)]
    pub differs: bool,
    pub name: Option<String>,
}

/// A request that can be carried out.
struct Ready<'a> {
    number: PhoneNumber,
    unusual: bool,
    template: Option<&'a Template>,
    /// What the agent typed; nothing where there is a template.
    typed: String,
}

impl Ready<'_> {
    /// The text as it is to be sent to a customer of this name, or as it was shown before.
    fn text(&self, name: Option<&str>, asked: Asked) -> OwnText {
        let own = match self.template {
            Some(template) => OwnText { text: template::render(&template.text, name), ..OwnText::default() },
            None => asked.shown.unwrap_or_else(|| template::fill_own(&self.typed, name)),
        };
        OwnText { text: draft::as_sent(own.text.clone(), asked.sure), ..own }
    }

    /// What a question shows of the agent's own text.
    fn shown(&self, own: &OwnText) -> Option<OwnText> {
        self.template.is_none().then(|| own.clone())
    }

    /// What a question is about.
    fn subject(&self, to: String, text: &str) -> Subject {
        match self.template {
            Some(template) => Subject::template(to, &template.name),
            None => Subject::own_text(to, text),
        }
    }
}

impl Flows {
    /// Queues a notification. An unusual number, or the same again within ten minutes, asks first.
    pub async fn notify(&self, at: &Occasion, request: NotifyRequest) -> Result<Answer> {
        let desk = match self.desk_for(at) {
            Ok(desk) => desk,
            Err(refusal) => return Ok(Answer::Now(refusal)),
        };
        let mut tx = self.store.begin().await?;
        if !store::interactions::first_seen(&mut tx, at.interaction, self.now()).await? {
            return Ok(Answer::SeenBefore);
        }
        let answer = self.notify_in(&mut tx, at, desk, request, Asked::default()).await?;
        tx.commit().await?;
        self.wake.couriers();
        Ok(answer)
    }

    /// The desk's templates whose names begin with, or else contain, what was typed so far; 25 at most. Each with the number
    /// of its parts.
    #[must_use]
    pub fn suggest_templates(&self, channel: ChannelId, parent: Option<ChannelId>, typed: &str) -> Vec<(String, u32)> {
        let Some(desk) = self.desk_of_channel(channel, parent) else { return Vec::new() };
        let typed = typed.trim().to_lowercase();
        let mut found: Vec<&Template> =
            desk.templates.iter().filter(|template| template.name.to_lowercase().contains(&typed)).collect();
        found.sort_by_key(|template| !template.name.to_lowercase().starts_with(&typed));
        let parts = |template: &Template| sms::parts(&template::render(&template.text, None)).count;
        found.into_iter().take(25).map(|template| (template.name.clone(), parts(template))).collect()
    }

    /// What a part to this number costs, as far as it was typed and the price of its country is known.
    pub async fn price_to(&self, at: &Occasion, number: &str) -> Result<Option<Price>> {
        let desk = self.desk_of_channel(at.channel, at.parent);
        let read = desk.and_then(|desk| phone::read(number, desk.default_region).ok());
        match read.and_then(|read| read.number.region()) {
            Some(country) => store::prices::of(&mut self.store.read().await?, country).await,
            None => Ok(None),
        }
    }

    pub(super) async fn notify_in(
        &self,
        tx: &mut Tx,
        at: &Occasion,
        desk: &Desk,
        request: NotifyRequest,
        asked: Asked,
    ) -> Result<Answer> {
        let ready = match read(desk, &request) {
            Ok(ready) => ready,
            Err(refusal) => return Ok(Answer::Now(refusal)),
        };
        let named = clean_name(request.name.as_deref());
        let (now, sure) = (self.now(), asked.sure);
        let number = Address::Phone(ready.number.clone());
        if ready.unusual && !sure.number {
            let known = store::customers::find(tx, &desk.name, &number).await?.and_then(|customer| customer.name);
            let name = named.or(known);
            let own = ready.text(name.as_deref(), asked);
            let subject = ready.subject(wording::addressee(name.as_deref(), &number, desk), &own.text);
            let shown = ready.shown(&own);
            let doubt = Doubt::UnusualNumber { typed: request.number.clone(), number: ready.number };
            let draft = Draft::Notify { request, sure: Sure { number: true, ..sure }, shown };
            return self.ask(tx, at, desk, &draft, &subject, &doubt).await;
        }
        let mut customer = store::customers::find_or_make(tx, &desk.name, &number, now).await?;
        customer.name = named.clone().or(customer.name);
        let own = ready.text(customer.name.as_deref(), asked);
        if let Err(refusal) = check_text(&own.text) {
            return Ok(Answer::Now(refusal));
        }
        let shown = ready.shown(&own);
        let subject = ready.subject(wording::customer(&customer, desk), &own.text);
        let standing = store::consents::standing(tx, customer.id).await?;
        match standing.consent {
            Consent::Allowed => {}
            // Written down once it is really sent.
            Consent::Unreachable if sure.unreachable => {}
            Consent::Unreachable => {
                let draft = Draft::Notify { request, sure: Sure { number: true, unreachable: true, ..sure }, shown };
                return self.ask(tx, at, desk, &draft, &subject, &Doubt::Unreachable(standing)).await;
            }
            Consent::OptedOut | Consent::Blocked => {
                return Ok(Answer::Now(consent::no_texts(desk, &customer, &standing)));
            }
        }
        if let Err(refusal) = self.may_spend(tx, at, desk, &own.text).await? {
            return Ok(Answer::Now(refusal));
        }
        if let Some(doubt) = draft::braces(&own).filter(|_| !sure.braces) {
            let draft = Draft::Notify { request, sure: Sure { number: true, braces: true, text: true, ..sure }, shown };
            return self.ask(tx, at, desk, &draft, &subject, &doubt).await;
        }
        if !sure.repeat {
            let template = ready.template.map(|template| template.name.as_str());
            let since = now.minus(ASK_AGAIN_WITHIN);
            if let Some(before) = store::messages::same_since(tx, customer.id, template, &own.text, since, now).await? {
                let doubt = Doubt::SaidBefore { ago: now.since(before.created), by: before.author };
                let draft = Draft::Notify { request, sure: Sure { number: true, repeat: true, ..sure }, shown };
                return self.ask(tx, at, desk, &draft, &subject, &doubt).await;
            }
        }
        if request.differs && !sure.text {
            let draft = Draft::Notify { request, sure: Sure { number: true, text: true, ..sure }, shown };
            return self.ask(tx, at, desk, &draft, &subject, &Doubt::AsItLeaves(own.text)).await;
        }
        if !sure.length {
            // A template is as long as the desk made it; a name in it may make it longer.
            let usual = ready.template.map_or(1, |template| sms::parts(&template::render(&template.text, None)).count);
            let price = match customer.country() {
                Some(country) => store::prices::of(tx, country).await?,
                None => None,
            };
            if let Some(doubt) = draft::length(&own.text, usual, price) {
                let sure = Sure { number: true, length: true, ..sure };
                return self.ask(tx, at, desk, &Draft::Notify { request, sure, shown }, &subject, &doubt).await;
            }
        }
        if let Some(name) = &named {
            store::customers::rename(tx, customer.id, name).await?;
            store::conversations::try_name_again(tx, customer.id).await?;
        }
        if standing.consent == Consent::Unreachable {
            self.say(tx, customer.id, Statement::Allows, Speaker::Agent(at.agent.id), consent::SENT_ANYWAY).await?;
        }
        let conversation = self.conversation_to_send(tx, &customer).await?;
        let outgoing = Outgoing {
            kind: if ready.template.is_some() { Outbound::Notification } else { Outbound::OwnText },
            text: own.text,
            author: Some(at.agent.id),
            remark: ready.template.map(|template| template.name.clone()),
            send_within: ready.template.map_or(SEND_WITHIN, |template| template.send_within),
        };
        let (message, number) = self.queue(tx, &conversation, outgoing).await?;
        if let Some(template) = ready.template {
            store::notifications::add(tx, message, customer.id, template, now).await?;
        }
        self.take_part(tx, &conversation, at.agent.id).await?;
        let which = format!("{} ·{number}", conversation.number);
        store::interactions::audit(tx, at.agent.id, "notify", &which, now).await?;
        self.promise(tx, at, message).await
    }

    /// The private answer about a queued message stands in the outbox: it gets the thread's link once there is one.
    pub(super) async fn promise(&self, tx: &mut Tx, at: &Occasion, message: MessageId) -> Result<Answer> {
        store::interactions::promise(tx, at.interaction, &at.token, message).await?;
        let effect = Effect::EditAnswer { interaction: at.interaction };
        self.enqueue(tx, Lane::Answer(at.interaction), effect).await?;
        Ok(Answer::Promised)
    }
}

/// Reads a request, or says what to do about it.
fn read<'a>(desk: &'a Desk, request: &NotifyRequest) -> OrRefusal<Ready<'a>> {
    let read = phone::read(&request.number, desk.default_region).map_err(answers::number_not_read)?;
    let (template, typed) = match (&request.text, request.template.as_ref().or(desk.default_template.as_ref())) {
        (Some(_), _) if request.template.is_some() => return Err(answers::template_and_text()),
        (Some(text), _) => (None, without_nul(text)),
        (None, Some(template)) => {
            let template = desk.template(template).ok_or_else(|| answers::unknown_template(template, desk))?;
            (Some(template), String::new())
        }
        (None, None) => return Err(answers::no_template(desk)),
    };
    if template.is_none() {
        check_text(&typed)?;
    }
    if !desk.limits.allows(&read.number) {
        return Err(answers::country_not_allowed(&read.number, desk));
    }
    Ok(Ready { number: read.number, unusual: read.unusual, template, typed })
}

/// Refuses a text that cannot be sent.
pub(super) fn check_text(text: &str) -> std::result::Result<(), Post> {
    if text.trim().is_empty() {
        return Err(answers::empty_text());
    }
    let length = text.chars().count();
    if length > sms::LIMIT { Err(answers::text_too_long(length, sms::LIMIT)) } else { Ok(()) }
}

/// PostgreSQL has no place for U+0000.
pub(super) fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// A name fit for a card's title: one line, at most 60 characters. `None` where nothing is left.
fn clean_name(name: Option<&str>) -> Option<String> {
    let line: String = name?.split_whitespace().collect::<Vec<_>>().join(" ");
    let name: String = line.chars().filter(|c| !c.is_control()).take(60).collect();
    (!name.is_empty()).then_some(name)
}
