//! What waits for an agent's yes: why they are asked, and what follows from their click.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::desk::Desk;
use crate::domain::effect::{Effect, Lane};
use crate::domain::ids::{ConversationId, DraftId};
use crate::domain::sms::{self, Encoding, Parts};
use crate::domain::template::OwnText;
use crate::domain::webhook::Price;
use crate::ports::fresh_uuid;
use crate::store::{self, Result, Tx};
use crate::wording::answers::{self, Doubt, Length, Subject};

use super::agent_reply::Written;
use super::notify::NotifyRequest;
use super::{Answer, Flows, Occasion};

/// How long a question waits for its answer. Its buttons can be taken away for 15 minutes, and not longer.
const QUESTIONS_FOR: Duration = Duration::from_secs(14 * 60);

/// What the agent has said yes to already.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Sure {
    pub(super) number: bool,
    pub(super) unreachable: bool,
    pub(super) repeat: bool,
    /// About what stands in braces.
    pub(super) braces: bool,
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
    Notify {
        request: NotifyRequest,
        sure: Sure,
        /// The agent's own text as the question showed it.
        #[serde(default)]
        shown: Option<OwnText>,
    },
    Reply {
        conversation: ConversationId,
        text: String,
        sure: Sure,
        #[serde(default)]
        shown: Option<OwnText>,
    },
}

/// What the agent has been asked so far.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) sure: Sure,
    /// The text as they saw it: it is filled in no second time, for the customer may have another name by now.
    pub(super) shown: Option<OwnText>,
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
            // A second click: what the first one brings stands, or will stand, in the question's place.
            let answered = store::interactions::is_answered(tx, id).await?;
            return Ok(if answered { Answer::SeenBefore } else { Answer::Now(answers::draft_is_over()) });
        };
        if decided == Decided::Drop {
            return Ok(Answer::Now(answers::draft_dropped()));
        }
        let plainly = |sure: Sure| Sure { plain: sure.plain || decided == Decided::SendPlain, ..sure };
        match serde_json::from_str::<Draft>(&json) {
            Ok(Draft::Notify { request, sure, shown }) => {
                self.notify_in(tx, at, desk, request, Asked { sure: plainly(sure), shown }).await
            }
            Ok(Draft::Reply { conversation, text, sure, shown }) => {
                let written = Written { text, differs: false };
                let asked = Asked { sure: plainly(sure), shown };
                self.reply_in(tx, at, desk, conversation, written, asked).await
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
        subject: &Subject,
        doubt: &Doubt,
    ) -> Result<Answer> {
        let id = DraftId(fresh_uuid(&*self.clock));
        let json = serde_json::to_string(draft).map_err(|_| store::StoreError::Corrupt("drafts.request"))?;
        store::interactions::keep_draft(tx, id, &desk.name, at.agent.id, &json, self.now()).await?;
        store::interactions::set_question(tx, id, at.interaction, &at.token).await?;
        Ok(Answer::Now(answers::ask_first(id, subject, doubt)))
    }

    /// Ends the questions that nobody answered: they lose their buttons.
    pub async fn end_old_questions(&self) -> Result<()> {
        let mut tx = self.store.begin().await?;
        let old = self.now().minus(QUESTIONS_FOR);
        for interaction in store::interactions::drop_old_drafts(&mut tx, old).await? {
            self.enqueue(&mut tx, Lane::Answer(interaction), Effect::EditAnswer { interaction }).await?;
        }
        tx.commit().await?;
        self.wake.discord.notify_one();
        Ok(())
    }
}

/// What stands in braces in an agent's own text and means nothing, if anything does.
pub(super) fn braces(own: &OwnText) -> Option<Doubt> {
    if !own.nameless && own.unknown.is_empty() {
        return None;
    }
    Some(Doubt::Braces { nameless: own.nameless, unknown: own.unknown.clone(), text: own.text.clone() })
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
