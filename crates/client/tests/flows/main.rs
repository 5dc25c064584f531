//! Every way in, and keeping it, against a sign-in service and an organization of our own on loopback.

#![cfg(test)]

mod renewal;
mod ways_in;
mod world;
