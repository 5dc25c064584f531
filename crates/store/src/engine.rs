//! Opening the state and lending connections to it.
//!
//! The engines differ here, in `sql::schema`'s dialect, and nowhere else: SQLite has one connection that writes
//! (and, on disk, one that reads beside it), PostgreSQL a small pool.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    ops::{Deref, DerefMut},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sqlx::{Any, AnyConnection, AnyPool, Connection, any::AnyPoolOptions, pool::PoolConnection};
use tokio::sync::{Mutex as AsyncMutex, OwnedMappedMutexGuard, OwnedMutexGuard};

use crate::{
    Location, StoreError,
    sql::{self, schema},
};

/// The database file in a data directory.
const FILE: &str = "keyway.sqlite";
/// Whoever holds a lock on this file owns the directory. It outlives its owner, the lock does not.
const LOCK: &str = "keyway.lock";
/// A private database of one connection: pages beyond its cache go to an unlinked temporary file, so that a
/// large state does not become a large process.
const PRIVATE: &str = "sqlite://?mode=rwc";
/// Nodes share the server's connections (100 by default), and the token path writes through one of them.
const POOL: u32 = 8;
/// How long to wait for the database server before saying that it does not answer.
const PATIENCE: Duration = Duration::from_secs(10);

type Slot = Arc<AsyncMutex<Option<AnyConnection>>>;

/// The open database.
pub(crate) struct Engine {
    label: String,
    connections: Connections,
    lasting: bool,
    owned: Mutex<Option<File>>,
}

enum Connections {
    Sqlite { writer: Slot, reader: Slot },
    Postgres(AnyPool),
}

/// A connection, for as long as it is held.
pub(crate) enum Lease {
    /// The only one of its sort; others wait.
    Sole(OwnedMappedMutexGuard<Option<AnyConnection>, AnyConnection>),
    /// One of a pool.
    Pooled(PoolConnection<Any>),
}

impl Deref for Lease {
    type Target = AnyConnection;
    fn deref(&self) -> &AnyConnection {
        match self {
            Self::Sole(connection) => connection,
            Self::Pooled(connection) => connection,
        }
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        match self {
            Self::Sole(connection) => connection,
            Self::Pooled(connection) => connection,
        }
    }
}

impl Engine {
    /// Opens the state, makes it where there is none, and brings its schema up to date.
    pub(crate) async fn open(at: &Location) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        match at {
            Location::Memory => open_memory().await,
            Location::Directory(path) => open_directory(path).await,
            Location::Postgres(url) => open_postgres(at.to_string(), url).await,
        }
    }

    /// Whether this process is the only one that writes, so that what it remembers is exact.
    pub(crate) fn is_sole_writer(&self) -> bool {
        matches!(self.connections, Connections::Sqlite { .. })
    }

    /// Whether what is written outlives this process.
    pub(crate) fn is_lasting(&self) -> bool {
        self.lasting
    }

    /// Where the state lives, without secrets.
    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    /// A connection for writing.
    pub(crate) async fn writer(&self) -> Result<Lease, StoreError> {
        match &self.connections {
            Connections::Sqlite { writer, .. } => sole(writer).await,
            Connections::Postgres(pool) => self.pooled(pool).await,
        }
    }

    /// A connection for reading what is committed.
    pub(crate) async fn reader(&self) -> Result<Lease, StoreError> {
        match &self.connections {
            Connections::Sqlite { reader, .. } => sole(reader).await,
            Connections::Postgres(pool) => self.pooled(pool).await,
        }
    }

    /// Gives what the engine said its place and class.
    pub(crate) fn error(&self, said: sqlx::Error) -> StoreError {
        StoreError::from_sql(&self.label, said)
    }

    /// Closes every connection and gives the directory free.
    pub(crate) async fn close(&self) {
        match &self.connections {
            Connections::Sqlite { writer, reader } => {
                for slot in [reader, writer] {
                    if let Some(connection) = slot.lock().await.take()
                        && let Err(error) = connection.close().await
                    {
                        tracing::warn!(at = %self.label, %error, "the database did not close cleanly");
                    }
                }
            }
            Connections::Postgres(pool) => pool.close().await,
        }
        drop(self.owned.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    async fn pooled(&self, pool: &AnyPool) -> Result<Lease, StoreError> {
        match pool.acquire().await {
            Ok(connection) => Ok(Lease::Pooled(connection)),
            Err(sqlx::Error::PoolClosed) => Err(StoreError::Closed),
            Err(error) => Err(self.error(error)),
        }
    }
}

async fn sole(slot: &Slot) -> Result<Lease, StoreError> {
    let guard = Arc::clone(slot).lock_owned().await;
    match OwnedMutexGuard::try_map(guard, Option::as_mut) {
        Ok(connection) => Ok(Lease::Sole(connection)),
        Err(_) => Err(StoreError::Closed),
    }
}

async fn open_memory() -> Result<Engine, StoreError> {
    let label = Location::Memory.to_string();
    let prepare = async {
        let mut connection = AnyConnection::connect(PRIVATE).await?;
        // The journal is written in large pieces, which take a quarter less time in large pages. 8 MB of them hold a
        // usual state with its journal; 2 MB, the engine's own choice, write files all the time.
        let quick = "PRAGMA page_size = 16384; PRAGMA cache_size = -8192; \
             PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF";
        sql::run(&mut connection, quick).await?;
        Ok(connection)
    };
    let mut connection = prepare
        .await
        .map_err(|error| StoreError::from_sql(&label, error))?;
    migrate(&mut connection, &label, &schema::SQLITE).await?;
    let writer = Arc::new(AsyncMutex::new(Some(connection)));
    let reader = Arc::clone(&writer);
    Ok(Engine {
        label,
        connections: Connections::Sqlite { writer, reader },
        lasting: false,
        owned: Mutex::new(None),
    })
}

async fn open_directory(path: &Path) -> Result<Engine, StoreError> {
    let owned = own(path)?;
    let file = path.join(FILE);
    // Made here so that it is private from its first byte; the engine's side files take over its mode.
    private(OpenOptions::new().append(true).create(true))
        .open(&file)
        .map_err(|error| StoreError::directory(&file, error))?;
    let url = sqlite_url(&file)?;
    let label = file.display().to_string();
    let wrong = |error| StoreError::from_sql(&label, error);
    let mut writer = AnyConnection::connect(&url).await.map_err(wrong)?;
    // FULL: a commit returns when it is on the disk, so what was acknowledged survives a power cut as well.
    let durable = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL";
    sql::run(&mut writer, durable).await.map_err(wrong)?;
    migrate(&mut writer, &label, &schema::SQLITE).await?;
    let mut reader = AnyConnection::connect(&url).await.map_err(wrong)?;
    sql::run(&mut reader, "PRAGMA query_only = ON")
        .await
        .map_err(wrong)?;
    let slot = |connection| Arc::new(AsyncMutex::new(Some(connection)));
    let connections = Connections::Sqlite {
        writer: slot(writer),
        reader: slot(reader),
    };
    Ok(Engine {
        label,
        connections,
        lasting: true,
        owned: Mutex::new(Some(owned)),
    })
}

async fn open_postgres(label: String, url: &str) -> Result<Engine, StoreError> {
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(StoreError::NotPostgres { location: label });
    }
    let wrong = |error| StoreError::from_sql(&label, error);
    // A connection of its own first: the pool would try again and again before it says what is wrong.
    let Ok(connected) = tokio::time::timeout(PATIENCE, AnyConnection::connect(url)).await else {
        return Err(wrong(sqlx::Error::Io(io::ErrorKind::TimedOut.into())));
    };
    let mut connection = connected.map_err(wrong)?;
    migrate(&mut connection, &label, &schema::POSTGRES).await?;
    connection.close().await.map_err(wrong)?;
    let options = AnyPoolOptions::new()
        .max_connections(POOL)
        .acquire_timeout(PATIENCE);
    let pool = options.connect_lazy(url).map_err(wrong)?;
    Ok(Engine {
        label,
        connections: Connections::Postgres(pool),
        lasting: true,
        owned: Mutex::new(None),
    })
}

