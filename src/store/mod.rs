//! The only SQL: one file per family of tables. SQLite and PostgreSQL through one text and one row mapping.

mod alone;
pub mod automatic_answers;
pub mod consents;
pub mod conversations;
pub mod customers;
pub mod dead_letters;
pub mod due_times;
pub mod inbox;
pub mod interactions;
pub mod long_texts;
mod look;
pub mod messages;
pub mod notifications;
mod obstacle;
pub mod outbox;
pub mod prices;
pub mod sending_pause;
pub mod sent_parts;
mod spellings;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions, AnyRow};
use sqlx::migrate::MigrateError;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Any, AnyConnection, AnyPool, Connection as _, Executor as _, Row as _, Transaction};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::domain::time::Timestamp;

pub use alone::Alone;
pub use look::Look;
pub use obstacle::Obstacle;

/// Migrations of both databases have equal numbers and make the same tables.
static SQLITE: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: sqlx::migrate::Migrator = sqlx::migrate!("migrations/postgres");

/// Why the database did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database failed: {0}")]
    Database(sqlx::Error),
    #[error("DATABASE_URL must begin with sqlite:// or postgres://")]
    UnknownDatabase,
    #[error("`url` under [database] (DATABASE_URL) cannot be read: {0}")]
    UnreadableUrl(String),
    #[error(
        "the database was made by a newer version of Threadline (its migration {0} is unknown here): \
         run that version, or restore the backup made before the upgrade"
    )]
    NewerSchema(i64),
    #[error(
        "the database was made by an older version of Threadline: restart the bridge with this version, or run \
         `threadline migrate` while it is stopped"
    )]
    OlderSchema,
    #[error("{0}")]
    DoesNotOpen(Obstacle),
    #[error("there is no database yet: `threadline serve` makes it")]
    Absent,
    #[error("the tables could not be brought up to date: {0}")]
    Migration(MigrateError),
    #[error(
        "another Threadline is running on this database: stop it first (one process owns a database, \
         so that nothing is sent twice)"
    )]
    NotAlone,
    #[error("the lock file {0} could not be opened: {1}")]
    LockFile(PathBuf, std::io::Error),
    #[error("the database holds something unreadable in {0}")]
    Corrupt(&'static str),
}

/// Not as its source, which would be printed after it a second time.
impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl StoreError {
    /// Says of an error that came at the opening what is in the way, where that is known.
    fn opening(backend: Backend, url: &str, error: Self) -> Self {
        let (Self::Database(cause) | Self::Migration(MigrateError::Execute(cause))) = &error else {
            return error;
        };
        match Obstacle::of(backend, url, cause) {
            Some(obstacle) => Self::DoesNotOpen(obstacle),
            None => error,
        }
    }

    /// Whether two flows made the same thing at once: run again, and the second finds what the first made.
    #[must_use]
    pub fn is_race(&self) -> bool {
        match self {
            Self::Database(sqlx::Error::Database(error)) => {
                // 40001 and 40P01: PostgreSQL's serialisation failure and deadlock.
                error.is_unique_violation() || matches!(error.code().as_deref(), Some("40001" | "40P01"))
            }
            _ => false,
        }
    }

    /// Whether the database itself is in trouble (a full disk, a lost connection, a shutdown), whatever it was asked for.
    /// Nothing of the transaction can be kept then, and nothing more may be asked in it: on SQLite it may be over already,
    /// and a further statement would commit by itself.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Database(sqlx::Error::Database(error)) => {
                let code = error.code().unwrap_or_default();
                match code.parse::<u32>() {
                    // SQLite's result codes: busy, locked, no memory, read-only, interrupted, I/O error, full, cannot open.
                    Ok(code) if code < 10_000 => matches!(code & 0xff, 5 | 6 | 7 | 8 | 9 | 10 | 13 | 14),
                    // PostgreSQL's classes: connection, resources, operator, system; 25006 is a read-only server.
                    _ => ["08", "53", "57", "58", "25006"].iter().any(|class| code.starts_with(class)),
                }
            }
            Self::Database(
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed
                | sqlx::Error::BeginFailed,
            ) => true,
            _ => false,
        }
    }
}

