//! A customer's SMS: consent first, then the answer to a notification, then the agents.

use std::time::Duration;

use crate::domain::answer::{self, Reading};
use crate::domain::clock_difference::{ENOUGH, is_wrong};
use crate::domain::consent::{self, Consent, Entry, Speaker, Standing, Statement};
use crate::domain::conversation::{Conversation, Customer};
use crate::domain::desk::Desk;
use crate::domain::effect::Notice;
use crate::domain::ids::{InboxId, MessageId};
use crate::domain::keyword::{self, Asked, Keyword};
use crate::domain::limits::{HOUR, Restraint};
use crate::domain::message::{Inbound, Outbound};
use crate::domain::non_answer::{self, NonAnswer, non_answer};
use crate::domain::phone::{Address, PhoneNumber};
use crate::domain::said::Said;
use crate::domain::sms;
use crate::domain::template::{self, Choice, SEND_WITHIN};
use crate::domain::time::Timestamp;
use crate::domain::webhook::InboundSms;
use crate::store::notifications::Notification;
use crate::store::{self, Result, StoreError, Tx};
use crate::wording::remarks;

use super::Flows;
use super::long_text::{Gathered, Unmarked};
use super::queue::{Outgoing, fetch};

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
    /// No desk has this number; it waits for one.
    NoDesk(PhoneNumber),
    /// Kept for a person.
    Dead(&'static str),
}

/// How many entries of the ledger are looked at for a word that was delivered late.
const LEDGER: i64 = 32;

/// A text and when it was said.
#[derive(Clone, Copy)]
pub(super) struct Heard<'t> {
    pub(super) text: &'t str,
    pub(super) said: Said,
}

/// What is to be said and done about a text.
struct Reply {
    read_as: (Inbound, Option<String>),
    /// Whether an agent is needed.
    alert: bool,
    answer: Option<(Outbound, String)>,
    /// Whether the desk asked for it: the first answer to one of its notifications. So nobody else can make it pay.
    expected: bool,
}

impl Reply {
    fn for_agents(remark: Option<String>) -> Self {
        Self::read((Inbound::Text, remark), true)
    }

    /// Nothing is read into what is not whole: a part may say "2" in the middle of a sentence.
    const fn for_part(remark: String) -> Self {
        Self::read((Inbound::Part, Some(remark)), true)
    }

    /// Without an answer.
    const fn read(read_as: (Inbound, Option<String>), alert: bool) -> Self {
        Self { read_as, alert, answer: None, expected: false }
    }

    /// It may ask for no more messages: an agent decides.
    fn perhaps_stop() -> Self {
        Self::read((Inbound::PerhapsStop, Some(remarks::perhaps_stop())), true)
    }

    /// Nobody answered anything. A reaction needs nobody.
    fn non_answer(what: NonAnswer) -> Self {
        Self { alert: what != NonAnswer::Reaction, ..Self::for_agents(Some(remarks::non_answer(what))) }
    }

    /// An agent is to read it all the same.
    fn and_more(self) -> Self {
        Self { alert: true, ..self.remarked(&remarks::opted_out_and_more()) }
    }

    /// With one remark more.
    fn remarked(self, more: &str) -> Self {
        let (kind, remark) = self.read_as;
        let remark = remark.map_or_else(|| more.to_owned(), |remark| format!("{remark} · {more}"));
        Self { read_as: (kind, Some(remark)), ..self }
    }
}

/// What a text may answer, by when it was said.
enum Question {
    /// The customer's latest notification.
    Latest(Notification),
    /// The one before, which waited for its answer when the text was said: the latest went out since.
    Older(Notification),
    /// None: the latest notification went out since.
    Newer,
    None,
}

impl Question {
    const fn notification(&self) -> Option<&Notification> {
        match self {
            Self::Latest(notification) | Self::Older(notification) => Some(notification),
            Self::Newer | Self::None => None,
        }
    }

