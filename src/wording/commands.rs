//! What agents read while they type a command or fill in a form, and when an interaction fails.

use crate::domain::webhook::Price;

/// Discord shows at most 100 characters of a description. Source: its page on application commands.
pub const NOTIFY: &str = "Send a customer an SMS, and collect the answers in a thread";
pub const NOTIFY_NUMBER: &str = "The customer's phone number, such as +44 7700 900123";
pub const NOTIFY_TEMPLATE: &str = "Which template to send; the desk's usual one where left out";
pub const NOTIFY_TEXT: &str = "A text of your own, in place of a template";
pub const NOTIFY_NAME: &str = "The customer's name, as agents and templates shall use it";

/// A template among others, as it is chosen.
#[must_use]
pub fn template(name: &str, parts: u32, price: Option<Price>) -> String {
    format!("{name} ({})", super::cost(parts, price))
}

pub const REPLY: &str = "Send the customer of this thread an SMS";
pub const REPLY_TEXT: &str = "What the customer shall read";

pub const CLOSE: &str = "Close the conversation of this thread";

pub const REOPEN: &str = "Open a closed conversation again";
pub const REOPEN_NUMBER: &str = "The conversation's number, such as #1042; in its thread it can be left out";

pub const OPT_OUT: &str = "Send a customer no more messages, because they asked for it";
pub const BLOCK: &str = "Send a customer nothing, whatever they text";
pub const UNBLOCK: &str = "Lift a block";
pub const CONSENT: &str = "Show who said what about texting a customer, when and why";
pub const STATUS: &str = "How the bridge is, what waits, and what credit is left";
pub const ABOUT_NUMBER: &str = "The customer's phone number; in their thread it can be left out";
pub const REASON: &str = "Why; others will read it";

/// The label of the field in the form behind the Reply button.
pub const REPLY_FIELD: &str = "Your SMS to the customer";

/// The database failed, or something of ours did.
pub const SOMETHING_WENT_WRONG: &str = "Something went wrong on our side, and it is not certain that this was done. \
     Look at the thread before you try it again.";

/// The database failed before anything could be changed.
pub const TRY_AGAIN: &str = "Something went wrong on our side, and nothing was done. Please try it again.";

/// A command that is still registered in Discord, but that this version does not know.
pub const UNKNOWN_COMMAND: &str = "This command no longer exists. Type / to see those that do.";

/// A button that an older or newer version posted.
pub const UNKNOWN_BUTTON: &str = "This button is out of date. Please use the commands: type / to see them.";
