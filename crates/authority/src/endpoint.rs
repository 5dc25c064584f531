//! Which endpoint an address means (facts/identity.md 1.1 and 1.2). Paths are matched without case.

use std::{borrow::Cow, sync::Arc};

use directory::{Tenant, Where};
use evidence::Decision;
use http::HeaderName;
use store::StoreError;
use types::{Cloud, Host, TenantId};
use wire::{
    Answer, Call,
    aadsts::{self, Refusal},
};

use crate::{
    Service,
    stop::{Done, Note},
};

/// The two generations of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Version {
    /// `resource`, numbers as text.
    V1,
    /// `scope`, numbers as numbers.
    V2,
}

/// The faces of the service: which hosts it answers on, and as what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    /// A sign-in host of a cloud.
    Login(Cloud),
    /// Microsoft Graph, the little that signing in needs.
    Graph,
    /// Azure Resource Manager, so that `az login` ends well.
    Management,
    /// `microsoft.com/devicelogin`.
    DeviceLogin,
}

impl Face {
    pub(crate) fn of(host: &Host) -> Option<Self> {
        // Nothing answers any more for the closed cloud.
        if let Some(cloud) =
            Cloud::of_login_host(host.as_str()).filter(|cloud| *cloud != Cloud::GermanyClosed)
        {
            return Some(Self::Login(cloud));
        }
        Some(match host.as_str() {
            "graph.microsoft.com" => Self::Graph,
            "management.azure.com" => Self::Management,
            "microsoft.com" | "www.microsoft.com" => Self::DeviceLogin,
            _ => return None,
        })
    }
}

/// Whether people and programs sign in at this host, in whichever cloud.
pub fn signs_in(host: &Host) -> bool {
    matches!(Face::of(host), Some(Face::Login(_)))
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Authorize(Version),
    Token(Version),
    DeviceCode(Version),
    DeviceLogin,
    Logout,
    OpenIdConfiguration(Version),
    Keys,
    UserInfo,
    AdminConsent(Version),
    InstanceDiscovery,
    UserRealm,
    UserRealmLegacy,
    NativeClient,
    ErrorPage,
    Rst2,
    Issues,
    Style,
    Subscriptions,
    Tenants,
}

impl Operation {
    /// The one list of addresses. The second value is the tenant segment.
    fn named<'s>(face: Face, path: &[&'s str]) -> Option<(Self, &'s str)> {
        use Operation as O;
        use Version::{V1, V2};
        Some(match (face, path) {
            (Face::Login(_), ["common", "discovery", "instance"]) => (O::InstanceDiscovery, "common"),
            (Face::Login(_), ["common", "userrealm", user]) => (O::UserRealm, user),
            (Face::Login(_), ["common", "oauth2", "nativeclient"]) => (O::NativeClient, "common"),
            (Face::Login(_) | Face::DeviceLogin, ["_static", "sign-in.css"]) => (O::Style, "common"),
            (Face::Login(_), ["getuserrealm.srf"]) => (O::UserRealmLegacy, "common"),
            (Face::Login(_), ["rst2.srf"]) => (O::Rst2, "consumers"),
            (Face::Login(_), ["error"]) => (O::ErrorPage, "common"),
            (Face::Login(_), ["common", "oauth2", "deviceauth"]) => (O::DeviceLogin, "common"),
            (Face::Login(_), [tenant, "oauth2", "authorize"]) => (O::Authorize(V1), tenant),
            (Face::Login(_), [tenant, "oauth2", "v2.0", "authorize"]) => (O::Authorize(V2), tenant),
            (Face::Login(_), [tenant, "oauth2", "token"]) => (O::Token(V1), tenant),
            (Face::Login(_), [tenant, "oauth2", "v2.0", "token"]) => (O::Token(V2), tenant),
            (Face::Login(_), [tenant, "oauth2", "devicecode"]) => (O::DeviceCode(V1), tenant),
            (Face::Login(_), [tenant, "oauth2", "v2.0", "devicecode"]) => (O::DeviceCode(V2), tenant),
            (Face::Login(_), [tenant, "oauth2", "logout"] | [tenant, "oauth2", "v2.0", "logout"]) => {
                (O::Logout, tenant)
            }
            (Face::Login(_), [tenant, ".well-known", "openid-configuration"]) => {
                (O::OpenIdConfiguration(V1), tenant)
            }
            (Face::Login(_), [tenant, "v2.0", ".well-known", "openid-configuration"]) => {
                (O::OpenIdConfiguration(V2), tenant)
            }
            (Face::Login(_), [tenant, "discovery", "keys"] | [tenant, "discovery", "v2.0", "keys"]) => {
                (O::Keys, tenant)
            }
            (Face::Login(_), [tenant, "openid", "userinfo"]) => (O::UserInfo, tenant),
            (Face::Login(_), [tenant, "adminconsent"]) => (O::AdminConsent(V1), tenant),
            (Face::Login(_), [tenant, "v2.0", "adminconsent"]) => (O::AdminConsent(V2), tenant),
            (Face::Graph, ["v1.0", "admin", "serviceannouncement", "issues"]) => (O::Issues, "common"),
            (Face::Graph, ["oidc", "userinfo"]) => (O::UserInfo, "common"),
            (Face::Management, ["subscriptions"]) => (O::Subscriptions, "common"),
            (Face::Management, ["tenants"]) => (O::Tenants, "common"),
            (Face::DeviceLogin, ["devicelogin"]) => (O::DeviceLogin, "common"),
            _ => return None,
        })
    }
}

