//! What we owe the outside: enqueue, take, settle.

use std::time::Duration;

use sqlx::any::AnyRow;

use super::{Column as _, Result, Store, StoreError, Tx};
use crate::domain::desk::DeskName;
use crate::domain::effect::{Effect, FREE_RANK, Lane, Outside, Place, Urgency};
use crate::domain::ids::{ConversationId, EffectId, MessageId};
use crate::domain::pause::SUSPECTS;
use crate::domain::time::Timestamp;

/// An effect whose attempt has begun: only its holder may settle it, and only this attempt.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub id: EffectId,
    pub effect: Effect,
    /// Where it has to be let in, if it is for Discord.
    pub place: Option<String>,
    /// From 1.
    pub number: i64,
    /// When the first attempt began.
    pub first_begun: Timestamp,
    /// How many refusals were this one's own.
    pub faults: i64,
    holder: String,
}

/// What waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// How many effects.
    pub due: i64,
    /// Since when the oldest of them has been owed.
    pub oldest: Option<Timestamp>,
}

impl Store {
    /// What is owed and not done: what is due, and what was tried and waits for its next try. The oldest counts from when it
    /// was first owed, not from its next try.
    pub async fn outbox_owed(&self, now: Timestamp) -> Result<Backlog> {
        let mut tx = self.read().await?;
        let row = sqlx::query(
            "SELECT COUNT(*) AS due, MIN(CASE WHEN attempts = 0 THEN due ELSE created END) AS oldest FROM outbox \
             WHERE done IS NULL AND dead IS NULL AND (due <= $1 OR attempts > 0)",
        )
        .bind(now.0)
        .fetch_one(tx.db())
        .await?;
        Ok(Backlog { due: row.int("due")?, oldest: row.maybe_time("oldest")? })
    }

    /// What is due now and not done.
    pub async fn outbox_backlog(&self, now: Timestamp) -> Result<Backlog> {
        let mut tx = self.read().await?;
        let row = sqlx::query(
            "SELECT COUNT(*) AS due, MIN(due) AS oldest FROM outbox WHERE done IS NULL AND dead IS NULL AND due <= $1",
        )
        .bind(now.0)
        .fetch_one(tx.db())
        .await?;
        Ok(Backlog { due: row.int("due")?, oldest: row.maybe_time("oldest")? })
    }
}

/// Adds an effect, due at `due`. If one with the same key waits already, that one will do; it becomes due at the
/// earlier time, unless it waits for another try.
pub async fn enqueue(tx: &mut Tx, lane: Lane, effect: &Effect, now: Timestamp, due: Timestamp) -> Result<()> {
    let json = to_json(effect)?;
    let conversation = match lane {
        Lane::Discord(conversation) => Some(conversation.to_string()),
        _ => None,
    };
    let place = effect.place().map(Place::as_stored);
    sqlx::query(
        "INSERT INTO outbox (outside, lane, precedence, dedupe, effect, created, due, attempts, place) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, CASE WHEN $9 IS NULL THEN $8 ELSE ( \
             SELECT CASE WHEN $8 = 'thread' AND c.threadless IS NOT NULL THEN 'post' ELSE $8 END || ':' || c.desk \
             FROM conversations c WHERE c.id = $9) END) \
         ON CONFLICT (dedupe) WHERE done IS NULL AND dead IS NULL AND begun IS NULL DO UPDATE SET due = \
             CASE WHEN outbox.attempts = 0 AND excluded.due < outbox.due THEN excluded.due ELSE outbox.due END",
    )
    .bind(effect.outside().as_stored())
    .bind(lane.to_string())
    .bind(effect.rank())
    .bind(effect.key())
    .bind(json)
    .bind(now.0)
    .bind(due.0)
    .bind(place)
    .bind(conversation)
    .execute(tx.db())
    .await?;
    Ok(())
}

