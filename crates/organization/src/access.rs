//! Who may do what: from a user's record and roles to a yes, or to the refusal of facts/organization.md 5.

use std::fmt::Display;

use types::{AppId, BusinessUnitId, SystemUserId};
use wire::{
    Call,
    dataverse::{
        ADMIN_ONLY_MODE, APPLICATION_RESTRICTED, BUSINESS_NOT_ENABLED, CANNOT_ACT_ON_BEHALF,
        INSUFFICIENT_ACCESS_MODE, INVALID_CALLER_ID, ORGANIZATION_DISABLED, ORGANIZATION_MOVING,
        ORGANIZATION_NOT_CONFIGURED, PRIVILEGE_DENIED, SUPPORT_USER, USER_NOT_ASSIGNED_ROLES,
        USER_NOT_ENABLED, USER_SETTINGS_NOT_CREATED,
    },
};

use crate::{
    firewall,
    model::{AccessMode, Depth, OrganizationState, SystemUser},
    privileges::{ACT_ON_BEHALF, Privilege, SYSTEM_ADMINISTRATOR, SYSTEM_CUSTOMIZER},
    refusal::Refusal,
    view::Org,
};

/// A table in a refusal: its object type code and logical name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guarded {
    /// `OTC=8`
    pub(crate) code: i32,
    /// `systemuser`
    pub(crate) table: &'static str,
}

/// Someone who was let in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller<'a> {
    /// Where.
    pub(crate) org: &'a Org,
    /// In whose name: the impersonated user where there is one.
    pub(crate) user: &'a SystemUser,
    /// Who really called, when for somebody else.
    pub(crate) actor: Option<&'a SystemUser>,
}

/// Whether anybody may come in.
///
/// # Errors
/// 0x8004a104, 0x8004b044 or 0x8004d253.
pub(crate) fn check_state(org: &Org) -> Result<(), Refusal> {
    let name = &org.record.unique_name;
    let refused = |fault, why: &str| Refusal::of(fault, &[], format!("the organization {name} is {why}"));
    match org.record.state {
        OrganizationState::Enabled => Ok(()),
        OrganizationState::Disabled => {
            Err(refused(&ORGANIZATION_DISABLED, "disabled").cause("organization-disabled"))
        }
        OrganizationState::Moving => Err(refused(&ORGANIZATION_MOVING, "being moved")),
        OrganizationState::NotConfigured => Err(refused(&ORGANIZATION_NOT_CONFIGURED, "not set up yet")),
    }
}

/// Whether app access control admits the application that asks.
///
/// # Errors
/// 0x80095ffc.
pub(crate) fn check_app(org: &Org, app: Option<AppId>) -> Result<(), Refusal> {
    let allowed = &org.record.allowed_apps;
    if allowed.is_empty() || app.is_some_and(|app| allowed.contains(&app)) {
        return Ok(());
    }
    let app = app.map_or_else(String::new, |app| app.to_string());
    let name = &org.record.unique_name;
    let why = format!("the app access control of {name} does not list the application {app}");
    Err(Refusal::of(&APPLICATION_RESTRICTED, &[&app], why).cause("app-blocked-by-api-allow-list"))
}

/// Lets an enabled user in, for themselves or, by header, for somebody else.
///
/// # Errors
/// As [`admit_user`]; the IP firewall, settings that were not made yet, impersonation.
pub(crate) fn admit<'a>(org: &'a Org, user: &'a SystemUser, call: &Call) -> Result<Caller<'a>, Refusal> {
    firewall::check(org, call.peer)?;
    let caller = admit_user(org, user)?;
    if user.without_settings {
        let (name, place) = (&user.domain_name, &org.record.unique_name);
        let why =
            format!("the settings of {name} were not made yet in {place}; a visit with a browser makes them");
        return Err(Refusal::of(&USER_SETTINGS_NOT_CREATED, &[], why).cause("user-not-synced-to-environment"));
    }
    match impersonated(org, call)? {
        None => Ok(caller),
        Some(target) => caller.on_behalf_of(target),
    }
}

