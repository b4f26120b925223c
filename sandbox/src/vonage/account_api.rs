//! The account: `GET /account/get-balance` and `POST /account/settings`.

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::credentials::{self, Credentials};
use super::fields::Fields;
use super::webhooks::UrlRefused;
use super::{Core, stamp};

type Pairs = Vec<(String, String)>;

pub(super) async fn balance(State(core): State<Core>, Query(query): Query<Pairs>, headers: HeaderMap) -> Response {
    if credentials::check(&core.setup, &headers, &query.into_iter().collect()) != Credentials::Right {
        return unauthorized();
    }
    let balance = core.state.read(|state| state.balance);
    let value: Value = stamp::amount(balance).parse::<f64>().unwrap_or_default().into();
    Json(json!({"value": value, "autoReload": false})).into_response()
}

pub(super) async fn settings(
    State(core): State<Core>,
    Query(query): Query<Pairs>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let form = Fields::read(content_type, &body);
    let everything = query.into_iter().chain(form.iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
    if credentials::check(&core.setup, &headers, &everything.collect()) != Credentials::Right {
        return unauthorized();
    }
    // The description writes moCallBackUrl, the official Python SDK moCallbackUrl.
    let inbound = form.get("moCallBackUrl").or_else(|| form.get("moCallbackUrl"));
    let receipts = form.get("drCallBackUrl").or_else(|| form.get("drCallbackUrl"));
    match core.change_urls(inbound, receipts).await {
        Ok(()) => Json(current(&core)).into_response(),
        Err(UrlRefused(why)) => refused(&why),
    }
}

/// 401, as the account and the numbers answer.
pub(super) fn unauthorized() -> Response {
    let body = json!({"error-code": "401", "error-code-label": "authentication failed"});
    (StatusCode::UNAUTHORIZED, Json(body)).into_response()
}

/// 420: it was understood, and is not done.
pub(super) fn refused(why: &str) -> Response {
    let body = json!({"error-code": "420", "error-code-label": why});
    (StatusCode::from_u16(420).unwrap_or(StatusCode::BAD_REQUEST), Json(body)).into_response()
}

impl Core {
    /// Takes the URLs that are given, each once it has answered 200 to a bare GET. An empty one unsets.
    pub(super) async fn change_urls(&self, inbound: Option<&str>, receipts: Option<&str>) -> Result<(), UrlRefused> {
        for url in [inbound, receipts].into_iter().flatten().filter(|url| !url.is_empty()) {
            self.verify(url).await?;
        }
        let taken = |url: &str| (!url.is_empty()).then(|| url.to_owned());
        self.state.change(|state| {
            if let Some(url) = inbound {
                state.inbound_url = taken(url);
            }
            if let Some(url) = receipts {
                state.receipt_url = taken(url);
            }
        });
        Ok(())
    }
}

fn current(core: &Core) -> Value {
    let (inbound, receipts, rate) =
        core.state.read(|state| (state.inbound_url.clone(), state.receipt_url.clone(), state.messages_per_second));
    json!({
        "mo-callback-url": inbound.unwrap_or_default(),
        "dr-callback-url": receipts.unwrap_or_default(),
        "max-outbound-request": rate,
        "max-inbound-request": rate,
        "max-calls-per-second": rate,
    })
}
