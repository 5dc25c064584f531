//! Applications, their principals, and what was granted to them.

use std::collections::BTreeSet;

use authority::{App, Consent, KIND_APP, KIND_CONSENT, KIND_PRINCIPAL, KeyCredential, Principal, Required};
use types::{AppId, Secret, TenantId};

use super::{
    super::{
        WorldError,
        ids::{app_id, derived, principal_id, tenant_id},
        model::{self, Permission, Subscription},
    },
    Loading,
};

impl Loading<'_> {
    pub(super) fn apps(&mut self) -> Result<(), WorldError> {
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
        app.logout_url.clone_from(&entry.logout_url);
        app.optional_claims.clone_from(&entry.optional_claims);
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
    pub(super) fn principals(&mut self) -> Result<(), WorldError> {
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
        let home = self.index.home(app).unwrap_or(TenantId::MICROSOFT);
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
}
