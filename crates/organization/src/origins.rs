//! Calls by pages of other origins (facts/organization.md 3.1): what a browser asks first, and what it may read.

use evidence::Decision;
use http::{HeaderValue, Method, StatusCode, header};
use wire::{Answer, Call};

use crate::Service;

impl Service {
    /// A page of any origin may call the APIs: what counts is the token, which no browser adds by itself.
    pub(crate) async fn handled(&self, call: &Call) -> (Answer, Decision) {
        if !call.path.starts_with("/api/") {
            return self.answered(call).await;
        }
        let (mut answer, decision) = if is_preflight(call) {
            let why = "a browser asked whether it may send its request";
            (preflight(call), Decision::served(why))
        } else {
            self.answered(call).await
        };
        open_to_pages(&mut answer);
        (answer, decision)
    }
}

/// Whether a browser asks if a page of another origin may send its request (Fetch, 3.3.2).
fn is_preflight(call: &Call) -> bool {
    call.method == Method::OPTIONS
        && call.header(header::ORIGIN).is_some()
        && call.header(header::ACCESS_CONTROL_REQUEST_METHOD).is_some()
}

/// It may, with the headers it named.
fn preflight(call: &Call) -> Answer {
    let wanted = call.header(header::ACCESS_CONTROL_REQUEST_HEADERS);
    Answer::empty(StatusCode::OK)
        .with(
            header::ACCESS_CONTROL_ALLOW_METHODS,
            "GET, POST, PATCH, PUT, DELETE, OPTIONS",
        )
        .with(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.unwrap_or_default())
}

/// Lets a page of any origin read the answer, and the headers a client needs. The real list is unverified.
fn open_to_pages(answer: &mut Answer) {
    let exposed = "OData-EntityId,OData-Version,ETag,Location,Preference-Applied,REQ_ID,Retry-After,WWW-Authenticate,\
                   x-ms-service-request-id";
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed),
    ] {
        answer.headers.insert(name, HeaderValue::from_static(value));
    }
}
