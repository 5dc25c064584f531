//! Where a person stands towards an organization: in it, entitled to be in it, or not
//! (facts/organization.md 6.5). Pure: the record, the account and the environment's group decide.

use directory::{Account, Role, licenses::Service};
use wire::dataverse::{USER_NOT_ASSIGNED_LICENSE, USER_NOT_ENABLED, USER_NOT_MEMBER_OF_ORG};

use crate::{
    model::{AccessMode, DisabledBy, SystemUser},
    refusal::Refusal,
    view::Org,
};

/// The plan by which Dynamics 365 is licensed, for sentences; products that hold it entitle as well
/// (`directory::licenses`).
pub const DYNAMICS_PLAN: &str = "DYN365";

/// Where a person stands.
#[derive(Debug)]
pub(crate) enum Standing<'a> {
    /// An enabled user.
    Member(&'a SystemUser),
    /// Entitled and not there yet: made on first access.
    Entitled(Newcomer),
    /// Disabled by synchronization and entitled again: enabled on access.
    Returning(&'a SystemUser),
    /// Still enabled although the membership went: disabled on access, and refused.
    Leaving(&'a SystemUser, Refusal),
    /// Not let in.
    Stranger(Refusal),
}

/// What a person becomes on first access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Newcomer {
    /// Read-Write with a license; Administrative for administrators without.
    pub(crate) access_mode: AccessMode,
    /// An administrator without a license.
    pub(crate) setup: bool,
    /// Administrators of the tenant get the role System Administrator.
    pub(crate) administrator: bool,
}

/// Decides where `account` stands towards `org`.
pub(crate) fn standing<'a>(org: &'a Org, account: &Account) -> Standing<'a> {
    let name = &org.record.unique_name;
    match org.user_of(account.id) {
        Some(user) => of_user(org, user, account),
        None if !account.enabled || account.deleted => {
            let why = format!(
                "the account {} is disabled or deleted, so it is no user of {name}",
                account.upn
            );
            Standing::Stranger(
                Refusal::of(&USER_NOT_MEMBER_OF_ORG, &[], why).cause("account-disabled-in-directory"),
            )
        }
        None => of_newcomer(org, account),
    }
}

fn of_user<'a>(org: &Org, user: &'a SystemUser, account: &Account) -> Standing<'a> {
    let (name, upn) = (&org.record.unique_name, &account.upn);
    let disabled = |why: String, cause| Refusal::of(&USER_NOT_ENABLED, &[], why).cause(cause);
    if user.disabled == Some(DisabledBy::Administrator) {
        let why = format!("{upn} was disabled in {name} by an administrator");
        return Standing::Stranger(disabled(why, "user-disabled-in-organization"));
    }
    let gone = if !account.enabled || account.deleted {
        Some((
            "its account is disabled or deleted in the directory".to_owned(),
            "account-disabled-in-directory",
        ))
    } else if !is_in_group(org, account) {
        let group = org.record.security_group.as_deref().unwrap_or_default();
        Some((
            format!("it is not in the environment's security group `{group}`"),
            "user-not-in-security-group",
        ))
    } else {
        None
    };
    if let Some((reason, cause)) = gone {
        let refusal = disabled(format!("{upn} is disabled in {name} because {reason}"), cause);
        return match user.disabled {
            None => Standing::Leaving(user, refusal),
            Some(_) => Standing::Stranger(refusal),
        };
    }
    if user.access_mode.needs_license() && !is_licensed(account) {
        let why = format!("{upn} is a user of {name} and has no license with the plan {DYNAMICS_PLAN}");
        let refusal = Refusal::of(&USER_NOT_ASSIGNED_LICENSE, &[], why).cause("user-license-missing");
        return Standing::Stranger(refusal);
    }
    match user.disabled {
        None => Standing::Member(user),
        Some(_) => Standing::Returning(user),
    }
}

fn of_newcomer<'a>(org: &Org, account: &Account) -> Standing<'a> {
    let (name, upn) = (&org.record.unique_name, &account.upn);
    let stranger =
        |why: String, cause| Standing::Stranger(Refusal::of(&USER_NOT_MEMBER_OF_ORG, &[], why).cause(cause));
    if !is_in_group(org, account) {
        let group = org.record.security_group.as_deref().unwrap_or_default();
        let why = format!("{upn} is no user of {name}: not in the environment's security group `{group}`");
        return stranger(why, "user-not-in-security-group");
    }
    let administrator = is_administrator(account);
    match (is_licensed(account), administrator) {
        (false, false) => {
            let why = format!("{upn} is no user of {name} and has no license that would make it one");
            stranger(why, "user-license-missing")
        }
        (true, _) => Standing::Entitled(Newcomer {
            access_mode: AccessMode::ReadWrite,
            setup: false,
            administrator,
        }),
        (false, true) => Standing::Entitled(Newcomer {
            access_mode: AccessMode::Administrative,
            setup: true,
            administrator: true,
        }),
    }
}

fn is_licensed(account: &Account) -> bool {
    account.may_use(Service::Dynamics365)
}

/// Who manages environments, and so gets the role System Administrator.
fn is_administrator(account: &Account) -> bool {
    let roles = &account.roles;
    [
        Role::GlobalAdministrator,
        Role::PowerPlatformAdministrator,
        Role::DynamicsAdministrator,
    ]
    .iter()
    .any(|role| roles.contains(role))
}

/// Power Platform administrators bypass the group, Dynamics 365 administrators do not.
fn is_in_group(org: &Org, account: &Account) -> bool {
    let Some(group) = &org.record.security_group else {
        return true;
    };
    account.groups.contains(group)
        || account.roles.contains(&Role::GlobalAdministrator)
        || account.roles.contains(&Role::PowerPlatformAdministrator)
}
