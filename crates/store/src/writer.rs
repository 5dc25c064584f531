//! The one writer: takes all that waits, writes it in one transaction, answers everyone.
//!
//! That is group commit. While the disk takes its milliseconds for one commit the next one fills up, so the
//! rate of writes does not depend on the rate of commits. If a transaction fails because of one job, each is run
//! again alone, so that only the culprit's owner is told.

use std::{collections::HashMap, sync::Arc};

use sqlx::AnyConnection;

use crate::{
    StoreError,
    cache::Cache,
    engine::Engine,
    job::{Job, Outcome, distinct},
    queue::{Line, Pending, Queue, Taken},
    sql::{
        self, Sql,
        journal::{self, BLOCK, Block},
        tickets,
    },
};

/// What the writer and whoever writes beside it share.
pub(crate) struct Desk {
    /// The database.
    pub(crate) engine: Engine,
    /// What is remembered of it.
    pub(crate) cache: Cache,
    /// What waits.
    pub(crate) queue: Queue,
}

impl Desk {
    /// Takes note of what was committed; before anyone is told.
    fn settle(&self, outcome: &Outcome) {
        if let Outcome::Done(_, Some(effect)) = outcome {
            self.cache.advance(effect, self.engine.is_sole_writer());
        }
    }

    /// Runs one job in a transaction of its own, beside the writer; again, if it gave way to another node.
    pub(crate) async fn run_alone(&self, job: &Job) -> Result<Outcome, StoreError> {
        const ATTEMPTS: usize = 8;
        let mut conn = self.engine.writer().await?;
        let mut attempt = 1;
        loop {
            let result = match begin(&mut conn).await {
                Ok(()) => finish(job.apply(&mut conn).await, &mut conn).await,
                Err(error) => Err(error),
            };
            match result {
                Ok(outcome) => {
                    self.settle(&outcome);
                    return Ok(outcome);
                }
                Err(error) if attempt < ATTEMPTS && crate::error::gave_way(&error) => attempt += 1,
                Err(error) => return Err(self.engine.error(error)),
            }
        }
    }
}

/// The writer's own memory.
pub(crate) struct Writer {
    desk: Arc<Desk>,
    /// Lines kept per tenant, at least.
    keep: i64,
    /// Lines stored per tenant, as far as this process knows; asked again before anything is removed.
    stored: HashMap<String, i64>,
}

impl Writer {
    /// A writer that keeps the `keep` newest lines of each tenant.
    pub(crate) fn new(desk: Arc<Desk>, keep: u32) -> Self {
        Self {
            desk,
            keep: keep.into(),
            stored: HashMap::new(),
        }
    }

    /// Writes until the queue is closed and empty.
    pub(crate) async fn run(mut self) {
        loop {
            let taken = self.desk.queue.take().await;
            let last = taken.last;
            self.write(taken).await;
            if last {
                return;
            }
        }
    }

    async fn write(&mut self, taken: Taken) {
        let Taken {
            waiting, notes, lost, ..
        } = taken;
        if lost > 0 {
            tracing::error!(
                lost,
                "journal lines were given up because the disk did not keep pace"
            );
        }
        if waiting.is_empty() && notes.is_empty() {
            return;
        }
        match self.commit(&waiting, &notes).await {
            Ok(outcomes) => answer(waiting, outcomes),
            // Somebody's job was refused; nobody else shall suffer for it.
            Err(StoreError::Database { .. }) => {
                for pending in waiting {
                    let result = self.commit(std::slice::from_ref(&pending), &[]).await;
                    let outcome = result.and_then(|mut outcomes| outcomes.pop().ok_or(StoreError::Closed));
                    drop(pending.reply.send(outcome));
                }
                self.commit_notes(notes).await;
            }
            Err(error) => {
                for pending in waiting {
                    drop(pending.reply.send(Err(error.clone())));
                }
                self.keep_for_later(notes, &error);
            }
        }
    }

    async fn commit_notes(&mut self, notes: Vec<Line>) {
        if !notes.is_empty()
            && let Err(error) = self.commit(&[], &notes).await
        {
            self.keep_for_later(notes, &error);
        }
    }

    fn keep_for_later(&self, notes: Vec<Line>, error: &StoreError) {
        let lines = notes.len();
        if lines == 0 {
            return;
        }
        if self.desk.queue.put_back(notes) {
            tracing::error!(lines, %error, "journal lines wait until they can be written");
        } else {
            tracing::error!(lines, %error, "journal lines are lost: the store closes and cannot write them");
        }
    }

