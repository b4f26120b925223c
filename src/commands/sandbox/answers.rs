//! Phones that answer every SMS by themselves.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use threadline_sandbox::vonage::Phone;

/// What each phone answers; clones are the same.
#[derive(Clone, Default)]
pub(super) struct Answers(Arc<Mutex<BTreeMap<String, String>>>);

impl Answers {
    /// What the phone of that number answers; empty where it does not.
    pub(super) fn of(&self, number: &str) -> String {
        self.texts().get(number).cloned().unwrap_or_default()
    }

    /// From now on the phone answers with this text; an empty one ends it.
    pub(super) fn set(&self, phone: &Phone, text: &str) {
        self.texts().insert(phone.number().to_owned(), text.to_owned());
        if text.is_empty() {
            return phone.stop_answering();
        }
        let answer = text.to_owned();
        phone.auto_answer(move |_| Some(answer.clone()));
    }

    fn texts(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
