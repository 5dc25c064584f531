//! Privileges, and the built-in security roles made of them, as data.
//!
//! A privilege guards a table or an ability. Its id is derived from its name, except where a real one is
//! known: the real ids are the same in every organization, but only few are on record. To add a privilege:
//! its line in [`PRIVILEGES`]; the System Administrator has it at once, other built-in roles by their lists.

use std::collections::BTreeMap;

use types::Uuid;

use crate::model::Depth;

/// One privilege.
#[derive(Debug, PartialEq, Eq)]
pub struct Privilege {
    /// `prvReadUser`.
    pub name: &'static str,
    /// The real id, where it is on record.
    known_id: Option<u128>,
}

impl Privilege {
    /// Its id.
    pub fn id(&self) -> Uuid {
        self.known_id
            .map_or_else(|| derived_id("privilege", self.name), Uuid::from_u128)
    }

    /// The one with that id.
    pub(crate) fn of_id(id: Uuid) -> Option<&'static Self> {
        PRIVILEGES.iter().find(|privilege| privilege.id() == id)
    }

    /// What it lets somebody do to a record, as a number of `AccessRights`; 0 where it guards no such act.
    pub(crate) fn access_right(&self) -> i64 {
        let acts = [
            ("prvRead", 1),
            ("prvWrite", 2),
            ("prvCreate", 32),
            ("prvDelete", 65_536),
            ("prvAssign", 524_288),
        ];
        let own = acts.iter().find(|(act, _)| self.name.starts_with(act));
        own.map_or(0, |(_, number)| *number)
    }
}

const fn privilege(name: &'static str) -> Privilege {
    Privilege { name, known_id: None }
}

/// Read users. Without it nothing works.
pub(crate) const READ_USER: Privilege = privilege("prvReadUser");
/// Make users.
pub(crate) const CREATE_USER: Privilege = privilege("prvCreateUser");
/// Change users.
pub(crate) const WRITE_USER: Privilege = privilege("prvWriteUser");
/// Enable and disable users.
pub(crate) const DISABLE_USER: Privilege = privilege("prvDisableUser");
/// Read security roles.
pub(crate) const READ_ROLE: Privilege = privilege("prvReadRole");
/// Make security roles.
pub(crate) const CREATE_ROLE: Privilege = privilege("prvCreateRole");
/// Change security roles.
pub(crate) const WRITE_ROLE: Privilege = privilege("prvWriteRole");
/// Delete security roles.
pub(crate) const DELETE_ROLE: Privilege = privilege("prvDeleteRole");
/// Give and take security roles (row 003-30).
pub(crate) const ASSIGN_ROLE: Privilege = privilege("prvAssignRole");
/// Read business units.
pub(crate) const READ_UNIT: Privilege = privilege("prvReadBusinessUnit");
/// Read the organization's settings.
pub(crate) const READ_ORGANIZATION: Privilege = privilege("prvReadOrganization");
/// Read table definitions.
pub(crate) const READ_ENTITY: Privilege = privilege("prvReadEntity");
/// Act for somebody else.
pub(crate) const ACT_ON_BEHALF: Privilege = privilege("prvActOnBehalfOfAnotherUser");

/// Every privilege there is here.
pub static PRIVILEGES: &[Privilege] = &[
    READ_USER,
    CREATE_USER,
    WRITE_USER,
    DISABLE_USER,
    READ_ROLE,
    CREATE_ROLE,
    WRITE_ROLE,
    DELETE_ROLE,
    ASSIGN_ROLE,
    READ_UNIT,
    privilege("prvCreateBusinessUnit"),
    privilege("prvWriteBusinessUnit"),
    READ_ORGANIZATION,
    privilege("prvWriteOrganization"),
    READ_ENTITY,
    privilege("prvReadAttribute"),
    privilege("prvReadRelationship"),
    privilege("prvReadOptionSet"),
    privilege("prvCreateEntity"),
    privilege("prvWriteEntity"),
    privilege("prvReadUserSettings"),
    privilege("prvWriteUserSettings"),
    privilege("prvReadAppModule"),
    privilege("prvUseOfficeApps"),
    privilege("prvSendAsUser"),
    // On record from a log line (facts/organization.md 7.3, row 19).
    Privilege {
        name: "prvReadMailbox",
        known_id: Some(0x8e17de3a_5a69_479c_9535_1f7be75b2987),
    },
    privilege("prvWriteMailbox"),
    privilege("prvReadEmailServerProfile"),
    ACT_ON_BEHALF,
];

