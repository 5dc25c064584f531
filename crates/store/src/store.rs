//! The store's face: what can be asked of it.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use evidence::JournalLine;
use tokio::{
    sync::{Mutex as AsyncMutex, oneshot},
    task::JoinHandle,
};
use types::{TenantId, Timestamp};

use crate::{
    Changes, JournalFilter, Location, Record, StoreError, Ticket, View,
    cache::Cache,
    engine::Engine,
    job::{Job, Outcome},
    queue::{Line, Pending, Queue},
    sql::{globals, journal, snapshots, tenants, tickets},
    writer::{Desk, Writer},
};

/// How often a change is decided anew because another node was quicker.
const DECISIONS: usize = 64;
/// Tenants take turns in so many groups.
const GROUPS: usize = 256;

/// What can be set about a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many journal lines of each tenant are kept at least; the oldest beyond that are removed now and then.
    pub journal_lines: u32,
}

impl Settings {
    /// 2,000 lines in memory, 100,000 elsewhere.
    pub fn usual(at: &Location) -> Self {
        let journal_lines = if matches!(at, Location::Memory) {
            2_000
        } else {
            100_000
        };
        Self { journal_lines }
    }
}

/// The open state. Clones share it; it is written out and closed when the last one is gone, or by
/// [`Store::close`].
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    desk: Arc<Desk>,
    writer: Mutex<Option<JoinHandle<()>>>,
    /// One reader of a tenant builds a view; the others wait for it instead of building it too.
    readers: [AsyncMutex<()>; GROUPS],
    /// One decision on a tenant at a time; only other nodes can come between.
    deciders: [AsyncMutex<()>; GROUPS],
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.0.desk.engine.label())
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.desk.queue.close();
    }
}

impl Store {
    /// Opens the state with the usual settings; makes it where there is none. Needs a running tokio.
    pub async fn open(at: &Location) -> Result<Self, StoreError> {
        Self::open_with(at, Settings::usual(at)).await
    }

    /// Opens the state.
    pub async fn open_with(at: &Location, settings: Settings) -> Result<Self, StoreError> {
        let engine = Engine::open(at).await?;
        let names = if engine.is_sole_writer() {
            let mut conn = engine.reader().await?;
            tenants::all_names(&mut conn)
                .await
                .map_err(|error| engine.error(error))?
        } else {
            Vec::new()
        };
        let cache = Cache::new(names.into_iter().collect::<HashMap<_, _>>());
        let desk = Arc::new(Desk {
            engine,
            cache,
            queue: Queue::default(),
        });
        let writer = tokio::spawn(Writer::new(Arc::clone(&desk), settings.journal_lines).run());
        Ok(Self(Arc::new(Inner {
            desk,
            writer: Mutex::new(Some(writer)),
            readers: [const { AsyncMutex::const_new(()) }; GROUPS],
            deciders: [const { AsyncMutex::const_new(()) }; GROUPS],
        })))
    }

    /// Writes out what waits, closes the database and gives the directory free. Afterwards everything is
    /// [`StoreError::Closed`].
    pub async fn close(&self) {
        let inner = &self.0;
        inner.desk.queue.close();
        let writer = inner.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer
            && let Err(error) = writer.await
        {
            tracing::error!(%error, "the writer ended before its time");
        }
        inner.desk.engine.close().await;
    }

    /// The tenant's view at its current revision (cached by revision; exact).
    pub async fn view<V: View>(&self, tenant: TenantId) -> Result<Arc<V>, StoreError> {
        self.view_at(tenant).await.map(|(_, view)| view)
    }

    /// Decides on a view and commits what it decided if the tenant has not changed meanwhile; else decides
    /// again, and after many times gives up with [`StoreError::Busy`].
    ///
    /// `decide` returning `Err`, or deciding nothing, changes nothing and leaves the revision as it is.
    pub async fn update<V: View, T, E: From<StoreError>>(
        &self,
        tenant: TenantId,
        mut decide: impl FnMut(&V, &mut Changes) -> Result<T, E>,
    ) -> Result<T, E> {
        let _turn = self.0.deciders[group(tenant)].lock().await;
        for _ in 0..DECISIONS {
            let (revision, view) = self.view_at::<V>(tenant).await?;
            let mut changes = Changes::default();
            let decided = decide(&view, &mut changes)?;
            if changes.is_empty() {
                return Ok(decided);
            }
            let changes = sound(changes)?;
            if self
                .perform(Job::Change {
                    tenant,
                    revision,
                    changes,
                })
                .await?
                .is_some()
            {
                return Ok(decided);
            }
        }
        Err(StoreError::Busy { tenant }.into())
    }

