//! App registrations, service principals and consents (facts/identity.md section 2).
//!
//! Two objects stand for one program: the *application*, in its home tenant, and a *service principal* in
//! every tenant that uses it.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use crypt::Certificate;
use serde::{Deserialize, Serialize};
use store::{Record, StoreError, View};
use types::{AppId, Chance, ObjectId, Secret, TenantId, Timestamp, Uuid};

/// The kind of [`App`] records, in the home tenant.
pub const KIND_APP: &str = "app";
/// The kind of [`Principal`] records, in every tenant that uses the application.
pub const KIND_PRINCIPAL: &str = "principal";
/// The kind of [`Consent`] records.
pub const KIND_CONSENT: &str = "consent";

/// `signInAudience`: whose accounts an application takes (facts/identity.md 2.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Audience {
    /// Accounts in this organizational directory only.
    #[default]
    AzureADMyOrg,
    /// Accounts in any organizational directory.
    AzureADMultipleOrgs,
    /// Those and personal Microsoft accounts.
    AzureADandPersonalMicrosoftAccount,
    /// Personal Microsoft accounts only.
    PersonalMicrosoftAccount,
}

impl Audience {
    /// Whether other tenants than the home tenant may use it.
    pub const fn is_multi_tenant(self) -> bool {
        !matches!(self, Self::AzureADMyOrg)
    }

    /// Whether personal accounts may use it.
    pub const fn takes_personal(self) -> bool {
        matches!(
            self,
            Self::AzureADandPersonalMicrosoftAccount | Self::PersonalMicrosoftAccount
        )
    }
}

/// The platform a redirect URI is registered under; it decides the client type (facts/identity.md 2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Platform {
    /// A confidential client on a server.
    Web,
    /// A script in a browser.
    Spa,
    /// A mobile or desktop program.
    PublicClient,
}

/// A client secret as it is kept. The value itself was shown once and is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSecret {
    /// `keyId`, which people take for the value.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// Its first three characters, to tell which one a value belongs to.
    pub hint: String,
    /// Digest of the value.
    pub digest: String,
    /// From when it is valid.
    pub starts: Timestamp,
    /// Until when.
    pub ends: Timestamp,
}

/// A registered certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyCredential {
    /// `keyId`.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// The certificate, PEM or base64 of DER.
    pub certificate: String,
}

/// A workload identity that may stand in for a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FederatedCredential {
    /// `iss` of the assertion.
    pub issuer: String,
    /// `sub` of the assertion.
    pub subject: String,
    /// `aud` of the assertion.
    pub audience: String,
}

/// A permission the registration asks for: `requiredResourceAccess`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Required {
    /// The resource application.
    pub resource: AppId,
    /// Its scopes: `user_impersonation`.
    pub scopes: BTreeSet<String>,
}

/// Redirect URIs by platform.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Redirects {
    /// Servers.
    pub web: Vec<String>,
    /// Browser scripts.
    pub spa: Vec<String>,
    /// Mobile and desktop programs.
    pub public_client: Vec<String>,
}

impl Redirects {
    /// Every one with its platform.
    pub fn each(&self) -> impl Iterator<Item = (&str, Platform)> {
        let platforms = [
            (&self.web, Platform::Web),
            (&self.spa, Platform::Spa),
            (&self.public_client, Platform::PublicClient),
        ];
        let each = platforms.into_iter();
        each.flat_map(|(uris, platform)| uris.iter().map(move |uri| (uri.as_str(), platform)))
    }
}

/// An application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// The client id.
    pub id: AppId,
    /// The object id, which people take for the client id.
    pub object_id: ObjectId,
    /// `displayName`.
    pub name: String,
    /// Whose accounts it takes.
    #[serde(default)]
    pub audience: Audience,
    /// Where answers may go.
    #[serde(default)]
    pub redirects: Redirects,
    /// `web.logoutUrl`: what a browser opens unseen when somebody signs out (front-channel logout).
    #[serde(default)]
    pub logout_url: Option<String>,
    /// Claims its id_tokens hold beside the usual ones; `login_hint` is the one that is known.
    #[serde(default)]
    pub optional_claims: BTreeSet<String>,
    /// Its secrets.
    #[serde(default)]
    pub secrets: Vec<ClientSecret>,
    /// Its certificates.
    #[serde(default)]
    pub certificates: Vec<KeyCredential>,
    /// Its federated credentials.
    #[serde(default)]
    pub federated: Vec<FederatedCredential>,
    /// "Allow public client flows": whether it is public where no redirect URI says so.
    #[serde(default)]
    pub allow_public_client: bool,
    /// The permissions it asks for.
    #[serde(default)]
    pub requires: Vec<Required>,
    /// Whether the authorize endpoint may hand it id_tokens.
    #[serde(default)]
    pub implicit_id_tokens: bool,
    /// Whether the authorize endpoint may hand it access tokens.
    #[serde(default)]
    pub implicit_access_tokens: bool,
    /// App ID URIs, for applications that are resources.
    #[serde(default)]
    pub identifier_uris: Vec<String>,
    /// Scopes it exposes as a resource.
    #[serde(default)]
    pub exposes: BTreeSet<String>,
    /// Disabled as a whole.
    #[serde(default)]
    pub disabled: bool,
    /// Belongs to a government cloud.
    #[serde(default)]
    pub government: bool,
    /// Who may manage it without a directory role: whoever registered it.
    #[serde(default)]
    pub owners: BTreeSet<ObjectId>,
}

