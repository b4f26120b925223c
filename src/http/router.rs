//! All routes on one screen.
//!
//! | listener | route | |
//! |---|---|---|
//! | public | `GET POST /webhooks[/<token>]/inbound-sms` | an SMS from a customer |
//! | public | `GET POST /webhooks[/<token>]/update`, `/update` | the same; the path of Vonage's tutorial |
//! | public | `GET POST /webhooks[/<token>]/delivery-receipt` | how far an SMS of ours came |
//! | public | `POST /webhooks[/<token>]/inbound-message` | an SMS from a customer, by the Messages API |
//! | public | `POST /webhooks[/<token>]/message-status` | how far a message of ours came, by the Messages API |
//! | private | `GET /healthz` | the process lives |
//! | private | `GET /readyz` | webhooks can be stored, and how the rest is |
//! | private | `GET /metrics` | figures for Prometheus |

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;

use super::error::Failure;
use super::health::{self, Admin};
use super::keeper::Keeper;
use super::limits::{self, Limits};
use crate::config;
use crate::vonage::{WebhookState, webhooks};

/// What the internet may ask.
pub fn public(door: config::Door, keeper: Keeper, limits: Limits) -> Router {
    let clock = keeper.clock();
    limited(webhooks::routes(WebhookState::new(door, Arc::new(keeper), clock)), limits)
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
