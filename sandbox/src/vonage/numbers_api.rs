//! The Numbers API: what the account rents and what it could rent, to look at and to page through.

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use serde_json::{Value, json};

use super::Core;
use super::account_api::unauthorized;
use super::credentials::{self, Credentials};
use super::fields::Fields;
use super::rented::Rented;
use super::stock::Offer;

type Pairs = Vec<(String, String)>;

const OWNED: &[&str] = &[
    "api_key",
    "api_secret",
    "application_id",
    "has_application",
    "country",
    "pattern",
    "search_pattern",
    "size",
    "index",
];
const AVAILABLE: &[&str] =
    &["api_key", "api_secret", "country", "type", "pattern", "search_pattern", "features", "size", "index"];
const LARGEST_PAGE: usize = 100;

/// `GET /account/numbers`
pub(super) async fn owned(State(core): State<Core>, Query(query): Query<Pairs>, headers: HeaderMap) -> Response {
    let asked: Fields = query.into_iter().collect();
    if credentials::check(&core.setup, &headers, &asked) != Credentials::Right {
        return unauthorized();
    }
    core.note_unknown("GET /account/numbers", &headers, &asked, OWNED);
    let numbers = core.state.read(|state| state.numbers.clone());
    let wanted = numbers.iter().filter(|number| {
        asked.get("country").is_none_or(|country| country == number.country)
            && asked.get("application_id").is_none_or(|id| number.application.as_deref() == Some(id))
            && asked.get("has_application").is_none_or(|has| (has == "true") == number.application.is_some())
            && is_like(&number.msisdn, &asked)
    });
    page(&asked, wanted.map(shown).collect())
}

/// `GET /number/search`
pub(super) async fn search(State(core): State<Core>, Query(query): Query<Pairs>, headers: HeaderMap) -> Response {
    let asked: Fields = query.into_iter().collect();
    if credentials::check(&core.setup, &headers, &asked) != Credentials::Right {
        return unauthorized();
    }
    core.note_unknown("GET /number/search", &headers, &asked, AVAILABLE);
    let Some(country) = asked.get("country") else {
        return missing("country");
    };
    let features: Vec<&str> = asked.get("features").map(|all| all.split(',').collect()).unwrap_or_default();
    let stock = core.state.read(|state| state.stock.clone());
    let wanted = stock.iter().filter(|offer| {
        offer.country == country
            && asked.get("type").is_none_or(|kind| kind == offer.kind)
            && features.iter().all(|feature| offer.features.contains(feature))
            && is_like(&offer.msisdn, &asked)
    });
    page(&asked, wanted.map(offered).collect())
}

/// What the real service answers where a parameter is missing: 400 and nothing like its other errors.
pub(super) fn missing(name: &str) -> Response {
    (http::StatusCode::BAD_REQUEST, Json(json!({name: "Is required."}))).into_response()
}

impl Core {
    /// Notes parameters that no document names.
    pub(super) fn note_unknown(&self, call: &str, headers: &HeaderMap, asked: &Fields, known: &[&str]) {
        if headers.contains_key(crate::wire::WRONG_ON_PURPOSE) {
            return;
        }
        let unknown = asked.iter().map(|(name, _)| name).filter(|name| !known.contains(name));
        let noted: Vec<String> =
            unknown.map(|name| format!("{call}: no document knows the parameter {name:?}")).collect();
        if !noted.is_empty() {
            self.state.change(|state| state.violations.extend(noted));
        }
    }
}

fn is_like(msisdn: &str, asked: &Fields) -> bool {
    let Some(pattern) = asked.get("pattern") else {
        return true;
    };
    match asked.get("search_pattern") {
        Some("1") => msisdn.contains(pattern),
        Some("2") => msisdn.ends_with(pattern),
        _ => msisdn.starts_with(pattern),
    }
}

/// One page of what was found. Where nothing was, neither field is there.
fn page(asked: &Fields, found: Vec<Value>) -> Response {
    if found.is_empty() {
        return Json(json!({})).into_response();
    }
    let number = |name, usual: usize| asked.get(name).and_then(|text| text.parse().ok()).unwrap_or(usual).max(1);
    let (size, index) = (number("size", 10).min(LARGEST_PAGE), number("index", 1));
    let count = found.len();
    let numbers: Vec<Value> = found.into_iter().skip((index - 1) * size).take(size).collect();
    Json(json!({"count": count, "numbers": numbers})).into_response()
}

fn shown(number: &Rented) -> Value {
    let mut shown = json!({
        "country": number.country,
        "msisdn": number.msisdn,
        "type": number.kind,
        "features": number.features,
    });
    if let Some(url) = &number.url {
        shown["moHttpUrl"] = url.as_str().into();
    }
    if let Some(id) = &number.application {
        shown["messagesCallbackType"] = "app".into();
        shown["messagesCallbackValue"] = id.as_str().into();
    }
    if let Some((kind, value)) = &number.voice {
        shown["voiceCallbackType"] = kind.as_str().into();
        shown["voiceCallbackValue"] = value.as_str().into();
    }
    shown
}

fn offered(offer: &Offer) -> Value {
    json!({
        "country": offer.country,
        "msisdn": offer.msisdn,
        "type": offer.kind,
        "cost": format!("{}.{:02}", offer.cost / 1_000_000, offer.cost % 1_000_000 / 10_000),
        "features": offer.features,
    })
}
