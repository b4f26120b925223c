//! `GET /state`: what customers and agents see now.

use serde_json::{Value, json};
use threadline_sandbox::discord::{Button, Id, Shown, Thread};

use super::scene::Scene;
use super::transcript::{Bubble, Transcript};

/// Phones with their SMS, and channels with their cards, threads, messages and buttons.
pub(super) fn state(scene: &Scene, transcript: &Transcript) -> Value {
    let channels = scene.channels.iter().map(|(name, id)| {
        let shown = scene.discord.shown(*id);
        let threads = scene.discord.threads(*id);
        json!({ "id": id, "name": name, "messages": messages(*id, &shown, &threads) })
    });
    json!({
        "phones": transcript.phones().iter().map(phone).collect::<Vec<_>>(),
        "channels": channels.collect::<Vec<_>>(),
        "people": scene.people,
    })
}

/// The buttons of a message.
pub(super) fn buttons(buttons: &[Button]) -> Value {
    buttons
        .iter()
        .map(|button| json!({ "label": button.label, "custom_id": button.custom_id, "disabled": button.disabled }))
        .collect()
}

fn phone((number, bubbles): (&String, &Vec<Bubble>)) -> Value {
    let from = |bubble: &Bubble| if bubble.own { "customer" } else { "desk" };
    let sms: Vec<_> = bubbles.iter().map(|bubble| json!({ "from": from(bubble), "text": bubble.text })).collect();
    json!({ "number": format!("+{number}"), "sms": sms })
}

fn messages(place: Id, shown: &[Shown], threads: &[Thread]) -> Value {
    let here = shown.iter().filter(|shown| shown.message.channel_id == place);
    here.map(|Shown { message, text, .. }| {
        let mut seen = json!({ "id": message.id, "text": text.trim_end(), "buttons": buttons(&message.buttons()) });
        if let Some(thread) = threads.iter().find(|thread| message.thread == Some(thread.id)) {
            seen["thread"] = json!({
                "id": thread.id,
                "name": thread.name,
                "archived": thread.archived,
                "members": thread.members,
                "messages": messages(thread.id, shown, threads),
            });
        }
        seen
    })
    .collect()
}
