//! An installation in a folder of its own: a configuration, the simulators it names, and the program itself.

use std::fs::File;
use std::net::TcpListener;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use sqlx::Connection as _;
use tempfile::TempDir;
use threadline_sandbox::discord::{self, Discord, RateLimits, World};
use threadline_sandbox::vonage::{self, Vonage};

/// How long a test waits for something that must come.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Installation {
    pub vonage: Vonage,
    pub discord: Discord,
    public: u16,
    private: u16,
    folder: TempDir,
}

/// How a command ended, and what it said.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Installation {
    pub async fn new() -> Self {
        Self::with(vonage::Setup::default()).await
    }

    pub async fn with(vonage: vonage::Setup) -> Self {
        let discord = discord::Setup {
            specs: threadline_sandbox::spec::folder(),
            rate_limits: RateLimits::LENIENT,
            ..discord::Setup::default()
        };
        let (vonage, discord) = (Vonage::start(vonage).await.unwrap(), Discord::start(discord).await.unwrap());
        let folder = TempDir::new().unwrap();
        let installation = Self { vonage, discord, public: free_port(), private: free_port(), folder };
        std::fs::write(installation.folder.path().join("threadline.toml"), installation.configuration()).unwrap();
        installation
    }

    /// The public listener's address, and the private one's.
    pub fn addresses(&self) -> [String; 2] {
        [self.public, self.private].map(|port| format!("127.0.0.1:{port}"))
    }

    /// The database, for a look beside the program.
    pub fn database(&self) -> String {
        format!("sqlite://{}", self.folder.path().join("threadline.db").display())
    }

    /// Runs statements on the SQLite file beside the program, as a former version might have left it.
    pub async fn execute(&self, sql: &'static str) {
        let mut connection = sqlx::SqliteConnection::connect(&self.database()).await.unwrap();
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// Sets a variable by the file `.env`.
    pub fn set(&self, variable: &str, value: &str) {
        let path = self.folder.path().join(".env");
        let former = std::fs::read_to_string(&path).unwrap_or_default();
        let others = former.lines().filter(|line| !line.starts_with(&format!("{variable}=")));
        let set = format!("{variable}='{}'", value.replace('\n', "\\n"));
        std::fs::write(&path, others.chain([set.as_str()]).map(|line| format!("{line}\n")).collect::<String>())
            .unwrap();
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(arguments);
        command
            .current_dir(self.folder.path())
            .env("DISCORD_TOKEN", self.discord.token())
            .env("VONAGE_API_KEY", &self.vonage.setup().api_key)
            .env("VONAGE_API_SECRET", &self.vonage.setup().api_secret);
        command
    }

    /// Runs a command to its end.
    pub async fn run(&self, arguments: &[&str]) -> Ended {
        let mut command = self.command(arguments);
        tokio::task::spawn_blocking(move || ended(&mut command)).await.unwrap()
    }

    /// Runs the bridge, and returns once it is connected to Discord and Vonage has its addresses.
    pub async fn serve(&self) -> Serving {
        let log = self.folder.path().join("serve.log");
        let child = self.command(&["serve"]).stderr(File::create(log).unwrap()).spawn().unwrap();
        let serving = Serving(child);
        let connected = async || self.ask("/readyz").await.is_some_and(|(_, body)| body.contains(r#""connected""#));
        until("the bridge runs", connected).await;
        let registered = |world: &World| (!world.commands().is_empty()).then_some(());
        self.discord.wait_for(registered, PATIENCE).await.expect("the commands are registered");
        let webhook = |route| format!("http://127.0.0.1:{}/webhooks/a-path-token-of-tests/{route}", self.public);
        self.vonage.set_inbound_url(&webhook("inbound-sms")).await.unwrap();
        self.vonage.set_dlr_url(&webhook("delivery-receipt")).await.unwrap();
        serving
    }

    /// What the program said, without what differs from run to run.
    pub fn steady(&self, said: &str) -> String {
        let [public, private] = self.addresses();
        let named = [
            (self.discord.url(), "(Discord)"),
            (self.vonage.url(), "(Vonage)"),
            (self.database(), "(database)"),
            (self.discord.channel_id("support").to_string(), "(its id)"),
            (public, "(public)"),
            (private, "(private)"),
        ];
        named.iter().fold(said.to_owned(), |said, (from, to)| said.replace(from.as_str(), to))
    }

    /// Changes a piece of the configuration, which must be there.
    pub fn configure(&self, from: &str, to: &str) {
        let path = self.folder.path().join("threadline.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "the configuration does not say {from:?}");
        std::fs::write(path, text.replace(from, to)).unwrap();
    }

    /// What a path of the private listener answers, if anybody answers.
    pub async fn ask(&self, path: &str) -> Option<(u16, String)> {
        let answer = reqwest::get(format!("http://127.0.0.1:{}{path}", self.private)).await.ok()?;
        Some((answer.status().as_u16(), answer.text().await.ok()?))
    }

    /// Waits until the support channel, as people see it, holds all of these.
    pub async fn shows(&self, wanted: &[&str]) {
        let support = self.discord.channel_id("support");
        let look = |world: &World| {
            let text = world.transcript(support);
            wanted.iter().all(|wanted| text.contains(wanted)).then_some(())
        };
        let shown = self.discord.wait_for(look, PATIENCE).await;
        assert!(shown.is_some(), "not shown: {wanted:?}\n{}", self.discord.transcript(support));
    }

    fn configuration(&self) -> String {
        format!(
            r#"
[server]
listen = "127.0.0.1:{public}"
admin_listen = "127.0.0.1:{private}"
public_url = "http://127.0.0.1:{public}"
[database]
url = "{database}"
[discord]
api_url = "{discord}"
operator_channel_id = "{operators}"
[vonage]
rest_url = "{vonage}"
[vonage.webhooks]
path_token = "a-path-token-of-tests"
[[desks]]
name = "support"
number = "{number}"
guild_id = "{guild}"
channel_id = "{support}"
agent_role_ids = ["{agents}"]
default_template = "plain"
default_region = "AU"
[[templates]]
name = "plain"
text = "Please answer."
confirmation = "Thank you."
"#,
            public = self.public,
            private = self.private,
            database = self.database(),
            discord = self.discord.url(),
            operators = self.discord.channel_id("operators"),
            vonage = self.vonage.url(),
            number = self.vonage.setup().numbers[0],
            guild = self.discord.guild_id(),
            support = self.discord.channel_id("support"),
            agents = self.discord.role_id("Agents"),
        )
    }
}

/// The bridge, running. Killed when dropped.
pub struct Serving(Child);

impl Serving {
    /// Its exit status after a SIGTERM.
    pub async fn terminate(mut self) -> ExitStatus {
        let kill = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status().unwrap();
        assert!(kill.success());
        tokio::task::spawn_blocking(move || self.0.wait().unwrap()).await.unwrap()
    }

    /// Ends it at once, as a crash or a power cut does.
    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Fails where it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The program with no environment but what a test gives it.
pub fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_threadline"));
    command.args(arguments).env_clear().stdin(Stdio::null());
    command
}

pub fn ended(command: &mut Command) -> Ended {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Waits until something is so.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(waited.await.is_ok(), "in vain waited until {what}");
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
