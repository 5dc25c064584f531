//! The sign-in service has a passing fault.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "sign-in-faulty",
    about: "the sign-in service answers every token request with a passing fault",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.settings(|settings| settings.transient_fault = true)
}