/// An SMS on its way into the outbox.
#[derive(Clone, Copy, Debug)]
pub struct Sending<'a> {
    pub desk: &'a DeskName,
    pub urgency: Urgency,
}

/// Texts to one customer take their turns this far apart, where others wait too.
const TURNS_APART: Duration = Duration::from_secs(1);

/// Adds the effect that sends an SMS, due now, and to leave until `send_by`. What a person waits for brings along what has
/// to leave before it to the same customer.
pub async fn enqueue_sms(
    tx: &mut Tx,
    lane: Lane,
    effect: &Effect,
    sending: Sending<'_>,
    now: Timestamp,
    send_by: Timestamp,
) -> Result<()> {
    enqueue(tx, lane, effect, now, now).await?;
    let row = sqlx::query(
        "SELECT MAX(turn) AS last FROM outbox WHERE lane = $1 AND done IS NULL AND dead IS NULL AND turn > 0",
    )
    .bind(lane.to_string())
    .fetch_one(tx.db())
    .await?;
    let turn = row.maybe_time("last")?.map_or(now, |last| now.max(last.plus(TURNS_APART)));
    sqlx::query(
        "UPDATE outbox SET queue = $2, urgency = $3, turn = $4, send_by = $5 \
         WHERE dedupe = $1 AND done IS NULL AND dead IS NULL AND begun IS NULL",
    )
    .bind(effect.key())
    .bind(sending.desk.0.as_str())
    .bind(sending.urgency.as_stored())
    .bind(turn.0)
    .bind(send_by.0)
    .execute(tx.db())
    .await?;
    if sending.urgency == Urgency::Awaited {
        sqlx::query(
            "UPDATE outbox SET urgency = $2 WHERE lane = $1 AND urgency > $2 AND done IS NULL AND dead IS NULL",
        )
        .bind(lane.to_string())
        .bind(sending.urgency.as_stored())
        .execute(tx.db())
        .await?;
    }
    Ok(())
}

/// Whether an effect may begin: it is due, and nothing in its lane comes before it.
///
/// Within a lane nothing overtakes: a card, its thread and the posts go one by one. Edits ([`FREE_RANK`] and above) wait
/// for all of these, and for those edits before them that are due.
///
/// Not NOT EXISTS: PostgreSQL makes a join of it, and without fresh statistics one that reads all that waits again for
/// each effect. This looks into the effect's own lane, and no further than to the first that holds it back.
///
/// [`FREE_RANK`]: crate::domain::effect::FREE_RANK
macro_rules! free {
    ($head:literal, $tail:literal) => {
        concat!(
            $head,
            " AND o.due <= $1 AND o.done IS NULL AND o.dead IS NULL AND o.begun IS NULL \
             AND (SELECT b.id FROM outbox b WHERE b.lane = o.lane AND b.done IS NULL AND b.dead IS NULL \
                 AND (b.begun IS NOT NULL \
                      OR ((b.precedence < 3 OR b.due <= $1) \
                          AND (b.precedence < o.precedence OR (b.precedence = o.precedence AND b.id < o.id)))) \
                 LIMIT 1) IS NULL ",
            $tail
        )
    };
}

/// Begins attempts towards Discord: commits to `limit` effects at most, one of a lane, which are then leased until
/// `lease`. What is due longest comes first; that is the order of the index, so that few effects are looked at, however
/// many wait.
pub async fn begin(tx: &mut Tx, holder: &str, now: Timestamp, lease: Timestamp, limit: i64) -> Result<Vec<Attempt>> {
    let due = due(tx, now, &Closed::default(), limit).await?;
    let mut begun = Vec::with_capacity(due.len());
    for due in due {
        begun.extend(begin_one(tx, due.id, holder, now, lease).await?);
    }
    Ok(begun)
}

/// What is not to begin now, although it is due.
#[derive(Clone, Debug)]
pub struct Closed {
    /// Each between bars, as are the lanes.
    places: String,
    lanes: String,
    /// The bot's token is refused: only the answers to interactions need none.
    pub all_but_answers: bool,
}

