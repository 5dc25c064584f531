//! What is asked for: resources and scopes (facts/identity.md 1.6), and whether it was granted.

use std::{borrow::Cow, collections::BTreeSet};

use directory::{Account, AccountKind, Tenant};
use types::{AppId, Form, Host};
use wire::aadsts::{self, Refusal};

use crate::{Registrations, Service, application::Caller, endpoint::Version, stop::Done};

/// The scopes OpenID Connect reserves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Reserved {
    pub(crate) openid: bool,
    pub(crate) profile: bool,
    pub(crate) email: bool,
    pub(crate) offline_access: bool,
}

impl Reserved {
    fn take(&mut self, word: &str) -> bool {
        match word {
            "openid" => self.openid = true,
            "profile" => self.profile = true,
            "email" => self.email = true,
            "offline_access" => self.offline_access = true,
            _ => return false,
        }
        true
    }

    /// Everything the v1 endpoint gives without being asked.
    pub(crate) const ALL: Self = Self {
        openid: true,
        profile: true,
        email: true,
        offline_access: true,
    };

    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        // offline_access is never echoed: the refresh token itself says so.
        [
            (self.openid, "openid"),
            (self.profile, "profile"),
            (self.email, "email"),
        ]
        .into_iter()
        .filter_map(|(on, name)| on.then_some(name))
    }
}

/// A request for tokens, taken apart: at most one resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ask {
    pub(crate) reserved: Reserved,
    /// As asked for, in its true name; nothing means Microsoft Graph.
    pub(crate) resource: Option<String>,
    /// Named scopes, without their resource.
    pub(crate) names: BTreeSet<String>,
    /// Everything that was granted: `.default`, or the v1 endpoint.
    pub(crate) everything: bool,
    /// As it was sent.
    pub(crate) text: String,
}

impl Ask {
    /// Reads a `scope`. Where several resources may be mixed, only the first is kept.
    pub(crate) fn scope(text: &str, may_mix: bool) -> Result<Self, Refusal> {
        let mut ask = Self {
            text: text.to_owned(),
            ..Self::default()
        };
        for word in text.split_whitespace() {
            if ask.reserved.take(word) {
                continue;
            }
            // The scope's own name follows the last slash, so an App ID URI that ends in one gives two.
            let (resource, name) = match word.rsplit_once('/') {
                Some((resource, name)) => (Some(Form::undress(resource)), name),
                None => (None, word),
            };
            if name.is_empty() {
                return Err(bad_scope(
                    text,
                    format!("'{word}' names a resource and no scope of it"),
                ));
            }
            if ask.resource.is_some() || !ask.names.is_empty() || ask.everything {
                if ask.resource.as_deref().map(without_slash) != resource.as_deref().map(without_slash) {
                    if may_mix {
                        continue;
                    }
                    let why = format!("'{text}' names more than one resource");
                    return Err(Refusal::new(&aadsts::SEVERAL_RESOURCES, why).with("scope", text));
                }
            } else {
                ask.resource = resource;
            }
            if name == ".default" {
                ask.everything = true;
            } else {
                ask.names.insert(name.to_owned());
            }
        }
        if ask.everything && !ask.names.is_empty() {
            return Err(bad_scope(
                text,
                "'.default' is mixed with named scopes".to_owned(),
            ));
        }
        Ok(ask)
    }

    /// What `resource` means on the v1 endpoint: everything that was granted.
    pub(crate) fn resource(text: &str) -> Self {
        Self {
            reserved: Reserved::ALL,
            resource: Some(Form::undress(text)),
            names: BTreeSet::new(),
            everything: true,
            text: text.to_owned(),
        }
    }
}

pub(crate) fn bad_scope(scope: &str, why: String) -> Refusal {
    Refusal::new(&aadsts::BAD_SCOPE, why).with("scope", scope)
}

fn without_slash(text: &str) -> &str {
    text.trim_end_matches('/')
}

/// A resource that exists in the tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    /// The application behind it.
    pub(crate) app: AppId,
    /// `aud`: as it was asked for.
    pub(crate) audience: String,
    /// What people call it.
    pub(crate) name: Cow<'static, str>,
    /// The scopes it has.
    pub(crate) scopes: Scopes,
}

