//! The carrier: takes what Vonage has accepted, brings it to the phone, and reports.

use super::Core;
use super::inbound::Parts;
use super::phone::Reachability;
use super::receipts::Verdict;
use super::sms::Sms;

impl Core {
    /// Hands an accepted SMS to its carrier. Reports follow the answer, unless they are to come before it.
    pub(super) async fn deliver(&self, sms: &Sms) {
        // What Vonage itself has rejected never gets that far.
        let verdict = if sms.rejected.is_some() { Verdict::Unknown } else { self.hand_over(sms) };
        if self.state.change(|state| state.phone(&sms.to).receipts.before_answer) {
            let ids = self.report(sms, verdict);
            self.attempted(&ids).await;
        } else {
            let (core, sms) = (self.clone(), sms.clone());
            core.state.change(|state| state.reports_due += 1);
            tokio::spawn(async move {
                tokio::time::sleep(core.setup.receipt_delay).await;
                core.report(&sms, verdict);
                core.state.change(|state| state.reports_due -= 1);
            });
        }
    }

    /// Lets the carrier have an SMS, and says what becomes of it. A phone that answers by itself does so.
    pub(super) fn hand_over(&self, sms: &Sms) -> Verdict {
        let (verdict, reply) = self.state.change(|state| {
            if state.opt_outs.bar(&sms.from, &sms.to) {
                return (Verdict::Failed(9), None);
            }
            // There is no answering to a name.
            let answerable = state.owns(&sms.from);
            let phone = state.phone(&sms.to);
            match phone.reachability {
                // A phone waits in vain for the missing parts, and shows nothing.
                Reachability::On if !sms.complete => (phone.receipts.verdict, None),
                Reachability::On => {
                    phone.receive(sms.clone());
                    (phone.receipts.verdict, phone.reply.clone().filter(|_| answerable))
                }
                Reachability::Off => {
                    phone.waiting.push(Sms { submitted: true, ..sms.clone() });
                    (Verdict::Buffered, None)
                }
                Reachability::Barred => (Verdict::Failed(4), None),
                Reachability::Unreachable => (Verdict::Failed(12), None),
            }
        });
        if let Some(text) = reply.and_then(|reply| reply(sms)) {
            self.state.change(|state| state.phone(&sms.to).auto_answers += 1);
            self.receive(&sms.to, &sms.from, &text, Parts::InOrder);
        }
        verdict
    }
}