    /// The option that a text names.
    fn choice_in(&self, text: &str) -> Option<&Choice> {
        let options = &self.notification()?.options;
        match answer::read(text, options) {
            Reading::Choice(index) => options.get(index),
            Reading::Unclear => None,
        }
    }
}

impl Flows {
    /// Takes up what waited for a desk with a number that one has now. It has its effect in the order in which it came,
    /// before all that came later.
    pub(crate) async fn take_up_waiting_for_desks(&self) -> Result<()> {
        let mut tx = self.store.begin().await?;
        for desk in self.desks.iter() {
            let found = store::inbox::desk_is_there(&mut tx, &desk.number).await?;
            if found > 0 {
                tracing::info!(desk = %desk.name, found, "texts that waited for a desk with this number are shown now");
            }
        }
        tx.commit().await
    }

    /// `webhook` is the entry of the inbox in which it came, at `received`.
    pub(crate) async fn inbound_sms(
        &self,
        tx: &mut Tx,
        webhook: InboxId,
        received: Timestamp,
        sms: &InboundSms,
    ) -> Result<Outcome> {
        let Some(number) = &sms.to else {
            self.tell_operator(tx, Notice::NumberOfNoDesk { ending: String::new() }).await?;
            return Ok(Outcome::Dead("it names no number of ours"));
        };
        let Some(desk) = self.desks.by_number(number) else {
            // Once for each number: the others that wait for it are no news.
            if !store::inbox::waits_for_desk(tx, number).await? {
                self.tell_operator(tx, Notice::NumberOfNoDesk { ending: number.masked() }).await?;
            }
            return Ok(Outcome::NoDesk(number.clone()));
        };
        let customer = store::customers::find_or_make(tx, &desk.name, &sms.from, self.now()).await?;
        let said = Said::new(sms.stamp.map(|stamp| self.by_our_clock(stamp)), received).read_at(self.now());
        let heard = Heard { text: &sms.text, said };
        let Some(concat) = &sms.concat else {
            return self.unmarked(tx, desk, &customer, (webhook, received), heard, sms.unicode).await;
        };
        let Some(place) = concat.place else {
            self.take(tx, desk, &customer, heard, Reply::for_part(remarks::part())).await?;
            return Ok(Outcome::Done);
        };
        match self.gather(tx, &customer, webhook, (&concat.reference, place), &sms.text).await? {
            Gathered::Nothing => {}
            Gathered::WaitsUntil(due) => return Ok(Outcome::WaitsUntil(due)),
            Gathered::Whole(long) => {
                let text = long.text.text();
                let message = self.read_and_take(tx, desk, &customer, Heard { text: &text, said }).await?;
                store::long_texts::set_message(tx, long.id, message).await?;
            }
            Gathered::Incomplete(long) => {
                let reply = Reply::for_part(remarks::missing(&long.text.missing(), long.text.total()));
                let text = long.text.text();
                let message = self.take(tx, desk, &customer, Heard { text: &text, said }, reply).await?;
                store::long_texts::set_message(tx, long.id, message).await?;
            }
            Gathered::Late(long, message) => {
                if !self.complete(tx, &long, message).await? {
                    let reply = Reply::for_part(remarks::late_part());
                    self.take(tx, desk, &customer, Heard { text: &long.text.text(), said }, reply).await?;
                }
            }
        }
        Ok(Outcome::Done)
    }

    /// A moment of Vonage's clock as ours shows it: where ours is known to be wrong, it would make every text late.
    fn by_our_clock(&self, stamp: Timestamp) -> Timestamp {
        let difference = self.health.clock_difference(ENOUGH).filter(|difference| is_wrong(*difference));
        Timestamp(stamp.0.saturating_add(difference.unwrap_or(0)))
    }

