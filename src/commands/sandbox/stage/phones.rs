//! The phones, and the texts on their screens.

use std::time::UNIX_EPOCH;

use serde_json::{Value, json};
use threadline_sandbox::vonage::{Barring, Bubble, Passage, Phone, Reachability, Side, Standing};

use super::super::scene::Scene;

pub(super) fn phone(scene: &Scene, phone: &Phone) -> Value {
    let number = phone.number();
    let sms = phone.screen();
    let reachability = phone.reachability();
    json!({
        "number": format!("+{number}"),
        "on": reachability == Reachability::On,
        "reach": match reachability {
            Reachability::On => "on",
            Reachability::Off => "off",
            Reachability::Barred => "barred",
            Reachability::Unreachable => "unreachable",
        },
        "standing": match phone.standing() {
            Standing::Good => "good",
            Standing::OptedOut => "opted_out",
            Standing::Deactivated => "deactivated",
        },
        "barring": match phone.barring() {
            Barring::AtOnce => "at_once",
            Barring::ByReceipt => "by_receipt",
        },
        "answers": scene.answers.of(number),
        "got": phone.inbox().len(),
        "answered": phone.auto_answers(),
        "waiting": phone.waiting(),
        "missing": phone.missing_parts(),
        "sms": sms.iter().enumerate().map(|(index, shown)| bubble(index, shown)).collect::<Vec<_>>(),
    })
}

fn bubble(index: usize, bubble: &Bubble) -> Value {
    let Bubble { at, text, parts, unicode, side, by_network } = bubble;
    let at = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let mut seen = json!({ "id": index.to_string(), "text": text, "at": at, "parts": parts, "unicode": unicode });
    match side {
        Side::Received { from } => {
            seen["from"] = "desk".into();
            seen["sender"] = if is_number(from) { format!("+{from}").into() } else { from.as_str().into() };
            seen["by_network"] = (*by_network).into();
        }
        Side::Sent(passage) => {
            seen["from"] = "customer".into();
            seen["state"] = match passage {
                Passage::Waiting => "sending".into(),
                Passage::Taken => "taken".into(),
                Passage::Refused => "refused".into(),
            };
        }
    }
    seen
}

fn is_number(sender: &str) -> bool {
    sender.bytes().all(|byte| byte.is_ascii_digit())
}
