//! An organization is in administration mode.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "administration-mode",
    about: "the organization is in administration mode",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.organization(|organization| organization.admin_mode = true)
}
