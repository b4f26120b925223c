//! Whether SMS may leave: a refusal concerns the account only while nothing else passes. Refused as a whole it is paused,
//! tried with one SMS, and goes on by itself.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ids::MessageId;
use super::message::Failure;
use super::retry::{BOUNDED_ATTEMPTS, Schedule};
use super::time::Timestamp;

/// Why nothing leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "pause", rename_all = "snake_case")]
pub enum Pause {
    /// Vonage refuses, with this status of the SMS API, this code of the Messages API or, if `http`, of HTTP.
    Refused { status: u16, http: bool },
    /// Several sends in a row had no clear answer: each may have been sent, and the next would only add to them.
    Unconfirmed,
    /// No connection to Vonage: it is tried again and again.
    Unreachable,
    /// Vonage is there and takes nothing now: too busy, or above the account's rate.
    Busy,
}

impl Pause {
    /// Whether credit is what is missing.
    #[must_use]
    pub const fn is_for_credit(self) -> bool {
        matches!(self, Self::Refused { status: 9 | 1070, http: false } | Self::Refused { status: 402, http: true })
    }

    /// Whether Vonage documents this refusal as one of the whole account. Every other refusal may come from something in
    /// between, and takes several messages as evidence.
    #[must_use]
    pub const fn is_of_account(self) -> bool {
        match self {
            Self::Refused { status, http: true } => matches!(status, 401..=403),
            Self::Refused { status, http: false } => matches!(status, 4 | 8 | 9 | 11 | 14 | 32 | 1060 | 1070 | 1080),
            Self::Unconfirmed | Self::Unreachable | Self::Busy => false,
        }
    }

    /// Whether it is an error inside Vonage or its networks.
    #[must_use]
    pub const fn is_internal(self) -> bool {
        matches!(self, Self::Refused { status: 5 | 1030 | 1100 | 1331, http: false })
    }

    /// Whether Vonage may have taken the message all the same, behind something in between that answered for it.
    #[must_use]
    pub const fn may_hide_an_acceptance(self) -> bool {
        matches!(self, Self::Refused { http: true, .. }) && !self.is_of_account()
    }

    /// So many refusals are a message's own before it fails: an error inside Vonage may end, the others do not.
    #[must_use]
    pub const fn charges(self) -> i64 {
        if self.is_internal() { BOUNDED_ATTEMPTS } else { 3 }
    }

    /// How a message fails whose own refusal it turned out to be.
    #[must_use]
    pub const fn as_failure(self) -> Failure {
        match self {
            _ if self.is_internal() => Failure::GaveUp,
            Self::Refused { status, http: true } => Failure::Http(status),
            // Codes of the Messages API have four digits, statuses of the SMS API two.
            Self::Refused { status: status @ 1000.., http: false } => Failure::Rejected(status),
            Self::Refused { status, http: false } => Failure::Refused(status),
            Self::Unconfirmed | Self::Unreachable | Self::Busy => Failure::GaveUp,
        }
    }
}

/// Every so many probes one SMS is tried whatever the probe said: what it says may not be what is wrong.
const ANYWAY: i64 = 6;

/// So many messages in a row without a clear answer, or refused in a way that does not speak of the account, pause it.
const IN_A_ROW: usize = 3;

/// So long nothing has to pass before it is told as an outage.
const OUTAGE_AFTER: Duration = Duration::from_secs(2 * 60);

/// After one message turned out to be refused for its own sake by what speaks of the account, such a refusal takes several
/// messages as evidence for so long.
const DOUBTED_FOR: Duration = Duration::from_secs(60 * 60);

/// So many refused messages are remembered.
const REMEMBERED: usize = 4096;

/// What a send told about the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It was taken: the account is well.
    Well,
    /// It was refused for its own sake. So Vonage is there; whether it takes others is not known.
    Rejected,
    /// Certainly not sent. Whether for the message's sake or the account's, others will tell.
    Refused(Pause),
    Unclear,
    /// Throttled, or Vonage was not there: nothing about the account, but it did not pass either. It is tried again at
    /// `again`.
    Nothing {
        why: Pause,
        again: Timestamp,
    },
}

