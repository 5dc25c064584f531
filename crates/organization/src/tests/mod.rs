//! The service as a whole, over a store in memory.

mod access;
mod batches;
mod classic;
mod definitions;
mod discovery;
mod gates;
mod grants;
mod reach;
mod reading;
mod roles;
mod tokens;
mod world;
mod writing;
