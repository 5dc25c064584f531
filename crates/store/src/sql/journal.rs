//! The journal's storage: blocks of lines, one JSON document per line of text.
//!
//! A block is a run of one tenant's lines that were made durable together. Under load that keeps a line's cost to
//! its own serialization and a copy: no row, no index entry and no statement of its own.

use sqlx::{AnyConnection, Row};

use super::{Shape, Sql, insert_rows};

/// Lines in a block, at most: how much more than the retention may be kept, and how much is read at a time.
pub(crate) const BLOCK: usize = 256;

/// Lines to be written as one row.
pub(crate) struct Block {
    /// The tenant's id, or nothing.
    pub(crate) tenant: String,
    /// How many lines.
    pub(crate) lines: i64,
    /// The latest moment among them, in milliseconds: clocks jump, so it need not be the last line's.
    pub(crate) latest: i64,
    /// The lines, each ending in a line feed.
    pub(crate) body: String,
}

/// Writes blocks in order and returns under which tenants how many lines were filed. Lines of a tenant that does
/// not exist (any more) are filed under nobody: of such a tenant nothing would ever be pruned.
pub(crate) async fn put(conn: &mut AnyConnection, blocks: Vec<Block>) -> Sql<Vec<(String, i64)>> {
    let shape = Shape {
        head: "INSERT INTO journal (tenant, lines, latest, body)",
        row: "(COALESCE((SELECT id FROM tenants WHERE id = $0#), ''), $1#, $2#, $3#)",
        fields: 4,
        tail: "RETURNING tenant, lines",
    };
    let rows = insert_rows(conn, shape, blocks, |query, block| {
        query
            .bind(block.tenant)
            .bind(block.lines)
            .bind(block.latest)
            .bind(block.body)
    });
    rows.await?
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}

/// How many lines are kept for a tenant.
pub(crate) async fn count(conn: &mut AnyConnection, tenant: &str) -> Sql<i64> {
    // PostgreSQL sums BIGINT to NUMERIC, which the portable driver does not read.
    let sql = "SELECT CAST(COALESCE(SUM(lines), 0) AS BIGINT) FROM journal WHERE tenant = $1";
    sqlx::query(sql)
        .bind(tenant.to_owned())
        .fetch_one(conn)
        .await?
        .try_get(0)
}

/// Removes the oldest blocks that hold together at most `excess` lines; how many lines went.
pub(crate) async fn prune(conn: &mut AnyConnection, tenant: &str, excess: i64) -> Sql<i64> {
    // A block has a line at least, so `excess` blocks are enough to look at.
    let sql = "DELETE FROM journal WHERE tenant = $1 AND seq <= (SELECT MAX(seq) FROM (\
         SELECT seq, SUM(lines) OVER (ORDER BY seq) AS upto FROM \
         (SELECT seq, lines FROM journal WHERE tenant = $1 ORDER BY seq LIMIT $2) AS oldest) AS running \
         WHERE upto <= $2) RETURNING lines";
    let rows = sqlx::query(sql)
        .bind(tenant.to_owned())
        .bind(excess)
        .fetch_all(conn)
        .await?;
    rows.iter().map(|row| row.try_get::<i64, _>(0)).sum()
}

/// A block as it was stored.
pub(crate) struct Stored {
    /// Its place in the journal.
    pub(crate) seq: i64,
    /// Its lines, oldest first.
    pub(crate) body: String,
}

/// The newest blocks before `seq` that have a line at or after `since`, newest first, so many.
pub(crate) async fn page(
    conn: &mut AnyConnection,
    tenant: Option<&str>,
    before: i64,
    since: i64,
    blocks: i64,
) -> Sql<Vec<Stored>> {
    let of_tenant = "SELECT seq, body FROM journal WHERE seq < $1 AND latest >= $2 AND tenant = $4 \
         ORDER BY seq DESC LIMIT $3";
    let of_all = "SELECT seq, body FROM journal WHERE seq < $1 AND latest >= $2 ORDER BY seq DESC LIMIT $3";
    let newest = |sql: &'static str| sqlx::query(sql).bind(before).bind(since).bind(blocks);
    let query = match tenant {
        Some(tenant) => newest(of_tenant).bind(tenant.to_owned()),
        None => newest(of_all),
    };
    let rows = query.fetch_all(conn).await?;
    rows.iter()
        .map(|row| {
            Ok(Stored {
                seq: row.try_get(0)?,
                body: row.try_get(1)?,
            })
        })
        .collect()
}
