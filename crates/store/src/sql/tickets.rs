//! Tickets: written whole, moved by compare-and-set, removed when they expire.

use sqlx::{AnyConnection, Row, any::AnyRow};
use types::{TenantId, Timestamp};

use super::{Shape, Sql, insert_rows, tenant_at};
use crate::record::Ticket;

/// Writes tickets, which must differ in id (a statement cannot touch a row twice) and come sorted by it (so
/// that two nodes lock rows in one order).
pub(crate) async fn put(conn: &mut AnyConnection, tickets: Vec<&Ticket>) -> Sql<()> {
    let shape = Shape {
        head: "INSERT INTO tickets (id, tenant, kind, state, family, expires, body)",
        row: "($0#, $1#, $2#, $3#, $4#, $5#, $6#)",
        fields: 7,
        tail: "ON CONFLICT (id) DO UPDATE SET tenant = excluded.tenant, kind = excluded.kind, \
               state = excluded.state, family = excluded.family, expires = excluded.expires, \
               body = excluded.body",
    };
    insert_rows(conn, shape, tickets, |query, ticket| {
        query
            .bind(ticket.id.clone())
            .bind(ticket.tenant.to_string())
            .bind(ticket.kind.clone())
            .bind(ticket.state.clone())
            .bind(ticket.group.clone())
            .bind(ticket.expires.millis())
            .bind(ticket.body.clone())
    })
    .await
    .map(drop)
}

/// The ticket with this id.
pub(crate) async fn get(conn: &mut AnyConnection, id: &str) -> Sql<Option<Ticket>> {
    let sql = "SELECT id, tenant, kind, state, family, expires, body FROM tickets WHERE id = $1";
    let row = sqlx::query(sql).bind(id.to_owned()).fetch_optional(conn).await?;
    row.as_ref().map(read).transpose()
}

/// A tenant's tickets of one kind that stand in one state, by id.
pub(crate) async fn list(
    conn: &mut AnyConnection,
    tenant: TenantId,
    kind: &str,
    state: &str,
) -> Sql<Vec<Ticket>> {
    let sql = "SELECT id, tenant, kind, state, family, expires, body FROM tickets \
               WHERE tenant = $1 AND kind = $2 AND state = $3 ORDER BY id";
    let rows = sqlx::query(sql)
        .bind(tenant.to_string())
        .bind(kind.to_owned())
        .bind(state.to_owned())
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Sql<Ticket> {
    Ok(Ticket {
        id: row.try_get(0)?,
        tenant: tenant_at(row, 1)?,
        kind: row.try_get(2)?,
        state: row.try_get(3)?,
        group: row.try_get(4)?,
        expires: Timestamp::from_millis(row.try_get(5)?),
        body: row.try_get(6)?,
    })
}

/// Moves a ticket that stands in `from`; how many stood there (none or one).
pub(crate) async fn shift(conn: &mut AnyConnection, id: &str, from: &str, to: &str, body: &str) -> Sql<u64> {
    let moved = sqlx::query("UPDATE tickets SET state = $3, body = $4 WHERE id = $1 AND state = $2")
        .bind(id.to_owned())
        .bind(from.to_owned())
        .bind(to.to_owned())
        .bind(body.to_owned())
        .execute(conn)
        .await?;
    Ok(moved.rows_affected())
}

/// Sets every ticket of a group to one state; how many were in another.
pub(crate) async fn shift_group(
    conn: &mut AnyConnection,
    tenant: TenantId,
    group: &str,
    to: &str,
) -> Sql<u64> {
    let moved =
        sqlx::query("UPDATE tickets SET state = $3 WHERE tenant = $1 AND family = $2 AND state <> $3")
            .bind(tenant.to_string())
            .bind(group.to_owned())
            .bind(to.to_owned())
            .execute(conn)
            .await?;
    Ok(moved.rows_affected())
}

/// Removes tickets that expired before a moment; how many.
pub(crate) async fn delete_expired(conn: &mut AnyConnection, before: Timestamp) -> Sql<u64> {
    let gone = sqlx::query("DELETE FROM tickets WHERE expires < $1")
        .bind(before.millis())
        .execute(conn)
        .await?;
    Ok(gone.rows_affected())
}
