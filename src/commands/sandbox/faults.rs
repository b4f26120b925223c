//! `POST /faults`: what goes wrong from now on.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use threadline_sandbox::discord::Cut;
use threadline_sandbox::fault::{Fault, Faults};

use super::scene::Scene;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    service: Service,
    fault: Kind,
    /// Which requests: a path in which `*` stands for anything. All where left out.
    path: Option<String>,
    /// How often; until it is cleared where left out.
    times: Option<u32>,
    /// For `status`.
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
    /// Discord's gateway drops its connections, once.
    DropGateway,
    /// No fault any more. What is down stays down.
    Clear,
}

impl Wish {
    /// # Errors
    /// Where the wish makes no sense.
    pub(super) async fn grant(self, scene: &Scene) -> anyhow::Result<()> {
        let Scene { vonage, discord, .. } = scene;
        match (self.fault, self.service) {
            (Kind::Down, Service::Vonage) => vonage.down().await,
            (Kind::Down, Service::Discord) => discord.down().await,
            (Kind::Up, Service::Vonage) => vonage.up().await?,
            (Kind::Up, Service::Discord) => discord.up().await?,
            (Kind::DropGateway, Service::Discord) => discord.drop_gateway(Cut::Tcp),
            (Kind::DropGateway, Service::Vonage) => anyhow::bail!("Vonage has no gateway"),
            (Kind::Clear, _) => self.faults(scene).clear(),
            (Kind::Status | Kind::Latency | Kind::Hang | Kind::Reset, _) => self.faults(scene).add(self.fault()?),
        }
        Ok(())
    }

    fn faults<'a>(&self, scene: &'a Scene) -> &'a Faults {
        match self.service {
            Service::Vonage => scene.vonage.faults(),
            Service::Discord => scene.discord.faults(),
        }
    }

    fn fault(&self) -> anyhow::Result<Fault> {
        let fault = Fault::on("*", self.path.as_deref().unwrap_or("*"));
        ensure!(self.times != Some(0), "times: a fault that never happens is none");
        let fault = match self.times {
            Some(times) => fault.times(times),
            None => fault.until_cleared(),
        };
        Ok(match (self.fault, self.after_effect) {
            (Kind::Status, after_effect) => {
                let status = self.status.context("status: which one, from 400 to 599?")?;
                ensure!((400..600).contains(&status), "status: from 400 to 599");
                if after_effect { fault.status_after_effect(status) } else { fault.status(status) }
            }
            (Kind::Latency, _) => {
                let milliseconds = self.milliseconds.context("milliseconds: how many?")?;
                fault.latency(Duration::from_millis(milliseconds))
            }
            (Kind::Hang, false) => fault.hang(),
            (Kind::Hang, true) => fault.hang_after_effect(),
            (_, false) => fault.reset(),
            (_, true) => fault.reset_after_effect(),
        })
    }
}