/// What has changed, for somebody to hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// Nothing leaves since this moment.
    Paused(Pause, Timestamp),
    /// SMS leave again; nothing did since then.
    Resumed(Timestamp),
}

/// What follows for a message that was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follows {
    /// The account waits, and the message with it.
    Waits,
    /// It is tried again by the schedule.
    BacksOff,
    /// Another passed since its last refusal: this one is its own.
    Charged,
}

/// An SMS that left: which it was, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(u64);

/// What was heard of an SMS that left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    pub message: MessageId,
    pub ticket: Ticket,
    /// How many refusals were its own so far. One is enough, and it is no evidence about the account any more.
    pub charged: i64,
    pub told: Told,
}

/// Which SMS may leave now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaySend {
    Any,
    /// One, to see whether the account is refused: best one that was never tried, and none of these, which were refused.
    One {
        but: [Option<MessageId>; SUSPECTS],
    },
    No,
}

/// So many messages are refused, with nothing between that passes, before it is told that the account is: what speaks of
/// the account may be refused for its words' sake, and so may another.
pub const SUSPECTS: usize = 2;

/// The messages that were refused, and when each left, while no other was.
type Suspects = [Option<(MessageId, Ticket)>; SUSPECTS];

const NOBODY: Suspects = [None; SUSPECTS];

/// A pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Paused {
    why: Pause,
    since: Timestamp,
    /// How often it was tried, in vain.
    tries: i64,
    /// The balance when it was last asked for.
    balance: Option<i64>,
    /// When to ask for it again.
    probe: Timestamp,
    /// Empty where the account itself is refused, as far as is known.
    suspects: Suspects,
    /// What somebody heard last.
    told: Option<Pause>,
    /// A former process told of it, and what it rests on is not known any more.
    restored: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Running,
    Paused(Paused),
    /// One SMS goes first, and the others wait for what becomes of it. At the start of a process there is no pause that
    /// it is to end, and yet all may not be well.
    Trial(Option<Paused>),
}

/// Nothing passes, although the account is not paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Outage {
    why: Pause,
    since: Timestamp,
    /// Until when something failed, or waits to be tried again.
    last: Timestamp,
    told: Option<Pause>,
}

/// The account's sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sending {
    mode: Mode,
    /// How many left.
    left: u64,
    /// The one that is tried.
    trial: Option<Ticket>,
    /// The newest that passed.
    passed: Ticket,
    /// The messages that were refused, with when each left.
    refused: BTreeMap<MessageId, Ticket>,
    /// Those that had no clear answer, or were refused, since one passed.
    row: Vec<MessageId>,
    outage: Option<Outage>,
    doubted_until: Timestamp,
}

impl Default for Sending {
    fn default() -> Self {
        Self {
            mode: Mode::Trial(None),
            left: 0,
            trial: None,
            passed: Ticket(0),
            refused: BTreeMap::new(),
            row: Vec::new(),
            outage: None,
            doubted_until: Timestamp(0),
        }
    }
}

impl Sending {
    /// As a former process has left it, which told of this pause: one SMS goes first.
    #[must_use]
    pub fn paused_before(why: Pause, since: Timestamp) -> Self {
        let paused = Paused {
            why,
            since,
            tries: 1,
            balance: None,
            probe: since,
            suspects: NOBODY,
            told: Some(why),
            restored: true,
        };
        Self { mode: Mode::Trial(Some(paused)), ..Self::default() }
    }

    /// Whether an SMS may leave now.
    #[must_use]
    pub fn may_send(&self) -> MaySend {
        match self.mode {
            Mode::Running => MaySend::Any,
            _ if self.trial.is_some() => MaySend::No,
            Mode::Trial(None) => MaySend::Any,
            Mode::Trial(Some(_)) => MaySend::One { but: [None; SUSPECTS] },
            Mode::Paused(Paused { suspects: [None, ..], .. }) => MaySend::No,
            // Whether there is credit, the balance says better than another SMS.
            Mode::Paused(Paused { why, balance: None | Some(..=0), .. }) if why.is_for_credit() => MaySend::No,
            Mode::Paused(Paused { suspects, .. }) => {
                MaySend::One { but: suspects.map(|suspect| suspect.map(|(message, _)| message)) }
            }
        }
    }