impl Default for Closed {
    fn default() -> Self {
        Self { places: "|".to_owned(), lanes: "|".to_owned(), all_but_answers: false }
    }
}

impl Closed {
    /// Nothing begins at this place.
    pub fn place(&mut self, place: &str) {
        if !self.holds(place) {
            self.places.push_str(place);
            self.places.push('|');
        }
    }

    /// Nothing of this lane begins in its thread.
    pub fn lane(&mut self, lane: &str) {
        self.lanes.push_str(lane);
        self.lanes.push('|');
    }

    /// Whether nothing begins at this place.
    #[must_use]
    pub fn holds(&self, place: &str) -> bool {
        self.places.contains(&format!("|{place}|"))
    }
}

/// An effect towards Discord that may begin.
#[derive(Clone, Debug)]
pub struct Due {
    pub id: EffectId,
    pub lane: String,
    /// Where it has to be let in.
    pub place: Option<String>,
}

/// The effects towards Discord that may begin, one of a lane, but for what is closed. What is due longest comes first.
pub async fn due(tx: &mut Tx, now: Timestamp, closed: &Closed, limit: i64) -> Result<Vec<Due>> {
    let rows = sqlx::query(free!(
        "SELECT o.id, o.lane, o.place FROM outbox o WHERE o.outside = 'discord' \
         AND ($5 = 0 OR o.place = 'answer') \
         AND REPLACE($3, '|' || COALESCE(o.place, '') || '|', '') = $3 \
         AND (COALESCE(o.place, '') NOT LIKE 'thread:%' OR REPLACE($4, '|' || o.lane || '|', '') = $4)",
        "ORDER BY o.due, o.id LIMIT $2"
    ))
    .bind(now.0)
    .bind(limit)
    .bind(closed.places.as_str())
    .bind(closed.lanes.as_str())
    .bind(i64::from(closed.all_but_answers))
    .fetch_all(tx.db())
    .await?;
    rows.iter()
        .map(|row| Ok(Due { id: EffectId(row.int("id")?), lane: row.text("lane")?, place: row.maybe_text("place")? }))
        .collect()
}

/// The SMS whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextSms {
    pub id: EffectId,
    /// `None` where the effect cannot be read: it was written by another version.
    pub message: Option<MessageId>,
    /// Until when it is to have left.
    pub send_by: Option<Timestamp>,
}

/// Which of those that wait.
#[derive(Clone, Copy, Debug, Default)]
pub struct Which {
    /// Not these.
    pub but: [Option<MessageId>; SUSPECTS],
    /// Only what was never tried.
    pub fresh: bool,
}

/// The SMS whose turn it is among a desk's of this urgency. Its customer has to be locked before it is [begun](begin_one).
pub async fn next_sms(tx: &mut Tx, sending: Sending<'_>, which: Which, now: Timestamp) -> Result<Option<NextSms>> {
    let [first, second] =
        which.but.map(|message| message.and_then(|message| Effect::SendSms { message }.key()).unwrap_or_default());
    let row = sqlx::query(free!(
        "SELECT o.id, o.effect, o.send_by FROM outbox o WHERE o.queue = $2 AND o.urgency = $3 \
         AND o.dedupe NOT IN ($4, $5) AND ($6 = 0 OR o.attempts = 0)",
        "ORDER BY o.turn, o.id LIMIT 1"
    ))
    .bind(now.0)
    .bind(sending.desk.0.as_str())
    .bind(sending.urgency.as_stored())
    .bind(first)
    .bind(second)
    .bind(i64::from(which.fresh))
    .fetch_optional(tx.db())
    .await?;
    row.as_ref().map(sms).transpose()
}

