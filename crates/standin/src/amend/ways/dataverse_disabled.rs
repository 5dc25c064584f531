//! Dataverse is disabled for a tenant's users.

use types::AppId;

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "dataverse-disabled",
    about: "the tenant's enterprise application of Dataverse is disabled",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.principal(AppId::DATAVERSE, |principal| principal.enabled = false)
}