/// Lets an enabled user in.
///
/// # Errors
/// Business unit, administration mode.
pub(crate) fn admit_user<'a>(org: &'a Org, user: &'a SystemUser) -> Result<Caller<'a>, Refusal> {
    check_unit(org, user)?;
    let may_in_admin_mode =
        || org.has_built_in(user, &SYSTEM_ADMINISTRATOR) || org.has_built_in(user, &SYSTEM_CUSTOMIZER);
    if org.record.admin_mode && !may_in_admin_mode() {
        let name = &org.record.unique_name;
        let why = format!(
            "{name} is in administration mode and {} is neither System Administrator nor System Customizer",
            user.domain_name
        );
        return Err(Refusal::of(&ADMIN_ONLY_MODE, &[], why).cause("environment-admin-mode"));
    }
    Ok(Caller {
        org,
        user,
        actor: None,
    })
}

fn check_unit(org: &Org, user: &SystemUser) -> Result<(), Refusal> {
    let name = &user.domain_name;
    match user.unit.and_then(|unit| org.unit(unit)) {
        None => {
            let why = format!("{name} is in no business unit of {}", org.record.unique_name);
            Err(Refusal::of(&USER_NOT_ENABLED, &[], why).cause("user-disabled-in-organization"))
        }
        Some(unit) if unit.disabled => {
            let why = format!("the business unit {} of {name} is disabled", unit.name);
            Err(Refusal::of(&BUSINESS_NOT_ENABLED, &[], why).cause("business-unit-disabled"))
        }
        Some(_) => Ok(()),
    }
}

/// The user whom the headers name (facts/organization.md 3.6); `CallerObjectId` goes first.
fn impersonated<'a>(org: &'a Org, call: &Call) -> Result<Option<&'a SystemUser>, Refusal> {
    let invalid = |value: &str, header: &str| {
        let why = format!(
            "the header {header} names `{value}`, who is no user of {}",
            org.record.unique_name
        );
        Refusal::of(&INVALID_CALLER_ID, &[&value], why)
    };
    if let Some(value) = call.header("callerobjectid") {
        let found = value.parse().ok().and_then(|object| org.user_of(object));
        return found.map(Some).ok_or_else(|| invalid(value, "CallerObjectId"));
    }
    let Some(value) = call.header("mscrmcallerid") else {
        return Ok(None);
    };
    let found = value.parse::<SystemUserId>().ok().and_then(|id| org.user(id));
    found.map(Some).ok_or_else(|| invalid(value, "MSCRMCallerID"))
}

impl<'a> Caller<'a> {
    fn on_behalf_of(self, target: &'a SystemUser) -> Result<Self, Refusal> {
        if self.depth(&ACT_ON_BEHALF).is_none() {
            let why = format!(
                "{} may not act for {}: no role of theirs has {}",
                self.user.domain_name, target.domain_name, ACT_ON_BEHALF.name
            );
            return Err(Refusal::of(&CANNOT_ACT_ON_BEHALF, &[], why).cause("role-missing-privilege"));
        }
        if target.disabled.is_some() {
            let why = format!("{} is disabled, so nobody acts for them", target.domain_name);
            return Err(Refusal::of(&USER_NOT_ENABLED, &[], why).cause("user-disabled-in-organization"));
        }
        check_unit(self.org, target)?;
        Ok(Self {
            org: self.org,
            user: target,
            actor: Some(self.user),
        })
    }

    /// How far a privilege reaches for this caller: the lesser of both users' when acting for somebody.
    pub(crate) fn depth(&self, privilege: &Privilege) -> Option<Depth> {
        let of = |user| {
            self.org
                .roles_of(user)
                .filter_map(|role| role.privileges.get(privilege.name).copied())
                .max()
        };
        let own = of(self.user)?;
        match self.actor {
            None => Some(own),
            Some(actor) => of(actor).map(|theirs| theirs.min(own)),
        }
    }

