//! The bench: the real app, simulated Vonage and Discord, a database of its own, and a clock that can be moved.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::ExposeSecret as _;
use tempfile::TempDir;
use threadline::app::{App, Surroundings};
use threadline::config::{Config, Environment};
use threadline::discord::Pace;
use threadline::domain::time::Timestamp;
use threadline::domain::webhook::Api;
use threadline::ports::{Clock, SystemClock};
use threadline::store;
use threadline_sandbox::discord::{self, Discord, Id, Interaction, Member, Message, RateLimits, Thread, World};
use threadline_sandbox::vonage::{self, Phone, Vonage};
use tokio::sync::Notify;

use crate::shared::skipped;

/// How long a test waits for something that must come.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A customer with a number that is valid, and reserved for fiction.
pub const CUSTOMER: &str = "61491570006";
pub const OTHER_CUSTOMER: &str = "61491570156";

/// The machine's time, which a test can move forward, for all or for the bridge alone. In milliseconds.
pub struct TestClock {
    /// How far time itself was moved.
    passed: AtomicI64,
    /// How far the bridge's clock is ahead of that; less than 0: behind.
    wrong: AtomicI64,
    /// The clocks by which the simulators date their answers.
    others: [Arc<AtomicI64>; 2],
    moved: Notify,
}

impl TestClock {
    fn new(others: [Arc<AtomicI64>; 2]) -> Self {
        Self { passed: AtomicI64::new(0), wrong: AtomicI64::new(0), others, moved: Notify::new() }
    }

    /// How far time was moved.
    pub fn ahead(&self) -> Duration {
        Duration::from_millis(self.passed.load(Ordering::SeqCst).try_into().unwrap())
    }

    /// Lets time pass, for everybody.
    pub fn advance(&self, by: Duration) {
        let by = millis(by);
        let passed = self.passed.fetch_add(by, Ordering::SeqCst) + by;
        self.others.iter().for_each(|other| other.store(passed, Ordering::Relaxed));
        self.moved.notify_waiters();
    }

    /// Sets the bridge's clock back. As on a real machine, nobody who sleeps wakes later for it.
    pub fn set_back(&self, by: Duration) {
        self.wrong.fetch_sub(millis(by), Ordering::SeqCst);
    }

    /// Sets the bridge's clock ahead.
    pub fn set_ahead(&self, by: Duration) {
        self.wrong.fetch_add(millis(by), Ordering::SeqCst);
    }

    /// Sets the bridge's clock right.
    pub fn set_right(&self) {
        self.wrong.store(0, Ordering::SeqCst);
    }

    /// The time that clocks which are set do not change.
    fn true_now(&self) -> Timestamp {
        Timestamp(SystemClock.now().0 + self.passed.load(Ordering::SeqCst))
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap()
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.true_now().0 + self.wrong.load(Ordering::SeqCst))
    }

    async fn sleep_until(&self, when: Timestamp) {
        let until = self.true_now().plus(when.since(self.now()));
        loop {
            let moved = self.moved.notified();
            let left = until.since(self.true_now());
            if left.is_zero() {
                return;
            }
            tokio::select! {
                () = moved => {}
                () = tokio::time::sleep(left) => {}
            }
        }
    }
}

/// What a test wants otherwise than usual. Texts are lines of TOML.
pub struct Options {
    pub vonage: vonage::Setup,
    pub discord: discord::Setup,
    /// Added to `[vonage]`.
    pub config_vonage: String,
    /// Added to the desk.
    pub config_desk: String,
    /// In place of the usual templates.
    pub templates: String,
    pub consent: String,
    /// The lines of `[limits]`.
    pub limits: String,
    /// `SQLite` where left out.
    pub database: Option<String>,
    /// The lines of `[vonage.webhooks]`, in place of a path token.
    pub webhooks: String,
    /// Variables besides the usual secrets.
    pub secrets: Vec<(&'static str, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            vonage: vonage::Setup::default(),
            discord: discord::Setup {
                specs: threadline_sandbox::spec::folder(),
                rate_limits: RateLimits::LENIENT,
                ..discord::Setup::default()
            },
            config_vonage: String::new(),
            config_desk: String::new(),
            templates: TEMPLATES.to_owned(),
            consent: String::new(),
            limits: String::new(),
            database: None,
            webhooks: "path_token = \"a-path-token-of-tests\"".to_owned(),
            secrets: Vec::new(),
        }
    }
}

