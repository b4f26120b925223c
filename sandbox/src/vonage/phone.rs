//! A customer's phone: what it received, how its carrier treats it, and what it sends.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::Core;
use super::inbound::Parts;
use super::opt_out::Barring;
use super::receipts::Receipts;
use super::screen::Line;
use super::sms::Sms;
use super::state::State;
use super::webhooks::Webhook;

/// How long the waiting calls of a test wait before they fail it.
const PATIENCE: Duration = Duration::from_secs(10);

/// A phone of the simulated world. Clones are the same phone.
#[derive(Clone)]
pub struct Phone {
    pub(super) core: Core,
    pub(super) number: String,
}

/// Whether SMS get through to a phone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reachability {
    #[default]
    On,
    /// SMS wait at the carrier (receipt: `buffered`) until it is on again.
    Off,
    /// The carrier blocks SMS to it (receipt: `failed`, err-code 4).
    Barred,
    /// There is no way to it (receipt: `failed`, err-code 12).
    Unreachable,
}

/// What Vonage itself says about a number, at once and without a receipt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    #[default]
    Good,
    /// The number has opted out at Vonage or its network: status 7.
    OptedOut,
    /// The number is no longer in use: status 33.
    Deactivated,
}

/// An automatic answer: what a phone sends back, if anything.
pub(super) type Reply = Arc<dyn Fn(&Sms) -> Option<String> + Send + Sync>;

#[derive(Default)]
pub(super) struct PhoneState {
    pub(super) inbox: Vec<Sms>,
    pub(super) screen: Vec<Line>,
    /// How many of the inbox [`Phone::next_sms`] has handed out.
    pub(super) read: usize,
    /// Buffered at the carrier while the phone is off.
    pub(super) waiting: Vec<Sms>,
    pub(super) reachability: Reachability,
    pub(super) standing: Standing,
    pub(super) barring: Barring,
    pub(super) receipts: Receipts,
    pub(super) held: Vec<super::receipts::Receipt>,
    pub(super) reply: Option<Reply>,
    pub(super) auto_answers: usize,
}

impl Phone {
    /// The number as Vonage writes it: digits without `+`.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// All SMS that the phone has received, in order.
    pub fn inbox(&self) -> Vec<Sms> {
        self.core
            .state
            .read(|state| state.phones.get(&self.number).map(|phone| phone.inbox.clone()).unwrap_or_default())
    }

    /// The next SMS that no call has returned yet.
    ///
    /// # Panics
    /// When none arrives within ten seconds.
    pub async fn next_sms(&self) -> Sms {
        let unread = |state: &State| state.phones.get(&self.number).is_some_and(|phone| phone.inbox.len() > phone.read);
        let arrived = tokio::time::timeout(PATIENCE, self.core.state.until(unread)).await;
        assert!(arrived.is_ok(), "no further SMS reached {} within {PATIENCE:?}", self.number);
        self.core.state.change(|state| {
            let phone = state.phone(&self.number);
            phone.read += 1;
            phone.inbox[phone.read - 1].clone()
        })
    }

    /// The inbox as soon as it holds `n` SMS, or as it is after `timeout`.
    pub async fn wait_for_sms(&self, n: usize, timeout: Duration) -> Vec<Sms> {
        let enough = |state: &State| state.phones.get(&self.number).map_or(0, |phone| phone.inbox.len()) >= n;
        // The caller sees by the length whether they came.
        let _ = tokio::time::timeout(timeout, self.core.state.until(enough)).await;
        self.inbox()
    }

    /// Sends `text` to the account's first number, and returns its webhooks (one per part) once each was answered or
    /// found nobody. What was not taken is pushed again in the background.
    pub async fn send(&self, text: &str) -> Vec<Webhook> {
        let ids = self.core.receive(&self.number, self.core.first_number(), text, Parts::InOrder);
        self.core.attempted(&ids).await
    }

    /// Like [`send`](Self::send), to another of the account's numbers.
    pub async fn send_to(&self, number: &str, text: &str) -> Vec<Webhook> {
        let ids = self.core.receive(&self.number, number, text, Parts::InOrder);
        self.core.attempted(&ids).await
    }

    /// Like [`send`](Self::send), the last part first.
    pub async fn send_out_of_order(&self, text: &str) -> Vec<Webhook> {
        self.send_in_parts(text, Parts::LastFirst).await
    }