    /// A text that no mark calls a part. One that fills an SMS may be one all the same, and waits a moment for its rest.
    async fn unmarked(
        &self,
        tx: &mut Tx,
        desk: &Desk,
        customer: &Customer,
        webhook: (InboxId, Timestamp),
        heard: Heard<'_>,
        unicode: bool,
    ) -> Result<Outcome> {
        let (long, tail) = match self.gather_unmarked(tx, customer, webhook, heard, unicode).await? {
            Unmarked::Alone => {
                self.read_and_take(tx, desk, customer, heard).await?;
                return Ok(Outcome::Done);
            }
            Unmarked::Nothing => return Ok(Outcome::Done),
            Unmarked::WaitsUntil(due) => return Ok(Outcome::WaitsUntil(due)),
            Unmarked::Whole(long) => (long, Some(heard.text)),
            Unmarked::NoMore(long) => (long, None),
        };
        let text = long.text.joined();
        let whole = Heard { text: &text, said: heard.said };
        // A word for itself may have followed a long text by chance.
        let stops = |tail| matches!(keyword::asked(tail, &desk.languages), Some(Asked::Keyword(Keyword::Stop)));
        let message = if tail.is_some_and(stops) && !matches!(customer.address, Address::Other(_)) {
            self.take(tx, desk, customer, whole, Reply::perhaps_stop()).await?
        } else {
            self.read_and_take(tx, desk, customer, whole).await?
        };
        store::long_texts::set_message(tx, long.id, message).await?;
        Ok(Outcome::Done)
    }

    async fn read_and_take(
        &self,
        tx: &mut Tx,
        desk: &Desk,
        customer: &Customer,
        heard: Heard<'_>,
    ) -> Result<MessageId> {
        let reply = self.decide(tx, desk, customer, heard).await?;
        let reply = self.restrain(tx, desk, customer, heard.text, reply).await?;
        self.take(tx, desk, customer, heard, reply).await
    }

    /// Shows a text in its conversation, and answers it as was decided.
    async fn take(
        &self,
        tx: &mut Tx,
        desk: &Desk,
        customer: &Customer,
        heard: Heard<'_>,
        reply: Reply,
    ) -> Result<MessageId> {
        let conversation = self.conversation_to_receive(tx, desk, customer).await?;
        let said = heard.said.stamp();
        let message = self.receive(tx, &conversation, reply.read_as, heard.text, said, reply.alert).await?;
        if let Some((kind, text)) = reply.answer {
            self.answer(tx, &conversation, kind, text).await?;
        }
        Ok(message)
    }

