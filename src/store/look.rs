//! A look at the database that changes nothing: no claim, no migration, no new file.

use std::collections::BTreeSet;

use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, ConnectOptions as _, Connection as _, Row as _};

use super::alone::is_claimed;
use super::{Backend, POSTGRES, Result, SQLITE, Store, StoreError, in_time, obstacle, read_url};

/// How a database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// There is no file yet.
    Absent,
    /// It opens. `behind` migrations are made at the next start; a process may have claimed it.
    Opens { behind: usize, claimed: bool },
}

impl Store {
    /// Looks at the database without opening it for work, beside a bridge that runs on it.
    ///
    /// # Errors
    /// Where it does not open, or was made by a newer version.
    pub async fn look(url: &str) -> Result<Look> {
        sqlx::any::install_default_drivers();
        let backend = Backend::of(url)?;
        if backend == Backend::Sqlite
            && let Some(path) = obstacle::file_of(url)
        {
            obstacle::could_make_file(&path).map_err(StoreError::DoesNotOpen)?;
            if !path.exists() {
                return Ok(Look::Absent);
            }
        }
        let named = |error| StoreError::opening(backend, url, error);
        let options = read_url(url)?;
        let look = async {
            reads(&options).await?;
            let mut connection = options.connect().await?;
            let looked = Self::look_at(backend, url, &mut connection).await;
            // What was seen is known already.
            let _ = connection.close().await;
            looked
        };
        in_time(look).await.map_err(named)
    }

    async fn look_at(backend: Backend, url: &str, connection: &mut AnyConnection) -> Result<Look> {
        let migrator = if backend == Backend::Sqlite { &SQLITE } else { &POSTGRES };
        let known: BTreeSet<i64> = migrator.iter().map(|migration| migration.version).collect();
        let made = made(connection).await?;
        if let Some(newer) = made.difference(&known).next() {
            return Err(StoreError::NewerSchema(*newer));
        }
        let behind = known.difference(&made).count();
        Ok(Look::Opens { behind, claimed: is_claimed(backend, url, connection).await? })
    }
}

/// Whether a connection comes about, and the database can be read.
pub(super) async fn reads(options: &AnyConnectOptions) -> Result<()> {
    let mut connection = options.connect().await?;
    let read = made(&mut connection).await.map(drop);
    // What was read is known already.
    let _ = connection.close().await;
    read
}

/// The migrations that were made; none where the table of migrations is not there yet.
async fn made(connection: &mut AnyConnection) -> Result<BTreeSet<i64>> {
    match sqlx::query("SELECT version FROM _sqlx_migrations").fetch_all(connection).await {
        Ok(rows) => rows.iter().map(|row| Ok(row.try_get("version")?)).collect(),
        Err(sqlx::Error::Database(error)) if is_no_such_table(&*error) => Ok(BTreeSet::new()),
        Err(error) => Err(error.into()),
    }
}

fn is_no_such_table(error: &dyn sqlx::error::DatabaseError) -> bool {
    // 42P01: PostgreSQL's undefined table. SQLite has no code of its own for it.
    error.code().as_deref() == Some("42P01") || error.message().starts_with("no such table")
}
