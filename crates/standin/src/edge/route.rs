//! One request: who is meant, is it whole, who answers, and the line that says how it went.

use std::{
    net::IpAddr,
    pin::pin,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use bytes::{Bytes, BytesMut};
use evidence::{Decision, JournalLine, Outcome};
use http::{
    HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, Version, header,
    request::Parts as Head,
};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body as _, Incoming};
use store::Ticket;
use types::{Form, Host, Stopwatch, Timestamp, Uuid};
use wire::{Answer, Call, call::correlation};

use super::{
    Edge, Name, Service,
    names::without_port,
    printable,
    to_the_end::{in_time, to_the_end, unless_it_panics},
};

/// What is known of a connection before its first request.
#[derive(Clone, Debug)]
pub(crate) struct Conn {
    /// Who is calling.
    pub(crate) peer: IpAddr,
    /// The name TLS was opened for.
    pub(crate) server_name: Option<String>,
    /// The port of the proxy it came through, if it did.
    pub(crate) proxy_port: Option<u16>,
}

impl Conn {
    /// Some clients, dynamics-web-api 2.5 among them, write the proxy's own address into `Host` inside the
    /// tunnel. Nothing but the name TLS was opened for can be meant by it.
    fn unmasked<'a>(&'a self, authority: &'a str) -> &'a str {
        let (Some(port), Some(opened)) = (self.proxy_port, &self.server_name) else {
            return authority;
        };
        let of_the_proxy = ["127.0.0.1", "localhost", "[::1]"]
            .iter()
            .any(|name| authority.eq_ignore_ascii_case(&format!("{name}:{port}")));
        if of_the_proxy { opened } else { authority }
    }
}

/// Why a request never reached a service.
struct Turned {
    status: StatusCode,
    why: String,
}

fn turned(status: StatusCode, why: impl Into<String>) -> Turned {
    Turned {
        status,
        why: why.into(),
    }
}

/// A request whose head was understood.
struct Asked {
    head: Head,
    host: Host,
    form: Form,
    service: Arc<dyn Service>,
}

impl Asked {
    /// The request, whole, for the service that answers it.
    fn call(self, body: Bytes, peer: IpAddr, request: Uuid) -> (Arc<dyn Service>, Call) {
        let Head {
            method, uri, headers, ..
        } = self.head;
        let path = match uri.path() {
            "" => "/",
            path => path,
        };
        let call = Call {
            method,
            host: self.host,
            form: self.form,
            path: path.to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
            headers,
            body,
            peer,
            request,
        };
        (self.service, call)
    }
}

/// How a request is answered, but for its line.
struct Decided {
    answer: Answer,
    decision: Decision,
    /// Whom it was for, if that could be told.
    host: Option<Host>,
    /// What the line says was granted, to be written with it.
    granted: Vec<Ticket>,
}

impl Decided {
    /// Without a service, which alone can grant something.
    fn by_the_edge((answer, decision): (Answer, Decision), host: Option<Host>) -> Self {
        Self {
            answer,
            decision,
            host,
            granted: Vec::new(),
        }
    }
}

impl Edge {
    /// Answers one request. It runs to its end even if the caller goes away, so that nothing is half done and
    /// every request has its line.
    pub(crate) async fn respond(
        self: Arc<Self>,
        conn: Arc<Conn>,
        request: Request<Incoming>,
    ) -> Response<Full<Bytes>> {
        let method = request.method().clone();
        let answering = async move {
            let watch = Stopwatch::start();
            let seen = Seen::of(&request, self.parts.chance.uuid());
            let decided = {
                let deciding = pin!(self.decide(&conn, request, seen.id));
                unless_it_panics(deciding).await
            };
            // A caller has no use for the panic's own text.
            let panicked = "the handler panicked; its message is on the stand-in's standard error";
            let decided = decided.unwrap_or_else(|| Decided::by_the_edge(failed(panicked), None));
            self.note(seen, decided, watch).await
        };
        finish(&method, to_the_end(answering).await)
    }

