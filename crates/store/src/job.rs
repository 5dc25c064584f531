//! Everything that can be written, as data: a writer may then run many in one transaction, or one again.
//!
//! To add an operation: a variant of [`Job`], its arm in [`Job::apply`], its statements under `sql`.

use sqlx::AnyConnection;
use types::{TenantId, Timestamp};

use crate::{
    StoreError,
    cache::{Effect, Names},
    record::{Changes, Record, Ticket},
    sql::{self, Sql, globals, snapshots, tenants, tickets},
};

/// One thing to write.
#[derive(Debug)]
pub(crate) enum Job {
    /// Nothing but what rides along: tickets and journal lines.
    Ride,
    /// Nothing at all, but after every line that was noted before.
    Flush,
    /// Changes decided on a revision.
    Change {
        tenant: TenantId,
        revision: i64,
        changes: Changes,
    },
    /// A new tenant with its first records and names.
    Create { tenant: TenantId, changes: Changes },
    /// A tenant and all that is its own.
    Delete { tenant: TenantId },
    /// Keep a tenant as it stands.
    Snapshot { tenant: TenantId, name: String },
    /// Put back what was kept.
    Restore { tenant: TenantId, name: String },
    /// Compare-and-set of one ticket.
    Move {
        id: String,
        from: String,
        to: String,
        body: String,
    },
    /// One state for a group of tickets.
    MoveGroup {
        tenant: TenantId,
        group: String,
        to: String,
    },
    /// Remove old tickets.
    Expire { before: Timestamp },
    /// A process-wide document.
    Global { record: Record, only_if_absent: bool },
}

/// What became of a job.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Written: how many rows, where that matters, and what the cache must know.
    Done(u64, Option<Effect>),
    /// Not written: the tenant has moved on from the revision.
    Stale,
    /// Not written, for a reason the caller can understand.
    Refused(StoreError),
}

impl Job {
    /// Whether it may share a transaction with others although other nodes write too. Jobs that wait for rows
    /// must not: two nodes with two such jobs each could wait for one another.
    pub(crate) fn is_light(&self) -> bool {
        matches!(self, Self::Ride | Self::Flush)
    }

    /// Whether it may be refused half-way, so that what it did until then must be undone.
    fn is_guarded(&self) -> bool {
        matches!(
            self,
            Self::Change { .. }
                | Self::Create { .. }
                | Self::Delete { .. }
                | Self::Snapshot { .. }
                | Self::Restore { .. }
        )
    }

    /// Carries it out inside the caller's transaction. An outcome other than done leaves no trace.
    pub(crate) async fn apply(&self, conn: &mut AnyConnection) -> Sql<Outcome> {
        if !self.is_guarded() {
            return self.act(conn).await;
        }
        sql::run(conn, "SAVEPOINT job").await?;
        let outcome = self.act(conn).await?;
        if !matches!(outcome, Outcome::Done(..)) {
            sql::run(conn, "ROLLBACK TO SAVEPOINT job").await?;
        }
        sql::run(conn, "RELEASE SAVEPOINT job").await?;
        Ok(outcome)
    }

    async fn act(&self, conn: &mut AnyConnection) -> Sql<Outcome> {
        match self {
            Self::Ride | Self::Flush => Ok(Outcome::Done(0, None)),
            Self::Change {
                tenant,
                revision,
                changes,
            } => change(conn, *tenant, *revision, changes).await,
            Self::Create { tenant, changes } => create(conn, *tenant, changes).await,
            Self::Delete { tenant } => delete(conn, *tenant).await,
            Self::Snapshot { tenant, name } => snapshot(conn, *tenant, name).await,
            Self::Restore { tenant, name } => restore(conn, *tenant, name).await,
            Self::Move { id, from, to, body } => rows(tickets::shift(conn, id, from, to, body).await),
            Self::MoveGroup { tenant, group, to } => {
                rows(tickets::shift_group(conn, *tenant, group, to).await)
            }
            Self::Expire { before } => rows(tickets::delete_expired(conn, *before).await),
            Self::Global {
                record,
                only_if_absent,
            } => rows(globals::put(conn, record, *only_if_absent).await),
        }
    }
}

