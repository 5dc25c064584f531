//! What stands in a world file, key by key. Read strictly: a key that is not here is an error.
//!
//! Passwords and secrets stand in it as plain text, because it describes a stand-in; they are sealed or
//! digested when it is loaded. Ids may be left out: they are then derived from names, the same each time.

use std::collections::{BTreeMap, BTreeSet};

use authority::{Audience, FederatedCredential, Redirects};
use directory::{
    Domain, Role,
    health::{Class, State},
};
use organization::{AccessMode, OrganizationState, SessionRule, Sessions};
use serde::{Deserialize, Deserializer, de};
use types::{AppId, Cloud, Host, ObjectId, OrganizationId, Region, TenantId, Timestamp, Upn, Uuid};

use super::time::When;

/// A world: regions, tenants, and which of them a test begins with.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct World {
    /// What it is called in the ready file and in messages.
    pub name: String,
    /// A built-in world that this one adds to; a tenant with the same id replaces the built-in one.
    #[serde(default)]
    pub extends: Option<Base>,
    /// Who the variables of `keyway serve env` speak of.
    #[serde(default)]
    pub env: Option<Env>,
    /// Regions beside the built-in ones.
    #[serde(default, rename = "region")]
    pub regions: Vec<Region>,
    /// Tenants.
    #[serde(default, rename = "tenant")]
    pub tenants: Vec<Tenant>,
}

/// A built-in world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Base {
    /// `worlds/demo.toml`.
    Demo,
}

/// Who a test begins with.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Env {
    /// A domain of the tenant.
    pub tenant: String,
    /// The name of an application with a secret.
    pub app: String,
    /// The unique name of an organization.
    pub organization: String,
    /// A user with a password.
    pub user: Upn,
}

/// A tenant with everything in it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    /// Its id; derived from its first domain without one.
    #[serde(default)]
    pub id: Option<TenantId>,
    /// What people call it.
    pub name: String,
    /// By this name tests copy it; a tenant without one is not copied.
    #[serde(default)]
    pub template: Option<String>,
    /// Its domains, the initial `onmicrosoft.com` one first.
    #[serde(default)]
    pub domains: Vec<Domain>,
    /// The cloud it lives in.
    #[serde(default = "commercial")]
    pub cloud: Cloud,
    /// `tenant_region_scope`: `EU`, `NA`.
    #[serde(default = "europe")]
    pub region_scope: String,
    /// Any other setting, as the control API's `settings` has it.
    #[serde(default)]
    pub settings: BTreeMap<String, toml::Value>,
    /// Its subscription to Dynamics 365; a tenant with organizations has one unless it says otherwise.
    #[serde(default)]
    pub dataverse: Option<Subscription>,
    /// Incidents of its services, for the service health page.
    #[serde(default, rename = "incident")]
    pub incidents: Vec<Incident>,
    /// Its accounts.
    #[serde(default, rename = "user")]
    pub users: Vec<User>,
    /// Applications that live here.
    #[serde(default, rename = "app")]
    pub apps: Vec<App>,
    /// Applications of other tenants, as this one uses them.
    #[serde(default, rename = "principal")]
    pub principals: Vec<ForeignPrincipal>,
    /// Its organizations.
    #[serde(default, rename = "organization")]
    pub organizations: Vec<Organization>,
}

/// Whether the tenant may use Dataverse at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subscription {
    /// It has the enterprise application, enabled.
    Enabled,
    /// It has it, disabled.
    Disabled,
    /// It has none.
    None,
}

