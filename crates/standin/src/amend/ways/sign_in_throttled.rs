//! The sign-in service throttles a tenant.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "sign-in-throttled",
    about: "the sign-in service answers every token request with 'too many'",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.settings(|settings| settings.throttled = Some(30))
}