    /// For what needs no particular privilege but some role.
    ///
    /// # Errors
    /// 0x80042f09.
    pub(crate) fn require_role(&self) -> Result<(), Refusal> {
        if self.org.roles_of(self.user).next().is_some() {
            return Ok(());
        }
        let user = self.user;
        let names: Vec<_> = self
            .org
            .administrators()
            .map(|user| user.domain_name.as_str())
            .collect();
        let who = if names.is_empty() {
            "nobody is one here".to_owned()
        } else {
            names.join(", ")
        };
        let why = format!(
            "{} has no security role in {}; a System Administrator can give one ({who})",
            user.domain_name, self.org.record.unique_name
        );
        Err(Refusal::of(&USER_NOT_ASSIGNED_ROLES, &[&user.id], why).cause("user-no-security-role"))
    }

    /// For what needs a privilege. Whether a user without any role meets this text or 0x80042f09 at a table is
    /// unverified; both are on record.
    ///
    /// # Errors
    /// 0x80040220.
    pub(crate) fn require(&self, privilege: &Privilege, guarded: Guarded) -> Result<Depth, Refusal> {
        self.depth(privilege)
            .ok_or_else(|| self.denied(privilege, guarded))
    }

    /// The refusal of a privilege.
    pub(crate) fn denied(&self, privilege: &Privilege, guarded: Guarded) -> Refusal {
        let user = self.user;
        let roles: Vec<_> = self.org.roles_of(user).collect();
        let held = roles
            .iter()
            .flat_map(|role| role.privileges.keys())
            .collect::<std::collections::BTreeSet<_>>();
        let caller = self.actor.unwrap_or(user).id;
        let values: [&dyn Display; 9] = [
            &user.id,
            &roles.len(),
            &held.len(),
            &user.access_mode.number(),
            &privilege.name,
            &privilege.id(),
            &guarded.code,
            &guarded.table,
            &caller,
        ];
        let acting = self
            .actor
            .map(|actor| format!(" through {}", actor.domain_name))
            .unwrap_or_default();
        let why = format!(
            "{}{acting} lacks {}, which table {} needs ({} roles)",
            user.domain_name,
            privilege.name,
            guarded.table,
            roles.len()
        );
        let cause = if roles.is_empty() {
            "user-no-security-role"
        } else {
            "role-missing-privilege"
        };
        Refusal::of(&PRIVILEGE_DENIED, &values, why).cause(cause)
    }

    /// For writes: only access modes that write.
    ///
    /// # Errors
    /// 0x80044502 or 0x80048345.
    pub(crate) fn require_write(&self) -> Result<(), Refusal> {
        let (fault, mode) = match self.user.access_mode {
            AccessMode::Read => (&INSUFFICIENT_ACCESS_MODE, "Read"),
            AccessMode::Support => (&SUPPORT_USER, "Support"),
            _ => return Ok(()),
        };
        let why = format!(
            "{} has access mode {mode} and tried to write",
            self.user.domain_name
        );
        Err(Refusal::of(fault, &[], why).cause("user-access-mode-not-read-write"))
    }

    /// Whether a record of `unit`, belonging to `owner`, is within reach.
    pub(crate) fn reaches(
        &self,
        depth: Depth,
        unit: Option<BusinessUnitId>,
        owner: Option<SystemUserId>,
    ) -> bool {
        let own = || owner == Some(self.user.id);
        match (depth, self.user.unit, unit) {
            (Depth::Global, ..) => true,
            (Depth::Deep, Some(mine), Some(theirs)) => own() || self.org.is_within(theirs, mine),
            (Depth::Local, Some(mine), Some(theirs)) => own() || mine == theirs,
            _ => own(),
        }
    }
}