    /// Every tenant, in order of id.
    pub async fn tenants(&self) -> Result<Vec<TenantId>, StoreError> {
        let engine = &self.0.desk.engine;
        tenants::list(&mut *engine.reader().await?)
            .await
            .map_err(|error| engine.error(error))
    }

    /// Makes a tenant with its first records and names. One that exists is [`StoreError::TenantExists`].
    pub async fn create_tenant(&self, tenant: TenantId, changes: Changes) -> Result<(), StoreError> {
        let changes = sound(changes)?;
        self.perform(Job::Create { tenant, changes }).await.map(drop)
    }

    /// Deletes a tenant with its records, names, tickets, snapshots and journal lines.
    pub async fn delete_tenant(&self, tenant: TenantId) -> Result<(), StoreError> {
        self.perform(Job::Delete { tenant }).await.map(drop)
    }

    /// All records of a tenant (for snapshots and templates), ordered by kind and id.
    pub async fn records(&self, tenant: TenantId) -> Result<Vec<Record>, StoreError> {
        let engine = &self.0.desk.engine;
        let found = tenants::records(&mut *engine.reader().await?, tenant, None).await;
        match found.map_err(|error| engine.error(error))? {
            Some((_, records)) => Ok(records),
            None => Err(StoreError::UnknownTenant { tenant }),
        }
    }

    /// The names bound to a tenant, in order.
    pub async fn names(&self, tenant: TenantId) -> Result<Vec<String>, StoreError> {
        let engine = &self.0.desk.engine;
        let found = tenants::names(&mut *engine.reader().await?, tenant).await;
        found
            .map_err(|error| engine.error(error))?
            .ok_or(StoreError::UnknownTenant { tenant })
    }

    /// Whose a name is. Compared as it was bound, letter by letter.
    pub async fn tenant_of(&self, name: &str) -> Result<Option<TenantId>, StoreError> {
        let engine = &self.0.desk.engine;
        if engine.is_sole_writer() {
            return Ok(self.0.desk.cache.tenant_of(name));
        }
        let ask = async {
            tenants::tenant_of(&mut *engine.reader().await?, name)
                .await
                .map_err(|error| engine.error(error))
        };
        Box::pin(ask).await
    }

    /// Keeps the tenant's records, names and tickets under a name of the tenant's, replacing what was there.
    pub async fn snapshot(&self, tenant: TenantId, name: &str) -> Result<(), StoreError> {
        self.perform(Job::Snapshot {
            tenant,
            name: name.to_owned(),
        })
        .await
        .map(drop)
    }

    /// The names under which something of a tenant is kept, in order.
    pub async fn snapshots(&self, tenant: TenantId) -> Result<Vec<String>, StoreError> {
        let engine = &self.0.desk.engine;
        snapshots::list(&mut *engine.reader().await?, tenant)
            .await
            .map_err(|error| engine.error(error))
    }

    /// Puts records, names and tickets back as they were kept: what came later is gone, what went is back. The
    /// journal stays. False if nothing was kept under the name.
    pub async fn restore(&self, tenant: TenantId, name: &str) -> Result<bool, StoreError> {
        let restored = self
            .perform(Job::Restore {
                tenant,
                name: name.to_owned(),
            })
            .await?;
        Ok(restored.is_some())
    }

    /// Writes a ticket, replacing one with the same id.
    pub async fn put_ticket(&self, ticket: Ticket) -> Result<(), StoreError> {
        self.put_tickets(vec![ticket]).await
    }

    /// Writes tickets together, replacing those with the same ids; returns once they are durable (group commit).
    pub async fn put_tickets(&self, tickets: Vec<Ticket>) -> Result<(), StoreError> {
        if tickets.is_empty() {
            return Ok(());
        }
        self.enqueue(Job::Ride, tickets, None).await.map(drop)
    }

