//! What an administrator does to an organization, as pure functions from a view to changes.
//!
//! An [`Editor`] holds a copy of one organization and notes what changes; later steps see earlier ones, and
//! nothing is written until the whole is committed. The Web API's writes, world files and the control API all
//! come through here. To add an act: one method.

mod roles;
mod spec;

use std::collections::BTreeSet;

use store::Changes;
use types::{AppId, BusinessUnitId, Chance, OrganizationId, RegionTable, RoleId, SystemUserId};

pub use roles::{RoleSpec, changeable};
pub use spec::{Author, Identity, ManageError, OrganizationSpec, UserSpec, VERSION};

use crate::{
    model::{
        AccessMode, BusinessUnit, DisabledBy, KIND_ORGANIZATION, KIND_ROLE, KIND_UNIT, KIND_USER,
        Organization, OrganizationState, SecurityRole, SystemUser,
    },
    sessions::{SessionRule, Sessions},
    view::{Org, Organizations},
};

/// Makes an organization with its root business unit, the built-in roles, and its host's name.
///
/// # Errors
/// [`ManageError::NoRegion`], [`ManageError::NameTaken`].
pub fn create_organization<'c>(
    existing: &Organizations,
    regions: &RegionTable,
    spec: OrganizationSpec,
    author: Author,
    chance: &dyn Chance,
    changes: &'c mut Changes,
) -> Result<Editor<'c>, ManageError> {
    let in_region = regions
        .of_host(&spec.host)
        .is_some_and(|(_, name)| !name.contains('.'));
    if !in_region {
        return Err(ManageError::NoRegion(spec.host));
    }
    let id = spec.id.unwrap_or_else(|| chance.uuid().into());
    let unique_name = spec
        .unique_name
        .unwrap_or_else(|| format!("unq{}", &chance.uuid().simple().to_string()[..16]));
    for other in existing.iter() {
        if other.record.host == spec.host {
            return Err(ManageError::NameTaken(spec.host.to_string()));
        }
        if other.record.unique_name.eq_ignore_ascii_case(&unique_name) || other.record.id == id {
            return Err(ManageError::NameTaken(unique_name));
        }
    }
    changes.bind(format!("host:{}", spec.host));
    let record = Organization {
        id,
        unique_name,
        name: spec.name.clone(),
        host: spec.host,
        environment: chance.uuid(),
        version: spec.version.unwrap_or_else(|| VERSION.to_owned()),
        state: OrganizationState::Enabled,
        admin_mode: false,
        admin_mode_text: None,
        sandbox: false,
        security_group: spec.security_group,
        ip_firewall: Vec::new(),
        organization_type: 0,
        trial_expires: None,
        roles_for_disabled_users: false,
        allowed_apps: Vec::new(),
        session_rule: SessionRule::Fixed,
        sessions: Sessions::default(),
        cookie_lost: false,
        created: author.now,
        modified: author.now,
        version_number: 0,
    };
    let mut editor = Editor {
        org: Org::empty(existing.tenant(), record),
        author,
        changes,
    };
    editor.change_organization(|_| {});
    editor.add_unit(None, spec.name, chance)?;
    Ok(editor)
}

/// One organization being changed.
pub struct Editor<'c> {
    org: Org,
    author: Author,
    changes: &'c mut Changes,
}

impl<'c> Editor<'c> {
    /// Begins with the organization as it stands.
    pub fn new(org: &Org, author: Author, changes: &'c mut Changes) -> Self {
        Self {
            org: org.clone(),
            author,
            changes,
        }
    }

    /// Begins with the organization of that id.
    ///
    /// # Errors
    /// [`ManageError::NoOrganization`].
    pub fn of(
        all: &Organizations,
        id: OrganizationId,
        author: Author,
        changes: &'c mut Changes,
    ) -> Result<Self, ManageError> {
        let org = all.get(id).ok_or(ManageError::NoOrganization(id))?;
        Ok(Self::new(org, author, changes))
    }

    /// The organization as it stands now, with what was changed.
    pub fn org(&self) -> &Org {
        &self.org
    }

    /// Switches the organization on or off.
    pub fn set_state(&mut self, state: OrganizationState) {
        self.change_organization(|record| record.state = state);
    }

    /// Administration mode on or off.
    pub fn set_admin_mode(&mut self, on: bool) {
        self.change_organization(|record| record.admin_mode = on);
    }

    /// Restricts the environment to a security group, or lifts the restriction.
    pub fn set_security_group(&mut self, group: Option<String>) {
        self.change_organization(|record| record.security_group = group);
    }