    /// Whether SMS leave as they come.
    #[must_use]
    pub const fn runs(&self) -> bool {
        matches!(self.mode, Mode::Running)
    }

    /// Whether somebody heard that nothing leaves, and why.
    #[must_use]
    pub const fn paused(&self) -> Option<Pause> {
        match self.mode {
            Mode::Paused(paused) if paused.told.is_some() => Some(paused.why),
            Mode::Running | Mode::Paused(_) | Mode::Trial(_) => None,
        }
    }

    /// When to ask for the balance, if that is what is waited for.
    #[must_use]
    pub fn probe_due(&self, now: Timestamp) -> Option<Timestamp> {
        match self.mode {
            // A clock that was set back must not prolong it.
            Mode::Paused(Paused { probe, .. }) if probe.since(now) > Schedule::Probe.longest() => Some(now),
            Mode::Paused(Paused { probe, .. }) => Some(probe),
            Mode::Running | Mode::Trial(_) => None,
        }
    }

    /// An SMS leaves.
    pub const fn sent(&mut self) -> Ticket {
        self.left += 1;
        let ticket = Ticket(self.left);
        if !matches!(self.mode, Mode::Running) {
            self.trial = Some(ticket);
        }
        ticket
    }

    /// What becomes of those that left will not be heard.
    pub const fn lost(&mut self) {
        self.trial = None;
    }

    /// There is nothing that could show whether it is the message or the account that is refused.
    pub fn nothing_else(&mut self) -> Option<News> {
        match &mut self.mode {
            Mode::Paused(paused) if self.trial.is_none() => tell(paused),
            _ => None,
        }
    }

    /// What became of an SMS.
    pub fn hear(&mut self, heard: Heard, now: Timestamp) -> (Follows, Option<News>) {
        let is_trial = self.trial == Some(heard.ticket);
        if is_trial {
            self.trial = None;
        }
        match heard.told {
            Told::Well => (Follows::BacksOff, self.passes(heard, is_trial)),
            Told::Rejected => (Follows::BacksOff, self.rejects(heard, is_trial)),
            Told::Refused(why) => self.refuses(heard, why, is_trial, now),
            Told::Unclear => (Follows::BacksOff, self.is_unclear(heard, is_trial, now)),
            Told::Nothing { why, again } => (Follows::BacksOff, self.fails(why, now, again)),
        }
    }

    fn passes(&mut self, heard: Heard, is_trial: bool) -> Option<News> {
        self.passed = self.passed.max(heard.ticket);
        self.refused.remove(&heard.message);
        self.row.clear();
        let paused = match self.mode {
            Mode::Running => None,
            // What left before the refusal shows nothing, what left after it does.
            Mode::Paused(Paused { suspects: [Some((_, refused)), _], .. }) if !is_trial && heard.ticket < refused => {
                return None;
            }
            Mode::Paused(Paused { suspects: [None, _], .. }) | Mode::Trial(Some(_)) if !is_trial => return None,
            Mode::Paused(paused) => Some(paused),
            Mode::Trial(paused) => paused,
        };
        self.mode = Mode::Running;
        let outage = self.outage.take().filter(|outage| outage.told.is_some()).map(|outage| outage.since);
        let told = paused.filter(|paused| paused.told.is_some()).map(|paused| paused.since);
        told.or(outage).map(News::Resumed)
    }

    /// Vonage is there, and reads what it gets. Whether there is credit, and whether others get through, that does not show.
    fn rejects(&mut self, heard: Heard, is_trial: bool) -> Option<News> {
        self.refused.remove(&heard.message);
        let says_enough = |why: Pause| !why.is_of_account() && !why.is_internal();
        match self.mode {
            Mode::Paused(paused) | Mode::Trial(Some(paused)) if says_enough(paused.why) => self.passes(heard, is_trial),
            Mode::Running | Mode::Trial(None) => {
                let outage = self.outage.take_if(|outage| says_enough(outage.why))?;
                self.mode = Mode::Running;
                outage.told.map(|_| News::Resumed(outage.since))
            }
            Mode::Paused(_) | Mode::Trial(Some(_)) => None,
        }
    }

