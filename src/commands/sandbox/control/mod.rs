//! What `threadline sandbox` answers: the page, and what people do on it, as JSON. Also for `curl`, so bodies need no
//! content type.
//!
//! | route | body |
//! |---|---|
//! | `GET /`, `GET /page/{file}` | the page |
//! | `GET /state`, `GET /events` | what everybody sees: now, and as it changes |
//! | `POST /phones`, `/phones/{number}/send`, `send-missing` | see `phones` |
//! | `POST /phones/{number}/set` | see `habits` |
//! | `POST /account` | see `account` |
//! | `POST /agents/{name}/command`, `click`, `modal`, `autocomplete`, `say` | see `agents` |
//! | `POST /moderator` | see `moderator` |
//! | `POST /faults` | see `faults` |
//! | `POST /bridge` | see `bridge` |

mod account;
mod agents;
mod bridge;
mod faults;
mod files;
mod guard;
mod habits;
mod moderator;
mod phones;
mod problem;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use self::faults::Wish;
use self::problem::{Answer, Problem, read};
use super::live::Live;
use super::scene::Scene;
use super::stage::stage;
use super::transcript::Transcript;

/// What every route can reach.
#[derive(Clone)]
pub(super) struct Control {
    scene: Scene,
    transcript: Arc<Transcript>,
    live: Arc<Live>,
    /// Cancelled once the opening was played: until then nobody else acts.
    played: CancellationToken,
    shutdown: CancellationToken,
}

/// The routes; they are served at `address` only.
pub(super) fn routes(control: Control, address: SocketAddr) -> Router {
    let acting = Router::new()
        .route("/phones", post(phones::add))
        .route("/phones/{number}/send", post(phones::send))
        .route("/phones/{number}/send-missing", post(phones::send_missing))
        .route("/phones/{number}/set", post(habits::set))
        .route("/account", post(account::set))
        .route("/agents/{name}/command", post(agents::command))
        .route("/agents/{name}/autocomplete", post(agents::autocomplete))
        .route("/agents/{name}/click", post(agents::click))
        .route("/agents/{name}/modal", post(agents::modal))
        .route("/agents/{name}/say", post(agents::say))
        .route("/moderator", post(moderator::act))
        .route("/faults", post(faults))
        .route("/bridge", post(bridge::order))
        .route_layer(middleware::from_fn_with_state(control.clone(), after_the_opening));
    Router::new()
        .route("/", get(files::front))
        .route("/page/{*path}", get(files::file))
        .route("/state", get(state))
        .route("/events", get(async |State(control): State<Control>| control.live.events(control.shutdown.clone())))
        .merge(acting)
        .fallback(async || Problem(StatusCode::NOT_FOUND, "there is nothing here; see docs/sandbox.md".to_owned()))
        .method_not_allowed_fallback(async || {
            Problem(StatusCode::METHOD_NOT_ALLOWED, "this address does not take that method".to_owned())
        })
        .layer(middleware::from_fn_with_state(address, guard::own_pages_only))
        .with_state(control)
}

impl Control {
    pub(super) fn new(
        scene: &Scene,
        transcript: &Arc<Transcript>,
        live: Arc<Live>,
        shutdown: CancellationToken,
    ) -> Self {
        let played = CancellationToken::new();
        Self { scene: scene.clone(), transcript: transcript.clone(), live, played, shutdown }
    }

    /// From now on anybody may act.
    pub(super) fn opening_is_over(&self) {
        self.played.cancel();
    }
}

async fn after_the_opening(State(control): State<Control>, request: Request, next: Next) -> Response {
    if control.played.is_cancelled() {
        // What somebody waits for must not hold the end up.
        let answer = control.shutdown.run_until_cancelled(next.run(request)).await;
        let ends = || Problem(StatusCode::SERVICE_UNAVAILABLE, "the sandbox ends".to_owned()).into_response();
        return answer.unwrap_or_else(ends);
    }
    let busy = "the sandbox still plays its opening, which takes some seconds; then it is your turn";
    Problem(StatusCode::CONFLICT, busy.to_owned()).into_response()
}

async fn state(State(control): State<Control>) -> Response {
    Json(stage(&control.scene)).into_response()
}

async fn faults(State(control): State<Control>, body: Bytes) -> Answer {
    let wish: Wish = read(&body)?;
    let granted = wish.grant(&control.scene).await;
    granted.map_err(|error| Problem(StatusCode::BAD_REQUEST, format!("{error:#}")))?;
    control.live.look_again();
    Ok(done())
}

fn done() -> Json<Value> {
    Json(json!({ "done": true }))
}
