//! The load: connections that are kept alive over TLS, each asking again as soon as it is answered.
//!
//! It is written by hand because it must never be the slower side: requests are prepared bytes, of an answer
//! only the status and the length are read, and everything runs on one thread.

use std::{cell::Cell, net::SocketAddr, path::Path, rc::Rc, sync::Arc, time::Duration};

use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Barrier,
    task::{AbortHandle, JoinSet},
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use types::Stopwatch;

use crate::{
    Outcome, machine,
    report::{Rate, say},
};

/// Where to ask.
#[derive(Clone)]
pub(crate) struct Target {
    /// The socket.
    pub(crate) address: SocketAddr,
    /// The name for TLS and for `Host`.
    pub(crate) name: String,
    /// The process that answers.
    process: u32,
    tls: TlsConnector,
}

impl Target {
    /// A target whose certificate was signed by the authority in a PEM file, or is in it.
    pub(crate) fn new(address: SocketAddr, name: &str, process: u32, authority: &Path) -> Outcome<Self> {
        let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", authority.display());
        let mut roots = rustls::RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(authority).map_err(|error| wrong(&error))? {
            roots
                .add(certificate.map_err(|error| wrong(&error))?)
                .map_err(|error| wrong(&error))?;
        }
        let config = rustls::ClientConfig::builder_with_provider(Arc::new(
            rustls::crypto::aws_lc_rs::default_provider(),
        ))
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
        Ok(Self {
            address,
            name: name.to_owned(),
            process,
            tls: TlsConnector::from(Arc::new(config)),
        })
    }

    /// The same socket by another name.
    pub(crate) fn named(&self, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..self.clone()
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its host name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Processor time of the answering process so far.
    pub(crate) fn processor_seconds(&self) -> f64 {
        machine::processor_seconds(self.process)
    }

    /// What stands in `Host`.
    pub(crate) fn authority(&self) -> String {
        format!("{}:{}", self.name, self.address.port())
    }

    /// A GET as bytes; `headers` are whole lines with their line ends.
    pub(crate) fn get(&self, path: &str, headers: &str) -> Vec<u8> {
        format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n",
            self.authority()
        )
        .into_bytes()
    }

    /// A form as bytes.
    pub(crate) fn post(&self, path: &str, headers: &str, fields: &[(&str, &str)]) -> Vec<u8> {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.send(
            "POST",
            path,
            &format!("{headers}Content-Type: application/x-www-form-urlencoded\r\n"),
            &body,
        )
    }

    /// Any request with a body, as bytes.
    pub(crate) fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> Vec<u8> {
        let (host, length) = (self.authority(), body.len());
        format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
            .into_bytes()
    }
}

/// One connection.
pub(crate) struct Connection {
    stream: TlsStream<TcpStream>,
    buffer: Vec<u8>,
}

/// An answer, borrowed from its connection.
pub(crate) struct Reply<'c> {
    /// The status.
    pub(crate) status: u16,
    /// Status line and header lines.
    pub(crate) head: &'c str,
    /// The body.
    pub(crate) body: &'c [u8],
}

impl Reply<'_> {
    /// The first header of that name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).next()
    }

    /// Every header of that name.
    pub(crate) fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.head.lines().skip(1).filter_map(move |line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(self.body).into_owned()
    }
}

impl Connection {
    /// Connects and shakes hands.
    pub(crate) async fn open(target: &Target) -> Outcome<Self> {
        let at = format!("{} at {}", target.name, target.address);
        let stream = TcpStream::connect(target.address)
            .await
            .map_err(|error| format!("{at}: {error}"))?;
        stream
            .set_nodelay(true)
            .map_err(|error| format!("{at}: {error}"))?;
        let name = ServerName::try_from(target.name.clone()).map_err(|error| format!("{at}: {error}"))?;
        let stream = target
            .tls
            .connect(name, stream)
            .await
            .map_err(|error| format!("{at}: {error}"))?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(16 * 1024),
        })
    }

    /// Asks and waits for the whole answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Outcome<Reply<'_>> {
        let wrong = |error: std::io::Error| format!("the connection broke: {error}");
        self.stream.write_all(request).await.map_err(wrong)?;
        self.stream.flush().await.map_err(wrong)?;
        self.buffer.clear();
        let mut expected = None;
        let (end, length) = loop {
            if expected.is_none() {
                expected = head(&self.buffer)?;
            }
            match expected {
                Some((end, length)) if self.buffer.len() >= end + length => break (end, length),
                _ => {}
            }
            if self.stream.read_buf(&mut self.buffer).await.map_err(wrong)? == 0 {
                return Err("the connection was closed in the middle of an answer".to_owned());
            }
        };
        let head = std::str::from_utf8(&self.buffer[..end])
            .map_err(|_| "the answer's head is not text".to_owned())?;
        let status = head
            .get(9..12)
            .and_then(|digits| digits.parse().ok())
            .unwrap_or(0);
        Ok(Reply {
            status,
            head,
            body: &self.buffer[end..end + length],
        })
    }
}

/// Where the head ends and how long the body is, once the head is whole.
fn head(bytes: &[u8]) -> Outcome<Option<(usize, usize)>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let mut lines = bytes[..end].split(|byte| *byte == b'\n').skip(1);
    let value = lines.find_map(|line| {
        let name = line.get(..15)?;
        name.eq_ignore_ascii_case(b"content-length:").then(|| &line[15..])
    });
    let empty = matches!(bytes.get(9..12), Some(b"204" | b"304"));
    match value.and_then(|value| std::str::from_utf8(value).ok()?.trim().parse().ok()) {
        Some(length) => Ok(Some((end + 4, length))),
        None if empty => Ok(Some((end + 4, 0))),
        None => Err("an answer without Content-Length, which this client does not read".to_owned()),
    }
}