const TEMPLATES: &str = r#"
[[templates]]
name = "delivery"
text = "Your delivery is scheduled for tomorrow. Reply 1 (tomorrow), 2 (Thursday) or 3 (deliver to post office)."
options = [
  { key = "1", label = "tomorrow" },
  { key = "2", label = "Thursday" },
  { key = "3", label = "deliver to post office" },
]
confirmation = "Thank you for picking option {choice}. Your delivery is now fully scheduled in."

[[templates]]
name = "plain"
text = "Hello {name}, please answer."
confirmation = "Thank you."
"#;

/// Everything that a test works with.
pub struct Bench {
    pub vonage: Vonage,
    pub discord: Discord,
    pub clock: Arc<TestClock>,
    pub config: Config,
    app: Option<App>,
    _folder: TempDir,
}

impl Bench {
    pub async fn start() -> Self {
        Self::with(Options::default()).await
    }

    pub async fn with(options: Options) -> Self {
        let mut bench = Self::stopped(options).await;
        bench.run().await;
        bench.connected().await;
        bench.register_webhooks().await;
        bench
    }

    /// The simulators run, the app does not yet.
    pub async fn stopped(options: Options) -> Self {
        let folder = TempDir::new().unwrap();
        if threadline_sandbox::spec::folder().is_none() {
            skipped("specs", "THREADLINE_SPECS names no folder, so nothing is held against the descriptions");
        }
        let vonage = Vonage::start(options.vonage.clone()).await.unwrap();
        let database = options.database.clone().unwrap_or_else(|| sqlite(folder.path()));
        let config_vonage = options.config_vonage.clone();
        let door = options.webhooks.clone();
        let (config_desk, templates, consent) =
            (options.config_desk.clone(), options.templates.clone(), options.consent.clone());
        let limits = options.limits.clone();
        let discord = Discord::start(options.discord).await.unwrap();
        let port = free_port();
        let toml = format!(
            r#"
[server]
listen = "127.0.0.1:{port}"
admin_listen = "127.0.0.1:0"
public_url = "http://127.0.0.1:{port}"
[database]
url = "{database}"
[discord]
api_url = "{discord}"
operator_channel_id = "{operators}"
[vonage]
rest_url = "{vonage_url}"
api_url = "{vonage_url}"
{config_vonage}
[vonage.webhooks]
{door}
[[desks]]
name = "support"
number = "{number}"
guild_id = "{guild}"
channel_id = "{channel}"
agent_role_ids = ["{role}"]
default_template = "delivery"
default_region = "AU"
{config_desk}
{templates}
[consent]
{consent}
[limits]
{limits}
"#,
            discord = discord.url(),
            operators = discord.channel_id("operators"),
            vonage_url = vonage.url(),
            number = vonage.setup().numbers[0],
            guild = discord.guild_id(),
            channel = discord.channel_id("support"),
            role = discord.role_id("Agents"),
        );
        let mut secrets = vec![
            ("DISCORD_TOKEN", discord.token()),
            ("VONAGE_API_KEY", vonage.setup().api_key.clone()),
            ("VONAGE_API_SECRET", vonage.setup().api_secret.clone()),
        ];
        secrets.extend(options.secrets.iter().cloned());
        let config = Config::parse(&toml, &Environment::from_pairs(secrets)).unwrap();
        let clock = Arc::new(TestClock::new([vonage.date_ahead(), discord.date_ahead()]));
        Self { vonage, discord, clock, config, app: None, _folder: folder }
    }

    /// Starts the app.
    pub async fn run(&mut self) {
        self.app = Some(self.try_run().await.unwrap());
    }