/// The scopes of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scopes {
    /// Microsoft's own.
    WellKnown(&'static [&'static str]),
    /// Those a registered application exposes.
    Exposed(BTreeSet<String>),
}

impl Scopes {
    fn has(&self, name: &str) -> bool {
        match self {
            Self::WellKnown(names) => names.contains(&name),
            Self::Exposed(names) => names.contains(name),
        }
    }
}

const GRAPH_SCOPES: [&str; 6] = [
    "User.Read",
    "User.ReadBasic.All",
    "Mail.Read",
    "Mail.Send",
    "Directory.Read.All",
    wire::announcements::PERMISSION,
];
const GRAPH_NAMES: [&str; 1] = ["https://graph.microsoft.com"];
const MANAGEMENT_NAMES: [&str; 2] = [
    "https://management.azure.com",
    "https://management.core.windows.net",
];

impl Service {
    /// Finds the resource in `tenant` (facts/identity.md 1.6 and 3.3 F).
    pub(crate) async fn resource(&self, ask: &Ask, caller: &Caller, tenant: &Tenant) -> Done<Resource> {
        let Some(asked) = ask.resource.as_deref() else {
            return Ok(well_known(
                AppId::GRAPH,
                "Microsoft Graph",
                AppId::GRAPH.to_string(),
                &GRAPH_SCOPES,
            ));
        };
        let bare = without_slash(asked);
        let host = host_of(bare);
        let is = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(bare));
        let by_id: Option<AppId> = host.is_none().then(|| bare.parse().ok()).flatten();
        if is(&GRAPH_NAMES) || by_id == Some(AppId::GRAPH) {
            return Ok(well_known(
                AppId::GRAPH,
                "Microsoft Graph",
                asked.to_owned(),
                &GRAPH_SCOPES,
            ));
        }
        if is(&MANAGEMENT_NAMES) || by_id == Some(AppId::AZURE_MANAGEMENT) {
            let name = "Windows Azure Service Management API";
            return Ok(well_known(
                AppId::AZURE_MANAGEMENT,
                name,
                asked.to_owned(),
                &["user_impersonation"],
            ));
        }
        if by_id == Some(AppId::DATAVERSE) || self.is_dataverse(host, tenant).await? {
            return self.dataverse(asked, tenant).await;
        }
        Box::pin(self.registered(asked, bare, caller, tenant))
            .await?
            .ok_or_else(|| not_found(asked, tenant).into())
    }

    /// Whether the name is a global discovery host or an organization of this tenant, by its own host or the
    /// Web API's twin (facts/organization.md 1.1).
    async fn is_dataverse(&self, host: Option<Host>, tenant: &Tenant) -> Done<bool> {
        let Some(host) = host else {
            return Ok(false);
        };
        if self
            .parts
            .regions
            .iter()
            .any(|region| region.cloud.discovery_host() == Some(host.as_str()))
        {
            return Ok(true);
        }
        let twin = self.parts.regions.of_host(&host);
        let twin = twin.and_then(|(region, before)| Some((before.strip_suffix(".api")?, region)));
        let name = match twin {
            Some((organization, region)) => format!("host:{organization}.{}", region.suffix),
            None => ["host:", host.as_str()].concat(),
        };
        Ok(self.parts.store.tenant_of(&name).await? == Some(tenant.id()))
    }

    async fn dataverse(&self, asked: &str, tenant: &Tenant) -> Done<Resource> {
        let here = self.parts.store.view::<Registrations>(tenant.id()).await?;
        match here.principal(AppId::DATAVERSE) {
            None => {
                let why = format!(
                    "tenant {} has no subscription to Dynamics 365",
                    tenant.settings.name
                );
                Err(Refusal::new(&aadsts::NO_SUBSCRIPTION, why)
                    .with("resource", AppId::DATAVERSE)
                    .with("name", "Common Data Service")
                    .with("tenant", &tenant.settings.name)
                    .into())
            }
            Some(principal) if !principal.enabled => {
                let why = format!(
                    "the enterprise application of Dataverse is disabled in {}",
                    tenant.settings.name
                );
                Err(Refusal::new(&aadsts::RESOURCE_DISABLED, why)
                    .with("resource", asked)
                    .into())
            }
            Some(_) => Ok(well_known(
                AppId::DATAVERSE,
                "Common Data Service",
                asked.to_owned(),
                &["user_impersonation"],
            )),
        }
    }

    /// A resource that is itself a registered application.
    async fn registered(
        &self,
        asked: &str,
        bare: &str,
        caller: &Caller,
        tenant: &Tenant,
    ) -> Done<Option<Resource>> {
        let by_uri = |app: &&crate::App| {
            app.identifier_uris.iter().any(|uri| without_slash(uri) == bare)
                || bare == format!("api://{}", app.id)
        };
        let app = match bare.parse::<AppId>() {
            Ok(id) => match self.parts.store.tenant_of(&format!("app:{id}")).await? {
                Some(home) => self.parts.store.view::<Registrations>(home).await?.kept_app(id),
                None => None,
            },
            Err(_) => {
                let here = self.parts.store.view::<Registrations>(tenant.id()).await?;
                let found = here.apps().find(by_uri).map(|app| app.id);
                found.and_then(|id| here.kept_app(id))
            }
        };
        let Some(app) = app else { return Ok(None) };
        if app.id == caller.app.id {
            asks_for_itself(caller, bare)?;
        }
        Ok(Some(Resource {
            app: app.id,
            audience: asked.to_owned(),
            name: app.name.clone().into(),
            scopes: Scopes::Exposed(app.exposes.clone()),
        }))
    }
}

