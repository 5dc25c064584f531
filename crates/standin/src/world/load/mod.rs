//! From a tenant of a world to its records.

mod apps;
mod organizations;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use crypt::{PasswordHash, Sealer};
use directory::{
    Account, AccountKind, KIND_ACCOUNT, KIND_SETTINGS, Mfa, Password, Settings, Stored, Verification,
    bind_account, bind_domains,
    health::{Incident, KIND_INCIDENT, State},
};
use store::Changes;
use types::{AppId, Chance, Host, RegionTable, Secret, TenantId, Timestamp};

use super::{
    ClientCertificate, WorldError,
    ids::{Index, derived, tenant_id, user_id},
    model::{self, World},
};

/// Loads tenants of one world.
pub(crate) struct Loader<'a> {
    pub(crate) world: &'a World,
    pub(crate) regions: &'a RegionTable,
    pub(crate) sealer: &'a Sealer,
    pub(crate) chance: &'a dyn Chance,
    pub(crate) now: Timestamp,
    /// The client certificates that were made, by application.
    pub(crate) certificates: &'a HashMap<AppId, ClientCertificate>,
    /// Hashes of passwords, where they are known already; the others are sealed until they are needed.
    pub(crate) hashes: &'a HashMap<String, PasswordHash>,
}

/// A tenant, ready to be created.
pub(crate) struct Loaded {
    pub(crate) id: TenantId,
    pub(crate) changes: Changes,
}

impl Loader<'_> {
    /// Every tenant, in the file's order.
    pub(crate) fn all(&self) -> Result<Vec<Loaded>, WorldError> {
        let index = Index::of(self.world)?;
        self.world
            .tenants
            .iter()
            .map(|tenant| self.load(tenant, &index))
            .collect()
    }

    /// One tenant.
    pub(crate) fn one(&self, tenant: &model::Tenant) -> Result<Loaded, WorldError> {
        self.load(tenant, &Index::of(self.world)?)
    }

    fn load(&self, tenant: &model::Tenant, index: &Index) -> Result<Loaded, WorldError> {
        let id = tenant_id(tenant);
        let mut loading = Loading {
            loader: self,
            tenant,
            id,
            index,
            changes: Changes::default(),
            exempt: Vec::new(),
            place: format!("tenant `{}`", tenant.name),
        };
        loading.settings()?;
        loading.incidents();
        loading.users()?;
        loading.apps()?;
        loading.principals()?;
        loading.organizations()?;
        Ok(Loaded {
            id,
            changes: loading.changes,
        })
    }
}

impl World {
    /// Whether nothing is there twice and the variables speak of something that is.
    pub(crate) fn check(&self) -> Result<(), WorldError> {
        let index = Index::of(self)?;
        let Some(env) = &self.env else { return Ok(()) };
        let wrong = |what: String| WorldError::entry("env", what, "name something of this world");
        let tenant = index
            .tenant(&env.tenant)
            .ok_or_else(|| wrong(format!("there is no tenant `{}`", env.tenant)))?;
        index
            .app(tenant, &env.app)
            .ok_or_else(|| wrong(format!("there is no application `{}`", env.app)))?;
        index
            .user(tenant, &env.user)
            .ok_or_else(|| wrong(format!("there is no user {}", env.user)))?;
        let mut organizations = self.tenants.iter().flat_map(|tenant| &tenant.organizations);
        if organizations.any(|organization| organization.unique_name == env.organization) {
            return Ok(());
        }
        Err(wrong(format!("there is no organization `{}`", env.organization)))
    }
}

struct Loading<'a> {
    loader: &'a Loader<'a>,
    tenant: &'a model::Tenant,
    id: TenantId,
    index: &'a Index,
    changes: Changes,
    /// Domains at which a Microsoft account needs no verification.
    exempt: Vec<String>,
    place: String,
}

