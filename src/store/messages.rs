//! Messages and their parts.

use std::time::Duration;

use sqlx::any::AnyRow;

use super::sent_parts::Sender;
use super::{Column as _, Result, StoreError, Tx, if_readable};
use crate::domain::delivery::{Part, PartState};
use crate::domain::ids::{
    ChannelId, ConversationId, CustomerId, DiscordMessageId, MessageId, ProviderMessageId, UserId,
};
use crate::domain::limits::Recent;
use crate::domain::message::{Decision, Failure, Kind, Message, State};
use crate::domain::time::Timestamp;
use crate::domain::webhook::Price;

/// A message before it has its number.
#[derive(Clone, Debug)]
pub struct NewMessage {
    pub id: MessageId,
    pub conversation: ConversationId,
    pub kind: Kind,
    pub author: Option<UserId>,
    pub text: String,
    pub remark: Option<String>,
    pub parts: u32,
    /// When the customer said it, where it came late.
    pub said: Option<Timestamp>,
}

/// Adds a message under the conversation's next number, which it returns, and marks the conversation as active.
/// Inbound ones are received, outbound ones queued.
pub async fn add(tx: &mut Tx, message: &NewMessage, now: Timestamp) -> Result<i64> {
    let row = sqlx::query(
        "UPDATE conversations SET last_message = last_message + 1, active = $2 WHERE id = $1 RETURNING last_message, desk",
    )
    .bind(message.conversation.to_string())
    .bind(now.0)
    .fetch_one(tx.db())
    .await?;
    let number = row.int("last_message")?;
    let state = match message.kind {
        Kind::Inbound(_) => State::Received,
        Kind::Outbound(_) => State::Queued,
    };
    if matches!(message.kind, Kind::Outbound(_)) {
        let (desk, agent) = (row.text("desk")?, message.author.map(|author| author.to_string()));
        tx.sent.add(Sender { desk: &desk, agent: agent.as_deref(), at: now }, i64::from(message.parts));
    }
    sqlx::query(
        "INSERT INTO messages (id, conversation, number, direction, kind, author, text, state, remark, parts, created, changed, \
         said) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12)",
    )
    .bind(message.id.to_string())
    .bind(message.conversation.to_string())
    .bind(number)
    .bind(message.kind.direction())
    .bind(message.kind.as_stored())
    .bind(message.author.map(|author| author.to_string()))
    .bind(message.text.as_str())
    .bind(state.as_stored())
    .bind(message.remark.as_deref())
    .bind(i64::from(message.parts))
    .bind(now.0)
    .bind(message.said.map(|said| said.0))
    .execute(tx.db())
    .await?;
    Ok(number)
}

pub async fn get(tx: &mut Tx, id: MessageId) -> Result<Option<Message>> {
    let row = sqlx::query("SELECT * FROM messages WHERE id = $1").bind(id.to_string()).fetch_optional(tx.db()).await?;
    row.as_ref().map(from_row).transpose()
}

/// The newest texts to the customer of a conversation, as many as anybody reacts to.
pub async fn newest_outbound_texts(tx: &mut Tx, conversation: ConversationId) -> Result<Vec<String>> {
    let rows =
        sqlx::query("SELECT direction, text FROM messages WHERE conversation = $1 ORDER BY number DESC LIMIT 32")
            .bind(conversation.to_string())
            .fetch_all(tx.db())
            .await?;
    let mut texts = Vec::new();
    for row in rows {
        if row.text("direction")? == "outbound" {
            texts.push(row.text("text")?);
        }
    }
    Ok(texts)
}

/// The newest message of a conversation.
pub async fn newest(tx: &mut Tx, conversation: ConversationId) -> Result<Option<MessageId>> {
    let row = sqlx::query("SELECT id FROM messages WHERE conversation = $1 ORDER BY number DESC LIMIT 1")
        .bind(conversation.to_string())
        .fetch_optional(tx.db())
        .await?;
    row.map(|row| row.parsed("id")).transpose()
}

