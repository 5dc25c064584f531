//! A tenant's organizations as they stand at one revision, indexed the ways requests look for them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use store::{Record, StoreError, View};
use types::{AppId, BusinessUnitId, Host, ObjectId, OrganizationId, RoleId, SystemUserId, TenantId};

use crate::{
    model::{
        BusinessUnit, KIND_ORGANIZATION, KIND_ROLE, KIND_UNIT, KIND_USER, Organization, SecurityRole,
        SystemUser,
    },
    privileges::{BuiltIn, SYSTEM_ADMINISTRATOR},
};

/// Every organization of a tenant.
#[derive(Debug)]
pub struct Organizations {
    tenant: TenantId,
    all: BTreeMap<OrganizationId, Org>,
    by_host: HashMap<Host, OrganizationId>,
}

/// One organization with everything in it.
#[derive(Clone, Debug)]
pub struct Org {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its own record.
    pub record: Organization,
    users: BTreeMap<SystemUserId, Arc<SystemUser>>,
    roles: BTreeMap<RoleId, Arc<SecurityRole>>,
    units: BTreeMap<BusinessUnitId, Arc<BusinessUnit>>,
    by_object: HashMap<ObjectId, SystemUserId>,
    by_application: HashMap<AppId, SystemUserId>,
}

impl View for Organizations {
    const KINDS: &'static [&'static str] = &[KIND_ORGANIZATION, KIND_USER, KIND_ROLE, KIND_UNIT];

    fn build(tenant: TenantId, records: Vec<Record>) -> Result<Self, StoreError> {
        let mut all = BTreeMap::new();
        let mut rest = Vec::new();
        for record in records {
            if record.kind == KIND_ORGANIZATION {
                let org = Org::empty(tenant, record.read()?);
                all.insert(org.record.id, org);
            } else {
                rest.push(record);
            }
        }
        // A record whose organization is gone has nobody to belong to: it is left alone.
        for record in &rest {
            match record.kind.as_str() {
                KIND_USER => {
                    let user: SystemUser = record.read()?;
                    if let Some(org) = all.get_mut(&user.organization) {
                        org.put_user(user);
                    }
                }
                KIND_ROLE => {
                    let role: SecurityRole = record.read()?;
                    if let Some(org) = all.get_mut(&role.organization) {
                        org.put_role(role);
                    }
                }
                _ => {
                    let unit: BusinessUnit = record.read()?;
                    if let Some(org) = all.get_mut(&unit.organization) {
                        org.put_unit(unit);
                    }
                }
            }
        }
        let by_host = all
            .values()
            .map(|org| (org.record.host.clone(), org.record.id))
            .collect();
        Ok(Self { tenant, all, by_host })
    }
}

impl Organizations {
    /// No organization at all: where a new tenant's first one is made.
    pub fn none(tenant: TenantId) -> Self {
        Self {
            tenant,
            all: BTreeMap::new(),
            by_host: HashMap::new(),
        }
    }

    /// Whose they are.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// By its main host.
    pub fn at(&self, host: &Host) -> Option<&Org> {
        self.by_host.get(host).and_then(|id| self.all.get(id))
    }

    /// By its id.
    pub fn get(&self, id: OrganizationId) -> Option<&Org> {
        self.all.get(&id)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Org> {
        self.all.values()
    }
}

impl Org {
    /// An organization nobody is in yet.
    pub fn empty(tenant: TenantId, record: Organization) -> Self {
        Self {
            tenant,
            record,
            users: BTreeMap::new(),
            roles: BTreeMap::new(),
            units: BTreeMap::new(),
            by_object: HashMap::new(),
            by_application: HashMap::new(),
        }
    }

    /// Adds or replaces a user.
    pub fn put_user(&mut self, user: SystemUser) {
        if let Some(object) = user.object.filter(|_| user.application.is_none()) {
            self.by_object.insert(object, user.id);
        }
        if let Some(application) = user.application {
            self.by_application.insert(application, user.id);
        }
        self.users.insert(user.id, Arc::new(user));
    }

    /// Adds or replaces a role.
    pub fn put_role(&mut self, role: SecurityRole) {
        self.roles.insert(role.id, Arc::new(role));
    }

