//! What can go wrong with the state, said so that the reader knows what to do next.
//!
//! The cause is kept as a source and classified by the engine's documented result codes (SQLite's primary
//! result codes, PostgreSQL's SQLSTATE), never by its text. To add a class: one variant here, its code in
//! [`StoreError::from_sql`].

use std::{io, path::PathBuf, sync::Arc};

use sqlx::{error::DatabaseError, postgres::PgDatabaseError, sqlite::SqliteError};
use types::TenantId;

/// Why the store did not do what it was asked. Cheap to clone: everyone who waited for one failed commit is
/// told the same.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// A name can lead to one tenant only.
    #[error("the name `{name}` already belongs to another tenant; choose another, or release it there first")]
    NameTaken {
        /// The name as it was to be bound.
        name: String,
    },
    /// There is no such tenant, or not any more.
    #[error("there is no tenant {tenant}; list the tenants to see which exist")]
    UnknownTenant {
        /// Which one was asked for.
        tenant: TenantId,
    },
    /// A tenant is created once.
    #[error("tenant {tenant} exists already; delete it first, or choose another id")]
    TenantExists {
        /// Which one was to be created.
        tenant: TenantId,
    },
    /// Other nodes changed the tenant between every reading and its commit.
    #[error("tenant {tenant} kept changing and nothing was written; try again")]
    Busy {
        /// The tenant that would not hold still.
        tenant: TenantId,
    },
    /// A document could not be written as JSON, or a stored one does not read as what it should be.
    #[error(
        "the record `{kind}` `{id}` is not what this version of Keyway writes; restore a snapshot or delete it"
    )]
    Record {
        /// The record's kind.
        kind: String,
        /// The record's id.
        id: String,
        /// What the JSON reader or writer said.
        #[source]
        source: Arc<serde_json::Error>,
    },
    /// The data directory, or a file in it, cannot be made, read or written.
    #[error(
        "the data directory cannot be used: {path}: {source}; check the path, its owner and its permissions"
    )]
    Directory {
        /// The directory or file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: Arc<io::Error>,
    },
    /// One process owns a data directory.
    #[error(
        "another process uses the data directory {path}; stop it, or give this one a directory of its own"
    )]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// The state was written by a newer Keyway.
    #[error(
        "{location} holds schema version {found}, and this Keyway knows versions up to {known}; \
         use the newer Keyway that wrote it, or another location"
    )]
    NewerSchema {
        /// Where the state lives.
        location: String,
        /// The version found there.
        found: i64,
        /// The newest version this program can use.
        known: i64,
    },
    /// The file is no database, or a damaged one.
    #[error("{location} is not a readable database; move it away to start anew, or restore a copy")]
    Damaged {
        /// Where the state lives.
        location: String,
        /// What the engine said.
        #[source]
        source: Arc<sqlx::Error>,
    },
    /// No space left. Nothing of the failed write was kept.
    #[error("no space is left for {location}; nothing was written; free some space and try again")]
    Full {
        /// Where the state lives.
        location: String,
        /// What the engine said.
        #[source]
        source: Arc<sqlx::Error>,
    },
    /// The address of a database is of a kind that is not served.
    #[error("{location} is no address of a PostgreSQL database; give one that begins with postgres://")]
    NotPostgres {
        /// The address, without its password.
        location: String,
    },
    /// The database server does not answer, or not to us.
    #[error("{location} cannot be reached; check that it runs, its address, user and password")]
    Unreachable {
        /// Where the state lives.
        location: String,
        /// What the driver said.
        #[source]
        source: Arc<sqlx::Error>,
    },
    /// The database refused a statement for a reason of its own.
    #[error("{location} refused an operation; the source says why")]
    Database {
        /// Where the state lives.
        location: String,
        /// What the engine said.
        #[source]
        source: Arc<sqlx::Error>,
    },
    /// The store was closed, or its writer ended.
    #[error("the store is closed; nothing was written; open it again")]
    Closed,
}

/// The classes an engine's result code is sorted into.
enum Class {
    Damaged,
    Full,
    Unreachable,
    Other,
}

impl StoreError {
    /// A document that could not be read or written as JSON.
    pub fn record(kind: &str, id: &str, source: serde_json::Error) -> Self {
        Self::Record {
            kind: kind.to_owned(),
            id: id.to_owned(),
            source: Arc::new(source),
        }
    }

    /// Sorts what the engine said about the state at `location`.
    pub(crate) fn from_sql(location: &str, error: sqlx::Error) -> Self {
        let class = class(&error);
        let (location, source) = (location.to_owned(), Arc::new(error));
        match class {
            Class::Damaged => Self::Damaged { location, source },
            Class::Full => Self::Full { location, source },
            Class::Unreachable => Self::Unreachable { location, source },
            Class::Other => Self::Database { location, source },
        }
    }

    pub(crate) fn directory(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Directory {
            path: path.into(),
            source: Arc::new(source),
        }
    }
}

fn class(error: &sqlx::Error) -> Class {
    use sqlx::Error as E;
    match error {
        E::Database(said) => class_of_code(said.as_ref()),
        E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => Class::Unreachable,
        E::Protocol(_) | E::Configuration(_) => Class::Unreachable,
        _ => Class::Other,
    }
}

fn class_of_code(said: &dyn DatabaseError) -> Class {
    let code = said.code().unwrap_or_default();
    if said.try_downcast_ref::<SqliteError>().is_some() {
        // sqlite.org/rescode.html: the low byte of an extended code is its primary code.
        return match code.parse::<u32>().unwrap_or_default() & 0xff {
            11 | 26 => Class::Damaged,    // SQLITE_CORRUPT, SQLITE_NOTADB
            13 => Class::Full,            // SQLITE_FULL
            8 | 14 => Class::Unreachable, // SQLITE_READONLY, SQLITE_CANTOPEN
            _ => Class::Other,
        };
    }
    if said.try_downcast_ref::<PgDatabaseError>().is_some() {
        // PostgreSQL 15, appendix A: class 08 connections, 28 authorization, 3D000 no such database, 53100
        // disk full, 53300 too many connections, 57P0x shutting or starting up, XX001/2 corruption.
        return match &*code {
            "XX001" | "XX002" => Class::Damaged,
            "53100" => Class::Full,
            "3D000" | "53300" | "57P01" | "57P02" | "57P03" => Class::Unreachable,
            code if code.starts_with("08") || code.starts_with("28") => Class::Unreachable,
            _ => Class::Other,
        };
    }
    Class::Other
}

/// Whether PostgreSQL gave this transaction up in favor of another one, so that running it again is right
/// (SQLSTATE 40001 serialization failure, 40P01 deadlock). SQLite has one writer and never does.
pub(crate) fn gave_way(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    matches!(code.as_deref(), Some("40001" | "40P01"))
}
