//! The records of an organization: itself, its users, its security roles, its business units.
//!
//! Each is a record of the tenant, of the kind that stands beside it. What a record holds and what the Web
//! API shows of it are two things; the second is `schema`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use types::{AppId, BusinessUnitId, Host, ObjectId, OrganizationId, RoleId, SystemUserId, Timestamp, Uuid};

use crate::{
    firewall::AddressRange,
    sessions::{SessionRule, Sessions},
};

/// The kind of [`Organization`] records.
pub const KIND_ORGANIZATION: &str = "organization";
/// The kind of [`SystemUser`] records.
pub const KIND_USER: &str = "systemuser";
/// The kind of [`SecurityRole`] records.
pub const KIND_ROLE: &str = "role";
/// The kind of [`BusinessUnit`] records.
pub const KIND_UNIT: &str = "businessunit";

/// Whether anyone may come in at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrganizationState {
    /// Open.
    #[default]
    Enabled,
    /// Switched off by an administrator: 0x8004a104 for everyone.
    Disabled,
    /// Being moved to another place: 0x8004b044 for everyone.
    Moving,
    /// Made, and not set up yet: 0x8004d253 for everyone.
    NotConfigured,
}

/// One organization, also called an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    /// `OrganizationId` of WhoAmI.
    pub id: OrganizationId,
    /// The database's name: `unq…`, or what an administrator chose.
    pub unique_name: String,
    /// What people call it.
    pub name: String,
    /// `contoso.crm4.dynamics.com`: region and URL name are read from it.
    pub host: Host,
    /// The environment of the Power Platform.
    pub environment: Uuid,
    /// Four parts: `9.2.24094.00196`. The Web API is served up to its first two.
    pub version: String,
    /// Whether anyone may come in.
    #[serde(default)]
    pub state: OrganizationState,
    /// Administration mode: System Administrators and System Customizers only (0x8004a113 for others).
    #[serde(default)]
    pub admin_mode: bool,
    /// What people are told while it is in administration mode, in the administrator's own words.
    #[serde(default)]
    pub admin_mode_text: Option<String>,
    /// A sandbox, to try things out in; production otherwise.
    #[serde(default)]
    pub sandbox: bool,
    /// The security group whose members, and only they, become users.
    #[serde(default)]
    pub security_group: Option<String>,
    /// The addresses that its IP firewall lets in; everybody where none is listed.
    #[serde(default)]
    pub ip_firewall: Vec<AddressRange>,
    /// The kind of organization: 0 is a customer's own (facts/organization.md 2.6).
    #[serde(default)]
    pub organization_type: i32,
    /// When the trial ends, of a trial.
    #[serde(default)]
    pub trial_expires: Option<Timestamp>,
    /// Disabled users may be given roles (`allowRoleAssignmentOnDisabledUsers`, facts/organization.md 6.5).
    #[serde(default)]
    pub roles_for_disabled_users: bool,
    /// The applications that app access control admits to the Web API; all where none is listed.
    #[serde(default)]
    pub allowed_apps: Vec<AppId>,
    /// Which rule its browser sessions follow.
    #[serde(default)]
    pub session_rule: SessionRule,
    /// The settings of the newer rule.
    #[serde(default)]
    pub sessions: Sessions,
    /// Browsers do not keep its cookie: the site asks them to keep it for another path than theirs. Nobody's setting;
    /// a fault to be played.
    #[serde(default)]
    pub cookie_lost: bool,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub modified: Timestamp,
    /// Counts changes: the ETag.
    pub version_number: u64,
}

/// What kind of access a user has (facts/organization.md 6.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccessMode {
    /// 0: the ordinary one; needs a license.
    #[default]
    ReadWrite,
    /// 1: settings only; what unlicensed administrators get.
    Administrative,
    /// 2: reads.
    Read,
    /// 3: Microsoft's support account; reads.
    Support,
    /// 4: programs only, no browser; needs no license.
    NonInteractive,
    /// 5: a partner's administrator.
    DelegatedAdmin,
}

impl AccessMode {
    /// Every mode with its number and label.
    pub const ALL: [(Self, i32, &'static str); 6] = [
        (Self::ReadWrite, 0, "Read-Write"),
        (Self::Administrative, 1, "Administrative"),
        (Self::Read, 2, "Read"),
        (Self::Support, 3, "Support User"),
        (Self::NonInteractive, 4, "Non-interactive"),
        (Self::DelegatedAdmin, 5, "Delegated Admin"),
    ];

    /// The number on the wire.
    pub fn number(self) -> i32 {
        Self::ALL
            .iter()
            .find(|(mode, ..)| *mode == self)
            .map_or(0, |(_, number, _)| *number)
    }

    /// The mode with this number.
    pub fn of_number(number: i64) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, known, _)| i64::from(*known) == number)
            .map(|(mode, ..)| *mode)
    }

    /// Whether people in this mode need a license.
    pub fn needs_license(self) -> bool {
        matches!(self, Self::ReadWrite | Self::Read)
    }
}

