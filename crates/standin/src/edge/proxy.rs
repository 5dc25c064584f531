//! The CONNECT proxy for the true names (RFC 9110 9.3.6).
//!
//! `CONNECT login.microsoftonline.com:443` is answered by the same TLS and HTTP as the stand-in's own port. A
//! name that lies below an owned suffix and that nobody here plays is refused by name; it is never forwarded.

use std::{
    convert::Infallible,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header, uri::Authority};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn, upgrade::OnUpgrade};
use hyper_util::rt::{TokioIo, TokioTimer};
use net::ProxyRules;
use tokio::{net::TcpStream, time::timeout};

use super::{
    Edge, Name,
    forward::{self, Others},
    listen::Stop,
    names::without_port,
    printable,
};

/// What a granted CONNECT leads to.
enum Tunnel {
    /// To our own TLS.
    Inward(OnUpgrade),
    /// To somebody else's host, connected already.
    Outward(OnUpgrade, TcpStream),
}

struct No {
    status: StatusCode,
    why: String,
}

fn no(status: StatusCode, why: impl Into<String>) -> No {
    No {
        status,
        why: why.into(),
    }
}

impl Edge {
    /// Serves one connection to the proxy's port.
    pub(crate) async fn serve_proxy(self: Arc<Self>, stream: TcpStream, peer: IpAddr, stop: Stop) {
        let granted = Arc::new(Mutex::new(None));
        let port = stream.local_addr().ok().map(|own| own.port());
        let edge = self.clone();
        let shared = granted.clone();
        let service = service_fn(move |request| {
            let (edge, granted) = (edge.clone(), shared.clone());
            async move { Ok::<_, Infallible>(edge.answer_proxy(request, &granted, peer).await) }
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(self.parts.limits.head_time)
            .max_buf_size(self.parts.limits.head);
        let mut stopped = stop.clone();
        let serving = http
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        tokio::select! {
            // Whatever ended it, a granted tunnel says whether there is more to do.
            _ = serving => {}
            () = stopped.told() => return,
        }
        let granted = granted.lock().unwrap_or_else(PoisonError::into_inner).take();
        match granted {
            Some(Tunnel::Inward(upgrade)) => {
                if let Ok(stream) = upgrade.await {
                    Box::pin(self.serve(TokioIo::new(stream), peer, port, stop)).await;
                }
            }
            Some(Tunnel::Outward(upgrade, mut other)) => {
                if let Ok(stream) = upgrade.await {
                    let mut stream = TokioIo::new(stream);
                    tokio::select! {
                        // Either side may end or break it; that is between them.
                        _ = tokio::io::copy_bidirectional(&mut stream, &mut other) => {}
                        () = stopped.told() => {}
                    }
                }
            }
            None => {}
        }
    }

    async fn answer_proxy(
        &self,
        mut request: Request<Incoming>,
        granted: &Mutex<Option<Tunnel>>,
        peer: IpAddr,
    ) -> Response<Full<Bytes>> {
        if request.method() != Method::CONNECT {
            return self.plain(&request);
        }
        let upgrade = hyper::upgrade::on(&mut request);
        let decided = match request.uri().authority() {
            Some(target) => self.open(target, &request, peer).await,
            None => Err(no(StatusCode::BAD_REQUEST, "CONNECT needs a host and a port")),
        };
        match decided {
            Ok(outward) => {
                let tunnel = match outward {
                    Some(stream) => Tunnel::Outward(upgrade, stream),
                    None => Tunnel::Inward(upgrade),
                };
                *granted.lock().unwrap_or_else(PoisonError::into_inner) = Some(tunnel);
                Response::new(Full::default())
            }
            Err(refused) => self.refuse("CONNECT", &request, &refused),
        }
    }

    /// Where a CONNECT leads: inward (`None`), or to a connection of its own.
    async fn open(
        &self,
        target: &Authority,
        request: &Request<Incoming>,
        peer: IpAddr,
    ) -> Result<Option<TcpStream>, No> {
        let port = target.port_u16().unwrap_or(443);
        let ours = port == 443 || port == self.parts.https_port;
        match self.parts.names.judge(target.as_str()) {
            Name::Owned(host, _) if !ours => Err(no(
                StatusCode::FORBIDDEN,
                format!("{host} answers HTTPS on port 443, not on port {port}"),
            )),
            Name::Owned(host, _) => {
                let known = match self.parts.names.service(&host) {
                    Some(service) => service.knows(&host).await,
                    None => false,
                };
                if known {
                    return Ok(None);
                }
                let why = format!(
                    "there is no {host} in this stand-in, and its true namesake is never called; \
                     `keyway org list` or the ready file name the organizations that exist"
                );
                Err(no(StatusCode::BAD_GATEWAY, why))
            }
            Name::Local if port == self.parts.https_port => Ok(None),
            // A program's own listener on this machine, asked for by a client that takes no exceptions.
            Name::Local if peer.is_loopback() => {
                let host = without_port(target.as_str());
                self.forward(&ProxyRules::none(), host, port).await.map(Some)
            }
            Name::Local => Err(no(
                StatusCode::FORBIDDEN,
                "ports of this machine are not lent to others",
            )),
            Name::Foreign => self.open_foreign(target, port, request, peer).await.map(Some),
        }
    }

    async fn open_foreign(
        &self,
        target: &Authority,
        port: u16,
        request: &Request<Incoming>,
        peer: IpAddr,
    ) -> Result<TcpStream, No> {
        let host = without_port(target.as_str());
        if !peer.is_loopback() {
            let why = format!("{host} is not the stand-in's, and for other machines nothing is forwarded");
            return Err(no(StatusCode::FORBIDDEN, why));
        }
        match Others::of(request.headers()).map_err(|why| no(StatusCode::FORBIDDEN, why))? {
            Others::Forwarded(rules) => self.forward(&rules, host, port).await,
            Others::Sealed => {
                let why = format!(
                    "{host} is not the stand-in's, and this program is sealed; \
                     run it by `keyway exec` without --sealed to let it out"
                );
                Err(no(StatusCode::FORBIDDEN, why))
            }
            Others::Unsaid => {
                let why = format!(
                    "{host} is not the stand-in's, and nothing said that it may be called; \
                     use the proxy's URL that `keyway serve env` prints, or run the program by `keyway exec`"
                );
                Err(no(StatusCode::PROXY_AUTHENTICATION_REQUIRED, why))
            }
        }
    }

    async fn forward(&self, rules: &ProxyRules, host: &str, port: u16) -> Result<TcpStream, No> {
        match timeout(self.parts.limits.handshake, forward::connect(rules, host, port)).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(why)) => Err(no(StatusCode::BAD_GATEWAY, why)),
            Err(_) => Err(no(
                StatusCode::GATEWAY_TIMEOUT,
                format!("{host}:{port} did not answer"),
            )),
        }
    }