    /// Starts the app, if it can be started.
    pub async fn try_run(&self) -> anyhow::Result<App> {
        let quick = Duration::from_millis(50);
        let slower = Duration::from_millis(500);
        let surroundings = Surroundings {
            clock: self.clock.clone(),
            pace: Pace { lost: (quick, slower), refused: (quick, slower) },
            grace: Duration::from_secs(5),
        };
        App::start(self.config.clone(), surroundings).await
    }

    /// Waits until the gateway is connected and the commands are registered.
    pub async fn connected(&self) {
        let ready = |world: &World| (world.connected() && !world.commands().is_empty()).then_some(());
        self.discord.wait_for(ready, PATIENCE).await.expect("the gateway connects");
    }

    /// Gives the account its URLs: those of the API that sends.
    pub async fn register_webhooks(&self) {
        let (inbound, receipts) = match self.config.vonage.sending.api() {
            Api::Sms => ("inbound-sms", "delivery-receipt"),
            Api::Messages => ("inbound-message", "message-status"),
        };
        self.vonage.set_inbound_url(&self.webhook(inbound)).await.unwrap();
        self.vonage.set_dlr_url(&self.webhook(receipts)).await.unwrap();
    }

    pub fn webhook(&self, route: &str) -> String {
        self.public(&format!("{}/{route}", self.config.vonage.door.webhooks_path()))
    }

    /// A URL of the public listener.
    pub fn public(&self, path: &str) -> String {
        format!("http://{}{path}", self.app().public_address())
    }

