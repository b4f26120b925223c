//! What is sent at most: automatic answers to one customer and to all of a desk, parts in a day, and to which countries.

use std::time::Duration;

use super::phone::{PhoneNumber, Region};

/// The limits of a desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// So many automatic answers to one customer within `window`; then the agents answer. At least 1.
    pub automatic_answers: u32,
    /// The same text from one customer so often within `window` is taken for a robot's. At least 2.
    pub identical_texts: u32,
    pub window: Duration,
    /// So many automatic answers to all customers together within [`HOUR`]; the first answer to a notification does not
    /// count. At least 1.
    pub answers_per_hour: u32,
    /// Parts that the desk may send in [`DAY`]; `None`: any number.
    pub daily_parts: Option<u32>,
    /// The same for each of its agents.
    pub daily_parts_per_agent: Option<u32>,
    /// The countries that may be texted; empty: all.
    pub countries: Vec<Region>,
}

/// A budget is for any 24 hours: a desk's customers may live in several time zones.
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The time in which the automatic answers to all customers are counted.
pub const HOUR: Duration = Duration::from_secs(60 * 60);

/// What happened between a desk and a customer within the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recent {
    /// Automatic answers that were sent or wait to be.
    pub answers: u32,
    /// How often the customer sent the text at hand, this time included.
    pub identical: u32,
}

/// Why a customer gets no automatic answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restraint {
    /// The customer got so many already.
    EnoughAnswers(u32),
    /// The customer sent the same text so often.
    Robot(u32),
    /// The desk answered so many customers automatically within the hour.
    EnoughForDesk(u32),
    /// The desk's budget is used up.
    Budget,
    /// The desk does not text the customer's country.
    Country,
}

/// Whose budget is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    Desk { allowed: u32, used: u32 },
    Agent { allowed: u32, used: u32 },
}

impl Limits {
    /// Whether an automatic answer has to be left out.
    #[must_use]
    pub const fn restrains(&self, recent: Recent) -> Option<Restraint> {
        if recent.identical >= self.identical_texts {
            return Some(Restraint::Robot(recent.identical));
        }
        if recent.answers >= self.automatic_answers {
            return Some(Restraint::EnoughAnswers(recent.answers));
        }
        None
    }

    /// Whether so many more parts are too many, where so many were sent within [`DAY`]. `by_agent` is `None` for what is
    /// sent automatically: nobody's own budget is charged with it.
    #[must_use]
    pub fn exceeds(&self, parts: u32, by_desk: u32, by_agent: Option<u32>) -> Option<Budget> {
        let over = |allowed: Option<u32>, used: u32| allowed.filter(|allowed| used.saturating_add(parts) > *allowed);
        by_agent
            .and_then(|used| over(self.daily_parts_per_agent, used).map(|allowed| Budget::Agent { allowed, used }))
            .or_else(|| over(self.daily_parts, by_desk).map(|allowed| Budget::Desk { allowed, used: by_desk }))
    }

    /// Whether there is a budget at all.
    #[must_use]
    pub const fn has_budget(&self) -> bool {
        self.daily_parts.is_some() || self.daily_parts_per_agent.is_some()
    }

    /// Whether a number is in one of the countries. Where only some countries are allowed, a number of no known country is
    /// in none of them.
    #[must_use]
    pub fn allows(&self, number: &PhoneNumber) -> bool {
        self.countries.is_empty() || number.region().is_some_and(|region| self.countries.contains(&region))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits {
            automatic_answers: 3,
            identical_texts: 3,
            window: Duration::from_secs(3600),
            answers_per_hour: 100,
            daily_parts: Some(10),
            daily_parts_per_agent: Some(4),
            countries: vec!["GB".parse().unwrap(), "US".parse().unwrap()],
        }
    }

    #[test]
    fn answers_end_when_there_were_enough() {
        let restrains = |answers, identical| limits().restrains(Recent { answers, identical });
        assert_eq!(restrains(2, 2), None);
        assert_eq!(restrains(3, 1), Some(Restraint::EnoughAnswers(3)));
        assert_eq!(restrains(0, 3), Some(Restraint::Robot(3)));
    }

    #[test]
    fn the_agents_own_budget_is_told_first() {
        assert_eq!(limits().exceeds(1, 9, Some(3)), None);
        assert_eq!(limits().exceeds(2, 9, Some(3)), Some(Budget::Agent { allowed: 4, used: 3 }));
        assert_eq!(limits().exceeds(2, 9, Some(0)), Some(Budget::Desk { allowed: 10, used: 9 }));
        assert_eq!(limits().exceeds(6, 9, None), Some(Budget::Desk { allowed: 10, used: 9 }));
        assert_eq!(limits().exceeds(6, 0, None), None);
        let none = Limits { daily_parts: None, daily_parts_per_agent: None, ..limits() };
        assert_eq!(none.exceeds(u32::MAX, u32::MAX, Some(u32::MAX)), None);
    }

    #[test]
    fn a_country_is_told_by_the_number() {
        let allows = |number| limits().allows(&PhoneNumber::from_e164(number).unwrap());
        assert!(allows("+447700900123") && allows("+12025550123"));
        // Canada shares the code of the United States.
        assert!(!allows("+14165550123") && !allows("+61491570006"));
        assert!(Limits { countries: Vec::new(), ..limits() }.allows(&PhoneNumber::from_e164("+61491570006").unwrap()));
    }
}
