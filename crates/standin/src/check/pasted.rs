//! What was pasted: ids, the secret, the redirect URI, the two endpoints.

use client::{Method, Mistake};
use types::{Host, Secret};
use url::Url;
use wire::address::{Address, Kind, encode};

use super::{Finding, Given, Known, day};
use crate::control::sentence;

pub(super) fn look(given: &Given, known: &Known<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    client_id(given, known, &mut found);
    secret(given, known, &mut found);
    redirect(given, known, &mut found);
    let token = endpoint(&given.token, Purpose::Token, given, known, &mut found);
    if !given.by_itself {
        let authorize = endpoint(&given.authorize, Purpose::Authorize, given, known, &mut found);
        if let (Some(authorize), Some(token)) = (authorize, token) {
            same(&authorize, &token, &mut found);
        }
    }
    found
}

/// A mistake of the preflight as a finding.
fn mistake(mistake: &Mistake) -> Finding {
    let cause = match mistake {
        Mistake::SecretId | Mistake::Blanks(_) | Mistake::Empty(_) => "client-secret-invalid",
        Mistake::SharedTenant { .. } => "single-tenant-app-on-common",
        Mistake::Tenant(_) => "tenant-id-wrong",
        _ => "app-not-found-in-tenant",
    };
    Finding::fails(cause, sentence(&mistake.to_string()), mistake.hint())
}

fn client_id(given: &Given, known: &Known<'_>, found: &mut Vec<Finding>) {
    let (text, app) = (given.client_id.as_str(), known.app);
    if text.is_empty() {
        return;
    }
    let tenant = known.tenant.id().to_string();
    let mistakes = client::mistakes(text, Some(&tenant), &Method::DeviceCode);
    if let Some(first) = mistakes.first() {
        found.push(mistake(first));
        return;
    }
    let is = |id: String| text.eq_ignore_ascii_case(&id);
    let fix = format!("Copy the Application (client) ID from the overview: {}.", app.id);
    let other = || {
        let all = known.here.apps();
        all.into_iter().find(|other| is(other.id.to_string()))
    };
    let what = if is(app.id.to_string()) {
        found.push(Finding::fine("The client id is this application’s."));
        return;
    } else if is(app.object_id.to_string()) {
        "The client id is this application’s object id.".to_owned()
    } else if app.secrets.iter().any(|secret| is(secret.id.to_string())) {
        "The client id is the id of a client secret.".to_owned()
    } else if known.here.principal(app.id).is_some_and(|p| is(p.id.to_string())) {
        "The client id is the object id of the enterprise application.".to_owned()
    } else if let Some(other) = other() {
        format!("The client id belongs to another application, “{}”.", other.name)
    } else {
        "No application of this directory has this client id.".to_owned()
    };
    found.push(Finding::fails("app-not-found-in-tenant", what, fix));
}

fn secret(given: &Given, known: &Known<'_>, found: &mut Vec<Finding>) {
    if given.secret.is_empty() {
        return;
    }
    let method = Method::ClientSecret(Secret::new(given.secret.expose()));
    let own = known.app.id.to_string();
    let mistakes = client::mistakes(&own, None, &method);
    if let Some(first) = mistakes.first() {
        found.push(mistake(first));
        return;
    }
    found.push(match known.app.secret_of(&given.secret) {
        Some(secret) if known.now >= secret.ends => Finding::fails(
            "client-secret-expired",
            format!(
                "The secret is the value of “{}”, which expired on {}.",
                secret.name,
                day(secret.ends)
            ),
            "Certificates & secrets > New client secret.",
        ),
        Some(secret) => Finding::fine(format!(
            "The secret is the value of “{}”, good until {}.",
            secret.name,
            day(secret.ends)
        )),
        None => {
            let hint: String = given.secret.expose().chars().take(3).collect();
            let near = known.app.secrets.iter().find(|secret| secret.hint == hint);
            let what = match near {
                Some(secret) => format!(
                    "The secret begins like “{}” and is not its value: something was lost or added when it was copied.",
                    secret.name
                ),
                None => "No client secret of this application has this value.".to_owned(),
            };
            Finding::fails(
                "client-secret-invalid",
                what,
                "Copy the column Value, which is shown only once; if it is gone, add a new secret.",
            )
        }
    });
}

