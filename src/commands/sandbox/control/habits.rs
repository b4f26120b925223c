//! `POST /phones/{number}/set`: how a phone behaves. Each is optional:
//!
//! | | |
//! |---|---|
//! | `on` | whether it is switched on |
//! | `reach` | whether SMS get through: `on`, `off` (they wait), `barred`, `unreachable` |
//! | `standing` | what Vonage says of its number: `good`, `opted_out`, `deactivated` |
//! | `barring` | how an SMS fails while it is on the opt-out list: `at_once`, `by_receipt` |
//! | `answers` | what it answers to every SMS; empty: nothing |

use axum::body::Bytes;
use axum::extract::{Path, State};
use serde::Deserialize;
use threadline_sandbox::vonage;

use super::problem::{Answer, read};
use super::{Control, done};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Habits {
    on: Option<bool>,
    reach: Option<Reach>,
    standing: Option<Standing>,
    barring: Option<Barring>,
    /// Empty: the phone does not answer by itself any more.
    answers: Option<String>,
}

/// Whether SMS get through to it.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reach {
    On,
    Off,
    Barred,
    Unreachable,
}

/// What Vonage says of its number.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Standing {
    Good,
    OptedOut,
    Deactivated,
}

/// How an SMS fails while it is on the opt-out list.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Barring {
    AtOnce,
    ByReceipt,
}

pub(super) async fn set(State(control): State<Control>, Path(number): Path<String>, body: Bytes) -> Answer {
    let Habits { on, reach, standing, barring, answers } = read(&body)?;
    let phone = control.phone(&number)?;
    if let Some(text) = answers {
        control.scene.answers.set(&phone, text.trim());
    }
    if let Some(standing) = standing {
        phone.set_standing(match standing {
            Standing::Good => vonage::Standing::Good,
            Standing::OptedOut => vonage::Standing::OptedOut,
            Standing::Deactivated => vonage::Standing::Deactivated,
        });
    }
    if let Some(barring) = barring {
        phone.set_barring(match barring {
            Barring::AtOnce => vonage::Barring::AtOnce,
            Barring::ByReceipt => vonage::Barring::ByReceipt,
        });
    }
    let switched = on.map(|on| if on { Reach::On } else { Reach::Off });
    if let Some(reach) = reach.or(switched) {
        phone.set_reachability(match reach {
            Reach::On => vonage::Reachability::On,
            Reach::Off => vonage::Reachability::Off,
            Reach::Barred => vonage::Reachability::Barred,
            Reach::Unreachable => vonage::Reachability::Unreachable,
        });
    }
    Ok(done())
}