/// An account.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Its user principal name.
    pub upn: Upn,
    /// Its object id; derived without one.
    #[serde(default)]
    pub id: Option<ObjectId>,
    /// Further names it signs in with.
    #[serde(default)]
    pub aliases: Vec<Upn>,
    /// Display name.
    pub name: String,
    /// What it is there for; shown in the ready file.
    #[serde(default)]
    pub note: String,
    /// The password; without one the account has none.
    #[serde(default)]
    pub password: Option<Plain>,
    /// The password must be changed at the next sign-in.
    #[serde(default)]
    pub must_change: bool,
    /// The password has expired in the on-premises directory.
    #[serde(default)]
    pub expired_on_premises: bool,
    /// Sign-in is blocked.
    #[serde(default)]
    pub disabled: bool,
    /// Deleted and kept for thirty days.
    #[serde(default)]
    pub deleted: bool,
    /// A guest: a domain or id of the tenant it comes from, or `personal`.
    #[serde(default)]
    pub guest_of: Option<String>,
    /// The guest has not accepted the invitation.
    #[serde(default)]
    pub pending: bool,
    /// Licenses by part number, as the control API lists them, or a plan by itself: `DYN365`.
    #[serde(default)]
    pub licenses: BTreeSet<String>,
    /// Security groups.
    #[serde(default)]
    pub groups: BTreeSet<String>,
    /// Directory roles.
    #[serde(default)]
    pub roles: BTreeSet<Role>,
    /// The code of the second factor; without one none is registered.
    #[serde(default)]
    pub mfa_code: Option<String>,
    /// The secret of an authenticator in base32, in place of a fixed code.
    #[serde(default)]
    pub totp: Option<Plain>,
    /// Judged to be at risk.
    #[serde(default)]
    pub risky: bool,
    /// Nobody has followed the link of the verification mail. For a Microsoft account at a domain that needs
    /// verification; without it such an account is verified.
    #[serde(default)]
    pub unverified: bool,
    /// Where mail about the account goes when not to its own name.
    #[serde(default)]
    pub contact: Option<String>,
}

/// Something wrong with a service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    /// The service: `Dynamics 365`.
    pub service: String,
    /// What it is, in a line.
    pub title: String,
    /// What sort.
    #[serde(default)]
    pub class: Class,
    /// When it began: `"-3 hours"`.
    pub started: When,
    /// Its history, oldest first; the last state is where it stands.
    pub messages: Vec<IncidentMessage>,
}

/// What was said about it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IncidentMessage {
    /// When.
    pub at: When,
    /// Where it stood then; as before without one.
    #[serde(default)]
    pub state: Option<State>,
    /// What.
    pub text: String,
}

/// Text that is a secret outside of a stand-in: not shown by `Debug`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Plain(pub String);

impl std::fmt::Debug for Plain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

/// An application.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// `displayName`, by which organizations and principals refer to it.
    pub name: String,
    /// The client id; derived without one.
    #[serde(default)]
    pub id: Option<AppId>,
    /// The object id; derived without one.
    #[serde(default)]
    pub object_id: Option<ObjectId>,
    /// What it is there for.
    #[serde(default)]
    pub note: String,
    /// Whose accounts it takes.
    #[serde(default)]
    pub audience: Audience,
    /// Where answers may go.
    #[serde(default)]
    pub redirects: Redirects,
    /// What a browser opens unseen when somebody signs out.
    #[serde(default)]
    pub logout_url: Option<String>,
    /// Claims its id_tokens hold beside the usual ones.
    #[serde(default)]
    pub optional_claims: BTreeSet<String>,
    /// Secrets; the first that is valid is the one in the ready file.
    #[serde(default, rename = "secret")]
    pub secrets: Vec<AppSecret>,
    /// A client certificate is made for it at the first start, and its files are named in the ready file.
    #[serde(default)]
    pub certificate: bool,
    /// Federated credentials.
    #[serde(default)]
    pub federated: Vec<FederatedCredential>,
    /// "Allow public client flows".
    #[serde(default)]
    pub allow_public_client: bool,
    /// The permissions it asks for.
    #[serde(default)]
    pub requires: Vec<Permission>,
    /// May be handed id_tokens by the authorize endpoint.
    #[serde(default)]
    pub implicit_id_tokens: bool,
    /// May be handed access tokens by the authorize endpoint.
    #[serde(default)]
    pub implicit_access_tokens: bool,
    /// App ID URIs.
    #[serde(default)]
    pub identifier_uris: Vec<String>,
    /// Scopes it exposes.
    #[serde(default)]
    pub exposes: BTreeSet<String>,
    /// Microsoft's own: every tenant of the world uses it, with what it asks for granted.
    #[serde(default)]
    pub first_party: bool,
    /// Disabled as a whole.
    #[serde(default)]
    pub disabled: bool,
    /// Belongs to a government cloud.
    #[serde(default)]
    pub government: bool,
    /// How its own tenant uses it.
    #[serde(default)]
    pub principal: Principal,
}

