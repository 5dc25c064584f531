//! First access makes a user, and access keeps its state true (facts/organization.md 6.5).

use directory::Account;
use store::{Changes, Store, StoreError};
use types::{Chance, OrganizationId, SystemUserId, TenantId, Timestamp};

use crate::{
    manage::{Author, Editor, Identity, ManageError, UserSpec},
    model::DisabledBy,
    privileges::SYSTEM_ADMINISTRATOR,
    refusal::Stop,
    standing::{Newcomer, Standing, standing},
    view::{Org, Organizations},
};

/// Does what the person's standing asks for: makes, enables or disables the user record. A second request
/// that came first has done it already; then nothing is written.
///
/// # Errors
/// The standing's own refusal is not given here: the caller decides again on the new state.
pub(crate) async fn settle(
    store: &Store,
    tenant: TenantId,
    organization: OrganizationId,
    account: &Account,
    now: Timestamp,
    chance: &dyn Chance,
) -> Result<(), Stop> {
    store
        .update::<Organizations, _, Stop>(tenant, |all, changes| {
            match all.get(organization) {
                Some(org) => apply(org, account, now, chance, changes),
                None => Ok(()),
            }
            // What stands in the way of making the user is met again, as a refusal, when the caller decides.
            .or(Ok(()))
        })
        .await
}

/// Makes the row of a user's settings.
///
/// # Errors
/// The state cannot be read or written.
pub(crate) async fn make_settings(
    store: &Store,
    tenant: TenantId,
    organization: OrganizationId,
    user: SystemUserId,
    now: Timestamp,
) -> Result<(), StoreError> {
    store
        .update::<Organizations, _, StoreError>(tenant, |all, changes| {
            let Some(org) = all.get(organization) else {
                return Ok(());
            };
            let mut editor = Editor::new(org, Author::system(now), changes);
            // Who was removed meanwhile needs none.
            editor
                .change_user(user, |user| user.without_settings = false)
                .or(Ok(()))
        })
        .await
}

fn apply(
    org: &Org,
    account: &Account,
    now: Timestamp,
    chance: &dyn Chance,
    changes: &mut Changes,
) -> Result<(), ManageError> {
    let mut editor = Editor::new(org, Author::system(now), changes);
    match standing(org, account) {
        Standing::Entitled(newcomer) => welcome(&mut editor, account, newcomer, chance),
        Standing::Returning(user) => editor.change_user(user.id, |user| user.disabled = None),
        Standing::Leaving(user, _) => {
            editor.change_user(user.id, |user| user.disabled = Some(DisabledBy::Synchronization))
        }
        Standing::Member(_) | Standing::Stranger(_) => Ok(()),
    }
}

fn welcome(
    editor: &mut Editor<'_>,
    account: &Account,
    newcomer: Newcomer,
    chance: &dyn Chance,
) -> Result<(), ManageError> {
    let (first, last) = account.name.split_once(' ').unwrap_or(("", &account.name));
    let administrator = newcomer
        .administrator
        .then(|| SYSTEM_ADMINISTRATOR.name.to_owned());
    let spec = UserSpec {
        id: None,
        identity: Identity::Account(account.id),
        domain_name: account.upn.to_string(),
        first_name: first.to_owned(),
        last_name: last.to_owned(),
        access_mode: newcomer.access_mode,
        roles: administrator.into_iter().collect(),
        unit: None,
        disabled: false,
    };
    let id = editor.add_user(spec, chance)?;
    editor.change_user(id, |user| user.setup = newcomer.setup)
}
