//! A registration is deleted, with its enterprise application.

use authority::{App, Consent, KIND_APP, KIND_CONSENT, KIND_PRINCIPAL, Principal};

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "app-deleted",
    about: "the app registration is deleted, with its enterprise application and consents",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let (_, gone) = draft.registration()?;
    draft.remove_all(KIND_APP, |app: &App| app.id == gone.id)?;
    draft.remove_all(KIND_PRINCIPAL, |principal: &Principal| principal.app == gone.id)?;
    draft.remove_all(KIND_CONSENT, |consent: &Consent| consent.app == gone.id)?;
    draft.name(format!("app:{}", gone.id), false);
    Ok(())
}
