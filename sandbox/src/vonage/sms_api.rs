//! `POST /sms/json`: HTTP 200 whatever happens, and the truth in the body, all of it as strings.

use std::time::SystemTime;

use axum::Json;
use axum::extract;
use bytes::Bytes;
use http::{HeaderMap, header};
use serde_json::{Value, json};

use super::fields::Fields;
use super::opt_out::Barring;
use super::phone::Standing;
use super::sms::{Api, Sms};
use super::state::{Cut, State};
use super::submission::{self, Refused, Submission};
use super::{Core, Setup, stamp};
use crate::wire::WRONG_ON_PURPOSE;

pub(super) async fn send(core: extract::State<Core>, headers: HeaderMap, body: Bytes) -> Json<Value> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let fields = Fields::read(content_type, &body);
    let now = core.unix_seconds();
    let outcome = core.state.change(|state| {
        if let Some(status) = state.take_refusal() {
            return Err(Refused::new(status));
        }
        let outcome = accept(&core.setup, state, &headers, &fields, now);
        if headers.contains_key(WRONG_ON_PURPOSE) {
            return outcome;
        }
        for name in submission::unknown_parameters(&fields) {
            state.violations.push(format!("POST /sms/json: no document knows the parameter {name:?}"));
        }
        if let Err(refused) = &outcome
            && refused.is_violation(&state.request_signatures)
        {
            state.violations.push(format!("POST /sms/json: status {}, {}", refused.status, refused.text));
        }
        outcome
    });
    match outcome {
        Ok((sms, answer)) => {
            core.deliver(&sms).await;
            Json(answer)
        }
        Err(refused) => Json(refusal(&fields, &refused)),
    }
}

fn accept(
    setup: &Setup,
    state: &mut State,
    headers: &HeaderMap,
    fields: &Fields,
    now: u64,
) -> Result<(Sms, Value), Refused> {
    submission::authenticate(setup, &state.request_signatures, headers, fields, now)?;
    if !state.rate.admits(state.messages_per_second) {
        return Err(Refused::new(1));
    }
    let submission = submission::parse(|number| state.owns(number), fields)?;
    if !state.rate.admits_from(&submission.from, state.number_messages_per_second) {
        return Err(Refused::new(1));
    }
    match state.phone(&submission.to).standing {
        Standing::Good => {}
        Standing::OptedOut => return Err(Refused::new(7)),
        Standing::Deactivated => return Err(Refused::new(33)),
    }
    if state.opt_outs.bar(&submission.from, &submission.to) && state.phone(&submission.to).barring == Barring::AtOnce {
        return Err(Refused::new(7));
    }
    if state.balance < setup.price * submission.parts as u64 {
        return Err(Refused::new(9));
    }
    let mut messages = Vec::new();
    let mut message_ids = Vec::new();
    let cut = state.cut.take_if(|cut| cut.accepted < submission.parts);
    let accepted = cut.as_ref().map_or(submission.parts, |cut| cut.accepted);
    for _ in 0..accepted {
        state.balance -= setup.price;
        let id = state.next_message_id();
        messages.push(accepted_part(setup, &submission, &id, state.balance));
        message_ids.push(id);
    }
    if let Some(Cut { status, .. }) = cut {
        let refused = refused_part(fields, &Refused::new(status));
        messages.resize(submission.parts, refused);
    }
    let sms = Sms {
        at: SystemTime::now(),
        api: Api::Sms,
        from: submission.from,
        to: submission.to,
        text: submission.text,
        unicode: submission.unicode,
        garbled: submission.garbled,
        client_ref: submission.client_ref,
        callback: submission.callback,
        receipts_wanted: submission.receipts_wanted,
        complete: accepted == submission.parts,
        rejected: None,
        message_ids,
        by_application: false,
        submitted: false,
    };
    state.sent.push(sms.clone());
    Ok((sms, json!({"message-count": messages.len().to_string(), "messages": messages})))
}

fn accepted_part(setup: &Setup, submission: &Submission, id: &str, balance: u64) -> Value {
    let mut part = json!({
        "to": submission.to,
        "message-id": id,
        "status": "0",
        "remaining-balance": stamp::amount(balance),
        "message-price": stamp::amount(setup.price),
        "network": setup.network,
    });
    for (name, value) in [("client-ref", &submission.client_ref), ("account-ref", &submission.account_ref)] {
        if let Some(value) = value {
            part[name] = value.as_str().into();
        }
    }
    part
}

fn refusal(fields: &Fields, refused: &Refused) -> Value {
    json!({"message-count": "1", "messages": [refused_part(fields, refused)]})
}

fn refused_part(fields: &Fields, refused: &Refused) -> Value {
    let mut message = json!({"status": refused.status.to_string(), "error-text": refused.text});
    for name in ["to", "client-ref"] {
        if let Some(value) = fields.get(name) {
            message[name] = value.into();
        }
    }
    message
}
