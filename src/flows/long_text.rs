//! A part of a long SMS: it waits for its siblings, and the last of them has the whole text's effect.

use std::time::Duration;

use crate::domain::conversation::Customer;
use crate::domain::effect::{Effect, Lane};
use crate::domain::ids::{InboxId, MessageId};
use crate::domain::long_text::{SHOWN_AFTER, TOGETHER_FOR, UNMARKED_WAITS, fills_an_sms};
use crate::domain::time::Timestamp;
use crate::domain::webhook::Place;
use crate::store::long_texts::{self, Gathering};
use crate::store::{self, Result, Tx};
use crate::wording::remarks;

use super::Flows;
use super::inbound_sms::Heard;
use super::queue::fetch;

/// How soon a webhook is read again at the earliest.
const POLL: Duration = Duration::from_secs(1);

/// What a part came to.
pub(super) enum Gathered {
    /// It was the last; this is the text, to be read like any other.
    Whole(Gathering),
    /// The rest did not come in time.
    Incomplete(Gathering),
    /// It came after an incomplete text was shown.
    Late(Gathering, MessageId),
    /// Some of it is still on its way, and this webhook waits for that.
    WaitsUntil(Timestamp),
    /// Another webhook waits, or nothing is to be done.
    Nothing,
}

/// What a text without marks came to.
pub(super) enum Unmarked {
    /// It belongs to no other.
    Alone,
    /// It may be a part; this webhook waits for the rest.
    WaitsUntil(Timestamp),
    /// It was the last part.
    Whole(Gathering),
    /// Nothing more came: it was no part, or the last one fills an SMS too.
    NoMore(Gathering),
    /// Another webhook waits, or nothing is to be done.
    Nothing,
}

impl Flows {
    /// Puts a text that fills an SMS, or was said within seconds of one, to those before it, in the order in which they came.
    pub(super) async fn gather_unmarked(
        &self,
        tx: &mut Tx,
        customer: &Customer,
        (webhook, received): (InboxId, Timestamp),
        Heard { text, said }: Heard<'_>,
        unicode: bool,
    ) -> Result<Unmarked> {
        let now = self.now();
        let fills = fills_an_sms(text, unicode);
        if fills && let Some(begun) = long_texts::begun_by(tx, webhook).await? {
            let until = begun.began.plus(UNMARKED_WAITS);
            return Ok(match begun.message {
                Some(_) => Unmarked::Nothing,
                // Also where the clock was set back meanwhile.
                None if now < until && now >= begun.began => Unmarked::WaitsUntil(until),
                None => Unmarked::NoMore(begun),
            });
        }
        let around = said.at.minus(UNMARKED_WAITS)..said.at.plus(UNMARKED_WAITS);
        let Some(mut before) = long_texts::unmarked(tx, customer.id, around).await? else {
            if !fills {
                return Ok(Unmarked::Alone);
            }
            long_texts::begin_unmarked(tx, webhook, customer.id, received, said.at).await?;
            long_texts::add_part(tx, webhook, 1, text).await?;
            // Where it is read late, what came within the time may be here already, and is read first.
            let soonest = now.plus(POLL);
            return Ok(Unmarked::WaitsUntil(soonest.max(received.plus(UNMARKED_WAITS))));
        };
        let position = before.text.count() + 1;
        long_texts::add_part(tx, before.id, position, text).await?;
        before.text.add(position, text);
        if fills {
            long_texts::wait_anew(tx, before.id, received, said.at).await?;
            return Ok(Unmarked::Nothing);
        }
        store::inbox::done(tx, before.id, now, None).await?;
        Ok(Unmarked::Whole(before))
    }

    /// Puts a part to its siblings. `webhook` is the entry of the inbox in which it came: the first of a text waits for
    /// the others, and is asked again when it has waited long enough.
    pub(super) async fn gather(
        &self,
        tx: &mut Tx,
        customer: &Customer,
        webhook: InboxId,
        (reference, place): (&str, Place),
        text: &str,
    ) -> Result<Gathered> {
        let now = self.now();
        if let Some(begun) = long_texts::begun_by(tx, webhook).await? {
            return Ok(match begun.message {
                Some(_) => Gathered::Nothing,
                None if now >= begun.began.plus(SHOWN_AFTER) => Gathered::Incomplete(begun),
                // A clock that was set back must not prolong it.
                None => Gathered::WaitsUntil(begun.began.min(now).plus(SHOWN_AFTER)),
            });
        }
        let since = now.minus(TOGETHER_FOR);
        let known = long_texts::with_reference(tx, customer.id, reference, place.total, since, now).await?;
        if known.iter().any(|known| known.text.part(place.part) == Some(text)) {
            // The same part under another id: a carrier said it twice.
            return Ok(Gathered::Nothing);
        }
        let Some(mut text_so_far) = known.into_iter().find(|known| known.text.lacks(place.part)) else {
            long_texts::begin(tx, webhook, customer.id, reference, place.total, now).await?;
            long_texts::add_part(tx, webhook, place.part, text).await?;
            return Ok(Gathered::WaitsUntil(now.plus(SHOWN_AFTER)));
        };
        long_texts::add_part(tx, text_so_far.id, place.part, text).await?;
        text_so_far.text.add(place.part, text);
        Ok(match text_so_far.message {
            Some(message) => Gathered::Late(text_so_far, message),
            None if text_so_far.text.missing().is_empty() => {
                store::inbox::done(tx, text_so_far.id, now, None).await?;
                Gathered::Whole(text_so_far)
            }
            None => Gathered::Nothing,
        })
    }

    /// Completes what was shown in part. Where its conversation is closed, and with it its thread, `false`: nobody would
    /// see it there.
    pub(super) async fn complete(&self, tx: &mut Tx, gathering: &Gathering, message: MessageId) -> Result<bool> {
        let Some(message) = store::messages::get(tx, message).await? else { return Ok(false) };
        if !fetch(tx, message.conversation).await?.is_open() {
            return Ok(false);
        }
        let missing = gathering.text.missing();
        let remark = (!missing.is_empty()).then(|| remarks::missing(&missing, gathering.text.total()));
        store::messages::rewrite(tx, message.id, &gathering.text.text(), remark.as_deref()).await?;
        self.enqueue(tx, Lane::Discord(message.conversation), Effect::UpdateMessage { message: message.id }).await?;
        Ok(true)
    }
}