    /// The ticket with this id, expired or not.
    pub async fn ticket(&self, id: &str) -> Result<Option<Ticket>, StoreError> {
        let engine = &self.0.desk.engine;
        tickets::get(&mut *engine.reader().await?, id)
            .await
            .map_err(|error| engine.error(error))
    }

    /// A tenant's tickets of one kind that stand in one state, expired or not, by id.
    pub async fn tickets(
        &self,
        tenant: TenantId,
        kind: &str,
        state: &str,
    ) -> Result<Vec<Ticket>, StoreError> {
        let engine = &self.0.desk.engine;
        tickets::list(&mut *engine.reader().await?, tenant, kind, state)
            .await
            .map_err(|error| engine.error(error))
    }

    /// Moves a ticket from one state to another and replaces its body; false if it was not in `from` (someone
    /// else was first).
    pub async fn move_ticket(&self, id: &str, from: &str, to: &str, body: &str) -> Result<bool, StoreError> {
        let own = str::to_owned;
        let job = Job::Move {
            id: own(id),
            from: own(from),
            to: own(to),
            body: own(body),
        };
        Ok(self.rows(job).await? > 0)
    }

    /// Sets every ticket of a group to `state` (a refresh-token family, a session's codes); how many were not.
    pub async fn move_group(&self, tenant: TenantId, group: &str, to: &str) -> Result<u64, StoreError> {
        self.rows(Job::MoveGroup {
            tenant,
            group: group.to_owned(),
            to: to.to_owned(),
        })
        .await
    }

    /// Removes the tickets that expired before a moment; how many there were.
    pub async fn delete_expired(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.rows(Job::Expire { before }).await
    }

    /// Journal: returns once the line is durable (group commit), and with it the tickets that it says were granted:
    /// all of it or none.
    pub async fn record(&self, line: &JournalLine, granted: Vec<Ticket>) -> Result<(), StoreError> {
        let line = Some(Line::new(line)?);
        self.enqueue(Job::Ride, granted, line).await.map(drop)
    }

    /// Whether what is written outlives this process. If not, waiting for a line to be durable gains nothing.
    pub fn is_lasting(&self) -> bool {
        self.0.desk.engine.is_lasting()
    }

    /// Journal: kept within a quarter of a second; never waits for the disk; [`Store::journal`] sees it at once.
    pub fn note(&self, line: &JournalLine) {
        match Line::new(line) {
            Ok(line) => self.0.desk.queue.note(line),
            Err(error) => tracing::error!(%error, "a journal line has no written form"),
        }
    }

    /// The journal's lines that pass the filter, newest last, with all that was noted or recorded before.
    pub async fn journal(&self, filter: &JournalFilter) -> Result<Vec<JournalLine>, StoreError> {
        self.enqueue(Job::Flush, Vec::new(), None).await?;
        let engine = &self.0.desk.engine;
        let tenant = filter.tenant.map(|tenant| tenant.to_string());
        let since = filter.since.map_or(i64::MIN, Timestamp::millis);
        let most = filter.limit.map_or(usize::MAX, |limit| limit as usize);
        let (mut newest_first, mut before, mut blocks) = (Vec::new(), i64::MAX, 2);
        while newest_first.len() < most {
            let mut conn = engine.reader().await?;
            let page = journal::page(&mut conn, tenant.as_deref(), before, since, blocks).await;
            let page = page.map_err(|error| engine.error(error))?;
            drop(conn);
            let Some(oldest) = page.last() else { break };
            (before, blocks) = (oldest.seq, (blocks * 2).min(64));
            for json in page.iter().flat_map(|block| block.body.lines().rev()) {
                let line: JournalLine = serde_json::from_str(json)
                    .map_err(|source| StoreError::record("journal", &before.to_string(), source))?;
                if filter.passes(&line) {
                    newest_first.push(line);
                }
                if newest_first.len() == most {
                    break;
                }
            }
        }
        newest_first.reverse();
        Ok(newest_first)
    }

