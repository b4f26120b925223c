//! All routes on one screen.
//!
//! | listener | route | |
//! |---|---|---|
//! | public | `GET POST /webhooks[/<token>]/inbound-sms` | an SMS from a customer |
//! | public | `GET POST /webhooks[/<token>]/update`, `/update` | the same; the path of Vonage's tutorial |
//! | public | `GET POST /webhooks[/<token>]/delivery-receipt` | how far an SMS of ours came |
//! | private | `GET /healthz` | the process lives |
//! | private | `GET /readyz` | webhooks can be stored, and how the rest is |
//! | private | `GET /metrics` | figures for Prometheus |

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use secrecy::SecretString;

use super::error::Failure;
use super::health::{self, Admin};
use super::limits::{self, Limits};
use crate::inbox::intake::Intake;
use crate::store::inbox::NewWebhook;
use crate::vonage::{Keep, NotKept, Verified, WebhookState, webhooks};

/// What the internet may ask. Without a path token anybody may bring webhooks.
pub fn public(intake: Intake, path_token: Option<SecretString>, limits: Limits) -> Router {
    limited(webhooks::routes(WebhookState::new(path_token, Arc::new(intake))), limits)
}

/// What only the operator's own machines may ask.
pub fn private(admin: Admin, limits: Limits) -> Router {
    let routes = Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .with_state(admin);
    limited(routes, limits)
}

fn limited(routes: Router, limits: Limits) -> Router {
    routes
        .fallback(async || Failure::NotFound)
        .method_not_allowed_fallback(async || Failure::MethodNotAllowed)
        .layer(from_fn(limits::body))
        .layer(from_fn_with_state(limits, limits::time))
}

/// Where the public routes meet the inbox.
#[async_trait]
impl Keep for Intake {
    async fn keep(&self, webhook: Verified) -> Result<(), NotKept> {
        let source = webhook.source();
        let (key, raw) = webhook.into_key_and_raw();
        self.keep(NewWebhook { source, key, raw }).await.map_err(|why| NotKept(why.to_string()))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