/// The host of an `https` address without a path. Nearly all are a name and nothing else, which needs no reading of URLs.
fn host_of(address: &str) -> Option<Host> {
    let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'-');
    if let Some(name) = address
        .strip_prefix("https://")
        .filter(|name| name.bytes().all(plain))
    {
        return name.parse().ok();
    }
    let url = url::Url::parse(address).ok()?;
    let is_bare = url.path() == "/" && url.scheme() == "https";
    url.host_str().filter(|_| is_bare)?.parse().ok()
}

fn well_known(app: AppId, name: &'static str, audience: String, scopes: &'static [&'static str]) -> Resource {
    Resource {
        app,
        audience,
        name: name.into(),
        scopes: Scopes::WellKnown(scopes),
    }
}

fn not_found(asked: &str, tenant: &Tenant) -> Refusal {
    let why = format!("{asked} is no resource of tenant {}", tenant.settings.name);
    Refusal::new(&aadsts::RESOURCE_NOT_FOUND, why)
        .with("resource", asked)
        .with("tenant", &tenant.settings.name)
}

fn asks_for_itself(caller: &Caller, bare: &str) -> Result<(), Refusal> {
    if bare.parse::<AppId>().is_err() {
        let why = format!("'{}' asks for itself by {bare}", caller.app.name);
        return Err(Refusal::new(&aadsts::SELF_BY_URI, why)
            .with("app", caller.app.id)
            .with("name", &caller.app.name));
    }
    if !caller.app.lists(AppId::GRAPH) {
        let why = format!(
            "'{}' asks for itself and does not list Microsoft Graph",
            caller.app.name
        );
        return Err(Refusal::new(&aadsts::SELF_WITHOUT_GRAPH, why).with("app", caller.app.id));
    }
    Ok(())
}

/// Whether a user may have what is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Granting {
    /// These scopes were granted.
    Granted(BTreeSet<String>),
    /// These were not, but someone may grant them.
    Missing(BTreeSet<String>),
}

