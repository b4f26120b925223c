//! What agents did in Discord: interactions seen, requests that wait for a yes, and the audit.

use super::{Column as _, Result, Tx};
use crate::domain::desk::DeskName;
use crate::domain::ids::{ConversationId, DraftId, InteractionId, MessageId, UserId};
use crate::domain::time::Timestamp;

/// Marks an interaction as seen; false where it was seen before, and must have no further effect.
pub async fn first_seen(tx: &mut Tx, id: InteractionId, now: Timestamp) -> Result<bool> {
    let done = sqlx::query("INSERT INTO interactions (id, seen) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING")
        .bind(id.to_string())
        .bind(now.0)
        .execute(tx.db())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Promises an answer about a message. The token is a secret and is kept for 15 minutes at most.
pub async fn promise(tx: &mut Tx, id: InteractionId, token: &str, message: MessageId) -> Result<()> {
    sqlx::query("UPDATE interactions SET token = $2, message = $3 WHERE id = $1")
        .bind(id.to_string())
        .bind(token)
        .bind(message.to_string())
        .execute(tx.db())
        .await?;
    Ok(())
}

/// A promised answer that can still be given.
#[derive(Clone)]
pub struct Promise {
    pub token: String,
    /// `None` for a question: all that is promised is that it ends.
    pub message: Option<MessageId>,
}

pub async fn promised(tx: &mut Tx, id: InteractionId) -> Result<Option<Promise>> {
    let row = sqlx::query("SELECT token, message FROM interactions WHERE id = $1 AND token IS NOT NULL")
        .bind(id.to_string())
        .fetch_optional(tx.db())
        .await?;
    row.map(|row| Ok(Promise { token: row.text("token")?, message: row.maybe_parsed("message")? })).transpose()
}

/// The answers that are about messages of this conversation and can still be changed.
pub async fn promised_about(tx: &mut Tx, conversation: ConversationId) -> Result<Vec<InteractionId>> {
    let rows = sqlx::query(
        "SELECT i.id FROM interactions i JOIN messages m ON m.id = i.message \
         WHERE m.conversation = $1 AND i.token IS NOT NULL",
    )
    .bind(conversation.to_string())
    .fetch_all(tx.db())
    .await?;
    rows.iter().map(|row| row.parsed("id")).collect()
}

/// The answers that can still be changed and are about messages that wait to leave, or have left since `since`.
pub async fn promised_about_waiting(tx: &mut Tx, since: Timestamp) -> Result<Vec<InteractionId>> {
    let rows = sqlx::query(
        "SELECT i.id FROM interactions i JOIN messages m ON m.id = i.message \
         WHERE i.token IS NOT NULL AND (m.state = 'queued' OR m.changed >= $1)",
    )
    .bind(since.0)
    .fetch_all(tx.db())
    .await?;
    rows.iter().map(|row| row.parsed("id")).collect()
}

/// Nothing more can be said in answer: the token is forgotten.
pub async fn forget_token(tx: &mut Tx, id: InteractionId) -> Result<()> {
    sqlx::query("UPDATE interactions SET token = NULL WHERE id = $1").bind(id.to_string()).execute(tx.db()).await?;
    Ok(())
}

/// Forgets the tokens of interactions seen before `before`.
pub async fn forget_old_tokens(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    let forgotten = sqlx::query("UPDATE interactions SET token = NULL WHERE seen < $1 AND token IS NOT NULL")
        .bind(before.0)
        .execute(tx.db())
        .await?;
    Ok(forgotten.rows_affected())
}

/// Forgets interactions seen before `before`, [`BATCH`] at most: Discord repeats none after so long. Returns how many there
/// were.
///
/// [`BATCH`]: super::BATCH
pub async fn forget_old(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    let forgotten = sqlx::query(
        "DELETE FROM interactions WHERE id IN (SELECT id FROM interactions WHERE seen < $1 ORDER BY seen LIMIT 200)",
    )
    .bind(before.0)
    .execute(tx.db())
    .await?;
    Ok(forgotten.rows_affected())
}

/// Keeps a request to `/notify` until the agent says yes.
pub async fn keep_draft(
    tx: &mut Tx,
    id: DraftId,
    desk: &DeskName,
    agent: UserId,
    request: &str,
    now: Timestamp,
) -> Result<()> {
    sqlx::query("INSERT INTO drafts (id, desk, agent, request, created) VALUES ($1, $2, $3, $4, $5)")
        .bind(id.to_string())
        .bind(desk.0.as_str())
        .bind(agent.to_string())
        .bind(request)
        .bind(now.0)
        .execute(tx.db())
        .await?;
    Ok(())
}

/// Which interaction shows the question about a draft, and the token by which it can be changed.
pub async fn set_question(tx: &mut Tx, draft: DraftId, interaction: InteractionId, token: &str) -> Result<()> {
    sqlx::query("UPDATE drafts SET interaction = $2 WHERE id = $1")
        .bind(draft.to_string())
        .bind(interaction.to_string())
        .execute(tx.db())
        .await?;
    sqlx::query("UPDATE interactions SET token = $2 WHERE id = $1")
        .bind(interaction.to_string())
        .bind(token)
        .execute(tx.db())
        .await?;
    Ok(())
}

/// Takes what a draft of this desk and this agent holds, so that only one click can have it.
pub async fn take_draft(tx: &mut Tx, id: DraftId, desk: &DeskName, agent: UserId) -> Result<Option<String>> {
    let row = sqlx::query(
        "UPDATE drafts SET answered = 1 WHERE id = $1 AND desk = $2 AND agent = $3 AND answered = 0 RETURNING request",
    )
    .bind(id.to_string())
    .bind(desk.0.as_str())
    .bind(agent.to_string())
    .fetch_optional(tx.db())
    .await?;
    let Some(row) = row else { return Ok(None) };
    sqlx::query("UPDATE drafts SET request = '' WHERE id = $1").bind(id.to_string()).execute(tx.db()).await?;
    row.text("request").map(Some)
}

/// Whether a draft was taken a short while ago.
pub async fn is_answered(tx: &mut Tx, id: DraftId) -> Result<bool> {
    let row = sqlx::query("SELECT COUNT(*) AS answered FROM drafts WHERE id = $1 AND answered = 1")
        .bind(id.to_string())
        .fetch_one(tx.db())
        .await?;
    Ok(row.int("answered")? > 0)
}

/// Drops old drafts. Returns the interactions whose question nobody answered.
pub async fn drop_old_drafts(tx: &mut Tx, before: Timestamp) -> Result<Vec<InteractionId>> {
    let rows = sqlx::query("DELETE FROM drafts WHERE created < $1 RETURNING interaction, answered")
        .bind(before.0)
        .fetch_all(tx.db())
        .await?;
    let mut open = Vec::new();
    for row in &rows {
        if row.int("answered")? == 0 {
            open.extend(row.maybe_parsed::<InteractionId>("interaction")?);
        }
    }
    Ok(open)
}

/// Writes down who did what to which.
pub async fn audit(tx: &mut Tx, who: UserId, what: &str, which: &str, now: Timestamp) -> Result<()> {
    sqlx::query("INSERT INTO audit (at, who, what, which) VALUES ($1, $2, $3, $4)")
        .bind(now.0)
        .bind(who.to_string())
        .bind(what)
        .bind(which)
        .execute(tx.db())
        .await?;
    Ok(())
}
