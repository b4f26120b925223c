//! `POST /bridge`: its process, and what it asks of webhooks. One of both:
//!
//! | | |
//! |---|---|
//! | `do` | `start`, `stop` (in order), `kill` (at once) |
//! | `signatures` | `none`, `demand`, `observe`, `wrong_secret`; a bridge that runs is started again for it |

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::super::bridge::Order;
use super::super::signatures::Check;
use super::problem::{Answer, Problem, read};
use super::{Control, done};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deed {
    #[serde(rename = "do")]
    what: Option<What>,
    signatures: Option<Check>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Start,
    Stop,
    Kill,
}

pub(super) async fn order(State(control): State<Control>, body: Bytes) -> Answer {
    match read(&body)? {
        Deed { what: Some(what), signatures: None } => {
            let order = match what {
                What::Start => Order::Start,
                What::Stop => Order::Stop,
                What::Kill => Order::Kill,
            };
            control.scene.bridge.order(order).await;
        }
        Deed { what: None, signatures: Some(check) } => {
            control.scene.signatures.check(check);
            control.restart_bridge().await?;
            control.live.look_again();
        }
        _ => return Err(Problem(StatusCode::BAD_REQUEST, "say one of `do` and `signatures`".to_owned())),
    }
    Ok(done())
}

impl Control {
    /// Has the bridge ask for what it is to ask for. It is started again only where that is something else.
    pub(super) async fn restart_bridge(&self) -> Result<(), Problem> {
        let changed = self.scene.configuration.write(&self.scene.signatures);
        let changed = changed.map_err(|error| {
            let detail = format!("the bridge's configuration cannot be written: {error}");
            Problem(StatusCode::INTERNAL_SERVER_ERROR, detail)
        })?;
        if changed {
            self.scene.bridge.order(Order::Restart).await;
        }
        Ok(())
    }
}
