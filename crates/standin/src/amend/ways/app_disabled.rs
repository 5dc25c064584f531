//! An application is disabled as a whole.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "app-disabled",
    about: "the application is disabled in its home tenant",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.app(|app| app.disabled = true)
}