fn redirect(given: &Given, known: &Known<'_>, found: &mut Vec<Finding>) {
    if given.by_itself {
        return;
    }
    let registered = known.app.redirects.each().next().is_some();
    let fix = "Authentication > Add a redirect URI, exactly as the program sends it.";
    if !registered {
        found.push(Finding::fails(
            "redirect-uri-mismatch",
            "No redirect URI is registered (AADSTS500113).",
            fix,
        ));
        return;
    }
    if given.redirect.is_empty() {
        return;
    }
    found.push(match known.app.takes_redirect(&given.redirect) {
        Ok(_) => Finding::fine("The redirect URI is registered."),
        Err(why) => Finding::fails(
            "redirect-uri-mismatch",
            format!(
                "The redirect URI is not registered exactly so: {}",
                sentence(&why)
            ),
            fix,
        ),
    });
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Authorize,
    Token,
}

impl Purpose {
    const fn name(self) -> &'static str {
        match self {
            Self::Authorize => "authorization endpoint",
            Self::Token => "token endpoint",
        }
    }

    const fn last(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Token => "token",
        }
    }
}

/// An endpoint of a sign-in service, taken apart.
struct Endpoint {
    segment: String,
    second: bool,
}

/// Reads one endpoint; nothing when it was not given or is none.
fn endpoint(
    text: &str,
    purpose: Purpose,
    given: &Given,
    known: &Known<'_>,
    found: &mut Vec<Finding>,
) -> Option<Endpoint> {
    if text.is_empty() {
        return None;
    }
    let name = purpose.name();
    let proposal = proposal(purpose, known);
    let none = |what: String| Finding::fails("oauth-token-endpoint-wrong", what, format!("Use {proposal}"));
    let url = Url::parse(text).ok().filter(|url| url.scheme() == "https");
    let Some(url) = url else {
        found.push(none(format!("The {name} is not an https address.")));
        return None;
    };
    let host = url.host_str().and_then(|host| host.parse::<Host>().ok());
    if !host.as_ref().is_some_and(authority::signs_in) {
        found.push(none(format!(
            "The {name} is at {}, which is no sign-in service.",
            url.host_str().unwrap_or_default()
        )));
        return None;
    }
    let path: Vec<&str> = url.path().trim_matches('/').split('/').collect();
    let (segment, version, last) = match path.as_slice() {
        [segment, "oauth2", last] => (*segment, false, *last),
        [segment, "oauth2", "v2.0", last] => (*segment, true, *last),
        _ => {
            found.push(none(format!(
                "The {name} has a path that no endpoint has: {}.",
                url.path()
            )));
            return None;
        }
    };
    if last != purpose.last() {
        found.push(none(format!(
            "The {name} ends in /{last} instead of /{}.",
            purpose.last()
        )));
        return None;
    }
    if host.is_some_and(|host| host.as_str() == "login.windows.net") {
        found.push(Finding {
            cause: None,
            ..Finding::risk(
                "oauth-token-endpoint-wrong",
                format!("The {name} uses login.windows.net, an older name that is still accepted."),
                "Prefer login.microsoftonline.com.",
            )
        });
    }
    tenant(segment, purpose, given, known, found);
    if purpose == Purpose::Authorize {
        resource(&url, version, known, found);
    }
    Some(Endpoint {
        segment: segment.to_ascii_lowercase(),
        second: version,
    })
}

/// The endpoint that is right for this registration: of its own directory, for the chosen organization (row 004-19).
fn proposal(purpose: Purpose, known: &Known<'_>) -> String {
    let base = format!(
        "https://login.microsoftonline.com/{}/oauth2/{}",
        known.tenant.id(),
        purpose.last()
    );
    match (purpose, known.org) {
        (Purpose::Authorize, Some(org)) => format!("{base}?resource={}", encode(&org.url())),
        _ => base,
    }
}