    /// What a path of the private listener answers: the status and the body.
    pub async fn private(&self, path: &str) -> (u16, String) {
        let answer = reqwest::get(format!("http://{}{path}", self.app().private_address())).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// The status and the body of `/readyz`.
    pub async fn readyz(&self) -> (u16, serde_json::Value) {
        let (status, body) = self.private("/readyz").await;
        (status, serde_json::from_str(&body).unwrap())
    }

    pub fn app(&self) -> &App {
        self.app.as_ref().expect("the app runs")
    }

    /// The database's URL.
    pub fn database(&self) -> String {
        self.config.database.url.expose_secret().to_owned()
    }

    /// Ends the app in order.
    pub async fn stop(&mut self) {
        let app = self.app.take().expect("the app runs");
        app.shutdown().begin();
        app.finished().await.unwrap();
    }

    pub fn ana(&self) -> Member {
        self.discord.member("Ana")
    }

    pub fn phone(&self) -> Phone {
        self.vonage.phone(CUSTOMER)
    }

    pub fn channel(&self) -> Id {
        self.discord.channel_id("support")
    }

    pub fn operators(&self) -> Id {
        self.discord.channel_id("operators")
    }

    /// Ana notifies the customer by the default template.
    pub async fn notify(&self) -> Interaction {
        self.notify_with(&[]).await
    }

    pub async fn notify_with(&self, options: &[(&str, &str)]) -> Interaction {
        let number = format!("+{CUSTOMER}");
        let options = std::iter::once(("number", number.as_str())).chain(options.iter().copied());
        self.ana().command(self.channel(), "notify", options).await.unwrap()
    }

    /// Ana writes the customer a text of her own, and sends it however long it is.
    pub async fn write(&self, text: &str) {
        let asked = self.notify_with(&[("text", text)]).await;
        if asked.wait_answer().await.unwrap().content.contains("This text takes") {
            asked.click("Send").await.unwrap();
        }
    }

    /// Waits until the support channel, as people see it, holds all of these.
    pub async fn shows(&self, wanted: &[&str]) -> String {
        self.channel_shows(self.channel(), wanted).await
    }

    pub async fn channel_shows(&self, channel: Id, wanted: &[&str]) -> String {
        let look = |world: &World| {
            let text = world.transcript(channel);
            wanted.iter().all(|wanted| text.contains(wanted)).then_some(text)
        };
        match self.discord.wait_for(look, PATIENCE).await {
            Some(text) => text,
            None => panic!("not shown: {wanted:?}\n{}", self.discord.transcript(channel)),
        }
    }

    pub fn thread(&self) -> Thread {
        let threads = self.discord.threads(self.channel());
        assert_eq!(threads.len(), 1, "one thread");
        threads.into_iter().next().unwrap()
    }

    /// Ana answers the customer in the thread.
    pub async fn reply(&self, text: &str) -> Interaction {
        self.ana().command(self.thread().id, "reply", [("text", text)]).await.unwrap()
    }

    /// The post of the message with this number, in the one thread.
    pub fn post_of(&self, number: u32) -> Message {
        let marker = format!("**·{number}**");
        let posts = self.discord.messages(self.thread().id);
        posts.into_iter().find(|post| post.content.starts_with(&marker)).expect("the message is shown")
    }

    pub fn card(&self) -> Message {
        self.discord.messages(self.channel()).into_iter().next_back().expect("a card")
    }

    /// Moves the clock forward once nothing is due: an attempt under way would outlive its lease by the jump.
    pub async fn advance(&self, by: Duration) {
        let started = std::time::Instant::now();
        while self.app().store().outbox_backlog(self.clock.now()).await.unwrap().due > 0 {
            assert!(started.elapsed() < PATIENCE, "something is due all the time");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.pass(by);
    }

    /// Moves the clocks of the bridge, of Vonage and of Discord forward.
    pub fn pass(&self, by: Duration) {
        self.vonage.turn_clock(self.clock.ahead() + by);
        self.discord.turn_clock(self.clock.ahead() + by);
        self.clock.advance(by);
    }

    /// Moves the clock on until it is so, where something is due all the time: in steps so small that no attempt under way
    /// outlives its lease by them.
    pub async fn pass_until(&self, what: &str, is_so: impl Fn() -> bool) {
        let started = std::time::Instant::now();
        while !is_so() {
            assert!(started.elapsed() < 2 * PATIENCE, "not so: {what}");
            self.pass(Duration::from_secs(5));
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// Waits until nothing is to be done any more, and returns how many effects were given up on.
    pub async fn quiet(&self) -> i64 {
        let started = std::time::Instant::now();
        loop {
            let mut tx = self.app().store().read().await.unwrap();
            let (waiting, dead) = store::outbox::counts(&mut tx).await.unwrap();
            let (inbox, _) = store::inbox::counts(&mut tx).await.unwrap();
            drop(tx);
            if waiting == 0 && inbox == 0 {
                return dead;
            }
            assert!(started.elapsed() < PATIENCE, "{waiting} effects and {inbox} webhooks are still waiting");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until nothing is to be done any more but to send.
    pub async fn quiet_but_for_sms(&self) {
        let started = std::time::Instant::now();
        let sms = |shown: &str| i64::try_from(shown.matches("⏳ queued").count()).unwrap();
        loop {
            let shown = self.discord.transcript(self.channel());
            let mut tx = self.app().store().read().await.unwrap();
            let (waiting, _) = store::outbox::counts(&mut tx).await.unwrap();
            drop(tx);
            if waiting == sms(&shown) {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "{waiting} effects are still waiting\n{shown}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The end of every test: nothing is left over.
    pub async fn finish(mut self) {
        self.quiet().await;
        let mut tx = self.app().store().read().await.unwrap();
        assert_eq!(store::outbox::dead_letters(&mut tx).await.unwrap(), [], "effects were given up on");
        drop(tx);
        self.finish_but(&[]).await;
    }

    /// The same, where something may be left over that holds one of these words.
    pub async fn finish_but(&mut self, expected: &[&str]) {
        let mut left = self.vonage.finished().await;
        left.extend(self.discord.left_over());
        left.retain(|sentence| !expected.iter().any(|word| sentence.contains(word)));
        assert_eq!(left, Vec::<String>::new(), "left over");
        if let Some(app) = &self.app {
            assert_eq!(app.unknown_events(), 0, "events that could not be read");
            self.stop().await;
        }
    }
}

pub fn sqlite(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("test.db").display())
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
