//! The routes that Vonage calls: through the door, into the inbox, and only then the 200.
//!
//! Each route stands under `/webhooks/` or, where there is a path token, under `/webhooks/<token>/`. Both are mounted
//! always, so that a webhook on the wrong one is told to come again instead of being lost.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get};
use axum::{Json, Router};
use bytes::Bytes;
use serde_json::json;

use super::door::{Checked, Distrust, Door, Shown};
use super::error::{NotKept, Refusal};
use super::reader::{self, Kind};
use super::{key, wire};
use crate::config;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Api, Unsigned};
use crate::ports::Clock;
use crate::store::inbox::Kept;

/// Who comes in, and where it goes.
#[derive(Clone)]
pub struct WebhookState {
    door: Door,
    inbox: Arc<dyn Keep>,
    clock: Arc<dyn Clock>,
}

/// Where webhooks are kept before they are answered.
#[async_trait]
pub trait Keep: Send + Sync {
    /// Returns once the webhook is on disk, be it new or seen before.
    async fn keep(&self, webhook: Verified) -> Result<Kept, NotKept>;

    /// What time it is by other clocks than ours, where ours is known to be wrong.
    fn true_time(&self) -> Option<Timestamp> {
        None
    }

    /// Hears that a webhook of this API was not signed as it should be, and whether it was let in; `None`: one was.
    async fn hear(&self, api: Api, unsigned: Option<Unsigned>, let_in: bool);
}

/// A webhook that came through the door. Nothing outside this file can make one.
#[derive(Clone, Debug)]
pub struct Verified {
    kind: Kind,
    key: String,
    raw: Bytes,
}

/// A request as it came: from Vonage, or from anybody.
#[derive(Clone, Copy)]
struct Unverified<'a> {
    route: Kind,
    token: Option<&'a str>,
    query: &'a str,
    /// `None` for a GET.
    body: Option<&'a [u8]>,
    /// The token that the Messages API signs with.
    bearer: Option<&'a str>,
}

/// The routes of both APIs.
pub fn routes(state: WebhookState) -> Router {
    Router::new()
        .route("/webhooks/inbound-sms", endpoint(Kind::InboundSms))
        .route("/webhooks/{token}/inbound-sms", endpoint(Kind::InboundSms))
        .route("/webhooks/delivery-receipt", endpoint(Kind::DeliveryReceipt))
        .route("/webhooks/{token}/delivery-receipt", endpoint(Kind::DeliveryReceipt))
        .route("/webhooks/inbound-message", endpoint(Kind::InboundMessage))
        .route("/webhooks/{token}/inbound-message", endpoint(Kind::InboundMessage))
        .route("/webhooks/message-status", endpoint(Kind::MessageStatus))
        .route("/webhooks/{token}/message-status", endpoint(Kind::MessageStatus))
        // The path of Vonage's tutorial.
        .route("/webhooks/update", endpoint(Kind::InboundSms))
        .route("/webhooks/{token}/update", endpoint(Kind::InboundSms))
        .route("/update", endpoint(Kind::InboundSms))
        .with_state(state)
}

impl WebhookState {
    /// Without a path token anybody may bring webhooks.
    #[must_use]
    pub fn new(door: config::Door, inbox: Arc<dyn Keep>, clock: Arc<dyn Clock>) -> Self {
        Self { door: Door::new(door), inbox, clock }
    }

    /// Checks the signature. What is only observed is counted and told, and comes in.
    async fn check(&self, api: Api, checked: Option<Checked>) -> Result<(), Refusal> {
        let Some(Checked { judged, only_observed: let_in }) = checked else { return Ok(()) };
        match judged {
            Err(Distrust::Unsigned(what)) => self.inbox.hear(api, Some(what), let_in).await,
            Ok(()) | Err(Distrust::TooOld | Distrust::WrongClock) => self.inbox.hear(api, None, let_in).await,
        }
        let Err(refusal) = judged.map_err(Refusal::from) else { return Ok(()) };
        if !let_in {
            return Err(refusal);
        }
        metrics::counter!("threadline_webhooks_observed_total", "reason" => refusal.reason()).increment(1);
        tracing::warn!(
            reason = refusal.reason(),
            "a webhook was let in, since signatures are only observed: {refusal}"
        );
        Ok(())
    }
}

impl Verified {
    /// `inbound_sms`, `delivery_receipt`, `inbound_message` or `message_status`.
    #[must_use]
    pub const fn source(&self) -> &'static str {
        self.kind.source()
    }

    /// Its dedupe key and its bytes, for [`super::Reader`] to read.
    #[must_use]
    pub fn into_key_and_raw(self) -> (String, Bytes) {
        (self.key, self.raw)
    }
}