/// What one round gave.
#[derive(Clone, Debug, Default)]
pub(crate) struct Round {
    /// From the first request to the last answer.
    pub(crate) took: Duration,
    /// Processor time of the answering process meanwhile, in seconds.
    busy: f64,
    /// Answers with a status other than 200.
    pub(crate) refused: usize,
    /// How long each request took, in microseconds; sorted.
    micros: Vec<u32>,
}

impl Round {
    /// What every connection saw, together.
    pub(crate) fn of(took: Duration, busy: f64, refused: usize, mut micros: Vec<u32>) -> Self {
        micros.sort_unstable();
        Self {
            took,
            busy,
            refused,
            micros,
        }
    }

    /// Answers a second.
    pub(crate) fn rate(&self) -> Rate {
        let count = self.micros.len() as f64;
        Rate {
            wall: count / self.took.as_secs_f64(),
            core: count / self.busy,
        }
    }

    /// How many answers.
    pub(crate) fn count(&self) -> usize {
        self.micros.len()
    }

    /// A percentile in milliseconds (nearest rank).
    pub(crate) fn percentile(&self, part: f64) -> f64 {
        let rank = (part * self.micros.len() as f64).ceil() as usize;
        self.micros
            .get(rank.saturating_sub(1))
            .map_or(f64::NAN, |micros| f64::from(*micros) / 1000.0)
    }
}

/// Asks `requests` in turn, over and over, on so many connections at once. Handshakes and each connection's
/// first request are outside of the measured time; the first answer must hold `expected`.
pub(crate) async fn run(
    target: &Target,
    connections: u32,
    time: Duration,
    requests: &Rc<[Vec<u8>]>,
    expected: &'static str,
) -> Outcome<Round> {
    let start = Rc::new(Barrier::new(connections as usize + 1));
    let next = Rc::new(Cell::new(0_usize));
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let (target, requests, start, next) = (target.clone(), requests.clone(), start.clone(), next.clone());
        tasks.spawn_local(async move {
            let ready = warmed(&target, &requests[0], expected).await;
            start.wait().await;
            keep_asking(ready?, time, &requests, &next).await
        });
    }
    start.wait().await;
    let awake = Awake::keep();
    let busy = target.processor_seconds();
    let watch = Stopwatch::start();
    let (mut refused, mut micros) = (0, Vec::new());
    while let Some(ended) = tasks.join_next().await {
        let (bad, times) = ended.map_err(|error| error.to_string())??;
        refused += bad;
        micros.extend(times);
    }
    let took = watch.elapsed();
    drop(awake);
    Ok(Round::of(
        took,
        target.processor_seconds() - busy,
        refused,
        micros,
    ))
}

/// Keeps this thread looking for answers while it lives. If it slept, each answer would have to wake another core,
/// which on a virtual machine costs the *answering* side more than the answer itself.
pub(crate) struct Awake(AbortHandle);

impl Awake {
    pub(crate) fn keep() -> Self {
        let looking = async {
            loop {
                tokio::task::yield_now().await;
            }
        };
        Self(tokio::task::spawn_local(looking).abort_handle())
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn warmed(target: &Target, request: &[u8], expected: &str) -> Outcome<Connection> {
    let mut connection = Connection::open(target).await?;
    let reply = connection.exchange(request).await?;
    if reply.status != 200 || !reply.text().contains(expected) {
        return Err(format!(
            "{} answered {}: {}",
            target.name,
            reply.status,
            reply.text()
        ));
    }
    Ok(connection)
}

async fn keep_asking(
    mut connection: Connection,
    time: Duration,
    requests: &[Vec<u8>],
    next: &Cell<usize>,
) -> Outcome<(usize, Vec<u32>)> {
    let (mut refused, mut micros) = (0, Vec::with_capacity(4096));
    let whole = Stopwatch::start();
    while whole.elapsed() < time {
        let turn = next.get();
        next.set(turn.wrapping_add(1));
        let watch = Stopwatch::start();
        let reply = connection.exchange(&requests[turn % requests.len()]).await?;
        micros.push(u32::try_from(watch.elapsed().as_micros()).unwrap_or(u32::MAX));
        if reply.status != 200 {
            if refused == 0 {
                say(&format!("not 200: {} {}", reply.status, reply.text()));
            }
            refused += 1;
        }
    }
    Ok((refused, micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_when_it_is_whole() {
        assert_eq!(head(b"HTTP/1.1 200 OK\r\nContent-Len"), Ok(None));
        assert_eq!(
            head(b"HTTP/1.1 200 OK\r\nx: y\r\ncontent-length: 5\r\n\r\nhel"),
            Ok(Some((44, 5)))
        );
        assert_eq!(head(b"HTTP/1.1 204 No Content\r\n\r\n"), Ok(Some((27, 0))));
        assert!(head(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
    }

    #[test]
    fn percentiles_by_nearest_rank() {
        let round = Round::of(Duration::from_secs(2), 1.0, 0, (1..=200).rev().collect());
        assert_eq!(round.percentile(0.50), 0.1);
        assert_eq!(round.percentile(0.99), 0.198);
        assert_eq!((round.rate().wall, round.rate().core), (100.0, 200.0));
    }
}