    async fn decide(&self, conn: &Conn, request: Request<Incoming>, id: Uuid) -> Decided {
        let (asked, body) = match self.meant(conn, request) {
            Ok(meant) => meant,
            Err(turned) => return Decided::by_the_edge(refuse(turned), None),
        };
        let host = Some(asked.host.clone());
        let body = match self.read_body(&asked, body).await {
            Ok(body) => body,
            Err(turned) => return Decided::by_the_edge(refuse(turned), host),
        };
        let (service, call) = asked.call(body, conn.peer, id);
        let limit = self.parts.limits.answer_time;
        let mut granted = Vec::new();
        let handled = in_time(limit, service.handle(&call, &mut granted).as_mut()).await;
        match handled {
            Some((answer, decision)) => Decided {
                answer,
                decision,
                host,
                granted,
            },
            None => {
                let why = format!("no answer within {} seconds", limit.as_secs());
                Decided::by_the_edge(failed(why), host)
            }
        }
    }

    /// What a request is for, as far as its head says, and its body.
    fn meant(&self, conn: &Conn, request: Request<Incoming>) -> Result<(Asked, Incoming), Turned> {
        self.head_fits(&request)?;
        let (name, authority) = self.addressed(conn, &request)?;
        let (host, form) = match name {
            Name::Owned(host, form) => (host, form),
            _ => local_host(authority)?,
        };
        let (head, body) = request.into_parts();
        let service = self.service(&host, &head);
        let asked = Asked {
            head,
            host,
            form,
            service,
        };
        Ok((asked, body))
    }

    fn service(&self, host: &Host, head: &Head) -> Arc<dyn Service> {
        if head.uri.path().starts_with("/_keyway/") {
            return self.parts.control.clone();
        }
        match self.parts.names.answering(host, head) {
            Some(service) => service.clone(),
            None if self.parts.names.owns(host) => Arc::new(Nobody),
            None => self.parts.landing.clone(),
        }
    }

    /// HTTP/1 is refused as it is read; HTTP/2 has its head in one piece before anybody may answer.
    fn head_fits(&self, request: &Request<Incoming>) -> Result<(), Turned> {
        if request.version() != Version::HTTP_2 {
            return Ok(());
        }
        let most = self.parts.limits.head;
        // RFC 9113 6.5.2: each field counts 32 bytes beside its name and value.
        let fields = request.headers().iter();
        let size: usize = fields
            .map(|(name, value)| name.as_str().len() + value.len() + 32)
            .sum();
        if size <= most {
            return Ok(());
        }
        let why = format!("the headers are larger than {most} bytes; send fewer, or shorter ones");
        Err(turned(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, why))
    }