/// Makes the directory if need be and takes possession of it.
fn own(path: &Path) -> Result<File, StoreError> {
    let mut make = std::fs::DirBuilder::new();
    make.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut make, 0o700);
    make.create(path).map_err(|error| {
        // The system says only that something of this name exists.
        let error = match error.kind() {
            io::ErrorKind::AlreadyExists => io::ErrorKind::NotADirectory.into(),
            _ => error,
        };
        StoreError::directory(path, error)
    })?;
    let lock = path.join(LOCK);
    let file = private(OpenOptions::new().write(true).create(true).truncate(false))
        .open(&lock)
        .map_err(|error| StoreError::directory(&lock, error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse {
            path: path.to_owned(),
        }),
        Err(TryLockError::Error(error)) => Err(StoreError::directory(&lock, error)),
    }
}

/// State holds digests and sealed keys: nobody else on the machine reads it.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// The file as the driver's URL: whatever is in the path, it must not end it.
fn sqlite_url(file: &Path) -> Result<String, StoreError> {
    const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'/')
        .remove(b'.')
        .remove(b'-')
        .remove(b'_');
    let absolute: PathBuf = std::path::absolute(file).map_err(|error| StoreError::directory(file, error))?;
    let Some(text) = absolute.to_str() else {
        let error = io::Error::new(
            io::ErrorKind::InvalidInput,
            "the path is not UTF-8, which the database needs",
        );
        return Err(StoreError::directory(file, error));
    };
    Ok(format!(
        "sqlite://{}?mode=rwc",
        utf8_percent_encode(text, IN_PATH)
    ))
}

async fn migrate(conn: &mut AnyConnection, label: &str, dialect: &schema::Dialect) -> Result<(), StoreError> {
    let wrong = |error| StoreError::from_sql(label, error);
    sql::run(conn, "BEGIN").await.map_err(wrong)?;
    match schema::migrate(conn, dialect).await {
        Ok(found) if found > schema::KNOWN => {
            sql::run(conn, "ROLLBACK").await.map_err(wrong)?;
            let (found, known) = (found as i64, schema::KNOWN as i64);
            Err(StoreError::NewerSchema {
                location: label.to_owned(),
                found,
                known,
            })
        }
        Ok(_) => sql::run(conn, "COMMIT").await.map_err(wrong),
        Err(error) => Err(wrong(error)),
    }
}
