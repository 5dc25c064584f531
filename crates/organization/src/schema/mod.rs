//! The tables the Web API serves: one list that drives `$metadata`, `EntityDefinitions`, what `$select`,
//! `$filter`, `$orderby` and `$expand` may name, what a write may set, and how a row is written.
//!
//! To add a column: its line in `tables`. To add a table: its record in `model`, its columns and its line in
//! [`TABLES`], and the ways it leads to others in [`RELATIONSHIPS`].

mod row;
mod tables;

use types::Uuid;
use wire::odata::{Kind, Value};

use crate::{
    access::Guarded,
    model::{BusinessUnit, Organization, SecurityRole, SystemUser},
    privileges::{Privilege, READ_ORGANIZATION, READ_ROLE, READ_UNIT, READ_USER, derived_id},
};

pub(crate) use row::Row;
pub(crate) use tables::RELATIONSHIPS;

/// One table.
#[derive(Debug)]
pub(crate) struct Table {
    /// `systemuser`
    pub(crate) logical: &'static str,
    /// `SystemUser`
    pub(crate) schema: &'static str,
    /// `systemusers`
    pub(crate) set: &'static str,
    /// What people call one, and several.
    pub(crate) display: (&'static str, &'static str),
    /// The object type code: 8.
    pub(crate) code: i32,
    /// `BusinessOwned`, `OrganizationOwned`, `None`.
    pub(crate) ownership: &'static str,
    /// The column that is the key.
    pub(crate) id: &'static str,
    /// The column people read.
    pub(crate) name: &'static str,
    /// What reading needs.
    pub(crate) read: &'static Privilege,
    /// The columns.
    pub(crate) columns: &'static [Column],
}

/// One column.
#[derive(Debug)]
pub(crate) struct Column {
    /// `businessunitid`
    pub(crate) logical: &'static str,
    /// `BusinessUnitId`
    pub(crate) schema: &'static str,
    /// What people call it.
    pub(crate) display: &'static str,
    /// What it holds.
    pub(crate) holds: Holds,
    /// When it may be written.
    pub(crate) write: Write,
    /// Its value in a row.
    pub(crate) get: Get,
}

/// What a column holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Holds {
    /// The key.
    Id,
    /// Text of at most so many characters.
    Text(u32),
    /// A whole number.
    Int,
    /// A large number: the row's version.
    BigInt,
    /// A switch with its labels, false first.
    Bool([&'static str; 2]),
    /// A GUID that leads nowhere here.
    Guid,
    /// A moment.
    Time,
    /// A row of another table, by the logical name, and the navigation property that leads there; without one
    /// the target is not served.
    Lookup(&'static str, Option<&'static str>),
    /// One of these numbers, with labels.
    Picklist(&'static [(i32, &'static str)]),
}

/// When a column may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    /// Never.
    Never,
    /// When the row is made.
    Create,
    /// When it is changed, too.
    Always,
}

/// How to read a column, by table.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Get {
    /// Of a user.
    User(for<'a> fn(&'a SystemUser) -> Value<'a>),
    /// Of a role.
    Role(for<'a> fn(&'a SecurityRole) -> Value<'a>),
    /// Of a business unit.
    Unit(for<'a> fn(&'a BusinessUnit) -> Value<'a>),
    /// Of the organization.
    Organization(for<'a> fn(&'a Organization) -> Value<'a>),
    /// Of a privilege.
    Privilege(fn(&'static Privilege) -> Value<'static>),
}

