//! What the stand-in's own parts share: the state and what it takes to change it.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use crypt::Hasher;
use store::{Store, StoreError};
use tokio::sync::OnceCell;
use types::{AppId, Chance, Clock, RegionTable, Secret, TenantId, Timestamp};

use crate::{
    keys::Keys,
    links::Links,
    ready::Ready,
    world::{
        ClientCertificate, Loader, World, WorldError, app_id,
        sheet::{TenantSheet, Writer},
        template::Template,
        tenant_id,
    },
};

/// The name of the snapshot that each tenant has from the beginning; `reset` restores it.
pub(crate) const INITIAL: &str = "initial";

/// Shared by the control API and the landing page.
pub(crate) struct State {
    pub(crate) store: Store,
    pub(crate) keys: Keys,
    pub(crate) hasher: Hasher,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) chance: Arc<dyn Chance>,
    pub(crate) regions: Arc<RegionTable>,
    pub(crate) world: Arc<World>,
    pub(crate) certificates: Arc<HashMap<AppId, ClientCertificate>>,
    pub(crate) organizations: Arc<organization::Service>,
    pub(crate) ready: Arc<Ready>,
    pub(crate) control: ControlAccess,
    pub(crate) port: u16,
    pub(crate) links: Links,
    /// Made when first copied; the key is the template's name.
    pub(crate) templates: HashMap<String, OnceCell<Arc<Template>>>,
}

/// Who may use the control API.
#[derive(Clone, Debug)]
pub(crate) struct ControlAccess {
    /// A bearer token that must be shown.
    pub(crate) token: Option<Secret>,
    /// Whether only this machine can connect.
    pub(crate) loopback: bool,
}

/// A tenant could not be copied.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CopyError {
    #[error("there is no template `{name}`; {known}")]
    Unknown { name: String, known: String },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    World(#[from] WorldError),
    #[error("a password could not be hashed: {0}")]
    Hash(#[from] crypt::HasherBusy),
    #[error("the template has no JSON form: {0}")]
    Json(#[from] serde_json::Error),
}

/// How often another suffix is tried when one is taken.
const TRIES: usize = 20;

impl State {
    pub(crate) fn templates_of(world: &World) -> HashMap<String, OnceCell<Arc<Template>>> {
        let names = world.tenants.iter().filter_map(|tenant| tenant.template.clone());
        names.map(|name| (name, OnceCell::new())).collect()
    }

    /// What moment it is in a tenant.
    pub(crate) async fn now(&self, tenant: TenantId) -> Result<Timestamp, StoreError> {
        Ok(self
            .store
            .view::<directory::Tenant>(tenant)
            .await?
            .now(&*self.clock))
    }

    pub(crate) fn writer(&self) -> Writer<'_> {
        Writer {
            world: &self.world,
            regions: &self.regions,
            certificates: &self.certificates,
            now: self.clock.now(),
            port: self.port,
        }
    }

    /// Makes a copy of a template: a tenant of its own.
    pub(crate) async fn copy(&self, name: &str) -> Result<TenantSheet, CopyError> {
        let Some(cell) = self.templates.get(name) else {
            let mut known: Vec<_> = self.templates.keys().map(|name| format!("`{name}`")).collect();
            known.sort();
            let known = match known.is_empty() {
                true => "no tenant of this world has the key `template`".to_owned(),
                false => format!("this world has {}", known.join(" and ")),
            };
            return Err(CopyError::Unknown {
                name: name.to_owned(),
                known,
            });
        };
        let template = cell.get_or_try_init(|| self.template(name)).await?;
        let mut tries = TRIES;
        loop {
            let copy = template.copy(&*self.chance)?;
            tries -= 1;
            match self.store.create_tenant(copy.id, copy.changes).await {
                Err(StoreError::NameTaken { .. }) if tries > 0 => {}
                Err(error) => return Err(error.into()),
                Ok(()) => {
                    self.store.snapshot(copy.id, INITIAL).await?;
                    return Ok(copy.sheet);
                }
            }
        }
    }

    /// Prepares a template: each password of it is hashed once, for all copies.
    async fn template(&self, name: &str) -> Result<Arc<Template>, CopyError> {
        let unknown = || CopyError::Unknown {
            name: name.to_owned(),
            known: String::new(),
        };
        let tenant = self
            .world
            .tenants
            .iter()
            .find(|tenant| tenant.template.as_deref() == Some(name));
        let tenant = tenant.ok_or_else(unknown)?;
        let mut hashes = HashMap::new();
        let plain: HashSet<_> = tenant
            .users
            .iter()
            .filter_map(|user| user.password.as_ref())
            .map(|p| &p.0)
            .collect();
        for plain in plain {
            hashes.insert(
                plain.clone(),
                self.hasher.hash(&*self.chance, &Secret::new(plain)).await?,
            );
        }
        let loader = Loader {
            world: &self.world,
            regions: &self.regions,
            sealer: &self.keys.sealer,
            chance: &*self.chance,
            now: self.clock.now(),
            certificates: &self.certificates,
            hashes: &hashes,
        };
        let loaded = loader.one(tenant)?;
        let others = self
            .world
            .tenants
            .iter()
            .filter(|other| tenant_id(other) != loaded.id);
        let foreign = others.flat_map(|other| {
            let id = tenant_id(other);
            std::iter::once(id.uuid()).chain(other.apps.iter().map(move |app| app_id(id, app).uuid()))
        });
        let sheet = self.writer().tenant(tenant);
        let foreign = foreign
            .chain(std::iter::once(TenantId::MICROSOFT.uuid()))
            .collect();
        Ok(Arc::new(Template::new(
            loaded.id,
            &loaded.changes,
            &sheet,
            foreign,
        )?))
    }
}
