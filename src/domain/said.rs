//! When a customer said a text: what the order of questions, answers and consent goes by, not the order of arrival. Vonage
//! tries a webhook for 24 hours, and stamps it with the time of its first try.

use std::time::Duration;

use super::time::Timestamp;

/// The moment at which a text was said, as well as we know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    pub at: Timestamp,
    /// Set where it came so late that its stamp counts, and not its arrival.
    pub late: bool,
}

/// A text that comes within this time after its stamp was said when it came: a stamp has whole seconds, rounded down, and
/// the clocks of two machines differ a little. Vonage tries again after five seconds at the earliest.
const ON_TIME: Duration = Duration::from_secs(3);

/// What was stored longer ago than this waited for something; before that, only for its turn.
const WAITED: Duration = Duration::from_secs(60);

/// A stamp that is older than this is nothing that Vonage tried for so long, but a clock that is wrong.
const OLDEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// An answer may be stamped this much before its question left: a stamp has whole seconds, so that an answer within the
/// second of its question seems to be older, and the clocks of two machines differ a little. Nobody reads and answers
/// within this time after an earlier text.
const BEFORE_QUESTION: Duration = Duration::from_secs(5);

/// What came later than this after it was said shows when that was.
const SHOWN_AFTER: Duration = Duration::from_secs(10 * 60);

impl Said {
    /// `stamp` is what Vonage says, if it can be read; a stamp from the future or from long ago says nothing.
    #[must_use]
    pub fn new(stamp: Option<Timestamp>, received: Timestamp) -> Self {
        match stamp {
            Some(stamp) if received.since(stamp) > ON_TIME && received.since(stamp) <= OLDEST => {
                Self { at: stamp, late: true }
            }
            _ => Self { at: received, late: false },
        }
    }

    /// The same where it is read at `now`: what waited for a desk or for a person in between was not said just now.
    #[must_use]
    pub fn read_at(self, now: Timestamp) -> Self {
        Self { late: self.late || now.since(self.at) > WAITED, ..self }
    }

    /// Whether it can be the answer to what left at `asked`.
    #[must_use]
    pub fn follows(self, asked: Timestamp) -> bool {
        !self.late || self.latest_question() >= asked
    }

    /// The last moment at which a question can have left that it answers, where it came late.
    #[must_use]
    pub fn latest_question(self) -> Timestamp {
        self.at.plus(BEFORE_QUESTION)
    }

    /// The moment that is worth keeping: where it is not that of the arrival.
    #[must_use]
    pub fn stamp(self) -> Option<Timestamp> {
        self.late.then_some(self.at)
    }
}

/// When a text was said that came at `received`, where that has to be shown.
#[must_use]
pub fn shown(said: Option<Timestamp>, received: Timestamp) -> Option<Timestamp> {
    said.filter(|said| received.since(*said) > SHOWN_AFTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_500);

    fn ago(seconds: u64) -> Timestamp {
        NOW.minus(Duration::from_secs(seconds))
    }

    #[test]
    fn what_waited_was_not_said_when_it_is_read() {
        let said = Said::new(None, ago(24 * 60 * 60));
        assert!(!said.late && !said.read_at(ago(24 * 60 * 60 - 30)).late);
        let read = said.read_at(NOW);
        assert_eq!(read, Said { at: ago(24 * 60 * 60), late: true });
        assert!(!read.follows(ago(60 * 60)) && read.follows(ago(25 * 60 * 60)));
        assert!(!said.read_at(ago(48 * 60 * 60)).late, "the clock was set back");
    }

    #[test]
    fn the_stamp_counts_where_it_is_older_and_makes_sense() {
        let on_time = Said { at: NOW, late: false };
        for stamp in [None, Some(NOW), Some(ago(1)), Some(ago(3)), Some(NOW.plus(Duration::from_secs(7200)))] {
            assert_eq!(Said::new(stamp, NOW), on_time, "{stamp:?}");
        }
        assert_eq!(Said::new(Some(Timestamp(0)), NOW), on_time);
        for stamp in [ago(4), ago(3 * 60 * 60), ago(24 * 60 * 60)] {
            assert_eq!(Said::new(Some(stamp), NOW), Said { at: stamp, late: true });
        }
    }

    #[test]
    fn an_answer_follows_its_question() {
        let late = |seconds| Said { at: ago(seconds), late: true };
        assert!(Said { at: NOW, late: false }.follows(NOW.plus(Duration::from_secs(9))));
        assert!(late(10).follows(ago(20)) && late(20).follows(ago(20)) && late(24).follows(ago(20)));
        assert!(!late(26).follows(ago(20)) && !late(3 * 60 * 60).follows(ago(20)));
    }

    #[test]
    fn ten_minutes_show() {
        assert_eq!(shown(None, NOW), None);
        assert_eq!(shown(Some(ago(600)), NOW), None);
        assert_eq!(shown(Some(ago(601)), NOW), Some(ago(601)));
    }
}
