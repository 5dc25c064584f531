//! Why a stand-in did not start.

use std::net::SocketAddr;

use store::StoreError;

use crate::{
    edge::{ListenError, TlsError, ca::CaError},
    files::BadFile,
    mail::BadSmtp,
    seal::KeepError,
    world::WorldError,
};

/// Why it did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Other machines could connect, and nobody said that they may.
    #[error(
        "{0} can be reached from other machines, and a stand-in accepts published passwords; \
         listen on 127.0.0.1, or say --allow-public if that is what you want"
    )]
    Public(SocketAddr),
    /// An address cannot be listened on.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The world file.
    #[error(transparent)]
    World(#[from] WorldError),
    /// A file of the state directory.
    #[error(transparent)]
    File(#[from] BadFile),
    /// The state.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Keys.
    #[error(transparent)]
    Keep(#[from] KeepError),
    /// The certificate authority.
    #[error(transparent)]
    Ca(#[from] CaError),
    /// TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The SMTP server.
    #[error(transparent)]
    Smtp(#[from] BadSmtp),
    /// The ready file has no JSON form.
    #[error("the ready file cannot be written as JSON: {0}; choose paths that are UTF-8")]
    Ready(serde_json::Error),
}

impl StartError {
    /// What happened and what to do, as two sentences: messages here put the second after the last semicolon.
    pub fn told(&self) -> (String, String) {
        let text = self.to_string();
        match text.rsplit_once("; ") {
            Some((what, next)) => (what.to_owned(), next.to_owned()),
            None => (text, String::new()),
        }
    }
}