/// The outbound messages of a conversation that changed since, oldest first; without those that cannot be read.
pub async fn changed_since(tx: &mut Tx, conversation: ConversationId, since: Timestamp) -> Result<Vec<Message>> {
    let rows = sqlx::query(
        "SELECT * FROM messages WHERE conversation = $1 AND direction = 'outbound' AND changed >= $2 ORDER BY number",
    )
    .bind(conversation.to_string())
    .bind(since.0)
    .fetch_all(tx.db())
    .await?;
    rows.iter().filter_map(|row| if_readable(from_row(row).map(Some)).transpose()).collect()
}

/// The newest message in trouble that nobody has decided about, and somebody can.
pub async fn in_trouble(tx: &mut Tx, conversation: ConversationId) -> Result<Option<Message>> {
    let row = sqlx::query(
        "SELECT * FROM messages WHERE conversation = $1 AND state IN ('failed', 'unconfirmed') \
         AND COALESCE(failure, '') NOT IN ('opted_out', 'blocked', 'unreachable', 'country') \
         AND decision IS NULL AND kind NOT IN ('consent_answer', 'start_answer') ORDER BY number DESC LIMIT 1",
    )
    .bind(conversation.to_string())
    .fetch_optional(tx.db())
    .await?;
    row.as_ref().map(from_row).transpose()
}

/// Whether a message of a closed conversation of this customer came to grief after the closing, and nobody has decided about
/// it. One that stays unconfirmed for `unconfirmed_after` does so then.
pub async fn any_in_trouble_since_closing(
    tx: &mut Tx,
    customer: CustomerId,
    unconfirmed_after: Duration,
) -> Result<bool> {
    let row = sqlx::query(
        "SELECT 1 FROM conversations c JOIN messages m ON m.conversation = c.id WHERE c.customer = $1 \
         AND m.state IN ('failed', 'unconfirmed') \
         AND COALESCE(m.failure, '') NOT IN ('opted_out', 'blocked', 'unreachable', 'country') \
         AND m.decision IS NULL AND m.kind NOT IN ('consent_answer', 'start_answer') \
         AND m.changed + CASE WHEN m.state = 'unconfirmed' THEN $2 ELSE 0 END >= c.closed LIMIT 1",
    )
    .bind(customer.0)
    .bind(i64::try_from(unconfirmed_after.as_millis()).unwrap_or(i64::MAX / 2))
    .fetch_optional(tx.db())
    .await?;
    Ok(row.is_some())
}

/// All messages of a conversation, in order.
pub async fn of_conversation(tx: &mut Tx, conversation: ConversationId) -> Result<Vec<Message>> {
    let rows = sqlx::query("SELECT * FROM messages WHERE conversation = $1 ORDER BY number")
        .bind(conversation.to_string())
        .fetch_all(tx.db())
        .await?;
    rows.iter().map(from_row).collect()
}

/// The newest outbound message that says the same to a customer between `since` and `now`: by template, or by text. What is
/// dated later than now was written by a clock that was wrong.
pub async fn same_since(
    tx: &mut Tx,
    customer: CustomerId,
    template: Option<&str>,
    text: &str,
    since: Timestamp,
    now: Timestamp,
) -> Result<Option<Message>> {
    let row = sqlx::query(
        "SELECT m.* FROM messages m JOIN conversations c ON c.id = m.conversation \
         WHERE c.customer = $1 AND m.created > $2 AND m.created <= $5 AND m.state <> 'failed' \
         AND ((m.kind = 'notification' AND m.remark = $3) OR (m.kind IN ('notification', 'reply', 'own_text') AND m.text = $4)) \
         ORDER BY m.created DESC, m.number DESC LIMIT 1",
    )
    .bind(customer.0)
    .bind(since.0)
    .bind(template)
    .bind(text)
    .bind(now.0)
    .fetch_optional(tx.db())
    .await?;
    row.as_ref().map(from_row).transpose()
}

/// Whether the customer asked for help after `since`, and not later than now.
pub async fn asked_for_help_since(tx: &mut Tx, customer: CustomerId, since: Timestamp, now: Timestamp) -> Result<bool> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS texts FROM messages m JOIN conversations c ON c.id = m.conversation \
         WHERE c.customer = $1 AND m.kind = 'help' AND m.created > $2 AND m.created <= $3",
    )
    .bind(customer.0)
    .bind(since.0)
    .bind(now.0)
    .fetch_one(tx.db())
    .await?;
    Ok(row.int("texts")? > 0)
}

