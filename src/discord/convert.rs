//! Our words in Discord's, by serenity's types: ids both ways, and a post as each kind of request wants it.

use serenity::all as discord;
use serenity::builder::{
    CreateActionRow, CreateAllowedMentions, CreateButton, CreateEmbed, CreateInteractionResponseMessage, CreateMessage,
    EditInteractionResponse, EditMessage,
};

use crate::domain::ids::{self, Nonce};
use crate::domain::post::{Button, ButtonStyle, Embed, Post, Ring, Tone};

macro_rules! same_ids {
    ($($ours:ident = $theirs:ident,)*) => {$(
        impl From<ids::$ours> for discord::$theirs {
            fn from(id: ids::$ours) -> Self {
                Self::new(id.get())
            }
        }

        impl From<discord::$theirs> for ids::$ours {
            fn from(id: discord::$theirs) -> Self {
                Self::new(id.get()).expect("serenity's ids are not zero either")
            }
        }
    )*};
}

same_ids! {
    GuildId = GuildId,
    ChannelId = ChannelId,
    RoleId = RoleId,
    UserId = UserId,
    DiscordMessageId = MessageId,
    InteractionId = InteractionId,
}

/// A new message.
pub(super) fn message(post: &Post, nonce: &Nonce) -> CreateMessage {
    CreateMessage::new()
        .content(&post.content)
        .embeds(embeds(post))
        .components(rows(post))
        .allowed_mentions(allowed_mentions(post))
        .nonce(discord::Nonce::String(nonce.as_str().to_owned()))
        .enforce_nonce(true)
}

/// A new message that answers a card, though the card may be deleted by then.
pub(super) fn reply(post: &Post, nonce: &Nonce, channel: ids::ChannelId, card: ids::DiscordMessageId) -> CreateMessage {
    let answered = discord::MessageReference::from((channel.into(), card.into())).fail_if_not_exists(false);
    message(post, nonce).reference_message(answered)
}

/// What replaces a message: also the lack of an embed or of buttons is said.
pub(super) fn edit(post: &Post) -> EditMessage {
    EditMessage::new()
        .content(&post.content)
        .embeds(embeds(post))
        .components(rows(post))
        .allowed_mentions(allowed_mentions(post))
}

/// What replaces a private answer.
pub(super) fn answer(post: &Post) -> EditInteractionResponse {
    EditInteractionResponse::new()
        .content(&post.content)
        .embeds(embeds(post))
        .components(rows(post))
        .allowed_mentions(allowed_mentions(post))
}

/// A private answer at once.
pub(super) fn private(post: &Post) -> CreateInteractionResponseMessage {
    CreateInteractionResponseMessage::new()
        .content(&post.content)
        .embeds(embeds(post))
        .components(rows(post))
        .allowed_mentions(allowed_mentions(post))
        .ephemeral(true)
}

/// Exactly whom the post rings, whatever its text names.
fn allowed_mentions(post: &Post) -> CreateAllowedMentions {
    let nobody = CreateAllowedMentions::new();
    match post.rings {
        None => nobody,
        Some(Ring::User(id)) => nobody.users([discord::UserId::from(id)]),
        Some(Ring::Role(id)) => nobody.roles([discord::RoleId::from(id)]),
    }
}

fn embeds(post: &Post) -> Vec<CreateEmbed> {
    post.embed.iter().map(|card| embed(card)).collect()
}

fn embed(embed: &Embed) -> CreateEmbed {
    let fields = embed.fields.iter().map(|(name, value)| (name, value, true));
    let shown = CreateEmbed::new().title(&embed.title).fields(fields).colour(colour(embed.tone));
    if embed.description.is_empty() { shown } else { shown.description(&embed.description) }
}

const fn colour(tone: Tone) -> u32 {
    match tone {
        Tone::Calm => 0x003B_A55D,
        Tone::Waiting => 0x00FA_A61A,
        Tone::Trouble => 0x00ED_4245,
        Tone::Over => 0x0074_7F8D,
    }
}

fn rows(post: &Post) -> Vec<CreateActionRow> {
    if post.buttons.is_empty() {
        return Vec::new();
    }
    vec![CreateActionRow::Buttons(post.buttons.iter().map(button).collect())]
}

fn button(button: &Button) -> CreateButton {
    let style = match button.style {
        ButtonStyle::Primary => discord::ButtonStyle::Primary,
        ButtonStyle::Secondary => discord::ButtonStyle::Secondary,
        ButtonStyle::Danger => discord::ButtonStyle::Danger,
    };
    CreateButton::new(button.action.to_string()).label(&button.label).style(style)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::domain::ids::{ConversationId, RoleId};
    use crate::domain::post::Action;

    fn nonce() -> Nonce {
        Nonce::from_uuid(Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0001))
    }

    #[test]
    fn a_plain_post_calls_nobody_and_clears_what_was_there() {
        let post = Post { content: "@everyone <@1>".into(), ..Post::default() };
        let nobody = json!({ "parse": [], "users": [], "roles": [] });
        for body in [
            serde_json::to_value(message(&post, &nonce())).unwrap(),
            serde_json::to_value(edit(&post)).unwrap(),
            serde_json::to_value(answer(&post)).unwrap(),
            serde_json::to_value(private(&post)).unwrap(),
        ] {
            assert_eq!(body["allowed_mentions"], nobody);
            assert_eq!(body["embeds"], json!([]));
            assert_eq!(body["components"], json!([]));
        }
    }

    #[test]
    fn a_post_says_everything() {
        let conversation = ConversationId(Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0002));
        let reply = Button { label: "Reply".into(), action: Action::Reply(conversation), style: ButtonStyle::Primary };
        let card = Embed {
            title: "#1042".into(),
            description: String::new(),
            fields: vec![("State".into(), "open".into())],
            tone: Tone::Waiting,
        };
        let post = Post {
            content: "hello".into(),
            embed: Some(Box::new(card)),
            buttons: vec![reply],
            rings: RoleId::new(42).map(Ring::Role),
        };
        let body = serde_json::to_value(message(&post, &nonce())).unwrap();
        assert_eq!(body["content"], "hello");
        assert_eq!(body["nonce"], nonce().as_str());
        assert_eq!(body["enforce_nonce"], true);
        assert_eq!(body["allowed_mentions"], json!({ "parse": [], "users": [], "roles": ["42"] }));
        assert_eq!(body["embeds"][0]["title"], "#1042");
        assert_eq!(body["embeds"][0]["color"], 0x00FA_A61A);
        assert_eq!(body["embeds"][0]["fields"], json!([{ "name": "State", "value": "open", "inline": true }]));
        assert!(body["embeds"][0].get("description").is_none());
        let button = json!({
            "type": 2, "style": 1, "label": "Reply", "disabled": false,
            "custom_id": "reply:01920000-0000-7000-8000-000000000002",
        });
        assert_eq!(body["components"], json!([{ "type": 1, "components": [button] }]));
    }
}
