//! What was read in a customer's message, as it stands beside it in the thread.

use crate::domain::template::Choice;

#[must_use]
pub fn part(part: u32, total: u32) -> String {
    format!("part {part} of {total} of a long SMS")
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

#[must_use]
pub fn opted_in() -> String {
    "wants messages again".into()
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
