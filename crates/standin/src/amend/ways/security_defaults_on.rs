//! Security defaults are switched on.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "security-defaults-on",
    about: "security defaults are on: a second factor for everybody",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.settings(|settings| settings.security_defaults = true)
}