    /// Which name the request is for (RFC 9112 3.2, RFC 9113 8.3.1), and that it is the one TLS was opened
    /// for (RFC 9110 7.4: otherwise 421).
    fn addressed<'a>(
        &self,
        conn: &'a Conn,
        request: &'a Request<Incoming>,
    ) -> Result<(Name, &'a str), Turned> {
        let mut hosts = request.headers().get_all(header::HOST).into_iter();
        let (first, more) = (hosts.next(), hosts.next());
        if more.is_some() {
            return Err(turned(
                StatusCode::BAD_REQUEST,
                "the request has more than one Host header",
            ));
        }
        let authority = match (request.uri().authority(), first) {
            (Some(authority), _) => authority.as_str(),
            (None, Some(host)) => match host.to_str() {
                Ok(host) => host,
                Err(_) => return Err(turned(StatusCode::BAD_REQUEST, "the Host header is not text")),
            },
            (None, None) => return Err(turned(StatusCode::BAD_REQUEST, "the request names no host")),
        };
        let authority = conn.unmasked(authority);
        let asked = without_port(authority).trim_end_matches('.');
        let name = self.parts.names.judge(authority);
        let agrees = match &conn.server_name {
            Some(opened) => opened.eq_ignore_ascii_case(asked),
            None => name == Name::Local,
        };
        if !agrees || name == Name::Foreign {
            let opened = conn.server_name.as_deref().unwrap_or("no name");
            let asked = printable(&asked.to_ascii_lowercase(), 253);
            let why = format!(
                "TLS was opened for {opened} and the request is for {asked}; open a connection of its own for each name"
            );
            return Err(turned(StatusCode::MISDIRECTED_REQUEST, why));
        }
        Ok((name, authority))
    }

    async fn read_body(&self, asked: &Asked, body: Incoming) -> Result<Bytes, Turned> {
        if body.is_end_stream() {
            return Ok(Bytes::new());
        }
        let limits = self.parts.limits;
        let headers = &asked.head.headers;
        let most = limits.body.max(asked.service.most_body(asked.head.uri.path()));
        let too_large = || {
            let why = format!("the body is larger than {most} bytes, which no request here needs");
            turned(StatusCode::PAYLOAD_TOO_LARGE, why)
        };
        let announced = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse().ok());
        let announced = announced.filter(|length: &usize| *length > most);
        // Who waits to be told that the body is welcome is told that it is not.
        let waits = headers.contains_key(header::EXPECT);
        if announced.is_some_and(|length| waits || length > most.saturating_add(DRAINED)) {
            return Err(too_large());
        }
        let whole = pin!(whole(body, most));
        match in_time(limits.body_time, whole).await {
            Some(Ok(Some(body))) => Ok(body),
            Some(Ok(None)) => Err(too_large()),
            Some(Err(_)) => Err(turned(
                StatusCode::BAD_REQUEST,
                "the body broke off or is not what its headers announce",
            )),
            None => {
                let why = format!(
                    "the body did not arrive within {} seconds",
                    limits.body_time.as_secs()
                );
                Err(turned(StatusCode::REQUEST_TIMEOUT, why))
            }
        }
    }

    /// Writes the request's line and gives the answer back. Who was granted something by more than a reading
    /// request will rely on it: where state lasts, that line is on the disk before the answer leaves. What was
    /// granted as a ticket is written with its line, so that there is never one without the other.
    async fn note(&self, seen: Seen, decided: Decided, watch: Stopwatch) -> Answer {
        let Decided {
            mut answer,
            decision,
            host,
            granted,
        } = decided;
        let store = &self.parts.store;
        let mut time = self.parts.clock.now();
        if let Some(tenant) = decision.tenant
            && let Ok(view) = store.view::<directory::Tenant>(tenant).await
        {
            time = view.now(&*self.parts.clock);
            if view.settings.clock_offset_millis != 0 {
                // A server whose clock is off says so in every answer; otherwise the HTTP library dates it.
                answer = answer.with(header::DATE, &date(time));
            }
        }
        let relied_on = decision.outcome == Outcome::Granted && !seen.method.is_safe() && store.is_lasting();
        let mut line = JournalLine {
            time,
            request: seen.id,
            correlation: decision.correlation.or(seen.correlation),
            tenant: decision.tenant,
            method: printable(seen.method.as_str(), 20),
            host: host.map_or_else(|| seen.host(), |host| host.to_string()),
            path: printable(seen.uri.path(), 500),
            status: answer.status.as_u16(),
            outcome: decision.outcome,
            code: decision.code,
            grade: decision.grade.map(ToOwned::to_owned),
            cause: decision.cause.map(ToOwned::to_owned),
            subject: decision.subject,
            app: decision.app,
            client: seen.client,
            why: decision.why,
            micros: u64::try_from(watch.elapsed().as_micros()).unwrap_or(u64::MAX),
        };
        if !relied_on && granted.is_empty() {
            store.note(&line);
            return answer;
        }
        let Err(error) = Box::pin(store.record(&line, granted)).await else {
            return answer;
        };
        tracing::error!(%error, request = %seen.id, "what was granted could not be written down, so it was not given");
        let (answer, decision) = failed(format!(
            "it was granted, and this line could not be written: {error}"
        ));
        line.status = answer.status.as_u16();
        line.outcome = decision.outcome;
        line.why = decision.why;
        store.note(&line);
        answer
    }
}

/// How much of a body beyond the limit is read and thrown away, in bytes. A client that is still sending when it is
/// refused sees its stream reset (HTTP/2) or its connection closed, and not the refusal.
const DRAINED: usize = 4 * 1024 * 1024;

/// The body, unless it is larger than `most` bytes.
async fn whole(mut body: Incoming, most: usize) -> Result<Option<Bytes>, hyper::Error> {
    let mut kept = BytesMut::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        length += data.len();
        if length <= most {
            kept.extend_from_slice(&data);
        } else if length > most.saturating_add(DRAINED) {
            break;
        }
    }
    Ok((length <= most).then(|| kept.freeze()))
}

/// A moment as HTTP writes it (RFC 9110, 5.6.7): its years have four digits.
fn date(moment: Timestamp) -> String {
    const LAST: u64 = 253_402_300_799;
    let seconds = u64::try_from(moment.seconds()).unwrap_or_default();
    let since = Duration::from_secs(seconds.min(LAST));
    httpdate::fmt_http_date(UNIX_EPOCH + since)
}

