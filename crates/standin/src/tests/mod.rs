//! A stand-in in this process and a client that trusts its authority, as a test sees them.

mod amendments;
mod calls;
mod control;
mod edge;
mod invitations;
mod looking;
mod passwords;
mod people;
mod proxy;
mod removal;
mod roles;
mod world;

use std::{net::SocketAddr, sync::Arc};

use crate::{Config, Running, Source, edge::Limits};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use serde_json::Value;
use store::Location;
use tempfile::{TempDir, tempdir};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use types::{Clock, ManualClock, SystemChance, SystemClock};

/// A stand-in with a state directory of its own.
pub(crate) struct World {
    pub(crate) running: Option<Running>,
    pub(crate) directory: TempDir,
    pub(crate) clock: Arc<ManualClock>,
}

/// What came back.
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Got {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }
}

pub(crate) fn config(directory: &std::path::Path) -> Config {
    Config {
        world: Source::Demo,
        location: Location::Memory,
        listen: "127.0.0.1:0".parse().unwrap(),
        proxy: "127.0.0.1:0".parse().unwrap(),
        allow_public: false,
        control_token: None,
        seal_key: None,
        state_directory: directory.to_owned(),
        ready_file: Some(directory.join("ready.json")),
        limits: Limits::default(),
        pages: None,
        smtp: None,
    }
}

impl World {
    pub(crate) async fn demo() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let directory = tempdir().unwrap();
        let mut config = config(directory.path());
        change(&mut config);
        let clock = Arc::new(ManualClock::at(SystemClock.now()));
        let running = crate::start(config, clock.clone(), Arc::new(SystemChance))
            .await
            .unwrap();
        Self {
            running: Some(running),
            directory,
            clock,
        }
    }

    pub(crate) fn ready(&self) -> &crate::Ready {
        &self.running.as_ref().unwrap().ready
    }

    pub(crate) fn port(&self) -> u16 {
        self.ready().port()
    }

    pub(crate) fn proxy(&self) -> SocketAddr {
        self.ready()
            .proxy
            .strip_prefix("http://")
            .unwrap()
            .parse()
            .unwrap()
    }

    /// Asks `https://{authority}{path}`, opening TLS for `authority`.
    pub(crate) async fn ask(
        &self,
        method: &str,
        authority: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Got {
        let name = authority.split(':').next().unwrap().to_owned();
        let tls = self.tls(&name).await.unwrap();
        send(tls, method, path, authority, headers, body.to_owned()).await
    }

    /// Asks the control API, and holds what it answers against its description.
    pub(crate) async fn control(&self, method: &str, path: &str, body: &str) -> Got {
        let authority = format!("localhost:{}", self.port());
        let got = self
            .ask(method, &authority, &format!("/_keyway/v1{path}"), &[], body)
            .await;
        if got.status < 300 {
            let described = crate::control::answers::check(method, path, &got.body);
            assert_eq!(described, Ok(()), "{}", got.text());
        }
        got
    }

    pub(crate) async fn tls(&self, name: &str) -> std::io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(("127.0.0.1", self.port())).await?;
        connect_tls(&self.ready().ca, name, stream).await
    }

    /// The journal's lines, newest last.
    pub(crate) async fn journal(&self) -> Vec<Value> {
        let got = self.control("GET", "/journal", "").await;
        got.json()["lines"].as_array().unwrap().clone()
    }

    pub(crate) async fn stop(mut self) {
        self.running.take().unwrap().stop().await;
    }
}

pub(crate) async fn connect_tls<S: AsyncRead + AsyncWrite + Unpin>(
    ca: &std::path::Path,
    name: &str,
    stream: S,
) -> std::io::Result<TlsStream<S>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(ca).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

pub(crate) async fn send<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
    stream: S,
    method: &str,
    target: &str,
    authority: &str,
    headers: &[(&str, &str)],
    body: String,
) -> Got {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut request = http::Request::builder()
        .method(method)
        .uri(target)
        .header("host", authority);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = sender
        .send_request(request.body(Full::new(bytes::Bytes::from(body))).unwrap())
        .await
        .unwrap();
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Got {
        status: head.status.as_u16(),
        headers: head.headers,
        body,
    }
}