    /// Like [`send`](Self::send), where the parts of a long text come as `parts` says.
    pub async fn send_in_parts(&self, text: &str, parts: Parts) -> Vec<Webhook> {
        let ids = self.core.receive(&self.number, self.core.first_number(), text, parts);
        self.core.attempted(&ids).await
    }

    /// How many parts of its texts are [missing](Parts::OneMissing).
    pub fn missing_parts(&self) -> usize {
        self.core.state.read(|state| state.phones.get(&self.number).map_or(0, PhoneState::missing_parts))
    }

    /// Pushes the parts that were missing, and returns their webhooks once each was answered or found nobody.
    pub async fn send_missing_parts(&self) -> Vec<Webhook> {
        let ids = self.core.receive_missing(&self.number);
        self.core.attempted(&ids).await
    }

    /// Like [`send`](Self::send), without waiting.
    pub fn send_in_background(&self, text: &str) -> JoinHandle<Vec<Webhook>> {
        let (phone, text) = (self.clone(), text.to_owned());
        tokio::spawn(async move { phone.send(&text).await })
    }

    /// Answers every SMS that arrives from now on with what `reply` returns, as phones do whose owner is on holiday: also
    /// confirmations and whatever else is sent to them, but never a sender that is a name. Against a bridge that answers
    /// everything as well this never ends: `reply` can return `None` once it has had enough.
    pub fn auto_answer(&self, reply: impl Fn(&Sms) -> Option<String> + Send + Sync + 'static) {
        self.change(|phone| phone.reply = Some(Arc::new(reply)));
    }

    /// How many SMS the phone has answered by itself.
    pub fn auto_answers(&self) -> usize {
        self.core.state.read(|state| state.phones.get(&self.number).map_or(0, |phone| phone.auto_answers))
    }

    /// Answers no more by itself.
    pub fn stop_answering(&self) {
        self.change(|phone| phone.reply = None);
    }

    pub fn reachability(&self) -> Reachability {
        self.core.state.read(|state| state.phones.get(&self.number).map(|phone| phone.reachability)).unwrap_or_default()
    }

    /// Changes whether SMS get through. Turned on, the phone receives what has waited for it.
    pub fn set_reachability(&self, reachability: Reachability) {
        let waiting = self.change(|phone| {
            phone.reachability = reachability;
            if reachability == Reachability::On { std::mem::take(&mut phone.waiting) } else { Vec::new() }
        });
        for sms in waiting {
            let verdict = self.core.hand_over(&sms);
            self.core.report(&sms, verdict);
        }
    }

    pub fn standing(&self) -> Standing {
        self.core.state.read(|state| state.phones.get(&self.number).map(|phone| phone.standing)).unwrap_or_default()
    }

    /// Changes what Vonage says about the number.
    pub fn set_standing(&self, standing: Standing) {
        self.change(|phone| phone.standing = standing);
    }

    pub fn barring(&self) -> Barring {
        self.core.state.read(|state| state.phones.get(&self.number).map(|phone| phone.barring)).unwrap_or_default()
    }

    /// Changes how an SMS fails from whose number this phone has [opted out](super::Vonage::set_opt_out_assist).
    pub fn set_barring(&self, barring: Barring) {
        self.change(|phone| phone.barring = barring);
    }

    /// Changes how receipts about SMS to this phone come.
    pub fn receipts(&self, change: impl FnOnce(&mut Receipts)) {
        self.change(|phone| change(&mut phone.receipts));
    }

    /// How many receipts are held back.
    pub fn held_receipts(&self) -> usize {
        self.change(|phone| phone.held.len())
    }

    /// Pushes the receipts that were held back, and returns their webhooks once each was answered or found nobody.
    pub async fn release_receipts(&self) -> Vec<Webhook> {
        let held = self.change(|phone| std::mem::take(&mut phone.held));
        let mut ids = Vec::new();
        for receipt in held {
            ids.extend(self.core.push_receipt(&receipt));
        }
        self.core.attempted(&ids).await
    }

    fn change<T>(&self, change: impl FnOnce(&mut PhoneState) -> T) -> T {
        self.core.state.change(|state| change(state.phone(&self.number)))
    }
}
