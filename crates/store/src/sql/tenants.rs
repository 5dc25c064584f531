//! Tenants, their records and their names.

use sqlx::{AnyConnection, AssertSqlSafe, Row};
use types::TenantId;

use super::{Shape, Sql, insert_rows, tenant_at};
use crate::record::{Changes, Record};

/// Every tenant, in order of id.
pub(crate) async fn list(conn: &mut AnyConnection) -> Sql<Vec<TenantId>> {
    let rows = sqlx::query("SELECT id FROM tenants ORDER BY id")
        .fetch_all(conn)
        .await?;
    rows.iter().map(|row| tenant_at(row, 0)).collect()
}

/// The revision a tenant stands at, if it exists.
pub(crate) async fn revision(conn: &mut AnyConnection, tenant: TenantId) -> Sql<Option<i64>> {
    let row = sqlx::query("SELECT revision FROM tenants WHERE id = $1")
        .bind(tenant.to_string())
        .fetch_optional(conn)
        .await?;
    row.map(|row| row.try_get(0)).transpose()
}

/// The records of some kinds and the revision they belong to, read by one statement so that they agree. No
/// kinds at all means every kind; `None` means there is no such tenant.
pub(crate) async fn records(
    conn: &mut AnyConnection,
    tenant: TenantId,
    kinds: Option<&[&str]>,
) -> Sql<Option<(i64, Vec<Record>)>> {
    let of_kinds = match kinds {
        None => String::new(),
        Some([]) => " AND 1 = 0".to_owned(),
        Some(kinds) => {
            let marks: Vec<_> = (2..kinds.len() + 2).map(|at| format!("${at}")).collect();
            format!(" AND r.kind IN ({})", marks.join(", "))
        }
    };
    let sql = format!(
        "SELECT t.revision, r.kind, r.id, r.body FROM tenants t \
         LEFT JOIN records r ON r.tenant = t.id{of_kinds} WHERE t.id = $1 ORDER BY r.kind, r.id"
    );
    let query = sqlx::query(AssertSqlSafe(sql)).bind(tenant.to_string());
    let query = kinds
        .unwrap_or_default()
        .iter()
        .fold(query, |query, kind| query.bind((*kind).to_owned()));
    let rows = query.fetch_all(conn).await?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let revision = first.try_get(0)?;
    let mut records = Vec::with_capacity(rows.len());
    for row in &rows {
        // A tenant without such records joins one row of nothing.
        if let Some(kind) = row.try_get(1)? {
            records.push(Record {
                kind,
                id: row.try_get(2)?,
                body: row.try_get(3)?,
            });
        }
    }
    Ok(Some((revision, records)))
}

/// The names a tenant holds; `None` means there is no such tenant.
pub(crate) async fn names(conn: &mut AnyConnection, tenant: TenantId) -> Sql<Option<Vec<String>>> {
    let sql =
        "SELECT n.name FROM tenants t LEFT JOIN names n ON n.tenant = t.id WHERE t.id = $1 ORDER BY n.name";
    let rows = sqlx::query(sql).bind(tenant.to_string()).fetch_all(conn).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    rows.iter()
        .map(|row| row.try_get::<Option<String>, _>(0))
        .filter_map(Result::transpose)
        .collect::<Sql<_>>()
        .map(Some)
}

/// Every name and whose it is.
pub(crate) async fn all_names(conn: &mut AnyConnection) -> Sql<Vec<(String, TenantId)>> {
    let rows = sqlx::query("SELECT name, tenant FROM names")
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, tenant_at(row, 1)?)))
        .collect()
}

/// Whose a name is.
pub(crate) async fn tenant_of(conn: &mut AnyConnection, name: &str) -> Sql<Option<TenantId>> {
    let row = sqlx::query("SELECT tenant FROM names WHERE name = $1")
        .bind(name.to_owned())
        .fetch_optional(conn)
        .await?;
    row.map(|row| tenant_at(&row, 0)).transpose()
}

/// Makes a tenant and returns its first revision; `None` if it exists.
pub(crate) async fn create(conn: &mut AnyConnection, tenant: TenantId) -> Sql<Option<i64>> {
    let count = "UPDATE counters SET value = value + 1 WHERE name = 'creations' RETURNING value";
    let creation: i64 = sqlx::query(count).fetch_one(&mut *conn).await?.try_get(0)?;
    let revision = creation << 32;
    let made = sqlx::query("INSERT INTO tenants (id, revision) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING")
        .bind(tenant.to_string())
        .bind(revision)
        .execute(conn)
        .await?;
    Ok((made.rows_affected() == 1).then_some(revision))
}

