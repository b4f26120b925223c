//! Where the public routes meet the inbox, and the operator's ear.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::domain::clock_difference::{ENOUGH, is_wrong};
use crate::domain::effect::Notice;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Api, Unsigned};
use crate::flows::Flows;
use crate::health::Health;
use crate::inbox::intake::Intake;
use crate::ports::Clock;
use crate::store::StoreError;
use crate::store::inbox::{Kept, NewWebhook};
use crate::vonage::{Keep, NotKept, Verified};
use crate::wording::operator;

/// The key of what is wrong with an API's signatures.
const fn trouble(api: Api) -> &'static str {
    match api {
        Api::Sms => "webhooks",
        Api::Messages => "webhooks:messages",
    }
}

/// Strangers can post without a signature as often as they like; the operator hears of it so often at most.
const TELL_AGAIN_AFTER: Duration = Duration::from_secs(60 * 60);

/// Keeps webhooks, and hears of those that are not signed as they should be.
pub struct Keeper {
    intake: Intake,
    flows: Flows,
    health: Arc<Health>,
    /// When the operator was last told of each.
    told: Mutex<BTreeMap<String, Timestamp>>,
}

impl Keeper {
    #[must_use]
    pub const fn new(intake: Intake, flows: Flows, health: Arc<Health>) -> Self {
        Self { intake, flows, health, told: Mutex::new(BTreeMap::new()) }
    }

    pub(super) fn clock(&self) -> Arc<dyn Clock> {
        self.flows.clock.clone()
    }

    /// Whether the operator was not told lately; from now on they were.
    fn is_news(&self, notice: &Notice) -> bool {
        let now = self.flows.clock.now();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let news = told.get(&notice.key()).is_none_or(|told| now.since(*told) >= TELL_AGAIN_AFTER);
        if news {
            told.insert(notice.key(), now);
        }
        news
    }

    async fn tell(&self, notice: Notice) -> Result<(), StoreError> {
        let mut tx = self.flows.store.begin().await?;
        self.flows.tell_operator(&mut tx, notice).await?;
        tx.commit().await?;
        self.flows.wake.couriers();
        Ok(())
    }
}

#[async_trait]
impl Keep for Keeper {
    async fn keep(&self, webhook: Verified) -> Result<Kept, NotKept> {
        let source = webhook.source();
        let (key, raw) = webhook.into_key_and_raw();
        self.intake.keep(NewWebhook { source, key, raw }).await.map_err(|why| NotKept(why.to_string()))
    }

    fn true_time(&self) -> Option<Timestamp> {
        let difference = self.health.clock_difference(ENOUGH).filter(|difference| is_wrong(*difference))?;
        Some(Timestamp(self.flows.clock.now().0.saturating_sub(difference)))
    }

    async fn hear(&self, api: Api, unsigned: Option<Unsigned>, let_in: bool) {
        let Some(what) = unsigned else {
            self.health.mended(trouble(api));
            return;
        };
        self.health.trouble(trouble(api), &operator::unsigned(api, what, let_in));
        let notice = Notice::WebhookUnsigned { api, what, let_in };
        let key = notice.key();
        if self.is_news(&notice)
            && let Err(error) = self.tell(notice).await
        {
            // The next one tells.
            self.told.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
            tracing::error!(%error, "the operator could not be told of webhooks that are not signed as they should be");
        }
    }
}