    /// One transaction. Everyone's outcome in order, or the error that undid it all.
    async fn commit(&mut self, waiting: &[Pending], notes: &[Line]) -> Result<Vec<Outcome>, StoreError> {
        let desk = Arc::clone(&self.desk);
        let mut conn = desk.engine.writer().await?;
        let result = match begin(&mut conn).await {
            Ok(()) => finish(self.apply(&mut conn, waiting, notes).await, &mut conn).await,
            Err(error) => Err(error),
        };
        match result {
            Ok(outcomes) => {
                outcomes.iter().for_each(|outcome| desk.settle(outcome));
                Ok(outcomes)
            }
            Err(error) => {
                // What was counted was undone; it is counted anew when it matters.
                self.stored.clear();
                Err(desk.engine.error(error))
            }
        }
    }

    async fn apply(
        &mut self,
        conn: &mut AnyConnection,
        waiting: &[Pending],
        notes: &[Line],
    ) -> Sql<Vec<Outcome>> {
        tickets::put(
            conn,
            distinct(waiting.iter().flat_map(|pending| &pending.tickets)),
        )
        .await?;
        let mut outcomes = Vec::with_capacity(waiting.len());
        for pending in waiting {
            outcomes.push(pending.job.apply(conn).await?);
        }
        let lines = waiting
            .iter()
            .filter_map(|pending| pending.line.as_ref())
            .chain(notes);
        for (tenant, lines) in journal::put(conn, blocks(lines.collect())).await? {
            self.retain(conn, tenant, lines).await?;
        }
        Ok(outcomes)
    }

    /// Counts the lines just stored and removes the oldest, a good many at a time.
    async fn retain(&mut self, conn: &mut AnyConnection, tenant: String, lines: i64) -> Sql<()> {
        const TENANTS: usize = 4_096;
        if self.stored.len() >= TENANTS {
            self.stored.clear();
        }
        let most = self.keep + (self.keep / 4).max(64);
        let stored = match self.stored.get(&tenant) {
            Some(stored) if stored + lines <= most => stored + lines,
            // Never seen, or it seems too many: other nodes store and remove as well, so ask.
            _ => {
                let stored = journal::count(conn, &tenant).await?;
                let excess = stored - self.keep;
                if stored > most {
                    stored - journal::prune(conn, &tenant, excess).await?
                } else {
                    stored
                }
            }
        };
        self.stored.insert(tenant, stored);
        Ok(())
    }
}

fn answer(waiting: Vec<Pending>, outcomes: Vec<Outcome>) {
    for (pending, outcome) in waiting.into_iter().zip(outcomes) {
        // Whoever gave up waiting finds out by reading.
        drop(pending.reply.send(Ok(outcome)));
    }
}

/// Lines as rows: in order of arrival, neighbors of one tenant together.
fn blocks(mut lines: Vec<&Line>) -> Vec<Block> {
    lines.sort_unstable_by_key(|line| line.arrival);
    lines
        .chunk_by(|one, next| one.tenant == next.tenant)
        .flat_map(|run| run.chunks(BLOCK))
        .map(block)
        .collect()
}

fn block(lines: &[&Line]) -> Block {
    let mut body = String::with_capacity(lines.iter().map(|line| line.json.len() + 1).sum());
    for line in lines {
        body.push_str(&line.json);
        body.push('\n');
    }
    Block {
        tenant: lines
            .first()
            .and_then(|line| line.tenant)
            .map(|id| id.to_string())
            .unwrap_or_default(),
        lines: lines.len() as i64,
        latest: lines
            .iter()
            .map(|line| line.time.millis())
            .max()
            .unwrap_or_default(),
        body,
    }
}

async fn begin(conn: &mut AnyConnection) -> Sql<()> {
    sql::run(conn, "BEGIN").await
}

/// Commits what went well, undoes what did not.
async fn finish<T>(result: Sql<T>, conn: &mut AnyConnection) -> Sql<T> {
    let result = match result {
        Ok(done) => sql::run(conn, "COMMIT").await.map(|()| done),
        Err(error) => Err(error),
    };
    if result.is_err() {
        // A full disk has ended the transaction already, a lost connection with it: then there is nothing to
        // undo and this says so. The first error is the one that counts.
        drop(sql::run(conn, "ROLLBACK").await);
    }
    result
}