/// SMS that were to have left by now and wait, `limit` at most, of whichever desk.
pub async fn too_late(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<NextSms>> {
    let rows = sqlx::query(
        "SELECT id, effect, send_by FROM outbox WHERE send_by IS NOT NULL AND send_by <= $1 \
         AND done IS NULL AND dead IS NULL AND begun IS NULL ORDER BY send_by, id LIMIT $2",
    )
    .bind(now.0)
    .bind(limit)
    .fetch_all(tx.db())
    .await?;
    rows.iter().map(sms).collect()
}

/// Ends an SMS that waits and was to have left by now; false where it does not wait any more.
pub async fn end_too_late(tx: &mut Tx, id: EffectId, now: Timestamp) -> Result<bool> {
    let ended = sqlx::query(
        "UPDATE outbox SET done = $2, error = 'too late' WHERE id = $1 AND send_by <= $2 \
         AND done IS NULL AND dead IS NULL AND begun IS NULL",
    )
    .bind(id.0)
    .bind(now.0)
    .execute(tx.db())
    .await?;
    Ok(ended.rows_affected() == 1)
}

/// How many SMS wait for a desk, and when the first of them is to have left.
pub async fn waiting_of(tx: &mut Tx, desk: &DeskName) -> Result<(i64, Option<Timestamp>)> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS waiting, MIN(send_by) AS first FROM outbox \
         WHERE queue = $1 AND done IS NULL AND dead IS NULL AND begun IS NULL",
    )
    .bind(desk.0.as_str())
    .fetch_one(tx.db())
    .await?;
    Ok((row.int("waiting")?, row.maybe_time("first")?))
}

/// Why an effect towards Discord was put aside: its desk is not configured, perhaps by mistake. It is taken up again when
/// the desk is back.
pub const WITHOUT_DESK: &str = "its desk is not configured";

/// An effect that was put aside for [`WITHOUT_DESK`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithoutDesk {
    pub id: EffectId,
    pub desk: DeskName,
}

