//! A phone's screen: the texts that it received and sent, in the order in which its owner saw them.

use std::time::SystemTime;

use super::phone::{Phone, PhoneState};
use super::sms::Sms;
use super::state::State;
use super::webhooks::{Outcome, Webhook};
use super::{Core, Vonage, alphabet};

/// One text as the phone shows it.
#[derive(Clone, Debug)]
pub struct Bubble {
    /// When it was sent: by the owner, or by Vonage.
    pub at: SystemTime,
    pub text: String,
    /// How many SMS it was cut into.
    pub parts: usize,
    pub side: Side,
    /// Whether the network wrote it by itself, in the name of the number that it came from.
    pub by_network: bool,
}

/// Whose text it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    Received { from: String },
    Sent(Passage),
}

/// How far a text has come that the phone sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// Vonage has it, and the account has not taken it yet.
    Waiting,
    /// The account answered 200 for every part.
    Taken,
    /// Vonage has given a part of it up.
    Refused,
}

pub(super) enum Line {
    /// The place in the inbox.
    Received(usize),
    Sent {
        at: SystemTime,
        text: String,
        webhooks: Vec<usize>,
    },
    /// The network's own answer in a number's name.
    Network {
        at: SystemTime,
        from: String,
        text: &'static str,
    },
}

impl Phone {
    /// All that the phone shows, oldest first.
    pub fn screen(&self) -> Vec<Bubble> {
        self.core.state.read(|state| {
            let phone = state.phones.get(&self.number);
            phone.map(|phone| phone.screen.iter().map(|line| phone.bubble(line, state)).collect()).unwrap_or_default()
        })
    }

    /// How many SMS wait at the carrier until the phone is on.
    pub fn waiting(&self) -> usize {
        self.core.state.read(|state| state.phones.get(&self.number).map_or(0, |phone| phone.waiting.len()))
    }
}

impl Vonage {
    /// Makes a phone that was not used yet one of [`phones`](Self::phones).
    pub fn add_phone(&self, number: &str) {
        self.core.state.change(|state| {
            state.phone(number);
        });
    }
}

impl PhoneState {
    pub(super) fn receive(&mut self, sms: Sms) {
        self.screen.push(Line::Received(self.inbox.len()));
        self.inbox.push(sms);
    }

    fn bubble(&self, line: &Line, state: &State) -> Bubble {
        match line {
            Line::Received(place) => {
                let sms = &self.inbox[*place];
                let side = Side::Received { from: sms.from.clone() };
                Bubble { at: sms.at, text: sms.text.clone(), parts: sms.parts(), side, by_network: false }
            }
            Line::Sent { at, text, webhooks } => {
                let parts = alphabet::parts(text, !alphabet::is_gsm7(text)).len();
                let side = Side::Sent(passage(webhooks.iter().map(|&id| &state.webhooks[id])));
                Bubble { at: *at, text: text.clone(), parts, side, by_network: false }
            }
            Line::Network { at, from, text } => {
                let side = Side::Received { from: from.clone() };
                Bubble { at: *at, text: (*text).to_owned(), parts: 1, side, by_network: true }
            }
        }
    }
}

impl Core {
    /// Notes what a phone sent, and the webhooks that carry it.
    pub(super) fn show_sent(&self, phone: &str, text: &str, webhooks: &[usize]) {
        let line = Line::Sent { at: SystemTime::now(), text: text.to_owned(), webhooks: webhooks.to_vec() };
        self.state.change(|state| state.phone(phone).screen.push(line));
    }

    /// Shows on a phone what its network answers in the name of a number.
    pub(super) fn show_network_answer(&self, phone: &str, number: &str, text: &'static str) {
        let line = Line::Network { at: SystemTime::now(), from: number.to_owned(), text };
        self.state.change(|state| state.phone(phone).screen.push(line));
    }
}

fn passage<'a>(webhooks: impl Iterator<Item = &'a Webhook>) -> Passage {
    let mut passage = Passage::Taken;
    for webhook in webhooks {
        match webhook.outcome {
            Outcome::GivenUp => return Passage::Refused,
            Outcome::Pending => passage = Passage::Waiting,
            Outcome::Delivered => {}
        }
    }
    passage
}