    /// Changes anything else of the organization's record.
    pub fn change_organization(&mut self, change: impl FnOnce(&mut Organization)) {
        let record = &mut self.org.record;
        change(record);
        record.modified = self.author.now;
        record.version_number += 1;
        self.changes.put(KIND_ORGANIZATION, record.id, record);
    }

    /// Adds a business unit with its own copies of the roles above it; the root is made with the built-in ones.
    ///
    /// # Errors
    /// [`ManageError::NoUnit`] when `parent` is not there.
    pub fn add_unit(
        &mut self,
        parent: Option<BusinessUnitId>,
        name: String,
        chance: &dyn Chance,
    ) -> Result<BusinessUnitId, ManageError> {
        if let Some(parent) = parent {
            self.org.unit(parent).ok_or(ManageError::NoUnit(parent))?;
        }
        let id = BusinessUnitId::new(chance.uuid());
        let (organization, now) = (self.org.record.id, self.author.now);
        self.put_unit(BusinessUnit {
            id,
            organization,
            name,
            parent,
            disabled: false,
            created: now,
            modified: now,
            version_number: 0,
        });
        for (name, template, privileges) in self.roles_for(parent) {
            self.put_role(SecurityRole {
                id: RoleId::new(chance.uuid()),
                organization,
                unit: id,
                name,
                template,
                privileges,
                created: now,
                modified: now,
                version_number: 0,
            });
        }
        Ok(id)
    }

    /// Switches a business unit on or off.
    ///
    /// # Errors
    /// [`ManageError::NoUnit`].
    pub fn set_unit_disabled(&mut self, id: BusinessUnitId, disabled: bool) -> Result<(), ManageError> {
        let mut unit = self.org.unit(id).ok_or(ManageError::NoUnit(id))?.clone();
        unit.disabled = disabled;
        self.put_unit(unit);
        Ok(())
    }

    /// Adds a role, or replaces it.
    pub fn put_role(&mut self, mut role: SecurityRole) {
        role.modified = self.author.now;
        role.version_number += 1;
        self.changes.put(KIND_ROLE, role.id, &role);
        self.org.put_role(role);
    }

    fn put_unit(&mut self, mut unit: BusinessUnit) {
        unit.modified = self.author.now;
        unit.version_number += 1;
        self.changes.put(KIND_UNIT, unit.id, &unit);
        self.org.put_unit(unit);
    }

    fn put_user(&mut self, mut user: SystemUser) {
        let was = self.org.user(user.id).and_then(|before| before.disabled);
        user.disabled_at = match (was, user.disabled) {
            (_, None) => None,
            (None, Some(_)) => Some(self.author.now),
            (Some(_), Some(_)) => user.disabled_at,
        };
        user.modified = self.author.now;
        user.modified_by = self.author.by;
        user.version_number += 1;
        self.changes.put(KIND_USER, user.id, &user);
        self.org.put_user(user);
    }

    /// Adds a user: a person, an application, or a stub.
    ///
    /// # Errors
    /// [`ManageError`]: taken, no such unit, no such role.
    pub fn add_user(&mut self, spec: UserSpec, chance: &dyn Chance) -> Result<SystemUserId, ManageError> {
        let (object, application) = match spec.identity {
            Identity::Account(object) if self.org.user_of(object).is_some() => {
                return Err(ManageError::AccountTaken(object));
            }
            Identity::Application(app) if self.org.application_user(app).is_some() => {
                return Err(ManageError::ApplicationTaken(app));
            }
            Identity::Account(object) => (Some(object), None),
            Identity::Application(app) => (None, Some(app)),
            Identity::Stub => (None, None),
        };
        let unit = match spec.unit {
            Some(unit) => Some(self.org.unit(unit).ok_or(ManageError::NoUnit(unit))?.id),
            None => self.org.root_unit().map(|unit| unit.id),
        };
        let roles = spec
            .roles
            .iter()
            .map(|name| self.role_in(unit, name))
            .collect::<Result<BTreeSet<_>, _>>()?;
        let id = spec.id.unwrap_or_else(|| chance.uuid().into());
        let user = SystemUser {
            id,
            organization: self.org.record.id,
            object,
            application,
            email: application.is_none().then(|| spec.domain_name.clone()),
            domain_name: spec.domain_name,
            first_name: if application.is_some() {
                "#".to_owned()
            } else {
                spec.first_name
            },
            last_name: spec.last_name,
            disabled: spec.disabled.then_some(DisabledBy::Administrator),
            disabled_at: None,
            access_mode: if application.is_some() {
                AccessMode::NonInteractive
            } else {
                spec.access_mode
            },
            setup: false,
            without_settings: false,
            unit,
            roles,
            created: self.author.now,
            created_by: self.author.by,
            created_on_behalf_by: self.author.on_behalf,
            modified: self.author.now,
            modified_by: self.author.by,
            version_number: 0,
        };
        self.put_user(user);
        Ok(id)
    }