/// Moves a tenant to its next revision if it still stands at `revision`; false if it does not.
pub(crate) async fn advance_from(conn: &mut AnyConnection, tenant: TenantId, revision: i64) -> Sql<bool> {
    let moved = sqlx::query("UPDATE tenants SET revision = revision + 1 WHERE id = $1 AND revision = $2")
        .bind(tenant.to_string())
        .bind(revision)
        .execute(conn)
        .await?;
    Ok(moved.rows_affected() == 1)
}

/// Moves a tenant by `steps` revisions and holds its row to the end of the transaction, so that no other node
/// changes it meanwhile. Zero steps only hold it. `None` if there is no such tenant.
pub(crate) async fn hold(conn: &mut AnyConnection, tenant: TenantId, steps: i64) -> Sql<Option<i64>> {
    let row = sqlx::query("UPDATE tenants SET revision = revision + $2 WHERE id = $1 RETURNING revision")
        .bind(tenant.to_string())
        .bind(steps)
        .fetch_optional(conn)
        .await?;
    row.map(|row| row.try_get(0)).transpose()
}

/// Deletes a tenant and all that is its own; false if there was none.
pub(crate) async fn delete(conn: &mut AnyConnection, tenant: TenantId) -> Sql<bool> {
    if hold(conn, tenant, 0).await?.is_none() {
        return Ok(false);
    }
    for statement in [
        "DELETE FROM records WHERE tenant = $1",
        "DELETE FROM names WHERE tenant = $1",
        "DELETE FROM tickets WHERE tenant = $1",
        "DELETE FROM snapshots WHERE tenant = $1",
        "DELETE FROM snapshot_records WHERE tenant = $1",
        "DELETE FROM snapshot_names WHERE tenant = $1",
        "DELETE FROM snapshot_tickets WHERE tenant = $1",
        "DELETE FROM journal WHERE tenant = $1",
        "DELETE FROM tenants WHERE id = $1",
    ] {
        sqlx::query(statement)
            .bind(tenant.to_string())
            .execute(&mut *conn)
            .await?;
    }
    Ok(true)
}

/// Carries out the changes to names and records; a name that another tenant holds is returned and nothing
/// more is done, so that the caller can undo the rest.
pub(crate) async fn apply(
    conn: &mut AnyConnection,
    tenant: TenantId,
    changes: &Changes,
) -> Sql<Option<String>> {
    for (name, bind) in &changes.names {
        if !bind {
            unbind(conn, tenant, name).await?;
        } else if !bind_name(conn, tenant, name).await? {
            return Ok(Some(name.clone()));
        }
    }
    let puts = changes
        .records
        .iter()
        .filter_map(|((kind, id), body)| Some((kind, id, body.as_ref()?)));
    let shape = Shape {
        head: "INSERT INTO records (tenant, kind, id, body)",
        row: "($0#, $1#, $2#, $3#)",
        fields: 4,
        tail: "ON CONFLICT (tenant, kind, id) DO UPDATE SET body = excluded.body",
    };
    insert_rows(
        conn,
        shape,
        puts.collect(),
        |query, (kind, id, body): (&String, &String, &String)| {
            query
                .bind(tenant.to_string())
                .bind(kind.clone())
                .bind(id.clone())
                .bind(body.clone())
        },
    )
    .await?;
    for ((kind, id), _) in changes.records.iter().filter(|(_, body)| body.is_none()) {
        sqlx::query("DELETE FROM records WHERE tenant = $1 AND kind = $2 AND id = $3")
            .bind(tenant.to_string())
            .bind(kind.clone())
            .bind(id.clone())
            .execute(&mut *conn)
            .await?;
    }
    Ok(None)
}

async fn unbind(conn: &mut AnyConnection, tenant: TenantId, name: &str) -> Sql<()> {
    let sql = "DELETE FROM names WHERE name = $1 AND tenant = $2";
    sqlx::query(sql)
        .bind(name.to_owned())
        .bind(tenant.to_string())
        .execute(conn)
        .await
        .map(drop)
}

/// Binds a name; false if another tenant holds it.
async fn bind_name(conn: &mut AnyConnection, tenant: TenantId, name: &str) -> Sql<bool> {
    let bound = sqlx::query("INSERT INTO names (name, tenant) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
        .bind(name.to_owned())
        .bind(tenant.to_string())
        .execute(&mut *conn)
        .await?;
    Ok(bound.rows_affected() == 1 || tenant_of(conn, name).await? == Some(tenant))
}