impl Unverified<'_> {
    /// A GET without parameters is how Vonage checks a new URL. It must get 200.
    const fn is_check(&self) -> bool {
        self.body.is_none() && self.query.is_empty()
    }

    /// What speaks for a webhook of this API.
    fn shown(&self, api: Api, raw: &[u8]) -> Shown<'_> {
        match api {
            Api::Sms => Shown::Sms(wire::unpack(raw).ok()),
            Api::Messages => Shown::Messages { bearer: self.bearer, body: self.body.unwrap_or_default() },
        }
    }

    /// The webhook as it is to be kept, and what its signature says, where one is asked for. It is not documented whether
    /// Vonage signs what stands in a webhook's URL: where only the body is signed, only the body is kept, for what stands
    /// in the URL anybody may have written.
    fn seen_by(&self, door: &Door, now: Timestamp) -> Result<(Verified, Option<Checked>), Refusal> {
        let whole = self.seen_as_it_is(door, now);
        if self.query.is_empty()
            || self.body.is_none()
            || !matches!(whole, Ok((_, Some(ref seen))) if seen.is_unsigned())
        {
            return whole;
        }
        match (Self { query: "", ..*self }).seen_as_it_is(door, now) {
            Ok((body, Some(seen))) if !seen.is_unsigned() => Ok((body, Some(seen))),
            _ => whole,
        }
    }

    fn seen_as_it_is(&self, door: &Door, now: Timestamp) -> Result<(Verified, Option<Checked>), Refusal> {
        if !door.admits(self.token) {
            return Err(Refusal::WrongToken);
        }
        let raw = wire::pack(self.query, self.body);
        let (kind, fields) = Kind::recognise(&raw, self.route);
        if door.is_closed(kind.api()) {
            return Err(Refusal::Unguarded);
        }
        let checked = door.checks(&self.shown(kind.api(), &raw), now);
        let authentic = door.has_token() || checked.is_some_and(|checked| checked.judged.is_ok());
        let known = |name| fields.as_ref().is_ok_and(|fields| fields.get(name).is_some());
        let signed = checked.is_some_and(|checked| !checked.is_unsigned());
        if !authentic && !signed && !["messageId", "msisdn", "message_uuid"].into_iter().any(known) {
            return Err(Refusal::Junk);
        }
        let readable = fields.ok().filter(|fields| reader::read(kind, fields).is_ok());
        // What cannot be read is kept all the same: the flow finds out why, and a person sees it.
        let key = readable.map_or_else(|| key::of_unreadable(&raw), |fields| key::of(kind, &fields));
        Ok((Verified { kind, key, raw }, checked))
    }
}

/// The token of an `Authorization: Bearer`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn endpoint(route: Kind) -> MethodRouter<WebhookState> {
    let receive = move |state: State<WebhookState>,
                        token: Result<Path<String>, PathRejection>,
                        method,
                        uri: Uri,
                        headers: HeaderMap,
                        body: Bytes| async move {
        let token = token.ok();
        let request = Unverified {
            route,
            token: token.as_ref().map(|Path(token)| token.as_str()),
            query: uri.query().unwrap_or_default(),
            body: (method == Method::POST).then_some(&*body),
            bearer: bearer(&headers),
        };
        receive(&state, request, &method).await
    };
    // `get` takes HEAD as well.
    get(receive).post(receive)
}

async fn receive(state: &WebhookState, request: Unverified<'_>, method: &Method) -> Result<Response, Refusal> {
    let WebhookState { door, inbox, clock } = state;
    if request.is_check() || *method == Method::HEAD {
        // Also where webhooks of this API are not taken: a URL that Vonage refuses could not be set before the door is.
        return if door.admits(request.token) { Ok(StatusCode::OK.into_response()) } else { Err(Refusal::NothingHere) };
    }
    let (webhook, mut checked) = request.seen_by(door, clock.now())?;
    if let Some(Checked { judged: judged @ Err(Distrust::TooOld), .. }) = &mut checked
        && let Some(time) = inbox.true_time()
        && let Ok((_, Some(Checked { judged: Ok(()), .. }))) = request.seen_by(door, time)
    {
        // Our clock is ahead: it is not old at all.
        *judged = Err(Distrust::WrongClock);
    }
    state.check(webhook.kind.api(), checked).await?;
    // Vonage reads no body of a 200; people who try it do.
    let stored = match inbox.keep(webhook).await? {
        Kept::New => "new",
        Kept::SeenBefore => "seen_before",
    };
    Ok(Json(json!({ "stored": stored })).into_response())
}

#[cfg(test)]
mod tests;
