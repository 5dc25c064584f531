//! One request and its answer, phase by phase.

use std::{fmt, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use bytes::Bytes;
use evidence::{Seen, Steps};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::client::TlsStream;
use types::{Clock, Stopwatch, Timestamp};

use crate::{
    CertificateFacts, NetError, Phase, Proxy, ProxyRules,
    connect::connect,
    keep::{Kept, Line},
    resolve::resolve,
    target::Target,
    tls::Trust,
};

/// How long each phase may take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// Name to addresses.
    pub resolve: Duration,
    /// All attempts to connect, together.
    pub connect: Duration,
    /// The proxy's answer.
    pub proxy: Duration,
    /// The TLS handshake.
    pub tls: Duration,
    /// From the request to the answer's headers.
    pub answer: Duration,
    /// The answer's body.
    pub body: Duration,
}

impl Timeouts {
    /// The defaults with `answer` and `body` replaced and nothing longer than `limit`.
    pub fn at_most(limit: Duration) -> Self {
        let all = Self::default();
        let cap = |time: Duration| time.min(limit);
        Self {
            resolve: cap(all.resolve),
            connect: cap(all.connect),
            proxy: cap(all.proxy),
            tls: cap(all.tls),
            answer: limit,
            body: limit,
        }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            resolve: seconds(5),
            connect: seconds(10),
            proxy: seconds(10),
            tls: seconds(10),
            answer: seconds(60),
            body: seconds(60),
        }
    }
}

/// How to reach servers.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Which hosts go through a proxy.
    pub proxy: ProxyRules,
    /// Files with further certificate authorities, in PEM.
    pub extra_ca: Vec<PathBuf>,
    /// The stand-in's own authority: trusted for `*.localhost` and nothing else, ignored while it is missing.
    pub standin_ca: Option<PathBuf>,
    /// How long each phase may take.
    pub timeouts: Timeouts,
}