    fn refuses(&mut self, heard: Heard, why: Pause, is_trial: bool, now: Timestamp) -> (Follows, Option<News>) {
        let Heard { message, ticket, charged, .. } = heard;
        let before = self.refused.insert(message, ticket);
        if self.refused.len() > REMEMBERED {
            let oldest = self.refused.iter().min_by_key(|(_, ticket)| **ticket).map(|(message, _)| *message);
            oldest.map(|oldest| self.refused.remove(&oldest));
        }
        if before.is_some_and(|before| self.passed > before) {
            if why.is_of_account() {
                self.doubted_until = now.plus(DOUBTED_FOR);
            }
            return (Follows::Charged, None);
        }
        if charged > 0 {
            // No evidence about the account; where nothing passes for long, it is told all the same.
            return (Follows::BacksOff, self.fails(why, now, now));
        }
        match self.mode {
            Mode::Running | Mode::Trial(None) if why.is_of_account() && !self.doubts(now) => {
                (Follows::Waits, self.begin(why, [Some((message, ticket)), None], now))
            }
            Mode::Running | Mode::Trial(None) => (Follows::BacksOff, self.adds_to_row(message, why, now)),
            Mode::Paused(ref mut paused) => {
                match &mut paused.suspects {
                    suspects if is_among(*suspects, message) => return (Follows::Waits, None),
                    [Some(_), second @ None] => {
                        *second = Some((message, ticket));
                        return (Follows::Waits, None);
                    }
                    suspects => *suspects = NOBODY,
                }
                (Follows::Waits, tell(paused))
            }
            // Whether it is the account that is refused still, another has to show.
            Mode::Trial(Some(paused)) if paused.restored && is_trial && why.is_of_account() => {
                let probe = if why.is_for_credit() { now } else { now.plus(Schedule::Probe.pause(1)) };
                let suspects = [Some((message, ticket)), None];
                self.mode = Mode::Paused(Paused { why, suspects, probe, restored: false, ..paused });
                (Follows::Waits, None)
            }
            Mode::Trial(Some(paused)) => (Follows::Waits, self.tried_in_vain(paused, why, message, is_trial, now)),
        }
    }

    fn is_unclear(&mut self, heard: Heard, is_trial: bool, now: Timestamp) -> Option<News> {
        match self.mode {
            Mode::Running | Mode::Trial(None) => self.adds_to_row(heard.message, Pause::Unconfirmed, now),
            // One more would be one more of which nobody knows whether it was sent.
            Mode::Paused(ref mut paused) if is_trial => {
                paused.suspects = NOBODY;
                tell(paused)
            }
            Mode::Paused(_) => None,
            Mode::Trial(Some(paused)) => self.tried_in_vain(paused, Pause::Unconfirmed, heard.message, is_trial, now),
        }
    }

    fn tried_in_vain(
        &mut self,
        paused: Paused,
        why: Pause,
        message: MessageId,
        is_trial: bool,
        now: Timestamp,
    ) -> Option<News> {
        if let ([Some(first), None], None, true) = (paused.suspects, paused.told, is_trial && why.is_of_account())
            && first.0 != message
        {
            // One more may show whether the account is refused, or these two for their own sake.
            let ticket = self.refused.get(&message).copied().unwrap_or(first.1);
            self.mode = Mode::Paused(Paused { why, suspects: [Some(first), Some((message, ticket))], ..paused });
            return None;
        }
        let suspects = if is_among(paused.suspects, message) { paused.suspects } else { NOBODY };
        if !is_trial {
            self.mode = Mode::Trial(Some(Paused { suspects, ..paused }));
            return None;
        }
        let tries = paused.tries + 1;
        let probe = now.plus(Schedule::Probe.pause(tries));
        let mut paused = Paused { why, tries, suspects, probe, ..paused };
        let news = tell(&mut paused);
        self.mode = Mode::Paused(paused);
        news
    }

