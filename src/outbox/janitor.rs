//! The janitor: takes up what was left lying, forgets what must be forgotten, counts what waits.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::domain::clock_difference::{ENOUGH, LEAP, is_wrong};
use crate::domain::long_text::TOGETHER_FOR;
use crate::domain::time::Timestamp;
use crate::flows::Flows;
use crate::store::{self, BATCH, Result, StoreError, Tx};
use crate::telemetry;

/// Seconds.
const DAY: u64 = 24 * 60 * 60;

/// How long the database may take to say that it is still ours.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);
/// Its round.
const EVERY: Duration = Duration::from_secs(15);
/// An interaction's token is good for 15 minutes at Discord.
const TOKENS_FOR: Duration = Duration::from_secs(15 * 60);
/// What is done stays visible to the operator for a week.
const DONE_FOR: Duration = Duration::from_secs(7 * DAY);

/// So long a webhook is kept to recognise its repetition, at least. Vonage repeats for 24 hours.
const INBOX_FOR: Duration = Duration::from_secs(7 * DAY);
const REPEATS_FOR: Duration = Duration::from_secs(DAY);
/// The customer's text in what was given up on is for a person to read within a month. The entry itself stays longer.
const DEAD_TEXT_FOR: Duration = Duration::from_secs(30 * DAY);
const DEAD_FOR: Duration = Duration::from_secs(90 * DAY);
/// Budgets are for 24 hours.
const COUNTED_FOR: Duration = Duration::from_secs(2 * DAY);
/// So many rounds (ten minutes) it waits until others have told the time: by a clock that is far ahead, all would be old.
const UNHEARD_ROUNDS: u32 = 40;
/// How many batches of one kind a round has: more than a round's webhooks at their highest rate.
const BATCHES: usize = 100;

pub struct Janitor {
    flows: Flows,
    /// How long a webhook is kept once its flow has run.
    inbox_for: Duration,
    trust: Trust,
}

/// Whether our clock may say what is old.
#[derive(Debug, Default)]
struct Trust {
    /// What it said in the last round.
    last: Option<Timestamp>,
    /// For how many rounds nobody has told the time.
    unheard: u32,
}

impl Trust {
    /// Asked once a round. `difference` is how far our clock is ahead of everybody else's, where that is known.
    fn in_round(&mut self, now: Timestamp, difference: Option<i64>) -> bool {
        let leapt = self.last.replace(now).is_some_and(|last| now.since(last) > LEAP);
        if leapt || difference.is_some() {
            self.unheard = 0;
        } else {
            self.unheard = self.unheard.saturating_add(1);
        }
        // What was heard before a leap says nothing: the next round knows better.
        !leapt && difference.map_or(self.unheard > UNHEARD_ROUNDS, |ahead| ahead <= 0 || !is_wrong(ahead))
    }
}

impl Janitor {
    /// `max_age` is how old a signed webhook may be.
    #[must_use]
    pub fn new(flows: Flows, max_age: Duration) -> Self {
        metrics::describe_gauge!("threadline_outbox_waiting", "Effects that are neither done nor given up on");
        metrics::describe_gauge!("threadline_outbox_dead", "Effects that were given up on");
        metrics::describe_gauge!("threadline_inbox_waiting", "Webhooks whose flow has not run");
        metrics::describe_gauge!("threadline_inbox_oldest_seconds", "How long ago the oldest of them came");
        metrics::describe_gauge!("threadline_inbox_of_no_desk", "Texts that wait until a desk has their number");
        metrics::describe_gauge!("threadline_inbox_dead", "Webhooks that were given up on");
        Self { flows, inbox_for: INBOX_FOR.max(max_age.saturating_add(REPEATS_FOR)), trust: Trust::default() }
    }

    /// Works until the shutdown. Ends with an error if another process has taken the database.
    pub async fn run(mut self, shutdown: CancellationToken) -> Result<()> {
        while !shutdown.is_cancelled() {
            match self.round().await {
                Ok(()) => {}
                Err(StoreError::NotAlone) => return Err(StoreError::NotAlone),
                Err(error) => tracing::error!(%error, "the janitor's round failed; the next will do it"),
            }
            tokio::select! {
                () = self.flows.clock.sleep_until(self.flows.clock.now().plus(EVERY)) => {}
                () = shutdown.cancelled() => {}
            }
        }
        Ok(())
    }

