//! The way, in the order of cost.

use client::{ClientError, Target};
use evidence::{Findings, Kind, Open};
use net::{NetError, Phase};
use wire::challenge::Authority;

use crate::{
    Account, Case, World, challenge, claims, metadata, name, observe, organization, port, preflight, roles,
    sign_in::Session, tls,
};

/// Walks the way as far as it leads.
pub async fn examine(world: &World<'_>, case: &Case<'_>) -> Findings {
    let mut findings = Findings::default();
    world.begins(&preflight::PROBE);
    match preflight::look(case, &mut findings) {
        Some(Target::Url(url)) => at_address(world, case, &url, &mut findings).await,
        Some(Target::Lookup { wanted, discovery }) => {
            by_name(world, case, &wanted, &discovery, &mut findings).await;
        }
        None => {}
    }
    findings
}

async fn at_address(world: &World<'_>, case: &Case<'_>, url: &str, findings: &mut Findings) {
    let Some(entrance) = challenge::ask(world, url, findings).await else {
        return;
    };
    let mut authority = entrance.authority;
    if let Some(tenant) = case.tenant() {
        authority.tenant = tenant.to_owned();
    }
    let Some(endpoints) = metadata::read(world, &authority, findings).await else {
        return;
    };
    if matches!(case.account, Account::Nobody) {
        findings.open = Some(Open::Question(
            "Everything up to the sign-in works. With which account does it fail? Give a profile, --username or --client-id."
                .to_owned(),
        ));
        return;
    }
    let mut session = Session::new(&case.account);
    let Some(token) = session
        .token(world, &endpoints, &entrance.resource, findings)
        .await
    else {
        return;
    };
    claims::look(world, &token, &entrance.resource, &authority.tenant, findings);
    let Some(who) = organization::who(world, url, &token, findings).await else {
        return;
    };
    roles::look(world, url, &who, &token, findings).await;
}

async fn by_name(world: &World<'_>, case: &Case<'_>, wanted: &str, discovery: &str, findings: &mut Findings) {
    if matches!(case.account, Account::Nobody) {
        findings.open = Some(Open::Question(format!(
            "`{wanted}` can only be looked up with an account. Give --username or --client-id, or the address itself."
        )));
        return;
    }
    let authority = Authority {
        host: case.login.to_owned(),
        tenant: case.tenant().unwrap_or("organizations").to_owned(),
    };
    let Some(endpoints) = metadata::read(world, &authority, findings).await else {
        return;
    };
    let mut session = Session::new(&case.account);
    let resource = format!("{}/", discovery.trim_end_matches('/'));
    let Some(token) = session.token(world, &endpoints, &resource, findings).await else {
        return;
    };
    let listed = client::instances(world.outside, discovery, &token, &mut findings.steps).await;
    let Some(all) = or_told(world, listed, findings).await else {
        return;
    };
    let found = client::pick(&all, wanted).cloned();
    let Some(instance) = or_told(world, found, findings).await else {
        return;
    };
    let url = format!("{}/", instance.url.trim_end_matches('/'));
    let Some(token) = session.token(world, &endpoints, &url, findings).await else {
        return;
    };
    claims::look(world, &token, &url, &authority.tenant, findings);
    let Some(who) = organization::who(world, &url, &token, findings).await else {
        return;
    };
    roles::look(world, &url, &who, &token, findings).await;
}

impl Case<'_> {
    /// The tenant that was named.
    fn tenant(&self) -> Option<&str> {
        match &self.account {
            Account::Fresh { plan, .. } => plan.tenant.as_deref(),
            Account::Kept { profile, .. } => Some(&profile.tenant),
            Account::Nobody => None,
        }
    }
}

/// The value, or `None` with everything the failure shows among the findings.
pub(crate) async fn or_told<T>(
    world: &World<'_>,
    outcome: Result<T, ClientError>,
    findings: &mut Findings,
) -> Option<T> {
    let error = match outcome {
        Ok(value) => return Some(value),
        Err(error) => error,
    };
    match &error {
        ClientError::Mistake(mistake) => preflight::tell(mistake, findings),
        ClientError::NoOrganization { .. } | ClientError::Ambiguous { .. } => {
            findings.step(
                "find the organization",
                evidence::Seen::Failed(error.to_string()),
                std::time::Duration::ZERO,
            );
            findings.see(Kind::State, "organization-not-listed");
        }
        other => observe::client(other, findings),
    }
    if let ClientError::Net(inner) = &error {
        let host = host_of(inner);
        look_closer(world, &host, inner, findings).await;
    }
    None
}

/// `https://host:port` of what an error speaks about; empty where it names none.
fn host_of(error: &NetError) -> String {
    match error {
        NetError::NameNotFound { host, .. } | NetError::Tls { host, .. } => format!("https://{host}"),
        NetError::Refused { host, port, .. } | NetError::Unreachable { host, port, .. } => {
            format!("https://{host}:{port}")
        }
        NetError::TimedOut { target, .. } => format!("https://{target}"),
        _ => String::new(),
    }
}

/// Looks closer at the phase that failed. Where a proxy stands between, it is the one that looks up and connects.
pub(crate) async fn look_closer(world: &World<'_>, url: &str, error: &NetError, findings: &mut Findings) {
    let Some((host, port)) = place(url) else {
        return;
    };
    let proxied = world.network.proxy.proxy_for(&host, port).is_some();
    match error {
        NetError::NameNotFound { .. }
        | NetError::TimedOut {
            phase: Phase::Resolve,
            ..
        } if !proxied => findings.extend(name::look(world, &host).await),
        NetError::Refused { .. }
        | NetError::Unreachable { .. }
        | NetError::TimedOut {
            phase: Phase::Connect,
            ..
        } if !proxied => {
            let (tried, named) = tokio::join!(port::look(world, &host, port), name::look(world, &host));
            findings.extend(tried);
            findings.extend(named);
        }
        NetError::Tls { .. }
        | NetError::TimedOut {
            phase: Phase::Tls, ..
        }
        | NetError::Http { .. } => findings.extend(tls::look(world, &host, port).await),
        _ => {}
    }
}

/// Host and port of an https address.
fn place(url: &str) -> Option<(String, u16)> {
    let uri: http::Uri = url.parse().ok()?;
    let host = uri.host()?.to_owned();
    Some((host, uri.port_u16().unwrap_or(443)))
}
