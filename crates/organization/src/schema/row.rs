//! Rows, and the ways from one to others.

use types::Uuid;
use wire::odata::Value;

use super::{Column, Holds, Relationship, Table, table};
use crate::{
    model::{BusinessUnit, Organization, SecurityRole, SystemUser},
    privileges::{PRIVILEGES, Privilege},
    view::Org,
};

/// One row of any table.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Row<'a> {
    /// Of `systemuser`.
    User(&'a SystemUser),
    /// Of `role`.
    Role(&'a SecurityRole),
    /// Of `businessunit`.
    Unit(&'a BusinessUnit),
    /// Of `organization`.
    Organization(&'a Organization),
    /// Of `privilege`.
    Privilege(&'static Privilege),
}

impl<'a> Row<'a> {
    /// Its key.
    pub(crate) fn id(self) -> Uuid {
        match self {
            Self::User(user) => user.id.uuid(),
            Self::Role(role) => role.id.uuid(),
            Self::Unit(unit) => unit.id.uuid(),
            Self::Organization(organization) => organization.id.uuid(),
            Self::Privilege(privilege) => privilege.id(),
        }
    }

    /// What its ETag counts.
    pub(crate) fn version(self) -> u64 {
        match self {
            Self::User(user) => user.version_number,
            Self::Role(role) => role.version_number,
            Self::Unit(unit) => unit.version_number,
            Self::Organization(organization) => organization.version_number,
            // Nothing changes it.
            Self::Privilege(_) => 1,
        }
    }

    /// `W/"12"`
    pub(crate) fn etag(self) -> String {
        format!("W/\"{}\"", self.version())
    }

    /// The row behind a lookup of this row.
    pub(crate) fn follow(self, org: &'a Org, column: &Column) -> Option<Self> {
        match (column.value(self), column.holds) {
            (Value::Guid(id), Holds::Lookup(target, _)) => org.row(table(target)?, id),
            _ => None,
        }
    }

    /// The rows behind a collection of this row.
    pub(crate) fn members(self, org: &'a Org, relationship: &Relationship) -> Vec<Self> {
        match (relationship, self) {
            (Relationship::ManyToMany { .. }, Self::User(user)) => {
                org.roles_of(user).map(Row::Role).collect()
            }
            (Relationship::ManyToMany { .. }, Self::Privilege(privilege)) => org
                .roles()
                .filter(|role| role.privileges.contains_key(privilege.name))
                .map(Row::Role)
                .collect(),
            (
                Relationship::ManyToMany {
                    second: "privilege", ..
                },
                Self::Role(role),
            ) => PRIVILEGES
                .iter()
                .filter(|privilege| role.privileges.contains_key(privilege.name))
                .map(Row::Privilege)
                .collect(),
            (Relationship::ManyToMany { .. }, Self::Role(role)) => org
                .users()
                .filter(|user| user.roles.contains(&role.id))
                .map(Row::User)
                .collect(),
            (Relationship::OneToMany { many, lookup, .. }, _) => {
                let Some(column) = table(many).and_then(|table| table.column(lookup)) else {
                    return Vec::new();
                };
                let Some(table) = table(many) else {
                    return Vec::new();
                };
                let own = Value::Guid(self.id());
                org.rows(table)
                    .into_iter()
                    .filter(|row| column.value(*row) == own)
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// What people call it: the value of the table's name column.
    pub(crate) fn title(self) -> String {
        match self {
            Self::User(user) => user.full_name(),
            Self::Role(role) => role.name.clone(),
            Self::Unit(unit) => unit.name.clone(),
            Self::Organization(organization) => organization.name.clone(),
            Self::Privilege(privilege) => privilege.name.to_owned(),
        }
    }
}

impl Org {
    /// Every row of a table, by id.
    pub(crate) fn rows(&self, table: &Table) -> Vec<Row<'_>> {
        match table.logical {
            "systemuser" => self.users().map(Row::User).collect(),
            "role" => self.roles().map(Row::Role).collect(),
            "businessunit" => self.units().map(Row::Unit).collect(),
            "privilege" => PRIVILEGES.iter().map(Row::Privilege).collect(),
            _ => vec![Row::Organization(&self.record)],
        }
    }

    /// One row of a table.
    pub(crate) fn row(&self, table: &Table, id: Uuid) -> Option<Row<'_>> {
        match table.logical {
            "systemuser" => self.user(id.into()).map(Row::User),
            "role" => self.role(id.into()).map(Row::Role),
            "businessunit" => self.unit(id.into()).map(Row::Unit),
            "privilege" => Privilege::of_id(id).map(Row::Privilege),
            _ => Some(Row::Organization(&self.record)).filter(|_| self.record.id.uuid() == id),
        }
    }
}
