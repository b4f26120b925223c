//! A phone's screen: the texts that it received and sent, in the order in which its owner saw them.

use std::time::SystemTime;

use super::fields::Fields;
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
    /// Whether that was in UCS-2, since the GSM alphabet lacks a character of it.
    pub unicode: bool,
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
        /// The parts that are lost on their way, until somebody sends them after all.
        missing: Vec<Fields>,
    },
    /// The network's own answer in a number's name.
    Network { at: SystemTime, from: String, text: &'static str },
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
                let (at, text, parts, unicode) = (sms.at, sms.text.clone(), sms.parts(), sms.unicode);
                Bubble { at, text, parts, unicode, side, by_network: false }
            }
            Line::Sent { at, text, webhooks, missing } => {
                let unicode = !alphabet::is_gsm7(text);
                let parts = alphabet::parts(text, unicode).len();
                let side = Side::Sent(passage(webhooks.iter().map(|&id| &state.webhooks[id]), !missing.is_empty()));
                Bubble { at: *at, text: text.clone(), parts, unicode, side, by_network: false }
            }
            Line::Network { at, from, text } => {
                let side = Side::Received { from: from.clone() };
                Bubble { at: *at, text: (*text).to_owned(), parts: 1, unicode: false, side, by_network: true }
            }
        }
    }

    /// How many parts are missing.
    pub(super) fn missing_parts(&self) -> usize {
        let of_line = |line: &Line| if let Line::Sent { missing, .. } = line { missing.len() } else { 0 };
        self.screen.iter().map(of_line).sum()
    }

    /// The parts that are missing, each with the place of its text on the screen; now they are on their way.
    pub(super) fn take_missing_parts(&mut self) -> Vec<(usize, Fields)> {
        let mut taken = Vec::new();
        for (place, line) in self.screen.iter_mut().enumerate() {
            if let Line::Sent { missing, .. } = line {
                taken.extend(missing.drain(..).map(|part| (place, part)));
            }
        }
        taken
    }

    /// Notes further webhooks that carry a text.
    pub(super) fn show_sent_later(&mut self, place: usize, more: &[usize]) {
        if let Some(Line::Sent { webhooks, .. }) = self.screen.get_mut(place) {
            webhooks.extend_from_slice(more);
        }
    }
}

impl Core {
    /// Notes what a phone sent, the webhooks that carry it, and what of it is missing.
    pub(super) fn show_sent(&self, phone: &str, text: &str, webhooks: &[usize], missing: Vec<Fields>) {
        let (at, text) = (SystemTime::now(), text.to_owned());
        let line = Line::Sent { at, text, webhooks: webhooks.to_vec(), missing };
        self.state.change(|state| state.phone(phone).screen.push(line));
    }

    /// Shows on a phone what its network answers in the name of a number.
    pub(super) fn show_network_answer(&self, phone: &str, number: &str, text: &'static str) {
        let line = Line::Network { at: SystemTime::now(), from: number.to_owned(), text };
        self.state.change(|state| state.phone(phone).screen.push(line));
    }
}

fn passage<'a>(webhooks: impl Iterator<Item = &'a Webhook>, incomplete: bool) -> Passage {
    let mut passage = if incomplete { Passage::Waiting } else { Passage::Taken };
    for webhook in webhooks {
        match webhook.outcome {
            Outcome::GivenUp => return Passage::Refused,
            Outcome::Pending => passage = Passage::Waiting,
            Outcome::Delivered => {}
        }
    }
    passage
}
