//! Links: listeners of one's own between a client and the stand-in, on which the network can fail.
//!
//! A link carries what it is given to the stand-in until a way of failing is put on it: an expired certificate,
//! a port that refuses, a proxy that wants credentials. The failure is a real one, on a real socket. Links
//! belong to the process, not to a tenant; each test opens one of its own. To add a way: its file in `ways`, and
//! its line in [`WAYS`].

mod certificates;
mod ways;

use std::{
    collections::BTreeMap,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use rustls::ClientConfig;
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::watch,
    task::AbortHandle,
};

use types::Later;

use crate::edge::ca::Ca;
pub(crate) use ways::WAYS;

/// What becomes of one connection.
pub(crate) type Met = Later<'static, ()>;

/// One way a network fails.
pub(crate) struct Way {
    /// What it is asked for by.
    pub(crate) name: &'static str,
    /// What happens, in a sentence.
    pub(crate) about: &'static str,
    /// What it does with a connection; where nothing listens, nothing.
    pub(crate) meets: Meets,
}

/// Whether anybody listens, and what becomes of who connects.
#[derive(Clone, Copy)]
pub(crate) enum Meets {
    /// The port is there and nobody listens on it.
    Nobody,
    /// Each connection is handed to this.
    Each(fn(TcpStream, Arc<Behind>) -> Met),
}

/// What stands behind a link.
pub(crate) struct Behind {
    /// Where it carries to.
    pub(crate) to: SocketAddr,
    /// Where the stand-in takes TLS.
    pub(crate) https: SocketAddr,
    pub(crate) ca: Arc<Ca>,
    /// For ways that speak TLS to the stand-in themselves.
    pub(crate) client: Arc<ClientConfig>,
}

/// Every open link.
pub(crate) struct Links {
    https: SocketAddr,
    proxy: SocketAddr,
    ca: Arc<Ca>,
    client: Arc<ClientConfig>,
    open: Mutex<BTreeMap<u16, Link>>,
}

struct Link {
    way: watch::Sender<Option<&'static Way>>,
    serving: AbortHandle,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The way of that name.
pub(crate) fn named(name: &str) -> Option<&'static Way> {
    WAYS.iter().find(|way| way.name == name)
}

impl Links {
    pub(crate) fn new(https: SocketAddr, proxy: SocketAddr, ca: Arc<Ca>) -> Result<Self, rustls::Error> {
        let client = Arc::new(certificates::trusting(&ca)?);
        Ok(Self {
            https: loopback(https),
            proxy: loopback(proxy),
            ca,
            client,
            open: Mutex::default(),
        })
    }

    /// Opens one, in front of the stand-in's HTTPS port or of its proxy; its port names it.
    pub(crate) async fn open(&self, to_proxy: bool) -> io::Result<u16> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let behind = Arc::new(Behind {
            to: if to_proxy { self.proxy } else { self.https },
            https: self.https,
            ca: self.ca.clone(),
            client: self.client.clone(),
        });
        let (way, seen) = watch::channel(None);
        let serving = tokio::spawn(serve(listener, port, seen, behind)).abort_handle();
        self.links().insert(port, Link { way, serving });
        Ok(port)
    }

    /// Puts a way of failing on a link, or takes it off. `false` where there is no such link, or it is so already.
    pub(crate) fn turn(&self, port: u16, way: Option<&'static Way>) -> bool {
        let links = self.links();
        let Some(link) = links.get(&port) else {
            return false;
        };
        link.way.send_if_modified(|now| {
            let differs = now.map(|now| now.name) != way.map(|way| way.name);
            *now = way;
            differs
        })
    }

    /// Closes one.
    pub(crate) fn close(&self, port: u16) -> bool {
        self.links().remove(&port).is_some()
    }

    /// Every open link, with what is put on it.
    pub(crate) fn shown(&self) -> Vec<Value> {
        let shown = |(port, link): (&u16, &Link)| {
            let way = link.way.borrow().map(|way| way.name);
            json!({ "port": port, "way": way })
        };
        self.links().iter().map(shown).collect()
    }

    fn links(&self) -> std::sync::MutexGuard<'_, BTreeMap<u16, Link>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The address on this machine that leads to a listener on any.
fn loopback(at: SocketAddr) -> SocketAddr {
    if at.ip().is_unspecified() {
        SocketAddr::from((Ipv4Addr::LOCALHOST, at.port()))
    } else {
        at
    }
}

/// Serves a link until it is closed. A failing one is noticed from the next connection on.
async fn serve(
    listener: TcpListener,
    port: u16,
    mut way: watch::Receiver<Option<&'static Way>>,
    behind: Arc<Behind>,
) {
    let mut listener = Some(listener);
    loop {
        let now = *way.borrow_and_update();
        let Some(each) = each(now) else {
            // The port stays ours, so that nobody else takes it; without a listener the system refuses.
            drop(listener.take());
            let _held = held(port);
            if way.changed().await.is_err() {
                return;
            }
            continue;
        };
        let listening = match listener.take() {
            Some(listening) => listening,
            None => match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
                Ok(listening) => listening,
                Err(error) => {
                    tracing::warn!(%error, port, "a link cannot listen again");
                    return;
                }
            },
        };
        tokio::select! {
            changed = way.changed() => if changed.is_err() { return },
            accepted = listening.accept() => if let Ok((stream, _)) = accepted {
                tokio::spawn(each(stream, behind.clone()));
            },
        }
        listener = Some(listening);
    }
}

fn each(way: Option<&'static Way>) -> Option<fn(TcpStream, Arc<Behind>) -> Met> {
    match way.map(|way| way.meets) {
        None => Some(ways::carry),
        Some(Meets::Each(each)) => Some(each),
        Some(Meets::Nobody) => None,
    }
}

fn held(port: u16) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    Ok(socket)
}
