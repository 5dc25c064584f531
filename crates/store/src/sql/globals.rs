//! Process-wide documents, shared by every node: signing keys, seals.

use sqlx::{AnyConnection, Row};

use super::Sql;
use crate::record::Record;

/// Every document of a kind, in order of id.
pub(crate) async fn list(conn: &mut AnyConnection, kind: &str) -> Sql<Vec<Record>> {
    let sql = "SELECT kind, id, body FROM globals WHERE kind = $1 ORDER BY id";
    let rows = sqlx::query(sql).bind(kind.to_owned()).fetch_all(conn).await?;
    rows.iter()
        .map(|row| {
            Ok(Record {
                kind: row.try_get(0)?,
                id: row.try_get(1)?,
                body: row.try_get(2)?,
            })
        })
        .collect()
}

/// Writes a document; how many were written (none, if it was there and must not be replaced).
pub(crate) async fn put(conn: &mut AnyConnection, record: &Record, only_if_absent: bool) -> Sql<u64> {
    let sql = if only_if_absent {
        "INSERT INTO globals (kind, id, body) VALUES ($1, $2, $3) ON CONFLICT (kind, id) DO NOTHING"
    } else {
        "INSERT INTO globals (kind, id, body) VALUES ($1, $2, $3) \
         ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body"
    };
    let query = sqlx::query(sql)
        .bind(record.kind.clone())
        .bind(record.id.clone())
        .bind(record.body.clone());
    Ok(query.execute(conn).await?.rows_affected())
}
