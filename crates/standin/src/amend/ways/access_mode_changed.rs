//! A user has another access mode.

use organization::AccessMode;

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "access-mode-changed",
    about: "the user's access mode is changed",
    takes: &[(
        "mode",
        "`administrative`, `read`, `support`, `non-interactive`, …",
    )],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let mode: AccessMode = draft.parameter("mode")?;
    draft.user(|user| user.access_mode = mode)
}
