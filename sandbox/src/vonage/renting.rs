//! `POST /number/buy`, `/number/cancel` and `/number/update`.

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, header};
use serde_json::json;

use super::account_api::{refused, unauthorized};
use super::credentials::{self, Credentials};
use super::fields::Fields;
use super::numbers_api::missing;
use super::rented::Rented;
use super::stock::{self, Offer};
use super::{Core, UrlRefused};

type Pairs = Vec<(String, String)>;

/// What the real service says of almost everything that it does not do.
const FAILED: &str = "method failed";
const NEEDS_ADDRESS: &str =
    "Numbers from this country can be requested from the Dashboard: a valid local address has to be given first.";

const DETAILS: &[&str] = &["api_key", "api_secret", "country", "msisdn", "target_api_key"];
const UPDATE: &[&str] = &[
    "api_key",
    "api_secret",
    "country",
    "msisdn",
    "app_id",
    "moHttpUrl",
    "moSmppSysType",
    "voiceCallbackType",
    "voiceCallbackValue",
    "voiceStatusCallback",
    "messagesCallbackType",
    "messagesCallbackValue",
];

/// What every one of these calls names.
struct Asked {
    fields: Fields,
    country: String,
    msisdn: String,
}

pub(super) async fn buy(
    State(core): State<Core>,
    Query(query): Query<Pairs>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let asked = match asked(&core, "POST /number/buy", query, &headers, &body, DETAILS) {
        Ok(asked) => asked,
        Err(response) => return *response,
    };
    let bought = core.state.change(|state| {
        let is_it = |offer: &Offer| offer.msisdn == asked.msisdn && offer.country == asked.country;
        let place = state.stock.iter().position(is_it).ok_or(FAILED)?;
        if state.stock[place].needs_address {
            return Err(NEEDS_ADDRESS);
        }
        state.balance = state.balance.checked_sub(state.stock[place].cost).ok_or(FAILED)?;
        let offer = state.stock.remove(place);
        state.numbers.push(Rented::bought(offer));
        Ok(())
    });
    answer(bought)
}

pub(super) async fn cancel(
    State(core): State<Core>,
    Query(query): Query<Pairs>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let asked = match asked(&core, "POST /number/cancel", query, &headers, &body, DETAILS) {
        Ok(asked) => asked,
        Err(response) => return *response,
    };
    let cancelled = core.state.change(|state| {
        let place = state.numbers.iter().position(|number| asked.is(number)).ok_or(FAILED)?;
        state.numbers.remove(place);
        // What was in the stock once is to be had again.
        state.stock.extend(stock::all().into_iter().filter(|offer| offer.msisdn == asked.msisdn));
        Ok(())
    });
    answer(cancelled)
}

pub(super) async fn update(
    State(core): State<Core>,
    Query(query): Query<Pairs>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let asked = match asked(&core, "POST /number/update", query, &headers, &body, UPDATE) {
        Ok(asked) => asked,
        Err(response) => return *response,
    };
    if !core.state.read(|state| state.numbers.iter().any(|number| asked.is(number))) {
        return refused(FAILED);
    }
    let fields = &asked.fields;
    // The older pair of fields says the same as `app_id`.
    let application = fields.get("app_id").or_else(|| fields.get("messagesCallbackValue"));
    if application.is_some_and(|id| !id.is_empty() && id != core.setup.application.id) {
        return refused(FAILED);
    }
    let voice = match (fields.get("voiceCallbackType"), fields.get("voiceCallbackValue")) {
        (Some(kind), Some(value)) => Some((kind.to_owned(), value.to_owned())),
        (None, None) => None,
        _ => return refused(FAILED),
    };
    let url = fields.get("moHttpUrl");
    if let Some(url) = url.filter(|url| !url.is_empty())
        && let Err(UrlRefused(why)) = core.verify(url).await
    {
        return refused(&why);
    }
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    core.state.change(|state| {
        for number in state.numbers.iter_mut().filter(|number| asked.is(number)) {
            if let Some(url) = url {
                number.url = given(url);
            }
            if let Some(id) = application {
                number.application = given(id);
            }
            if voice.is_some() {
                number.voice.clone_from(&voice);
            }
        }
    });
    answer(Ok(()))
}

impl Asked {
    fn is(&self, number: &Rented) -> bool {
        number.msisdn == self.msisdn && number.country == self.country
    }
}

/// Reads a call: who calls, and about which number. The parameters may stand in the query as well.
fn asked(
    core: &Core,
    call: &str,
    query: Pairs,
    headers: &HeaderMap,
    body: &Bytes,
    known: &[&str],
) -> Result<Asked, Box<Response>> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let form = Fields::read(content_type, body);
    let form = form.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let fields: Fields = query.into_iter().chain(form).collect();
    if credentials::check(&core.setup, headers, &fields) != Credentials::Right {
        return Err(Box::new(unauthorized()));
    }
    core.note_unknown(call, headers, &fields, known);
    let required = |name| match fields.get(name) {
        Some(value) if !value.is_empty() => Ok(value.to_owned()),
        _ => Err(Box::new(missing(name))),
    };
    let (country, msisdn) = (required("country")?, required("msisdn")?);
    // There are no subaccounts here.
    if fields.get("target_api_key").is_some_and(|key| key != core.setup.api_key) {
        return Err(Box::new(unauthorized()));
    }
    Ok(Asked { fields, country, msisdn })
}

fn answer(done: Result<(), &str>) -> Response {
    match done {
        Ok(()) => Json(json!({"error-code": "200", "error-code-label": "success"})).into_response(),
        Err(why) => refused(why),
    }
}