/// An address, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    pub(crate) operation: Operation,
    /// The tenant segment, or the user name of user realm discovery, as sent.
    pub(crate) segment: String,
}

impl Endpoint {
    pub(crate) fn of(call: &Call) -> Option<Self> {
        let face = Face::of(&call.host)?;
        let segments = call.segments()?;
        let lower: Vec<Cow<'_, str>> = segments.iter().map(|segment| lower(segment)).collect();
        let lower: Vec<&str> = lower.iter().map(AsRef::as_ref).collect();
        let (operation, segment) = Operation::named(face, &lower)?;
        let at = lower.iter().position(|s| *s == segment);
        let segment = at.map_or(segment, |at| &*segments[at]).to_owned();
        Some(Self { operation, segment })
    }
}

fn lower(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        text.to_ascii_lowercase().into()
    } else {
        text.into()
    }
}

impl Service {
    pub(crate) async fn dispatch(
        &self,
        call: &Call,
        endpoint: &Endpoint,
        note: &mut Note,
    ) -> Done<(Answer, Decision)> {
        let at = &endpoint.segment;
        match endpoint.operation {
            Operation::Authorize(version) => self.authorize(call, at, version, note).await,
            Operation::Token(version) => self.token(call, at, version, note).await,
            Operation::DeviceCode(version) => Box::pin(self.device_code(call, at, version, note)).await,
            Operation::DeviceLogin => self.device_login(call, note).await,
            Operation::Logout => Box::pin(self.logout(call, note)).await,
            Operation::OpenIdConfiguration(version) => {
                self.openid_configuration(call, at, version, note).await
            }
            Operation::Keys => Ok(self.keys(call)),
            Operation::UserInfo => self.userinfo(call, note).await,
            Operation::AdminConsent(version) => self.admin_consent(call, at, version, note).await,
            Operation::InstanceDiscovery => self.instance_discovery(call),
            Operation::UserRealm => self.user_realm(at, note).await,
            Operation::UserRealmLegacy => self.user_realm_legacy(call, note).await,
            Operation::NativeClient => Ok(crate::documents::native_client()),
            Operation::Issues => self.issues(call, note).await,
            Operation::Rst2 => Box::pin(self.rst2(call, note)).await,
            Operation::ErrorPage => Ok(crate::documents::error_page(call)?),
            Operation::Style => Ok(crate::pages::style()),
            Operation::Subscriptions => self.subscriptions(call),
            Operation::Tenants => self.tenants(call),
        }
    }