pub type Result<T> = std::result::Result<T, StoreError>;

/// How long anybody waits for a connection.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Backend {
    Sqlite,
    Postgres,
}

impl Backend {
    fn of(url: &str) -> Result<Self> {
        match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => Ok(Self::Sqlite),
            Some("postgres" | "postgresql") => Ok(Self::Postgres),
            _ => Err(StoreError::UnknownDatabase),
        }
    }
}

/// How to connect. What is said of a URL that cannot be read quotes nothing of it.
fn read_url(url: &str) -> Result<AnyConnectOptions> {
    let unreadable = |error| match error {
        sqlx::Error::Configuration(why) => StoreError::UnreadableUrl(why.to_string()),
        other => StoreError::Database(other),
    };
    if Backend::of(url)? == Backend::Sqlite {
        // The general options do not look at the parameters yet.
        url.parse::<SqliteConnectOptions>().map_err(unreadable)?;
    }
    url.parse().map_err(unreadable)
}

/// What a database does soon that is there. One that takes the connection and says nothing would hold up a command for ever.
async fn in_time<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    timeout(PATIENCE, work).await.unwrap_or(Err(StoreError::Database(sqlx::Error::PoolTimedOut)))
}

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    backend: Backend,
    /// SQLite: one connection, since a second writer would only wait for the first.
    write: AnyPool,
    read: AnyPool,
    /// Who may wait for a connection to write with. All but the intake and the next SMS need a turn, so that these find a
    /// connection free, or on SQLite one writer before them: those who acknowledge webhooks never stand behind all that
    /// follows from them, and SMS leave at their rate.
    turns: Arc<Semaphore>,
    alone: Arc<Alone>,
}

