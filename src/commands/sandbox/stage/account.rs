//! The account at Vonage, as the page shows it.

use serde_json::{Value, json};
use threadline_sandbox::vonage::{Rented, Settings, WebhookApi, WebhookFormat};

use super::super::scene::Scene;

pub(super) fn account(scene: &Scene) -> Value {
    let vonage = &scene.vonage;
    let settings = vonage.settings();
    let Settings { messages_per_second, number_messages_per_second, opt_out_assist, network_answers, .. } = settings;
    let opted_out = vonage.opt_outs();
    json!({
        "balance": euros(settings.balance),
        "price": price(vonage.setup().price),
        "per_second": messages_per_second,
        "number_per_second": number_messages_per_second,
        "sends_by": scene.configuration.sends_by(),
        "webhooks": match settings.webhook_api {
            WebhookApi::Sms => "sms",
            WebhookApi::Messages => "messages",
        },
        "format": match settings.webhook_format {
            WebhookFormat::Get => "get",
            WebhookFormat::Post => "post",
            WebhookFormat::PostJson => "json",
        },
        "signing": scene.signatures.now().0,
        "opt_out_assist": opt_out_assist,
        "network_answers": network_answers,
        "opted_out": opted_out.iter().map(|(number, phone)| json!({
            "number": format!("+{number}"),
            "phone": format!("+{phone}"),
        })).collect::<Vec<_>>(),
        "numbers": vonage.numbers().iter().map(number).collect::<Vec<_>>(),
    })
}

fn number(rented: &Rented) -> Value {
    let Rented { country, msisdn, kind, features, .. } = rented;
    json!({ "number": format!("+{msisdn}"), "country": country, "kind": kind, "features": features })
}

/// With four digits.
fn price(micros: u64) -> String {
    format!("{}.{:04}", micros / 1_000_000, micros % 1_000_000 / 100)
}

/// With two digits.
fn euros(micros: u64) -> String {
    format!("{}.{:02}", micros / 1_000_000, micros % 1_000_000 / 10_000)
}