    /// What the tenant segment means here; a tenant of another cloud or one that is restricted is refused.
    pub(crate) async fn place(&self, call: &Call, segment: &str, note: &mut Note) -> Done<Where> {
        // Nearly all name a tenant by its id.
        let id = match segment.parse::<TenantId>() {
            Ok(id) if id == TenantId::CONSUMERS => return Ok(Where::Consumers),
            Ok(id) => Some(id),
            Err(_) => match segment.to_ascii_lowercase().as_str() {
                "common" => return Ok(Where::Common),
                "organizations" => return Ok(Where::Organizations),
                "consumers" => return Ok(Where::Consumers),
                name if name.contains('.') && name.parse::<Host>().is_ok() => {
                    self.parts.store.tenant_of(&format!("domain:{name}")).await?
                }
                _ => {
                    let why = format!("'{segment}' is neither a GUID nor a domain name");
                    return Err(Refusal::new(&aadsts::TENANT_NAME_INVALID, why)
                        .with("tenant", segment)
                        .into());
                }
            },
        };
        // The view says whether there is such a tenant, and it is in memory: this is on every request's way.
        let tenant = match id {
            Some(id) => match self.parts.store.view::<Tenant>(id).await {
                Err(StoreError::UnknownTenant { .. }) => None,
                found => Some(found?),
            },
            None => None,
        };
        let Some(tenant) = tenant else {
            let why = format!("no tenant '{segment}' here");
            return Err(Refusal::new(&aadsts::UNKNOWN_TENANT, why)
                .with("tenant", segment)
                .into());
        };
        self.enter(&tenant, note);
        in_this_cloud(call, &tenant)?;
        not_restricted(call, &tenant)?;
        Ok(Where::Tenant(tenant))
    }

    /// Notes a tenant that was found on the way.
    pub(crate) fn enter(&self, tenant: &Arc<Tenant>, note: &mut Note) {
        note.tenant = Some(tenant.id());
        note.now = Some(tenant.now(&*self.parts.clock));
    }
}

fn in_this_cloud(call: &Call, tenant: &Tenant) -> Result<(), Refusal> {
    let Some(Face::Login(cloud)) = Face::of(&call.host) else {
        return Ok(());
    };
    if tenant.settings.cloud.login_host() == cloud.login_host() {
        return Ok(());
    }
    let why = format!(
        "the tenant signs in at {}, not at {}",
        tenant.settings.cloud.login_host(),
        call.host
    );
    Err(Refusal::new(&aadsts::OTHER_CLOUD, why)
        .with("tenant", &tenant.settings.name)
        .with("cloud", tenant.settings.cloud.login_host()))
}

const RESTRICTED_TO: HeaderName = HeaderName::from_static("restrict-access-to-tenants");
const RESTRICTED_BY: HeaderName = HeaderName::from_static("sec-restrict-tenant-access-policy");

/// Tenant restrictions, as a proxy adds them to requests (facts/identity.md 3.3 C: 500021, 500022).
fn not_restricted(call: &Call, tenant: &Tenant) -> Result<(), Refusal> {
    let is_listed = |list: &str| {
        list.split(',').map(str::trim).any(|name| {
            name == "*"
                || tenant.settings.domain(name).is_some()
                || name.eq_ignore_ascii_case(&tenant.id().to_string())
        })
    };
    if let Some(list) = call.header(RESTRICTED_TO)
        && !is_listed(list)
    {
        let why = format!("the header Restrict-Access-To-Tenants allows only {list}");
        return Err(Refusal::new(&aadsts::TENANT_RESTRICTED, why).with("tenant", &tenant.settings.name));
    }
    if let Some(policy) = call.header(RESTRICTED_BY)
        && !is_listed(policy.split(':').next().unwrap_or_default())
    {
        let why = format!("the header sec-Restrict-Tenant-Access-Policy names {policy}");
        return Err(Refusal::new(&aadsts::TENANT_RESTRICTED_V2, why)
            .with("tenant", &tenant.settings.name)
            .with("policy", policy));
    }
    Ok(())
}
