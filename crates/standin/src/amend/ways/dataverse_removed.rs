//! A tenant has no Dataverse.

use authority::{KIND_PRINCIPAL, Principal};
use types::AppId;

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "dataverse-removed",
    about: "the tenant has no enterprise application of Dataverse",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.remove_all(KIND_PRINCIPAL, |principal: &Principal| {
        principal.app == AppId::DATAVERSE
    })
}
