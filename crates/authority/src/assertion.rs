//! Client assertions: proving an application by certificate or by a federated credential
//! (facts/identity.md 2.6; RFC 7523 3).

use crypt::{
    Certificate,
    jwt::{Unverified, seconds},
};
use directory::Tenant;
use serde_json::Value;
use types::{Form, Secret, Timestamp};
use wire::{
    Call,
    aadsts::{self, Refusal},
};

use crate::{application::Caller, endpoint::Face};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Clocks may differ by five minutes (facts/identity.md 2.6).
const SKEW: i64 = 300;

/// Whether `token` proves the caller.
pub(crate) fn verify(
    call: &Call,
    caller: &Caller,
    kind: &str,
    token: &Secret,
    tenant: Option<&Tenant>,
    now: Timestamp,
) -> Result<(), Refusal> {
    if kind != JWT_BEARER {
        let why = format!("client_assertion_type is '{kind}'");
        return Err(malformed(
            why,
            "client_assertion_type must be the JWT bearer type.",
        ));
    }
    let read = Unverified::read(token.expose()).map_err(|e| malformed(e.to_string(), &e.to_string()))?;
    let text = |name: &str| read.claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let id = caller.app.id.to_string();
    if !text("iss").eq_ignore_ascii_case(&id) {
        return federated(caller, &read);
    }
    if text("sub") != text("iss") {
        let why = format!("sub is '{}' and iss is '{}'", text("sub"), text("iss"));
        return Err(Refusal::new(&aadsts::ASSERTION_SUBJECT, why));
    }
    audience(call, &read, tenant)?;
    in_time(&read, now)?;
    signed_by_a_registered_key(caller, &read, now)
}

fn malformed(why: String, reason: &str) -> Refusal {
    Refusal::new(&aadsts::ASSERTION_MALFORMED, why).with("reason", reason)
}

/// The audience is a token endpoint of ours, with any host alias, tenant spelling and version.
fn audience(call: &Call, read: &Unverified<'_>, tenant: Option<&Tenant>) -> Result<(), Refusal> {
    let aud = read.claims.get("aud").and_then(Value::as_str).unwrap_or_default();
    let parsed = url::Url::parse(&Form::undress(aud)).ok();
    let fits = parsed.is_some_and(|url| {
        let host = url.host_str().and_then(|h| h.parse().ok());
        let at_login = host.and_then(|host| Face::of(&host)) == Face::of(&call.host);
        let path: Vec<&str> = url.path().trim_matches('/').split('/').collect();
        let spelled = |segment: &str| {
            tenant.is_none_or(|t| {
                segment.eq_ignore_ascii_case(&t.id().to_string()) || t.settings.domain(segment).is_some()
            })
        };
        at_login
            && match path.as_slice() {
                [segment, "oauth2", "token"] | [segment, "oauth2", "v2.0", "token"] | [segment, "v2.0"] => {
                    spelled(segment)
                }
                [segment] => spelled(segment),
                _ => false,
            }
    });
    if fits {
        return Ok(());
    }
    Err(malformed(
        format!("aud is '{aud}', which is not this tenant's token endpoint"),
        "The audience of the assertion is not the token endpoint.",
    ))
}

fn in_time(read: &Unverified<'_>, now: Timestamp) -> Result<(), Refusal> {
    let Some(exp) = seconds(&read.claims, "exp") else {
        return Err(malformed(
            "exp is missing".to_owned(),
            "The claim exp is missing.",
        ));
    };
    let from = seconds(&read.claims, "nbf").or_else(|| seconds(&read.claims, "iat"));
    let at = now.seconds();
    if at >= exp.saturating_add(SKEW) || from.is_some_and(|from| at < from.saturating_sub(SKEW)) {
        let shown = |s: i64| Timestamp::from_seconds(s).rfc3339();
        let why = format!("it is {}, the assertion ends {}", now.rfc3339(), shown(exp));
        return Err(Refusal::new(&aadsts::ASSERTION_TIME, why)
            .with("now", now.rfc3339())
            .with("from", from.map_or_else(|| "not given".to_owned(), shown))
            .with("until", shown(exp)));
    }
    Ok(())
}

fn signed_by_a_registered_key(caller: &Caller, read: &Unverified<'_>, now: Timestamp) -> Result<(), Refusal> {
    let refuse = |why: String, reason: &str| {
        Err(Refusal::new(&aadsts::ASSERTION_SIGNATURE, why).with("reason", reason))
    };
    let named = |certificate: &&Certificate| {
        let by_sha1 = read
            .header_text("x5t")
            .is_some_and(|x5t| x5t == certificate.x5t());
        by_sha1
            || read
                .header_text("x5t#S256")
                .is_some_and(|x5t| x5t == certificate.x5t_s256())
    };
    let registered = caller.registrations.certificates(caller.app.id);
    let Some(certificate) = registered.iter().find(named) else {
        let why = format!(
            "none of the {} certificates of '{}' has the thumbprint in the assertion's header",
            registered.len(),
            caller.app.name
        );
        return refuse(why, "The key was not found.");
    };
    let (from, until) = certificate.validity();
    if now < from || until < now {
        let why = format!(
            "certificate {} is valid from {from} until {until}",
            certificate.thumbprint()
        );
        return refuse(why, "The key used is expired.");
    }
    if !read.signed_by(certificate.public_key()) {
        let why = format!("the signature is not by certificate {}", certificate.thumbprint());
        return refuse(
            why,
            "The provided signature value did not match the expected signature value.",
        );
    }
    Ok(())
}

/// An assertion by another issuer needs a federated credential that names it. None of those issuers can be
/// asked for its keys from here, so a match is refused too, and says so.
fn federated(caller: &Caller, read: &Unverified<'_>) -> Result<(), Refusal> {
    let text = |name: &str| read.claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let (issuer, subject, audience) = (text("iss"), text("sub"), text("aud"));
    let known = caller
        .app
        .federated
        .iter()
        .any(|f| f.issuer == issuer && f.subject == subject && f.audience == audience);
    if known {
        let why = format!("the keys of {issuer} cannot be fetched from here");
        return Err(Refusal::new(&aadsts::ASSERTION_SIGNATURE, why).with("reason", "The key was not found."));
    }
    let why = format!(
        "'{}' has no federated credential for issuer '{issuer}', subject '{subject}'",
        caller.app.name
    );
    Err(Refusal::new(&aadsts::NO_FEDERATED_CREDENTIAL, why)
        .with("issuer", issuer)
        .with("subject", subject)
        .with("audience", audience))
}
