//! The wire: every request of the bridge to both providers, and every call of theirs to it, in words for the page.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde::Serialize;
use serde_json::Value;
use threadline_sandbox::discord::Event;
use threadline_sandbox::vonage::{Attempt, Webhook, WebhookFormat};
use threadline_sandbox::wire::Exchange;

use super::scene::Scene;
use super::veil;

const FORM: &[u8] = b"application/x-www-form-urlencoded";

/// One request and its answer.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Entry {
    /// Ascending in the order in which they were read.
    pub(super) id: u64,
    /// Unix milliseconds.
    at: u128,
    provider: Provider,
    direction: Direction,
    /// `GATEWAY` for Discord's events, which have no answer.
    method: String,
    path: String,
    /// None: there was no answer.
    status: Option<u16>,
    milliseconds: Option<u128>,
    /// Whether a fault made the answer, or took it away.
    faulted: bool,
    request: Side,
    response: Side,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Provider {
    Vonage,
    Discord,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Direction {
    /// The bridge asks the provider.
    Request,
    /// The provider calls the bridge.
    Webhook,
}

#[derive(Clone, Debug, Default, Serialize)]
struct Side {
    headers: Vec<(String, String)>,
    body: String,
}

/// What of the wire was read already.
#[derive(Default)]
pub(super) struct Reader {
    vonage: usize,
    discord: usize,
    events: usize,
    /// How many attempts of each webhook.
    attempts: Vec<usize>,
    last: u64,
}

impl Reader {
    /// What is new, in the order in which it happened.
    pub(super) fn read(&mut self, scene: &Scene) -> Vec<Entry> {
        let mut fresh = Vec::new();
        let exchanges = scene.vonage.requests().since(self.vonage);
        self.vonage += exchanges.len();
        fresh.extend(exchanges.iter().map(|exchange| request(Provider::Vonage, exchange)));
        let exchanges = scene.discord.requests().since(self.discord);
        self.discord += exchanges.len();
        fresh.extend(exchanges.iter().map(|exchange| request(Provider::Discord, exchange)));
        let (events, count) = scene.discord.events(self.events);
        self.events = count;
        fresh.extend(events.iter().map(event));
        let webhooks = scene.vonage.webhooks();
        self.attempts.resize(webhooks.len(), 0);
        for (webhook, read) in webhooks.iter().zip(&mut self.attempts) {
            fresh.extend(webhook.attempts.iter().skip(*read).map(|attempt| push(webhook, attempt)));
            *read = webhook.attempts.len();
        }
        fresh.sort_by_key(|entry| entry.at);
        for entry in &mut fresh {
            self.last += 1;
            entry.id = self.last;
        }
        fresh
    }
}

fn request(provider: Provider, exchange: &Exchange) -> Entry {
    Entry {
        id: 0,
        at: millis(exchange.at),
        provider,
        direction: Direction::Request,
        method: exchange.method.to_string(),
        path: veil::path(&exchange.path, exchange.query.as_deref()),
        status: exchange.status,
        milliseconds: Some(exchange.took.as_millis()),
        faulted: exchange.faulted,
        request: side(provider, &exchange.request_headers, &exchange.request_body),
        response: side(provider, &exchange.response_headers, &exchange.response_body),
    }
}

fn event(event: &Event) -> Entry {
    let body = serde_json::to_string_pretty(&veil::event(&event.name, event.data.clone())).unwrap_or_default();
    Entry {
        id: 0,
        at: millis(event.at),
        provider: Provider::Discord,
        direction: Direction::Webhook,
        method: "GATEWAY".to_owned(),
        path: event.name.clone(),
        status: None,
        milliseconds: None,
        faulted: false,
        request: Side { headers: Vec::new(), body },
        response: Side::default(),
    }
}

fn push(webhook: &Webhook, attempt: &Attempt) -> Entry {
    let Webhook { url, format, authorization, .. } = webhook;
    // The origin is always this machine.
    let path = url.splitn(4, '/').nth(3).map_or_else(|| url.clone(), |path| format!("/{path}"));
    let method = if *format == WebhookFormat::Get { "GET" } else { "POST" };
    Entry {
        id: 0,
        at: millis(attempt.at),
        provider: Provider::Vonage,
        direction: Direction::Webhook,
        method: method.to_owned(),
        path,
        status: attempt.status,
        milliseconds: None,
        faulted: false,
        request: Side {
            headers: authorization.iter().map(|value| shown(Provider::Vonage, "authorization", value)).collect(),
            body: serde_json::to_string_pretty(&veil::json(webhook.json())).unwrap_or_default(),
        },
        response: Side { headers: Vec::new(), body: pretty(attempt.body.as_bytes()) },
    }
}

fn side(provider: Provider, headers: &HeaderMap, body: &[u8]) -> Side {
    let shown =
        headers.iter().map(|(name, value)| shown(provider, name.as_str(), value.to_str().unwrap_or("(not text)")));
    let form = headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(FORM));
    Side { headers: shown.collect(), body: if form { lines_of_form(body) } else { pretty(body) } }
}

fn shown(provider: Provider, name: &str, value: &str) -> (String, String) {
    (name.to_owned(), veil::header(provider, name, value).to_owned())
}

/// One field a line, decoded.
fn lines_of_form(body: &[u8]) -> String {
    let fields = url::form_urlencoded::parse(body);
    fields.map(|(name, value)| format!("{name}: {}", veil::parameter(&name, &value))).collect::<Vec<_>>().join("\n")
}

/// JSON with one thing a line, and other text as it is.
fn pretty(body: &[u8]) -> String {
    let json = serde_json::from_slice::<Value>(body).ok().and_then(|json| serde_json::to_string_pretty(&json).ok());
    json.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned())
}

fn millis(at: SystemTime) -> u128 {
    at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()
}
