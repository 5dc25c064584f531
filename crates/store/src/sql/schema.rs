//! The tables, as an ordered list of migrations.
//!
//! To change the schema, add an entry at the end; entries that were released never change. Everything is TEXT
//! and BIGINT (moments are milliseconds since 1970) because both engines read those alike.

use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::Sql;

/// One entry per schema version. `{serial}` is the one word the engines do not share: a number the database
/// counts up by itself.
pub(crate) const MIGRATIONS: &[&[&str]] = &[&[
    // A revision names one state of a tenant and is never given out twice, not even to a tenant made again:
    // each creation starts in a range of its own.
    "CREATE TABLE tenants (id TEXT PRIMARY KEY, revision BIGINT NOT NULL)",
    "CREATE TABLE counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL)",
    "INSERT INTO counters (name, value) VALUES ('creations', 0)",
    "CREATE TABLE records (tenant TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, \
     PRIMARY KEY (tenant, kind, id))",
    "CREATE TABLE names (name TEXT PRIMARY KEY, tenant TEXT NOT NULL)",
    "CREATE INDEX names_by_tenant ON names (tenant)",
    "CREATE TABLE tickets (id TEXT PRIMARY KEY, tenant TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, \
     family TEXT NOT NULL, expires BIGINT NOT NULL, body TEXT NOT NULL)",
    "CREATE INDEX tickets_by_family ON tickets (tenant, family)",
    "CREATE INDEX tickets_by_expiry ON tickets (expires)",
    "CREATE TABLE snapshots (tenant TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (tenant, name))",
    "CREATE TABLE snapshot_records (tenant TEXT NOT NULL, snapshot TEXT NOT NULL, kind TEXT NOT NULL, \
     id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (tenant, snapshot, kind, id))",
    "CREATE TABLE snapshot_names (tenant TEXT NOT NULL, snapshot TEXT NOT NULL, name TEXT NOT NULL, \
     PRIMARY KEY (tenant, snapshot, name))",
    "CREATE TABLE snapshot_tickets (tenant TEXT NOT NULL, snapshot TEXT NOT NULL, id TEXT NOT NULL, \
     kind TEXT NOT NULL, state TEXT NOT NULL, family TEXT NOT NULL, expires BIGINT NOT NULL, \
     body TEXT NOT NULL, PRIMARY KEY (tenant, snapshot, id))",
    // One row is a block: the lines of one tenant that were made durable together, oldest first.
    "CREATE TABLE journal (seq {serial}, tenant TEXT NOT NULL, lines BIGINT NOT NULL, \
     latest BIGINT NOT NULL, body TEXT NOT NULL)",
    "CREATE INDEX journal_by_tenant ON journal (tenant, seq, lines)",
    "CREATE TABLE globals (kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id))",
]];

/// What the engines do not share.
pub(crate) struct Dialect {
    /// What `{serial}` stands for.
    pub(crate) serial: &'static str,
    /// Makes a second node that starts at the same moment wait; held to the end of the transaction.
    pub(crate) migration_lock: &'static str,
}

/// SQLite: the directory's owner is alone, so there is nothing to wait for.
pub(crate) const SQLITE: Dialect = Dialect {
    serial: "INTEGER PRIMARY KEY",
    migration_lock: "SELECT 1",
};

/// PostgreSQL: an advisory lock under a number of our own ("keyway" in ASCII).
pub(crate) const POSTGRES: Dialect = Dialect {
    serial: "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    migration_lock: "SELECT pg_advisory_xact_lock(118074704257401)",
};

/// The newest version this program can use.
pub(crate) const KNOWN: usize = MIGRATIONS.len();

/// Brings the schema up to date inside the caller's transaction and returns the version that was found. A
/// version above [`KNOWN`] is left as it is, for the caller to refuse.
pub(crate) async fn migrate(conn: &mut AnyConnection, dialect: &Dialect) -> Sql<usize> {
    super::run(conn, dialect.migration_lock).await?;
    super::run(
        conn,
        "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)",
    )
    .await?;
    let row = sqlx::query("SELECT version FROM schema_version")
        .fetch_optional(&mut *conn)
        .await?;
    let found = match row {
        Some(row) => usize::try_from(row.try_get::<i64, _>(0)?).unwrap_or_default(),
        None => {
            super::run(conn, "INSERT INTO schema_version (version) VALUES (0)").await?;
            0
        }
    };
    let missing = MIGRATIONS.get(found..).unwrap_or_default();
    for migration in missing {
        for statement in *migration {
            let statement = statement.replace("{serial}", dialect.serial);
            sqlx::raw_sql(AssertSqlSafe(statement))
                .execute(&mut *conn)
                .await?;
        }
    }
    if !missing.is_empty() {
        let known = i64::try_from(KNOWN).unwrap_or(i64::MAX);
        sqlx::query("UPDATE schema_version SET version = $1")
            .bind(known)
            .execute(conn)
            .await?;
    }
    Ok(found)
}
