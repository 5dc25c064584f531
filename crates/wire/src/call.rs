//! A request and an answer between the edge and the services behind it.

use std::{borrow::Cow, net::IpAddr};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{self, AsHeaderName},
};
use types::{CorrelationId, Form, Host};
use uuid::Uuid;

/// The headers in which callers name a request: Entra's `client-request-id`, Dataverse's `x-ms-client-request-id`
/// (facts/identity.md 3.1, facts/organization.md 3.3).
const CORRELATION: [HeaderName; 3] = [
    HeaderName::from_static("client-request-id"),
    HeaderName::from_static("x-ms-client-request-id"),
    HeaderName::from_static("x-ms-correlation-request-id"),
];

/// What headers want a request to be called, where one of them is a GUID.
pub fn correlation(headers: &HeaderMap) -> Option<CorrelationId> {
    CORRELATION
        .iter()
        .find_map(|name| headers.get(name)?.to_str().ok()?.parse().ok())
}

/// One request, read whole. The host is the true name; `form` says how it was presented.
#[derive(Clone, Debug)]
pub struct Call {
    /// The verb.
    pub method: Method,
    /// The true host.
    pub host: Host,
    /// How the caller wrote it; everything sent back wears the same.
    pub form: Form,
    /// The path as sent, still percent-encoded, beginning with a slash.
    pub path: String,
    /// What followed the `?`, as sent; empty when nothing did.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, already held to the edge's limit.
    pub body: Bytes,
    /// Who is calling.
    pub peer: IpAddr,
    /// Our id for this request: `x-ms-request-id`, trace id.
    pub request: Uuid,
}

impl Call {
    /// The path's segments, percent-decoded, without empty ones at either end; `None` if they are not UTF-8.
    pub fn segments(&self) -> Option<Vec<Cow<'_, str>>> {
        self.path
            .trim_matches('/')
            .split('/')
            .map(|segment| percent_encoding::percent_decode_str(segment).decode_utf8().ok())
            .collect()
    }

    /// A header as text, when it is text.
    pub fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        std::str::from_utf8(self.headers.get(name)?.as_bytes()).ok()
    }

    /// Whether the body says that it is a form, with whatever charset (RFC 9110 8.3.1).
    pub fn is_form(&self) -> bool {
        let kind = self.header(header::CONTENT_TYPE).unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default();
        essence
            .trim()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded")
    }

    /// One cookie by name (RFC 6265 4.2).
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let pairs = self
            .headers
            .get_all(header::COOKIE)
            .into_iter()
            .filter_map(|v| v.to_str().ok());
        pairs.flat_map(|v| v.split(';')).find_map(|pair| {
            let (key, value) = pair.trim().split_once('=')?;
            (key == name).then_some(value)
        })
    }

    /// What the caller wants this request to be called, where it sent a GUID in a header or the query.
    pub fn correlation(&self) -> Option<CorrelationId> {
        correlation(&self.headers).or_else(|| {
            let pairs = form_urlencoded::parse(self.query.as_bytes());
            pairs
                .into_iter()
                .find(|(k, _)| k == "client-request-id")
                .and_then(|(_, v)| v.parse().ok())
        })
    }

    /// An absolute URL on the called host, in the form the caller used.
    pub fn url(&self, path: &str) -> String {
        self.form.url(&self.host, path)
    }
}

/// Room for most answers: growing is what costs.
const USUAL_HEADERS: usize = 12;
/// The same, in bytes.
const USUAL_BODY: usize = 1000;

/// One answer, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers; the edge adds what every answer carries.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// A body of the given type.
    pub fn new(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut answer = Self::empty(status);
        answer
            .headers
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        answer.body = body.into();
        answer
    }

    /// JSON.
    pub fn json(status: StatusCode, body: &impl serde::Serialize) -> Self {
        let mut bytes = Vec::with_capacity(USUAL_BODY);
        Self::json_written(status, serde_json::to_writer(&mut bytes, body).map(|()| bytes))
    }

    /// JSON that was written already, or could not be.
    pub fn json_written(status: StatusCode, body: serde_json::Result<Vec<u8>>) -> Self {
        // A value of ours that cannot be written is a bug; the caller gets an empty object and a 500, not a panic.
        match body {
            Ok(bytes) => Self::new(status, "application/json; charset=utf-8", bytes),
            Err(_) => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "application/json; charset=utf-8",
                "{}",
            ),
        }
    }

    /// A page.
    pub fn html(status: StatusCode, body: impl Into<Bytes>) -> Self {
        Self::new(status, "text/html; charset=utf-8", body)
    }

    /// Nothing but a status.
    pub fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::with_capacity(USUAL_HEADERS),
            body: Bytes::new(),
        }
    }

    /// 302 to `location`.
    pub fn redirect(location: &str) -> Self {
        Self::empty(StatusCode::FOUND).with(header::LOCATION, location)
    }

    /// With one more header; a value that cannot stand in a header is left out.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.append(name, value);
        }
        self
    }

    /// With one more header whose value never changes.
    #[must_use]
    pub fn with_fixed(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.append(name, HeaderValue::from_static(value));
        self
    }

    /// Not to be kept by any cache (RFC 6749 5.1).
    #[must_use]
    pub fn no_store(self) -> Self {
        self.with_fixed(header::CACHE_CONTROL, "no-store, no-cache")
            .with_fixed(header::PRAGMA, "no-cache")
    }
}
