//! Opt-Out Assist: who has texted STOP to which number, kept by Vonage, and what the network answers by itself.

use std::collections::BTreeSet;

use super::Vonage;
use super::state::State;

/// How an SMS to somebody who has opted out fails at the SMS API. The Messages API always rejects it, with code 1240.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Barring {
    /// At once, with status 7.
    #[default]
    AtOnce,
    /// It is accepted, and its receipt says `failed` with err-code 9.
    ByReceipt,
}

#[derive(Debug, Default)]
pub(super) struct OptOuts {
    pub(super) assisted: bool,
    pub(super) network_answers: bool,
    /// A number of the account, and a phone.
    list: BTreeSet<(String, String)>,
}

/// What a text is, where somebody keeps a list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keyword {
    Stop,
    Start,
}

const STOP: &[&str] = &["STOP", "END", "QUIT", "CANCEL", "UNSUBSCRIBE"];
const START: &[&str] = &["START", "JOIN"];

impl Vonage {
    /// Switches Opt-Out Assist on or off: while it is on, a phone that texts STOP to a number of the account gets no more
    /// from that number until it texts START. The webhooks come all the same.
    pub fn set_opt_out_assist(&self, assisted: bool) {
        self.core.state.change(|state| state.opt_outs.assisted = assisted);
    }

    /// Whether the network answers STOP and START by itself, in the number's name. Its answers stand on the phone's
    /// [screen](super::Phone::screen) only: they are no SMS of the account, so no inbox and no list of what was sent has
    /// them.
    pub fn set_network_answers(&self, answers: bool) {
        self.core.state.change(|state| state.opt_outs.network_answers = answers);
    }

    /// Who is on the list: a number of the account, and the phone that wants nothing from it.
    pub fn opt_outs(&self) -> Vec<(String, String)> {
        self.core.state.read(|state| state.opt_outs.list.iter().cloned().collect())
    }
}

impl OptOuts {
    /// Whether a text of that number to that phone is barred.
    pub(super) fn bar(&self, number: &str, phone: &str) -> bool {
        self.assisted && self.list.contains(&(number.to_owned(), phone.to_owned()))
    }
}

impl State {
    /// Takes note of what a phone texts, and returns what the network answers.
    pub(super) fn heed(&mut self, phone: &str, number: &str, text: &str) -> Option<&'static str> {
        let opt_outs = &mut self.opt_outs;
        let keyword = keyword(text)?;
        if opt_outs.assisted {
            let pair = (number.to_owned(), phone.to_owned());
            match keyword {
                Keyword::Stop => drop(opt_outs.list.insert(pair)),
                Keyword::Start => drop(opt_outs.list.remove(&pair)),
            }
        }
        opt_outs.network_answers.then_some(match keyword {
            Keyword::Stop => "NETWORK MSG: You are opted out of this number. Text START to opt in again.",
            Keyword::Start => "NETWORK MSG: You are opted in again.",
        })
    }
}

fn keyword(text: &str) -> Option<Keyword> {
    let text = text.trim().to_uppercase();
    if STOP.contains(&text.as_str()) {
        Some(Keyword::Stop)
    } else if START.contains(&text.as_str()) {
        Some(Keyword::Start)
    } else {
        None
    }
}
