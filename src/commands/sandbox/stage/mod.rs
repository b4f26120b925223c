//! The stage: what customers, agents and the operator of the sandbox see now, as the page draws it.

mod account;
mod phones;

use serde_json::{Value, json};
use threadline_sandbox::discord::{Id, Thread};
use threadline_sandbox::vonage::Habits;

use super::bridge::Condition;
use super::scene::{DESK_NUMBER, Scene};

/// Everything, as `GET /state` and the event `stage` tell it.
pub(super) fn stage(scene: &Scene) -> Value {
    let Scene { vonage, discord, .. } = scene;
    let habits = vonage.habits();
    let channels = scene.channels.iter();
    let threads = scene.channels.iter().flat_map(|(_, channel)| discord.threads(*channel));
    json!({
        "bridge": bridge(scene),
        "vonage": {
            "up": vonage.is_up(),
            "faults": account_faults(scene, &habits),
            "account": account::account(scene),
        },
        "discord": { "up": discord.is_up(), "gateway": discord.connected(), "faults": discord.faults().described() },
        "webhooks": { "faults": webhook_faults(&habits) },
        "desk": { "number": format!("+{DESK_NUMBER}") },
        "phones": vonage.phones().iter().map(|phone| phones::phone(scene, phone)).collect::<Vec<_>>(),
        "guild": discord.guild(),
        "commands": discord.commands(),
        "channels": channels.map(|(name, id)| channel(scene, name, *id)).collect::<Vec<_>>(),
        "threads": threads.map(|known| thread(scene, &known)).collect::<Vec<_>>(),
        "private": discord.private(),
    })
}

fn bridge(scene: &Scene) -> Value {
    let Condition { state, note } = scene.bridge.condition();
    json!({ "state": state, "note": note, "signatures": scene.signatures.now().1 })
}

fn channel(scene: &Scene, name: &str, id: Id) -> Value {
    json!({ "id": id, "name": name, "messages": scene.discord.seen(id) })
}

fn thread(scene: &Scene, thread: &Thread) -> Value {
    json!({
        "id": thread.id,
        "name": thread.name,
        "parent": thread.parent,
        "archived": thread.archived,
        "locked": thread.locked,
        "members": thread.members,
        "messages": scene.discord.seen(thread.id),
    })
}

fn account_faults(scene: &Scene, habits: &Habits) -> Vec<String> {
    let refusals = habits.refusals.iter().map(|status| match status {
        1 => "says that it is throttled (status 1)".to_owned(),
        9 => "says that there is no credit left (status 9)".to_owned(),
        status => format!("refuses to send, with status {status}"),
    });
    scene.vonage.faults().described().into_iter().chain(refusals).collect()
}

fn webhook_faults(habits: &Habits) -> Vec<String> {
    let mut faults = Vec::new();
    if habits.copies > 1 {
        faults.push(format!("each webhook comes {} times", habits.copies));
    }
    if !habits.latency.is_zero() {
        faults.push(format!("each webhook comes {} ms late", habits.latency.as_millis()));
    }
    if habits.receipts.before_answer {
        faults.push("receipts come before Vonage has answered".to_owned());
    }
    if !habits.receipts.enabled {
        faults.push("no receipts come".to_owned());
    }
    faults
}
