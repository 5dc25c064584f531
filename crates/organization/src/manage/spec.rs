//! What is needed to make things, who makes them, and why they could not be made.

use types::{AppId, BusinessUnitId, Host, ObjectId, OrganizationId, RoleId, SystemUserId, Timestamp};

use crate::model::AccessMode;

/// Why an act is impossible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManageError {
    /// No region's suffix ends the host.
    #[error(
        "`{0}` is not an organization's host: it must be a name before a region's suffix, like contoso.crm4.dynamics.com"
    )]
    NoRegion(Host),
    /// Host or unique name is taken in this tenant.
    #[error("the name `{0}` belongs to another organization of this tenant; choose another")]
    NameTaken(String),
    /// No such organization.
    #[error("there is no organization {0} in this tenant; list the organizations to see which exist")]
    NoOrganization(OrganizationId),
    /// No such user.
    #[error("there is no user {0} in this organization; list its users to see who is")]
    NoUser(SystemUserId),
    /// No such role.
    #[error("there is no security role `{0}` in this organization; list its roles to see which exist")]
    NoRole(String),
    /// No such business unit.
    #[error("there is no business unit {0} in this organization; list its business units to see which exist")]
    NoUnit(BusinessUnitId),
    /// Role and user are of different business units.
    #[error(
        "the role {role} is of business unit {role_unit} and the user {user} of {user_unit}; take the role's copy in that unit"
    )]
    OtherUnit {
        /// The user.
        user: SystemUserId,
        /// Their unit.
        user_unit: String,
        /// The role.
        role: RoleId,
        /// Its unit.
        role_unit: BusinessUnitId,
    },
    /// Disabled users get no roles here.
    #[error("the user {0} is disabled; enable it first, or allow roles for disabled users")]
    UserDisabled(SystemUserId),
    /// The application has its user.
    #[error("the application {0} already has an application user here; change that one")]
    ApplicationTaken(AppId),
    /// The account has its user.
    #[error("the account {0} already is a user here; change that one")]
    AccountTaken(ObjectId),
    /// A role of the business unit, or of one below, has the name.
    #[error("there is a security role `{0}` already in that business unit or below it; choose another name")]
    RoleNameTaken(String),
    /// A role has the id.
    #[error("there is a security role with the id {0} already; leave the id out")]
    RoleTaken(RoleId),
    /// It is System Administrator.
    #[error("the role System Administrator cannot be changed or deleted; copy it, and change the copy")]
    RoleFixed,
    /// It is the copy of a role of the unit above.
    #[error(
        "this role `{name}` is the copy of one in the business unit above; change or delete that one, {original}"
    )]
    RoleInherited {
        /// Its name.
        name: String,
        /// The one above.
        original: RoleId,
    },
    /// Users have it, or a copy of it.
    #[error("the role `{name}` is in use: {holder}{} it; take it away from them first", have(*.others))]
    RoleInUse {
        /// Its name.
        name: String,
        /// Who has it.
        holder: String,
        /// How many others have it.
        others: usize,
    },
    /// The user has the role.
    #[error("the user {0} already has the role {1}")]
    HasRole(SystemUserId, RoleId),
}

/// "has", or how many more have.
fn have(others: usize) -> String {
    match others {
        0 => " has".to_owned(),
        1 => " and one more user have".to_owned(),
        others => format!(" and {others} more users have"),
    }
}

/// A new organization.
#[derive(Clone, Debug)]
pub struct OrganizationSpec {
    /// Its id; chosen by chance without one.
    pub id: Option<OrganizationId>,
    /// What people call it.
    pub name: String,
    /// The database's name; `unq` and hex digits without one.
    pub unique_name: Option<String>,
    /// `contoso.crm4.dynamics.com`.
    pub host: Host,
    /// The version; a recent one without it.
    pub version: Option<String>,
    /// Only members of this group become users.
    pub security_group: Option<String>,
}

/// The version organizations have when none is given (facts/organization.md 3.1).
pub const VERSION: &str = "9.2.24094.00196";

/// A new user.
#[derive(Clone, Debug)]
pub struct UserSpec {
    /// Its id; chosen by chance without one.
    pub id: Option<SystemUserId>,
    /// Who or what is behind it.
    pub identity: Identity,
    /// The user principal name, or any name for an application.
    pub domain_name: String,
    /// Given name; an application's is always `#`.
    pub first_name: String,
    /// Family name, or the application's name.
    pub last_name: String,
    /// What kind of access; applications are always non-interactive.
    pub access_mode: AccessMode,
    /// Names of roles in the user's business unit.
    pub roles: Vec<String>,
    /// The business unit; the root without one.
    pub unit: Option<BusinessUnitId>,
    /// Disabled by an administrator.
    pub disabled: bool,
}

/// Who or what is behind a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A person's account.
    Account(ObjectId),
    /// An application.
    Application(AppId),
    /// Nobody: a stub, which exists and cannot sign in (facts/organization.md 6.5).
    Stub,
}

/// Who does it and when; what every change records.
#[derive(Clone, Copy, Debug)]
pub struct Author {
    /// When.
    pub now: Timestamp,
    /// In whose name; `None` for the system itself.
    pub by: Option<SystemUserId>,
    /// Through which program's user.
    pub on_behalf: Option<SystemUserId>,
}

impl Author {
    /// The system itself.
    pub const fn system(now: Timestamp) -> Self {
        Self {
            now,
            by: None,
            on_behalf: None,
        }
    }
}