/// What Microsoft's sign-in libraries are called, and in which version (facts/identity.md 6.6).
const CLIENT_SKU: HeaderName = HeaderName::from_static("x-client-sku");
const CLIENT_VERSION: HeaderName = HeaderName::from_static("x-client-ver");

/// What the journal keeps of a request, taken before it is handed on.
struct Seen {
    id: Uuid,
    method: Method,
    uri: Uri,
    host: Option<HeaderValue>,
    correlation: Option<types::CorrelationId>,
    client: Option<String>,
}

impl Seen {
    fn of(request: &Request<Incoming>, id: Uuid) -> Self {
        let text = |name: &HeaderName| request.headers().get(name)?.to_str().ok();
        let client = match text(&CLIENT_SKU) {
            Some(sku) => Some(format!("{sku} {}", text(&CLIENT_VERSION).unwrap_or_default())),
            None => text(&header::USER_AGENT).map(ToOwned::to_owned),
        };
        Self {
            id,
            method: request.method().clone(),
            uri: request.uri().clone(),
            host: request.headers().get(header::HOST).cloned(),
            correlation: correlation(request.headers()),
            client: client.map(|client| printable(client.trim(), 100)),
        }
    }

    /// The host as it was written, where it turned out to be none of ours.
    fn host(&self) -> String {
        let header = || self.host.as_ref()?.to_str().ok();
        let authority = self.uri.authority().map(http::uri::Authority::as_str);
        printable(without_port(authority.or_else(header).unwrap_or_default()), 253).to_ascii_lowercase()
    }
}

fn refuse(turned: Turned) -> (Answer, Decision) {
    let body = format!("{}: {}.\n", turned.status, turned.why);
    (
        Answer::new(turned.status, "text/plain; charset=utf-8", body),
        Decision::refused(turned.why),
    )
}

fn failed(why: impl Into<String>) -> (Answer, Decision) {
    let why = why.into();
    let body = "500: the stand-in itself failed; its journal says how (keyway journal).\n";
    (
        Answer::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "text/plain; charset=utf-8",
            body,
        ),
        Decision::failed(why),
    )
}

/// The stand-in itself, however it was addressed.
fn local_host(authority: &str) -> Result<(Host, Form), Turned> {
    let bad = |_| turned(StatusCode::BAD_REQUEST, "the Host header is not a host name");
    let host = "localhost".parse().map_err(bad)?;
    let port = authority
        .rsplit_once(':')
        .and_then(|(_, port)| port.parse().ok())
        .unwrap_or(443);
    Ok((host, Form::Localhost { port }))
}

/// A name of ours that nothing here plays.
struct Nobody;

impl Service for Nobody {
    fn owns(&self, _: &Host) -> bool {
        true
    }

    fn handle<'a>(&'a self, call: &'a Call, _: &'a mut Vec<Ticket>) -> super::Handled<'a> {
        let why = format!(
            "the stand-in keeps the name {} but plays nothing there",
            call.host
        );
        let answer = Answer::new(
            StatusCode::NOT_IMPLEMENTED,
            "text/plain; charset=utf-8",
            format!("501: {why}.\n"),
        );
        Box::pin(async move { (answer, Decision::refused(why)) })
    }
}

const KEYWAY: HeaderName = HeaderName::from_static("x-keyway");

/// Puts on what every answer carries and hands it to the connection.
fn finish(method: &Method, answer: Answer) -> Response<Full<Bytes>> {
    let length = answer.body.len();
    // RFC 9110 9.3.2: the same headers as GET, and no content.
    let body = if *method == Method::HEAD {
        Bytes::new()
    } else {
        answer.body
    };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    let headers = response.headers_mut();
    let bodiless = answer.status == StatusCode::NO_CONTENT || answer.status == StatusCode::NOT_MODIFIED;
    if *method == Method::HEAD && !bodiless {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    // Whoever looks at a capture must see that this is not the real service.
    headers.insert(KEYWAY, HeaderValue::from_static("stand-in"));
    headers
        .entry(header::X_CONTENT_TYPE_OPTIONS)
        .or_insert(HeaderValue::from_static("nosniff"));
    response
}
