//! An organization is switched off.

use organization::OrganizationState;

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "organization-disabled",
    about: "an administrator disables the organization",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.organization(|organization| organization.state = OrganizationState::Disabled)
}