    /// A request that is not CONNECT: plain HTTP, which no service here speaks.
    fn plain(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let method = printable(request.method().as_str(), 20);
        let authority = request
            .uri()
            .authority()
            .map(Authority::as_str)
            .unwrap_or_default();
        let safe = request.method() == Method::GET || request.method() == Method::HEAD;
        if let (Name::Owned(host, _), true) = (self.parts.names.judge(authority), safe) {
            let path = request
                .uri()
                .path_and_query()
                .map_or("/", http::uri::PathAndQuery::as_str);
            let why = format!("{host} was asked for without TLS and pointed to https");
            self.note_refused(&method, host.as_str(), 301, why);
            let mut moved = Response::new(Full::default());
            *moved.status_mut() = StatusCode::MOVED_PERMANENTLY;
            if let Ok(location) = HeaderValue::from_str(&format!("https://{host}{path}")) {
                moved.headers_mut().insert(header::LOCATION, location);
            }
            return moved;
        }
        let why = if authority.is_empty() {
            format!(
                "this is the proxy's port; the stand-in itself is at https://localhost:{}/",
                self.parts.https_port
            )
        } else {
            format!(
                "this proxy opens tunnels (CONNECT) and passes on no plain HTTP; use https for {authority}"
            )
        };
        self.refuse(&method, request, &no(StatusCode::FORBIDDEN, why))
    }

    fn refuse(&self, method: &str, request: &Request<Incoming>, refused: &No) -> Response<Full<Bytes>> {
        let host = request
            .uri()
            .authority()
            .map(|authority| without_port(authority.as_str()))
            .unwrap_or_default();
        self.note_refused(method, host, refused.status.as_u16(), refused.why.clone());
        let body = format!("{}: {}.\n", refused.status, printable(&refused.why, 1000));
        let mut response = Response::new(Full::new(Bytes::from(body)));
        *response.status_mut() = refused.status;
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        );
        // Most clients hide the body of a refused CONNECT; some show a header.
        if let Ok(why) = HeaderValue::from_str(&refused.why) {
            headers.insert("x-keyway-why", why);
        }
        if refused.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            headers.insert(
                header::PROXY_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"Keyway stand-in\""),
            );
        }
        response
    }
}