    async fn round(&mut self) -> Result<()> {
        // A connection that died without a word would hold the round for many minutes.
        match tokio::time::timeout(ANSWERS_WITHIN, self.flows.store.still_alone()).await {
            Ok(alone) => alone?,
            Err(_) => tracing::error!("the database does not answer"),
        }
        let now = self.flows.clock.now();
        let found = self.flows.recover(Some(now)).await?;
        if found > 0 {
            tracing::warn!(found, "effects had outlived their lease");
        }
        match self.flows.end_too_late().await {
            Ok(0) => {}
            Ok(too_late) => tracing::warn!(too_late, "SMS could not leave in time"),
            Err(error) => tracing::error!(%error, "SMS that could not leave in time could not be ended"),
        }
        let trusted = self.trust.in_round(now, self.flows.health.clock_difference(ENOUGH));
        // One step that fails holds up no other; the next round does what it left.
        for (step, ended) in [
            ("alerts", self.flows.alert_again().await),
            ("questions", self.flows.end_old_questions().await),
            ("what is old", if trusted { self.forget(now).await } else { Ok(()) }),
        ] {
            if let Err(error) = ended {
                tracing::error!(step, %error, "a step of the janitor's round failed");
            }
        }
        telemetry::metrics().run_upkeep();
        let mut tx = self.flows.store.read().await?;
        let (outbox, dead_outbox) = store::outbox::counts(&mut tx).await?;
        let (inbox, dead_inbox) = store::inbox::counts(&mut tx).await?;
        let backlog = store::inbox::backlog(&mut tx).await?;
        drop(tx);
        for (gauge, count) in [
            ("threadline_outbox_waiting", outbox),
            ("threadline_outbox_dead", dead_outbox),
            ("threadline_inbox_waiting", inbox),
            ("threadline_inbox_dead", dead_inbox),
            ("threadline_inbox_of_no_desk", backlog.of_no_desk),
        ] {
            #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
            metrics::gauge!(gauge).set(count as f64);
        }
        let oldest = backlog.oldest.map_or(0.0, |oldest| now.since(oldest).as_secs_f64());
        metrics::gauge!("threadline_inbox_oldest_seconds").set(oldest);
        Ok(())
    }

    /// Drops what is old, in transactions so small that no webhook waits long for one of them.
    async fn forget(&self, now: Timestamp) -> Result<()> {
        for old in Old::ALL {
            for _ in 0..BATCHES {
                let mut tx = self.flows.store.begin().await?;
                let rows = self.batch(&mut tx, old, now).await?;
                tx.commit().await?;
                if rows < BATCH {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn batch(&self, tx: &mut Tx, old: Old, now: Timestamp) -> Result<u64> {
        match old {
            Old::Token => store::interactions::forget_old_tokens(tx, now.minus(TOKENS_FOR)).await,
            Old::Interaction => store::interactions::forget_old(tx, now.minus(DONE_FOR)).await,
            Old::LongText => store::long_texts::forget(tx, now.minus(TOGETHER_FOR), now.minus(DEAD_TEXT_FOR)).await,
            Old::DoneWebhook => store::inbox::drop_done(tx, now.minus(self.inbox_for)).await,
            Old::DeadText => store::inbox::cut_dead(tx, now.minus(DEAD_TEXT_FOR)).await,
            Old::DeadWebhook => store::inbox::drop_dead(tx, now.minus(DEAD_FOR)).await,
            Old::DoneEffect => store::outbox::prune(tx, now.minus(DONE_FOR)).await,
            Old::DeadEffect => store::outbox::prune_dead(tx, now.minus(DEAD_FOR)).await,
            Old::SentParts => store::sent_parts::prune(tx, now.minus(COUNTED_FOR)).await,
        }
    }
}

/// What grows old.
#[derive(Clone, Copy, Debug)]
enum Old {
    Token,
    Interaction,
    LongText,
    DoneWebhook,
    DeadText,
    DeadWebhook,
    DoneEffect,
    DeadEffect,
    SentParts,
}

impl Old {
    /// Long texts before the webhooks that they name.
    const ALL: [Self; 9] = [
        Self::Token,
        Self::Interaction,
        Self::LongText,
        Self::DoneWebhook,
        Self::DeadText,
        Self::DeadWebhook,
        Self::DoneEffect,
        Self::DeadEffect,
        Self::SentParts,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rounds of `hours` with a difference, and whether the clock was trusted in each.
    fn rounds(trust: &mut Trust, hours: &[i64], difference: Option<i64>) -> Vec<bool> {
        hours.iter().map(|hour| trust.in_round(Timestamp(hour * 3_600_000), difference)).collect()
    }

    #[test]
    fn a_clock_is_trusted_once_others_agree_or_nobody_tells_the_time() {
        let mut trust = Trust::default();
        assert_eq!(rounds(&mut trust, &[0, 1], Some(300)), [true, true]);
        assert_eq!(rounds(&mut trust, &[9], Some(300)), [false], "what was heard before a leap says nothing");
        assert_eq!(rounds(&mut trust, &[9, 9], Some(8 * 3_600_000)), [false, false]);
        assert_eq!(rounds(&mut trust, &[9, 1], Some(-8 * 3_600_000)), [true, true], "it is behind: all looks young");
        let unheard = rounds(&mut trust, &[1; UNHEARD_ROUNDS as usize + 1], None);
        assert_eq!(unheard.iter().filter(|trusted| **trusted).count(), 1);
        assert_eq!(rounds(&mut trust, &[1], None), [true]);
        assert_eq!(rounds(&mut trust, &[9, 9], None), [false, false], "it begins anew with a leap");
    }
}
