//! What the simulated Vonage remembers. One value, changed under one lock; every change wakes those who wait for it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::inbound_messages::{ApplicationUrls, WebhookApi};
use super::opt_out::OptOuts;
use super::phone::PhoneState;
use super::rate::Rate;
use super::receipts::Receipts;
use super::rented::Rented;
use super::setup::Setup;
use super::signing::Signing;
use super::sms::Sms;
use super::stock::{self, Offer};
use super::submission::RequestSignatures;
use super::webhooks::{Webhook, WebhookFormat};
use crate::signal::{Changes, Signal};

#[derive(Default)]
pub(super) struct State {
    /// In millionths.
    pub(super) balance: u64,
    pub(super) messages_per_second: u32,
    pub(super) number_messages_per_second: Option<u32>,
    pub(super) inbound_url: Option<String>,
    pub(super) receipt_url: Option<String>,
    pub(super) webhook_format: WebhookFormat,
    /// How often each webhook is pushed at once; 0 counts as 1.
    pub(super) webhook_copies: u32,
    pub(super) webhook_latency: Duration,
    pub(super) signing: Option<Signing>,
    pub(super) request_signatures: RequestSignatures,
    pub(super) opt_outs: OptOuts,
    pub(super) webhook_api: WebhookApi,
    pub(super) application_urls: ApplicationUrls,
    pub(super) numbers: Vec<Rented>,
    /// What can still be rented.
    pub(super) stock: Vec<Offer>,
    /// The signature secret with which webhooks of the Messages API are signed.
    pub(super) bearer_secret: Option<String>,
    /// How far tests have turned the clock by which tokens and signatures are judged.
    pub(super) clock_ahead: Duration,
    /// How receipts come to phones that are new.
    pub(super) receipts: Receipts,
    pub(super) phones: BTreeMap<String, PhoneState>,
    pub(super) sent: Vec<Sms>,
    /// A webhook's id is its place here.
    pub(super) webhooks: Vec<Webhook>,
    /// SMS whose carrier has not reported yet.
    pub(super) reports_due: usize,
    pub(super) refusals: Vec<Refusal<u8>>,
    /// With which codes accepted messages are rejected.
    pub(super) rejections: Vec<Refusal<u16>>,
    pub(super) cut: Option<Cut>,
    pub(super) violations: Vec<String>,
    pub(super) unexpected: Vec<String>,
    pub(super) rate: Rate,
    ids: u64,
    concat_refs: u8,
}

/// A status or a code that a test wants in place of the right one.
pub(super) struct Refusal<T> {
    pub(super) what: T,
    /// `None`: until it is lifted.
    pub(super) times: Option<u32>,
}

/// A long SMS that a test wants accepted in part.
pub(super) struct Cut {
    pub(super) accepted: usize,
    pub(super) status: u8,
}

impl State {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            balance: setup.balance,
            messages_per_second: setup.messages_per_second,
            number_messages_per_second: setup.number_messages_per_second,
            rate: Rate::new(setup.rate_window),
            webhook_format: setup.webhook_format,
            numbers: setup.numbers.iter().map(|number| Rented::of_old(number)).collect(),
            stock: stock::all().into_iter().filter(|offer| !setup.numbers.contains(&offer.msisdn)).collect(),
            ..Self::default()
        }
    }

    /// Whether the account rents that number.
    pub(super) fn owns(&self, number: &str) -> bool {
        self.numbers.iter().any(|rented| rented.msisdn == number)
    }

    pub(super) fn phone(&mut self, number: &str) -> &mut PhoneState {
        let fresh = || PhoneState { receipts: self.receipts.clone(), ..PhoneState::default() };
        self.phones.entry(number.to_owned()).or_insert_with(fresh)
    }

    /// The next of the ids that all messages of this account share: 16 hexadecimal digits.
    pub(super) fn next_message_id(&mut self) -> String {
        self.ids += 1;
        format!("{:016X}", 0x0A00_0000_0123_ABCD + self.ids)
    }

    /// The reference that the parts of one long SMS share. It is 8 bits long, so it comes again.
    pub(super) fn next_concat_ref(&mut self) -> String {
        self.concat_refs = self.concat_refs.wrapping_add(1);
        self.concat_refs.to_string()
    }

    /// The status that a test wants for this request, if any.
    pub(super) fn take_refusal(&mut self) -> Option<u8> {
        take(&mut self.refusals)
    }

    /// The code with which a test wants this message rejected, if any.
    pub(super) fn take_rejection(&mut self) -> Option<u16> {
        take(&mut self.rejections)
    }
}

fn take<T: Copy>(refusals: &mut Vec<Refusal<T>>) -> Option<T> {
    let refusal = refusals.first_mut()?;
    let what = refusal.what;
    if let Some(times) = &mut refusal.times {
        *times -= 1;
        if *times == 0 {
            refusals.remove(0);
        }
    }
    Some(what)
}

/// The state and everybody who waits for it.
#[derive(Clone)]
pub(super) struct Shared {
    state: Arc<watch::Sender<State>>,
    signal: Signal,
}

impl Shared {
    pub(super) fn new(state: State) -> Self {
        Self { state: Arc::new(watch::Sender::new(state)), signal: Signal::default() }
    }

    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut result = None;
        self.state.send_modify(|state| result = Some(change(state)));
        self.signal.raise();
        result.expect("send_modify calls what it is given")
    }

    pub(super) fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.state.borrow())
    }

    pub(super) fn changes(&self) -> Changes {
        self.signal.changes()
    }

    /// Waits until the state is as wanted.
    pub(super) async fn until(&self, wanted: impl FnMut(&State) -> bool) {
        let mut wanted = wanted;
        // The sender lives in `self`, so it cannot be gone.
        let _ = self.state.subscribe().wait_for(|state| wanted(state)).await;
    }
}
