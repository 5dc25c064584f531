//! Sockets: which addresses, taken ports, and accepting until told to stop.

use std::{
    io,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
};

use super::{Edge, one_piece::OnePiece};

/// An address cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Somebody else has the port.
    #[error(
        "port {port} is taken ({address}): another stand-in or another program listens there; stop it, or choose \
         another port with {flag} {host}:PORT (port 0 takes any free one)"
    )]
    Taken {
        /// The port.
        port: u16,
        /// The whole address.
        address: SocketAddr,
        /// The address without port, as the flag takes it.
        host: String,
        /// Which flag chooses another.
        flag: &'static str,
    },
    /// Anything else.
    #[error("cannot listen on {address}: {source}; choose another address with {flag}")]
    Other {
        /// The address.
        address: SocketAddr,
        /// Which flag chooses another.
        flag: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// The sockets of one port: IPv4 and, on loopback, IPv6 beside it.
#[derive(Debug)]
pub struct Listeners {
    sockets: Vec<TcpListener>,
    address: SocketAddr,
}

impl Listeners {
    /// The address that was asked for, with the port that was found.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// How often a free port is looked for that is free on both loopback addresses.
const TRIES: usize = 16;

/// Listens on `address`, and on `[::1]` with the same port when the address is IPv4 loopback: `localhost`
/// means either. Port 0 takes any free one. `flag` is named in errors.
///
/// # Errors
/// [`ListenError`].
pub async fn bind(address: SocketAddr, flag: &'static str) -> Result<Listeners, ListenError> {
    let wrong = |address: SocketAddr, source: io::Error| match source.kind() {
        io::ErrorKind::AddrInUse => {
            let host = if address.is_ipv6() {
                format!("[{}]", address.ip())
            } else {
                address.ip().to_string()
            };
            ListenError::Taken {
                port: address.port(),
                address,
                host,
                flag,
            }
        }
        _ => ListenError::Other {
            address,
            flag,
            source,
        },
    };
    let mut tries = TRIES;
    loop {
        let first = TcpListener::bind(address)
            .await
            .map_err(|error| wrong(address, error))?;
        let bound = first.local_addr().map_err(|error| wrong(address, error))?;
        if !address.is_ipv4() || !address.ip().is_loopback() {
            return Ok(Listeners {
                sockets: vec![first],
                address: bound,
            });
        }
        let twin = SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), bound.port());
        match TcpListener::bind(twin).await {
            Ok(second) => {
                return Ok(Listeners {
                    sockets: vec![first, second],
                    address: bound,
                });
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                tries -= 1;
                if address.port() != 0 || tries == 0 {
                    return Err(wrong(twin, error));
                }
            }
            // No IPv6 on this machine.
            Err(_) => {
                return Ok(Listeners {
                    sockets: vec![first],
                    address: bound,
                });
            }
        }
    }
}

/// Tells everything that runs when to end; dropping the sender tells it too.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// The sender says `true` once.
    pub fn new() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(receiver))
    }

    /// Waits until told.
    pub(crate) async fn told(&mut self) {
        // An error means that the sender is gone, which says the same.
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}

/// What is done with an accepted connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Port {
    /// TLS and HTTP.
    Https,
    /// CONNECT.
    Proxy,
}

impl Edge {
    /// Accepts on every socket until told to stop, then lets what is under way end.
    pub(crate) async fn accept(self: Arc<Self>, listeners: Listeners, port: Port, stop: Stop) {
        let permits = Arc::new(Semaphore::new(self.parts.limits.connections));
        let mut loops = JoinSet::new();
        for socket in listeners.sockets {
            loops.spawn(
                self.clone()
                    .accept_on(socket, port, permits.clone(), stop.clone()),
            );
        }
        while loops.join_next().await.is_some() {}
    }

    async fn accept_on(
        self: Arc<Self>,
        socket: TcpListener,
        port: Port,
        permits: Arc<Semaphore>,
        mut stop: Stop,
    ) {
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = accept_one(&socket) => accepted,
                Some(_) = connections.join_next() => continue,
                () = stop.told() => break,
            };
            let Some((stream, peer)) = accepted else {
                continue;
            };
            // At the limit one connection waits here and the others in the system's queue.
            let permit = tokio::select! {
                permit = permits.clone().acquire_owned() => permit,
                () = stop.told() => break,
            };
            let (edge, stop) = (self.clone(), stop.clone());
            connections.spawn(async move {
                match port {
                    Port::Https => Box::pin(edge.serve(OnePiece(stream), peer.ip(), None, stop)).await,
                    Port::Proxy => Box::pin(edge.serve_proxy(stream, peer.ip(), stop)).await,
                }
                drop(permit);
            });
        }
        drop(socket);
        let all = async { while connections.join_next().await.is_some() {} };
        // What has not ended by then is cut off when the set is dropped.
        let _ = tokio::time::timeout(self.parts.limits.stop_time, all).await;
    }
}

async fn accept_one(socket: &TcpListener) -> Option<(TcpStream, SocketAddr)> {
    match socket.accept().await {
        Ok((stream, peer)) => {
            // Answers are small and whole; waiting to fill a packet only costs time.
            let _ = stream.set_nodelay(true);
            Some((stream, peer))
        }
        Err(error) => {
            // Out of file descriptors, mostly: others will end.
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}
