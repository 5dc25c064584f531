//! Browsers do not keep an organization's cookie, so they are sent to sign in without end.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "cookie-lost",
    about: "browsers do not keep the cookie of the organization's site",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.organization(|organization| organization.cookie_lost = true)
}
