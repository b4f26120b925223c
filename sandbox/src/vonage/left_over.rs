//! What a finished test should not leave behind.

use std::time::Duration;

use super::state::State;
use super::{Outcome, Vonage, Webhook};

impl Vonage {
    /// The webhooks that the bridge has not taken: those still to be pushed again, and those given up on.
    pub fn undelivered(&self) -> Vec<Webhook> {
        self.webhooks().into_iter().filter(|webhook| webhook.outcome != Outcome::Delivered).collect()
    }

    /// Waits until every report of a carrier has come and no webhook is pending. False: it is not so after `timeout`.
    pub async fn wait_for_webhooks(&self, timeout: Duration) -> bool {
        let settled = |state: &State| {
            state.reports_due == 0 && state.webhooks.iter().all(|webhook| webhook.outcome != Outcome::Pending)
        };
        tokio::time::timeout(timeout, self.core.state.until(settled)).await.is_ok()
    }

    /// What is [left over](Self::left_over) once the webhooks on their way had five seconds to arrive.
    pub async fn finished(&self) -> Vec<String> {
        self.wait_for_webhooks(Duration::from_secs(5)).await;
        self.left_over()
    }

    /// What the bridge did that Vonage's documents do not allow, a sentence each.
    pub fn violations(&self) -> Vec<String> {
        let mut violations = self.core.state.read(|state| state.violations.clone());
        violations.extend(self.watch.spec.iter().flat_map(|spec| spec.violations()));
        violations
    }

    /// What a finished test should not leave behind, a sentence each: webhooks not taken, receipts held back, SMS that
    /// wait or were garbled, faults that never happened, unexpected calls, violations.
    pub fn left_over(&self) -> Vec<String> {
        let mut left = self.violations();
        self.core.state.read(|state| {
            left.extend(state.unexpected.iter().cloned());
            for Webhook { kind, url, attempts, .. } in
                state.webhooks.iter().filter(|webhook| webhook.outcome != Outcome::Delivered)
            {
                let last = attempts.last().map(|attempt| (attempt.status, &attempt.body));
                left.push(format!(
                    "{kind:?} to {url} was not taken in {} attempts; the last: {last:?}",
                    attempts.len()
                ));
            }
            for (number, phone) in &state.phones {
                if !phone.held.is_empty() {
                    left.push(format!("{} receipts about {number} are held back", phone.held.len()));
                }
                if !phone.waiting.is_empty() {
                    left.push(format!("{} SMS wait for {number} to be turned on", phone.waiting.len()));
                }
            }
            left.extend(state.sent.iter().filter(|sms| sms.garbled).map(|sms| format!("garbled: {:?}", sms.text)));
            left.extend(
                state
                    .refusals
                    .iter()
                    .filter(|refusal| refusal.times.is_some())
                    .map(|refusal| format!("a refusal with status {} never happened", refusal.what)),
            );
            left.extend(
                state
                    .rejections
                    .iter()
                    .filter(|rejection| rejection.times.is_some())
                    .map(|rejection| format!("a rejection with code {} never happened", rejection.what)),
            );
            if state.cut.is_some() {
                left.push("no SMS was long enough to be refused in part".to_owned());
            }
        });
        if !self.watch.faults.is_empty() {
            left.push("an injected fault never happened".to_owned());
        }
        left
    }
}
