//! An application's certificate is no longer registered.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "certificate-removed",
    about: "the application's certificates are no longer registered",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.app(|app| app.certificates.clear())
}