fn rows(written: Sql<u64>) -> Sql<Outcome> {
    written.map(|rows| Outcome::Done(rows, None))
}

fn taken(name: String) -> Outcome {
    Outcome::Refused(StoreError::NameTaken { name })
}

fn unknown(tenant: TenantId) -> Outcome {
    Outcome::Refused(StoreError::UnknownTenant { tenant })
}

async fn change(conn: &mut AnyConnection, tenant: TenantId, from: i64, changes: &Changes) -> Sql<Outcome> {
    if !tenants::advance_from(conn, tenant, from).await? {
        return Ok(Outcome::Stale);
    }
    if let Some(name) = tenants::apply(conn, tenant, changes).await? {
        return Ok(taken(name));
    }
    let mut kinds: Vec<_> = changes.records.keys().map(|(kind, _)| kind.clone()).collect();
    kinds.dedup();
    let names = Names::Changed(
        changes
            .names
            .iter()
            .map(|(name, bound)| (name.clone(), *bound))
            .collect(),
    );
    Ok(Outcome::Done(
        1,
        Some(Effect {
            tenant,
            step: Some((from, from + 1, kinds)),
            names,
        }),
    ))
}

async fn create(conn: &mut AnyConnection, tenant: TenantId, changes: &Changes) -> Sql<Outcome> {
    if tenants::create(conn, tenant).await?.is_none() {
        return Ok(Outcome::Refused(StoreError::TenantExists { tenant }));
    }
    if let Some(name) = tenants::apply(conn, tenant, changes).await? {
        return Ok(taken(name));
    }
    let bound = changes
        .names
        .iter()
        .filter(|(_, bound)| **bound)
        .map(|(name, _)| name.clone())
        .collect();
    Ok(Outcome::Done(
        1,
        Some(Effect {
            tenant,
            step: None,
            names: Names::Replaced(bound),
        }),
    ))
}

async fn delete(conn: &mut AnyConnection, tenant: TenantId) -> Sql<Outcome> {
    if !tenants::delete(conn, tenant).await? {
        return Ok(unknown(tenant));
    }
    Ok(Outcome::Done(
        1,
        Some(Effect {
            tenant,
            step: None,
            names: Names::Replaced(Vec::new()),
        }),
    ))
}

async fn snapshot(conn: &mut AnyConnection, tenant: TenantId, name: &str) -> Sql<Outcome> {
    if tenants::hold(conn, tenant, 0).await?.is_none() {
        return Ok(unknown(tenant));
    }
    snapshots::take(conn, tenant, name).await?;
    Ok(Outcome::Done(1, None))
}

async fn restore(conn: &mut AnyConnection, tenant: TenantId, name: &str) -> Sql<Outcome> {
    if tenants::hold(conn, tenant, 1).await?.is_none() {
        return Ok(unknown(tenant));
    }
    if !snapshots::exists(conn, tenant, name).await? {
        return Ok(Outcome::Stale);
    }
    if let Some(name) = snapshots::restore(conn, tenant, name).await? {
        return Ok(taken(name));
    }
    let names = tenants::names(conn, tenant).await?.unwrap_or_default();
    Ok(Outcome::Done(
        1,
        Some(Effect {
            tenant,
            step: None,
            names: Names::Replaced(names),
        }),
    ))
}

/// Tickets as `sql::tickets` wants them: sorted by id, and of several with one id the last.
pub(crate) fn distinct<'t>(tickets: impl Iterator<Item = &'t Ticket>) -> Vec<&'t Ticket> {
    let by_id: std::collections::BTreeMap<_, _> = tickets.map(|ticket| (&ticket.id, ticket)).collect();
    by_id.into_values().collect()
}
