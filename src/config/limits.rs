//! `[limits]`: what is sent at most.

use std::num::NonZeroU32;

use super::reader::Section;
use super::values;
use crate::domain::limits::Limits;
use crate::domain::phone::Region;

const AUTOMATIC_ANSWERS: NonZeroU32 = NonZeroU32::new(5).expect("5 is not 0");
const ANSWERS_PER_HOUR: NonZeroU32 = NonZeroU32::new(300).expect("300 is not 0");
const IDENTICAL_TEXTS: NonZeroU32 = NonZeroU32::new(3).expect("3 is not 0");

pub(super) fn limits(section: &mut Section<'_>) -> Limits {
    let identical_texts = section.count("identical_texts", IDENTICAL_TEXTS, 1000).get();
    if identical_texts < 2 {
        section.problem("identical_texts", "must be at least 2: one text is not the same as itself");
    }
    Limits {
        automatic_answers: section.count("automatic_answers", AUTOMATIC_ANSWERS, 1000).get(),
        identical_texts,
        window: section.parsed_or("window", "1h", values::some_duration),
        answers_per_hour: section.count("automatic_answers_per_hour", ANSWERS_PER_HOUR, 1_000_000).get(),
        daily_parts: section.maybe_count("daily_parts", 10_000_000).map(NonZeroU32::get),
        daily_parts_per_agent: section.maybe_count("daily_parts_per_agent", 10_000_000).map(NonZeroU32::get),
        countries: section.parsed_list("countries", str::parse::<Region>),
    }
}
