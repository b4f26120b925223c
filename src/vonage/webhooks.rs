//! The routes that Vonage calls: through the door, into the inbox, and only then the 200.
//!
//! Each route stands under `/webhooks/` or, where there is a path token, under `/webhooks/<token>/`. Both are mounted
//! always, so that a webhook on the wrong one is told to come again instead of being lost.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{Method, StatusCode, Uri};
use axum::routing::{MethodRouter, get};
use bytes::Bytes;

use super::door::{Distrust, Door};
use super::error::{NotKept, Refusal};
use super::reader::{self, Kind};
use super::wire::Fields;
use super::{key, wire};
use crate::config;
use crate::domain::webhook::Unsigned;
use crate::ports::Clock;

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
    async fn keep(&self, webhook: Verified) -> Result<(), NotKept>;

    /// Hears that a webhook was not signed as it should be, and whether it was let in; `None`: one was.
    async fn hear(&self, unsigned: Option<Unsigned>, let_in: bool);
}

/// A webhook that came through the door. Nothing outside this file can make one.
#[derive(Clone, Debug)]
pub struct Verified {
    kind: Kind,
    key: String,
    raw: Bytes,
}

/// A request as it came: from Vonage, or from anybody.
struct Unverified<'a> {
    route: Kind,
    token: Option<&'a str>,
    query: &'a str,
    /// `None` for a GET.
    body: Option<&'a [u8]>,
}

/// The routes of the SMS API.
pub fn routes(state: WebhookState) -> Router {
    Router::new()
        .route("/webhooks/inbound-sms", endpoint(Kind::InboundSms))
        .route("/webhooks/{token}/inbound-sms", endpoint(Kind::InboundSms))
        .route("/webhooks/delivery-receipt", endpoint(Kind::DeliveryReceipt))
        .route("/webhooks/{token}/delivery-receipt", endpoint(Kind::DeliveryReceipt))
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
    async fn check(&self, request: &Unverified<'_>) -> Result<(), Refusal> {
        if !self.door.asks_for_a_signature() {
            return Ok(());
        }
        let judged = self.door.checks(&request.readings(), self.clock.now());
        let let_in = self.door.only_observes();
        match judged {
            Err(Distrust::Unsigned(what)) => self.inbox.hear(Some(what), let_in).await,
            Ok(()) | Err(Distrust::TooOld) => self.inbox.hear(None, let_in).await,
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
    /// `inbound_sms` or `delivery_receipt`.
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

    /// The fields as they may have been signed: all of them, and where the URL had a query beside a body, the body's.
    fn readings(&self) -> Vec<Fields> {
        let all = wire::unpack(&wire::pack(self.query, self.body));
        let body = self.body.filter(|_| !self.query.is_empty()).map(|body| wire::unpack(&wire::pack("", Some(body))));
        std::iter::once(all).chain(body).filter_map(Result::ok).collect()
    }

    fn verified(&self, door: &Door) -> Result<Verified, Refusal> {
        if !door.admits(self.token) {
            return Err(Refusal::WrongToken);
        }
        let raw = wire::pack(self.query, self.body);
        let fields = wire::unpack(&raw);
        let known = |name| fields.as_ref().is_ok_and(|fields| fields.get(name).is_some());
        if !door.has_token() && !known("messageId") && !known("msisdn") {
            return Err(Refusal::Junk);
        }
        let kind = fields.as_ref().map_or(self.route, |fields| Kind::of(fields, self.route));
        let readable = fields.ok().filter(|fields| reader::read(kind, fields).is_ok());
        // What cannot be read is kept all the same: the flow finds out why, and a person sees it.
        let key = readable.map_or_else(|| key::of_unreadable(&raw), |fields| key::of(kind, &fields));
        Ok(Verified { kind, key, raw })
    }
}

fn endpoint(route: Kind) -> MethodRouter<WebhookState> {
    let receive = move |state: State<WebhookState>, token: Result<Path<String>, PathRejection>, method, uri, body| {
        receive(state, route, token.ok(), method, uri, body)
    };
    // `get` takes HEAD as well.
    get(receive).post(receive)
}

async fn receive(
    State(state): State<WebhookState>,
    route: Kind,
    token: Option<Path<String>>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let request = Unverified {
        route,
        token: token.as_ref().map(|Path(token)| token.as_str()),
        query: uri.query().unwrap_or_default(),
        body: (method == Method::POST).then_some(&*body),
    };
    if request.is_check() || method == Method::HEAD {
        return if state.door.admits(request.token) { Ok(StatusCode::OK) } else { Err(Refusal::NothingHere) };
    }
    let webhook = request.verified(&state.door)?;
    state.check(&request).await?;
    state.inbox.keep(webhook).await?;
    Ok(StatusCode::OK)
}

#[cfg(test)]
mod tests;