    /// The process-wide documents of a kind (signing keys, seals), shared by every node, in order of id.
    pub async fn global(&self, kind: &str) -> Result<Vec<Record>, StoreError> {
        let engine = &self.0.desk.engine;
        globals::list(&mut *engine.reader().await?, kind)
            .await
            .map_err(|error| engine.error(error))
    }

    /// Writes a process-wide document; false if it was there and must not be replaced, so that of many nodes
    /// exactly one makes the first key.
    pub async fn put_global(&self, record: Record, only_if_absent: bool) -> Result<bool, StoreError> {
        Ok(self
            .rows(Job::Global {
                record,
                only_if_absent,
            })
            .await?
            > 0)
    }

    /// What lies beneath, for tests that disturb it.
    #[cfg(test)]
    pub(crate) fn engine(&self) -> &Engine {
        &self.0.desk.engine
    }

    /// The view and the revision it belongs to.
    async fn view_at<V: View>(&self, tenant: TenantId) -> Result<(i64, Arc<V>), StoreError> {
        let desk = &self.0.desk;
        // What asks the database stands in a box: whoever awaits a view carries room for it otherwise.
        let current = if desk.engine.is_sole_writer() {
            None
        } else {
            Some(Box::pin(self.revision(tenant)).await?)
        };
        match desk.cache.hit(tenant, current) {
            Some(hit) => Ok(hit),
            None => Box::pin(self.load(tenant, current)).await,
        }
    }

    async fn revision(&self, tenant: TenantId) -> Result<i64, StoreError> {
        let engine = &self.0.desk.engine;
        tenants::revision(&mut *engine.reader().await?, tenant)
            .await
            .map_err(|error| engine.error(error))?
            .ok_or(StoreError::UnknownTenant { tenant })
    }

    async fn load<V: View>(
        &self,
        tenant: TenantId,
        current: Option<i64>,
    ) -> Result<(i64, Arc<V>), StoreError> {
        let desk = &self.0.desk;
        let _turn = self.0.readers[group(tenant)].lock().await;
        if let Some(hit) = desk.cache.hit(tenant, current) {
            return Ok(hit);
        }
        let epoch = desk.cache.epoch(tenant);
        let found = tenants::records(&mut *desk.engine.reader().await?, tenant, Some(V::KINDS)).await;
        let found = found.map_err(|error| desk.engine.error(error))?;
        let (revision, records) = found.ok_or(StoreError::UnknownTenant { tenant })?;
        let view = Arc::new(V::build(tenant, records)?);
        desk.cache.keep(tenant, revision, epoch, &view);
        Ok((revision, view))
    }

    /// Rows written by a job that cannot be refused.
    async fn rows(&self, job: Job) -> Result<u64, StoreError> {
        self.perform(job).await.map(Option::unwrap_or_default)
    }

    /// Writes a job and returns how many rows; `None` if what it rests on has changed. Once begun it runs to its
    /// end, even if nobody waits for it any more: what is remembered must agree with what was committed.
    async fn perform(&self, job: Job) -> Result<Option<u64>, StoreError> {
        let desk = &self.0.desk;
        let outcome = if desk.engine.is_sole_writer() || job.is_light() {
            self.enqueue(job, Vec::new(), None).await?
        } else {
            let desk = Arc::clone(desk);
            let alone = tokio::spawn(async move { desk.run_alone(&job).await });
            alone.await.map_err(|_| StoreError::Closed)??
        };
        match outcome {
            Outcome::Done(rows, _) => Ok(Some(rows)),
            Outcome::Stale => Ok(None),
            Outcome::Refused(error) => Err(error),
        }
    }

    async fn enqueue(
        &self,
        job: Job,
        tickets: Vec<Ticket>,
        line: Option<Line>,
    ) -> Result<Outcome, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.0.desk.queue.push(Pending {
            job,
            tickets,
            line,
            reply,
        });
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

/// A change with a record that could not be written is not written at all.
fn sound(mut changes: Changes) -> Result<Changes, StoreError> {
    match changes.broken.take() {
        Some(error) => Err(error),
        None => Ok(changes),
    }
}

fn group(tenant: TenantId) -> usize {
    (tenant.uuid().as_u128() % GROUPS as u128) as usize
}
