//! `POST /faults`: what goes wrong from now on.

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;
use threadline_sandbox::discord::Cut;
use threadline_sandbox::fault::Fault;
use threadline_sandbox::vonage::Receipts;

use super::super::scene::Scene;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    service: Service,
    fault: Kind,
    /// Which requests: a path in which `*` stands for anything. All where left out.
    path: Option<String>,
    /// How often; until it is cleared where left out.
    times: Option<u32>,
    /// For `status`: one of HTTP. For `refuse`: one of the SMS API.
    status: Option<u16>,
    /// For `latency`.
    milliseconds: Option<u64>,
    /// For `status`, `hang` and `reset`: the service has done what was asked, and does not say so.
    #[serde(default)]
    after_effect: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Service {
    Vonage,
    Discord,
    /// Vonage's webhooks.
    Webhooks,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// Connections are refused.
    Down,
    /// Back, on the same port.
    Up,
    Status,
    Latency,
    Hang,
    Reset,
    /// Vonage answers requests to send with a status of its own, such as 9: no credit.
    Refuse,
    /// Discord's gateway drops its connections, once.
    DropGateway,
    /// Each webhook comes twice.
    Twice,
    /// Receipts come before the request to send is answered.
    ReceiptFirst,
    NoReceipts,
    /// No fault any more. What is down stays down.
    Clear,
}

impl Wish {
    /// # Errors
    /// Where the wish makes no sense.
    pub(super) async fn grant(self, scene: &Scene) -> anyhow::Result<()> {
        let Scene { vonage, discord, .. } = scene;
        match (self.service, self.fault) {
            (Service::Vonage, Kind::Down) => vonage.down().await,
            (Service::Vonage, Kind::Up) => vonage.up().await?,
            (Service::Vonage, Kind::Refuse) => vonage.refuse(self.refusal()?, self.times()?),
            (Service::Vonage, Kind::Clear) => {
                vonage.faults().clear();
                vonage.lift_refusals();
            }
            (Service::Discord, Kind::Down) => discord.down().await,
            (Service::Discord, Kind::Up) => discord.up().await?,
            (Service::Discord, Kind::DropGateway) => discord.drop_gateway(Cut::Tcp),
            (Service::Discord, Kind::Clear) => discord.faults().clear(),
            (Service::Webhooks, Kind::Twice) => vonage.set_webhook_copies(2),
            (Service::Webhooks, Kind::Latency) => vonage.set_webhook_latency(self.latency()?),
            (Service::Webhooks, Kind::ReceiptFirst) => vonage.set_receipts(|receipts| receipts.before_answer = true),
            (Service::Webhooks, Kind::NoReceipts) => vonage.set_receipts(|receipts| receipts.enabled = false),
            (Service::Webhooks, Kind::Clear) => {
                vonage.set_webhook_copies(1);
                vonage.set_webhook_latency(Duration::ZERO);
                vonage.set_receipts(|receipts| *receipts = Receipts::default());
            }
            (Service::Vonage, Kind::Status | Kind::Latency | Kind::Hang | Kind::Reset) => {
                vonage.faults().add(self.fault()?);
            }
            (Service::Discord, Kind::Status | Kind::Latency | Kind::Hang | Kind::Reset) => {
                discord.faults().add(self.fault()?);
            }
            _ => bail!("this service has no such fault; see docs/sandbox.md"),
        }
        Ok(())
    }

    fn fault(&self) -> anyhow::Result<Fault> {
        let fault = Fault::on("*", self.path.as_deref().unwrap_or("*"));
        let fault = match self.times()? {
            Some(times) => fault.times(times),
            None => fault.until_cleared(),
        };
        Ok(match (self.fault, self.after_effect) {
            (Kind::Status, after_effect) => {
                let status = self.status.context("status: which one, from 400 to 599?")?;
                ensure!((400..600).contains(&status), "status: from 400 to 599");
                if after_effect { fault.status_after_effect(status) } else { fault.status(status) }
            }
            (Kind::Latency, _) => fault.latency(self.latency()?),
            (Kind::Hang, false) => fault.hang(),
            (Kind::Hang, true) => fault.hang_after_effect(),
            (_, false) => fault.reset(),
            (_, true) => fault.reset_after_effect(),
        })
    }

    fn times(&self) -> anyhow::Result<Option<u32>> {
        ensure!(self.times != Some(0), "times: a fault that never happens is none");
        Ok(self.times)
    }

    fn latency(&self) -> anyhow::Result<Duration> {
        let milliseconds = self.milliseconds.context("milliseconds: how many?")?;
        ensure!(milliseconds <= 60_000, "milliseconds: 60000 at most");
        Ok(Duration::from_millis(milliseconds))
    }

    fn refusal(&self) -> anyhow::Result<u8> {
        let status = self.status.context("status: which one of the SMS API, from 1 to 99?")?;
        ensure!((1..100).contains(&status), "status: one of the SMS API, from 1 to 99");
        Ok(u8::try_from(status)?)
    }
}