impl App {
    /// An application with a name and nothing else.
    pub fn new(id: AppId, object_id: ObjectId, name: impl Into<String>) -> Self {
        Self {
            id,
            object_id,
            name: name.into(),
            audience: Audience::default(),
            redirects: Redirects::default(),
            logout_url: None,
            optional_claims: BTreeSet::new(),
            secrets: Vec::new(),
            certificates: Vec::new(),
            federated: Vec::new(),
            allow_public_client: false,
            requires: Vec::new(),
            implicit_id_tokens: false,
            implicit_access_tokens: false,
            identifier_uris: Vec::new(),
            exposes: BTreeSet::new(),
            disabled: false,
            government: false,
            owners: BTreeSet::new(),
        }
    }

    /// Whether a redirect URI that a client sends is registered, and for which platform.
    ///
    /// # Errors
    /// Why it would be refused, in the journal's words.
    pub fn takes_redirect(&self, uri: &str) -> Result<Platform, String> {
        crate::redirect::check(self, Some(uri))
            .map(|target| target.platform)
            .map_err(|refusal| refusal.why)
    }

    /// The secret that this is the value of, expired ones included.
    pub fn secret_of(&self, value: &Secret) -> Option<&ClientSecret> {
        let digest = crypt::digest(value.expose());
        self.secrets
            .iter()
            .find(|secret| crypt::same(&secret.digest, &digest))
    }

    /// Whether the registration lists `resource` among its permissions.
    pub fn lists(&self, resource: AppId) -> bool {
        self.requires.iter().any(|required| required.resource == resource)
    }

    /// Adds a secret; returns the value, which is kept nowhere.
    ///
    /// # Errors
    /// [`BadExpiry`] beyond 24 months (row 004-09).
    pub fn add_secret(
        &mut self,
        chance: &dyn Chance,
        name: &str,
        now: Timestamp,
        ends: Timestamp,
    ) -> Result<(Uuid, Secret), BadExpiry> {
        let value = fresh_value(chance);
        let id = self.add_secret_value(chance, name, &value, now, ends)?;
        Ok((id, value))
    }

    /// Adds a secret whose value is given, for worlds that must be the same each time.
    ///
    /// # Errors
    /// [`BadExpiry`] beyond 24 months.
    pub fn add_secret_value(
        &mut self,
        chance: &dyn Chance,
        name: &str,
        value: &Secret,
        now: Timestamp,
        ends: Timestamp,
    ) -> Result<Uuid, BadExpiry> {
        if ends.since(now).as_secs() > LONGEST_SECRET_SECONDS {
            return Err(BadExpiry { ends });
        }
        let id = chance.uuid();
        self.secrets.push(ClientSecret {
            id,
            name: name.to_owned(),
            hint: value.expose().chars().take(3).collect(),
            digest: crypt::digest(value.expose()),
            starts: now.min(ends),
            ends,
        });
        Ok(id)
    }
}

/// Twenty-four months of which two may hold a leap day: 731 days.
const LONGEST_SECRET_SECONDS: u64 = 731 * 86_400;

/// A client secret may not live that long (facts/identity.md 2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a client secret may live 24 months at most; {ends} is later: choose an earlier end date")]
pub struct BadExpiry {
    ends: Timestamp,
}

/// Forty characters with the marker `8Q~` in place four, the usual shape (unverified).
fn fresh_value(chance: &dyn Chance) -> Secret {
    let text = crypt::opaque(chance, "");
    Secret::new(format!("{}8Q~{}", &text.expose()[..3], &text.expose()[3..37]))
}

/// An application as one tenant uses it: the "enterprise application".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Principal {
    /// The application.
    pub app: AppId,
    /// The object id in this tenant: `oid` of app tokens.
    pub id: ObjectId,
    /// The tenant that keeps the application.
    pub home: TenantId,
    /// What it is called here.
    pub name: String,
    /// "Enabled for users to sign in".
    pub enabled: bool,
    /// "Assignment required".
    #[serde(default)]
    pub assignment_required: bool,
    /// Who is assigned: object ids of users and names of groups, direct members only.
    #[serde(default)]
    pub assigned: BTreeSet<String>,
}

/// A granted permission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// The client.
    pub app: AppId,
    /// The resource.
    pub resource: AppId,
    /// The user who consented; nobody in particular when an administrator did for all.
    #[serde(default)]
    pub user: Option<ObjectId>,
    /// What was granted.
    pub scopes: BTreeSet<String>,
}

