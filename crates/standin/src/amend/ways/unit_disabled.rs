//! A user's business unit is disabled.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "unit-disabled",
    about: "the user's business unit is disabled",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.unit(|unit| unit.disabled = true)
}