/// How tables lead to each other.
#[derive(Debug)]
pub(crate) enum Relationship {
    /// Several rows hold a lookup to one.
    OneToMany {
        /// Its name, and that of the collection at the one end.
        schema: &'static str,
        /// The one.
        one: &'static str,
        /// The several.
        many: &'static str,
        /// The lookup column at the several, whose navigation property leads to the one.
        lookup: &'static str,
    },
    /// Rows of two tables belong together in pairs.
    ManyToMany {
        /// Its name, and that of the collection at both ends.
        schema: &'static str,
        /// The table of pairs.
        intersect: &'static str,
        /// One end.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
}

/// Every table.
pub(crate) static TABLES: &[Table] = &[
    Table {
        logical: "systemuser",
        schema: "SystemUser",
        set: "systemusers",
        display: ("User", "Users"),
        code: 8,
        ownership: "BusinessOwned",
        id: "systemuserid",
        name: "fullname",
        read: &READ_USER,
        columns: tables::SYSTEM_USER,
    },
    Table {
        logical: "role",
        schema: "Role",
        set: "roles",
        display: ("Security Role", "Security Roles"),
        code: 1036,
        ownership: "BusinessOwned",
        id: "roleid",
        name: "name",
        read: &READ_ROLE,
        columns: tables::ROLE,
    },
    Table {
        logical: "businessunit",
        schema: "BusinessUnit",
        set: "businessunits",
        display: ("Business Unit", "Business Units"),
        code: 10,
        ownership: "BusinessOwned",
        id: "businessunitid",
        name: "name",
        read: &READ_UNIT,
        columns: tables::BUSINESS_UNIT,
    },
    Table {
        logical: "organization",
        schema: "Organization",
        set: "organizations",
        display: ("Organization", "Organizations"),
        code: 1019,
        ownership: "None",
        id: "organizationid",
        name: "name",
        read: &READ_ORGANIZATION,
        columns: tables::ORGANIZATION,
    },
    // Who may read them is unverified.
    Table {
        logical: "privilege",
        schema: "Privilege",
        set: "privileges",
        display: ("Privilege", "Privileges"),
        code: 1023,
        ownership: "None",
        id: "privilegeid",
        name: "name",
        read: &READ_ROLE,
        columns: tables::PRIVILEGE,
    },
];

/// The table of that logical name.
pub(crate) fn table(logical: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.logical == logical)
}

/// The table of that entity set.
pub(crate) fn table_of_set(set: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.set == set)
}

impl Table {
    /// The column of that logical name.
    pub(crate) fn column(&self, logical: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.logical == logical)
    }

    /// The column behind a property of the Web API: `_businessunitid_value` is `businessunitid`.
    pub(crate) fn property(&self, property: &str) -> Option<&'static Column> {
        let lookup = property
            .strip_prefix('_')
            .and_then(|rest| rest.strip_suffix("_value"));
        match lookup {
            Some(logical) => self.column(logical).filter(|column| column.is_lookup()),
            None => self.column(property).filter(|column| !column.is_lookup()),
        }
    }

    /// The lookup column behind a single-valued navigation property, and where it leads.
    pub(crate) fn single(&self, navigation: &str) -> Option<(&'static Column, &'static Table)> {
        self.columns.iter().find_map(|column| match column.holds {
            Holds::Lookup(target, Some(name)) if name == navigation => Some((column, table(target)?)),
            _ => None,
        })
    }

    /// The relationship behind a collection-valued navigation property, and where it leads.
    pub(crate) fn collection(&self, navigation: &str) -> Option<(&'static Relationship, &'static Table)> {
        self.collections()
            .find(|(name, ..)| *name == navigation)
            .map(|(_, relationship, to)| (relationship, to))
    }

    /// Every collection-valued navigation property.
    pub(crate) fn collections(
        &self,
    ) -> impl Iterator<Item = (&'static str, &'static Relationship, &'static Table)> {
        let logical = self.logical;
        RELATIONSHIPS.iter().filter_map(move |relationship| {
            let target = relationship.from(logical)?;
            Some((relationship.schema(), relationship, table(target)?))
        })
    }

    /// The full name of its type.
    pub(crate) fn type_name(&self) -> String {
        format!("Microsoft.Dynamics.CRM.{}", self.logical)
    }

    /// Its metadata's id, the same in every organization.
    pub(crate) fn metadata_id(&self) -> Uuid {
        derived_id("entity", self.logical)
    }

    /// What stands in a refusal.
    pub(crate) fn guarded(&self) -> Guarded {
        Guarded {
            code: self.code,
            table: self.logical,
        }
    }
}