impl Store {
    /// Opens the database, makes sure that no other process has it, and brings its tables up to date.
    pub async fn open(url: &str) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let backend = Backend::of(url)?;
        let options: AnyConnectOptions = match backend {
            Backend::Sqlite if !url.contains('?') => read_url(&format!("{url}?mode=rwc"))?,
            Backend::Sqlite | Backend::Postgres => read_url(url)?,
        };
        if backend == Backend::Sqlite
            && let Some(path) = obstacle::file_of(url)
        {
            obstacle::make_file(&path).map_err(StoreError::DoesNotOpen)?;
        }
        let named = |error| StoreError::opening(backend, url, error);
        let alone = in_time(Alone::claim(backend, url, &options)).await.map_err(named)?;
        // Before the pools: they try again and again, and then say only that it took too long.
        in_time(look::reads(&options)).await.map_err(named)?;
        if backend == Backend::Sqlite
            && let Some(path) = obstacle::file_of(url)
        {
            obstacle::close_to_others(&path);
        }
        let writers = if backend == Backend::Sqlite { 1 } else { 8 };
        let write = pool(backend, writers).connect_with(options.clone()).await;
        let write = write.map_err(|error| named(error.into()))?;
        migrate(backend, &write).await.map_err(named)?;
        let read = match backend {
            Backend::Sqlite => pool(backend, 4).connect_with(options).await?,
            Backend::Postgres => write.clone(),
        };
        let turns = Arc::new(Semaphore::new(if writers == 1 { 1 } else { writers as usize - 2 }));
        let store = Self { backend, write, read, turns, alone: Arc::new(alone) };
        store.unite_spellings().await?;
        Ok(store)
    }

    /// Opens the database for short work beside a bridge that may be running on it: without a claim, and without changing
    /// its tables.
    ///
    /// # Errors
    /// Where there is none yet, it does not open, or its tables are not this version's.
    pub async fn open_beside(url: &str) -> Result<Self> {
        match Self::look(url).await? {
            Look::Absent => return Err(StoreError::Absent),
            Look::Opens { behind: 0, .. } => {}
            Look::Opens { .. } => return Err(StoreError::OlderSchema),
        }
        let backend = Backend::of(url)?;
        let write = pool(backend, 1).connect_with(read_url(url)?).await?;
        let turns = Arc::new(Semaphore::new(1));
        Ok(Self { backend, read: write.clone(), write, turns, alone: Arc::new(Alone::beside()) })
    }

    /// A transaction that may write. On SQLite it is the only one.
    pub async fn begin(&self) -> Result<Tx> {
        let turn = self.turn().await?;
        Ok(Tx { turn: Some(turn), ..self.begin_first().await? })
    }

    /// The same, without waiting for a turn: for the intake, and for the next SMS, which leaves in its time however many
    /// others want to write.
    pub(crate) async fn begin_first(&self) -> Result<Tx> {
        let inner = match self.backend {
            // A plain BEGIN that reads and then writes fails with SQLITE_BUSY_SNAPSHOT when another wrote between.
            Backend::Sqlite => self.write.begin_with("BEGIN IMMEDIATE").await?,
            Backend::Postgres => self.write.begin().await?,
        };
        Ok(Tx::new(inner, self.backend, None))
    }

    /// A transaction that only reads, and waits for no writer.
    pub async fn read(&self) -> Result<Tx> {
        let turn = match self.backend {
            Backend::Sqlite => None,
            // The connections are the same as for writing.
            Backend::Postgres => Some(self.turn().await?),
        };
        Ok(Tx::new(self.read.begin().await?, self.backend, turn))
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        let turn = timeout(PATIENCE, self.turns.clone().acquire_owned()).await;
        turn.ok().and_then(std::result::Result::ok).ok_or(StoreError::Database(sqlx::Error::PoolTimedOut))
    }

    /// Whether flows of several customers may share a commit. Not on PostgreSQL: each holds its customer's lock until
    /// the commit, and two holders of several could wait for each other.
    #[must_use]
    pub fn flows_share_commits(&self) -> bool {
        self.backend == Backend::Sqlite
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&self.read).await?;
        Ok(())
    }

    /// Makes sure that the database is still ours alone. PostgreSQL drops the claim with its connection.
    pub async fn still_alone(&self) -> Result<()> {
        self.alone.renew().await
    }

    /// Waits until what is under way has ended, and closes.
    pub async fn close(&self) {
        self.write.close().await;
        self.read.close().await;
        self.alone.release().await;
    }
}

/// One transaction. Dropped without [`Tx::commit`], it did nothing.
pub struct Tx {
    inner: Transaction<'static, Any>,
    backend: Backend,
    sent: sent_parts::Added,
    /// What had been added at the savepoint.
    sent_before: sent_parts::Added,
    /// Given back after the connection: fields are dropped in their order.
    turn: Option<OwnedSemaphorePermit>,
}

impl Tx {
    fn new(inner: Transaction<'static, Any>, backend: Backend, turn: Option<OwnedSemaphorePermit>) -> Self {
        let (sent, sent_before) = Default::default();
        Self { inner, backend, sent, sent_before, turn }
    }

    pub async fn commit(mut self) -> Result<()> {
        sent_parts::write(&mut self).await?;
        let Self { inner, turn, .. } = self;
        inner.commit().await?;
        drop(turn);
        Ok(())
    }

    /// From here on, [`Tx::roll_back_to_savepoint`] undoes what follows, and nothing before.
    pub async fn savepoint(&mut self) -> Result<()> {
        self.db().execute("SAVEPOINT one").await?;
        self.sent_before = self.sent.clone();
        Ok(())
    }

    /// Keeps what was done since the savepoint.
    pub async fn release_savepoint(&mut self) -> Result<()> {
        self.db().execute("RELEASE SAVEPOINT one").await?;
        Ok(())
    }

