//! Why a database does not open, and what to do about it. Never holds a password.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

use super::Backend;

/// What is in the way.
#[derive(Debug, thiserror::Error)]
pub enum Obstacle {
    #[error(
        "PostgreSQL does not answer at {0}: nothing listens there. Start it, or correct `url` under [database] (DATABASE_URL)"
    )]
    Refused(String),
    #[error(
        "the host {0} of the database is not known. Correct `url` under [database] (DATABASE_URL), or look at the network"
    )]
    UnknownHost(String),
    #[error(
        "PostgreSQL cannot be reached at {0}: {1}. Look at the network, or correct `url` under [database] (DATABASE_URL)"
    )]
    Unreachable(String, String),
    #[error(
        "PostgreSQL at {0} does not let the user {1} in with this password. Correct the user or the password in `url` under \
         [database] (DATABASE_URL)"
    )]
    WrongPassword(String, String),
    #[error(
        "PostgreSQL at {0} does not let the user {1} in: {2}. Make the user or let it in (pg_hba.conf), or correct `url` under \
         [database] (DATABASE_URL)"
    )]
    NotLetIn(String, String, String),
    #[error(
        "PostgreSQL at {0} has no database {1}. Make it (`createdb {1}`), or correct `url` under [database] (DATABASE_URL)"
    )]
    NoDatabase(String, String),
    #[error("PostgreSQL at {0} is starting, stopping or recovering: {1}. Wait a moment, and start again")]
    NotReady(String, String),
    #[error(
        "PostgreSQL at {0} has no connection left: {1}. Raise its max_connections, or stop what else has connections there"
    )]
    NoConnectionLeft(String, String),
    #[error(
        "PostgreSQL at {0} does not let the user {1} do what is needed: {2}. Make the user the owner of the database, or grant \
         it (`GRANT ALL ON SCHEMA public TO {1}`)"
    )]
    NoRight(String, String, String),
    #[error("PostgreSQL at {0} cannot be used: {1}. Look at its log, or correct `url` under [database] (DATABASE_URL)")]
    Unusable(String, String),
    #[error("{0} is no SQLite database. Move the file away, or correct `url` under [database] (DATABASE_URL)")]
    NotADatabase(String),
    #[error("the SQLite database {0} is damaged. Restore a backup, or have `sqlite3` recover what is in it")]
    Damaged(String),
    #[error("{0} is a folder, and the database is a file. Correct `url` under [database] (DATABASE_URL)")]
    Folder(String),
    #[error(
        "the folder {0} for the database does not exist. Make it, or correct `url` under [database] (DATABASE_URL)"
    )]
    NoFolder(String),
    #[error(
        "{0} cannot be made: {1}. Let this user write into its folder, or correct `url` under [database] (DATABASE_URL)"
    )]
    NotMade(String, io::Error),
    #[error("{0} cannot be written: {1}. Let this user write it, or correct `url` under [database] (DATABASE_URL)")]
    NotWritten(String, io::Error),
}

impl Obstacle {
    /// What an error says that came when the database was opened; `None` where it is none of these.
    pub(super) fn of(backend: Backend, url: &str, error: &sqlx::Error) -> Option<Self> {
        match backend {
            Backend::Sqlite => Self::of_sqlite(url, error),
            Backend::Postgres => Self::of_postgres(url, error),
        }
    }

    fn of_sqlite(url: &str, error: &sqlx::Error) -> Option<Self> {
        let path = shown(&sqlite_path(url));
        let code = error.as_database_error()?.code()?.parse::<u32>().ok()?;
        // The low byte is the primary code. Source: SQLite's page on result codes.
        match code & 0xff {
            26 => Some(Self::NotADatabase(path)),
            11 => Some(Self::Damaged(path)),
            8 | 14 => {
                let cause = io::Error::from(ErrorKind::PermissionDenied);
                Some(Self::NotWritten(path, cause))
            }
            _ => None,
        }
    }