impl Column {
    /// Whether it leads to another row.
    pub(crate) fn is_lookup(&self) -> bool {
        matches!(self.holds, Holds::Lookup(..))
    }

    /// Its name in the Web API.
    pub(crate) fn property(&self) -> String {
        if self.is_lookup() {
            format!("_{}_value", self.logical)
        } else {
            self.logical.to_owned()
        }
    }

    /// Its type in the Web API.
    pub(crate) fn kind(&self) -> Kind {
        match self.holds {
            Holds::Id | Holds::Guid | Holds::Lookup(..) => Kind::Guid,
            Holds::Text(_) => Kind::Text,
            Holds::Int | Holds::Picklist(_) => Kind::Int32,
            Holds::BigInt => Kind::Int64,
            Holds::Bool(_) => Kind::Bool,
            Holds::Time => Kind::Time,
        }
    }

    /// Its value in a row of its table.
    pub(crate) fn value<'a>(&self, row: Row<'a>) -> Value<'a> {
        match (self.get, row) {
            (Get::User(get), Row::User(user)) => get(user),
            (Get::Role(get), Row::Role(role)) => get(role),
            (Get::Unit(get), Row::Unit(unit)) => get(unit),
            (Get::Organization(get), Row::Organization(organization)) => get(organization),
            (Get::Privilege(get), Row::Privilege(privilege)) => get(privilege),
            _ => Value::Null,
        }
    }

    /// Its metadata's id, the same in every organization.
    pub(crate) fn metadata_id(&self, table: &Table) -> Uuid {
        derived_id("attribute", &format!("{}.{}", table.logical, self.logical))
    }
}

impl Relationship {
    /// Its name.
    pub(crate) fn schema(&self) -> &'static str {
        match self {
            Self::OneToMany { schema, .. } | Self::ManyToMany { schema, .. } => schema,
        }
    }

    /// Where its collection leads from a table, if it has one there.
    fn from(&self, logical: &str) -> Option<&'static str> {
        match self {
            Self::OneToMany { one, many, .. } if *one == logical => Some(many),
            Self::ManyToMany { first, second, .. } if *first == logical => Some(second),
            Self::ManyToMany { first, second, .. } if *second == logical => Some(first),
            _ => None,
        }
    }

    /// Its metadata's id, the same in every organization.
    pub(crate) fn metadata_id(&self) -> Uuid {
        derived_id("relationship", self.schema())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sound() {
        for entity in TABLES {
            for key in [entity.id, entity.name] {
                assert!(entity.column(key).is_some(), "{}.{key}", entity.logical);
            }
            assert!(matches!(entity.column(entity.id).unwrap().holds, Holds::Id));
            for (i, column) in entity.columns.iter().enumerate() {
                assert_eq!(column.schema.to_lowercase(), column.logical);
                assert!(
                    entity.columns[i + 1..]
                        .iter()
                        .all(|other| other.logical != column.logical)
                );
                assert_eq!(
                    entity.property(&column.property()).map(|c| c.logical),
                    Some(column.logical)
                );
                if let Holds::Lookup(target, Some(_)) = column.holds {
                    assert!(table(target).is_some(), "{target}");
                }
            }
        }
    }

    #[test]
    fn relationships_end_in_tables_and_lookups() {
        for relationship in RELATIONSHIPS {
            match relationship {
                Relationship::OneToMany {
                    one, many, lookup, ..
                } => {
                    let column = table(many).unwrap().column(lookup).unwrap();
                    assert!(matches!(column.holds, Holds::Lookup(target, Some(_)) if target == *one));
                }
                Relationship::ManyToMany { first, second, .. } => {
                    assert!(table(first).is_some() && table(second).is_some());
                }
            }
        }
        let users = table("systemuser").unwrap();
        assert!(users.collection("systemuserroles_association").is_some());
        assert!(users.single("businessunitid").is_some());
        assert!(users.property("businessunitid").is_none());
    }
}
