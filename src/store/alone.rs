//! One process owns a database: a lock file beside a SQLite file, an advisory lock in PostgreSQL.

use std::fs::{File, TryLockError};
use std::path::PathBuf;

use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, ConnectOptions as _, Connection as _, Row as _};
use tokio::sync::Mutex;

use super::{Backend, Result, StoreError};

/// Any number will do, as long as it stays: advisory locks are per database.
const ADVISORY_LOCK: i64 = 0x7468_7265_6164;

/// The claim on a database, held for as long as this lives.
#[derive(Debug)]
pub struct Alone(Claim);

#[derive(Debug)]
enum Claim {
    /// The system drops the lock with the file handle, also when the process is killed.
    File(Mutex<Option<File>>),
    Connection {
        options: Box<AnyConnectOptions>,
        held: Mutex<Option<AnyConnection>>,
    },
}

impl Alone {
    pub(super) async fn claim(backend: Backend, url: &str, options: &AnyConnectOptions) -> Result<Self> {
        match backend {
            Backend::Sqlite => Ok(Self(Claim::File(Mutex::new(Some(lock_file(url)?))))),
            Backend::Postgres => {
                let held = Mutex::new(Some(lock_in_postgres(options).await?));
                Ok(Self(Claim::Connection { options: Box::new(options.clone()), held }))
            }
        }
    }

    pub(super) async fn renew(&self) -> Result<()> {
        let Claim::Connection { options, held } = &self.0 else { return Ok(()) };
        let mut held = held.lock().await;
        if let Some(connection) = held.as_mut()
            && connection.ping().await.is_ok()
        {
            return Ok(());
        }
        *held = None;
        *held = Some(lock_in_postgres(options).await?);
        Ok(())
    }

    pub(super) async fn release(&self) {
        match &self.0 {
            Claim::File(file) => drop(file.lock().await.take()),
            Claim::Connection { held, .. } => {
                if let Some(connection) = held.lock().await.take() {
                    // A connection that cannot be closed is gone already, and its lock with it.
                    let _ = connection.close().await;
                }
            }
        }
    }
}

fn lock_file(url: &str) -> Result<File> {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    let path = PathBuf::from(format!("{}.lock", path.split('?').next().unwrap_or(path)));
    let file = File::options()
        .create(true)
        .write(true)
        .truncate(false)
        .open(&path)
        .map_err(|error| StoreError::LockFile(path.clone(), error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::NotAlone),
        Err(TryLockError::Error(error)) => Err(StoreError::LockFile(path, error)),
    }
}

async fn lock_in_postgres(options: &AnyConnectOptions) -> Result<AnyConnection> {
    let mut connection = options.connect().await?;
    let row = sqlx::query("SELECT CASE WHEN pg_try_advisory_lock($1) THEN 1 ELSE 0 END AS got")
        .bind(ADVISORY_LOCK)
        .fetch_one(&mut connection)
        .await?;
    if row.try_get::<i32, _>("got")? == 1 { Ok(connection) } else { Err(StoreError::NotAlone) }
}
