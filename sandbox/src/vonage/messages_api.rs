//! `POST /v1/messages`: 202 and an id, or a problem at once; most failures come later, as a status webhook.

use std::time::SystemTime;

use axum::Json;
use axum::extract;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::application::TokenFault;
use super::credentials::{self, Credentials};
use super::fields::Fields;
use super::message_request::{self, MessageRequest};
use super::phone::Standing;
use super::problem::Problem;
use super::sms::{Api, Sms};
use super::state::State;
use super::{Core, codes};
use crate::wire::WRONG_ON_PURPOSE;

/// In whose name a message is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sender {
    Account,
    Application,
}

pub(super) async fn send(core: extract::State<Core>, headers: HeaderMap, body: Bytes) -> Response {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let fields = message_request::read(content_type, &body);
    let now = core.unix_seconds();
    let outcome = core.state.change(|state| {
        let refusal = state.take_refusal();
        if let Some(problem) = refusal.and_then(refused_at_once) {
            return Err(problem);
        }
        let outcome = accept(&core, state, &headers, &fields, refusal, now);
        if !headers.contains_key(WRONG_ON_PURPOSE) {
            let oddities = fields.iter().flat_map(message_request::oddities);
            let mistake = outcome.as_ref().err().and_then(Problem::violation);
            let noted = oddities.chain(mistake).map(|what| format!("POST /v1/messages: {what}"));
            state.violations.extend(noted);
        }
        outcome
    });
    match outcome {
        Ok(sms) => {
            core.deliver(&sms).await;
            (StatusCode::ACCEPTED, Json(json!({"message_uuid": sms.message_ids[0]}))).into_response()
        }
        Err(problem) => problem.into_response(),
    }
}

fn accept(
    core: &Core,
    state: &mut State,
    headers: &HeaderMap,
    fields: &Result<Map<String, Value>, Problem>,
    refusal: Option<u8>,
    now: u64,
) -> Result<Sms, Problem> {
    let sender = authenticate(core, headers, now)?;
    if !state.rate.admits(state.messages_per_second) {
        return Err(Problem::throttled());
    }
    let request = message_request::parse(fields.as_ref().map_err(Clone::clone)?)?;
    if !state.rate.admits_from(&request.from, state.number_messages_per_second) {
        return Err(Problem::throttled());
    }
    let price = core.setup.price * request.parts as u64;
    if state.balance < price {
        return Err(Problem::low_balance());
    }
    let rejected = refusal.map(codes::of_status).or_else(|| rejection(state, &request));
    if rejected.is_none() {
        state.balance -= price;
    }
    let sms = Sms {
        at: SystemTime::now(),
        api: Api::Messages,
        from: request.from,
        to: request.to,
        text: request.text,
        unicode: request.unicode,
        garbled: request.garbled,
        client_ref: request.client_ref,
        callback: request.webhook_url,
        receipts_wanted: true,
        complete: rejected.is_none(),
        rejected,
        message_ids: vec![Uuid::new_v4().to_string()],
        by_application: sender == Sender::Application,
        submitted: false,
    };
    state.sent.push(sms.clone());
    Ok(sms)
}

fn authenticate(core: &Core, headers: &HeaderMap, now: u64) -> Result<Sender, Problem> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if let Some(token) = given.strip_prefix("Bearer ") {
        return match core.setup.application.check(token, now) {
            Ok(()) => Ok(Sender::Application),
            Err(TokenFault::OtherApplication) => Err(Problem::other_application()),
            Err(TokenFault::Wrong) => Err(Problem::unauthorized()),
        };
    }
    match credentials::check(&core.setup, headers, &Fields::default()) {
        Credentials::Right => Ok(Sender::Account),
        Credentials::Wrong | Credentials::Absent | Credentials::Half(_) => Err(Problem::unauthorized()),
    }
}

/// What a test's [refusal](super::Vonage::refuse) is here, where it is told at once.
fn refused_at_once(status: u8) -> Option<Problem> {
    match status {
        1 | 10 => Some(Problem::throttled()),
        2 | 3 | 12 | 23 => Some(Problem::unprocessable(1020)),
        4 | 14 | 32 => Some(Problem::unauthorized()),
        5 => Some(Problem::internal()),
        9 => Some(Problem::low_balance()),
        _ => None,
    }
}

/// The code with which a message that was accepted is rejected afterwards, if it is.
fn rejection(state: &mut State, request: &MessageRequest) -> Option<u16> {
    if let Some(code) = state.take_rejection() {
        return Some(code);
    }
    if state.opt_outs.bar(&request.from, &request.to) {
        return Some(1240);
    }
    match state.phone(&request.to).standing {
        Standing::Good => {}
        Standing::OptedOut => return Some(1240),
        Standing::Deactivated => return Some(1190),
    }
    let numeric = request.from.bytes().all(|byte| byte.is_ascii_digit());
    let ours = state.owns(&request.from);
    if request.to.starts_with('0') {
        // No country's prefix starts with 0.
        Some(1040)
    } else if if numeric { !ours } else { request.to.starts_with('1') } {
        // The United States and Canada take numbers only.
        Some(1120)
    } else {
        None
    }
}
