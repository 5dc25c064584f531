//! Cross-tenant access keeps a tenant's own users from others.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "users-kept-in",
    about: "the tenant's users are kept from other tenants",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.settings(|settings| settings.block_outbound = true)
}
