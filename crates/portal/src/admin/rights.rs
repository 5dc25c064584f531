//! Who may do what here. What each role may stands in Microsoft's list of built-in roles (recalled, unverified); a role
//! that is not named for an act may look and no more.

use directory::{Account, Role, Tenant};

use crate::{page::Ask, stop::Stop};

/// Whoever administers anything may look.
pub(super) const ANY: &[Role] = &[
    Role::GlobalAdministrator,
    Role::ApplicationAdministrator,
    Role::PowerPlatformAdministrator,
    Role::DynamicsAdministrator,
    Role::PasswordAdministrator,
];
/// Who may change people, domains and settings.
pub(super) const MANAGE: &[Role] = &[Role::GlobalAdministrator];
/// Who may help those who cannot sign in.
pub(super) const HELP: &[Role] = &[Role::GlobalAdministrator, Role::PasswordAdministrator];

/// Whether the visitor has one of these roles.
pub(super) fn has(ask: &Ask<'_>, roles: &[Role]) -> bool {
    ask.guest()
        .is_some_and(|visitor| roles.iter().any(|role| visitor.account.roles.contains(role)))
}

/// Only for who has one of these roles.
///
/// # Errors
/// The page that names who has one.
pub(super) fn only(ask: &Ask<'_>, roles: &'static [Role]) -> Result<(), Stop> {
    match has(ask, roles) {
        true => Ok(()),
        false => Err(Stop::NoRole(roles)),
    }
}

/// Who may help this account in particular. Whoever could reset an administrator's password would be that administrator
/// a minute later, so that takes a Global Administrator.
pub(super) fn helpers_of(account: &Account) -> &'static [Role] {
    let mighty = account
        .roles
        .iter()
        .any(|role| *role != Role::PasswordAdministrator);
    match mighty {
        true => MANAGE,
        false => HELP,
    }
}

/// Keeps the last door open: nobody could undo it.
///
/// # Errors
/// The account is the last one that may do everything.
pub(super) fn not_the_last(tenant: &Tenant, account: &Account) -> Result<(), Stop> {
    let reigns = |account: &Account| {
        account.enabled && !account.deleted && account.roles.contains(&Role::GlobalAdministrator)
    };
    let another = tenant
        .accounts()
        .any(|other| other.id != account.id && reigns(other));
    match reigns(account) && !another {
        true => Err(Stop::wrong(
            format!("{} is the last Global Administrator here", account.upn),
            "Give the role to somebody else first.",
        )),
        false => Ok(()),
    }
}
