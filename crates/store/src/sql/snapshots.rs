//! Snapshots: a tenant's records, names and tickets, copied inside the database and put back exactly.

use sqlx::{AnyConnection, Row};
use types::TenantId;

use super::Sql;

/// Keeps the tenant as it stands under a name, replacing what was kept under it. The caller holds the tenant.
pub(crate) async fn take(conn: &mut AnyConnection, tenant: TenantId, name: &str) -> Sql<()> {
    run_each(conn, tenant, name, &[
        "DELETE FROM snapshot_records WHERE tenant = $1 AND snapshot = $2",
        "DELETE FROM snapshot_names WHERE tenant = $1 AND snapshot = $2",
        "DELETE FROM snapshot_tickets WHERE tenant = $1 AND snapshot = $2",
        "INSERT INTO snapshots (tenant, name) VALUES ($1, $2) ON CONFLICT (tenant, name) DO NOTHING",
        "INSERT INTO snapshot_records (tenant, snapshot, kind, id, body) \
         SELECT tenant, $2, kind, id, body FROM records WHERE tenant = $1",
        "INSERT INTO snapshot_names (tenant, snapshot, name) SELECT tenant, $2, name FROM names WHERE tenant = $1",
        "INSERT INTO snapshot_tickets (tenant, snapshot, id, kind, state, family, expires, body) \
         SELECT tenant, $2, id, kind, state, family, expires, body FROM tickets WHERE tenant = $1",
    ])
    .await
}

/// The names under which something is kept, in order.
pub(crate) async fn list(conn: &mut AnyConnection, tenant: TenantId) -> Sql<Vec<String>> {
    let rows = sqlx::query("SELECT name FROM snapshots WHERE tenant = $1")
        .bind(tenant.to_string())
        .fetch_all(conn)
        .await?;
    let mut names: Vec<String> = rows.iter().map(|row| row.try_get(0)).collect::<Sql<_>>()?;
    // Not ordered by the database: engines and their settings collate differently.
    names.sort_unstable();
    Ok(names)
}

/// Whether something is kept under the name.
pub(crate) async fn exists(conn: &mut AnyConnection, tenant: TenantId, name: &str) -> Sql<bool> {
    let sql = "SELECT name FROM snapshots WHERE tenant = $1 AND name = $2";
    let row = sqlx::query(sql)
        .bind(tenant.to_string())
        .bind(name.to_owned())
        .fetch_optional(conn)
        .await?;
    Ok(row.is_some())
}

/// Puts back what was kept. A name that another tenant took meanwhile is returned, for the caller to undo the
/// rest. The caller holds the tenant.
pub(crate) async fn restore(conn: &mut AnyConnection, tenant: TenantId, name: &str) -> Sql<Option<String>> {
    for statement in [
        "DELETE FROM records WHERE tenant = $1",
        "DELETE FROM names WHERE tenant = $1",
        "DELETE FROM tickets WHERE tenant = $1",
    ] {
        sqlx::query(statement)
            .bind(tenant.to_string())
            .execute(&mut *conn)
            .await?;
    }
    run_each(
        conn,
        tenant,
        name,
        &[
            "INSERT INTO names (name, tenant) SELECT name, tenant FROM snapshot_names \
         WHERE tenant = $1 AND snapshot = $2 ORDER BY name ON CONFLICT (name) DO NOTHING",
            "INSERT INTO records (tenant, kind, id, body) \
         SELECT tenant, kind, id, body FROM snapshot_records WHERE tenant = $1 AND snapshot = $2",
            "INSERT INTO tickets (id, tenant, kind, state, family, expires, body) \
         SELECT id, tenant, kind, state, family, expires, body FROM snapshot_tickets \
         WHERE tenant = $1 AND snapshot = $2",
        ],
    )
    .await?;
    let taken = "SELECT s.name FROM snapshot_names s JOIN names n ON n.name = s.name \
         WHERE s.tenant = $1 AND s.snapshot = $2 AND n.tenant <> $1 ORDER BY s.name LIMIT 1";
    let row = sqlx::query(taken)
        .bind(tenant.to_string())
        .bind(name.to_owned())
        .fetch_optional(conn)
        .await?;
    row.map(|row| row.try_get(0)).transpose()
}

async fn run_each(
    conn: &mut AnyConnection,
    tenant: TenantId,
    name: &str,
    statements: &[&'static str],
) -> Sql<()> {
    for statement in statements {
        sqlx::query(*statement)
            .bind(tenant.to_string())
            .bind(name.to_owned())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}