    fn adds_to_row(&mut self, message: MessageId, why: Pause, now: Timestamp) -> Option<News> {
        self.mode = Mode::Running;
        if !self.row.contains(&message) {
            self.row.push(message);
        }
        if self.row.len() < IN_A_ROW {
            return self.fails(why, now, now);
        }
        self.begin(why, NOBODY, now)
    }

    /// Nothing passed, and it is tried again at `again`. What goes on for long is told.
    fn fails(&mut self, why: Pause, now: Timestamp, again: Timestamp) -> Option<News> {
        if !matches!(self.mode, Mode::Running | Mode::Trial(None)) {
            return None;
        }
        let fresh = Outage { why, since: now, last: now, told: None };
        let outage = self.outage.get_or_insert(fresh);
        if outage.told.is_none() && now.since(outage.last) > OUTAGE_AFTER {
            // Nothing was tried meanwhile, and nothing waited.
            *outage = fresh;
        }
        outage.why = why;
        outage.last = outage.last.max(again).max(now);
        self.lasts(now)
    }

    /// Tells of an outage that goes on for long, also while what failed waits to be tried again.
    pub fn lasts(&mut self, now: Timestamp) -> Option<News> {
        if !matches!(self.mode, Mode::Running | Mode::Trial(None)) {
            return None;
        }
        let outage = self.outage.as_mut().filter(|outage| outage.told.is_none() && now <= outage.last)?;
        if now.since(outage.since) < OUTAGE_AFTER {
            return None;
        }
        outage.told = Some(outage.why);
        Some(News::Paused(outage.why, outage.since))
    }

    /// What the balance request told: the balance in millionths, or nothing.
    pub fn probed(&mut self, answer: Option<i64>, now: Timestamp) -> Option<News> {
        let Mode::Paused(paused) = self.mode else { return None };
        let helps = match answer {
            None => false,
            // An account that pays later may be below nothing, and send: then a rise says that something was done.
            Some(micros) => {
                !paused.why.is_for_credit() || micros > 0 || paused.balance.is_some_and(|before| micros > before)
            }
        };
        let tries = paused.tries + 1;
        let probe = now.plus(Schedule::Probe.pause(tries));
        let mut paused = Paused { tries, balance: answer.or(paused.balance), probe, ..paused };
        if helps || tries % ANYWAY == 0 {
            self.mode = Mode::Trial(Some(paused));
            return None;
        }
        let news = tell(&mut paused);
        self.mode = Mode::Paused(paused);
        news
    }

    /// A pause begins. It is told at once where several messages are the evidence.
    fn begin(&mut self, why: Pause, suspects: Suspects, now: Timestamp) -> Option<News> {
        self.trial = None;
        self.row.clear();
        let outage = self.outage.take().and_then(|outage| Some((outage.told?, outage.since)));
        let (told, since) = outage.map_or((None, now), |(told, since)| (Some(told), since));
        // The balance says at once whether it is for credit that one message is refused.
        let probe = if why.is_for_credit() { now } else { now.plus(Schedule::Probe.pause(1)) };
        let mut paused = Paused { why, since, tries: 1, balance: None, probe, suspects, told, restored: false };
        let news = if suspects == NOBODY { tell(&mut paused) } else { None };
        self.mode = Mode::Paused(paused);
        news
    }

    fn doubts(&self, now: Timestamp) -> bool {
        now < self.doubted_until && self.doubted_until.since(now) <= DOUBTED_FOR
    }
}

fn is_among(suspects: Suspects, message: MessageId) -> bool {
    suspects.iter().flatten().any(|(suspect, _)| *suspect == message)
}

/// The same trouble as before is no news.
fn tell(paused: &mut Paused) -> Option<News> {
    if paused.told == Some(paused.why) {
        return None;
    }
    paused.told = Some(paused.why);
    Some(News::Paused(paused.why, paused.since))
}

#[cfg(test)]
mod tests;
