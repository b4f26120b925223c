//! A fresh database for one test, on either engine; it is gone when the test ends.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use url::Url;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A database without tables. Keep it until the test ends.
pub struct Database {
    url: String,
    home: Home,
}

enum Home {
    Folder(#[expect(dead_code, reason = "held until the test ends")] TempDir),
    Server { admin: String, name: String },
}

/// PostgreSQL databases of tests begin with this; what follows is when they were made, in Unix seconds.
const PREFIX: &str = "threadline_test_";

/// A database this old belongs to no test that still runs.
const LEFTOVER: Duration = Duration::from_secs(60 * 60);

impl Database {
    /// `None`, and a line that says so, where the machine has no PostgreSQL for tests: `THREADLINE_TEST_POSTGRES`
    /// names one by the URL of a role that may make databases.
    pub async fn new(engine: Engine) -> Option<Self> {
        match engine {
            Engine::Sqlite => Some(Self::sqlite()),
            Engine::Postgres => Self::postgres().await,
        }
    }

    pub fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        Self { url: format!("sqlite://{}", folder.path().join("test.db").display()), home: Home::Folder(folder) }
    }

    pub async fn postgres() -> Option<Self> {
        let Ok(admin) = std::env::var("THREADLINE_TEST_POSTGRES") else {
            super::skipped("postgres", "THREADLINE_TEST_POSTGRES names no PostgreSQL for tests");
            return None;
        };
        static SWEPT: OnceCell<()> = OnceCell::const_new();
        SWEPT.get_or_init(|| sweep(&admin)).await;
        let name = format!("{PREFIX}{}_{}", unix_seconds(), uuid::Uuid::now_v7().simple());
        // Nobody is ever connected to template0, so making a database from it waits for nobody.
        run(&admin, format!("CREATE DATABASE {name} TEMPLATE template0")).await;
        let mut url = Url::parse(&admin).unwrap();
        url.set_path(&name);
        Some(Self { url: url.into(), home: Home::Server { admin, name } })
    }

    /// What stands in `database.url`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs statements beside the store, as an operator might.
    pub async fn run(&self, sql: &str) {
        sqlx::any::install_default_drivers();
        let mut connection = sqlx::AnyConnection::connect(&self.url).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// The one number that a query finds, beside the store.
    pub async fn number(&self, sql: &str) -> i64 {
        sqlx::any::install_default_drivers();
        let mut connection = sqlx::AnyConnection::connect(&self.url).await.unwrap();
        let number = sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        number
    }

    /// The tables with a foreign key to this one, in order. `None` for PostgreSQL, whose tables are the same.
    pub async fn tables_that_name(&self, table: &str) -> Option<Vec<String>> {
        if matches!(self.home, Home::Server { .. }) {
            return None;
        }
        sqlx::any::install_default_drivers();
        let mut connection = sqlx::AnyConnection::connect(&self.url).await.unwrap();
        let sql = "SELECT DISTINCT m.name FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f \
                   WHERE m.type = 'table' AND f.\"table\" = $1 ORDER BY m.name";
        let names = sqlx::query_scalar(sql).bind(table).fetch_all(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        Some(names)
    }

    /// From now on, whoever writes to this table loses the transaction in the middle of it: SQLite rolls back by itself, as
    /// it does when the disk is full; PostgreSQL ends the connection.
    pub async fn fail_writes(&self, table: &str) {
        let sql = match self.home {
            Home::Folder(_) => format!(
                "CREATE TRIGGER fail_insert_{table} BEFORE INSERT ON {table} \
                 BEGIN SELECT RAISE(ROLLBACK, 'database or disk is full'); END; \
                 CREATE TRIGGER fail_update_{table} BEFORE UPDATE ON {table} \
                 BEGIN SELECT RAISE(ROLLBACK, 'database or disk is full'); END;"
            ),
            Home::Server { .. } => format!(
                "CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$; \
                 CREATE TRIGGER fail_writes_{table} BEFORE INSERT OR UPDATE ON {table} EXECUTE FUNCTION fail();"
            ),
        };
        self.run(&sql).await;
    }

    /// Ends [`fail_writes`](Self::fail_writes).
    pub async fn heal_writes(&self, table: &str) {
        let sql = match self.home {
            Home::Folder(_) => format!("DROP TRIGGER fail_insert_{table}; DROP TRIGGER fail_update_{table};"),
            Home::Server { .. } => format!("DROP TRIGGER fail_writes_{table} ON {table};"),
        };
        self.run(&sql).await;
    }
}

impl Drop for Database {
    /// Also when the test panics, and whatever its runtime is doing.
    fn drop(&mut self) {
        if let Home::Server { admin, name } = &self.home {
            let (admin, drop) = (admin.clone(), drop_database(name));
            let dropped = std::thread::spawn(move || {
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(run(&admin, drop));
            });
            // What could not be dropped is swept later.
            let _ = dropped.join();
        }
    }
}

/// Drops what tests left behind that were killed.
async fn sweep(admin: &str) {
    let mut connection = PgConnection::connect(admin).await.expect("the PostgreSQL for tests answers");
    let names: Vec<String> = sqlx::query_scalar("SELECT datname::text FROM pg_database WHERE datname LIKE $1")
        .bind(format!("{PREFIX}%"))
        .fetch_all(&mut connection)
        .await
        .unwrap();
    for name in names {
        let made = name[PREFIX.len()..].split('_').next().and_then(|seconds| seconds.parse::<u64>().ok());
        if made.is_some_and(|made| made + LEFTOVER.as_secs() < unix_seconds()) {
            // Another test process may be sweeping as well.
            let _ = sqlx::raw_sql(AssertSqlSafe(drop_database(&name))).execute(&mut connection).await;
        }
    }
    connection.close().await.unwrap();
}

async fn run(url: &str, sql: String) {
    let mut connection = PgConnection::connect(url).await.expect("the PostgreSQL for tests answers");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

fn drop_database(name: &str) -> String {
    format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")
}

fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