/// Whether an agent's own text left for the customer after `after`. A text that never began to leave, or failed,
/// does not count: the customer cannot be answering it.
pub async fn agent_text_since(tx: &mut Tx, customer: CustomerId, after: MessageId) -> Result<bool> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS texts FROM messages m JOIN conversations c ON c.id = m.conversation \
         JOIN messages n ON n.id = $2 \
         WHERE c.customer = $1 AND m.kind IN ('reply', 'own_text') AND m.state <> 'failed' \
         AND ((m.conversation <> n.conversation AND m.created > n.created) \
              OR (m.conversation = n.conversation AND m.number > n.number)) \
         AND NOT (m.state = 'queued' AND NOT EXISTS ( \
             SELECT 1 FROM outbox o WHERE o.dedupe = 'send:' || m.id AND o.begun IS NOT NULL))",
    )
    .bind(customer.0)
    .bind(after.to_string())
    .fetch_one(tx.db())
    .await?;
    Ok(row.int("texts")? > 0)
}

/// How many automatic answers a customer got, and how often they sent this very text, between `since` and `now`.
pub async fn recent(tx: &mut Tx, customer: CustomerId, text: &str, since: Timestamp, now: Timestamp) -> Result<Recent> {
    let row = sqlx::query(
        "SELECT COUNT(CASE WHEN m.kind IN ('confirmation', 'unclear', 'consent_answer', 'start_answer') THEN 1 END) \
             AS answers, \
         COUNT(CASE WHEN m.direction = 'inbound' AND m.text = $2 THEN 1 END) AS identical \
         FROM messages m JOIN conversations c ON c.id = m.conversation WHERE c.customer = $1 AND m.created > $3 \
         AND m.created <= $4",
    )
    .bind(customer.0)
    .bind(text)
    .bind(since.0)
    .bind(now.0)
    .fetch_one(tx.db())
    .await?;
    let count = |name| row.int(name).map(|count| u32::try_from(count).unwrap_or(u32::MAX));
    Ok(Recent { answers: count("answers")?, identical: count("identical")? })
}

/// Moves a message to this state. What never left does not count as sent.
pub async fn set_state(tx: &mut Tx, id: MessageId, state: State, now: Timestamp) -> Result<()> {
    let failure = match state {
        State::Failed(failure) => Some(failure),
        _ => None,
    };
    let withheld = failure.is_some_and(Failure::never_left);
    // Whether it counted before is asked only where that may change.
    let before = if withheld { counted(tx, id).await? } else { None };
    let moved = sqlx::query(
        "UPDATE messages SET state = $2, failure = $3, changed = $4 WHERE id = $1 AND (failure IS NULL OR $5 = 1)",
    )
    .bind(id.to_string())
    .bind(state.as_stored())
    .bind(failure.map(Failure::to_stored))
    .bind(now.0)
    .bind(i64::from(withheld))
    .execute(tx.db())
    .await?;
    if let Some(before) = before.filter(|before| !before.withheld) {
        tx.sent.add(before.sender(), -before.parts);
    }
    if moved.rows_affected() == 1 || withheld {
        return Ok(());
    }
    // It had failed.
    if let Some(before) = counted(tx, id).await?.filter(|before| before.withheld) {
        tx.sent.add(before.sender(), before.parts);
    }
    sqlx::query("UPDATE messages SET state = $2, failure = $3, changed = $4 WHERE id = $1")
        .bind(id.to_string())
        .bind(state.as_stored())
        .bind(failure.map(Failure::to_stored))
        .bind(now.0)
        .execute(tx.db())
        .await?;
    Ok(())
}

/// What an outbound message counts as.
struct Counted {
    desk: String,
    agent: Option<String>,
    created: Timestamp,
    parts: i64,
    /// It did not leave, and does not count.
    withheld: bool,
}

