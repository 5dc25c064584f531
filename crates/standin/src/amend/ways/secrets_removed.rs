//! An application has no secret any more.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "secrets-removed",
    about: "the application has no client secret any more",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.app(|app| app.secrets.clear())
}