    fn of_postgres(url: &str, error: &sqlx::Error) -> Option<Self> {
        // A host and a port may stand among the parameters of the URL, too, or in the environment.
        let options: PgConnectOptions = url.parse().ok()?;
        let host = options.get_host();
        let server = match options.get_socket() {
            Some(socket) => format!("the socket in {}", socket.display()),
            None => format!("{host}:{}", options.get_port()),
        };
        let user = options.get_username().to_owned();
        let said = error.as_database_error();
        let code = said.and_then(sqlx::error::DatabaseError::code);
        // The server never repeats a password.
        let words = said.map_or("", |said| said.message()).to_owned();
        // Source of the codes: the appendix of PostgreSQL's documentation.
        Some(match (error, code.as_deref()) {
            // Invalid password; invalid authorization: an unknown user, or one that pg_hba.conf does not let in.
            (_, Some("28P01")) => Self::WrongPassword(server, user),
            (_, Some("28000")) => Self::NotLetIn(server, user, words),
            // Unknown database. Without a name in the URL, it is the user's.
            (_, Some("3D000")) => Self::NoDatabase(server, options.get_database().map_or(user, str::to_owned)),
            // Cannot connect now; shut down by the administrator or after a crash.
            (_, Some("57P03" | "57P01" | "57P02")) => Self::NotReady(server, words),
            (_, Some("53300")) => Self::NoConnectionLeft(server, words),
            (_, Some("42501")) => Self::NoRight(server, user, words),
            (sqlx::Error::Io(error), _) if error.kind() == ErrorKind::ConnectionRefused => Self::Refused(server),
            (sqlx::Error::Io(error), _) if error.to_string().contains("lookup") => Self::UnknownHost(host.to_owned()),
            (sqlx::Error::Io(error), _) => Self::Unreachable(server, error.to_string()),
            (sqlx::Error::PoolTimedOut, _) => Self::Unreachable(server, "no answer came in time".to_owned()),
            (_, Some(_)) => Self::Unusable(server, words),
            (sqlx::Error::Tls(error), None) => Self::Unusable(server, error.to_string()),
            (sqlx::Error::Protocol(error), None) => {
                Self::Unusable(server, format!("it does not answer as PostgreSQL does ({error})"))
            }
            _ => return None,
        })
    }
}

/// The file that the URL names; `None` where it names none, as `sqlite::memory:` does.
pub(super) fn file_of(url: &str) -> Option<PathBuf> {
    let path = sqlite_path(url);
    let in_memory = url.contains(":memory:") || url.contains("mode=memory");
    (!in_memory && !path.as_os_str().is_empty()).then_some(path)
}

/// The path in an `sqlite://` URL, as SQLite opens it: `%20` is a blank there.
pub(super) fn sqlite_path(url: &str) -> PathBuf {
    let as_opened = url.parse().map(|options: SqliteConnectOptions| options.get_filename().to_owned());
    // A URL that cannot be read is refused where it is opened.
    as_opened.unwrap_or_default()
}

/// Makes sure that there is a file that this process may write, for its owner alone where it is new: SQLite would let
/// everybody read it, and gives the files beside it the rights of the first.
pub(super) fn make_file(path: &Path) -> Result<(), Obstacle> {
    if path.is_dir() {
        return Err(Obstacle::Folder(shown(path)));
    }
    if path.exists() {
        let written = File::options().read(true).write(true).open(path).map(drop);
        return written.map_err(|error| Obstacle::NotWritten(shown(path), error));
    }
    match for_owner_alone().create_new(true).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(not_made(path, error)),
    }
}

/// Takes from everybody but the owner what they may do with a SQLite file and those beside it, as an earlier version made them.
/// What cannot be done is said in the log: the database can be used all the same.
#[cfg(unix)]
pub(super) fn close_to_others(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    for beside in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(beside);
        let file = PathBuf::from(file);
        let closed = std::fs::metadata(&file).and_then(|meta| {
            let mode = meta.permissions().mode();
            let others = mode & 0o077;
            if others != 0 {
                std::fs::set_permissions(&file, PermissionsExt::from_mode(mode & !0o077))?;
                tracing::warn!(file = %file.display(), "others than its owner might use the database file; now they may not");
            }
            Ok(())
        });
        match closed {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                tracing::warn!(file = %file.display(), %error, "others than its owner may use the database file");
            }
            _ => {}
        }
    }
}

/// There are no such rights.
#[cfg(not(unix))]
pub(super) fn close_to_others(_path: &Path) {}

/// Whether [`make_file`] would do it. Leaves nothing behind.
pub(super) fn could_make_file(path: &Path) -> Result<(), Obstacle> {
    if path.exists() {
        return make_file(path);
    }
    let mut trial = path.as_os_str().to_owned();
    trial.push(".trial");
    let trial = PathBuf::from(trial);
    match for_owner_alone().create_new(true).open(&trial) {
        Ok(_) => {
            // It is empty, and nobody else knows it.
            let _ = std::fs::remove_file(&trial);
            Ok(())
        }
        Err(error) => Err(not_made(path, error)),
    }
}

fn not_made(path: &Path, error: io::Error) -> Obstacle {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.is_dir() => Obstacle::NoFolder(shown(folder)),
        _ => Obstacle::NotMade(shown(path), error),
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Opens for writing; what it makes, only its owner may read.
pub(super) fn for_owner_alone() -> std::fs::OpenOptions {
    let mut options = File::options();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