impl Counted {
    fn sender(&self) -> Sender<'_> {
        Sender { desk: &self.desk, agent: self.agent.as_deref(), at: self.created }
    }
}

async fn counted(tx: &mut Tx, id: MessageId) -> Result<Option<Counted>> {
    let row = sqlx::query(
        "SELECT m.parts, m.failure, m.author, m.created, c.desk FROM messages m \
         JOIN conversations c ON c.id = m.conversation WHERE m.id = $1 AND m.direction = 'outbound'",
    )
    .bind(id.to_string())
    .fetch_optional(tx.db())
    .await?;
    row.map(|row| {
        let failure = row.maybe_text("failure")?.and_then(|failure| Failure::from_stored(&failure));
        Ok(Counted {
            desk: row.text("desk")?,
            agent: row.maybe_text("author")?,
            created: row.time("created")?,
            parts: row.int("parts")?,
            withheld: failure.is_some_and(Failure::never_left),
        })
    })
    .transpose()
}

/// More of an inbound text has come.
pub async fn rewrite(tx: &mut Tx, id: MessageId, text: &str, remark: Option<&str>) -> Result<()> {
    sqlx::query("UPDATE messages SET text = $2, remark = $3 WHERE id = $1")
        .bind(id.to_string())
        .bind(text)
        .bind(remark)
        .execute(tx.db())
        .await?;
    Ok(())
}