    /// Removes a role.
    pub fn remove_role(&mut self, id: RoleId) {
        self.roles.remove(&id);
    }

    /// Adds or replaces a business unit.
    pub fn put_unit(&mut self, unit: BusinessUnit) {
        self.units.insert(unit.id, Arc::new(unit));
    }

    /// A user by id.
    pub fn user(&self, id: SystemUserId) -> Option<&SystemUser> {
        self.users.get(&id).map(Arc::as_ref)
    }

    /// The user behind an account.
    pub fn user_of(&self, object: ObjectId) -> Option<&SystemUser> {
        self.by_object.get(&object).and_then(|id| self.user(*id))
    }

    /// The application user of an application.
    pub fn application_user(&self, application: AppId) -> Option<&SystemUser> {
        self.by_application
            .get(&application)
            .and_then(|id| self.user(*id))
    }

    /// A role by id.
    pub fn role(&self, id: RoleId) -> Option<&SecurityRole> {
        self.roles.get(&id).map(Arc::as_ref)
    }

    /// The role of that name, without case: the copy in `unit` (the root without one), or else any.
    pub fn role_named(&self, name: &str, unit: Option<BusinessUnitId>) -> Option<&SecurityRole> {
        let unit = unit.or_else(|| self.root_unit().map(|unit| unit.id));
        let fits = |role: &&SecurityRole| role.name.eq_ignore_ascii_case(name);
        self.roles()
            .filter(fits)
            .max_by_key(|role| Some(role.unit) == unit)
    }

    /// A business unit by id.
    pub fn unit(&self, id: BusinessUnitId) -> Option<&BusinessUnit> {
        self.units.get(&id).map(Arc::as_ref)
    }

    /// The business unit that has none above it.
    pub fn root_unit(&self) -> Option<&BusinessUnit> {
        self.units().find(|unit| unit.parent.is_none())
    }

    /// Every user, by id.
    pub fn users(&self) -> impl Iterator<Item = &SystemUser> {
        self.users.values().map(Arc::as_ref)
    }

    /// Every role, by id.
    pub fn roles(&self) -> impl Iterator<Item = &SecurityRole> {
        self.roles.values().map(Arc::as_ref)
    }

    /// Every business unit, by id.
    pub fn units(&self) -> impl Iterator<Item = &BusinessUnit> {
        self.units.values().map(Arc::as_ref)
    }

    /// The roles a user has.
    pub fn roles_of<'a>(&'a self, user: &'a SystemUser) -> impl Iterator<Item = &'a SecurityRole> {
        user.roles.iter().filter_map(|id| self.role(*id))
    }

    /// Whether a user has a role made from this built-in one.
    pub fn has_built_in(&self, user: &SystemUser, role: &BuiltIn) -> bool {
        let template = role.template();
        self.roles_of(user).any(|role| role.template == Some(template))
    }

    /// Who can give roles to others: the people a help desk would name (row 003-30).
    pub fn administrators(&self) -> impl Iterator<Item = &SystemUser> {
        let able = |user: &&SystemUser| user.disabled.is_none() && !user.is_application();
        self.users()
            .filter(able)
            .filter(|user| self.has_built_in(user, &SYSTEM_ADMINISTRATOR))
    }

    /// Whether `unit` is `above` or somewhere below it. A circle among the records ends the search.
    pub fn is_within(&self, unit: BusinessUnitId, above: BusinessUnitId) -> bool {
        let mut at = Some(unit);
        for _ in 0..=self.units.len() {
            match at {
                Some(id) if id == above => return true,
                Some(id) => at = self.unit(id).and_then(|unit| unit.parent),
                None => return false,
            }
        }
        false
    }

    /// `https://contoso.crm4.dynamics.com/`, in true names.
    pub fn url(&self) -> String {
        format!("https://{}/", self.record.host)
    }

    /// The twin that serves the Web API: `contoso.api.crm4.dynamics.com`.
    pub fn api_host(&self) -> String {
        let host = &self.record.host;
        format!("{}.api.{}", host.first_label(), host.parent().unwrap_or_default())
    }
}
