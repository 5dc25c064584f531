//! From an address or a name to a proven connection.

use evidence::Steps;
use types::{Cloud, RegionTable, Secret, Timestamp, Upn};
use wire::{
    address::{Address, Kind},
    challenge::Authority,
    instance::Instance,
};

use crate::{
    ClientError, Endpoints, MethodName, Organization, Outside, Realm, Secrets, Ui, WhoAmI,
    authority::{challenge, endpoints, slashed},
    locate::{instances, pick},
    preflight::{self, Mistake},
    signin::{
        self, Credential, Granted, assertion::CertificateKey, browser, browser::Redirect, device, password,
    },
    token::{account_of, keep},
    whoami::{names, who_am_i},
};

/// What to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An organization's address.
    Url(String),
    /// An id or a name, to be looked up in global discovery at this host.
    Lookup {
        /// The id or name.
        wanted: String,
        /// `https://globaldisco.crm.dynamics.com`.
        discovery: String,
    },
}

/// How to sign in.
pub enum Method {
    /// A person in the browser, coming back to the redirect.
    Browser(Redirect),
    /// A person on another device.
    DeviceCode,
    /// An application with its secret.
    ClientSecret(Secret),
    /// An application with its certificate.
    Certificate(Box<CertificateKey>),
    /// A user name and a password.
    Password(Upn, Secret),
}

impl Method {
    /// Its name, as a profile keeps it.
    pub fn name(&self) -> MethodName {
        match self {
            Self::Browser(_) => MethodName::Browser,
            Self::DeviceCode => MethodName::DeviceCode,
            Self::ClientSecret(_) => MethodName::ClientSecret,
            Self::Certificate(_) => MethodName::Certificate,
            Self::Password(..) => MethodName::Password,
        }
    }

    /// Whether an application signs in by itself, without a person.
    pub fn is_application(&self) -> bool {
        matches!(self, Self::ClientSecret(_) | Self::Certificate(_))
    }
}

/// What is to be done.
pub struct Plan {
    /// What to connect to.
    pub target: Target,
    /// How to sign in.
    pub method: Method,
    /// The application to sign in as.
    pub client_id: String,
    /// The tenant, where the organization shall not be asked.
    pub tenant: Option<String>,
    /// The sign-in host (`https://login.microsoftonline.com`), where the organization shall not be asked.
    pub authority: String,
}

/// A connection that WhoAmI has proved.
pub struct Connected {
    /// The organization.
    pub organization: Organization,
    /// Who signed in where.
    pub authority: Authority,
    /// A user name, or the client id.
    pub account: String,
    /// The proof.
    pub who: WhoAmI,
    /// When the proof was given.
    pub at: Timestamp,
    /// What to keep.
    pub secrets: Secrets,
}

impl Target {
    /// Understands whatever was given as an organization: an address in any form, an id, a name.
    /// `login` is the sign-in host, whose form (true or `.localhost`) global discovery then wears.
    pub fn read(given: &str, login: &str) -> Result<Self, Mistake> {
        let address = Address::read(given, &RegionTable::default());
        let lookup = |wanted: String| {
            Ok(Self::Lookup {
                wanted,
                discovery: discovery_beside(login),
            })
        };
        match &address.kind {
            Kind::Online(online) => Ok(Self::Url(online.url())),
            Kind::OnPremises(server) if server.scheme == "https" => Ok(Self::Url(server.url())),
            Kind::OnPremises(server) => Err(Mistake::InTheClear(server.url())),
            Kind::Name(name) => lookup(name.clone()),
            Kind::Id(id) => lookup(id.to_string()),
            Kind::Portal {
                environment: Some(id),
            } => lookup(id.to_string()),
            Kind::SignIn {
                resource: Some(resource),
            } => Self::read(resource, login),
            kind => Err(Mistake::Address {
                given: given.split('?').next().unwrap_or_default().to_owned(),
                is: kind.sentence(),
                hint: address.notes.last().cloned().unwrap_or_else(|| {
                    "Give an organization's address, its unique name, or its environment's id.".to_owned()
                }),
            }),
        }
    }
}

/// Global discovery of the cloud that signs in at `login`, in the same form. GCC signs in at the commercial
/// host, so its organizations have to be given by address.
fn discovery_beside(login: &str) -> String {
    let host = types::Form::undress(login);
    let clouds = [Cloud::Commercial, Cloud::GccHigh, Cloud::China];
    let cloud = clouds
        .into_iter()
        .find(|cloud| host.ends_with(cloud.login_host()))
        .unwrap_or(Cloud::Commercial);
    let form = types::Form::split(login.trim_start_matches("https://").trim_end_matches('/'));
    let discovery = format!(
        "https://{}",
        cloud.discovery_host().unwrap_or("globaldisco.crm.dynamics.com")
    );
    form.map_or_else(|_| discovery.clone(), |(_, form)| form.dress(&discovery))
}