/// Compares what is asked with what was granted to the application for this account.
pub(crate) fn granting(
    here: &Registrations,
    caller: &Caller,
    resource: &Resource,
    ask: &Ask,
    account: &Account,
    version: Version,
) -> Result<Granting, Refusal> {
    if account.kind == AccountKind::Personal && resource.app == AppId::DATAVERSE {
        let why = format!(
            "{} is a personal account and Dataverse takes work and school accounts",
            account.upn
        );
        return Err(Refusal::new(&aadsts::ACCOUNT_TYPE_FOR_RESOURCE, why));
    }
    if let Some(unknown) = ask.names.iter().find(|name| !resource.scopes.has(name)) {
        let why = format!("{} has no scope '{unknown}'", resource.name);
        return Err(Refusal::new(&aadsts::UNKNOWN_SCOPE, why)
            .with("name", &caller.app.name)
            .with("scope", unknown)
            .with("resource", resource.app));
    }
    let only_reserved = ask.resource.is_none() && ask.names.is_empty() && !ask.everything;
    if only_reserved || resource.app == caller.app.id {
        return Ok(Granting::Granted(ask.names.clone()));
    }
    let granted = here.granted(caller.app.id, resource.app, Some(account.id));
    if !ask.everything {
        let missing: BTreeSet<_> = ask.names.difference(&granted).cloned().collect();
        return Ok(if missing.is_empty() {
            Granting::Granted(granted)
        } else {
            Granting::Missing(missing)
        });
    }
    if !granted.is_empty() {
        return Ok(Granting::Granted(granted));
    }
    let listed = caller.app.requires.iter().find(|r| r.resource == resource.app);
    match listed {
        Some(required) => Ok(Granting::Missing(required.scopes.clone())),
        None => Err(not_listed(caller, resource, version)),
    }
}

fn not_listed(caller: &Caller, resource: &Resource, version: Version) -> Refusal {
    let why = format!(
        "the registration of '{}' does not list {}",
        caller.app.name, resource.name
    );
    if caller.app.requires.is_empty() || version == Version::V2 {
        return Refusal::new(&aadsts::NO_PERMISSIONS_LISTED, why).with("resource", &resource.name);
    }
    let list = caller
        .app
        .requires
        .iter()
        .map(|r| r.resource.to_string())
        .collect::<Vec<_>>()
        .join(", ");
    Refusal::new(&aadsts::PERMISSION_NOT_LISTED, why)
        .with("app", caller.app.id)
        .with("name", &caller.app.name)
        .with("resource", &resource.audience)
        .with("resource_app", resource.app)
        .with("list", list)
}

/// What nobody granted, when nobody is there to be asked.
pub(crate) fn not_consented(caller: &Caller, missing: &BTreeSet<String>) -> Refusal {
    let names = missing.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    let why = format!(
        "nobody has granted '{}' the permission {names} here",
        caller.app.name
    );
    Refusal::new(&aadsts::NOT_CONSENTED, why)
        .with("app", caller.app.id)
        .with("name", &caller.app.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_double_slash_is_part_of_the_audience() {
        let ask = |text| Ask::scope(text, false).unwrap();
        let one = ask("https://org.crm4.dynamics.com/.default openid");
        assert_eq!(
            (one.resource.as_deref(), one.everything),
            (Some("https://org.crm4.dynamics.com"), true)
        );
        let two = ask("https://org.crm4.dynamics.com//user_impersonation offline_access");
        assert_eq!(two.resource.as_deref(), Some("https://org.crm4.dynamics.com/"));
        assert!(two.names.contains("user_impersonation") && two.reserved.offline_access);
        let dressed = ask("https://org.crm4.dynamics.com.localhost:8443//.default");
        assert_eq!(
            dressed.resource.as_deref(),
            Some("https://org.crm4.dynamics.com/")
        );
        assert_eq!(ask("User.Read").resource, None);
    }

    #[test]
    fn a_host_is_read_with_and_without_a_url_reader() {
        let host = |address: &str| host_of(address).map(|host| host.to_string());
        let org = Some("org.crm4.dynamics.com".to_owned());
        for address in [
            "https://org.crm4.dynamics.com",
            "https://Org.crm4.dynamics.com",
            "https://org.crm4.dynamics.com:443",
            "HTTPS://org.crm4.dynamics.com",
        ] {
            assert_eq!(host(address), org, "{address}");
        }
        for address in [
            "http://org.crm4.dynamics.com",
            "https://org.crm4.dynamics.com/api",
            "https://",
            "org",
        ] {
            assert_eq!(host(address), None, "{address}");
        }
    }

    #[test]
    fn mixtures_are_refused() {
        let code = |text| Ask::scope(text, false).unwrap_err().entry.code;
        assert_eq!(code("https://a.com/.default https://a.com/x"), 70011);
        assert_eq!(code("https://a.com/x https://b.com/y"), 700022);
        assert_eq!(code("https://a.com/"), 70011);
        assert!(Ask::scope("https://a.com/x https://b.com/y", true).is_ok());
    }
}
