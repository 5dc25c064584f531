//! The way, in the order of cost.

use std::time::Duration;

use client::{ClientError, Target};
use evidence::{Findings, Kind, Open, Seen};
use net::{NetError, Phase};
use types::RegionTable;
use wire::{
    address::{Address, Kind as What},
    challenge::Authority,
};

use crate::{
    Account, Case, World, challenge, claims, clock, deployment, discovery, health, mail, name, observe,
    organization, policy, port, preflight, sign_in::Session, tls, wants,
};

/// Walks the way as far as it leads.
pub async fn examine(world: &World<'_>, case: &Case<'_>) -> Findings {
    let mut findings = Findings::default();
    if let Some(server) = mail::Server::read(case.given) {
        mail::look(world, case, &server, &mut findings).await;
        return findings;
    }
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
    if let Some((host, _)) = place(url) {
        name::compare(world, &host, findings).await;
    }
    let address = Address::read(url, &RegionTable::default()).kind;
    if let What::OnPremises(server) = &address
        && server.organization.is_none()
        && !deployment::look(world, case, server, findings).await
    {
        return;
    }
    let Some(entrance) = challenge::ask(world, url, findings).await else {
        return lost(world, case, url, &address, findings).await;
    };
    let mut authority = entrance.authority;
    if let Some(tenant) = case.tenant() {
        authority.tenant = tenant.to_owned();
    }
    let Some(mut session) = Session::open(world, case, authority, findings).await else {
        return;
    };
    let Some(token) = session.token(world, &entrance.resource, findings).await else {
        return;
    };
    health::look(world, &session, findings).await;
    inside(
        world,
        case,
        url,
        &entrance.resource,
        &token,
        &mut session,
        findings,
    )
    .await;
}

async fn by_name(world: &World<'_>, case: &Case<'_>, wanted: &str, host: &str, findings: &mut Findings) {
    if matches!(case.account, Account::Nobody) {
        findings.open = Some(Open::Question(format!(
            "`{wanted}` can only be looked up with an account. Give --username or --client-id, or the address itself. \
             If it is a person's name, give the organization's address here, and the person with --username."
        )));
        return;
    }
    let authority = case.authority(case.login.to_owned());
    let Some(mut session) = Session::open(world, case, authority, findings).await else {
        return;
    };
    let resource = format!("{}/", host.trim_end_matches('/'));
    let Some(token) = session.token(world, &resource, findings).await else {
        return;
    };
    health::look(world, &session, findings).await;
    let Some(all) = discovery::list(world, host, &token, findings).await else {
        return;
    };
    let what = format!("find `{wanted}` in discovery");
    let url = match client::pick(&all, wanted) {
        Ok(instance) => format!("{}/", instance.url.trim_end_matches('/')),
        Err(error) => {
            findings.step(
                &what,
                Seen::Failed(format!("{error}. {}", error.hint())),
                Duration::ZERO,
            );
            let ambiguous = matches!(error, ClientError::Ambiguous { .. });
            findings.see(
                Kind::State,
                if ambiguous {
                    "organization-ambiguous"
                } else {
                    "organization-not-listed"
                },
            );
            return;
        }
    };
    findings.step(&what, Seen::Ok(url.clone()), Duration::ZERO);
    let Some(token) = session.token(world, &url, findings).await else {
        return;
    };
    inside(world, case, &url, &url, &token, &mut session, findings).await;
}

/// From the token on.
async fn inside(
    world: &World<'_>,
    case: &Case<'_>,
    url: &str,
    resource: &str,
    token: &types::Secret,
    session: &mut Session<'_, '_>,
    findings: &mut Findings,
) {
    claims::look(world, token, resource, session.tenant(), findings);
    match organization::who(world, url, token, findings).await {
        Some(who) => {
            organization::user(world, case, url, &who, token, findings).await;
            if let Some(wish) = case.wants {
                wants::look(world, wish, url, &who, token, findings).await;
            }
        }
        None => ask_discovery(world, case, url, session, findings).await,
    }
}

/// The organization did not answer as one; what else can be learned about it.
async fn lost(world: &World<'_>, case: &Case<'_>, url: &str, address: &What, findings: &mut Findings) {
    let online = match address {
        What::Online(online) => online,
        What::OnPremises(server) if findings.facts.of(Kind::Http).next().is_some() => {
            let told = policy::read(world, url, findings).await;
            if !told && findings.facts.get(Kind::State, "deployment-silent").is_some() {
                findings.open = Some(deployment::question(case, server));
            }
            return;
        }
        _ => return,
    };
    let nowhere = findings.facts.get(Kind::State, "no-such-organization").is_some()
        || findings.facts.get(Kind::Dns, "nxdomain").is_some();
    if !nowhere || !case.is_person() {
        return;
    }
    // Where to sign in is not said by an organization that is not there; it follows from the address's own form.
    let login = online
        .form
        .dress(&format!("https://{}", online.region.cloud.login_host()));
    let Some(mut session) = Session::open(world, case, case.authority(login), findings).await else {
        return;
    };
    ask_discovery(world, case, url, &mut session, findings).await;
}

