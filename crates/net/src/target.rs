//! The parts of an address, and a request as that server is asked it.

use bytes::Bytes;
use http::{HeaderValue, Uri, header};
use http_body_util::Full;

use crate::{NetError, Phase, Request, resolve::bare};

/// The parts of an address.
pub(crate) struct Target {
    pub(crate) tls: bool,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) path: String,
}

impl Target {
    pub(crate) fn of(url: &str) -> Result<Self, NetError> {
        // Queries may carry secrets; what stands before them says enough.
        let shown = || url.split('?').next().unwrap_or_default().to_owned();
        let bad = |why| NetError::BadUrl { url: shown(), why };
        let parsed: Uri = url
            .parse()
            .map_err(|_| bad("it has characters that no address has"))?;
        let tls = match parsed.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            Some(_) => return Err(bad("its scheme is neither https nor http")),
            None => return Err(bad("it has no scheme; begin it with https://")),
        };
        let authority = parsed.authority().ok_or_else(|| bad("it has no host"))?;
        if authority.as_str().contains('@') {
            return Err(bad("it carries a user name before an @; leave that out"));
        }
        let host = authority.host().to_owned();
        if bare(&host).is_empty() {
            return Err(bad("it has no host"));
        }
        let port = authority.port_u16().unwrap_or(if tls { 443 } else { 80 });
        let path = parsed
            .path_and_query()
            .map_or_else(|| "/".to_owned(), ToString::to_string);
        Ok(Self {
            tls,
            host,
            port,
            path,
        })
    }

    /// A server of TLS, of which nothing is asked yet.
    pub(crate) fn server(host: &str, port: u16) -> Self {
        Self {
            tls: true,
            host: host.to_owned(),
            port,
            path: String::new(),
        }
    }

    /// `host:port`.
    pub(crate) fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    pub(crate) fn http(&self, request: &Request) -> http::Request<Full<Bytes>> {
        let mut out = http::Request::new(Full::new(request.body.clone()));
        *out.method_mut() = request.method.clone();
        // The path came out of a parsed address, so it parses again; `/` is what an empty one means.
        *out.uri_mut() = self.path.parse().unwrap_or_else(|_| Uri::from_static("/"));
        let headers = out.headers_mut();
        headers.clone_from(&request.headers);
        let default_port = if self.tls { 443 } else { 80 };
        let host = if self.port == default_port {
            self.host.clone()
        } else {
            self.authority()
        };
        for (name, value) in [(header::HOST, host.as_str()), (header::USER_AGENT, USER_AGENT)] {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.entry(name).or_insert(value);
            }
        }
        out
    }

    /// The connection broke, or does not speak HTTP.
    pub(crate) fn broken(&self, phase: Phase, source: hyper::Error) -> NetError {
        NetError::Http {
            target: self.authority(),
            phase,
            source,
        }
    }
}

const USER_AGENT: &str = concat!("keyway/", env!("CARGO_PKG_VERSION"));
