//! The other side, in one process: the HTTPS edge, the proxy that answers for the true names, worlds, and the
//! control API.
//!
//! Begin with `start`, which puts everything together, then `edge` (from a socket to a request and back),
//! `world` (what exists) and `control` (what a test may turn). The services that are played live in crates of
//! their own; this one knows them only as [`edge::Service`].

mod amend;
pub mod backstage;
pub mod check;
pub mod control;
pub mod edge;
mod files;
mod keys;
mod landing;
mod links;
mod mail;
mod merge;
pub mod ready;
mod seal;
mod services;
mod start;
mod state;
#[cfg(test)]
mod tests;
pub mod visits;
pub mod world;

pub use files::BadFile;
pub use keys::Keys;
pub use mail::{BadSmtp, Smtp};
pub use ready::Ready;
pub use seal::KeepError;
pub use start::{Config, Running, StartError, start};
pub use store::Location;
pub use world::Source;