/// What was put aside because its desk was not configured: `limit` effects after the one with the id `after`.
pub async fn without_desk(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<WithoutDesk>> {
    let rows = sqlx::query(
        "SELECT o.id, c.desk FROM outbox o JOIN conversations c ON c.id = substr(o.lane, 9) \
         WHERE o.dead IS NOT NULL AND o.error = 'its desk is not configured' AND o.id > $1 ORDER BY o.id LIMIT $2",
    )
    .bind(after)
    .bind(limit)
    .fetch_all(tx.db())
    .await?;
    rows.iter().map(|row| Ok(WithoutDesk { id: EffectId(row.int("id")?), desk: DeskName(row.text("desk")?) })).collect()
}

/// Makes an effect that was put aside due again. If one with the same key waits already, that one will do.
pub async fn take_up(tx: &mut Tx, id: EffectId, now: Timestamp) -> Result<()> {
    let taken_up = sqlx::query(
        "UPDATE outbox SET dead = NULL, error = NULL, first_begun = NULL, due = $2 WHERE id = $1 AND NOT EXISTS ( \
             SELECT 1 FROM outbox b WHERE b.dedupe = outbox.dedupe \
             AND b.done IS NULL AND b.dead IS NULL AND b.begun IS NULL)",
    )
    .bind(id.0)
    .bind(now.0)
    .execute(tx.db())
    .await?;
    if taken_up.rows_affected() == 0 {
        sqlx::query("UPDATE outbox SET dead = NULL, error = 'another like it waits', done = $2 WHERE id = $1")
            .bind(id.0)
            .bind(now.0)
            .execute(tx.db())
            .await?;
    }
    Ok(())
}

/// Gives up on an effect that cannot be done by this version, and keeps it for a person. It holds nobody up.
pub async fn bury(tx: &mut Tx, id: EffectId, why: &str, now: Timestamp) -> Result<()> {
    sqlx::query(
        "UPDATE outbox SET dead = $2, begun = NULL, lease = NULL, error = $3 \
         WHERE id = $1 AND done IS NULL AND dead IS NULL",
    )
    .bind(id.0)
    .bind(now.0)
    .bind(why)
    .execute(tx.db())
    .await?;
    Ok(())
}

/// Counts a refusal as the message's own, and returns how many there were.
pub async fn count_fault(tx: &mut Tx, id: EffectId) -> Result<i64> {
    let row = sqlx::query("UPDATE outbox SET faults = faults + 1 WHERE id = $1 RETURNING faults")
        .bind(id.0)
        .fetch_one(tx.db())
        .await?;
    row.int("faults")
}

/// An SMS that waits need not leave any more: it was sent, as its receipt says.
pub async fn drop_waiting(tx: &mut Tx, message: MessageId, why: &str, now: Timestamp) -> Result<()> {
    sqlx::query(
        "UPDATE outbox SET done = $2, error = $3 \
         WHERE dedupe = $1 AND done IS NULL AND dead IS NULL AND begun IS NULL",
    )
    .bind(Effect::SendSms { message }.key())
    .bind(now.0)
    .bind(why)
    .execute(tx.db())
    .await?;
    Ok(())
}

/// Where a list of waiting SMS goes on.
#[derive(Clone, Copy, Debug, Default)]
pub struct After {
    turn: i64,
    id: i64,
}

/// The messages whose SMS waits at a desk, in the order in which they leave, `limit` at most; and where the list goes on.
pub async fn waiting_sms(
    tx: &mut Tx,
    sending: Sending<'_>,
    after: After,
    limit: i64,
) -> Result<(Vec<MessageId>, Option<After>)> {
    let rows = sqlx::query(
        "SELECT id, turn, effect FROM outbox WHERE queue = $1 AND urgency = $2 AND (turn, id) > ($3, $4) \
         AND done IS NULL AND dead IS NULL AND begun IS NULL ORDER BY turn, id LIMIT $5",
    )
    .bind(sending.desk.0.as_str())
    .bind(sending.urgency.as_stored())
    .bind(after.turn)
    .bind(after.id)
    .bind(limit)
    .fetch_all(tx.db())
    .await?;
    let last = rows.last().map(|row| Ok::<_, StoreError>(After { turn: row.int("turn")?, id: row.int("id")? }));
    let mut messages = Vec::with_capacity(rows.len());
    for row in &rows {
        // What cannot be read is buried when its turn comes.
        if let Ok(Effect::SendSms { message }) = serde_json::from_str(&row.text("effect")?) {
            messages.push(message);
        }
    }
    Ok((messages, last.transpose()?))
}

/// Lets others go first.
pub async fn give_up_turn(tx: &mut Tx, id: EffectId, now: Timestamp) -> Result<()> {
    sqlx::query("UPDATE outbox SET turn = $2 WHERE id = $1").bind(id.0).bind(now.0).execute(tx.db()).await?;
    Ok(())
}

/// `None` where it is begun or over already, or cannot be read (it was written by another version): then it is kept as a
/// dead letter, and holds nobody up, once this is committed.
pub async fn begin_one(
    tx: &mut Tx,
    id: EffectId,
    holder: &str,
    now: Timestamp,
    lease: Timestamp,
) -> Result<Option<Attempt>> {
    let row = sqlx::query(
        "UPDATE outbox SET begun = $2, first_begun = COALESCE(first_begun, $2), attempts = attempts + 1, \
         lease = $3, holder = $4 WHERE id = $1 AND begun IS NULL AND done IS NULL AND dead IS NULL \
         RETURNING id, effect, place, attempts, first_begun, faults",
    )
    .bind(id.0)
    .bind(now.0)
    .bind(lease.0)
    .bind(holder)
    .fetch_optional(tx.db())
    .await?;
    let Some(row) = row else { return Ok(None) };
    match attempt(&row, holder) {
        Ok(attempt) => Ok(Some(attempt)),
        Err(StoreError::Corrupt(column)) => {
            tracing::error!(effect = %id, column, "an effect of another version is a dead letter now");
            bury(tx, id, "cannot be read", now).await?;
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing more to do. `remark` says so where it was not simply done.
    Done { remark: Option<String> },
    /// To be tried again at `due`, in its old place.
    Again { due: Timestamp, why: String },
    /// As another effect in its place, such as the same with a fresh nonce; its attempts still count.
    Anew { effect: Effect, due: Timestamp },
    /// Given up on, and kept for a person.
    Dead { why: String },
}

/// Records how an attempt ended. False if the lease was lost and somebody else has settled or begun it since.
pub async fn settle(tx: &mut Tx, attempt: &Attempt, end: &End, now: Timestamp) -> Result<bool> {
    let query = match end {
        End::Done { remark } => sqlx::query(
            "UPDATE outbox SET done = $4, begun = NULL, lease = NULL, error = $5 \
             WHERE id = $1 AND holder = $2 AND attempts = $3 AND begun IS NOT NULL AND done IS NULL AND dead IS NULL",
        )
        .bind(attempt.id.0)
        .bind(attempt.holder.as_str())
        .bind(attempt.number)
        .bind(now.0)
        .bind(remark.as_deref()),
        End::Dead { why } => sqlx::query(
            "UPDATE outbox SET dead = $4, begun = NULL, lease = NULL, error = $5 \
             WHERE id = $1 AND holder = $2 AND attempts = $3 AND begun IS NOT NULL AND done IS NULL AND dead IS NULL",
        )
        .bind(attempt.id.0)
        .bind(attempt.holder.as_str())
        .bind(attempt.number)
        .bind(now.0)
        .bind(why.as_str()),
        End::Again { due, why } => {
            // A newer one with the same key may have come to wait meanwhile: it makes this one needless.
            let newer = newer_waits(tx, attempt.id, &attempt.effect).await?;
            sqlx::query(
                "UPDATE outbox SET begun = NULL, lease = NULL, due = $4, error = $5, done = $6 \
                 WHERE id = $1 AND holder = $2 AND attempts = $3 AND begun IS NOT NULL AND done IS NULL AND dead IS NULL",
            )
            .bind(attempt.id.0)
            .bind(attempt.holder.as_str())
            .bind(attempt.number)
            .bind(due.0)
            .bind(why.as_str())
            .bind(newer.then_some(now.0))
        }
        End::Anew { effect, due } => {
            let json = to_json(effect)?;
            let newer = newer_waits(tx, attempt.id, effect).await?;
            // Its place is the same: only posts are made anew as themselves, and edits as posts, in a thread.
            sqlx::query(
                "UPDATE outbox SET begun = NULL, lease = NULL, first_begun = NULL, due = $4, \
                 effect = $5, precedence = $6, dedupe = $7, done = $8 \
                 WHERE id = $1 AND holder = $2 AND attempts = $3 AND begun IS NOT NULL AND done IS NULL AND dead IS NULL",
            )
            .bind(attempt.id.0)
            .bind(attempt.holder.as_str())
            .bind(attempt.number)
            .bind(due.0)
            .bind(json)
            .bind(effect.rank())
            .bind(effect.key())
            .bind(newer.then_some(now.0))
        }
    };
    Ok(query.execute(tx.db()).await?.rows_affected() == 1)
}

/// Attempts that began and were never settled: all of them at the start of a process, later those whose lease is over.
pub async fn abandoned(tx: &mut Tx, lease_before: Option<Timestamp>) -> Result<Vec<EffectId>> {
    let rows = sqlx::query(
        "SELECT id FROM outbox WHERE begun IS NOT NULL AND done IS NULL AND dead IS NULL AND lease < $1 ORDER BY id",
    )
    .bind(lease_before.map_or(i64::MAX, |time| time.0))
    .fetch_all(tx.db())
    .await?;
    rows.iter().map(|row| Ok(EffectId(row.int("id")?))).collect()
}

/// An attempt whose lease is over, as for [`abandoned`]; `None` where it was settled or begun anew meanwhile.
///
/// # Errors
/// [`StoreError::Corrupt`] where the effect was written by another version.
pub async fn under_way(tx: &mut Tx, id: EffectId, lease_before: Option<Timestamp>) -> Result<Option<Attempt>> {
    let row = sqlx::query(
        "SELECT id, effect, place, attempts, first_begun, faults, holder FROM outbox \
         WHERE id = $1 AND begun IS NOT NULL AND done IS NULL AND dead IS NULL AND lease < $2",
    )
    .bind(id.0)
    .bind(lease_before.map_or(i64::MAX, |time| time.0))
    .fetch_optional(tx.db())
    .await?;
    row.map(|row| attempt(&row, &row.text("holder")?)).transpose()
}

/// After all ranks that effects have of themselves.
const LAST_RANK: i64 = FREE_RANK + 2;

/// The effect holds up nothing of its lane any more; what was to go into the thread goes into the channel.
pub async fn let_pass(tx: &mut Tx, lane: Lane, effect: &Effect) -> Result<()> {
    sqlx::query("UPDATE outbox SET precedence = $2 WHERE dedupe = $1 AND done IS NULL AND dead IS NULL")
        .bind(effect.key())
        .bind(LAST_RANK)
        .execute(tx.db())
        .await?;
    sqlx::query(
        "UPDATE outbox SET place = 'post' || substr(place, 7) \
         WHERE lane = $1 AND place LIKE 'thread:%' AND done IS NULL AND dead IS NULL",
    )
    .bind(lane.to_string())
    .execute(tx.db())
    .await?;
    Ok(())
}

/// The conversations of a desk that have a card and wait for their thread, holding up what is to stand in it.
pub async fn waiting_to_open(tx: &mut Tx, desk: &DeskName, now: Timestamp, limit: i64) -> Result<Vec<ConversationId>> {
    let rows = sqlx::query(
        "SELECT c.id FROM outbox o JOIN conversations c ON c.id = substr(o.lane, 9) \
         WHERE o.place = $1 AND o.precedence = 1 AND o.due <= $2 AND o.done IS NULL AND o.dead IS NULL \
         AND o.begun IS NULL AND c.card IS NOT NULL AND c.thread IS NULL ORDER BY o.due LIMIT $3",
    )
    .bind(format!("{}:{desk}", Place::Open.as_stored()))
    .bind(now.0)
    .bind(limit)
    .fetch_all(tx.db())
    .await?;
    rows.iter().map(|row| row.parsed("id")).collect()
}

/// Whether a notice with this key was told, or waits to be, between `since` and `now`. What was told later than now was told
/// by a clock that was wrong.
pub async fn told_since(tx: &mut Tx, key: &str, since: Timestamp, now: Timestamp) -> Result<bool> {
    let row = sqlx::query("SELECT COUNT(*) AS told FROM outbox WHERE dedupe = $1 AND created > $2 AND created <= $3")
        .bind(key)
        .bind(since.0)
        .bind(now.0)
        .fetch_one(tx.db())
        .await?;
    Ok(row.int("told")? > 0)
}

/// Makes due now what would be tried again `within` a short time: the outside is back. What waits longer waits for
/// something else, and what was refused for its own sake keeps its pause.
pub async fn hurry(tx: &mut Tx, outside: Outside, within: Duration, now: Timestamp) -> Result<()> {
    sqlx::query(
        "UPDATE outbox SET due = $2 WHERE outside = $1 AND due > $2 AND due <= $3 AND attempts > 0 \
         AND faults = 0 AND done IS NULL AND dead IS NULL AND begun IS NULL",
    )
    .bind(outside.as_stored())
    .bind(now.0)
    .bind(now.plus(within).0)
    .execute(tx.db())
    .await?;
    Ok(())
}

/// An effect that waits for its next attempt may leave now.
pub async fn hurry_one(tx: &mut Tx, id: EffectId, now: Timestamp) -> Result<()> {
    sqlx::query(
        "UPDATE outbox SET due = $2 WHERE id = $1 AND due > $2 AND done IS NULL AND dead IS NULL AND begun IS NULL",
    )
    .bind(id.0)
    .bind(now.0)
    .execute(tx.db())
    .await?;
    Ok(())
}

/// Drops what was done before `before`, [`BATCH`] at most, the oldest first. Returns how many there were.
///
/// [`BATCH`]: super::BATCH
pub async fn prune(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    let dropped =
        sqlx::query("DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE done < $1 ORDER BY done LIMIT 200)")
            .bind(before.0)
            .execute(tx.db())
            .await?;
    Ok(dropped.rows_affected())
}

/// Drops what was given up on before `before`, [`BATCH`] at most. Returns how many there were.
///
/// [`BATCH`]: super::BATCH
pub async fn prune_dead(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    let dropped =
        sqlx::query("DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE dead < $1 ORDER BY dead LIMIT 200)")
            .bind(before.0)
            .execute(tx.db())
            .await?;
    Ok(dropped.rows_affected())
}

/// How many effects are neither done nor dead, and how many are dead.
pub async fn counts(tx: &mut Tx) -> Result<(i64, i64)> {
    let row = sqlx::query(
        "SELECT (SELECT COUNT(*) FROM outbox WHERE done IS NULL AND dead IS NULL) AS waiting, \
         (SELECT COUNT(*) FROM outbox WHERE dead IS NOT NULL) AS dead",
    )
    .fetch_one(tx.db())
    .await?;
    Ok((row.int("waiting")?, row.int("dead")?))
}

/// The effects that were given up on, oldest first, each with the reason.
pub async fn dead_letters(tx: &mut Tx) -> Result<Vec<(Effect, String)>> {
    let rows =
        sqlx::query("SELECT effect, error FROM outbox WHERE dead IS NOT NULL ORDER BY id").fetch_all(tx.db()).await?;
    rows.iter()
        .map(|row| {
            let effect =
                serde_json::from_str(&row.text("effect")?).map_err(|_| StoreError::Corrupt("outbox.effect"))?;
            Ok((effect, row.maybe_text("error")?.unwrap_or_default()))
        })
        .collect()
}

async fn newer_waits(tx: &mut Tx, than: EffectId, effect: &Effect) -> Result<bool> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS waiting FROM outbox \
         WHERE dedupe = $1 AND id <> $2 AND done IS NULL AND dead IS NULL AND begun IS NULL",
    )
    .bind(effect.key())
    .bind(than.0)
    .fetch_one(tx.db())
    .await?;
    Ok(row.int("waiting")? > 0)
}

fn sms(row: &AnyRow) -> Result<NextSms> {
    let message = match serde_json::from_str(&row.text("effect")?) {
        Ok(Effect::SendSms { message }) => Some(message),
        Ok(_) | Err(_) => None,
    };
    Ok(NextSms { id: EffectId(row.int("id")?), message, send_by: row.maybe_time("send_by")? })
}

fn attempt(row: &AnyRow, holder: &str) -> Result<Attempt> {
    Ok(Attempt {
        id: EffectId(row.int("id")?),
        effect: serde_json::from_str(&row.text("effect")?).map_err(|_| StoreError::Corrupt("outbox.effect"))?,
        place: row.maybe_text("place")?,
        number: row.int("attempts")?,
        first_begun: row.time("first_begun")?,
        faults: row.int("faults")?,
        holder: holder.to_owned(),
    })
}

fn to_json(effect: &Effect) -> Result<String> {
    serde_json::to_string(effect).map_err(|_| StoreError::Corrupt("outbox.effect"))
}
