//! One process owns a database: a lock file beside a SQLite file, an advisory lock in PostgreSQL.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::PathBuf;

use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, ConnectOptions as _, Connection as _, Row as _};
use tokio::sync::Mutex;

use super::obstacle::{for_owner_alone, sqlite_path};
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
    /// Beside whoever has the claim.
    None,
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

    /// No claim, for short work beside a bridge that may have it.
    pub(super) const fn beside() -> Self {
        Self(Claim::None)
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
            Claim::None => {}
            Claim::Connection { held, .. } => {
                if let Some(connection) = held.lock().await.take() {
                    // A connection that cannot be closed is gone already, and its lock with it.
                    let _ = connection.close().await;
                }
            }
        }
    }
}

/// Whether a process holds the claim. Looks without claiming, and makes no file.
pub(super) async fn is_claimed(backend: Backend, url: &str, connection: &mut AnyConnection) -> Result<bool> {
    match backend {
        Backend::Sqlite => {
            let path = lock_path(url);
            match File::open(&path) {
                // Shared, and given back at once.
                Ok(file) => match file.try_lock_shared() {
                    Ok(()) => Ok(false),
                    Err(TryLockError::WouldBlock) => Ok(true),
                    Err(TryLockError::Error(error)) => Err(StoreError::LockFile(path, error)),
                },
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
                Err(error) => Err(StoreError::LockFile(path, error)),
            }
        }
        Backend::Postgres => {
            // The two halves of the lock's number, as PostgreSQL lists it.
            let row = sqlx::query(
                "SELECT count(*) AS held FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 \
                 AND CAST(classid AS BIGINT) = $1 AND CAST(objid AS BIGINT) = $2 \
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            )
            .bind(ADVISORY_LOCK >> 32)
            .bind(ADVISORY_LOCK & 0xffff_ffff)
            .fetch_one(connection)
            .await?;
            Ok(row.try_get::<i64, _>("held")? > 0)
        }
    }
}

fn lock_path(url: &str) -> PathBuf {
    let mut path = sqlite_path(url).into_os_string();
    path.push(".lock");
    PathBuf::from(path)
}

fn lock_file(url: &str) -> Result<File> {
    let path = lock_path(url);
    let file = for_owner_alone()
        .create(true)
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
