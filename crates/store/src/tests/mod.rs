//! One suite for every engine: SQLite in memory and in a directory always, PostgreSQL where
//! `KEYWAY_TEST_POSTGRES` names a database in which schemas may be made.

mod disturbances;
mod engines;
mod globals;
mod journal;
mod names;
mod places;
mod snapshots;
mod tickets;
mod updates;