/// A client secret.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppSecret {
    /// Its id, which people take for the value; derived without one.
    #[serde(default)]
    pub id: Option<Uuid>,
    /// What it is for.
    pub name: String,
    /// The value.
    pub value: Plain,
    /// Until when it is valid: `"+12 months"`, `"-1 day"`, or RFC 3339.
    pub ends: When,
}

/// A permission on a resource.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permission {
    /// `dataverse`, `graph`, `azure-management`, a client id, or the name of an application of this tenant.
    pub resource: String,
    /// The scopes.
    pub scopes: BTreeSet<String>,
    /// In a consent: the user who gave it; nobody in particular when an administrator did for all.
    #[serde(default)]
    pub user: Option<Upn>,
}

/// How a tenant uses an application.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Principal {
    /// Its object id; derived without one.
    pub id: Option<ObjectId>,
    /// Whether there is one at all.
    pub exists: bool,
    /// "Enabled for users to sign in" is off.
    pub disabled: bool,
    /// "Assignment required".
    pub assignment_required: bool,
    /// Users (by UPN) and groups (by name) that are assigned.
    pub assigned: BTreeSet<String>,
    /// What was granted.
    #[serde(rename = "consent")]
    pub consents: Vec<Permission>,
}

impl Default for Principal {
    fn default() -> Self {
        Self {
            id: None,
            exists: true,
            disabled: false,
            assignment_required: false,
            assigned: BTreeSet::new(),
            consents: Vec::new(),
        }
    }
}

/// An application of another tenant, as this one uses it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignPrincipal {
    /// The client id, or the application's name in its own tenant.
    pub app: String,
    /// "Enabled for users to sign in" is off.
    #[serde(default)]
    pub disabled: bool,
    /// "Assignment required".
    #[serde(default)]
    pub assignment_required: bool,
    /// Users (by UPN) and groups (by name) that are assigned.
    #[serde(default)]
    pub assigned: BTreeSet<String>,
    /// What was granted.
    #[serde(default, rename = "consent")]
    pub consents: Vec<Permission>,
}

/// An organization.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    /// What people call it.
    pub name: String,
    /// The database's name.
    pub unique_name: String,
    /// `contoso.crm4.dynamics.com`.
    pub host: Host,
    /// Its id; derived without one.
    #[serde(default)]
    pub id: Option<OrganizationId>,
    /// Its environment's id; derived without one.
    #[serde(default)]
    pub environment: Option<Uuid>,
    /// What it is there for.
    #[serde(default)]
    pub note: String,
    /// The version.
    #[serde(default)]
    pub version: Option<String>,
    /// Switched on or off.
    #[serde(default)]
    pub state: OrganizationState,
    /// Administration mode.
    #[serde(default)]
    pub admin_mode: bool,
    /// Only members of this group become users.
    #[serde(default)]
    pub security_group: Option<String>,
    /// When the trial ends, of a trial.
    #[serde(default)]
    pub trial_ends: Option<When>,
    /// Which rule its browser sessions follow: `fixed` (eight hours) or `configurable`.
    #[serde(default)]
    pub session_rule: SessionRule,
    /// The settings of the configurable rule.
    #[serde(default)]
    pub sessions: Sessions,
    /// Its users.
    #[serde(default, rename = "user")]
    pub users: Vec<SystemUser>,
}

/// A user of an organization.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemUser {
    /// A person of the tenant.
    #[serde(default)]
    pub upn: Option<Upn>,
    /// Or an application, by name or client id.
    #[serde(default)]
    pub app: Option<String>,
    /// Security roles by name.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Disabled by an administrator.
    #[serde(default)]
    pub disabled: bool,
    /// What kind of access a person has.
    #[serde(default)]
    pub access_mode: AccessMode,
}

const fn commercial() -> Cloud {
    Cloud::Commercial
}

fn europe() -> String {
    "EU".to_owned()
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl When {
    /// The moment, seen from `now`.
    pub fn at(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Moment(moment) => moment,
            Self::FromNow(seconds) => Timestamp::from_seconds(now.seconds().saturating_add(seconds)),
        }
    }
}