impl Consent {
    /// The record's id: one for each client, resource and user.
    pub fn key(&self) -> String {
        let who = self
            .user
            .map_or_else(|| "all".to_owned(), |user| user.to_string());
        format!("{}:{}:{who}", self.app, self.resource)
    }
}

/// Applications, principals and consents of one tenant at one revision.
#[derive(Debug, Default)]
pub struct Registrations {
    apps: HashMap<AppId, Arc<App>>,
    principals: HashMap<AppId, Arc<Principal>>,
    consents: Vec<Consent>,
    /// Registered certificates, read once: by application, with both thumbprints.
    certificates: HashMap<AppId, Vec<Certificate>>,
}

impl View for Registrations {
    const KINDS: &'static [&'static str] = &[KIND_APP, KIND_PRINCIPAL, KIND_CONSENT];

    fn build(_tenant: TenantId, records: Vec<Record>) -> Result<Self, StoreError> {
        let mut view = Self {
            apps: HashMap::new(),
            principals: HashMap::new(),
            consents: Vec::new(),
            certificates: HashMap::new(),
        };
        for record in records {
            match record.kind.as_str() {
                KIND_APP => {
                    let app: App = record.read()?;
                    // What cannot be read as a certificate verifies nothing.
                    let read = app
                        .certificates
                        .iter()
                        .filter_map(|c| Certificate::read(c.certificate.as_bytes()).ok());
                    view.certificates.insert(app.id, read.collect());
                    view.apps.insert(app.id, Arc::new(app));
                }
                KIND_PRINCIPAL => {
                    let principal: Principal = record.read()?;
                    view.principals.insert(principal.app, Arc::new(principal));
                }
                _ => view.consents.push(record.read()?),
            }
        }
        Ok(view)
    }
}

impl Registrations {
    /// An application that lives in this tenant.
    pub fn app(&self, id: AppId) -> Option<&App> {
        self.apps.get(&id).map(AsRef::as_ref)
    }

    /// The same, to be kept for the length of a request.
    pub(crate) fn kept_app(&self, id: AppId) -> Option<Arc<App>> {
        self.apps.get(&id).cloned()
    }

    /// All applications that live here, in no order.
    pub fn apps(&self) -> impl Iterator<Item = &App> {
        self.apps.values().map(AsRef::as_ref)
    }

    /// An application as this tenant uses it.
    pub fn principal(&self, id: AppId) -> Option<&Principal> {
        self.principals.get(&id).map(AsRef::as_ref)
    }

    /// Every application that this tenant uses, its own and others', in no order.
    pub fn principals(&self) -> impl Iterator<Item = &Principal> {
        self.principals.values().map(AsRef::as_ref)
    }

    /// Everything that was granted, in no order.
    pub fn consents(&self) -> &[Consent] {
        &self.consents
    }

    /// The same, to be kept for the length of a request.
    pub(crate) fn kept_principal(&self, id: AppId) -> Option<Arc<Principal>> {
        self.principals.get(&id).cloned()
    }

    /// The certificates registered for an application that lives here.
    pub fn certificates(&self, id: AppId) -> &[Certificate] {
        self.certificates.get(&id).map_or(&[], Vec::as_slice)
    }

    /// What `user` or an administrator granted `app` on `resource`.
    pub fn granted(&self, app: AppId, resource: AppId, user: Option<ObjectId>) -> BTreeSet<String> {
        self.consents
            .iter()
            .filter(|c| c.app == app && c.resource == resource && (c.user.is_none() || c.user == user))
            .flat_map(|c| c.scopes.iter().cloned())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::SystemChance;

    #[test]
    fn twenty_four_months_and_not_a_day_more() {
        testkit::rows!("004-09");
        let mut app = App::new(AppId::new(Uuid::nil()), ObjectId::new(Uuid::nil()), "a");
        let now = Timestamp::parse_rfc3339("2026-01-31T00:00:00Z").unwrap();
        let day = |text| Timestamp::parse_rfc3339(text).unwrap();
        assert!(
            app.add_secret(&SystemChance, "s", now, day("2028-01-31T00:00:00Z"))
                .is_ok()
        );
        assert!(
            app.add_secret(&SystemChance, "s", now, day("2028-02-02T00:00:00Z"))
                .is_err()
        );
    }

    #[test]
    fn the_value_is_shown_once_and_its_id_is_not_the_value() {
        testkit::rows!("004-10");
        let mut app = App::new(AppId::new(Uuid::nil()), ObjectId::new(Uuid::nil()), "a");
        let now = Timestamp::from_seconds(0);
        let (id, value) = app
            .add_secret(&SystemChance, "s", now, Timestamp::from_seconds(60))
            .unwrap();
        assert_eq!(value.expose().len(), 40);
        assert_eq!(&value.expose()[3..6], "8Q~");
        let kept = serde_json::to_string(&app).unwrap();
        assert!(!kept.contains(value.expose()));
        assert_ne!(app.secrets[0].digest, crypt::digest(&id.to_string()));
        assert!(value.expose().starts_with(&app.secrets[0].hint));
    }
}
