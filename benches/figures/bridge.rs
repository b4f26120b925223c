//! What is measured, as a process of its own: the program as it is released, or a role of this one.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tempfile::TempDir;

use crate::outside::{Outside, PATIENCE};
use crate::role::Role;

/// A process that serves webhooks. Killed when dropped.
pub struct Server {
    child: Child,
    pub public: SocketAddr,
}

/// What a process has of the machine's memory, in bytes.
pub struct Memory {
    pub resident: u64,
    /// Without what the system has read of files, such as the program's code, and can drop again.
    pub own: u64,
}

/// `threadline serve`, connected to the simulators.
pub struct Bridge {
    pub server: Server,
    /// From its start until it said that it is ready.
    pub ready_after: Duration,
    private: SocketAddr,
    http: reqwest::Client,
    _folder: TempDir,
}

impl Server {
    /// This program in another role, once it takes connections.
    pub async fn in_role(role: Role, database: &str) -> anyhow::Result<Self> {
        let role = match role {
            Role::Bare => "bare",
            Role::Intake => "intake",
        };
        let public = free_address()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--role", role, "--port", &public.port().to_string(), "--database", database]);
        let server = Self::start(command, public)?;
        let began = Instant::now();
        while tokio::net::TcpStream::connect(public).await.is_err() {
            anyhow::ensure!(began.elapsed() < PATIENCE, "the {role} server does not listen");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(server)
    }

    fn start(mut command: Command, public: SocketAddr) -> anyhow::Result<Self> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().context("cannot start the server")?;
        Ok(Self { child, public })
    }

    pub fn memory(&self) -> anyhow::Result<Memory> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("no {name}"))?;
            let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
            anyhow::Ok(kibibytes * 1024)
        };
        Ok(Memory { resident: bytes("VmRSS:")?, own: bytes("RssAnon:")? })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Bridge {
    /// Returns once it is ready and connected to Discord.
    pub async fn start(outside: &Outside, database: &str) -> anyhow::Result<Self> {
        let folder = TempDir::new()?;
        let (public, private) = (free_address()?, free_address()?);
        let configuration = outside.configuration(public.port(), private.port(), database);
        std::fs::write(folder.path().join("threadline.toml"), configuration)?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_threadline"));
        command.arg("serve").current_dir(folder.path()).env_clear().envs(outside.secrets()).env("RUST_LOG", "warn");
        let http = reqwest::Client::builder().no_proxy().build()?;
        let began = Instant::now();
        let server = Server::start(command, public)?;
        let mut bridge = Self { server, ready_after: Duration::ZERO, private, http, _folder: folder };
        while bridge.ask("/readyz").await.is_err() {
            anyhow::ensure!(began.elapsed() < PATIENCE, "the bridge does not become ready");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        bridge.ready_after = began.elapsed();
        let connected = |world: &threadline_sandbox::discord::World| {
            (world.connected() && !world.commands().is_empty()).then_some(())
        };
        outside.discord.wait_for(connected, PATIENCE).await.context("the gateway does not connect")?;
        Ok(bridge)
    }

    /// The sum of a counter's series whose labels hold `label`.
    pub async fn counter(&self, name: &str, label: &str) -> anyhow::Result<f64> {
        let metrics = self.ask("/metrics").await?;
        let series = metrics.lines().filter(|line| line.starts_with(name) && line.contains(label));
        Ok(series.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum())
    }

    async fn ask(&self, path: &str) -> anyhow::Result<String> {
        let answer = self.http.get(format!("http://{}{path}", self.private)).send().await?;
        if !answer.status().is_success() {
            bail!("{path} answers {}", answer.status());
        }
        Ok(answer.text().await?)
    }
}

/// An address that was free a moment ago.
fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
