//! "Enabled for users to sign in" is off for an enterprise application.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "principal-disabled",
    about: "the enterprise application is disabled in this tenant",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let id = draft.client_id()?;
    draft.principal(id, |principal| principal.enabled = false)
}
