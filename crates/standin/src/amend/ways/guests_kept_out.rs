//! Cross-tenant access keeps users of other tenants out.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "guests-kept-out",
    about: "users of other tenants are kept out",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.settings(|settings| settings.block_inbound = true)
}
