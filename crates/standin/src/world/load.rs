//! From a tenant of a world to its records.

use std::collections::{BTreeSet, HashMap};

use authority::{App, Consent, KIND_APP, KIND_CONSENT, KIND_PRINCIPAL, KeyCredential, Principal, Required};
use crypt::{PasswordHash, Sealer};
use directory::{
    Account, AccountKind, KIND_ACCOUNT, KIND_SETTINGS, Mfa, Password, Settings, Stored, bind_account,
    bind_domains,
};
use organization::{Author, Identity, OrganizationSpec, Organizations, UserSpec, create_organization};
use store::Changes;
use types::{AppId, Chance, Host, RegionTable, Secret, SeededChance, TenantId, Timestamp};

use super::{
    ClientCertificate, MICROSOFT, WorldError,
    ids::{Index, app_id, derived, principal_id, tenant_id, user_id},
    model::{self, Permission, Subscription, World},
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
        self.check_env(&index)?;
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
            place: format!("tenant `{}`", tenant.name),
        };
        loading.settings()?;
        loading.users()?;
        loading.apps()?;
        loading.principals()?;
        loading.organizations()?;
        Ok(Loaded {
            id,
            changes: loading.changes,
        })
    }

    fn check_env(&self, index: &Index) -> Result<(), WorldError> {
        let Some(env) = &self.world.env else { return Ok(()) };
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
        let mut organizations = self.world.tenants.iter().flat_map(|tenant| &tenant.organizations);
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
            mfa: user
                .mfa_code
                .as_ref()
                .map_or(Mfa::None, |code| Mfa::Code { code: code.clone() }),
            risky: user.risky,
            tokens_valid_from: None,
            lockout: directory::Lockout::default(),
        })
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

    fn apps(&mut self) -> Result<(), WorldError> {
        for entry in &self.tenant.apps {
            let app = self.app(entry)?;
            self.changes
                .bind(format!("app:{}", app.id))
                .put(KIND_APP, app.id, &app);
            let p = &entry.principal;
            if p.exists {
                let assigned = self.assigned(&p.assigned)?;
                self.put_principal(&Principal {
                    app: app.id,
                    id: p.id.unwrap_or_else(|| principal_id(self.id, app.id)),
                    home: self.id,
                    name: app.name.clone(),
                    enabled: !p.disabled,
                    assignment_required: p.assignment_required,
                    assigned,
                });
            }
            self.consents(app.id, &p.consents)?;
        }
        Ok(())
    }

    fn app(&self, entry: &model::App) -> Result<App, WorldError> {
        let id = app_id(self.id, entry);
        let key = [self.id.to_string(), entry.name.clone()];
        let key = [key[0].as_str(), key[1].as_str()];
        let mut app = App::new(
            id,
            entry
                .object_id
                .unwrap_or_else(|| derived("app object", &key).into()),
            &entry.name,
        );
        app.audience = entry.audience;
        app.redirects = entry.redirects.clone();
        app.federated.clone_from(&entry.federated);
        app.allow_public_client = entry.allow_public_client;
        app.implicit_id_tokens = entry.implicit_id_tokens;
        app.implicit_access_tokens = entry.implicit_access_tokens;
        app.identifier_uris.clone_from(&entry.identifier_uris);
        app.exposes = entry.exposes.clone();
        app.disabled = entry.disabled;
        app.government = entry.government;
        for permission in &entry.requires {
            let (resource, scopes) = self.permission(permission)?;
            app.requires.push(Required { resource, scopes });
        }
        let now = self.loader.now;
        for secret in &entry.secrets {
            let value = Secret::new(&secret.value.0);
            app.add_secret_value(self.loader.chance, &secret.name, &value, now, secret.ends.at(now))
                .map_err(|error| {
                    self.wrong(
                        format!("application `{}`: {error}", entry.name),
                        "choose an earlier end",
                    )
                })?;
            if let Some(made) = app.secrets.last_mut() {
                made.id = secret
                    .id
                    .unwrap_or_else(|| derived("secret", &[key[0], key[1], &secret.name]));
            }
        }
        if let Some(certificate) = self.loader.certificates.get(&id) {
            let id = derived("certificate", &key);
            app.certificates.push(KeyCredential {
                id,
                name: entry.name.clone(),
                certificate: certificate.pem.clone(),
            });
        }
        Ok(app)
    }

    /// Applications of other tenants: those named here, Microsoft's own, and Dataverse itself.
    fn principals(&mut self) -> Result<(), WorldError> {
        for entry in &self.tenant.principals {
            let unknown = || {
                self.wrong(
                    format!("there is no application `{}`", entry.app),
                    "add it to the tenant it lives in",
                )
            };
            let app = self.index.app(self.id, &entry.app).ok_or_else(unknown)?;
            let assigned = self.assigned(&entry.assigned)?;
            self.put_foreign(
                app,
                &entry.app,
                !entry.disabled,
                entry.assignment_required,
                assigned,
            );
            self.consents(app, &entry.consents)?;
        }
        let (world, here) = (self.loader.world, self.id);
        for owner in world.tenants.iter().filter(|owner| tenant_id(owner) != here) {
            for entry in owner.apps.iter().filter(|app| app.first_party) {
                let app = app_id(tenant_id(owner), entry);
                self.put_foreign(app, &entry.name, true, false, BTreeSet::new());
                self.consents(app, &entry.requires)?;
            }
        }
        let subscribed = self
            .tenant
            .dataverse
            .unwrap_or(match self.tenant.organizations.is_empty() {
                true => Subscription::None,
                false => Subscription::Enabled,
            });
        if subscribed != Subscription::None {
            let enabled = subscribed == Subscription::Enabled;
            self.put_foreign(
                AppId::DATAVERSE,
                "Common Data Service",
                enabled,
                false,
                BTreeSet::new(),
            );
        }
        Ok(())
    }

    fn put_foreign(
        &mut self,
        app: AppId,
        name: &str,
        enabled: bool,
        assignment_required: bool,
        assigned: BTreeSet<String>,
    ) {
        let home = self.index.home(app).unwrap_or(MICROSOFT);
        let shown = self
            .loader
            .world
            .tenants
            .iter()
            .flat_map(|t| t.apps.iter().map(move |a| (app_id(tenant_id(t), a), a)));
        let name = shown
            .into_iter()
            .find(|(id, _)| *id == app)
            .map_or(name, |(_, app)| app.name.as_str())
            .to_owned();
        let id = principal_id(self.id, app);
        self.put_principal(&Principal {
            app,
            id,
            home,
            name,
            enabled,
            assignment_required,
            assigned,
        });
    }

    fn put_principal(&mut self, principal: &Principal) {
        self.changes.put(KIND_PRINCIPAL, principal.app, principal);
    }

    /// Users by UPN become object ids; what has no `@` is a group.
    fn assigned(&self, names: &BTreeSet<String>) -> Result<BTreeSet<String>, WorldError> {
        let resolve = |name: &String| match name.parse() {
            Ok(upn) => match self.index.user(self.id, &upn) {
                Some(id) => Ok(id.to_string()),
                None => Err(self.wrong(
                    format!("{upn} is assigned and is no user of it"),
                    "add the user, or take the name out",
                )),
            },
            Err(_) => Ok(name.clone()),
        };
        names.iter().map(resolve).collect()
    }

    fn consents(&mut self, app: AppId, permissions: &[Permission]) -> Result<(), WorldError> {
        for permission in permissions {
            let (resource, scopes) = self.permission(permission)?;
            let user = match &permission.user {
                None => None,
                Some(upn) => Some(self.index.user(self.id, upn).ok_or_else(|| {
                    self.wrong(
                        format!("{upn} consented and is no user of it"),
                        "add the user, or take the consent out",
                    )
                })?),
            };
            let consent = Consent {
                app,
                resource,
                user,
                scopes,
            };
            self.changes.put(KIND_CONSENT, consent.key(), &consent);
        }
        Ok(())
    }

    fn permission(&self, permission: &Permission) -> Result<(AppId, BTreeSet<String>), WorldError> {
        let resource = match permission.resource.as_str() {
            "dataverse" => Some(AppId::DATAVERSE),
            "graph" => Some(AppId::GRAPH),
            "azure-management" => Some(AppId::AZURE_MANAGEMENT),
            other => self.index.app(self.id, other).or_else(|| other.parse().ok()),
        };
        match resource {
            Some(resource) => Ok((resource, permission.scopes.clone())),
            None => Err(self.wrong(
                format!("there is no resource `{}`", permission.resource),
                "write dataverse, graph, azure-management, a client id or an application's name",
            )),
        }
    }

    fn organizations(&mut self) -> Result<(), WorldError> {
        let none = Organizations::none(self.id);
        for entry in &self.tenant.organizations {
            self.organization(entry, &none)?;
        }
        Ok(())
    }

    fn organization(&mut self, entry: &model::Organization, none: &Organizations) -> Result<(), WorldError> {
        let place = format!("{}, organization `{}`", self.place, entry.unique_name);
        let wrong = |what: String| WorldError::entry(&place, what, "correct the entry");
        let key = [entry.host.as_str()];
        // Roles and business units get the same ids at each start. Nothing secret is made of these.
        let seed = derived("organization seed", &key).as_u64_pair().0;
        let chance = SeededChance::new(seed);
        let spec = OrganizationSpec {
            id: Some(entry.id.unwrap_or_else(|| derived("organization", &key).into())),
            name: entry.name.clone(),
            unique_name: Some(entry.unique_name.clone()),
            host: entry.host.clone(),
            version: entry.version.clone(),
            security_group: entry.security_group.clone(),
        };
        let now = self.loader.now;
        let people = self.people(entry, &place)?;
        let mut editor = create_organization(
            none,
            self.loader.regions,
            spec,
            Author::system(now),
            &chance,
            &mut self.changes,
        )
        .map_err(|error| wrong(error.to_string()))?;
        editor.change_organization(|record| {
            record.environment = entry.environment.unwrap_or_else(|| derived("environment", &key));
            record.state = entry.state;
            record.admin_mode = entry.admin_mode;
            record.trial_expires = entry.trial_ends.map(|ends| ends.at(now));
        });
        for spec in people {
            let who = spec.domain_name.clone();
            editor
                .add_user(spec, &chance)
                .map_err(|error| wrong(format!("user {who}: {error}")))?;
        }
        Ok(())
    }

    fn people(&self, entry: &model::Organization, place: &str) -> Result<Vec<UserSpec>, WorldError> {
        let wrong =
            |what: String| WorldError::entry(place, what, "name a user or an application of this world");
        let mut people = Vec::new();
        for user in &entry.users {
            let spec = match (&user.upn, &user.app) {
                (Some(upn), None) => {
                    let object = self
                        .index
                        .user(self.id, upn)
                        .ok_or_else(|| wrong(format!("there is no user {upn}")))?;
                    let account = self
                        .tenant
                        .users
                        .iter()
                        .find(|u| u.upn == *upn || u.aliases.contains(upn));
                    let name = account.map_or(upn.as_str(), |account| account.name.as_str());
                    let (first, last) = name.split_once(' ').unwrap_or(("", name));
                    UserSpec {
                        id: Some(derived("system user", &[entry.host.as_str(), &object.to_string()]).into()),
                        identity: Identity::Account(object),
                        domain_name: upn.to_string(),
                        first_name: first.to_owned(),
                        last_name: last.to_owned(),
                        access_mode: user.access_mode,
                        roles: user.roles.clone(),
                        unit: None,
                        disabled: user.disabled,
                    }
                }
                (None, Some(name)) => {
                    let app = self
                        .index
                        .app(self.id, name)
                        .ok_or_else(|| wrong(format!("there is no application `{name}`")))?;
                    UserSpec {
                        id: Some(derived("system user", &[entry.host.as_str(), &app.to_string()]).into()),
                        identity: Identity::Application(app),
                        domain_name: app.to_string(),
                        first_name: String::new(),
                        last_name: name.clone(),
                        access_mode: user.access_mode,
                        roles: user.roles.clone(),
                        unit: None,
                        disabled: user.disabled,
                    }
                }
                _ => return Err(wrong("a user needs either `upn` or `app`".to_owned())),
            };
            people.push(spec);
        }
        Ok(people)
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