    async fn decide(&self, tx: &mut Tx, desk: &Desk, customer: &Customer, heard: Heard<'_>) -> Result<Reply> {
        let Heard { text, said } = heard;
        if matches!(customer.address, Address::Other(_)) {
            return Ok(Reply::for_agents(Some(remarks::not_a_phone())));
        }
        let standing = store::consents::standing(tx, customer.id).await?;
        let consent = match standing.consent {
            // Whoever writes is in reach.
            Consent::Unreachable => {
                if self.is_news(&standing, said) {
                    self.say_at(tx, customer.id, Statement::Allows, consent::WROTE, said.at).await?;
                }
                Consent::Allowed
            }
            consent => consent,
        };
        let non_answer = self.non_answer(tx, customer, text).await?;
        let asked = match keyword::asked(text, &desk.languages) {
            // `🛑 “STOP”` looks like a reaction, and is a STOP all the same.
            stop @ Some(Asked::Keyword(Keyword::Stop) | Asked::StopAndMore) => stop,
            // What a reaction quotes are our words; what stands around them is the customer's.
            _ if non_answer == Some(NonAnswer::Reaction) => {
                non_answer::around(text).and_then(|around| keyword::asked(&around, &desk.languages))
            }
            asked => asked,
        };
        let obeyed = match asked {
            Some(Asked::Keyword(keyword)) => self.obey(tx, desk, customer, consent, keyword, heard).await?,
            Some(Asked::StopAndMore) => {
                let obeyed = self.obey(tx, desk, customer, consent, Keyword::Stop, heard).await?;
                if consent == Consent::Blocked { obeyed } else { obeyed.map(Reply::and_more) }
            }
            Some(Asked::PerhapsStop) | None => None,
        };
        if let Some(reply) = obeyed {
            return Ok(reply);
        }
        if consent == Consent::Blocked {
            return Ok(Reply { alert: false, ..Reply::for_agents(Some(remarks::blocked())) });
        }
        let question = self.question(tx, customer, said).await?;
        let choice = question.choice_in(text);
        if choice.is_none() {
            if asked == Some(Asked::PerhapsStop) && consent == Consent::Allowed {
                return Ok(Reply::perhaps_stop());
            }
            // `Thursday “…”` answers what it quotes, but not beyond doubt.
            let answers = || non_answer::around(text).is_some_and(|around| question.choice_in(&around).is_some());
            if let Some(what) = non_answer.filter(|what| *what != NonAnswer::Reaction || !answers()) {
                return Ok(Reply::non_answer(what));
            }
        }
        match &question {
            Question::Latest(latest) => self.bind(tx, customer, consent, latest, choice, said).await,
            // No sentence about what is unclear: it would seem to be about the newer one.
            Question::Older(older) if choice.is_some() || older.options.is_empty() => {
                let message =
                    store::messages::get(tx, older.message).await?.ok_or(StoreError::Corrupt("messages.id"))?;
                let conversation = fetch(tx, message.conversation).await?;
                let reply = self.bind(tx, customer, consent, older, choice, said).await?;
                Ok(reply.remarked(&remarks::answers_older(message.number, conversation.number)))
            }
            Question::Older(_) | Question::Newer => Ok(Reply::for_agents(Some(remarks::said_before_the_question()))),
            Question::None => Ok(Reply::for_agents(None)),
        }
    }

    /// What a text may answer that was said then.
    async fn question(&self, tx: &mut Tx, customer: &Customer, said: Said) -> Result<Question> {
        let Some(latest) = self.latest_question(tx, customer, None).await? else { return Ok(Question::None) };
        if said.follows(latest.asked) {
            return Ok(if latest.waited_at(said.at) { Question::Latest(latest) } else { Question::None });
        }
        let older = self.latest_question(tx, customer, Some(said.latest_question())).await?;
        let waited = older.filter(|older| older.choice.is_none() && older.waited_at(said.at));
        Ok(waited.map_or(Question::Newer, Question::Older))
    }

    /// The customer's latest notification, by `asked_by` where that is given, unless an agent has written since.
    async fn latest_question(
        &self,
        tx: &mut Tx,
        customer: &Customer,
        asked_by: Option<Timestamp>,
    ) -> Result<Option<Notification>> {
        match store::notifications::latest(tx, customer.id, asked_by).await? {
            Some(latest) if store::messages::agent_text_since(tx, customer.id, latest.message).await? => Ok(None),
            latest => Ok(latest),
        }
    }

    /// Whether what a customer said comes after what the ledger knows. An entry from the future is of a clock that was set
    /// back.
    fn is_news(&self, standing: &Standing, said: Said) -> bool {
        let since = standing.entry.as_ref().map(|entry: &Entry| entry.since);
        !said.late || since.is_none_or(|since| since <= said.at || since > self.now())
    }

    async fn non_answer(&self, tx: &mut Tx, customer: &Customer, text: &str) -> Result<Option<NonAnswer>> {
        let conversation = match non_answer::may_quote(text) {
            true => store::conversations::latest(tx, customer.id).await?,
            false => None,
        };
        let ours = match conversation {
            Some(conversation) => store::messages::newest_outbound_texts(tx, conversation.id).await?,
            None => Vec::new(),
        };
        Ok(non_answer(text, &ours))
    }

