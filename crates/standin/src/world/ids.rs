//! Ids that a world file leaves out: derived from names, so that they are the same at each start.

use std::collections::{HashMap, HashSet};

use types::{AppId, ObjectId, TenantId, Upn, Uuid};

use super::{
    WorldError,
    model::{App, Tenant, User, World},
};

/// The id that belongs to a name, of version 8 (RFC 9562 5.8).
pub(crate) fn derived(kind: &str, parts: &[&str]) -> Uuid {
    let digest = crypt::sha256(format!("keyway world {kind} {}", parts.join("\n")).as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    Uuid::from_bytes(bytes)
}

/// The id of a tenant.
pub(crate) fn tenant_id(tenant: &Tenant) -> TenantId {
    let name = tenant
        .domains
        .first()
        .map_or(tenant.name.as_str(), |domain| domain.name.as_str());
    tenant.id.unwrap_or_else(|| derived("tenant", &[name]).into())
}

/// The object id of an account.
pub(crate) fn user_id(tenant: TenantId, user: &User) -> ObjectId {
    let key = if user.deleted {
        format!("deleted {}", user.upn.key())
    } else {
        user.upn.key()
    };
    user.id
        .unwrap_or_else(|| derived("user", &[&tenant.to_string(), &key]).into())
}

/// The client id of an application.
pub(crate) fn app_id(tenant: TenantId, app: &App) -> AppId {
    app.id
        .unwrap_or_else(|| derived("app", &[&tenant.to_string(), &app.name]).into())
}

/// The object id of an application's principal in a tenant.
pub(crate) fn principal_id(tenant: TenantId, app: AppId) -> ObjectId {
    derived("principal", &[&tenant.to_string(), &app.to_string()]).into()
}

/// Where everything is that one entry may name in another.
#[derive(Debug, Default)]
pub(crate) struct Index {
    tenants: HashMap<String, TenantId>,
    apps: HashMap<AppId, TenantId>,
    app_names: HashMap<(TenantId, String), AppId>,
    users: HashMap<(TenantId, String), ObjectId>,
}

impl Index {
    /// Reads the whole world and refuses what is there twice.
    pub(crate) fn of(world: &World) -> Result<Self, WorldError> {
        let mut index = Self::default();
        let mut hosts = HashSet::new();
        for tenant in &world.tenants {
            let id = tenant_id(tenant);
            index.add_tenant(tenant, id)?;
            for app in &tenant.apps {
                let app_id = app_id(id, app);
                let double = index
                    .app_names
                    .insert((id, app.name.to_lowercase()), app_id)
                    .is_some()
                    | index.apps.insert(app_id, id).is_some();
                refuse(double, &tenant.name, || {
                    format!("the application `{}` ({app_id})", app.name)
                })?;
            }
            for user in &tenant.users {
                let user_id = user_id(id, user);
                let names = std::iter::once(&user.upn)
                    .chain(&user.aliases)
                    .filter(|_| !user.deleted);
                for name in names {
                    let double = index.users.insert((id, name.key()), user_id).is_some();
                    refuse(double, &tenant.name, || format!("the user {name}"))?;
                }
            }
            for organization in &tenant.organizations {
                let double = !hosts.insert(organization.host.clone());
                refuse(double, &tenant.name, || {
                    format!("the organization's host {}", organization.host)
                })?;
            }
        }
        Ok(index)
    }

    fn add_tenant(&mut self, tenant: &Tenant, id: TenantId) -> Result<(), WorldError> {
        let double = self.tenants.insert(id.to_string(), id).is_some();
        refuse(double, &tenant.name, || format!("the tenant id {id}"))?;
        for domain in &tenant.domains {
            let double = self
                .tenants
                .insert(domain.name.to_ascii_lowercase(), id)
                .is_some();
            refuse(double, &tenant.name, || format!("the domain {}", domain.name))?;
        }
        Ok(())
    }

    /// A tenant by id or domain; `personal` is the one of personal accounts.
    pub(crate) fn tenant(&self, text: &str) -> Option<TenantId> {
        if text == "personal" {
            return Some(TenantId::CONSUMERS);
        }
        self.tenants.get(&text.to_ascii_lowercase()).copied()
    }

    /// An application by client id, or by name: first of this tenant, then of all.
    pub(crate) fn app(&self, tenant: TenantId, text: &str) -> Option<AppId> {
        let known = text.parse().ok().filter(|id| self.apps.contains_key(id));
        let name = text.to_lowercase();
        known
            .or_else(|| self.app_names.get(&(tenant, name.clone())).copied())
            .or_else(|| {
                let mut anywhere = self.app_names.iter().filter(|((_, known), _)| *known == name);
                anywhere.next().map(|(_, id)| *id)
            })
    }

    /// Where an application lives.
    pub(crate) fn home(&self, app: AppId) -> Option<TenantId> {
        self.apps.get(&app).copied()
    }

    /// An account of a tenant.
    pub(crate) fn user(&self, tenant: TenantId, upn: &Upn) -> Option<ObjectId> {
        self.users.get(&(tenant, upn.key())).copied()
    }
}

fn refuse(double: bool, tenant: &str, what: impl FnOnce() -> String) -> Result<(), WorldError> {
    if !double {
        return Ok(());
    }
    Err(WorldError::entry(
        format!("tenant `{tenant}`"),
        format!("{} is there twice", what()),
        "remove or rename one of the two",
    ))
}