/// One request. It carries secrets: it has no `Debug`.
pub struct Request {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    /// A request without body.
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            url: url.into(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// A form; `body` is already encoded.
    pub fn post_form(url: impl Into<String>, body: impl Into<Bytes>) -> Self {
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        let mut request = Self {
            method: Method::POST,
            body: body.into(),
            ..Self::get(url)
        };
        request.headers.insert(header::CONTENT_TYPE, form);
        request
    }

    /// A body of the given type.
    pub fn post(url: impl Into<String>, media_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut request = Self::post_form(url, body);
        request
            .headers
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        request
    }

    /// Any verb, with a JSON body; an empty one is no body.
    pub fn json(method: Method, url: impl Into<String>, body: impl Into<Bytes>) -> Self {
        let mut request = Self {
            method,
            body: body.into(),
            ..Self::get(url)
        };
        if !request.body.is_empty() {
            let json = HeaderValue::from_static("application/json");
            request.headers.insert(header::CONTENT_TYPE, json);
        }
        request
    }

    /// With one more header; a value that cannot stand in a header is left out.
    #[must_use]
    pub fn with(mut self, name: header::HeaderName, value: &str) -> Self {
        if let Ok(mut value) = HeaderValue::from_str(value) {
            value.set_sensitive(name == header::AUTHORIZATION);
            self.headers.append(name, value);
        }
        self
    }

    /// The address.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// One answer, whole. Its `Debug` shows no body: bodies carry tokens.
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Response {
    /// A header as text, when it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// When the server answered, by its own clock (`Date`, RFC 9110 6.6.1).
    pub fn date(&self) -> Option<Timestamp> {
        http_date(self.header("date")?)
    }

    /// How long the server asks us to wait: `Retry-After` in seconds or as a date (RFC 9110 10.2.3).
    pub fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        let text = self.header("retry-after")?.trim();
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        Some(http_date(text)?.since(now))
    }
}

fn http_date(text: &str) -> Option<Timestamp> {
    let date = httpdate::parse_http_date(text.trim())
        .ok()?
        .duration_since(std::time::UNIX_EPOCH)
        .ok()?;
    Some(Timestamp::from_seconds(i64::try_from(date.as_secs()).ok()?))
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// Reaches servers.
pub struct Net {
    settings: Settings,
    trust: Trust,
    clock: Arc<dyn Clock>,
    kept: Option<Kept>,
}

/// Largest answer that is read, in bytes. Every answer Keyway asks for is far smaller.
const BODY_LIMIT: usize = 8 * 1024 * 1024;

impl Net {
    /// Nothing is opened or read yet.
    pub fn new(settings: Settings, clock: Arc<dyn Clock>) -> Self {
        let trust = Trust::new(
            settings.extra_ca.clone(),
            settings.standin_ca.clone(),
            clock.clone(),
        );
        Self {
            settings,
            trust,
            clock,
            kept: None,
        }
    }

    /// The same, keeping connections for further requests to the same server.
    #[must_use]
    pub fn keeping(self) -> Self {
        Self {
            kept: Some(Kept::default()),
            ..self
        }
    }

    /// The clock certificates are judged by.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Sends one request, over a connection of its own unless one is kept. Every phase is kept in `steps`, also the
    /// one that fails.
    ///
    /// # Errors
    /// [`NetError`] when no answer came. An answer of any status is a success here.
    pub async fn send(&self, request: &Request, steps: &mut Steps) -> Result<Response, NetError> {
        let target = Target::of(&request.url)?;
        if let Some(kept) = &self.kept {
            while let Some(mut line) = kept.take(&target) {
                // One that the server has closed meanwhile was not used yet, so the next one may be.
                if timeout(self.settings.timeouts.answer, line.sender.ready())
                    .await
                    .is_ok_and(|ready| ready.is_ok())
                {
                    return self.ask(request, &target, line, steps).await;
                }
            }
        }
        let stream = self.open(&target, steps).await?;
        if !target.tls {
            let line = self.line(&target, stream).await?;
            return self.ask(request, &target, line, steps).await;
        }
        let stream = self.shake(&target, stream, steps).await?;
        let line = self.line(&target, stream).await?;
        self.ask(request, &target, line, steps).await
    }

    /// TLS over a connection that [`Net::reach`] made, for a protocol other than HTTP.
    ///
    /// # Errors
    /// [`NetError::Tls`] and [`NetError::TimedOut`].
    pub async fn secure(
        &self,
        host: &str,
        port: u16,
        stream: TcpStream,
        steps: &mut Steps,
    ) -> Result<Box<TlsStream<TcpStream>>, NetError> {
        self.shake(&Target::server(host, port), stream, steps).await
    }

    /// The TLS handshake, with the certificate judged.
    async fn shake(
        &self,
        target: &Target,
        stream: TcpStream,
        steps: &mut Steps,
    ) -> Result<Box<TlsStream<TcpStream>>, NetError> {
        let late = self.late(Phase::Tls, target, self.settings.timeouts.tls);
        let shaken = async {
            timeout(
                self.settings.timeouts.tls,
                self.trust.handshake(&target.host, stream),
            )
            .await
            .map_err(|_| late)?
        };
        let (stream, _) = step(
            steps,
            format!("TLS with {}", target.host),
            shaken,
            |(stream, facts)| {
                let version = stream.get_ref().1.protocol_version();
                let version = version.and_then(|v| v.as_str()).unwrap_or("TLS");
                let version = version.replace("TLSv", "TLS ").replace('_', ".");
                let signed = |facts: &CertificateFacts| {
                    format!(
                        "{version}, issued by {}, valid to {}",
                        facts.issuer,
                        facts.not_after.rfc3339_seconds()
                    )
                };
                Seen::Ok(facts.as_ref().map_or_else(|| version.clone(), signed))
            },
        )
        .await?;
        Ok(stream)
    }

    /// A TCP connection to a server of HTTPS, or through its proxy: for looking at what it does before HTTP.
    ///
    /// # Errors
    /// [`NetError`] of the phase that failed.
    pub async fn reach(&self, host: &str, port: u16, steps: &mut Steps) -> Result<TcpStream, NetError> {
        self.open(&Target::server(host, port), steps).await
    }

    /// A TCP connection to the target, or through its proxy.
    async fn open(&self, target: &Target, steps: &mut Steps) -> Result<TcpStream, NetError> {
        let proxy = self
            .settings
            .proxy
            .proxy_for(&target.host, target.port)
            .filter(|_| target.tls);
        let Some(proxy) = proxy else {
            return self.dial(&target.host, target.port, steps).await;
        };
        let unreachable = |source| NetError::ProxyUnreachable {
            proxy: proxy.to_string(),
            target: target.authority(),
            source: Box::new(source),
        };
        let mut stream = self
            .dial(proxy.host(), proxy.port(), steps)
            .await
            .map_err(unreachable)?;
        self.tunnel(proxy, &mut stream, target, steps).await?;
        Ok(stream)
    }

    async fn dial(&self, host: &str, port: u16, steps: &mut Steps) -> Result<TcpStream, NetError> {
        let timeouts = &self.settings.timeouts;
        let resolving = resolve(host, port, timeouts);
        let addresses = step(
            steps,
            format!("resolve {host}"),
            resolving,
            |found: &Vec<SocketAddr>| {
                let list: Vec<_> = found.iter().map(|address| address.ip().to_string()).collect();
                Seen::Ok(list.join(", "))
            },
        )
        .await?;
        let connecting = connect(host, port, addresses, timeouts);
        let what = format!("connect to {host} port {port}");
        let to = |(_, address): &(TcpStream, SocketAddr)| Seen::Ok(address.to_string());
        let (stream, _) = step(steps, what, connecting, to).await?;
        Ok(stream)
    }

    async fn tunnel(
        &self,
        proxy: &Proxy,
        stream: &mut TcpStream,
        target: &Target,
        steps: &mut Steps,
    ) -> Result<(), NetError> {
        let authority = target.authority();
        let late = self.late(Phase::Proxy, target, self.settings.timeouts.proxy);
        let asked = async {
            timeout(self.settings.timeouts.proxy, proxy.connect(stream, &authority))
                .await
                .map_err(|_| late)?
        };
        step(
            steps,
            format!("proxy {proxy}, CONNECT {authority}"),
            asked,
            |()| Seen::Ok("connected".to_owned()),
        )
        .await
    }

    async fn ask(
        &self,
        request: &Request,
        target: &Target,
        line: Line,
        steps: &mut Steps,
    ) -> Result<Response, NetError> {
        let what = format!("{} {}", request.method, request.url);
        let asked = self.exchange(request, target, line);
        step(steps, what, asked, answered).await
    }

    /// HTTP over an open connection.
    async fn line<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
        &self,
        target: &Target,
        stream: S,
    ) -> Result<Line, NetError> {
        let (sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|source| target.broken(Phase::Answer, source))?;
        Ok(Line::new(
            sender,
            tokio::spawn(async move {
                // How it ended is told to whoever waits for an answer on it.
                let _ = connection.await;
            }),
        ))
    }

    async fn exchange(
        &self,
        request: &Request,
        target: &Target,
        mut line: Line,
    ) -> Result<Response, NetError> {
        let timeouts = &self.settings.timeouts;
        let sending = line.sender.send_request(target.http(request));
        let answered = timeout(timeouts.answer, sending).await;
        let late = || self.late(Phase::Answer, target, timeouts.answer);
        let (head, body) = answered
            .map_err(|_| late())?
            .map_err(|source| target.broken(Phase::Answer, source))?
            .into_parts();
        let reading = timeout(timeouts.body, Limited::new(body, BODY_LIMIT).collect()).await;
        let body = reading.map_err(|_| self.late(Phase::Body, target, timeouts.body))?;
        let body = body.map_err(|error| match error.downcast::<hyper::Error>() {
            Ok(source) => target.broken(Phase::Body, *source),
            Err(other) => {
                debug_assert!(other.is::<LengthLimitError>());
                NetError::TooLarge {
                    target: target.authority(),
                    limit: BODY_LIMIT,
                }
            }
        })?;
        if let Some(kept) = &self.kept {
            kept.give(target, line);
        }
        Ok(Response {
            status: head.status,
            headers: head.headers,
            body: body.to_bytes(),
        })
    }

    fn late(&self, phase: Phase, target: &Target, after: Duration) -> NetError {
        NetError::TimedOut {
            phase,
            target: target.authority(),
            after,
        }
    }
}

/// Whatever its status is, an answer is one; an error's is not called good.
fn answered(response: &Response) -> Seen {
    let status = response.status;
    match status.is_client_error() || status.is_server_error() {
        true => Seen::Answered(status.to_string()),
        false => Seen::Ok(status.to_string()),
    }
}

/// Runs one phase and keeps what it showed.
async fn step<T>(
    steps: &mut Steps,
    what: String,
    phase: impl Future<Output = Result<T, NetError>>,
    describe: impl FnOnce(&T) -> Seen,
) -> Result<T, NetError> {
    let watch = Stopwatch::start();
    let outcome = phase.await;
    let seen = match &outcome {
        Ok(value) => describe(value),
        Err(error) => Seen::Failed(error.to_string()),
    };
    steps.push(what, seen, watch.elapsed());
    outcome
}
