//! Users may not consent for themselves.

use directory::UserConsent;

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "user-consent-off",
    about: "only administrators may consent",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.settings(|settings| settings.user_consent = UserConsent::AdminOnly)
}
