//! What was read in a customer's message, as it stands beside it in the thread.

use std::time::Duration;

use crate::domain::consent::Statement;
use crate::domain::conversation::Number;
use crate::domain::limits::Restraint;
use crate::domain::non_answer::NonAnswer;
use crate::domain::template::Choice;

use super::{ago, listed};

/// Stands in place of a message that is no text, such as an `image`; with the words that came with it, if any.
#[must_use]
pub fn no_text(kind: &str, words: Option<&str>) -> String {
    let note = format!("({kind} message: only texts are shown here)");
    words.map_or(note.clone(), |words| format!("{note} {words}"))
}

/// A part of a long SMS of which nobody can tell where it belongs.
#[must_use]
pub fn part() -> String {
    "a part of a long text".into()
}

/// A long text of which some has not come. `missing` is ascending and not empty.
#[must_use]
pub fn missing(missing: &[u32], total: u32) -> String {
    match missing {
        [only] => format!("part {only} of {total} has not come"),
        many => {
            let numbers: Vec<String> = many.iter().map(u32::to_string).collect();
            format!("parts {} of {total} have not come", listed(&numbers))
        }
    }
}

/// The rest of a long text, after the conversation that has its beginning was closed.
#[must_use]
pub fn late_part() -> String {
    "the rest of this long text came late".into()
}

#[must_use]
pub fn not_a_phone() -> String {
    "from a sender that cannot be answered".into()
}

#[must_use]
pub fn opted_out() -> String {
    "opted out: gets no more messages".into()
}

#[must_use]
pub fn opted_out_already() -> String {
    "had opted out before".into()
}

/// Why the ledger says that a number takes texts again.
#[must_use]
pub fn delivered_all_the_same(number: i64) -> String {
    format!("·{number} was delivered all the same")
}

#[must_use]
pub fn opted_in() -> String {
    "wants messages again".into()
}

/// Opted out by a text that may say more than that.
#[must_use]
pub fn opted_out_and_more() -> String {
    "it may say more than that, please read it".into()
}

#[must_use]
pub fn perhaps_stop() -> String {
    "may ask for no more messages: if so, press Opt out".into()
}

/// STOP or START, delivered after something that was said later.
#[must_use]
pub fn overtaken(says: Statement) -> String {
    match says {
        Statement::OptsOut => "said before the customer asked for messages again, so it changes nothing".into(),
        _ => "said before the opt-out, so it changes nothing".into(),
    }
}

#[must_use]
pub fn said_before_the_question() -> String {
    "said before the notification went out, so it is no answer to it".into()
}

/// An answer that was said before the customer's latest notification went out, and is one to the notification before it.
#[must_use]
pub fn answers_older(message: i64, conversation: Number) -> String {
    format!("said before the newer notification went out, so it answers ·{message} of {conversation}")
}

#[must_use]
pub fn said_before_the_choice() -> String {
    "said before the choice that stands, so it changes nothing".into()
}

/// A text that is no answer.
#[must_use]
pub fn non_answer(what: NonAnswer) -> String {
    match what {
        NonAnswer::Reaction => "reacted to a text".into(),
        NonAnswer::Empty => "an empty text".into(),
        NonAnswer::AutoReply => "looks like an automatic reply".into(),
        NonAnswer::WrongNumber => "says that this is the wrong number".into(),
    }
}

#[must_use]
pub fn blocked() -> String {
    "blocked: gets no answer".into()
}

/// Why there is no automatic answer.
#[must_use]
pub fn restrained(restraint: Restraint, window: Duration) -> String {
    let window = ago(window);
    match restraint {
        Restraint::EnoughAnswers(count) => {
            format!("not answered automatically: {count} automatic answers within {window} are enough")
        }
        Restraint::Robot(count) => {
            format!("not answered automatically: the same text {count} times within {window} looks like a robot")
        }
        Restraint::EnoughForDesk(count) => {
            format!("not answered automatically: {count} automatic answers of this desk within an hour are enough")
        }
        Restraint::Country => "not answered automatically: this desk does not text the customer's country".into(),
        Restraint::Budget => "not answered automatically: the desk's parts of 24 hours are used up".into(),
    }
}

#[must_use]
pub fn help() -> String {
    "asked for help, was answered".into()
}

#[must_use]
pub fn help_again() -> String {
    "asked for help again within the hour; one answer was enough".into()
}

/// A choice, or a change of one.
#[must_use]
pub fn chosen(choice: Option<&Choice>, before: Option<&Choice>) -> String {
    match (choice, before) {
        (None, _) => "answered".into(),
        (Some(choice), None) => format!("chose {}", name(choice)),
        (Some(choice), Some(before)) => format!("changed from {} to {}", name(before), name(choice)),
    }
}

#[must_use]
pub fn chosen_again(choice: Option<&Choice>) -> String {
    choice.map_or_else(|| "answered again".into(), |choice| format!("chose {} again", name(choice)))
}

#[must_use]
pub fn chosen_but_opted_out(choice: Option<&Choice>) -> String {
    format!("{}, not confirmed: the customer has opted out", chosen(choice, None))
}

/// `2 (Thursday)`.
#[must_use]
pub fn name(choice: &Choice) -> String {
    format!("{} ({})", choice.key, choice.label)
}
