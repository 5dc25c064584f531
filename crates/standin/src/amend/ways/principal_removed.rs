//! A tenant's enterprise application is deleted; the registration lives on.

use authority::{Consent, KIND_CONSENT, KIND_PRINCIPAL, Principal};

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "principal-removed",
    about: "the enterprise application is deleted from this tenant, with its consents",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let id = draft.client_id()?;
    draft.remove_all(KIND_PRINCIPAL, |principal: &Principal| principal.app == id)?;
    draft.remove_all(KIND_CONSENT, |consent: &Consent| consent.app == id)
}
