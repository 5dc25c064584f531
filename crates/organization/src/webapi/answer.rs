//! From a reply or a refusal to bytes: the headers every answer of an organization carries, and the journal's
//! decision (facts/organization.md 3.3 and 3.4).

use evidence::Decision;
use http::{HeaderName, HeaderValue, StatusCode, header};
use types::Uuid;
use wire::{
    Answer, Call,
    challenge::Challenge,
    odata::{ErrorBody, JSON, Prefer},
};

use super::Reply;
use crate::{
    privileges::derived_id,
    protection::thousands,
    refusal::{Refusal, Told},
};

const ODATA_VERSION: HeaderName = HeaderName::from_static("odata-version");
const SERVICE_REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-service-request-id");
const REQ_ID: HeaderName = HeaderName::from_static("req_id");
const ENTITY_ID: HeaderName = HeaderName::from_static("odata-entityid");
const APPLIED: HeaderName = HeaderName::from_static("preference-applied");
const DOP_HINT: HeaderName = HeaderName::from_static("x-ms-dop-hint");
const BURST: HeaderName = HeaderName::from_static("x-ms-ratelimit-burst-remaining-xrm-requests");
const TIME: HeaderName = HeaderName::from_static("x-ms-ratelimit-time-remaining-xrm-requests");

/// How many requests at once the server suggests; clients only read it.
const PARALLEL: HeaderValue = HeaderValue::from_static("4");

/// The answer to what went well.
pub(crate) fn of_reply(reply: &Reply) -> Answer {
    let mut answer = Answer::empty(reply.status);
    answer.body = reply.body.clone();
    if let Some(kind) = reply.content_type {
        answer
            .headers
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    answer
        .headers
        .insert(ODATA_VERSION, HeaderValue::from_static("4.0"));
    if let Some(entity) = &reply.entity {
        answer = answer.with(ENTITY_ID, entity).with(header::LOCATION, entity);
    }
    if let Some(etag) = &reply.etag {
        answer = answer.with(header::ETAG, etag);
    }
    if !reply.applied.is_empty() {
        answer = answer.with(APPLIED, &reply.applied);
    }
    answer
}

/// The answer to what was refused. `challenge` is what a 401 says; without one it is a bare 401.
pub(crate) fn of_refusal(call: &Call, refusal: &Refusal, challenge: Option<&Challenge>) -> Answer {
    match &refusal.told {
        Told::Fault {
            fault,
            message,
            retry_after,
        } => {
            let status = StatusCode::from_u16(fault.status).unwrap_or(StatusCode::BAD_REQUEST);
            let prefer = Prefer::read(
                call.headers
                    .get_all("prefer")
                    .iter()
                    .filter_map(|v| v.to_str().ok()),
            );
            let mut body = ErrorBody::new(fault.hex(), message.as_str());
            if prefer.annotates_errors() {
                body = body.annotated(fault.code);
            }
            let answer = json(status, &body);
            match retry_after {
                Some(seconds) => answer.with(header::RETRY_AFTER, &seconds.to_string()),
                None => answer,
            }
        }
        Told::Challenge => {
            let answer = Answer::empty(StatusCode::UNAUTHORIZED);
            match challenge {
                Some(challenge) => answer.with(header::WWW_AUTHENTICATE, &challenge.to_string()),
                None => answer,
            }
        }
        Told::NotUnderstood(what) => {
            let text = format!("This is a stand-in for Dataverse and it does not understand {what}.");
            json(StatusCode::NOT_IMPLEMENTED, &ErrorBody::new("0x0", text))
        }
        Told::Nowhere => Answer::new(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", "Not Found"),
        Told::Method => {
            let text = format!(
                "The requested resource does not support http method '{}'.",
                call.method
            );
            json(StatusCode::METHOD_NOT_ALLOWED, &ErrorBody::new("0x0", text))
        }
    }
}

fn json(status: StatusCode, body: &ErrorBody) -> Answer {
    let mut answer = Answer::json(status, body);
    answer
        .headers
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
    answer
        .headers
        .insert(ODATA_VERSION, HeaderValue::from_static("4.0"));
    answer
}

/// What the journal says of a refusal.
pub(crate) fn decision(refusal: &Refusal) -> Decision {
    let mut decision = Decision::refused(refusal.why.as_str());
    decision.cause = refusal.cause;
    if let Told::Fault { fault, .. } = &refusal.told {
        decision.code = Some(fault.hex());
        decision.grade = Some(fault.grade.name());
    }
    decision
}

/// Adds what every answer of an organization carries.
pub(crate) fn dress(answer: &mut Answer, call: &Call, organization: Uuid, remaining: Option<(u32, u64)>) {
    let headers = &mut answer.headers;
    let mut buffer = Uuid::encode_buffer();
    if let Ok(id) = HeaderValue::from_str(call.request.hyphenated().encode_lower(&mut buffer)) {
        headers.insert(SERVICE_REQUEST_ID, id.clone());
        headers.insert(REQ_ID, id);
    }
    headers.insert(DOP_HINT, PARALLEL);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Some((requests, millis)) = remaining {
        headers.insert(BURST, HeaderValue::from(requests));
        let time = format!("{}.{:02}", thousands(millis / 1000), millis % 1000 / 10);
        headers.extend(HeaderValue::from_str(&time).ok().map(|time| (TIME, time)));
    }
    // The same server for the same organization: a digest that says nothing about it.
    let server = derived_id("server", call.host.as_str()).simple();
    let name = call.form.authority(&call.host);
    let domain = name.split(':').next().unwrap_or_default();
    let cookie = format!(
        "ARRAffinity={server}{}; domain={domain}; path=/; secure; HttpOnly",
        organization.simple()
    );
    headers.extend(
        HeaderValue::from_str(&cookie)
            .ok()
            .map(|cookie| (header::SET_COOKIE, cookie)),
    );
}
