//! `POST /account`: the account at Vonage. Each is optional:
//!
//! | | |
//! |---|---|
//! | `balance` | its credit in euros |
//! | `per_second`, `number_per_second` | how many SMS leave in a second: of the account, of each number (0: no such limit) |
//! | `webhooks` | in which API's form inbound SMS come: `sms`, `messages` |
//! | `format` | how webhooks of the SMS API are sent: `get`, `post`, `json` |
//! | `signing` | how webhooks are signed: `none`, `token`, `md5hash`, `md5`, `sha1`, `sha256`, `sha512` |
//! | `opt_out_assist`, `network_answers` | whether Vonage keeps an opt-out list; whether the network answers STOP itself |

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use threadline_sandbox::vonage::{WebhookApi, WebhookFormat};

use super::super::signatures::Signing;
use super::problem::{Answer, Problem, read};
use super::{Control, done};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    balance: Option<f64>,
    per_second: Option<u32>,
    number_per_second: Option<u32>,
    webhooks: Option<Form>,
    format: Option<Format>,
    signing: Option<Signing>,
    opt_out_assist: Option<bool>,
    network_answers: Option<bool>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Form {
    Sms,
    Messages,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Format {
    Get,
    Post,
    Json,
}

/// More than any account has.
const RICHEST: f64 = 1_000_000.0;
const FASTEST: u32 = 1000;

pub(super) async fn set(State(control): State<Control>, body: Bytes) -> Answer {
    let account: Account = read(&body)?;
    let refused = |why: &str| Problem(StatusCode::BAD_REQUEST, why.to_owned());
    account.check().map_err(refused)?;
    if let Some(signing) = account.signing {
        control.scene.signatures.sign(&control.scene.vonage, signing).map_err(refused)?;
        control.restart_bridge().await?;
    }
    account.settle(&control);
    control.live.look_again();
    Ok(done())
}

/// In millionths; `euros` is from 0 to [`RICHEST`].
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "its range was checked")]
fn micros(euros: f64) -> u64 {
    (euros * 1e6).round() as u64
}

impl Account {
    fn check(&self) -> Result<(), &'static str> {
        if self.balance.is_some_and(|euros| !(0.0..=RICHEST).contains(&euros)) {
            return Err("balance: euros, from 0 to 1000000");
        }
        if self.per_second.is_some_and(|count| !(1..=FASTEST).contains(&count)) {
            return Err("per_second: from 1 to 1000");
        }
        if self.number_per_second.is_some_and(|count| count > FASTEST) {
            return Err("number_per_second: from 1 to 1000, or 0 for no limit");
        }
        Ok(())
    }

    /// Changes what Vonage alone has to know.
    fn settle(&self, control: &Control) {
        let vonage = &control.scene.vonage;
        if let Some(euros) = self.balance {
            vonage.set_balance(micros(euros));
        }
        if let Some(count) = self.per_second {
            vonage.set_rate(count);
        }
        if let Some(count) = self.number_per_second {
            vonage.set_number_rate((count > 0).then_some(count));
        }
        if let Some(form) = self.webhooks {
            vonage.set_webhook_api(match form {
                Form::Sms => WebhookApi::Sms,
                Form::Messages => WebhookApi::Messages,
            });
        }
        if let Some(format) = self.format {
            vonage.set_webhook_format(match format {
                Format::Get => WebhookFormat::Get,
                Format::Post => WebhookFormat::Post,
                Format::Json => WebhookFormat::PostJson,
            });
        }
        if let Some(assisted) = self.opt_out_assist {
            vonage.set_opt_out_assist(assisted);
        }
        if let Some(answers) = self.network_answers {
            vonage.set_network_answers(answers);
        }
    }
}