impl Loading<'_> {
    fn wrong(&self, what: impl Into<String>, next: &'static str) -> WorldError {
        WorldError::entry(&self.place, what, next)
    }

    fn settings(&mut self) -> Result<(), WorldError> {
        let tenant = self.tenant;
        let mut settings = Settings::new(self.id, &tenant.name, tenant.domains.clone());
        settings.cloud = tenant.cloud;
        settings.region_scope.clone_from(&tenant.region_scope);
        for domain in &mut settings.domains {
            domain.name.make_ascii_lowercase();
            if domain.name.parse::<Host>().is_err() {
                return Err(WorldError::entry(
                    &self.place,
                    format!("`{}` is not a domain", domain.name),
                    "write it like contoso.com",
                ));
            }
        }
        let patched = patch(&settings, &tenant.settings).map_err(|error| {
            self.wrong(
                format!("its settings are wrong: {error}"),
                "the control API's description lists every setting",
            )
        })?;
        self.changes.put(KIND_SETTINGS, self.id, &patched);
        bind_domains(&patched, &mut self.changes);
        self.exempt = patched.verified_mail_domains;
        Ok(())
    }

    fn users(&mut self) -> Result<(), WorldError> {
        for user in &self.tenant.users {
            let account = self.account(user)?;
            bind_account(&account, &mut self.changes);
            self.changes.put(KIND_ACCOUNT, account.id, &account);
        }
        Ok(())
    }

    fn account(&self, user: &model::User) -> Result<Account, WorldError> {
        let kind = match &user.guest_of {
            Some(home) => {
                let unknown = || {
                    self.wrong(
                        format!("{} is a guest of `{home}`, which is no tenant here", user.upn),
                        "name a domain of the world, or `personal`",
                    )
                };
                AccountKind::Guest {
                    home: self.index.tenant(home).ok_or_else(unknown)?,
                    pending: user.pending,
                }
            }
            None if self.id == TenantId::CONSUMERS => AccountKind::Personal,
            None => AccountKind::Member,
        };
        if user.guest_of.is_some() && user.password.is_some() {
            return Err(self.wrong(
                format!("{} is a guest and has a password", user.upn),
                "give the password to the account in its own tenant",
            ));
        }
        Ok(Account {
            id: user_id(self.id, user),
            upn: user.upn.clone(),
            aliases: user.aliases.clone(),
            name: user.name.clone(),
            kind,
            enabled: !user.disabled,
            deleted: user.deleted,
            password: user
                .password
                .as_ref()
                .map(|plain| self.password(user, plain))
                .transpose()?,
            licenses: user.licenses.clone(),
            groups: user.groups.clone(),
            roles: user.roles.clone(),
            mfa: self.second_factor(user)?,
            risky: user.risky,
            tokens_valid_from: None,
            lockout: directory::Lockout::default(),
            verification: self.verification(user)?,
            invited_as: user
                .guest_of
                .as_ref()
                .and(user.aliases.first())
                .map(ToString::to_string),
            contact: user.contact.clone(),
        })
    }

    fn second_factor(&self, user: &model::User) -> Result<Mfa, WorldError> {
        match (&user.mfa_code, &user.totp) {
            (None, None) => Ok(Mfa::None),
            (Some(code), None) => Ok(Mfa::Code { code: code.clone() }),
            (None, Some(secret)) => directory::totp(&secret.0, self.loader.sealer, self.loader.chance)
                .map_err(|_| {
                    self.wrong(
                        format!("the `totp` of {} is not base32", user.upn),
                        "write it like JBSWY3DPEHPK3PXP",
                    )
                }),
            (Some(_), Some(_)) => Err(self.wrong(
                format!("{} has both `mfa_code` and `totp`", user.upn),
                "keep one of the two",
            )),
        }
    }

    /// Whether the address was verified, of a Microsoft account where that is a question.
    fn verification(&self, user: &model::User) -> Result<Option<Verification>, WorldError> {
        let personal = self.id == TenantId::CONSUMERS && user.guest_of.is_none();
        let asked = personal
            && !self
                .exempt
                .iter()
                .any(|domain| domain.eq_ignore_ascii_case(user.upn.domain()));
        if user.unverified && !asked {
            return Err(self.wrong(
                format!(
                    "{} is `unverified`, and its address needs no verification",
                    user.upn
                ),
                "say so of a Microsoft account at another domain",
            ));
        }
        let now = self.loader.now;
        Ok(asked.then(|| match user.unverified {
            true => Verification::Unverified {
                since: now,
                sent: Vec::new(),
            },
            false => Verification::Verified { at: now },
        }))
    }

    fn incidents(&mut self) {
        let now = self.loader.now;
        for entry in &self.tenant.incidents {
            let started = entry.started.at(now);
            let id = derived("incident", &[&self.id.to_string(), &entry.service, &entry.title]);
            let mut incident = Incident {
                id,
                service: entry.service.clone(),
                title: entry.title.clone(),
                class: entry.class,
                state: State::default(),
                started,
                ended: None,
                messages: Vec::new(),
            };
            for message in &entry.messages {
                incident.tell(message.at.at(now), message.state, &message.text);
            }
            self.changes.put(KIND_INCIDENT, id, &incident);
        }
    }

    fn password(&self, user: &model::User, plain: &model::Plain) -> Result<Password, WorldError> {
        let loader = self.loader;
        let mut password = Password::seal(&Secret::new(&plain.0), loader.sealer, loader.chance, loader.now)
            .map_err(|error| {
            self.wrong(format!("the password of {}: {error}", user.upn), "shorten it")
        })?;
        if let Some(hash) = loader.hashes.get(&plain.0) {
            password.stored = Stored::Hash(hash.clone());
        }
        password.must_change = user.must_change;
        password.expired_on_premises = user.expired_on_premises;
        Ok(password)
    }
}

/// Settings with some of them replaced, read as strictly as the whole.
fn patch(
    settings: &Settings,
    by: &std::collections::BTreeMap<String, toml::Value>,
) -> Result<Settings, serde_json::Error> {
    let mut whole = serde_json::to_value(settings)?;
    let patch = serde_json::to_value(by)?;
    crate::merge::merge(&mut whole, &patch);
    serde_json::from_value(whole)
}