    /// The application user of an application.
    ///
    /// # Errors
    /// As [`Editor::add_user`].
    pub fn add_application_user(
        &mut self,
        application: AppId,
        name: &str,
        roles: &[&str],
        chance: &dyn Chance,
    ) -> Result<SystemUserId, ManageError> {
        let spec = UserSpec {
            id: None,
            identity: Identity::Application(application),
            domain_name: application.to_string(),
            first_name: String::new(),
            last_name: name.to_owned(),
            access_mode: AccessMode::NonInteractive,
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            unit: None,
            disabled: false,
        };
        self.add_user(spec, chance)
    }

    /// The role of that name in a business unit.
    fn role_in(&self, unit: Option<BusinessUnitId>, name: &str) -> Result<RoleId, ManageError> {
        let fits = |role: &&SecurityRole| Some(role.unit) == unit && role.name.eq_ignore_ascii_case(name);
        let role = self.org.roles().find(fits);
        role.map(|role| role.id)
            .ok_or_else(|| ManageError::NoRole(name.to_owned()))
    }

    /// Changes anything of a user's record.
    ///
    /// # Errors
    /// [`ManageError::NoUser`].
    pub fn change_user(
        &mut self,
        id: SystemUserId,
        change: impl FnOnce(&mut SystemUser),
    ) -> Result<(), ManageError> {
        let mut user = self.org.user(id).ok_or(ManageError::NoUser(id))?.clone();
        change(&mut user);
        self.put_user(user);
        Ok(())
    }

    /// Moves a user to another business unit. The roles were the old unit's and are lost, as Microsoft Learn has
    /// it of changing a user's business unit (unverified: not in the fact sheet).
    ///
    /// # Errors
    /// [`ManageError::NoUser`], [`ManageError::NoUnit`].
    pub fn move_user(&mut self, id: SystemUserId, unit: BusinessUnitId) -> Result<(), ManageError> {
        let unit = self.org.unit(unit).ok_or(ManageError::NoUnit(unit))?.id;
        self.change_user(id, |user| {
            if user.unit != Some(unit) {
                user.unit = Some(unit);
                user.roles.clear();
            }
        })
    }

    /// Gives a role.
    ///
    /// # Errors
    /// [`ManageError`]: not there, of another unit, had already, or the user is disabled.
    pub fn add_role(&mut self, user: SystemUserId, role: RoleId) -> Result<(), ManageError> {
        let found = self
            .org
            .role(role)
            .ok_or_else(|| ManageError::NoRole(role.to_string()))?;
        let holder = self.org.user(user).ok_or(ManageError::NoUser(user))?;
        if holder.unit != Some(found.unit) {
            let user_unit = holder.unit.map(|unit| unit.to_string()).unwrap_or_default();
            return Err(ManageError::OtherUnit {
                user,
                user_unit,
                role,
                role_unit: found.unit,
            });
        }
        if holder.roles.contains(&role) {
            return Err(ManageError::HasRole(user, role));
        }
        if holder.disabled.is_some() && !self.org.record.roles_for_disabled_users {
            return Err(ManageError::UserDisabled(user));
        }
        self.change_user(user, |user| {
            user.roles.insert(role);
        })
    }

    /// Takes a role away; one that was not held is no matter.
    ///
    /// # Errors
    /// [`ManageError::NoUser`].
    pub fn remove_role(&mut self, user: SystemUserId, role: RoleId) -> Result<(), ManageError> {
        self.change_user(user, |user| {
            user.roles.remove(&role);
        })
    }
}

/// Deletes an organization with everything in it and frees its host's name.
///
/// # Errors
/// [`ManageError::NoOrganization`].
pub fn delete_organization(
    all: &Organizations,
    id: OrganizationId,
    changes: &mut Changes,
) -> Result<(), ManageError> {
    let org = all.get(id).ok_or(ManageError::NoOrganization(id))?;
    org.users()
        .for_each(|user| _ = changes.delete(KIND_USER, user.id));
    org.roles()
        .for_each(|role| _ = changes.delete(KIND_ROLE, role.id));
    org.units()
        .for_each(|unit| _ = changes.delete(KIND_UNIT, unit.id));
    changes
        .delete(KIND_ORGANIZATION, id)
        .unbind(format!("host:{}", org.record.host));
    Ok(())
}
