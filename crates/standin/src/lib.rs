//! The other side, in one process.
pub mod edge;
mod files;
mod keys;
mod seal;
mod merge;
mod world;