/// Who disabled a user, which decides whether access enables it again (facts/organization.md 6.5: a disabled
/// user who is entitled is re-enabled on access; that an administrator's decision stays is our reading).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DisabledBy {
    /// Synchronization: the license or the group membership went.
    Synchronization,
    /// An administrator, by hand.
    Administrator,
}

/// One user of one organization: a person, or an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemUser {
    /// `UserId` of WhoAmI.
    pub id: SystemUserId,
    /// Where.
    pub organization: OrganizationId,
    /// The account behind it; a stub that nobody can sign in as has none.
    #[serde(default)]
    pub object: Option<ObjectId>,
    /// The application behind it, of an application user.
    #[serde(default)]
    pub application: Option<AppId>,
    /// `domainname`: the user principal name.
    pub domain_name: String,
    /// `#` for application users (facts/organization.md 6.5).
    #[serde(default)]
    pub first_name: String,
    /// The family name, or the application's name.
    #[serde(default)]
    pub last_name: String,
    /// The mail address inside the organization.
    #[serde(default)]
    pub email: Option<String>,
    /// Whether and by whom it is disabled.
    #[serde(default)]
    pub disabled: Option<DisabledBy>,
    /// Since when.
    #[serde(default)]
    pub disabled_at: Option<Timestamp>,
    /// What kind of access it has.
    #[serde(default)]
    pub access_mode: AccessMode,
    /// An unlicensed administrator, made so that someone can set the organization up.
    #[serde(default)]
    pub setup: bool,
    /// The row of its settings was not made yet (0x80041d2b); its first visit with a browser makes it.
    #[serde(default)]
    pub without_settings: bool,
    /// Its business unit.
    #[serde(default)]
    pub unit: Option<BusinessUnitId>,
    /// Its security roles.
    #[serde(default)]
    pub roles: BTreeSet<RoleId>,
    /// When it was made.
    pub created: Timestamp,
    /// By whom.
    #[serde(default)]
    pub created_by: Option<SystemUserId>,
    /// The program that acted for that user, when one did.
    #[serde(default)]
    pub created_on_behalf_by: Option<SystemUserId>,
    /// When it was last changed.
    pub modified: Timestamp,
    /// By whom.
    #[serde(default)]
    pub modified_by: Option<SystemUserId>,
    /// Counts changes: the ETag.
    pub version_number: u64,
}

impl SystemUser {
    /// First and last name.
    pub fn full_name(&self) -> String {
        [self.first_name.as_str(), self.last_name.as_str()]
            .join(" ")
            .trim()
            .to_owned()
    }

    /// Whether it stands for a program.
    pub fn is_application(&self) -> bool {
        self.application.is_some()
    }
}

/// How far a privilege reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Depth {
    /// One's own records.
    Basic,
    /// One's business unit.
    Local,
    /// One's business unit and those below.
    Deep,
    /// The organization.
    Global,
}

impl Depth {
    /// All of them; where one stands here is its number on the wire.
    pub(crate) const ALL: [Self; 4] = [Self::Basic, Self::Local, Self::Deep, Self::Global];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Basic => "Basic",
            Self::Local => "Local",
            Self::Deep => "Deep",
            Self::Global => "Global",
        }
    }

    /// By the name on the wire, or by its number as a text: the two ways clients write it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut all = (0..).zip(Self::ALL);
        all.find(|(number, depth)| depth.name() == text || number.to_string() == text)
            .map(|(_, depth)| depth)
    }
}

/// One security role in one business unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecurityRole {
    /// Its id.
    pub id: RoleId,
    /// Where.
    pub organization: OrganizationId,
    /// Its business unit; only users of the same one can have it.
    pub unit: BusinessUnitId,
    /// Its name.
    pub name: String,
    /// The built-in role it was made from.
    #[serde(default)]
    pub template: Option<Uuid>,
    /// Privileges by name, with their reach.
    pub privileges: BTreeMap<String, Depth>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub modified: Timestamp,
    /// Counts changes: the ETag.
    pub version_number: u64,
}

/// One business unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BusinessUnit {
    /// Its id.
    pub id: BusinessUnitId,
    /// Where.
    pub organization: OrganizationId,
    /// Its name.
    pub name: String,
    /// The one above; the root has none.
    #[serde(default)]
    pub parent: Option<BusinessUnitId>,
    /// Switched off: its users cannot work.
    #[serde(default)]
    pub disabled: bool,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub modified: Timestamp,
    /// Counts changes: the ETag.
    pub version_number: u64,
}
