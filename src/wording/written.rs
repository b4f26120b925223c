//! What stands in an SMS for what Discord alone can show: people, places and times.

use crate::domain::time_zone::LocalTime;

/// Somebody whose name is not known.
pub const SOMEBODY: &str = "a colleague";
/// A role whose name is not known.
pub const TEAM: &str = "our team";
/// A channel whose name is not known.
pub const CHANNEL: &str = "a channel";
/// A page of the server that Discord makes a link to.
pub const SERVER: &str = "our server";

/// A time in the style that Discord's code asks for: `t`, `T`, `d`, `D`, `f`, `F`. A time that Discord counts down to (`R`)
/// is said in full: an SMS is read when it is read.
#[must_use]
pub fn time(at: &LocalTime, style: char) -> String {
    let format = match style {
        't' => "%H:%M",
        'T' => "%H:%M:%S",
        'd' => "%d/%m/%Y",
        'D' => "%-d %B %Y",
        's' => "%d/%m/%Y %H:%M",
        'S' => "%d/%m/%Y %H:%M:%S",
        'F' => "%A, %-d %B %Y %H:%M",
        _ => "%-d %B %Y %H:%M",
    };
    let is_date = matches!(style, 'd' | 'D');
    let zone = if at.is_utc() && !is_date { " UTC" } else { "" };
    format!("{}{zone}", at.format(format))
}
