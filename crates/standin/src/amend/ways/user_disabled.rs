//! An administrator disables a user inside an organization.

use organization::DisabledBy;

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "user-disabled",
    about: "an administrator disables the user in the organization",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.user(|user| user.disabled = Some(DisabledBy::Administrator))
}