fn tenant(segment: &str, purpose: Purpose, given: &Given, known: &Known<'_>, found: &mut Vec<Finding>) {
    let name = purpose.name();
    let shared = ["common", "organizations", "consumers"]
        .iter()
        .any(|word| segment.eq_ignore_ascii_case(word));
    let fix = format!("Use {}", proposal(purpose, known));
    if shared && given.by_itself {
        // The preflight's own sentence.
        let method = Method::ClientSecret(Secret::new("not looked at"));
        let mistakes = client::mistakes(&known.app.id.to_string(), Some(segment), &method);
        found.extend(mistakes.iter().map(|first| Finding {
            fix: fix.clone(),
            ..mistake(first)
        }));
        return;
    }
    if shared && !known.app.audience.is_multi_tenant() {
        found.push(Finding::fails(
            "single-tenant-app-on-common",
            format!(
                "The {name} is for all directories (/{segment}), and this application takes accounts of its own only: \
                 AADSTS50194."
            ),
            fix,
        ));
        return;
    }
    if shared {
        return;
    }
    let own = segment.eq_ignore_ascii_case(&known.tenant.id().to_string())
        || known.tenant.settings.domain(segment).is_some();
    if own {
        found.push(Finding::fine(format!("The {name} is this directory’s.")));
    } else {
        found.push(Finding::fails(
            "tenant-id-wrong",
            format!("The {name} is of another directory: {segment}."),
            fix,
        ));
    }
}

/// `resource`, which version 1 wants and version 2 refuses: the organization's own address, encoded once.
fn resource(url: &Url, second: bool, known: &Known<'_>, found: &mut Vec<Finding>) {
    let sent = url.query_pairs().find(|(name, _)| name == "resource");
    let fix = format!("Use {}", proposal(Purpose::Authorize, known));
    let Some((_, sent)) = sent else {
        if !second {
            found.push(Finding::risk(
                "resource-url-wrong",
                "The authorization endpoint of version 1 names no resource; unless the program adds it, the token is not \
                 for the organization.",
                fix,
            ));
        }
        return;
    };
    if second {
        found.push(Finding::fails(
            "oauth-token-endpoint-wrong",
            "The authorization endpoint is of version 2, which takes scope and refuses resource.",
            fix,
        ));
        return;
    }
    if sent.contains("%3A") || sent.contains("%2F") || sent.contains("%3a") || sent.contains("%2f") {
        found.push(Finding::fails(
            "resource-url-wrong",
            "The organization’s address is encoded twice in resource.",
            fix,
        ));
        return;
    }
    let sent = types::Form::undress(&sent);
    let Kind::Online(online) = Address::read(&sent, known.regions).kind else {
        found.push(Finding::fails(
            "resource-url-wrong",
            format!("The resource {sent} is not the address of an organization."),
            fix,
        ));
        return;
    };
    let plain = online.url();
    match known.org {
        Some(org) if org.url().trim_end_matches('/') != plain.trim_end_matches('/') => {
            found.push(Finding::fails(
                "resource-url-wrong",
                format!("The resource {sent} is another organization than the one you chose."),
                fix,
            ));
        }
        _ if sent.trim_end_matches('/') != plain.trim_end_matches('/') => found.push(Finding::fails(
            "resource-url-wrong",
            format!("The resource {sent} is not an organization’s plain address, which is {plain}."),
            fix,
        )),
        _ => found.push(Finding::fine(format!("The resource is {plain}, encoded once."))),
    }
}

/// Both endpoints must be of one directory and one version: a code of one is not redeemed at the other.
fn same(authorize: &Endpoint, token: &Endpoint, found: &mut Vec<Finding>) {
    if authorize.segment != token.segment {
        found.push(Finding::fails(
            "oauth-token-endpoint-wrong",
            format!(
                "The authorization endpoint is of “{}” and the token endpoint of “{}”.",
                authorize.segment, token.segment
            ),
            "Use the same directory in both.",
        ));
    }
    if authorize.second != token.second {
        found.push(Finding::fails(
            "oauth-token-endpoint-wrong",
            "One endpoint is of version 1 and the other of version 2.",
            "Use the same version in both.",
        ));
    }
}
