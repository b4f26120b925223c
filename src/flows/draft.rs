//! What waits for an agent's yes: why they are asked, and what follows from their click.

use serde::{Deserialize, Serialize};

use crate::domain::desk::Desk;
use crate::domain::ids::{ConversationId, DraftId};
use crate::domain::sms::{self, Encoding, Parts};
use crate::domain::webhook::Price;
use crate::ports::fresh_uuid;
use crate::store::{self, Result, Tx};
use crate::wording::answers::{self, Doubt, Length};

use super::agent_reply::Written;
use super::notify::NotifyRequest;
use super::{Answer, Flows, Occasion};

/// What the agent has said yes to already.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Sure {
    pub(super) number: bool,
    pub(super) unreachable: bool,
    pub(super) repeat: bool,
    pub(super) length: bool,
    /// As it will leave, where it stands otherwise in Discord.
    pub(super) text: bool,
    /// In plain characters.
    pub(super) plain: bool,
}

/// What waits, and what a yes will mean.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "draft", rename_all = "snake_case")]
pub(super) enum Draft {
    Notify { request: NotifyRequest, sure: Sure },
    Reply { conversation: ConversationId, text: String, sure: Sure },
}

/// A click on one of a question's buttons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decided {
    Send,
    SendPlain,
    Drop,
}

impl Flows {
    /// The agent said yes to a draft, or no.
    pub(super) async fn decide_draft(
        &self,
        tx: &mut Tx,
        at: &Occasion,
        desk: &Desk,
        id: DraftId,
        decided: Decided,
    ) -> Result<Answer> {
        let Some(json) = store::interactions::take_draft(tx, id, &desk.name, at.agent.id).await? else {
            return Ok(Answer::Now(answers::draft_is_over()));
        };
        if decided == Decided::Drop {
            return Ok(Answer::Now(answers::draft_dropped()));
        }
        let plainly = |sure: Sure| Sure { plain: sure.plain || decided == Decided::SendPlain, ..sure };
        match serde_json::from_str::<Draft>(&json) {
            Ok(Draft::Notify { request, sure }) => self.notify_in(tx, at, desk, request, plainly(sure)).await,
            Ok(Draft::Reply { conversation, text, sure }) => {
                let written = Written { text, differs: false };
                self.reply_in(tx, at, desk, conversation, written, plainly(sure)).await
            }
            // It was written by another version.
            Err(_) => Ok(Answer::Now(answers::draft_is_over())),
        }
    }

    pub(super) async fn ask(
        &self,
        tx: &mut Tx,
        at: &Occasion,
        desk: &Desk,
        draft: &Draft,
        doubt: &Doubt,
    ) -> Result<Answer> {
        let id = DraftId(fresh_uuid(&*self.clock));
        let json = serde_json::to_string(draft).map_err(|_| store::StoreError::Corrupt("drafts.request"))?;
        store::interactions::keep_draft(tx, id, &desk.name, at.agent.id, &json, self.now()).await?;
        Ok(Answer::Now(answers::ask_first(id, doubt)))
    }
}

/// What is worth telling before a text is sent, if anything is: it takes more parts than `usual`, or fewer would do in
/// plain characters. `price` is that of one part, where it is known.
pub(super) fn length(text: &str, usual: u32, price: Option<Price>) -> Option<Doubt> {
    let Parts { count, encoding, .. } = sms::parts(text);
    let plain = match encoding {
        Encoding::Gsm7 => None,
        Encoding::Ucs2 => sms::plain(text).map(|plain| sms::parts(&plain).count).filter(|fewer| *fewer < count),
    };
    if count <= usual && plain.is_none() {
        return None;
    }
    Some(Doubt::Length(Length { parts: count, forces_unicode: sms::first_outside_gsm7(text), plain, price }))
}

/// The text as it is to be sent.
pub(super) fn as_sent(text: String, sure: Sure) -> String {
    if sure.plain { sms::plain(&text).unwrap_or(text) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str, usual: u32) -> Option<(u32, Option<char>, Option<u32>)> {
        length(text, usual, None).map(|doubt| match doubt {
            Doubt::Length(Length { parts, forces_unicode, plain, .. }) => (parts, forces_unicode, plain),
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn only_what_costs_more_than_usual_is_asked() {
        assert_eq!(asked("It's here", 1), None);
        assert_eq!(asked("It’s here", 1), None, "one part either way");
        assert_eq!(asked(&"a".repeat(161), 1), Some((2, None, None)));
        assert_eq!(asked(&"a".repeat(161), 2), None);
        let curly = format!("It’s {}", "a".repeat(100));
        assert_eq!(asked(&curly, 1), Some((2, Some('’'), Some(1))));
        assert_eq!(asked(&curly, 2), Some((2, Some('’'), Some(1))), "fewer would do");
        assert_eq!(asked(&format!("🚚 {}", "a".repeat(100)), 1), Some((2, Some('🚚'), None)));
    }
}
