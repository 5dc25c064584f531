//! Where the state lives: records, names, tickets, snapshots and the journal.
//!
//! A tenant is a set of [`Record`]s with a revision. Use-cases read it through a [`View`] of their own, built
//! from the kinds they name and cached exactly, and change it by deciding on that view: [`Store::update`]
//! commits the [`Changes`] only if the tenant still stands where it was read. What is used once or expires is a
//! [`Ticket`]; who was told what and why is a journal line.
//!
//! One set of queries serves SQLite and PostgreSQL (docs/adr/0001-one-set-of-queries.md). To add an operation:
//! its statements in `sql`, if it writes a variant in `job`, and a method in `store`; the suite in `tests` runs
//! it on every engine.

mod cache;
mod engine;
mod error;
mod job;
mod queue;
mod record;
mod sql;
mod store;
#[cfg(test)]
mod tests;
mod writer;

pub use error::StoreError;
pub use record::{Changes, JournalFilter, Location, Record, Ticket, View};
pub use store::{Settings, Store};
