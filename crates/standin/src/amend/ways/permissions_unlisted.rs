//! A registration asks for no permission, and nothing is granted.

use authority::{Consent, KIND_CONSENT};

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "permissions-unlisted",
    about: "the registration lists no permission, and none is granted",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let (_, app) = draft.registration()?;
    draft.remove_all(KIND_CONSENT, |consent: &Consent| consent.app == app.id)?;
    draft.app(|app| app.requires.clear())
}