    /// STOP, START and HELP. `None` where the word changes nothing and is for the agents.
    async fn obey(
        &self,
        tx: &mut Tx,
        desk: &Desk,
        customer: &Customer,
        consent: Consent,
        keyword: Keyword,
        heard: Heard<'_>,
    ) -> Result<Option<Reply>> {
        let Heard { text, said } = heard;
        let says = match keyword {
            Keyword::Stop => Some(Statement::OptsOut),
            Keyword::Start => Some(Statement::Allows),
            Keyword::Help => None,
        };
        if let Some(says) = says.filter(|_| said.late) {
            let ledger = store::consents::newest(tx, customer.id, LEDGER).await?;
            if consent::overtaken_by(says, said.at, self.now(), &ledger).is_some() {
                return Ok(Some(Reply::for_agents(Some(remarks::overtaken(says)))));
            }
        }
        let texts = &desk.consent;
        let (kind, remark, answer) = match (keyword, consent) {
            (Keyword::Stop, Consent::Allowed | Consent::Unreachable) => {
                (Inbound::Stop, remarks::opted_out(), texts.stop.clone())
            }
            // Said again: it holds, and one answer was enough.
            (Keyword::Stop, Consent::OptedOut) => (Inbound::Stop, remarks::opted_out_already(), None),
            (Keyword::Start, Consent::OptedOut) => (Inbound::Start, remarks::opted_in(), Some(texts.start.clone())),
            (Keyword::Start, Consent::Allowed | Consent::Unreachable) => {
                self.say_again(tx, customer, Statement::Allows, heard).await?;
                return Ok(None);
            }
            // What the customer says is written down, and holds once an agent lifts the block.
            (Keyword::Stop, Consent::Blocked) => (Inbound::Stop, remarks::blocked(), None),
            (Keyword::Start, Consent::Blocked) => (Inbound::Start, remarks::blocked(), None),
            (Keyword::Help, Consent::Blocked) => (Inbound::Help, remarks::blocked(), None),
            (Keyword::Help, _) => {
                let now = self.now();
                let since = now.minus(HELP_AGAIN_AFTER);
                // Else two robots would ask and answer each other for ever.
                if store::messages::asked_for_help_since(tx, customer.id, since, now).await? {
                    (Inbound::Help, remarks::help_again(), None)
                } else {
                    (Inbound::Help, remarks::help(), Some(texts.help.clone()))
                }
            }
        };
        match says {
            Some(says) if says == Statement::OptsOut && consent == Consent::OptedOut => {
                self.say_again(tx, customer, says, heard).await?;
            }
            Some(says) => self.say_at(tx, customer.id, says, &reason(text), said.at).await?,
            None => {}
        }
        let answers = if keyword == Keyword::Start { Outbound::StartAnswer } else { Outbound::ConsentAnswer };
        let answer = answer.filter(|text| !text.is_empty()).map(|text| (answers, text));
        Ok(Some(Reply { answer, ..Reply::read((kind, Some(remark)), false) }))
    }

    /// Writes down a word that changes nothing now: what was said before it, and comes later, is overtaken by it.
    async fn say_again(&self, tx: &mut Tx, customer: &Customer, says: Statement, heard: Heard<'_>) -> Result<()> {
        let newest = store::consents::but_for_blocks(tx, customer.id).await?;
        let says_it_already = |newest: &Entry| {
            let is_another_word =
                newest.says == says && (newest.by == Speaker::Carrier || newest.reason == consent::WROTE);
            newest.since >= heard.said.at && newest.since <= self.now() && !is_another_word
        };
        if newest.as_ref().is_some_and(says_it_already) {
            return Ok(());
        }
        self.say_at(tx, customer.id, says, &reason(heard.text), heard.said.at).await
    }