/// Connects: who signs people in, a token, and the proof. Nothing is kept yet.
pub async fn connect(
    outside: &Outside,
    plan: &Plan,
    ui: &dyn Ui,
    steps: &mut Steps,
) -> Result<Connected, ClientError> {
    check(plan)?;
    let entrance = match &plan.target {
        Target::Url(url) => at_address(outside, plan, url, ui, steps).await?,
        Target::Lookup { wanted, discovery } => by_name(outside, plan, wanted, discovery, ui, steps).await?,
    };
    let Entrance {
        url,
        resource,
        instance,
        endpoints,
        granted,
        first,
    } = entrance;
    let token = granted.tokens.access_token.0.clone();
    let (who, at) = prove(outside, &url, &token, steps).await?;
    let found = instance.map(|found| (found.friendly_name, found.unique_name));
    let found = match found {
        Some(found) => Some(found),
        // Nice to know and no more: whoever may not ask is connected all the same.
        None => names(outside, &url, &token, steps)
            .await
            .ok()
            .map(|n| (n.friendly_name, n.unique_name)),
    };
    let (friendly_name, unique_name) = found.unzip();
    let mut secrets = Secrets::default();
    if let Method::ClientSecret(secret) = &plan.method {
        secrets.client_secret = Some(wire::oauth::SecretText(secret.clone()));
    }
    let signed_in = account_of(&granted).or_else(|| first.as_ref().and_then(account_of));
    if let (Some(first), Target::Lookup { discovery, .. }) = (&first, &plan.target) {
        keep(&mut secrets, &slashed(discovery), first);
    }
    keep(&mut secrets, &resource, &granted);
    let mut authority = endpoints.authority;
    if let Some(tenant) = signed_in.as_ref().and_then(|account| account.tenant.clone()) {
        authority.tenant = tenant;
    }
    Ok(Connected {
        organization: Organization {
            url,
            resource,
            id: who.organization_id,
            friendly_name,
            unique_name,
        },
        authority,
        account: signed_in
            .and_then(|account| account.name)
            .unwrap_or_else(|| plan.client_id.clone()),
        who,
        at,
        secrets,
    })
}

/// The proof of a connection: WhoAmI, and when it answered.
pub(crate) async fn prove(
    outside: &Outside,
    url: &str,
    token: &Secret,
    steps: &mut Steps,
) -> Result<(WhoAmI, Timestamp), ClientError> {
    let who = who_am_i(outside, url, token, steps).await?;
    Ok((who, outside.now()))
}

/// What can be wrong before anything is sent.
pub(crate) fn check(plan: &Plan) -> Result<(), Mistake> {
    preflight::client_id(&plan.client_id, plan.tenant.as_deref())?;
    if let Some(tenant) = &plan.tenant {
        preflight::tenant(tenant)?;
    }
    match &plan.method {
        Method::ClientSecret(secret) => preflight::client_secret(secret),
        Method::Password(_, password) => preflight::password(password),
        _ => Ok(()),
    }
}

/// A token for an organization, and how it was come by.
struct Entrance {
    url: String,
    resource: String,
    instance: Option<Instance>,
    endpoints: Endpoints,
    granted: Granted,
    /// The token for discovery, where that came first.
    first: Option<Granted>,
}

async fn at_address(
    outside: &Outside,
    plan: &Plan,
    url: &str,
    ui: &dyn Ui,
    steps: &mut Steps,
) -> Result<Entrance, ClientError> {
    let (mut authority, resource) = match challenge(outside, url, steps).await {
        Ok(found) => found,
        // With a tenant at hand, a header that something on the way removed can be done without.
        Err(ClientError::NoAuthority { .. }) if plan.tenant.is_some() => (
            Authority {
                host: plan.authority.clone(),
                tenant: String::new(),
            },
            slashed(url),
        ),
        Err(error) => return Err(error),
    };
    if let Some(tenant) = &plan.tenant {
        authority.tenant.clone_from(tenant);
    }
    preflight::client_id(&plan.client_id, Some(&authority.tenant))?;
    let endpoints = endpoints(outside, &authority, steps).await?;
    let granted = sign_in(outside, &endpoints, (plan, None), &resource, ui, steps).await?;
    Ok(Entrance {
        url: url.to_owned(),
        resource,
        instance: None,
        endpoints,
        granted,
        first: None,
    })
}

