//! One request of a probe: its steps, and what its failure shows.

use std::time::Duration;

use evidence::{Findings, Kind, Seen};
use http::{HeaderName, header};
use net::{Request, Response};
use types::Secret;

use crate::{World, clock, observe, walk};

/// Gets an address, with a token where one is needed. `None` when nobody answered; why stands in the findings.
pub(crate) async fn get(
    world: &World<'_>,
    url: &str,
    token: Option<&Secret>,
    findings: &mut Findings,
) -> Option<Response> {
    let mut request = Request::get(url)
        .with(header::ACCEPT, "application/json")
        .with(HeaderName::from_static("odata-maxversion"), "4.0")
        .with(HeaderName::from_static("odata-version"), "4.0");
    if let Some(token) = token {
        let bearer = Secret::new(format!("Bearer {}", token.expose()));
        request = request.with(header::AUTHORIZATION, bearer.expose());
    }
    send(world, &request, findings).await
}

/// Sends a request.
pub(crate) async fn send(world: &World<'_>, request: &Request, findings: &mut Findings) -> Option<Response> {
    match world.outside.net.send(request, &mut findings.steps).await {
        Ok(response) => {
            if let Some(date) = response.date() {
                clock::compare(world.outside.now(), date, request.url(), findings);
            }
            Some(response)
        }
        Err(error) => {
            observe::net(&error, findings);
            walk::look_closer(world, request.url(), &error, findings).await;
            None
        }
    }
}

/// Keeps what a server said that did not do what it was asked.
pub(crate) fn refused(response: &Response, findings: &mut Findings) {
    let text = match serde_json::from_slice::<wire::odata::ErrorBody>(&response.body) {
        Ok(body) => format!("{} {}: {}", response.status, body.error.code, body.error.message),
        Err(_) => format!(
            "{} with {}",
            response.status,
            response.header("content-type").unwrap_or("nothing in it")
        ),
    };
    findings.step(
        "read the organization's answer",
        Seen::Failed(text),
        Duration::ZERO,
    );
    observe::status(response.status, findings);
    codes(response, findings);
    let kind = response.header("content-type").unwrap_or_default();
    if kind.contains("html") {
        findings.see(Kind::Http, "html-not-json");
    }
    if kind.contains("json") || kind.contains("text") || kind.contains("xml") {
        findings.said(&String::from_utf8_lossy(&response.body));
    }
}

/// The result code in an error of OData.
pub(crate) fn codes(response: &Response, findings: &mut Findings) {
    if let Ok(body) = serde_json::from_slice::<wire::odata::ErrorBody>(&response.body) {
        observe::code(&body.error.code, findings);
    }
}
