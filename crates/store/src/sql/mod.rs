//! Every statement, once, for both engines (docs/adr/0001-one-set-of-queries.md).
//!
//! House rules of the SQL: `$1` placeholders, TEXT and BIGINT only, `INSERT … ON CONFLICT`, `RETURNING`, no
//! functions that one engine lacks. Rows are locked tenant first, then in sorted order. A new query goes into
//! the module of its table; a new table into `schema` and a module of its own.

pub(crate) mod globals;
pub(crate) mod journal;
pub(crate) mod schema;
pub(crate) mod snapshots;
pub(crate) mod tenants;
pub(crate) mod tickets;

use sqlx::{Any, AnyConnection, AssertSqlSafe, Row, any::AnyArguments, any::AnyRow, query::Query};
use types::TenantId;

pub(crate) type Sql<T> = Result<T, sqlx::Error>;
type Bound = Query<'static, Any, AnyArguments>;

/// Runs a statement that gives no rows (`BEGIN`, `SAVEPOINT`, a migration).
pub(crate) async fn run(conn: &mut AnyConnection, statement: &'static str) -> Sql<()> {
    sqlx::raw_sql(statement).execute(conn).await.map(drop)
}

/// Inserts many rows in few statements, and gives back what they return. A statement is `head`, `VALUES`, a
/// `row` for each item with its fields as `$0#`, `$1#`, …, and `tail`.
///
/// Statements are made for 64, 32, 16, … 1 rows, so that a connection prepares at most seven of each.
async fn insert_rows<T>(
    conn: &mut AnyConnection,
    Shape {
        head,
        row,
        fields,
        tail,
    }: Shape,
    items: Vec<T>,
    bind: impl Fn(Bound, T) -> Bound,
) -> Sql<Vec<AnyRow>> {
    let mut returned = Vec::new();
    let mut items = items.into_iter();
    while items.len() > 0 {
        let count = 1 << items.len().ilog2().min(6);
        let rows: Vec<_> = (0..count).map(|at| numbered(row, fields, at * fields)).collect();
        let sql = format!("{head} VALUES {} {tail}", rows.join(", "));
        let query = items
            .by_ref()
            .take(count)
            .fold(sqlx::query(AssertSqlSafe(sql)), &bind);
        returned.extend(query.fetch_all(&mut *conn).await?);
    }
    Ok(returned)
}

/// The parts of an insertion of many rows.
struct Shape {
    head: &'static str,
    row: &'static str,
    fields: usize,
    tail: &'static str,
}

/// `($0#, $1#)` with its fields numbered on from `before`: `($7, $8)` for 6.
fn numbered(row: &str, fields: usize, before: usize) -> String {
    (0..fields).fold(row.to_owned(), |row, field| {
        row.replace(&format!("${field}#"), &format!("${}", before + field + 1))
    })
}

/// Reads a tenant id from a column.
fn tenant_at(row: &AnyRow, column: usize) -> Sql<TenantId> {
    let text: &str = row.try_get(column)?;
    text.parse().map_err(|bad| sqlx::Error::Decode(Box::new(bad)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn fields_are_numbered_on() {
        assert_eq!(
            super::numbered("(lower($0#), $1#, $0#)", 2, 0),
            "(lower($1), $2, $1)"
        );
        assert_eq!(super::numbered("($0#, $1#)", 2, 10), "($11, $12)");
    }
}