/// A built-in role.
#[derive(Debug)]
pub struct BuiltIn {
    /// Its name.
    pub name: &'static str,
    /// Its template's id, the same in every organization where it is on record.
    template: Option<u128>,
    /// Privileges with their reach; `None` is all of them.
    privileges: Option<&'static [(&'static str, Depth)]>,
}

/// May do everything.
pub static SYSTEM_ADMINISTRATOR: BuiltIn = BuiltIn {
    name: "System Administrator",
    template: Some(0x627090ff_40a3_4053_8790_584edc5be201),
    privileges: None,
};

/// May change how the organization is built.
pub static SYSTEM_CUSTOMIZER: BuiltIn = BuiltIn {
    name: "System Customizer",
    template: Some(0x119f245c_3cc8_4b62_b31c_d1a046ced15d),
    privileges: Some(&[
        ("prvReadUser", Depth::Global),
        ("prvReadRole", Depth::Global),
        ("prvReadBusinessUnit", Depth::Global),
        ("prvReadOrganization", Depth::Global),
        ("prvReadEntity", Depth::Global),
        ("prvReadAttribute", Depth::Global),
        ("prvReadRelationship", Depth::Global),
        ("prvReadOptionSet", Depth::Global),
        ("prvCreateEntity", Depth::Global),
        ("prvWriteEntity", Depth::Global),
        ("prvReadUserSettings", Depth::Basic),
        ("prvWriteUserSettings", Depth::Basic),
        ("prvReadAppModule", Depth::Global),
    ]),
};

/// What everybody needs at least. That the real one holds the privileges for mail is unverified.
pub static BASIC_USER: BuiltIn = BuiltIn {
    name: "Basic User",
    template: None,
    privileges: Some(&[
        ("prvReadUser", Depth::Global),
        ("prvReadRole", Depth::Global),
        ("prvReadBusinessUnit", Depth::Global),
        ("prvReadOrganization", Depth::Global),
        ("prvReadEntity", Depth::Global),
        ("prvReadAttribute", Depth::Global),
        ("prvReadRelationship", Depth::Global),
        ("prvReadOptionSet", Depth::Global),
        ("prvReadUserSettings", Depth::Basic),
        ("prvWriteUserSettings", Depth::Basic),
        ("prvReadAppModule", Depth::Global),
        ("prvUseOfficeApps", Depth::Global),
        ("prvSendAsUser", Depth::Basic),
        ("prvReadMailbox", Depth::Basic),
    ]),
};

/// May act for others, and nothing else by itself (facts/organization.md 3.6).
pub static DELEGATE: BuiltIn = BuiltIn {
    name: "Delegate",
    template: None,
    privileges: Some(&[("prvActOnBehalfOfAnotherUser", Depth::Global)]),
};

/// The roles every organization is made with.
pub static BUILT_IN: [&BuiltIn; 4] = [&SYSTEM_ADMINISTRATOR, &SYSTEM_CUSTOMIZER, &BASIC_USER, &DELEGATE];

impl BuiltIn {
    /// The template's id.
    pub fn template(&self) -> Uuid {
        self.template
            .map_or_else(|| derived_id("roletemplate", self.name), Uuid::from_u128)
    }

    /// What it may do.
    pub fn privileges(&self) -> BTreeMap<String, Depth> {
        match self.privileges {
            None => PRIVILEGES
                .iter()
                .map(|privilege| (privilege.name.to_owned(), Depth::Global))
                .collect(),
            Some(list) => list
                .iter()
                .map(|(name, depth)| ((*name).to_owned(), *depth))
                .collect(),
        }
    }
}

/// An id that is the same in every run and organization, for things whose real id is not on record: 128-bit
/// FNV-1a of the name.
pub(crate) fn derived_id(kind: &str, name: &str) -> Uuid {
    let bytes = kind.bytes().chain([b':']).chain(name.bytes());
    let hash = bytes.fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    });
    Uuid::from_u128((hash & !(0xf << 76) & !(0x3 << 62)) | (0x8 << 76) | (0x2 << 62))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_names_privileges_there_are() {
        for role in BUILT_IN {
            for name in role.privileges().keys() {
                assert!(
                    PRIVILEGES.iter().any(|privilege| privilege.name == name),
                    "{name}"
                );
            }
        }
        assert_eq!(SYSTEM_ADMINISTRATOR.privileges().len(), PRIVILEGES.len());
    }

    #[test]
    fn ids_differ_and_stay() {
        let mut ids: Vec<_> = PRIVILEGES.iter().map(Privilege::id).collect();
        ids.extend(BUILT_IN.map(BuiltIn::template));
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
        assert_eq!(derived_id("a", "b"), derived_id("a", "b"));
        assert_eq!(derived_id("a", "b").get_version_num(), 8);
    }
}