/// Vonage's own count of parts.
pub async fn set_part_count(tx: &mut Tx, id: MessageId, parts: u32) -> Result<()> {
    let Some(before) = counted(tx, id).await?.filter(|before| before.parts != i64::from(parts)) else { return Ok(()) };
    if !before.withheld {
        tx.sent.add(before.sender(), i64::from(parts) - before.parts);
    }
    sqlx::query("UPDATE messages SET parts = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(i64::from(parts))
        .execute(tx.db())
        .await?;
    Ok(())
}

/// Records what an agent decided; false where it was decided before.
pub async fn decide(tx: &mut Tx, id: MessageId, decision: &Decision) -> Result<bool> {
    let done = sqlx::query("UPDATE messages SET decision = $2 WHERE id = $1 AND decision IS NULL")
        .bind(id.to_string())
        .bind(decision.to_stored())
        .execute(tx.db())
        .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn set_post(tx: &mut Tx, id: MessageId, post: Option<DiscordMessageId>) -> Result<()> {
    sqlx::query("UPDATE messages SET post = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(post.map(|post| post.to_string()))
        .execute(tx.db())
        .await?;
    Ok(())
}

/// The channel that its post stands in; `None`: the thread.
pub async fn set_shown_in(tx: &mut Tx, id: MessageId, channel: Option<ChannelId>) -> Result<()> {
    sqlx::query("UPDATE messages SET shown_in = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(channel.map(|channel| channel.to_string()))
        .execute(tx.db())
        .await?;
    Ok(())
}

/// Its post shows an old state.
pub async fn set_outdated(tx: &mut Tx, id: MessageId, since: Timestamp) -> Result<()> {
    sqlx::query("UPDATE messages SET outdated = COALESCE(outdated, $2) WHERE id = $1")
        .bind(id.to_string())
        .bind(since.0)
        .execute(tx.db())
        .await?;
    Ok(())
}

/// Whether a post of this conversation shows an old state.
pub async fn any_outdated(tx: &mut Tx, conversation: ConversationId) -> Result<bool> {
    let row = sqlx::query("SELECT id FROM messages WHERE conversation = $1 AND outdated IS NOT NULL LIMIT 1")
        .bind(conversation.to_string())
        .fetch_optional(tx.db())
        .await?;
    Ok(row.is_some())
}

/// The messages of a conversation whose posts show an old state; they count as brought up to date.
pub async fn take_outdated(tx: &mut Tx, conversation: ConversationId) -> Result<Vec<MessageId>> {
    let rows = sqlx::query(
        "UPDATE messages SET outdated = NULL WHERE conversation = $1 AND outdated IS NOT NULL RETURNING id",
    )
    .bind(conversation.to_string())
    .fetch_all(tx.db())
    .await?;
    rows.iter().map(|row| row.parsed("id")).collect()
}

/// Forgets where the messages of a conversation stood in its thread, which is gone. What stands in the channel stays.
pub async fn forget_posts(tx: &mut Tx, conversation: ConversationId) -> Result<()> {
    sqlx::query("UPDATE messages SET post = NULL, outdated = NULL WHERE conversation = $1 AND shown_in IS NULL")
        .bind(conversation.to_string())
        .execute(tx.db())
        .await?;
    Ok(())
}

/// The message that a part of this provider id belongs to.
pub async fn of_part(tx: &mut Tx, id: &ProviderMessageId) -> Result<Option<MessageId>> {
    let row = sqlx::query("SELECT message FROM parts WHERE provider_id = $1")
        .bind(id.0.as_str())
        .fetch_optional(tx.db())
        .await?;
    row.map(|row| row.parsed("message")).transpose()
}

/// What is known of a message's parts, those with a position first.
pub async fn parts(tx: &mut Tx, message: MessageId) -> Result<Vec<Part>> {
    let rows = sqlx::query(
        "SELECT position, provider_id, state, failure FROM parts WHERE message = $1 \
         ORDER BY CASE WHEN position IS NULL THEN 1 ELSE 0 END, position, id",
    )
    .bind(message.to_string())
    .fetch_all(tx.db())
    .await?;
    rows.iter()
        .map(|row| {
            let state = State::from_stored(&row.text("state")?, row.maybe_text("failure")?.as_deref())
                .and_then(PartState::from_state)
                .ok_or(StoreError::Corrupt("parts.state"))?;
            let index = row.maybe_int("position")?.map(u32::try_from).transpose();
            Ok(Part {
                index: index.map_err(|_| StoreError::Corrupt("parts.position"))?,
                provider_id: row.maybe_text("provider_id")?.map(ProviderMessageId),
                state,
            })
        })
        .collect()
}

/// Writes what is now known of one part; a part without an id is always a new one.
pub async fn put_part(tx: &mut Tx, message: MessageId, part: &Part, price: Option<Price>) -> Result<()> {
    let failure = match part.state {
        PartState::Failed(failure) => Some(failure.to_stored()),
        PartState::Sent | PartState::Delivered => None,
    };
    sqlx::query(
        "INSERT INTO parts (message, position, provider_id, state, failure, price_micros) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (provider_id) DO UPDATE SET position = COALESCE(excluded.position, parts.position), \
         state = excluded.state, failure = excluded.failure, \
         price_micros = COALESCE(excluded.price_micros, parts.price_micros)",
    )
    .bind(message.to_string())
    .bind(part.index.map(i64::from))
    .bind(part.provider_id.as_ref().map(|id| id.0.as_str()))
    .bind(part.state.as_state().as_stored())
    .bind(failure)
    .bind(price.map(|price| price.micros))
    .execute(tx.db())
    .await?;
    Ok(())
}

fn from_row(row: &AnyRow) -> Result<Message> {
    let decision = row.maybe_text("decision")?;
    Ok(Message {
        id: row.parsed("id")?,
        conversation: row.parsed("conversation")?,
        number: row.int("number")?,
        kind: Kind::from_stored(&row.text("kind")?).ok_or(StoreError::Corrupt("messages.kind"))?,
        author: row.maybe_parsed("author")?,
        text: row.text("text")?,
        state: State::from_stored(&row.text("state")?, row.maybe_text("failure")?.as_deref())
            .ok_or(StoreError::Corrupt("messages.state"))?,
        remark: row.maybe_text("remark")?,
        decision: decision
            .map(|text| Decision::from_stored(&text).ok_or(StoreError::Corrupt("messages.decision")))
            .transpose()?,
        parts: u32::try_from(row.int("parts")?).map_err(|_| StoreError::Corrupt("messages.parts"))?,
        created: row.time("created")?,
        said: row.maybe_time("said")?,
        changed: row.time("changed")?,
        post: row.maybe_parsed("post")?,
        shown_in: row.maybe_parsed("shown_in")?,
    })
}
