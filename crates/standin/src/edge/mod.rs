//! The edge: from a socket to a [`Call`] and from an [`Answer`] back, with one journal line for each request.
//!
//! What happens to a connection, in order: a permit (so many at once), the TLS handshake with a certificate
//! for the name that was asked for, HTTP/1.1 or HTTP/2 as agreed, and for each request `route`. Nothing here
//! knows what a sign-in or an organization is: whoever answers for some names is a [`Service`], and adding
//! one is a line where the stand-in is put together (`start.rs`).

pub mod ca;
mod connection;
mod forward;
mod listen;
mod names;
mod one_piece;
mod proxy;
mod route;
mod tls;
mod to_the_end;

use std::{sync::Arc, time::Duration};

use evidence::{Decision, JournalLine, Outcome, shown};
use http::request::Parts as Head;
use store::{Store, Ticket};
use types::{Chance, Clock, Host, Later};
use wire::{Answer, Call};

use crate::backstage::Backstage;

pub use forward::{Before, Others};
pub(crate) use listen::Port;
pub use listen::{ListenError, Listeners, Stop, bind};
pub use names::{Name, Names};
pub use tls::TlsError;

/// What a service makes of a call, in time.
pub type Handled<'a> = Later<'a, (Answer, Decision)>;

/// Something that answers for some true names.
pub trait Service: Send + Sync {
    /// Whether it answers for this name.
    fn owns(&self, host: &Host) -> bool;

    /// Whether it answers a request with this head for this name. Pages share a name with the API behind it: an
    /// organization's home page stands beside its Web API, and who brings a token means the API.
    fn answers(&self, host: &Host, head: &Head) -> bool {
        let _ = head;
        self.owns(host)
    }

    /// Whether there really is such a host: where the true name would resolve. Asked before a tunnel is
    /// opened, so that an organization nobody created cannot be reached, as in life.
    fn knows<'a>(&'a self, host: &'a Host) -> Later<'a, bool> {
        let known = self.owns(host);
        Box::pin(async move { known })
    }

    /// The largest body it takes at a path, in bytes, where that is more than [`Limits::body`].
    fn most_body(&self, path: &str) -> usize {
        let _ = path;
        0
    }

    /// Answers. The tickets it leaves in `granted` are written together with the request's line, before the answer
    /// leaves.
    fn handle<'a>(&'a self, call: &'a Call, granted: &'a mut Vec<Ticket>) -> Handled<'a>;
}

/// Pages that whoever puts a stand-in together brings along: they are built from crates above this one, on what
/// stands behind the stage.
#[derive(Clone, Copy)]
pub struct Pages(pub fn(Backstage) -> Arc<dyn Service>);

impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages").finish_non_exhaustive()
    }
}

/// What a client may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The largest body, in bytes.
    pub body: usize,
    /// The largest head, in bytes.
    pub head: usize,
    /// Connections at once; more wait to be accepted.
    pub connections: usize,
    /// The TLS handshake.
    pub handshake: Duration,
    /// A request's head; also how long an idle connection is kept.
    pub head_time: Duration,
    /// A request's body.
    pub body_time: Duration,
    /// Our answer.
    pub answer_time: Duration,
    /// What is under way when we are asked to stop.
    pub stop_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            body: 256 * 1024,
            head: 64 * 1024,
            connections: 1024,
            handshake: seconds(10),
            head_time: seconds(30),
            body_time: seconds(30),
            answer_time: seconds(60),
            stop_time: seconds(3),
        }
    }
}

/// What the edge is made of.
pub struct Parts {
    /// Which names are ours, and whose.
    pub names: Names,
    /// Answers below `/_keyway/`, on every name.
    pub control: Arc<dyn Service>,
    /// Answers on `localhost`.
    pub landing: Arc<dyn Service>,
    /// Keeps the journal.
    pub store: Store,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub chance: Arc<dyn Chance>,
    /// What a client may cost.
    pub limits: Limits,
    /// The port that TLS is served on, to know our own address again.
    pub https_port: u16,
}

/// The edge of one stand-in.
pub struct Edge {
    parts: Parts,
    tls: Arc<rustls::ServerConfig>,
    certificates: Arc<tls::Certificates>,
}

impl Edge {
    /// Puts it together.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn new(parts: Parts, ca: Arc<ca::Ca>) -> Result<Self, TlsError> {
        let certificates = Arc::new(tls::Certificates::new(ca, parts.names.clone())?);
        let tls = Arc::new(tls::server_config(certificates.clone())?);
        Ok(Self {
            parts,
            tls,
            certificates,
        })
    }

    /// A line about something that never became a request.
    fn note_refused(&self, method: &str, host: &str, status: u16, why: String) {
        self.parts.store.note(&JournalLine {
            time: self.parts.clock.now(),
            request: self.parts.chance.uuid(),
            correlation: None,
            tenant: None,
            method: method.to_owned(),
            host: printable(host, 253),
            path: String::new(),
            status,
            outcome: Outcome::Refused,
            code: None,
            grade: None,
            cause: None,
            subject: None,
            app: None,
            client: None,
            why,
            micros: 0,
        });
    }
}

/// Foreign text, cut and without control characters, fit for the journal and for an error message.
pub(crate) fn printable(text: &str, most: usize) -> String {
    if text.len() <= most && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    shown(&text.chars().take(most).collect::<String>())
}