    /// Leaves an automatic answer out where two robots might be talking, or the money is spent: then an agent is called.
    async fn restrain(&self, tx: &mut Tx, desk: &Desk, customer: &Customer, text: &str, reply: Reply) -> Result<Reply> {
        let Some((_, answer)) = &reply.answer else { return Ok(reply) };
        let now = self.now();
        let mut recent = store::messages::recent(tx, customer.id, text, now.minus(desk.limits.window), now).await?;
        recent.identical += 1;
        let abroad = customer.address.phone().is_some_and(|number| !desk.limits.allows(number));
        let mut restraint = if abroad { Some(Restraint::Country) } else { desk.limits.restrains(recent) };
        // Who wants no more texts is told so, whatever it costs.
        if restraint.is_none() && reply.read_as.0 != Inbound::Stop {
            let over = self.over_budget(tx, desk, None, sms::parts(answer).count).await?;
            restraint = over.map(|_| Restraint::Budget);
        }
        if restraint.is_none() && !reply.expected {
            let allowed = desk.limits.answers_per_hour;
            if store::automatic_answers::within(tx, &desk.name, HOUR, now).await? < allowed {
                store::automatic_answers::count(tx, &desk.name, HOUR, now).await?;
            } else {
                restraint = Some(Restraint::EnoughForDesk(allowed));
            }
        }
        let Some(restraint) = restraint else { return Ok(reply) };
        let mut alert = true;
        if let Restraint::EnoughForDesk(allowed) = restraint {
            // A flood of forged texts must not ring for each of them.
            let notice = Notice::AnswersUsedUp { desk: desk.name.clone(), allowed };
            let first = self.tell_operator_once(tx, notice).await?;
            alert = first || reply.alert || reply.read_as.0 == Inbound::Choice;
        }
        let (kind, remark) = reply.read_as;
        let why = remarks::restrained(restraint, desk.limits.window);
        let remark = remark.map_or_else(|| why.clone(), |remark| format!("{remark} · {why}"));
        Ok(Reply::read((kind, Some(remark)), alert))
    }

    /// Reads a text as the answer to a notification.
    async fn bind(
        &self,
        tx: &mut Tx,
        customer: &Customer,
        consent: Consent,
        notification: &Notification,
        choice: Option<&Choice>,
        said: Said,
    ) -> Result<Reply> {
        // Without options nobody knows what a reply says but who reads it: the agents, each time.
        let open = notification.options.is_empty();
        if choice.is_none() && !open {
            return self.unclear(tx, consent, notification).await;
        }
        let key = choice.map_or("", |choice| choice.key.as_str());
        match notification.choice.as_deref() {
            Some(_) if open => return Ok(Reply::for_agents(None)),
            Some(before) if before == key => {
                return Ok(Reply::read((Inbound::Choice, Some(remarks::chosen_again(choice))), false));
            }
            Some(_) if said.late && notification.chosen.is_some_and(|chosen| chosen > said.at) => {
                return Ok(Reply::for_agents(Some(remarks::said_before_the_choice())));
            }
            _ => {}
        }
        store::notifications::set_choice(tx, notification.message, key, said.at).await?;
        let confirmation = template::confirm(&notification.confirmation, choice, customer.name.as_deref());
        let answer = (!confirmation.is_empty()).then_some((Outbound::Confirmation, confirmation));
        if consent == Consent::OptedOut && answer.is_some() {
            return Ok(Reply::read((Inbound::Choice, Some(remarks::chosen_but_opted_out(choice))), true));
        }
        let before = notification.choice.as_deref().and_then(|key| option(&notification.options, key));
        let read = Reply::read((Inbound::Choice, Some(remarks::chosen(choice, before))), open);
        Ok(Reply { answer, expected: notification.choice.is_none(), ..read })
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
        let outgoing = Outgoing { kind, text, author: None, remark: None, send_within: SEND_WITHIN };
        self.queue(tx, conversation, outgoing).await?;
        Ok(())
    }
}

/// The customer's word, as the ledger keeps it.
fn reason(text: &str) -> String {
    text.trim().chars().take(40).collect()
}

fn option<'a>(options: &'a [Choice], key: &str) -> Option<&'a Choice> {
    options.iter().find(|choice| choice.key == key)
}
