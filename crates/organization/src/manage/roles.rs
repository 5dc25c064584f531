//! Security roles: made, named, and deleted, each with its copies in the business units below, as Dataverse keeps them.

use std::collections::BTreeMap;

use types::{BusinessUnitId, Chance, RoleId};

use super::{Editor, ManageError};
use crate::{
    model::{Depth, KIND_ROLE, SecurityRole},
    privileges::{BUILT_IN, SYSTEM_ADMINISTRATOR},
    view::Org,
};

/// A new role.
#[derive(Clone, Debug)]
pub struct RoleSpec {
    /// Its id; chosen by chance without one.
    pub id: Option<RoleId>,
    /// Its name, which no other role of its business unit has.
    pub name: String,
    /// Its business unit.
    pub unit: BusinessUnitId,
    /// Privileges by name, with their reach.
    pub privileges: BTreeMap<String, Depth>,
}

impl Editor<'_> {
    /// Makes a role, and a copy of it in each business unit below.
    ///
    /// # Errors
    /// [`ManageError::NoUnit`], [`ManageError::RoleNameTaken`].
    pub fn add_security_role(&mut self, spec: &RoleSpec, chance: &dyn Chance) -> Result<RoleId, ManageError> {
        let unit = self.org.unit(spec.unit).ok_or(ManageError::NoUnit(spec.unit))?.id;
        let id = spec.id.unwrap_or_else(|| RoleId::new(chance.uuid()));
        if self.org.role(id).is_some() {
            return Err(ManageError::RoleTaken(id));
        }
        self.name_is_free(unit, &spec.name)?;
        for place in self.units_from(unit) {
            let id = match place == unit {
                true => id,
                false => RoleId::new(chance.uuid()),
            };
            self.put_role(SecurityRole {
                id,
                organization: self.org.record.id,
                unit: place,
                name: spec.name.clone(),
                template: None,
                privileges: spec.privileges.clone(),
                created: self.author.now,
                modified: self.author.now,
                version_number: 0,
            });
        }
        Ok(id)
    }

    /// Gives a role and its copies another name.
    ///
    /// # Errors
    /// [`ManageError::NoRole`], [`ManageError::RoleFixed`], [`ManageError::RoleInherited`],
    /// [`ManageError::RoleNameTaken`].
    pub fn rename_role(&mut self, id: RoleId, name: &str) -> Result<(), ManageError> {
        let family = self.family(id)?;
        let same = family.iter().all(|role| role.name.eq_ignore_ascii_case(name));
        if let (false, Some(role)) = (same, family.first()) {
            self.name_is_free(role.unit, name)?;
        }
        for mut role in family {
            name.clone_into(&mut role.name);
            self.put_role(role);
        }
        Ok(())
    }

    /// Changes what a role and its copies allow.
    ///
    /// # Errors
    /// [`ManageError::NoRole`], [`ManageError::RoleFixed`], [`ManageError::RoleInherited`], and what `change` says.
    pub fn change_privileges<E: From<ManageError>>(
        &mut self,
        id: RoleId,
        change: impl FnOnce(&mut BTreeMap<String, Depth>) -> Result<(), E>,
    ) -> Result<(), E> {
        let family = self.family(id)?;
        let mut privileges = family
            .first()
            .map(|role| role.privileges.clone())
            .unwrap_or_default();
        change(&mut privileges)?;
        for mut role in family {
            privileges.clone_into(&mut role.privileges);
            self.put_role(role);
        }
        Ok(())
    }

    /// Deletes a role with its copies.
    ///
    /// # Errors
    /// [`ManageError::NoRole`], [`ManageError::RoleFixed`], [`ManageError::RoleInherited`],
    /// [`ManageError::RoleInUse`].
    pub fn delete_role(&mut self, id: RoleId) -> Result<(), ManageError> {
        let family = self.family(id)?;
        let holds =
            |user: &&crate::model::SystemUser| family.iter().any(|role| user.roles.contains(&role.id));
        let holders: Vec<_> = self.org.users().filter(holds).collect();
        if let (Some(first), Some(role)) = (holders.first(), family.first()) {
            return Err(ManageError::RoleInUse {
                name: role.name.clone(),
                holder: first.domain_name.clone(),
                others: holders.len() - 1,
            });
        }
        for role in family {
            self.changes.delete(KIND_ROLE, role.id);
            self.org.remove_role(role.id);
        }
        Ok(())
    }

    /// A role that may be changed, with its copies in the units below it.
    fn family(&self, id: RoleId) -> Result<Vec<SecurityRole>, ManageError> {
        let no_role = || ManageError::NoRole(id.to_string());
        let role = self.org.role(id).ok_or_else(no_role)?;
        changeable(&self.org, role)?;
        let units = self.units_from(role.unit);
        let copies = units
            .into_iter()
            .filter_map(|unit| named(&self.org, unit, &role.name));
        Ok(copies.cloned().collect())
    }

    /// A business unit and all below it.
    fn units_from(&self, unit: BusinessUnitId) -> Vec<BusinessUnitId> {
        let below = self.org.units().map(|unit| unit.id);
        let below = below.filter(|id| *id != unit && self.org.is_within(*id, unit));
        std::iter::once(unit).chain(below).collect()
    }

    fn name_is_free(&self, unit: BusinessUnitId, name: &str) -> Result<(), ManageError> {
        let taken = |unit: &BusinessUnitId| named(&self.org, *unit, name).is_some();
        match self.units_from(unit).iter().any(taken) {
            true => Err(ManageError::RoleNameTaken(name.to_owned())),
            false => Ok(()),
        }
    }

    /// What a new business unit is made with: copies of the roles above it, or the built-in ones at the root.
    pub(super) fn roles_for(&self, parent: Option<BusinessUnitId>) -> Vec<RolePattern> {
        match parent {
            Some(parent) => {
                let roles = self.org.roles().filter(|role| role.unit == parent);
                roles
                    .map(|role| (role.name.clone(), role.template, role.privileges.clone()))
                    .collect()
            }
            None => BUILT_IN
                .iter()
                .map(|role| (role.name.to_owned(), Some(role.template()), role.privileges()))
                .collect(),
        }
    }
}

/// Name, template, and privileges of a role.
type RolePattern = (String, Option<types::Uuid>, BTreeMap<String, Depth>);

/// Whether a role may be changed at all: System Administrator has every privilege, always, and a copy is what the
/// role above it is.
///
/// # Errors
/// [`ManageError::RoleFixed`], [`ManageError::RoleInherited`].
pub fn changeable(org: &Org, role: &SecurityRole) -> Result<(), ManageError> {
    if role.template == Some(SYSTEM_ADMINISTRATOR.template()) {
        return Err(ManageError::RoleFixed);
    }
    let above = org.unit(role.unit).and_then(|unit| unit.parent);
    match above.and_then(|above| named(org, above, &role.name)) {
        Some(original) => Err(ManageError::RoleInherited {
            name: role.name.clone(),
            original: original.id,
        }),
        None => Ok(()),
    }
}

/// The role of that name in a business unit, without case.
fn named<'o>(org: &'o Org, unit: BusinessUnitId, name: &str) -> Option<&'o SecurityRole> {
    org.roles()
        .find(|role| role.unit == unit && role.name.eq_ignore_ascii_case(name))
}