    /// Undoes what was done since the savepoint.
    pub async fn roll_back_to_savepoint(&mut self) -> Result<()> {
        self.db().execute("ROLLBACK TO SAVEPOINT one").await?;
        self.sent = self.sent_before.clone();
        self.release_savepoint().await
    }

    fn db(&mut self) -> &mut AnyConnection {
        &mut self.inner
    }
}

fn pool(backend: Backend, connections: u32) -> AnyPoolOptions {
    let options = AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        // When SQLite rolls a transaction back by itself (full disk, I/O error), sqlx takes it for open, and the connection
        // could begin no other. It is closed, and another takes its place.
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
        .test_before_acquire(backend == Backend::Postgres);
    match backend {
        Backend::Postgres => options,
        Backend::Sqlite => options.idle_timeout(None).max_lifetime(None).after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute("PRAGMA busy_timeout = 5000").await?;
                connection.execute("PRAGMA journal_mode = WAL").await?;
                connection.execute("PRAGMA synchronous = FULL").await?;
                connection.execute("PRAGMA foreign_keys = ON").await?;
                Ok(())
            })
        }),
    }
}

async fn migrate(backend: Backend, pool: &AnyPool) -> Result<()> {
    let migrator = match backend {
        Backend::Sqlite => &SQLITE,
        Backend::Postgres => &POSTGRES,
    };
    migrator.run(pool).await.map_err(|error| match error {
        MigrateError::VersionMissing(version)
        | MigrateError::VersionNotPresent(version)
        | MigrateError::VersionTooNew(version, _) => StoreError::NewerSchema(version),
        other => StoreError::Migration(other),
    })
}

/// How many rows the janitor drops in one transaction: few, since webhooks wait for it. It stands in the statements as a
/// number, so that the database plans for that many.
pub const BATCH: u64 = 200;

/// What cannot be read counts as not there, with a line in the log: for what can be done without.
///
/// # Errors
/// All others than [`StoreError::Corrupt`].
pub fn if_readable<T>(found: Result<Option<T>>) -> Result<Option<T>> {
    match found {
        Err(StoreError::Corrupt(column)) => {
            tracing::error!(column, "something in the database cannot be read and is left out");
            Ok(None)
        }
        found => found,
    }
}

/// Reads one column, or says which one is unreadable.
trait Column {
    fn text(&self, column: &'static str) -> Result<String>;
    fn maybe_text(&self, column: &'static str) -> Result<Option<String>>;
    fn int(&self, column: &'static str) -> Result<i64>;
    fn maybe_int(&self, column: &'static str) -> Result<Option<i64>>;

    fn time(&self, column: &'static str) -> Result<Timestamp> {
        self.int(column).map(Timestamp)
    }

    fn maybe_time(&self, column: &'static str) -> Result<Option<Timestamp>> {
        Ok(self.maybe_int(column)?.map(Timestamp))
    }

    fn parsed<T: std::str::FromStr>(&self, column: &'static str) -> Result<T> {
        self.text(column)?.parse().map_err(|_| StoreError::Corrupt(column))
    }

    fn maybe_parsed<T: std::str::FromStr>(&self, column: &'static str) -> Result<Option<T>> {
        self.maybe_text(column)?.map(|text| text.parse().map_err(|_| StoreError::Corrupt(column))).transpose()
    }
}

impl Column for AnyRow {
    fn text(&self, column: &'static str) -> Result<String> {
        Ok(self.try_get(column)?)
    }

    fn maybe_text(&self, column: &'static str) -> Result<Option<String>> {
        Ok(self.try_get(column)?)
    }

    fn int(&self, column: &'static str) -> Result<i64> {
        Ok(self.try_get(column)?)
    }

    fn maybe_int(&self, column: &'static str) -> Result<Option<i64>> {
        Ok(self.try_get(column)?)
    }
}