async fn by_name(
    outside: &Outside,
    plan: &Plan,
    wanted: &str,
    discovery: &str,
    ui: &dyn Ui,
    steps: &mut Steps,
) -> Result<Entrance, ClientError> {
    let tenant = match (&plan.tenant, &plan.method) {
        (Some(tenant), _) => tenant.clone(),
        // A user name names its tenant by its domain, which works for single-tenant applications, too.
        (None, Method::Password(upn, _)) => upn.domain().to_owned(),
        (None, _) => "organizations".to_owned(),
    };
    let authority = Authority {
        host: plan.authority.clone(),
        tenant,
    };
    let endpoints = endpoints(outside, &authority, steps).await?;
    let first = sign_in(outside, &endpoints, (plan, None), &slashed(discovery), ui, steps).await?;
    let all = instances(outside, discovery, &first.tokens.access_token.0, steps).await?;
    let instance = pick(&all, wanted)?.clone();
    if !instance.url.starts_with("https://") {
        return Err(Mistake::InTheClear(instance.url).into());
    }
    let (url, resource) = (slashed(&instance.url), slashed(&instance.url));
    // The person is not asked twice: the first sign-in is good for a second resource.
    let granted = match &first.tokens.refresh_token {
        Some(token) => {
            signin::refresh(outside, &endpoints, &plan.client_id, &token.0, &resource, steps).await?
        }
        None => sign_in(outside, &endpoints, (plan, None), &resource, ui, steps).await?,
    };
    Ok(Entrance {
        url,
        resource,
        instance: Some(instance),
        endpoints,
        granted,
        first: Some(first),
    })
}

pub(crate) async fn sign_in(
    outside: &Outside,
    endpoints: &Endpoints,
    (plan, realm): (&Plan, Option<&Realm>),
    resource: &str,
    ui: &dyn Ui,
    steps: &mut Steps,
) -> Result<Granted, ClientError> {
    let id = plan.client_id.as_str();
    let tenant = endpoints.authority.tenant.as_str();
    match &plan.method {
        Method::Browser(redirect) => {
            browser::sign_in(outside, endpoints, id, resource, redirect, ui, steps).await
        }
        Method::DeviceCode => device::sign_in(outside, endpoints, id, resource, ui, steps).await,
        Method::Password(upn, secret) => {
            password::sign_in(outside, endpoints, id, resource, (upn, secret), realm, steps).await
        }
        Method::ClientSecret(secret) => {
            preflight::own_tenant("a client secret", tenant, true)?;
            signin::client_credentials(
                outside,
                endpoints,
                id,
                Credential::Secret(secret),
                resource,
                steps,
            )
            .await
        }
        Method::Certificate(key) => {
            preflight::own_tenant("a certificate", tenant, true)?;
            signin::client_credentials(
                outside,
                endpoints,
                id,
                Credential::Certificate(key),
                resource,
                steps,
            )
            .await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_that_names_an_organization_is_understood() {
        let login = "https://login.microsoftonline.com.localhost:8443";
        let read = |text: &str| Target::read(text, login);
        let url = |text: &str| Ok(Target::Url(text.to_owned()));
        assert_eq!(
            read("contoso.crm4.dynamics.com/main.aspx"),
            url("https://contoso.crm4.dynamics.com/")
        );
        assert_eq!(
            read("https://crm.contoso.com/contoso"),
            url("https://crm.contoso.com/contoso/")
        );
        let discovery = "https://globaldisco.crm.dynamics.com.localhost:8443".to_owned();
        assert_eq!(
            read("contoso"),
            Ok(Target::Lookup {
                wanted: "contoso".into(),
                discovery
            })
        );
        assert!(
            matches!(Target::read("contoso", "https://login.microsoftonline.us"),
            Ok(Target::Lookup { discovery, .. }) if discovery == "https://globaldisco.crm.microsoftdynamics.us")
        );
    }

    #[test]
    fn what_names_none_is_told_with_a_next_step() {
        for (text, part) in [
            ("https://contoso.dynamics.com", "without its region"),
            ("https://fake-dynamics.com.evil.net", "imitates"),
            ("https://disco.crm4.dynamics.com", "retired"),
            ("https://home.dynamics.com", "web site"),
        ] {
            let mistake = Target::read(text, "https://login.microsoftonline.com").unwrap_err();
            assert!(mistake.to_string().contains(part), "{mistake}");
            assert!(!mistake.hint().is_empty());
        }
        assert!(matches!(
            Target::read("http://server/org", ""),
            Err(Mistake::InTheClear(_))
        ));
    }
}
