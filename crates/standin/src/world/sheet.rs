//! What a test is told about a tenant: users with passwords, applications with secrets, organizations with
//! URLs. It is made from the world, because the state holds none of these in the clear.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use types::{AppId, Form, Host, RegionTable, TenantId, Timestamp};

use super::{
    ClientCertificate,
    ids::{app_id, tenant_id, user_id},
    model::{self, World},
};

/// One tenant of the ready file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantSheet {
    /// Its id.
    pub id: TenantId,
    /// Its initial domain; the id of a tenant without one.
    pub domain: String,
    /// What people call it.
    pub name: String,
    /// The name by which it is copied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Its users.
    pub users: Vec<UserSheet>,
    /// Its applications.
    pub apps: Vec<AppSheet>,
    /// Its organizations; the ready file also lists those of all tenants together.
    #[serde(default)]
    pub organizations: Vec<OrganizationSheet>,
}

/// One user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserSheet {
    /// What is typed: a guest's name at home.
    pub upn: String,
    /// Its object id in this tenant.
    pub id: String,
    /// The password; none where there is none, or where it is kept elsewhere.
    pub password: Option<String>,
    /// The code of the second factor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfa_code: Option<String>,
    /// What it is there for.
    pub note: String,
}

/// One application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppSheet {
    /// `displayName`.
    pub name: String,
    /// The client id.
    pub client_id: String,
    /// The first valid secret, else the first.
    pub secret: Option<String>,
    /// The id of that secret, which people take for its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_id: Option<String>,
    /// The file with certificate and private key, in PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// The certificate's thumbprint: SHA-1 in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbprint: Option<String>,
    /// Redirect URIs of every platform.
    pub redirect_uris: Vec<String>,
    /// What it is there for.
    pub note: String,
}

/// One organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationSheet {
    /// Its id.
    pub id: String,
    /// The database's name.
    pub unique_name: String,
    /// What people call it.
    pub name: String,
    /// Where it is without proxy: the true name plus `.localhost`.
    pub url: String,
    /// Where it is by its true name, behind the proxy.
    pub true_url: String,
    /// The region's code: `EMEA`.
    pub region: String,
    /// `enabled`, `disabled` or `administration`.
    pub state: String,
    /// Its environment's id.
    pub environment: String,
    /// Whose it is.
    pub tenant: TenantId,
    /// What it is there for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// What sheets are made with.
pub(crate) struct Writer<'a> {
    pub(crate) world: &'a World,
    pub(crate) regions: &'a RegionTable,
    pub(crate) certificates: &'a HashMap<AppId, ClientCertificate>,
    pub(crate) now: Timestamp,
    pub(crate) port: u16,
}

impl Writer<'_> {
    /// The sheet of one tenant.
    pub(crate) fn tenant(&self, tenant: &model::Tenant) -> TenantSheet {
        let id = tenant_id(tenant);
        TenantSheet {
            id,
            domain: tenant
                .domains
                .first()
                .map_or_else(|| id.to_string(), |domain| domain.name.to_lowercase()),
            name: tenant.name.clone(),
            template: tenant.template.clone(),
            users: tenant.users.iter().map(|user| self.user(id, user)).collect(),
            apps: tenant.apps.iter().map(|app| self.app(id, app)).collect(),
            organizations: tenant
                .organizations
                .iter()
                .map(|entry| self.organization(id, entry))
                .collect(),
        }
    }

    fn user(&self, tenant: TenantId, user: &model::User) -> UserSheet {
        let typed = match &user.guest_of {
            Some(_) => user.aliases.first().unwrap_or(&user.upn),
            None => &user.upn,
        };
        let at_home = || {
            let mut everyone = self.world.tenants.iter().flat_map(|tenant| &tenant.users);
            everyone.find(|other| other.guest_of.is_none() && other.upn == *typed)
        };
        let keeper = if user.guest_of.is_some() {
            at_home()
        } else {
            Some(user)
        };
        UserSheet {
            upn: typed.to_string(),
            id: user_id(tenant, user).to_string(),
            password: keeper
                .and_then(|keeper| keeper.password.clone())
                .map(|plain| plain.0),
            mfa_code: user.mfa_code.clone(),
            note: user.note.clone(),
        }
    }

    fn app(&self, tenant: TenantId, app: &model::App) -> AppSheet {
        let id = app_id(tenant, app);
        let valid = app
            .secrets
            .iter()
            .find(|secret| secret.ends.at(self.now) > self.now);
        let secret = valid.or(app.secrets.first());
        let certificate = self.certificates.get(&id);
        let redirects = &app.redirects;
        AppSheet {
            name: app.name.clone(),
            client_id: id.to_string(),
            secret: secret.map(|secret| secret.value.0.clone()),
            secret_id: secret.and_then(|secret| secret.id).map(|id| id.to_string()),
            certificate: certificate.map(|certificate| certificate.file.display().to_string()),
            thumbprint: certificate.map(|certificate| certificate.thumbprint.clone()),
            redirect_uris: [&redirects.web, &redirects.spa, &redirects.public_client]
                .into_iter()
                .flatten()
                .cloned()
                .collect(),
            note: app.note.clone(),
        }
    }

    fn organization(&self, tenant: TenantId, entry: &model::Organization) -> OrganizationSheet {
        let key = [entry.host.as_str()];
        let id = entry.id.map_or_else(
            || super::ids::derived("organization", &key),
            types::OrganizationId::uuid,
        );
        let environment = entry
            .environment
            .unwrap_or_else(|| super::ids::derived("environment", &key));
        OrganizationSheet {
            id: id.to_string(),
            unique_name: entry.unique_name.clone(),
            name: entry.name.clone(),
            url: Form::Localhost { port: self.port }.url(&entry.host, "/"),
            true_url: Form::True.url(&entry.host, "/"),
            region: region_of(self.regions, &entry.host),
            state: state_of(entry.state, entry.admin_mode).to_owned(),
            environment: environment.to_string(),
            tenant,
            note: entry.note.clone(),
        }
    }
}

/// The code of the region a host lies in.
pub(crate) fn region_of(regions: &RegionTable, host: &Host) -> String {
    regions
        .of_host(host)
        .map(|(region, _)| region.code.to_string())
        .unwrap_or_default()
}

/// The state in one word.
pub(crate) fn state_of(state: organization::OrganizationState, admin_mode: bool) -> &'static str {
    match state {
        organization::OrganizationState::Disabled => "disabled",
        organization::OrganizationState::Moving => "moving",
        organization::OrganizationState::NotConfigured => "not-configured",
        organization::OrganizationState::Enabled if admin_mode => "administration",
        organization::OrganizationState::Enabled => "enabled",
    }
}