/// What discovery says counts; that it says nothing counts for nothing.
async fn ask_discovery(
    world: &World<'_>,
    case: &Case<'_>,
    url: &str,
    session: &mut Session<'_, '_>,
    findings: &mut Findings,
) {
    let Some(host) = discovery::host(url).filter(|_| case.is_person()) else {
        return;
    };
    let mut aside = Findings::default();
    let resource = format!("{}/", host.trim_end_matches('/'));
    if let Some(token) = session.token(world, &resource, &mut aside).await {
        discovery::look(
            world,
            &host,
            url,
            case.organization_id().as_deref(),
            &token,
            &mut aside,
        )
        .await;
        let told: Vec<String> = aside
            .facts
            .of(Kind::State)
            .map(|fact| fact.value.clone())
            .collect();
        let at = findings.steps.len() + aside.steps.len();
        findings.extend(Findings {
            steps: aside.steps,
            ..Findings::default()
        });
        debug_assert_eq!(at, findings.steps.len());
        for value in told {
            findings.see(Kind::State, &value);
        }
    } else if !session.was_open() {
        findings.extend(aside);
    }
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

    /// Who signs in the account where no organization says it: a user name names its tenant by its domain.
    fn authority(&self, host: String) -> Authority {
        let domain = match &self.account {
            Account::Fresh { plan, .. } => match &plan.method {
                client::Method::Password(upn, _) => Some(upn.domain()),
                _ => None,
            },
            _ => None,
        };
        Authority {
            host,
            tenant: self.tenant().or(domain).unwrap_or("organizations").to_owned(),
        }
    }

    /// Whether a person signs in; discovery lists nothing for applications.
    fn is_person(&self) -> bool {
        match &self.account {
            Account::Nobody => false,
            Account::Fresh { plan, .. } => !plan.method.is_application(),
            Account::Kept { profile, .. } => !profile.method.is_application(),
        }
    }

    /// The organization's id when it last answered.
    fn organization_id(&self) -> Option<String> {
        match &self.account {
            Account::Kept { profile, .. } => Some(profile.organization.id.to_string()),
            _ => None,
        }
    }
}

/// The value, or `None` with everything the failure shows among the findings.
pub(crate) async fn or_told<T>(
    world: &World<'_>,
    login: &str,
    outcome: Result<T, ClientError>,
    findings: &mut Findings,
) -> Option<T> {
    let error = match outcome {
        Ok(value) => return Some(value),
        Err(error) => error,
    };
    match &error {
        ClientError::Mistake(mistake) => preflight::tell(mistake, findings),
        ClientError::NotSignedIn { .. } | ClientError::Vault(_) => {
            findings.step(
                "use the kept sign-in",
                Seen::Failed(error.to_string()),
                Duration::ZERO,
            );
            findings.open = Some(Open::Unmeasured(format!("{error}. {}", error.hint())));
        }
        other => {
            observe::client(other, findings);
            if let ClientError::SignIn(refusal) | ClientError::SignInAgain { refusal, .. } = other
                && let Some(theirs) = refusal.said.time().and_then(clock::of_refusal)
            {
                clock::compare(world.outside.now(), theirs, login, findings);
            }
        }
    }
    if let ClientError::Net(inner) = &error {
        look_closer(world, &place_of(inner), inner, findings).await;
    }
    None
}

/// `https://host:port` of what an error speaks about; empty where it names none.
fn place_of(error: &NetError) -> String {
    match error {
        NetError::NameNotFound { host, .. } => format!("https://{host}"),
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
        NetError::NameNotFound { .. } if !proxied => {
            findings.extend(name::look(world, &host, Some(&[])).await);
        }
        NetError::TimedOut {
            phase: Phase::Resolve,
            ..
        } if !proxied => findings.extend(name::look(world, &host, None).await),
        NetError::Refused { .. }
        | NetError::Unreachable { .. }
        | NetError::TimedOut {
            phase: Phase::Connect,
            ..
        } if !proxied => {
            let (tried, named) = tokio::join!(port::look(world, &host, port), name::look(world, &host, None));
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
