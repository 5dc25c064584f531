//! What was granted to an application is taken back.

use authority::{Consent, KIND_CONSENT};

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "consent-revoked",
    about: "every consent to the application is revoked",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let id = draft.client_id()?;
    draft.remove_all(KIND_CONSENT, |consent: &Consent| consent.app == id)
}
