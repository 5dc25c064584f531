//! Mail on its way out: from the outbox of each tenant to an SMTP server, when one is configured.
//!
//! The outbox is where mail is written and read; this only hands it over. Without a server it waits there, which
//! is all that most tests need.

mod deliver;
mod server;
#[cfg(test)]
mod tests;

pub(crate) use deliver::{Parts, deliver};
pub use server::{BadSmtp, Smtp};
