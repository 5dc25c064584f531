//! What waits to be written, in the order it arrived.
//!
//! Whoever asks is never made to wait for the queue itself: it is a list under a lock. The writer sleeps while
//! there is nothing; a note alone does not wake it at once, so that a flood of notes becomes few commits.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use evidence::JournalLine;
use tokio::sync::{Notify, oneshot};
use types::{TenantId, Timestamp};

use crate::{
    StoreError,
    job::{Job, Outcome},
    record::Ticket,
};

/// Notes that may wait. More can only be if the disk stands still; then the oldest go, and are counted.
const NOTES: usize = 16_384;
/// Notes that are worth a commit of their own.
const PLENTY: usize = 1_024;
/// Notes that one commit takes, unless somebody asked for all: what is on its way to the disk stays small.
const AT_ONCE: usize = 2 * PLENTY;
/// How long a note waits for company. Whoever reads the journal asks for all that waits, so nobody sees it.
const LINGER: Duration = Duration::from_millis(250);
/// How long notes that could not be written wait for better times.
const RECOVER: Duration = Duration::from_secs(1);

/// A journal line, ready to be stored.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// Under whose rules.
    pub(crate) tenant: Option<TenantId>,
    /// When it was answered.
    pub(crate) time: Timestamp,
    /// The line as JSON, without a line feed.
    pub(crate) json: String,
    /// Its place among all lines of this process.
    pub(crate) arrival: u64,
}

impl Line {
    /// Writes the line as JSON; outside any lock.
    pub(crate) fn new(line: &JournalLine) -> Result<Self, StoreError> {
        match written(line) {
            Ok(json) => Ok(Self {
                tenant: line.tenant,
                time: line.time,
                json,
                arrival: 0,
            }),
            Err(source) => Err(StoreError::record("journal", &line.request.to_string(), source)),
        }
    }
}

/// Room for most lines, in bytes: growing is what costs.
const USUAL_LINE: usize = 700;

fn written(line: &JournalLine) -> serde_json::Result<String> {
    let mut json = Vec::with_capacity(USUAL_LINE);
    serde_json::to_writer(&mut json, line)?;
    String::from_utf8(json).map_err(serde::ser::Error::custom)
}

/// Something that someone waits for.
#[derive(Debug)]
pub(crate) struct Pending {
    /// What to do.
    pub(crate) job: Job,
    /// Tickets to write with it.
    pub(crate) tickets: Vec<Ticket>,
    /// A journal line to write with it.
    pub(crate) line: Option<Line>,
    /// Who waits.
    pub(crate) reply: oneshot::Sender<Result<Outcome, StoreError>>,
}

/// What the writer takes at once.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// In order of arrival.
    pub(crate) waiting: Vec<Pending>,
    /// In order of arrival.
    pub(crate) notes: Vec<Line>,
    /// Notes that were given up since the last time.
    pub(crate) lost: u64,
    /// Nothing more is there or will come.
    pub(crate) last: bool,
}

/// The queue between everyone and the one writer.
#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    wake: Notify,
}

#[derive(Default)]
struct State {
    waiting: Vec<Pending>,
    notes: VecDeque<Line>,
    arrivals: u64,
    lost: u64,
    recovering: bool,
    closed: bool,
}

impl Queue {
    /// Adds something to wait for; it is dropped, which its owner notices, once the queue is closed.
    pub(crate) fn push(&self, mut pending: Pending) {
        let mut state = self.lock();
        if state.closed {
            return;
        }
        if let Some(line) = &mut pending.line {
            line.arrival = state.arrivals;
            state.arrivals += 1;
        }
        state.waiting.push(pending);
        drop(state);
        self.wake.notify_one();
    }

    /// Adds a line nobody waits for.
    pub(crate) fn note(&self, mut line: Line) {
        let mut state = self.lock();
        if state.closed {
            return;
        }
        line.arrival = state.arrivals;
        state.arrivals += 1;
        state.notes.push_back(line);
        state.shed();
        let count = state.notes.len();
        drop(state);
        if count == 1 || count == PLENTY {
            self.wake.notify_one();
        }
    }

    /// Brings back notes that could not be written; false if there will be no other time.
    pub(crate) fn put_back(&self, notes: Vec<Line>) -> bool {
        let mut state = self.lock();
        if state.closed {
            return false;
        }
        for line in notes.into_iter().rev() {
            state.notes.push_front(line);
        }
        state.shed();
        state.recovering = true;
        true
    }

    /// Nothing more is taken in; the writer finishes what is there.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.wake.notify_one();
    }

    /// Waits until there is something worth a commit and takes it.
    pub(crate) async fn take(&self) -> Taken {
        loop {
            let patience = {
                let state = self.lock();
                match state.notes.len() {
                    _ if state.closed || !state.waiting.is_empty() => break,
                    0 => None,
                    _ if state.recovering => Some(RECOVER),
                    PLENTY.. => break,
                    _ => Some(LINGER),
                }
            };
            match patience {
                None => self.wake.notified().await,
                Some(patience) => {
                    if tokio::time::timeout(patience, self.wake.notified())
                        .await
                        .is_err()
                    {
                        break;
                    }
                }
            }
        }
        // Those who were answered a moment ago are about to ask again: let them, and share the commit.
        tokio::task::yield_now().await;
        let mut state = self.lock();
        state.recovering = false;
        let waiting = std::mem::take(&mut state.waiting);
        let asked_for_all = waiting.iter().any(|pending| matches!(pending.job, Job::Flush));
        let count = if asked_for_all { usize::MAX } else { AT_ONCE };
        let count = count.min(state.notes.len());
        let notes = state.notes.drain(..count).collect();
        let lost = std::mem::take(&mut state.lost);
        Taken {
            waiting,
            notes,
            lost,
            last: state.closed && state.notes.is_empty(),
        }
    }

    // A panic elsewhere cannot leave the lists half-changed: pushing and taking are single calls.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn shed(&mut self) {
        while self.notes.len() > NOTES {
            self.notes.pop_front();
            self.lost += 1;
        }
    }
}
