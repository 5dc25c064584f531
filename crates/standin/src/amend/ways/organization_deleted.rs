//! An organization is deleted, with everything in it.

use organization::{
    BusinessUnit, KIND_ORGANIZATION, KIND_ROLE, KIND_UNIT, KIND_USER, Organization, SecurityRole, SystemUser,
};

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "organization-deleted",
    about: "the organization is deleted, and its address answers nobody",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let (_, gone) = draft.place()?;
    draft.remove_all(KIND_USER, |user: &SystemUser| user.organization == gone.id)?;
    draft.remove_all(KIND_ROLE, |role: &SecurityRole| role.organization == gone.id)?;
    draft.remove_all(KIND_UNIT, |unit: &BusinessUnit| unit.organization == gone.id)?;
    draft.remove_all(KIND_ORGANIZATION, |organization: &Organization| {
        organization.id == gone.id
    })?;
    draft.name(format!("host:{}", gone.host), false);
    Ok(())
}
