//! The webhooks' routes behind one door, and what holds for whatever they keep.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use threadline::config::Door;
use threadline::domain::phone::Address;
use threadline::domain::time::Timestamp;
use threadline::domain::webhook::{Api, Unsigned, Webhook};
use threadline::ports::{Clock, WebhookReader as _};
use threadline::store::inbox;
use threadline::vonage::{Keep, NotKept, Reader, Verified, WebhookState, webhooks};
use tower::ServiceExt as _;

use super::asked::Asked;

/// When all is asked and signed: 2025-11-22, in Unix seconds.
pub const NOW: i64 = 1_763_816_709;

pub struct Room {
    routes: axum::Router,
    shelf: Arc<Shelf>,
    runtime: tokio::runtime::Runtime,
}

/// What one request led to.
pub struct Outcome {
    pub status: u16,
    pub body: Vec<u8>,
    pub kept: Vec<Kept>,
}

/// A webhook that was kept.
#[derive(Debug, PartialEq, Eq)]
pub struct Kept {
    pub source: &'static str,
    pub key: String,
    pub raw: Vec<u8>,
}

impl Room {
    pub fn new(door: Door) -> Self {
        let shelf = Arc::new(Shelf::default());
        let routes = webhooks::routes(WebhookState::new(door, shelf.clone(), Arc::new(Then)));
        Self { routes, shelf, runtime: tokio::runtime::Builder::new_current_thread().build().unwrap() }
    }

    /// Asks, and holds the answer against what is documented. `None`: it is no request.
    pub fn ask(&self, asked: &Asked) -> Option<Outcome> {
        let request = asked.request()?;
        let answer = self.runtime.block_on(self.routes.clone().oneshot(request)).unwrap();
        let status = answer.status().as_u16();
        let body = self.runtime.block_on(axum::body::to_bytes(answer.into_body(), 100_000)).unwrap().to_vec();
        let kept: Vec<Kept> = std::mem::take(&mut *self.shelf.0.lock().unwrap());
        assert!([200, 400, 401, 404, 405, 413, 503].contains(&status), "{status} is no documented answer");
        let nothing_to_keep = asked.method == b"HEAD"
            || (asked.method == b"GET" && asked.query.as_deref().unwrap_or_default().is_empty());
        assert_eq!(kept.len(), usize::from(status == 200 && !nothing_to_keep), "answered {status}");
        kept.iter().for_each(Kept::check);
        Some(Outcome { status, body, kept })
    }
}

impl Kept {
    /// Its key fits into the database, and says whether it can be read.
    fn check(&self) {
        let Self { source, key, raw } = self;
        assert!(key.len() <= 200 && key.bytes().all(|byte| byte.is_ascii_graphic()), "{key:?}");
        match Reader.read(source, raw) {
            Ok(webhook) => {
                check(&webhook);
                let prefix = match *source {
                    "inbound_sms" => "sms:",
                    "delivery_receipt" => "dlr:",
                    "inbound_message" => "message:",
                    _ => "status:",
                };
                assert!(key.starts_with(prefix), "{source} has the key {key:?}");
            }
            Err(_) => assert!(key.starts_with("unread:"), "{key:?} cannot be read"),
        }
    }
}

/// No U+0000 is left, which PostgreSQL would refuse.
pub fn check(webhook: &Webhook) {
    let texts = match webhook {
        Webhook::InboundSms(sms) => {
            let from = match &sms.from {
                Address::Phone(phone) => phone.e164(),
                Address::Other(name) => name,
            };
            let reference = sms.concat.as_ref().map_or("", |concat| &concat.reference);
            if let Some(place) = sms.concat.as_ref().and_then(|concat| concat.place) {
                assert!((1..=place.total).contains(&place.part) && place.total <= 255, "{place:?}");
            }
            vec![&sms.provider_id.0, &sms.text, from, reference]
        }
        Webhook::DeliveryReceipt(receipt) => vec![receipt.provider_id.0.as_str()],
        Webhook::OtherChannel(channel) => vec![channel.as_str()],
    };
    assert!(texts.iter().all(|text| !text.contains('\0')), "U+0000 in {webhook:?}");
}

#[derive(Default)]
struct Shelf(Mutex<Vec<Kept>>);

#[async_trait]
impl Keep for Shelf {
    async fn keep(&self, webhook: Verified) -> Result<inbox::Kept, NotKept> {
        let source = webhook.source();
        let (key, raw) = webhook.into_key_and_raw();
        self.0.lock().unwrap().push(Kept { source, key, raw: raw.to_vec() });
        Ok(inbox::Kept::New)
    }

    async fn hear(&self, _: Api, _: Option<Unsigned>, _: bool) {}
}

struct Then;

#[async_trait]
impl Clock for Then {
    fn now(&self) -> Timestamp {
        Timestamp(NOW * 1000)
    }

    async fn sleep_until(&self, _: Timestamp) {}
}
